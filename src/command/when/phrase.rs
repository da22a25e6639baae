//! Date phrases word by word: numbers, month names, weekdays, `i morgen`, `om to uker`.

use super::clock::{self, Announced};
use super::{Day, Part, When};
use crate::command::lexicon::{Role, lexicon, longest};
use crate::command::words::Word;

/// The date or time that `words` begin with, and how many of them it takes.
pub(in crate::command) fn read(words: &[Word]) -> Option<(When, usize)> {
    let mut when = When::default();
    let mut end = 0;
    let mut at = 0;
    let mut announced = Announced::No;
    while let Some(rest) = words.get(at..).filter(|rest| !rest.is_empty()) {
        let known = if when.has_date() { Announced::DateKnown } else { Announced::No };
        let how = if announced == Announced::Yes { announced } else { known };
        if let Some(count) = piece(rest, &mut when, how) {
            at += count;
            end = at;
            announced = Announced::No;
        } else if let Some(count) = lexicon().role(Role::At, rest) {
            at += count;
            announced = Announced::Yes;
        } else if let Some(count) = lexicon().role(Role::On, rest) {
            at += count;
        } else {
            break;
        }
    }
    (!when.is_empty()).then_some((when, end))
}

/// The first date or time anywhere in `words`: what it is, where it begins, where it ends.
pub(in crate::command) fn find(words: &[Word]) -> Option<(When, usize, usize)> {
    (0..words.len()).find_map(|start| {
        let (when, count) = read(words.get(start..)?)?;
        Some((when, start, start + count))
    })
}

/// One piece into a field of `when` that is still free.
fn piece(words: &[Word], when: &mut When, announced: Announced) -> Option<usize> {
    if when.day.is_none() && announced != Announced::Yes {
        if let Some((day, count)) =
            iso(words).or_else(|| numeric(words)).or_else(|| with_month(words))
        {
            when.day = Some(day);
            return Some(count);
        }
        if let Some((day, weekday, count)) = relative(words, when.weekday) {
            if when.weekday.is_none() || weekday.is_none() {
                when.day = Some(day);
                when.weekday = when.weekday.or(weekday);
                when.part = when.part.or_else(|| tonight(words));
                return Some(count);
            }
        }
    }
    if when.weekday.is_none() && announced != Announced::Yes {
        if let Some((weekday, count)) = weekday(words) {
            when.weekday = Some(weekday);
            return Some(count);
        }
    }
    if when.time.is_none() {
        if let Some((time, count)) = clock::read(words, announced) {
            when.time = Some(time);
            return Some(count);
        }
    }
    if when.day.is_none() && announced != Announced::Yes {
        if let Some((day, count)) = of_month(words) {
            when.day = Some(day);
            return Some(count);
        }
    }
    if when.part.is_none() && when.has_date() {
        let (part, count) = part_of_day(words)?;
        when.part = Some(part);
        return Some(count);
    }
    None
}

/// `2027-03-12`; a time after `T` is left to a later piece only when a space stands between.
fn iso(words: &[Word]) -> Option<(Day, usize)> {
    let text = words.first()?.bare.as_str();
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Some((Day::Full(year.parse().ok()?, number(month)?, number(day)?), 1))
}

/// `12/3`, `12/3-27`, `12.3.`, `12.03.2027`, `12.3.27`, `12. 3.`: the day always comes first.
fn numeric(words: &[Word]) -> Option<(Day, usize)> {
    let word = words.first()?;
    if let Some((day, rest)) = word.bare.split_once('/') {
        let (month, year) = match rest.split_once(['/', '-']) {
            Some((month, year)) => (month, Some(full_year(year)?)),
            None => (rest, None),
        };
        return Some((dated(number(day)?, number(month)?, year), 1));
    }
    let mut parts = word.bare.split(['.', '-']);
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(day), Some(month), Some(year), None) => {
            Some((dated(number(day)?, number(month)?, Some(full_year(year)?)), 1))
        }
        (Some(day), Some(month), None, None) if word.bare.contains('.') => {
            let (day, month) = (number(day)?, number(month)?);
            let dated = word.dot || (1..=12).contains(&month);
            dated.then_some((Day::Month(month, day), 1))
        }
        (Some(day), None, None, None) if word.dot => {
            let next = words.get(1).filter(|next| next.dot)?;
            Some((Day::Month(number(&next.bare)?, number(day)?), 2))
        }
        (Some(_) | None, ..) => None,
    }
}

/// `12. mars`, `12th of March 2027`, `March 12`, `tolvte mars`.
fn with_month(words: &[Word]) -> Option<(Day, usize)> {
    if let Some((month, taken)) = longest(&lexicon().months, words) {
        let (day, count) = day_number(words.get(taken..)?)?;
        return Some(with_year(words, taken + count, month, day));
    }
    let (day, taken) = day_number(words)?;
    let rest = words.get(taken..)?;
    let between = lexicon().role(Role::On, rest).unwrap_or(0);
    let (month, count) = longest(&lexicon().months, rest.get(between..)?)?;
    Some(with_year(words, taken + between + count, month, day))
}

fn with_year(words: &[Word], count: usize, month: u32, day: u32) -> (Day, usize) {
    // `12. mars 2030` is half past eight in the evening: nobody plans a dinner years ahead, and
    // minutes run to 59. `2027` can not be both, as no clock shows it that way.
    let year = words.get(count).and_then(|word| {
        let year = full_year(&word.bare).filter(|_| word.bare.len() == 4)?;
        (PLANNED.contains(&year)).then_some(year)
    });
    match year {
        Some(year) => (Day::Full(year, month, day), count + 1),
        None => (Day::Month(month, day), count),
    }
}

/// Years that a bare number after a month may be; later ones read as a time (`2030`).
const PLANNED: std::ops::Range<i32> = 2020..2030;

/// `i dag`, `i morgen`, `om to uker`, `neste torsdag`, `torsdag i neste uke`, `første torsdag i mars`.
fn relative(words: &[Word], weekday_known: Option<u8>) -> Option<(Day, Option<u8>, usize)> {
    let days =
        [(Role::Today, 0), (Role::Tonight, 0), (Role::Tomorrow, 1), (Role::DayAfterTomorrow, 2)];
    for (role, ahead) in days {
        if let Some(count) = lexicon().role(role, words) {
            return Some((Day::InDays(ahead), None, count));
        }
    }
    if let Some((day, count)) = span(words) {
        return Some((day, None, count));
    }
    let weeks = [(Role::NextWeek, 1), (Role::ThisWeek, 0)];
    for (role, ahead) in weeks {
        if let Some(count) = lexicon().role(role, words) {
            let before = weekday_known.map(|known| (known, 0));
            let (weekday, taken) = before.or_else(|| weekday(words.get(count..)?))?;
            return Some((Day::InWeeks(ahead), Some(weekday).filter(|_| taken > 0), count + taken));
        }
    }
    if let Some(count) = lexicon().role(Role::WeekNumber, words) {
        weekday_known?;
        return Some((Day::Week(number(&words.get(count)?.bare)?), None, count + 1));
    }
    if let Some(count) = lexicon().role(Role::Next, words) {
        let (weekday, taken) = weekday(words.get(count..)?)?;
        return Some((Day::InWeeks(1), Some(weekday), count + taken));
    }
    nth(words)
}

/// `om to uker`, `om 14 dager`, `in a month`, `in a fortnight`.
fn span(words: &[Word]) -> Option<(Day, usize)> {
    let start = lexicon().role(Role::In, words)?;
    let rest = words.get(start..)?;
    if let Some(count) = lexicon().role(Role::Fortnight, rest) {
        return Some((Day::InWeeks(2), start + count));
    }
    let word = longest(&lexicon().numbers, rest);
    let (number, taken) = word.or_else(|| Some((number(&rest.first()?.bare)?, 1)))?;
    let unit = rest.get(taken..)?;
    let units: [(Role, fn(u32) -> Day); 3] =
        [(Role::Day, Day::InDays), (Role::Week, Day::InWeeks), (Role::Month, Day::InMonths)];
    units.into_iter().find_map(|(role, day)| {
        let count = lexicon().role(role, unit)?;
        Some((day(number), start + taken + count))
    })
}

/// `første torsdag i mars`, `last Friday of January`, `second Tuesday next month`.
fn nth(words: &[Word]) -> Option<(Day, Option<u8>, usize)> {
    let (which, taken) = match lexicon().role(Role::Last, words) {
        Some(count) => (0, count),
        None => longest(&lexicon().ordinals, words).filter(|(which, _)| (1..=5).contains(which))?,
    };
    let (weekday, count) = weekday(words.get(taken..)?)?;
    let mut end = taken + count;
    let between = lexicon().role(Role::On, words.get(end..)?).unwrap_or(0);
    let month = longest(&lexicon().months, words.get(end + between..)?);
    if let Some((_, count)) = month {
        end += between + count;
    }
    Some((Day::Nth(which, month.map(|(month, _)| month)), Some(weekday), end))
}

/// `torsdag`, `tors.`, `torsdagens`, `Thursday's`, `denne torsdagen`, `førstkommende torsdag`.
fn weekday(words: &[Word]) -> Option<(u8, usize)> {
    let taken = lexicon().role(Role::This, words).unwrap_or(0);
    let rest = words.get(taken..)?;
    if let Some((weekday, count)) = longest(&lexicon().weekdays, rest) {
        return Some((weekday, taken + count));
    }
    let stem = rest.first()?.bare.strip_suffix('s')?;
    let weekday = lexicon().weekdays.get(stem)?;
    Some((*weekday, taken + 1))
}

/// `den 12.`, `the 12th`, `12.`.
fn of_month(words: &[Word]) -> Option<(Day, usize)> {
    let word = words.first()?;
    let digits = word.bare.chars().all(|c| c.is_ascii_digit());
    let (day, count) = day_number(words)?;
    (word.dot || !digits).then_some((Day::OfMonth(day), count))
}

/// `12`, `12th`, `tolvte`.
fn day_number(words: &[Word]) -> Option<(u32, usize)> {
    if let Some(found) = longest(&lexicon().ordinals, words) {
        return Some(found);
    }
    let text = words.first()?.bare.as_str();
    let digits =
        ["st", "nd", "rd", "th"].iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text);
    Some((number(digits)?, 1))
}

fn tonight(words: &[Word]) -> Option<Part> {
    lexicon().role(Role::Tonight, words).map(|_| Part::Evening)
}

fn part_of_day(words: &[Word]) -> Option<(Part, usize)> {
    let parts = [
        (Role::Evening, Part::Evening),
        (Role::Afternoon, Part::Evening),
        (Role::Morning, Part::Morning),
    ];
    parts.into_iter().find_map(|(role, part)| Some((part, lexicon().role(role, words)?)))
}

fn dated(day: u32, month: u32, year: Option<i32>) -> Day {
    match year {
        Some(year) => Day::Full(year, month, day),
        None => Day::Month(month, day),
    }
}

/// `27` and `2027`.
fn full_year(text: &str) -> Option<i32> {
    match text.len() {
        2 => number(text).and_then(|year| i32::try_from(2000 + year).ok()),
        4 => text.parse().ok().filter(|year| (2000..2100).contains(year)),
        _ => None,
    }
}

fn number(text: &str) -> Option<u32> {
    (!text.is_empty() && text.len() <= 2 && text.chars().all(|c| c.is_ascii_digit()))
        .then(|| text.parse().ok())?
}
