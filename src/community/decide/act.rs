//! What a command would do: shown in a preview, carried out on yes. One function for both, so that
//! the preview can not promise anything else.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Utc};

use super::{people, post};
use crate::command::{Audience, Command, NewGathering, Problem, ProblemKind, Scope};
use crate::community::clock;
use crate::community::decision::{Change, Placed, Post};
use crate::community::facts::{Facts, Floor, NextStep};
use crate::community::gathering::{Gathering, Invitation, Seat, State, Table};
use crate::community::letter::{ActView, Letter, Named, Refusal, StatusView};
use crate::community::person::Person;
use crate::community::plan;
use crate::community::purpose::Purpose;
use crate::community::seats;
use crate::community::view::{self, Sees};

/// What a command would do.
#[derive(Debug)]
pub(super) struct Act {
    /// Its name in the audit.
    pub(super) name: &'static str,
    /// In words.
    pub(super) view: ActView,
    /// Mails to guests that follow.
    pub(super) mails: u32,
    /// The gathering and its version, if there is one already.
    pub(super) about: Option<(i64, i32)>,
    /// The gathering.
    pub(super) gathering_id: i64,
    /// Changes.
    pub(super) changes: Vec<Change>,
    /// Mails that are written at once; the others are planned from the state.
    pub(super) posts: Vec<Post>,
    /// How it stands afterwards.
    pub(super) after: StatusView,
}

/// What `command` would do now, or the letter that says why it can not be done.
pub(super) fn resolve(
    facts: &Facts,
    floor: &Floor,
    command: &Command,
    now: DateTime<Utc>,
) -> Result<Act, Box<Letter>> {
    let table = |scope: &Scope| choose(floor, scope).map_err(refused);
    match command {
        Command::New(new) => create(facts, floor, new, now),
        Command::Invite { scope, audience } => invite(floor, table(scope)?, audience, now),
        Command::Seats { scope, seats } => change_seats(facts, table(scope)?, *seats, now),
        Command::Move { scope, date, time } => {
            let table = table(scope)?;
            let from = table.gathering.starts_local;
            let to = date.unwrap_or(from.date()).and_time(time.unwrap_or(from.time()));
            change_time(facts, table, to, now)
        }
        Command::Cancel { scope, reason } => Ok(cancel(facts, table(scope)?, reason.clone(), now)),
        Command::Help { .. }
        | Command::Status { .. }
        | Command::Yes
        | Command::No
        | Command::Later(_) => Err(refused(Refusal::NoChange)),
    }
}

/// The open gathering that a command is about.
pub(super) fn choose<'a>(floor: &'a Floor, scope: &Scope) -> Result<&'a Table, Refusal> {
    let fits: Vec<&Table> =
        floor.open.iter().filter(|table| in_scope(floor, table, scope)).collect();
    match fits.as_slice() {
        [] => Err(Refusal::NoSuchGathering),
        [one] => Ok(one),
        several => Err(Refusal::WhichGathering {
            choices: several
                .iter()
                .map(|table| view::gathering(&table.gathering, Sees::Address))
                .collect(),
        }),
    }
}

/// In a gathering's thread a command is about that gathering and can touch no other.
fn in_scope(floor: &Floor, table: &Table, scope: &Scope) -> bool {
    let gathering = &table.gathering;
    let in_thread = floor.thread.is_none_or(|thread| thread == gathering.id);
    in_thread
        && match scope {
            Scope::Implied => true,
            Scope::Date { date } => gathering.starts_local.date() == *date,
            Scope::Weekday { weekday } => {
                gathering.starts_local.weekday().num_days_from_monday() == u32::from(*weekday)
            }
            Scope::Words { words } => {
                let words = words.to_lowercase();
                [&gathering.title, &gathering.host, &gathering.place]
                    .into_iter()
                    .flatten()
                    .any(|text| text.to_lowercase().contains(&words))
            }
        }
}

fn create(
    facts: &Facts,
    floor: &Floor,
    new: &NewGathering,
    now: DateTime<Utc>,
) -> Result<Act, Box<Letter>> {
    let starts_at = clock::instant(new.starts, facts.community.zone);
    if starts_at <= now {
        return Err(past(new.starts));
    }
    let host = new.host.as_ref().and_then(|name| people::one(floor, name));
    let host_id = host.map(|host| host.id);
    let guests = match &new.invite {
        Some(audience) => people::audience(floor, audience, host_id).map_err(unknown)?,
        None => Vec::new(),
    };
    let gathering = sketch(floor.next_gathering_id, new, starts_at, host, now);
    let invited: Vec<String> = guests.iter().map(|guest| guest.name.clone()).collect();
    let invitations = guests.iter().map(|guest| (fresh(guest, now), (*guest).clone())).collect();
    let after = view::status(&Table { gathering: gathering.clone(), invitations });
    let view = ActView::New { gathering: view::gathering(&gathering, Sees::Address), invited };
    Ok(Act {
        name: "gathering-created",
        view,
        mails: count(guests.len()),
        about: None,
        gathering_id: gathering.id,
        changes: vec![Change::Create {
            gathering_id: gathering.id,
            new: Box::new(new.clone()),
            starts_at,
            host_id,
            guests: guests.iter().map(|guest| guest.id).collect(),
        }],
        posts: Vec::new(),
        after,
    })
}

/// The gathering as it will be, before it has a row.
fn sketch(
    id: i64,
    new: &NewGathering,
    starts_at: DateTime<Utc>,
    host: Option<&Person>,
    now: DateTime<Utc>,
) -> Gathering {
    Gathering {
        id,
        kind: new.kind,
        title: new.title.clone(),
        starts_local: new.starts,
        starts_at,
        place: new.place.clone(),
        host: host.map(|host| host.name.clone()).or_else(|| new.host.clone()),
        host_id: host.map(|host| host.id),
        host_phone: host.and_then(|host| host.phone.clone()),
        menu: new.menu.clone(),
        menu_reason: new.menu_reason.clone(),
        question: new.question.clone(),
        note: new.note.clone(),
        reply_by: new.reply_by,
        seats: new.seats,
        taken: 0,
        state: State::Open,
        reason: None,
        sequence: 0,
        moved_from: None,
        asked_again: false,
        asked_sequence: 0,
        kitchen_by: None,
        version: 0,
        changed_at: now,
    }
}

fn fresh(guest: &Person, now: DateTime<Utc>) -> Invitation {
    Invitation {
        id: 0,
        person_id: guest.id,
        invited_at: now,
        answer: None,
        answered_at: None,
        seat: Seat::None,
        party: 1,
        waiting_since: None,
        offers: 0,
        offer_until: None,
        answers_by: None,
        diets: Vec::new(),
        diet_notes: Vec::new(),
        unreached: false,
        letter_left: false,
        letter_sequence: None,
        calendar_sent: false,
    }
}

fn invite(
    floor: &Floor,
    table: &Table,
    audience: &Audience,
    now: DateTime<Utc>,
) -> Result<Act, Box<Letter>> {
    let mut guests = people::audience(floor, audience, table.gathering.host_id).map_err(unknown)?;
    guests.retain(|guest| table.invitations.iter().all(|(_, invited)| invited.id != guest.id));
    if guests.is_empty() {
        return Err(refused(Refusal::NoChange));
    }
    let mut after = table.clone();
    after.invitations.extend(guests.iter().map(|guest| (fresh(guest, now), (*guest).clone())));
    Ok(Act {
        name: "guests-invited",
        view: ActView::Invite {
            gathering: view::gathering(&table.gathering, Sees::Address),
            invited: guests.iter().map(|guest| guest.name.clone()).collect(),
        },
        mails: count(guests.len()),
        about: Some((table.gathering.id, table.gathering.version)),
        gathering_id: table.gathering.id,
        changes: vec![Change::Invite {
            gathering_id: table.gathering.id,
            guests: guests.iter().map(|guest| guest.id).collect(),
        }],
        posts: Vec::new(),
        after: view::status(&after),
    })
}

fn change_seats(
    facts: &Facts,
    table: &Table,
    seats: u32,
    now: DateTime<Utc>,
) -> Result<Act, Box<Letter>> {
    let gathering = &table.gathering;
    if seats == gathering.seats {
        return Err(refused(Refusal::NoChange));
    }
    if seats < gathering.taken || seats == 0 {
        let coming: Vec<Named> = view::status(table).coming;
        return Err(refused(Refusal::BelowTaken { taken: gathering.taken, coming }));
    }
    let free = seats - gathering.taken;
    let promoted = seats::promoted(free, &table.waiters());
    let mut after = table.clone();
    after.gathering.seats = seats;
    let mut changes = vec![Change::Seats { gathering_id: gathering.id, seats }];
    let mut posts = Vec::new();
    let mut names = Vec::new();
    for (invitation, guest) in &mut after.invitations {
        if promoted.contains(&invitation.id) {
            invitation.seat = Seat::Seated;
            invitation.waiting_since = None;
            after.gathering.taken += invitation.party;
            names.push(guest.name.clone());
            changes.push(Change::Answer(Placed::of(invitation)));
            posts.push(promotion(facts, gathering, invitation, guest, now));
        }
    }
    Ok(Act {
        name: "seats-changed",
        view: ActView::Seats {
            gathering: view::gathering(gathering, Sees::Address),
            seats,
            promoted: names,
        },
        mails: count(promoted.len()),
        about: Some((gathering.id, gathering.version)),
        gathering_id: gathering.id,
        changes,
        posts,
        after: view::status(&after),
    })
}

fn promotion(
    facts: &Facts,
    gathering: &Gathering,
    invitation: &Invitation,
    guest: &Person,
    now: DateTime<Utc>,
) -> Post {
    let party = invitation.party;
    let letter = Letter::Promoted { gathering: view::gathering(gathering, Sees::Address), party };
    Post {
        purpose: Purpose::Promoted(invitation.id, gathering.version + 1),
        event: post::confirmed_event(facts, gathering),
        gathering_id: Some(gathering.id),
        invitation_id: Some(invitation.id),
        due_at: facts.community.by_day(now),
        expires_at: gathering.starts_at,
        ..post::answer(facts, guest, letter, NextStep::Guest(invitation.id), now)
    }
}

fn change_time(
    facts: &Facts,
    table: &Table,
    to: NaiveDateTime,
    now: DateTime<Utc>,
) -> Result<Act, Box<Letter>> {
    let gathering = &table.gathering;
    let starts_at = clock::instant(to, facts.community.zone);
    if to == gathering.starts_local {
        return Err(refused(Refusal::NoChange));
    }
    if starts_at <= now {
        return Err(past(to));
    }
    let asked_again = to.date() != gathering.starts_local.date();
    let told = table
        .invitations
        .iter()
        .filter(|(invitation, _)| plan::is_told_of_move(invitation, asked_again))
        .count();
    let today = clock::local(now, facts.community.zone).date();
    let still_useful = |day: &NaiveDate| *day >= today && *day < to.date();
    let reply_by = gathering.reply_by.filter(still_useful);
    let mut after = table.clone();
    after.gathering.starts_local = to;
    after.gathering.starts_at = starts_at;
    after.gathering.reply_by = reply_by;
    if asked_again {
        for (invitation, _) in &mut after.invitations {
            invitation.answer = None;
        }
    }
    Ok(Act {
        name: "gathering-moved",
        view: ActView::Move {
            gathering: view::gathering(gathering, Sees::Address),
            to,
            asked_again,
            told: count(told),
        },
        mails: count(told),
        about: Some((gathering.id, gathering.version)),
        gathering_id: gathering.id,
        changes: vec![
            Change::Withdraw { gathering_id: gathering.id },
            Change::Move { gathering_id: gathering.id, to, starts_at, asked_again, reply_by },
        ],
        posts: Vec::new(),
        after: view::status(&after),
    })
}

fn cancel(facts: &Facts, table: &Table, reason: Option<String>, now: DateTime<Utc>) -> Act {
    let gathering = &table.gathering;
    let told = table
        .invitations
        .iter()
        .filter(|(invitation, _)| plan::is_told_of_cancellation(invitation))
        .count();
    let view = ActView::Cancel {
        gathering: view::gathering(gathering, Sees::Address),
        reason: reason.clone(),
        told: count(told),
    };
    let gathering_id = gathering.id;
    let mut changes = vec![Change::Withdraw { gathering_id }];
    // A move that nobody has heard of is undone first: the guests are told of the day they know.
    if let Some(to) = plan::known_time(&facts.community, gathering, now) {
        let starts_at = clock::instant(to, facts.community.zone);
        let reply_by = gathering.reply_by;
        changes.push(Change::Move { gathering_id, to, starts_at, asked_again: false, reply_by });
    }
    changes.push(Change::Cancel { gathering_id, reason });
    Act {
        name: "gathering-cancelled",
        view,
        mails: count(told),
        about: Some((gathering.id, gathering.version)),
        gathering_id,
        changes,
        posts: Vec::new(),
        after: view::status(table),
    }
}

fn refused(refusal: Refusal) -> Box<Letter> {
    Box::new(Letter::Refused { refusal })
}

fn unknown(names: Vec<String>) -> Box<Letter> {
    refused(Refusal::UnknownNames { names })
}

fn past(time: NaiveDateTime) -> Box<Letter> {
    let line = time.format("%Y-%m-%d %H:%M").to_string();
    let problem = Problem { line, kind: ProblemKind::Past { time } };
    Box::new(Letter::Problems { understood: Vec::new(), problems: vec![problem] })
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
