//! Who gets a seat, who waits, and who is offered a freed one.
//!
//! Rules: a party is all or nothing and never blocks a smaller one behind it; whoever answers does
//! not pass somebody who waits and would fit; a freed seat is offered for a time that shrinks as
//! the gathering nears, and on the last day the first yes wins.

use chrono::{DateTime, TimeDelta, Utc};

use super::clock;
use super::gathering::{Gathering, Seat};
use super::person::Community;

/// One entry of the waiting list, those with an open offer included, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiter {
    /// The invitation.
    pub invitation: i64,
    /// Seats wanted.
    pub party: u32,
    /// Waiting or offered.
    pub seat: Seat,
    /// Place in the list.
    pub since: DateTime<Utc>,
    /// An open offer ends then.
    pub offer_until: Option<DateTime<Utc>>,
    /// Offers made so far.
    pub offers: u32,
    /// Whether the guest is away, or has left: they keep their place, and others go before them.
    pub away: bool,
}

/// After so many offers without an answer a guest is not asked again, but may still say yes.
pub const OFFERS: u32 = 2;

impl Waiter {
    /// Waits, and has not let every offer pass.
    fn waits_in_earnest(&self) -> bool {
        self.seat == Seat::Waiting && self.offers < OFFERS && !self.away
    }

    /// Was offered a seat, and the time is up.
    fn has_let_pass(&self, now: DateTime<Utc>) -> bool {
        self.seat == Seat::Offered && self.offer_until.is_some_and(|until| until <= now)
    }
}

/// What a yes leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A seat for the whole party.
    Seated,
    /// The waiting list; 1 is next.
    Waiting(u32),
    /// The guest keeps the seats they have or were offered; there is no room for more.
    Keeps(u32),
}

/// Judges a yes for `party` seats from a guest whose place so far is `seat` with `held` seats.
pub fn judge(
    gathering: &Gathering,
    waiters: &[Waiter],
    guest: &Asking,
    now: DateTime<Utc>,
) -> Verdict {
    let held = match guest.seat {
        Seat::Seated | Seat::Offered => guest.held,
        Seat::None | Seat::Waiting => 0,
    };
    let free = gathering.free() + held;
    let fits = guest.party <= free;
    let more = guest.party.saturating_sub(held);
    let ahead = |waiter: &&Waiter| {
        waiter.invitation != guest.invitation
            && guest
                .since
                .is_none_or(|since| (waiter.since, waiter.invitation) < (since, guest.invitation))
    };
    // Seats that are free beyond this guest's own belong to those who wait, unless it is the last
    // day, when the first yes wins.
    let passed_over = waiters
        .iter()
        .filter(ahead)
        .any(|waiter| waiter.waits_in_earnest() && waiter.party <= gathering.free());
    let may_take = more == 0 || last_day(gathering, now) || !passed_over;
    if fits && may_take {
        return Verdict::Seated;
    }
    if held > 0 {
        return Verdict::Keeps(held);
    }
    Verdict::Waiting(behind(waiters.iter().filter(ahead).count()))
}

/// The number in line of an invitation that waits since then; 1 is next.
pub fn position(waiters: &[Waiter], (since, invitation): (DateTime<Utc>, i64)) -> u32 {
    let own = (since, invitation);
    let ahead = |waiter: &&Waiter| {
        waiter.invitation != invitation && (waiter.since, waiter.invitation) < own
    };
    behind(waiters.iter().filter(ahead).count())
}

/// The number in line of whoever stands behind so many.
fn behind(ahead: usize) -> u32 {
    u32::try_from(ahead).unwrap_or(u32::MAX).saturating_add(1)
}

/// The moment from which somebody new waits: a mailbox tells arrivals by the second only, so of
/// two who came together the one who is read later stands behind.
pub fn own_moment(waiters: &[Waiter], arrived_at: DateTime<Utc>) -> DateTime<Utc> {
    let together = arrived_at..arrived_at + TimeDelta::milliseconds(1);
    let last = waiters.iter().map(|waiter| waiter.since).filter(|since| together.contains(since));
    last.max().map_or(arrived_at, |last| last + TimeDelta::microseconds(1))
}

/// A guest who says yes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asking {
    /// The invitation.
    pub invitation: i64,
    /// Place so far.
    pub seat: Seat,
    /// Seats held so far, if seated or offered.
    pub held: u32,
    /// Seats wanted now.
    pub party: u32,
    /// Place in the waiting list so far.
    pub since: Option<DateTime<Utc>>,
}

/// Whether less than a day is left.
pub fn last_day(gathering: &Gathering, now: DateTime<Utc>) -> bool {
    gathering.starts_at - now < TimeDelta::hours(24)
}

/// How long an offer made now is held: 48 hours while more than a week is left, 24 hours while
/// more than two days are, else 4; until the morning instead of the night; never past two hours
/// before the start.
pub fn offer_limit(
    starts_at: DateTime<Utc>,
    now: DateTime<Utc>,
    community: &Community,
) -> DateTime<Utc> {
    let left = starts_at - now;
    let hours = if left > TimeDelta::days(7) {
        48
    } else if left > TimeDelta::days(2) {
        24
    } else {
        4
    };
    community.by_day(now + TimeDelta::hours(hours)).min(starts_at - TimeDelta::hours(2))
}

/// What should happen to one entry of the waiting list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// The offer ran out: back to the list, after everybody who waits.
    Lapse {
        /// The invitation.
        invitation: i64,
    },
    /// A freed seat is offered until then.
    Offer {
        /// The invitation.
        invitation: i64,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// It is the last day and there is a seat: tell this guest that the first yes wins.
    Standby {
        /// The invitation.
        invitation: i64,
    },
}

impl Move {
    /// Whose.
    pub fn invitation(&self) -> i64 {
        let (Self::Lapse { invitation }
        | Self::Offer { invitation, .. }
        | Self::Standby { invitation }) = self;
        *invitation
    }

    /// Whether somebody is asked to take a seat.
    pub fn asks(&self) -> bool {
        match self {
            Self::Lapse { .. } => false,
            Self::Offer { .. } | Self::Standby { .. } => true,
        }
    }
}

/// The moves due now on a waiting list, in order. Deciding twice changes nothing: once the moves
/// are made, the same question gives no more. Nothing moves at night, when nobody could answer.
pub fn moves(
    gathering: &Gathering,
    waiters: &[Waiter],
    now: DateTime<Utc>,
    community: &Community,
) -> Vec<Move> {
    if now >= gathering.starts_at || is_cooked(gathering, now, community) || community.is_night(now)
    {
        return Vec::new();
    }
    let mut moves = Vec::new();
    let mut free = gathering.free();
    let mut queue: Vec<&Waiter> = waiters.iter().filter(|one| one.waits_in_earnest()).collect();
    for waiter in waiters.iter().filter(|one| one.has_let_pass(now)) {
        moves.push(Move::Lapse { invitation: waiter.invitation });
        free += waiter.party;
        // Behind all who wait; and asked once more if nobody does.
        if waiter.offers < OFFERS && !waiter.away {
            queue.push(waiter);
        }
    }
    let until = offer_limit(gathering.starts_at, now, community);
    let until = cooked_at(gathering, community).map_or(until, |at| until.min(at));
    for waiter in queue {
        if waiter.party > free {
            continue;
        }
        if last_day(gathering, now) {
            moves.push(Move::Standby { invitation: waiter.invitation });
        } else {
            free -= waiter.party;
            moves.push(Move::Offer { invitation: waiter.invitation, until });
        }
    }
    moves
}

/// Whether the kitchen takes no change any more.
pub fn is_cooked(gathering: &Gathering, now: DateTime<Utc>, community: &Community) -> bool {
    cooked_at(gathering, community).is_some_and(|at| now >= at)
}

/// From when on the kitchen takes no change: nobody is offered a seat for whom there is no food.
fn cooked_at(gathering: &Gathering, community: &Community) -> Option<DateTime<Utc>> {
    gathering.kitchen_by.map(|by| clock::instant(by, community.zone))
}

/// Who gets a seat at once because there are more seats now, in order.
pub fn promoted(free: u32, waiters: &[Waiter]) -> Vec<i64> {
    let mut free = free;
    waiters
        .iter()
        .filter(|waiter| waiter.seat == Seat::Waiting)
        .filter(|waiter| {
            let fits = waiter.party <= free;
            if fits {
                free -= waiter.party;
            }
            fits
        })
        .map(|waiter| waiter.invitation)
        .collect()
}
