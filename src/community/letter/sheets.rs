//! What hosts, kitchens and organizers get on one page.

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;

use super::{GatheringView, Named};
use crate::community::menu::Clash;
use crate::understand::Diet;

/// Everything a host has to know, sent the day before and again where it has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HostSheet {
    /// The gathering, with its address.
    pub gathering: GatheringView,
    /// Whether the host has had a sheet before, so that this one is about what has changed.
    pub changed: bool,
    /// When it was to begin by the last sheet, where that has changed.
    pub was: Option<NaiveDateTime>,
    /// Seats taken, companions included.
    pub expected: u32,
    /// Who comes, in the order of the list that the host knows.
    pub guests: Vec<SheetGuest>,
    /// Who was on the last sheet and does not come after all.
    pub gone: Vec<String>,
    /// What the kitchen has to mind.
    pub kitchen: CountedNeeds,
    /// Whether that is not what the last sheet said.
    pub kitchen_changed: bool,
    /// Whether what has changed has come after the kitchen's deadline.
    pub late: bool,
    /// What of the menu is not for whom.
    pub clashes: Vec<Clash>,
}

/// Needs of all who come; no names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CountedNeeds {
    /// With counts.
    pub diets: Vec<(Diet, u32)>,
    /// Further needs in the guests' words.
    pub diet_notes: Vec<String>,
}

/// A guest on a host's sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SheetGuest {
    /// The name.
    pub name: String,
    /// Seats, the guest included.
    pub party: u32,
    /// Whether they have never been at a gathering of this community.
    pub first_time: bool,
    /// What is different from the last sheet; `None` on the first sheet.
    pub change: Option<SheetChange>,
    /// Severe allergies alone, which a host has to be able to put a face to.
    pub severe: Vec<Diet>,
    /// How to reach them, where we know.
    pub phone: Option<String>,
}

/// How a line of a sheet differs from the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SheetChange {
    /// Was not on it.
    New,
    /// Brings more or fewer people.
    Party,
    /// Has told of another severe allergy, or of none.
    Needs,
}

/// What a kitchen has to know: numbers, no names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KitchenSheet {
    /// The gathering, without its address.
    pub gathering: GatheringView,
    /// Seats taken.
    pub covers: u32,
    /// Seats taken on the last sheet, where there was one and it said another number.
    pub covers_before: Option<u32>,
    /// Whether the kitchen has had a sheet before.
    pub changed: bool,
    /// When it was to begin by that one, where that has changed.
    pub was: Option<NaiveDateTime>,
    /// Needs, most frequent first.
    pub needs: Vec<KitchenNeed>,
    /// Further needs in the guests' words.
    pub diet_notes: Vec<String>,
    /// Whether what has changed has come after the kitchen's deadline.
    pub late: bool,
    /// What of the menu is not for whom.
    pub clashes: Vec<Clash>,
}

/// A need and how many have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct KitchenNeed {
    /// The need.
    pub diet: Diet,
    /// How many have it now; 0 where nobody has it any more.
    pub count: u32,
    /// How many the last sheet said, where that was another number.
    pub before: Option<u32>,
}

/// A day at the tables, for organizers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The local day of the summary.
    pub day: NaiveDate,
    /// The gatherings to which something has happened, in order of time.
    pub tables: Vec<TableDay>,
    /// Answers from addresses that we don't know.
    pub strangers: u32,
    /// Mails that could not be handled or were refused for good.
    pub failed: u32,
    /// Mails of which nobody knows whether they arrived.
    pub doubtful: u32,
}

/// What has happened to a gathering since the last summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TableDay {
    /// The gathering.
    pub gathering: GatheringView,
    /// Seats taken now.
    pub taken: u32,
    /// How many have not answered.
    pub silent: u32,
    /// How many wait for a seat.
    pub waiting: u32,
    /// Who has said yes since.
    pub yes: Vec<Named>,
    /// Who has said no since.
    pub no: Vec<Named>,
    /// Who has said maybe since.
    pub maybe: Vec<Named>,
}
