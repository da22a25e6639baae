//! A mail that is not from whom it says, or from somebody who looks like an organizer.
//!
//! Nothing in it is done, and whoever wrote it learns nothing. An organizer hears of it at their
//! address of record, once a day at most.

use chrono::{DateTime, Utc};

use super::post;
use crate::community::clock;
use crate::community::decision::{Decision, Disposition, Post};
use crate::community::facts::{About, Facts, NextStep};
use crate::community::letter::Letter;
use crate::community::person::Person;
use crate::community::purpose::Purpose;
use crate::mail::proof::Proof;

/// Decides about a forged mail; nothing where it is none. A forged answer to an invitation is left
/// to the guest, who is asked.
pub(super) fn decide(facts: &Facts, now: DateTime<Utc>) -> Option<Decision> {
    let imitated = facts.evidence.imitates;
    let imitated = facts.organizers.iter().find(|organizer| Some(organizer.id) == imitated);
    if let Some(organizer) = imitated {
        return Some(warn(facts, organizer, true, now));
    }
    if facts.evidence.author.proof != Proof::Refuted {
        return None;
    }
    match &facts.about {
        About::Invitation(_) => None,
        About::Proposal(_, floor) | About::Floor(floor) => {
            Some(warn(facts, &floor.organizer, false, now))
        }
        About::Notice(..) => {
            facts.sender.as_ref().map(|organizer| warn(facts, organizer, false, now))
        }
        About::SeveralInvitations(_)
        | About::Request(_)
        | About::Pending(_)
        | About::Host(..)
        | About::Returned(_)
        | About::Nothing => Some(Decision::nothing(Disposition::Forged)),
    }
}

fn warn(facts: &Facts, organizer: &Person, alike: bool, now: DateTime<Utc>) -> Decision {
    let zone = facts.community.zone;
    let at = clock::local(facts.arrived_at, zone);
    let letter = Letter::Forged { alike, at };
    let post = Post {
        purpose: Purpose::Forged(organizer.id, clock::local(now, zone).date()),
        ..post::answer(facts, organizer, letter, NextStep::Organizer(organizer.id), now)
    };
    Decision { changes: Vec::new(), posts: vec![post], disposition: Disposition::Forged }
}
