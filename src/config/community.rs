//! One `[[community]]`.

use chrono::TimeDelta;
use toml::Value;

use super::section::{Field, Section, number, parsed, switch, text};
use super::{CommunityConfig, Dkim, Inbox, Organizer, Outbox, authentication, hours, servers};
use crate::community::cadence::{Cadence, Rounds};
use crate::community::person::CalendarPolicy;
use crate::letters::look::Look;
use crate::mail::EmailAddress;

const SLUG: Field = Field::new("slug", "a short name of a-z, 0-9 and -", "\"oslo\"");
const NAME: Field = Field::new("name", "the name that people see", "\"Oslo langbord\"");
const ADDRESS: Field = Field::new("address", "the table's e-mail address", "\"bord@example.org\"");
const LANGUAGE: Field = Field::new("language", "a language Langbord writes: en, nb, nn", "\"nb\"");
const ZONE: Field = Field::new("zone", "an IANA time zone", "\"Europe/Oslo\"");
const SUBADDRESS: Field =
    Field::new("subaddress", "true if bord+x@ is delivered to bord@, else false", "true");
const ORGANIZERS: Field = Field::new(
    "organizers",
    "those who may command, at least one",
    "[{ name = \"Ida Berg\", email = \"ida@example.org\" }]",
);
const EMAIL: Field = Field::new("email", "an e-mail address", "\"ida@example.org\"");
const DIGEST: Field = Field::new(
    "digest",
    "minute hour day month weekday, as in cron; weekdays by name",
    "\"0 9 1 * *\"",
);
const QUESTION: Field = Field::new("question", "as for `digest`", "\"0 9 1 * *\"");
const QUESTIONS: Field = Field::new(
    "questions",
    "questions of one line, each asked once",
    "[\"What have you changed your mind about?\"]",
);
const NOMINATIONS: Field = Field::new("nominations", "as for `digest`", "\"0 9 1 9 *\"");
const CALENDAR: Field =
    Field::new("calendar", "`invitation`, `confirmation` or `none`", "\"confirmation\"");
const HOLD: Field = Field::new("hold_minutes", "0 to 1440", "10");
const QUIET_HOURS: Field =
    Field::new("quiet_hours", "from which hour to which nobody gets unasked mail", "\"22-8\"");
const QUIET_DAYS: Field = Field::new(
    "quiet_days",
    "days on which nobody is asked anything: weekdays by name, month-day, or year-month-day",
    "\"Sun, 12-24\"",
);
const ACCENT: Field = Field::new("accent", "a colour that can be read on white", "\"#8c2f39\"");
const SIGNATURE: Field =
    Field::new("signature", "what stands below each letter", "\"Oslo langbord\\nwww.example.org\"");
const SIGNED_BY: Field = Field::new(
    "signed_by",
    "domains whose signature counts for this address",
    "[\"example-org.20230601.gappssmtp.com\"]",
);
const MAILDIR: Field = Field::new("maildir", "a Maildir", "\"/var/mail/bord\"");
const IMAP: Field =
    Field::new("imap", "a mailbox", "{ host = \"imap.example.org\", user = \"bord\", … }");
const SMTP: Field = Field::new("smtp", "a mail server", "{ host = \"smtp.example.org\", … }");
const DOMAIN: Field = Field::new("domain", "the domain that signs", "\"example.org\"");
const SELECTOR: Field = Field::new("selector", "the key's name in DNS", "\"langbord\"");
const KEY_FILE: Field =
    Field::new("key_file", "a file with a private key (PEM)", "\"/etc/langbord/dkim.pem\"");
const INBOX: Field =
    Field::new("inbox", "where mail comes from", "{ maildir = \"/var/mail/bord\" }");
const OUTBOX: Field =
    Field::new("outbox", "where mail goes", "{ smtp = { host = \"smtp.example.org\" } }");

/// Reads a community; what is wrong with it has been reported where this is `None`.
pub(super) fn read(mut section: Section<'_>) -> Option<CommunityConfig> {
    let slug = section.required(&SLUG, parsed(slug));
    let name = section.required(&NAME, text);
    let address = section.required(&ADDRESS, parsed(address));
    let language = section.required(&LANGUAGE, parsed(str::parse));
    let zone = section.required(&ZONE, parsed(|text| text.parse().map_err(|_| String::new())));
    let subaddress = section.optional(&SUBADDRESS, switch).unwrap_or(true);
    let organizers = organizers(&mut section);
    let digest = section.optional(&DIGEST, parsed(Cadence::parse));
    let rounds = rounds(&mut section);
    let calendar = section.optional(&CALENDAR, parsed(calendar));
    let hold = section.optional(&HOLD, number(0, 24 * 60)).unwrap_or(10);
    let night = section.optional(&QUIET_HOURS, parsed(hours::night));
    let quiet = section.optional(&QUIET_DAYS, parsed(hours::days));
    let accent = section.optional(&ACCENT, parsed(str::parse)).unwrap_or_default();
    let signature = section.optional(&SIGNATURE, signature);
    let authentication = authentication::read(section.table("authentication"));
    let inbox = within(&mut section, &INBOX).and_then(inbox);
    let hello = address.as_ref().map_or("localhost", EmailAddress::domain);
    let outbox = within(&mut section, &OUTBOX).and_then(|section| outbox(section, hello));
    let dkim = section.table("dkim").map(dkim);
    section.close();
    Some(CommunityConfig {
        slug: slug?,
        name: name?,
        address: address?,
        language: language?,
        zone: zone?,
        subaddress,
        organizers,
        digest,
        rounds,
        calendar: calendar.unwrap_or(CalendarPolicy::Confirmation),
        hold: TimeDelta::minutes(hold),
        hours: hours::hours(night, quiet),
        look: Look { accent, signature },
        authentication: authentication?,
        inbox: inbox?,
        outbox: outbox?,
        dkim: dkim.flatten(),
    })
}

fn rounds(section: &mut Section<'_>) -> Rounds {
    Rounds {
        question: section.optional(&QUESTION, parsed(Cadence::parse)),
        questions: section.optional(&QUESTIONS, questions).unwrap_or_default(),
        nominations: section.optional(&NOMINATIONS, parsed(Cadence::parse)),
    }
}

fn questions(_: &Section<'_>, value: &Value) -> Result<Vec<String>, String> {
    let values = value.as_array().ok_or("not a list")?;
    let read = values.iter().map(|value| {
        let question = value.as_str().ok_or("not a text")?.trim();
        let fits = !question.is_empty() && !question.chars().any(char::is_control);
        if fits { Ok(question.to_owned()) } else { Err("a question is one line".to_owned()) }
    });
    read.collect()
}

/// A few lines of words.
fn signature(_: &Section<'_>, value: &Value) -> Result<String, String> {
    let text = value.as_str().ok_or("not a text")?.trim();
    if text.is_empty() || text.lines().count() > 4 {
        return Err("not one to four lines".to_owned());
    }
    if text.chars().any(|c| c != '\n' && c.is_control()) {
        return Err("it holds control characters".to_owned());
    }
    Ok(text.to_owned())
}

fn within<'a>(section: &mut Section<'a>, field: &Field) -> Option<Section<'a>> {
    if !section.has(field.key) {
        section.complain(field, "nothing");
    }
    section.table(field.key)
}

fn organizers(section: &mut Section<'_>) -> Vec<Organizer> {
    let tables = section.tables(&ORGANIZERS, "email");
    let read = tables.into_iter().filter_map(|mut section| {
        let name = section.required(&NAME, text);
        let email = section.required(&EMAIL, parsed(address));
        let signed_by = section.optional(&SIGNED_BY, domains).unwrap_or_default();
        section.close();
        Some(Organizer { name: name?, email: email?, signed_by })
    });
    read.collect()
}

fn domains(_: &Section<'_>, value: &Value) -> Result<Vec<String>, String> {
    let values = value.as_array().ok_or("not a list")?;
    let read = values.iter().map(|value| {
        let domain = host(value.as_str().ok_or("not a text")?)?;
        Ok(domain.to_ascii_lowercase())
    });
    read.collect()
}

fn inbox(mut section: Section<'_>) -> Option<Inbox> {
    let maildir = section.optional(&MAILDIR, Section::path).map(Inbox::Maildir);
    let imap = section.table(IMAP.key).and_then(servers::imap).map(Inbox::Imap);
    let chosen = section.exactly_one(&[&IMAP, &MAILDIR], [imap, maildir]);
    section.close();
    chosen
}

fn outbox(mut section: Section<'_>, hello: &str) -> Option<Outbox> {
    let maildir = section.optional(&MAILDIR, Section::path).map(Outbox::Maildir);
    let smtp = section.table(SMTP.key).and_then(|s| servers::smtp(s, hello)).map(Outbox::Smtp);
    let chosen = section.exactly_one(&[&SMTP, &MAILDIR], [smtp, maildir]);
    section.close();
    chosen
}

fn dkim(mut section: Section<'_>) -> Option<Dkim> {
    let domain = section.required(&DOMAIN, parsed(host));
    let selector = section.required(&SELECTOR, parsed(host));
    let key = section.required(&KEY_FILE, |section: &Section<'_>, value: &Value| {
        let key = section.secret_file(value)?;
        let is_key = key.reveal().contains("PRIVATE KEY-----");
        if is_key { Ok(key) } else { Err("there is no private key in it".to_owned()) }
    });
    section.close();
    Some(Dkim { domain: domain?, selector: selector?, key: key? })
}

fn slug(text: &str) -> Result<String, String> {
    let fits = text.len() <= 40
        && !text.starts_with('-')
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits { Ok(text.to_owned()) } else { Err(String::new()) }
}

fn address(text: &str) -> Result<EmailAddress, String> {
    let address: EmailAddress = text.parse()?;
    if address.detail().is_some() {
        return Err("an address without `+`".to_owned());
    }
    Ok(address)
}

/// A host name, an address, or a DKIM selector: what cannot hurt in a command or a header.
pub(super) fn host(text: &str) -> Result<String, String> {
    let fits = text.len() <= 253
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:".contains(&b));
    if fits { Ok(text.to_owned()) } else { Err("not a host name".to_owned()) }
}

fn calendar(text: &str) -> Result<CalendarPolicy, String> {
    match text {
        "invitation" => Ok(CalendarPolicy::Invitation),
        "confirmation" => Ok(CalendarPolicy::Confirmation),
        "none" => Ok(CalendarPolicy::Never),
        _ => Err(String::new()),
    }
}
