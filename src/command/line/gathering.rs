//! Verbs that change a gathering: seats, invite, move, cancel.

use super::content;
use super::said::{Said, missing};
use crate::command::lexicon::{Role, Verb, lexicon, longest};
use crate::command::when::{self, Part, Toward, When};
use crate::command::words::{Word, split};
use crate::command::{
    Asked, Audience, Circle, Command, DigestAct, Further, ProblemKind, Scope, people, scope,
};

/// `status torsdag`, `hvem kommer?`; also `vis nyhetsbrev`, which shows something else.
pub(super) fn status(said: Said<'_>) -> Result<Command, ProblemKind> {
    let guests = lexicon().role(Role::Guests, said.words);
    let shown =
        longest(&lexicon().verbs, said.words).filter(|(_, taken)| *taken == said.words.len());
    let key = longest(&lexicon().keys, said.words).filter(|(_, taken)| *taken == said.words.len());
    let shows_all = guests == Some(said.words.len()) || said.circle().is_some();
    match shown {
        Some((Verb::Digest, _)) => Ok(Further::Digest { what: DigestAct::Show }.into()),
        Some((Verb::Settings, _)) => Ok(Further::Settings.into()),
        Some((Verb::Status, _)) => Ok(Command::Status { scope: Scope::Implied }),
        None if shows_all => Ok(Command::Status { scope: Scope::Implied }),
        None if key.is_none() => Ok(Command::Status { scope: said.scope()? }),
        Some(_) | None => Err(ProblemKind::NotUnderstood),
    }
}

/// `14 plasser`, `vi har 14 plasser torsdag`, `max 12 guests`.
pub(super) fn counted_seats(said: Said<'_>) -> Option<Result<Command, ProblemKind>> {
    // "To gjester til: Ola og Per" adds these two.
    if super::opening(said.words).is_some_and(|opening| opening.verb == Verb::Add) {
        return None;
    }
    let said = Said { words: without_at_most(said.words), ..said };
    let (seats, taken) = count_of_seats(said.words)?;
    if is_less(said) {
        return Some(said.bad("seats"));
    }
    Some(said.skip(taken).scope().map(|scope| Command::Seats { scope, seats }))
}

/// `14 plasser`, `tolv gjester`: a number and what is counted.
pub(in crate::command) fn count_of_seats(words: &[Word]) -> Option<(u32, usize)> {
    let (number, taken) = count(words)?;
    let rest = words.get(taken..)?;
    let seats = longest(&lexicon().verbs, rest).filter(|(verb, _)| *verb == Verb::Seats);
    let unit = seats.map(|(_, count)| count).or_else(|| lexicon().role(Role::Guests, rest))?;
    Some((number, taken + unit))
}

/// A number in digits or as a word.
pub(in crate::command) fn count(words: &[Word]) -> Option<(u32, usize)> {
    let text = words.first()?.bare.as_str();
    if text.len() <= 4 && text.chars().all(|c| c.is_ascii_digit()) {
        return Some((text.parse().ok()?, 1));
    }
    longest(&lexicon().numbers, words)
}

/// Whether a minus stands before the first word: `-3 plasser` does not say how many there are.
fn is_less(said: Said<'_>) -> bool {
    let before = said.words.first().and_then(|first| said.line.get(..first.at.start));
    before.is_some_and(|before| before.ends_with(['-', '−', '–']))
}

/// `plasser: 14`, `seats 14 on Thursday`, `plasser torsdag: 14`.
pub(super) fn seats(said: Said<'_>) -> Result<Command, ProblemKind> {
    let (scope, said) = said.about()?;
    let said = Said { words: without_at_most(said.words), ..said };
    if said.words.is_empty() {
        return missing("seats");
    }
    let counted = count_of_seats(said.words).or_else(|| count(said.words));
    let Some((seats, taken)) = counted.filter(|_| !is_less(said)) else {
        return said.bad("seats");
    };
    let rest = said.skip(taken);
    let scope = if rest.words.is_empty() { scope } else { rest.scope()? };
    Ok(Command::Seats { scope, seats })
}

/// `inviter alle`, `inviter Kari, Per til torsdag`, `inviter alle nå`.
pub(super) fn invite(said: Said<'_>) -> Result<Command, ProblemKind> {
    let at_once = (1..said.words.len())
        .find(|at| said.skip(*at).role(Role::Now) == Some(said.words.len() - at));
    match at_once {
        Some(at) => invited(said.first(at), Asked::Now),
        None => invited(said, Asked::Usual),
    }
}

/// `hold av dagen`, `hold av dagen 30. april`, `hold av dagen: Kari, Per`.
pub(super) fn save_the_date(said: Said<'_>) -> Result<Command, ProblemKind> {
    let said = said.skip(said.role(Role::To).or_else(|| said.role(Role::About)).unwrap_or(0));
    let everybody = said.words.is_empty() || scope::is_surely_date(said.words);
    if everybody && said.colon().is_none() {
        let (scope, audience) = (said.scope()?, Audience::All);
        return Ok(Command::Invite { scope, audience, asked: Asked::Later });
    }
    invited(said, Asked::Later)
}

fn invited(said: Said<'_>, asked: Asked) -> Result<Command, ProblemKind> {
    let (whom, scope) = match said.circle() {
        Some(_) => (said, Scope::Implied),
        None => said.names_and_scope()?,
    };
    match whom.circle() {
        Some(Circle::All) => Ok(Command::Invite { scope, audience: Audience::All, asked }),
        Some(circle) => Ok(Further::InviteCircle { scope, circle, asked }.into()),
        None if whom.words.is_empty() => missing("invite"),
        None => match people::audience(whom.written(), &split(whom.written())) {
            Some(audience) => Ok(Command::Invite { scope, audience, asked }),
            None => whom.bad("invite"),
        },
    }
}

/// `flytt til 19. mars`, `flytt torsdag til kl 20`, `move it to Friday 7pm`.
pub(super) fn moved(said: Said<'_>) -> Result<Command, ProblemKind> {
    // The first "to" after which all is a date: what stands before it says which gathering.
    let target = (0..said.words.len()).find_map(|at| {
        let rest = said.skip(at);
        let rest = rest.skip(rest.role(Role::To)?);
        new_time(rest).map(|when| (said.first(at), rest, when))
    });
    if let Some((about, rest, when)) = target {
        return match content::key_of(about) {
            Some(key) => content::with_key(key, Scope::Implied, rest),
            None => finish_move(about.scope()?, when, rest),
        };
    }
    let (scope, rest) = said.about()?;
    match new_time(rest) {
        Some(when) => finish_move(scope, when, rest),
        None if scope::trimmed(rest.words).is_empty() => missing("when"),
        None => said.bad("when"),
    }
}

/// All words as a new time; a bare `20` is an hour, also where it ends a sentence.
fn new_time(said: Said<'_>) -> Option<When> {
    let ends = |only: &Word| only.dot && said.line.get(only.at.end..).map(str::trim) == Some(".");
    let last = said.words.len() == 1 && said.words.iter().any(ends);
    let stopped = if last { when::hour(said.words) } else { None };
    stopped.or_else(|| when::day_or_hour(said.words))
}

pub(super) fn finish_move(
    scope: Scope,
    when: When,
    said: Said<'_>,
) -> Result<Command, ProblemKind> {
    let date = when
        .date(Toward::Future, said.context)
        .map_err(|wrong| wrong.problem("when", said.written()))?;
    let kind = split(said.line).iter().find_map(scope::kind_within);
    let time = when.time(kind.map_or(Part::Evening, Part::usual));
    // Which gathering it is, and so what is usual, is known later.
    let vague = kind.is_none() && when.time(Part::Morning) != time;
    match (date, time) {
        (Some(date), Some(time)) => when::check_ahead(date.and_time(time), said.context)?,
        (Some(date), None) => when::check_day_ahead(date, said.context)?,
        (None, Some(_)) => {}
        (None, None) => return missing("when"),
    }
    Ok(Command::Move { scope, date, time, vague })
}

/// `avlys`, `avlys torsdag, verten er syk`, `cancel Thursday's dinner because the host is ill`.
pub(super) fn cancel(said: Said<'_>) -> Result<Command, ProblemKind> {
    let (scope, reason) = cancelled(said)?;
    // "Torsdag og fredag" are two gatherings, and Friday is no reason.
    if reason.as_deref().is_some_and(is_no_reason) {
        return said.bad("when");
    }
    Ok(Command::Cancel { scope, reason })
}

/// Whether a reason only names a further day.
fn is_no_reason(reason: &str) -> bool {
    let words = split(reason);
    let and = lexicon().role(Role::And, &words).unwrap_or(0);
    words.get(and..).is_some_and(scope::is_surely_date)
}

/// Which gathering, and why.
fn cancelled(said: Said<'_>) -> Result<(Scope, Option<String>), ProblemKind> {
    if !said.more.is_empty() {
        return Ok((said.scope()?, Some(said.more.to_owned())));
    }
    if let Some((about, why)) = reason(said) {
        return Ok((about.scope()?, why.text()));
    }
    let dated = scope::dated(said.line, said.words, said.context)?;
    if let Some(found) = dated.filter(|found| scope::trimmed(found.before).is_empty()) {
        let why = Said { words: scope::trimmed(found.after), ..said };
        return Ok((found.scope, why.text()));
    }
    if is_sentence(said.words) {
        return Ok((Scope::Implied, said.text()));
    }
    let scope = said.scope()?;
    // "Avlys: snøstorm" says why.
    if matches!(scope, Scope::Words { .. }) && said.is_announced() {
        return Ok((Scope::Implied, said.text()));
    }
    Ok((scope, None))
}

/// Which gathering, and why: apart at a comma, a dash or "because".
fn reason(said: Said<'_>) -> Option<(Said<'_>, Said<'_>)> {
    let at = (0..said.words.len()).find(|at| {
        let comma = said.words.get(at.wrapping_sub(1)).is_some_and(|word| word.breaks);
        comma || said.skip(*at).role(Role::Because).is_some()
    })?;
    let why = said.skip(at);
    let why = why.skip(why.role(Role::Because).unwrap_or(0));
    (!why.words.is_empty()).then_some((said.first(at), why))
}

pub(super) fn is_sentence(words: &[Word]) -> bool {
    let says = |word| lexicon().role(Role::Sentence, std::slice::from_ref(word)).is_some();
    words.len() > 2 && words.iter().any(says)
}

/// Without "maks", "vi har" and the like in front of a number.
pub(in crate::command) fn without_at_most(mut words: &[Word]) -> &[Word] {
    while let Some(count) = lexicon().role(Role::AtMost, words) {
        words = words.get(count..).unwrap_or_default();
    }
    words
}
