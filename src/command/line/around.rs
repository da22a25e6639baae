//! Commands whose verb stands around a name or behind it: `legg Per til`, `give Ola the seat`,
//! `Anne er vert`, `Kari er borte til mai`.

use super::said::Said;
use super::{community, gathering, people, with_scope, with_verb};
use crate::command::lexicon::{Role, Verb, lexicon, longest};
use crate::command::words::Word;
use crate::command::{Came, Command, Further, ProblemKind, Scope};

/// Words in the longest list of names between the two halves of a verb.
const LONGEST_LIST: usize = 8;

/// `legg Per til på torsdag`: the verb is in two halves with the names between them.
pub(super) fn in_two_halves(said: Said<'_>) -> Option<Result<Command, ProblemKind>> {
    let polite = lexicon().role(Role::Polite, said.words).unwrap_or(0);
    let said = said.skip(polite);
    lexicon().around.iter().find_map(|(verb, first, last)| {
        let taken = begins(said.words, first)?;
        let rest = said.skip(taken);
        let end = (1..=rest.words.len().min(LONGEST_LIST))
            .find(|at| begins(rest.skip(*at).words, last).is_some())?;
        let after = rest.skip(end + last.split(' ').count());
        let named = rest.first(end);
        // "Ta vare på Per" takes nobody off: between the halves there are names.
        people::are_names(named).then(|| {
            let scope = if after.words.is_empty() { Scope::Implied } else { after.scope()? };
            let command = with_verb(*verb, named)?;
            // "Gi Pers plass til Ola": one of them is no gathering.
            if *verb == Verb::GiveSeat && matches!(scope, Scope::Words { .. }) {
                return said.bad("who");
            }
            if scope == Scope::Implied { Ok(command) } else { with_scope(command, scope) }
        })
    })
}

/// How many of the first words are this phrase.
fn begins(words: &[Word], phrase: &str) -> Option<usize> {
    let mut count = 0;
    for part in phrase.split(' ') {
        if words.get(count)?.bare != part {
            return None;
        }
        count += 1;
    }
    Some(count)
}

/// `Anne er vert`, `Kari er borte til mai`, `Per og Ola kom ikke`: what is said of people.
pub(super) fn said_of(said: Said<'_>) -> Option<Result<Command, ProblemKind>> {
    (1..said.words.len().min(LONGEST_LIST)).find_map(|at| {
        let (verb, taken) = longest(&lexicon().said_of, said.skip(at).words)?;
        let named = said.first(at);
        let rest = said.skip(at + taken);
        if !people::are_names(named) || said.line.contains('?') {
            return None;
        }
        let person = named.written().to_owned();
        let about = |command: fn(Scope, String) -> Further| {
            rest.scope().map(|scope| command(scope, person.clone()).into())
        };
        if verb == Verb::MemberPause {
            return Some(community::pause(named, rest));
        }
        if let Some(command) = community::said_of(verb, named) {
            return rest.words.is_empty().then_some(Ok(command));
        }
        Some(if verb == Verb::Attendance {
            let came = Came::AllBut { absent: named.names() };
            rest.scope().map(|scope| Further::Attendance { scope, came }.into())
        } else if verb == Verb::Host {
            about(|scope, person| Further::Host { scope, person })
        } else {
            about(|scope, person| Further::GiveSeat { scope, person })
        })
    })
}

/// `vi har plass til 14`: so many seats, said as a fact.
pub(super) fn room_for(said: Said<'_>) -> Option<Result<Command, ProblemKind>> {
    let taken = said.role(Role::RoomFor)?;
    let rest = said.skip(taken);
    gathering::count(rest.words).map(|_| gathering::seats(rest))
}
