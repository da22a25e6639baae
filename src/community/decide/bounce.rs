//! A mail of ours came back.
//!
//! Invariant: only a report that names one of our own Message-IDs, which nobody can guess, changes
//! anything; forged reports fall through.

use crate::community::decision::{Change, Decision, Disposition};
use crate::community::facts::{About, Facts};
use crate::understand::Meaning;

/// Marks the mail as failed, if it has for good: the planner tells the organizers of it as of one that
/// the server refused.
pub(super) fn decide(facts: &Facts, meaning: &Meaning) -> Decision {
    let mut decision = Decision::nothing(Disposition::Bounce);
    let About::Returned(returned) = &facts.about else {
        return decision;
    };
    let unreached = meaning.bounce.as_ref().and_then(|bounce| bounce.recipients.first());
    // Only mail about an invitation is told of. A report that an organizer's own mail came back
    // would go to other organizers, and come back from them in turn.
    if let Some(unreached) = unreached.filter(|one| one.permanent && returned.to_guest) {
        let (outbox_id, reason) = (returned.outbox_id, unreached.reason.clone());
        decision.changes.push(Change::CameBack { outbox_id, reason });
    }
    decision
}
