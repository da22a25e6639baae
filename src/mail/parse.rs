//! Octets to a [`Message`] (RFC 5322, 2045–2047, 2231). The only file that names `mail_parser`.
//!
//! Parsing never fails and never recurses: the tree comes from [`super::bounds`], mail-parser gets
//! single header fields only.
//!
//! Invariant: the work is linear in the octets and bounded by the limits of [`super::bounds`] and
//! the ones below; what they cut off is told as [`Defect::TooMuch`].

use chrono::{DateTime, Utc};
use mail_parser::HeaderValue;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::parsers::MessageStream;

use super::EmailAddress;
use super::bounds::{self, Block};
use super::clean::{clean_line, clean_text};
use super::message::{Defect, Message, Part};
use super::transfer;

mod mailboxes;

use mailboxes::{Mailbox, mailboxes};

/// Octets of a text part that are read.
const MAX_TEXT: usize = 256 * 1024;
/// Octets of an HTML part that are read.
const MAX_HTML: usize = 1024 * 1024;
/// Octets of text over all parts of a mail.
const MAX_ALL_TEXT: usize = 4 * 1024 * 1024;
/// Characters of a header value.
const MAX_VALUE: usize = 8000;
/// Addresses of a field that are read.
const MAX_ADDRESSES: usize = 200;
/// Message-IDs kept of In-Reply-To and References.
const MAX_REFERENCES: usize = 100;

/// Reads a mail.
pub fn parse(raw: &[u8]) -> Message {
    let mut message = Message::default();
    let whole = raw.get(..bounds::MAX_MAIL).unwrap_or(raw);
    let top = bounds::block(whole);
    if let Some(limit) = top.exceeded {
        message.defects.push(Defect::TooMuch(limit));
    }
    read_header(&top, &mut message);
    if raw.len() > bounds::MAX_MAIL {
        message.defects.push(Defect::TooMuch("mail size"));
    } else {
        read_parts(top, &mut message);
    }
    message
}

fn read_header(top: &Block<'_>, message: &mut Message) {
    let mut authors: Vec<Mailbox> = Vec::new();
    let mut from_fields = 0;
    let mut references = Vec::new();
    let mut in_reply_to = Vec::new();
    for field in &top.fields {
        let name = String::from_utf8_lossy(field.name).to_ascii_lowercase();
        match name.as_str() {
            "from" => {
                from_fields += 1;
                authors.extend(mailboxes(field.value));
            }
            "to" | "cc" | "delivered-to" | "x-original-to" | "envelope-to" => {
                for mailbox in mailboxes(field.value) {
                    if let Some(address) = mailbox.address
                        && !message.recipients.contains(&address)
                        && message.recipients.len() < MAX_ADDRESSES
                    {
                        message.recipients.push(address);
                    }
                }
            }
            "message-id" if message.message_id.is_none() => {
                message.message_id = ids(field.value).into_iter().next();
            }
            "references" => references.extend(ids(field.value)),
            "in-reply-to" => in_reply_to.extend(ids(field.value)),
            "date" if message.date.is_none() => message.date = date(field.value),
            _other => {}
        }
        message.headers.push((clean_line(&name, 200), decoded(field.value, MAX_VALUE)));
    }
    message.subject = message.header("subject").unwrap_or_default().to_owned();
    for id in in_reply_to {
        if !references.contains(&id) {
            references.push(id);
        }
    }
    let surplus = references.len().saturating_sub(MAX_REFERENCES);
    message.references = references.split_off(surplus);
    take_author(from_fields, authors, message);
}

/// What a Date field says (RFC 5322 3.3).
pub(super) fn date(value: &[u8]) -> Option<DateTime<Utc>> {
    mail_parser::DateTime::parse_rfc822(&unfold(value))
        .filter(mail_parser::DateTime::is_valid)
        .and_then(|date| DateTime::from_timestamp(date.to_timestamp(), 0))
}

/// The addresses of an address field, as far as we accept them.
pub(super) fn addresses(value: &[u8]) -> impl Iterator<Item = EmailAddress> {
    mailboxes(value).into_iter().filter_map(|mailbox| mailbox.address)
}

/// Exactly one From field with exactly one author counts (RFC 5322 3.6.2): readers disagree on
/// which of two is shown, so two are none.
fn take_author(from_fields: usize, mut authors: Vec<Mailbox>, message: &mut Message) {
    if from_fields > 1 || authors.len() > 1 {
        message.defects.push(Defect::SeveralAuthors);
        return;
    }
    let Some(author) = authors.pop() else {
        message.defects.push(Defect::NoAuthor);
        return;
    };
    if author.address.is_none() {
        message.defects.push(Defect::NoAuthor);
    }
    message.from = author.address;
    message.from_name = author.name;
}

/// A slice of the mail that is still to be looked at.
struct Pending<'a> {
    block: Block<'a>,
    depth: usize,
    /// A part of `multipart/digest` is a message unless it says otherwise (RFC 2046 5.1.5).
    in_digest: bool,
}

fn read_parts(top: Block<'_>, message: &mut Message) {
    let mut seen = 1;
    let mut budget = MAX_ALL_TEXT;
    let mut pending = vec![Pending { block: top, depth: 0, in_digest: false }];
    while let Some(next) = pending.pop() {
        let kind = content_type(&next.block, next.in_digest);
        let is_multipart = kind.media_type.starts_with("multipart/");
        if is_multipart && next.depth >= bounds::MAX_DEPTH {
            too_much(message, "nested parts");
            continue;
        }
        let children = kind.parameter("boundary").filter(|_| is_multipart).and_then(|boundary| {
            let room = bounds::MAX_PARTS.saturating_sub(seen);
            bounds::parts(next.block.body, boundary.as_bytes(), room)
        });
        let Some((children, more)) = children else {
            // A multipart whose boundary never occurs is read as the text that it shows.
            let kind = if is_multipart { ContentType::plain() } else { kind };
            leaf(&next.block, kind, message, &mut budget);
            continue;
        };
        if more {
            too_much(message, "parts");
        }
        seen += children.len();
        let in_digest = kind.media_type == "multipart/digest";
        // Pushed in reverse, so that the first part is popped first.
        pending.extend(children.into_iter().rev().map(|child| Pending {
            block: bounds::block(child),
            depth: next.depth + 1,
            in_digest,
        }));
    }
}

fn too_much(message: &mut Message, limit: &'static str) {
    if !message.defects.contains(&Defect::TooMuch(limit)) {
        message.defects.push(Defect::TooMuch(limit));
    }
}

struct ContentType {
    media_type: String,
    parameters: Vec<(String, String)>,
}

impl ContentType {
    fn plain() -> Self {
        Self { media_type: "text/plain".to_owned(), parameters: Vec::new() }
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn content_type(block: &Block<'_>, in_digest: bool) -> ContentType {
    let default = if in_digest { "message/rfc822" } else { "text/plain" };
    let parsed = field(block, "content-type").map(parameters);
    match parsed {
        Some((value, parameters)) if value.contains('/') => {
            ContentType { media_type: value, parameters }
        }
        // `Content-Type: text` is how some old programs say plain text.
        Some((value, parameters)) if value == "text" => {
            ContentType { media_type: "text/plain".to_owned(), parameters }
        }
        Some(_) | None => ContentType { media_type: default.to_owned(), parameters: Vec::new() },
    }
}

/// Names in lower case with their values.
type Parameters = Vec<(String, String)>;

/// Value and parameters of Content-Type or Content-Disposition.
fn parameters(value: &[u8]) -> (String, Parameters) {
    let line = format!("{}\n", unfold(value));
    let HeaderValue::ContentType(parsed) = MessageStream::new(line.as_bytes()).parse_content_type()
    else {
        return (String::new(), Vec::new());
    };
    let mut name = clean_line(&parsed.c_type, 100).to_ascii_lowercase();
    if let Some(subtype) = parsed.c_subtype {
        name.push('/');
        name.push_str(&clean_line(&subtype, 100).to_ascii_lowercase());
    }
    let parameters = parsed
        .attributes
        .unwrap_or_default()
        .into_iter()
        .take(30)
        .map(|attribute| {
            let value = clean_line(&attribute.value, 1000);
            (clean_line(&attribute.name, 100).to_ascii_lowercase(), value)
        })
        .collect();
    (name, parameters)
}

fn field<'a>(block: &Block<'a>, name: &str) -> Option<&'a [u8]> {
    block
        .fields
        .iter()
        .find(|field| field.name.eq_ignore_ascii_case(name.as_bytes()))
        .map(|field| field.value)
}

fn leaf(block: &Block<'_>, kind: ContentType, message: &mut Message, budget: &mut usize) {
    let (disposition, names) =
        field(block, "content-disposition").map(parameters).unwrap_or_default();
    let attachment = disposition == "attachment"
        || names.iter().any(|(name, _)| name == "filename")
        || kind.parameter("name").is_some();
    // A calendar in an attachment only, with a type that says nothing, is still opened by its name.
    let is_calendar_file = names.iter().chain(&kind.parameters).any(|(name, value)| {
        (name == "filename" || name == "name") && value.to_ascii_lowercase().ends_with(".ics")
    });
    let media_type = if is_calendar_file && kind.media_type.starts_with("application/") {
        "text/calendar".to_owned()
    } else {
        kind.media_type
    };
    let readable = ["text/", "message/", "multipart/", "application/ics"]
        .iter()
        .any(|family| media_type.starts_with(family));
    let mut text = String::new();
    if readable {
        let limit = if media_type == "text/html" { MAX_HTML } else { MAX_TEXT }.min(*budget);
        let encoding = field(block, "content-transfer-encoding").map(unfold).unwrap_or_default();
        let octets = transfer::decode(block.body, encoding.trim(), limit);
        if octets.more {
            too_much(message, "text");
        }
        let charset = kind
            .parameters
            .iter()
            .find(|(name, _)| name == "charset")
            .map(|(_, value)| value.as_str());
        let is_calendar = matches!(media_type.as_str(), "text/calendar" | "application/ics");
        let octets = if is_calendar { whole_characters(octets.octets) } else { octets.octets };
        text = decode_charset(&octets, charset.unwrap_or_default(), &mut message.defects);
        *budget = budget.saturating_sub(text.len());
    }
    message.parts.push(Part { media_type, parameters: kind.parameters, attachment, text });
}

/// A calendar object whose lines were folded inside characters is unfolded before it is decoded
/// (RFC 5545 3.1).
fn whole_characters(octets: Vec<u8>) -> Vec<u8> {
    if std::str::from_utf8(&octets).is_ok() {
        return octets;
    }
    let mut whole = Vec::with_capacity(octets.len());
    let mut rest = octets.as_slice();
    while let Some((octet, after)) = rest.split_first() {
        let folded = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n"));
        rest = if let Some((b' ' | b'\t', next)) = folded.and_then(|next| next.split_first()) {
            next
        } else {
            whole.push(*octet);
            after
        };
    }
    whole
}

/// To UTF-8. Of the labels only those are believed that the octets do not contradict: programs
/// that call UTF-8 `us-ascii` or `iso-8859-1` are common.
fn decode_charset(octets: &[u8], charset: &str, defects: &mut Vec<Defect>) -> String {
    let label = charset.trim().to_ascii_lowercase();
    let western = [
        "",
        "utf-8",
        "utf8",
        "us-ascii",
        "ascii",
        "unknown-8bit",
        "iso-8859-1",
        "latin1",
        "windows-1252",
    ];
    let is_western = western.contains(&label.as_str());
    if is_western && let Ok(text) = std::str::from_utf8(octets) {
        return clean_text(text);
    }
    let trusted = is_western
        || ["iso-8859-", "iso8859-", "windows-125", "cp125", "koi8-", "macintosh"]
            .iter()
            .any(|family| label.starts_with(family));
    if !trusted {
        defects.push(Defect::OddCharset(clean_line(&label, 40)));
    }
    let known = if is_western { "windows-1252" } else { label.as_str() };
    let text = charset_decoder(known.as_bytes())
        .map_or_else(|| String::from_utf8_lossy(octets).into_owned(), |decoder| decoder(octets));
    clean_text(&text)
}

/// A header value on one line, as UTF-8.
fn unfold(value: &[u8]) -> String {
    let text = match std::str::from_utf8(value) {
        Ok(text) => text.to_owned(),
        Err(_) => charset_decoder(b"windows-1252")
            .map_or_else(|| String::from_utf8_lossy(value).into_owned(), |decoder| decoder(value)),
    };
    clean_line(&text, MAX_VALUE)
}

/// A header value with its encoded words (RFC 2047) decoded, cleaned.
fn decoded(value: &[u8], max_chars: usize) -> String {
    decode_words(&unfold(value), max_chars)
}

fn decode_words(value: &str, max_chars: usize) -> String {
    if !value.contains("=?") {
        return clean_line(value, max_chars);
    }
    let line = format!("{value}\n");
    if let HeaderValue::Text(text) = MessageStream::new(line.as_bytes()).parse_unstructured() {
        clean_line(&text, max_chars)
    } else {
        clean_line(value, max_chars)
    }
}

/// What stands in angle brackets, or the bare words where a program forgot them.
fn ids(value: &[u8]) -> Vec<String> {
    let line = unfold(value);
    let mut found: Vec<String> = line
        .split('<')
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(id, _)| id.split_whitespace().collect::<String>())
        .filter(|id| !id.is_empty() && id.len() <= 998)
        .take(1000)
        .collect();
    if found.is_empty() && line.contains('@') && !line.contains(' ') {
        found.push(line);
    }
    found
}

#[cfg(test)]
mod tests;
