//! A new gathering: its first line and the keys below it.
//!
//! First the words of each key are collected, from the first line and from the lines below; only
//! then are they read. Invariant: every word of the block lands in a value or in a problem.

mod finish;
mod inline;
pub(super) mod waves;

use std::collections::BTreeMap;

use super::lexicon::{Key, lexicon, longest};
use super::line::opening;
use super::lines::Line;
use super::near::nearest;
use super::words::{Word, from_word, split, written};
use super::{Context, GatheringKind, NewGathering, Problem, ProblemKind, people, prose, when};

/// The words of one key, and the line they stand on.
#[derive(Debug, Clone)]
struct Value {
    text: String,
    line: String,
}

/// A gathering whose values have been collected and not yet read.
#[derive(Debug)]
struct Draft {
    kind: GatheringKind,
    values: BTreeMap<Key, Value>,
    problems: Vec<Problem>,
    /// The key that a following line may continue.
    open: Option<Key>,
    context: Context,
}

/// The kind after "new", and how many words it takes; a block begins here.
pub(super) fn kind(words: &[Word]) -> Option<(GatheringKind, usize)> {
    longest(&lexicon().kinds, words)
}

/// Whether what follows the first `taken` words says when, and something more.
pub(super) fn is_described(line: &Line<'_>, taken: usize) -> bool {
    let rest = line.words.get(taken..).unwrap_or_default();
    inline::read(line.text, rest, inline::Loose::Refused)
        .is_ok_and(|found| found.len() > 1 && found.iter().any(|(key, _)| *key == Key::When))
}

/// Reads the block that begins at the first of `lines`, of which `taken` words say "new dinner".
/// Returns how many lines belong to it.
pub(super) fn read(
    lines: &[Line<'_>],
    (kind, taken): (GatheringKind, usize),
    context: Context,
) -> (usize, Result<NewGathering, Vec<Problem>>) {
    let (values, problems) = (BTreeMap::new(), Vec::new());
    let mut draft = Draft { kind, values, problems, open: None, context };
    let Some((first, below)) = lines.split_first() else { return (0, Err(Vec::new())) };
    let rest = first.words.get(taken..).unwrap_or_default();
    match inline::read(first.text, rest, inline::Loose::Title) {
        Ok(found) => draft.take(found, first.text),
        Err(unknown) => {
            let key = written(first.text, unknown).to_owned();
            let nearest_key = || unknown.iter().find_map(|word| nearest_key(&word.bare));
            let nearest = inline::near_date(unknown).or_else(nearest_key).map(str::to_owned);
            draft.problem(first.text, ProblemKind::UnknownKey { key, nearest });
        }
    }
    let count = below.iter().take_while(|line| draft.line(line)).count();
    (1 + count, finish::read(draft, first.text, context))
}

impl Draft {
    /// Takes a line below the first; false where the block has ended before it.
    fn line(&mut self, line: &Line<'_>) -> bool {
        let unfinished = line.indented || self.is_empty();
        if unfinished && self.open.is_some() && key_with_colon(line).is_none() {
            self.more(line);
            return true;
        }
        let running =
            self.open.filter(|key| is_text(*key) || (is_prose(*key) && !line.after_blank));
        let key = match running {
            Some(_) => key_with_colon(line),
            None => key_with_colon(line).or_else(|| key_without_colon(line)),
        };
        if let Some((key, taken)) = key {
            let text = from_word(line.text, line.words.get(taken..).unwrap_or_default());
            self.set(key, text, line.text);
            return true;
        }
        // "Hvor finner vi det?" goes on with the question above, and "Vert Anne" does not.
        let sure = |(key, text): &(Key, String)| running.is_none() || is_plausible(*key, text);
        if let Ok(found) = inline::read(line.text, &line.words, inline::Loose::Refused)
            && (running.is_none() || !line.text.ends_with('?'))
            && found.iter().all(sure)
        {
            self.take(found, line.text);
            return true;
        }
        let ends = match running {
            Some(_) => !prose::belongs(line, self.context),
            None => opening(&line.words).is_some(),
        };
        if ends {
            return false;
        }
        let unknown = unknown_key(line);
        if let Some(key) = &unknown
            && (running.is_none() || nearest_key(key).is_some())
        {
            let nearest = nearest_key(key).map(str::to_owned);
            self.problem(line.text, ProblemKind::UnknownKey { key: key.clone(), nearest });
            return true;
        }
        if running.is_some() {
            self.more(line);
        }
        running.is_some()
    }

    fn take(&mut self, found: Vec<(Key, String)>, line: &str) {
        for (key, text) in found {
            self.set(key, &text, line);
        }
        self.open = None;
    }

    fn set(&mut self, key: Key, text: &str, line: &str) {
        self.open = Some(key);
        let value = Value { text: text.to_owned(), line: line.to_owned() };
        if let Some(before) = self.values.insert(key, value)
            && before.text != text
        {
            self.problem(
                line,
                ProblemKind::BadValue { what: name(key).into(), value: text.into() },
            );
        }
    }

    /// Whether the value before has no word yet: `når:` with the date on the next line.
    fn is_empty(&self) -> bool {
        self.open.and_then(|key| self.values.get(&key)).is_some_and(|value| value.text.is_empty())
    }

    /// A further line of the value before it.
    fn more(&mut self, line: &Line<'_>) {
        let Some(key) = self.open else { return };
        let Some(value) = self.values.get_mut(&key) else { return };
        if !value.text.is_empty() {
            value.text.push_str(if line.after_blank { "\n\n" } else { "\n" });
        }
        value.text.push_str(if is_prose(key) { line.whole } else { line.text });
    }

    fn problem(&mut self, line: &str, kind: ProblemKind) {
        self.problems.push(Problem::new(line, kind));
    }
}

/// Whether a line begins with a key of a block.
pub(super) fn is_key(line: &Line<'_>) -> bool {
    key_with_colon(line).is_some()
}

/// The key's name as problems give it.
pub(super) fn name(key: Key) -> &'static str {
    match key {
        Key::Title => "title",
        Key::When => "when",
        Key::Time => "time",
        Key::Where => "where",
        Key::Host => "host",
        Key::Seats => "seats",
        Key::Tables => "tables",
        Key::Menu => "menu",
        Key::MenuReason => "why this menu",
        Key::Question => "question",
        Key::Note => "note",
        Key::Speaker => "speaker",
        Key::PreRead => "pre-read",
        Key::Invite => "invite",
        Key::Waves => "waves",
        Key::ReplyBy => "reply by",
        Key::KitchenCutOff => "kitchen cut-off",
        Key::Language => "language",
        Key::Calendar => "calendar",
    }
}

/// Whether the value is free text and may run over several lines.
fn is_prose(key: Key) -> bool {
    match key {
        Key::Title
        | Key::Where
        | Key::Menu
        | Key::MenuReason
        | Key::Question
        | Key::Note
        | Key::PreRead
        | Key::Invite => true,
        Key::When
        | Key::Time
        | Key::Host
        | Key::Seats
        | Key::Tables
        | Key::Speaker
        | Key::Waves
        | Key::ReplyBy
        | Key::KitchenCutOff
        | Key::Language
        | Key::Calendar => false,
    }
}

/// Whether the value is a text, which goes on below an empty line.
fn is_text(key: Key) -> bool {
    matches!(key, Key::Menu | Key::MenuReason | Key::Question | Key::Note | Key::PreRead)
}

/// Whether a value without a colon before it is what its key needs, and no sentence that begins with
/// the same word.
fn is_plausible(key: Key, text: &str) -> bool {
    let words = split(text);
    let capitals = || text.split_whitespace().all(|word| !word.starts_with(char::is_lowercase));
    match key {
        Key::When | Key::Time | Key::ReplyBy | Key::KitchenCutOff => {
            when::day_or_hour(&words).is_some()
        }
        Key::Seats => words.iter().all(|word| word.bare.chars().any(char::is_alphanumeric)),
        Key::Invite => people::audience(text, &words).is_some(),
        Key::Host | Key::Where => capitals(),
        Key::Title
        | Key::Tables
        | Key::Menu
        | Key::MenuReason
        | Key::Question
        | Key::Note
        | Key::Speaker
        | Key::PreRead
        | Key::Waves
        | Key::Language
        | Key::Calendar => false,
    }
}

/// `meny: …`, also `meny = …` and `meny - …`.
fn key_with_colon(line: &Line<'_>) -> Option<(Key, usize)> {
    let (key, taken) = longest(&lexicon().keys, &line.words)?;
    let last = line.words.get(taken - 1)?;
    let after = line.text.get(last.at.end..)?.trim_start_matches(['*', '_']).trim_start();
    let marked = after.starts_with([':', '=', '–', '—', '：']) || after.starts_with("- ");
    marked.then_some((key, taken))
}

/// `vert Ida`, `dato 12. mars`: fewer signs, on a line of its own.
fn key_without_colon(line: &Line<'_>) -> Option<(Key, usize)> {
    longest(&lexicon().keys, &line.words).filter(|(_, taken)| *taken < line.words.len())
}

/// What stands before a colon, if it is short enough to be meant as a key.
fn unknown_key(line: &Line<'_>) -> Option<String> {
    let (before, _) = line.text.split_once(':')?;
    let count = line.words.iter().take_while(|word| word.at.end <= before.len()).count();
    (1..=3)
        .contains(&count)
        .then(|| written(line.text, line.words.get(..count).unwrap_or_default()).to_owned())
}

fn nearest_key(key: &str) -> Option<&'static str> {
    nearest(&super::words::fold(key), lexicon().keys.keys().map(String::as_str))
}
