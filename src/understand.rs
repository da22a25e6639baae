//! What a mail means: its kind, and for a person's reply the answer, party, diets and reasons.
//!
//! One entry point, [`understand`]. Pure: no clock, no database, no network, and no knowledge of
//! who was invited to what. The words of each language are data, in `templates/<lang>/lexicon.toml`.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::mail::{EmailAddress, Message};

/// Who or what wrote the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person.
    Reply,
    /// A calendar program: `text/calendar` with METHOD REPLY or COUNTER.
    Calendar,
    /// A mail server that could not deliver (RFC 3464 and the many that do not follow it).
    Bounce,
    /// An automatic responder (RFC 3834), a ticket system, a read receipt.
    AutoReply,
    /// A mailing list or newsletter.
    List,
    /// An abuse report (RFC 5965).
    Feedback,
}

/// What a reply says about coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Will come, also late, early, with somebody, with a wish.
    Yes,
    /// Declines, or cancels an earlier yes.
    No,
    /// Says that it is undecided.
    Maybe,
}

/// A need of the kitchen, from the closed list of the label rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Diet {
    Vegetarian,
    Vegan,
    Pescatarian,
    GlutenFree,
    Coeliac,
    LactoseFree,
    MilkAllergy,
    EggAllergy,
    NutAllergy,
    PeanutAllergy,
    FishAllergy,
    ShellfishAllergy,
    SoyAllergy,
    SesameAllergy,
    Halal,
    Kosher,
    NoPork,
    NoBeef,
    NoAlcohol,
    Diabetic,
    Pregnant,
    LowFodmap,
    /// Any further need; its words are in [`Meaning::diet_notes`].
    Other,
}

/// What a mail means.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Meaning {
    /// Who or what wrote it.
    pub kind: Kind,
    /// About coming; `None` where nothing is said, or nothing that can be settled.
    pub answer: Option<Answer>,
    /// Seats in all, the sender included, where said or clearly implied.
    pub party_size: Option<u32>,
    /// What the kitchen must know.
    pub diets: BTreeSet<Diet>,
    /// The words behind [`Diet::Other`], as written.
    pub diet_notes: Vec<String>,
    /// Whether an organizer has to act or answer.
    pub needs_human: bool,
    /// What the person wrote in this mail: no quote, attribution, signature, advert.
    pub visible_text: String,
    /// How sure the answer is, 0 to 1. Below [`CONFIDENT`] Langbord asks instead of answering.
    pub confidence: f32,
    /// What each conclusion rests on.
    pub because: Vec<Because>,
    /// For a bounce: who was not reached.
    pub bounce: Option<Bounce>,
    /// For a calendar's answer: what it says.
    #[serde(rename = "itip")]
    pub calendar: Option<CalendarReply>,
}

/// At or above this confidence an answer is taken without asking.
pub const CONFIDENT: f32 = 0.5;

/// One conclusion, the words that it rests on and the rule that drew it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Because {
    /// What was concluded: `answer yes`, `party 2`, `diet vegan`, `needs human`.
    pub conclusion: String,
    /// Octet range in `visible_text`; empty where the words stand elsewhere (subject, header).
    pub at: Range<usize>,
    /// The words themselves.
    pub words: String,
    /// The rule's name, stable enough to search for.
    pub rule: String,
}

/// A report that a mail was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bounce {
    /// Each recipient that was named.
    pub recipients: Vec<Unreached>,
    /// Message-ID of the returned mail, without angle brackets, where it is quoted.
    pub original_message_id: Option<String>,
}

/// A recipient that was not reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unreached {
    /// The address to which the mail was sent.
    pub address: String,
    /// Class 5 or given up; false for a delay.
    pub permanent: bool,
    /// Enhanced status code (RFC 3463): `5.1.1`.
    pub status: Option<String>,
    /// The server's words, at most 300 characters.
    pub reason: String,
}

/// A calendar program's answer (RFC 5546).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CalendarReply {
    /// `REPLY` or `COUNTER`.
    pub method: String,
    /// The event's UID.
    pub uid: Option<String>,
    /// SEQUENCE of the event answered.
    pub sequence: Option<u32>,
    /// The attendee that answers, in lower case.
    pub attendee: Option<String>,
    /// `ACCEPTED`, `DECLINED`, `TENTATIVE`, `DELEGATED` …
    pub partstat: Option<String>,
    /// A typed comment.
    pub comment: Option<String>,
}

/// Reads a mail. `sent` is the plain text of the mail that it answers, if known: those words never
/// count as the person's own.
pub fn understand(message: &Message, sent: Option<&str>) -> Meaning {
    let _ = (message, sent, None::<EmailAddress>);
    Meaning {
        kind: Kind::Reply,
        answer: None,
        party_size: None,
        diets: BTreeSet::new(),
        diet_notes: Vec::new(),
        needs_human: true,
        visible_text: String::new(),
        confidence: 0.0,
        because: Vec::new(),
        bounce: None,
        calendar: None,
    }
}
