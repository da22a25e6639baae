//! A line as words: folded for comparison, with their places in the line as written.
//!
//! Invariant: every range lies on character boundaries of its line.

use std::ops::Range;

/// One word of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Folded, without punctuation around it: `tors` of `Tors.`.
    pub(super) bare: String,
    /// Where it stands in the line, without punctuation around it.
    pub(super) at: Range<usize>,
    /// Whether a full stop follows directly: `12.` is an ordinal in Norwegian.
    pub(super) dot: bool,
    /// Whether a comma, colon, semicolon, dash or the end of a sentence follows.
    pub(super) breaks: bool,
}

/// The words of a line.
pub(super) fn split(line: &str) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut offset = 0;
    for token in line.split(char::is_whitespace).flat_map(at_sign) {
        let start = offset;
        offset = start + token.len() + line_gap(line, start + token.len());
        let front = token.len() - token.trim_start_matches(is_edge).len();
        let bare = token.trim_matches(is_edge);
        let after = token.get(front + bare.len()..).unwrap_or("");
        if bare.is_empty() {
            if !token.is_empty()
                && let Some(last) = words.last_mut()
            {
                last.breaks = true;
            }
            continue;
        }
        words.push(Word {
            bare: fold(bare),
            at: start + front..start + front + bare.len(),
            dot: after.starts_with('.'),
            breaks: after
                .chars()
                .any(|c| matches!(c, ',' | ';' | ':' | '!' | '?' | ')' | '–' | '—')),
        });
    }
    words
}

/// The part of `line` from the first to the last of `words`, as written.
pub(super) fn written<'a>(line: &'a str, words: &[Word]) -> &'a str {
    match (words.first(), words.last()) {
        (Some(first), Some(last)) => {
            // "Kari Lie <kari@example.org>" keeps its bracket, and so does "Kari (i Oslo)".
            let inside = line.get(first.at.start..last.at.end).unwrap_or("");
            let opened = inside.contains('(') && !inside.contains(')');
            let closes = |rest: &str| rest.starts_with('>') || (opened && rest.starts_with(')'));
            let bracket = line.get(last.at.end..).is_some_and(closes);
            line.get(first.at.start..last.at.end + usize::from(bracket)).unwrap_or("")
        }
        (None, _) | (_, None) => "",
    }
}

/// The part of `line` from the first of `words` to its end, as written, trimmed, with what opens
/// before the first word.
pub(super) fn from_word<'a>(line: &'a str, words: &[Word]) -> &'a str {
    let Some(first) = words.first() else { return "" };
    let before = line.get(..first.at.start).unwrap_or("");
    let opens = before.trim_end_matches(['«', '“', '„', '"', '(', '[']).len();
    line.get(opens..).unwrap_or("").trim()
}

/// A text without the quotation marks or brackets that stand around the whole of it.
pub(super) fn unquoted(text: &str) -> &str {
    let pairs = [('«', '»'), ('“', '”'), ('„', '“'), ('"', '"'), ('(', ')'), ('”', '”')];
    let inside = pairs.into_iter().find_map(|(open, close)| {
        let inside = text.strip_prefix(open)?.strip_suffix(close)?;
        (!inside.contains([open, close])).then_some(inside)
    });
    inside.unwrap_or(text).trim()
}

/// Whether a colon stands right after `word`.
pub(super) fn colon_after(line: &str, word: &Word) -> bool {
    let after = line.get(word.at.end..).unwrap_or("");
    let after = after.trim_start_matches(['*', '_', '?', '"', '»']).trim_start();
    let smiles = [":)", ":-", ":(", ":D"].into_iter().any(|smile| after.starts_with(smile));
    after.starts_with([':', '：']) && !smiles
}

/// Whether a sentence ends with `word`.
pub(super) fn ends_sentence(line: &str, word: &Word) -> bool {
    line.get(word.at.end..).is_some_and(|rest| rest.starts_with(['.', '!', '?', ';']))
}

/// Lower case, without apostrophes and combining marks, and with å, ø and æ as a phone without a
/// Norwegian keyboard writes them: a, o, a.
pub(super) fn fold(text: &str) -> String {
    let lower = text.chars().flat_map(char::to_lowercase);
    let folded = lower.filter_map(|c| match c {
        'å' | 'æ' | 'ä' | 'à' | 'á' | 'â' => Some('a'),
        'ø' | 'ö' | 'ò' | 'ó' | 'ô' => Some('o'),
        'é' | 'è' | 'ê' => Some('e'),
        'ü' => Some('u'),
        '\'' | '’' | '‘' | '`' | '´' | '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' => None,
        '‐' | '‑' => Some('-'),
        other => Some(other),
    });
    folded.collect()
}

/// A name for comparison: without case, accents and signs, and with aa, oe and ae as å, ø and æ.
pub fn fold_name(name: &str) -> String {
    let words: Vec<String> = split(name).into_iter().map(|word| word.bare).collect();
    words.join(" ").replace("aa", "a").replace("oe", "o").replace("ae", "a")
}

/// How a phrase of ours may be written: with its letters folded, or with aa, oe and ae for them.
/// Only where the phrase has them: "aavlys" is not "avlys".
pub(super) fn spellings(phrase: &str) -> [String; 2] {
    let lower = phrase.to_lowercase();
    let spelt = lower.replace('å', "aa").replace(['ø', 'ö'], "oe").replace(['æ', 'ä'], "ae");
    [fold(phrase), fold(&spelt)]
}

/// How many insertions, deletions, replacements and swaps of neighbours lead from `a` to `b`, or
/// `None` if more than `limit` (optimal string alignment, in bounded time).
pub fn distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let (long, short) = (a.chars().count(), b.chars().count());
    if long.abs_diff(short) > limit || long > 64 {
        return None;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let get = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let mut best = (get(&row, j) + usize::from(x != y))
                .min(get(&row, j + 1) + 1)
                .min(get(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(get(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().filter(|steps| *steps <= limit)
}

/// Punctuation that may stand around a word. Digits' own signs (`+`, `/`, `-` inside) stay.
fn is_edge(c: char) -> bool {
    !c.is_alphanumeric() && !matches!(c, '+' | '@' | '\u{300}'..='\u{36f}')
}

/// `Meny:Torsk` and `Anne,12` are two words: thumbs skip the space. Addresses and times stay whole.
fn at_sign(token: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(token);
    std::iter::from_fn(move || {
        let whole = rest.take()?;
        let letters = whole.find(|c: char| !c.is_alphabetic()).unwrap_or(whole.len());
        let (before, after) = whole.split_at(letters);
        let behind = after.strip_prefix([':', ',', ';']).filter(|_| !before.is_empty());
        let Some(behind) = behind.filter(|it| it.starts_with(char::is_alphanumeric)) else {
            return Some(whole);
        };
        rest = Some(behind);
        whole.get(..=letters)
    })
}

/// The length of the one white space character at `at`, if there is one.
fn line_gap(line: &str, at: usize) -> usize {
    let next = line.get(at..).and_then(|rest| rest.chars().next());
    next.filter(|c| c.is_whitespace()).map_or(0, char::len_utf8)
}
