//! Lines of a body, with what is known about each before anything is cut.

use std::borrow::Cow;

use super::html;
use crate::mail::Message;
use crate::mail::message::Part;

/// Lines beyond this many are not looked at: nobody types them.
const MAX_LINES: usize = 20_000;

/// Where the markup puts a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Nothing is said.
    Body,
    /// Inside an element that the mail program calls a signature.
    Signature,
}

/// One line of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Without quote marks.
    pub text: String,
    /// How deep it is quoted: `>` marks or `blockquote` elements.
    pub depth: usize,
    /// What the markup says.
    pub zone: Zone,
    /// Holds text in a colour: how Outlook users answer inside a quote.
    pub coloured: bool,
}

/// The body that a person reads: the plain text, or the HTML where there is no plain text.
pub fn body(message: &Message) -> Vec<Line> {
    let inline = |media_type: &'static str| {
        message.parts.iter().filter(move |part| part.media_type == media_type && !part.attachment)
    };
    let mut lines: Vec<Line> = inline("text/plain").flat_map(plain).take(MAX_LINES).collect();
    if lines.iter().all(|line| line.text.trim().is_empty()) {
        let rich = inline("text/html").flat_map(|part| html::lines(&part.text)).take(MAX_LINES);
        lines = marked(rich.collect());
    }
    lines
}

/// The lines of the HTML alternative, for what only colours tell.
pub fn rich(message: &Message) -> Vec<Line> {
    let html = message.parts.iter().find(|part| part.media_type == "text/html" && !part.attachment);
    html.map(|part| html::lines(&part.text)).unwrap_or_default()
}

/// HTML-only mail may hold typed `>` marks as well.
fn marked(lines: Vec<Line>) -> Vec<Line> {
    lines
        .into_iter()
        .map(|line| {
            let (depth, text) = unquote(&line.text);
            if depth == 0 {
                line
            } else {
                Line { depth: line.depth + depth, text: text.to_owned(), ..line }
            }
        })
        .collect()
}

fn plain(part: &Part) -> Vec<Line> {
    let is = |name: &str, value: &str| {
        part.parameter(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
    };
    let is_flowed = is("format", "flowed");
    let text = without_armour(&part.text);
    let raw = text.split('\n').take(MAX_LINES).map(|line| {
        // A line that would look like something else is stuffed with a space (RFC 3676 4.4).
        let stuffed = line.strip_prefix(' ').filter(|_| is_flowed);
        let (depth, text) = stuffed.map_or_else(|| unquote(line), |text| (0, text));
        Line { text: text.to_owned(), depth, zone: Zone::Body, coloured: false }
    });
    let lines = if is_flowed { unflow(raw, is("delsp", "yes")) } else { trimmed(raw) };
    unbar(&lines)
}

/// The text of a mail that was signed in clear (RFC 9580, 7): without the lines around it and the
/// dashes before its own.
fn without_armour(text: &str) -> Cow<'_, str> {
    let Some((before, rest)) = text.split_once("-----BEGIN PGP SIGNED MESSAGE-----\n") else {
        return Cow::Borrowed(text);
    };
    let signed = rest.split_once("\n\n").map_or(rest, |(_, signed)| signed);
    let (signed, after) =
        signed.split_once("-----BEGIN PGP SIGNATURE-----").unwrap_or((signed, ""));
    let after = after.split_once("-----END PGP SIGNATURE-----").map_or("", |(_, after)| after);
    let own = signed.split('\n').map(|line| line.strip_prefix("- ").unwrap_or(line));
    let own: Vec<&str> = own.collect();
    Cow::Owned(format!("{before}{}{after}", own.join("\n")))
}

/// Three lines or more that begin with a bar are a quote of an old program; a table ends in bars,
/// too.
fn unbar(lines: &[Line]) -> Vec<Line> {
    let is_barred = |line: &Line| {
        let rest = line.text.strip_prefix('|').filter(|_| line.depth == 0);
        rest.is_some_and(|rest| !rest.contains('|'))
    };
    let mut unbarred = Vec::with_capacity(lines.len());
    for run in lines.chunk_by(|one, two| is_barred(one) == is_barred(two)) {
        let quoted = run.len() >= 3 && run.first().is_some_and(is_barred);
        unbarred.extend(run.iter().cloned().map(|line| {
            let text = line.text.trim_start_matches(['|', ' ']).to_owned();
            if quoted { Line { text, depth: 1, ..line } } else { line }
        }));
    }
    unbarred
}

fn trimmed(lines: impl Iterator<Item = Line>) -> Vec<Line> {
    lines.map(|line| Line { text: line.text.trim_end().to_owned(), ..line }).collect()
}

/// format=flowed (RFC 3676): a line that ends in a space goes on in the next one of its depth,
/// except for the signature delimiter.
fn unflow(raw: impl Iterator<Item = Line>, delsp: bool) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut open = false;
    for line in raw {
        let is_delimiter = line.text == "-- ";
        let flows = line.text.ends_with(' ') && !is_delimiter;
        let mut text = line.text.clone();
        if flows && delsp {
            text.pop();
        }
        match lines.last_mut().filter(|last| open && last.depth == line.depth && !is_delimiter) {
            // A text that grows without end would be copied again and again.
            Some(last) if last.text.len() < 100_000 => last.text.push_str(&text),
            _new => lines.push(Line { text, ..line }),
        }
        open = flows;
    }
    trimmed(lines.into_iter())
}

/// Counts and removes quote marks: `> > text`, `>> text`, also `|` from old programs.
fn unquote(line: &str) -> (usize, &str) {
    // `>>> Look here <<<` is how people shout.
    if line.starts_with(">>") && line.trim_end().ends_with("<<") {
        return (0, line);
    }
    let mut depth = 0;
    let mut rest = line;
    loop {
        let next = rest.trim_start_matches([' ', '\u{a0}']);
        match next.strip_prefix('>') {
            // `> ` before a heart or an arrow that somebody typed would be cut; `->` is not here.
            // `>:` is the end of an attribution that was wrapped.
            Some(after) if !after.starts_with(':') => {
                depth += 1;
                rest = after;
            }
            Some(_) | None => break,
        }
        if depth >= 1000 {
            rest = "";
            break;
        }
    }
    if depth > 0 {
        rest = rest.strip_prefix(' ').unwrap_or(rest);
    }
    (depth, rest)
}
