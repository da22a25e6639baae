//! `runder: nye, så alle etter 5 dager; resten 3. desember`: whom to invite later, and when.

use super::name;
use crate::command::lexicon::{Key, Role, lexicon};
use crate::command::when::{self, Toward};
use crate::command::words::{Word, split, written};
use crate::command::{Audience, Context, NewWave, Opens, ProblemKind, people, scope};

/// More rounds would be a plan that nobody remembers.
const MOST: usize = 5;
/// Days between two rounds where none are said.
const PATIENCE: u32 = 4;

/// Why rounds can not be read.
#[derive(Debug)]
pub(in crate::command) enum Unread {
    /// This part of them.
    Part(String),
    /// They can be meant so or so; each with a `;` between the rounds.
    Either(Vec<String>),
}

impl Unread {
    /// What is wrong with the words that were `written`.
    pub(in crate::command) fn problem(self, written: &str) -> ProblemKind {
        match self {
            Self::Part(value) => ProblemKind::BadValue { what: name(Key::Waves).into(), value },
            Self::Either(meant) => ProblemKind::Either { written: written.to_owned(), meant },
        }
    }
}

/// Reads the rounds in their order.
pub(in crate::command) fn read(text: &str, context: Context) -> Result<Vec<NewWave>, Unread> {
    match before_rest(text).as_slice() {
        [] => rounds(text, context).map_err(Unread::Part),
        [one] => rounds(one, context).map_err(Unread::Part),
        several => Err(Unread::Either(several.to_vec())),
    }
}

/// "Kari og Per, resten": the comma before the rest parts two rounds, as nothing else is said that
/// does. Further commas before it may part names or rounds.
fn before_rest(text: &str) -> Vec<String> {
    let words = split(text);
    let behind = |at: &usize| words.get(*at..).unwrap_or_default();
    let commas: Vec<usize> =
        (1..words.len()).filter(|at| words.get(at - 1).is_some_and(|word| word.breaks)).collect();
    let says_then = (0..words.len()).any(|at| lexicon().role(Role::Then, behind(&at)).is_some());
    let is_rest = |at: &usize| lexicon().role(Role::Rest, behind(at)).is_some();
    let commas = commas.iter().rposition(is_rest).and_then(|last| commas.get(..=last));
    let Some((rest, names)) = commas.and_then(<[usize]>::split_last) else { return Vec::new() };
    if says_then || text.contains(['\n', ';']) {
        return Vec::new();
    }
    let parted = |at: &[usize]| {
        let from = std::iter::once(0).chain(at.iter().copied());
        let to = at.iter().copied().chain([words.len()]);
        let parts = from.zip(to).filter_map(|(from, to)| words.get(from..to));
        parts.map(|part| written(text, part)).collect::<Vec<_>>().join("; ")
    };
    // "Kari, Per og Ola" is one list.
    let list = (names.last().copied().unwrap_or(0)..*rest)
        .any(|at| lexicon().role(Role::And, behind(&at)).is_some());
    if list || names.is_empty() {
        return vec![parted(&[*rest])];
    }
    vec![parted(&[*rest]), parted(&[names, &[*rest]].concat())]
}

/// The rounds between "så", `;` and line ends; `Err` is the part that can not be read.
fn rounds(text: &str, context: Context) -> Result<Vec<NewWave>, String> {
    let mut waves = Vec::new();
    for line in text.split(['\n', ';']) {
        let words = split(line);
        for part in apart(&words).into_iter().filter(|part| !part.is_empty()) {
            let text = written(line, part);
            waves.push(wave(line, part, context).ok_or_else(|| text.to_owned())?);
        }
    }
    let days: Vec<_> = waves.iter().filter_map(|wave| day(wave.opens)).collect();
    if waves.is_empty() || waves.len() > MOST || !days.is_sorted() {
        return Err(text.to_owned());
    }
    Ok(waves)
}

/// The day of a round that has one.
pub(in crate::command) fn day(opens: Opens) -> Option<chrono::NaiveDate> {
    match opens {
        Opens::On { day } => Some(day),
        Opens::After { .. } => None,
    }
}

/// The words between "så" and "then".
fn apart(words: &[Word]) -> Vec<&[Word]> {
    let mut parts = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(rest) = words.get(at..).filter(|rest| !rest.is_empty()) {
        let then = lexicon().role(Role::Then, rest);
        if then.is_some() {
            parts.extend(words.get(from..at));
        }
        at += then.unwrap_or(1);
        from = if then.is_some() { at } else { from };
    }
    parts.extend(words.get(from..));
    parts
}

fn wave(line: &str, part: &[Word], context: Context) -> Option<NewWave> {
    let (who, opens) = opening(part, context)?;
    let text = written(line, who);
    let words = split(text);
    let invite = if lexicon().role(Role::Rest, &words) == Some(words.len()) {
        Audience::All
    } else {
        people::audience(text, &words)?
    };
    Some(NewWave { invite, opens })
}

/// Whom a round invites, and when; `None` where the day does not exist.
fn opening(part: &[Word], context: Context) -> Option<(&[Word], Opens)> {
    // "Dei andre" is no second day of a month.
    let rest = lexicon().role(Role::Rest, part).unwrap_or(1);
    for at in rest..part.len() {
        let (who, rest) = part.split_at(at);
        if let Some(count) = lexicon().role(Role::After, rest)
            && let Some(days) = rest.get(count..).and_then(when::days)
        {
            return (1..=365).contains(&days).then_some((who, Opens::After { days }));
        }
        if scope::is_surely_date(rest) {
            let day = when::read_all(rest)?.date(Toward::Future, context).ok()??;
            return Some((who, Opens::On { day }));
        }
    }
    Some((part, Opens::After { days: PATIENCE }))
}
