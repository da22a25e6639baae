//! `hvorfor Kari`: the mails, the words, the rules and the acts of organizers that led to where a
//! guest stands.

use chrono::NaiveDateTime;
use serde_json::Value;

use super::act::{self, Halt};
use super::people;
use crate::command::{Further, Scope};
use crate::community::clock;
use crate::community::facts::{Deed, Facts, Floor, Said};
use crate::community::gathering::Table;
use crate::community::letter::{DailyDeed, Refusal, WhyMail, WhyView};
use crate::community::person::Person;
use crate::community::view::{self, Sees};

/// Why the one whom `further` names stands where they stand at the gathering of the thread, or at the
/// first to which they are invited.
pub(super) fn why(floor: &Floor, facts: &Facts, further: &Further) -> Result<WhyView, Halt> {
    let Further::Why { about } = further else { return Err(Halt::Refused(Refusal::NoChange)) };
    let tables: Vec<&Table> = match floor.thread {
        Some(_) => vec![act::choose(floor, &Scope::Implied)?],
        None if floor.open.is_empty() => return Err(act::no_such(floor)),
        None => floor.open.iter().collect(),
    };
    let mut circle: Vec<Person> = Vec::new();
    for (_, guest) in tables.iter().flat_map(|table| &table.invitations) {
        if circle.iter().all(|known| known.id != guest.id) {
            circle.push(guest.clone());
        }
    }
    let person = people::one(floor, &circle, about)?;
    let found = tables.iter().find_map(|table| {
        let invitation = table.invitations.iter().find(|(_, guest)| guest.id == person.id);
        invitation.map(|(invitation, _)| (table, invitation))
    });
    let Some((table, invitation)) = found else {
        return Err(Halt::Refused(Refusal::NotInvited { guest: person.name.clone() }));
    };
    let zone = facts.community.zone;
    let local = |at| clock::local(at, zone);
    let about = |deed: &&Deed| {
        !deed.undone && deed.gathering_id == table.gathering.id && deed.concerns(person.id)
    };
    let deeds = floor.deeds.iter().filter(about);
    // An answer that an organizer gave is told with what the organizer did.
    let by_organizer = |said: &Said| {
        deeds.clone().any(|deed| deed.inbox_id == Some(said.inbox_id) && !deed.acts.is_empty())
    };
    let own = |said: &&Said| said.invitation_id == invitation.id && !by_organizer(said);
    let mails = floor.answers.iter().filter(own);
    Ok(WhyView {
        gathering: view::gathering(&table.gathering, Sees::Address),
        guest: person.name.clone(),
        stands: view::stands(invitation),
        party: invitation.party,
        position: view::position(table, invitation),
        invited: local(invitation.invited_at),
        mails: mails.map(|said| mail(said, local(said.stated_at))).collect(),
        deeds: deeds.clone().filter_map(|it| deed(it, &person.name, local(it.at))).collect(),
    })
}

fn mail(said: &Said, at: NaiveDateTime) -> WhyMail {
    let because = said.because.iter().filter(|(words, _)| !words.trim().is_empty());
    let (words, rules) = because.cloned().unzip();
    WhyMail { at, answer: said.answer, state: said.state.clone(), words, rules }
}

/// What an organizer's mail did to a guest; `None` where nothing of it is about them.
fn deed(deed: &Deed, guest: &str, at: NaiveDateTime) -> Option<DailyDeed> {
    let acts: Vec<Value> = deed.acts.iter().filter(|act| concerns(act, guest)).cloned().collect();
    let organizer = deed.organizer.clone()?;
    let emptied = deed.acts.is_empty() && deed.names.iter().any(|name| moves_seats(name));
    let commands = deed.commands.clone();
    let is_told = !acts.is_empty() || (emptied && !commands.is_empty());
    is_told.then_some(DailyDeed { organizer, at, acts, commands })
}

/// Whether an act may have to do with where somebody stands. How it was told is emptied after a week,
/// and what was asked for stays.
fn moves_seats(name: &str) -> bool {
    matches!(
        name,
        "answered-for" | "gathering-cancelled" | "gathering-moved" | "seat-given" | "seats-changed"
    )
}

/// Whether an act is about a guest. That they were invited is said already.
fn concerns(act: &Value, guest: &str) -> bool {
    let is = |field: &str| act.get(field).and_then(Value::as_str) == Some(guest);
    let names = |field: &str| {
        let names = act.get(field).and_then(Value::as_array).into_iter().flatten();
        names.filter_map(Value::as_str).any(|name| name == guest)
    };
    match act.get("act").and_then(Value::as_str) {
        Some("move" | "cancel") => true,
        Some("new" | "invite") => false,
        Some(_) | None => is("guest") || names("promoted") || names("removed"),
    }
}
