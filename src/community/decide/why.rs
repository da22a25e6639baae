//! `hvorfor Kari`: the mails, the words and the rules that led to where a guest stands.

use super::act::{self, Halt};
use super::people;
use crate::command::{Later, Scope};
use crate::community::clock;
use crate::community::facts::{Facts, Floor, Said};
use crate::community::gathering::{Invitation, Seat, Table};
use crate::community::letter::{Refusal, WhyMail, WhyView};
use crate::community::person::Person;
use crate::community::view::{self, Sees};
use crate::understand::Answer;

/// Why the one whom `later` names stands where they stand at the gathering of the thread, or at the
/// first to which they are invited.
pub(super) fn why(floor: &Floor, facts: &Facts, later: &Later) -> Result<WhyView, Halt> {
    let Later::Why { about } = later else { return Err(Halt::Refused(Refusal::NoChange)) };
    let tables: Vec<&Table> = match floor.thread {
        Some(_) => vec![act::choose(floor, &Scope::Implied)?],
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
    let mails = floor.answers.iter().filter(|said| said.invitation_id == invitation.id);
    Ok(WhyView {
        gathering: view::gathering(&table.gathering, Sees::Address),
        guest: person.name.clone(),
        stands: stands(invitation),
        party: invitation.party,
        position: position(table, invitation),
        invited: local(invitation.invited_at),
        mails: mails.map(|said| mail(said, local(said.stated_at))).collect(),
    })
}

fn mail(said: &Said, at: chrono::NaiveDateTime) -> WhyMail {
    let (words, rules) = said.because.iter().cloned().unzip();
    WhyMail { at, answer: said.answer, state: said.state.clone(), words, rules }
}

fn position(table: &Table, invitation: &Invitation) -> Option<u32> {
    let at = table.waiters().iter().position(|waiter| waiter.invitation == invitation.id)?;
    u32::try_from(at + 1).ok()
}

fn stands(invitation: &Invitation) -> &'static str {
    match (invitation.seat, invitation.answer) {
        (Seat::Seated, _) => "seated",
        (Seat::Waiting, _) => "waiting",
        (Seat::Offered, _) => "offered",
        (Seat::None, Some(Answer::Yes)) => "yes",
        (Seat::None, Some(Answer::No)) => "no",
        (Seat::None, Some(Answer::Maybe)) => "maybe",
        (Seat::None, None) => "silent",
    }
}
