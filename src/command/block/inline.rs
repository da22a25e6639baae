//! `torsdag 10. desember kl 19 hos Ida, 12 plasser, inviter alle`: keys without names.

use crate::command::MOST_WORDS;
use crate::command::lexicon::{Key, Role, lexicon, longest};
use crate::command::line::{count, count_of_seats};
use crate::command::near::nearest;
use crate::command::when;
use crate::command::words::{Word, written};

/// What words that fit nothing else may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loose {
    /// The title, where they come first.
    Title,
    /// Nothing: then the line is not of this kind.
    Refused,
}

/// Something recognised at a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// A key whose whole value is these words, after skipping so many.
    Whole(Key, usize, usize),
    /// A key whose value begins after so many words.
    Opens(Key, usize),
}

/// Where in a line a word stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// After a comma, or after something recognised: a key may begin.
    Start,
    /// Within a value.
    Middle,
}

/// Keys and the words that were written for them.
type Found = Vec<(Key, String)>;

/// The keys and values of a line, or the words of it that fit nowhere.
pub(super) fn read<'w>(line: &str, words: &'w [Word], loose: Loose) -> Result<Found, &'w [Word]> {
    if words.len() > MOST_WORDS {
        return Err(words);
    }
    let mut found = Found::new();
    let mut rest = words;
    while !rest.is_empty() {
        let (key, skip, count) = match piece(rest, Place::Start) {
            Some(Piece::Whole(key, skip, count)) => (key, skip, count),
            Some(Piece::Opens(key, skip)) => {
                let value = rest.get(skip..).unwrap_or_default();
                (key, skip, skip + value_length(key, value))
            }
            None => {
                let count = value_length(Key::Where, rest);
                let unknown = rest.get(..count).unwrap_or(rest);
                let key = loose_key(&found, loose).filter(|_| near_date(unknown).is_none());
                (key.ok_or(unknown)?, 0, count)
            }
        };
        let value = rest.get(skip..count).unwrap_or_default();
        found.push(at_somebodys((key, value_text(key, line, value))));
        rest = rest.get(count.max(1)..).unwrap_or_default();
    }
    Ok(found)
}

/// The day or month that one of `words` was perhaps meant to be: `trosdag` is no title.
pub(super) fn near_date(words: &[Word]) -> Option<&'static str> {
    let days = || lexicon().weekdays.keys().chain(lexicon().months.keys());
    let long = |name: &&String| name.len() >= 5;
    words.iter().find_map(|word| nearest(&word.bare, days().filter(long).map(String::as_str)))
}

/// Words that no key announces: the title in front, the address after the host.
fn loose_key(found: &[(Key, String)], loose: Loose) -> Option<Key> {
    match found.last() {
        None if loose == Loose::Title => Some(Key::Title),
        Some((Key::Host, _)) if !found.iter().any(|(key, _)| *key == Key::Where) => {
            Some(Key::Where)
        }
        None | Some(_) => None,
    }
}

fn piece(words: &[Word], place: Place) -> Option<Piece> {
    let skipped = lexicon().role(Role::AtMost, words).unwrap_or(0);
    let counted = words.get(skipped..)?;
    if let Some((_, count)) = count_of_seats(counted) {
        return Some(Piece::Whole(Key::Seats, skipped, skipped + count));
    }
    if let Some((_, count)) = when::read(words) {
        return Some(Piece::Whole(Key::When, 0, count));
    }
    if let Some((_, taken)) = count(counted).filter(|_| skipped > 0) {
        return Some(Piece::Whole(Key::Seats, skipped, skipped + taken));
    }
    if let Some(count) = lexicon().role(Role::HostMarker, words) {
        return Some(Piece::Opens(Key::Host, count));
    }
    if place == Place::Middle {
        return None;
    }
    if let Some((key, count)) = longest(&lexicon().keys, words) {
        return Some(Piece::Opens(key, count));
    }
    let count = lexicon().role(Role::PlaceMarker, words).filter(|count| *count < words.len())?;
    Some(Piece::Opens(Key::Where, count))
}

/// How many words a value takes: to the next comma after which something else begins. A host's
/// name ends at any comma, and a name or an address also where a date begins; a menu does not.
fn value_length(key: Key, words: &[Word]) -> usize {
    let short = matches!(key, Key::Host | Key::Where);
    (1..words.len())
        .find(|at| {
            let comma = words.get(at - 1).is_some_and(|word| word.breaks);
            let rest = words.get(*at..).unwrap_or_default();
            if comma {
                key == Key::Host || piece(rest, Place::Start).is_some()
            } else {
                short
                    && (piece(rest, Place::Middle).is_some()
                        || (key == Key::Host && is_place(rest)))
            }
        })
        .unwrap_or(words.len())
}

/// `i Storgata 5`, behind a name.
fn is_place(words: &[Word]) -> bool {
    lexicon().role(Role::PlaceMarker, words).is_some_and(|count| count < words.len())
}

fn value_text(key: Key, line: &str, value: &[Word]) -> String {
    let filler = || lexicon().role(Role::On, value).or_else(|| lexicon().role(Role::About, value));
    let filler = Some(key).filter(|key| *key == Key::Title).and_then(|_| filler());
    let value = filler.and_then(|count| value.get(count..)).unwrap_or(value);
    written(line, value).to_owned()
}

/// "at Ida's" names the host, "at Café Sara" the place.
fn at_somebodys((key, text): (Key, String)) -> (Key, String) {
    let ends = ["'s", "’s", "'s place", "’s place", "'s house", "’s house"];
    let name = ends.iter().find_map(|end| text.strip_suffix(end)).map(str::to_owned);
    match (key, name) {
        (Key::Where | Key::Host, Some(name)) => (Key::Host, name),
        (key, _) => (key, text),
    }
}
