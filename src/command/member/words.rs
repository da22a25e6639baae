//! The words of guests and members, from `templates/<lang>/members.toml`, in every language at once.
//!
//! Invariant: phrases are folded the same way as the text they are compared with.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::Frequency;
use crate::command::lexicon::longest;
use crate::command::words::{Word, spellings};

/// What a sentence of its own asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Whole {
    Remember,
    Forget,
    MyData,
    EraseMe,
    Stop,
    Leave,
    All,
    Pause,
    Back,
    LetIn,
}

/// What a sentence that goes on asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Opening {
    Away,
    Who,
    GiveSeat,
    Nominate,
    Language,
    Digest,
}

/// What somebody wants the others to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shared {
    /// Something worth reading, and why.
    Reading,
    /// A question, or help that is looked for.
    Ask,
    /// Something that is offered.
    Offer,
}

type Phrases<T> = BTreeMap<String, T>;

/// All words of all languages.
#[derive(Debug, Default)]
pub(super) struct Words {
    whole: Phrases<Whole>,
    openings: Phrases<Opening>,
    text: Phrases<Shared>,
    capitals: Phrases<Whole>,
    near: Phrases<&'static str>,
    frequencies: Phrases<Frequency>,
    languages: Phrases<&'static str>,
}

/// The words of everybody.
pub(super) fn words() -> &'static Words {
    &WORDS
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let mut words = Words::default();
    for source in SOURCES {
        if let Ok(page) = toml::from_str::<Page>(source) {
            words.take(&page);
        }
    }
    words
});

/// Embedded; a test reads each of them.
pub(super) const SOURCES: [&str; 3] = [
    include_str!("../../../templates/nb/members.toml"),
    include_str!("../../../templates/nn/members.toml"),
    include_str!("../../../templates/en/members.toml"),
];

/// A file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    pub(super) whole: BTreeMap<Whole, Vec<String>>,
    pub(super) opening: BTreeMap<Opening, Vec<String>>,
    pub(super) text: BTreeMap<Shared, Vec<String>>,
    pub(super) capitals: BTreeMap<Whole, Vec<String>>,
    pub(super) near: BTreeMap<Near, Vec<String>>,
    pub(super) frequencies: BTreeMap<Frequency, Vec<String>>,
    pub(super) languages: BTreeMap<Tag, Vec<String>>,
}

/// What may be asked about: the word that is proposed stands in the reader's language in the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Near {
    Remember,
    Forget,
    Away,
}

impl Near {
    fn name(self) -> &'static str {
        match self {
            Self::Remember => "remember",
            Self::Forget => "forget",
            Self::Away => "away",
        }
    }
}

/// A language that somebody may ask for, whether or not we write it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Tag {
    Nb,
    Nn,
    En,
    Sv,
    Da,
    De,
}

impl Tag {
    fn name(self) -> &'static str {
        match self {
            Self::Nb => "nb",
            Self::Nn => "nn",
            Self::En => "en",
            Self::Sv => "sv",
            Self::Da => "da",
            Self::De => "de",
        }
    }
}

impl Words {
    fn take(&mut self, page: &Page) {
        add(&mut self.whole, &page.whole, |meaning| *meaning);
        add(&mut self.openings, &page.opening, |meaning| *meaning);
        add(&mut self.text, &page.text, |meaning| *meaning);
        add(&mut self.capitals, &page.capitals, |meaning| *meaning);
        add(&mut self.near, &page.near, |meaning| meaning.name());
        add(&mut self.frequencies, &page.frequencies, |meaning| *meaning);
        add(&mut self.languages, &page.languages, |meaning| meaning.name());
    }

    /// What all of the words ask for.
    pub(super) fn whole(&self, words: &[Word]) -> Option<Whole> {
        all_of(&self.whole, words)
    }

    /// What the words begin with, and how many of them say so.
    pub(super) fn opening(&self, words: &[Word]) -> Option<(Opening, usize)> {
        longest(&self.openings, words)
    }

    /// What the words before a colon announce.
    pub(super) fn text(&self, words: &[Word]) -> Option<Shared> {
        all_of(&self.text, words)
    }

    /// What all of the words ask for where they are written in capitals.
    pub(super) fn capitals(&self, words: &[Word]) -> Option<Whole> {
        all_of(&self.capitals, words)
    }

    /// The word that all of these resemble.
    pub(super) fn near(&self, words: &[Word]) -> Option<&'static str> {
        all_of(&self.near, words)
    }

    /// How often.
    pub(super) fn frequency(&self, words: &[Word]) -> Option<Frequency> {
        all_of(&self.frequencies, words)
    }

    /// The tag of the language that is named.
    pub(super) fn language(&self, words: &[Word]) -> Option<&'static str> {
        all_of(&self.languages, words)
    }

    /// Single words that stand for a wish by themselves, for slips of the thumb.
    pub(super) fn single(&self) -> impl Iterator<Item = (&str, Whole)> {
        let whole = self.whole.iter().filter(|(phrase, _)| !phrase.contains(' '));
        whole.map(|(phrase, meaning)| (phrase.as_str(), *meaning))
    }
}

impl Whole {
    /// The word in a letter that asks about it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Remember => "remember",
            Self::Forget => "forget",
            Self::MyData => "my-data",
            Self::EraseMe => "erase-me",
            Self::Stop => "stop",
            Self::Leave => "leave",
            Self::All => "all",
            Self::Pause => "away",
            Self::Back => "back",
            Self::LetIn => "let-in",
        }
    }
}

fn all_of<T: Copy>(phrases: &Phrases<T>, words: &[Word]) -> Option<T> {
    longest(phrases, words).filter(|(_, count)| *count == words.len()).map(|(found, _)| found)
}

fn add<K, T: Copy>(
    phrases: &mut Phrases<T>,
    lists: &BTreeMap<K, Vec<String>>,
    meaning: impl Fn(&K) -> T,
) {
    for (name, list) in lists {
        for phrase in list {
            phrases.extend(spellings(phrase).map(|spelling| (spelling, meaning(name))));
        }
    }
}
