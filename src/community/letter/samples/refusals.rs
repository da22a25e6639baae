//! Letters to organizers about what can not be done.

use super::organizers::{act_views, named, offer};
use super::{Sample, dinner, names, sample};
use crate::community::letter::{Letter, Refusal};

pub(super) fn all() -> Vec<Sample> {
    let letter = |refusal| Letter::Refused { refusal, line: None, offer: None };
    let refused = |about, refusal| sample(about, letter(refusal));
    let coming = || named(&[("Kari Lie", 2), ("Per Moe", 1)]);
    let unknown = names(&["Kåre", "Per"]);
    let lines = || names(&["14 plasser", "inviter Kari"]);
    let guest = || "Ola Aas".to_owned();
    let others = act_views().into_iter().map(|(_, act, _)| act).skip(2).take(1).collect();
    vec![
        refused("no such gathering", Refusal::NoSuchGathering { coming: vec![dinner()] }),
        refused("nothing is planned", Refusal::NoSuchGathering { coming: Vec::new() }),
        refused("below taken", Refusal::BelowTaken { taken: 3, coming: coming() }),
        refused("unknown names", Refusal::UnknownNames { names: unknown }),
        refused("already done", Refusal::AlreadyDone),
        refused("expired", Refusal::Expired),
        refused("too fast", Refusal::TooFast),
        refused("changed", Refusal::Changed),
        refused("nothing to confirm", Refusal::NothingToConfirm),
        refused("one at a time", Refusal::OneAtATime),
        refused("no such number", Refusal::NoSuchNumber),
        refused("a command to one's own invitation", Refusal::OwnInvitation),
        refused("nobody to write to", Refusal::Nobody),
        refused("not invited", Refusal::NotInvited { guest: guest() }),
        refused("full", Refusal::Full { seats: 3, coming: coming() }),
        refused("nothing to undo", Refusal::NothingToUndo),
        refused("too late to undo", Refusal::TooLateToUndo { lines: lines(), left: 3 }),
        refused("changed since", Refusal::ChangedSince { lines: lines() }),
        refused("too near to hold", Refusal::TooNearToHold),
        refused("no change", Refusal::NoChange),
        sample(
            "one line of several",
            Letter::Refused {
                refusal: Refusal::NotInvited { guest: guest() },
                line: Some("gi plass til Ola".into()),
                offer: Some(offer(others, 3)),
            },
        ),
    ]
}
