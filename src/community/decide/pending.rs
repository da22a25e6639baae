//! "Was that you?": the guest of record says whether an answer from another address is theirs.

use chrono::{DateTime, Utc};

use super::answer::{self, Statement};
use super::late::too_late;
use super::{Read, post, stranger};
use crate::community::decision::{Change, Decision, Disposition, Post};
use crate::community::facts::{Facts, NextStep, Pending};
use crate::community::letter::{GuestsWord, Letter, MemberAct};
use crate::community::view::{self, Sees};
use crate::understand::{Answer, CONFIDENT};

/// Decides about the guest's word. Only the guest's own address has a word here.
pub(super) fn decide(
    facts: &Facts,
    pending: &Pending,
    read: Read<'_>,
    now: DateTime<Utc>,
) -> Decision {
    let meaning = read.meaning;
    let answering = &pending.answering;
    let from_guest = facts.from.as_ref().is_some_and(|from| answering.addresses.contains(from));
    if !from_guest || pending.settled {
        return Decision::nothing(Disposition::Stranger);
    }
    if stranger::is_let_in(facts, read) {
        return somebody_else(facts, pending, GuestsWord::Vouched, now);
    }
    let sure = meaning.confidence >= CONFIDENT;
    match meaning.answer {
        Some(Answer::Yes) if sure => confirmed(facts, pending, now),
        Some(Answer::No) if sure => somebody_else(facts, pending, GuestsWord::Disowned, now),
        Some(Answer::Yes | Answer::No | Answer::Maybe) | None => {
            let mut posts = post::relay_from(facts, answering, meaning, now);
            let letter = answer::relayed(facts, answering, Sees::NoAddress, now);
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
        Some(_) if let Some(why) = too_late(answering, now) => {
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
            let mut decision = answer::apply(facts, answering, &statement, now);
            if answering.is_host() && said != Answer::Yes {
                decision.posts.extend(post::host_said(facts, answering, said, now));
            }
            decision
        }
        Some(_) | None => {
            let letter = answer::relayed(facts, answering, Sees::NoAddress, now);
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

/// It was somebody else: nothing counts. The organizers hear who has the invitation, once, and that
/// the guest would like them to come.
fn somebody_else(
    facts: &Facts,
    pending: &Pending,
    word: GuestsWord,
    now: DateTime<Utc>,
) -> Decision {
    let answering = &pending.answering;
    let mut changes = vec![Change::SettlePending { inbox_id: pending.inbox_id, confirmed: false }];
    let mut posts = Vec::new();
    if let Some(other) = pending.other.clone() {
        let gathering = view::gathering(&answering.gathering, Sees::NoAddress);
        let letter = match word {
            GuestsWord::Asked | GuestsWord::Disowned => {
                Letter::Disowned { gathering, other: other.clone() }
            }
            GuestsWord::Vouched => {
                let act = MemberAct::LetInAsked { who: other.to_string(), gathering };
                Letter::Member { acts: vec![act] }
            }
        };
        posts.push(post::to_guest(facts, answering, letter, now));
        let (request, asked) = stranger::ask(facts, (answering, &other), word, now);
        if !pending.told {
            changes.push(request);
            posts.extend(asked);
        } else if word == GuestsWord::Vouched {
            let reply = NextStep::Request(pending.inbox_id);
            posts.extend(asked.into_iter().map(|post| Post { reply: reply.clone(), ..post }));
        }
    }
    Decision { changes, posts, disposition: Disposition::PendingSettled }
}
