//! Dates and times as people write them, relative to the moment of the mail.
//!
//! No crate known to us reads Norwegian dates. Invariant: a date that was read is one that was
//! written; weekday and date that disagree, times that daylight saving removes or doubles, and
//! dates that do not exist are problems, never a guess.

mod clock;
mod phrase;
mod relative;

use chrono::{
    DateTime, Datelike, Days, LocalResult, Months, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta,
    TimeZone, Weekday,
};
use chrono_tz::Tz;

use super::lexicon::{lexicon, longest};
use super::words::Word;
use super::{Context, GatheringKind, ProblemKind};

pub(super) use phrase::{find, read};

use clock::{Announced, Clock};

/// A date or time or both, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct When {
    /// 0 is Monday.
    pub(super) weekday: Option<u8>,
    pub(super) day: Option<Day>,
    pub(super) time: Option<Clock>,
    /// "in the evening" and the like, which decides between 7 and 19.
    pub(super) part: Option<Part>,
}

/// A day as written, before we know the year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Day {
    /// 12 March 2027: year, month, day.
    Full(i32, u32, u32),
    /// 12 March: month, day.
    Month(u32, u32),
    /// 12 March next year.
    NextYear(u32, u32),
    /// The 12th.
    OfMonth(u32),
    /// The 12th of next month.
    OfNextMonth(u32),
    /// In so many days.
    InDays(u32),
    /// In so many weeks; with a weekday, so many weeks after the coming one.
    InWeeks(u32),
    /// In so many months.
    InMonths(u32),
    /// With a weekday: that day of the ISO week so many ahead.
    WeekAhead(u32),
    /// With a weekday: that day of the ISO week with this number.
    Week(u32),
    /// With a weekday: the first, second … or (0) last of a month.
    Nth(u32, Month),
    /// So many days after Easter Sunday.
    Easter(i32),
}

/// The month of "the first Thursday".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Month {
    Any,
    Next,
    Named(u32),
}

/// A part of the day, as written or as the kind of gathering suggests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Morning,
    Daytime,
    Midday,
    Evening,
}

impl Part {
    /// When "7" is, for a gathering of this kind.
    pub(super) fn usual(kind: GatheringKind) -> Self {
        match kind {
            GatheringKind::Breakfast => Self::Morning,
            GatheringKind::Lunch => Self::Midday,
            GatheringKind::Visit => Self::Daytime,
            GatheringKind::Dinner | GatheringKind::Lecture | GatheringKind::MentorEvening => {
                Self::Evening
            }
        }
    }
}

/// Whether a date without a year may lie behind us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Toward {
    /// The next one.
    Future,
    /// The one a few weeks ago rather than the one in eleven months.
    Nearest,
}

impl When {
    /// Whether nothing was written at all.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a date was written and not only a time.
    pub(super) fn has_date(&self) -> bool {
        self.weekday.is_some() || self.day.is_some()
    }

    /// The date meant, if one was written.
    pub(super) fn date(
        &self,
        toward: Toward,
        context: Context,
    ) -> Result<Option<NaiveDate>, Wrong> {
        let today = context.now.with_timezone(&context.zone).date_naive();
        let Some(day) = self.day else {
            return match self.weekday {
                Some(weekday) => Ok(Some(on_or_after(today, weekday).ok_or(Wrong::Nonexistent)?)),
                None => Ok(None),
            };
        };
        let date = self.settle(day, today, toward).ok_or(Wrong::Nonexistent)?;
        match self.weekday {
            Some(weekday) if date.weekday().num_days_from_monday() != u32::from(weekday) => {
                Err(Wrong::Weekday { date, weekday })
            }
            Some(_) | None => Ok(Some(date)),
        }
    }

    /// The time meant, where 7 can be 19 if `guess` says so.
    pub(super) fn time(&self, guess: Part) -> Option<NaiveTime> {
        self.time.and_then(|clock| clock.settle(self.part.unwrap_or(guess)))
    }

    fn settle(&self, day: Day, today: NaiveDate, toward: Toward) -> Option<NaiveDate> {
        match day {
            Day::Full(year, month, day) => NaiveDate::from_ymd_opt(year, month, day),
            Day::Month(month, day) => yearless(today, month, day, toward),
            Day::NextYear(month, day) => NaiveDate::from_ymd_opt(today.year() + 1, month, day),
            Day::OfMonth(day) => (0..12)
                .filter_map(|ahead| month_ahead(today, ahead)?.with_day(day))
                .find(|date| *date >= today),
            Day::OfNextMonth(day) => month_ahead(today, 1)?.with_day(day),
            // "torsdag om fjorten dager" counts from Thursday.
            Day::InDays(days) if self.weekday.is_some() && days >= 7 && days % 7 == 0 => {
                self.settle(Day::InWeeks(days / 7), today, toward)
            }
            Day::InDays(days) => today.checked_add_days(Days::new(u64::from(days))),
            Day::InMonths(months) => today.checked_add_months(Months::new(months)),
            Day::InWeeks(weeks) => {
                let from =
                    self.weekday.map_or(Some(today), |weekday| on_or_after(today, weekday))?;
                from.checked_add_days(Days::new(u64::from(weeks) * 7))
            }
            Day::WeekAhead(weeks) => {
                let then = today.checked_add_days(Days::new(u64::from(weeks) * 7))?;
                in_week_of(then, self.weekday?)
            }
            Day::Week(week) => {
                let weekday = Weekday::try_from(self.weekday?).ok()?;
                let year = today.iso_week().year();
                let this = NaiveDate::from_isoywd_opt(year, week, weekday);
                let next = || NaiveDate::from_isoywd_opt(year + 1, week, weekday);
                this.filter(|date| *date >= today).or_else(next)
            }
            Day::Nth(nth, month) => nth_weekday(today, self.weekday?, nth, month),
            Day::Easter(after) => feast(today, after, toward),
        }
    }
}

/// Why a date cannot be taken as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    /// There is no such day.
    Nonexistent,
    /// The day is not that weekday.
    Weekday { date: NaiveDate, weekday: u8 },
}

impl Wrong {
    /// As a problem with the value that was written.
    pub(super) fn problem(self, what: &str, value: &str) -> ProblemKind {
        match self {
            Self::Weekday { date, weekday } => ProblemKind::WeekdayMismatch { date, weekday },
            Self::Nonexistent => ProblemKind::BadValue { what: what.into(), value: value.into() },
        }
    }
}

/// The half of the day in which a gathering of this kind is likely to be at an hour that was written
/// as 8.
pub fn usual_half(time: NaiveTime, kind: GatheringKind) -> NaiveTime {
    Clock::of_either_half(time).settle(Part::usual(kind)).unwrap_or(time)
}

/// Whether this local moment exists once, and lies ahead.
pub(super) fn check_ahead(local: NaiveDateTime, context: Context) -> Result<(), ProblemKind> {
    let instant: LocalResult<DateTime<Tz>> = context.zone.from_local_datetime(&local);
    match instant {
        LocalResult::None => Err(ProblemKind::DaylightSaving { time: local, twice: false }),
        LocalResult::Ambiguous(..) => Err(ProblemKind::DaylightSaving { time: local, twice: true }),
        LocalResult::Single(at) if at <= context.now => Err(ProblemKind::Past { time: local }),
        LocalResult::Single(_) => Ok(()),
    }
}

/// Whether this local day is not over.
pub(super) fn check_day_ahead(date: NaiveDate, context: Context) -> Result<(), ProblemKind> {
    if date >= context.now.with_timezone(&context.zone).date_naive() {
        return Ok(());
    }
    Err(ProblemKind::Past { time: date.and_time(NaiveTime::MIN) })
}

/// Reads all of `words` as a date or time; `None` if a word is left over.
pub(super) fn read_all(words: &[Word]) -> Option<When> {
    read(words).filter(|(_, count)| *count == words.len()).map(|(when, _)| when)
}

/// Reads all of `words` as a time of day, where one is expected: `20`, `halv åtte`.
pub(super) fn hour(words: &[Word]) -> Option<When> {
    let (time, count) = clock::read(words, Announced::Yes)?;
    (count == words.len()).then_some(When { time: Some(time), ..When::default() })
}

/// Reads all of `words` as a date or time; what is neither is an hour: `20`.
pub(super) fn day_or_hour(words: &[Word]) -> Option<When> {
    read_all(words).or_else(|| hour(words))
}

/// Reads all of `words` as a number of days: `5 dager`, `en uke`.
pub(super) fn days(words: &[Word]) -> Option<u32> {
    let (length, count) = relative::length(words)?;
    if count != words.len() {
        return None;
    }
    if let Day::InWeeks(weeks) = length {
        return weeks.checked_mul(7);
    }
    if let Day::InDays(days) = length { Some(days) } else { None }
}

/// Reads all of `words` as a month, from its first day.
pub(super) fn month(words: &[Word]) -> Option<When> {
    let (month, count) = longest(&lexicon().months, words)?;
    let day = Some(Day::Month(month, 1));
    (count == words.len()).then_some(When { day, ..When::default() })
}

/// 0 is Monday.
pub(super) fn weekday_of(date: NaiveDate) -> u8 {
    u8::try_from(date.weekday().num_days_from_monday()).unwrap_or_default()
}

fn on_or_after(day: NaiveDate, weekday: u8) -> Option<NaiveDate> {
    let ahead = (7 + u64::from(weekday) - u64::from(day.weekday().num_days_from_monday())) % 7;
    day.checked_add_days(Days::new(ahead))
}

fn in_week_of(day: NaiveDate, weekday: u8) -> Option<NaiveDate> {
    let monday =
        day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday())))?;
    monday.checked_add_days(Days::new(u64::from(weekday)))
}

/// How far back a date without a year may lie where the past is as likely as the future.
const RECENT: Days = Days::new(60);

/// 29 February may be years ahead, so look at eight.
fn yearless(today: NaiveDate, month: u32, day: u32, toward: Toward) -> Option<NaiveDate> {
    let earliest = match toward {
        Toward::Future => today,
        Toward::Nearest => today.checked_sub_days(RECENT)?,
    };
    (-1..=8)
        .filter_map(|ahead| NaiveDate::from_ymd_opt(today.year() + ahead, month, day))
        .find(|date| *date >= earliest)
}

/// The feast so many days after an Easter, the coming one or the one just over.
fn feast(today: NaiveDate, after: i32, toward: Toward) -> Option<NaiveDate> {
    let earliest = match toward {
        Toward::Future => today,
        Toward::Nearest => today.checked_sub_days(RECENT)?,
    };
    (-1..=1)
        .filter_map(|ahead| {
            easter(today.year() + ahead)?.checked_add_signed(TimeDelta::days(after.into()))
        })
        .find(|date| *date >= earliest)
}

/// Easter Sunday of a Gregorian year (the anonymous computus, Nature 1876).
fn easter(year: i32) -> Option<NaiveDate> {
    let (golden, century, rest) = (year % 19, year / 100, year % 100);
    let moons = (century - century / 4 - (8 * century + 13) / 25 + 19 * golden + 15) % 30;
    let moon = moons - i32::from(moons > 28 || (moons == 28 && golden > 10));
    let sunday = (2 * (century % 4) + 2 * (rest / 4) - moon - rest % 4 + 32) % 7;
    let after_march = moon + sunday + 22;
    NaiveDate::from_ymd_opt(year, 3, 1)?
        .checked_add_signed(TimeDelta::days(i64::from(after_march) - 1))
}

fn month_ahead(today: NaiveDate, months: u32) -> Option<NaiveDate> {
    today.with_day(1)?.checked_add_months(Months::new(months))
}

fn nth_weekday(today: NaiveDate, weekday: u8, nth: u32, month: Month) -> Option<NaiveDate> {
    let weekday = Weekday::try_from(weekday).ok()?;
    let from = u32::from(month == Month::Next);
    (from..=24)
        .filter_map(|ahead| month_ahead(today, ahead))
        .filter(|first| match month {
            Month::Any | Month::Next => true,
            Month::Named(named) => first.month() == named,
        })
        .filter_map(|first| {
            let nth_of =
                |n| NaiveDate::from_weekday_of_month_opt(first.year(), first.month(), weekday, n);
            match nth {
                0 => (1..=5).rev().find_map(nth_of),
                n => nth_of(u8::try_from(n).ok()?),
            }
        })
        .find(|date| *date >= today)
}
