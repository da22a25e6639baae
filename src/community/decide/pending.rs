//! "Was that you?": the guest of record says whether an answer from another address is theirs.

use chrono::{DateTime, Utc};

use super::answer::{self, Statement};
use super::post;
use crate::community::decision::{Change, Decision, Disposition};
use crate::community::facts::{Facts, Pending};
use crate::community::letter::Letter;
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::understand::{Answer, CONFIDENT, Meaning};

/// Decides about the guest's word. Only the guest's own address has a word here.
pub(super) fn decide(
    facts: &Facts,
    pending: &Pending,
    meaning: &Meaning,
    now: DateTime<Utc>,
) -> Decision {
    let answering = &pending.answering;
    let from_guest = facts.from.as_ref().is_some_and(|from| answering.addresses.contains(from));
    if !from_guest || pending.settled {
        return Decision::nothing(Disposition::Stranger);
    }
    let sure = meaning.confidence >= CONFIDENT;
    match meaning.answer {
        Some(Answer::Yes) if sure => confirmed(facts, pending, now),
        Some(Answer::No) if sure => disowned(facts, pending, now),
        Some(Answer::Yes | Answer::No | Answer::Maybe) | None => {
            let mut posts = post::relay_from(facts, answering, meaning, now);
            let gathering = view::gathering(&answering.gathering, Sees::NoAddress);
            let letter = Letter::Relayed { gathering, answer: answering.invitation.answer };
            posts.push(post::to_guest(facts, answering, letter, now));
            Decision { changes: Vec::new(), posts, disposition: Disposition::Asked }
        }
    }
}

/// It was the guest: the answer counts from when it was given, and the address is theirs.
fn confirmed(facts: &Facts, pending: &Pending, now: DateTime<Utc>) -> Decision {
    let answering = &pending.answering;
    let newer = answering.invitation.answered_at.is_some_and(|at| at > pending.stated_at);
    let mut decision = match pending.answer {
        Some(_) if let Some(why) = answer::too_late(answering, now) => {
            let gathering = view::gathering(&answering.gathering, Sees::NoAddress);
            let letter = Letter::TooLate { gathering, why };
            let post = post::to_guest(facts, answering, letter, now);
            Decision { changes: Vec::new(), posts: vec![post], disposition: Disposition::TooLate }
        }
        Some(said) if !newer => {
            let statement = Statement {
                answer: said,
                party: pending.party,
                diets: pending.diets.clone(),
                diet_notes: pending.diet_notes.clone(),
                stated_at: pending.stated_at,
                relayed: false,
            };
            answer::apply(facts, answering, &statement, now)
        }
        Some(_) | None => {
            let gathering = view::gathering(&answering.gathering, Sees::NoAddress);
            let letter = Letter::Relayed { gathering, answer: answering.invitation.answer };
            let post = post::to_guest(facts, answering, letter, now);
            Decision { changes: Vec::new(), posts: vec![post], disposition: Disposition::Answer }
        }
    };
    decision.changes.push(Change::SettlePending { inbox_id: pending.inbox_id, confirmed: true });
    if let Some(email) = pending.other.clone() {
        decision.changes.push(Change::AddAddress { person_id: answering.guest.id, email });
    }
    decision.disposition = Disposition::PendingSettled;
    decision
}

/// It was somebody else: nothing counts, and the organizers hear who has the invitation.
fn disowned(facts: &Facts, pending: &Pending, now: DateTime<Utc>) -> Decision {
    let answering = &pending.answering;
    let changes = vec![Change::SettlePending { inbox_id: pending.inbox_id, confirmed: false }];
    let mut posts = Vec::new();
    if let Some(other) = pending.other.clone() {
        let gathering = view::gathering(&answering.gathering, Sees::NoAddress);
        let letter = Letter::Disowned { gathering, other: other.clone() };
        posts.push(post::to_guest(facts, answering, letter, now));
        let letter = Letter::StrangerAnswered {
            gathering: view::gathering(&answering.gathering, Sees::Address),
            guest: answering.guest.name.clone(),
            other,
        };
        let gathering = Some(&answering.gathering);
        posts.extend(post::to_organizers(facts, gathering, &letter, Purpose::Relay, now));
    }
    Decision { changes, posts, disposition: Disposition::PendingSettled }
}
