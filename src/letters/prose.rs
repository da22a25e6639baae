//! The markup of letters, and its two faces: plain text here, HTML in `templates/layout.html`.
//!
//! Five things are markup, and everything else is words:
//!
//! ```text
//! an empty line          ends a paragraph; single line ends inside it are spaces
//! \ at a line's end      breaks the line
//! - at a line's start    is an item; > is a line of a quotation
//! [words](mailto:..)     is a link, and only to mail
//! ~                      is a space at which no line is broken
//! ```
//!
//! A `\` before any character makes it plain. [`super::values`] puts one before every character of
//! a value that would mean something here.

use serde::Serialize;

/// A part of a letter that stands by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "lines", rename_all = "kebab-case")]
pub enum Block {
    /// Lines of words.
    Paragraph(Vec<Line>),
    /// Two lines, of which the first announces the second: the question of the evening.
    Told(Vec<Line>),
    /// Items; each is one line.
    List(Vec<Line>),
    /// Items that are links and nothing else: shown as buttons.
    Choices(Vec<Line>),
    /// Somebody's own words.
    Quote(Vec<Line>),
}

/// A line of words and links.
pub type Line = Vec<Span>;

/// A piece of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Span {
    /// What is read.
    pub words: String,
    /// Where it leads: a `mailto:` URI.
    pub link: Option<String>,
}

/// Plain text is broken at so many columns.
const WIDTH: usize = 76;

/// Reads what a template has written.
pub fn parse(source: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    for part in paragraphs(source) {
        let mut shape = Shape::Words;
        let mut lines: Vec<String> = Vec::new();
        for line in part {
            let (mark, words) = mark(line);
            // A line without a mark goes on with the item above it.
            let goes_on = if shape == Shape::Item { Shape::Item } else { Shape::Words };
            let next = mark.unwrap_or(goes_on);
            if next != shape {
                push(&mut blocks, shape, &std::mem::take(&mut lines))?;
                shape = next;
            }
            let broken = shape == Shape::Words && lines.last().is_some_and(|last| breaks(last));
            match lines.last_mut() {
                Some(last) if mark.is_none() && !broken => last.extend([" ", words]),
                _ => lines.push(words.to_owned()),
            }
        }
        push(&mut blocks, shape, &lines)?;
    }
    Ok(blocks)
}

/// The letter as plain text, signed.
pub fn text(blocks: &[Block], signature: &[String]) -> String {
    let mut text = String::new();
    for block in blocks {
        let (lines, first, next) = match block {
            Block::Paragraph(lines) | Block::Told(lines) => (lines, "", ""),
            Block::List(lines) | Block::Choices(lines) => (lines, "- ", "  "),
            Block::Quote(lines) => (lines, "> ", "> "),
        };
        for line in lines {
            wrap(&mut text, line, first, next);
        }
        text.push('\n');
    }
    // "-- " and a line end begin a signature (RFC 3676 section 4.3): replies leave it out.
    text.push_str("-- \n");
    for line in signature {
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// A link to an answer that is written already: the reader only sends it.
pub fn mailto(address: &str, subject: &str) -> String {
    format!("mailto:{}?subject={}", percent(address, "@+"), percent(subject, ""))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Words,
    Item,
    Quote,
}

fn paragraphs(source: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let parts: Vec<Vec<&str>> = lines.split(|line| line.is_empty()).map(<[&str]>::to_vec).collect();
    parts.into_iter().filter(|part| !part.is_empty())
}

/// What a line's first characters make it, and its words.
fn mark(line: &str) -> (Option<Shape>, &str) {
    if let Some(item) = line.strip_prefix("- ") {
        (Some(Shape::Item), item)
    } else if line == "-" {
        (Some(Shape::Item), "")
    } else if let Some(quote) = line.strip_prefix('>') {
        (Some(Shape::Quote), quote.trim_start())
    } else {
        (None, line)
    }
}

/// Whether the line ends with a `\` that no other `\` makes plain.
fn breaks(line: &str) -> bool {
    line.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1
}

fn push(blocks: &mut Vec<Block>, shape: Shape, lines: &[String]) -> Result<(), String> {
    let mut parsed = Vec::new();
    for line in lines {
        let unbroken = line.strip_suffix('\\').filter(|_| breaks(line));
        let line = spans(unbroken.unwrap_or(line))?;
        // An item without words is one whose value is not there; a quotation keeps its gaps.
        if !line.is_empty() || shape == Shape::Quote {
            parsed.push(line);
        }
    }
    if parsed.iter().all(Vec::is_empty) {
        return Ok(());
    }
    let only_links = |line: &Line| line.iter().all(|span| span.link.is_some());
    blocks.push(match shape {
        Shape::Words if parsed.len() == 2 && announces(parsed.first()) => Block::Told(parsed),
        Shape::Words => Block::Paragraph(parsed),
        Shape::Item if parsed.iter().all(only_links) => Block::Choices(parsed),
        Shape::Item => Block::List(parsed),
        Shape::Quote => Block::Quote(parsed),
    });
    Ok(())
}

fn announces(line: Option<&Line>) -> bool {
    line.and_then(|line| line.last()).is_some_and(|span| span.words.ends_with(':'))
}

/// The words and links of a line, runs of spaces as one.
fn spans(line: &str) -> Result<Line, String> {
    let mut spans: Line = Vec::new();
    let mut words = String::new();
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\\' => words.extend(rest.next()),
            '~' => words.push('\u{a0}'),
            ' ' if words.ends_with(' ') || words.is_empty() && spans.is_empty() => {}
            '[' => {
                let linked = until(&mut rest, ']').ok_or("a `[` without its `]`")?;
                if rest.next() != Some('(') {
                    return Err(format!("`[{linked}]` is not followed by `(mailto:..)`"));
                }
                let uri = until(&mut rest, ')').ok_or("a `(` without its `)`")?;
                if !uri.starts_with("mailto:") {
                    return Err(format!("`{uri}` is not a link to mail"));
                }
                if !words.is_empty() {
                    spans.push(Span { words: std::mem::take(&mut words), link: None });
                }
                spans.push(Span { words: linked, link: Some(uri) });
            }
            _ => words.push(c),
        }
    }
    let end = words.trim_end_matches(' ').len();
    words.truncate(end);
    if !words.is_empty() {
        spans.push(Span { words, link: None });
    }
    Ok(spans)
}

/// Reads up to an end that no `\` makes plain.
fn until(rest: &mut impl Iterator<Item = char>, end: char) -> Option<String> {
    let mut read = String::new();
    while let Some(c) = rest.next() {
        match c {
            '\\' => read.extend(rest.next()),
            '~' => read.push('\u{a0}'),
            _ if c == end => return Some(read),
            _ => read.push(c),
        }
    }
    None
}

/// Writes a line, broken at spaces. A word longer than the width stays whole: it may be a link.
fn wrap(text: &mut String, line: &Line, first: &str, next: &str) {
    let mut words = String::new();
    for span in line {
        words.push_str(&span.words);
        if let Some(link) = &span.link {
            // RFC 3986 appendix C: angle brackets delimit a URI in plain text.
            words.extend([" <", link.as_str(), ">"]);
        }
    }
    text.push_str(first);
    let mut column = first.chars().count();
    let mut fresh = true;
    for word in words.split(' ').filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if !fresh && column + 1 + length > WIDTH {
            text.push('\n');
            text.push_str(next);
            column = next.chars().count();
        } else if !fresh {
            text.push(' ');
            column += 1;
        }
        text.extend(word.chars().map(|c| if c == '\u{a0}' { ' ' } else { c }));
        column += length;
        fresh = false;
    }
    // An empty line of a quotation is a bare mark.
    let end = text.trim_end_matches(' ').len();
    text.truncate(end);
    text.push('\n');
}

/// RFC 3986 2.1, keeping what is unreserved and what `keep` names.
fn percent(text: &str, keep: &str) -> String {
    let encoded = text.bytes().map(|byte| {
        let c = char::from(byte);
        let kept = c.is_ascii_alphanumeric() || "-._~".contains(c) || keep.contains(c);
        if kept { c.to_string() } else { format!("%{byte:02X}") }
    });
    encoded.collect()
}

#[cfg(test)]
mod tests;
