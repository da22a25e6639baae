//! What a command would do: shown in a preview, carried out on yes. One function for both, so that
//! the preview can not promise anything else.

pub(super) mod community;
mod gathering;
mod guests;
mod kitchen;
mod members;
mod reach;
mod settings;
mod undo;
mod waves;

use chrono::{DateTime, NaiveDateTime, Utc};

use crate::command::setting::Particular;
use crate::command::{
    Came, Command, CutOff, Deadline, DigestAct, Further, ProblemKind, Scope, usual_half,
};
use crate::community::decision::{Change, Post};
use crate::community::facts::{Facts, Floor};
use crate::community::gathering::{Gathering, Table};
use crate::community::letter::{ActView, Refusal};
use crate::community::level::Level;
use crate::community::person::Person;
use crate::community::view::{self, Sees};

/// What a command would do.
#[derive(Debug)]
pub(super) struct Act {
    /// Its name in the audit.
    pub(super) name: &'static str,
    /// How much it weighs.
    pub(super) level: Level,
    /// In words.
    pub(super) view: ActView,
    /// Mails to guests that follow, and the letter they are.
    pub(super) mails: u32,
    pub(super) letter: Option<&'static str>,
    /// Changes.
    pub(super) changes: Vec<Change>,
    /// Mails that are written at once; the others are planned from the state.
    pub(super) posts: Vec<Post>,
    /// The gathering as it will be.
    pub(super) after: Option<Table>,
}

/// Why a command is not worked out.
#[derive(Debug)]
pub(super) enum Halt {
    /// It can not be done.
    Refused(Refusal),
    /// Its line has to be mended.
    Problem(ProblemKind),
    /// A name that fits several, or nearly fits.
    Who {
        /// As written.
        written: String,
        /// Those whom it fits.
        fits: Vec<Person>,
    },
    /// Several gatherings fit.
    Which(Vec<Table>),
}

/// What `command` would do now, or why it can not be done.
pub(super) fn resolve(
    facts: &Facts,
    floor: &Floor,
    command: &Command,
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let table = |scope: &Scope| choose(floor, scope);
    match command {
        Command::New(new) => gathering::create(facts, floor, new, now),
        Command::Invite { scope, audience, asked } => {
            guests::invite(facts, floor, table(scope)?, (audience, *asked), now)
        }
        Command::Seats { scope, seats } => {
            gathering::change_seats(facts, table(scope)?, *seats, now)
        }
        Command::Move { scope, date, time, vague } => {
            let table = table(scope)?;
            let from = table.gathering.starts_local;
            let usual = |time| if *vague { usual_half(time, table.gathering.kind) } else { time };
            let to = date.unwrap_or(from.date()).and_time(time.map_or(from.time(), usual));
            gathering::change_time(facts, table, to, now)
        }
        Command::Cancel { scope, reason } => {
            Ok(gathering::cancel(facts, table(scope)?, reason.clone(), now))
        }
        Command::Further(said) => further(facts, floor, said, now),
        Command::Help { .. } | Command::Status { .. } | Command::Yes | Command::No => {
            Err(Halt::Refused(Refusal::NoChange))
        }
    }
}

fn further(facts: &Facts, floor: &Floor, said: &Further, now: DateTime<Utc>) -> Result<Act, Halt> {
    let at = |scope: &Scope| choose(floor, scope);
    match said {
        Further::Change { scope, key, value } => {
            gathering::describe(facts, at(scope)?, (*key, value), now)
        }
        Further::Particular { scope, particular } => set_one(floor, said, (scope, *particular)),
        Further::Waves { scope, waves } => waves::replan(floor, at(scope)?, waves),
        Further::Deadline { scope, whose, date, time } => {
            let last = CutOff { date: *date, time: *time };
            deadline(facts, at(scope)?, (*whose, last), now)
        }
        Further::AddMember { name, address: Some(address), .. } => {
            community::add_member(floor, name, address)
        }
        Further::PauseMember { person, until } => {
            members::pause(facts, floor, (person, *until), now)
        }
        Further::ResumeMember { person } => members::resume(facts, floor, person, now),
        Further::RemoveMember { person } => members::remove(facts, floor, person, now),
        Further::ChangeMember { person, field, value } => {
            members::put_right(facts, floor, (person, *field, value), now)
        }
        Further::Setting { setting } => settings::set(facts, setting),
        Further::Erase { person } => members::erase(facts, floor, person, now),
        Further::EraseAll => members::erase_all(facts, floor, now),
        Further::Organizer { person, change } => {
            members::organizer(facts, floor, (person, *change), now)
        }
        Further::Digest { what: DigestAct::Send } => community::send_digest(facts, floor, now),
        Further::InviteCircle { scope, circle, asked } => {
            guests::invite_circle(facts, floor, at(scope)?, (*circle, *asked), now)
        }
        Further::Add { scope, people } => guests::add(facts, floor, at(scope)?, people, now),
        Further::Remove { scope, people } => guests::remove(facts, floor, at(scope)?, people, now),
        Further::GiveSeat { scope, person } => {
            guests::give_seat(facts, floor, at(scope)?, person, now)
        }
        Further::AnswerFor { scope, person, answer, words } => {
            guests::answer_for(facts, floor, at(scope)?, (person, *answer, words), now)
        }
        Further::Nudge { scope, people } => reach::nudge(facts, floor, at(scope)?, people, now),
        Further::Message { scope, to, text } => {
            reach::message(facts, floor, at(scope)?, (to, text), now)
        }
        Further::Host { scope, person } => reach::host(facts, floor, at(scope)?, person, now),
        Further::Attendance { scope, came } => attendance(floor, scope, came),
        Further::Export { scope } => community::export(facts, of_any_time(floor, scope)?),
        Further::ExportAll => Ok(community::export_all(facts, floor)),
        Further::Undo => undo::undo(floor),
        Further::Why { .. }
        | Further::Seating { .. }
        | Further::AddMember { address: None, .. }
        | Further::Nominate { .. }
        | Further::Vote { .. }
        | Further::Mentor { .. }
        | Further::Digest { what: DigestAct::Show }
        | Further::Settings
        | Further::Choice { .. } => Err(Halt::Refused(Refusal::NoChange)),
    }
}

fn deadline(
    facts: &Facts,
    table: &Table,
    (whose, last): (Deadline, CutOff),
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    match whose {
        Deadline::Reply => gathering::reply_by(facts, table, last.date, now),
        Deadline::Kitchen => kitchen::kitchen_by(facts, table, last, now),
    }
}

fn set_one(
    floor: &Floor,
    said: &Further,
    (scope, particular): (&Scope, Particular),
) -> Result<Act, Halt> {
    // "Språk: engelsk" may be the organizer's own, so even the only gathering is asked about.
    if floor.thread.is_none() && said.may_be_a_wish() && !floor.open.is_empty() {
        return Err(Halt::Which(floor.open.clone()));
    }
    settings::particular(choose(floor, scope)?, particular)
}

fn attendance(floor: &Floor, scope: &Scope, came: &Came) -> Result<Act, Halt> {
    // Nobody says who came to the one before the last.
    let last = floor.past.iter().rfind(|table| in_scope(floor, &table.gathering, scope));
    guests::attendance(floor, last.ok_or_else(|| no_such(floor))?, came)
}

/// The open gathering that a command is about.
pub(super) fn choose<'a>(floor: &'a Floor, scope: &Scope) -> Result<&'a Table, Halt> {
    let fits: Vec<&Table> =
        floor.open.iter().filter(|table| in_scope(floor, &table.gathering, scope)).collect();
    match fits.as_slice() {
        [] => Err(no_such(floor)),
        [one] => Ok(one),
        several => Err(Halt::Which(several.iter().map(|table| (*table).clone()).collect())),
    }
}

/// The gathering that a command is about, be it to come or past. Of those that have been, the last:
/// whoever means another says its date.
fn of_any_time<'a>(floor: &'a Floor, scope: &Scope) -> Result<&'a Table, Halt> {
    let last = floor.past.iter().rfind(|table| in_scope(floor, &table.gathering, scope));
    let open = floor.open.iter().filter(|table| in_scope(floor, &table.gathering, scope));
    let fits: Vec<&Table> = last.into_iter().chain(open).collect();
    match fits.as_slice() {
        [] => Err(no_such(floor)),
        [one] => Ok(one),
        several => Err(Halt::Which(several.iter().map(|table| (*table).clone()).collect())),
    }
}

/// Nothing fits; what there is instead is named.
pub(super) fn no_such(floor: &Floor) -> Halt {
    let open = floor.open.iter().map(|table| &table.gathering);
    let coming = open.map(|gathering| view::gathering(gathering, Sees::Address)).collect();
    Halt::Refused(Refusal::NoSuchGathering { coming })
}

/// In a gathering's thread a command is about that gathering and can touch no other.
pub(super) fn in_scope(floor: &Floor, gathering: &Gathering, scope: &Scope) -> bool {
    let in_thread = floor.thread.is_none_or(|thread| thread == gathering.id);
    in_thread && gathering.is_called(scope, Sees::Address)
}

fn past(time: NaiveDateTime) -> Halt {
    Halt::Problem(ProblemKind::Past { time })
}

pub(super) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
