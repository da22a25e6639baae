//! What becomes of a mail, for every combination of what can be known of it: our own look at its
//! signature, the word of our server, who From is, which address it came to, and whether a machine
//! wrote it. `table.txt` beside this is the written table; BLESS=1 writes it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use langbord::mail::Message;
use langbord::mail::authentic::{Border, Mode, Txt};

use super::{
    DOMAIN, SERVER, arrives, dinner, keys, last, letter, number, reply, seats, signed, start,
    under, witnesses,
};
use crate::support::world::World;

const OWN: [&str; 4] = ["pass", "fail", "none", "temperror"];
const SAID: [&str; 4] = ["pass", "fail", "none", "below"];
const FROM: [&str; 3] = ["Ida", "Kari", "Eve"];
const TOKENS: [&str; 4] = ["none", "valid", "used", "expired"];
const BY: [&str; 2] = ["person", "machine"];

/// One combination.
#[derive(Debug, Clone, Copy)]
struct Case {
    own: &'static str,
    said: &'static str,
    from: &'static str,
    token: &'static str,
    by: &'static str,
}

fn all() -> Vec<Case> {
    let mut cases = Vec::new();
    for from in FROM {
        for own in OWN {
            for said in SAID {
                for token in TOKENS {
                    cases.extend(BY.map(|by| Case { own, said, from, token, by }));
                }
            }
        }
    }
    cases
}

/// A world in which our server is believed, and previews to answer.
struct Table {
    world: World,
    now: DateTime<Utc>,
    seats: i64,
    used: Message,
    expired: Message,
}

impl Table {
    async fn laid() -> Self {
        let mut world = dinner(&["Kari"]).await;
        // A domain that says that it signs: an unsigned mail of its is no ordinary one.
        let border = Border { authserv_id: SERVER.into(), host: SERVER.into() };
        world.desk.witnesses = witnesses(&world, Mode::Results(border), zone("pass"));
        for sql in [
            "insert into canary (community_id, border, sent_at, came_at, passed)
             select community_id, 'mx.langbord.example mx.langbord.example', '2027-01-01', '2027-01-01', true
               from community",
            "update community set canary_border = 'mx.langbord.example mx.langbord.example',
                                  canary_next = 'infinity'",
            "update gathering set starts_local = '2027-06-30 19:00', starts_at = '2027-06-30 17:00Z'",
        ] {
            sqlx::query(sql).execute(world.connection()).await.unwrap();
        }
        let now = start() + TimeDelta::hours(1);
        let nothing = last(&world, "Ida");
        let mut table = Self { world, now, seats: 8, used: nothing.clone(), expired: nothing };
        table.expired = table.preview().await;
        table.used = table.preview().await;
        let yes = reply("Ida", &table.used, "ja", table.now);
        arrives(&mut table.world, &yes, table.now).await;
        table.seats = seats(&mut table.world).await;
        table.now += TimeDelta::days(3);
        table
    }

    /// Another number of seats, asked for in a mail that proves nothing.
    async fn preview(&mut self) -> Message {
        self.now += TimeDelta::hours(1);
        let text = format!("{} plasser", self.seats + 1);
        let mail = letter(&self.world, "Ida", &text, self.now);
        arrives(&mut self.world, &mail, self.now).await;
        let preview = last(&self.world, "Ida");
        assert!(preview.subject.starts_with("Venter på deg"), "{}", preview.subject);
        preview
    }

    async fn mail(&mut self, case: Case) -> Vec<u8> {
        let to = match case.token {
            "valid" => Some(self.preview().await),
            "used" => Some(self.used.clone()),
            "expired" => Some(self.expired.clone()),
            _none => None,
        };
        self.now += TimeDelta::hours(1);
        let mail = match to {
            Some(preview) => reply(case.from, &preview, "ja", self.now),
            None => {
                letter(&self.world, case.from, &format!("{} plasser", self.seats + 1), self.now)
            }
        };
        let mail = match case.by {
            "machine" => under("Auto-Submitted: auto-replied\r\n", &mail),
            _person => mail,
        };
        let mail = match case.own {
            "none" => mail,
            "fail" => {
                // Changed where nobody looks, so that the words stay.
                let mail = String::from_utf8(signed(&mail, self.now)).unwrap();
                mail.replacen("MIME-Version: 1.0", "MIME-Version: 1.0 (changed)", 1).into_bytes()
            }
            _pass => signed(&mail, self.now),
        };
        let received = format!("Received: from h by {SERVER}; now\r\n");
        let result = |value: &str| {
            format!("Authentication-Results: {SERVER}; dmarc={value} header.from={DOMAIN}\r\n")
        };
        let head = match case.said {
            "none" => received,
            "below" => format!("{received}{}", result("pass")),
            value => format!("{}{received}", result(value)),
        };
        under(&head, &mail)
    }

    /// What became of it, in a few words.
    async fn outcome(&mut self, case: Case) -> String {
        let mail = self.mail(case).await;
        let border = Border { authserv_id: SERVER.into(), host: SERVER.into() };
        let mode = Mode::Results(border);
        self.world.desk.witnesses = witnesses(&self.world, mode.clone(), zone(case.own));
        let proposals = "select count(*) from proposal";
        let before = number(&mut self.world, proposals).await;
        arrives(&mut self.world, &mail, self.now).await;
        self.world.desk.witnesses = witnesses(&self.world, mode, zone("pass"));
        let (id, state, disposition): (i64, String, Option<String>) = sqlx::query_as(
            "select inbox_id, state, disposition from inbox order by inbox_id desc limit 1",
        )
        .fetch_one(self.world.connection())
        .await
        .unwrap();
        if state == "received" {
            // Not for ever: the next case shall not meet it.
            sqlx::query("delete from inbox where inbox_id = $1")
                .bind(id)
                .execute(self.world.connection())
                .await
                .unwrap();
            return "held".to_owned();
        }
        let after = seats(&mut self.world).await;
        if after != self.seats {
            self.seats = after;
            return "done".to_owned();
        }
        if number(&mut self.world, proposals).await > before {
            return "asked".to_owned();
        }
        let told: Vec<String> = sqlx::query_scalar(
            "select distinct letter from outbox where answers = $1 and letter <> 'forged' order by 1",
        )
        .bind(id)
        .fetch_all(self.world.connection())
        .await
        .unwrap();
        let disposition = disposition.unwrap();
        if told.is_empty() { disposition } else { format!("{disposition}: {}", told.join(", ")) }
    }
}

/// What the DNS says of the key.
fn zone(own: &str) -> langbord::mail::authentic::Answers {
    let mut zone = keys();
    zone.insert(
        "_dmarc.guests.example.".to_owned(),
        Txt::Found(vec![b"v=DMARC1; p=none".to_vec()]),
    );
    if own == "temperror" {
        let silent = Txt::Unreached("does not answer".to_owned());
        zone.insert("2026._domainkey.guests.example.".to_owned(), silent);
    }
    zone
}

#[tokio::test]
async fn auth_01_every_combination_becomes_what_is_written() {
    let mut table = Table::laid().await;
    let mut text = String::new();
    let mut outcomes = BTreeSet::new();
    let (mut number_of, mut group) = (0, "");
    for case in all() {
        let outcome = table.outcome(case).await;
        // Whatever the table says: these hold.
        let proven = case.said != "fail" && (case.own == "pass" || case.said == "pass");
        if outcome == "done" {
            assert!(case.from == "Ida" && case.by == "person" && case.said != "fail", "{case:?}");
            assert!(case.token == "valid" || case.token == "none" && proven, "{case:?}");
        }
        if outcome == "asked" {
            assert!(case.from == "Ida" && case.by == "person" && case.said != "fail", "{case:?}");
        }
        if case.from == "Eve" && outcome != "held" {
            assert!(!outcome.contains(':'), "a stranger makes nobody write: {case:?}: {outcome}");
        }
        if group != case.from {
            group = case.from;
            let whole = match group {
                "Ida" => "From is an organizer",
                "Kari" => "From is a guest",
                _eve => "From is nobody that we know",
            };
            writeln!(text, "{}# {whole}", if text.is_empty() { "" } else { "\n" }).unwrap();
            writeln!(text, "# own DKIM  A-R    preview  by       becomes").unwrap();
        }
        writeln!(
            text,
            "{:<11} {:<6} {:<8} {:<8} {outcome}",
            case.own, case.said, case.token, case.by
        )
        .unwrap();
        outcomes.insert(outcome);
        number_of += 1;
    }
    assert_eq!(number_of, 384);
    println!("{number_of} combinations, {} outcomes: {outcomes:?}", outcomes.len());
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/langbord/auth/table.txt");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&file, &text).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    let diff = similar::TextDiff::from_lines(&written, &text);
    let diff = diff.unified_diff().header("written", "found").to_string();
    assert!(diff.is_empty(), "{diff}");
}
