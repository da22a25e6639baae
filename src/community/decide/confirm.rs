//! An organizer answers a preview or a question: yes, no, a number.
//!
//! Invariant: a yes counts once, within 48 hours, from the address to which the preview was sent, and
//! while the gatherings are as it showed them. Else it is shown anew.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::errand::{self, Errand};
use super::organizer::{self, Occasion, Word, answer, command, refuse};
use super::{Read, notice};
use crate::command::{Command, Further, Spotted};
use crate::community::decision::{Change, Decision, Disposition, Outcome};
use crate::community::facts::{Facts, Floor, Proposal};
use crate::community::letter::{Letter, Refusal};
use crate::community::level::Level;

/// Decides about an answer to a preview or question.
pub(super) fn decide(
    facts: &Facts,
    proposal: &Proposal,
    floor: &Floor,
    read: Read<'_>,
    now: DateTime<Utc>,
) -> Decision {
    if !facts.evidence.may_confirm() {
        return Decision::nothing(Disposition::Stranger);
    }
    // The address is secret and single: whoever has it must also write as the one it was sent to.
    if floor.organizer.id != proposal.organizer_id {
        return refuse(facts, floor, Refusal::NothingToConfirm, now);
    }
    let reading = organizer::reading(facts, read);
    let word = match reading.commands.as_slice() {
        [one] if reading.problems.is_empty() => said(&one.command),
        _ => None,
    };
    let Some(said) = word else { return command(facts, floor, read, now) };
    if proposal.settled {
        return refuse(facts, floor, Refusal::AlreadyDone, now);
    }
    // All organizers have been told; a no still stops it.
    if proposal.due_at.is_some() && said != Said::No {
        return refuse(facts, floor, Refusal::AnothersWord, now);
    }
    // The preview went to one address. Whoever has another one of the organizer's has not read it.
    let at_record = facts.from.as_ref() == Some(&floor.organizer.address);
    if said == Said::Yes && !at_record {
        let address = floor.organizer.address.clone();
        return refuse(facts, floor, Refusal::FromElsewhere { address }, now);
    }
    // What counts is when the organizer answered, not when we came to read it.
    if facts.arrived_at > proposal.expires_at && said != Said::No {
        return refuse(facts, floor, Refusal::Expired, now);
    }
    let choices = &proposal.proposed.choices;
    match (said, choices.as_slice()) {
        (Said::No, _) => {
            let mut decision = answer(facts, floor, Letter::Dropped, now);
            settle(&mut decision, proposal, Outcome::Dropped);
            decision
        }
        (Said::Yes, []) => yes(facts, proposal, floor, now),
        (Said::Yes, [only]) => chosen(facts, proposal, floor, (only, Word::Chosen), now),
        (Said::Number(number), _) => match choices.get(number.wrapping_sub(1)) {
            Some(choice) if at_record => {
                chosen(facts, proposal, floor, (choice, Word::Chosen), now)
            }
            Some(choice) => chosen(facts, proposal, floor, (choice, Word::Asked), now),
            None => refuse(facts, floor, Refusal::NoSuchNumber, now),
        },
        (Said::Yes, _) => refuse(facts, floor, Refusal::NoSuchNumber, now),
    }
}

/// What answers a preview.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    Yes,
    No,
    Number(usize),
}

pub(super) fn said(command: &Command) -> Option<Said> {
    if let Command::Further(further) = command
        && let Further::Choice { number } = further.as_ref()
    {
        return usize::try_from(*number).ok().map(Said::Number);
    }
    if *command == Command::Yes {
        return Some(Said::Yes);
    }
    (*command == Command::No).then_some(Said::No)
}

fn settle(decision: &mut Decision, proposal: &Proposal, outcome: Outcome) {
    decision.disposition = Disposition::Confirmation;
    // What is done on a yes was asked for by another mail, which the audit names beside it.
    for change in &mut decision.changes {
        if let Change::Audit { details: Value::Object(details), .. } = change {
            details.insert("asked".to_owned(), proposal.id.into());
        }
    }
    decision.changes.push(Change::SettleProposal { proposal_id: proposal.id, outcome });
}

fn yes(facts: &Facts, proposal: &Proposal, floor: &Floor, now: DateTime<Utc>) -> Decision {
    let changed = |versions: Option<&Value>| {
        let shown: Vec<(i64, i64)> = versions
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
            .filter_map(|(id, version)| Some((id.parse().ok()?, version.as_i64()?)))
            .collect();
        shown.into_iter().any(|(id, version)| {
            let mut all = floor.open.iter().chain(&floor.past);
            !all.any(|table| {
                table.gathering.id == id && i64::from(table.gathering.version) == version
            })
        })
    };
    let stale = changed(proposal.shown.get("versions"));
    // It was shown about one gathering, whatever day that one has now.
    let meant = |spotted: &Spotted| match proposal.gathering_id {
        Some(id) => Spotted { command: spotted.command.about_gathering(id), ..spotted.clone() },
        None => spotted.clone(),
    };
    let commands: Vec<Spotted> = proposal.proposed.commands.iter().map(meant).collect();
    match errand::work_out(facts, floor, commands.clone(), now) {
        // It stays open: the same yes counts in a while.
        Ok(errand) if is_too_fast(floor, &errand) => refuse(facts, floor, Refusal::TooFast, now),
        Ok(errand) if !stale && errand.shown(floor).get("acts") == proposal.shown.get("acts") => {
            if errand.level() >= Some(Level::Grave) {
                return notice::begin(facts, floor, (proposal, &errand), now);
            }
            let mut decision = organizer::done(facts, floor, errand, now);
            settle(&mut decision, proposal, Outcome::Done);
            decision
        }
        Ok(errand) => {
            // A yes is to what was shown. Other effects are shown anew, and so is everything after
            // another command: the same numbers may be another dinner's.
            let mut decision = organizer::preview(facts, floor, &errand, Occasion::Changed, now);
            settle(&mut decision, proposal, Outcome::Changed);
            decision.disposition = Disposition::Command;
            decision
        }
        Err(_) => organizer::carry_out(facts, floor, (commands, Word::Asked), now),
    }
}

/// Large acts that an organizer may carry out in ten minutes, and how many of them may call something
/// off: whoever has got hold of a mailbox has no more than that before somebody notices.
const LARGE_ACTS: u32 = 3;
const CANCELLATIONS: u32 = 1;

/// What one mail asks for is not taken apart: it counts as one where nothing went before it.
fn is_too_fast(floor: &Floor, errand: &Errand) -> bool {
    let cancels = errand.acts.iter().any(|act| act.name == "gathering-cancelled");
    errand.level() >= Some(Level::Large)
        && (floor.recent.large >= LARGE_ACTS
            || (cancels && floor.recent.cancelled >= CANCELLATIONS))
}

/// One of several was meant: it is as if it had been written so, and what concerns one person is
/// done at once.
fn chosen(
    facts: &Facts,
    proposal: &Proposal,
    floor: &Floor,
    (choice, word): (&[Spotted], Word),
    now: DateTime<Utc>,
) -> Decision {
    let asked = (choice.to_vec(), word);
    let mut decision = organizer::carry_out(facts, floor, asked, now);
    settle(&mut decision, proposal, Outcome::Done);
    decision
}
