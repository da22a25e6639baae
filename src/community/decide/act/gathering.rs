//! Acts on a gathering as a whole: made, moved, called off, its seats and its words.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, Utc};

use super::waves::Rounds;
use super::{Act, Halt, count, kitchen, past};
use crate::command::setting::Particular;
use crate::command::{CutOff, Key, NewGathering};
use crate::community::clock;
use crate::community::decide::{people, post};
use crate::community::decision::{Change, Method, Placed, Post};
use crate::community::facts::{Facts, Floor, NextStep};
use crate::community::gathering::{Gathering, Invitation, Seat, State, Table, Wave};
use crate::community::letter::{ActView, HostNews, Letter, Named, Refusal, SettingView};
use crate::community::level::Level;
use crate::community::person::Person;
use crate::community::plan;
use crate::community::purpose::Purpose;
use crate::community::seats;
use crate::community::view::{self, Sees};

pub(super) fn create(
    facts: &Facts,
    floor: &Floor,
    new: &NewGathering,
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let starts_at = clock::instant(new.starts, facts.community.zone);
    if starts_at <= now {
        return Err(past(new.starts));
    }
    let new = &settled(facts, new, now)?;
    let Some(id) = floor.next_gathering_ids.first() else {
        return Err(Halt::Problem(crate::command::ProblemKind::TooLong));
    };
    // A host need not be a member.
    let host = new.host.as_ref().and_then(|name| people::one(floor, &floor.members, name).ok());
    let host_id = host.map(|host| host.id);
    let rounds = Rounds::of(floor, new, host_id)?;
    let guests = &rounds.first;
    let gathering = sketch(*id, new, starts_at, host, now);
    let names = |guests: &[&Person]| guests.iter().map(|guest| guest.name.clone()).collect();
    let today = clock::local(now, facts.community.zone).date();
    let later = gathering.is_long_after(today);
    let create = Change::Create {
        gathering_id: gathering.id,
        new: Box::new(new.clone()),
        starts_at,
        host_id,
        guests: guests.iter().map(|guest| guest.id).collect(),
    };
    let guests_ids: Vec<i64> = guests.iter().map(|guest| guest.id).collect();
    let first = Change::KeepFree { gathering_id: gathering.id, guests: guests_ids };
    let first = Some(first).filter(|_| later);
    let fresh = |guest: &Person| Invitation { keeps_free: later, ..fresh(guest, now) };
    let waves: Vec<Wave> = rounds.later.iter().map(|(wave, _)| wave.clone()).collect();
    let rounds_later = Change::Waves { gathering_id: gathering.id, waves: waves.clone() };
    let rounds_later = Some(rounds_later).filter(|_| !waves.is_empty());
    let planned = rounds.later.iter().flat_map(|(_, guests)| guests).copied().cloned();
    let after = Table {
        invitations: guests.iter().map(|guest| (fresh(guest), (*guest).clone())).collect(),
        planned: planned.collect(),
        host: host.cloned(),
        gathering,
        waves,
    };
    let view = ActView::New {
        gathering: view::gathering(&after.gathering, Sees::Address),
        invited: names(guests),
        waves: rounds.views(&after),
        ahead: names(&rounds.ahead),
        asked_on: later.then(|| after.gathering.asks_on()),
        invited_below: false,
        particulars: particulars(new),
    };
    Ok(Act {
        name: "gathering-created",
        level: if rounds.people() > super::guests::FEW { Level::Large } else { Level::Small },
        view,
        mails: count(guests.len()),
        letter: Some(if later { "save-the-date" } else { "invitation" }),
        changes: std::iter::once(create).chain(first).chain(rounds_later).collect(),
        posts: Vec::new(),
        after: Some(after),
    })
}

/// What is otherwise than in the community.
fn particulars(new: &NewGathering) -> Vec<SettingView> {
    let language = new.language.map(Particular::Language);
    let all = language.into_iter().chain(new.calendar.map(Particular::Calendar));
    all.map(|particular| SettingView::of(&particular.setting())).collect()
}

/// With the deadlines that follow from how the community is set.
fn settled(facts: &Facts, new: &NewGathering, now: DateTime<Utc>) -> Result<NewGathering, Halt> {
    let reply_by = new.reply_by.or_else(|| usual_deadline(facts, new, now));
    let mut new = NewGathering { reply_by, ..new.clone() };
    if let Some(cut_off) = &mut new.kitchen_cut_off {
        cut_off.time = Some(kitchen::moment(&facts.community, *cut_off, now)?.time());
    }
    Ok(new)
}

/// Until when answers are awaited where nothing is said, at the latest on the day on which the
/// kitchen has to know; not where that is over already.
fn usual_deadline(facts: &Facts, new: &NewGathering, now: DateTime<Utc>) -> Option<NaiveDate> {
    let days = facts.community.usual.reply_days?;
    let day = new.starts.date().checked_sub_days(Days::new(days.into()))?;
    let day = new.kitchen_cut_off.map_or(day, |cut_off| day.min(cut_off.date));
    (day > clock::local(now, facts.community.zone).date()).then_some(day)
}

/// The gathering as it will be, before it has a row.
fn sketch(
    id: i64,
    new: &NewGathering,
    starts_at: DateTime<Utc>,
    host: Option<&Person>,
    now: DateTime<Utc>,
) -> Gathering {
    Gathering {
        id,
        kind: new.kind,
        title: new.title.clone(),
        starts_local: new.starts,
        starts_at,
        place: new.place.clone(),
        host: host.map(|host| host.name.clone()).or_else(|| new.host.clone()),
        host_id: host.map(|host| host.id),
        host_phone: host.and_then(|host| host.phone.clone()),
        host_since: None,
        host_gone: None,
        menu: new.menu.clone(),
        menu_reason: new.menu_reason.clone(),
        question: new.question.clone(),
        note: new.note.clone(),
        pre_read: new.pre_read.clone(),
        speaker: new.speaker.clone(),
        reply_by: new.reply_by,
        language: new.language,
        calendar: new.calendar,
        seats: new.seats,
        taken: 0,
        state: State::Open,
        reason: None,
        sequence: 0,
        moved_from: None,
        asked_again: false,
        asked_sequence: 0,
        kitchen_by: new.kitchen_cut_off.and_then(CutOff::moment),
        version: 0,
        changed_at: now,
    }
}

pub(super) fn fresh(guest: &Person, now: DateTime<Utc>) -> Invitation {
    Invitation {
        id: 0,
        person_id: guest.id,
        invited_at: now,
        answer: None,
        answered_at: None,
        seat: Seat::None,
        party: 1,
        waiting_since: None,
        offers: 0,
        offer_until: None,
        answers_by: None,
        diets: Vec::new(),
        diet_notes: Vec::new(),
        unreached: false,
        letter_left: false,
        keeps_free: false,
        saved: false,
        letter_sequence: None,
        calendar_sent: false,
        standby_at: None,
        came: None,
        unclear: false,
    }
}

pub(super) fn change_seats(
    facts: &Facts,
    table: &Table,
    seats: u32,
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let gathering = &table.gathering;
    if seats == gathering.seats {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    if seats < gathering.taken || seats == 0 {
        let coming: Vec<Named> = view::status(table).coming;
        return Err(Halt::Refused(Refusal::BelowTaken { taken: gathering.taken, coming }));
    }
    let free = seats - gathering.taken;
    let promoted = seats::promoted(free, &table.waiters());
    let mut after = table.clone();
    after.gathering.seats = seats;
    after.gathering.version += 1;
    let mut changes = vec![Change::Seats { gathering_id: gathering.id, seats }];
    let mut posts = Vec::new();
    let mut names = Vec::new();
    for (invitation, guest) in &mut after.invitations {
        if promoted.contains(&invitation.id) {
            invitation.seat = Seat::Seated;
            invitation.waiting_since = None;
            invitation.offer_until = None;
            after.gathering.taken += invitation.party;
            names.push(guest.name.clone());
            changes.push(Change::Answer(Placed::of(invitation)));
            posts.push(promotion(facts, gathering, invitation, guest, now));
        }
    }
    Ok(Act {
        name: "seats-changed",
        level: Level::Small,
        view: ActView::Seats {
            gathering: view::gathering(gathering, Sees::Address),
            seats,
            promoted: names,
        },
        mails: count(promoted.len()),
        letter: Some("promoted"),
        changes,
        posts,
        after: Some(after),
    })
}

/// Tells a guest of their seat. Like all that follows from a command it waits, so that the command
/// can be taken back.
pub(super) fn promotion(
    facts: &Facts,
    gathering: &Gathering,
    invitation: &Invitation,
    guest: &Person,
    now: DateTime<Utc>,
) -> Post {
    let party = invitation.party;
    let letter = Letter::Promoted { gathering: view::gathering(gathering, Sees::Address), party };
    Post {
        purpose: Purpose::Promoted(invitation.id, gathering.version + 1),
        event: post::confirmed_event(facts, gathering),
        gathering_id: Some(gathering.id),
        invitation_id: Some(invitation.id),
        due_at: facts.community.by_day(now + facts.community.hold),
        expires_at: gathering.starts_at,
        ..post::answer(facts, guest, letter, NextStep::Guest(invitation.id), now)
    }
}

pub(super) fn change_time(
    facts: &Facts,
    table: &Table,
    to: NaiveDateTime,
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let gathering = &table.gathering;
    let starts_at = clock::instant(to, facts.community.zone);
    if to == gathering.starts_local {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    if starts_at <= now {
        return Err(past(to));
    }
    let asked_again = to.date() != gathering.starts_local.date();
    let told = table
        .invitations
        .iter()
        .filter(|(one, guest)| one.is_heard_by(guest) && plan::is_told_of_move(one, asked_again))
        .count();
    let told_or_asked =
        |one: &Invitation| plan::is_told_of_move(one, asked_again) || !one.is_asked();
    let host = table.unheard_host(told_or_asked).is_some();
    let today = clock::local(now, facts.community.zone).date();
    let still_useful = |day: &NaiveDate| *day >= today && *day < to.date();
    let kitchen_by = kitchen::after_move(&facts.community, gathering, to, now);
    let before_it_is_cooked = |day: NaiveDate| kitchen_by.map_or(day, |by| day.min(by.date()));
    let reply_by = gathering.reply_by.filter(still_useful).map(before_it_is_cooked);
    let mut after = table.clone();
    after.gathering.starts_local = to;
    after.gathering.starts_at = starts_at;
    after.gathering.reply_by = reply_by;
    after.gathering.kitchen_by = kitchen_by;
    after.gathering.version += 1;
    for (invitation, _) in &mut after.invitations {
        if asked_again {
            invitation.answer = None;
        }
        if invitation.seat == Seat::Offered {
            (invitation.seat, invitation.offer_until) = (Seat::Waiting, None);
        }
    }
    let gathering_id = gathering.id;
    Ok(Act {
        name: "gathering-moved",
        level: Level::Large,
        view: ActView::Move {
            gathering: view::gathering(gathering, Sees::Address),
            to,
            asked_again,
            kitchen_by,
            told: count(told),
        },
        mails: count(told + usize::from(host)),
        letter: Some("moved"),
        changes: vec![
            Change::Withdraw { gathering_id },
            Change::Move { gathering_id, to, starts_at, asked_again, reply_by, kitchen_by },
        ],
        posts: Vec::new(),
        after: Some(after),
    })
}

pub(super) fn cancel(
    facts: &Facts,
    table: &Table,
    reason: Option<String>,
    now: DateTime<Utc>,
) -> Act {
    let gathering = &table.gathering;
    let told = table
        .invitations
        .iter()
        .filter(|(one, guest)| one.is_heard_by(guest) && plan::is_told_of_cancellation(one))
        .count();
    let host = table.unheard_host(plan::is_told_of_cancellation);
    let view = ActView::Cancel {
        gathering: view::gathering(gathering, Sees::Address),
        reason: reason.clone(),
        told: count(told),
    };
    let gathering_id = gathering.id;
    let mut changes = vec![Change::Withdraw { gathering_id }];
    // A move that nobody has heard of is undone first: the guests are told of the day they know.
    if let Some(to) = plan::known_time(&facts.community, gathering, now) {
        let starts_at = clock::instant(to, facts.community.zone);
        let (reply_by, kitchen_by) = (gathering.reply_by, gathering.kitchen_by);
        let asked_again = false;
        changes.push(Change::Move {
            gathering_id,
            to,
            starts_at,
            asked_again,
            reply_by,
            kitchen_by,
        });
    }
    changes.push(Change::Cancel { gathering_id, reason });
    let mut after = table.clone();
    after.gathering.state = State::Cancelled;
    after.gathering.version += if changes.len() > 2 { 2 } else { 1 };
    Act {
        name: "gathering-cancelled",
        level: Level::Large,
        view,
        mails: count(told + usize::from(host.is_some())),
        letter: Some("cancelled"),
        changes,
        posts: Vec::new(),
        after: Some(after),
    }
}

/// `meny: Fårikål`, `endre sted til Storgata 3`. Those with a seat are told of another place or menu,
/// of who speaks, and of what there is to read.
pub(super) fn describe(
    facts: &Facts,
    table: &Table,
    (key, value): (Key, &str),
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let mut after = table.clone();
    let Some(field) = field(&mut after.gathering, key) else {
        return Err(Halt::Problem(crate::command::ProblemKind::NotYet { verb: key.name().into() }));
    };
    if field.as_deref() == Some(value) {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    let was = field.replace(value.to_owned());
    after.gathering.version += 1;
    // A first menu is in the reminder; what there is to read takes time, and a speaker is why some come.
    let news = matches!(key, Key::Speaker | Key::PreRead)
        || (was.is_some() && matches!(key, Key::Where | Key::Menu));
    let mut posts: Vec<Post> = if news { changed(facts, &after, key, now) } else { Vec::new() };
    let told = count(posts.len());
    posts.extend(news_to_host(facts, &after, key, now).filter(|_| news));
    let gathering_id = table.gathering.id;
    Ok(Act {
        name: "gathering-described",
        level: Level::Small,
        view: ActView::Describe {
            gathering: view::gathering(&table.gathering, Sees::Address),
            key: key.name(),
            value: value.to_owned(),
            told,
        },
        mails: count(posts.len()),
        letter: Some("changed"),
        changes: vec![Change::Describe { gathering_id, key, value: Some(value.to_owned()) }],
        posts,
        after: Some(after),
    })
}

/// The word of a gathering that a key is about.
fn field(gathering: &mut Gathering, key: Key) -> Option<&mut Option<String>> {
    match key {
        Key::Title => Some(&mut gathering.title),
        Key::Where => Some(&mut gathering.place),
        Key::Menu => Some(&mut gathering.menu),
        Key::MenuReason => Some(&mut gathering.menu_reason),
        Key::Question => Some(&mut gathering.question),
        Key::Note => Some(&mut gathering.note),
        Key::PreRead => Some(&mut gathering.pre_read),
        Key::Speaker => Some(&mut gathering.speaker),
        Key::When
        | Key::Time
        | Key::Host
        | Key::Seats
        | Key::Tables
        | Key::Invite
        | Key::Waves
        | Key::ReplyBy
        | Key::KitchenCutOff
        | Key::Language
        | Key::Calendar => None,
    }
}

/// Tells those with a seat what is new.
fn changed(facts: &Facts, after: &Table, key: Key, now: DateTime<Utc>) -> Vec<Post> {
    let gathering = &after.gathering;
    let seated = |(invitation, _): &&(Invitation, Person)| is_told_of_change(invitation);
    let place = key == Key::Where;
    after
        .invitations
        .iter()
        .filter(seated)
        .map(|(invitation, guest)| {
            let letter = Letter::Changed {
                gathering: view::gathering(gathering, Sees::Address),
                key: key.name(),
            };
            let purpose = Purpose::Changed(invitation.id, gathering.version, key.name());
            let due_at = facts.community.by_day(now + facts.community.hold);
            // Whoever has the event gets its new place, whatever is set by now.
            let event = (place && invitation.calendar_sent).then(|| {
                view::event(gathering, &facts.community.name, Method::Request, Sees::Address)
            });
            Post {
                event,
                ..Post::to_guest(gathering, (invitation, guest), (purpose, letter), due_at)
            }
        })
        .collect()
}

fn is_told_of_change(invitation: &Invitation) -> bool {
    invitation.seat == Seat::Seated && !invitation.unreached
}

/// A host who has no seat hears of it like those who have.
fn news_to_host(facts: &Facts, after: &Table, key: Key, now: DateTime<Utc>) -> Option<Post> {
    let host = after.unheard_host(is_told_of_change)?;
    let version = i64::from(after.gathering.version);
    let purpose = Purpose::HostNews(after.gathering.id, key.name(), version, host.id);
    let due_at = facts.community.by_day(now + facts.community.hold);
    let news = HostNews::Changed { key: key.name() };
    Some(plan::to_host(&after.gathering, host, (purpose, news), due_at))
}

/// `frist 5. mars`.
pub(super) fn reply_by(
    facts: &Facts,
    table: &Table,
    day: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let gathering = &table.gathering;
    if gathering.reply_by == Some(day) {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    if day < clock::local(now, facts.community.zone).date() {
        return Err(past(day.and_time(chrono::NaiveTime::MIN)));
    }
    let cooked = gathering.kitchen_by.map(|by| by.date());
    if day > cooked.unwrap_or(gathering.starts_local.date()) {
        let value = day.format("%d.%m.%Y").to_string();
        return Err(Halt::Problem(crate::command::ProblemKind::BadValue {
            what: Key::ReplyBy.name().into(),
            value,
        }));
    }
    let mut after = table.clone();
    after.gathering.reply_by = Some(day);
    after.gathering.version += 1;
    Ok(Act {
        name: "deadline-changed",
        level: Level::Small,
        view: ActView::ReplyBy { gathering: view::gathering(gathering, Sees::Address), day },
        mails: 0,
        letter: None,
        changes: vec![Change::ReplyBy { gathering_id: gathering.id, day: Some(day) }],
        posts: Vec::new(),
        after: Some(after),
    })
}
