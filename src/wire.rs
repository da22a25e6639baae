//! The foreign protocols: IMAP and Maildir in, SMTP and Maildir out. Knows mail, knows no dinners.
//!
//! Invariant: every wait on the network has a deadline inside the stream, and every reply has a
//! bounded size. Nothing here touches the database.

pub mod dns;
pub mod imap;
pub mod maildir;
pub mod maildir_out;
pub mod oauth;
pub mod outlet;
pub mod smtp;
pub mod source;
pub mod stream;

use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::mail::EmailAddress;
use crate::secret::Secret;

/// How a connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (ports 993 and 465).
    ImplicitTls,
    /// TLS after STARTTLS (ports 143 and 587); never less.
    StartTls,
    /// No TLS. The configuration allows it for loopback only.
    Plain,
}

/// Where a server is, and how to trust it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name, checked against the certificate.
    pub host: String,
    /// Port.
    pub port: u16,
    /// Protection.
    pub security: Security,
    /// A PEM file with the only authorities to trust instead of the system's.
    pub ca_file: Option<PathBuf>,
}

/// How we say who we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Login {
    /// User name and password.
    Password {
        /// User name.
        user: String,
        /// Password.
        password: Secret,
    },
    /// XOAUTH2: the command prints a fresh access token on its first line.
    XOAuth2 {
        /// User name.
        user: String,
        /// Program and arguments; no shell.
        command: Vec<String>,
    },
    /// The password is a systemd credential, and we are not the service that is given it.
    Withheld {
        /// User name.
        user: String,
    },
}

impl Login {
    /// The user name.
    pub fn user(&self) -> &str {
        match self {
            Self::Password { user, .. } | Self::XOAuth2 { user, .. } | Self::Withheld { user } => {
                user
            }
        }
    }
}

/// What is said where a [`Login::Withheld`] would have to be used.
pub const WITHHELD: &str = "the password is a systemd credential, which only the service is given";

/// What happens in the mailbox to a mail that is safely in our inbox table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Flag it `\Seen`.
    Flag,
    /// Move it to this folder, which is made where it is missing.
    Move(String),
}

/// A mailbox to read by IMAP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImapSettings {
    /// The server.
    pub endpoint: Endpoint,
    /// The account.
    pub login: Login,
    /// The mailbox, usually `INBOX`.
    pub mailbox: String,
    /// What to do with mails that we have.
    pub mark: Mark,
    /// How often to look where the server has no IDLE.
    pub poll: Duration,
}

impl ImapSettings {
    /// How the mailbox is named as a place.
    pub fn place(&self) -> String {
        format!("imap:{}@{}/{}", self.login.user(), self.endpoint.host, self.mailbox)
    }
}

/// A server that takes our mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpSettings {
    /// The server.
    pub endpoint: Endpoint,
    /// The account, where the server asks for one.
    pub login: Option<Login>,
    /// What we call ourselves in EHLO.
    pub hello: String,
    /// How many connections may be open at once.
    pub connections: usize,
}

/// Where a mail stands in a mailbox. For a Maildir, `uid_validity` is 0 and `uid` is 0: there the
/// content's hash alone tells a mail that we have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which mailbox: `imap:user@host/INBOX` or `maildir:/path`.
    pub mailbox: String,
    /// IMAP UIDVALIDITY (RFC 9051 2.3.1.1).
    pub uid_validity: u32,
    /// IMAP UID.
    pub uid: u32,
    /// The file's name in a Maildir; empty for IMAP.
    pub file: String,
}

/// A mail as it lies in the mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Where it was found.
    pub place: Place,
    /// INTERNALDATE, or the file's modification time: when the server got it.
    pub arrived_at: DateTime<Utc>,
    /// The octets; where the mail is larger than the limit, its header only.
    pub raw: Vec<u8>,
    /// Whether `raw` was cut to the header because the mail is larger than [`LARGEST_MAIL`].
    pub too_large: bool,
}

/// Mails above this size are not read further than their header.
pub const LARGEST_MAIL: usize = 25 * 1024 * 1024;

/// Headers above this size are not read further, where only the header is read.
pub const LARGEST_HEADER: usize = 256 * 1024;

/// How many octets of mails are read at once, unless a single mail is larger.
pub const LARGEST_BATCH: usize = 8 * 1024 * 1024;

/// How far a mailbox has been read. All zero for one that never was, and always for a Maildir.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The UIDVALIDITY under which `uid` means something.
    pub uid_validity: u32,
    /// Every mail up to this UID is ours, or gone, or was reported as unreadable.
    pub uid: u32,
}

/// Some mails, in the order of their arrival in the mailbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The mails.
    pub mails: Vec<Arrived>,
    /// The cursor once these mails are committed, and not before.
    pub cursor: Cursor,
    /// Whether more were waiting behind them.
    pub more: bool,
    /// Whether the mailbox was renumbered or put back, and is read again from its beginning: mails
    /// that we have will be among these, known by their content's hash.
    pub rescan: bool,
    /// UIDs that the server lists and can't deliver in a form that can be read. They are passed
    /// over, and stay in the mailbox; a person has to be told.
    pub unreadable: Vec<u32>,
}

/// Why waiting for mail has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wake {
    /// There is news in the mailbox.
    Mail,
    /// It is time to look, news or not.
    Time,
    /// The caller wanted it to end.
    Stopped,
}

impl Arrived {
    /// A mail that was read whole; cut to its header where it turned out too large.
    fn new(place: Place, arrived_at: DateTime<Utc>, mut raw: Vec<u8>) -> Self {
        let too_large = raw.len() > LARGEST_MAIL;
        if too_large {
            cut_to_header(&mut raw);
        }
        Self { place, arrived_at, raw, too_large }
    }
}

fn cut_to_header(raw: &mut Vec<u8>) {
    raw.truncate(LARGEST_HEADER);
    let mut length = 0_usize;
    for line in raw.split_inclusive(|octet| *octet == b'\n') {
        length = length.saturating_add(line.len());
        if matches!(line, b"\r\n" | b"\n") {
            break;
        }
    }
    raw.truncate(length);
    raw.shrink_to_fit();
}

/// The envelope of one mail (RFC 5321): one recipient, always.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Reverse-path.
    pub from: EmailAddress,
    /// Forward-path.
    pub to: EmailAddress,
}

/// What one attempt to hand over a mail has taught us about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The server took responsibility (250 to the final dot). Holds its words.
    Sent(String),
    /// It certainly did not, and may later (4xx, no connection, or a 5xx that is not about the
    /// recipient).
    Deferred(String),
    /// It certainly did not, and never will: nobody gets mail there (5xx).
    Unreachable(String),
    /// It certainly did not, and never will: a mail like this may not leave.
    Failed(String),
    /// The connection broke after the final dot and before the reply (RFC 1047), or the reply was
    /// not one that says yes or no.
    Doubtful(String),
}

/// A way for mail to leave, in two stages, so that the outbox row can say `sending` before the
/// first octet of the message goes out and not earlier.
pub trait Carrier {
    /// Everything up to the point where the server waits for the message (354). `Err` is an
    /// outcome that is certainly not `Sent` or `Doubtful`.
    fn address(&mut self, envelope: &Envelope) -> impl Future<Output = Result<(), Outcome>> + Send;

    /// Gives up after a successful [`Carrier::address`]: the message does not go after all.
    fn abandon(&mut self);

    /// Hands over the message after a successful [`Carrier::address`].
    fn hand_over(&mut self, message: &[u8]) -> impl Future<Output = Outcome> + Send;
}
