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

/// What a word says, if the words behind it are as written.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Sense {
    tag: Tag,
    /// Languages (bits).
    languages: u8,
    /// Whether the word may go on behind what is written of it.
    open: bool,
    /// The rest of the phrase, as written.
    rest: Vec<&'static str>,
}

/// A letter tree. The first node is the root.
#[derive(Debug, Default)]
struct Tree(Vec<Node>);

/// A place in a tree: the letters from here on, and what is said by a word that came so far.
#[derive(Debug, Default)]
struct Node {
    letters: Vec<(char, usize)>,
    senses: Vec<Sense>,
}

impl Tree {
    fn add(&mut self, letters: impl Iterator<Item = char>, sense: Sense) {
        if self.0.is_empty() {
            self.0.push(Node::default());
        }
        let mut at = 0;
        for letter in letters {
            let next = self.0.len();
            let Some(node) = self.0.get_mut(at) else { return };
            at = match node.letters.binary_search_by_key(&letter, |(letter, _)| *letter) {
                Ok(place) => node.letters.get(place).map_or(next, |(_, at)| *at),
                Err(place) => {
                    node.letters.insert(place, (letter, next));
                    self.0.push(Node::default());
                    next
                }
            };
        }
        if let Some(node) = self.0.get_mut(at) {
            node.senses.push(sense);
        }
    }

    /// The senses of a word with these letters.
    fn of(&self, mut letters: impl Iterator<Item = char>) -> impl Iterator<Item = &Sense> {
        let mut node = self.0.first();
        std::iter::from_fn(move || {
            let letter = letters.next();
            let here = node.take()?;
            let is_end = letter.is_none();
            node = letter.and_then(|letter| {
                let place =
                    here.letters.binary_search_by_key(&letter, |(letter, _)| *letter).ok()?;
                self.0.get(here.letters.get(place)?.1)
            });
            Some(here.senses.iter().filter(move |sense| sense.open || is_end))
        })
        .flatten()
    }
}

/// All words and phrases.
#[derive(Debug, Default)]
pub struct Senses {
    /// By their letters.
    starts: Tree,
    /// Words of which the end is told, by their letters from behind.
    ends: Tree,
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
            // Read once, and needed as long as the program runs.
            for entry in entries {
                senses.add(entry.leak(), Tag::named(&name), 1 << bit);
            }
        }
    }
    senses
}

impl Senses {
    fn add(&mut self, entry: &'static str, tag: Tag, languages: u8) {
        let words: Vec<&'static str> = entry.split_whitespace().collect();
        let Some((first, rest)) = words.split_first() else { return };
        for word in first.split('|') {
            let sense = |open| Sense { tag, languages, open, rest: rest.to_vec() };
            match (word.strip_suffix('*'), word.strip_prefix('*')) {
                (Some(start), _) => self.starts.add(start.chars(), sense(true)),
                (None, Some(end)) => self.ends.add(end.chars().rev(), sense(true)),
                (None, None) => self.starts.add(word.chars(), sense(false)),
            }
        }
    }

    /// The senses in a sentence, each with its tokens.
    pub fn of(&self, sentence: &Sentence) -> Vec<(Range<usize>, Tag)> {
        let mut found: Vec<(Range<usize>, Tag)> = Vec::new();
        for (at, token) in sentence.tokens.iter().enumerate() {
            let from = found.len();
            for sense in self.of_word(&token.word) {
                let tokens = at..at + 1 + sense.rest.len();
                let is_new = |found: &[(Range<usize>, Tag)]| {
                    let mut known = found.get(from..).unwrap_or_default().iter();
                    !known.any(|(at, tag)| *tag == sense.tag && *at == tokens)
                };
                if sense.languages & sentence.languages != 0
                    && is_phrase(&sense.rest, sentence.tokens.get(tokens.clone()))
                    && is_new(&found)
                {
                    found.push((tokens, sense.tag));
                }
            }
        }
        found
    }

    fn of_word(&self, word: &str) -> impl Iterator<Item = &Sense> {
        self.starts.of(word.chars()).chain(self.ends.of(word.chars().rev()))
    }
}

/// Whether the tokens behind the first are the rest of a phrase.
fn is_phrase(rest: &[&str], tokens: Option<&[Token]>) -> bool {
    let goes_on = |token: &Token| token.pause <= Pause::Comma;
    tokens.and_then(<[Token]>::split_last).is_some_and(|(last, before)| {
        let behind = before.iter().chain([last]).skip(1);
        before.iter().all(goes_on)
            && rest.iter().zip(behind).all(|(word, token)| fits(word, &token.word))
    })
}

fn fits(written: &str, word: &str) -> bool {
    written.split('|').any(|one| match (one.strip_suffix('*'), one.strip_prefix('*')) {
        (Some(start), _) => word.starts_with(start),
        (None, Some(end)) => word.ends_with(end),
        (None, None) => word == one,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::text::sentences;

    /// The words under each name in a text, with the languages of the first file alone.
    fn found(entries: &[(&str, &'static str)], text: &str) -> Vec<String> {
        let mut senses = Senses::default();
        for (name, entry) in entries {
            senses.add(entry, Tag::named(name), u8::MAX);
        }
        let name = |tag| entries.iter().find(|(name, _)| Tag::named(name) == tag).unwrap().0;
        sentences(text)
            .iter()
            .flat_map(|sentence| {
                senses.of(sentence).into_iter().map(|(tokens, tag)| {
                    let words = sentence.tokens.get(tokens).unwrap_or_default();
                    let words: Vec<&str> = words.iter().map(|token| token.word.as_str()).collect();
                    format!("{}: {}", name(tag), words.join(" "))
                })
            })
            .collect()
    }

    #[test]
    fn a_word_is_found_whole_by_its_start_or_by_its_end() {
        let entries = [("whole", "syk"), ("start", "reis*"), ("end", "*allergi")];
        assert_eq!(
            found(&entries, "Syk, reiser, nøtteallergi"),
            ["whole: syk", "start: reiser", "end: nøtteallergi"]
        );
        assert_eq!(found(&entries, "Sykkel, hjemreise, allergisk"), [""; 0]);
    }

    #[test]
    fn a_phrase_is_found_in_its_order_and_not_over_the_end_of_a_clause() {
        let entries = [("away", "er|var i utland*"), ("away", "bortreist")];
        assert_eq!(found(&entries, "Jeg er i utlandet"), ["away: er i utlandet"]);
        assert_eq!(found(&entries, "Vi var i utland"), ["away: var i utland"]);
        assert_eq!(found(&entries, "I utlandet er jeg"), [""; 0]);
        assert_eq!(found(&entries, "Jeg er i: utlandet"), [""; 0]);
        assert_eq!(found(&entries, "Jeg er i"), [""; 0]);
    }

    #[test]
    fn every_list_can_be_read() {
        for source in SOURCES {
            let lists: BTreeMap<String, Vec<String>> = toml::from_str(source).unwrap();
            assert!(lists.len() > 100, "{}", lists.len());
        }
    }
}
