//! The waiting list moves: offers that run out, freed seats that are offered.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::community::clock;
use crate::community::decision::{Change, Decision, Disposition, Placed, Post};
use crate::community::gathering::{Invitation, Seat, State, Table};
use crate::community::letter::Letter;
use crate::community::person::{Community, Person};
use crate::community::purpose::Purpose;
use crate::community::seats::{self, Move};
use crate::community::view::{self, Sees};
use crate::understand::Answer;

/// What the waiting list of a locked gathering does now. Empty if nothing.
pub fn offers(community: &Community, table: &Table, now: DateTime<Utc>) -> Decision {
    let mut decision = Decision::nothing(Disposition::Answer);
    if table.gathering.state != State::Open {
        return decision;
    }
    let moves = seats::moves(&table.gathering, &table.waiters(), now, community);
    for step in &moves {
        let of = |(one, _): &&(Invitation, Person)| one.id == step.invitation();
        let Some((invitation, guest)) = table.invitations.iter().find(of) else { continue };
        let waiting = Waiting { community, table, invitation, guest };
        match step {
            Move::Lapse { .. } => {
                decision.changes.push(Change::Answer(waiting.lapse(now)));
                decision.posts.extend(waiting.gone(&moves, now).filter(|_| !guest.away));
            }
            Move::Offer { until, .. } => {
                let (placed, post) = waiting.offer(*until, now);
                decision.changes.push(Change::Answer(placed));
                decision.posts.push(post);
            }
            Move::Standby { .. } => decision.posts.push(waiting.standby(now)),
        }
    }
    decision.posts.extend(too_slow(community, table, now));
    decision
}

/// A kind word to each who was told that the first yes wins, where somebody else's came first.
fn too_slow(community: &Community, table: &Table, now: DateTime<Utc>) -> Vec<Post> {
    let gathering = &table.gathering;
    if now >= gathering.starts_at || community.is_night(now) {
        return Vec::new();
    }
    let waits_in_vain = |(invitation, guest): &&(Invitation, Person)| {
        // Whoever has answered since was told in return how it stands.
        let told = invitation.standby_at.is_some_and(|at| invitation.answered_at < Some(at));
        let fits = invitation.party <= gathering.free();
        invitation.seat == Seat::Waiting && told && !fits && !guest.away
    };
    let waiting = table.invitations.iter().filter(waits_in_vain);
    waiting
        .map(|(invitation, guest)| Waiting { community, table, invitation, guest }.too_slow(now))
        .collect()
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
    times.push(community.by_day(now));
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
    fn lapse(&self, now: DateTime<Utc>) -> Placed {
        Placed {
            seat: Seat::Waiting,
            waiting_since: Some(now),
            offer_until: None,
            ..Placed::of(self.invitation)
        }
    }

    /// Tells that the seat went on, if it did. While nobody else wants it, a late yes still counts,
    /// and there is nothing to tell.
    fn gone(&self, moves: &[Move], now: DateTime<Utc>) -> Option<Post> {
        let id = self.invitation.id;
        let mut asked = moves.iter().filter(|step| step.asks()).map(Move::invitation);
        let went_on = asked.clone().any(|one| one != id) && !asked.any(|one| one == id);
        let gathering = view::gathering(&self.table.gathering, Sees::NoAddress);
        let purpose = Purpose::OfferGone(id, self.invitation.offers);
        went_on.then(|| self.post(purpose, Letter::OfferGone { gathering, taken: false }, now))
    }

    fn offer(&self, until: DateTime<Utc>, now: DateTime<Utc>) -> (Placed, Post) {
        let offers = self.invitation.offers + 1;
        let lapsed = self.invitation.seat == Seat::Offered;
        let placed = Placed {
            seat: Seat::Offered,
            waiting_since: if lapsed { Some(now) } else { self.invitation.waiting_since },
            offers,
            offer_until: Some(until),
            ..Placed::of(self.invitation)
        };
        let local = clock::local(until, self.community.zone);
        let letter = self.letter(Some(local));
        let purpose = Purpose::Offer(self.invitation.id, offers);
        (placed, Post { expires_at: until, ..self.post(purpose, letter, now) })
    }

    /// On the last day nobody waits for anybody: the first yes wins.
    fn standby(&self, now: DateTime<Utc>) -> Post {
        let sequence = self.table.gathering.sequence;
        let purpose = Purpose::Standby(self.invitation.id, sequence, self.given_up());
        self.post(purpose, self.letter(None), now)
    }

    fn too_slow(&self, now: DateTime<Utc>) -> Post {
        let gathering = view::gathering(&self.table.gathering, Sees::NoAddress);
        let sequence = self.table.gathering.sequence;
        let purpose = Purpose::StandbyGone(self.invitation.id, sequence, self.given_up());
        self.post(purpose, Letter::OfferGone { gathering, taken: true }, now)
    }

    /// How many have given up their seat on the last day.
    fn given_up(&self) -> u32 {
        let gathering = &self.table.gathering;
        let given_up = |(one, _): &&(Invitation, Person)| {
            one.answer == Some(Answer::No)
                && one.answered_at.is_some_and(|at| seats::last_day(gathering, at))
        };
        let round = self.table.invitations.iter().filter(given_up).count();
        u32::try_from(round).unwrap_or(u32::MAX)
    }

    fn letter(&self, until: Option<NaiveDateTime>) -> Letter {
        Letter::Offer {
            gathering: view::gathering(&self.table.gathering, Sees::NoAddress),
            party: self.invitation.party,
            until,
        }
    }

    fn post(&self, purpose: Purpose, letter: Letter, due_at: DateTime<Utc>) -> Post {
        let guest = (self.invitation, self.guest);
        Post::to_guest(&self.table.gathering, guest, (purpose, letter), due_at)
    }
}
