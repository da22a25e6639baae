//! Times of day: `kl 18.30`, `1830`, `halv sju`, `7pm`, `quarter past seven`.

use chrono::{NaiveTime, Timelike};

use super::Part;
use super::phrase::number;
use crate::command::lexicon::{Role, lexicon, longest};
use crate::command::words::Word;

/// A time of day as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::command) struct Clock {
    /// Minutes since midnight.
    minutes: u32,
    /// Whether it could as well be twelve hours later.
    vague: bool,
}

/// Minutes in twelve hours.
const HALF_DAY: u32 = 12 * 60;

impl Clock {
    /// The time meant, in that part of the day.
    pub(super) fn settle(self, part: Part) -> Option<NaiveTime> {
        let earliest = match part {
            Part::Morning => 4,
            Part::Daytime => 8,
            Part::Midday => 10,
            Part::Evening => 12,
        };
        let later = self.vague && self.minutes < earliest * 60;
        let minutes = if later { self.minutes + HALF_DAY } else { self.minutes };
        NaiveTime::from_num_seconds_from_midnight_opt(minutes * 60, 0)
    }

    /// An hour of which nobody has said which half of the day it is in.
    pub(super) fn of_either_half(time: NaiveTime) -> Self {
        let minutes = time.num_seconds_from_midnight() / 60;
        Self { minutes: minutes % HALF_DAY, vague: true }
    }

    fn sure(hour: u32, minute: u32) -> Option<Self> {
        (hour < 24 && minute < 60).then_some(Self { minutes: hour * 60 + minute, vague: false })
    }

    fn vague(hour: u32, minute: u32) -> Option<Self> {
        let clock = Self::sure(hour, minute)?;
        Some(Self { vague: (1..12).contains(&hour), ..clock })
    }

    fn spoken(minutes: i64) -> Option<Self> {
        let minutes = u32::try_from(minutes.rem_euclid(i64::from(HALF_DAY))).ok()?;
        Some(Self { minutes, vague: true })
    }
}

/// How sure the words before say that a time follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Announced {
    /// After `kl` or `at`: a bare number is an hour.
    Yes,
    /// Nothing said: only what looks like a time is one.
    No,
    /// Nothing said, but the date is there: `12.03` can only be a time.
    DateKnown,
}

/// The time at the start of `words`, and how many words it takes.
pub(super) fn read(words: &[Word], announced: Announced) -> Option<(Clock, usize)> {
    named(words)
        .or_else(|| spoken(words))
        .or_else(|| digits(words, announced))
        .or_else(|| number_word(words, announced))
        .map(|(clock, count)| with_half_day(clock, count, words))
}

/// The time of an ISO 8601 moment: `18:30`, `18:30:00`.
pub(super) fn iso(text: &str) -> Option<Clock> {
    let mut parts = text.split(':');
    Clock::sure(two_digits(parts.next()?)?, two_digits(parts.next()?)?)
}

/// Noon and midnight.
fn named(words: &[Word]) -> Option<(Clock, usize)> {
    let noon =
        lexicon().role(Role::Noon, words).and_then(|count| Some((Clock::sure(12, 0)?, count)));
    noon.or_else(|| {
        let count = lexicon().role(Role::Midnight, words)?;
        Some((Clock::sure(0, 0)?, count))
    })
}

/// `halv sju`, `kvart på sju`, `ti over sju`, `fem på halv sju`, `half past six`, `ten to seven`.
fn spoken(words: &[Word]) -> Option<(Clock, usize)> {
    if let Some((minutes, count)) = half(words) {
        return Some((Clock::spoken(minutes)?, count));
    }
    let (step, taken) = match lexicon().role(Role::Quarter, words) {
        Some(count) => (15, count),
        None => small_number(words).filter(|(number, _)| *number < 30)?,
    };
    let rest = words.get(taken..)?;
    let (sign, direction) = match lexicon().role(Role::Past, rest) {
        Some(count) => (1, count),
        None => (-1, lexicon().role(Role::Before, rest)?),
    };
    let rest = rest.get(direction..)?;
    let (around, count) = half(rest).or_else(|| {
        small_number(rest).filter(|(hour, _)| (1..=12).contains(hour)).map(|(h, n)| (h * 60, n))
    })?;
    Some((Clock::spoken(around + sign * step)?, taken + direction + count))
}

/// `halv sju` is 6.30, `half seven` and `half past seven` are 7.30; in minutes.
fn half(words: &[Word]) -> Option<(i64, usize)> {
    let (taken, minutes) = match lexicon().role(Role::HalfTo, words) {
        Some(count) => (count, -30),
        None => (lexicon().role(Role::HalfPast, words)?, 30),
    };
    let (hour, count) = small_number(words.get(taken..)?)?;
    (1..=12).contains(&hour).then_some((hour * 60 + minutes, taken + count))
}

/// `18.30`, `18:30`, `1830`, `7pm`, `kl19`, and after `kl` also `19`.
fn digits(words: &[Word], announced: Announced) -> Option<(Clock, usize)> {
    let (word, rest) = words.split_first()?;
    let glued = word.bare.strip_prefix("kl").map(|text| text.trim_start_matches('.'));
    let announced = if glued.is_some() { Announced::Yes } else { announced };
    // `19-22` and `19.00–22.00`: the gathering begins at the first.
    let whole = glued.unwrap_or(&word.bare);
    let text = whole.split(['-', '–']).next()?;
    // `7-10pm` says pm for both.
    let suffix = whole.get(whole.len().saturating_sub(2)..).unwrap_or("");
    if let Some(clock) = with_suffix(text).or_else(|| with_suffix(&format!("{text}{suffix}"))) {
        return Some((clock, 1));
    }
    let padded = text.starts_with('0');
    let (hour, minute) = hour_and_minute(text, announced)?;
    let clock = match minute {
        Some(minute) if padded => Clock::sure(hour, minute)?,
        None if padded => Clock::sure(hour, 0)?,
        Some(minute) => Clock::vague(hour, minute)?,
        None => Clock::vague(hour, 0)?,
    };
    (minute.is_some() || announced == Announced::Yes || says_time(rest)).then_some((clock, 1))
}

fn hour_and_minute(text: &str, announced: Announced) -> Option<(u32, Option<u32>)> {
    if let Some((hour, minute)) = text.split_once([':', ',']) {
        return Some((number(hour)?, Some(two_digits(minute)?)));
    }
    if let Some((hour, minute)) = text.split_once('.') {
        let minute = two_digits(minute)?;
        // `18.10` alone is more likely the 18th of October.
        let sure = announced != Announced::No || minute == 0 || minute > 12;
        return sure.then_some((number(hour)?, Some(minute)));
    }
    match text.len() {
        4 => Some((number(text.get(..2)?)?, Some(number(text.get(2..)?)?))),
        _ => Some((number(text)?, None)),
    }
}

/// `sju`, `seven`: after `kl` or `at`, or before `pm`.
fn number_word(words: &[Word], announced: Announced) -> Option<(Clock, usize)> {
    let (hour, count) = longest(&lexicon().numbers, words)?;
    let meant = announced == Announced::Yes || says_time(words.get(count..)?);
    meant.then_some((Clock::vague(hour, 0)?, count))
}

/// Whether `words` can only come after a time.
fn says_time(words: &[Word]) -> bool {
    half_day(words).is_some() || lexicon().role(Role::OClock, words).is_some()
}

/// `7pm`, `7.30pm`, `7:30am`.
fn with_suffix(text: &str) -> Option<Clock> {
    let (time, late) = match (text.strip_suffix("am"), text.strip_suffix("pm")) {
        (Some(time), _) => (time, false),
        (None, Some(time)) => (time, true),
        (None, None) => return None,
    };
    let (hour, minute) = time.split_once(['.', ':']).unwrap_or((time, "0"));
    twelve_hours(number(hour)?, number(minute)?, late)
}

fn with_half_day(clock: Clock, count: usize, words: &[Word]) -> (Clock, usize) {
    let rest = words.get(count..).unwrap_or_default();
    if let Some(taken) = lexicon().role(Role::OClock, rest) {
        return (clock, count + taken);
    }
    let Some((late, taken)) = half_day(rest) else { return (clock, count) };
    match twelve_hours(clock.minutes / 60, clock.minutes % 60, late) {
        Some(clock) => (clock, count + taken),
        None => (clock, count),
    }
}

/// `am` or (true) `pm`.
fn half_day(words: &[Word]) -> Option<(bool, usize)> {
    let am = lexicon().role(Role::Am, words).map(|count| (false, count));
    am.or_else(|| lexicon().role(Role::Pm, words).map(|count| (true, count)))
}

fn twelve_hours(hour: u32, minute: u32, late: bool) -> Option<Clock> {
    (1..=12).contains(&hour).then_some(())?;
    Clock::sure(hour % 12 + if late { 12 } else { 0 }, minute)
}

fn small_number(words: &[Word]) -> Option<(i64, usize)> {
    let word = longest(&lexicon().numbers, words).map(|(number, count)| (i64::from(number), count));
    word.or_else(|| number(&words.first()?.bare).map(|number| (i64::from(number), 1)))
}

fn two_digits(text: &str) -> Option<u32> {
    number(text).filter(|_| text.len() == 2)
}
