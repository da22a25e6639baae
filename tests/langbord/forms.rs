//! The mails of `tests/replies/forms`: every form that programs give to a mail, and what is read.
//!
//! A mail begins below `=====`, its meaning below `=====>`. The body of a mail of one part is
//! encoded here as its header says, so that the files can be read.

use std::path::Path;

use data_encoding::BASE64;
use langbord::mail::parse;
use langbord::understand::{Meaning, understand};

/// A mail and what is expected of it.
struct Form {
    name: String,
    raw: Vec<u8>,
    expected: Expected,
}

/// What is read from a mail, as far as the files tell.
#[derive(Debug, PartialEq, Eq)]
struct Expected {
    /// Kind; for calendars also answer, attendee, seats and `human`.
    meaning: String,
    /// The person's own words, or the recipients of a bounce; white space does not count.
    text: Option<String>,
}

#[test]
fn mails_of_persons_give_their_own_words() {
    hold("people");
    hold("further");
    hold("close");
}

#[test]
fn automatic_replies_without_a_header_are_told_by_their_words() {
    hold("automatic");
}

#[test]
fn bounces_of_every_server_name_their_recipients() {
    hold("bounces");
}

#[test]
fn calendars_are_read_whatever_their_program_made_of_them() {
    hold("calendars");
}

fn hold(file: &str) {
    let forms = forms(file);
    assert!(forms.len() >= 15, "{file}: {}", forms.len());
    let mut wrong = 0;
    for form in &forms {
        let meaning = understand(&parse(&form.raw), None);
        let read = Expected {
            meaning: headline(&meaning),
            text: form.expected.text.is_some().then(|| squash(&words(&meaning))),
        };
        if read != form.expected {
            wrong += 1;
            println!("{}\n  wanted {:?}\n  read   {read:?}", form.name, form.expected);
        }
    }
    println!("{file}: {} of {} right", forms.len() - wrong, forms.len());
    assert_eq!(wrong, 0, "{file}");
}

fn forms(file: &str) -> Vec<Form> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replies/forms");
    let text = std::fs::read_to_string(folder.join(file).with_extension("txt")).unwrap();
    let forms = text.split("\n===== ").skip(1);
    forms
        .map(|form| {
            let (name, rest) = form.split_once('\n').unwrap();
            let (mail, expected) = rest.split_once("=====> ").expect(name);
            let (meaning, text) = expected.split_once('\n').unwrap_or((expected, ""));
            let told = meaning == "reply" || meaning != "auto_reply" && meaning != "list";
            Form {
                name: format!("{file}: {name}"),
                raw: raw(mail),
                expected: Expected {
                    meaning: meaning.to_owned(),
                    text: told.then(|| squash(text)),
                },
            }
        })
        .collect()
}

/// The mail as it is sent.
fn raw(mail: &str) -> Vec<u8> {
    let (head, body) = mail.split_once("\n\n").unwrap();
    let lower = head.to_lowercase();
    let octets = in_charset(body, &lower);
    let mut raw = head.replace('\n', "\r\n").into_bytes();
    raw.extend(b"\r\n\r\n");
    if lower.contains("encoding: base64") && !lower.contains("multipart/") {
        let encoded = BASE64.encode(&octets);
        for line in encoded.as_bytes().chunks(76) {
            raw.extend(line);
            raw.extend(b"\r\n");
        }
    } else if lower.contains("encoding: quoted-printable") && !lower.contains("multipart/") {
        raw.extend(quoted_printable(&octets));
    } else {
        raw.extend(octets);
    }
    raw
}

fn in_charset(body: &str, head: &str) -> Vec<u8> {
    let body = body.replace('\n', "\r\n");
    if !head.contains("iso-8859-") && !head.contains("windows-1252") {
        return body.into_bytes();
    }
    let octet = |c: char| match c {
        '€' => 0x80,
        '’' => 0x92,
        '“' => 0x93,
        '”' => 0x94,
        '–' => 0x96,
        c => u8::try_from(u32::from(c)).unwrap(),
    };
    body.chars().map(octet).collect()
}

/// Soft breaks after 70 characters, wherever that is.
fn quoted_printable(octets: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::new();
    let mut column = 0;
    for octet in octets {
        if column >= 70 && !matches!(octet, b'\r' | b'\n') {
            encoded.extend(b"=\r\n");
            column = 0;
        }
        match octet {
            b'\n' => {
                column = 0;
                encoded.push(b'\n');
            }
            b'\r' | b' '..=b'<' | b'>'..=b'~' => {
                column += 1;
                encoded.push(*octet);
            }
            _other => {
                column += 3;
                encoded.extend(format!("={octet:02X}").bytes());
            }
        }
    }
    encoded
}

fn headline(meaning: &Meaning) -> String {
    let kind = meaning.kind.name();
    let Some(calendar) = meaning.calendar.as_ref().filter(|_| kind == "calendar") else {
        return kind.to_owned();
    };
    let answer = meaning.answer.map_or("none", langbord::understand::Answer::name);
    let attendee = calendar.attendee.clone().unwrap_or_default();
    let seats = meaning.party_size.map(|seats| format!(", {seats} seats")).unwrap_or_default();
    let human = if meaning.needs_human { " human" } else { "" };
    format!("{kind} {answer} {attendee}{seats}{human}")
}

fn words(meaning: &Meaning) -> String {
    let Some(bounce) = &meaning.bounce else { return meaning.visible_text.clone() };
    let recipients = bounce.recipients.iter().map(|unreached| {
        let lasts = if unreached.permanent { "for good" } else { "for now" };
        format!("{} {lasts}\n", unreached.address)
    });
    recipients.collect()
}

fn squash(text: &str) -> String {
    text.replace('\u{feff}', "").split_whitespace().collect::<Vec<_>>().join(" ")
}
