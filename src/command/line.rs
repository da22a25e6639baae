//! One line: its verb and what the verb needs.
//!
//! Invariant: a verb is only ever recognised as written in the lexicon. What merely resembles one
//! is a question.

use super::lexicon::{Role, Verb, lexicon, longest};
use super::lines::Line;
use super::when::{self, Part, Toward, When};
use super::words::{Word, distance, from_word, written};
use super::{Command, Context, ProblemKind, Scope, people, scope};

/// What the beginning of a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) verb: Verb,
    /// How many words come before what the verb needs.
    pub(super) taken: usize,
}

/// The verb that a line begins with, after "please" and the like.
pub(super) fn opening(words: &[Word]) -> Option<Opening> {
    let mut taken = 0;
    loop {
        let rest = words.get(taken..)?;
        let verb = longest(&lexicon().verbs, rest);
        let polite = lexicon().role(Role::Polite, rest);
        match (verb, polite) {
            (Some((verb, count)), polite) if count >= polite.unwrap_or(0) => {
                return Some(Opening { verb, taken: taken + count });
            }
            (_, Some(count)) => taken += count,
            (_, None) => return None,
        }
    }
}

/// Reads a line that is a command by itself.
pub(super) fn read(line: &Line<'_>, context: Context) -> Result<Command, ProblemKind> {
    let words = line.words.as_slice();
    if let Some(command) = counted_seats(line, context)? {
        return Ok(command);
    }
    let Some(Opening { verb, taken }) = opening(words) else {
        return Err(near_miss(words));
    };
    let rest = words.get(taken..).unwrap_or_default();
    if lexicon().role(Role::Not, rest).is_some() && verb != Verb::Yes {
        return Err(ProblemKind::NotUnderstood);
    }
    match verb {
        Verb::Help => Ok(Command::Help {
            topic: Some(written(line.text, rest).to_owned()).filter(|t| !t.is_empty()),
        }),
        Verb::Status => Ok(Command::Status { scope: scope::read(line.text, rest, context)? }),
        Verb::Seats => seats(line.text, rest, context),
        Verb::Invite => invite(line.text, rest, context),
        Verb::Move => moved(line.text, rest, context),
        Verb::Cancel => cancel(line.text, rest, context),
        Verb::Yes if rest.is_empty() => Ok(Command::Yes),
        Verb::No if rest.is_empty() => Ok(Command::No),
        Verb::Yes | Verb::No | Verb::New => Err(ProblemKind::NotUnderstood),
        Verb::Why
        | Verb::Question
        | Verb::Menu
        | Verb::Read
        | Verb::Note
        | Verb::Deadline
        | Verb::KitchenDeadline
        | Verb::Add
        | Verb::Remove
        | Verb::AnswerFor
        | Verb::GiveSeat
        | Verb::Nudge
        | Verb::Message
        | Verb::Seating
        | Verb::Host
        | Verb::Change
        | Verb::Attendance
        | Verb::MemberAdd
        | Verb::MemberPause
        | Verb::MemberRemove
        | Verb::Nominate
        | Verb::Vote
        | Verb::Mentor
        | Verb::Digest
        | Verb::Organizer
        | Verb::Export
        | Verb::Erase
        | Verb::Undo
        | Verb::Language
        | Verb::Choice
        | Verb::Settings => {
            let verb = written(line.text, words.get(..taken).unwrap_or_default());
            Err(ProblemKind::NotYet { verb: verb.to_owned() })
        }
    }
}

/// Whether a line resembles a verb that it does not begin with.
pub(super) fn near_miss(words: &[Word]) -> ProblemKind {
    let Some(first) = words.first() else { return ProblemKind::NotUnderstood };
    match nearest(&first.bare, lexicon().verbs.keys().map(String::as_str)) {
        Some(verb) => ProblemKind::NearMiss { verb: verb.to_owned() },
        None => ProblemKind::NotUnderstood,
    }
}

/// The phrase that `written` was perhaps meant to be.
pub(super) fn nearest<'p>(
    written: &str,
    phrases: impl Iterator<Item = &'p str>,
) -> Option<&'p str> {
    // Two letters of three can be anything: a short word must be nearer.
    let limit = match written.chars().count() {
        0..=2 => return None,
        3..=4 => 1,
        _ => 2,
    };
    phrases
        .filter(|phrase| phrase.len() > 2)
        .filter_map(|phrase| Some((distance(written, phrase, limit)?, phrase)))
        .min()
        .map(|(_, phrase)| phrase)
}

/// `14 plasser`, `vi har 14 plasser torsdag`, `max 12 guests`.
fn counted_seats(line: &Line<'_>, context: Context) -> Result<Option<Command>, ProblemKind> {
    let words = line.words.as_slice();
    let skipped = seats_prefix(words);
    let Some((seats, taken)) = count_of_seats(words.get(skipped..).unwrap_or_default()) else {
        return Ok(None);
    };
    let rest = words.get(skipped + taken..).unwrap_or_default();
    Ok(Some(Command::Seats { scope: scope::read(line.text, rest, context)?, seats }))
}

fn seats_prefix(words: &[Word]) -> usize {
    let mut skipped = 0;
    while let Some(count) = lexicon().role(Role::AtMost, words.get(skipped..).unwrap_or_default()) {
        skipped += count;
    }
    skipped
}

/// `14 plasser`, `tolv gjester`: a number and what is counted.
pub(super) fn count_of_seats(words: &[Word]) -> Option<(u32, usize)> {
    let (number, taken) = count(words)?;
    let rest = words.get(taken..)?;
    let seats = longest(&lexicon().verbs, rest)
        .filter(|(verb, _)| *verb == Verb::Seats)
        .map(|(_, count)| count);
    let unit = seats.or_else(|| lexicon().role(Role::Guests, rest))?;
    Some((number, taken + unit))
}

/// A number in digits or as a word.
pub(super) fn count(words: &[Word]) -> Option<(u32, usize)> {
    let text = words.first()?.bare.as_str();
    if text.len() <= 4 && text.chars().all(|c| c.is_ascii_digit()) {
        return Some((text.parse().ok()?, 1));
    }
    longest(&lexicon().numbers, words)
}

/// `plasser: 14`, `seats 14 on Thursday`.
fn seats(line: &str, words: &[Word], context: Context) -> Result<Command, ProblemKind> {
    let skipped = seats_prefix(words);
    let rest = words.get(skipped..).unwrap_or_default();
    if rest.is_empty() {
        return Err(ProblemKind::Missing { what: "seats".into() });
    }
    let Some((seats, taken)) = count_of_seats(rest).or_else(|| count(rest)) else {
        return Err(ProblemKind::BadValue {
            what: "seats".into(),
            value: written(line, rest).into(),
        });
    };
    let rest = rest.get(taken..).unwrap_or_default();
    Ok(Command::Seats { scope: scope::read(line, rest, context)?, seats })
}

/// `inviter alle`, `inviter Kari, Per til torsdag`.
fn invite(line: &str, words: &[Word], context: Context) -> Result<Command, ProblemKind> {
    let marker = words.iter().enumerate().skip(1).find_map(|(at, _)| {
        let rest = words.get(at..)?;
        let on =
            || lexicon().role(Role::On, rest).filter(|count| scope::is_clear(rest.get(*count..)));
        lexicon().role(Role::To, rest).or_else(on).map(|count| (at, at + count))
    });
    let (whom, about) = match marker {
        Some((end, start)) => (words.get(..end), words.get(start..)),
        None => (Some(words), None),
    };
    let whom = whom.unwrap_or_default();
    let scope = scope::read(line, about.unwrap_or_default(), context)?;
    match people::audience(written(line, whom), &super::words::split(written(line, whom))) {
        Some(audience) => Ok(Command::Invite { scope, audience }),
        None => Err(ProblemKind::Missing { what: "invite".into() }),
    }
}

/// `flytt til 19. mars`, `flytt torsdag til kl 20`, `move it to Friday 7pm`.
fn moved(line: &str, words: &[Word], context: Context) -> Result<Command, ProblemKind> {
    // The last "to" that a date follows: what stands before it says which gathering.
    let target = (0..words.len()).rev().find_map(|at| {
        let count = lexicon().role(Role::To, words.get(at..)?)?;
        let rest = words.get(at + count..)?;
        new_time(rest).map(|when| (at, rest, when))
    });
    let Some((end, said, when)) = target else {
        let what = "when".to_owned();
        let value = written(line, words).to_owned();
        let whole = new_time(words).filter(|_| !words.is_empty());
        return match whole {
            Some(when) => finish_move(Scope::Implied, when, (line, words), context),
            None if value.is_empty() => Err(ProblemKind::Missing { what }),
            None => Err(ProblemKind::BadValue { what, value }),
        };
    };
    let scope = scope::read(line, words.get(..end).unwrap_or_default(), context)?;
    finish_move(scope, when, (line, said), context)
}

/// The whole of `words` as a new time; a bare `20` is an hour.
fn new_time(words: &[Word]) -> Option<When> {
    when::read_all(words).or_else(|| when::hour(words))
}

fn finish_move(
    scope: Scope,
    when: When,
    (line, said): (&str, &[Word]),
    context: Context,
) -> Result<Command, ProblemKind> {
    let date = when
        .date(Toward::Future, context)
        .map_err(|wrong| wrong.problem("when", written(line, said)))?;
    let time = when.time(Part::Evening);
    match (date, time) {
        (Some(date), Some(time)) => when::check_ahead(date.and_time(time), context)?,
        (Some(date), None) => when::check_day_ahead(date, context)?,
        (None, Some(_)) => {}
        (None, None) => return Err(ProblemKind::Missing { what: "when".into() }),
    }
    Ok(Command::Move { scope, date, time })
}

/// `avlys`, `avlys torsdag, verten er syk`, `cancel Thursday's dinner because the host is ill`.
fn cancel(line: &str, words: &[Word], context: Context) -> Result<Command, ProblemKind> {
    let (about, why) = at_reason(words);
    let reason =
        |words: &[Word]| Some(from_word(line, words).to_owned()).filter(|text| !text.is_empty());
    if why.is_empty()
        && let Some(found) = scope::dated(line, about, context)?
        && scope::trimmed(found.before).is_empty()
    {
        let reason = reason(scope::trimmed(found.after));
        return Ok(Command::Cancel { scope: found.scope, reason });
    }
    if why.is_empty() && is_sentence(about) {
        return Ok(Command::Cancel { scope: Scope::Implied, reason: reason(about) });
    }
    Ok(Command::Cancel { scope: scope::read(line, about, context)?, reason: reason(why) })
}

/// Which gathering, and why: apart at a comma, a dash or "because".
fn at_reason(words: &[Word]) -> (&[Word], &[Word]) {
    let because = (0..words.len()).find_map(|at| {
        let count = lexicon().role(Role::Because, words.get(at..)?)?;
        Some((at, at + count))
    });
    let comma = words.iter().position(|word| word.breaks).map(|at| (at + 1, at + 1));
    let (end, start) =
        [because, comma].into_iter().flatten().min().unwrap_or((words.len(), words.len()));
    let why = words.get(start..).unwrap_or_default();
    let why = lexicon()
        .role(Role::Because, why)
        .map_or(why, |count| why.get(count..).unwrap_or_default());
    (words.get(..end).unwrap_or_default(), why)
}

fn is_sentence(words: &[Word]) -> bool {
    words.len() > 2
        && words
            .iter()
            .any(|word| lexicon().role(Role::Sentence, std::slice::from_ref(word)).is_some())
}
