//! Gatherings and invitations as they stand.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::person::Person;
use super::seats::Waiter;
use super::view::Sees;
use crate::command::setting::CalendarPolicy;
use crate::command::{GatheringKind, Opens, Scope};
use crate::language::Language;
use crate::understand::{Answer, Diet};

/// Where a gathering is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// People are invited and answer.
    Open,
    /// Called off.
    Cancelled,
    /// It has been.
    Over,
}

/// Something people are invited to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gathering {
    /// Row.
    pub id: i64,
    /// Dinner, breakfast …
    pub kind: GatheringKind,
    /// Title, where it has one.
    pub title: Option<String>,
    /// What the clock on the wall will show. This is what was agreed on.
    pub starts_local: NaiveDateTime,
    /// The same as an instant.
    pub starts_at: DateTime<Utc>,
    /// The address.
    pub place: Option<String>,
    /// Host as shown.
    pub host: Option<String>,
    /// The host, if a known person.
    pub host_id: Option<i64>,
    /// The host's telephone, if known.
    pub host_phone: Option<String>,
    /// Since when the host is who it is; nothing where it was from the beginning.
    #[serde(default)]
    pub host_since: Option<DateTime<Utc>>,
    /// Why nobody can count on whoever was to be the host.
    #[serde(default)]
    pub host_gone: Option<Absence>,
    /// What is served.
    pub menu: Option<String>,
    /// Why.
    pub menu_reason: Option<String>,
    /// The question.
    pub question: Option<String>,
    /// A note.
    pub note: Option<String>,
    /// What guests are asked to read.
    #[serde(default)]
    pub pre_read: Option<String>,
    /// Who speaks.
    #[serde(default)]
    pub speaker: Option<String>,
    /// Answers are awaited until the end of this local day.
    pub reply_by: Option<NaiveDate>,
    /// The language of its guests who have not chosen one, if not the community's.
    #[serde(default)]
    pub language: Option<Language>,
    /// Which mail carries its calendar part, if not as in the community.
    #[serde(default)]
    pub calendar: Option<CalendarPolicy>,
    /// Seats for guests.
    pub seats: u32,
    /// Seats taken or held by an offer.
    pub taken: u32,
    /// State.
    pub state: State,
    /// Why it was called off.
    pub reason: Option<String>,
    /// RFC 5545 SEQUENCE.
    pub sequence: u32,
    /// Local start before the last move.
    pub moved_from: Option<NaiveDateTime>,
    /// Whether the last move changed the date.
    pub asked_again: bool,
    /// SEQUENCE when guests were last asked: of the last move to another date.
    pub asked_sequence: u32,
    /// From this local time on the kitchen takes no change, and no seat is offered.
    pub kitchen_by: Option<NaiveDateTime>,
    /// Raised by every command.
    pub version: i32,
    /// When its time was last set, or it was called off.
    pub changed_at: DateTime<Utc>,
}

/// A host who is away or gone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Where they are.
    pub why: Gone,
}

/// Why nobody can count on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Gone {
    /// Nobody knows any more who it was to be.
    Erased,
    /// No member any more, and so no host.
    Left {
        /// Who.
        name: String,
        /// Their row.
        person_id: i64,
    },
    /// Away, and the host all the same, until organizers have found another one.
    Away {
        /// Who.
        name: String,
        /// Until this day, if they have said so.
        until: Option<NaiveDate>,
    },
}

/// How long a gathering is taken to last: calendars want an end.
pub const LASTS: TimeDelta = TimeDelta::hours(4);

/// Whoever is invited so long before is told to keep the day free, and asked later …
const LONG: TimeDelta = TimeDelta::days(56);
/// … so long before it …
const ASKED_BEFORE: TimeDelta = TimeDelta::days(42);
/// … and so long before answers are awaited.
const TIME_TO_ANSWER: TimeDelta = TimeDelta::days(14);

impl Gathering {
    /// Whether a date, weekday or word means it; words of its place only for those who know it.
    pub fn is_called(&self, scope: &Scope, sees: Sees) -> bool {
        match scope {
            Scope::Implied => true,
            Scope::Row { gathering_id } => self.id == *gathering_id,
            Scope::Date { date } => self.starts_local.date() == *date,
            Scope::Weekday { weekday } => {
                self.starts_local.weekday().num_days_from_monday() == u32::from(*weekday)
            }
            Scope::Kind { kind } => self.kind == *kind,
            Scope::Words { words } => {
                let words = words.to_lowercase();
                let place = self.place.as_ref().filter(|_| sees == Sees::Address);
                [self.title.as_ref(), self.host.as_ref(), place]
                    .into_iter()
                    .flatten()
                    .any(|text| text.to_lowercase().contains(&words))
            }
        }
    }

    /// The local day on which those are asked who were first told to keep the day free: before that
    /// nobody knows what else will be on it.
    pub fn asks_on(&self) -> NaiveDate {
        let usual = self.starts_local.date() - ASKED_BEFORE;
        self.reply_by.map_or(usual, |last| usual.min(last - TIME_TO_ANSWER))
    }

    /// Whether somebody who is invited on that day is first told to keep the day free.
    pub fn is_long_after(&self, today: NaiveDate) -> bool {
        self.starts_local.date() - today > LONG && self.asks_on() > today
    }

    /// Why nobody can count on its host on the day itself.
    pub fn host_is_missing(&self) -> Option<&Absence> {
        let back = |gone: &Gone| {
            let Gone::Away { until: Some(until), .. } = gone else { return false };
            *until <= self.starts_local.date()
        };
        self.host_gone.as_ref().filter(|absence| !back(&absence.why))
    }

    /// Seats that nobody has and nobody is offered.
    pub fn free(&self) -> u32 {
        self.seats.saturating_sub(self.taken)
    }
}

/// A guest's place at the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Seat {
    /// None.
    None,
    /// Confirmed.
    Seated,
    /// On the waiting list.
    Waiting,
    /// A freed place is held for this guest until a moment.
    Offered,
}

/// One person asked to one gathering.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "facts of their own, that go in any mixture")]
pub struct Invitation {
    /// Row.
    pub id: i64,
    /// The guest.
    pub person_id: i64,
    /// When the organizer asked for it.
    pub invited_at: DateTime<Utc>,
    /// The latest answer.
    pub answer: Option<Answer>,
    /// When that answer reached the mailbox.
    pub answered_at: Option<DateTime<Utc>>,
    /// Place.
    pub seat: Seat,
    /// Seats, the guest included.
    pub party: u32,
    /// Place in the waiting list.
    pub waiting_since: Option<DateTime<Utc>>,
    /// Offers made so far.
    pub offers: u32,
    /// An offered seat is held until then.
    pub offer_until: Option<DateTime<Utc>>,
    /// The guest has promised an answer by the end of this local day.
    pub answers_by: Option<NaiveDate>,
    /// Diets noted for this gathering.
    pub diets: Vec<Diet>,
    /// Further needs in the guest's words.
    pub diet_notes: Vec<String>,
    /// Whether a mail about it came back for good.
    pub unreached: bool,
    /// Whether an invitation letter has left, or may have.
    pub letter_left: bool,
    /// Whether the guest is first told to keep the day free, and asked nearer to it.
    #[serde(default)]
    pub keeps_free: bool,
    /// Whether that word has left, or may have.
    #[serde(default)]
    pub saved: bool,
    /// The gathering's SEQUENCE when the last of these letters was written: it tells of every change
    /// up to it.
    pub letter_sequence: Option<u32>,
    /// Whether a calendar part has been sent.
    pub calendar_sent: bool,
    /// When the guest was last told that the first yes wins.
    #[serde(default)]
    pub standby_at: Option<DateTime<Utc>>,
    /// Whether the guest came, once somebody has said so.
    #[serde(default)]
    pub came: Option<bool>,
    /// Whether we have asked what an answer means, or whose it is, and wait for the guest's word.
    #[serde(default)]
    pub unclear: bool,
}

impl Invitation {
    /// Whether the guest has said nothing about coming, or no more than when they will.
    pub fn is_silent(&self) -> bool {
        match self.answer {
            None => true,
            Some(Answer::Maybe) => self.answers_by.is_some(),
            Some(Answer::Yes | Answer::No) => false,
        }
    }

    /// Whether the guest has been asked, or has answered the word that came before.
    pub fn is_asked(&self) -> bool {
        let answered = matches!(self.answer, Some(Answer::Yes | Answer::No));
        self.letter_left || (self.saved && (answered || self.seat != Seat::None))
    }

    /// Whether the guest hears of it: no mail has come back for good, and whoever is away or has left
    /// hears only of a seat that they have.
    pub fn is_heard_by(&self, guest: &Person) -> bool {
        !self.unreached && (!guest.away || self.seat == Seat::Seated)
    }

    /// Whether the guest is not to be asked before the day for it.
    pub fn waits_to_be_asked(&self) -> bool {
        self.keeps_free && !self.is_asked()
    }
}

/// A later round of invitations. Its guests have no invitation before it opens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wave {
    /// The first round, which is invited with the gathering, is number 1.
    pub number: u32,
    /// When, if seats are left then.
    pub opens: Opens,
    /// When it did.
    pub opened_at: Option<DateTime<Utc>>,
    /// Whom it invites.
    pub guests: Vec<i64>,
}

/// A gathering with everybody who is invited to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The gathering.
    pub gathering: Gathering,
    /// The host, if a known person.
    pub host: Option<Person>,
    /// The invitations with their guests, in the order in which they were made.
    pub invitations: Vec<(Invitation, Person)>,
    /// The later rounds, in order.
    pub waves: Vec<Wave>,
    /// Those whom a round that has not opened may still invite.
    pub planned: Vec<Person>,
}

/// A gathering and its invitations as they were at a moment, without the people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// The gathering.
    pub gathering: Gathering,
    /// The invitations.
    pub invitations: Vec<Invitation>,
    /// The later rounds.
    #[serde(default)]
    pub waves: Vec<Wave>,
}

impl Table {
    /// As it is now.
    pub fn sheet(&self) -> Sheet {
        let invitations = self.invitations.iter().map(|(invitation, _)| invitation.clone());
        Sheet {
            gathering: self.gathering.clone(),
            invitations: invitations.collect(),
            waves: self.waves.clone(),
        }
    }

    /// Those of a round who would be invited if it opened now: members who are not away and have no
    /// invitation yet.
    pub fn guests_of(&self, wave: &Wave) -> Vec<&Person> {
        let invited = |guest: &Person| self.invitations.iter().any(|(_, one)| one.id == guest.id);
        self.planned
            .iter()
            .filter(|guest| wave.guests.contains(&guest.id) && guest.active && !invited(guest))
            .collect()
    }

    /// Whether a round that opens on that day is first told to keep the day of the gathering free. Nobody
    /// is asked ahead of those who keep it free since before.
    pub fn keeps_free_on(&self, day: NaiveDate) -> bool {
        let mut invitations = self.invitations.iter();
        self.gathering.is_long_after(day)
            && (invitations.len() == 0 || invitations.any(|(one, _)| one.keeps_free))
    }

    /// The host, where they would not hear of what is new: no organizer, and no guest who is told.
    pub fn unheard_host(&self, is_told: impl Fn(&Invitation) -> bool) -> Option<&Person> {
        let told = |host: &Person| {
            let mut invitations = self.invitations.iter();
            invitations.any(|(invitation, guest)| {
                guest.id == host.id && invitation.is_heard_by(guest) && is_told(invitation)
            })
        };
        self.host.as_ref().filter(|host| !host.organizer && !told(host))
    }

    /// Takes somebody out of the rounds that have not opened.
    pub fn leave_out(&mut self, person_id: i64) {
        for wave in self.waves.iter_mut().filter(|wave| wave.opened_at.is_none()) {
            wave.guests.retain(|guest| *guest != person_id);
        }
    }

    /// Whether somebody waits for a round to open.
    pub fn is_planned(&self, person_id: i64) -> bool {
        let mut later = self.waves.iter().filter(|wave| wave.opened_at.is_none());
        later.any(|wave| self.guests_of(wave).iter().any(|guest| guest.id == person_id))
    }

    /// The waiting list, open offers included, in order.
    pub fn waiters(&self) -> Vec<Waiter> {
        let mut waiters: Vec<Waiter> = self
            .invitations
            .iter()
            .filter_map(|(invitation, guest)| {
                Some(Waiter {
                    invitation: invitation.id,
                    party: invitation.party,
                    seat: invitation.seat,
                    since: invitation.waiting_since?,
                    offer_until: invitation.offer_until,
                    offers: invitation.offers,
                    away: guest.away,
                })
            })
            .collect();
        waiters.sort_by_key(|waiter| (waiter.since, waiter.invitation));
        waiters
    }
}
