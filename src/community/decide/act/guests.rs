//! Acts on the guests of a gathering: invited, taken off, given a seat, answered for, counted.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::gathering::{fresh, promotion};
use super::{Act, Halt, count};
use crate::command::{Asked, Audience, Came, Circle};
use crate::community::clock;
use crate::community::decide::answer::{self, Statement};
use crate::community::decide::people;
use crate::community::decision::{Change, Placed, Post, Record};
use crate::community::facts::{Answering, Facts, Floor, NextStep};
use crate::community::gathering::{Gathering, Invitation, Seat, Table};
use crate::community::letter::{ActView, Letter, Noted, Refusal};
use crate::community::level::Level;
use crate::community::person::Person;
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::understand::{Answer, Meaning, understand_words};

/// So many may be invited without anybody being asked.
pub(super) const FEW: usize = 3;

pub(super) fn invite(
    facts: &Facts,
    floor: &Floor,
    table: &Table,
    (audience, asked): (&Audience, Asked),
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let guests = people::audience(floor, audience, table.gathering.host_id)?;
    ask(facts, table, (guests, asked), now)
}

/// `legg til Per`.
pub(super) fn add(
    facts: &Facts,
    floor: &Floor,
    table: &Table,
    names: &[String],
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    ask(facts, table, (people::named(floor, &floor.members, names)?, Asked::Usual), now)
}

/// `inviter nye`.
pub(super) fn invite_circle(
    facts: &Facts,
    floor: &Floor,
    table: &Table,
    (circle, asked): (Circle, Asked),
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    ask(facts, table, (people::circle(floor, circle, table.gathering.host_id), asked), now)
}

/// Invites those who are not invited yet; at once also those who were first told to keep the day
/// free, where that is said.
fn ask(
    facts: &Facts,
    table: &Table,
    (mut guests, asked): (Vec<&Person>, Asked),
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let gathering = &table.gathering;
    let later = asked_later(facts, gathering, asked, now)?;
    let waits = |(one, guest): &&(Invitation, Person)| {
        asked == Asked::Now && one.waits_to_be_asked() && guests.iter().any(|it| it.id == guest.id)
    };
    let waiting: Vec<i64> = table.invitations.iter().filter(waits).map(|(_, it)| it.id).collect();
    let mut after = table.clone();
    for (invitation, _) in &mut after.invitations {
        invitation.keeps_free &= !waiting.contains(&invitation.person_id);
    }
    let is_new = |guest: &Person| table.invitations.iter().all(|(_, it)| it.id != guest.id);
    let fresh = |guest: &Person| Invitation { keeps_free: later, ..fresh(guest, now) };
    guests.retain(|guest| is_new(guest) || waiting.contains(&guest.id));
    let new: Vec<&Person> = guests.iter().copied().filter(|guest| is_new(guest)).collect();
    after.invitations.extend(new.iter().map(|guest| (fresh(guest), (*guest).clone())));
    after.gathering.version += 1;
    let new: Vec<i64> = new.iter().map(|guest| guest.id).collect();
    if guests.is_empty() {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    Ok(Act {
        name: "guests-invited",
        level: if guests.len() > FEW { Level::Large } else { Level::Small },
        view: ActView::Invite {
            gathering: view::gathering(gathering, Sees::Address),
            invited: guests.iter().map(|guest| guest.name.clone()).collect(),
            asked_on: later.then(|| gathering.asks_on()),
        },
        mails: count(guests.len()),
        letter: Some(if later { "save-the-date" } else { "invitation" }),
        changes: inviting(gathering.id, (new, waiting), later),
        posts: Vec::new(),
        after: Some(after),
    })
}

fn inviting(gathering_id: i64, (new, waiting): (Vec<i64>, Vec<i64>), later: bool) -> Vec<Change> {
    let guests = new.clone();
    let mut changes = vec![Change::Invite { gathering_id, guests: new }];
    if later {
        changes.push(Change::KeepFree { gathering_id, guests });
    }
    if !waiting.is_empty() {
        changes.push(Change::Ask { gathering_id, guests: waiting });
    }
    changes
}

/// Whether those who are invited now are first told to keep the day free.
pub(super) fn asked_later(
    facts: &Facts,
    gathering: &Gathering,
    asked: Asked,
    now: DateTime<Utc>,
) -> Result<bool, Halt> {
    let today = clock::local(now, facts.community.zone).date();
    match asked {
        Asked::Usual => Ok(gathering.is_long_after(today)),
        Asked::Later if gathering.asks_on() <= today => Err(Halt::Refused(Refusal::TooNearToHold)),
        Asked::Later => Ok(true),
        Asked::Now => Ok(false),
    }
}

/// The invited, as a circle of people.
pub(super) fn invited(table: &Table) -> Vec<Person> {
    table.invitations.iter().map(|(_, guest)| guest.clone()).collect()
}

/// A guest who is invited, by name.
fn guest<'a>(
    floor: &Floor,
    table: &'a Table,
    name: &str,
) -> Result<&'a (Invitation, Person), Halt> {
    let invited = invited(table);
    let person = match people::one(floor, &invited, name) {
        // A member who is not invited is no stranger.
        Err(Halt::Refused(refusal)) => match people::one(floor, &floor.members, name) {
            Ok(member) => {
                let guest = member.name.clone();
                return Err(Halt::Refused(Refusal::NotInvited { guest }));
            }
            Err(_) => return Err(Halt::Refused(refusal)),
        },
        found => found?,
    };
    let found = table.invitations.iter().find(|(_, guest)| guest.id == person.id);
    found.ok_or_else(|| Halt::Refused(Refusal::NotInvited { guest: person.name.clone() }))
}

/// `ta av Per`. Whoever has had the invitation is told.
pub(super) fn remove(
    facts: &Facts,
    floor: &Floor,
    table: &Table,
    names: &[String],
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let mut after = table.clone();
    after.gathering.version += 1;
    let (mut changes, mut posts, mut removed) = (Vec::new(), Vec::new(), Vec::new());
    for name in names {
        let (invitation, guest) = match guest(floor, &after, name) {
            Ok(found) => found.clone(),
            Err(halt) => {
                let later = planned(floor, &after, name).ok_or(halt)?;
                after.leave_out(later.id);
                removed.push(later.name);
                continue;
            }
        };
        after.invitations.retain(|(other, _)| other.person_id != guest.id);
        after.leave_out(guest.id);
        if matches!(invitation.seat, Seat::Seated | Seat::Offered) {
            after.gathering.taken = after.gathering.taken.saturating_sub(invitation.party);
        }
        changes.push(Change::WithdrawFrom { invitation_id: invitation.id });
        changes.push(Change::Uninvite { gathering_id: table.gathering.id, person_id: guest.id });
        posts.extend(taken_off(facts, &table.gathering, (&invitation, &guest), now));
        removed.push(guest.name);
    }
    changes.push(Change::Touch { gathering_id: table.gathering.id });
    if after.waves != table.waves {
        let waves = after.waves.clone();
        changes.push(Change::Waves { gathering_id: table.gathering.id, waves });
    }
    Ok(Act {
        name: "guests-removed",
        level: if names.len() > FEW { Level::Large } else { Level::Small },
        view: ActView::Remove {
            gathering: view::gathering(&table.gathering, Sees::Address),
            removed,
            told: count(posts.len()),
        },
        mails: count(posts.len()),
        letter: Some("removed"),
        changes,
        posts,
        after: Some(after),
    })
}

/// Somebody whom a later round would invite, by name.
fn planned(floor: &Floor, table: &Table, name: &str) -> Option<Person> {
    let found = people::one(floor, &table.planned, name).ok()?;
    table.is_planned(found.id).then(|| found.clone())
}

fn taken_off(
    facts: &Facts,
    gathering: &Gathering,
    (invitation, guest): (&Invitation, &Person),
    now: DateTime<Utc>,
) -> Option<Post> {
    if !(invitation.letter_left || invitation.saved) || invitation.unreached {
        return None;
    }
    let letter = Letter::Removed { gathering: view::gathering(gathering, Sees::NoAddress) };
    let purpose = Purpose::Removed(invitation.id, gathering.version + 1);
    let due_at = facts.community.by_day(now + facts.community.hold);
    Some(Post {
        // Its row will be gone, and there is nothing left to answer.
        invitation_id: None,
        reply: NextStep::Community,
        ..Post::to_guest(gathering, (invitation, guest), (purpose, letter), due_at)
    })
}

/// `gi plass til Ola`: past the waiting list, if there is a seat.
pub(super) fn give_seat(
    facts: &Facts,
    floor: &Floor,
    table: &Table,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let (invitation, guest) = guest(floor, table, name)?;
    let held = if invitation.seat == Seat::Offered { invitation.party } else { 0 };
    if invitation.seat == Seat::Seated {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    if table.gathering.free() + held < invitation.party {
        let coming = view::status(table).coming;
        return Err(Halt::Refused(Refusal::Full { seats: table.gathering.seats, coming }));
    }
    let seated = Invitation {
        answer: Some(Answer::Yes),
        answered_at: Some(facts.arrived_at),
        seat: Seat::Seated,
        waiting_since: None,
        offer_until: None,
        ..invitation.clone()
    };
    let post = Post {
        letter: Letter::SeatGiven {
            gathering: view::gathering(&table.gathering, Sees::Address),
            organizer: floor.organizer.name.clone(),
            party: seated.party,
        },
        ..promotion(facts, &table.gathering, &seated, guest, now)
    };
    let gathering_id = table.gathering.id;
    Ok(Act {
        name: "seat-given",
        level: Level::Small,
        view: ActView::GiveSeat {
            gathering: view::gathering(&table.gathering, Sees::Address),
            guest: guest.name.clone(),
        },
        mails: 1,
        letter: Some("seat-given"),
        changes: vec![
            Change::Answer(Placed::of(&seated)),
            Change::WithdrawFrom { invitation_id: invitation.id },
            Change::Touch { gathering_id },
        ],
        posts: vec![post],
        after: Some(with(table, &seated, held)),
    })
}

/// The table with one invitation changed, of which `held` seats were taken before.
fn with(table: &Table, changed: &Invitation, held: u32) -> Table {
    let mut after = table.clone();
    after.gathering.version += 1;
    let holds = matches!(changed.seat, Seat::Seated | Seat::Offered);
    let holds = if holds { changed.party } else { 0 };
    after.gathering.taken = (after.gathering.taken + holds).saturating_sub(held);
    for (invitation, _) in &mut after.invitations {
        if invitation.id == changed.id {
            invitation.clone_from(changed);
        }
    }
    after
}

/// `Per ja, vegetar`: judged as if Per had written it, and Per is told.
pub(super) fn answer_for(
    facts: &Facts,
    floor: &Floor,
    table: &Table,
    (name, answer, words): (&str, Answer, &str),
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let (invitation, guest) = guest(floor, table, name)?;
    let said = understand_words(words);
    let answering = Answering {
        gathering: table.gathering.clone(),
        invitation: invitation.clone(),
        guest: guest.clone(),
        host: table.host.clone(),
        addresses: Vec::new(),
        waiters: table.waiters(),
        others: Vec::new(),
    };
    let statement = Statement {
        answer,
        party: said.party_size,
        diets: said.diets.iter().copied().collect(),
        diet_notes: said.diet_notes.clone(),
        stated_at: facts.arrived_at,
        relayed: false,
    };
    let decision = answer::apply(facts, &answering, &statement, now);
    let placed = decision.changes.iter().find_map(|change| {
        if let Change::Answer(placed) = change { Some(placed.clone()) } else { None }
    });
    let Some(placed) = placed else { return Err(Halt::Refused(Refusal::NoChange)) };
    let seated = placed.seat == Seat::Seated;
    let held = matches!(invitation.seat, Seat::Seated | Seat::Offered);
    let held = if held { invitation.party } else { 0 };
    let event = decision.posts.into_iter().find_map(|post| post.event);
    let told = answered(facts, floor, &answering, (&placed, answer), now);
    let mut changes = decision.changes;
    changes.push(Change::Record(record(invitation, answer, &said, words)));
    changes.push(Change::Touch { gathering_id: table.gathering.id });
    Ok(Act {
        name: "answered-for",
        level: Level::Small,
        view: ActView::AnswerFor {
            gathering: view::gathering(&table.gathering, Sees::Address),
            guest: guest.name.clone(),
            answer,
            seated,
            party: placed.party,
        },
        mails: 1,
        letter: Some("answered-for"),
        changes,
        posts: vec![Post { event, ..told }],
        after: Some(with(table, &placed.onto(invitation), held)),
    })
}

/// Tells a guest what was answered for them.
fn answered(
    facts: &Facts,
    floor: &Floor,
    answering: &Answering,
    (placed, answer): (&Placed, Answer),
    now: DateTime<Utc>,
) -> Post {
    let letter = Letter::AnsweredFor {
        gathering: view::gathering(&answering.gathering, Sees::by_seat(placed.seat)),
        organizer: floor.organizer.name.clone(),
        answer,
        seated: placed.seat == Seat::Seated,
        noted: Noted {
            memory: None,
            party: placed.party,
            diets: placed.diets.clone(),
            diet_notes: placed.diet_notes.clone(),
            relayed: false,
            no_room_for: None,
        },
    };
    let purpose = Purpose::AnsweredFor(answering.invitation.id, facts.inbox_id);
    let due_at = facts.community.by_day(now + facts.community.hold);
    let whom = (&answering.invitation, &answering.guest);
    Post::to_guest(&answering.gathering, whom, (purpose, letter), due_at)
}

/// What somebody eats is not kept with the words of the answer, which stay longer.
fn record(invitation: &Invitation, answer: Answer, said: &Meaning, words: &str) -> Record {
    let of_food = !said.diets.is_empty() || !said.diet_notes.is_empty();
    let first = words.split([',', '.', ';']).next().unwrap_or_default();
    let words = if of_food { first } else { words };
    Record {
        invitation_id: invitation.id,
        answer: Some(answer),
        party: said.party_size,
        because: json!([{
            "conclusion": format!("answer {}", answer.name()),
            "words": words,
            "rule": "answered by an organizer",
        }]),
        state: "applied",
        other_email: None,
        diets: Vec::new(),
        diet_notes: Vec::new(),
    }
}

/// `alle kom uten Per`.
pub(super) fn attendance(floor: &Floor, table: &Table, came: &Came) -> Result<Act, Halt> {
    let (names, listed_came) = match came {
        Came::AllBut { absent } => (absent, false),
        Came::Only { present } => (present, true),
    };
    let mut listed = Vec::new();
    for name in names {
        listed.push(guest(floor, table, name)?.1.id);
    }
    let mut after = table.clone();
    let (mut changes, mut absent, mut present) = (Vec::new(), Vec::new(), 0);
    for (invitation, guest) in &mut after.invitations {
        let is_listed = listed.contains(&guest.id);
        if invitation.seat != Seat::Seated && !is_listed {
            continue;
        }
        let came = is_listed == listed_came;
        if came {
            present += invitation.party;
        } else {
            absent.push(guest.name.clone());
        }
        invitation.came = Some(came);
        changes.push(Change::Came { invitation_id: invitation.id, came: Some(came) });
    }
    Ok(Act {
        name: "attendance-noted",
        level: Level::Small,
        view: ActView::Attendance {
            gathering: view::gathering(&table.gathering, Sees::Address),
            came: present,
            absent,
        },
        mails: 0,
        letter: None,
        changes,
        posts: Vec::new(),
        after: Some(after),
    })
}
