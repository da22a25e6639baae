//! `On … wrote:` in many languages and word orders, on one line or several.

use super::{Labels, Why};
use crate::understand::lexicon::MailWords;
use crate::understand::lines::Line;

/// Lines over which an attribution may be wrapped.
const MAX_WRAP: usize = 4;
/// Octets of an attribution.
const MAX_LENGTH: usize = 400;

pub(super) fn mark(lines: &[Line], words: &MailWords, labels: &mut Labels) {
    let mut at = 0;
    while at < lines.len() {
        let length = attribution(lines, labels, at, words);
        if length == 0 {
            at += 1;
            continue;
        }
        let after = at + length;
        let own_above = own(lines, labels, 0, at);
        let quote_follows = next_is_quote(lines, labels, after);
        for label in labels.iter_mut().skip(at).take(length) {
            *label = Some(Why::Attribution);
        }
        // Without marks all that follows is the original, unless that would leave nothing.
        if !quote_follows && own_above {
            for label in labels.iter_mut().skip(after) {
                label.get_or_insert(Why::Original);
            }
            return;
        }
        at = after;
    }
}

fn own(lines: &[Line], labels: &Labels, from: usize, to: usize) -> bool {
    lines
        .iter()
        .zip(labels)
        .take(to)
        .skip(from)
        .any(|(line, label)| label.is_none() && !line.text.trim().is_empty())
}

fn next_is_quote(lines: &[Line], labels: &Labels, from: usize) -> bool {
    lines
        .iter()
        .zip(labels)
        .skip(from)
        .find(|(line, _)| !line.text.trim().is_empty())
        .is_some_and(|(_, label)| matches!(label, Some(Why::Quote | Why::Sent)))
}

/// `Ja, gjerne! Den 5. november skrev Kari:` on one line becomes two, so that the answer stays.
pub(super) fn split_shared_lines(lines: Vec<Line>, words: &MailWords) -> Vec<Line> {
    let mut split = Vec::with_capacity(lines.len() + 1);
    for line in lines {
        match shared(&line, words).and_then(|at| line.text.split_at_checked(at)) {
            Some((own, attribution)) => {
                let own = own.trim_end().trim_end_matches('-').to_owned();
                split.push(Line { text: own, ..line.clone() });
                split.push(Line { text: attribution.to_owned(), ..line });
            }
            None => split.push(line),
        }
    }
    split
}

/// Where an attribution begins inside a line.
fn shared(line: &Line, words: &MailWords) -> Option<usize> {
    let text = line.text.trim_end();
    if line.depth > 0 || text.len() > MAX_LENGTH || !text.ends_with(':') || !words.says_wrote(text)
    {
        return None;
    }
    if words.begins_attribution(text)
        && text.starts_with(char::is_uppercase)
        && !text.contains(['!', '?'])
    {
        return None;
    }
    text.match_indices(' ').map(|(at, _)| at + 1).find(|at| {
        let rest = text.get(*at..).unwrap_or_default();
        let dated = rest.split_whitespace().nth(1).is_some_and(|word| {
            word.starts_with(|c: char| c.is_ascii_digit()) || words.begins_attribution(word)
        });
        rest.starts_with(char::is_uppercase)
            && dated
            && words.begins_attribution(rest)
            && is_attribution(rest, words)
    })
}

/// How many lines from `at` make an attribution; 0 for none.
fn attribution(lines: &[Line], labels: &Labels, at: usize, words: &MailWords) -> usize {
    let mut joined = String::new();
    for (count, (line, label)) in lines.iter().zip(labels).skip(at).take(MAX_WRAP).enumerate() {
        let text = line.text.trim();
        if label.is_some() || text.is_empty() {
            return 0;
        }
        if count > 0 {
            joined.push(' ');
        }
        joined.push_str(text);
        if joined.len() > MAX_LENGTH {
            return 0;
        }
        if count == 0 && !may_begin(text, words) {
            return 0;
        }
        if is_attribution(&joined, words) {
            return count + 1;
        }
    }
    0
}

fn may_begin(text: &str, words: &MailWords) -> bool {
    text.chars().next().is_some_and(|c| {
        c.is_alphanumeric() || matches!(c, '"' | '<' | '\'' | '*' | '-' | '[' | '=' | '(')
    }) && (words.begins_attribution(text)
        || text.contains('@')
        || text.chars().any(|c| c.is_ascii_digit())
        || words.says_wrote(text))
        && !text.ends_with(['!', '?'])
}

fn is_attribution(text: &str, words: &MailWords) -> bool {
    let is_rule = |c: char| matches!(c, '-' | '=' | ' ' | '*' | '_');
    let ruled = text.starts_with("---") && text.ends_with("---");
    let text = text.trim_matches(is_rule);
    let colon = text.strip_suffix(':').or_else(|| text.strip_suffix('：'));
    let body = colon.unwrap_or(text);
    let digits = body.chars().filter(char::is_ascii_digit).count();
    let address = body.contains('@');
    if colon.is_none()
        && body.starts_with(|c: char| c.is_ascii_digit())
        && body.ends_with('>')
        && digits >= 6
    {
        return address && body.split_whitespace().count() <= 8;
    }
    if colon.is_none() {
        // Some phones forget the colon or put dashes around the line.
        return words.ends_in_wrote(body)
            && (ruled || digits >= 6 && (address || words.begins_attribution(body)));
    }
    if words.says_wrote(body) {
        // A sentence of the person may say "as Kari wrote:"; a date or an address tells.
        return digits >= 3 || address || words.begins_attribution(body) && digits >= 1;
    }
    // Gmail once wrote `2014-05-01 12:30 GMT+02:00 Kari <kari@example.org>:`.
    address && digits >= 6 && body.ends_with('>')
}
