//! What hosts are told, and what organizers read of people who are more than guests.

use chrono::NaiveDateTime;
use serde::Serialize;

/// What is new about a gathering, for its host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum HostNews {
    /// Another time.
    Moved {
        /// Local start before.
        from: NaiveDateTime,
        /// Whether the date changed, so that the guests are asked again.
        asked_again: bool,
    },
    /// Called off.
    Cancelled {
        /// Why, in the organizer's words.
        reason: Option<String>,
    },
    /// Somebody else is the host.
    Replaced {
        /// Who.
        by: String,
    },
    /// Another place, another menu.
    Changed {
        /// What is new, as the key in English.
        key: &'static str,
    },
}

/// As what somebody writes whose words are passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Writer {
    /// Invited: it matters whether they come.
    Guest,
    /// It is over: it does not any more.
    Afterwards,
    /// Asked to be the host: it matters whether they will.
    AskedToHost,
    /// The host already.
    Host,
    /// Neither the host nor asked to be: it was said of something else.
    NotAsked,
}
