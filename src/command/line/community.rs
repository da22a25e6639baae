//! Verbs about the community and its members; carried out later.

use super::said::{Said, missing};
use crate::command::lexicon::{Role, lexicon};
use crate::command::when::{self, Toward};
use crate::command::{Command, DigestAct, Later, ProblemKind};

/// `2`: the answer to a numbered question.
pub(super) fn choice(said: Said<'_>) -> Option<Command> {
    let [only] = said.words else { return None };
    let digits = only.bare.chars().all(|c| c.is_ascii_digit());
    let number =
        only.bare.parse().ok().filter(|_| digits).filter(|number| (1..=99).contains(number))?;
    Some(Later::Choice { number }.into())
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
    Ok(Later::AddMember { name, address, proposed_by: by }.into())
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
        return Ok(Later::PauseMember { person, until: None }.into());
    }
    let when = when::read_all(until.words).or_else(|| when::month(until.words));
    let Some(when) = when else { return until.bad("until") };
    let date = when
        .date(Toward::Future, until.context)
        .map_err(|wrong| wrong.problem("until", until.written()))?;
    Ok(Later::PauseMember { person, until: date }.into())
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
    said.later("what", |about| Later::Why { about })
}

/// `nominer Kari kari@example.org fordi hun …`.
pub(super) fn nominate(said: Said<'_>) -> Result<Command, ProblemKind> {
    let (who, reason) = match said.apart_at(Role::Because) {
        Some((who, reason)) => (who, reason.text()),
        None => (said, None),
    };
    match who.written() {
        "" => missing("who"),
        person => Ok(Later::Nominate { person: person.to_owned(), reason }.into()),
    }
}

/// `nyhetsbrev nå`; without a word it is only shown.
pub(super) fn digest(said: Said<'_>) -> Result<Command, ProblemKind> {
    let show = said.words.is_empty() || said.role(Role::Show) == Some(said.words.len());
    if show {
        return Ok(Later::Digest { what: DigestAct::Show }.into());
    }
    if said.role(Role::Now) == Some(said.words.len()) {
        return Ok(Later::Digest { what: DigestAct::Send }.into());
    }
    Err(ProblemKind::NotUnderstood)
}

/// `eksport torsdag`, `eksport alt`.
pub(super) fn export(said: Said<'_>) -> Result<Command, ProblemKind> {
    let all = lexicon().circle(said.words).map(|(_, count)| count);
    if all.or_else(|| said.role(Role::Everything)) == Some(said.words.len())
        && !said.words.is_empty()
    {
        return Ok(Later::ExportAll.into());
    }
    Ok(Later::Export { scope: said.scope()? }.into())
}
