//! How letters tell the way in which a community is set.

use chrono::NaiveDate;
use serde::Serialize;

use crate::command::setting::{CalendarPolicy, Quiet, Setting};

/// A setting and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
#[expect(missing_docs, reason = "as the settings themselves")]
pub enum SettingView {
    Language { language: &'static str },
    Hours { evening: u32, morning: u32 },
    Days { days: Vec<QuietView> },
    Seats { seats: Option<u32> },
    Calendar { with: CalendarPolicy },
    ReplyBy { days: Option<u32> },
}

/// A quiet day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum QuietView {
    /// One of every week.
    Week {
        /// 0 is Monday.
        weekday: u32,
    },
    /// One of every year.
    Year {
        /// In some year.
        day: NaiveDate,
    },
    /// One day.
    Once {
        /// Which.
        day: NaiveDate,
    },
}

impl SettingView {
    /// As a letter tells it.
    pub fn of(setting: &Setting) -> Self {
        match setting {
            Setting::Language(language) => Self::Language { language: language.tag() },
            Setting::Hours { evening, morning } => {
                Self::Hours { evening: *evening, morning: *morning }
            }
            Setting::Days(days) => {
                Self::Days { days: days.iter().copied().filter_map(QuietView::of).collect() }
            }
            Setting::Seats(seats) => Self::Seats { seats: *seats },
            Setting::Calendar(policy) => Self::Calendar { with: *policy },
            Setting::ReplyBy(days) => Self::ReplyBy { days: *days },
        }
    }
}

/// A year that has a 29 February.
const LEAP_YEAR: i32 = 2028;

impl QuietView {
    /// Nothing where there is no such day.
    fn of(quiet: Quiet) -> Option<Self> {
        Some(match quiet {
            Quiet::Weekday(weekday) => Self::Week { weekday: weekday.num_days_from_monday() },
            Quiet::Yearly(month, day) => {
                Self::Year { day: NaiveDate::from_ymd_opt(LEAP_YEAR, month, day)? }
            }
            Quiet::Once(day) => Self::Once { day },
        })
    }
}
