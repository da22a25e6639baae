//! How values enter a letter. Templates are ours; values are anybody's.
//!
//! Invariant: a value written in a subject or in prose is one line of plain words. It can not begin
//! a header field, a paragraph, an item or a link, and holds no control or bidirectional character.

use std::fmt::Write as _;

use minijinja::{Error, ErrorKind, Output, State, Value};
use serde_json::Value as Json;

/// A value of one line is cut at so many characters.
pub const LONGEST_LINE: usize = 300;
/// A quoted value is cut at so many characters.
pub const LONGEST_QUOTE: usize = 4_000;
/// A quoted value is cut at so many lines.
const MOST_QUOTED_LINES: usize = 100;

/// The characters that mean something in [`super::prose`].
const MARKUP: &[char] = &['\\', '[', ']', '(', ')', '-', '>', '~'];

/// Names of values that someone else's reader sees, and that a mail program could make a link of.
const NAMES: &[&str] = &["reader", "host", "diet_notes"];

/// A value as one line: runs of white space and control characters are one space, characters that
/// nobody sees are gone, and nothing is longer than `longest`.
pub fn one_line(text: &str, longest: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    for c in text.chars().filter(|c| !is_invisible(*c)) {
        let gap = c.is_control() || c.is_whitespace() && c != '\u{a0}';
        if gap && line.ends_with(' ') {
            continue;
        }
        if length == longest {
            line.push('…');
            break;
        }
        line.push(if gap { ' ' } else { c });
        length += 1;
    }
    line
}

/// The formatter for subjects.
pub(super) fn write_in_subject(
    out: &mut Output<'_>,
    _: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    Ok(out.write_str(&one_line(&printable(value)?, LONGEST_LINE))?)
}

/// The formatter for prose.
pub(super) fn write_in_prose(
    out: &mut Output<'_>,
    _: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), Error> {
    // Only what `quoted` and the engine's own blocks have written is marked so.
    if let Some(written) = value.as_str()
        && value.is_safe()
    {
        return Ok(out.write_str(written)?);
    }
    Ok(out.write_str(&escape(&one_line(&printable(value)?, LONGEST_LINE)))?)
}

/// Somebody's words of any number of lines, as a quotation: `> ` before each line.
pub(super) fn quoted(text: &str) -> Value {
    let short: String = text.chars().take(LONGEST_QUOTE).collect();
    let short = short.replace("\r\n", "\n");
    let lines = short.split(['\n', '\r', '\u{2028}', '\u{2029}', '\u{b}', '\u{c}', '\u{85}']);
    let mut lines: Vec<String> =
        lines.map(|line| escape(one_line(line, LONGEST_QUOTE).trim())).collect();
    let cut = lines.len() > MOST_QUOTED_LINES || short.len() < text.replace("\r\n", "\n").len();
    lines.truncate(MOST_QUOTED_LINES);
    lines.dedup_by(|next, line| next.is_empty() && line.is_empty());
    if cut {
        lines.push("…".to_owned());
    }
    let mut quotation = String::new();
    for line in lines {
        // Writing to a string can not fail.
        _ = writeln!(quotation, "> {line}");
    }
    Value::from_safe_string(quotation)
}

/// Brackets the dots of names like `evil.no/betal`, which programs would make links of.
pub(super) fn unlink_names(data: &mut Json) {
    match data {
        Json::Object(fields) => {
            for (name, value) in fields {
                if NAMES.contains(&name.as_str()) { unlink(value) } else { unlink_names(value) }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(unlink_names),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

fn unlink(value: &mut Json) {
    match value {
        Json::String(name) => *name = unlinked(name),
        Json::Array(names) => names.iter_mut().for_each(unlink),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) => {}
    }
}

/// `evil.no` -> `evil[.]no`, `http://x` -> `http[:]//x`; `Anne B. Lie` and `kl. 18.30` as they are.
fn unlinked(name: &str) -> String {
    let mut harmless = String::with_capacity(name.len());
    let mut rest = name.chars().peekable();
    let mut before = ' ';
    while let Some(c) = rest.next() {
        let next = rest.peek().copied().unwrap_or(' ');
        match c {
            // The ideographic and full-width dots count as dots in host names (UTS 46).
            '.' | '。' | '．' | '｡' if before.is_alphanumeric() && next.is_alphabetic() => {
                harmless.push_str("[.]");
            }
            ':' if next == '/' => harmless.push_str("[:]"),
            '@' => harmless.push_str("[@]"),
            _ => harmless.push(c),
        }
        before = c;
    }
    harmless
}

/// The value's text, if it is one that can stand in a sentence.
fn printable(value: &Value) -> Result<String, Error> {
    use minijinja::value::ValueKind::{Bool, Number, String};
    if matches!(value.kind(), String | Number | Bool) {
        return Ok(value.to_string());
    }
    let what = format!("a value of kind `{}` can not be written in a sentence", value.kind());
    Err(Error::new(ErrorKind::InvalidOperation, what))
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if MARKUP.contains(&c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Characters that change how others look and are not seen themselves: bidirectional marks and
/// overrides (UAX 9), zero-width spaces, tags, and the byte order mark. The joiners of emoji and
/// Indic scripts stay.
fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_one_line_of_visible_characters() {
        for (value, line) in [
            ("Kari Lie", "Kari Lie"),
            ("Kari\r\nBcc: alle@example.org", "Kari Bcc: alle@example.org"),
            ("  Kari\t\t Lie\0", " Kari Lie "),
            ("\u{202e}eiL iraK", "eiL iraK"),
            ("Anne\u{200b}Lie\u{2028}Moe", "AnneLie Moe"),
            ("👩\u{200d}🍳", "👩\u{200d}🍳"),
        ] {
            assert_eq!(one_line(value, 40), line);
        }
        assert_eq!(one_line("abcdef", 3), "abc…");
    }

    #[test]
    fn names_that_look_like_links_lose_their_dots() {
        for (name, harmless) in [
            ("evil.no/betal", "evil[.]no/betal"),
            ("http://x", "http[:]//x"),
            ("www.a.co", "www[.]a[.]co"),
            ("kari@example.org", "kari[@]example[.]org"),
            ("evil。no", "evil[.]no"),
            ("Anne B. Lie", "Anne B. Lie"),
            ("Per jr.", "Per jr."),
            ("3.5", "3.5"),
        ] {
            assert_eq!(unlinked(name), harmless);
        }
    }

    #[test]
    fn a_quotation_keeps_its_lines_and_none_of_its_markup() {
        let quotation = quoted("Hei\r\n\r\n\r\n- [x](http://evil)\r> a\u{85}b");
        assert_eq!(
            quotation.as_str().unwrap(),
            "> Hei\n> \n> \\- \\[x\\]\\(http://evil\\)\n> \\> a\n> b\n"
        );
        assert!(quoted(&"a\n".repeat(500)).as_str().unwrap().ends_with("> …\n"));
        assert!(quoted(&"a".repeat(9_000)).as_str().unwrap().chars().count() < 4_010);
    }
}
