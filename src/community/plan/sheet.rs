//! What the host is told, and what the kitchen is: who comes and what they eat. Again only where
//! that has changed, and then what is new is marked.
//!
//! Invariant: a sheet follows from how things stand and from what the last one said. It is looked
//! at in time for the kitchen's deadline, in the afternoon before, on the day itself, and in the
//! last hours whenever something changes; never by night.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::community::clock;
use crate::community::decision::Post;
use crate::community::facts::NextStep;
use crate::community::gathering::{Gathering, Invitation, Seat, State, Table};
use crate::community::letter::{
    CountedNeeds, HostSheet, KitchenNeed, KitchenSheet, Letter, SheetChange, SheetGuest,
};
use crate::community::menu::{self, Clash, Needs};
use crate::community::person::{Community, Person};
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::understand::Diet;

/// The day before, at this hour: whoever was reminded in the forenoon has cancelled by then.
const AFTERNOON: u32 = 16;
/// On the day itself, at this hour: so has whoever was reminded that morning.
const FORENOON: u32 = 10;
/// So long before the kitchen's deadline there is time to pass on what it has to know.
const TO_PASS_ON: TimeDelta = TimeDelta::hours(1);
/// What is written so soon after the deadline was looked at in time.
const PROMPT: TimeDelta = TimeDelta::minutes(5);
/// So long before it begins every change is told as it comes.
const LAST_HOURS: TimeDelta = TimeDelta::hours(3);
/// More sheets than this are not about a dinner any more, but about somebody who plays.
const MOST_ROUNDS: u32 = 12;

/// Who reads a sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SheetKind {
    /// The host: names.
    Host,
    /// Whoever cooks: numbers.
    Kitchen,
}

impl SheetKind {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Kitchen => "kitchen",
        }
    }
}

/// What a sheet said, kept to compare the next one with. It holds what people eat, and goes when
/// that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// When it was to begin.
    pub starts: NaiveDateTime,
    /// Seats taken.
    pub expected: u32,
    /// Who was to come; nobody by name where the kitchen reads it.
    pub guests: Vec<Line>,
    /// How many had which need.
    pub diets: BTreeMap<Diet, u32>,
    /// Further needs in the guests' words.
    pub diet_notes: Vec<String>,
}

/// A guest on a sheet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Who.
    pub person_id: i64,
    /// Under which name.
    pub name: String,
    /// Seats, the guest included.
    pub party: u32,
    /// Severe allergies.
    pub severe: Vec<Diet>,
}

/// The last sheet that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastSheet {
    /// How many there have been.
    pub round: u32,
    /// When.
    pub written_at: DateTime<Utc>,
    /// What it said, while that is kept.
    pub content: Option<Content>,
}

/// What is to be known for a sheet beside the table itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Serving {
    /// Who reads it: the host, or the organizers where no known person is the host.
    pub readers: Vec<Person>,
    /// Guests who have been at a gathering of the community before; `None` where there was none yet,
    /// and everybody is new.
    pub regulars: Option<BTreeSet<i64>>,
    /// The last sheets.
    pub last: BTreeMap<SheetKind, LastSheet>,
}

/// A sheet to write.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Who reads it.
    pub kind: SheetKind,
    /// How many there have been, this one included.
    pub round: u32,
    /// What it says.
    pub content: Content,
    /// The mails.
    pub posts: Vec<Post>,
}

/// Whether it is time to look at the sheets of a gathering at all.
pub fn sheets_may_be_due(community: &Community, gathering: &Gathering, now: DateTime<Utc>) -> bool {
    let begun = now >= gathering.starts_at;
    let reached = last_moment(community, gathering, SheetKind::Host, now).is_some();
    gathering.state == State::Open && !begun && !community.is_night(now) && reached
}

/// The sheets to be written now.
pub fn sheets(
    community: &Community,
    table: &Table,
    serving: &Serving,
    now: DateTime<Utc>,
) -> Vec<Sheet> {
    if !sheets_may_be_due(community, &table.gathering, now) {
        return Vec::new();
    }
    let kinds = [SheetKind::Host, SheetKind::Kitchen];
    kinds.into_iter().filter_map(|kind| sheet(community, table, (serving, kind), now)).collect()
}

/// The sheets that will be written if nothing changes from now on, each at its time.
pub fn coming_sheets(
    community: &Community,
    table: &Table,
    serving: &Serving,
    now: DateTime<Utc>,
) -> Vec<Post> {
    let mut posts = Vec::new();
    for kind in [SheetKind::Host, SheetKind::Kitchen] {
        let at = |moment: &DateTime<Utc>| sheet(community, table, (serving, kind), *moment);
        let moments = moments(community, &table.gathering, kind);
        // What is late is written as soon as somebody looks.
        let next = std::iter::once(community.by_day(now));
        let next = next.chain(moments.into_iter().filter(|moment| *moment > now));
        let open = table.gathering.state == State::Open;
        posts.extend(next.filter(|_| open).find_map(|moment| at(&moment)).map(|sheet| sheet.posts));
    }
    posts.into_iter().flatten().collect()
}

/// When the planner has to look at the sheets again.
pub(super) fn times(
    community: &Community,
    gathering: &Gathering,
    now: DateTime<Utc>,
) -> Vec<DateTime<Utc>> {
    if gathering.state != State::Open {
        return Vec::new();
    }
    let mut times = moments(community, gathering, SheetKind::Host);
    times.extend(community.night(now).map(|night| night.morning));
    times
}

/// The moments at which a sheet is looked at, in order.
fn moments(community: &Community, gathering: &Gathering, kind: SheetKind) -> Vec<DateTime<Utc>> {
    let day = gathering.starts_local.date();
    let at_hour = |days, hour| clock::at_hour(day, days, hour, community.zone);
    let in_time = in_time_for_kitchen(community, gathering);
    let kitchen = in_time.first().copied();
    let mut moments = in_time;
    let last_hours = gathering.starts_at - LAST_HOURS;
    moments.push(at_hour(-1, AFTERNOON));
    moments.extend(Some(at_hour(0, FORENOON)).filter(|forenoon| *forenoon < last_hours));
    moments.push(last_hours);
    moments.retain(|moment| match kind {
        SheetKind::Host => true,
        // Where nobody has to be told by a time, the host cooks, and reads it all on their own.
        SheetKind::Kitchen => kitchen.is_some_and(|by| by <= *moment),
    });
    let mut moments: Vec<DateTime<Utc>> = moments
        .into_iter()
        .map(|moment| community.by_day(moment))
        // Who has just made or moved it knows that nobody has answered yet.
        .filter(|moment| *moment > gathering.changed_at && *moment < gathering.starts_at)
        .collect();
    moments.sort_unstable();
    moments.dedup();
    moments
}

/// When the kitchen can still be told: while there is time to pass it on, and at the deadline itself
/// or at the end of the day before it.
fn in_time_for_kitchen(community: &Community, gathering: &Gathering) -> Vec<DateTime<Utc>> {
    let Some(by) = gathering.kitchen_by.map(|by| clock::instant(by, community.zone)) else {
        return Vec::new();
    };
    let before_night =
        |at, so_long: TimeDelta| community.night(at).map_or(at, |night| night.evening - so_long);
    vec![before_night(by - TO_PASS_ON, TO_PASS_ON), before_night(by, TimeDelta::minutes(1))]
}

/// The last of them that has come.
fn last_moment(
    community: &Community,
    gathering: &Gathering,
    kind: SheetKind,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    moments(community, gathering, kind).into_iter().rev().find(|moment| *moment <= now)
}

fn sheet(
    community: &Community,
    table: &Table,
    (serving, kind): (&Serving, SheetKind),
    now: DateTime<Utc>,
) -> Option<Sheet> {
    let moment = last_moment(community, &table.gathering, kind, now)?;
    let last = serving.last.get(&kind);
    let last_hours = now >= table.gathering.starts_at - LAST_HOURS;
    // Once for each moment, and in the last hours as it comes.
    let looked = last.is_some_and(|last| last.written_at >= moment) && !last_hours;
    let round = last.map_or(1, |last| last.round + 1);
    let said = last.and_then(|last| last.content.as_ref());
    let content = content(table, kind);
    let same = said.is_some_and(|said| *said == content);
    if looked || same || round > MOST_ROUNDS {
        return None;
    }
    let kitchen_by = table.gathering.kitchen_by.map(|by| clock::instant(by, community.zone));
    let late = said.is_some() && kitchen_by.is_some_and(|by| now > by + PROMPT);
    let about = About { table, serving, content: &content, said, late };
    let letter = match kind {
        SheetKind::Host => Letter::HostSheet(about.host_sheet()),
        SheetKind::Kitchen => Letter::KitchenSheet(about.kitchen_sheet()),
    };
    let posts = serving.readers.iter();
    let posts = posts.map(|to| post(&table.gathering, to, (kind, round), letter.clone(), now));
    let posts = posts.collect();
    Some(Sheet { kind, round, content, posts })
}

fn post(
    gathering: &Gathering,
    to: &Person,
    (kind, round): (SheetKind, u32),
    letter: Letter,
    now: DateTime<Utc>,
) -> Post {
    let purpose = match kind {
        SheetKind::Host => Purpose::HostSheet(gathering.id, round, to.id),
        SheetKind::Kitchen => Purpose::KitchenSheet(gathering.id, round, to.id),
    };
    let reply =
        if to.organizer { NextStep::Organizer(to.id) } else { NextStep::Host(gathering.id) };
    Post {
        purpose,
        to: to.clone(),
        letter,
        reply,
        event: None,
        gathering_id: Some(gathering.id),
        invitation_id: None,
        due_at: now,
        expires_at: gathering.starts_at,
    }
}

/// Those who come. The host is no guest of their own.
fn coming(table: &Table) -> impl Iterator<Item = &(Invitation, Person)> {
    let host = table.gathering.host_id;
    let guests = table.invitations.iter();
    guests.filter(move |(one, guest)| one.seat == Seat::Seated && Some(guest.id) != host)
}

fn content(table: &Table, kind: SheetKind) -> Content {
    let mut content = Content {
        starts: table.gathering.starts_local,
        expected: 0,
        guests: Vec::new(),
        diets: BTreeMap::new(),
        diet_notes: Vec::new(),
    };
    for (invitation, guest) in coming(table) {
        content.expected += invitation.party;
        for diet in &invitation.diets {
            *content.diets.entry(*diet).or_default() += 1;
        }
        content.diet_notes.extend(invitation.diet_notes.iter().cloned());
        let severe = invitation.diets.iter().filter(|diet| diet.is_severe()).copied().collect();
        match kind {
            SheetKind::Host => content.guests.push(Line {
                person_id: guest.id,
                name: guest.name.clone(),
                party: invitation.party,
                severe,
            }),
            SheetKind::Kitchen => {}
        }
    }
    // `other` says only that there are words; the words are here.
    if !content.diet_notes.is_empty() {
        content.diets.remove(&Diet::Other);
    }
    content
}

/// What a sheet is written from.
struct About<'a> {
    table: &'a Table,
    serving: &'a Serving,
    content: &'a Content,
    said: Option<&'a Content>,
    /// Whether what is new has come after the kitchen's deadline.
    late: bool,
}

impl About<'_> {
    fn host_sheet(&self) -> HostSheet {
        let guests = coming(self.table).zip(&self.content.guests);
        let mut guests: Vec<(usize, SheetGuest)> =
            guests.map(|((_, guest), line)| self.guest(guest, line)).collect();
        // Whoever was on the last sheet stands where they stood.
        guests.sort_by_key(|(place, _)| *place);
        let is_gone = |line: &&Line| {
            !self.content.guests.iter().any(|guest| guest.person_id == line.person_id)
        };
        let gone = self.said.into_iter().flat_map(|said| &said.guests).filter(is_gone);
        let needs = |content: &Content| (content.diets.clone(), content.diet_notes.clone());
        HostSheet {
            gathering: view::gathering(&self.table.gathering, Sees::Address),
            changed: self.said.is_some(),
            was: self.said.map(|said| said.starts).filter(|was| *was != self.content.starts),
            expected: self.content.expected,
            guests: guests.into_iter().map(|(_, guest)| guest).collect(),
            gone: gone.map(|line| line.name.clone()).collect(),
            kitchen: CountedNeeds {
                diets: self.content.diets.clone().into_iter().collect(),
                diet_notes: self.content.diet_notes.clone(),
            },
            kitchen_changed: self.said.is_some_and(|said| needs(said) != needs(self.content)),
            late: self.late,
            clashes: self.clashes(),
        }
    }

    /// A guest, and where they stood on the last sheet.
    fn guest(&self, guest: &Person, line: &Line) -> (usize, SheetGuest) {
        let before = self.said.and_then(|said| {
            said.guests.iter().enumerate().find(|(_, before)| before.person_id == guest.id)
        });
        let change = match before {
            None => self.said.map(|_| SheetChange::New),
            Some((_, before)) if before.party != line.party => Some(SheetChange::Party),
            Some((_, before)) if before.severe != line.severe => Some(SheetChange::Needs),
            Some(_) => None,
        };
        let place = before.map_or(usize::MAX, |(place, _)| place);
        let guest = SheetGuest {
            name: line.name.clone(),
            party: line.party,
            first_time: self.is_new(guest),
            change,
            severe: line.severe.clone(),
            phone: guest.phone.clone(),
        };
        (place, guest)
    }

    fn is_new(&self, guest: &Person) -> bool {
        self.serving.regulars.as_ref().is_some_and(|regulars| !regulars.contains(&guest.id))
    }

    fn kitchen_sheet(&self) -> KitchenSheet {
        let now = &self.content.diets;
        let before = |diet: &Diet| self.said.map(|said| said.diets.get(diet).copied().unwrap_or(0));
        let known = self.said.into_iter().flat_map(|said| said.diets.keys());
        let all: BTreeSet<Diet> = now.keys().chain(known).copied().collect();
        let mut needs: Vec<KitchenNeed> = all
            .into_iter()
            .map(|diet| {
                let count = now.get(&diet).copied().unwrap_or(0);
                KitchenNeed { diet, count, before: before(&diet).filter(|before| *before != count) }
            })
            .collect();
        needs.sort_by_key(|need| std::cmp::Reverse(need.count));
        let covers = self.content.expected;
        KitchenSheet {
            gathering: view::gathering(&self.table.gathering, Sees::NoAddress),
            covers,
            covers_before: self.said.map(|said| said.expected).filter(|before| *before != covers),
            changed: self.said.is_some(),
            was: self.said.map(|said| said.starts).filter(|was| *was != self.content.starts),
            needs,
            diet_notes: self.content.diet_notes.clone(),
            late: self.late,
            clashes: self.clashes(),
        }
    }

    fn clashes(&self) -> Vec<Clash> {
        let needs =
            Needs { diets: self.content.diets.clone(), notes: self.content.diet_notes.clone() };
        menu::clashes(self.table.gathering.menu.as_deref().unwrap_or_default(), &needs)
    }
}
