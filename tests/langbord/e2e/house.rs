//! Everything around the program: servers, mailboxes, people, a database and a configuration.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use chrono::{DateTime, FixedOffset, TimeDelta, Timelike};
use langbord::daemon;
use langbord::demo::program::{self as programs, Author, Program};
use langbord::mail::{self, Message};
use langbord::wire::Security;
use sqlx::PgPool;

use super::eventually;
use super::program::{Daemon, run};
use crate::support::Scratch;
use crate::support::domain;
use crate::support::dovecot::{Dovecot, PASSWORD};
use crate::support::smtp_server::SmtpServer;

/// The table's address.
pub const TABLE: &str = "bord@langbord.example";
/// The organizer's.
pub const IDA: &str = "ida@guests.example";
/// The second organizer's, where there are two.
pub const ROLF: &str = "rolf@guests.example";

/// The whole.
pub struct House {
    /// Holds the mailboxes.
    pub dovecot: Dovecot,
    /// Takes what leaves.
    pub smtp: SmtpServer,
    /// What the program has written down.
    pub pool: PgPool,
    /// The guests' addresses.
    pub guests: Vec<String>,
    /// The configuration.
    pub config: PathBuf,
    scratch: Scratch,
}

impl House {
    /// Opens it, with a community of so many members and a database of somebody else's.
    pub fn open(database: &str, guests: usize) -> Self {
        let guests = (1..=guests).map(|number| format!("gjest{number}@guests.example")).collect();
        let house = Self::furnish(database, guests);
        house.takes_in(&house.guests);
        house
    }

    /// Opens it for a council with two organizers, whose mails wait for ten minutes; the last so many
    /// have a mailbox and are no members yet.
    pub fn council(database: &str, people: &[&str], strangers: usize) -> Self {
        let guests = people.iter().map(|person| format!("{person}@guests.example")).collect();
        let house = Self::furnish(database, guests);
        let written = fs::read_to_string(&house.config).unwrap();
        let rolf = format!("}}, {{ name = \"Rolf Moe\", email = \"{ROLF}\" }}]");
        let written = written.replace("}]", &rolf).replace("hold_minutes = 0", "hold_minutes = 10");
        fs::write(&house.config, written).unwrap();
        house.takes_in(&house.guests[..people.len() - strangers]);
        house
    }

    fn furnish(database: &str, guests: Vec<String>) -> Self {
        let mut users = vec![TABLE, IDA, ROLF];
        users.extend(guests.iter().map(String::as_str));
        let dovecot = Dovecot::start(&users);
        let maildirs: BTreeMap<_, _> =
            users.iter().map(|user| ((*user).to_owned(), dovecot.maildir(user))).collect();
        let smtp = SmtpServer::start(Security::ImplicitTls, &dovecot.certificates, maildirs);
        let scratch = Scratch::new("house");
        let config = scratch.path().join("langbord.toml");
        let pool = PgPool::connect_lazy(database).unwrap();
        let house = Self { dovecot, smtp, pool, guests, config, scratch };
        fs::write(&house.config, house.configuration(database)).unwrap();
        fs::write(house.scratch.path().join("password"), PASSWORD).unwrap();
        fs::write(house.scratch.path().join("zone"), domain::zone("guests.example")).unwrap();
        house
    }

    fn takes_in(&self, members: &[String]) {
        let list = self.scratch.path().join("members.csv");
        let rows = members.iter().map(|guest| format!("{},{guest}\n", name(guest)));
        fs::write(&list, format!("name,email\n{}", rows.collect::<String>())).unwrap();
        let list = list.display().to_string();
        run(&self.config, &["import", &list, "--community", "oslo"]).answer();
    }

    fn configuration(&self, database: &str) -> String {
        let (imaps, smtp) = (self.dovecot.imaps, self.smtp.endpoint.port);
        let ca = self.dovecot.certificates.ca.display();
        format!(
            r#"
data_dir = "data"
[database]
url = "{database}"
[[community]]
slug = "oslo"
name = "Langbord Oslo"
address = "{TABLE}"
language = "nb"
zone = "{}"
hold_minutes = 0
calendar = "invitation"
organizers = [{{ name = "Ida Berg", email = "{IDA}" }}]
[community.inbox]
imap = {{ host = "localhost", port = {imaps}, user = "{TABLE}", password_file = "password", ca_file = "{ca}" }}
[community.outbox]
smtp = {{ host = "localhost", port = {smtp}, user = "{TABLE}", password_file = "password", ca_file = "{ca}" }}
[community.authentication]
zone_file = "zone"
"#,
            midday()
        )
    }

    /// The word of a mail server of this name counts.
    pub fn trusts(&self, server: &str) {
        let written = fs::read_to_string(&self.config).unwrap();
        let mode = format!("mode = \"results\"\nauthserv_id = \"{server}\"\nzone_file");
        fs::write(&self.config, written.replace("zone_file", &mode)).unwrap();
    }

    /// The guests' domain says that its mails are signed, so that one which is not proves nothing.
    pub fn guests_sign(&self) {
        let zone = self.scratch.path().join("zone");
        let keys = fs::read_to_string(&zone).unwrap();
        let policy = "_dmarc.guests.example. TXT \"v=DMARC1; p=none\"\n";
        fs::write(zone, format!("{keys}{policy}")).unwrap();
    }

    /// Starts the daemon.
    pub fn daemon(&self) -> Daemon {
        Daemon::start(&self.config, &self.log_file())
    }

    /// What all its daemons have said.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.scratch.path().join("log")
    }

    /// Somebody writes a new mail.
    pub fn writes(&self, who: &str, text: &str) {
        let name = name(who);
        let author = Author { name: &name, address: who, norwegian: true };
        self.arrives(&programs::letter(author, TABLE, ("Langbord", text), clock()));
    }

    /// Somebody writes a new mail, and their provider signs it.
    pub fn writes_signed(&self, who: &str, text: &str) {
        let name = name(who);
        let author = Author { name: &name, address: who, norwegian: true };
        let letter = programs::letter(author, TABLE, ("Langbord", text), clock());
        self.arrives(&domain::sign("guests.example", &letter, clock().to_utc()));
    }

    /// Somebody answers a mail, from their own address or another.
    pub fn answers(&self, from: &str, original: &Message, text: &str) {
        let name = name(from);
        let author = Author { name: &name, address: from, norwegian: true };
        let programs = [Program::Gmail, Program::Iphone, Program::Outlook, Program::Bare];
        let program = programs[from.len() % programs.len()];
        self.arrives(&programs::reply(program, author, original, text, clock()));
    }

    /// A mail reaches the table's mailbox.
    pub fn arrives(&self, raw: &[u8]) {
        self.dovecot.deliver(TABLE, raw);
    }

    /// The mails that somebody has, with this in their subject.
    pub fn mails(&self, who: &str, subject: &str) -> Vec<Message> {
        let mails = self.dovecot.mails(who, "");
        let read = mails.iter().map(|(_, raw)| mail::parse(raw));
        read.filter(|mail| mail.subject.contains(subject)).collect()
    }

    /// The first mail to somebody with this in its subject, as soon as it is there.
    pub async fn mail(&self, who: &str, subject: &str) -> Message {
        eventually(&format!("`{subject}` for {who}"), async || {
            self.mails(who, subject).into_iter().next()
        })
        .await
    }

    /// Ida plans a dinner for everybody, and says yes to the preview.
    pub async fn invites_all(&self, seats: usize) {
        self.writes(IDA, &dinner(seats));
        let preview = self.mail(IDA, "Venter på deg").await;
        self.answers(IDA, &preview, "ja");
    }

    /// Waits until so many rows are there.
    pub async fn count(&self, count: i64, sql: &'static str) {
        eventually(sql, async || (self.ask(sql).await == count).then_some(())).await;
    }

    /// A number out of the database.
    pub async fn ask(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }

    /// Waits until nothing is left to be done.
    pub async fn quiet(&self) {
        self.count(
            0,
            "select (select count(*) from inbox where state = 'received')
                  + (select count(*) from outbox where state in ('queued', 'sending'))",
        )
        .await;
    }

    /// Holds what Dovecot and Postgres have against each other.
    pub async fn audit(&self) -> Audit {
        let rows: Vec<(String, String)> = sqlx::query_as("select message_id, state from outbox")
            .fetch_all(&self.pool)
            .await
            .unwrap();
        let mut found: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
        for mail in self.smtp.received() {
            let id = mail::parse(&mail.raw).message_id.unwrap();
            found.entry(id).or_default().push(mail.raw);
        }
        let known: Vec<&String> = rows.iter().map(|(id, _)| id).collect();
        let failed = || rows.iter().filter(|(_, state)| state == "failed");
        let copies = found.values().filter(|copies| copies.len() > 1);
        Audit {
            mails: rows.len(),
            lost: rows
                .iter()
                .filter(|(id, state)| state == "sent" && !found.contains_key(id))
                .count(),
            unknown: found.keys().filter(|id| !known.contains(id)).count(),
            doubtful: rows.iter().filter(|(_, state)| state == "doubtful").count(),
            failed: failed().filter(|(id, _)| !found.contains_key(id)).count(),
            came_back: failed().filter(|(id, _)| found.contains_key(id)).count(),
            doubled: copies.clone().map(|copies| copies.len() - 1).sum(),
            different: copies.filter(|copies| copies.iter().any(|copy| *copy != copies[0])).count(),
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the daemons said:\n{}\nDovecot said:\n{}", self.log(), self.dovecot.log());
        }
    }
}

/// What became of the mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Rows of the outbox.
    pub mails: usize,
    /// Called sent, and the server has none.
    pub lost: usize,
    /// The server has it, and the outbox knows nothing.
    pub unknown: usize,
    /// In doubt.
    pub doubtful: usize,
    /// Given up: the server has none.
    pub failed: usize,
    /// Given up although the server took it, as is right where it came back.
    pub came_back: usize,
    /// Copies beyond the first of one Message-ID.
    pub doubled: usize,
    /// Message-IDs whose copies differ.
    pub different: usize,
}

impl Audit {
    /// What may have become of them after so many kills, with two connections each, and so many that
    /// came back.
    pub fn judge(&self, kills: usize, came_back: usize) {
        let never = (self.lost, self.unknown, self.failed, self.different);
        assert_eq!(never, (0, 0, 0, 0), "{self:?}");
        assert_eq!(self.came_back, came_back, "{self:?}");
        assert!(self.doubled <= 2 * kills && self.doubtful <= 2 * kills, "{self:?}");
    }
}

/// A dinner ten days from now, for everybody.
pub fn dinner(seats: usize) -> String {
    let day = |days| (daemon::now() + TimeDelta::days(days)).format("%d.%m.%Y").to_string();
    format!(
        "ny middag\nnår: {} kl 18.30\nhvor: Havnegata 12\nvert: Ida\nplasser: {seats}\n\
         spørsmål: Når skiftet du sist mening?\nmeny: Fårikål\nsvarfrist: {}\ninviter: alle",
        day(10),
        day(7)
    )
}

/// The time of day in the guests' mail programs.
pub fn clock() -> DateTime<FixedOffset> {
    daemon::now().fixed_offset()
}

/// Who is behind an address.
pub fn name(address: &str) -> String {
    let local = address.split('@').next().unwrap();
    match local {
        "ida" => "Ida Berg".to_owned(),
        "rolf" => "Rolf Moe".to_owned(),
        _ if local.starts_with("gjest") => local.replace("gjest", "Gjest "),
        _ => {
            let large = |word: &str| {
                let mut letters = word.chars();
                let first = letters.next().map(|letter| letter.to_ascii_uppercase());
                first.into_iter().chain(letters).collect::<String>()
            };
            local.split('.').map(large).collect::<Vec<_>>().join(" ")
        }
    }
}

/// A zone in which it is the middle of the day: mail that nobody has asked for waits at night.
fn midday() -> String {
    let east = 12 - i64::from(daemon::now().hour());
    if east == 0 { "Etc/GMT".to_owned() } else { format!("Etc/GMT{:+}", -east) }
}
