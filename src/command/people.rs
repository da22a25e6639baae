//! People as written: names and addresses, in a list.

use super::lexicon::{Role, lexicon};
use super::words::{Word, from_word, split};
use super::{Audience, Circle};

/// Whom `words` name: all, or a list.
pub(super) fn audience(line: &str, words: &[Word]) -> Option<Audience> {
    if let Some((circle, count)) = lexicon().circle(words) {
        if count == words.len() {
            return of_members(circle);
        }
        // "Alle unntatt Per" is more than we can do, and nobody's name.
        if !goes_on(words, count) {
            return None;
        }
    }
    let names = list(from_word(line, words));
    let all_names = !names.is_empty() && !names.iter().any(|name| is_too_long(name));
    all_names.then(|| listed(names)).flatten()
}

/// Whether a list goes on after its first item of so many words: `nye, Kari`, `nye og Kari`.
pub(super) fn goes_on(words: &[Word], count: usize) -> bool {
    let rest = words.get(count..).unwrap_or_default();
    let parted = count.checked_sub(1).and_then(|last| words.get(last)).is_some_and(|it| it.breaks);
    !rest.is_empty() && (parted || lexicon().role(Role::And, rest).is_some())
}

/// The people of a list in which some items are circles; `None` where one is no circle of members.
pub(super) fn listed(names: Vec<String>) -> Option<Audience> {
    let mut circles = Vec::new();
    let mut people = Vec::new();
    for name in names {
        let words = split(&name);
        match lexicon().circle(&words).filter(|(_, count)| *count == words.len()) {
            Some((Circle::All, _)) => return Some(Audience::All),
            Some((circle, _)) => {
                of_members(circle)?;
                circles.push(circle);
            }
            None => people.push(name),
        }
    }
    Some(if circles.is_empty() {
        Audience::Named { names: people }
    } else {
        Audience::Several { names: people, circles }
    })
}

/// A circle of members; the others are told by what they have answered to a gathering.
fn of_members(circle: Circle) -> Option<Audience> {
    match circle {
        Circle::All => Some(Audience::All),
        Circle::New | Circle::NotLast | Circle::Organizers => {
            Some(Audience::Several { names: Vec::new(), circles: vec![circle] })
        }
        Circle::Coming
        | Circle::Waiting
        | Circle::Silent
        | Circle::Declined
        | Circle::Maybe
        | Circle::Host => None,
    }
}

/// The names of a list: `Kari, Per og Ola Moe <ola@example.org>`.
pub(super) fn list(text: &str) -> Vec<String> {
    text.split([',', ';', '\n', '&', '+'])
        .flat_map(at_and)
        .map(|name| name.trim().trim_end_matches(['.', '!', ':']).trim().to_owned())
        .filter(|name| name.chars().any(char::is_alphanumeric))
        .collect()
}

/// Whether this is no name but the rest of a sentence.
pub(super) fn is_too_long(name: &str) -> bool {
    name.split_whitespace().count() > WORDS_OF_A_NAME
}

/// "Anne Marie van der Berg <anne@example.org>".
const WORDS_OF_A_NAME: usize = 6;

/// The parts around "og" and "and".
fn at_and(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut from = 0;
    for word in split(text) {
        if lexicon().role(Role::And, std::slice::from_ref(&word)).is_some() {
            parts.push(text.get(from..word.at.start).unwrap_or(""));
            from = word.at.end;
        }
    }
    parts.push(text.get(from..).unwrap_or(""));
    parts
}
