//! How the community is set: `innstilling stille timer 22-8`, `stille dager: søndag og 24. desember`.

use chrono::Weekday;

use super::gathering::{count, count_of_seats};
use super::said::{Said, missing};
use crate::command::lexicon::{Role, lexicon, longest};
use crate::command::setting::{
    CalendarPolicy, MOST_QUIET_WEEKDAYS, Particular, Quiet, Setting, SettingName, is_night,
};
use crate::command::when::{self, Day, Toward};
use crate::command::words::{Word, split};
use crate::command::{Command, Further, ProblemKind, Scope, member, people};
use crate::language::Language;

/// What stands behind `innstilling`; nothing asks how all is set.
pub(super) fn setting(said: Said<'_>) -> Result<Command, ProblemKind> {
    if said.words.is_empty() || said.role(Role::Everything) == Some(said.words.len()) {
        return Ok(Further::Settings.into());
    }
    let said = said.skip(said.role(Role::On).unwrap_or(0));
    let Some((name, taken)) = longest(&lexicon().settings, said.words) else {
        let key = said.written().to_owned();
        return Err(ProblemKind::UnknownKey { key, nearest: None });
    };
    with_value(name, said.skip(taken))
}

/// `stille timer 22-8`: what can be nothing else needs no verb.
pub(super) fn unannounced(said: Said<'_>) -> Option<Result<Command, ProblemKind>> {
    let (name, taken) = longest(&lexicon().settings, said.words)?;
    let clear = matches!(name, SettingName::Hours | SettingName::Days);
    (clear && taken < said.words.len() && !said.line.contains('?'))
        .then(|| with_value(name, said.skip(taken)))
}

/// `språk: engelsk`, `språk torsdag: engelsk`.
pub(super) fn spoken(said: Said<'_>) -> Result<Command, ProblemKind> {
    let (scope, value) = said.about()?;
    particular(SettingName::Language, scope, value)
}

/// What is otherwise at one gathering than in its community: `kalender: ingen`.
pub(super) fn particular(
    name: SettingName,
    scope: Scope,
    value: Said<'_>,
) -> Result<Command, ProblemKind> {
    if value.words.is_empty() {
        return missing(name.as_str());
    }
    let particular = match name {
        SettingName::Calendar => calendar(value.words).map(Particular::Calendar),
        SettingName::Language => language(value.words).map(Particular::Language),
        SettingName::Hours | SettingName::Days | SettingName::Seats | SettingName::ReplyBy => None,
    };
    match particular {
        Some(particular) => Ok(Further::Particular { scope, particular }.into()),
        None => value.bad(name.as_str()),
    }
}

fn with_value(name: SettingName, value: Said<'_>) -> Result<Command, ProblemKind> {
    let skipped = value.role(Role::Is).or_else(|| value.role(Role::To));
    let value = value.skip(skipped.unwrap_or(0));
    if value.words.is_empty() {
        return missing(name.as_str());
    }
    let read = match name {
        SettingName::Language => language(value.words).map(Setting::Language),
        SettingName::Hours => hours(value),
        SettingName::Days => days(value).map(Setting::Days),
        SettingName::Seats => number(value, seats, Setting::Seats),
        SettingName::Calendar => calendar(value.words).map(Setting::Calendar),
        SettingName::ReplyBy => number(value, days_before, Setting::ReplyBy),
    };
    match read {
        Some(setting) => Ok(Further::Setting { setting }.into()),
        None => value.bad(name.as_str()),
    }
}

/// A number that can be left open, too: `ingen`, or what `read` makes of it.
fn number(
    value: Said<'_>,
    read: fn(Said<'_>) -> Option<u32>,
    setting: fn(Option<u32>) -> Setting,
) -> Option<Setting> {
    if value.role(Role::Nobody) == Some(value.words.len()) {
        return Some(setting(None));
    }
    read(value).map(|read| setting(Some(read)))
}

/// The language that all of `words` name.
pub(in crate::command) fn language(words: &[Word]) -> Option<Language> {
    member::language(words)?.parse().ok()
}

/// `med invitasjonen`, `ingen`: which mail carries the calendar part.
pub(in crate::command) fn calendar(words: &[Word]) -> Option<CalendarPolicy> {
    let (policy, taken) = longest(&lexicon().calendars, words)?;
    (taken == words.len()).then_some(policy)
}

/// `22-8`, `fra 22 til 8`, `kl. 22.00–8.00`, `10pm to 8am`.
fn hours(value: Said<'_>) -> Option<Setting> {
    let text = value.written().to_lowercase();
    let mut hours = Vec::new();
    let mut rest = text.as_str();
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        rest = rest.get(start..)?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let hour: u32 = rest.get(..end)?.parse().ok()?;
        rest = rest.get(end..)?;
        // Only whole hours.
        let whole = rest.strip_prefix([':', '.']).and_then(|rest| rest.strip_prefix("00"));
        rest = whole.unwrap_or(rest);
        let afternoon = rest.trim_start().starts_with("pm") && hour < 12;
        hours.push(if afternoon { hour + 12 } else { hour });
    }
    let [evening, morning] = hours.as_slice() else { return None };
    let (evening, morning) = (if *evening == 0 { 24 } else { *evening }, *morning);
    is_night(evening, morning).then_some(Setting::Hours { evening, morning })
}

/// `søndag og 24. desember`, `none`.
fn days(value: Said<'_>) -> Option<Vec<Quiet>> {
    if value.role(Role::Nobody) == Some(value.words.len()) {
        return Some(Vec::new());
    }
    let days: Vec<Quiet> =
        people::list(value.written()).iter().map(|day| quiet(day, value)).collect::<Option<_>>()?;
    let weekdays = days.iter().filter(|day| matches!(day, Quiet::Weekday(_))).count();
    (!days.is_empty() && weekdays <= MOST_QUIET_WEEKDAYS).then_some(days)
}

fn quiet(day: &str, value: Said<'_>) -> Option<Quiet> {
    let when = when::read_all(&split(day))?;
    match (when.day, when.weekday) {
        (None, Some(weekday)) => Weekday::try_from(weekday).ok().map(Quiet::Weekday),
        (Some(Day::Month(month, day)), None) => Some(Quiet::Yearly(month, day)),
        (Some(_), _) => {
            let date = when.date(Toward::Future, value.context).ok()??;
            Some(Quiet::Once(date))
        }
        (None, None) => None,
    }
}

/// `12`, `12 plasser`.
fn seats(value: Said<'_>) -> Option<u32> {
    let (seats, taken) = count_of_seats(value.words).or_else(|| count(value.words))?;
    (taken == value.words.len() && (1..=500).contains(&seats)).then_some(seats)
}

/// `5 dager`, `en uke før`.
fn days_before(value: Said<'_>) -> Option<u32> {
    let (number, taken) = count(value.words)?;
    let rest = value.skip(taken);
    let (days, unit) = match (rest.role(Role::Day), rest.role(Role::Week)) {
        (_, Some(unit)) => (7 * number, unit),
        (Some(unit), None) => (number, unit),
        (None, None) => (number, 0),
    };
    let rest = rest.skip(unit);
    let ends = rest.words.is_empty() || rest.role(Role::Beforehand) == Some(rest.words.len());
    (ends && (1..=60).contains(&days)).then_some(days)
}
