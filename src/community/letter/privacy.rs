//! What a person may see of themselves.

use chrono::NaiveDate;
use serde::Serialize;
use serde_json::Value;

use super::GatheringView;
use crate::language::Language;
use crate::mail::EmailAddress;
use crate::understand::{Answer, Diet};

/// Everything that is kept about a person, for that person alone. The same goes with the mail as
/// JSON; this is how it is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnData {
    /// The name.
    pub name: String,
    /// Every address, the one we write to first.
    pub addresses: Vec<EmailAddress>,
    /// The language we write in, as its tag.
    #[serde(rename = "reads")]
    pub language: Language,
    /// Since when a member; `None` for a guest who is none.
    pub since: Option<NaiveDate>,
    /// What we were asked to remember for later gatherings.
    pub remembered: OwnNeeds,
    /// Every invitation, newest first.
    pub invitations: Vec<OwnInvitation>,
    /// With whom they have sat at a table, where that is kept.
    pub met: Vec<String>,
    /// How many of their mails we still have in full.
    pub mails: u32,
    /// All of it as the file beside the mail holds it.
    #[serde(skip)]
    pub file: Value,
}

/// An invitation as the person invited may see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OwnInvitation {
    /// The gathering, without its address.
    pub gathering: GatheringView,
    /// The answer.
    pub answer: Option<Answer>,
    /// Seats asked for.
    pub party: u32,
    /// Told for this gathering; empty once it is deleted.
    pub needs: OwnNeeds,
}

/// What a person needs of the kitchen, for that person alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OwnNeeds {
    /// As understood.
    pub diets: Vec<Diet>,
    /// In their own words.
    pub diet_notes: Vec<String>,
}
