//! Patterns of words, written in the lexicon files, and where they occur in a sentence.
//!
//! | written | matches |
//! |---|---|
//! | `word` | that word |
//! | `word*`, `*word` | words that begin or end so |
//! | `a\|b\|<class>` | one of them; a class is a list of words of the same file |
//! | `[a\|b]` | one of them, or nothing |
//! | `_` | any word |
//! | `@` | a word with a capital that is nobody's ordinary word: a name |
//! | `..` | up to three words of the same clause |
//! | `...` | up to eight words of the same sentence |
//! | `#` | a number, in digits or words |
//! | `^`, `$` | the beginning, the end of the sentence |
//!
//! Invariant: a pattern has at most [`MAX_ITEMS`] items and three gaps, so matching is bounded. The
//! tests of the lexicon hold every file to it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::lexicon;
use super::text::{Pause, Sentence, Token};

/// Items of a pattern.
pub const MAX_ITEMS: usize = 12;

/// What a pattern is about. Patterns of one topic compete for words, those of two do not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// Coming or not.
    Answer,
    /// Who comes along.
    Party,
    /// What is eaten.
    Diet,
    /// What an organizer has to act on.
    Human,
    /// What a quoted question asks about.
    Asked,
}

impl Topic {
    /// The topic of a section in a lexicon file.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "answer" => Some(Self::Answer),
            "party" => Some(Self::Party),
            "diet" => Some(Self::Diet),
            "human" => Some(Self::Human),
            "asked" => Some(Self::Asked),
            _unknown => None,
        }
    }
}

/// An occurrence of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// The tokens.
    pub tokens: Range<usize>,
    /// The meaning's name in the lexicon file.
    pub meaning: &'static str,
    /// The pattern as written.
    pub pattern: &'static str,
}

/// The first two characters of a word.
type Start = (Option<char>, Option<char>);

/// All patterns of all languages.
#[derive(Debug, Default)]
pub struct Matcher {
    patterns: Vec<Pattern>,
    /// By a word's number.
    by_word: BTreeMap<usize, Vec<usize>>,
    by_prefix: BTreeMap<Start, Vec<usize>>,
    anywhere: Vec<usize>,
    /// The words of all patterns, numbered: a word of a text is looked up once.
    vocabulary: BTreeMap<String, usize>,
}

#[derive(Debug)]
struct Pattern {
    topic: Topic,
    meaning: &'static str,
    written: &'static str,
    languages: u8,
    /// Of two patterns over as many words the lower one counts.
    rank: usize,
    /// Gaps make a pattern give way to one without.
    loose: bool,
    items: Vec<Item>,
}

/// What counts where two patterns cover as many words: first what says that a word does not count,
/// then a no, because "kommer ikke" holds "kommer".
const RANKS: &[&str] = &[
    "mask",
    "rhetorical",
    "irony",
    "several",
    "substitute",
    "no",
    "maybe",
    "later",
    "if",
    "accept",
    "refuse",
];

#[derive(Debug, Clone, Default)]
struct Words {
    /// Numbers in the vocabulary, in order.
    exact: Vec<usize>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    number: bool,
    any: bool,
    name: bool,
}

#[derive(Debug, Clone)]
enum Item {
    One(Words),
    Maybe(Words),
    Gap { most: usize, over_commas: bool },
    Start,
    End,
}

impl Matcher {
    /// Adds a pattern of a language (a bit). The lexicon is read once and lives as long as the
    /// program, so its strings are leaked rather than counted.
    pub fn add(
        &mut self,
        topic: Topic,
        meaning: &str,
        written: &str,
        classes: &BTreeMap<String, BTreeSet<String>>,
        language: u8,
    ) {
        let items: Vec<Item> = written
            .split_whitespace()
            .take(MAX_ITEMS)
            .map(|item| self.parse_item(item, classes))
            .collect();
        let index = self.patterns.len();
        for item in &items {
            let (words, more) = match item {
                Item::One(words) => (words, false),
                Item::Maybe(words) => (words, true),
                Item::Start => continue,
                Item::Gap { .. } | Item::End => break,
            };
            self.index(words, index);
            if !more {
                break;
            }
        }
        self.patterns.push(Pattern {
            topic,
            meaning: String::leak(meaning.to_owned()),
            written: String::leak(written.to_owned()),
            languages: language,
            rank: RANKS
                .iter()
                .position(|name| *name == meaning)
                .unwrap_or(RANKS.len() + usize::from(meaning.starts_with("food-"))),
            loose: items.iter().any(|item| matches!(item, Item::Gap { .. })),
            items,
        });
    }

    fn parse_item(&mut self, written: &str, classes: &BTreeMap<String, BTreeSet<String>>) -> Item {
        match written {
            ".." => return Item::Gap { most: 3, over_commas: false },
            "..." => return Item::Gap { most: 8, over_commas: true },
            "^" => return Item::Start,
            "$" => return Item::End,
            _words => {}
        }
        let optional = written.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let mut words = Words::default();
        for word in optional.unwrap_or(written).split('|') {
            let class = word.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
            if let Some(class) = class {
                let class = classes.get(class).into_iter().flatten();
                words.exact.extend(class.map(|word| self.number(word)));
            } else if word == "_" {
                words.any = true;
            } else if word == "@" {
                words.name = true;
            } else if word == "#" {
                words.number = true;
            } else if let Some(prefix) = word.strip_suffix('*') {
                words.prefixes.push(prefix.to_owned());
            } else if let Some(suffix) = word.strip_prefix('*') {
                words.suffixes.push(suffix.to_owned());
            } else {
                words.exact.push(self.number(word));
            }
        }
        words.exact.sort_unstable();
        if optional.is_some() { Item::Maybe(words) } else { Item::One(words) }
    }

    fn number(&mut self, word: &str) -> usize {
        let next = self.vocabulary.len();
        *self.vocabulary.entry(word.to_owned()).or_insert(next)
    }

    fn index(&mut self, words: &Words, pattern: usize) {
        for word in &words.exact {
            self.by_word.entry(*word).or_default().push(pattern);
        }
        for prefix in &words.prefixes {
            self.by_prefix.entry(first_two(prefix)).or_default().push(pattern);
        }
        if words.number || words.any || words.name || !words.suffixes.is_empty() {
            self.anywhere.push(pattern);
        }
    }

    /// Whether some pattern has exactly this word.
    pub fn knows(&self, word: &str) -> bool {
        self.vocabulary.contains_key(word)
    }

    /// Sorts the index; to be called once, after the last pattern.
    pub fn finish(&mut self) {
        for list in self.by_word.values_mut().chain(self.by_prefix.values_mut()) {
            list.sort_unstable();
            list.dedup();
        }
        self.anywhere.sort_unstable();
        self.anywhere.dedup();
    }

    /// The patterns of a topic in a sentence, in its order, none overlapping: the longest win.
    pub fn hits(&self, topic: Topic, sentence: &Sentence) -> Vec<Hit> {
        self.all_hits(sentence)
            .into_iter()
            .filter(|(about, _)| *about == topic)
            .map(|(_, hit)| hit)
            .collect()
    }

    /// The same for every topic, in one pass.
    pub fn all_hits(&self, sentence: &Sentence) -> Vec<(Topic, Hit)> {
        let number = |token: &Token| self.vocabulary.get(&token.word).copied();
        let numbers = sentence.tokens.iter().map(number).collect();
        let text = Numbered { sentence, numbers };
        let mut found: Vec<(Range<usize>, &Pattern)> = Vec::new();
        for (at, token) in sentence.tokens.iter().enumerate() {
            for index in self.candidates(token, text.number(at)) {
                let Some(pattern) = self.patterns.get(index) else { continue };
                if pattern.languages & sentence.languages != 0
                    && let Some(end) = match_items(&pattern.items, &text, at)
                    && end > at
                {
                    found.push((at..end, pattern));
                }
            }
        }
        // The sort is stable: of two equal patterns the first one of the files counts.
        found.sort_by_key(|(range, pattern)| {
            (std::cmp::Reverse(range.len()), pattern.rank, pattern.loose, range.start)
        });
        let mut kept: Vec<(Range<usize>, &Pattern)> = Vec::new();
        for (range, pattern) in found {
            let overlaps = |(other, taken): &(Range<usize>, &Pattern)| {
                taken.topic == pattern.topic && other.start < range.end && range.start < other.end
            };
            if !kept.iter().any(overlaps) {
                kept.push((range, pattern));
            }
        }
        kept.sort_by_key(|(range, _)| range.start);
        kept.into_iter()
            .map(|(tokens, pattern)| {
                (pattern.topic, Hit { tokens, meaning: pattern.meaning, pattern: pattern.written })
            })
            .collect()
    }

    fn candidates<'a>(
        &'a self,
        token: &Token,
        number: Option<usize>,
    ) -> impl Iterator<Item = usize> + 'a {
        let exact = number.and_then(|number| self.by_word.get(&number)).into_iter().flatten();
        let prefixed = self.by_prefix.get(&first_two(&token.word)).into_iter().flatten();
        exact.chain(prefixed).chain(&self.anywhere).copied()
    }
}

fn first_two(word: &str) -> Start {
    let mut chars = word.chars();
    (chars.next(), chars.next())
}

/// A sentence with the numbers of its words.
struct Numbered<'a> {
    sentence: &'a Sentence,
    numbers: Vec<Option<usize>>,
}

impl Numbered<'_> {
    fn number(&self, at: usize) -> Option<usize> {
        self.numbers.get(at).copied().flatten()
    }

    /// Whether there is a word here that fits.
    fn fits(&self, words: &Words, at: usize) -> bool {
        let known = |number: usize| words.exact.binary_search(&number).is_ok();
        self.number(at).is_some_and(known)
            || self
                .sentence
                .tokens
                .get(at)
                .is_some_and(|token| words.fit(token, self.sentence.languages))
    }
}

impl Words {
    /// Whether a word fits that is none of the listed ones.
    fn fit(&self, token: &Token, languages: u8) -> bool {
        let word = token.word.as_str();
        self.any
            || self.prefixes.iter().any(|prefix| word.starts_with(prefix.as_str()))
            || self.suffixes.iter().any(|suffix| word.ends_with(suffix.as_str()))
            || self.number && number(word, languages).is_some()
            || self.name && is_name(token)
    }
}

/// A number in digits or words, up to 99.
pub fn number(word: &str, languages: u8) -> Option<u32> {
    let digits = word.strip_prefix('+').unwrap_or(word);
    if let Ok(number) = digits.parse::<u32>() {
        return (number < 100).then_some(number);
    }
    let numbers = lexicon::people().numbers.get(word)?;
    numbers.iter().find(|(_, bit)| bit & languages != 0).map(|(number, _)| *number)
}

/// A word with a capital that is nobody's ordinary word.
pub fn is_name(token: &Token) -> bool {
    let lexicon = lexicon::people();
    token.capital
        && token.word.chars().count() > 1
        && token.word.chars().all(char::is_alphabetic)
        && lexicon.markers.languages(&token.word) == 0
        && lexicon.fillers.languages(&token.word) == 0
}

/// Whether a text ends in a name that stands by itself, and means nothing else: whoever wrote it.
pub fn is_signed(sentences: &[Sentence]) -> bool {
    let [_, .., last] = sentences else { return false };
    last.tokens.len() <= 3
        && !last.asks
        && last.tokens.iter().all(is_name)
        && lexicon::people().matcher.all_hits(last).is_empty()
}

/// Where the match ends. Recurses once an item, so at most [`MAX_ITEMS`] deep.
fn match_items(items: &[Item], text: &Numbered<'_>, at: usize) -> Option<usize> {
    let Some((item, rest)) = items.split_first() else { return Some(at) };
    let tokens = &text.sentence.tokens;
    match item {
        Item::Start => (at == 0).then(|| match_items(rest, text, at)).flatten(),
        Item::End => (at == tokens.len()).then(|| match_items(rest, text, at)).flatten(),
        Item::One(words) => text.fits(words, at).then(|| match_items(rest, text, at + 1)).flatten(),
        Item::Maybe(words) => {
            let taken = text.fits(words, at).then(|| match_items(rest, text, at + 1)).flatten();
            taken.or_else(|| match_items(rest, text, at))
        }
        Item::Gap { most, over_commas } => {
            for skipped in 0..=*most {
                if let Some(end) = match_items(rest, text, at + skipped) {
                    return Some(end);
                }
                // The gap may not begin or go on behind the end of a clause.
                let before = (at + skipped).checked_sub(1).and_then(|before| tokens.get(before));
                let limit = if *over_commas { Pause::Clause } else { Pause::None };
                // Nor may a short gap pass into the next statement: "kommer og er ikke kresen".
                let joins = |token: &Token| {
                    !over_commas
                        && skipped > 0
                        && lexicon::people().joins.has(&token.word, text.sentence.languages)
                };
                if before.is_some_and(|token| token.pause > limit || joins(token)) {
                    return None;
                }
            }
            None
        }
    }
}
