//! iCalendar objects: what we send (RFC 5545, 5546, 6047), and what calendars answer.

use chrono::{DateTime, Utc};

use super::EmailAddress;

/// An event for one guest. One UID per guest and gathering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The guest's own UID.
    pub uid: String,
    /// Raised only when time or place change.
    pub sequence: u32,
    /// When this version was made.
    pub dtstamp: DateTime<Utc>,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// Title.
    pub summary: String,
    /// Place, only for those who may know it.
    pub location: Option<String>,
    /// A few lines.
    pub description: String,
    /// The community's name.
    pub organizer_name: String,
    /// The guest's reply address at the community, so that buttons answer to the right place.
    pub organizer: EmailAddress,
    /// The guest's name.
    pub attendee_name: String,
    /// The guest.
    pub attendee: EmailAddress,
}
