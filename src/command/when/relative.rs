//! Days told from today: `i morgen`, `om to uker`, `neste torsdag`, `første torsdag i mars`.

use super::phrase::{number, weekday};
use super::{Day, Month, Part};
use crate::command::lexicon::{Role, lexicon, longest};
use crate::command::words::Word;

/// A day told from today.
#[derive(Debug, Clone, Copy)]
pub(super) struct Relative {
    pub(super) day: Day,
    /// The weekday, where it is part of the phrase.
    pub(super) weekday: Option<u8>,
    pub(super) part: Option<Part>,
    pub(super) count: usize,
}

/// The day told from today that `words` begin with.
pub(super) fn relative(words: &[Word]) -> Option<Relative> {
    near(words)
        .or_else(|| span(words))
        .or_else(|| span_from(words))
        .or_else(|| week(words))
        .or_else(|| next(words))
        .or_else(|| nth(words))
}

/// `i dag`, `i kveld`, `i morgen`, `i overmorgen`.
fn near(words: &[Word]) -> Option<Relative> {
    let days = [
        (Role::Today, 0, None),
        (Role::Tonight, 0, Some(Part::Evening)),
        (Role::Tomorrow, 1, None),
        (Role::DayAfterTomorrow, 2, None),
    ];
    days.into_iter().find_map(|(role, ahead, part)| {
        let count = lexicon().role(role, words)?;
        Some(Relative { day: Day::InDays(ahead), weekday: None, part, count })
    })
}

/// `om to uker`, `om 14 dager`, `in a month`, `in a fortnight`.
fn span(words: &[Word]) -> Option<Relative> {
    let start = lexicon().role(Role::In, words)?;
    let (day, count) = length(words.get(start..)?)?;
    Some(Relative { day, weekday: None, part: None, count: start + count })
}

/// `two weeks from now`, `a week from Thursday`, `a week on Thursday`.
fn span_from(words: &[Word]) -> Option<Relative> {
    let (day, taken) = length(words)?;
    let rest = words.get(taken..)?;
    if let Some(count) = lexicon().role(Role::FromNow, rest) {
        return Some(Relative { day, weekday: None, part: None, count: taken + count });
    }
    let between = lexicon().role(Role::On, rest).or_else(|| lexicon().role(Role::About, rest))?;
    let (weekday, count) = weekday(rest.get(between..)?)?;
    Some(Relative { day, weekday: Some(weekday), part: None, count: taken + between + count })
}

/// A number of days, weeks or months.
pub(super) fn length(words: &[Word]) -> Option<(Day, usize)> {
    if let Some(count) = lexicon().role(Role::Fortnight, words) {
        return Some((Day::InWeeks(2), count));
    }
    let word = longest(&lexicon().numbers, words);
    let (number, taken) = word.or_else(|| Some((number(&words.first()?.bare)?, 1)))?;
    let unit = words.get(taken..)?;
    let units = [
        (Role::Day, Day::InDays(number)),
        (Role::Week, Day::InWeeks(number)),
        (Role::Month, Day::InMonths(number)),
    ];
    units.into_iter().find_map(|(role, day)| Some((day, taken + lexicon().role(role, unit)?)))
}

/// `neste uke`, `denne uken`, `uke 50`: the weekday stands before or after.
fn week(words: &[Word]) -> Option<Relative> {
    let day = |day, count| Relative { day, weekday: None, part: None, count };
    if let Some(count) = lexicon().role(Role::NextWeek, words) {
        return Some(day(Day::WeekAhead(1), count));
    }
    if let Some(count) = lexicon().role(Role::ThisWeek, words) {
        return Some(day(Day::WeekAhead(0), count));
    }
    let count = lexicon().role(Role::WeekNumber, words)?;
    Some(day(Day::Week(number(&words.get(count)?.bare)?), count + 1))
}

/// `neste torsdag`, `next Thursday`: the one of next week.
fn next(words: &[Word]) -> Option<Relative> {
    let taken = lexicon().role(Role::Next, words)?;
    let (weekday, count) = weekday(words.get(taken..)?)?;
    Some(Relative {
        day: Day::WeekAhead(1),
        weekday: Some(weekday),
        part: None,
        count: taken + count,
    })
}

/// `første torsdag i mars`, `last Friday of January`, `second Tuesday next month`.
fn nth(words: &[Word]) -> Option<Relative> {
    let article = lexicon().role(Role::The, words).unwrap_or(0);
    let rest = words.get(article..)?;
    let (which, taken) = match lexicon().role(Role::Last, rest) {
        Some(count) => (0, article + count),
        None => longest(&lexicon().ordinals, rest)
            .filter(|(which, _)| (1..=5).contains(which))
            .map(|(which, count)| (which, article + count))?,
    };
    let (weekday, count) = weekday(words.get(taken..)?)?;
    let mut end = taken + count;
    let mut month = Month::Any;
    if let Some(count) = lexicon().role(Role::NextMonth, words.get(end..)?) {
        (month, end) = (Month::Next, end + count);
    } else {
        let between = lexicon().role(Role::On, words.get(end..)?).unwrap_or(0);
        if let Some((named, count)) = longest(&lexicon().months, words.get(end + between..)?) {
            (month, end) = (Month::Named(named), end + between + count);
        }
    }
    Some(Relative { day: Day::Nth(which, month), weekday: Some(weekday), part: None, count: end })
}
