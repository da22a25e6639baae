//! A small world around one community: people with addresses and mail programs, a mailbox, a
//! post office that can be told to fail, and a clock that only moves when it is told to.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use langbord::community::person::CalendarPolicy;
use langbord::community::{Community, cadence::Cadence, clock::Hours};
use langbord::demo::program::{self, Author, Program};
use langbord::language::Language;
use langbord::letters::Letters;
use langbord::mail::authentic::{Mode, Policy};
use langbord::mail::token::Keys;
use langbord::mail::{self, Message};
use langbord::steps::authenticate::Witnesses;
use langbord::steps::{self, Desk, Report};
use langbord::store::people::{self, CommunityRow, NewPerson};
use langbord::store::{daemons, inbox, schedule};
use langbord::wire::dns::{DnsSettings, Resolver};
use langbord::wire::source::Source;
use langbord::wire::{Arrived, Carrier, Envelope, Outcome, Place};
use sqlx::PgConnection;
use sqlx::pool::PoolConnection;
use tokio::sync::Notify;

use super::postgres::Database;

/// What the post office does to the next mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The server refuses the recipient with this code.
    Refuse(u16),
    /// The connection breaks after the final dot; the server has the mail.
    LostAfterDot,
    /// The daemon is killed after the server took the mail.
    KilledAfterDot,
}

/// A mail as the world got it.
#[derive(Debug, Clone)]
pub struct Delivered {
    /// Reverse-path.
    pub sender: String,
    /// Forward-path.
    pub recipient: String,
    /// Octets.
    pub raw: Vec<u8>,
}

impl Delivered {
    /// The mail, read.
    pub fn message(&self) -> Message {
        mail::parse(&self.raw)
    }
}

/// Takes mail for everybody, as far as its faults let it.
#[derive(Debug, Default)]
pub struct PostOffice {
    /// What happens to the next mails.
    pub faults: VecDeque<Fault>,
    /// Everything that was taken, in order.
    pub delivered: Vec<Delivered>,
    /// Rings when the daemon is killed.
    pub killed: Arc<Notify>,
    addressed: Option<Envelope>,
}

impl Carrier for PostOffice {
    async fn address(&mut self, envelope: &Envelope) -> Result<(), Outcome> {
        if let Some(Fault::Refuse(code)) = self.faults.front().copied() {
            self.faults.pop_front();
            let words = format!("{code} refused");
            return Err(match code {
                ..500 => Outcome::Deferred(words),
                _ => Outcome::Unreachable(words),
            });
        }
        self.addressed = Some(envelope.clone());
        Ok(())
    }

    fn abandon(&mut self) {
        self.addressed = None;
    }

    async fn hand_over(&mut self, message: &[u8]) -> Outcome {
        let envelope = self.addressed.take().expect("a mail is addressed first");
        self.delivered.push(Delivered {
            sender: envelope.from.to_string(),
            recipient: envelope.to.to_string(),
            raw: message.to_vec(),
        });
        match self.faults.pop_front() {
            Some(Fault::LostAfterDot) => Outcome::Doubtful("connection lost".into()),
            Some(Fault::KilledAfterDot) => {
                self.killed.notify_one();
                // A killed daemon writes nothing down: nobody ever learns of this outcome.
                std::future::pending().await
            }
            Some(Fault::Refuse(_)) | None => Outcome::Sent("250 ok".into()),
        }
    }
}

/// The world.
pub struct World {
    /// The database, which outlives the connection.
    pub database: Database,
    /// Its one connection.
    pub db: PoolConnection<sqlx::Postgres>,
    /// The community's desk.
    pub desk: Desk,
    /// The post office.
    pub office: PostOffice,
    mailbox: PathBuf,
    source: Source,
    daemon_id: i64,
    posted: u32,
}

impl World {
    /// A world with one community and nobody in it.
    pub async fn new(language: Language, calendar: CalendarPolicy, subaddress: bool) -> Self {
        let database = Database::fresh().await;
        let mut db = database.pool.acquire().await.expect("connect");
        let zone: Tz = chrono_tz::Europe::Oslo;
        let address = "bord@langbord.example".parse().expect("an address");
        let row = CommunityRow {
            slug: "oslo",
            name: "Langbord Oslo",
            address: &address,
            language,
            zone: zone.name(),
        };
        let id = people::ensure_community(&mut db, row).await.expect("make the community");
        let community = Community {
            id,
            slug: row.slug.into(),
            name: row.name.into(),
            address: address.clone(),
            subaddress,
            language,
            zone,
            calendar,
            hold: TimeDelta::minutes(10),
            hours: Hours::default(),
            usual: langbord::community::person::Usual::default(),
        };
        let mailbox = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!(
            "mailbox-{}-{}",
            std::process::id(),
            database.url.split('?').next().and_then(|url| url.rsplit('/').next()).unwrap_or("x")
        ));
        langbord::wire::maildir::make(&mailbox).expect("make the mailbox");
        let source = Source::Maildir { dir: mailbox.clone(), poll: std::time::Duration::ZERO };
        let desk = Desk {
            community,
            keys: Keys::new(vec![vec![7; 32]]).expect("a key"),
            letters: Letters::embedded().expect("sound letters"),
            signer: None,
            digest: None,
            rounds: langbord::community::cadence::Rounds::default(),
            witnesses: Arc::default(),
            public_url: None,
        };
        let daemon_id = daemons::register(&mut db).await.expect("register");
        let office = PostOffice::default();
        Self { database, db, desk, office, mailbox, source, daemon_id, posted: 0 }
    }

    /// Somebody becomes a member.
    pub async fn member(&mut self, name: &str, language: Option<Language>, organizer: bool) {
        let person = NewPerson {
            name: name.into(),
            email: address_of(name).parse().expect("an address"),
            language,
            phone: None,
            organizer,
            host: false,
            mentor: false,
        };
        let start = "2026-01-01T00:00:00Z".parse().expect("a time");
        people::keep_member(&mut self.db, self.desk.community.id, &person, start)
            .await
            .expect("keep a member");
    }

    /// The community gets a digest.
    pub fn digest(&mut self, cadence: &str) {
        self.desk.digest = Some(Cadence::parse(cadence).expect("a cadence"));
    }

    /// Signatures are verified, and this domain has its key in the DNS.
    pub fn verify(&mut self, domain: &str) {
        let file = self.mailbox.join("zone");
        std::fs::write(&file, super::domain::zone(domain)).expect("write a zone");
        let recipient = Some(self.desk.community.address.clone());
        let resolver = Resolver::open(&DnsSettings::Zone(file)).expect("read a zone");
        self.desk.witnesses = Arc::new(Witnesses {
            policy: Policy { mode: Mode::Signatures, recipient, ..Policy::default() },
            resolver: Some(resolver),
        });
    }

    /// A mail arrives in the community's mailbox.
    pub fn post(&mut self, raw: &[u8]) {
        self.posted += 1;
        let file = self.mailbox.join("new").join(format!("{:06}.test", self.posted));
        std::fs::write(file, raw).expect("post a mail");
    }

    /// A mail that has reached the mailbox earlier than we see it.
    pub async fn keep(&mut self, raw: Vec<u8>, arrived_at: DateTime<Utc>, now: DateTime<Utc>) {
        self.posted += 1;
        let place = Place {
            mailbox: "late".into(),
            uid_validity: 1,
            uid: self.posted,
            file: String::new(),
        };
        let mail = Arrived { place, raw, too_large: false, arrived_at };
        inbox::accept(&mut self.db, self.desk.community.id, &[mail], now).await.expect("keep");
    }

    /// An organizer called Ida makes a gathering by mail, in English; its invitations leave. Gives
    /// back when.
    pub async fn new_gathering(&mut self, text: &str, now: DateTime<Utc>) -> DateTime<Utc> {
        let address = address_of("Ida");
        let author = Author { name: "Ida", address: &address, norwegian: false };
        let (to, date) = (self.desk.community.address.to_string(), now.fixed_offset());
        self.post(&program::letter(author, &to, ("Dinner", text), date));
        self.run(now).await;
        let preview = self.last_mail(&address).expect("a preview").message();
        self.post(&program::reply(Program::Bare, author, &preview, "yes", date));
        self.run(now).await;
        let leave_at = now + TimeDelta::minutes(10);
        self.run(leave_at).await;
        leave_at
    }

    /// What has been kept long enough is emptied.
    pub async fn tidy(&mut self, now: DateTime<Utc>) {
        steps::plan::tidy(&mut self.db, now).await.expect("tidy");
    }

    /// All that there is to do at this time. A killed daemon's round never ends and reports
    /// nothing; another daemon takes over.
    pub async fn run(&mut self, now: DateTime<Utc>) -> Report {
        daemons::beat(&mut self.db, self.daemon_id).await.expect("beat");
        let killed = Arc::clone(&self.office.killed);
        let post = (&mut self.source, &mut self.office);
        let clock = || now;
        let round = steps::round(&mut self.db, &self.desk, post, self.daemon_id, &clock);
        tokio::select! {
            report = round => report.expect("a round works"),
            () = killed.notified() => {
                self.restart(now).await;
                Report::default()
            }
        }
    }

    /// The daemon is gone without a word; another one starts.
    pub async fn restart(&mut self, now: DateTime<Utc>) {
        daemons::leave(&mut self.db, self.daemon_id).await.expect("leave");
        self.daemon_id = daemons::register(&mut self.db).await.expect("register");
        schedule::look_at_all(&mut self.db, now).await.expect("look at all");
    }

    /// The last mail to an address.
    pub fn last_mail(&self, recipient: &str) -> Option<&Delivered> {
        self.office.delivered.iter().rev().find(|mail| mail.recipient == recipient)
    }

    /// The connection.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.db
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.mailbox) {
            eprintln!("leave {}: {error}", self.mailbox.display());
        }
    }
}

/// Where somebody gets their mail.
pub fn address_of(name: &str) -> String {
    let plain = name.to_lowercase().replace('å', "aa").replace('ø', "o").replace('æ', "ae");
    format!("{}@guests.example", plain.replace(' ', "."))
}
