//! Communities and people, as decisions see them.

use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::language::Language;
use crate::mail::EmailAddress;

/// Whether and when a calendar part goes out with a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarPolicy {
    /// With the invitation, so that the calendar's buttons answer it. Without the address.
    Invitation,
    /// With the confirmation of a seat.
    Confirmation,
    /// Not at all.
    Never,
}

/// One group with its own address, language, time zone and rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Community {
    /// Its row.
    pub id: i64,
    /// Its short name; part of every token.
    pub slug: String,
    /// Its name as people know it.
    pub name: String,
    /// Where people write to.
    pub address: EmailAddress,
    /// Whether mail to `address+something` arrives at `address`.
    pub subaddress: bool,
    /// The language of those who have not chosen one.
    pub language: Language,
    /// The zone in which its dinners begin.
    pub zone: Tz,
    /// When calendar parts are sent.
    pub calendar: CalendarPolicy,
    /// Mails to many wait so long before they leave, so that a mistake can be taken back.
    pub hold: TimeDelta,
}

/// A human, with the one address that letters go to.
///
/// Invariant: made from the database only. No constructor takes anything from a mail, so that no
/// mail can choose where an answer goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Row.
    pub id: i64,
    /// Name.
    pub name: String,
    /// Address of record.
    pub address: EmailAddress,
    /// Language of letters to this person.
    pub language: Language,
    /// Telephone, if known.
    pub phone: Option<String>,
    /// Whether an active member.
    pub active: bool,
    /// Whether they may command.
    pub organizer: bool,
}
