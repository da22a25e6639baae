//! Signatures, device lines, disclaimers and adverts at the end of what a person wrote.

use super::{Labels, Why, contact, is_signature_zone};
use crate::understand::lexicon::MailWords;
use crate::understand::lines::Line;

pub(super) fn mark(lines: &[Line], words: &MailWords, labels: &mut Labels, name: &str) {
    mark_lines(lines, words, labels);
    mark_delimited(lines, labels, name);
    mark_banners(lines, words, labels);
    mark_boilerplate(lines, words, labels);
    contact::mark(lines, words, labels, name);
}

/// Lines that mail programs add, whole.
fn mark_lines(lines: &[Line], words: &MailWords, labels: &mut Labels) {
    let mut below_device = false;
    for (line, label) in lines.iter().zip(labels.iter_mut()) {
        if label.is_some() {
            continue;
        }
        let text = line.text.trim();
        let is_link = is_bare_link(text);
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

/// `https://…` and nothing else, in whatever brackets.
fn is_bare_link(text: &str) -> bool {
    let inside = text.trim_matches(['<', '>', '(', ')', '[', ']', ' ']);
    inside.contains("://") && inside.starts_with("http") && !inside.contains(char::is_whitespace)
}

/// From `-- ` to the next quote or the end.
fn mark_delimited(lines: &[Line], labels: &mut Labels, name: &str) {
    let mut own_above = false;
    let mut inside = false;
    for (at, line) in lines.iter().enumerate() {
        let Some(label) = labels.get_mut(at) else { return };
        if matches!(label, Some(Why::Quote | Why::Attribution | Why::Original | Why::Sent)) {
            inside = false;
            continue;
        }
        let text = line.text.trim();
        let delimits = matches!(text, "--" | "—" | "---") && own_above || text == "--";
        inside |= delimits && !goes_on(lines, at + 1, name);
        if inside {
            label.get_or_insert(Why::Signature);
        }
        own_above |= label.is_none() && !text.is_empty();
    }
}

/// Two dashes as a pause: a sentence goes on below them in lower case.
fn goes_on(lines: &[Line], from: usize, name: &str) -> bool {
    let below = lines.iter().skip(from).map(|line| line.text.trim()).find(|text| !text.is_empty());
    below.is_some_and(|text| {
        text.starts_with(char::is_lowercase)
            && text.split_whitespace().count() >= 3
            && !contact::is_contact(text)
            && !contact::same_name(text, name)
    })
}

/// Warnings that a mail system puts above a mail. Often the mail begins in the very next line, so
/// each ends where its own sentence does.
fn mark_banners(lines: &[Line], words: &MailWords, labels: &mut Labels) {
    for paragraph in paragraphs(lines, labels) {
        let texts = lines.iter().take(paragraph.end).skip(paragraph.start);
        let texts: Vec<&str> = texts.map(|line| line.text.trim()).collect();
        let mut inside = false;
        for (at, text) in texts.iter().enumerate() {
            let above = at.checked_sub(1).and_then(|above| texts.get(above));
            let is_open = above
                .is_some_and(|above| above.ends_with(|c: char| c.is_alphanumeric() || c == ','));
            let goes_on = inside && is_open && text.starts_with(char::is_lowercase);
            let below = texts.get(at + 1).filter(|_| at == 0);
            let is_wrapped = below.is_some_and(|below| {
                !words.is_banner(below) && words.is_banner(&format!("{text} {below}"))
            });
            inside = words.is_banner(text) || goes_on || is_wrapped;
            let label = labels.get_mut(paragraph.start + at).filter(|_| inside);
            if let Some(label) = label {
                *label = Some(Why::Boilerplate);
            }
        }
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
    let above = super::pairs(lines, labels, 0..start).enumerate().rev();
    above
        .take_while(|(_, (line, label))| {
            label.is_none() && (line.text.trim().is_empty() || is_rule(line))
        })
        .map(|(at, _)| at)
        .last()
        .unwrap_or(start)
}

fn mark_rules_below(lines: &[Line], labels: &mut Labels, end: usize) {
    for (line, label) in lines.iter().skip(end).zip(labels.iter_mut().skip(end)) {
        if label.is_some() || !line.text.trim().is_empty() && !is_rule(line) {
            return;
        }
        *label = Some(Why::Boilerplate);
    }
}

/// Ranges of kept lines without a blank line between them.
pub(super) fn paragraphs(lines: &[Line], labels: &Labels) -> Vec<std::ops::Range<usize>> {
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
