//! Later rounds of invitations: the next one opens while seats are left.

use chrono::{DateTime, TimeDelta, Utc};

use super::gathering::asks_at;
use super::remind::FORENOON;
use crate::command::Opens;
use crate::community::clock;
use crate::community::decision::Change;
use crate::community::gathering::{Invitation, State, Table, Wave};
use crate::community::person::{Community, Person};

/// Nobody is invited later than this before it begins but by an organizer's own word.
const LATEST: TimeDelta = TimeDelta::hours(24);

/// The round that opens now, if one does. The waiting list comes first, so the table is as it is
/// after the list has moved.
pub fn wave(community: &Community, table: &Table, now: DateTime<Utc>) -> Option<Change> {
    let next = Next::of(community, table)?;
    let seats_left = table.gathering.free() > 0;
    if !seats_left || next.opens_at(now) > now || now >= next.closes_at() {
        return None;
    }
    Some(Change::OpenWave {
        gathering_id: table.gathering.id,
        number: next.wave.number,
        guests: table.guests_of(next.wave).iter().map(|guest| guest.id).collect(),
        keeps_free: next.keeps_free(now),
    })
}

/// A round that will open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComingWave {
    /// When its guests are written to.
    pub leaves: DateTime<Utc>,
    /// Which one.
    pub number: u32,
    /// Whom it asks.
    pub guests: Vec<Person>,
}

/// The rounds that open if the seats that are left stay so and nobody answers.
pub fn coming_waves(community: &Community, table: &Table, now: DateTime<Utc>) -> Vec<ComingWave> {
    let mut ahead = table.clone();
    let mut coming = Vec::new();
    let mut at = now;
    while ahead.gathering.free() > 0
        && let Some(next) = Next::of(community, &ahead)
    {
        at = next.opens_at(at).max(at);
        if at >= next.closes_at() {
            break;
        }
        let guests: Vec<Person> =
            ahead.guests_of(next.wave).into_iter().filter(|guest| !guest.away).cloned().collect();
        let number = next.wave.number;
        let leaves = community.asks_at(at + community.hold, ahead.gathering.starts_at);
        coming.push(ComingWave { leaves, number, guests });
        for wave in ahead.waves.iter_mut().filter(|wave| wave.number == number) {
            wave.opened_at = Some(at);
        }
    }
    coming
}

/// When the next round may open, if nothing changes before.
pub(super) fn time(
    community: &Community,
    table: &Table,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let next = Next::of(community, table)?;
    (table.gathering.free() > 0).then(|| next.opens_at(now)).filter(|at| *at < next.closes_at())
}

/// The first round that has not opened.
struct Next<'a> {
    community: &'a Community,
    table: &'a Table,
    wave: &'a Wave,
}

impl<'a> Next<'a> {
    fn of(community: &'a Community, table: &'a Table) -> Option<Self> {
        let wave = table.waves.iter().find(|wave| wave.opened_at.is_none())?;
        (table.gathering.state == State::Open).then_some(Self { community, table, wave })
    }

    /// In the forenoon of its day, or so many days after the round before it; at once when nobody
    /// is left to answer. Always at an hour at which people may be asked.
    fn opens_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let zone = self.community.zone;
        let at = match self.wave.opens {
            Opens::On { day } => clock::at_hour(day, 0, FORENOON, zone),
            Opens::After { .. } if !self.table.invitations.iter().any(awaits_answer) => now,
            Opens::After { days } => {
                let before = clock::local(self.opened_before(), zone).date();
                clock::at_hour(before, i64::from(days), FORENOON, zone)
            }
        };
        self.community.on_open_day(at)
    }

    fn keeps_free(&self, now: DateTime<Utc>) -> bool {
        self.table.keeps_free_on(clock::local(now, self.community.zone).date())
    }

    /// When the round before opened; where everybody was asked again since, when that was.
    fn opened_before(&self) -> DateTime<Utc> {
        let asks_at = asks_at(self.community, &self.table.gathering);
        let waves = self.table.waves.iter().filter_map(|wave| wave.opened_at);
        let waves = waves.map(|at| if self.keeps_free(at) { at.max(asks_at) } else { at });
        let first = self.table.invitations.iter().map(|(one, _)| {
            if one.keeps_free { one.invited_at.max(asks_at) } else { one.invited_at }
        });
        let opened = waves.max().or_else(|| first.min());
        opened.map_or(self.table.gathering.changed_at, |at| at.max(self.table.gathering.changed_at))
    }

    /// From then on nobody is asked who was not asked before.
    fn closes_at(&self) -> DateTime<Utc> {
        let gathering = &self.table.gathering;
        let zone = self.community.zone;
        let answered = gathering.reply_by.map(|day| clock::end_of_day(day, zone));
        let cooked = gathering.kitchen_by.map(|by| clock::instant(by, zone));
        let last = gathering.starts_at - LATEST;
        answered.into_iter().chain(cooked).fold(last, DateTime::min)
    }
}

/// Whether a guest may still answer: they are there and have not.
fn awaits_answer((invitation, guest): &(Invitation, Person)) -> bool {
    invitation.is_silent() && !invitation.unreached && !guest.away
}
