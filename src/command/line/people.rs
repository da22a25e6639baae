//! Verbs about the people of a gathering.

use super::said::{Said, missing};
use super::with_verb;
use crate::command::lexicon::{Role, Verb, lexicon, longest};
use crate::command::people::{are_persons, exception, is_no_name};
use crate::command::words::{Word, ends_sentence};
use crate::command::{Came, Command, Further, ProblemKind, Scope, scope};

/// `legg til Per og Kari`, `ta av Per`.
pub(super) fn named(
    said: Said<'_>,
    command: fn(Scope, Vec<String>) -> Further,
) -> Result<Command, ProblemKind> {
    let (named, scope) = said.names_and_scope()?;
    let people = listed(named)?;
    Ok(command(scope, people).into())
}

/// The names that all words list.
fn listed(said: Said<'_>) -> Result<Vec<String>, ProblemKind> {
    match said.names() {
        people if people.is_empty() => missing("who"),
        people if are_persons(&people) => Ok(people),
        _ => said.bad("who"),
    }
}

/// `legg til Ola som arrangør`, `fjern Ola som arrangør`: somebody is something, or no more.
pub(super) fn as_something(verb: Verb, said: Said<'_>) -> Option<Result<Command, ProblemKind>> {
    let (who, what) = said.apart_at(Role::As)?;
    let (role, taken) = longest(&lexicon().verbs, what.words)?;
    if taken < what.words.len() || who.words.is_empty() {
        return None;
    }
    let found = if verb == Verb::Add && role == Verb::Host {
        with_verb(Verb::Host, who)
    } else if verb == Verb::Add && role == Verb::Organizer {
        with_verb(Verb::Organizer, who)
    } else if verb == Verb::Remove && role == Verb::Organizer {
        with_verb(Verb::OrganizerRemove, who)
    } else {
        said.bad("who")
    };
    Some(found)
}

/// `vert: Anne`; also two who share it.
pub(super) fn host(scope: Scope, said: Said<'_>) -> Result<Command, ProblemKind> {
    let (named, found) = said.names_then_scope()?;
    let scope = if scope == Scope::Implied { found } else { scope };
    listed(named)?;
    Ok(Further::Host { scope, person: named.written().to_owned() }.into())
}

/// `gi plass til Ola`, `vert Anne`.
pub(super) fn one(
    said: Said<'_>,
    command: fn(Scope, String) -> Further,
) -> Result<Command, ProblemKind> {
    let (named, scope) = said.names_and_scope()?;
    match named.names().as_slice() {
        [] => missing("who"),
        [name] if is_no_name(name) => named.bad("who"),
        [_] => {
            let further = command(scope, named.written().to_owned());
            // "Gi plassen til Per til Ola": one of them is no gathering.
            if matches!(further, Further::GiveSeat { scope: Scope::Words { .. }, .. }) {
                return said.bad("who");
            }
            Ok(further.into())
        }
        [..] => said.bad("who"),
    }
}

/// `purr`, `purr torsdag`, `purr Per og Kari`, `purr de som ikke har svart`.
pub(super) fn nudge(said: Said<'_>) -> Result<Command, ProblemKind> {
    let said = said.skip(said.role(Role::To).unwrap_or(0));
    if said.words.last().and_then(scope::kind_within).is_some() {
        return Ok(Further::Nudge { scope: said.scope()?, people: Vec::new() }.into());
    }
    let all = said.circle().is_some() || said.words.is_empty();
    let scope = if all { Scope::Implied } else { said.scope().unwrap_or_default() };
    if all || scope::is_surely_date(scope::trimmed(said.words)) {
        return Ok(Further::Nudge { scope, people: Vec::new() }.into());
    }
    let (named, scope) = said.names_and_scope()?;
    let people = if named.circle().is_some() { Vec::new() } else { listed(named)? };
    Ok(Further::Nudge { scope, people }.into())
}

/// `svar for Per: ja, vegetar`.
pub(super) fn answer_for(said: Said<'_>) -> Result<Command, ProblemKind> {
    if let Some(command) = somebodys_answer(said) {
        return Ok(command);
    }
    // "Per torsdag: ja".
    let Some(at) = said.colon() else { return missing("answer") };
    let (name, scope) = said.first(at + 1).names_then_scope()?;
    let said = said.skip(at + 1);
    match longest(&lexicon().answers, said.words) {
        Some((answer, _)) if is_name(name) => {
            let person = name.written().to_owned();
            let words = said.text().unwrap_or_default();
            Ok(Further::AnswerFor { scope, person, answer, words }.into())
        }
        Some(_) | None => missing("answer"),
    }
}

/// `Per ja, vegetar`, `Kari Lie kommer ikke`, `per@example.org: nei`.
pub(super) fn somebodys_answer(said: Said<'_>) -> Option<Command> {
    if said.words.len() > LONGEST_ANSWER {
        return None;
    }
    (1..said.words.len().min(LONGEST_NAME + 1)).find_map(|at| {
        let (answer, taken) = longest(&lexicon().answers, said.skip(at).words)?;
        let name = said.first(at);
        let rest = said.skip(at + taken);
        // "Per ja, vegetar" and "Per ja" are answers; "Per kommer seint" goes on as a sentence.
        let parted = |word: &Word| word.breaks || ends_sentence(said.line, word);
        let ends = rest.words.is_empty() || said.words.get(at + taken - 1).is_some_and(parted);
        // "Per ja torsdag, vegetar" names a day, and goes on.
        let end =
            rest.words.iter().position(|word| word.breaks).map_or(rest.words.len(), |at| at + 1);
        let named = rest.first(end);
        let day = scope::is_surely_date(scope::trimmed(named.words));
        // A further answer would be lost in the words of the first.
        let more = (0..rest.words.len()).any(|at| begins_answer(rest.skip(at)));
        ((ends || day) && is_name(name) && !more).then(|| {
            let words = said.skip(at).text().unwrap_or_default();
            let person = name.written().to_owned();
            let scope = if day { named.scope().ok()? } else { Scope::Implied };
            Some(Further::AnswerFor { scope, person, answer, words }.into())
        })?
    })
}

/// Whether somebody's answer begins here: `Per ja`, `men Kari kommer`.
pub(super) fn begins_answer(said: Said<'_>) -> bool {
    let said = said.skip(said.role(Role::And).or_else(|| said.role(Role::But)).unwrap_or(0));
    (1..said.words.len().min(LONGEST_NAME + 1)).any(|at| {
        let name = said.first(at);
        longest(&lexicon().answers, said.skip(at).words).is_some() && is_name(name)
    })
}

/// Words in the longest answer on somebody's behalf; more is somebody's own letter.
const LONGEST_ANSWER: usize = 12;

/// Words in the longest name before an answer.
const LONGEST_NAME: usize = 3;

/// Whether words list names, each with a capital or an address.
pub(super) fn are_names(said: Said<'_>) -> bool {
    let names = said.names();
    let capital = |name: &String| name.starts_with(char::is_uppercase) || name.contains('@');
    !names.is_empty() && names.iter().all(capital) && super::opening(said.words).is_none()
}

/// Whether all words begin like a name, and none is one of ours.
fn is_name(said: Said<'_>) -> bool {
    let known = |said: Said<'_>| {
        super::opening(said.words).is_some()
            || lexicon().circle(said.words).is_some()
            || said.role(Role::Common).is_some()
            || said.role(Role::Nobody).is_some()
            || longest(&lexicon().kinds, said.words).is_some()
    };
    let parted = said.words.split_last().is_some_and(|(_, names)| names.iter().any(|it| it.breaks));
    let capital = |word: &str| word.starts_with(char::is_uppercase) || word.contains('@');
    !known(said) && !parted && said.written().split_whitespace().all(capital)
}

/// `oppmøte: alle unntatt Per`, `alle kom uten Per`, `oppmøte: Kari, Ola`.
pub(super) fn attendance(said: Said<'_>) -> Result<Command, ProblemKind> {
    let (scope, said) = said.about()?;
    let all = lexicon().circle(said.words).map(|(_, count)| count);
    let rest = said.skip(all.unwrap_or(0));
    if let Some(except) = exception(rest.words).filter(|_| all.is_some()) {
        let (named, found) = rest.skip(except).names_and_scope()?;
        let scope = if found == Scope::Implied { scope } else { found };
        let came = Came::AllBut { absent: listed(named)? };
        return Ok(Further::Attendance { scope, came }.into());
    }
    if all.is_some() && rest.words.is_empty() {
        return Ok(Further::Attendance { scope, came: Came::AllBut { absent: Vec::new() } }.into());
    }
    let present = listed(said)?;
    Ok(Further::Attendance { scope, came: Came::Only { present } }.into())
}

/// `alle kom`, `alle kom uten Per torsdag`: the verb itself says that all came.
pub(super) fn everybody_came(said: Said<'_>) -> Option<Result<Command, ProblemKind>> {
    let opening = super::opening(said.words).filter(|opening| opening.verb == Verb::Attendance)?;
    lexicon().circle(said.words)?;
    let rest = said.skip(opening.taken);
    let except = exception(rest.words);
    let ends_open = except.is_none() && said.first(opening.taken).apart_at(Role::Except).is_none();
    // "Alle kom på torsdag uten Per".
    if let Some((when, absent)) = rest.apart_at(Role::Except).filter(|_| except.is_none())
        && let Ok(scope) = when.scope()
        && scope.is_date()
    {
        let came = || Ok(Came::AllBut { absent: listed(absent)? });
        return Some(came().map(|came| Further::Attendance { scope, came }.into()));
    }
    let rest = rest.skip(except.unwrap_or(0));
    if ends_open {
        let came = Came::AllBut { absent: Vec::new() };
        return Some(rest.scope().map(|scope| Further::Attendance { scope, came }.into()));
    }
    Some(rest.names_and_scope().and_then(|(named, scope)| {
        let came = Came::AllBut { absent: listed(named)? };
        Ok(Further::Attendance { scope, came }.into())
    }))
}

/// `bord på 6`, `bord: Kari midt på`.
pub(super) fn seating(said: Said<'_>) -> Result<Command, ProblemKind> {
    let (scope, said) = said.about()?;
    match said.text() {
        Some(wish) => Ok(Further::Seating { scope, wish }.into()),
        None => missing("what"),
    }
}

/// `Kari midt på`, `ikke Per ved Ola`, `Kari ved siden av Ola`.
pub(super) fn seat_wish(said: Said<'_>) -> Option<Command> {
    if super::opening(said.words).is_some() || said.words.len() > LONGEST_WISH {
        return None;
    }
    let (before, _) = said.skip(1).apart_at(Role::SeatWish)?;
    (before.words.len() < LONGEST_NAME).then(|| {
        let wish = said.text().unwrap_or_default();
        Further::Seating { scope: Scope::Implied, wish }.into()
    })
}

/// Words in the longest seating wish without a verb.
const LONGEST_WISH: usize = 9;
