//! How a community is set, as organizers say it by mail.

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use crate::language::Language;

/// One setting and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", content = "value", rename_all = "kebab-case")]
pub enum Setting {
    /// The language of those who have not chosen one.
    Language(Language),
    /// From which hour to which nobody gets mail that they have not asked for.
    Hours {
        /// From this hour …
        evening: u32,
        /// … until this one.
        morning: u32,
    },
    /// Days on which nobody is asked anything.
    Days(Vec<Quiet>),
    /// Seats of a new gathering where none are said.
    Seats(Option<u32>),
    /// Which mail carries the calendar part.
    Calendar(CalendarPolicy),
    /// Until how many days before a new gathering answers are awaited, where nothing is said.
    ReplyBy(Option<u32>),
}

/// Which setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are those of the settings")]
pub enum SettingName {
    Language,
    Hours,
    Days,
    Seats,
    Calendar,
    ReplyBy,
}

impl SettingName {
    /// As stored, and as problems and letters give it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Language => "language",
            Self::Hours => "hours",
            Self::Days => "days",
            Self::Seats => "seats",
            Self::Calendar => "calendar",
            Self::ReplyBy => "reply-by",
        }
    }
}

impl Setting {
    /// Which it is.
    pub fn name(&self) -> SettingName {
        match self {
            Self::Language(_) => SettingName::Language,
            Self::Hours { .. } => SettingName::Hours,
            Self::Days(_) => SettingName::Days,
            Self::Seats(_) => SettingName::Seats,
            Self::Calendar(_) => SettingName::Calendar,
            Self::ReplyBy(_) => SettingName::ReplyBy,
        }
    }
}

/// What may be otherwise at one gathering than in its community.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", content = "value", rename_all = "kebab-case")]
pub enum Particular {
    /// The language of its guests who have not chosen one.
    Language(Language),
    /// Which mail carries its calendar part.
    Calendar(CalendarPolicy),
}

impl Particular {
    /// The setting of the community that it takes the place of.
    pub fn setting(self) -> Setting {
        match self {
            Self::Language(language) => Setting::Language(language),
            Self::Calendar(policy) => Setting::Calendar(policy),
        }
    }
}

/// Whether and when a calendar part goes out with a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CalendarPolicy {
    /// With the invitation, so that the calendar's buttons answer it. Without the address.
    Invitation,
    /// With the confirmation of a seat.
    Confirmation,
    /// Not at all.
    Never,
}

/// Days on which nobody is asked anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Quiet {
    /// One of every week.
    Weekday(Weekday),
    /// One of every year: month and day.
    Yearly(u32, u32),
    /// One day.
    Once(NaiveDate),
}

impl Quiet {
    /// Whether it is this day.
    pub fn holds(self, day: NaiveDate) -> bool {
        match self {
            Self::Weekday(weekday) => day.weekday() == weekday,
            Self::Yearly(month, number) => (day.month(), day.day()) == (month, number),
            Self::Once(once) => day == once,
        }
    }
}

/// Whether a night may be so: reminders leave at nine and ten, and a day has to be long enough to
/// answer in.
pub fn is_night(evening: u32, morning: u32) -> bool {
    morning <= 9 && (18..=24).contains(&evening)
}

/// Quiet days of every week, at most: mail has to leave on some day.
pub const MOST_QUIET_WEEKDAYS: usize = 5;
