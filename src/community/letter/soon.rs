//! How near a gathering is.

use serde::Serialize;

/// How soon a gathering is, when those who come are reminded of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Soon {
    /// A week before.
    InAWeek,
    /// The day before.
    Tomorrow,
    /// The same morning.
    Today,
}

impl Soon {
    /// As in a purpose.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InAWeek => "week-before",
            Self::Tomorrow => "day-before",
            Self::Today => "same-day",
        }
    }
}
