//! What letters may say: the address only to those with a seat, names only to organizers.

use std::collections::BTreeMap;

use super::decision::{EventPart, Method};
use super::gathering::{Gathering, Invitation, Seat, Table};
use super::letter::{GatheringView, Named, StatusView, WaveView};
use super::person::Person;
use crate::understand::{Answer, Diet};

/// Whether the reader may know the address and the host's telephone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sees {
    /// Has a seat, or organizes.
    Address,
    /// Has not.
    NoAddress,
}

impl Sees {
    /// By the guest's place.
    pub fn by_seat(seat: Seat) -> Self {
        match seat {
            Seat::Seated => Self::Address,
            Seat::None | Seat::Waiting | Seat::Offered => Self::NoAddress,
        }
    }
}

/// A gathering, for a letter.
pub fn gathering(gathering: &Gathering, sees: Sees) -> GatheringView {
    let private = |value: &Option<String>| match sees {
        Sees::Address => value.clone(),
        Sees::NoAddress => None,
    };
    GatheringView {
        kind: gathering.kind,
        title: gathering.title.clone(),
        starts: gathering.starts_local,
        place: private(&gathering.place),
        host: gathering.host.clone(),
        host_phone: private(&gathering.host_phone),
        menu: gathering.menu.clone(),
        menu_reason: gathering.menu_reason.clone(),
        question: gathering.question.clone(),
        note: gathering.note.clone(),
        pre_read: gathering.pre_read.clone(),
        speaker: gathering.speaker.clone(),
        reply_by: gathering.reply_by,
        kitchen_by: gathering.kitchen_by,
        seats: gathering.seats,
    }
}

/// Where a gathering stands, for organizers.
pub fn status(table: &Table) -> StatusView {
    let list = |fits: &dyn Fn(&Invitation) -> bool| -> Vec<Named> {
        table.invitations.iter().filter(|(invitation, _)| fits(invitation)).map(named).collect()
    };
    let unplaced = |invitation: &Invitation, answer: Option<Answer>| {
        invitation.seat == Seat::None && invitation.answer == answer
    };
    let is_silent = |invitation: &Invitation| {
        unplaced(invitation, None) && !invitation.unreached && !invitation.unclear
    };
    let mut waiting: Vec<&(Invitation, Person)> = table
        .invitations
        .iter()
        .filter(|(invitation, _)| invitation.seat == Seat::Waiting)
        .collect();
    waiting.sort_by_key(|(invitation, _)| (invitation.waiting_since, invitation.id));
    let (diets, diet_notes) = kitchen(table);
    StatusView {
        gathering: gathering(&table.gathering, Sees::Address),
        taken: table.gathering.taken,
        coming: list(&|invitation| invitation.seat == Seat::Seated),
        offered: list(&|invitation| invitation.seat == Seat::Offered),
        waiting: waiting.into_iter().map(named).collect(),
        maybe: list(&|invitation| unplaced(invitation, Some(Answer::Maybe))),
        declined: list(&|invitation| unplaced(invitation, Some(Answer::No))),
        // Somebody with a seat who has written what nobody understands is on two lists.
        unclear: list(&|invitation| invitation.unclear),
        silent: list(&|invitation| is_silent(invitation) && !invitation.waits_to_be_asked()),
        unreached: list(&|invitation| unplaced(invitation, None) && invitation.unreached),
        waves: kept_free(table).into_iter().chain(waves(table)).collect(),
        diets: diets.into_iter().collect(),
        diet_notes,
    }
}

/// Those who were told to keep the day free, and are asked nearer to it.
fn kept_free(table: &Table) -> Option<WaveView> {
    let waits = |(one, _): &&(Invitation, Person)| {
        one.waits_to_be_asked() && one.answer.is_none() && !one.unreached && !one.unclear
    };
    let guests = table.invitations.iter().filter(waits);
    let invited: Vec<String> = guests.map(|(_, guest)| guest.name.clone()).collect();
    let on = Some(table.gathering.asks_on());
    (!invited.is_empty()).then_some(WaveView {
        saved: true,
        keeps_free: false,
        on,
        days: None,
        invited,
    })
}

/// The rounds that have not opened and still have somebody to ask.
fn waves(table: &Table) -> Vec<WaveView> {
    let later = table.waves.iter().filter(|wave| wave.opened_at.is_none());
    later
        .map(|wave| WaveView::new(table, wave.opens, &table.guests_of(wave)))
        .filter(|wave| !wave.invited.is_empty())
        .collect()
}

/// Where a guest stands, in a word: `seated`, `waiting`, `offered`, `yes`, `no`, `maybe`, `unclear`,
/// `saved` (told to keep the day free, and not asked yet), `silent`.
pub fn stands(invitation: &Invitation) -> &'static str {
    match (invitation.seat, invitation.answer) {
        (Seat::Seated, _) => "seated",
        (Seat::Waiting, _) => "waiting",
        (Seat::Offered, _) => "offered",
        (Seat::None, Some(Answer::Yes)) => "yes",
        (Seat::None, Some(Answer::No)) => "no",
        (Seat::None, Some(Answer::Maybe)) => "maybe",
        (Seat::None, None) if invitation.unclear => "unclear",
        (Seat::None, None) if invitation.waits_to_be_asked() => "saved",
        (Seat::None, None) => "silent",
    }
}

/// A guest's number on the waiting list; 1 is next.
pub fn position(table: &Table, invitation: &Invitation) -> Option<u32> {
    let at = table.waiters().iter().position(|waiter| waiter.invitation == invitation.id)?;
    u32::try_from(at + 1).ok()
}

/// A guest on an organizer's list.
pub fn named((invitation, guest): &(Invitation, Person)) -> Named {
    Named { name: guest.name.clone(), party: invitation.party }
}

/// What the kitchen must know about those who come: counts and words, no names.
fn kitchen(table: &Table) -> (BTreeMap<Diet, u32>, Vec<String>) {
    let mut counts = BTreeMap::new();
    let mut notes = Vec::new();
    for (invitation, _) in &table.invitations {
        if invitation.seat == Seat::Seated {
            for diet in &invitation.diets {
                *counts.entry(*diet).or_insert(0) += 1;
            }
            notes.extend(invitation.diet_notes.iter().cloned());
        }
    }
    (counts, notes)
}

/// The calendar's version of a gathering.
pub fn event(gathering: &Gathering, community: &str, method: Method, sees: Sees) -> EventPart {
    EventPart {
        method,
        sequence: gathering.sequence,
        starts_at: gathering.starts_at,
        summary: gathering.title.clone().unwrap_or_else(|| community.to_owned()),
        location: match sees {
            Sees::Address => gathering.place.clone(),
            Sees::NoAddress => None,
        },
    }
}
