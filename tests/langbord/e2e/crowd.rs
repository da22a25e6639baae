//! Several daemons on one database, by intent or by mistake.

use std::collections::VecDeque;
use std::thread;
use std::time::{Duration, Instant};

use langbord::store::daemons;
use sqlx::Connection;

use super::eventually;
use super::house::{House, IDA, dinner};
use super::program::run;
use crate::effort::Stopwatch;
use crate::support::postgres::Database;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_daemons_do_everything_once_and_one_goes_on_alone() {
    let begun = Instant::now();
    let database = Database::fresh().await;
    let house = House::open(&database.url, 12);
    let first = house.daemon();
    eventually("one watches", async || house.log().contains("watching").then_some(())).await;
    let second = house.daemon();
    eventually("both work", async || (house.log().matches("ready").count() == 2).then_some(()))
        .await;
    house.invites_all(12).await;
    let mut invitations = Vec::new();
    for guest in &house.guests {
        invitations.push(house.mail(guest, "nvitasjon").await);
    }
    house.quiet().await;
    let written = house.audit().await;
    assert_eq!((written.doubled, written.lost, written.unknown), (0, 0, 0), "{written:?}");
    assert_eq!(written.mails, 12 + 2, "the schedule has fired once");

    // The first one is who watches the mailbox and plans.
    let killed = Stopwatch::start();
    first.kill();
    for (guest, invitation) in house.guests.iter().zip(&invitations) {
        house.answers(guest, invitation, "Ja takk, jeg kommer!");
    }
    house.count(1, "select least(count(*), 1) from invitation where seat = 'seated'").await;
    let takeover = killed.elapsed();
    house.count(12, "select count(*) from invitation where seat = 'seated'").await;
    house.quiet().await;
    assert_eq!(second.terminate().0, Some(0));
    let audit = house.audit().await;
    println!(
        "two daemons: {audit:?}; taken over {takeover:?} after the kill; in all {:?}",
        begun.elapsed()
    );
    assert!(takeover < Duration::from_secs(10), "{takeover:?}");
    audit.judge(0, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn daemons_that_die_all_the_time_lose_nothing() {
    let begun = Instant::now();
    let database = Database::fresh().await;
    let house = House::open(&database.url, 24);
    let mut daemons = VecDeque::from([house.daemon(), house.daemon()]);
    house.invites_all(40).await;
    house.count(24, "select count(*) from invitation").await;
    let mut kills = 0;
    for wave in 0..3 {
        for (number, guest) in house.guests.iter().enumerate() {
            house.writes_signed(guest, last_word(number + wave));
        }
        // At another point of the work each time; a wave is longer than the second in which a
        // mailbox tells the time.
        for pause in [160, 390, 710] {
            tokio::time::sleep(Duration::from_millis(pause + 41 * wave as u64)).await;
            daemons.pop_front().unwrap().kill();
            daemons.push_back(house.daemon());
            kills += 1;
        }
    }
    let last_kill = Instant::now();
    house.count(2 + 3 * 24, "select count(*) from inbox where state = 'handled'").await;
    house.quiet().await;
    let settled = last_kill.elapsed();
    let answers = "select answer from invitation order by invitation_id";
    let answers: Vec<Option<String>> =
        sqlx::query_scalar(answers).fetch_all(&house.pool).await.unwrap();
    let last = |number: usize| if last_word(number + 2).starts_with("Ja") { "yes" } else { "no" };
    let expected: Vec<_> = (0..24).map(|number| Some(last(number).to_owned())).collect();
    assert_eq!(answers, expected);
    assert_eq!(house.ask("select taken::bigint from gathering").await, 12);
    for daemon in daemons {
        assert_eq!(daemon.terminate().0, Some(0));
    }
    let audit = house.audit().await;
    println!(
        "{kills} kills of two daemons: {audit:?}; {} mails in; settled {settled:?} after the last \
         kill; in all {:?}",
        2 + 3 * 24,
        begun.elapsed()
    );
    audit.judge(kills, 0);
}

fn last_word(number: usize) -> &'static str {
    if number.is_multiple_of(2) { "Ja takk, jeg kommer!" } else { "Nei, jeg kan dessverre ikke." }
}

/// A crontab whose rounds overlap, and a daemon that somebody has forgotten.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rounds_that_overlap_do_everything_once() {
    let begun = Instant::now();
    let database = Database::fresh().await;
    let house = House::open(&database.url, 12);
    house.writes(IDA, &dinner(8));
    run(&house.config, &["once"]).answer();
    house.answers(IDA, &house.mail(IDA, "Venter på deg").await, "ja");
    let daemon = house.daemon();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| run(&house.config, &["once"]).answer());
        }
    });
    run(&house.config, &["once"]).answer();
    house.quiet().await;
    assert_eq!(daemon.terminate().0, Some(0));
    let audit = house.audit().await;
    println!("overlapping rounds: {audit:?}; in all {:?}", begun.elapsed());
    audit.judge(0, 0);
    assert_eq!(audit.mails, 2 + 12);
}

#[tokio::test]
async fn who_holds_no_lock_is_dead_after_a_moment_and_who_is_silent_after_a_minute() {
    let database = Database::fresh().await;
    let mut living = database.pool.acquire().await.unwrap().detach();
    let mut dying = database.pool.acquire().await.unwrap().detach();
    let alive = daemons::register(&mut living).await.unwrap();
    let dead = daemons::register(&mut dying).await.unwrap();
    dying.close().await.unwrap();
    let known = async || {
        let sql = "select daemon_id from daemon order by 1";
        let known: Vec<i64> = sqlx::query_scalar(sql).fetch_all(&database.pool).await.unwrap();
        known
    };
    let mut db = database.pool.acquire().await.unwrap();
    daemons::rescue(&mut db).await.unwrap();
    assert_eq!(known().await, [alive, dead], "it may only have lost its connection");
    silent(&database, 6).await;
    eventually("the server notices", async || {
        daemons::rescue(&mut db).await.unwrap();
        (known().await == [alive]).then_some(())
    })
    .await;
    silent(&database, 61).await;
    daemons::rescue(&mut db).await.unwrap();
    assert_eq!(known().await, [] as [i64; 0], "a machine without network holds its lock for hours");
}

/// All have been silent for so long.
async fn silent(database: &Database, seconds: i32) {
    sqlx::query("update daemon set seen_at = clock_timestamp() - make_interval(secs => $1)")
        .bind(f64::from(seconds))
        .execute(&database.pool)
        .await
        .unwrap();
}

/// The database has been away, and a round from a crontab is quicker than a daemon that lives.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_round_gives_a_daemon_the_time_to_come_back() {
    let database = Database::fresh().await;
    let house = House::open(&database.url, 2);
    let mut before = database.pool.acquire().await.unwrap().detach();
    let living = daemons::register(&mut before).await.unwrap();
    daemons::register(&mut before).await.unwrap();
    before.close().await.unwrap();
    silent(&database, 10).await;
    let config = house.config.clone();
    let round = tokio::task::spawn_blocking(move || run(&config, &["once"]).answer());
    house.count(3, "select count(*) from daemon").await;
    let mut again = database.pool.acquire().await.unwrap();
    daemons::hold(&mut again, living).await.unwrap();
    daemons::beat(&mut again, living).await.unwrap();
    round.await.unwrap();
    let left = sqlx::query_scalar::<_, i64>("select daemon_id from daemon");
    assert_eq!(left.fetch_all(&database.pool).await.unwrap(), [living], "the other one is dead");
}
