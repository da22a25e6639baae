//! One line of a guest's or member's mail: the wishes in it, and what is left of it.

use super::sentence::{self, Meant};
use super::words::words;
use super::{Sent, Shared, Spotted, Wish, place};
use crate::command::words::{Word, colon_after, ends_sentence, split};
use crate::command::{Context, Problem};
use crate::mail::clean_line;

/// What was found at the first of some lines.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) spotted: Vec<Spotted>,
    pub(super) problems: Vec<Problem>,
    /// What is left of the lines.
    pub(super) rest: Vec<String>,
    /// How many lines belong to it.
    pub(super) lines: usize,
}

/// Characters of a text that is passed on.
const LONGEST_TEXT: usize = 400;
/// Lines over which such a text may go on.
const MOST_LINES_OF_TEXT: usize = 8;

/// Reads the first of `lines`.
pub(super) fn read(lines: &[&str], sent: Sent, context: Context) -> Found {
    let Some(raw) = lines.first() else { return Found::default() };
    let line = without_bullet(raw.trim());
    let words = split(line);
    let mut found = Found { lines: 1, ..Found::default() };
    if words.is_empty() {
        found.rest.push((*raw).to_owned());
        return found;
    }
    if sent == Sent::Elsewhere
        && !sentence::opens(&words)
        // "les: kommer snart" is no answer to a gathering called "les".
        && shared(line, &words).is_none()
        && let Some(answer) = place::answer(line, &words, context)
    {
        match answer {
            Ok(wish) => found.take(wish, line),
            Err(kind) => found.problems.push(Problem::new(line, kind)),
        }
        return found;
    }
    if let Some(word) = sentence::slip(line, &words) {
        found.problems.push(Problem::near(line, word));
        return found;
    }
    let mut left = String::new();
    for part in parts(line, &words) {
        let text = line.get(part.from..).unwrap_or_default();
        if let Some((what, from)) = shared(line, part.words) {
            let (text, more) = with_lines_below(line.get(from..).unwrap_or_default(), lines);
            found.take(Wish::Share { what, text }, line);
            found.lines += more;
            break;
        }
        let written = line.get(part.from..part.to).unwrap_or(text).trim();
        match sentence::read(line, part.words, written, context) {
            Meant::Nothing => left.push_str(line.get(part.from..part.to).unwrap_or_default()),
            Meant::Wish(Wish::Nominate { .. }) => {
                let (text, more) = with_lines_below(text, lines);
                found.take(Wish::Nominate { text }, line);
                found.lines += more;
                break;
            }
            Meant::Wish(wish) => found.take(wish, written),
            Meant::More { more, before } => {
                left.push_str(line.get(part.from..before).unwrap_or_default());
                found.take(Wish::Plus { more }, written);
            }
            Meant::Problem(kind) => found.problems.push(Problem::new(written, kind)),
        }
    }
    if found.spotted.is_empty() && found.problems.is_empty() {
        found.rest.push((*raw).to_owned());
    } else if !left.trim().is_empty() {
        found.rest.push(left.trim().to_owned());
    }
    found
}

impl Found {
    fn take(&mut self, wish: Wish, line: &str) {
        self.spotted.push(Spotted { wish, line: line.trim().chars().take(200).collect() });
    }
}

/// A sentence of a line.
struct Part<'w> {
    words: &'w [Word],
    from: usize,
    to: usize,
}

/// The sentences of a line, each up to where the next begins.
fn parts<'w>(line: &str, words: &'w [Word]) -> Vec<Part<'w>> {
    let ends_here = |at: usize| {
        words.get(at).is_some_and(|word| {
            // "12. mars" is no end of a sentence, "kl 8. Husk" is.
            let is_number = word.dot && word.bare.chars().all(|c| c.is_ascii_digit());
            let next = words.get(at + 1).and_then(|next| line.get(next.at.start..));
            let goes_on = next.is_some_and(|next| next.starts_with(char::is_lowercase));
            ends_sentence(line, word) && !(is_number && goes_on)
        })
    };
    let mut parts = Vec::new();
    let mut start = 0;
    for at in 0..words.len() {
        if ends_here(at) || at + 1 == words.len() {
            let from = if start == 0 { 0 } else { start_of(words, start) };
            let to = words.get(at + 1).map_or(line.len(), |next| next.at.start);
            parts.push(Part { words: words.get(start..=at).unwrap_or_default(), from, to });
            start = at + 1;
        }
    }
    parts
}

fn start_of(words: &[Word], at: usize) -> usize {
    words.get(at).map_or(0, |word| word.at.start)
}

/// `les:`, `tilbyr:` and where the text behind it begins.
fn shared(line: &str, part: &[Word]) -> Option<(Shared, usize)> {
    let colon = part.iter().take(4).position(|word| colon_after(line, word))?;
    let what = words().text(part.get(..=colon)?)?;
    part.get(colon + 1)?;
    let end = part.get(colon)?.at.end;
    let sign = line.get(end..)?.find([':', '：'])?;
    let sign_length = line.get(end + sign..)?.chars().next().map_or(1, char::len_utf8);
    Some((what, end + sign + sign_length))
}

/// A text with the lines below that belong to it: up to an empty line, or one that asks for more.
fn with_lines_below(first: &str, lines: &[&str]) -> (String, usize) {
    let mut text = first.to_owned();
    let mut count = 0;
    for line in lines.iter().skip(1).take(MOST_LINES_OF_TEXT) {
        let words = split(without_bullet(line.trim()));
        if words.is_empty() || begins_anew(line, &words) {
            break;
        }
        text.push(' ');
        text.push_str(line.trim());
        count += 1;
    }
    (clean_line(&text, LONGEST_TEXT), count)
}

fn begins_anew(line: &str, words: &[Word]) -> bool {
    let own = sentence::opens(words) || shared(without_bullet(line.trim()), words).is_some();
    own || super::opens_and_ends(crate::command::lexicon::Role::SignOff, words, 4)
        || super::opens_and_ends(crate::command::lexicon::Role::Thanks, words, 2)
}

/// A line without `-`, `*` or `•` before it.
fn without_bullet(line: &str) -> &str {
    line.trim_start_matches(['-', '*', '•', '–', '—', '·', '→']).trim_start()
}
