//! `angre`: what the last command mail changed is taken back, while nobody has heard of it.
//!
//! Invariant: what others have changed since stays as they changed it.

use super::{Act, Halt};
use crate::community::decision::{Change, Placed};
use crate::community::facts::{Floor, LastErrand};
use crate::community::gathering::{Invitation, Sheet, State, Table};
use crate::community::letter::{ActView, Refusal};
use crate::community::level::Level;

pub(super) fn undo(floor: &Floor) -> Result<Act, Halt> {
    let Some(last) = floor.last.as_deref().filter(|last| !last.undone && !last.lasts) else {
        return Err(Halt::Refused(Refusal::NothingToUndo));
    };
    let lines = last.lines.clone();
    if last.left > 0 {
        return Err(Halt::Refused(Refusal::TooLateToUndo { lines, left: last.left }));
    }
    let mut changes = Vec::new();
    for after in &last.after {
        let before = last.before.iter().find(|sheet| sheet.gathering.id == after.gathering.id);
        match changes_back(last, before, after) {
            Some(back) => changes.extend(back),
            None => return Err(Halt::Refused(Refusal::ChangedSince { lines })),
        }
    }
    changes.push(Change::Undone { inbox_id: last.inbox_id });
    Ok(Act {
        name: "undone",
        level: Level::Small,
        view: ActView::Undo { lines },
        mails: 0,
        letter: None,
        changes,
        posts: Vec::new(),
        after: table_after(last),
    })
}

/// What leads from a gathering as it is to what it was; `None` where others have changed it since.
fn changes_back(last: &LastErrand, before: Option<&Sheet>, after: &Sheet) -> Option<Vec<Change>> {
    let gathering_id = after.gathering.id;
    let now = last.now.iter().find(|table| table.gathering.id == gathering_id)?;
    if now.gathering.version != after.gathering.version {
        return None;
    }
    let Some(before) = before else {
        return Some(vec![Change::Withdraw { gathering_id }, Change::Drop { gathering_id }]);
    };
    let mut changes = vec![Change::Withdraw { gathering_id }];
    for then in &after.invitations {
        let was = before.invitations.iter().find(|was| was.person_id == then.person_id);
        let is = now.invitations.iter().map(|(is, _)| is).find(|is| is.person_id == then.person_id);
        match (was, is) {
            (None, Some(_)) => {
                changes.push(Change::Uninvite { gathering_id, person_id: then.person_id });
            }
            // A guest who has answered since has the last word.
            (Some(was), Some(is)) if stands(is) == stands(then) && stands(was) != stands(then) => {
                changes.push(Change::Answer(Placed::of(was)));
                if was.came != then.came {
                    let came = was.came;
                    changes.push(Change::Came { invitation_id: was.id, came });
                }
            }
            (Some(was), Some(is)) if was.keeps_free && !then.keeps_free && !is.keeps_free => {
                changes.push(Change::KeepFree { gathering_id, guests: vec![was.person_id] });
            }
            (Some(_) | None, _) => {}
        }
    }
    let taken_off = before
        .invitations
        .iter()
        .filter(|was| after.invitations.iter().all(|then| then.person_id != was.person_id));
    changes.extend(
        taken_off.map(|was| Change::Reinvite { gathering_id, invitation: Box::new(was.clone()) }),
    );
    // A round that has opened since has asked people.
    if before.waves != after.waves && now.waves != after.waves {
        return None;
    }
    if before.waves != after.waves {
        changes.push(Change::Waves { gathering_id, waves: before.waves.clone() });
    }
    changes.push(Change::Restore(Box::new(before.gathering.clone())));
    Some(changes)
}

/// What an organizer's act can have changed of an invitation.
fn stands(invitation: &Invitation) -> (Placed, Option<bool>) {
    (Placed { invitation_id: 0, ..Placed::of(invitation) }, invitation.came)
}

/// How it will stand, where one gathering was touched and is there still.
fn table_after(last: &LastErrand) -> Option<Table> {
    let [before] = last.before.as_slice() else { return None };
    let same = |table: &&Table| table.gathering.id == before.gathering.id;
    let mut table = last.now.iter().find(same)?.clone();
    let taken = table.gathering.taken;
    table.gathering.clone_from(&before.gathering);
    let mut people = table.invitations.clone();
    people.retain(|(_, guest)| {
        before.invitations.iter().any(|invitation| invitation.person_id == guest.id)
    });
    for (invitation, _) in &mut people {
        let then = last.after.iter().flat_map(|sheet| &sheet.invitations);
        let unchanged = then.clone().any(|then| {
            then.person_id == invitation.person_id && stands(then) == stands(invitation)
        });
        let was = before.invitations.iter().find(|was| was.person_id == invitation.person_id);
        if let (true, Some(was)) = (unchanged, was) {
            invitation.clone_from(was);
        }
    }
    table.invitations = people;
    table.waves.clone_from(&before.waves);
    table.gathering.taken = taken;
    (table.gathering.state == State::Open).then_some(table)
}
