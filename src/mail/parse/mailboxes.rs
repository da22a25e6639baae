//! Mailboxes of address fields (RFC 5322 3.4), read strictly.

use super::{MAX_ADDRESSES, decode_words, unfold};
use crate::mail::EmailAddress;

/// Characters of a name.
const MAX_NAME: usize = 80;

/// A mailbox of an address field.
pub(super) struct Mailbox {
    /// Shown name, cleaned.
    pub name: String,
    /// `None` where it is not an address we accept.
    pub address: Option<EmailAddress>,
}

/// The mailboxes of an address field (RFC 5322 3.4). Our own grammar, and strict: readers disagree
/// on forms like `<a@x><b@y>` or `a@x (c) <b@y>`, so those give no address at all.
pub(super) fn mailboxes(value: &[u8]) -> Vec<Mailbox> {
    let line = unfold(value);
    let mut found = Vec::new();
    let mut name = String::new();
    let mut angles: Vec<String> = Vec::new();
    let mut trailing = false;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => name.push_str(&quoted(&mut chars)),
            '(' => skip_comment(&mut chars),
            '<' => {
                angles.push(chars.by_ref().take_while(|c| *c != '>').collect());
            }
            ',' | ';' => {
                finish(&mut found, &mut name, &mut angles, &mut trailing);
                if found.len() >= MAX_ADDRESSES {
                    return found;
                }
            }
            ':' if angles.is_empty() => name.clear(),
            c => {
                trailing |= !angles.is_empty() && !c.is_whitespace();
                name.push(c);
            }
        }
    }
    finish(&mut found, &mut name, &mut angles, &mut trailing);
    found
}

fn finish(
    found: &mut Vec<Mailbox>,
    name: &mut String,
    angles: &mut Vec<String>,
    trailing: &mut bool,
) {
    let words = std::mem::take(name);
    let angles = std::mem::take(angles);
    let trailing = std::mem::take(trailing);
    let address = match angles.as_slice() {
        [] if words.trim().is_empty() => return,
        [] => words.trim().parse().ok(),
        [one] if !trailing => one.trim().parse().ok(),
        _several => None,
    };
    let name = if angles.is_empty() { String::new() } else { decode_words(&words, MAX_NAME) };
    found.push(Mailbox { name, address });
}

/// To the closing quotation mark; a backslash takes the next character as it is.
fn quoted(chars: &mut std::str::Chars<'_>) -> String {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => text.extend(chars.next()),
            c => text.push(c),
        }
    }
    text
}

/// Comments nest (RFC 5322 3.2.2); a counter is enough.
fn skip_comment(chars: &mut std::str::Chars<'_>) {
    let mut depth = 1_usize;
    while let Some(c) = chars.next() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '\\' => {
                chars.next();
            }
            _inside => {}
        }
        if depth == 0 {
            return;
        }
    }
}
