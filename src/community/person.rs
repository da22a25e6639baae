//! Communities and people, as decisions see them.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

use super::clock::{self, Hours, Night};
use super::gathering::Gathering;
pub use crate::command::setting::CalendarPolicy;
use crate::command::setting::Setting;
use crate::language::Language;
use crate::mail::EmailAddress;

/// One group with its own address, language, time zone and rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Community {
    /// Its row.
    pub id: i64,
    /// Its short name; part of every token.
    pub slug: String,
    /// Its name as people know it.
    pub name: String,
    /// Where people write to.
    pub address: EmailAddress,
    /// Whether mail to `address+something` arrives at `address`.
    pub subaddress: bool,
    /// The language of those who have not chosen one.
    pub language: Language,
    /// The zone in which its dinners begin.
    pub zone: Tz,
    /// When calendar parts are sent.
    pub calendar: CalendarPolicy,
    /// Mails to many wait so long before they leave, so that a mistake can be taken back.
    pub hold: TimeDelta,
    /// When people like to get mail.
    pub hours: Hours,
    /// What a new gathering has where nothing is said.
    pub usual: Usual,
}

/// What a new gathering has where nothing is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usual {
    /// Seats.
    pub seats: Option<u32>,
    /// Until how many days before it answers are awaited.
    pub reply_days: Option<u32>,
}

impl Community {
    /// The same, set as organizers have said.
    #[must_use]
    pub fn set(mut self, setting: Setting) -> Self {
        match setting {
            Setting::Language(language) => self.language = language,
            Setting::Hours { evening, morning } => {
                (self.hours.evening, self.hours.morning) = (evening, morning);
            }
            Setting::Days(days) => self.hours.quiet = days,
            Setting::Seats(seats) => self.usual.seats = seats,
            Setting::Calendar(policy) => self.calendar = policy,
            Setting::ReplyBy(days) => self.usual.reply_days = days,
        }
        self
    }

    /// How it is set.
    pub fn settings(&self) -> [Setting; 6] {
        let Hours { evening, morning, quiet } = self.hours.clone();
        [
            Setting::Language(self.language),
            Setting::Hours { evening, morning },
            Setting::Days(quiet),
            Setting::Calendar(self.calendar),
            Setting::Seats(self.usual.seats),
            Setting::ReplyBy(self.usual.reply_days),
        ]
    }

    /// When calendar parts are sent for a gathering.
    pub fn calendar_of(&self, gathering: &Gathering) -> CalendarPolicy {
        gathering.calendar.unwrap_or(self.calendar)
    }

    /// Whether its people sleep, or may.
    pub fn is_night(&self, at: DateTime<Utc>) -> bool {
        clock::is_night(at, self.zone, &self.hours)
    }

    /// The night that it is; `None` by day.
    pub fn night(&self, at: DateTime<Utc>) -> Option<Night> {
        clock::night(at, self.zone, &self.hours)
    }

    /// The same instant by day; at night, the next morning.
    pub fn by_day(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        clock::by_day(at, self.zone, &self.hours)
    }

    /// When people may be asked about a gathering that starts then: on an open day; by day where
    /// it is too near to wait for one.
    pub fn asks_at(&self, at: DateTime<Utc>, starts_at: DateTime<Utc>) -> DateTime<Utc> {
        let open = self.on_open_day(at);
        if starts_at - open < NEAR { self.by_day(at) } else { open }
    }

    /// The same instant, if people may be asked something then; else the next morning on which
    /// they may.
    pub fn on_open_day(&self, at: DateTime<Utc>) -> DateTime<Utc> {
        clock::on_open_day(at, self.zone, &self.hours)
    }
}

/// So near a gathering that quiet days do not count.
pub const NEAR: TimeDelta = TimeDelta::hours(48);

/// A human, with the one address that letters go to.
///
/// Invariant: made from the database only. No constructor takes anything from a mail, so that no
/// mail can choose where an answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Row.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Address of record.
    pub address: EmailAddress,
    /// Language of letters to this person.
    pub language: Language,
    /// Telephone, if known.
    pub phone: Option<String>,
    /// Whether an active member.
    pub active: bool,
    /// Whether they are away or have left, and hear nothing that they have not asked for.
    pub away: bool,
    /// Whether they may command.
    pub organizer: bool,
}
