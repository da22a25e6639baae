//! What an organizer is told who asks how it stands, where nothing to come is what they mean: what
//! that was, what is to come instead, and how to make something new.

use super::act;
use crate::command::Scope;
use crate::community::facts::Floor;
use crate::community::gathering::{Gathering, Invitation, Seat, State, Table};
use crate::community::letter::{Been, Named, Overview};
use crate::community::view::{self, Sees};

/// What lies ahead, and what became of the one that `scope` means; the row of that one, where it has
/// been.
pub(super) fn overview(floor: &Floor, scope: &Scope) -> (Option<i64>, Overview) {
    let particular = *scope != Scope::Implied || floor.thread.is_some();
    // Whoever asks about nothing in particular asks about what comes, or goes on.
    let meant = |gathering: &Gathering| {
        let goes_on = gathering.state == State::Open;
        (particular || goes_on) && act::in_scope(floor, gathering, scope)
    };
    let off = floor.called_off.iter().rfind(|gathering| meant(gathering));
    let been = floor.past.iter().rfind(|table| meant(&table.gathering));
    // Of the two the later one is meant.
    let been =
        been.filter(|table| off.is_none_or(|off| off.starts_at <= table.gathering.starts_at));
    let seen = |gathering: &Gathering| view::gathering(gathering, Sees::Address);
    let overview = Overview {
        asked: scope.clone(),
        been: been.map(attended),
        called_off: off.map(seen),
        coming: floor.open.iter().map(|table| seen(&table.gathering)).collect(),
        last: floor.held.as_ref().map(seen),
    };
    (been.map(|table| table.gathering.id), overview)
}

/// Who was there, as far as anybody has said; else, who had a seat.
fn attended(table: &Table) -> Been {
    let list = |fits: &dyn Fn(&Invitation) -> bool| -> Vec<Named> {
        let guests = table.invitations.iter().filter(|(invitation, _)| fits(invitation));
        guests.map(view::named).collect()
    };
    Been {
        gathering: view::gathering(&table.gathering, Sees::Address),
        over: table.gathering.state != State::Open,
        noted: table.invitations.iter().any(|(invitation, _)| invitation.came.is_some()),
        came: list(&|one| one.came.unwrap_or(one.seat == Seat::Seated)),
        absent: list(&|one| one.came == Some(false)),
    }
}
