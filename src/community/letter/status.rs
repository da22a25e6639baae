//! How a gathering stands, as organizers read it.

use serde::Serialize;

use super::{GatheringView, Named, WaveView};
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
