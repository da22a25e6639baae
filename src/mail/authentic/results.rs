//! `Authentication-Results` of our own server (RFC 8601), and of nobody else.
//!
//! Anybody can write such a field. Believed are those that stand above the first `Received` of our
//! own border, bear our server's name exactly, and follow the grammar from their first octet to
//! their last: a field that can be read in two ways is not read.

use super::Border;
use super::gate;
use crate::mail::bounds::Block;

/// What our server says of a mail, as far as it concerns the author's domain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// Why the author's domain vouches for it.
    pub pass: Option<String>,
    /// Why it does not.
    pub fail: Option<String>,
    /// Domains whose signature fails.
    pub failed: Vec<String>,
}

/// Collects what is said of a mail whose author is of `domain`.
pub fn of(block: &Block<'_>, border: &Border, domain: &str) -> Said {
    let mut said = Said::default();
    let fields = above(block, &border.host);
    for field in fields.iter().filter_map(|value| parse(value)) {
        if !field.authserv_id.eq_ignore_ascii_case(&border.authserv_id) {
            continue;
        }
        for result in &field.results {
            hear(&mut said, result, &border.authserv_id, domain);
        }
    }
    // The worst word wins, also where two fields of ours disagree.
    if said.fail.is_some() {
        said.pass = None;
    }
    said
}

fn hear(said: &mut Said, result: &Outcome, server: &str, domain: &str) {
    let of = |name: &str| {
        let mut values =
            result.properties.iter().filter(|(n, _)| n == name).map(|(_, value)| value);
        let first = values.next()?;
        // Named twice it names nobody.
        values.next().is_none().then_some(first.to_ascii_lowercase())
    };
    let because = |what: &str| format!("{server} says {what} for {domain}");
    match (result.method.as_str(), result.value.as_str()) {
        ("dmarc", "pass") if of("header.from").as_deref() == Some(domain) => {
            said.pass = Some(because("dmarc=pass"));
        }
        ("dmarc", "fail") => said.fail = Some(because("dmarc=fail")),
        ("dkim", "pass") if of("header.d").as_deref() == Some(domain) => {
            said.pass.get_or_insert(because("dkim=pass"));
        }
        ("dkim", "fail") => said.failed.extend(of("header.d")),
        _other => {}
    }
}

/// The fields above the first `Received` that our border has written; none where it has written
/// none, for then there is no telling who wrote what.
pub fn above<'a>(block: &Block<'a>, host: &str) -> Vec<&'a [u8]> {
    let mut found = Vec::new();
    for field in &block.fields {
        if field.name.eq_ignore_ascii_case(b"received") && written_by(field.value, host) {
            return found;
        }
        if field.name.eq_ignore_ascii_case(b"authentication-results") {
            found.push(field.value);
        }
    }
    Vec::new()
}

/// Whether a `Received` field says `by <host>` anywhere. Whoever greets us as `by` or hides the word
/// in a comment can only make the border appear higher than it is, which loses trust and wins none.
fn written_by(value: &[u8], host: &str) -> bool {
    let text = String::from_utf8_lossy(value);
    let words: Vec<&str> = text
        .split([' ', '\t', '\r', '\n', '(', ')', ';'])
        .filter(|word| !word.is_empty())
        .collect();
    words.windows(2).any(|pair| {
        let [by, name] = pair else { return false };
        by.eq_ignore_ascii_case("by") && name.eq_ignore_ascii_case(host)
    })
}

/// The names of all servers that have signed a field above, for whoever sets this up.
pub fn servers(block: &Block<'_>) -> Vec<String> {
    let fields = gate::values(block, "authentication-results");
    fields.filter_map(parse).map(|field| field.authserv_id).collect()
}

/// A field that follows the grammar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Who says it.
    pub authserv_id: String,
    /// What.
    pub results: Vec<Outcome>,
}

/// One result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// `dkim`, `dmarc`, `spf` …, in lower case.
    pub method: String,
    /// `pass`, `fail`, `none` …, in lower case.
    pub value: String,
    /// `header.from` and the like, in lower case, with their values as they stand.
    pub properties: Vec<(String, String)>,
}

/// Reads a whole field (RFC 8601 2.2), or nothing of it.
pub fn parse(value: &[u8]) -> Option<Field> {
    let text = std::str::from_utf8(value).ok().filter(|text| text.is_ascii())?;
    if text.chars().any(|c| c.is_ascii_control() && !matches!(c, '\r' | '\n' | '\t')) {
        return None;
    }
    let mut at = Scanner { rest: text };
    at.blank()?;
    let authserv_id = at.value()?;
    at.blank()?;
    if at.rest.starts_with(|c: char| c.is_ascii_digit()) {
        at.take(|c| c.is_ascii_digit());
        at.blank()?;
    }
    let mut results = Vec::new();
    let mut said_none = false;
    while at.eat(';') {
        at.blank()?;
        let method = at.keyword()?;
        if results.is_empty() && method == "none" && at.rest.is_empty() {
            said_none = true;
            break;
        }
        results.push(at.result(method)?);
    }
    let says_something = said_none || !results.is_empty();
    (at.rest.is_empty() && says_something).then_some(Field { authserv_id, results })
}

struct Scanner<'a> {
    rest: &'a str,
}

/// Comments inside each other that are followed.
const DEEPEST: usize = 20;

impl<'a> Scanner<'a> {
    fn take(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn eat(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// White space and comments. Says whether there was any; nothing where a comment never ends.
    fn blank(&mut self) -> Option<bool> {
        let before = self.rest.len();
        loop {
            self.take(|c| matches!(c, ' ' | '\t' | '\r' | '\n'));
            if !self.rest.starts_with('(') {
                return Some(self.rest.len() < before);
            }
            self.comment()?;
        }
    }

    fn comment(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '(' => depth += 1,
                ')' => depth = depth.checked_sub(1)?,
                '\\' => {
                    chars.next()?;
                }
                _inside => {}
            }
            if depth > DEEPEST {
                return None;
            }
            if depth == 0 {
                self.rest = self.rest.get(at + 1..)?;
                return Some(());
            }
        }
        None
    }

    /// A word of letters, digits and hyphens, in lower case, with the white space behind it.
    fn keyword(&mut self) -> Option<String> {
        let word = self.take(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
        self.blank()?;
        (!word.is_empty()).then(|| word.to_ascii_lowercase())
    }

    /// A quoted string or a token. Wider than the RFC's token by the characters of addresses and of
    /// base64, which servers do not quote, and none of which ends a value.
    fn value(&mut self) -> Option<String> {
        if self.eat('"') {
            let mut text = String::new();
            let mut chars = self.rest.char_indices();
            loop {
                match chars.next()? {
                    (at, '"') => {
                        self.rest = self.rest.get(at + 1..)?;
                        return Some(text);
                    }
                    (_, '\\') => text.push(chars.next()?.1),
                    (_, '\r' | '\n') => return None,
                    (_, c) => text.push(c),
                }
            }
        }
        let word = self.take(|c| c.is_ascii_graphic() && !"()<>,;\\\"".contains(c));
        (!word.is_empty()).then(|| word.to_owned())
    }

    fn result(&mut self, method: String) -> Option<Outcome> {
        if self.eat('/') {
            self.blank()?;
            let version = self.take(|c| c.is_ascii_digit());
            if version.is_empty() {
                return None;
            }
            self.blank()?;
        }
        if !self.eat('=') {
            return None;
        }
        self.blank()?;
        let value = self.keyword_then_gap()?;
        let mut properties = Vec::new();
        while !self.rest.is_empty() && !self.rest.starts_with(';') {
            let name = self.keyword()?;
            let name = if self.eat('.') {
                self.blank()?;
                format!("{name}.{}", self.keyword()?)
            } else if name == "reason" || name == "action" {
                name
            } else {
                return None;
            };
            if !self.eat('=') {
                return None;
            }
            self.blank()?;
            let value = self.value()?;
            let gap = self.blank()?;
            if !gap && !self.rest.is_empty() && !self.rest.starts_with(';') {
                return None;
            }
            properties.push((name, value));
        }
        Some(Outcome { method, value, properties })
    }

    /// A keyword that something else follows only after white space.
    fn keyword_then_gap(&mut self) -> Option<String> {
        let word = self.take(|c| c.is_ascii_alphanumeric() || c == '-');
        let gap = self.blank()?;
        let ends = self.rest.is_empty() || self.rest.starts_with(';');
        (!word.is_empty() && (gap || ends)).then(|| word.to_ascii_lowercase())
    }
}

#[cfg(test)]
mod tests;
