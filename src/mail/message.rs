//! A mail as Langbord reads it. Parsing never fails: what is odd becomes a [`Defect`].

use chrono::{DateTime, Utc};

use super::EmailAddress;

/// A received mail: the header fields and parts that we use, decoded and cleaned.
///
/// Invariant: no string here holds NUL, and no header value holds a line break, a control or a
/// bidirectional-override character, whatever the mail held.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Every header field of the top level in order: name in lower case, value unfolded, decoded.
    pub headers: Vec<(String, String)>,
    /// The single author. `None` where From is missing, double, or not an address we accept.
    pub from: Option<EmailAddress>,
    /// The author's display name, cleaned; empty where there is none.
    pub from_name: String,
    /// To, Cc, Delivered-To, X-Original-To and Envelope-To, as far as they are addresses.
    pub recipients: Vec<EmailAddress>,
    /// Subject, decoded.
    pub subject: String,
    /// Message-ID without its angle brackets.
    pub message_id: Option<String>,
    /// In-Reply-To and References, newest last, without angle brackets, at most 100.
    pub references: Vec<String>,
    /// The Date field, which its sender chose.
    pub date: Option<DateTime<Utc>>,
    /// The leaves of the MIME tree in order, those of nested messages excluded.
    pub parts: Vec<Part>,
    /// What was odd.
    pub defects: Vec<Defect>,
}

impl Message {
    /// The first field of this name (given in lower case), decoded.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
    }

    /// The media type of the whole mail in lower case, without parameters.
    pub fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or("text/plain");
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

/// A leaf of the MIME tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Type and subtype in lower case: `text/plain`, `text/calendar`, `message/delivery-status`.
    pub media_type: String,
    /// Parameters of Content-Type, names in lower case: `method`, `format`, `charset`.
    pub parameters: Vec<(String, String)>,
    /// Whether Content-Disposition says attachment, or a file name is given.
    pub attachment: bool,
    /// Text decoded to UTF-8 for `text/*` and `message/*`; empty for everything else, which is
    /// never opened.
    pub text: String,
}

impl Part {
    /// A parameter of Content-Type (its name given in lower case).
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Something odd about a mail, worth telling an operator and never a reason to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Defect {
    /// No From field, or one without an address we accept.
    NoAuthor,
    /// More than one From field or more than one author.
    SeveralAuthors,
    /// A limit was passed; the rest was not read. Names the limit.
    TooMuch(&'static str),
    /// A charset outside the ones that we trust to mean what they say.
    OddCharset(String),
    /// A part that could not be decoded.
    Undecodable(String),
}
