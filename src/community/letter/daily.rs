//! What organizers hear of each other.

use chrono::NaiveDateTime;
use serde::Serialize;
use serde_json::Value;

/// A mail of another organizer, and what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DailyDeed {
    /// Who.
    pub organizer: String,
    /// When.
    pub at: NaiveDateTime,
    /// What, as [`ActView`](super::ActView)s that have happened: they have been kept since.
    pub acts: Vec<Value>,
    /// How its commands were read, for whoever asks why: in English, without names and words.
    pub commands: Vec<String>,
}
