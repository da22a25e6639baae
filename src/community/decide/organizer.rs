//! An organizer writes: a command, or the yes to a preview.
//!
//! Invariant: nothing that changes anything happens without a yes to a preview that was sent to the
//! organizer's address of record, once, within 48 hours, while the gathering is as the preview
//! showed it. All answers go to that address, so whoever borrows the name learns nothing.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::act::{self, Act};
use super::{Read, post};
use crate::command::{self, Command, Context, Problem, ProblemKind, Reading, Scope};
use crate::community::clock;
use crate::community::decision::{Change, Decision, Disposition, Outcome, Post};
use crate::community::facts::{Facts, Floor, NextStep, Proposal};
use crate::community::gathering::Table;
use crate::community::letter::{ActView, Letter, Refusal};
use crate::community::person::Community;
use crate::community::view;
use crate::language::Language;

/// How long a preview may be answered.
const PREVIEW_LASTS: TimeDelta = TimeDelta::hours(48);

/// Decides about a mail from an organizer that answers no preview.
pub(super) fn command(
    facts: &Facts,
    floor: &Floor,
    read: Read<'_>,
    now: DateTime<Utc>,
) -> Decision {
    carry(facts, floor, reading(facts, read), now)
}

/// Decides about an answer to a preview.
pub(super) fn confirm(
    facts: &Facts,
    proposal: &Proposal,
    floor: &Floor,
    read: Read<'_>,
    now: DateTime<Utc>,
) -> Decision {
    // The address is secret and single: whoever has it must also write as the one it was sent to.
    if floor.organizer.id != proposal.organizer_id {
        return refuse(facts, floor, Refusal::NothingToConfirm, now);
    }
    let reading = reading(facts, read);
    let only = match reading.commands.as_slice() {
        [one] if reading.problems.is_empty() => Some(&one.command),
        _ => None,
    };
    match only {
        Some(Command::Yes) => said_yes(facts, proposal, floor, now),
        Some(Command::No) => said_no(facts, proposal, floor, now),
        Some(_) | None => carry(facts, floor, reading, now),
    }
}

fn reading(facts: &Facts, read: Read<'_>) -> Reading {
    let context = Context {
        now: facts.arrived_at,
        zone: facts.community.zone,
        language: facts.sender.as_ref().map_or(facts.community.language, |sender| sender.language),
    };
    command::read(&read.meaning.visible_text, read.subject, context)
}

fn carry(facts: &Facts, floor: &Floor, reading: Reading, now: DateTime<Utc>) -> Decision {
    let reading = not_yet(reading, floor.organizer.language);
    if !reading.problems.is_empty() {
        let understood = reading.commands.into_iter().map(|spotted| spotted.line).collect();
        return answer(
            facts,
            floor,
            Letter::Problems { understood, problems: reading.problems },
            now,
        );
    }
    let mut commands = reading.commands.into_iter().map(|spotted| spotted.command);
    let Some(first) = commands.next() else {
        return answer(facts, floor, Letter::Help, now);
    };
    if commands.next().is_some() {
        return refuse(facts, floor, Refusal::OneAtATime, now);
    }
    match &first {
        Command::Help { .. } => answer(facts, floor, Letter::Help, now),
        Command::Status { scope } => status(facts, floor, scope, now),
        Command::Yes | Command::No | Command::Later(_) => {
            refuse(facts, floor, Refusal::NothingToConfirm, now)
        }
        Command::New(_)
        | Command::Seats { .. }
        | Command::Move { .. }
        | Command::Cancel { .. }
        | Command::Invite { .. } => match act::resolve(facts, floor, &first, now) {
            Ok(act) => preview(facts, floor, first, act, now),
            Err(letter) => answer(facts, floor, *letter, now),
        },
    }
}

/// Commands that are understood and whose machinery does not exist are said to be so, plainly.
fn not_yet(reading: Reading, language: Language) -> Reading {
    let mut commands = Vec::new();
    let mut problems = reading.problems;
    for spotted in reading.commands {
        if let Command::Later(later) = &spotted.command {
            let verb = later.verb().name(language).to_owned();
            problems.push(Problem { line: spotted.line, kind: ProblemKind::NotYet { verb } });
        } else {
            commands.push(spotted);
        }
    }
    Reading { commands, problems, stopped: reading.stopped }
}

fn status(facts: &Facts, floor: &Floor, scope: &Scope, now: DateTime<Utc>) -> Decision {
    match act::choose(floor, scope) {
        Ok(table) => {
            let letter = Letter::Status { status: view::status(table) };
            let mut decision = answer(facts, floor, letter, now);
            about(&mut decision, table);
            decision
        }
        Err(refusal) => refuse(facts, floor, refusal, now),
    }
}

/// Mails about a gathering carry its row, so that the thread knows what it is about.
fn about(decision: &mut Decision, table: &Table) {
    for post in &mut decision.posts {
        post.gathering_id = Some(table.gathering.id);
    }
}

fn preview(
    facts: &Facts,
    floor: &Floor,
    command: Command,
    act: Act,
    now: DateTime<Utc>,
) -> Decision {
    let expires_at = now + PREVIEW_LASTS;
    let until = clock::local(expires_at, facts.community.zone);
    let shown = effects(&act.view);
    let letter = Letter::Preview { act: act.view, mails: act.mails, until };
    let reply = NextStep::Proposal(facts.inbox_id);
    let post = Post {
        gathering_id: act.about.map(|(gathering, _)| gathering),
        expires_at,
        ..post::answer(facts, &floor.organizer, letter, reply, now)
    };
    Decision {
        changes: vec![Change::Propose { command, shown, about: act.about, expires_at }],
        posts: vec![post],
        disposition: Disposition::Command,
    }
}

fn said_no(facts: &Facts, proposal: &Proposal, floor: &Floor, now: DateTime<Utc>) -> Decision {
    if proposal.settled {
        return refuse(facts, floor, Refusal::AlreadyDone, now);
    }
    let mut decision = answer(facts, floor, Letter::Dropped, now);
    decision.disposition = Disposition::Confirmation;
    decision
        .changes
        .push(Change::SettleProposal { proposal_id: proposal.id, outcome: Outcome::Dropped });
    decision
}

fn said_yes(facts: &Facts, proposal: &Proposal, floor: &Floor, now: DateTime<Utc>) -> Decision {
    if proposal.settled {
        return refuse(facts, floor, Refusal::AlreadyDone, now);
    }
    // What counts is when the organizer answered, not when we came to read it.
    if facts.arrived_at > proposal.expires_at {
        return refuse(facts, floor, Refusal::Expired, now);
    }
    let unchanged = proposal.about.is_none_or(|(id, version)| {
        let of = |table: &&Table| table.gathering.id == id;
        floor.open.iter().find(of).is_some_and(|table| table.gathering.version == version)
    });
    if !unchanged {
        let mut decision = refuse(facts, floor, Refusal::Changed, now);
        let outcome = Outcome::Changed;
        decision.changes.push(Change::SettleProposal { proposal_id: proposal.id, outcome });
        return decision;
    }
    match act::resolve(facts, floor, &proposal.command, now) {
        Ok(act) if effects(&act.view) == proposal.shown => done(facts, proposal, floor, act, now),
        Ok(act) => {
            // A yes is to what was shown. Other effects are shown anew.
            let mut decision = preview(facts, floor, proposal.command.clone(), act, now);
            let outcome = Outcome::Changed;
            decision.changes.push(Change::SettleProposal { proposal_id: proposal.id, outcome });
            decision
        }
        Err(letter) => answer(facts, floor, *letter, now),
    }
}

/// What an act does, to compare it by. How many are told may change while the organizer reads: a
/// guest who declines meanwhile is no reason to ask again.
fn effects(view: &ActView) -> Value {
    let mut effects = json!(view);
    if let Some(fields) = effects.as_object_mut() {
        fields.remove("told");
    }
    effects
}

fn done(
    facts: &Facts,
    proposal: &Proposal,
    floor: &Floor,
    act: Act,
    now: DateTime<Utc>,
) -> Decision {
    let gathering_id = act.gathering_id;
    let leave_at = (act.mails > 0)
        .then(|| clock::local(leave_at(&facts.community, &act.view, now), facts.community.zone));
    let letter = Letter::Done { act: act.view, mails: act.mails, leave_at, status: act.after };
    let mut decision = answer(facts, floor, letter, now);
    for post in &mut decision.posts {
        post.gathering_id = Some(gathering_id);
    }
    decision.posts.extend(act.posts);
    decision.changes = act.changes;
    let outcome = Outcome::Done;
    decision.changes.push(Change::SettleProposal { proposal_id: proposal.id, outcome });
    decision.changes.push(Change::Audit {
        act: act.name,
        gathering_id: Some(gathering_id),
        details: json!({ "proposal": proposal.id, "mails": act.mails }),
    });
    decision.disposition = Disposition::Confirmation;
    decision
}

/// When the mails that an act leads to leave, as the planner will have it.
fn leave_at(community: &Community, act: &ActView, now: DateTime<Utc>) -> DateTime<Utc> {
    let after_hold = now + community.hold;
    match act {
        ActView::New { gathering, .. } | ActView::Invite { gathering, .. } => {
            let starts_at = clock::instant(gathering.starts, community.zone);
            community.asks_at(after_hold, starts_at)
        }
        ActView::Seats { .. } | ActView::Move { .. } | ActView::Cancel { .. } => {
            community.by_day(after_hold)
        }
    }
}

/// The one answer that each mail from an organizer gets.
fn answer(facts: &Facts, floor: &Floor, letter: Letter, now: DateTime<Utc>) -> Decision {
    let reply = NextStep::Organizer(floor.organizer.id);
    let post = Post {
        gathering_id: floor.thread,
        ..post::answer(facts, &floor.organizer, letter, reply, now)
    };
    Decision { changes: Vec::new(), posts: vec![post], disposition: Disposition::Command }
}

fn refuse(facts: &Facts, floor: &Floor, refusal: Refusal, now: DateTime<Utc>) -> Decision {
    answer(facts, floor, Letter::Refused { refusal }, now)
}
