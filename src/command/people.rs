//! People as written: names and addresses, in a list.

use super::lexicon::{Role, lexicon, longest};
use super::words::{Word, from_word, split};
use super::{Audience, Circle, scope};

/// Whom `words` name: all, or a list.
pub(super) fn audience(line: &str, words: &[Word]) -> Option<Audience> {
    if let Some((circle, count)) = lexicon().circle(words) {
        if count == words.len() {
            return of_members(circle);
        }
        let rest = words.get(count..).unwrap_or_default();
        if let Some(taken) = exception(rest) {
            let names = list(from_word(line, rest.get(taken..).unwrap_or_default()));
            let persons = are_persons(&names) && circle == Circle::All;
            return persons.then_some(Audience::AllBut { names });
        }
        // "Alle i Oslo" is more than we can do, and nobody's name.
        if !goes_on(words, count) {
            return None;
        }
    }
    let names = list(from_word(line, words));
    let known = |name: &String| is_circle(name) || !is_no_name(name);
    (!names.is_empty() && names.iter().all(known)).then(|| listed(names)).flatten()
}

/// How many words of `men ikke Per`, `unntatt Per`, `bortsett fra Per` stand before the name.
pub(super) fn exception(words: &[Word]) -> Option<usize> {
    let mut taken = 0;
    // "Men bare ikke": of "but" alone nobody knows what follows.
    while let Some(rest) = words.get(taken..) {
        let leaves_out = [Role::Except, Role::Not].into_iter();
        if let Some(count) = leaves_out.filter_map(|role| lexicon().role(role, rest)).max() {
            return (rest.len() > count).then_some(taken + count);
        }
        taken += lexicon().role(Role::But, rest).or_else(|| lexicon().role(Role::Also, rest))?;
    }
    None
}

/// Whether words leave somebody or something out: `unntatt Per`, `bare ikke Per`.
pub(super) fn leaves_out(line: &str, words: &[Word]) -> bool {
    let small = |at: &usize| is_small(line, words, *at);
    (0..words.len()).filter(small).any(|at| {
        let rest = words.get(at..).unwrap_or_default();
        [Role::Not, Role::Except].into_iter().any(|role| lexicon().role(role, rest).is_some())
    })
}

fn is_small(line: &str, words: &[Word], at: usize) -> bool {
    let word = words.get(at).and_then(|word| line.get(word.at.clone()));
    word.is_some_and(|word| !word.starts_with(char::is_uppercase))
}

fn is_circle(name: &str) -> bool {
    let words = split(name);
    lexicon().circle(&words).is_some_and(|(_, count)| count == words.len())
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
            Some((circle, _)) => {
                of_members(circle)?;
                circles.push(circle);
            }
            None => people.push(name),
        }
    }
    Some(match (people.is_empty(), circles.as_slice()) {
        (_, []) => Audience::Named { names: people },
        (true, several) if several.contains(&Circle::All) => Audience::All,
        (..) => Audience::Several { names: people, circles },
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
    text.split([',', ';', '\n', '&', '+', '?'])
        .flat_map(at_and)
        .map(|name| tidy(name.trim().trim_end_matches(['.', '!', '?', ':']).trim()))
        .filter(|name| name.chars().any(char::is_alphanumeric))
        .collect()
}

/// `Kari  (kari@example.org)`, and an address with the link that Outlook sets behind it, as any
/// other name and address.
fn tidy(name: &str) -> String {
    let name = name.split_once("<mailto:").map_or(name, |(name, _)| name);
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    let name = if name.contains('(') { name } else { name.trim_end_matches(')').to_owned() };
    match name.strip_suffix(')').and_then(|name| name.split_once(" (")) {
        Some((name, address)) if address.contains('@') => format!("{name} <{address}>"),
        Some(_) | None => name,
    }
}

/// Whether each of `names` can be somebody's.
pub(super) fn are_persons(names: &[String]) -> bool {
    !names.is_empty() && !names.iter().any(|name| is_no_name(name))
}

/// Whether this is no name but the rest of a sentence, or has a word of ours in it: `Per også`,
/// `ikke Kari`, `Ola som vert`.
pub(super) fn is_no_name(name: &str) -> bool {
    let roles = [
        Role::Not,
        Role::Except,
        Role::If,
        Role::But,
        Role::Because,
        Role::Sentence,
        Role::To,
        Role::Nobody,
        Role::Gathering,
        Role::Last,
        Role::SignOff,
        Role::Also,
        Role::As,
    ];
    let words = split(name);
    let is_ours = |at: usize| {
        let rest = words.get(at..).unwrap_or_default();
        // "Guest 7" may be called so; "1" of "Per +1" is nobody.
        let digits =
            at == 0 && rest.first().is_some_and(|it| it.bare.chars().all(|c| c.is_ascii_digit()));
        let ours = || roles.into_iter().any(|role| lexicon().role(role, rest).is_some());
        let counted = || at == 0 && rest.len() > 1 && longest(&lexicon().numbers, rest).is_some();
        let dated = || scope::is_surely_date(rest.get(..1).unwrap_or_default());
        let thing = || {
            let key = longest(&lexicon().keys, rest).is_some();
            let long = rest.first().is_some_and(|word| word.bare.len() > LONGEST_NAME_LIKE_KEY);
            (key && long) || longest(&lexicon().kinds, rest).is_some()
        };
        digits || ours() || counted() || dated() || thing() || lexicon().circle(rest).is_some()
    };
    words.len() > WORDS_OF_A_NAME
        || (0..words.len()).any(|at| is_small(name, &words, at) && is_ours(at))
}

/// Of our keys, `max` may be somebody.
const LONGEST_NAME_LIKE_KEY: usize = 3;

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
