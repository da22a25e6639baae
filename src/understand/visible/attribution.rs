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
    let (mut own_above, mut looked) = (false, false);
    while let Some(line) = lines.get(at) {
        let length = attribution(lines, labels, at, words);
        if length == 0 {
            let is_kept = labels.get(at).is_some_and(Option::is_none);
            own_above |= is_kept && !line.text.trim().is_empty();
            at += 1;
            continue;
        }
        let after = at + length;
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
        // What no letter asks below the first attribution none asks below the next.
        if !quote_follows && !looked {
            mark_invitation(lines, words, labels, after);
            looked = true;
        }
        at = after;
    }
}

/// A letter below an attribution that asks for yes or no is ours, although no mark says so: up to
/// the name below its closing, or to the end.
fn mark_invitation(lines: &[Line], words: &MailWords, labels: &mut Labels, from: usize) {
    let texts = || lines.iter().map(|line| line.text.trim()).enumerate().skip(from);
    let Some((asks, _)) = texts().find(|(_, text)| words.asks_yes_or_no(text)) else { return };
    let closing = texts().find(|(at, text)| *at > asks && words.is_closing(text));
    let end = closing.map_or(lines.len(), |(closing, _)| {
        let names = texts().skip_while(|(at, _)| *at <= closing);
        closing + 1 + names.take_while(|(_, text)| !text.is_empty()).take(2).count()
    });
    for label in labels.iter_mut().take(end).skip(from) {
        label.get_or_insert(Why::Original);
    }
}

fn next_is_quote(lines: &[Line], labels: &Labels, from: usize) -> bool {
    super::pairs(lines, labels, from..lines.len())
        .find(|(line, _)| !line.text.trim().is_empty())
        .is_some_and(|(_, label)| matches!(label, Some(Why::Quote | Why::Sent)))
}

/// What stands on one line with an attribution becomes a line of its own: the answer before it
/// (`Ja, gjerne! Den 5. november skrev Kari:`) and the quote behind it.
pub(super) fn split_shared_lines(lines: Vec<Line>, words: &MailWords) -> Vec<Line> {
    let mut split = Vec::with_capacity(lines.len() + 1);
    let mut lines = lines.into_iter().peekable();
    while let Some(mut line) = lines.next() {
        if let Some((attribution, rest)) = quote_behind(&line, words) {
            split.push(Line { text: attribution.to_owned(), ..line.clone() });
            split.push(Line { text: rest.to_owned(), ..line });
            continue;
        }
        let next = lines.peek().filter(|next| next.depth == 0).map_or("", |next| &next.text);
        if let Some((own, attribution)) = answer_before(&line, next, words) {
            let own = own.trim_end().trim_end_matches('-').to_owned();
            split.push(Line { text: own, ..line.clone() });
            let attribution = attribution.to_owned();
            line.text = attribution;
        }
        split.push(line);
    }
    split
}

/// `On Thu, 5 Nov 2026, Kari<kari@example.org> wrote:   Dear Tom,` (Yahoo on telephones).
fn quote_behind<'a>(line: &'a Line, words: &MailWords) -> Option<(&'a str, &'a str)> {
    let text = line.text.trim();
    if line.depth > 0 || !words.begins_attribution(text) || !text.contains('@') {
        return None;
    }
    let colon = text.match_indices(": ").map(|(at, _)| at + 1).find(|at| {
        let head = text.get(..*at).unwrap_or_default();
        head.len() <= MAX_LENGTH && words.ends_in_wrote(head.trim_end_matches(':'))
    })?;
    let (head, rest) = text.split_at_checked(colon)?;
    (is_attribution(head, words, Quote::Unknown) && !rest.trim().is_empty()).then_some((head, rest))
}

/// Splits a line in which an attribution, perhaps wrapped into the next line, follows an answer.
fn answer_before<'a>(line: &'a Line, next: &str, words: &MailWords) -> Option<(&'a str, &'a str)> {
    let text = line.text.trim_end();
    let is_whole = text.ends_with([':', '：']);
    let wraps = !is_whole && next.trim_end().ends_with([':', '：']) && text.contains([',', '<']);
    if line.depth > 0 || text.len() > MAX_LENGTH || !(is_whole || wraps) {
        return None;
    }
    let tail = if wraps { next.trim() } else { "" };
    if tail.len() > MAX_LENGTH || !words.says_wrote(text) && !words.says_wrote(tail) {
        return None;
    }
    // A line that begins with an attribution has none further on.
    if opens_with_a_date(text, words) {
        return None;
    }
    let begins = |at: &usize| {
        let rest = text.get(*at..).unwrap_or_default();
        rest.starts_with(char::is_uppercase)
            && (opens_with_a_date(rest, words) || ends_a_sentence(text, *at) && is_named(rest))
            && is_attribution(format!("{rest} {tail}").trim(), words, Quote::Unknown)
    };
    let at = text.match_indices(' ').map(|(at, _)| at + 1).find(begins)?;
    text.split_at_checked(at)
}

/// `On Nov 5`, `Den tors 5 nov.`, `Am 05.11.`: a word of attributions and soon a number.
fn opens_with_a_date(text: &str, words: &MailWords) -> bool {
    let starts_with_digit =
        |word: &str| word.trim_start_matches(['(', '"']).starts_with(|c: char| c.is_ascii_digit());
    words.begins_attribution(text)
        && text
            .split_whitespace()
            .skip(1)
            .take(4)
            .take_while(|word| !word.ends_with(['!', '?']))
            .any(starts_with_digit)
}

fn ends_a_sentence(text: &str, at: usize) -> bool {
    text.get(..at).is_some_and(|before| before.trim_end().ends_with(['.', '!', '?', ')']))
}

/// `Kari Lie <kari@example.org> …`: a name of a few words before an address.
fn is_named(text: &str) -> bool {
    text.split_once('<').is_some_and(|(name, rest)| {
        name.split_whitespace().count() <= 6
            && !name.contains(['.', '!', '?', ':'])
            && rest.split_once('>').is_some_and(|(address, _)| address.contains('@'))
    })
}

/// What follows the lines in question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quote {
    /// A line that is marked as a quote.
    Follows,
    /// Something else, or nobody has looked.
    Unknown,
}

/// How many lines from `at` make an attribution; 0 for none.
fn attribution(lines: &[Line], labels: &Labels, at: usize, words: &MailWords) -> usize {
    if lines.get(at).is_some_and(is_groupwise) {
        return 1;
    }
    let mut wrapped: Vec<&str> = Vec::with_capacity(MAX_WRAP);
    for (count, (line, label)) in super::pairs(lines, labels, at..at + MAX_WRAP).enumerate() {
        let text = line.text.trim();
        // `> wrote:` is no quote where the line above ends in an open `<address`.
        let is_tail = count > 0 && line.depth == 1 && words.is_wrote(text.trim_end_matches(':'));
        if label.is_some() && !is_tail || text.is_empty() {
            return 0;
        }
        wrapped.push(text);
        let joined = wrapped.join(" ");
        if joined.len() > MAX_LENGTH || count == 0 && !may_begin(text, words) {
            return 0;
        }
        let follows = next_is_quote(lines, labels, at + count + 1);
        let quote = if follows { Quote::Follows } else { Quote::Unknown };
        if is_attribution(&joined, words, quote) {
            let starts_below = (1..wrapped.len()).any(|first| {
                let (own, rest) = wrapped.split_at_checked(first).unwrap_or_default();
                begins_anew(&own.join(" "), &rest.join(" "), words)
            });
            return if starts_below { 0 } else { count + 1 };
        }
    }
    0
}

/// Whether a text is an attribution by itself and what stands above it an answer: `Vi blir 3.` and
/// below it, without a blank line, `Den 5. november skrev Kari:`. An attribution that is wrapped goes
/// on in lower case or with an address, or its first line is a date.
fn begins_anew(above: &str, text: &str, words: &MailWords) -> bool {
    if !is_attribution(text, words, Quote::Unknown) || above.contains('@') {
        return false;
    }
    let goes_on = text.starts_with(|c: char| c.is_lowercase() || matches!(c, '<' | '(' | '['));
    let digits = above.chars().filter(char::is_ascii_digit).count();
    let is_date = words.begins_attribution(above) && digits > 0 || digits >= 6;
    (opens_with_a_date(text, words) || !goes_on) && (!is_date || above.ends_with(['.', '!', '?']))
}

/// `>>> Kari Lie <kari@example.org> 05.11.2026 07:12 >>>`
fn is_groupwise(line: &Line) -> bool {
    let digits = line.text.chars().filter(char::is_ascii_digit).count();
    line.depth == 3 && line.text.ends_with(">>>") && digits >= 6
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

fn is_attribution(text: &str, words: &MailWords, quote: Quote) -> bool {
    let is_rule = |c: char| matches!(c, '-' | '=' | ' ' | '*' | '_');
    let ruled = text.starts_with("---") && text.ends_with("---");
    let text = text.trim_matches(is_rule);
    let colon = text.strip_suffix(':').or_else(|| text.strip_suffix('：'));
    let body = colon.unwrap_or(text).trim_end();
    let digits = body.chars().filter(char::is_ascii_digit).count();
    let address = body.contains('@');
    if colon.is_none() {
        return without_colon(body, words, ruled, quote);
    }
    if words.says_wrote(body) {
        // A sentence of the person may say "as Kari wrote:"; a date, an address or the quote tells.
        let named = words.ends_in_wrote(body)
            && body.starts_with(char::is_uppercase)
            && body.split_whitespace().count() <= 8;
        return digits >= 3
            || address
            || words.begins_attribution(body) && digits >= 1
            || named && quote == Quote::Follows;
    }
    // `Zitat von Kari <kari@example.org>:`
    let cites = address && body.ends_with('>') && body.split_whitespace().count() <= 8;
    // In whatever language: a day, an hour and an address before a colon.
    cites && quote == Quote::Follows
        || address
            && digits >= 6
            && (body.ends_with('>') || has_clock(body) || quote == Quote::Follows)
}

/// Some programs forget the colon or put dashes around the line.
fn without_colon(body: &str, words: &MailWords, ruled: bool, quote: Quote) -> bool {
    let digits = body.chars().filter(char::is_ascii_digit).count();
    let address = body.contains('@');
    if digits >= 6 && body.starts_with(|c: char| c.is_ascii_digit()) && body.ends_with('>') {
        return address && body.split_whitespace().count() <= 8;
    }
    let dated = words.begins_attribution(body) && has_clock(body) && body.ends_with('>');
    words.ends_in_wrote(body)
        && (ruled || digits >= 6 && (address || words.begins_attribution(body)))
        || dated && address && digits >= 6 && quote == Quote::Follows
}

/// `7:12`, `07.12`: an hour.
fn has_clock(text: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.'))).any(|word| {
        word.split_once([':', '.']).is_some_and(|(hour, rest)| {
            (1..=2).contains(&hour.len()) && (2..=5).contains(&rest.len())
        })
    })
}
