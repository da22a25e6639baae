//! A guest answers.
//!
//! Invariant: the latest answer wins, by the time at which it reached the mailbox; nothing is
//! guessed; an answer from an address that is not the guest's changes nothing by itself.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde_json::json;

use super::late::{self, too_late};
use super::{post, promise, stranger, wrong_door};
use crate::community::clock;
use crate::community::decision::{Change, Decision, Disposition, Method, Placed, Post, Record};
use crate::community::facts::{Answering, Facts, NextStep};
use crate::community::gathering::{Invitation, Seat};
use crate::community::letter::{Letter, Memory, Noted};
use crate::community::member::{Food, MemberChange};
use crate::community::menu::{self, Clash, Needs};
use crate::community::purpose::Purpose;
use crate::community::seats::{self, Asking, Verdict};
use crate::community::view::{self, Sees};
use crate::mail::EmailAddress;
use crate::mail::proof::Proof;
use crate::understand::{Answer, CONFIDENT, Diet, Meaning};

/// What a guest says, from whichever mail it comes.
#[derive(Debug, Clone)]
pub(super) struct Statement {
    pub(super) answer: Answer,
    pub(super) party: Option<u32>,
    pub(super) diets: Vec<Diet>,
    pub(super) diet_notes: Vec<String>,
    pub(super) stated_at: DateTime<Utc>,
    pub(super) relayed: bool,
}

/// Decides about a mail to a guest's reply address, or one that answers an invitation otherwise.
pub(super) fn decide(
    facts: &Facts,
    answering: &Answering,
    meaning: &Meaning,
    now: DateTime<Utc>,
) -> Decision {
    match author(facts, answering, meaning) {
        Author::Guest => {}
        Author::Other(other) => return ask_the_guest(facts, answering, meaning, other, now),
        Author::Nobody => return Decision::nothing(Disposition::Stranger),
    }
    if wrong_door::is_command(facts, answering, meaning) {
        return wrong_door::decide(facts, answering, now);
    }
    if answering.invitation.answered_at.is_some_and(|latest| latest > facts.arrived_at) {
        let record = record(answering, meaning, "outdated");
        return Decision {
            changes: vec![Change::Record(record)],
            posts: Vec::new(),
            disposition: Disposition::Outdated,
        };
    }
    if let Some(why) = too_late(answering, now) {
        return late::decide(facts, answering, meaning, why, now);
    }
    match meaning.answer {
        Some(_) if about_another_date(facts, answering, meaning) => {
            ask_again(facts, answering, meaning, now)
        }
        Some(answer) if meaning.confidence >= CONFIDENT => {
            let statement = Statement {
                answer,
                party: meaning.party_size,
                diets: meaning.diets.iter().copied().collect(),
                diet_notes: meaning.diet_notes.clone(),
                stated_at: facts.arrived_at,
                relayed: meaning.needs_human,
            };
            let mut decision = apply(facts, answering, &statement, now);
            decision.changes.push(Change::Record(record(answering, meaning, "applied")));
            promise::keep(facts, answering, meaning, &mut decision);
            // A host who may not be there is more than a guest less.
            if meaning.needs_human || (answering.is_host() && answer != Answer::Yes) {
                decision.posts.extend(post::relay_from(facts, answering, meaning, now));
            }
            decision
        }
        Some(_) => ask_again(facts, answering, meaning, now),
        None => without_answer(facts, answering, meaning, now),
    }
}

/// Who answers an invitation.
enum Author {
    /// The guest, from an address that is theirs.
    Guest,
    /// Another address.
    Other(EmailAddress),
    /// The mail has no author that could be answered for.
    Nobody,
}

fn author(facts: &Facts, answering: &Answering, meaning: &Meaning) -> Author {
    let known = |address: &EmailAddress| answering.addresses.contains(address);
    match &facts.from {
        Some(from) if known(from) && is_doubtful(facts, meaning) => {
            return Author::Other(from.clone());
        }
        Some(from) if known(from) => {}
        Some(other) => return Author::Other(other.clone()),
        None => return Author::Nobody,
    }
    let attendee = meaning.calendar.as_ref().and_then(|calendar| calendar.attendee.as_ref());
    let attendee = attendee.and_then(|attendee| attendee.parse::<EmailAddress>().ok());
    match attendee {
        Some(attendee) if !known(&attendee) => Author::Other(attendee),
        Some(_) | None => Author::Guest,
    }
}

/// Anybody can write the guest's address into From. Where that is all there is, what changes
/// something is asked about; mere words are passed on.
fn is_doubtful(facts: &Facts, meaning: &Meaning) -> bool {
    let refuted = facts.evidence.author.proof == Proof::Refuted;
    let changes = meaning.answer.is_some() || meaning.party_size.is_some() || names_food(meaning);
    refuted || (changes && !facts.evidence.may_answer())
}

/// Whether there is something that the kitchen must know.
fn names_food(meaning: &Meaning) -> bool {
    !meaning.diets.is_empty() || !meaning.diet_notes.is_empty()
}

/// Whether the answer is to the date before the last move: by the calendar's own word, or because it
/// replies to a mail that was written before.
fn about_another_date(facts: &Facts, answering: &Answering, meaning: &Meaning) -> bool {
    let gathering = &answering.gathering;
    let answered = meaning.calendar.as_ref().and_then(|calendar| calendar.sequence);
    let of_old = answered.is_some_and(|sequence| sequence < gathering.sequence);
    let read_at = facts.answers_mail_of.unwrap_or(facts.arrived_at);
    gathering.asked_again && (of_old || read_at < gathering.changed_at)
}

/// Carries an answer out: place, letter, calendar.
pub(super) fn apply(
    facts: &Facts,
    answering: &Answering,
    statement: &Statement,
    now: DateTime<Utc>,
) -> Decision {
    let (placed, post) = match statement.answer {
        Answer::Yes => yes(facts, answering, statement, now),
        Answer::No => no(facts, answering, statement, now),
        Answer::Maybe => maybe(facts, answering, statement, now),
    };
    let invitation_id = answering.invitation.id;
    let mut posts = vec![post];
    posts.extend(warnings(facts, answering, statement, now));
    let mut changes = vec![Change::Answer(placed), Change::WithdrawFrom { invitation_id }];
    if posts.iter().any(|post| asks_to_remember(&post.letter)) {
        let person_id = answering.guest.id;
        changes.push(Change::Member { person_id, change: MemberChange::DietAsked });
    }
    Decision { changes, posts, disposition: Disposition::Answer }
}

/// Tells the organizers where the menu is not for what a guest has just told. What we had been asked
/// to remember was told when the menu was set.
fn warnings(
    facts: &Facts,
    answering: &Answering,
    statement: &Statement,
    now: DateTime<Utc>,
) -> Vec<Post> {
    let Some(menu) = answering.gathering.menu.as_deref() else { return Vec::new() };
    if statement.answer == Answer::No {
        return Vec::new();
    }
    let invitation = &answering.invitation;
    let is_new = |diet: &&Diet| !invitation.diets.contains(diet);
    let says_more = |note: &&String| !invitation.diet_notes.contains(note);
    let needs = Needs {
        diets: statement.diets.iter().filter(is_new).map(|diet| (*diet, 1)).collect(),
        notes: statement.diet_notes.iter().filter(says_more).cloned().collect(),
    };
    let clashes = menu::clashes(menu, &needs);
    if clashes.is_empty() {
        return Vec::new();
    }
    let gathering = &answering.gathering;
    let need = need(&clashes);
    let letter =
        Letter::MenuClash { gathering: view::gathering(gathering, Sees::Address), clashes };
    let posts = post::to_organizers(facts, Some(gathering), &letter, Purpose::Relay, now);
    let about = |post: Post| Post {
        purpose: Purpose::MenuClash(gathering.id, gathering.version, need.clone(), post.to.id),
        ..post
    };
    posts.into_iter().map(about).collect()
}

/// What a menu is not for, as a part of a purpose: the third vegetarian is no news.
fn need(clashes: &[Clash]) -> String {
    let words = clashes.iter().map(|clash| match &clash.note {
        Some(note) => note.to_lowercase().replace(':', " "),
        None => format!("{:?}", clash.diet).to_lowercase(),
    });
    words.collect::<Vec<String>>().join("+")
}

/// Whether the letter asks whether to remember what the guest eats, which is asked once.
fn asks_to_remember(letter: &Letter) -> bool {
    if let Letter::AnswerYes { noted, .. } | Letter::WaitingList { noted, .. } = letter {
        return noted.memory == Some(Memory::Asked);
    }
    false
}

fn yes(
    facts: &Facts,
    answering: &Answering,
    statement: &Statement,
    now: DateTime<Utc>,
) -> (Placed, Post) {
    let invitation = &answering.invitation;
    // Whoever has said how many they are need not say it again: not after a maybe, not after a move.
    let party = statement.party.unwrap_or(invitation.party).clamp(1, 50);
    let asking = Asking {
        invitation: invitation.id,
        seat: invitation.seat,
        held: invitation.party,
        party,
        since: invitation.waiting_since,
    };
    let verdict = seats::judge(&answering.gathering, &answering.waiters, &asking, now);
    let (seat, party, no_room_for) = match verdict {
        Verdict::Seated => (Seat::Seated, party, None),
        Verdict::Keeps(held) => (Seat::Seated, held, Some(party)),
        Verdict::Waiting(_) => (Seat::Waiting, party, None),
    };
    let mut placed = place(facts, answering, statement, (seat, party));
    if seat == Seat::Waiting {
        let since = seats::own_moment(&answering.waiters, statement.stated_at);
        placed.waiting_since = invitation.waiting_since.or(Some(since));
    }
    let noted = noted(facts, &placed, statement, no_room_for);
    let gathering = view::gathering(&answering.gathering, Sees::by_seat(seat));
    let post = match verdict {
        Verdict::Seated | Verdict::Keeps(_) => Post {
            event: post::confirmed_event(facts, &answering.gathering),
            ..post::to_guest(facts, answering, Letter::AnswerYes { gathering, noted }, now)
        },
        Verdict::Waiting(position) => {
            let cooked = seats::is_cooked(&answering.gathering, now, &facts.community);
            let letter = Letter::WaitingList { gathering, position, cooked, noted };
            post::to_guest(facts, answering, letter, now)
        }
    };
    (placed, post)
}

fn no(
    facts: &Facts,
    answering: &Answering,
    statement: &Statement,
    now: DateTime<Utc>,
) -> (Placed, Post) {
    let gathering = view::gathering(&answering.gathering, Sees::NoAddress);
    let gave_up = answering.invitation.seat != Seat::None;
    let cooked = seats::is_cooked(&answering.gathering, now, &facts.community);
    let letter = Letter::AnswerNo { gathering, gave_up, cooked };
    let taken_out = answering.invitation.seat == Seat::Seated && answering.invitation.calendar_sent;
    let event = taken_out.then(|| {
        let name = &facts.community.name;
        view::event(&answering.gathering, name, Method::Cancel, Sees::NoAddress)
    });
    let post = Post { event, ..post::to_guest(facts, answering, letter, now) };
    // The kitchen has nothing to do with who does not come.
    let placed = Placed {
        diets: Vec::new(),
        diet_notes: Vec::new(),
        ..place(facts, answering, statement, (Seat::None, 1))
    };
    (placed, post)
}

/// A guest with a seat who wavers keeps it: the host would not give it away on a maybe. A seat that
/// was offered is held as long as it was offered for, and a place in line is kept.
fn maybe(
    facts: &Facts,
    answering: &Answering,
    statement: &Statement,
    now: DateTime<Utc>,
) -> (Placed, Post) {
    let invitation = &answering.invitation;
    let gathering = view::gathering(&answering.gathering, Sees::NoAddress);
    let held = held(facts, invitation, now);
    let party = statement.party.unwrap_or(1).clamp(1, 50);
    let keeps = |seat| place(facts, answering, statement, (seat, invitation.party));
    let maybe = |position| Letter::AnswerMaybe {
        gathering: gathering.clone(),
        until: None,
        held,
        position,
        cooked: seats::is_cooked(&answering.gathering, now, &facts.community),
    };
    let (placed, letter) = match invitation.seat {
        Seat::None => (place(facts, answering, statement, (Seat::None, party)), maybe(None)),
        Seat::Seated => {
            let answer = Some(Answer::Maybe);
            (
                keeps(Seat::Seated),
                Letter::Relayed { gathering: gathering.clone(), answer, held: None },
            )
        }
        Seat::Offered if held.is_some() => {
            let (answer, offer_until) = (invitation.answer, invitation.offer_until);
            let waiting_since = invitation.waiting_since;
            let placed = Placed { answer, waiting_since, offer_until, ..keeps(Seat::Offered) };
            (placed, maybe(None))
        }
        Seat::Waiting | Seat::Offered => {
            // An offer that has run out leaves the guest behind all who wait, as without an answer.
            let since = invitation.waiting_since.filter(|_| invitation.seat == Seat::Waiting);
            let since = since.unwrap_or(now);
            let position = seats::position(&answering.waiters, (since, invitation.id));
            // Whoever writes is there: they are asked once more, though they let every offer pass.
            let offers = invitation.offers.min(seats::OFFERS.saturating_sub(1));
            let (answer, waiting_since) = (invitation.answer, Some(since));
            let placed = Placed { answer, waiting_since, offers, ..keeps(Seat::Waiting) };
            (placed, maybe(Some(position)))
        }
    };
    (placed, post::to_guest(facts, answering, letter, now))
}

/// Until when a seat is held that the guest was offered.
pub(super) fn held(
    facts: &Facts,
    invitation: &Invitation,
    now: DateTime<Utc>,
) -> Option<NaiveDateTime> {
    let offered = invitation.offer_until.filter(|_| invitation.seat == Seat::Offered);
    // An offer that has run out is not held, though nobody has taken it back yet.
    let until = offered.filter(|until| *until > now)?;
    Some(clock::local(until, facts.community.zone))
}

/// What stands of a guest who has said nothing about coming. Whoever is offered a seat has not taken
/// it yet.
pub(super) fn relayed(
    facts: &Facts,
    answering: &Answering,
    sees: Sees,
    now: DateTime<Utc>,
) -> Letter {
    let gathering = view::gathering(&answering.gathering, sees);
    let held = held(facts, &answering.invitation, now);
    let answer = answering.invitation.answer.filter(|_| held.is_none());
    Letter::Relayed { gathering, answer, held }
}

/// A guest who leaves the community answers no to everything.
pub(super) fn without_seat(invitation: &Invitation, at: DateTime<Utc>) -> Placed {
    Placed {
        invitation_id: invitation.id,
        answer: Some(Answer::No),
        answered_at: Some(at),
        seat: Seat::None,
        party: 1,
        waiting_since: None,
        offers: invitation.offers,
        offer_until: None,
        diets: Vec::new(),
        diet_notes: Vec::new(),
    }
}

/// What a guest with a seat is told of what was understood. What we remember is never repeated.
fn noted(facts: &Facts, placed: &Placed, statement: &Statement, no_room_for: Option<u32>) -> Noted {
    let food = Food { diets: placed.diets.clone(), notes: placed.diet_notes.clone() };
    let own = facts.own.as_deref();
    let told = !statement.diets.is_empty() || !statement.diet_notes.is_empty();
    let known = own.and_then(|own| own.remembered.as_ref()) == Some(&food) && !food.is_empty();
    let memory = if known {
        Some(Memory::Known)
    } else if told && own.is_some_and(|own| !own.diet_asked && own.remembered.is_none()) {
        Some(Memory::Asked)
    } else {
        None
    };
    let food = if known { Food::default() } else { food };
    Noted {
        party: placed.party,
        diets: food.diets,
        diet_notes: food.notes,
        relayed: statement.relayed,
        no_room_for,
        memory,
    }
}

/// The invitation after a statement. Diets that were told stay until others are told; where none
/// were, the kitchen gets what we were asked to remember.
fn place(
    facts: &Facts,
    answering: &Answering,
    statement: &Statement,
    (seat, party): (Seat, u32),
) -> Placed {
    let invitation = &answering.invitation;
    let stated = Food { diets: statement.diets.clone(), notes: statement.diet_notes.clone() };
    let noted = Food { diets: invitation.diets.clone(), notes: invitation.diet_notes.clone() };
    let remembered = facts.own.as_ref().and_then(|own| own.remembered.clone());
    let known = [stated, noted].into_iter().chain(remembered).find(|food| !food.is_empty());
    let Food { diets, notes: diet_notes } = known.unwrap_or_default();
    Placed {
        invitation_id: invitation.id,
        answer: Some(statement.answer),
        answered_at: Some(statement.stated_at),
        seat,
        party,
        waiting_since: None,
        offers: invitation.offers,
        offer_until: None,
        diets,
        diet_notes,
    }
}

/// There is an answer, but not one to rely on.
fn ask_again(
    facts: &Facts,
    answering: &Answering,
    meaning: &Meaning,
    now: DateTime<Utc>,
) -> Decision {
    let gathering = view::gathering(&answering.gathering, Sees::NoAddress);
    let food_noted =
        meaning.answer.is_none() && !is_doubtful(facts, meaning) && names_food(meaning);
    let letter = Letter::Unclear { gathering, food_noted };
    let mut posts = vec![post::to_guest(facts, answering, letter, now)];
    if meaning.needs_human {
        posts.extend(post::relay_from(facts, answering, meaning, now));
    }
    let changes = vec![Change::Record(record(answering, meaning, "noted"))];
    Decision { changes, posts, disposition: Disposition::Asked }
}

/// Nothing is said about coming: a question, a diet, a thank-you.
fn without_answer(
    facts: &Facts,
    answering: &Answering,
    meaning: &Meaning,
    now: DateTime<Utc>,
) -> Decision {
    let invitation = &answering.invitation;
    let mut changes = vec![Change::Record(record(answering, meaning, "noted"))];
    let mut posts = Vec::new();
    // A seat on offer is taken by a yes, not by what else a guest tells.
    let seated = matches!(invitation.seat, Seat::Seated | Seat::Waiting);
    let told = names_food(meaning);
    let revised = meaning.party_size.is_some_and(|party| party != invitation.party);
    if told && !seated && invitation.answer != Some(Answer::No) {
        // What the kitchen must know waits for the answer.
        changes.push(Change::Answer(Placed {
            diets: meaning.diets.iter().copied().collect(),
            diet_notes: meaning.diet_notes.clone(),
            ..Placed::of(invitation)
        }));
    }
    if seated && (told || revised) {
        let statement = Statement {
            answer: Answer::Yes,
            party: meaning.party_size,
            diets: meaning.diets.iter().copied().collect(),
            diet_notes: meaning.diet_notes.clone(),
            stated_at: facts.arrived_at,
            relayed: meaning.needs_human,
        };
        let applied = apply(facts, answering, &statement, now);
        changes.extend(applied.changes);
        posts.extend(applied.posts);
    } else if meaning.needs_human && !meaning.visible_text.trim().is_empty() {
        let letter = relayed(facts, answering, Sees::by_seat(invitation.seat), now);
        posts.push(post::to_guest(facts, answering, letter, now));
    } else if let Some(held) = held(facts, invitation, now) {
        let gathering = view::gathering(&answering.gathering, Sees::NoAddress);
        let (until, held, position) = (None, Some(held), None);
        let letter = Letter::AnswerMaybe { gathering, until, held, position, cooked: false };
        posts.push(post::to_guest(facts, answering, letter, now));
    } else if invitation.answer.is_none() {
        let mut decision = ask_again(facts, answering, meaning, now);
        decision.changes.extend(changes.split_off(1));
        return decision;
    }
    if meaning.needs_human && !meaning.visible_text.trim().is_empty() {
        posts.extend(post::relay_from(facts, answering, meaning, now));
    }
    Decision { changes, posts, disposition: Disposition::Asked }
}

/// Somebody else has the reply address: a forwarded invitation, or the guest's other address. The
/// guest of record is asked; whoever wrote learns nothing.
fn ask_the_guest(
    facts: &Facts,
    answering: &Answering,
    meaning: &Meaning,
    other: EmailAddress,
    now: DateTime<Utc>,
) -> Decision {
    let mut pending = record(answering, meaning, "pending");
    pending.other_email = Some(other.clone());
    pending.diets = meaning.diets.iter().copied().collect();
    pending.diet_notes.clone_from(&meaning.diet_notes);
    let own = answering.addresses.contains(&other);
    let is_held = stranger::is_proven(facts) && too_late(answering, now).is_none();
    let (held, asked) = if is_held {
        stranger::held(facts, answering, &other, now)
    } else {
        (Vec::new(), Vec::new())
    };
    let letter = Letter::OtherAddress {
        gathering: view::gathering(&answering.gathering, Sees::NoAddress),
        other,
        own,
        answer: meaning.answer,
    };
    let post = Post {
        purpose: Purpose::OtherAddress(facts.inbox_id),
        reply: NextStep::Pending(facts.inbox_id),
        ..post::to_guest(facts, answering, letter, now)
    };
    Decision {
        changes: [vec![Change::Record(pending)], held].concat(),
        posts: [vec![post], asked].concat(),
        disposition: Disposition::Pending,
    }
}

pub(super) fn record(answering: &Answering, meaning: &Meaning, state: &'static str) -> Record {
    Record {
        invitation_id: answering.invitation.id,
        answer: meaning.answer,
        party: meaning.party_size,
        because: json!(meaning.because),
        state,
        other_email: None,
        diets: Vec::new(),
        diet_notes: Vec::new(),
    }
}
