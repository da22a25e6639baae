//! What resembles a command without being one: near misses, and names that are none.
//!
//! Invariant: nothing here makes a command of a line. It decides which question is asked.

use std::cmp::Reverse;

use super::ProblemKind;
use super::lexicon::{Role, Verb, lexicon, longest};
use super::line::{count_of_seats, opening, without_at_most};
use super::words::{Word, distance, written};

/// Words in the longest line whose first word can be a slip of the thumb; more is a letter.
const LONGEST_SLIP: usize = 15;

/// Letters of a word that another first letter makes another word.
const SHORT: usize = 5;

/// Why a line that begins with no verb is not understood.
pub(super) fn near_miss(words: &[Word]) -> ProblemKind {
    let key = longest(&lexicon().keys, words).is_some();
    let verb = nearest_verb(words).filter(|_| !key && words.len() <= LONGEST_SLIP);
    match verb.or_else(|| nearest_answer(words)) {
        Some(verb) => ProblemKind::NearMiss { verb: verb.to_owned() },
        None => ProblemKind::NotUnderstood,
    }
}

/// The phrase that a word was perhaps meant to be, in its proper spelling.
pub(super) fn nearest<'p>(
    written: &str,
    phrases: impl Iterator<Item = &'p str>,
) -> Option<&'p str> {
    // Two letters of three can be anything: a short word must be nearer.
    let limit = match written.chars().count() {
        0..=2 => return None,
        3..=4 => 1,
        _ => 2,
    };
    phrases
        .filter(|phrase| phrase.len() > 2 || (phrase.len() == 2 && written.starts_with(phrase)))
        .filter_map(|phrase| Some((distance(written, phrase, limit)?, phrase)))
        // Two slips, and one of them in the first letter, is another word: Grete, not *create*.
        .filter(|(steps, phrase)| *steps < 2 || same_start(written, phrase) > 0)
        // And so is a short one with another first letter: siste, not *liste*.
        .filter(|(_, phrase)| {
            let (long, letters) = (phrase.chars().count() > SHORT, written.chars().count());
            long || letters != phrase.chars().count() || same_start(written, phrase) > 0
        })
        .min_by_key(|(steps, phrase)| (*steps, Reverse(same_start(written, phrase))))
        .map(|(_, phrase)| lexicon().in_full(phrase))
}

/// Whether a line is a command or a key, or was perhaps meant to be one.
pub(super) fn may_be_command(words: &[Word]) -> bool {
    opening(words).is_some()
        || longest(&lexicon().keys, words).is_some()
        || count_of_seats(without_at_most(words)).is_some()
        || nearest_verb(words).is_some()
        || nearest_key(words).is_some()
}

/// Whether a line can only be somebody's name, as far as it is written like one.
pub(super) fn is_name(line: &str, words: &[Word]) -> bool {
    let letters = |word: &str| word.chars().all(|c| c.is_alphabetic() || matches!(c, '-' | '.'));
    let like_a_name = |word: &str| word.starts_with(char::is_uppercase) && letters(word);
    written(line, words).split_whitespace().all(like_a_name)
        && opening(words).is_none()
        && longest(&lexicon().keys, words).is_none()
        && longest(&lexicon().kinds, words).is_none()
        && longest(&lexicon().weekdays, words).is_none()
}

/// Whether the first word is one of ours but for a single slip of the thumb: "avlsy".
pub(super) fn is_one_slip_away(words: &[Word]) -> bool {
    let Some(first) = words.first() else { return false };
    verbs().any(|verb| {
        same_start(&first.bare, verb) > 0
            && verb.len() > 3
            && distance(&first.bare, verb, 1).is_some()
    })
}

fn nearest_verb(words: &[Word]) -> Option<&'static str> {
    let first = words.first().filter(|_| !is_common(words))?;
    nearest(&first.bare, verbs())
}

/// A word alone that was perhaps meant to be yes or no.
fn nearest_answer(words: &[Word]) -> Option<&'static str> {
    let [only] = words else { return None };
    let all = lexicon().verbs.iter().filter(|(_, verb)| matches!(verb, Verb::Yes | Verb::No));
    nearest(&only.bare, all.map(|(phrase, _)| phrase.as_str())).filter(|_| !is_common(words))
}

/// The key that the first word was perhaps meant to be.
pub(super) fn nearest_key(words: &[Word]) -> Option<&'static str> {
    let first = words.first().filter(|_| !is_common(words))?;
    nearest(&first.bare, lexicon().keys.keys().map(String::as_str))
}

/// Words that begin any sentence and resemble something only by chance.
fn is_common(words: &[Word]) -> bool {
    let common = [
        Role::Common,
        Role::On,
        Role::Sentence,
        Role::Gathering,
        Role::Not,
        Role::And,
        Role::Polite,
        Role::Greeting,
    ];
    common.into_iter().any(|role| lexicon().role(role, words).is_some())
}

/// The phrases that a line may have been meant to begin with. Yes and no stand alone: nobody is
/// asked "did you mean *flott*?".
fn verbs() -> impl Iterator<Item = &'static str> {
    let all = lexicon().verbs.iter();
    all.filter(|(_, verb)| !matches!(verb, Verb::Yes | Verb::No)).map(|(phrase, _)| phrase.as_str())
}

/// How many letters two words begin with in common: people seldom miss the first.
fn same_start(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}
