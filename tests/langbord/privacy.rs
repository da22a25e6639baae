//! What is kept about a person, and what is left of it: `docs/privacy.toml` held against the tables,
//! against `mine data`, and against a database in which somebody has been everywhere.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use langbord::demo::program::{self, Author};
use langbord::mail;
use langbord::store::inbox;
use langbord::wire::{Arrived, Place};
use serde::Deserialize;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, Row};

use crate::support::postgres::Database;
use crate::support::stage::Stage;
use crate::support::world::World;

/// A table in `docs/privacy.toml`.
#[derive(Debug, Deserialize)]
struct Table {
    nothing: BTreeSet<String>,
    #[serde(flatten)]
    columns: BTreeMap<String, Column>,
}

/// A column that says something about somebody.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Column {
    holds: String,
    kept: Kept,
    erased: Erased,
    given: Option<String>,
    withheld: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
enum Kept {
    #[serde(rename = "until erased")]
    UntilErased,
    #[serde(rename = "7 days")]
    Week,
    #[serde(rename = "30 days")]
    Month,
    #[serde(rename = "90 days")]
    Quarter,
    #[serde(rename = "1 year")]
    Year,
    #[serde(rename = "always")]
    Always,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Erased {
    Row,
    Emptied,
    Unnamed,
    Stays,
}

fn list() -> BTreeMap<String, Table> {
    toml::from_str(include_str!("../../docs/privacy.toml")).expect("read docs/privacy.toml")
}

/// Every column of every table, but those of the migrations.
async fn schema(db: &mut PgConnection) -> BTreeMap<String, BTreeMap<String, String>> {
    let rows = sqlx::query(
        "select table_name::text, column_name::text, data_type::text from information_schema.columns
          where table_schema = 'public' and table_name not like '\\_sqlx%'",
    );
    let mut tables: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for row in rows.fetch_all(db).await.unwrap() {
        tables.entry(row.get(0)).or_default().insert(row.get(1), row.get(2));
    }
    tables
}

#[tokio::test]
async fn priv_01_every_column_is_in_the_list() {
    let database = Database::fresh().await;
    let mut db = database.pool.acquire().await.unwrap();
    let (list, mut wrong) = (list(), Vec::new());
    let schema = schema(&mut db).await;
    for (table, columns) in &schema {
        let Some(entry) = list.get(table) else {
            wrong.push(format!("{table}: no such table in docs/privacy.toml"));
            continue;
        };
        for column in columns.keys() {
            let nothing = entry.nothing.contains(column);
            if nothing == entry.columns.contains_key(column) {
                let what = if nothing { "twice" } else { "not" };
                wrong.push(format!("{table}.{column} is {what} in docs/privacy.toml"));
            }
        }
    }
    for (table, entry) in &list {
        let there = schema.get(table);
        let gone = |column: &&String| !there.is_some_and(|there| there.contains_key(*column));
        let named = entry.nothing.iter().chain(entry.columns.keys());
        wrong.extend(named.filter(gone).map(|column| format!("{table}.{column} is no column")));
        for (column, about) in &entry.columns {
            if about.holds.is_empty() || about.given.is_some() == about.withheld.is_some() {
                wrong.push(format!("{table}.{column}: say what it holds, and given or withheld"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Zvezdana Quist has hosted, come, answered, eaten, recommended, and been written about.
const STORY: &str = "Zvezdana has been everywhere.

  community nb
  organizer Ida
  members Zvezdana Quist, Per, Ada
  digest 0 9 * * MON

== Mon 2026-02-09 10:00
Ida writes
    | Ny middag torsdag 12. februar kl 19, 6 plasser, inviter alle
    | tittel: Zvezdanas aften
    | hvor: Storgata 1
    | merknad: Zvezdana Quist spiller for oss.
Ida answers the preview
    | ja

== Mon 2026-02-09 10:10
Zvezdana answers the invitation
    | Ja! Jeg tar med Fikret. Jeg tåler ikke koriander. HUSK
Per answers the invitation
    | Ja takk, gjerne ved siden av Zvezdana Quist. Jeg er vegetarianer. HUSK
Ada answers the invitation
    | Nei, dessverre
Per answers the invitation, from per@jobb.example
    | Ja!
Per answers the other-address
    | ja

== Fri 2026-02-13 12:00
Ida writes
    | alle kom torsdag
Ida answers the preview
    | ja

== Fri 2026-02-27 12:00
Ida writes
    | Ny middag torsdag 12. mars kl 19, 6 plasser, inviter Zvezdana, Per
    | hvor: Ananasvegen 7
Ida answers the preview
    | ja
Ida writes
    | Ny middag torsdag 26. mars kl 19, 6 plasser, inviter Per
Ida answers the preview
    | ja
Ida writes
    | vert Zvezdana 12. mars
Ida answers the preview
    | ja

== Fri 2026-02-27 12:10
Zvezdana answers the host-asked
    | ja, gjerne
Zvezdana answers the invitation, from zq@jobb.example
    | Ja, vi blir to, og jeg spiser ikke koriander
Zvezdana answers the other-address
    | ja
Per answers the invitation
    | ja
Zvezdana writes
    | les: https://example.org/kvernstein fordi den sier noe om kvernstein og tålmodighet
Zvezdana answers the confirm
    | ja

== Mon 2026-03-02 09:00
Per answers the digest
    | Takk for tipset, Zvezdana! Det må jeg tenke på.
Per writes
    | gi plassen min 26. mars til Zvezdana
Ada writes
    | tilbyr: skyss til alle som bor nær Zvezdana Quist
Zvezdana writes
    | mine data
Ida writes
    | legg til Zvezdana 26. mars
Ida answers the preview
    | ja
Ida writes
    | Zvezdana ja 26. mars
Ida writes
    | arrangør Ada
Ida answers the preview
    | ja
Ida answers the notice
    | nei

== Mon 2026-03-02 09:30
Zvezdana writes
    | slett meg
Ida writes
    | melding til alle 12. mars: Zvezdana har laget noe fint til oss.
Ida answers the preview
    | ja
";

const CANARIES: [&str; 7] =
    ["zvezdana", "quist", "zq@jobb", "kvernstein", "koriander", "fikret", "ananasvegen"];

/// Where no mail of the story leads: a server's refusal, a reader's failure, later rounds, sheets.
const BESIDES: &str = "
    update person set phone = '+47 22 33 44 55', language = 'nn' where name = 'Zvezdana Quist';
    update outbox set reply = '550 5.1.1 <zvezdana.quist@guests.example> unknown'
     where outbox_id = (select min(outbox_id) from outbox where state = 'sent');
    update outbox set state = 'doubtful', settled_at = null
     where outbox_id = (select max(outbox_id) from outbox where state = 'sent' and letter = 'guest-wrote');
    update inbox set state = 'failed', note = 'can not read the mail of Zvezdana', disposition = null
     where inbox_id = (select min(inbox_id) from inbox);
    insert into wave (gathering_id, number) select max(gathering_id), 2 from gathering;
    insert into wave_guest (gathering_id, person_id, number)
    select max(gathering_id), (select person_id from person where name = 'Ada'), 2 from gathering;
    insert into wave_guest (gathering_id, person_id, number)
    select max(gathering_id), (select person_id from person where name = 'Zvezdana Quist'), 2 from gathering;
    insert into sheet (gathering_id, kind, round, content, written_at)
    select gathering_id, 'kitchen', 1, '{\"starts\": \"2026-03-12T19:00:00\", \"expected\": 2, \"guests\": [],
           \"diets\": {}, \"diet_notes\": [\"koriander\"]}', starts_at from gathering where state = 'open';
";

fn then() -> DateTime<Utc> {
    "2026-03-02T08:30:00Z".parse().unwrap()
}

/// The story, and what no mail of it leads to.
async fn full() -> Stage {
    let mut stage = Stage::set(STORY).await;
    let told = stage.play(STORY).await;
    if std::env::vars().any(|(key, _)| key == "TELL") {
        println!("{told}");
    }
    let db = stage.world().connection();
    sqlx::raw_sql(BESIDES).execute(db).await.unwrap();
    stage
}

async fn erase(stage: &mut Stage) {
    let act = "== Mon 2026-03-02 09:30\nZvezdana answers the erase-me\n    | ja\n";
    let told = stage.play(act).await;
    assert!(told.contains(" erased\n"), "{told}");
}

/// Every value of every column in which one of these words stands, mails decoded.
async fn found(db: &mut PgConnection, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (table, columns) in schema(db).await {
        for (column, kind) in columns {
            let text = if kind == "bytea" { "encode(v, 'hex')" } else { "v::text" };
            let sql = format!(
                "select {text} from (select \"{column}\" as v from \"{table}\") as t where v is not null"
            );
            let values = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql));
            for value in values.fetch_all(&mut *db).await.unwrap() {
                let value = if kind == "bytea" { decoded(&value) } else { value };
                let small = value.to_lowercase();
                let hits = words.iter().filter(|word| small.contains(**word));
                found.extend(hits.map(|word| {
                    let start = small.find(*word).unwrap_or(0);
                    let around = small.get(small.floor_char_boundary(start.saturating_sub(40))..);
                    let around: String = around.unwrap_or(&small).chars().take(100).collect();
                    format!("{table}.{column}: {word} in …{around}…")
                }));
            }
        }
    }
    found
}

/// Octets as they are, and as a mail.
fn decoded(hex: &str) -> String {
    let octets = data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
    let message = mail::parse(&octets);
    let parts = message.parts.iter().map(|part| part.text.as_str());
    let fields = message.headers.iter().map(|(_, value)| value.as_str());
    let read = fields.chain(parts).collect::<Vec<_>>().join("\n");
    format!("{read}\n{}", String::from_utf8_lossy(&octets))
}

async fn one<T>(db: &mut PgConnection, sql: &'static str) -> T
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
{
    sqlx::query_scalar(sql).fetch_one(db).await.unwrap()
}

#[tokio::test]
async fn priv_02_nothing_of_an_erased_person_is_left_in_any_column() {
    let mut stage = full().await;
    let db = stage.world().connection();
    let before = found(db, &CANARIES).await;
    let columns: BTreeSet<&str> = before.iter().filter_map(|hit| hit.split(':').next()).collect();
    for column in WHERE_SHE_WAS {
        assert!(columns.contains(column), "the story does not lead to {column}: {columns:#?}");
    }
    let seats =
        "select string_agg(seats || '/' || taken || ' ' || state, ', ' order by gathering_id)
                   from gathering where state = 'over'";
    let counted: String = one(db, seats).await;
    let came = "select count(*) from invitation where came";
    let (came_before, acts): (i64, i64) =
        (one(db, came).await, one(db, "select count(*) from audit").await);
    assert_eq!(came_before, 2, "Zvezdana and Per came");

    erase(&mut stage).await;
    stage.world().tidy(then() + TimeDelta::minutes(1)).await;
    let db = stage.world().connection();
    let left = found(db, &CANARIES).await;
    let erased: i64 = one(db, "select count(*) from erased").await;
    assert_eq!(erased, 2, "an address each");
    let waits = "select count(*) from outbox where state in ('queued', 'sending', 'doubtful')";
    let waits: i64 = one(db, waits).await;
    // What is on its way to others leaves, and is emptied then.
    let later = then() + TimeDelta::days(3);
    let left_later = if waits > 0 {
        stage.world().run(later).await;
        stage.world().tidy(later).await;
        found(stage.world().connection(), &CANARIES).await
    } else {
        left
    };
    assert!(left_later.is_empty(), "{}", left_later.join("\n"));

    let db = stage.world().connection();
    assert_eq!(one::<String>(db, seats).await, counted, "seats are counted as before");
    assert_eq!(one::<i64>(db, came).await, came_before, "and so is who came");
    assert!(one::<i64>(db, "select count(*) from audit").await >= acts, "and what was done");
    let others = found(db, &["per@guests.example", "vegetarian"]).await;
    assert!(others.len() > 3, "what is known of Per is still known: {others:?}");
}

/// Columns that the story must lead to, or the scan proves nothing about them.
const WHERE_SHE_WAS: [&str; 22] = [
    "address.email",
    "answer.because",
    "contribution.text",
    "errand.acts",
    "errand.after",
    "errand.before",
    "errand.lines",
    "gathering.host",
    "gathering.note",
    "gathering.place",
    "gathering.title",
    "inbox.note",
    "inbox.raw",
    "invitation.diet_notes",
    "outbox.body_text",
    "outbox.message",
    "outbox.recipient",
    "outbox.reply",
    "person.name",
    "proposal.shown",
    "remembered.diet_notes",
    "sheet.content",
];

/// Two dinners whose hosts an organizer has only written down.
const WRITTEN_HOSTS: &str = "
    insert into gathering
        (community_id, kind, host, place, starts_local, starts_at, seats, changed_at, created_at)
    select community_id, 'lunch', host, place, now() + interval '40 days', now() + interval '40 days',
           8, now(), now()
      from community, (values ('Zvezdana', 'Café Zvezdana'), ('zvezdana quist', 'Ananasvegen 3'))
                      as written (host, place);
";

#[tokio::test]
async fn a_cafe_that_bears_her_first_name_is_not_her_home() {
    let mut stage = full().await;
    sqlx::raw_sql(WRITTEN_HOSTS).execute(stage.world().connection()).await.unwrap();
    erase(&mut stage).await;
    let hosts =
        "select concat_ws(', ', host, place) from gathering where kind = 'lunch' order by 1";
    let hosts = sqlx::query_scalar::<_, String>(hosts).fetch_all(stage.world().connection()).await;
    // The name goes wherever it stands; where the guests go is still said.
    assert_eq!(hosts.unwrap(), ["", "–, Café –"]);
}

#[tokio::test]
async fn priv_03_nothing_leaves_to_an_erased_person_but_the_receipt() {
    let mut stage = full().await;
    let queued = "select count(*) from outbox join person using (person_id)
                   where name = 'Zvezdana Quist' and outbox.state = 'queued'";
    let queued: i64 = one(stage.world().connection(), queued).await;
    assert!(queued > 0, "something waits for her");
    let to_her = |world: &World| {
        let mails = world.office.delivered.iter();
        mails.filter(|mail| mail.recipient.starts_with("zvezdana")).count()
    };
    let before = to_her(stage.world());
    erase(&mut stage).await;
    for hours in 0..24 * 14 {
        stage.world().run(then() + TimeDelta::hours(hours)).await;
    }
    assert_eq!(to_her(stage.world()), before + 1);
}

#[tokio::test]
async fn priv_04_a_mailbox_that_is_read_anew_brings_nobody_back() {
    let mut stage = full().await;
    let world = stage.world();
    let community = world.desk.community.id;
    let mails = "select raw from inbox where raw is not null order by inbox_id";
    let mails = sqlx::query_scalar::<_, Vec<u8>>(mails).fetch_all(world.connection()).await;
    let again = |(uid, raw): (u32, Vec<u8>)| Arrived {
        place: Place {
            mailbox: "imap:bord@langbord.example/INBOX".into(),
            uid_validity: 2,
            uid,
            file: String::new(),
        },
        raw,
        too_large: false,
        arrived_at: then(),
    };
    let mails: Vec<Arrived> = (1..).zip(mails.unwrap()).map(again).collect();
    erase(&mut stage).await;
    let db = stage.world().connection();
    let new = inbox::accept(db, community, &mails, then() + TimeDelta::hours(1)).await.unwrap();
    assert_eq!(new, 0, "of {} mails none is new", mails.len());
    assert_eq!(one::<i64>(db, "select count(*) from person").await, 4);
    assert_eq!(one::<i64>(db, "select count(*) from address where email ~ 'zvez|zq@'").await, 0);
}

#[tokio::test]
async fn a_mail_that_nobody_has_read_yet_is_read_before_it_is_emptied() {
    let mut stage = full().await;
    let author = Author { name: "Per", address: "per@guests.example", norwegian: true };
    let world = stage.world();
    let to = world.desk.community.address.to_string();
    let text = ("Hilsen", "Hils Zvezdana Quist fra meg, og ja til 12. mars!");
    let raw = program::letter(author, &to, text, then().fixed_offset());
    world.keep(raw, then() + TimeDelta::minutes(1), then()).await;
    erase(&mut stage).await;
    let db = stage.world().connection();
    let last = "select state || ' ' || (raw is null) from inbox where mailbox = 'late'";
    assert_eq!(one::<String>(db, last).await, "handled true");
    let answered = "select count(*) from outbox where answers = (select inbox_id from inbox where mailbox = 'late')";
    assert!(one::<i64>(db, answered).await > 0, "somebody has got its words");
}

#[tokio::test]
async fn priv_01_mine_data_gives_every_column_of_the_list() {
    let mut stage = full().await;
    let db = stage.world().connection();
    let her = "select person_id from person where name = 'Zvezdana Quist'";
    let her: i64 = one(db, her).await;
    let data = langbord::store::privacy::data(db, her).await.unwrap();
    let ida = langbord::store::privacy::data(db, 1).await.unwrap();
    let mut missing = Vec::new();
    for (table, entry) in list() {
        for (column, about) in entry.columns {
            let Some(path) = about.given else { continue };
            // What only organizers do is looked for with one.
            if !is_there(&data, &path) && !is_there(&ida, &path) {
                missing.push(format!("{table}.{column}: there is no {path}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
    let text = data.to_string().to_lowercase();
    for canary in CANARIES {
        assert!(text.contains(canary), "{canary} is not given");
    }
    assert!(!text.contains("per@guests.example"), "somebody else's address is not hers to have");
}

/// Whether an object holds a key, through all arrays on the way.
fn is_there(value: &Value, path: &str) -> bool {
    if let Value::Array(items) = value {
        return items.iter().any(|item| is_there(item, path));
    }
    match path.split_once('.') {
        Some((first, rest)) => value.get(first).is_some_and(|inner| is_there(inner, rest)),
        None => value.get(path).is_some(),
    }
}

#[tokio::test]
async fn priv_05_nothing_is_kept_longer_than_the_list_says() {
    let mut stage = full().await;
    // The last dinner is over, and nothing waits any more.
    let mut at = then();
    let dinner: DateTime<Utc> = "2026-03-26T18:00:00Z".parse().unwrap();
    while at < dinner + TimeDelta::days(3) {
        stage.world().run(at).await;
        at += TimeDelta::hours(6);
    }
    let list = list();
    let limits = [
        (Kept::Week, TimeDelta::days(8)),
        (Kept::Month, TimeDelta::days(34)),
        (Kept::Quarter, TimeDelta::days(92)),
        (Kept::Year, TimeDelta::days(367)),
    ];
    for (kept, after) in limits {
        let held = kept_values(stage.world().connection(), &list, kept).await;
        assert!(!held.is_empty(), "{kept:?}: the story leads to none of these");
        stage.world().tidy(dinner + after).await;
        let held = kept_values(stage.world().connection(), &list, kept).await;
        assert!(held.is_empty(), "{kept:?}, {} days after:\n{held:#?}", after.num_days());
    }
}

/// What stands in the columns that are kept so long.
async fn kept_values(
    db: &mut PgConnection,
    list: &BTreeMap<String, Table>,
    kept: Kept,
) -> Vec<String> {
    let mut held = Vec::new();
    for (table, entry) in list {
        let limited = entry.columns.iter().filter(|(_, about)| about.kept == kept);
        for (column, _) in limited {
            let sql = format!(
                "select left(\"{column}\"::text, 200) from \"{table}\"
                  where coalesce(\"{column}\"::text, '') not in ('', '{{}}', '[]')"
            );
            let values = sqlx::query_scalar::<_, String>(AssertSqlSafe(sql));
            let values = values.fetch_all(&mut *db).await.unwrap();
            // The rule by which words were read is nobody's words.
            let is_empty = |value: &String| column == "because" && !value.contains("\"words\"");
            let values = values.iter().filter(|value| !is_empty(value));
            held.extend(values.map(|value| format!("{table}.{column}: {value}")));
        }
    }
    held
}

#[tokio::test]
async fn what_the_list_says_of_erasing_is_so() {
    let mut stage = full().await;
    let her: i64 = one(
        stage.world().connection(),
        "select person_id from person where name = 'Zvezdana Quist'",
    )
    .await;
    erase(&mut stage).await;
    let db = stage.world().connection();
    for (table, entry) in list() {
        let rows = entry.columns.values().filter(|about| about.erased == Erased::Row).count();
        if rows > 0 {
            let sql = format!("select count(*) from \"{table}\" where person_id = {her}");
            let count: i64 =
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *db).await.unwrap();
            assert_eq!(count, 0, "{table} has a row of hers");
        }
    }
}
