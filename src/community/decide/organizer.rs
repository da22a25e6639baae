//! An organizer writes: what their mail asks for is done at once, shown for a yes, or asked about.
//!
//! Invariant: a mail gets one answer, which goes to the organizer's address of record, so whoever
//! borrows the name learns nothing. What is asked for before something is done, `level` says by what
//! it weighs and what the mail proves; what many notice happens only after a yes to a preview.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::act::{Act, Halt};
use super::errand::{self, Errand, Stuck};
use super::{Read, post};
use crate::command::{self, Command, Context, Problem, ProblemKind, Reading, Spotted};
use crate::community::clock;
use crate::community::decision::{Change, Decision, Disposition, Post};
use crate::community::facts::{Facts, Floor, NextStep, Proposed};
use crate::community::gathering::Table;
use crate::community::letter::{ActView, ChoiceView, Guess, Letter, OfferView, Refusal, Told};
use crate::community::level::{Asks, Level, asked_for};
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::language::Language;

/// How long a preview may be answered.
const PREVIEW_LASTS: TimeDelta = TimeDelta::hours(48);

/// What is asked for before something is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    /// Only that it was asked for.
    Asked,
    /// That the organizer chose it by its number, at an address that only they know.
    Chosen,
}

/// Decides about a mail from an organizer that answers no preview.
pub(super) fn command(
    facts: &Facts,
    floor: &Floor,
    read: Read<'_>,
    now: DateTime<Utc>,
) -> Decision {
    let reading = reading(facts, read);
    let choices = readings(facts, read, &reading);
    match reading.problems.first() {
        Some(unclear) if !choices.is_empty() => {
            ask(facts, floor, (unclear.line.clone(), String::new()), choices, now)
        }
        Some(_) | None => carry(facts, floor, reading, now),
    }
}

/// What a mail can ask for, where one place in it can be meant in several ways and all else is
/// understood.
fn readings(facts: &Facts, read: Read<'_>, reading: &Reading) -> Vec<(ChoiceView, Vec<Spotted>)> {
    let [Problem { kind: ProblemKind::Either { written, meant }, .. }] =
        reading.problems.as_slice()
    else {
        return Vec::new();
    };
    let context = context(facts);
    let choices = meant.iter().filter_map(|meant| {
        let text = read.meaning.visible_text.replacen(written.as_str(), meant, 1);
        let reading = command::read_from(sender(facts), &text, read.subject, context);
        let rounds = meant.split("; ").map(str::to_owned).collect();
        let carried = |it: &Spotted| it.command.comes_later().is_none() && !it.command.is_answer();
        let clear = reading.problems.is_empty() && reading.commands.iter().all(carried);
        clear.then_some((ChoiceView::Rounds { rounds }, reading.commands))
    });
    choices.collect()
}

/// Whether a mail can be carried out as it stands.
pub(super) fn is_command(facts: &Facts, floor: &Floor, read: Read<'_>) -> bool {
    let reading = reading(facts, read);
    // "Språk: engelsk" is the organizer's own, where it stands below no gathering.
    let own = |command: &Command| floor.thread.is_none() && command.may_be_a_wish();
    let carried =
        |spotted: &Spotted| spotted.command.comes_later().is_none() && !own(&spotted.command);
    // What can be meant in several ways is asked about.
    let either = |problem: &Problem| matches!(problem.kind, ProblemKind::Either { .. });
    reading.problems.iter().all(either)
        && !(reading.commands.is_empty() && reading.problems.is_empty())
        && reading.commands.iter().all(carried)
}

pub(super) fn reading(facts: &Facts, read: Read<'_>) -> Reading {
    command::read_from(sender(facts), &read.meaning.visible_text, read.subject, context(facts))
}

/// What the organizer is called.
fn sender(facts: &Facts) -> &str {
    facts.sender.as_ref().map_or("", |sender| sender.name.as_str())
}

/// What the organizer's words are read against.
fn context(facts: &Facts) -> Context {
    Context {
        now: facts.arrived_at,
        zone: facts.community.zone,
        language: facts.sender.as_ref().map_or(facts.community.language, |sender| sender.language),
        seats: facts.community.usual.seats,
    }
}

fn carry(facts: &Facts, floor: &Floor, reading: Reading, now: DateTime<Utc>) -> Decision {
    let reading = not_yet(reading, floor.organizer.language);
    if !reading.problems.is_empty() {
        return problems(facts, floor, reading, now);
    }
    let answers = |spotted: &Spotted| spotted.command.is_answer();
    match reading.commands.as_slice() {
        [] => nothing_asked(facts, floor, &reading, now),
        [only] if answers(only) => refuse(facts, floor, Refusal::NothingToConfirm, now),
        several if several.iter().any(answers) => refuse(facts, floor, Refusal::OneAtATime, now),
        _ => carry_out(facts, floor, (reading.commands, Word::Asked), now),
    }
}

/// A greeting alone gets the manual; thanks get no answer, as nobody waits for one.
fn nothing_asked(facts: &Facts, floor: &Floor, reading: &Reading, now: DateTime<Utc>) -> Decision {
    if reading.stopped.is_some() {
        return Decision::nothing(Disposition::Chat);
    }
    answer(facts, floor, Letter::Help, now)
}

/// Carries out what a mail asks for, or shows it, or says why not.
pub(super) fn carry_out(
    facts: &Facts,
    floor: &Floor,
    (commands, word): (Vec<Spotted>, Word),
    now: DateTime<Utc>,
) -> Decision {
    match errand::work_out(facts, floor, commands.clone(), now) {
        Ok(errand) => match errand.level() {
            None => told(facts, floor, errand, now),
            Some(level) => match asked_for(level, &facts.evidence) {
                Asks::Nothing => done(facts, floor, errand, now),
                // To choose by a number, at an address that only they know, is to say yes.
                Asks::Yes if word == Word::Chosen && level == Level::Small => {
                    done(facts, floor, errand, now)
                }
                Asks::Yes | Asks::TwoOrNotice => {
                    preview(facts, floor, &errand, Occasion::Asked, now)
                }
                Asks::Silence => Decision::nothing(Disposition::Stranger),
            },
        },
        Err(stuck) => halted(facts, floor, (commands, stuck), now),
    }
}

/// Commands that are understood and whose machinery does not exist are said to be so, plainly.
fn not_yet(reading: Reading, language: Language) -> Reading {
    let mut commands = Vec::new();
    let mut problems = reading.problems;
    for spotted in reading.commands {
        if let Some(verb) = spotted.command.comes_later() {
            let verb = verb.name(language).to_owned();
            problems.push(Problem { line: spotted.line, kind: ProblemKind::NotYet { verb } });
        } else {
            commands.push(spotted);
        }
    }
    Reading { commands, problems, stopped: reading.stopped }
}

/// Lines that can not be carried out: nothing is done. A slip of the thumb is shown as it was
/// perhaps meant; else a yes does what was understood.
fn problems(facts: &Facts, floor: &Floor, reading: Reading, now: DateTime<Utc>) -> Decision {
    let lost = |problem: &Problem| problem.kind == ProblemKind::NotUnderstood;
    if reading.commands.is_empty()
        && reading.problems.len() > 2
        && reading.problems.iter().all(lost)
    {
        // A letter that was meant for somebody else is not taken apart line by line.
        return answer(facts, floor, Letter::NoCommand, now);
    }
    if let Some((commands, guesses)) = mended(facts, &reading)
        && let Ok(errand) = errand::work_out(facts, floor, commands, now)
    {
        return preview(facts, floor, &errand, Occasion::Guessed(guesses), now);
    }
    let understood: Vec<String> =
        reading.commands.iter().map(|spotted| spotted.line.clone()).collect();
    let letter = |offer| Letter::Problems { understood, problems: reading.problems, offer };
    offering(facts, floor, reading.commands, letter, now)
}

/// Commands, and the slips of the thumb that were taken as them.
type Mended = (Vec<Spotted>, Vec<Guess>);

/// The mail as it was perhaps meant, where slips of the thumb are all that is wrong with it.
fn mended(facts: &Facts, reading: &Reading) -> Option<Mended> {
    let context = context(facts);
    let mut commands = reading.commands.clone();
    let mut guesses = Vec::new();
    for problem in &reading.problems {
        let ProblemKind::NearMiss { verb } = &problem.kind else { return None };
        let rest = problem.line.split_once(char::is_whitespace).map_or("", |(_, rest)| rest);
        let meant = command::read(&format!("{verb} {rest}"), "", context);
        if !meant.problems.is_empty() || meant.commands.is_empty() {
            return None;
        }
        if meant
            .commands
            .iter()
            .any(|it| it.command.is_answer() || it.command.comes_later().is_some())
        {
            return None;
        }
        commands.extend(meant.commands);
        guesses.push(Guess { line: problem.line.clone(), verb: verb.clone() });
    }
    Some((commands, guesses))
}

/// Answers with a letter that offers to carry out `commands`, if there is anything to carry out.
fn offering(
    facts: &Facts,
    floor: &Floor,
    commands: Vec<Spotted>,
    letter: impl FnOnce(Option<OfferView>) -> Letter,
    now: DateTime<Utc>,
) -> Decision {
    match errand::work_out(facts, floor, commands, now) {
        Ok(errand) if !errand.acts.is_empty() => {
            let letter = letter(Some(offer(facts, &errand, now)));
            propose(facts, floor, &errand, letter, now)
        }
        Ok(_) | Err(_) => answer(facts, floor, letter(None), now),
    }
}

/// One command can not be worked out: nothing is done, and what a yes or a number would do is said.
fn halted(
    facts: &Facts,
    floor: &Floor,
    (commands, stuck): (Vec<Spotted>, Stuck),
    now: DateTime<Utc>,
) -> Decision {
    let Some(line) = commands.get(stuck.at).map(|spotted| spotted.line.clone()) else {
        return answer(facts, floor, Letter::NoCommand, now);
    };
    let several = commands.len() > 1;
    match stuck.halt {
        Halt::Who { written, fits } => {
            let choices = fits.iter().map(|person| {
                let meant = |spotted: &Spotted| Spotted {
                    command: spotted.command.with_person(&written, person.address.as_str()),
                    ..spotted.clone()
                };
                let view = ChoiceView::Person {
                    name: person.name.clone(),
                    address: person.address.clone(),
                };
                (view, commands.iter().map(meant).collect())
            });
            ask(facts, floor, (line, written.clone()), choices.collect(), now)
        }
        Halt::Which(tables) => {
            let choices = tables.iter().map(|table| {
                let mut chosen = commands.clone();
                if let Some(spotted) = chosen.get_mut(stuck.at) {
                    spotted.command = spotted.command.about_gathering(table.gathering.id);
                }
                (ChoiceView::Gathering(view::gathering(&table.gathering, Sees::Address)), chosen)
            });
            ask(facts, floor, (line, String::new()), choices.collect(), now)
        }
        Halt::Refused(refusal) => {
            let others = without(commands, stuck.at);
            let line = several.then_some(line);
            offering(facts, floor, others, |offer| Letter::Refused { refusal, line, offer }, now)
        }
        Halt::Problem(kind) => {
            let others = without(commands, stuck.at);
            let understood = others.iter().map(|spotted| spotted.line.clone()).collect();
            let problems = vec![Problem { line, kind }];
            let letter = |offer| Letter::Problems { understood, problems, offer };
            offering(facts, floor, others, letter, now)
        }
    }
}

fn without(mut commands: Vec<Spotted>, at: usize) -> Vec<Spotted> {
    if at < commands.len() {
        commands.remove(at);
    }
    commands
}

/// Asks which one is meant; the answer is a number, or yes where there is only one.
fn ask(
    facts: &Facts,
    floor: &Floor,
    (line, written): (String, String),
    choices: Vec<(ChoiceView, Vec<Spotted>)>,
    now: DateTime<Utc>,
) -> Decision {
    let (views, choices) = choices.into_iter().unzip();
    let letter = Letter::Which { line, written, choices: views };
    let proposed = Proposed { commands: Vec::new(), choices };
    let expires_at = now + PREVIEW_LASTS;
    let mut decision = answer(facts, floor, letter, now);
    for post in &mut decision.posts {
        (post.reply, post.expires_at) = (NextStep::Proposal(facts.inbox_id), expires_at);
    }
    // What is chosen in a gathering's thread is about that gathering.
    let (shown, gathering_id) = (json!({}), floor.thread);
    decision.changes.push(Change::Propose { proposed, shown, gathering_id, expires_at });
    decision
}

/// Why something is shown before it is done.
#[derive(Debug)]
pub(super) enum Occasion {
    /// It was asked for.
    Asked,
    /// It was perhaps meant, by slips of the thumb.
    Guessed(Vec<Guess>),
    /// A yes has come to what was shown before, and that would not come out so any more.
    Changed,
}

/// Shows what a yes would do.
pub(super) fn preview(
    facts: &Facts,
    floor: &Floor,
    errand: &Errand,
    occasion: Occasion,
    now: DateTime<Utc>,
) -> Decision {
    let (anew, guesses) = match occasion {
        Occasion::Asked => (false, Vec::new()),
        Occasion::Guessed(guesses) => (false, guesses),
        Occasion::Changed => (true, Vec::new()),
    };
    let letter = Letter::Preview {
        anew,
        offer: offer(facts, errand, now),
        about: errand.gathering(floor),
        guesses,
        told: errand.told.clone(),
    };
    propose(facts, floor, errand, letter, now)
}

fn offer(facts: &Facts, errand: &Errand, now: DateTime<Utc>) -> OfferView {
    let grave = errand.level() >= Some(Level::Grave);
    let asker = facts.sender.as_ref().map(|sender| sender.id);
    let others = facts.organizers.iter().filter(|other| grave && Some(other.id) != asker);
    OfferView {
        grave,
        others: others.map(|other| other.name.clone()).collect(),
        acts: errand.acts.iter().map(|act| act.view.clone()).collect(),
        mails: errand.mails(),
        until: clock::local(now + PREVIEW_LASTS, facts.community.zone),
    }
}

/// Sends a letter to which a yes carries out the errand.
fn propose(
    facts: &Facts,
    floor: &Floor,
    errand: &Errand,
    letter: Letter,
    now: DateTime<Utc>,
) -> Decision {
    let expires_at = now + PREVIEW_LASTS;
    // A gathering that is not made yet has no row to be about.
    let known =
        |id: &i64| floor.open.iter().chain(&floor.past).any(|table| table.gathering.id == *id);
    let gathering_id = errand.gathering_id().filter(known);
    let reply = NextStep::Proposal(facts.inbox_id);
    let post = Post {
        gathering_id,
        expires_at,
        ..post::answer(facts, &floor.organizer, letter, reply, now)
    };
    let proposed = Proposed { commands: errand.commands.clone(), choices: Vec::new() };
    let shown = errand.shown(floor);
    Decision {
        changes: vec![Change::Propose { proposed, shown, gathering_id, expires_at }],
        posts: vec![post],
        disposition: Disposition::Command,
    }
}

/// Answers what was only asked.
fn told(facts: &Facts, floor: &Floor, errand: Errand, now: DateTime<Utc>) -> Decision {
    let gathering_id = errand.gathering_id();
    let letter = match errand.told.as_slice() {
        [Told::Help] => Letter::Help,
        [Told::Digest { own, coming, shared, newcomers }] => Letter::Digest {
            own: own.clone(),
            coming: coming.clone(),
            shared: shared.clone(),
            newcomers: newcomers.clone(),
        },
        _ => Letter::Status { told: errand.told },
    };
    let mut decision = answer(facts, floor, letter, now);
    for post in &mut decision.posts {
        post.gathering_id = gathering_id.or(post.gathering_id);
    }
    decision
}

/// Carries an errand out.
pub(super) fn done(facts: &Facts, floor: &Floor, errand: Errand, now: DateTime<Utc>) -> Decision {
    let mails = errand.mails();
    let leave_at = leave_at(facts, &errand, now);
    let acts: Vec<ActView> = errand.acts.iter().map(|act| act.view.clone()).collect();
    let mut told = errand.told.clone();
    told.extend(errand.statuses());
    let about = errand.about();
    let lasts = errand.lasts();
    let letter = Letter::Done { acts: acts.clone(), mails, leave_at, told, about, lasts };
    let mut decision = answer(facts, floor, letter, now);
    for post in &mut decision.posts {
        post.gathering_id = errand.gathering_id().or(post.gathering_id);
    }
    // What the others have heard of they hear is taken back.
    let heard = floor.last.as_ref().is_some_and(|last| last.heard);
    let unheard = heard && errand.acts.iter().any(|act| act.name == "undone");
    if unheard || errand.level() > Some(Level::Small) {
        let letter = Letter::Colleague {
            organizer: floor.organizer.name.clone(),
            acts,
            mails,
            leave_at,
            about: errand.gathering(floor),
        };
        decision.posts.extend(colleagues(facts, floor, &errand, &letter, now));
    }
    decision.changes.extend(errand.remembered(floor));
    for (act, command) in errand.acts.into_iter().zip(errand.kept) {
        decision.changes.extend(act.changes);
        decision.posts.extend(act.posts);
        decision.changes.push(Change::Audit {
            act: act.name,
            gathering_id: act.after.as_ref().map(|table| table.gathering.id),
            details: json!({
                "signals": facts.evidence.signals(),
                "mails": act.mails,
                "large": act.level >= Level::Large,
                "before": before(floor, act.after.as_ref()),
                "after": act.after.as_ref().map(numbers),
            }),
            command: Some(command),
        });
    }
    decision
}

/// A gathering in numbers, for the audit: no names, no texts.
fn numbers(table: &Table) -> Value {
    let gathering = &table.gathering;
    json!({
        "starts": gathering.starts_local,
        "state": gathering.state,
        "seats": gathering.seats,
        "taken": gathering.taken,
        "invited": table.invitations.len(),
        "reply_by": gathering.reply_by,
        "kitchen_by": gathering.kitchen_by,
        "host": gathering.host_id,
    })
}

/// The same gathering as it was.
fn before(floor: &Floor, after: Option<&Table>) -> Option<Value> {
    let id = after?.gathering.id;
    let mut all = floor.open.iter().chain(&floor.past);
    all.find(|table| table.gathering.id == id).map(numbers)
}

/// When the first of the mails that follow leaves, as the planner will have it.
fn leave_at(facts: &Facts, errand: &Errand, now: DateTime<Utc>) -> Option<NaiveDateTime> {
    let community = &facts.community;
    let after_hold = now + community.hold;
    let leaves = |act: &Act| match (&act.view, &act.after) {
        (ActView::New { .. } | ActView::Invite { .. } | ActView::Nudge { .. }, Some(table)) => {
            community.asks_at(after_hold, table.gathering.starts_at)
        }
        (_, _) => community.by_day(after_hold),
    };
    let acts = errand.acts.iter().filter(|act| act.mails > 0);
    acts.map(leaves).min().map(|at| clock::local(at, community.zone))
}

/// The other organizers hear at once of what many will notice.
fn colleagues(
    facts: &Facts,
    floor: &Floor,
    errand: &Errand,
    letter: &Letter,
    now: DateTime<Utc>,
) -> Vec<Post> {
    let others = facts.organizers.iter().filter(|other| other.id != floor.organizer.id);
    others
        .map(|other| Post {
            purpose: Purpose::Colleague(facts.inbox_id, other.id),
            gathering_id: errand.gathering_id(),
            ..post::answer(facts, other, letter.clone(), NextStep::Organizer(other.id), now)
        })
        .collect()
}

/// The one answer that each mail from an organizer gets.
pub(super) fn answer(facts: &Facts, floor: &Floor, letter: Letter, now: DateTime<Utc>) -> Decision {
    let reply = NextStep::Organizer(floor.organizer.id);
    let post = Post {
        gathering_id: floor.thread,
        ..post::answer(facts, &floor.organizer, letter, reply, now)
    };
    Decision { changes: Vec::new(), posts: vec![post], disposition: Disposition::Command }
}

pub(super) fn refuse(
    facts: &Facts,
    floor: &Floor,
    refusal: Refusal,
    now: DateTime<Utc>,
) -> Decision {
    answer(facts, floor, Letter::Refused { refusal, line: None, offer: None }, now)
}
