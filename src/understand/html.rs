//! HTML to lines of text, with what the markup says about quotes and signatures.
//!
//! A small tolerant reader instead of a DOM: mail needs line breaks, quote depth and what is
//! hidden, nothing else. Invariant: one pass, no recursion, at most [`MAX_OPEN`] open elements are
//! remembered; hidden text (styles, scripts, comments, `display:none`) never comes out.

use super::lines::{Line, Zone};

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

#[derive(Debug)]
struct Open {
    name: String,
    hidden: bool,
    quote: bool,
    signature: bool,
    preformatted: bool,
    coloured: bool,
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
            self.close(&name.clone());
        }
        let marks = Open {
            hidden: is_hidden(&name, tag),
            quote: is_quote(&name, tag),
            signature: is_signature(tag),
            preformatted: name == "pre" || name == "plaintext",
            coloured: is_coloured(tag),
            name,
        };
        self.count(&marks, 1);
        self.open.push(marks);
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
                self.uncount(&open);
            }
        }
    }

    fn count(&mut self, open: &Open, by: usize) {
        self.hidden += by * usize::from(open.hidden);
        self.quotes += by * usize::from(open.quote);
        self.signatures += by * usize::from(open.signature);
        self.preformatted += by * usize::from(open.preformatted);
        self.coloured += by * usize::from(open.coloured);
    }

    fn uncount(&mut self, open: &Open) {
        self.hidden -= usize::from(open.hidden);
        self.quotes -= usize::from(open.quote);
        self.signatures -= usize::from(open.signature);
        self.preformatted -= usize::from(open.preformatted);
        self.coloured -= usize::from(open.coloured);
    }

    /// Ends a line that has text.
    fn finish_line(&mut self) {
        self.pending_space = false;
        if !self.current.trim().is_empty() {
            self.end_line();
        } else {
            self.current.clear();
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

/// The tag between `<` and `>`, quotation marks respected, and what follows. A quotation mark that
/// never closes ends at the next `>`.
fn split_tag(markup: &str) -> Option<(&str, &str)> {
    let inside = markup.strip_prefix('<')?;
    let mut quote = None;
    for (at, c) in inside.char_indices().take(20_000) {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, '>') => return Some((inside.get(..at)?, inside.get(at + 1..)?)),
            _inside => {}
        }
    }
    inside.split_once('>')
}

fn tag_name(tag: &str) -> String {
    tag.chars()
        .take_while(|c| !c.is_whitespace() && *c != '/' && *c != '>')
        .take(30)
        .collect::<String>()
        .to_ascii_lowercase()
}

/// Skips to behind the closing tag; where there is none, nothing is left.
fn skip_element<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut rest = rest;
    while let Some((_, after)) = rest.split_once("</") {
        if tag_name(after) == name {
            return after.split_once('>').map_or("", |(_, rest)| rest);
        }
        rest = after;
    }
    ""
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "blockquote"
            | "body"
            | "center"
            | "dd"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "html"
            | "li"
            | "main"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "table"
            | "tbody"
            | "td"
            | "th"
            | "thead"
            | "tr"
            | "ul"
    )
}

/// An attribute's value, lower-cased, with its blanks removed where `squeeze` asks for it.
fn attribute(tag: &str, name: &str) -> String {
    let lower = tag.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find(name)).map(|at| at + from) {
        from = at + name.len();
        let before_fits = lower
            .get(..at)
            .and_then(|before| before.chars().next_back())
            .is_some_and(|c| c.is_whitespace() || c == '"' || c == '\'');
        let Some(value) = lower.get(from..).and_then(|rest| rest.trim_start().strip_prefix('='))
        else {
            continue;
        };
        if !before_fits {
            continue;
        }
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let end = |c: char| quote.map_or(c.is_whitespace(), |quote| c == quote);
        return value
            .chars()
            .skip(usize::from(quote.is_some()))
            .take_while(|c| !end(*c))
            .take(2000)
            .collect();
    }
    String::new()
}

fn style(tag: &str) -> String {
    attribute(tag, "style").split_whitespace().collect()
}

/// Text that no reader sees never counts as the person's words.
fn is_hidden(name: &str, tag: &str) -> bool {
    if matches!(name, "head" | "noscript" | "template" | "object" | "select" | "button") {
        return name != "head" || tag.len() < 500;
    }
    if !tag.contains(['=', ' ']) {
        return false;
    }
    let style = style(tag);
    let hides = |rule: &str| style.contains(rule);
    let is_zero = |property: &str| {
        style.split(';').any(|rule| {
            rule.strip_prefix(property).and_then(|rest| rest.strip_prefix(':')).is_some_and(
                |value| {
                    let digits = value
                        .trim_end_matches("!important")
                        .trim_end_matches(|c: char| c.is_alphabetic() || c == '%');
                    digits.parse::<f32>().is_ok_and(|number| number < 0.02)
                },
            )
        })
    };
    hides("display:none")
        || hides("visibility:hidden")
        || hides("mso-hide:all")
        || hides("text-indent:-9")
        || hides("left:-9")
        || is_zero("font-size")
        || is_zero("opacity")
        || is_zero("max-height")
        || tag.split_whitespace().any(|word| word.eq_ignore_ascii_case("hidden"))
        || attribute(tag, "aria-hidden") == "true" && hides("height:0")
}

fn is_quote(name: &str, tag: &str) -> bool {
    if name == "blockquote" {
        return true;
    }
    if name != "div" {
        return false;
    }
    let style = style(tag);
    attribute(tag, "name") == "quoted-content"
        || attribute(tag, "name") == "quote"
        || style.contains("border-left:")
            && !style.contains("border-left:none")
            && style.contains("padding")
}

fn is_signature(tag: &str) -> bool {
    if !tag.contains('=') {
        return false;
    }
    let class = attribute(tag, "class");
    let id = attribute(tag, "id");
    let marked = |name: &str| class.split_whitespace().any(|word| word == name) || id == name;
    [
        "gmail_signature",
        "moz-signature",
        "ms-outlook-mobile-signature",
        "composer_signature",
        "k9mail-signature",
        "signature",
        "protonmail_signature_block",
        "gmail_signature_prefix",
        "aolmail_signature",
        "zmail_signature",
        "sig-block",
    ]
    .iter()
    .any(|name| marked(name))
}

/// Answers typed into a quote in another colour (Outlook): red, blue, green …, never black or grey.
fn is_coloured(tag: &str) -> bool {
    let style = style(tag);
    let colour = style
        .split(';')
        .find_map(|rule| rule.strip_prefix("color:"))
        .map_or_else(|| attribute(tag, "color"), str::to_owned);
    match colour
        .strip_prefix('#')
        .filter(|hex| hex.len() == 6)
        .and_then(|hex| u32::from_str_radix(hex, 16).ok())
    {
        Some(rgb) => {
            let (red, green, blue) = (rgb >> 16, rgb >> 8 & 255, rgb & 255);
            red.max(green).max(blue) - red.min(green).min(blue) > 100
        }
        None => matches!(
            colour.as_str(),
            "red"
                | "blue"
                | "green"
                | "purple"
                | "magenta"
                | "navy"
                | "teal"
                | "orange"
                | "darkred"
                | "maroon"
                | "fuchsia"
        ),
    }
}

fn decode_entities(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains('&') {
        return text.into();
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        decoded.push_str(before);
        let name: String =
            after.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '#').take(12).collect();
        let behind = after.get(name.len()..).unwrap_or_default();
        match entity(&name) {
            Some(c) => {
                decoded.push(c);
                rest = behind.strip_prefix(';').unwrap_or(behind);
            }
            None => {
                decoded.push('&');
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    decoded.into()
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code).filter(|c| !c.is_control() || *c == '\n' || *c == '\t');
    }
    ENTITIES.iter().find(|(known, _)| *known == name).map(|(_, c)| *c)
}

const ENTITIES: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("aring", 'å'),
    ("Aring", 'Å'),
    ("oslash", 'ø'),
    ("Oslash", 'Ø'),
    ("aelig", 'æ'),
    ("AElig", 'Æ'),
    ("auml", 'ä'),
    ("Auml", 'Ä'),
    ("ouml", 'ö'),
    ("Ouml", 'Ö'),
    ("uuml", 'ü'),
    ("Uuml", 'Ü'),
    ("szlig", 'ß'),
    ("eacute", 'é'),
    ("Eacute", 'É'),
    ("egrave", 'è'),
    ("ecirc", 'ê'),
    ("agrave", 'à'),
    ("aacute", 'á'),
    ("oacute", 'ó'),
    ("ograve", 'ò'),
    ("ocirc", 'ô'),
    ("iacute", 'í'),
    ("uacute", 'ú'),
    ("ntilde", 'ñ'),
    ("ccedil", 'ç'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("hellip", '…'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("bull", '•'),
    ("middot", '·'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("euro", '€'),
    ("deg", '°'),
    ("frac12", '½'),
    ("times", '×'),
    ("zwnj", '\u{200c}'),
    ("zwj", '\u{200d}'),
    ("shy", '\u{ad}'),
];
