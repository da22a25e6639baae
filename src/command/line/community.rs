//! Verbs about the community and its members; carried out later.

use super::said::{Said, missing};
use crate::command::lexicon::{Role, lexicon, longest};
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
    let Some((who, until)) = said.apart_at(Role::To) else {
        let person = said.written().to_owned();
        return if person.is_empty() {
            missing("who")
        } else {
            Ok(Later::PauseMember { person, until: None }.into())
        };
    };
    let when = when::read_all(until.words).or_else(|| when::month(until.words));
    let Some(when) = when else { return until.bad("until") };
    let date = when
        .date(Toward::Future, said.context)
        .map_err(|wrong| wrong.problem("until", until.written()))?;
    match who.written() {
        "" => missing("who"),
        person => Ok(Later::PauseMember { person: person.to_owned(), until: date }.into()),
    }
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
    let all = longest(&lexicon().circles, said.words).map(|(_, count)| count);
    if all.or_else(|| said.role(Role::Everything)) == Some(said.words.len())
        && !said.words.is_empty()
    {
        return Ok(Later::ExportAll.into());
    }
    Ok(Later::Export { scope: said.scope()? }.into())
}
