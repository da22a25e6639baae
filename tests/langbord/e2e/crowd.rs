//! Several daemons on one database, by intent or by mistake.

use std::time::{Duration, Instant};

use super::eventually;
use super::house::House;
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
    let killed = Instant::now();
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
    assert_eq!((audit.lost, audit.unknown, audit.failed, audit.doubled), (0, 0, 0, 0), "{audit:?}");
}
