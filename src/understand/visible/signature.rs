//! Signatures, device lines, disclaimers and adverts at the end of what a person wrote.

use super::{Labels, Why, is_signature_zone};
use crate::understand::lexicon::MailWords;
use crate::understand::lines::Line;

/// Lines that a signature without delimiter may have.
const MAX_LINES: usize = 10;

pub(super) fn mark(lines: &[Line], words: &MailWords, labels: &mut Labels, name: &str) {
    mark_lines(lines, words, labels);
    mark_delimited(lines, labels);
    mark_boilerplate(lines, words, labels);
    mark_contact_block(lines, words, labels, name);
}

/// Lines that mail programs add, whole.
fn mark_lines(lines: &[Line], words: &MailWords, labels: &mut Labels) {
    let mut below_device = false;
    for (line, label) in lines.iter().zip(labels.iter_mut()) {
        if label.is_some() {
            continue;
        }
        let text = line.text.trim();
        let is_link = text.starts_with("<http") && text.ends_with('>');
        if is_signature_zone(line) {
            *label = Some(Why::Signature);
        } else if words.is_device(text) || below_device && is_link {
            *label = Some(Why::Device);
            below_device = true;
            continue;
        }
        below_device &= text.is_empty();
    }
}

/// From `-- ` to the next quote or the end.
fn mark_delimited(lines: &[Line], labels: &mut Labels) {
    let mut own_above = false;
    let mut inside = false;
    for (line, label) in lines.iter().zip(labels.iter_mut()) {
        if matches!(label, Some(Why::Quote | Why::Attribution | Why::Original | Why::Sent)) {
            inside = false;
            continue;
        }
        let text = line.text.trim();
        inside |= matches!(text, "--" | "—" | "---") && own_above || text == "--";
        if inside {
            label.get_or_insert(Why::Signature);
        }
        own_above |= label.is_none() && !text.is_empty();
    }
}

/// Paragraphs that a mail system adds: disclaimers, scanners, warnings about outside senders, with
/// the rows of dashes, stars or underscores around them.
fn mark_boilerplate(lines: &[Line], words: &MailWords, labels: &mut Labels) {
    for paragraph in paragraphs(lines, labels) {
        let texts = lines.iter().skip(paragraph.start).take(paragraph.len());
        // What stands above a row of dashes in the same paragraph is the person's.
        let above = texts.clone().take_while(|line| !is_rule(line)).count();
        let has_text_below = texts.clone().skip(above).any(|line| !is_rule(line));
        let below = if has_text_below { above } else { 0 };
        let text: Vec<&str> = texts.skip(below).map(|line| line.text.trim()).collect();
        let text = text.join(" ");
        if !words.is_boilerplate(&text) {
            continue;
        }
        let from = rules_from(lines, labels, paragraph.start + below);
        for label in labels.iter_mut().take(paragraph.end).skip(from) {
            label.get_or_insert(Why::Boilerplate);
        }
        mark_rules_below(lines, labels, paragraph.end);
    }
}

fn is_rule(line: &Line) -> bool {
    let text = line.text.trim();
    text.len() >= 4 && text.chars().all(|c| matches!(c, '_' | '-' | '=' | '*' | '~' | '#'))
}

/// Where the row of dashes above a disclaimer begins.
fn rules_from(lines: &[Line], labels: &Labels, start: usize) -> usize {
    let above = lines.iter().zip(labels).enumerate().take(start).rev();
    above
        .take_while(|(_, (line, label))| {
            label.is_none() && (line.text.trim().is_empty() || is_rule(line))
        })
        .map(|(at, _)| at)
        .last()
        .unwrap_or(start)
}

fn mark_rules_below(lines: &[Line], labels: &mut Labels, end: usize) {
    for (line, label) in lines.iter().zip(labels.iter_mut()).skip(end) {
        if label.is_some() || !line.text.trim().is_empty() && !is_rule(line) {
            return;
        }
        *label = Some(Why::Boilerplate);
    }
}

/// Ranges of kept lines without a blank line between them.
fn paragraphs(lines: &[Line], labels: &Labels) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut start = None;
    for (at, (line, label)) in lines.iter().zip(labels).enumerate() {
        let is_text = label.is_none() && !line.text.trim().is_empty();
        match (start, is_text) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                found.push(from..at);
                start = None;
            }
            (Some(_), true) | (None, false) => {}
        }
    }
    if let Some(from) = start {
        found.push(from..lines.len());
    }
    found
}

/// Name with title, telephone or company at the end, without any delimiter; its own "Kind regards"
/// goes with it. A name alone is a typed closing and stays.
fn mark_contact_block(lines: &[Line], words: &MailWords, labels: &mut Labels, name: &str) {
    let paragraphs = paragraphs(lines, labels);
    let Some(last) = paragraphs.last().cloned() else { return };
    let text = |at: usize| lines.get(at).map_or("", |line| line.text.trim());
    let is_named = |at: usize| same_name(text(at), name);
    let begins =
        |at: &usize| is_named(*at) || looks_like_name(text(*at)) || words.is_closing(text(*at));
    let Some(start) = last.clone().find(begins) else { return };
    let block = start..last.end;
    let tail: Vec<&str> = block.clone().map(text).collect();
    let plain_lines = tail.iter().all(|line| line.chars().count() <= 90 && !is_sentence(line));
    let has_contact = tail.iter().any(|line| is_contact(line));
    let named_with_more = is_named(start) && tail.len() >= 2;
    if tail.len() > MAX_LINES
        || !plain_lines
        || !(named_with_more || has_contact && tail.len() >= 2)
    {
        return;
    }
    let mut from = block.start;
    while let Some(above) = from.checked_sub(1) {
        let line = text(above);
        let kept = labels.get(above).is_some_and(Option::is_none);
        if !kept || !(line.is_empty() || words.is_closing(line)) {
            break;
        }
        from = above;
        if !line.is_empty() {
            break;
        }
    }
    // Nothing but a closing above: then the closing above a blank line was not one.
    for label in labels.iter_mut().take(block.end).skip(from) {
        label.get_or_insert(Why::Signature);
    }
}

fn same_name(line: &str, name: &str) -> bool {
    let words = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect::<Vec<_>>()
    };
    let (line, name) = (words(line), words(name));
    name.len() >= 2
        && line.len() <= name.len() + 1
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
fn is_contact(line: &str) -> bool {
    let digits = line.chars().filter(char::is_ascii_digit).count();
    let others = line.chars().filter(|c| c.is_alphabetic()).count();
    line.contains('@') && line.contains('.')
        || line.contains("www.")
        || line.contains("://")
        || line.contains(" | ")
        || digits >= 8 && others <= 12
}
