//! Date phrases word by word: numbers, month names, weekdays and what stands between them.

use super::clock::{self, Announced, Clock};
use super::relative::relative;
use super::{Day, Part, When};
use crate::command::lexicon::{Feast, Role, lexicon, longest};
use crate::command::words::Word;

/// Words like "on the" between two pieces of a date.
const MOST_BETWEEN: usize = 4;

/// The date or time that `words` begin with, and how many of them it takes.
pub(in crate::command) fn read(words: &[Word]) -> Option<(When, usize)> {
    let mut when = When::default();
    let mut end = 0;
    let mut at = 0;
    let mut announced = Announced::No;
    while let Some(rest) = words.get(at..).filter(|_| at < words.len() && at <= end + MOST_BETWEEN)
    {
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

/// `torsdag`, `tors.`, `torsdagens`, `Thursday's`, `denne torsdagen`, `førstkommende torsdag`.
pub(super) fn weekday(words: &[Word]) -> Option<(u8, usize)> {
    let taken = lexicon().role(Role::This, words).unwrap_or(0);
    let rest = words.get(taken..)?;
    if let Some((weekday, count)) = longest(&lexicon().weekdays, rest) {
        return Some((weekday, taken + count));
    }
    let stem = rest.first()?.bare.strip_suffix('s')?;
    let weekday = lexicon().weekdays.get(stem)?;
    Some((*weekday, taken + 1))
}

/// One or two digits.
pub(super) fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.len() <= 2 && text.chars().all(|c| c.is_ascii_digit());
    digits.then(|| text.parse().ok())?
}

/// One piece into a field of `when` that is still free.
fn piece(words: &[Word], when: &mut When, announced: Announced) -> Option<usize> {
    let day_may_follow = announced != Announced::Yes;
    if day_may_follow && let Some(count) = day_piece(words, when) {
        return Some(count);
    }
    if when.time.is_none()
        && let Some((time, count)) = clock::read(words, announced)
    {
        when.time = Some(time);
        return Some(count);
    }
    if when.day.is_none()
        && day_may_follow
        && let Some((day, count)) = of_month(words)
    {
        when.day = Some(day);
        return Some(count);
    }
    let (part, count) = part_of_day(words).filter(|_| when.part.is_none())?;
    (when.has_date() || when.time.is_some()).then(|| when.part = Some(part))?;
    Some(count)
}

/// A date or weekday; these come before times, because `12.3` is one and `kl 12.3` the other.
fn day_piece(words: &[Word], when: &mut When) -> Option<usize> {
    if when.day.is_none() {
        if let Some((day, time)) = iso(words) {
            (when.day, when.time) = (Some(day), when.time.or(time));
            return Some(1);
        }
        if let Some((day, count)) =
            numeric(words).or_else(|| with_month(words)).or_else(|| feast(words))
        {
            when.day = Some(day);
            return Some(count);
        }
        let found = relative(words).filter(|it| when.weekday.is_none() || it.weekday.is_none());
        if let Some(found) = found {
            when.day = Some(found.day);
            when.weekday = when.weekday.or(found.weekday);
            when.part = when.part.or(found.part);
            return Some(found.count);
        }
    }
    let (weekday, count) = weekday(words).filter(|_| when.weekday.is_none())?;
    when.weekday = Some(weekday);
    Some(count)
}

/// `2027-03-12`, `2027-03-12T18:30`.
fn iso(words: &[Word]) -> Option<(Day, Option<Clock>)> {
    let text = words.first()?.bare.as_str();
    let (date, time) = text.split_once('t').unwrap_or((text, ""));
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    let day = Day::Full(year.parse().ok()?, number(month)?, number(day)?);
    let time = if time.is_empty() { None } else { Some(clock::iso(time)?) };
    Some((day, time))
}

/// `12/3`, `12/3-27`, `12.3.`, `12.03.2027`, `12.3.27`, `12. 3.`: the day always comes first.
fn numeric(words: &[Word]) -> Option<(Day, usize)> {
    let word = words.first()?;
    if let Some((day, rest)) = word.bare.split_once('/') {
        let (month, year) = match rest.split_once(['/', '-', '.']) {
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
            (1..=12).contains(&month).then_some((Day::Month(month, day), 1))
        }
        (Some(day), None, None, None) if word.dot => {
            let next = words.get(1).filter(|next| next.dot)?;
            let month = number(&next.bare).filter(|month| (1..=12).contains(month))?;
            Some((Day::Month(month, number(day)?), 2))
        }
        (Some(_) | None, ..) => None,
    }
}

/// `12. mars`, `12th of March 2027`, `March 12`, `10.des`, `tolvte mars neste år`.
fn with_month(words: &[Word]) -> Option<(Day, usize)> {
    let article = lexicon().role(Role::The, words).unwrap_or(0);
    let words = words.get(article..)?;
    let (day, count) = day_and_month(words)?;
    Some((day, article + count))
}

fn day_and_month(words: &[Word]) -> Option<(Day, usize)> {
    if let Some((day, month)) = glued(&words.first()?.bare) {
        return Some(with_year(words, 1, month, day));
    }
    if let Some((month, taken)) = longest(&lexicon().months, words) {
        let rest = words.get(taken..)?;
        let between = lexicon().role(Role::The, rest).unwrap_or(0);
        let (day, count) = day_number(rest.get(between..)?)?;
        return Some(with_year(words, taken + between + count, month, day));
    }
    let (day, taken) = day_number(words)?;
    let rest = words.get(taken..)?;
    let between = lexicon().role(Role::On, rest).unwrap_or(0);
    let (month, count) = longest(&lexicon().months, rest.get(between..)?)?;
    Some(with_year(words, taken + between + count, month, day))
}

/// `10.des`, `10des`, `10-dec`: thumbs skip the space.
fn glued(text: &str) -> Option<(u32, u32)> {
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let name = text.get(digits..)?.trim_start_matches(['.', '-']);
    Some((number(text.get(..digits)?)?, *lexicon().months.get(name)?))
}

/// `nyttårsaften`, `langfredag`, `Christmas Eve`.
fn feast(words: &[Word]) -> Option<(Day, usize)> {
    let (day, count) = longest(&lexicon().feasts, words)?;
    match day {
        Feast::Fixed(month, day) => Some(with_year(words, count, month, day)),
        Feast::AfterEaster(days) => Some((Day::Easter(days), count)),
    }
}

fn with_year(words: &[Word], count: usize, month: u32, day: u32) -> (Day, usize) {
    let rest = words.get(count..).unwrap_or_default();
    if let Some(taken) = lexicon().role(Role::NextYear, rest) {
        return (Day::NextYear(month, day), count + taken);
    }
    match bare_year(rest) {
        Some(year) => (Day::Full(year, month, day), count + 1),
        None => (Day::Month(month, day), count),
    }
}

/// `12. mars 2030` is half past eight in the evening, as nobody plans a dinner years ahead;
/// `12. mars 2030 kl 19` is a year.
fn bare_year(words: &[Word]) -> Option<i32> {
    let (word, rest) = words.split_first()?;
    let year = full_year(&word.bare).filter(|_| word.bare.len() == 4)?;
    let announced = lexicon().role(Role::At, rest);
    let how = if announced.is_some() { Announced::Yes } else { Announced::DateKnown };
    let time_follows = || clock::read(rest.get(announced.unwrap_or(0)..)?, how);
    (!(2030..2060).contains(&year) || time_follows().is_some()).then_some(year)
}

/// `den 12.`, `den 12`, `the 12th`, `12.`, `the 12th of next month`.
fn of_month(words: &[Word]) -> Option<(Day, usize)> {
    let article = lexicon().role(Role::The, words).unwrap_or(0);
    let rest = words.get(article..)?;
    let word = rest.first()?;
    let (day, count) = day_number(rest)?;
    let digits = word.bare.chars().all(|c| c.is_ascii_digit());
    (article > 0 || word.dot || !digits).then_some(())?;
    let end = article + count;
    match lexicon().role(Role::NextMonth, words.get(end..)?) {
        Some(taken) => Some((Day::OfNextMonth(day), end + taken)),
        None => Some((Day::OfMonth(day), end)),
    }
}

/// `12`, `12th`, `tolvte`.
fn day_number(words: &[Word]) -> Option<(u32, usize)> {
    if let Some(found) = longest(&lexicon().ordinals, words) {
        return Some(found);
    }
    let text = words.first()?.bare.as_str();
    let ends = ["st", "nd", "rd", "th"];
    let digits = ends.iter().find_map(|end| text.strip_suffix(end)).unwrap_or(text);
    Some((number(digits)?, 1))
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
