//! A finished mail: RFC 5322 octets, ready for the wire and never changed again.
//!
//! The same [`Outgoing`] always gives the same octets, MIME boundaries included.
//!
//! Invariant: what [`compose`] returns passes [`wire_safe()`], whatever the names, subject and texts
//! held; and every header field in it is one that we put there.

pub(super) mod clean;
mod wire_safe;

use chrono::{DateTime, Datelike, Utc};
use lettre::Address;
use lettre::message::header::{
    ContentTransferEncoding, ContentType, HeaderName, HeaderValue, MessageId, Subject,
};
use lettre::message::{
    Attachment, Body, Mailbox as LettreMailbox, Message, MessageBuilder, MultiPart, MultiPartKind,
    SinglePart,
};

use super::EmailAddress;
use clean::{LONGEST_NAME, LONGEST_SUBJECT, body_text, is_message_id, one_line};
pub use wire_safe::wire_safe;

/// The field that says that a mail is ours, with the community's domain. What comes back with it is
/// a loop, whoever returned it.
pub const LOOP_HEADER: &str = "X-Langbord-Loop";

/// RFC 5322 sets no bound, but a thread that bounces for a year would.
const MOST_REFERENCES: usize = 20;

/// A person's address with the name that is shown beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// Shown name; may be empty. Whatever it holds can not break the header.
    pub name: String,
    /// The address.
    pub address: EmailAddress,
}

/// Why a mail is automatic (RFC 3834 section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoSubmitted {
    /// Nobody asked for it just now: invitations, reminders, digests.
    Generated,
    /// It answers a mail that somebody wrote.
    Replied,
}

/// A `text/calendar` part beside the text (RFC 6047).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarPart {
    /// `REQUEST` or `CANCEL`; repeated as the parameter of Content-Type.
    pub method: &'static str,
    /// The iCalendar object.
    pub text: String,
}

/// A file that goes with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosure {
    /// Its name; ours, plain letters.
    pub name: String,
    /// Its media type.
    pub media_type: &'static str,
    /// What it holds.
    pub octets: Vec<u8>,
}

/// How to be rid of such mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsubscribe {
    /// Where `stopp` may be sent (RFC 2369).
    pub to: EmailAddress,
    /// What a mail program asks for with one click of its reader's (RFC 8058), if anything does.
    pub link: Option<String>,
}

/// All that a mail is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// The community.
    pub from: Mailbox,
    /// The one recipient.
    pub to: Mailbox,
    /// Where an answer should go, with its token.
    pub reply_to: EmailAddress,
    /// Subject; one line.
    pub subject: String,
    /// The plain text, which stands on its own.
    pub text: String,
    /// The same as HTML.
    pub html: String,
    /// An event, if the mail carries one: as alternative part and as `.ics` attachment.
    pub calendar: Option<CalendarPart>,
    /// Message-ID without angle brackets.
    pub message_id: String,
    /// Files beside the text.
    pub enclosures: Vec<Enclosure>,
    /// The thread, oldest first, without angle brackets; the last one is In-Reply-To.
    pub references: Vec<String>,
    /// When it was written.
    pub date: DateTime<Utc>,
    /// Scheduled or answering.
    pub auto_submitted: AutoSubmitted,
    /// The community's List-Id, `name.domain`, for mail to members.
    pub list_id: Option<String>,
    /// How to be rid of such mail, for what nobody has asked for.
    pub unsubscribe: Option<Unsubscribe>,
}

/// Composes the mail.
pub fn compose(mail: &Outgoing) -> Result<Vec<u8>, String> {
    if !is_message_id(&mail.message_id) {
        return Err(format!("`{}` is not a Message-ID", mail.message_id.escape_debug()));
    }
    let message = headers(mail)?
        .multipart(body(mail)?)
        .map_err(|error| format!("the mail can not be built: {error}"))?;
    let octets = message.formatted();
    wire_safe(&octets)?;
    Ok(octets)
}

fn headers(mail: &Outgoing) -> Result<MessageBuilder, String> {
    // Years of other lengths are no date in RFC 5322.
    if !(1000..=9999).contains(&mail.date.year()) {
        return Err(format!("{} is not a date for a mail", mail.date));
    }
    let mut builder = Message::builder()
        .from(mailbox(&mail.from)?)
        .to(mailbox(&mail.to)?)
        .reply_to(LettreMailbox::new(None, address(&mail.reply_to)?))
        .header(Subject::from(one_line(&mail.subject, LONGEST_SUBJECT)))
        .header(MessageId::from(format!("<{}>", mail.message_id)))
        .raw_header(date(&mail.date));
    let references = thread(&mail.references);
    if let Some(newest) = references.last() {
        builder = builder.in_reply_to(newest.clone()).references(references.join(" "));
    }
    let auto_submitted = match mail.auto_submitted {
        AutoSubmitted::Generated => "auto-generated",
        AutoSubmitted::Replied => "auto-replied",
    };
    builder = builder
        .raw_header(field("Auto-Submitted", auto_submitted.to_owned()))
        // Exchange answers automatic mail all the same unless told not to (MS-OXCMAIL 2.2.3.2.14).
        .raw_header(field("X-Auto-Response-Suppress", "All".to_owned()))
        .raw_header(field(LOOP_HEADER, mail.from.address.domain().to_owned()));
    if let Some(id) = &mail.list_id {
        if !is_message_id(&format!("{id}@list")) {
            return Err(format!("`{}` is not a List-Id", id.escape_debug()));
        }
        builder = builder.raw_header(field("List-Id", format!("<{id}>")));
    }
    match &mail.unsubscribe {
        Some(stop) => stoppable(builder, stop),
        None => Ok(builder),
    }
}

/// The link first: a program takes the first of them that it knows (RFC 2369 2).
fn stoppable(builder: MessageBuilder, stop: &Unsubscribe) -> Result<MessageBuilder, String> {
    let mail = format!("<{}?subject=stopp>", mailto(&stop.to));
    let Some(link) = &stop.link else {
        return Ok(builder.raw_header(field("List-Unsubscribe", mail)));
    };
    let plain = |c: char| c.is_ascii_graphic() && !"<>,\"".contains(c);
    if !link.starts_with("https://") || !link.chars().all(plain) {
        return Err(format!("`{}` is not a link", link.escape_debug()));
    }
    Ok(builder
        .raw_header(field("List-Unsubscribe", format!("<{link}>, {mail}")))
        .raw_header(field("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned())))
}

/// Text and HTML are alternatives. An event is one more alternative, which is what makes the
/// buttons of Gmail and Outlook appear, and an attachment, which is what other calendars open.
fn body(mail: &Outgoing) -> Result<MultiPart, String> {
    let alternatives = multipart(mail, MultiPartKind::Alternative)
        .singlepart(part(ContentType::TEXT_PLAIN, &mail.text))
        .singlepart(part(ContentType::TEXT_HTML, &mail.html));
    if !mail.enclosures.is_empty() {
        let mut mixed = multipart(mail, MultiPartKind::Mixed).multipart(alternatives);
        for file in &mail.enclosures {
            mixed = mixed.singlepart(enclosed(file)?);
        }
        return Ok(mixed);
    }
    let Some(calendar) = &mail.calendar else { return Ok(alternatives) };

    let said = format!("METHOD:{}", calendar.method);
    if calendar.text.lines().filter(|line| line.starts_with("METHOD:")).ne([said.as_str()]) {
        return Err(format!("the calendar part does not say `{said}` once"));
    }
    let shown = format!("text/calendar; charset=utf-8; method={}", calendar.method);
    let shown = ContentType::parse(&shown).map_err(|error| format!("`{shown}`: {error}"))?;
    let file = ContentType::parse("application/ics; name=\"invite.ics\"")
        .map_err(|error| error.to_string())?;
    let attachment = Attachment::new("invite.ics".to_owned()).body(quoted(&calendar.text), file);
    Ok(multipart(mail, MultiPartKind::Mixed)
        .multipart(alternatives.singlepart(part(shown, &calendar.text)))
        .singlepart(attachment))
}

/// Base64, so that the file's octets come back as they are.
fn enclosed(file: &Enclosure) -> Result<SinglePart, String> {
    let kind = ContentType::parse(file.media_type).map_err(|error| error.to_string())?;
    let encoding = ContentTransferEncoding::Base64;
    let body = Body::new_with_encoding(file.octets.clone(), encoding)
        .map_err(|_| format!("`{}` can not be enclosed", file.name))?;
    Ok(Attachment::new(file.name.clone()).body(body, kind))
}

/// The boundary is chosen, since a random one would give other octets each time. `=_` can not occur
/// in quoted-printable, and all leaves are that.
fn multipart(mail: &Outgoing, kind: MultiPartKind) -> MultiPart {
    let nesting = if matches!(kind, MultiPartKind::Mixed) { "m" } else { "a" };
    let id = mail.message_id.chars().filter(char::is_ascii_alphanumeric).take(30);
    let boundary = format!("=_{nesting}_{}", id.collect::<String>());
    MultiPart::builder().kind(kind).boundary(boundary).build()
}

fn part(content_type: ContentType, text: &str) -> SinglePart {
    SinglePart::builder().header(content_type).body(quoted(text))
}

fn quoted(text: &str) -> Body {
    let encoding = ContentTransferEncoding::QuotedPrintable;
    // Quoted-printable takes any octets, so the text never comes back.
    Body::new_with_encoding(body_text(text), encoding)
        .unwrap_or_else(|text| Body::dangerous_pre_encoded(text, encoding))
}

/// lettre panics over a line break in a name, so the name is cleaned here and nowhere later.
fn mailbox(mailbox: &Mailbox) -> Result<LettreMailbox, String> {
    let name = one_line(&mailbox.name, LONGEST_NAME);
    let name = (!name.is_empty()).then_some(name);
    Ok(LettreMailbox::new(name, address(&mailbox.address)?))
}

fn address(address: &EmailAddress) -> Result<Address, String> {
    Address::new(address.local(), address.domain()).map_err(|error| format!("{address}: {error}"))
}

/// The ids that may stand in a header: the first, which names the thread, and the newest ones.
fn thread(references: &[String]) -> Vec<String> {
    let ids: Vec<String> =
        references.iter().filter(|id| is_message_id(id)).map(|id| format!("<{id}>")).collect();
    let newest = ids.len().saturating_sub(MOST_REFERENCES - 1).max(1);
    ids.iter().take(1).chain(ids.iter().skip(newest)).cloned().collect()
}

fn date(date: &DateTime<Utc>) -> HeaderValue {
    field("Date", date.format("%a, %d %b %Y %H:%M:%S +0000").to_string())
}

fn field(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// The address as a URI (RFC 6068 2), in which some of its characters mean something else.
pub(super) fn mailto(address: &EmailAddress) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "@.-_~+!$'*".contains(c);
    let encoded = |c: char| {
        if plain(c) { c.to_string() } else { format!("%{:02X}", u32::from(c)) }
    };
    format!("mailto:{}", address.as_str().chars().map(encoded).collect::<String>())
}

#[cfg(test)]
mod tests;
