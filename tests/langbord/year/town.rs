//! The town: communities, their daemons, the post between them and the people, and the clock.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Timelike, Utc};
use chrono_tz::Tz;
use langbord::community::Community;
use langbord::community::cadence::Cadence;
use langbord::community::clock::{self, Hours, Quiet};
use langbord::community::person::CalendarPolicy;
use langbord::language::Language;
use langbord::letters::Letters;
use langbord::mail::{self, Message, token::Keys};
use langbord::steps::{self, Desk};
use langbord::store::people::{self, CommunityRow, NewPerson};
use langbord::store::{daemons, inbox, outbox, schedule};
use langbord::wire::{Arrived, Carrier, Envelope, Outcome, Place};
use sqlx::pool::PoolConnection;
use sqlx::{FromRow, Postgres};

use super::people::Crowd;
use crate::histories::weather::Dice;
use crate::support::postgres::Database;

/// How much happens.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Guests of each community.
    pub guests: usize,
    /// Seats at each table.
    pub seats: u32,
    /// A new gathering in each community.
    pub every: TimeDelta,
}

/// At which hours the daemons look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watch {
    /// At each.
    EveryHour,
    /// At those at which a mail has come in or the schedule says that something is due.
    WhenSomethingIsDue,
}

/// A mail that has left, with what was true in that hour.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The hour.
    pub at: DateTime<Utc>,
    /// Which community.
    pub community: usize,
    /// Octets.
    pub raw: Vec<u8>,
    /// Whether the daemon was left in doubt about it.
    pub doubtful: bool,
    /// The rows behind it.
    pub row: Row,
}

impl Sent {
    /// Whether the same mail left in the same hour.
    pub fn is_as(&self, other: &Self) -> bool {
        (self.at, self.community, &self.raw) == (other.at, other.community, &other.raw)
    }

    /// The mail, read.
    pub fn message(&self) -> Message {
        mail::parse(&self.raw)
    }
}

impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} to {}", self.at, self.row.purpose, self.row.recipient)
    }
}

/// What Postgres holds about a mail, its invitation and its gathering.
#[derive(Debug, Clone, FromRow)]
pub struct Row {
    /// Message-ID.
    pub message_id: String,
    /// Why.
    pub purpose: String,
    /// Template.
    pub letter: String,
    /// Forward-path.
    pub recipient: String,
    /// `resend` or `hold`.
    pub on_doubt: String,
    /// Invitation.
    pub invitation_id: Option<i64>,
    /// The guest's answer.
    pub answer: Option<String>,
    /// The guest's place.
    pub seat: Option<String>,
    /// The guest has promised an answer until then.
    pub answers_by: Option<chrono::NaiveDate>,
    /// The later round that invited the guest.
    pub wave: Option<i32>,
    /// When it opened.
    pub opened_at: Option<DateTime<Utc>>,
    /// Its start.
    pub starts_at: Option<DateTime<Utc>>,
    /// Its state.
    pub state: Option<String>,
    /// When its guests were last asked.
    pub asked_sequence: Option<i32>,
}

/// A mail on its way to a community.
#[derive(Debug)]
pub struct Letter {
    /// Which community.
    pub community: usize,
    /// Octets.
    pub raw: Vec<u8>,
}

/// All of it.
pub struct Town {
    _database: Database,
    db: PoolConnection<Postgres>,
    /// The communities.
    pub desks: Vec<Desk>,
    crowd: Crowd,
    dice: Dice,
    seed: u64,
    /// Mails on their way to a community, by the time at which they arrive.
    mails: BTreeMap<(DateTime<Utc>, u32), Letter>,
    posted: u32,
    arrived: Vec<(DateTime<Utc>, Letter)>,
    daemons: [i64; 2],
    /// Every mail that has left.
    pub sent: Vec<Sent>,
    /// Hours in which the daemons did something.
    pub hours_worked: u32,
    /// Hours without power.
    pub hours_down: u32,
    /// Daemons that died.
    pub deaths: u32,
}

impl Town {
    /// Three communities with their people.
    pub async fn new(seed: u64, size: Size) -> Self {
        let database = Database::fresh().await;
        let mut db = database.pool.acquire().await.expect("connect");
        let start = "2026-01-01T00:00:00Z".parse().expect("a time");
        let mut desks = Vec::new();
        for (slug, zone, language) in [
            ("oslo", chrono_tz::Europe::Oslo, Language::Nb),
            ("london", chrono_tz::Europe::London, Language::En),
            ("newyork", chrono_tz::America::New_York, Language::En),
        ] {
            desks.push(desk(&mut db, (slug, zone, language), size, start).await);
        }
        let daemons = [
            daemons::register(&mut db).await.expect("register"),
            daemons::register(&mut db).await.expect("register"),
        ];
        Self {
            _database: database,
            db,
            desks,
            crowd: Crowd::new(seed ^ 0x5EED, size),
            dice: Dice::new(seed),
            seed,
            mails: BTreeMap::new(),
            posted: 0,
            arrived: Vec::new(),
            daemons,
            sent: Vec::new(),
            hours_worked: 0,
            hours_down: 0,
            deaths: 0,
        }
    }

    /// Time passes.
    pub async fn live(&mut self, since: &str, span: TimeDelta, watch: Watch) {
        let since: DateTime<Utc> = since.parse().expect("a time");
        let mut powerless_until = since;
        let mut now = since;
        while now < since + span {
            for (at, letter) in self.crowd.organizes(&self.desks, now) {
                self.post(at, letter);
            }
            self.receive(now);
            let dark = self.dice.roll(400);
            if dark == 0 {
                let hours = i64::try_from(self.dice.roll(73)).expect("small");
                powerless_until = powerless_until.max(now + TimeDelta::hours(hours));
            }
            let dies = self.dice.roll(150) == 0;
            if now < powerless_until {
                self.hours_down += 1;
            } else {
                // A daemon that has been restarted looks at everything.
                let restarted = now == powerless_until || dies;
                if restarted {
                    self.restart(dies, now).await;
                }
                let idle = watch == Watch::WhenSomethingIsDue && !restarted;
                if !idle || self.is_due(now).await {
                    self.work(now).await;
                }
            }
            now += TimeDelta::hours(1);
        }
    }

    /// Guests of later rounds who were left without a seat at the gathering before.
    pub async fn passed_over(&mut self) -> Vec<(i64, i64)> {
        sqlx::query_as(
            "select wave_guest.gathering_id, wave_guest.person_id
               from wave_guest join gathering using (gathering_id)
               join invitation on invitation.person_id = wave_guest.person_id
                    and invitation.seat in ('waiting', 'offered')
                    and invitation.gathering_id =
                        (select last.gathering_id from gathering as last
                          where last.community_id = gathering.community_id
                            and last.state <> 'cancelled' and last.starts_at <= gathering.created_at
                          order by last.starts_at desc, last.gathering_id desc limit 1)",
        )
        .fetch_all(&mut *self.db)
        .await
        .expect("look at the rounds")
    }

    fn post(&mut self, at: DateTime<Utc>, letter: Letter) {
        self.posted += 1;
        self.mails.insert((at, self.posted), letter);
    }

    /// What has reached the mailboxes by now.
    fn receive(&mut self, now: DateTime<Utc>) {
        while let Some(first) = self.mails.first_entry()
            && first.key().0 <= now
        {
            let ((at, _), letter) = first.remove_entry();
            self.arrived.push((at, letter));
        }
    }

    /// A daemon dies with what it has claimed, or both have been off; either way one looks anew.
    async fn restart(&mut self, dies: bool, now: DateTime<Utc>) {
        if dies {
            self.deaths += 1;
            let victim = usize::try_from(self.dice.roll(2)).expect("small");
            let desk = usize::try_from(self.dice.roll(3)).expect("small");
            let (id, community) = (self.daemons[victim], self.desks[desk].community.id);
            daemons::beat(&mut self.db, id).await.expect("beat");
            outbox::claim(&mut self.db, community, id, 5, now).await.expect("claim");
            daemons::leave(&mut self.db, id).await.expect("leave");
            self.daemons[victim] = daemons::register(&mut self.db).await.expect("register");
        }
        schedule::look_at_all(&mut self.db, now).await.expect("look at all");
    }

    /// Whether there is something to do: mail, a due plan, or a queued letter.
    async fn is_due(&mut self, now: DateTime<Utc>) -> bool {
        let due: bool = sqlx::query_scalar(
            "select exists (select from gathering where plan_at <= $1)
                 or exists (select from community where plan_at <= $1)
                 or exists (select from outbox where state = 'queued' and due_at <= $1)
                 or exists (select from outbox where state = 'doubtful' and on_doubt = 'resend' and attempt < 3)
                 or exists (select from inbox where state = 'received' and retry_at <= $1)",
        )
        .bind(now)
        .fetch_one(&mut *self.db)
        .await
        .expect("look at the schedule");
        due || !self.arrived.is_empty()
    }

    /// One hour's work: what has come in, then both daemons in turn.
    async fn work(&mut self, now: DateTime<Utc>) {
        self.hours_worked += 1;
        for (at, letter) in std::mem::take(&mut self.arrived) {
            self.posted += 1;
            let mailbox = self.desks[letter.community].community.slug.clone();
            let place = Place { mailbox, uid_validity: 1, uid: self.posted, file: String::new() };
            let mail = Arrived { place, raw: letter.raw, too_large: false, arrived_at: at };
            let id = self.desks[letter.community].community.id;
            inbox::accept(&mut self.db, id, &[mail], now).await.expect("accept");
        }
        for id in self.daemons {
            daemons::beat(&mut self.db, id).await.expect("beat");
        }
        daemons::rescue(&mut self.db).await.expect("rescue");
        for community in 0..self.desks.len() {
            let mut office = Office::new(self.seed.wrapping_add(community as u64), now);
            // The second one finds what the first has left, which should be nothing.
            for id in self.daemons {
                let desk = &self.desks[community];
                steps::work_off(&mut self.db, desk, &mut office, id, &|| now).await.expect("work");
            }
            for (raw, envelope, doubtful) in office.taken {
                self.deliver(community, (raw, envelope, doubtful), now).await;
            }
        }
        if now.hour() == 3 {
            steps::plan::tidy(&mut self.db, now).await.expect("tidy");
        }
    }

    /// A mail reaches somebody, who may answer it.
    async fn deliver(
        &mut self,
        community: usize,
        (raw, envelope, doubtful): Taken,
        now: DateTime<Utc>,
    ) {
        let message = mail::parse(&raw);
        let row: Row = sqlx::query_as(
            "select message_id, purpose, letter, recipient, on_doubt, outbox.invitation_id, answer, seat,
                    answers_by, wave.number as wave, opened_at,
                    starts_at, gathering.state, asked_sequence
               from outbox left join invitation using (invitation_id)
                           left join gathering on gathering.gathering_id = outbox.gathering_id
                           left join wave_guest on wave_guest.gathering_id = outbox.gathering_id
                                 and wave_guest.person_id = outbox.person_id
                           left join wave on wave.gathering_id = outbox.gathering_id
                                 and wave.number = wave_guest.number
              where message_id = $1",
        )
        .bind(message.message_id.as_deref().expect("ours have a Message-ID"))
        .fetch_one(&mut *self.db)
        .await
        .expect("what we send has a row");
        let sent = Sent { at: now, community, raw, doubtful, row };
        let again = self.sent.iter().any(|before| before.row.message_id == sent.row.message_id);
        if !again {
            let desk = &self.desks[community];
            for (at, letter) in self.crowd.reads(desk, &sent, &message, &envelope) {
                self.post(at, letter);
            }
        }
        self.sent.push(sent);
    }
}

/// Octets, envelope, and whether the daemon was left in doubt.
type Taken = (Vec<u8>, Envelope, bool);

/// Takes mails, now and then later or doubtfully.
struct Office {
    dice: Dice,
    addressed: VecDeque<Envelope>,
    taken: Vec<Taken>,
}

impl Office {
    fn new(seed: u64, now: DateTime<Utc>) -> Self {
        let hour = u64::try_from(now.timestamp()).expect("after 1970");
        Self { dice: Dice::new(seed ^ hour), addressed: VecDeque::new(), taken: Vec::new() }
    }
}

impl Carrier for Office {
    async fn address(&mut self, envelope: &Envelope) -> Result<(), Outcome> {
        if envelope.to.as_str().starts_with("gone") {
            return Err(Outcome::Unreachable("550 nobody here".into()));
        }
        if self.dice.roll(50) == 0 {
            return Err(Outcome::Deferred("450 later".into()));
        }
        self.addressed.push_back(envelope.clone());
        Ok(())
    }

    fn abandon(&mut self) {
        self.addressed.clear();
    }

    async fn hand_over(&mut self, message: &[u8]) -> Outcome {
        let envelope = self.addressed.pop_front().expect("a mail is addressed first");
        let doubtful = self.dice.roll(100) == 0;
        self.taken.push((message.to_vec(), envelope, doubtful));
        if doubtful {
            Outcome::Doubtful("connection lost".into())
        } else {
            Outcome::Sent("250 taken".into())
        }
    }
}

async fn desk(
    db: &mut sqlx::PgConnection,
    (slug, zone, language): (&str, Tz, Language),
    size: Size,
    start: DateTime<Utc>,
) -> Desk {
    static LETTERS: OnceLock<Letters> = OnceLock::new();
    let letters = LETTERS.get_or_init(|| Letters::embedded().expect("sound letters"));
    let address = format!("{slug}@langbord.example").parse().expect("an address");
    let row =
        CommunityRow { slug, name: "Langbord", address: &address, language, zone: zone.name() };
    let id = people::ensure_community(db, row).await.expect("a community");
    for number in 0..=size.guests {
        // One of each community has left that address long ago.
        let who = if number == 3 { "gone" } else { "guest" };
        let organizer = number == 0;
        let email = if organizer {
            format!("ida@{slug}.example")
        } else {
            format!("{who}{number}@{slug}.example")
        };
        let person = NewPerson {
            name: if organizer { "Ida".to_owned() } else { format!("Guest {number}") },
            email: email.parse().expect("an address"),
            language: None,
            phone: None,
            organizer,
            host: false,
            mentor: false,
        };
        people::keep_member(db, id, &person, start).await.expect("a member");
    }
    let (calendar, hours) = match slug {
        "oslo" => (CalendarPolicy::Confirmation, Hours::default()),
        "london" => {
            let quiet = vec![Quiet::Weekday(chrono::Weekday::Sun)];
            (CalendarPolicy::Invitation, Hours { quiet, ..Hours::default() })
        }
        _ => (CalendarPolicy::Confirmation, Hours { morning: 9, evening: 21, quiet: Vec::new() }),
    };
    let digest = if slug == "newyork" { "30 9 * * Mon" } else { "0 9 1 * *" };
    Desk {
        community: Community {
            id,
            slug: slug.to_owned(),
            name: "Langbord".into(),
            address,
            subaddress: true,
            language,
            zone,
            calendar,
            hold: TimeDelta::minutes(10),
            hours,
            usual: langbord::community::person::Usual::default(),
        },
        keys: Keys::new(vec![vec![7; 32]]).expect("a key"),
        letters: letters.clone(),
        signer: None,
        digest: Some(Cadence::parse(digest).expect("a cadence")),
        rounds: langbord::community::cadence::Rounds::default(),
        witnesses: std::sync::Arc::default(),
        public_url: None,
    }
}

/// The local hour of a community.
pub fn local_hour(desk: &Desk, at: DateTime<Utc>) -> u32 {
    clock::local(at, desk.community.zone).hour()
}
