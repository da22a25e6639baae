//! The database goes away and comes back while the daemon works.

use std::time::{Duration, Instant};

use langbord::cluster::{self, Cluster, Durability};

use super::eventually;
use super::house::{House, IDA};
use crate::effort::Stopwatch;
use crate::support::Scratch;
use crate::support::postgres::Database;

/// An operator who stops the program does not wait for a server that says nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_silent_mail_server_does_not_hold_up_the_end() {
    let database = Database::fresh().await;
    let house = House::open(&database.url, 2);
    let daemon = house.daemon();
    house.smtp.fall_silent_at(1);
    house.writes(IDA, "hjelp");
    house.mail(IDA, "").await;
    house.count(1, "select count(*) from outbox where state = 'sending'").await;
    let (code, took) = daemon.terminate();
    println!("stopped with a mail at hand and a silent server: {took:?}");
    assert!(code == Some(0) && took < Duration::from_secs(10), "{code:?} {took:?}");
    assert_eq!(house.audit().await.doubtful, 1);
    assert_eq!(house.ask("select count(*) from daemon").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_gone_does_not_hold_up_the_end() {
    let scratch = Scratch::new("gone");
    let folder = cluster::scratch_folder(scratch.path()).unwrap();
    let server = Cluster::start(&folder, Durability::Scratch).unwrap();
    server.create_database("langbord", None).unwrap();
    let house = House::open(&server.url("langbord"), 2);
    let daemon = house.daemon();
    eventually("it works", async || house.log().contains("watching").then_some(())).await;
    server.stop().unwrap();
    eventually("it notices", async || house.log().contains("heartbeat").then_some(())).await;
    let (code, took) = daemon.terminate();
    println!("stopped without a database: {took:?}");
    assert!(code == Some(0) && took < Duration::from_secs(10), "{code:?} {took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_of_postgres_costs_nothing_but_its_time() {
    let begun = Instant::now();
    let scratch = Scratch::new("outage");
    let folder = cluster::scratch_folder(scratch.path()).unwrap();
    let start = || Cluster::start(&folder, Durability::Scratch).unwrap();
    let server = start();
    server.create_database("langbord", None).unwrap();
    let house = House::open(&server.url("langbord"), 10);
    let daemon = house.daemon();

    // Away while a mail is being taken: its 250 comes when nobody can write it down.
    house.smtp.fall_silent_at(2 + 3);
    house.invites_all(10).await;
    eventually("invitations", async || (house.smtp.received().len() >= 5).then_some(())).await;
    server.stop().unwrap();
    house.smtp.speak();
    let away = house.smtp.received();
    let server = start();
    let back = Stopwatch::start();
    let mut invitations = Vec::new();
    for guest in &house.guests {
        invitations.push(house.mail(guest, "nvitasjon").await);
    }
    let sent = back.elapsed();
    house.quiet().await;

    // Away while replies come in.
    for (guest, invitation) in house.guests.iter().zip(&invitations) {
        house.answers(guest, invitation, "Ja takk, jeg kommer!");
    }
    house.count(1, "select least(count(*), 1) from invitation where seat = 'seated'").await;
    server.stop().unwrap();
    let server = start();
    let back = Stopwatch::start();
    house.count(10, "select count(*) from invitation where seat = 'seated'").await;
    let seated = back.elapsed();
    house.quiet().await;
    assert_eq!(daemon.terminate().0, Some(0));
    let audit = house.audit().await;
    println!(
        "outage: {audit:?}; {} mails had left when it came; back at work after {sent:?} and \
         {seated:?}; in all {:?}",
        away.len(),
        begun.elapsed()
    );
    assert!(sent < Duration::from_secs(10) && seated < Duration::from_secs(10));
    assert_eq!(
        (audit.lost, audit.unknown, audit.failed, audit.different),
        (0, 0, 0, 0),
        "{audit:?}"
    );
    assert_eq!((audit.doubled, audit.doubtful), (0, 0), "{audit:?}");
    house.pool.close().await;
    server.stop().unwrap();
}
