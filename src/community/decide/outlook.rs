//! What an organizer is told who asks how it stands, where nothing to come is what they mean: what
//! that was, what is to come instead, and how to make something new.

use super::act;
use crate::command::Scope;
use crate::community::facts::Floor;
use crate::community::gathering::{Gathering, Invitation, Seat, Table};
use crate::community::letter::{Been, Named, Outlook};
use crate::community::view::{self, Sees};

/// What lies ahead, and what became of the one that `scope` means.
pub(super) fn outlook(floor: &Floor, scope: &Scope) -> Outlook {
    let meant = |gathering: &Gathering| act::in_scope(floor, gathering, scope);
    // Whoever asks about nothing in particular asks about what comes.
    let particular = *scope != Scope::Implied || floor.thread.is_some();
    let been = floor.past.iter().rfind(|table| particular && meant(&table.gathering));
    let off = floor.called_off.iter().rfind(|gathering| particular && meant(gathering));
    let seen = |gathering: &Gathering| view::gathering(gathering, Sees::Address);
    Outlook {
        asked: scope.clone(),
        been: been.map(attended),
        called_off: off.map(seen),
        coming: floor.open.iter().map(|table| seen(&table.gathering)).collect(),
        last: floor.held.as_ref().map(seen),
    }
}

/// Who was there, as far as anybody has said; else, who had a seat.
fn attended(table: &Table) -> Been {
    let list = |fits: &dyn Fn(&Invitation) -> bool| -> Vec<Named> {
        let guests = table.invitations.iter().filter(|(invitation, _)| fits(invitation));
        guests.map(view::named).collect()
    };
    Been {
        gathering: view::gathering(&table.gathering, Sees::Address),
        noted: table.invitations.iter().any(|(invitation, _)| invitation.came.is_some()),
        came: list(&|one| one.came.unwrap_or(one.seat == Seat::Seated)),
        absent: list(&|one| one.came == Some(false)),
    }
}
