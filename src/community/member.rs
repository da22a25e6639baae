//! What a member has with a community beside single invitations: how often they hear from it, until
//! when they are away, what they let us remember, and what waits for a word of theirs.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::facts::Answering;
use super::gathering::Gathering;
use super::letter::{Named, OwnData};
use super::person::Person;
use crate::command::Role;
use crate::command::member::{Frequency, Shared};
use crate::mail::EmailAddress;
use crate::understand::Diet;

/// Where a membership stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Membership {
    /// Nominated, not yet one of us.
    Candidate,
    /// One of us.
    Active,
    /// Away for a while: nothing is sent.
    Paused,
    /// No longer.
    Left,
}

/// What somebody eats.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Food {
    /// Needs from the closed list.
    pub diets: Vec<Diet>,
    /// Further needs in the guest's words.
    pub notes: Vec<String>,
}

impl Food {
    /// Whether nothing is told.
    pub fn is_empty(&self) -> bool {
        self.diets.is_empty() && self.notes.is_empty()
    }
}

/// What the author of a mail has with us.
#[derive(Debug, Clone, PartialEq)]
pub struct Own {
    /// Where the membership stands; `None` for a guest who is no member.
    pub membership: Option<Membership>,
    /// Until when they are away, if they are and have said so.
    pub away_until: Option<NaiveDate>,
    /// How often they want the digest.
    pub digest: Frequency,
    /// Whether they have been asked whether to remember what they eat.
    pub diet_asked: bool,
    /// What they eat, if they let us remember it.
    pub remembered: Option<Food>,
    /// Their open invitations, soonest first, locked. Only where the mail asks for something.
    pub invitations: Vec<OwnInvitation>,
    /// The gatherings to come whose host they are, soonest first. Only where the mail asks for
    /// something.
    pub hosts: Vec<Gathering>,
    /// Active members, for those who hand their seat over. Only where the mail asks for something.
    pub members: Vec<Person>,
}

/// An open invitation of the author.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnInvitation {
    /// As for a single answer.
    pub answering: Answering,
    /// Who comes, for those who have a seat themselves.
    pub coming: Vec<Named>,
}

/// The version of the sentence to which `husk` is the answer. Raise it when the sentence changes.
pub const DIET_QUESTION: &str = "1";

/// Something that waits for one word.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// Its row, which is the row of the mail that asked for it.
    pub id: i64,
    /// Who asked, or in whose name.
    pub person: Person,
    /// What is carried out on yes.
    pub what: Requested,
    /// Until when yes counts.
    pub expires_at: DateTime<Utc>,
    /// Whether it has been answered.
    pub settled: bool,
    /// For `mine data`: everything about the person.
    pub data: Option<OwnData>,
    /// For a hand-over, and for a stranger: the invitation as it stands now. Locked.
    pub seat: Option<Answering>,
    /// For a hand-over: the receiver's own invitation, if there is one.
    pub receiver: Option<Person>,
    /// The same.
    pub invited: Option<Answering>,
}

/// What waits for one word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case")]
pub enum Requested {
    /// A copy of everything about the person, to the person.
    Data,
    /// The person is erased.
    Erase,
    /// A text goes out with the next digest.
    Share {
        /// What it is.
        shared: Shared,
        /// In the member's words.
        text: String,
    },
    /// A seat goes to another member: an organizer decides.
    HandOver {
        /// Whose seat.
        invitation_id: i64,
        /// To whom.
        to: i64,
    },
    /// Somebody we do not know, who has a member's invitation, gets one of their own: an organizer
    /// decides.
    LetIn {
        /// The member's invitation.
        invitation_id: i64,
        /// Who answered it.
        stranger: EmailAddress,
    },
}

impl Requested {
    /// As stored.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Data => "data",
            Self::Erase => "erase",
            Self::Share { .. } => "share",
            Self::HandOver { .. } => "hand-over",
            Self::LetIn { .. } => "let-in",
        }
    }
}

/// What a member's words change.
#[derive(Debug, Clone, PartialEq)]
pub enum MemberChange {
    /// What they eat is kept for later gatherings.
    Remember(Food),
    /// It is not, and nowhere else.
    Forget,
    /// They have been asked whether to remember it.
    DietAsked,
    /// How often they get the digest.
    Digest(Frequency),
    /// Away; until a day, or until they say so.
    Pause(Option<NaiveDate>),
    /// Back.
    Resume,
    /// No longer a member.
    Leave,
    /// The language of their letters.
    Language(crate::language::Language),
    /// Their name.
    Name(String),
    /// Their telephone.
    Phone(String),
    /// Where their letters go from now on; the address before stays theirs.
    Address(EmailAddress),
    /// What they are from now on.
    Role(Role),
    /// A text for the next digest.
    Share(Shared, String),
    /// Something waits for one word.
    Request {
        /// What.
        what: Requested,
        /// Until when.
        expires_at: DateTime<Utc>,
    },
    /// And has been answered.
    SettleRequest {
        /// Which.
        request_id: i64,
        /// Whether it was carried out.
        done: bool,
    },
    /// A seat goes from an invitation to another member.
    HandOver {
        /// Whose seat.
        invitation_id: i64,
        /// To whom.
        to: i64,
    },
    /// A stranger gets an invitation of their own; their answer to the member's is settled.
    LetIn {
        /// To what.
        gathering_id: i64,
        /// Who.
        stranger: EmailAddress,
        /// The mail that asked for it.
        request_id: i64,
    },
    /// Everything about them goes, but counts.
    Erase,
}
