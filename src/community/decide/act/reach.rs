//! Acts that write to people: a word to the silent, a message, a host who is asked.

use chrono::{DateTime, Utc};

use super::{Act, Halt, count, guests};
use crate::command::{Circle, Recipients};
use crate::community::decide::{host, people, post};
use crate::community::decision::{Change, Post};
use crate::community::facts::{Facts, Floor, NextStep};
use crate::community::gathering::{Invitation, Seat, Table};
use crate::community::letter::{ActView, Letter, Refusal};
use crate::community::level::Level;
use crate::community::person::Person;
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::understand::Answer;

/// A guest and their invitation.
type Guest = (Invitation, Person);

/// Those of a gathering's guests who belong to a circle and can be reached.
fn members(table: &Table, circle: Circle) -> Vec<&Guest> {
    let fits = |(invitation, guest): &&(Invitation, Person)| match circle {
        Circle::All => true,
        Circle::Coming => invitation.seat == Seat::Seated,
        Circle::Waiting => matches!(invitation.seat, Seat::Waiting | Seat::Offered),
        // Whoever has not been asked owes no answer.
        Circle::Silent => {
            let silent = invitation.answer.is_none() && invitation.waiting_since.is_none();
            silent && !invitation.waits_to_be_asked()
        }
        Circle::Declined => invitation.answer == Some(Answer::No),
        Circle::Maybe => invitation.answer == Some(Answer::Maybe),
        Circle::Host => Some(guest.id) == table.gathering.host_id,
        Circle::Organizers => guest.organizer,
        Circle::New | Circle::NotLast => false,
    };
    let heard = |(one, guest): &&(Invitation, Person)| one.is_heard_by(guest);
    table.invitations.iter().filter(fits).filter(heard).collect()
}

/// Those whom the names mean, of a gathering's guests.
fn named<'a>(floor: &Floor, table: &'a Table, names: &[String]) -> Result<Vec<&'a Guest>, Halt> {
    let invited = guests::invited(table);
    let ids: Vec<i64> =
        people::named(floor, &invited, names)?.iter().map(|person| person.id).collect();
    Ok(table.invitations.iter().filter(|(_, guest)| ids.contains(&guest.id)).collect())
}

fn names(guests: &[&Guest]) -> Vec<String> {
    guests.iter().map(|(_, guest)| guest.name.clone()).collect()
}

/// `purr`, `purr Per`: to those who have the invitation and have not answered.
pub(super) fn nudge(
    facts: &Facts,
    floor: &Floor,
    table: &Table,
    people: &[String],
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let mut silent = if people.is_empty() {
        members(table, Circle::Silent)
    } else {
        named(floor, table, people)?
    };
    silent.retain(|(invitation, guest)| {
        invitation.answer.is_none() && invitation.letter_left && !guest.away
    });
    if silent.is_empty() {
        return Err(Halt::Refused(Refusal::Nobody));
    }
    let posts: Vec<Post> = silent
        .iter()
        .map(|(invitation, guest)| {
            let gathering = view::gathering(&table.gathering, Sees::NoAddress);
            let purpose = Purpose::AskedAgain(invitation.id, facts.inbox_id);
            let after_hold = now + facts.community.hold;
            let due_at = facts.community.asks_at(after_hold, table.gathering.starts_at);
            let seated = invitation.seat == Seat::Seated;
            let letter = Letter::Nudge { gathering, seated };
            Post::to_guest(&table.gathering, (invitation, guest), (purpose, letter), due_at)
        })
        .collect();
    Ok(Act {
        name: "guests-nudged",
        level: Level::Large,
        view: ActView::Nudge {
            gathering: view::gathering(&table.gathering, Sees::Address),
            nudged: names(&silent),
        },
        mails: count(posts.len()),
        letter: Some("nudge"),
        changes: vec![Change::Touch { gathering_id: table.gathering.id }],
        posts,
        after: Some(touched(table)),
    })
}

fn touched(table: &Table) -> Table {
    let mut after = table.clone();
    after.gathering.version += 1;
    after
}

/// `melding til de som kommer: …`
pub(super) fn message(
    facts: &Facts,
    floor: &Floor,
    table: &Table,
    (to, text): (&Recipients, &str),
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let readers = match to {
        Recipients::Circle { circle } => members(table, *circle),
        Recipients::Named { names } => named(floor, table, names)?,
    };
    if readers.is_empty() {
        return Err(Halt::Refused(Refusal::Nobody));
    }
    let posts: Vec<Post> = readers
        .iter()
        .map(|(invitation, guest)| {
            let letter = Letter::Message {
                gathering: view::gathering(&table.gathering, Sees::NoAddress),
                organizer: floor.organizer.name.clone(),
                text: text.to_owned(),
            };
            let purpose = Purpose::Message(invitation.id, facts.inbox_id);
            let due_at = facts.community.by_day(now + facts.community.hold);
            Post::to_guest(&table.gathering, (invitation, guest), (purpose, letter), due_at)
        })
        .collect();
    Ok(Act {
        name: "message-sent",
        level: Level::Large,
        view: ActView::Message {
            gathering: view::gathering(&table.gathering, Sees::Address),
            to: names(&readers),
            text: text.to_owned(),
        },
        mails: count(posts.len()),
        letter: Some("message"),
        changes: vec![Change::Touch { gathering_id: table.gathering.id }],
        posts,
        after: Some(touched(table)),
    })
}

/// `vert Anne`: Anne is asked, and is the host once she says yes; an organizer is it at once.
pub(super) fn host(
    facts: &Facts,
    floor: &Floor,
    table: &Table,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let person = people::one(floor, &floor.members, name)?;
    let gathering = &table.gathering;
    if gathering.host_id == Some(person.id) {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    let asked = person.id != floor.organizer.id;
    let mut after = touched(table);
    let (mut changes, mut posts) = (Vec::new(), Vec::new());
    if asked {
        let letter = Letter::HostAsked {
            gathering: view::gathering(gathering, Sees::Address),
            organizer: floor.organizer.name.clone(),
        };
        changes.push(Change::Touch { gathering_id: gathering.id });
        posts.push(Post {
            purpose: Purpose::HostAsked(gathering.id, person.id, facts.inbox_id),
            gathering_id: Some(gathering.id),
            due_at: facts.community.by_day(now + facts.community.hold),
            expires_at: gathering.starts_at,
            ..post::answer(facts, person, letter, NextStep::Host(gathering.id), now)
        });
    } else {
        after.gathering.host_id = Some(person.id);
        after.gathering.host = Some(person.name.clone());
        after.host = Some(person.clone());
        changes.push(Change::Host { gathering_id: gathering.id, person_id: person.id });
        let due_at = facts.community.by_day(now + facts.community.hold);
        let before = table.host.as_ref().filter(|before| !before.organizer);
        posts.extend(before.map(|before| host::replaced(gathering, (before, person), due_at)));
    }
    Ok(Act {
        name: if asked { "host-asked" } else { "host-changed" },
        level: Level::Small,
        view: ActView::Host {
            gathering: view::gathering(gathering, Sees::Address),
            host: person.name.clone(),
            asked,
        },
        mails: count(posts.len()),
        letter: Some(if asked { "host-asked" } else { "host-news" }),
        changes,
        posts,
        after: Some(after),
    })
}
