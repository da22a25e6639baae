//! `runder: nye, så alle etter 5 dager; resten 3. desember`: whom to invite later, and when.

use crate::command::lexicon::{Role, lexicon};
use crate::command::when::{self, Toward};
use crate::command::words::{Word, split, written};
use crate::command::{Audience, Context, NewWave, Opens, people, scope};

/// More rounds would be a plan that nobody remembers.
const MOST: usize = 5;
/// Days between two rounds where none are said.
const PATIENCE: u32 = 4;

/// Reads the rounds in their order; `Err` is the part that can not be read.
pub(in crate::command) fn read(text: &str, context: Context) -> Result<Vec<NewWave>, String> {
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
