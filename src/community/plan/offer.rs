//! The waiting list moves: offers that run out, freed seats that are offered.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::community::clock;
use crate::community::decision::{Change, Decision, Disposition, Placed, Post};
use crate::community::facts::NextStep;
use crate::community::gathering::{Invitation, Seat, State, Table};
use crate::community::letter::Letter;
use crate::community::person::{Community, Person};
use crate::community::purpose::Purpose;
use crate::community::seats::{self, Move};
use crate::community::view::{self, Sees};

/// What the waiting list of a locked gathering does now. Empty if nothing.
pub fn offers(community: &Community, table: &Table, now: DateTime<Utc>) -> Decision {
    let mut decision = Decision::nothing(Disposition::Answer);
    if table.gathering.state != State::Open {
        return decision;
    }
    for step in seats::moves(&table.gathering, &table.waiters(), now, community.zone) {
        let (Move::Lapse { invitation }
        | Move::Offer { invitation, .. }
        | Move::Standby { invitation }) = step;
        let of = |(one, _): &&(Invitation, Person)| one.id == invitation;
        if let Some((invitation, guest)) = table.invitations.iter().find(of) {
            let waiting = Waiting { community, table, invitation, guest };
            let (change, post) = match step {
                Move::Lapse { .. } => waiting.lapse(now),
                Move::Offer { until, .. } => waiting.offer(until, now),
                Move::Standby { .. } => (None, waiting.standby(now)),
            };
            decision.changes.extend(change.map(Change::Answer));
            decision.posts.push(post);
        }
    }
    decision
}

/// The moments at which the waiting list may move by itself: an offer runs out, the morning after a
/// night in which a seat was freed, the last day begins.
pub(super) fn times(
    community: &Community,
    table: &Table,
    now: DateTime<Utc>,
) -> Vec<DateTime<Utc>> {
    let waiters = table.waiters();
    if waiters.is_empty() || table.gathering.state != State::Open {
        return Vec::new();
    }
    let mut times: Vec<_> = waiters.iter().filter_map(|waiter| waiter.offer_until).collect();
    times.push(clock::by_day(now, community.zone));
    times.push(table.gathering.starts_at - TimeDelta::hours(24));
    times
}

struct Waiting<'a> {
    community: &'a Community,
    table: &'a Table,
    invitation: &'a Invitation,
    guest: &'a Person,
}

impl Waiting<'_> {
    /// The offer ran out: back on the list, behind everybody who is on it now.
    fn lapse(&self, now: DateTime<Utc>) -> (Option<Placed>, Post) {
        let placed = Placed {
            seat: Seat::Waiting,
            waiting_since: Some(now),
            offer_until: None,
            ..Placed::of(self.invitation)
        };
        let gathering = view::gathering(&self.table.gathering, Sees::NoAddress);
        let purpose = Purpose::OfferGone(self.invitation.id, self.invitation.offers);
        let due_at = clock::by_day(now, self.community.zone);
        (Some(placed), self.post(purpose, Letter::OfferGone { gathering }, due_at))
    }

    fn offer(&self, until: DateTime<Utc>, now: DateTime<Utc>) -> (Option<Placed>, Post) {
        let offers = self.invitation.offers + 1;
        let placed = Placed {
            seat: Seat::Offered,
            offers,
            offer_until: Some(until),
            ..Placed::of(self.invitation)
        };
        let local = clock::local(until, self.community.zone);
        let letter = self.letter(Some(local));
        let purpose = Purpose::Offer(self.invitation.id, offers);
        let post = Post { expires_at: until, ..self.post(purpose, letter, now) };
        (Some(placed), post)
    }

    /// On the last day nobody waits for anybody: the first yes wins.
    fn standby(&self, now: DateTime<Utc>) -> Post {
        let purpose = Purpose::Standby(self.invitation.id, self.table.gathering.sequence);
        self.post(purpose, self.letter(None), now)
    }

    fn letter(&self, until: Option<NaiveDateTime>) -> Letter {
        Letter::Offer {
            gathering: view::gathering(&self.table.gathering, Sees::NoAddress),
            party: self.invitation.party,
            until,
        }
    }

    fn post(&self, purpose: Purpose, letter: Letter, due_at: DateTime<Utc>) -> Post {
        Post {
            purpose,
            to: self.guest.clone(),
            letter,
            reply: NextStep::Guest(self.invitation.id),
            event: None,
            gathering_id: Some(self.table.gathering.id),
            invitation_id: Some(self.invitation.id),
            due_at,
            expires_at: self.table.gathering.starts_at,
        }
    }
}
