//! A dinner in memory: real decisions, carried out on plain data as Postgres would.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use langbord::command::GatheringKind;
use langbord::community::clock::Hours;
use langbord::community::decide::{self, Read};
use langbord::community::decision::Placed;
use langbord::community::facts::{About, Answering, Came};
use langbord::community::gathering::{State, Table};
use langbord::community::level::{Evidence, Standing};
use langbord::community::person::CalendarPolicy;
use langbord::community::purpose::Purpose;
use langbord::community::{
    Change, Community, Decision, Facts, Gathering, Invitation, Person, Seat, plan, seats,
};
use langbord::language::Language;
use langbord::mail;
use langbord::understand::{self, Answer, Meaning};

/// How many are invited.
pub const GUESTS: usize = 8;

/// A dinner on Thursday 19 March 2026 at 19:00 in Oslo.
pub fn gathering(seats: u32, taken: u32) -> Gathering {
    Gathering {
        id: 1,
        kind: GatheringKind::Dinner,
        title: None,
        starts_local: "2026-03-19T19:00:00".parse().unwrap(),
        starts_at: "2026-03-19T18:00:00Z".parse().unwrap(),
        place: None,
        host: None,
        host_id: None,
        host_phone: None,
        host_since: None,
        host_gone: None,
        menu: None,
        menu_reason: None,
        question: None,
        note: None,
        pre_read: None,
        speaker: None,
        reply_by: None,
        language: None,
        calendar: None,
        seats,
        taken,
        state: State::Open,
        reason: None,
        sequence: 0,
        moved_from: None,
        asked_again: false,
        asked_sequence: 0,
        kitchen_by: None,
        version: 0,
        changed_at: "2026-03-02T09:00:00Z".parse().unwrap(),
    }
}

/// A community in Oslo.
pub fn community() -> Community {
    Community {
        id: 1,
        slug: "oslo".into(),
        name: "Langbord Oslo".into(),
        address: "bord@langbord.example".parse().unwrap(),
        subaddress: true,
        language: Language::En,
        zone: chrono_tz::Europe::Oslo,
        calendar: CalendarPolicy::Confirmation,
        hold: TimeDelta::minutes(10),
        hours: Hours::default(),
        usual: langbord::community::person::Usual::default(),
    }
}

/// Seat, party and place in the waiting list.
pub type Place = (Seat, u32, Option<DateTime<Utc>>);

/// A dinner and its time.
#[derive(Debug, Clone)]
pub struct Dinner {
    /// The community.
    pub community: Community,
    /// The table.
    pub table: Table,
    /// Now.
    pub now: DateTime<Utc>,
    mails: i64,
}

impl Dinner {
    /// A dinner to which everybody has been invited.
    pub fn new(seats: u32) -> Self {
        let invitations = (0..GUESTS).map(|guest| (invitation(guest), person(guest))).collect();
        let table = Table {
            gathering: gathering(seats, 0),
            host: None,
            invitations,
            waves: Vec::new(),
            planned: Vec::new(),
        };
        Self {
            community: community(),
            table,
            now: "2026-03-02T09:00:00Z".parse().unwrap(),
            mails: 0,
        }
    }

    /// A guest answers.
    pub fn says(&mut self, guest: usize, answer: Answer, party: Option<u32>) {
        self.mails += 1;
        let (invitation, person) = self.table.invitations[guest].clone();
        let addresses = vec![person.address.clone()];
        let facts = Facts {
            community: self.community.clone(),
            inbox_id: self.mails,
            arrived_at: self.now,
            answers_mail_of: None,
            sender: Some(person.clone()),
            from: Some(person.address.clone()),
            evidence: Evidence::unverified(Standing::Member),
            recent_answers: 0,
            organizers: Vec::new(),
            came: Came::ToInvitation,
            own: None,
            about: About::Invitation(Box::new(Answering {
                gathering: self.table.gathering.clone(),
                invitation,
                guest: person,
                host: None,
                addresses,
                waiters: self.table.waiters(),
                others: Vec::new(),
            })),
        };
        let meaning = meaning(answer, party);
        let read = Read { meaning: &meaning, subject: "", ours: false, odd: false };
        let decision = decide::decide(&facts, read, self.now);
        assert_eq!(decision, decide::decide(&facts, read, self.now), "the same arguments");
        self.carry_out(&decision);
    }

    /// Time passes: gives back the purposes of the mails that are due.
    pub fn time_passes(&mut self) -> BTreeSet<String> {
        let decision = plan::offers(&self.community, &self.table, self.now);
        self.carry_out(&decision);
        for post in &decision.posts {
            if let Purpose::Standby(id, ..) = post.purpose {
                let of = |(one, _): &&mut (Invitation, Person)| one.id == id;
                let told = self.table.invitations.iter_mut().find(of);
                told.expect("an invitation").0.standby_at = Some(self.now);
            }
        }
        decision.posts.iter().map(|post| post.purpose.to_string()).collect()
    }

    /// An organizer changes the number of seats, as far as it is allowed.
    pub fn change_seats(&mut self, seats: u32) {
        if seats < self.taken() {
            return;
        }
        let promoted = seats::promoted(seats - self.taken(), &self.table.waiters());
        self.table.gathering.seats = seats;
        for (invitation, _) in &mut self.table.invitations {
            if promoted.contains(&invitation.id) {
                invitation.seat = Seat::Seated;
                invitation.waiting_since = None;
            }
        }
        self.table.gathering.taken = self.taken();
    }

    /// Seats taken or held, counted.
    pub fn taken(&self) -> u32 {
        let sits = |seat| matches!(seat, Seat::Seated | Seat::Offered);
        let held = self.table.invitations.iter().filter(|(one, _)| sits(one.seat));
        held.map(|(one, _)| one.party).sum()
    }

    /// Who has which place.
    pub fn places(&self) -> Vec<Place> {
        let place = |(one, _): &(Invitation, Person)| (one.seat, one.party, one.waiting_since);
        self.table.invitations.iter().map(place).collect()
    }

    /// Whether nothing moves now: at night, and once it has begun.
    pub fn at_rest(&self) -> bool {
        self.now >= self.table.gathering.starts_at || self.community.is_night(self.now)
    }

    fn carry_out(&mut self, decision: &Decision) {
        for change in &decision.changes {
            if let Change::Answer(placed) = change {
                self.place(placed);
            }
        }
        self.table.gathering.taken = self.taken();
    }

    fn place(&mut self, placed: &Placed) {
        let of = |(one, _): &&mut (Invitation, Person)| one.id == placed.invitation_id;
        let (one, _) = self.table.invitations.iter_mut().find(of).expect("an invitation");
        one.answer = placed.answer;
        one.answered_at = placed.answered_at;
        one.seat = placed.seat;
        one.party = placed.party;
        one.waiting_since = placed.waiting_since;
        one.offers = placed.offers;
        one.offer_until = placed.offer_until;
        // As the table's own checks say.
        let in_line = matches!(one.seat, Seat::Waiting | Seat::Offered);
        assert_eq!(in_line, one.waiting_since.is_some());
        assert_eq!(one.seat == Seat::Offered, one.offer_until.is_some());
    }
}

fn meaning(answer: Answer, party: Option<u32>) -> Meaning {
    let text = match answer {
        Answer::Yes => "Yes!",
        Answer::No => "No.",
        Answer::Maybe => "Maybe.",
    };
    let raw = format!("From: guest@example.org\r\nContent-Type: text/plain\r\n\r\n{text}\r\n");
    let meaning = understand::understand(&mail::parse(raw.as_bytes()), None);
    assert_eq!(meaning.answer, Some(answer));
    Meaning { party_size: party, ..meaning }
}

/// A guest by number.
pub fn person(guest: usize) -> Person {
    Person {
        id: i64::try_from(guest).unwrap() + 1,
        name: format!("Guest {guest}"),
        address: format!("guest{guest}@example.org").parse().unwrap(),
        language: Language::En,
        phone: None,
        active: true,
        away: false,
        organizer: false,
    }
}

fn invitation(guest: usize) -> Invitation {
    Invitation {
        id: i64::try_from(guest).unwrap() + 1,
        person_id: i64::try_from(guest).unwrap() + 1,
        invited_at: "2026-03-02T09:00:00Z".parse().unwrap(),
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
        letter_left: true,
        keeps_free: false,
        saved: false,
        letter_sequence: Some(0),
        calendar_sent: false,
        standby_at: None,
        came: None,
        unclear: false,
    }
}
