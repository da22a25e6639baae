//! How a gathering stands, as organizers read it.

use serde::Serialize;

use super::{GatheringView, Named, WaveView};
use crate::command::Scope;
use crate::understand::Diet;

/// Where a gathering stands, for organizers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatusView {
    /// The gathering, with its address.
    pub gathering: GatheringView,
    /// Seats taken.
    pub taken: u32,
    /// Who comes.
    pub coming: Vec<Named>,
    /// Who was offered a freed seat and has not answered yet.
    pub offered: Vec<Named>,
    /// The waiting list in order.
    pub waiting: Vec<Named>,
    /// Who said maybe.
    pub maybe: Vec<Named>,
    /// Who can not come.
    pub declined: Vec<Named>,
    /// Who has been asked what they meant, or whether it was them, and has not said.
    pub unclear: Vec<Named>,
    /// Who has not answered.
    pub silent: Vec<Named>,
    /// Whose mail came back.
    pub unreached: Vec<Named>,
    /// Who will be asked later: who keeps the day free until then, and, if seats are left, others.
    pub waves: Vec<WaveView>,
    /// Diets of those who come, with counts; no names.
    pub diets: Vec<(Diet, u32)>,
    /// Further needs in the guests' words; no names.
    pub diet_notes: Vec<String>,
}

/// What lies ahead, where nothing of it is what an organizer asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// What was asked about.
    pub asked: Scope,
    /// That, where it has been.
    pub been: Option<Been>,
    /// That, where it was called off.
    pub called_off: Option<GatheringView>,
    /// What is to come, soonest first.
    pub coming: Vec<GatheringView>,
    /// The last that has been.
    pub last: Option<GatheringView>,
}

/// How a gathering was, for organizers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Been {
    /// The gathering.
    pub gathering: GatheringView,
    /// Whether it is over; else, they are at the table.
    pub over: bool,
    /// Whether anybody has said who came.
    pub noted: bool,
    /// Who came; where nobody has said, who had a seat.
    pub came: Vec<Named>,
    /// Who had a seat and did not come.
    pub absent: Vec<Named>,
}
