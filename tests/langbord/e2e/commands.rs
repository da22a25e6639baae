//! The commands of the operator, over Maildirs.

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use langbord::daemon;
use langbord::demo::program::{self, Author, Program};
use langbord::mail;
use sqlx::AssertSqlSafe;

use super::house::{House, IDA, TABLE, dinner, name};
use super::program::{Ended, run};
use crate::support::postgres::Database;
use crate::support::{Scratch, deliver, delivered};

/// A configuration over Maildirs beside it.
pub fn configuration(data: &Path, database: &str) -> String {
    format!(
        r#"
data_dir = "{}"
{database}
[[community]]
slug = "oslo"
name = "Langbord Oslo"
address = "{TABLE}"
language = "nb"
zone = "Europe/Oslo"
organizers = [{{ name = "Ida Berg", email = "{IDA}" }}]
[community.inbox]
maildir = "in"
[community.outbox]
maildir = "out"
[community.authentication]
mode = "none"
"#,
        data.display()
    )
}

/// A community whose operator has no daemon but a crontab.
pub(super) struct Desk {
    pub(super) scratch: Scratch,
    pub(super) database: Database,
    pub(super) config: PathBuf,
}

impl Desk {
    pub(super) async fn new() -> Self {
        let database = Database::fresh().await;
        let scratch = Scratch::new("commands");
        let config = scratch.path().join("langbord.toml");
        let url = format!("[database]\nurl = \"{}\"", database.url);
        fs::write(&config, configuration(Path::new("data"), &url)).unwrap();
        let desk = Self { scratch, database, config };
        let list = "name,email\nGjest 1,gjest1@guests.example\nGjest 2,gjest2@guests.example\n";
        desk.import(list).answer();
        // Folders are there from the first time on.
        desk.run(&["once"]).answer();
        desk
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        run(&self.config, arguments)
    }

    pub(super) fn once(&self, at: DateTime<Utc>, more: &[&str]) -> String {
        let at = at.to_rfc3339();
        let how: &[&str] = if more.is_empty() { &["--for-good"] } else { more };
        self.run(&[&["once", "--at", &at], how].concat()).answer()
    }

    fn import(&self, list: &str) -> Ended {
        let file = self.scratch.path().join("members.csv");
        fs::write(&file, list).unwrap();
        self.run(&["import", &file.display().to_string(), "--community", "oslo"])
    }

    pub(super) fn arrives(&self, raw: &[u8]) {
        deliver(&self.scratch.path().join("in"), raw);
    }

    /// Every mail in every Maildir.
    fn mails(&self) -> Vec<(String, Vec<u8>)> {
        let out = self.scratch.path().join("out");
        let mut people: Vec<PathBuf> = fs::read_dir(out)
            .map(|dir| dir.map(|entry| entry.unwrap().path()).collect())
            .unwrap_or_default();
        people.push(self.scratch.path().join("in"));
        people.sort();
        people.iter().flat_map(|maildir| delivered(maildir)).collect()
    }

    pub(super) fn latest(&self, who: &str) -> mail::Message {
        let mails = delivered(&self.scratch.path().join("out").join(who));
        let dated = mails.iter().map(|(_, raw)| mail::parse(raw));
        dated.max_by_key(|mail| mail.date).unwrap()
    }

    /// Every row of every table.
    async fn dump(&self) -> String {
        let sql = "select tablename::text from pg_tables where schemaname = 'public' order by 1";
        let tables: Vec<String> =
            sqlx::query_scalar(sql).fetch_all(&self.database.pool).await.unwrap();
        let mut dump = String::new();
        for table in tables {
            let sql = format!("select t::text from {table} t order by 1");
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_all(&self.database.pool)
                .await
                .unwrap();
            dump.extend([table, rows.join("\n")]);
        }
        dump
    }

    async fn count(&self, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.database.pool).await.unwrap()
    }
}

#[tokio::test]
async fn a_rehearsal_says_what_would_be_done_and_changes_nothing() {
    let desk = Desk::new().await;
    let ida = Author { name: &name(IDA), address: IDA, norwegian: true };
    let noon = noon();
    let text = dinner(8);
    desk.arrives(&program::letter(ida, TABLE, ("Middag", &text), noon.fixed_offset()));
    let before = (desk.dump().await, desk.mails());
    let said = desk.once(noon, &["--dry-run"]);
    assert!(
        said.contains("would read command from") && said.contains("would send preview to"),
        "{said}"
    );
    assert_eq!(desk.dump().await, before.0);
    assert_eq!(desk.mails(), before.1);

    desk.once(noon, &[]);
    let yes = program::reply(Program::Bare, ida, &desk.latest(IDA), "ja", noon.fixed_offset());
    desk.arrives(&yes);
    desk.once(noon + TimeDelta::minutes(1), &[]);
    let held = desk.once(noon + TimeDelta::minutes(2), &["--dry-run"]);
    assert_eq!(held, "oslo: nothing to do\n");
    let agenda = desk.run(&["agenda"]).answer();
    assert_eq!(agenda.matches(": is invited").count(), 2, "{agenda}");
    let json = desk.run(&["agenda", "--json"]).answer();
    let entries = json.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let sheet = entries.into_iter().find(|entry| entry["letter"] == "host-sheet").expect("a sheet");
    let at: DateTime<Utc> = sheet["due"].as_str().unwrap().parse().unwrap();
    let early = desk.once(at - TimeDelta::minutes(1), &["--dry-run"]);
    assert!(!early.contains("host-sheet"), "{early}");
    let said = desk.once(at, &["--dry-run"]);
    assert!(said.contains(&format!("would send host-sheet to {IDA}")), "{said}");
    let before = (desk.dump().await, desk.mails());
    let said = desk.once(noon + TimeDelta::minutes(12), &["--dry-run"]);
    assert_eq!(said.matches("would send invitation to gjest").count(), 2, "{said}");
    assert_eq!(desk.dump().await, before.0);
    assert_eq!(desk.mails(), before.1);

    // From a crontab, as often as it likes.
    desk.once(noon + TimeDelta::minutes(12), &[]);
    let sent = desk.mails();
    assert_eq!(sent.len(), before.1.len() + 2);
    desk.once(noon + TimeDelta::minutes(13), &[]);
    desk.once(noon + TimeDelta::minutes(13), &[]);
    assert_eq!(desk.mails(), sent);
    println!("once: {} mails in the Maildirs after five rounds, none twice", sent.len());
}

#[tokio::test]
async fn what_led_to_a_state_is_told_and_taken_along() {
    let desk = Desk::new().await;
    let ida = Author { name: &name(IDA), address: IDA, norwegian: true };
    let noon = noon();
    let date = noon.fixed_offset();
    desk.arrives(&program::letter(ida, TABLE, ("Middag", &dinner(1)), date));
    desk.once(noon, &[]);
    desk.arrives(&program::reply(Program::Bare, ida, &desk.latest(IDA), "ja", date));
    desk.once(noon + TimeDelta::minutes(1), &[]);
    desk.once(noon + TimeDelta::minutes(12), &[]);
    for (guest, words) in [
        ("gjest1@guests.example", "Kommer gjerne! Jeg er vegetarianer."),
        ("gjest2@guests.example", "Ja!"),
    ] {
        let author = Author { name: &name(guest), address: guest, norwegian: true };
        desk.arrives(&program::reply(Program::Gmail, author, &desk.latest(guest), words, date));
        desk.once(noon + TimeDelta::minutes(13), &[]);
    }
    desk.arrives(&program::letter(ida, TABLE, ("Plass", "2 plasser"), date));
    desk.once(noon + TimeDelta::minutes(20), &[]);
    desk.arrives(&program::reply(Program::Bare, ida, &desk.latest(IDA), "ja", date));
    desk.once(noon + TimeDelta::minutes(21), &[]);

    let why = desk.run(&["why", "gjest 2"]).answer();
    let mut steps = why.lines();
    assert!(steps.next().unwrap().ends_with(": seated"), "{why}");
    for (step, told) in [
        ("invited", ""),
        ("letter", "invitation, sent"),
        ("answer", "yes, applied"),
        ("letter", "waiting-list, sent"),
        ("act", "Ida Berg: seats-changed"),
    ] {
        let line = steps.find(|line| line.contains(&format!("  {step}"))).unwrap_or_default();
        assert!(line.contains(told), "{step} {told}: {why}");
    }
    let json = desk.run(&["why", "gjest1@guests.example", "--json"]).answer();
    let trace: serde_json::Value = serde_json::from_str(json.trim()).unwrap();
    assert_eq!(trace["stands"], "seated", "{json}");
    assert!(!json.contains("vegetar"), "what somebody eats is the kitchen's: {json}");
    let nobody = desk.run(&["why", "nobody at all"]);
    assert_eq!(nobody.code, Some(1), "{nobody:?}");
    let two = desk.run(&["why", "gjest"]);
    assert!(two.stderr.contains("gjest1@guests.example, gjest2@"), "{two:?}");

    let day = trace["starts"].as_str().unwrap().split('T').next().unwrap();
    let guests = desk.run(&["export", "--gathering", day]).answer();
    assert_eq!(guests.matches("\"yes\"").count(), 2, "{guests}");
    assert!(!guests.contains("vegetar"), "{guests}");
    let calendar = desk.run(&["export", "--calendar"]).answer();
    assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 1, "{calendar}");
    assert_eq!(desk.run(&["export", "--gathering", "2001-01-01"]).code, Some(1));

    // What is exported is what can be imported.
    let people = "select count(*) from person";
    let before = desk.count(people).await;
    let members = desk.run(&["export"]).answer();
    assert!(members.contains("\"Gjest 1\",\"gjest1@guests.example\""), "{members}");
    desk.import(&members).answer();
    assert_eq!(desk.count(people).await, before);
}

#[tokio::test]
async fn a_rehearsal_leaves_no_mark_in_a_mailbox() {
    let database = Database::fresh().await;
    let house = House::open(&database.url, 1);
    house.writes(IDA, "hjelp");
    let marked = || {
        let mails = house.dovecot.mails(TABLE, "");
        mails.iter().filter(|(file, _)| file.ends_with('S')).count()
    };
    let said = run(&house.config, &["once", "--dry-run"]).answer();
    assert!(said.contains("would read command") && said.contains("would send help"), "{said}");
    assert_eq!((marked(), house.smtp.received().len()), (0, 0));
    run(&house.config, &["once"]).answer();
    assert_eq!((marked(), house.smtp.received().len()), (1, 1));
    run(&house.config, &["once"]).answer();
    assert_eq!((marked(), house.smtp.received().len()), (1, 1));
}

#[tokio::test]
async fn a_round_says_what_became_of_its_mails() {
    let database = Database::fresh().await;
    let house = House::open(&database.url, 1);
    house.writes(IDA, "hjelp");
    house.smtp.refuses("MAIL", "550 5.7.1 not as this address");
    let said = run(&house.config, &["once"]).stderr;
    assert!(said.contains("handled=1 sent=0 deferred=1 failed=0 doubtful=0"), "{said}");
}

#[tokio::test]
async fn a_list_with_one_bad_row_brings_in_nobody() {
    let desk = Desk::new().await;
    let people = "select count(*) from person";
    let before = desk.count(people).await;
    let ended = desk.import("name,email\nKari,kari@guests.example\nPer,not an address\n");
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.stdout.contains("refused") && ended.stdout.contains("line"), "{ended:?}");
    assert_eq!(desk.count(people).await, before);
    desk.import("name,email\nKari,kari@guests.example\n").answer();
    assert_eq!(desk.count(people).await, before + 1);
}

#[tokio::test]
async fn whoever_has_asked_to_be_forgotten_is_not_imported_again() {
    let desk = Desk::new().await;
    // Kari is taken in, writes, confirms at her address of record, and is gone.
    desk.import("name,email\nKari,kari@guests.example\n").answer();
    let at = daemon::now();
    let kari = Author { name: "Kari", address: "kari@guests.example", norwegian: true };
    desk.arrives(&program::letter(kari, TABLE, ("Hei", "slett meg"), at.fixed_offset()));
    desk.once(at, &[]);
    let asked = desk.latest("kari@guests.example");
    desk.arrives(&program::reply(Program::Bare, kari, &asked, "ja", at.fixed_offset()));
    desk.once(at, &[]);
    assert_eq!(desk.count("select count(*) from erased").await, 1);

    let people = "select count(*) from address";
    let before = desk.count(people).await;
    let list = "name,email\nKari,Kari@Guests.example\nOla,ola@guests.example\n";
    let told = desk.import(list).answer();
    assert!(told.contains("skipped") && told.contains("forgotten"), "{told}");
    assert_eq!(desk.count(people).await, before + 1, "Ola is, Kari is not");
}

#[tokio::test]
async fn the_tables_are_brought_up_to_date_as_often_as_one_likes() {
    let desk = Desk::new().await;
    let before = desk.dump().await;
    desk.run(&["migrate"]).answer();
    desk.run(&["migrate"]).answer();
    assert_eq!(desk.dump().await, before);
}

#[tokio::test]
async fn whoever_only_looks_leaves_the_tables_as_they_are() {
    const LOOKS: [&[&str]; 5] =
        [&["status"], &["agenda"], &["export"], &["why", "kari"], &["once", "--dry-run"]];
    let desk = Desk::new().await;
    desk.run(&["migrate"]).answer();
    for (version, words) in [("9999", "older than the tables"), ("1", "run `langbord migrate`")] {
        let db = &desk.database.pool;
        sqlx::query("delete from _sqlx_migrations where version > 20").execute(db).await.unwrap();
        let newest = format!(
            "update _sqlx_migrations set version = {version}
              where version = (select max(version) from _sqlx_migrations)"
        );
        if version == "9999" {
            sqlx::query(AssertSqlSafe(newest)).execute(db).await.unwrap();
        } else {
            sqlx::query("delete from _sqlx_migrations where version = 9999")
                .execute(db)
                .await
                .unwrap();
        }
        for look in LOOKS {
            let looked = desk.run(look);
            assert_eq!(looked.code, Some(75), "{look:?}: {looked:?}");
            assert!(looked.stderr.contains(words), "{look:?}: {looked:?}");
        }
    }
    let newest = sqlx::query_scalar::<_, i64>("select max(version) from _sqlx_migrations");
    assert_eq!(newest.fetch_one(&desk.database.pool).await.unwrap(), 19);
}

#[test]
fn every_mistake_in_the_configuration_is_named_at_once() {
    let scratch = Scratch::new("mistakes");
    let config = scratch.path().join("langbord.toml");
    fs::write(&config, "data_dir = 7\n[[community]]\nslug = \"oslo\"\nzone = \"Mars\"\n").unwrap();
    for command in ["run", "once", "migrate", "doctor"] {
        let ended = run(&config, &[command]);
        assert_eq!(ended.code, Some(78), "{ended:?}");
        for key in
            ["data_dir", "community.oslo.zone", "community.oslo.address", "community.oslo.inbox"]
        {
            assert!(ended.stderr.contains(key), "{key}: {}", ended.stderr);
        }
    }
    let ended = run(&scratch.path().join("missing.toml"), &["run"]);
    assert_eq!(ended.code, Some(78), "{ended:?}");
}

#[test]
fn a_mail_is_explained_to_a_machine() {
    let scratch = Scratch::new("explain");
    let file = scratch.path().join("yes.eml");
    fs::write(
        &file,
        "From: Kari <kari@guests.example>\r\nSubject: Re: Middag\r\n\r\nVi kommer begge to!\r\n",
    )
    .unwrap();
    let said = run(Path::new("none"), &["explain", "--json", &file.display().to_string()]).answer();
    let value: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!((&value["kind"], &value["answer"]), (&"reply".into(), &"yes".into()), "{said}");
}

#[tokio::test]
async fn what_init_writes_is_what_doctor_reads() {
    let scratch = Scratch::new("init");
    let dir = scratch.path().display().to_string();
    let said = run(Path::new("none"), &["init", "--dir", &dir]).answer();
    assert!(said.contains("doctor"), "{said}");
    let config = scratch.path().join("langbord.toml");
    let ended = run(&config, &["doctor"]);
    assert_eq!(ended.code, Some(78), "the passwords are missing: {ended:?}");
    assert_eq!(ended.stderr.matches("password_file").count() % 2, 0, "{}", ended.stderr);

    let database = Database::fresh().await;
    let written = fs::read_to_string(&config).unwrap();
    let (head, _) = written.split_once("[community.inbox.imap]").unwrap();
    let rest = format!(
        "[community.inbox]\nmaildir = \"in\"\n[community.outbox]\nmaildir = \"out\"\n[database]\nurl = \"{}\"\n",
        database.url
    );
    fs::write(&config, format!("{head}{rest}")).unwrap();
    run(&config, &["once"]).answer();
    fs::create_dir_all(scratch.path().join("out")).unwrap();
    let said = run(&config, &["doctor", "--json"]).answer();
    for line in said.lines() {
        let check: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(check["state"], "ok", "{said}");
    }
}

/// The middle of the day that begins the next: whatever time it is, it is by day.
pub(super) fn noon() -> DateTime<Utc> {
    let tomorrow = daemon::now().date_naive() + TimeDelta::days(1);
    tomorrow.and_hms_opt(11, 0, 0).unwrap().and_utc()
}
