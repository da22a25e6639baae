//! The words of menus, from `templates/<lang>/menu.toml`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::Ingredient;

const SOURCES: [&str; 3] = [
    include_str!("../../../templates/en/menu.toml"),
    include_str!("../../../templates/nb/menu.toml"),
    include_str!("../../../templates/nn/menu.toml"),
];

/// Endings of a word that mean the same dish: `reker`, `fiskekaken`, `lobsters`.
const ENDINGS: [&str; 12] = ["ene", "ane", "en", "et", "er", "ar", "es", "ne", "r", "s", "a", "n"];
/// What is left of a word without its ending has at least so many letters.
const SHORTEST: usize = 3;

pub(super) type Set = BTreeSet<Ingredient>;

/// One file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    foods: BTreeMap<String, String>,
    words: Words,
}

/// Words around the dishes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    without: Vec<String>,
    and: Vec<String>,
    with: Vec<String>,
    free: Vec<String>,
    none_of: BTreeMap<String, String>,
    named: BTreeMap<String, String>,
}

/// All languages together.
#[derive(Default)]
pub(super) struct Lexicon {
    /// Of one word or several.
    whole: BTreeMap<String, Set>,
    begins: BTreeMap<String, Set>,
    ends: BTreeMap<String, Set>,
    pub(super) without: BTreeSet<String>,
    pub(super) and: BTreeSet<String>,
    pub(super) with: BTreeSet<String>,
    pub(super) free: BTreeSet<String>,
    none_of: BTreeMap<String, Set>,
    named: BTreeMap<String, Set>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| read().unwrap_or_default());

/// The words.
pub(super) fn words() -> &'static Lexicon {
    &LEXICON
}

/// The words, or what is wrong with their files; the tests ask.
pub(super) fn read() -> Result<Lexicon, String> {
    let mut lexicon = Lexicon::default();
    for source in SOURCES {
        let file: File = toml::from_str(source).map_err(|problem| problem.to_string())?;
        for (pattern, holds) in &file.foods {
            let (map, word) = match (pattern.strip_suffix('*'), pattern.strip_prefix('*')) {
                (Some(beginning), _) => (&mut lexicon.begins, beginning),
                (None, Some(end)) => (&mut lexicon.ends, end),
                (None, None) => (&mut lexicon.whole, pattern.as_str()),
            };
            map.entry(word.to_owned()).or_default().extend(set(holds)?);
        }
        lexicon.without.extend(file.words.without);
        lexicon.and.extend(file.words.and);
        lexicon.with.extend(file.words.with);
        lexicon.free.extend(file.words.free);
        for (word, parts) in &file.words.none_of {
            lexicon.none_of.insert(word.clone(), set(parts)?);
        }
        for (word, parts) in &file.words.named {
            lexicon.named.insert(word.clone(), set(parts)?);
        }
    }
    Ok(lexicon)
}

/// `gluten milk`. Where there is milk there is lactose, and pork and beef are meat.
fn set(text: &str) -> Result<Set, String> {
    let mut set = Set::new();
    for word in text.split_whitespace() {
        let parsed = Ingredient::deserialize(serde_json::Value::from(word));
        let part = parsed.map_err(|_| format!("`{word}` is no ingredient"))?;
        set.insert(part);
        match part {
            Ingredient::Milk => set.insert(Ingredient::Lactose),
            Ingredient::Pork | Ingredient::Beef => set.insert(Ingredient::Meat),
            Ingredient::Gluten
            | Ingredient::Lactose
            | Ingredient::Egg
            | Ingredient::Nuts
            | Ingredient::Peanuts
            | Ingredient::Fish
            | Ingredient::Shellfish
            | Ingredient::Soy
            | Ingredient::Sesame
            | Ingredient::Meat
            | Ingredient::Alcohol
            | Ingredient::Raw => false,
        };
    }
    Ok(set)
}

impl Lexicon {
    /// What is in a dish of several words.
    pub(super) fn phrase(&self, words: &str) -> Option<&Set> {
        self.whole.get(words)
    }

    /// What is in a dish of one word: the word itself, or how it begins and ends.
    pub(super) fn dish(&self, word: &str) -> Option<Set> {
        let stems: Vec<&str> = stems(word).collect();
        if let Some(set) = stems.iter().find_map(|stem| self.whole.get(*stem)) {
            return Some(set.clone());
        }
        let begins = longest(beginnings(word), &self.begins);
        let ends = stems.iter().filter_map(|stem| longest(ends(stem), &self.ends));
        let ends = ends.max_by_key(|(part, _)| part.len());
        match (begins, ends) {
            // `reke|salat`, but `fiske|kake` where the two share letters.
            (Some((front, set)), Some((back, other))) if front.len() + back.len() > word.len() => {
                let longer = if front.len() >= back.len() { set } else { other };
                Some(longer.clone())
            }
            (Some((_, set)), Some((_, other))) => Some(set.union(other).copied().collect()),
            (Some((_, set)), None) | (None, Some((_, set))) => Some(set.clone()),
            (None, None) => None,
        }
    }

    /// What a dish has none of by this word: `glutenfri`, `egg-free`, `vegansk`.
    pub(super) fn none_of(&self, word: &str) -> Option<&Set> {
        let named = self.free.iter().find_map(|free| {
            let named = word.strip_suffix(free.as_str())?;
            self.named(named)
        });
        named.or_else(|| self.none_of.get(word))
    }

    /// What is named before `free` or after `without`: `gluten`, `gluten-`, `nøtter`.
    pub(super) fn named(&self, word: &str) -> Option<&Set> {
        stems(word.trim_end_matches('-')).find_map(|stem| self.named.get(stem))
    }
}

/// A word and what it is without its ending.
fn stems(word: &str) -> impl Iterator<Item = &str> {
    let shorter = ENDINGS.iter().filter_map(|ending| word.strip_suffix(ending));
    std::iter::once(word).chain(shorter.filter(|stem| stem.chars().count() >= SHORTEST))
}

fn beginnings(word: &str) -> impl Iterator<Item = &str> {
    let ends = word.char_indices().map(|(at, c)| at + c.len_utf8()).rev();
    ends.filter_map(|end| word.get(..end))
}

fn ends(word: &str) -> impl Iterator<Item = &str> {
    word.char_indices().filter_map(|(at, _)| word.get(at..))
}

/// The first of some parts that is known, and what it holds.
fn longest<'w, 'm>(
    mut parts: impl Iterator<Item = &'w str>,
    map: &'m BTreeMap<String, Set>,
) -> Option<(&'w str, &'m Set)> {
    parts.find_map(|part| Some((part, map.get(part)?)))
}
