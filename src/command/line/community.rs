//! Verbs about the community and its members.

use crate::language::Language;

use super::people;
use super::said::{Said, missing};
use crate::command::further::Role as WhoIs;
use crate::command::lexicon::{Role, Verb, lexicon, longest};
use crate::command::member;
use crate::command::people::is_no_name;
use crate::command::when::{self, Toward};
use crate::command::{Circle, Command, DigestAct, Further, MemberField, ProblemKind};

/// `2`: the answer to a numbered question.
pub(super) fn choice(said: Said<'_>) -> Option<Command> {
    let [only] = said.words else { return None };
    let digits = only.bare.chars().all(|c| c.is_ascii_digit());
    let number =
        only.bare.parse().ok().filter(|_| digits).filter(|number| (1..=99).contains(number))?;
    Some(Further::Choice { number }.into())
}

/// `nytt medlem Kari Lie kari@example.org, foreslått av Per`.
pub(super) fn add_member(said: Said<'_>) -> Result<Command, ProblemKind> {
    let (who, by) = match said.apart_at(Role::ProposedBy) {
        Some((who, by)) => (who, by.text()),
        None => (said, None),
    };
    let address = who.words.iter().position(|word| word.bare.contains('@'));
    let name = who.first(address.unwrap_or(who.words.len())).written().to_owned();
    if name.is_empty() && address.is_none() {
        return missing("who");
    }
    if address.is_some_and(|at| at + 1 < who.words.len()) {
        return said.bad("who");
    }
    let address = address.map(|at| who.skip(at).written().trim_end_matches('>').to_owned());
    Ok(Further::AddMember { name, address, proposed_by: by }.into())
}

/// `pause Per`, `pause Per til 1. mai`, `pause Per til mai`.
pub(super) fn pause_member(said: Said<'_>) -> Result<Command, ProblemKind> {
    match said.apart_at(Role::To) {
        Some((who, until)) => pause(who, until),
        None => pause(said, said.skip(said.words.len())),
    }
}

/// A pause of somebody, until a date if one is said.
pub(super) fn pause(who: Said<'_>, until: Said<'_>) -> Result<Command, ProblemKind> {
    let until = until.skip(until.role(Role::To).unwrap_or(0));
    let person = who.written().to_owned();
    if person.is_empty() {
        return missing("who");
    }
    if until.words.is_empty() {
        return Ok(Further::PauseMember { person, until: None }.into());
    }
    let when = when::read_all(until.words).or_else(|| when::month(until.words));
    let Some(when) = when else { return until.bad("until") };
    let date = when
        .date(Toward::Future, until.context)
        .map_err(|wrong| wrong.problem("until", until.written()))?;
    Ok(Further::PauseMember { person, until: date }.into())
}

/// What is said of a member by a verb behind their name: `Kari er tilbake`, `Ola blir arrangør`.
pub(super) fn said_of(verb: Verb, named: Said<'_>) -> Option<Command> {
    let person = named.written().to_owned();
    let change = |change| Further::Organizer { person: person.clone(), change };
    if verb == Verb::MemberBack {
        return Some(Further::ResumeMember { person }.into());
    }
    if verb == Verb::Organizer {
        return Some(change(WhoIs::Organizer).into());
    }
    (verb == Verb::OrganizerRemove).then(|| change(WhoIs::Member).into())
}

/// `arrangør Ola`, `arrangør ut Ola`: one at a time, so that a yes is to that.
pub(super) fn organizer(said: Said<'_>, change: WhoIs) -> Result<Command, ProblemKind> {
    match said.names().as_slice() {
        [] => missing("who"),
        [name] if !is_no_name(name) => {
            Ok(Further::Organizer { person: name.clone(), change }.into())
        }
        [..] => said.bad("who"),
    }
}

/// `slett Per`, `slett alle`.
pub(super) fn erase(said: Said<'_>) -> Result<Command, ProblemKind> {
    let all = lexicon().circle(said.words).filter(|(circle, _)| *circle == Circle::All);
    let all = all.map(|(_, count)| count).or_else(|| said.role(Role::Everything));
    if all == Some(said.words.len()) && !said.words.is_empty() {
        return Ok(Further::EraseAll.into());
    }
    match said.names().as_slice() {
        [] => missing("who"),
        [name] if !is_no_name(name) => Ok(Further::Erase { person: name.clone() }.into()),
        [..] => said.bad("who"),
    }
}

/// Words in the longest name of a member whose data are changed.
const LONGEST_NAME: usize = 4;

/// `ny adresse for Kari: kari@example.net`, `endre navnet til Kari til Kari Moe`, `Kari har ny
/// adresse kari@example.net`.
pub(super) fn changed_member(said: Said<'_>) -> Option<Result<Command, ProblemKind>> {
    let changes = |verb| matches!(verb, Verb::New | Verb::Change);
    let verb = super::opening(said.words).filter(|opening| changes(opening.verb));
    let rest = said.skip(verb.map_or(0, |opening| opening.taken));
    let rest = rest.skip(rest.role(Role::The).unwrap_or(0));
    if let Some((field, taken)) = longest(&lexicon().fields, rest.words) {
        let (who, value) = and_value(rest.skip(taken))?;
        return is_somebody(who).then(|| with_field(who, field, value));
    }
    (1..said.words.len().min(LONGEST_NAME + 1)).find_map(|at| {
        let (field, taken) = longest(&lexicon().fields_of, said.skip(at).words)?;
        let who = said.first(at);
        let tells = is_somebody(who) && !said.line.contains('?');
        tells.then(|| with_field(who, field, said.skip(at + taken)))
    })
}

/// Whose, and what it becomes.
fn and_value(said: Said<'_>) -> Option<(Said<'_>, Said<'_>)> {
    if let Some(at) = said.colon() {
        return Some((said.first(at + 1), said.skip(at + 1)));
    }
    said.skip(1)
        .apart_at(Role::Is)
        .or_else(|| said.skip(1).apart_at(Role::To))
        .map(|(before, value)| (said.first(1 + before.words.len()), value))
}

/// Whether this is one person's name and no day.
fn is_somebody(who: Said<'_>) -> bool {
    who.words.len() <= LONGEST_NAME
        && people::are_names(who)
        && who.names().len() == 1
        && when::read(who.words).is_none()
}

fn with_field(who: Said<'_>, field: MemberField, value: Said<'_>) -> Result<Command, ProblemKind> {
    let person = who.written().to_owned();
    let written = value.written();
    let digits = written.chars().filter(char::is_ascii_digit).count();
    let read = match field {
        MemberField::Name => Some(written.to_owned()),
        MemberField::Address => Some(written.trim_matches(['<', '>']).to_owned())
            .filter(|address| address.contains('@') && !address.contains(' ')),
        MemberField::Phone => Some(written.to_owned()).filter(|_| (5..=15).contains(&digits)),
        MemberField::Language => member::language(value.words)
            .filter(|tag| tag.parse::<Language>().is_ok())
            .map(str::to_owned),
    };
    match read.filter(|value| !value.is_empty()) {
        Some(value) => Ok(Further::ChangeMember { person, field, value }.into()),
        None if written.is_empty() => missing(field.name()),
        None => value.bad(field.name()),
    }
}

/// `hvorfor Kari`, `hvorfor står Kari på ventelisten?`: the name is what is asked about.
pub(super) fn why(said: Said<'_>) -> Result<Command, ProblemKind> {
    let capital = |at: &usize| {
        let one = said.skip(*at).first(1).written();
        one.starts_with(char::is_uppercase) || one.contains('@')
    };
    let all = said.words.len();
    let start = (0..all).find(capital).unwrap_or(all);
    let name = (start..all).take_while(capital).count();
    let said = if name > 0 { said.skip(start).first(name) } else { said };
    said.further("what", |about| Further::Why { about })
}

/// `nominer Kari kari@example.org fordi hun …`.
pub(super) fn nominate(said: Said<'_>) -> Result<Command, ProblemKind> {
    let (who, reason) = match said.apart_at(Role::Because) {
        Some((who, reason)) => (who, reason.text()),
        None => (said, None),
    };
    match who.written() {
        "" => missing("who"),
        person => Ok(Further::Nominate { person: person.to_owned(), reason }.into()),
    }
}

/// `nyhetsbrev nå`; without a word it is only shown.
pub(super) fn digest(said: Said<'_>) -> Result<Command, ProblemKind> {
    let show = said.words.is_empty() || said.role(Role::Show) == Some(said.words.len());
    if show {
        return Ok(Further::Digest { what: DigestAct::Show }.into());
    }
    if said.role(Role::Now) == Some(said.words.len()) {
        return Ok(Further::Digest { what: DigestAct::Send }.into());
    }
    Err(ProblemKind::NotUnderstood)
}

/// `eksport torsdag`, `eksport alt`.
pub(super) fn export(said: Said<'_>) -> Result<Command, ProblemKind> {
    let all = lexicon().circle(said.words).map(|(_, count)| count);
    if all.or_else(|| said.role(Role::Everything)) == Some(said.words.len())
        && !said.words.is_empty()
    {
        return Ok(Further::ExportAll.into());
    }
    Ok(Further::Export { scope: said.scope()? }.into())
}
