//! What a digest tells.

use serde::Serialize;

use super::GatheringView;
use crate::command::member::Shared;
use crate::understand::Answer;

/// A line of a digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DigestLine {
    /// The gathering; with its address only if the reader has a seat.
    pub gathering: GatheringView,
    /// The reader's own answer.
    pub answer: Option<Answer>,
    /// Whether the reader has a seat.
    pub seated: bool,
    /// Whether the reader waits for one.
    pub waiting: bool,
    /// Seats left.
    pub left: u32,
}

/// What a member has sent in for the others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SharedLine {
    /// What it is.
    pub what: Shared,
    /// The member's first name.
    pub name: String,
    /// In their words.
    pub text: String,
}
