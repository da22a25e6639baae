//! What words speak of: illness, travel, a wish, a "not". The same names in every language, so that
//! what the network learns of one language it knows of the others.
//!
//! `templates/<lang>/senses.toml` lists words and phrases of up to four words under each name; `word*`
//! stands for words that begin so, `*word` for words that end so, `a|b` for either.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::Tag;
use crate::understand::text::{Pause, Sentence, Token};

/// In the order of the lexicons, whose bits tell the languages of a sentence.
const SOURCES: [&str; 6] = [
    include_str!("../../../templates/en/senses.toml"),
    include_str!("../../../templates/nb/senses.toml"),
    include_str!("../../../templates/nn/senses.toml"),
    include_str!("../../../templates/sv/senses.toml"),
    include_str!("../../../templates/da/senses.toml"),
    include_str!("../../../templates/de/senses.toml"),
];

/// A sense of a word in some languages (bits).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Sense {
    tag: Tag,
    languages: u8,
}

/// The words of a phrase as written, and its sense.
type Phrase = (Vec<&'static str>, Sense);

/// All words and phrases.
#[derive(Debug, Default)]
pub struct Senses {
    words: BTreeMap<&'static str, Vec<Sense>>,
    starts: BTreeMap<&'static str, Vec<Sense>>,
    ends: BTreeMap<&'static str, Vec<Sense>>,
    /// Phrases by the first two letters of their first word; the rest as written.
    phrases: BTreeMap<&'static str, Vec<Phrase>>,
}

static SENSES: LazyLock<Senses> = LazyLock::new(load);

/// The senses of every language, read once.
pub fn senses() -> &'static Senses {
    &SENSES
}

fn load() -> Senses {
    let mut senses = Senses::default();
    for (bit, source) in SOURCES.into_iter().enumerate() {
        // A broken file is found by a test; at run time the other languages go on working.
        let lists: BTreeMap<String, Vec<String>> = toml::from_str(source).unwrap_or_default();
        for (name, entries) in lists {
            let sense = Sense { tag: Tag::named(&name), languages: 1 << bit };
            // Read once, and needed as long as the program runs.
            for entry in entries {
                senses.add(entry.leak(), sense);
            }
        }
    }
    senses
}

impl Senses {
    fn add(&mut self, entry: &'static str, sense: Sense) {
        let words: Vec<&'static str> = entry.split_whitespace().collect();
        let Some((first, rest)) = words.split_first() else { return };
        for first in first.split('|') {
            if rest.is_empty() {
                self.add_word(first, sense);
            } else if let Some(letters) = two_letters(first) {
                let phrase = std::iter::once(first).chain(rest.iter().copied()).collect();
                self.phrases.entry(letters).or_default().push((phrase, sense));
            }
        }
    }

    fn add_word(&mut self, word: &'static str, sense: Sense) {
        let (table, word) = match (word.strip_suffix('*'), word.strip_prefix('*')) {
            (Some(start), _) => (&mut self.starts, start),
            (None, Some(end)) => (&mut self.ends, end),
            (None, None) => (&mut self.words, word),
        };
        table.entry(word).or_default().push(sense);
    }

    /// The senses in a sentence, each with its tokens.
    pub fn of(&self, sentence: &Sentence) -> Vec<(Range<usize>, Tag)> {
        let mut found = Vec::new();
        for (at, token) in sentence.tokens.iter().enumerate() {
            let from = found.len();
            let mut note = |sense: &Sense| {
                let known = found.get(from..).unwrap_or_default();
                if sense.languages & sentence.languages != 0
                    && !known.iter().any(|(_, tag)| *tag == sense.tag)
                {
                    found.push((at..at + 1, sense.tag));
                }
            };
            self.of_word(&token.word).for_each(&mut note);
            let phrases = two_letters(&token.word).and_then(|letters| self.phrases.get(letters));
            for (phrase, sense) in phrases.into_iter().flatten() {
                let tokens = sentence.tokens.get(at..at + phrase.len()).unwrap_or_default();
                if sense.languages & sentence.languages != 0 && is_phrase(phrase, tokens) {
                    found.push((at..at + phrase.len(), sense.tag));
                }
            }
        }
        found
    }

    fn of_word(&self, word: &str) -> impl Iterator<Item = &Sense> {
        let inner = word.char_indices().map(|(at, _)| at).skip(1).chain([word.len()]);
        let starts = inner.clone().filter_map(|end| self.starts.get(word.get(..end)?));
        let ends = inner.filter_map(|start| self.ends.get(word.get(start..)?));
        self.words.get(word).into_iter().chain(starts).chain(ends).flatten()
    }
}

fn is_phrase(phrase: &[&str], tokens: &[Token]) -> bool {
    let goes_on = |token: &Token| token.pause <= Pause::Comma;
    phrase.len() == tokens.len()
        && phrase.iter().zip(tokens).all(|(word, token)| fits(word, &token.word))
        && tokens.iter().rev().skip(1).all(goes_on)
}

fn fits(written: &str, word: &str) -> bool {
    written.split('|').any(|one| match (one.strip_suffix('*'), one.strip_prefix('*')) {
        (Some(start), _) => word.starts_with(start),
        (None, Some(end)) => word.ends_with(end),
        (None, None) => word == one,
    })
}

/// The first two letters of a word, or its only one.
fn two_letters(word: &str) -> Option<&str> {
    let end = word.char_indices().nth(2).map_or(word.len(), |(at, _)| at);
    word.get(..end).filter(|letters| !letters.contains('*') && !letters.is_empty())
}
