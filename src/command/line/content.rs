//! What is said about a gathering: its words, its place, its deadlines.

use chrono::NaiveTime;

use super::said::{Said, missing};
use super::{gathering, people, setting};
use crate::command::block;
use crate::command::lexicon::{Key, Role, Verb, lexicon, longest};
use crate::command::near::nearest;
use crate::command::people::are_persons;
use crate::command::setting::SettingName;
use crate::command::when::{self, Part, Toward};
use crate::command::words::colon_after;
use crate::command::{Command, Deadline, Further, ProblemKind, Recipients, Scope, scope};

/// `endre sted til Storgata 3`, `nytt spørsmål: Hva er mot?`, `change the menu to lamb`.
pub(super) fn change(said: Said<'_>) -> Result<Command, ProblemKind> {
    let said = said.skip(said.role(Role::On).unwrap_or(0));
    let Some((key, taken)) = longest(&lexicon().keys, said.words) else {
        if let Some(kind) = near_kind(said) {
            return Err(ProblemKind::NearMiss { verb: kind.to_owned() });
        }
        // "Endre torsdag til fredag" moves it.
        let moved = gathering::moved(said).ok().filter(|_| said.apart_at(Role::To).is_some());
        if let Some(
            moved @ Command::Move { scope: Scope::Date { .. } | Scope::Weekday { .. }, .. },
        ) = moved
        {
            return Ok(moved);
        }
        return if said.words.is_empty() {
            missing("what")
        } else {
            Err(ProblemKind::NotUnderstood)
        };
    };
    let rest = said.skip(taken);
    let opened = taken.checked_sub(1).and_then(|last| said.words.get(last));
    let (scope, value) = if opened.is_some_and(|word| colon_after(said.line, word)) {
        (Scope::Implied, rest)
    } else if let Some((about, value)) = rest.apart_at(Role::To) {
        (about.scope()?, value)
    } else {
        rest.about()?
    };
    if key == Key::Where && scope == Scope::Implied {
        let (value, scope) = before_day(value)?;
        return with_key(key, scope, value);
    }
    with_key(key, scope, value)
}

/// `Storgata 7 på torsdag`: a place, and then which gathering.
fn before_day(value: Said<'_>) -> Result<(Said<'_>, Scope), ProblemKind> {
    let day = (1..value.words.len()).find(|at| {
        let rest = value.skip(*at);
        let on = rest.role(Role::On).map(|count| rest.skip(count).words);
        on.is_some_and(scope::is_surely_date)
    });
    match day {
        Some(at) => Ok((value.first(at).alone_in_line(), value.skip(at).scope()?)),
        None => Ok((value, Scope::Implied)),
    }
}

/// `ny midag torsdag`: the kind of gathering that was perhaps meant.
fn near_kind(said: Said<'_>) -> Option<&'static str> {
    nearest(&said.words.first()?.bare, lexicon().kinds.keys().map(String::as_str))
}

/// `sted: Storgata 3`: a key outside a block, on a gathering that exists.
pub(super) fn key(said: Said<'_>) -> Option<Result<Command, ProblemKind>> {
    let said = said.skip(said.role(Role::The).unwrap_or(0));
    let (key, taken) = longest(&lexicon().keys, said.words)?;
    let told = is_told(key) || is_the_menu(said);
    if let Some(is) = said.skip(taken).copula().filter(|_| told) {
        let value = said.skip(taken + is);
        let asks = key != Key::Question && said.line.contains('?');
        let doubtful = value.role(Role::Not).or_else(|| value.role(Role::If));
        let sure = doubtful.is_none() && !asks;
        return (sure && !value.words.is_empty()).then(|| with_key(key, Scope::Implied, value));
    }
    let verb = super::opening(said.words).is_some_and(|opening| opening.taken >= taken);
    let marked = said.words.get(taken - 1).is_some_and(|word| colon_after(said.line, word));
    // Without a gathering's first line, a time may as well belong to one that was never made.
    (marked && !verb && !matches!(key, Key::When | Key::Time))
        .then(|| with_key(key, Scope::Implied, said.skip(taken)))
}

/// Whether "the deadline is …" tells it, as "the food is …" need not.
fn is_told(key: Key) -> bool {
    matches!(
        key,
        Key::Title | Key::Where | Key::Question | Key::Speaker | Key::ReplyBy | Key::KitchenCutOff
    )
}

/// "The menu is lamb" tells it.
fn is_the_menu(said: Said<'_>) -> bool {
    super::opening(said.words).is_some_and(|opening| opening.verb == Verb::Menu)
}

/// The key that all words name, but for "the": `fristen`.
pub(super) fn key_of(said: Said<'_>) -> Option<Key> {
    let said = said.skip(said.role(Role::The).unwrap_or(0));
    let (key, taken) = longest(&lexicon().keys, said.words)?;
    (taken == said.words.len()).then_some(key)
}

pub(super) fn with_key(key: Key, scope: Scope, value: Said<'_>) -> Result<Command, ProblemKind> {
    match key {
        Key::When | Key::Time => match when::day_or_hour(value.words) {
            Some(when) => gathering::finish_move(scope, when, value),
            None => value.bad(block::name(key)),
        },
        Key::Seats => match gathering::count(value.words) {
            Some((seats, taken)) if taken == value.words.len() => {
                Ok(Command::Seats { scope, seats })
            }
            Some(_) | None => value.bad(block::name(key)),
        },
        Key::ReplyBy => finish_deadline(Deadline::Reply, scope, value),
        Key::KitchenCutOff => finish_deadline(Deadline::Kitchen, scope, value),
        Key::Host => people::host(scope, value),
        Key::Invite => gathering::invite(value),
        Key::Waves => waves(scope, value),
        Key::Language => setting::particular(SettingName::Language, scope, value),
        Key::Calendar => setting::particular(SettingName::Calendar, scope, value),
        Key::Title
        | Key::Where
        | Key::Tables
        | Key::Menu
        | Key::MenuReason
        | Key::Question
        | Key::Note
        | Key::Speaker
        | Key::PreRead => match value.whole_text() {
            // A new member's address, on a line below their name.
            Some(address) if key == Key::Where && is_address(&address) => {
                value.bad(block::name(key))
            }
            Some(value) => Ok(Further::Change { scope, key, value }.into()),
            None => missing(block::name(key)),
        },
    }
}

fn is_address(text: &str) -> bool {
    text.contains('@') && !text.contains(' ')
}

/// Whom to invite later; whether the days fit the gathering is known where that is.
fn waves(scope: Scope, value: Said<'_>) -> Result<Command, ProblemKind> {
    let Some(text) = value.text() else { return missing(block::name(Key::Waves)) };
    let waves = block::waves::read(&text, value.context).map_err(|why| why.problem(&text))?;
    for day in waves.iter().filter_map(|wave| block::waves::day(wave.opens)) {
        when::check_day_ahead(day, value.context)?;
    }
    Ok(Further::Waves { scope, waves }.into())
}

/// `frist 5. mars`, `kjøkkenfrist torsdag: 9. desember kl 12`, `frist for torsdag til 5. mars`.
pub(super) fn deadline(whose: Deadline, said: Said<'_>) -> Result<Command, ProblemKind> {
    let (scope, said) = said.about()?;
    if scope == Scope::Implied
        && let Some((about, value)) = said.apart_at(Role::To)
        && when::read(value.words).is_some()
    {
        return finish_deadline(whose, about.scope()?, value);
    }
    finish_deadline(whose, scope, said)
}

fn finish_deadline(whose: Deadline, scope: Scope, said: Said<'_>) -> Result<Command, ProblemKind> {
    if said.words.is_empty() {
        return missing("when");
    }
    let Some((when, taken)) = when::read(said.words) else { return said.bad("when") };
    let rest = said.skip(taken);
    // "Torsdag fredag" does not say which of them is the deadline.
    let marked =
        rest.role(Role::About).or_else(|| rest.role(Role::On)).or_else(|| rest.role(Role::To));
    if marked.is_none() && when::read(rest.words).is_some() {
        return said.bad("when");
    }
    let scope = if rest.words.is_empty() { scope } else { rest.scope()? };
    let date = when
        .date(Toward::Future, said.context)
        .map_err(|wrong| wrong.problem("when", said.written()))?;
    let Some(date) = date else { return said.bad("when") };
    // "Sunday midnight" is where Sunday begins, and where people mean that it ends.
    if when.time(Part::Daytime) == Some(NaiveTime::MIN) {
        return said.bad("when");
    }
    when::check_day_ahead(date, said.context)?;
    Ok(Further::Deadline { scope, whose, date, time: when.time(Part::Daytime) }.into())
}

/// Whether words before a colon say which gathering: by its day, or as `for mot-middagen`.
fn names_gathering(before: Said<'_>) -> bool {
    let marked = before.role(Role::About).or_else(|| before.role(Role::On));
    let kind = before.words.last().and_then(scope::kind_within);
    before.scope().is_ok_and(|scope| scope.is_date()) || (marked.is_some() && kind.is_some())
}

/// `meny: Fårikål. Vi spiser av én gryte.`, `spørsmål torsdag: Hva er mot?`
pub(super) fn prose(key: Key, said: Said<'_>) -> Result<Command, ProblemKind> {
    let (scope, said) = match said.colon() {
        // A colon deep in the text is the text's own.
        Some(at) if !said.is_announced() && names_gathering(said.first(at + 1)) => said.about()?,
        Some(_) | None => (Scope::Implied, said),
    };
    // "Menyen er ikke bestemt" says nothing that it could be.
    if key == Key::Menu && scope == Scope::Implied && said.copula().is_some() {
        return Err(ProblemKind::NotUnderstood);
    }
    match said.whole_text() {
        Some(value) => Ok(Further::Change { scope, key, value }.into()),
        None => missing("text"),
    }
}

/// `melding til de som kommer: …`, `melding til de som kommer torsdag: …`.
pub(super) fn message(said: Said<'_>) -> Result<Command, ProblemKind> {
    let end = said.colon().map_or(said.words.len(), |at| at + 1);
    let (whom, text) = (said.first(end), said.skip(end));
    let Some(text) = text.whole_text() else { return missing("text") };
    let (whom, scope) = match whom.circle() {
        Some(_) => (whom, Scope::Implied),
        None => circle_and_scope(whom)?,
    };
    let to = match whom.circle() {
        Some(circle) => Recipients::Circle { circle },
        None => Recipients::Named { names: whom.names() },
    };
    if let Recipients::Named { names } = &to {
        if names.is_empty() {
            return missing("who");
        }
        if !are_persons(names) || scope::is_surely_date(whom.words) {
            return whom.bad("who");
        }
    }
    Ok(Further::Message { scope, to, text }.into())
}

/// `de som kommer torsdag`: the circle, and then which gathering.
fn circle_and_scope(whom: Said<'_>) -> Result<(Said<'_>, Scope), ProblemKind> {
    match lexicon().circle(whom.words) {
        Some((_, count)) => Ok((whom.first(count), whom.skip(count).scope()?)),
        None => whom.names_then_scope(),
    }
}
