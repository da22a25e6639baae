//! Words to the silent, to those who come, and to those who have been.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::gathering::Asked;
use crate::community::clock;
use crate::community::decision::Post;
use crate::community::gathering::Seat;
use crate::community::letter::{Letter, Soon};
use crate::community::purpose::Purpose;
use crate::community::seats;
use crate::community::view::{self, Sees};

/// A nudge leaves at this hour, and so do most reminders.
pub(super) const FORENOON: u32 = 10;
/// Nobody is nudged who was asked less than this ago.
const PATIENCE: TimeDelta = TimeDelta::hours(24);
/// On the day itself there is a word at this hour …
const SAME_MORNING: u32 = 9;
/// … if that leaves so long until it begins.
const SAME_DAY: TimeDelta = TimeDelta::hours(3);
/// Whoever was told so recently needs no word a week ahead.
const RECENTLY: TimeDelta = TimeDelta::days(3);

impl Asked<'_> {
    /// A word to the silent: two days before answers are awaited, and on that day. Never after an
    /// answer, never soon after the invitation, never before a day that the guest has named, and
    /// never a third one.
    pub(super) fn nudges(&self) -> Vec<Post> {
        let silent = match self.invitation.seat {
            // After a move to another date a seat is kept, but its guest is asked again.
            Seat::None | Seat::Seated => self.invitation.is_silent(),
            Seat::Waiting | Seat::Offered => false,
        };
        if !silent {
            return Vec::new();
        }
        let (last, end) = self.answers_end();
        let promised = self.promised().map(|day| self.asks_at(self.at_hour(day, 1, FORENOON)));
        let end = promised.map_or(end, |at| end.max(at + TimeDelta::hours(12)));
        let asked_at = self.asked_at();
        let mut rounds: Vec<(u32, DateTime<Utc>)> = [(1, -2), (2, 0)]
            .into_iter()
            .map(|(round, days)| (round, self.at_hour(last, days, FORENOON)))
            .map(|(round, at)| (round, self.asks_at(promised.map_or(at, |then| at.max(then)))))
            .filter(|(_, due_at)| *due_at >= asked_at + PATIENCE)
            .collect();
        // Where a promise has put off both, one is enough.
        if let [(_, first), (_, second)] = rounds.as_slice()
            && *second < *first + PATIENCE
        {
            rounds.remove(0);
        }
        let seated = self.invitation.seat == Seat::Seated;
        let last_word = end.min(self.gathering.starts_at - TimeDelta::hours(2));
        // After a time without power there is one word to say, not two.
        let second = rounds.iter().find(|(round, _)| *round == 2);
        let second = second.map_or(last_word, |(_, due_at)| *due_at);
        rounds
            .into_iter()
            .map(|(round, due_at)| {
                let mut gathering = view::gathering(self.gathering, Sees::NoAddress);
                // Whoever is asked after the day that all were given is not pointed to it.
                let day = clock::local(due_at, self.community.zone).date();
                gathering.reply_by = gathering.reply_by.filter(|last| day <= *last);
                let asked = self.gathering.asked_sequence;
                let purpose = Purpose::Nudge(self.invitation.id, asked, round);
                let fresh = due_at + TimeDelta::hours(36);
                let expires_at =
                    if round == 1 { fresh.min(last_word).min(second) } else { last_word };
                let letter = Letter::Nudge { gathering, seated };
                Post { expires_at, ..self.post(purpose, letter, due_at) }
            })
            .collect()
    }

    /// The day on which answers are awaited, and when a nudge is no longer useful.
    fn answers_end(&self) -> (NaiveDate, DateTime<Utc>) {
        if let Some(day) = self.gathering.reply_by {
            return (day, clock::end_of_day(day, self.community.zone));
        }
        let day = self.gathering.starts_local.date() - TimeDelta::days(3);
        (day, self.gathering.starts_at - TimeDelta::days(1))
    }

    /// The day until which the guest has asked for patience.
    fn promised(&self) -> Option<NaiveDate> {
        self.invitation.answers_by
    }

    /// A week before, the day before and the same morning, to those who have a seat. Whoever has
    /// just been told all that it says needs no reminder.
    pub(super) fn reminders(&self) -> Vec<Post> {
        if self.invitation.seat != Seat::Seated {
            return Vec::new();
        }
        let starts = self.gathering.starts_local.date();
        let before_it = self.gathering.starts_at - TimeDelta::hours(2);
        let morning = self.at_hour(starts, 0, SAME_MORNING.max(self.community.hours.morning));
        let week = self.at_hour(starts, -7, FORENOON);
        let day_before = self.at_hour(starts, -1, FORENOON);
        let mut reminders = vec![
            (Soon::InAWeek, week, RECENTLY, week + TimeDelta::days(2)),
            (
                Soon::Tomorrow,
                day_before,
                TimeDelta::zero(),
                clock::end_of_day(starts - TimeDelta::days(1), self.community.zone),
            ),
        ];
        if self.gathering.starts_at - morning >= SAME_DAY {
            reminders.push((Soon::Today, morning, TimeDelta::hours(12), before_it));
        }
        reminders
            .into_iter()
            .filter(|(_, due_at, recently, _)| !self.has_heard_since(*due_at - *recently))
            .map(|(soon, due_at, _, expires_at)| {
                let gathering = view::gathering(self.gathering, Sees::Address);
                let cooked = seats::is_cooked(self.gathering, due_at, self.community);
                let party = self.invitation.party;
                let letter = Letter::Reminder { gathering, party, soon, cooked };
                let sequence = self.gathering.sequence;
                let purpose = Purpose::Reminder(self.invitation.id, sequence, soon);
                Post { expires_at, ..self.post(purpose, letter, due_at) }
            })
            .collect()
    }

    /// Whether an acknowledgement or the news of a move, which say all that a reminder would, are
    /// younger than that.
    fn has_heard_since(&self, since: DateTime<Utc>) -> bool {
        let answered = self.invitation.answered_at.is_some_and(|at| at >= since);
        let moved = self.gathering.sequence > 0 && self.gathering.changed_at >= since;
        answered || moved
    }

    /// The day after, to those who had a seat.
    pub(super) fn follow_up(&self) -> Option<Post> {
        if self.invitation.seat != Seat::Seated {
            return None;
        }
        let day = self.gathering.starts_local.date();
        let due_at = self.community.on_open_day(self.at_hour(day, 1, FORENOON));
        let gathering = view::gathering(self.gathering, Sees::NoAddress);
        let purpose = Purpose::FollowUp(self.invitation.id);
        let expires_at = due_at + TimeDelta::days(3);
        let host_reads = self.host.is_some_and(|host| host.id != self.guest.id && !host.organizer);
        let letter = Letter::FollowUp { gathering, host_reads };
        Some(Post { expires_at, ..self.post(purpose, letter, due_at) })
    }

    fn at_hour(&self, day: NaiveDate, days: i64, hour: u32) -> DateTime<Utc> {
        clock::at_hour(day, days, hour, self.community.zone)
    }

    fn asks_at(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        self.community.asks_at(at, self.gathering.starts_at)
    }
}
