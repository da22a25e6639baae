//! What is as heavy as another organizer: after the yes of the one who asked, every organizer is told,
//! and it is done on the yes of another one, or after a day in which nobody has said no.
//!
//! Invariant: a word counts from the organizer to whom its address was sent, from their address of
//! record, once; and only what all were told is done, while it would still come out so.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::confirm::{Said, said};
use super::errand::{self, Errand};
use super::organizer::{self, command, refuse};
use super::{Read, post};
use crate::community::clock;
use crate::community::decision::{Change, Decision, Disposition, Outcome, Post};
use crate::community::facts::{Facts, Floor, NextStep, Notice, Proposal, Recent};
use crate::community::letter::{Letter, Refusal};
use crate::community::person::Person;
use crate::community::purpose::Purpose;

/// So long every organizer has to say no.
pub(super) const NOTICE_LASTS: TimeDelta = TimeDelta::hours(24);

/// The one who asked has said yes: every organizer is told, and has a word.
pub(super) fn begin(
    facts: &Facts,
    floor: &Floor,
    (proposal, errand): (&Proposal, &Errand),
    now: DateTime<Utc>,
) -> Decision {
    let due_at = now + NOTICE_LASTS;
    let asked: Vec<(i64, &Person)> =
        proposal.next_notices.iter().copied().zip(&facts.organizers).collect();
    let others: Vec<String> =
        others(facts, floor.organizer.id).map(|other| other.name.clone()).collect();
    let letter = |organizer, others| Letter::Notice {
        organizer,
        others,
        acts: errand.acts.iter().map(|act| act.view.clone()).collect(),
        until: clock::local(due_at, facts.community.zone),
    };
    let posts = asked.iter().map(|(id, organizer)| {
        let own = organizer.id == floor.organizer.id;
        let letter = if own {
            letter(None, others.clone())
        } else {
            letter(Some(floor.organizer.name.clone()), Vec::new())
        };
        let reply = NextStep::Notice { notice: *id, proposal: proposal.id };
        let post = post::answer(facts, organizer, letter, reply, now);
        let told = Purpose::Notice(proposal.id, organizer.id);
        Post { purpose: if own { post.purpose.clone() } else { told }, ..post }
    });
    let posts = posts.collect();
    let asked: Vec<(i64, i64)> = asked.iter().map(|(id, one)| (*id, one.id)).collect();
    let details = json!({
        "proposal": proposal.id,
        "signals": facts.evidence.signals(),
        "told": asked.len(),
        "due_at": due_at,
    });
    let changes = vec![
        Change::Notice { proposal_id: proposal.id, due_at, asked },
        Change::Audit {
            act: "notice-given",
            gathering_id: None,
            details,
            command: Some(errand.kept.join("; ")),
        },
    ];
    Decision { changes, posts, disposition: Disposition::Confirmation }
}

/// Decides about a mail to an organizer's own address in such a matter.
pub(super) fn decide(
    facts: &Facts,
    notice: &Notice,
    floor: &Floor,
    read: Read<'_>,
    now: DateTime<Utc>,
) -> Decision {
    let Some(voter) = facts.sender.as_ref().filter(|sender| sender.id == notice.person_id) else {
        return Decision::nothing(Disposition::Stranger);
    };
    if !facts.evidence.may_confirm() {
        return Decision::nothing(Disposition::Stranger);
    }
    let own = Floor {
        organizer: voter.clone(),
        thread: None,
        last: None,
        recent: Recent::default(),
        ..floor.clone()
    };
    let reading = organizer::reading(facts, read);
    let word = match reading.commands.as_slice() {
        [one] if reading.problems.is_empty() => said(&one.command),
        _ => None,
    };
    let proposal = &notice.proposal;
    match word {
        Some(Said::Yes | Said::No) if proposal.settled => {
            refuse(facts, &own, Refusal::AlreadyDone, now)
        }
        Some(Said::No) => veto(facts, notice, (floor, voter), now),
        Some(Said::Yes) if facts.from.as_ref() != Some(&voter.address) => {
            let address = voter.address.clone();
            refuse(facts, &own, Refusal::FromElsewhere { address }, now)
        }
        Some(Said::Yes) if voter.id == proposal.organizer_id => {
            refuse(facts, &own, Refusal::AnothersWord, now)
        }
        Some(Said::Yes) => second(facts, notice, (floor, &own), now),
        Some(Said::Number(_)) | None => command(facts, &own, read, now),
    }
}

fn others(facts: &Facts, than: i64) -> impl Iterator<Item = &Person> {
    facts.organizers.iter().filter(move |organizer| organizer.id != than)
}

fn audit(act: &'static str, facts: &Facts, proposal: &Proposal) -> Change {
    let details = json!({
        "proposal": proposal.id,
        "asked_by": proposal.organizer_id,
        "signals": facts.evidence.signals(),
    });
    let commands = proposal.proposed.commands.iter().map(|spotted| spotted.command.kept());
    let command = Some(commands.collect::<Vec<_>>().join("; "));
    Change::Audit { act, gathering_id: None, details, command }
}

/// One no is enough. Everybody hears of it.
fn veto(
    facts: &Facts,
    notice: &Notice,
    (floor, voter): (&Floor, &Person),
    now: DateTime<Utc>,
) -> Decision {
    let proposal = &notice.proposal;
    let lines = proposal.proposed.commands.iter().map(|spotted| spotted.line.clone());
    let lines: Vec<String> = lines.collect();
    let posts = facts.organizers.iter().map(|organizer| {
        let asker = &floor.organizer;
        let letter = Letter::Vetoed {
            organizer: (asker.id != organizer.id).then(|| asker.name.clone()),
            by: (voter.id != organizer.id).then(|| voter.name.clone()),
            lines: lines.clone(),
        };
        let reply = NextStep::Organizer(organizer.id);
        let post = post::answer(facts, organizer, letter, reply, now);
        let told = Purpose::Vetoed(proposal.id, organizer.id);
        Post { purpose: if voter.id == organizer.id { post.purpose.clone() } else { told }, ..post }
    });
    let changes = vec![
        Change::NoticeAnswered { notice_id: notice.id, yes: false },
        settled(proposal, Outcome::Dropped),
        audit("notice-vetoed", facts, proposal),
    ];
    Decision { posts: posts.collect(), changes, disposition: Disposition::Confirmation }
}

fn settled(proposal: &Proposal, outcome: Outcome) -> Change {
    Change::SettleProposal { proposal_id: proposal.id, outcome }
}

/// The yes of another one.
fn second(
    facts: &Facts,
    notice: &Notice,
    (floor, own): (&Floor, &Floor),
    now: DateTime<Utc>,
) -> Decision {
    let proposal = &notice.proposal;
    let word = Change::NoticeAnswered { notice_id: notice.id, yes: true };
    let Some(errand) = still(facts, floor, proposal, now) else {
        let mut decision = refuse(facts, own, Refusal::Changed, now);
        decision.posts.extend(lapsed(facts, floor, proposal, now));
        decision.changes.extend([word, settled(proposal, Outcome::Changed)]);
        return decision;
    };
    let mut decision = organizer::done(facts, floor, errand, now);
    decision.changes.insert(0, word);
    decision.changes.push(settled(proposal, Outcome::Done));
    decision.changes.push(audit("notice-seconded", facts, proposal));
    decision.disposition = Disposition::Confirmation;
    decision
}

/// What all were told, if it would still come out so.
fn still(facts: &Facts, floor: &Floor, proposal: &Proposal, now: DateTime<Utc>) -> Option<Errand> {
    let commands = proposal.proposed.commands.clone();
    let errand = errand::work_out(facts, floor, commands, now).ok()?;
    let shown = errand.shown(floor);
    let same = ["acts", "versions"].iter().all(|part| shown.get(part) == proposal.shown.get(part));
    (same && floor.organizer.organizer).then_some(errand)
}

/// Tells the one who asked that it came to nothing.
fn lapsed(facts: &Facts, floor: &Floor, proposal: &Proposal, now: DateTime<Utc>) -> Option<Post> {
    let letter = Letter::Refused { refusal: Refusal::Changed, line: None, offer: None };
    let reply = NextStep::Organizer(floor.organizer.id);
    let post = post::answer(facts, &floor.organizer, letter, reply, now);
    let purpose = Purpose::Noticed(proposal.id);
    floor.organizer.organizer.then_some(Post { purpose, ..post })
}

/// The day is over, and nobody has said no.
pub(super) fn fall_due(
    facts: &Facts,
    floor: &Floor,
    proposal: &Proposal,
    now: DateTime<Utc>,
) -> Decision {
    let Some(errand) = still(facts, floor, proposal, now) else {
        let posts = lapsed(facts, floor, proposal, now).into_iter().collect();
        let changes = vec![settled(proposal, Outcome::Changed)];
        return Decision { changes, posts, disposition: Disposition::Confirmation };
    };
    let mut decision = organizer::done(facts, floor, errand, now);
    for post in &mut decision.posts {
        // The mail that asked has had its answer.
        if matches!(post.purpose, Purpose::Answer(_)) {
            post.purpose = Purpose::Noticed(proposal.id);
        }
    }
    decision.changes.push(settled(proposal, Outcome::Done));
    decision.changes.push(audit("notice-passed", facts, proposal));
    decision
}
