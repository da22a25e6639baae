//! A finished mail: RFC 5322 octets, ready for the wire and never changed again.

use chrono::{DateTime, Utc};

use super::EmailAddress;

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
    /// The thread, oldest first, without angle brackets; the last one is In-Reply-To.
    pub references: Vec<String>,
    /// When it was written.
    pub date: DateTime<Utc>,
    /// Scheduled or answering.
    pub auto_submitted: AutoSubmitted,
    /// The community's List-Id, `name.domain`, for mail to members.
    pub list_id: Option<String>,
    /// Where `stopp` may be sent (RFC 2369), for digests and invitations.
    pub unsubscribe: Option<EmailAddress>,
}
