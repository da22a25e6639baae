//! A mail of ours came back.
//!
//! Invariant: only a report that names one of our own Message-IDs, which nobody can guess, changes
//! anything; forged reports fall through.

use chrono::{DateTime, Utc};

use super::post;
use crate::community::decision::{Change, Decision, Disposition};
use crate::community::facts::{About, Facts};
use crate::community::letter::Letter;
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::understand::Meaning;

/// Marks the guest as not reached and tells the organizers, if the failure is final.
pub(super) fn decide(facts: &Facts, meaning: &Meaning, now: DateTime<Utc>) -> Decision {
    let mut decision = Decision::nothing(Disposition::Bounce);
    let About::Returned(returned) = &facts.about else {
        return decision;
    };
    let unreached = meaning.bounce.as_ref().and_then(|bounce| bounce.recipients.first());
    let permanent = unreached.is_some_and(|unreached| unreached.permanent);
    let Some(person) = returned.person.as_ref().filter(|_| permanent) else {
        return decision;
    };
    // Only mail about an invitation is told of. A report that an organizer's own mail came back
    // would go to other organizers, and come back from them in turn.
    let Some(invitation_id) = returned.invitation_id else {
        return decision;
    };
    decision.changes.push(Change::Unreached { invitation_id });
    let gathering = returned.gathering.as_ref();
    let letter = Letter::Unreached {
        gathering: gathering.map(|gathering| view::gathering(gathering, Sees::Address)),
        guest: person.name.clone(),
        address: person.address.clone(),
        reason: unreached.map_or_else(String::new, |unreached| unreached.reason.clone()),
        permanent,
    };
    // An organizer whose own mail bounces is not told so by mail.
    let posts = post::to_organizers(facts, gathering, &letter, Purpose::Unreached, now);
    decision.posts.extend(posts.into_iter().filter(|post| post.to.id != person.id));
    decision
}
