//! Originals below a block of header lines (`From: Sent: To: Subject:`) or a separator, without
//! quote marks: all below is the original, but for answers with initials or in a colour.

use std::collections::BTreeSet;

use super::{Labels, Why};
use crate::mail::Message;
use crate::understand::lexicon::MailWords;
use crate::understand::lines::{self, Line};

/// Lines of a header block that are looked at, those that go on in the next line included.
const MAX_BLOCK: usize = 10;

pub(super) fn mark(lines: &[Line], words: &MailWords, labels: &mut Labels, message: &Message) {
    let (subject, _) = words.without_reply_prefix(&message.subject);
    let Some(start) = first(lines, words, labels, subject) else { return };
    let coloured: BTreeSet<String> = lines::rich(message)
        .into_iter()
        .filter(|line| line.coloured)
        .map(|line| line.text)
        .collect();
    for (line, label) in lines.iter().zip(labels.iter_mut()).skip(start) {
        let text = line.text.trim();
        let is_answer = has_initials(text) || !text.is_empty() && coloured.contains(text);
        if label.is_none() && !is_answer {
            *label = Some(Why::Original);
        }
    }
}

/// The line where an unmarked original begins.
fn first(lines: &[Line], words: &MailWords, labels: &Labels, subject: &str) -> Option<usize> {
    let own = lines.iter().zip(labels).enumerate().filter(|(_, (_, label))| label.is_none());
    own.map(|(at, (line, _))| (at, line.text.trim())).find_map(|(at, text)| {
        if words.is_separator(text) {
            return Some(at);
        }
        let begins = words.header_field(text).is_some() && is_block(lines, at, words)
            || field(text).is_some() && is_foreign_block(lines, at, words, subject);
        begins.then(|| rule_above(lines, at))
    })
}

/// `Name: value`, whatever the name.
fn field(text: &str) -> Option<(&str, &str)> {
    let (name, value) = text.split_once(':').or_else(|| text.split_once('：'))?;
    let fits = name.len() <= 40 && name.split_whitespace().count() <= 3;
    (fits && !value.trim().is_empty()).then_some((name, value.trim_matches(['*', ' ', '\u{a0}'])))
}

/// In a language that nobody taught us: three fields and more in a row, an address in one of them
/// and the subject of this very mail in another.
fn is_foreign_block(lines: &[Line], at: usize, words: &MailWords, subject: &str) -> bool {
    let texts = lines.iter().skip(at).map(|line| line.text.trim());
    let values: Vec<&str> = texts.take(MAX_BLOCK).map_while(|text| Some(field(text)?.1)).collect();
    let is_subject = |value: &&str| words.without_reply_prefix(value).0 == subject;
    values.len() >= 3
        && !subject.is_empty()
        && values.iter().any(|value| value.contains('@'))
        && values.iter().any(is_subject)
}

/// Whether the lines from `at` are fields of a mail. A person may type `Date:` or `To:`, but not a
/// sender with a subject, nor three of them with a day on which it was sent.
fn is_block(lines: &[Line], at: usize, words: &MailWords) -> bool {
    let texts =
        || lines.iter().skip(at).map(|line| line.text.trim()).filter(|text| !text.is_empty());
    let mut names: BTreeSet<&str> = BTreeSet::new();
    let (mut addressed, mut dated) = (false, false);
    let mut next = texts().skip(1);
    for text in texts().take(MAX_BLOCK) {
        let below = next.next().unwrap_or_default();
        let Some(name) = words.header_field(text) else {
            // A value that goes on in a second line, as a long address does.
            let goes_on = text.contains('@') || words.header_field(below).is_some();
            if goes_on && text.len() <= 200 {
                continue;
            }
            break;
        };
        addressed |= matches!(name, "from" | "to") && (text.contains('@') || below.contains('@'));
        dated |= name == "sent" && text.chars().filter(char::is_ascii_digit).count() >= 6;
        names.insert(name);
    }
    let has = |name: &str| names.contains(name);
    has("from") && (names.len() >= 3 || has("subject"))
        || has("sent") && names.len() >= 3
        || dated && addressed && names.len() >= 2
}

/// A row of underscores or dashes above a header block belongs to it.
fn rule_above(lines: &[Line], at: usize) -> usize {
    let above = lines.iter().take(at).enumerate().rev().take(3);
    above
        .filter(|(_, line)| {
            let text = line.text.trim();
            text.len() >= 4 && text.chars().all(|c| matches!(c, '_' | '-' | '=' | '*'))
        })
        .map(|(above, _)| above)
        .min()
        .unwrap_or(at)
}

/// `[SO] Yes`: how Outlook marks answers with the initials of their author.
fn has_initials(text: &str) -> bool {
    let initials = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    initials.is_some_and(|(name, answer)| {
        (2..=30).contains(&name.chars().count())
            && name.chars().all(|c| c.is_alphabetic() || c.is_whitespace() || c == '.')
            && !answer.trim().is_empty()
    })
}
