//! HTML to lines of text, with what the markup says about quotes and signatures.
//!
//! A small tolerant reader instead of a DOM: mail needs line breaks, quote depth and what is
//! hidden, nothing else. Invariant: one pass, no recursion, at most [`MAX_OPEN`] open elements are
//! remembered; hidden text (styles, scripts, comments, `display:none`) never comes out.

use super::lines::{Line, Zone};

mod entities;
mod tags;

use entities::decode_entities;
use tags::{Marks, is_block, skip_element, split_tag, tag_name};

/// Open elements that are remembered; deeper ones count as their parent.
const MAX_OPEN: usize = 500;

/// The text of an HTML part, a line each, in the order of reading.
pub fn lines(html: &str) -> Vec<Line> {
    let mut reader = Reader::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, markup) = rest.split_at(at);
        reader.text(text);
        rest = reader.markup(markup);
    }
    reader.text(rest);
    reader.finish_line();
    reader.lines
}

#[derive(Debug, Default)]
struct Reader {
    lines: Vec<Line>,
    current: String,
    pending_space: bool,
    open: Vec<Open>,
    hidden: usize,
    quotes: usize,
    signatures: usize,
    preformatted: usize,
    coloured: usize,
    has_colour: bool,
}

/// An open element.
#[derive(Debug)]
struct Open {
    name: String,
    marks: Marks,
}

impl Reader {
    fn text(&mut self, text: &str) {
        if self.hidden > 0 || text.is_empty() {
            return;
        }
        let text = decode_entities(text);
        for c in text.chars() {
            if c == '\n' && self.preformatted > 0 {
                self.finish_line();
            } else if c.is_whitespace() && c != '\u{a0}' && self.preformatted == 0 {
                self.pending_space = true;
            } else {
                if self.pending_space && !self.current.is_empty() {
                    self.current.push(' ');
                }
                self.pending_space = false;
                self.has_colour |= self.coloured > 0 && !c.is_whitespace();
                self.current.push(if c == '\u{a0}' { ' ' } else { c });
            }
        }
    }

    /// Takes one piece of markup off the front and returns the rest.
    fn markup<'a>(&mut self, markup: &'a str) -> &'a str {
        if let Some(comment) = markup.strip_prefix("<!--") {
            // Outlook's `<!--[if ..]>..<![endif]-->` hides its contents from mail programs too.
            return comment.split_once("-->").map_or("", |(_, rest)| rest);
        }
        let is_tag = markup
            .chars()
            .nth(1)
            .is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'));
        if !is_tag {
            self.text("<");
            return markup.strip_prefix('<').unwrap_or_default();
        }
        let Some((tag, rest)) = split_tag(markup) else { return "" };
        if let Some(name) = tag.strip_prefix('/') {
            self.close(&tag_name(name));
            return rest;
        }
        let name = tag_name(tag);
        if matches!(name.as_str(), "style" | "script" | "title" | "textarea" | "svg") {
            return skip_element(rest, &name);
        }
        self.open(name, tag);
        rest
    }

    fn open(&mut self, name: String, tag: &str) {
        if name == "br" || name == "hr" {
            self.end_line();
            return;
        }
        if is_block(&name) {
            self.finish_line();
        }
        if name == "img"
            || name == "input"
            || name == "meta"
            || name == "link"
            || tag.ends_with('/')
        {
            return;
        }
        if self.open.len() >= MAX_OPEN {
            return;
        }
        // A paragraph or list item ends where the next one begins.
        if matches!(name.as_str(), "p" | "li")
            && self.open.last().is_some_and(|open| open.name == name)
        {
            self.close(&name);
        }
        let marks = Marks::of(&name, tag);
        self.hidden += usize::from(marks.hidden);
        self.quotes += usize::from(marks.quote);
        self.signatures += usize::from(marks.signature);
        self.preformatted += usize::from(marks.preformatted);
        self.coloured += usize::from(marks.coloured);
        self.open.push(Open { name, marks });
    }

    fn close(&mut self, name: &str) {
        if is_block(name) {
            self.finish_line();
        }
        // Only the innermost fifty are searched: a mail that nests deeper and closes in the wrong
        // order loses nothing but precision.
        let Some(depth) = self.open.iter().rev().take(50).position(|open| open.name == name) else {
            if name == "p" {
                self.end_line();
            }
            return;
        };
        for _ in 0..=depth {
            if let Some(open) = self.open.pop() {
                self.uncount(&open.marks);
            }
        }
    }

    fn uncount(&mut self, marks: &Marks) {
        self.hidden -= usize::from(marks.hidden);
        self.quotes -= usize::from(marks.quote);
        self.signatures -= usize::from(marks.signature);
        self.preformatted -= usize::from(marks.preformatted);
        self.coloured -= usize::from(marks.coloured);
    }

    /// Ends a line that has text.
    fn finish_line(&mut self) {
        self.pending_space = false;
        if self.current.trim().is_empty() {
            self.current.clear();
        } else {
            self.end_line();
        }
    }

    /// Ends a line, also an empty one.
    fn end_line(&mut self) {
        if self.hidden > 0 {
            return;
        }
        self.pending_space = false;
        let text = std::mem::take(&mut self.current);
        let zone = if self.signatures > 0 { Zone::Signature } else { Zone::Body };
        let coloured = std::mem::take(&mut self.has_colour);
        self.lines.push(Line { text: text.trim().to_owned(), depth: self.quotes, zone, coloured });
    }
}
