//! Mail programs, as far as their replies differ: how they quote, what they add, and what machines
//! write. Pure: the original mail and the author's words give the octets of the reply.

use chrono::{DateTime, FixedOffset};

use crate::mail::{self, Message};

/// What people answer with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Gmail in a browser: attribution line, then the quote.
    Gmail,
    /// Apple Mail on a telephone, with its advert.
    Iphone,
    /// Outlook: a header block above the unmarked original.
    Outlook,
    /// Thunderbird, answering below the quote.
    Thunderbird,
    /// Words only, no quote.
    Bare,
}

/// Who writes.
#[derive(Debug, Clone, Copy)]
pub struct Author<'a> {
    /// Name in From.
    pub name: &'a str,
    /// Address in From.
    pub address: &'a str,
    /// Whether the program speaks Norwegian.
    pub norwegian: bool,
}

/// A person's reply to `original`, or, without one, a new mail to `to`.
pub fn reply(
    program: Program,
    author: Author<'_>,
    original: &Message,
    text: &str,
    date: DateTime<FixedOffset>,
) -> Vec<u8> {
    let quoted = plain_text(original);
    let (day, from) = (date.format("%d.%m.%Y %H:%M"), header(original, "from"));
    let wrote = if author.norwegian {
        format!("{day} skrev {from}:")
    } else {
        format!("On {}, {from} wrote:", date.format("%a, %-d %b %Y at %H:%M"))
    };
    let marked = format!("> {}\n", quoted.trim_end().replace('\n', "\n> "));
    let body = match program {
        Program::Gmail => format!("{text}\n\n{wrote}\n\n{marked}"),
        Program::Iphone => {
            let advert =
                if author.norwegian { "Sendt fra min iPhone" } else { "Sent from my iPhone" };
            format!("{text}\n\n{advert}\n\n> {wrote}\n> \n{marked}")
        }
        Program::Outlook => {
            let labels = if author.norwegian {
                ["Fra", "Sendt", "Til", "Emne"]
            } else {
                ["From", "Sent", "To", "Subject"]
            };
            let values = [&from, &day.to_string(), author.address, &original.subject];
            let lines = labels.iter().zip(values).map(|(label, value)| format!("{label}: {value}"));
            let block = lines.collect::<Vec<_>>().join("\n");
            format!("{text}\n\n________________________________\n{block}\n\n{quoted}")
        }
        Program::Thunderbird => format!("{wrote}\n{marked}\n{text}\n"),
        Program::Bare => text.to_owned(),
    };
    let head = Head { author, date, subject: format!("Re: {}", original.subject) };
    let thread = thread(original);
    mail(&head, &header(original, "reply-to"), &thread, &text_part(&body))
}

/// A new mail.
pub fn letter(
    author: Author<'_>,
    to: &str,
    (subject, text): (&str, &str),
    date: DateTime<FixedOffset>,
) -> Vec<u8> {
    let head = Head { author, date, subject: subject.to_owned() };
    mail(&head, to, "", &text_part(text))
}

/// A calendar's button (RFC 5546 3.2.3), as the big calendars send it.
pub fn button(
    author: Author<'_>,
    original: &Message,
    partstat: &str,
    date: DateTime<FixedOffset>,
) -> Option<Vec<u8>> {
    let event = original.parts.iter().find(|part| part.media_type == "text/calendar")?;
    // Unfolded, so that a line is a property (RFC 5545 3.1).
    let unfolded = event.text.replace("\r\n ", "").replace("\n ", "");
    let (_, unfolded) = unfolded.split_once("BEGIN:VEVENT")?;
    let property = |name: &str| {
        unfolded.lines().find(|line| line.starts_with(name)).unwrap_or_default().trim().to_owned()
    };
    let calendar = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//A calendar//EN".to_owned(),
        "METHOD:REPLY".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        property("UID"),
        property("SEQUENCE"),
        property("DTSTART"),
        property("ORGANIZER"),
        format!("DTSTAMP:{}", date.to_utc().format("%Y%m%dT%H%M%SZ")),
        format!("ATTENDEE;PARTSTAT={partstat}:mailto:{}", author.address),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
        String::new(),
    ]
    .join("\r\n");
    let verb = match partstat {
        "ACCEPTED" => "Accepted",
        "DECLINED" => "Declined",
        _ => "Tentative",
    };
    let head = Head { author, date, subject: format!("{verb}: {}", original.subject) };
    let part =
        format!("Content-Type: text/calendar; charset=utf-8; method=REPLY\r\n\r\n{calendar}");
    Some(mail(&head, &header(original, "reply-to"), &thread(original), &part))
}

/// A vacation responder (RFC 3834).
pub fn out_of_office(
    author: Author<'_>,
    original: &Message,
    text: &str,
    date: DateTime<FixedOffset>,
) -> Vec<u8> {
    let head = Head { author, date, subject: format!("Automatic reply: {}", original.subject) };
    let thread = format!("Auto-Submitted: auto-replied\r\n{}", thread(original));
    mail(&head, &header(original, "reply-to"), &thread, &text_part(text))
}

/// A mail server that could not deliver `original` to its recipient (RFC 3464), addressed to the
/// mail's reverse-path.
pub fn bounce(original: &Message, reverse_path: &str, date: DateTime<FixedOffset>) -> Vec<u8> {
    let recipient =
        original.recipients.first().map_or("unknown@example.org", mail::EmailAddress::as_str);
    let author = Author {
        name: "Mail Delivery System",
        address: "mailer-daemon@mx.example.org",
        norwegian: false,
    };
    let head = Head { author, date, subject: "Undelivered Mail Returned to Sender".to_owned() };
    let report = format!(
        "Content-Type: multipart/report; report-type=delivery-status; boundary=\"dsn\"\r\n\r\n\
         --dsn\r\nContent-Type: text/plain\r\n\r\nYour mail could not be delivered to {recipient}.\r\n\
         --dsn\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.org\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\
         Diagnostic-Code: smtp; 550 5.1.1 No such user here\r\n\
         --dsn\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{}>\r\nTo: {recipient}\r\n\
         --dsn--\r\n",
        original.message_id.as_deref().unwrap_or_default(),
    );
    mail(&head, reverse_path, "Auto-Submitted: auto-replied\r\n", &report)
}

struct Head<'a> {
    author: Author<'a>,
    date: DateTime<FixedOffset>,
    subject: String,
}

/// A whole mail. Its Message-ID comes from what it says, so that the same mail is the same octets.
fn mail(head: &Head<'_>, to: &str, more: &str, rest: &str) -> Vec<u8> {
    use sha2::{Digest, Sha256};
    let Head { author, date, subject } = head;
    let told = format!("{}{date}{subject}{rest}", author.address);
    let mut id = data_encoding::HEXLOWER.encode(&Sha256::digest(told));
    id.truncate(24);
    format!(
        "From: {} <{}>\r\nTo: <{to}>\r\nSubject: {}\r\nDate: {}\r\nMessage-ID: <{id}@{}>\r\n{more}\
         MIME-Version: 1.0\r\n{rest}",
        encoded(author.name),
        author.address,
        encoded(subject),
        date.to_rfc2822(),
        author.address.rsplit('@').next().unwrap_or("example.org"),
    )
    .into_bytes()
}

fn text_part(body: &str) -> String {
    let body = body.replace('\n', "\r\n");
    format!(
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{body}\r\n"
    )
}

/// An encoded-word where needed (RFC 2047).
fn encoded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    // Few enough characters a word that none is longer than 75.
    let characters: Vec<char> = text.chars().collect();
    let words = characters.chunks(10).map(|some| {
        let some: String = some.iter().collect();
        format!("=?utf-8?B?{}?=", data_encoding::BASE64.encode(some.as_bytes()))
    });
    words.collect::<Vec<_>>().join("\r\n ")
}

fn thread(original: &Message) -> String {
    let Some(id) = &original.message_id else { return String::new() };
    let all = original.references.iter().chain(Some(id));
    let all: Vec<String> = all.map(|one| format!("<{one}>")).collect();
    format!("In-Reply-To: <{id}>\r\nReferences: {}\r\n", all.join("\r\n "))
}

/// The bare address where a header field holds one in angle brackets.
fn header(message: &Message, name: &str) -> String {
    let value = message.headers.iter().find(|(field, _)| field == name);
    let value = value.map(|(_, value)| value.as_str()).unwrap_or_default();
    if name == "reply-to" {
        let inside = value.rsplit_once('<').map_or(value, |(_, rest)| rest);
        return inside.trim_end_matches('>').trim().to_owned();
    }
    value.to_owned()
}

fn plain_text(message: &Message) -> &str {
    message.parts.iter().find(|part| part.media_type == "text/plain").map_or("", |part| &part.text)
}
