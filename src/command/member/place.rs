//! Answers in place: `12. mars: ja`, `torsdag: kommer gjerne`, `nei til 19. mars`.

use super::Wish;
use crate::command::words::{Word, colon_after, ends_sentence, from_word, written};
use crate::command::{Context, ProblemKind, Scope, scope, when};
use crate::understand::{self, CONFIDENT};

/// Words that may stand before the colon.
const WORDS_BEFORE_COLON: usize = 7;
/// Words of an answer that names its day first.
const WORDS_BEHIND_DAY: usize = 12;
/// Words of an answer that names its day last.
const WORDS_BEFORE_DAY: usize = 5;
/// How sure an answer has to be that no colon sets off: "attende at jeg kommer" names no day.
const PLAIN: f32 = 0.9;

/// The answer that a line gives to a gathering that it names.
pub(super) fn answer(
    line: &str,
    words: &[Word],
    context: Context,
) -> Option<Result<Wish, ProblemKind>> {
    if let Some(found) = behind_colon(line, words, context) {
        return Some(found);
    }
    behind_day(line, words, context).or_else(|| before_day(line, words, context))
}

/// "12. mars ja": a day, and then nothing but an answer.
fn behind_day(line: &str, words: &[Word], context: Context) -> Option<Result<Wish, ProblemKind>> {
    let (read, count) = when::read(words)?;
    let (day, said) = (words.get(..count)?, words.get(count..)?);
    let text = from_word(line, said);
    let ends = read.has_date() && said.len() <= WORDS_BEHIND_DAY && is_answer(text, PLAIN);
    ends.then(|| with(scope::read(line, day, context), text))
}

/// "Ja til 12. mars", "kommer torsdag": an answer, and then nothing but a day.
fn before_day(line: &str, words: &[Word], context: Context) -> Option<Result<Wish, ProblemKind>> {
    let found = scope::dated(line, words, context).ok()??;
    let (said, after) = (scope::trimmed(found.before), found.after);
    let is_short = (1..=WORDS_BEFORE_DAY).contains(&said.len());
    let text = written(line, said);
    let ends = is_short && scope::trimmed(after).is_empty() && is_answer(text, PLAIN);
    ends.then(|| with(Ok(found.scope), text))
}

fn behind_colon(line: &str, words: &[Word], context: Context) -> Option<Result<Wish, ProblemKind>> {
    let colon = words.iter().take(WORDS_BEFORE_COLON).position(|word| colon_after(line, word))?;
    let (named, said) = (words.get(..=colon)?, words.get(colon + 1..)?);
    // "Ja! Tilbyr: skyss": no name goes on over the end of a sentence.
    let ends = |word: &Word| ends_sentence(line, word) && !word.dot;
    if named.iter().take(colon).any(ends) {
        return None;
    }
    let text = from_word(line, said);
    let scope = scope::read(line, named, context);
    match &scope {
        _ if text.is_empty() => None,
        Ok(Scope::Date { .. } | Scope::Weekday { .. }) => Some(with(scope, text)),
        // "Mot-middagen: ja"; "PS: ses vi" is none.
        Ok(Scope::Words { .. } | Scope::Kind { .. }) | Err(_) if is_answer(text, CONFIDENT) => {
            Some(with(scope, text))
        }
        Ok(Scope::Words { .. } | Scope::Kind { .. } | Scope::Implied | Scope::Row { .. })
        | Err(_) => None,
    }
}

fn with(scope: Result<Scope, ProblemKind>, text: &str) -> Result<Wish, ProblemKind> {
    Ok(Wish::Answer { scope: scope?, text: text.trim().to_owned() })
}

fn is_answer(text: &str, least: f32) -> bool {
    let said = understand::said(text);
    said.answer.is_some() && said.confidence >= least
}
