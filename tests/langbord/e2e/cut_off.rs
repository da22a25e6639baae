//! The program is killed while it carries out a command: it is done whole, once, and told once.

use chrono::{DateTime, TimeDelta, Utc};
use langbord::demo::program::{self, Author, Program};
use langbord::mail;
use sqlx::{AssertSqlSafe, Row};

use super::commands::{Desk, noon};
use super::eventually;
use super::house::{IDA, TABLE, dinner, name};
use super::program::Daemon;
use crate::support::delivered;

/// What a move writes to, each on its way from the yes to the answer: there it is held, and killed.
const POINTS: [&str; 4] = ["proposal", "invitation", "errand", "audit"];

/// Kills at each of them, before the program may come to its end.
const KILLS: i64 = 2;

/// How much has been done: moves, their memory, answered previews, and letters that say so.
async fn standing(desk: &Desk) -> [i64; 5] {
    let sql = "select (select sum(sequence) from gathering) as moves,
                      (select count(*) from audit where act = 'gathering-moved') as acts,
                      (select count(*) from errand where acts::text like '%\"move\"%') as errands,
                      (select count(*) from proposal where outcome = 'done') as settled,
                      (select count(*) from outbox where letter = 'done') as letters";
    let row = sqlx::query(sql).fetch_one(&desk.database.pool).await.unwrap();
    ["moves", "acts", "errands", "settled", "letters"].map(|column| row.get(column))
}

/// Runs the program until it waits for a table that is held, and kills it there.
async fn killed_at(desk: &Desk, table: &str, at: DateTime<Utc>) {
    let mut held = desk.database.pool.begin().await.unwrap();
    let lock = format!("lock table {table} in share mode");
    sqlx::query(AssertSqlSafe(lock)).execute(&mut *held).await.unwrap();
    let (at, log) = (at.to_rfc3339(), desk.scratch.path().join("log"));
    let once = Daemon::begin(&desk.config, &["once", "--for-good", "--at", &at], &log);
    // Within a transaction in which other statements have come before.
    let waits = "select pid from pg_stat_activity
                  where datname = current_database() and wait_event_type = 'Lock'
                    and xact_start < query_start and query ~ ('^(update|insert into) ' || $1)";
    let waiting: i32 = eventually(&format!("the program waits for {table}"), async || {
        sqlx::query_scalar(waits).bind(table).fetch_optional(&desk.database.pool).await.unwrap()
    })
    .await;
    once.kill();
    held.rollback().await.unwrap();
    eventually("its connection is gone", async || {
        let sql = "select count(*) from pg_stat_activity where pid = $1";
        let left: i64 =
            sqlx::query_scalar(sql).bind(waiting).fetch_one(&desk.database.pool).await.unwrap();
        (left == 0).then_some(())
    })
    .await;
    // The dead are known by a little silence.
    let silent = "update daemon set seen_at = seen_at - interval '10 seconds'";
    sqlx::query(silent).execute(&desk.database.pool).await.unwrap();
}

/// The mails to Ida that say that something is done.
fn answers(desk: &Desk) -> usize {
    let mails = delivered(&desk.scratch.path().join("out").join(IDA));
    mails.iter().filter(|(_, raw)| mail::parse(raw).subject.starts_with("Gjort")).count()
}

#[tokio::test]
async fn cmd_04_a_program_that_is_killed_does_what_was_asked_whole_and_once() {
    let desk = Desk::new().await;
    let ida = Author { name: &name(IDA), address: IDA, norwegian: true };
    let mut at = noon();
    let writes = |text: &str, at: DateTime<Utc>| {
        desk.arrives(&program::letter(ida, TABLE, ("Middag", text), at.fixed_offset()));
    };
    let says_yes = |at: DateTime<Utc>| {
        let preview = desk.latest(IDA);
        assert!(preview.subject.starts_with("Venter på deg"), "{}", preview.subject);
        desk.arrives(&program::reply(Program::Bare, ida, &preview, "ja", at.fixed_offset()));
    };
    writes(&dinner(8), at);
    desk.once(at, &[]);
    says_yes(at);
    desk.once(at + TimeDelta::minutes(1), &[]);
    desk.once(at + TimeDelta::minutes(15), &[]);

    for (round, table) in (1..).zip(POINTS) {
        at += TimeDelta::hours(1);
        let day = (at + TimeDelta::days(20 + round)).format("%d.%m.%Y");
        writes(&format!("flytt til {day}"), at);
        desk.once(at, &[]);
        says_yes(at);
        let (before, told) = (standing(&desk).await, answers(&desk));
        for _ in 0..KILLS {
            at += TimeDelta::minutes(10);
            killed_at(&desk, table, at).await;
            assert_eq!((standing(&desk).await, answers(&desk)), (before, told), "at {table}");
        }
        for _ in 0..2 {
            at += TimeDelta::minutes(10);
            desk.once(at, &[]);
            let whole = before.map(|count| count + 1);
            assert_eq!((standing(&desk).await, answers(&desk)), (whole, told + 1), "at {table}");
        }
    }
    let kills = KILLS * i64::try_from(POINTS.len()).unwrap();
    println!("{kills} kills at {} places: each move whole, once, with one answer", POINTS.len());
}
