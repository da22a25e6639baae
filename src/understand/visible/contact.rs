//! Signatures without any delimiter: a name with title, company, telephone, at the end of a mail.
//! A name alone is a typed closing and stays.

use std::ops::Range;

use super::signature::paragraphs;
use super::{Labels, Why};
use crate::understand::lexicon::MailWords;
use crate::understand::lines::Line;

/// Lines that such a signature may have.
const MAX_LINES: usize = 12;
/// Paragraphs over which it may stretch: name and title, then company and telephone.
const MAX_PARAGRAPHS: usize = 3;

/// Cuts the block; its own "Kind regards" goes with it.
pub(super) fn mark(lines: &[Line], words: &MailWords, labels: &mut Labels, name: &str) {
    let mut paragraphs = paragraphs(lines, labels);
    let text = |at: usize| lines.get(at).map_or("", |line| line.text.trim());
    // A postscript below it is the person's.
    paragraphs.truncate(
        paragraphs
            .iter()
            .rposition(|paragraph| !is_postscript(text(paragraph.start)))
            .map_or(0, |last| last + 1),
    );
    let Some(end) = paragraphs.last().map(|last| last.end) else { return };
    // `Name: Kari Lie` is an answer in a form, not a signature.
    let named = |at: &usize| same_name(text(*at), name) && !text(*at).contains(": ");
    let begins =
        |at: &usize| named(at) || looks_like_name(text(*at)) || words.is_closing(text(*at));
    let first = paragraphs.get(paragraphs.len().saturating_sub(MAX_PARAGRAPHS)).cloned();
    let last = paragraphs.last().cloned();
    // The sender's own name may stand further up than a stranger's or a closing.
    let starts = [
        first.and_then(|paragraph| (paragraph.start..end).find(|at| named(at))),
        last.and_then(|mut paragraph| paragraph.find(begins)),
    ];
    for start in starts.into_iter().flatten() {
        if is_block(lines, labels, start..end, named(&start)) {
            let from = with_closing(lines, labels, start, words);
            for label in labels.iter_mut().take(end).skip(from) {
                label.get_or_insert(Why::Signature);
            }
            return;
        }
    }
}

fn is_block(lines: &[Line], labels: &Labels, block: Range<usize>, named: bool) -> bool {
    let kept = |at: usize| labels.get(at).is_some_and(Option::is_none);
    let texts = |range: Range<usize>| {
        lines
            .iter()
            .take(range.end)
            .skip(range.start)
            .map(|line| line.text.trim())
            .filter(|text| !text.is_empty())
    };
    let count = texts(block.clone()).count();
    let plain = texts(block.clone()).all(|line| line.chars().count() <= 90 && !is_sentence(line));
    // The lines of a company's register count as a disclaimer and stand right below.
    let register = |at: &usize| {
        text_is_empty(lines, *at)
            || labels.get(*at).is_some_and(|label| *label == Some(Why::Boilerplate))
    };
    let below = (block.end..lines.len()).take(6).take_while(register).count();
    let has_contact = texts(block.start..block.end + below).any(is_contact);
    let has_more = named && count >= 2 || has_contact && (count >= 2 || below > 1);
    let whole = block.into_iter().all(|at| kept(at) || text_is_empty(lines, at));
    whole && count <= MAX_LINES && plain && has_more
}

fn text_is_empty(lines: &[Line], at: usize) -> bool {
    lines.get(at).is_none_or(|line| line.text.trim().is_empty())
}

/// Where the closing above a block begins: "Kind regards", with blank lines between.
fn with_closing(lines: &[Line], labels: &Labels, start: usize, words: &MailWords) -> usize {
    let mut from = start;
    while let Some(above) = from.checked_sub(1) {
        let line = lines.get(above).map_or("", |line| line.text.trim());
        let kept = labels.get(above).is_some_and(Option::is_none);
        if !kept || !(line.is_empty() || words.is_closing(line)) {
            break;
        }
        from = above;
        if !line.is_empty() {
            break;
        }
    }
    from
}

/// `PS: …`, `P.S. …`
fn is_postscript(text: &str) -> bool {
    let start: String =
        text.chars().filter(|c| *c != '.').take_while(|c| c.is_alphabetic()).take(4).collect();
    matches!(start.as_str(), "PS" | "Ps" | "PPS" | "NB" | "OBS")
}

pub(super) fn same_name(line: &str, name: &str) -> bool {
    let words = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().count() > 1)
            .map(str::to_lowercase)
            .collect::<Vec<_>>()
    };
    let (line, name) = (words(line), words(name));
    name.len() >= 2
        && line.len() <= name.len() + 2
        && line.iter().filter(|word| name.contains(word)).count() >= 2
}

/// One to four words, each with a capital: `Brian Cutler`, `Kari M. Lie, siviløkonom`.
fn looks_like_name(line: &str) -> bool {
    let name = line.split([',', '|']).next().unwrap_or_default();
    let words: Vec<&str> = name.split_whitespace().collect();
    (2..=4).contains(&words.len())
        && words.iter().all(|word| word.starts_with(char::is_uppercase))
        && name.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '.' | '-' | '\''))
}

fn is_sentence(line: &str) -> bool {
    line.ends_with(['!', '?']) || line.ends_with('.') && line.split_whitespace().count() > 5
}

/// A telephone number, an address of the web or of mail, or fields between bars.
pub(super) fn is_contact(line: &str) -> bool {
    let digits = line.chars().filter(char::is_ascii_digit).count();
    let others = line.chars().filter(|c| c.is_alphabetic()).count();
    line.contains('@') && line.contains('.')
        || line.contains("www.")
        || line.contains("://")
        || line.contains(" | ")
        || digits >= 8 && others <= 12
}
