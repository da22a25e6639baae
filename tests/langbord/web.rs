//! Those who keep watch ask over a real connection.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use langbord::community::person::CalendarPolicy;
use langbord::language::Language;
use langbord::web::{self, Hall};
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

use crate::support::world::World;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn nine() -> DateTime<Utc> {
    at("2026-03-02T09:00:00Z")
}

fn half_past_nine() -> DateTime<Utc> {
    at("2026-03-02T09:30:00Z")
}

fn at_twenty_past() -> DateTime<Utc> {
    at("2026-03-02T09:20:00Z")
}

/// What a server with this clock says to some requests: the first line and the body of each.
async fn ask(pool: &PgPool, clock: fn() -> DateTime<Utc>, lines: &[&str]) -> Vec<(String, String)> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let hall = Hall { pool: pool.clone(), desks: Vec::new(), poll: TimeDelta::minutes(1), clock };
    let server = tokio::spawn(web::serve(listener, hall, async { stopped.await.unwrap() }));
    let mut answers = Vec::new();
    for line in lines {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        answers.push((head.lines().next().unwrap().to_owned(), body.to_owned()));
    }
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    answers
}

fn codes(answers: &[(String, String)]) -> Vec<&str> {
    answers.iter().filter_map(|(line, _)| line.split(' ').nth(1)).collect()
}

#[tokio::test]
async fn whoever_asks_hears_whether_we_live_and_get_on_and_nothing_of_persons() {
    let mut world = World::new(Language::En, CalendarPolicy::Never, true).await;
    world.member("Ida", None, true).await;
    let asked = ["GET /health", "GET /ready", "GET /metrics", "POST /health", "GET /stop", "GET /"];
    let answers = ask(&world.database.pool, nine, &asked).await;
    let codes = codes(&answers);
    assert_eq!(codes, ["200", "200", "200", "405", "404", "404"]);
    assert_eq!(answers[1].1, "ready\n");
    let figures = &answers[2].1;
    assert!(figures.contains("langbord_members_active{community=\"oslo\"} 1\n"), "{figures}");
    assert!(figures.contains("langbord_inbox_waiting{community=\"oslo\"} 0\n"), "{figures}");
    assert!(!figures.contains('@') && !figures.contains("Ida"), "{figures}");
}

#[tokio::test]
async fn a_mail_that_nobody_handles_makes_us_unready_after_a_while() {
    let mut world = World::new(Language::En, CalendarPolicy::Never, true).await;
    let raw = b"From: ida@guests.example\r\nDate: Mon, 2 Mar 2026 09:00:00 +0000\r\n\r\nhi\r\n";
    world.keep(raw.to_vec(), nine(), nine()).await;
    let ready = ask(&world.database.pool, nine, &["GET /ready", "GET /metrics"]).await;
    assert!(ready[0].0.contains("200"), "{ready:?}");
    assert!(ready[1].1.contains("langbord_inbox_waiting{community=\"oslo\"} 1\n"), "{ready:?}");
    let late =
        ask(&world.database.pool, half_past_nine, &["GET /ready", "GET /health", "GET /metrics"])
            .await;
    assert!(late[0].0.contains("503"), "{late:?}");
    assert_eq!(late[0].1, "oslo: a mail that came in waits to be handled\n");
    assert!(late[1].0.contains("200"), "we live all the same: {late:?}");
    let age = "langbord_inbox_waiting_seconds{community=\"oslo\"} 1800\n";
    assert!(late[2].1.contains(age), "{late:?}");
    // Where there is no database nobody is ready, and no word of why leaves the house.
    let nowhere = PgPoolOptions::new()
        .acquire_timeout(Duration::from_secs(1))
        .connect_lazy("postgres://nobody@127.0.0.1:1/nothing")
        .unwrap();
    let gone = ask(&nowhere, nine, &["GET /ready", "GET /metrics", "GET /health"]).await;
    let codes = codes(&gone);
    assert_eq!(codes, ["503", "503", "200"]);
    assert_eq!(gone[0].1, "the database does not answer\n");
}

/// What `/ready` says then.
async fn ready(world: &World, clock: fn() -> DateTime<Utc>) -> String {
    ask(&world.database.pool, clock, &["GET /ready"]).await.remove(0).1
}

#[tokio::test]
async fn a_server_that_takes_nothing_makes_us_unready_and_one_full_mailbox_does_not() {
    let mut world = World::new(Language::En, CalendarPolicy::Never, true).await;
    for name in ["Ida", "Bo", "Eva"] {
        world.member(name, None, name == "Ida").await;
    }
    let left = world
        .new_gathering("New dinner Thursday 12 March at 19, 4 seats, invite Bo, Eva", nine())
        .await;
    let put_off = |whom: &'static str| {
        format!(
            "update outbox set state = 'queued', settled_at = null, put_off_since = '{left}', attempt = 3,
                    due_at = '{left}'::timestamptz + interval '7 minutes'
              where letter = 'invitation' and recipient like '{whom}'"
        )
    };
    let do_it = async |world: &mut World, sql: &str| {
        sqlx::query(AssertSqlSafe(sql.to_owned())).execute(world.connection()).await.unwrap();
    };
    do_it(&mut world, "update community set looked_at = null").await;
    do_it(&mut world, &put_off("bo@%")).await;
    assert_eq!(ready(&world, half_past_nine).await, "ready\n");
    do_it(&mut world, &put_off("%")).await;
    assert_eq!(ready(&world, at_twenty_past).await, "ready\n");
    assert_eq!(ready(&world, half_past_nine).await, "oslo: a mail waits to be sent\n");
    // What waits for the morning is no outage.
    do_it(
        &mut world,
        "update outbox set due_at = due_at + interval '1 day' where state = 'queued'",
    )
    .await;
    assert_eq!(ready(&world, half_past_nine).await, "ready\n");
}

#[tokio::test]
async fn a_mailbox_that_nobody_can_read_makes_us_unready() {
    let mut world = World::new(Language::En, CalendarPolicy::Never, true).await;
    world.run(nine()).await;
    assert_eq!(ready(&world, nine).await, "ready\n");
    assert_eq!(ready(&world, half_past_nine).await, "oslo: the mailbox can not be read\n");
    world.run(half_past_nine()).await;
    assert_eq!(ready(&world, half_past_nine).await, "ready\n");
}
