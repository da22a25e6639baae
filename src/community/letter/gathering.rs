//! What letters say about a gathering, and about the people of a list.

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;

use crate::command::{GatheringKind, Opens};
use crate::community::gathering::Table;
use crate::community::person::Person;

/// What a letter may say about a gathering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GatheringView {
    /// Dinner, breakfast …
    pub kind: GatheringKind,
    /// Title, where it has one.
    pub title: Option<String>,
    /// Local start.
    pub starts: NaiveDateTime,
    /// The address. `None` in every letter to somebody without a seat.
    pub place: Option<String>,
    /// The host's name.
    pub host: Option<String>,
    /// The host's telephone. `None` like `place`.
    pub host_phone: Option<String>,
    /// What is served.
    pub menu: Option<String>,
    /// Why that is served.
    pub menu_reason: Option<String>,
    /// The evening's question.
    pub question: Option<String>,
    /// A note from the organizer.
    pub note: Option<String>,
    /// What guests are asked to read.
    pub pre_read: Option<String>,
    /// Who speaks.
    pub speaker: Option<String>,
    /// Answers are awaited until the end of this day.
    pub reply_by: Option<NaiveDate>,
    /// From this local time on the kitchen takes no change.
    pub kitchen_by: Option<NaiveDateTime>,
    /// Seats for guests.
    pub seats: u32,
}

/// One name on an organizer's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// The person's name.
    pub name: String,
    /// Seats, the person included.
    pub party: u32,
}

/// A round of invitations that has not opened, for organizers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WaveView {
    /// Whether they have been told to keep the day free, and are asked whether or not seats are left.
    pub saved: bool,
    /// Whether they are first told to keep the day free once it opens.
    pub keeps_free: bool,
    /// The day on which it opens, if it has one.
    pub on: Option<NaiveDate>,
    /// Or how many days after the round before.
    pub days: Option<u32>,
    /// Names of those whom it invites.
    pub invited: Vec<String>,
}

impl WaveView {
    /// A round of a gathering, and its guests.
    pub fn new(table: &Table, opens: Opens, guests: &[&Person]) -> Self {
        let (on, days) = match opens {
            Opens::On { day } => (Some(day), None),
            Opens::After { days } => (None, Some(days)),
        };
        Self {
            saved: false,
            keeps_free: on.is_some_and(|day| table.keeps_free_on(day)),
            on,
            days,
            invited: guests.iter().map(|guest| guest.name.clone()).collect(),
        }
    }
}
