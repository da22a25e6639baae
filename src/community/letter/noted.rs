//! What a confirmation says was understood.

use serde::Serialize;

use crate::understand::Diet;

/// A guest's own line in a confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Noted {
    /// Seats taken, the guest included.
    pub party: u32,
    /// Diets noted from this guest, for the guest only.
    pub diets: Vec<Diet>,
    /// Further needs in the guest's words.
    pub diet_notes: Vec<String>,
    /// Whether something in the mail was passed on to the organizer.
    pub relayed: bool,
    /// Seats that were asked for and could not be given; the guest keeps `party`.
    pub no_room_for: Option<u32>,
    /// What becomes of what the guest eats after this gathering.
    pub memory: Option<Memory>,
}

/// What becomes of what a guest eats, beyond the gathering that it was told for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Memory {
    /// We ask, this once, whether to remember it.
    Asked,
    /// We do from now on.
    Remembered,
    /// We did before; the kitchen knows, and it is not repeated.
    Known,
    /// We do not any more.
    Forgotten,
}

/// Why a guest's answer no longer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TooLate {
    /// The gathering was called off.
    Cancelled,
    /// It has begun or is over.
    Over,
}
