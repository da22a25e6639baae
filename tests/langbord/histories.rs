//! Random histories of the outbox against real Postgres: plans that are rolled back, servers that
//! say later or never, connections lost after the final dot, daemons that die before and after a
//! server took a mail, a slow second daemon that wakes up late, clocks that jump, gatherings that
//! move and guests who answer.
//!
//! `LANGBORD_SEED=n` plays again what the seed of a failure names.

mod desk;
mod play;
pub mod weather;

use std::collections::BTreeMap;
use std::ops::Range;

use tokio::runtime::Builder;

use crate::support::postgres::Database;

use self::play::{Count, Play};

const LANES: u64 = 4;
const HISTORIES: u64 = 60;
const EVENTS: u32 = 30;

#[test]
fn whatever_happens_no_unasked_mail_is_taken_twice() {
    let seed = std::env::vars().find(|(key, _)| key == "LANGBORD_SEED");
    if let Some((_, seed)) = seed {
        let seed = seed.parse().expect("a seed is a number");
        lane(seed..seed + 1);
        return;
    }
    let lanes: Vec<_> = (0..LANES)
        .map(|number| number * HISTORIES..(number + 1) * HISTORIES)
        .map(|seeds| std::thread::spawn(|| lane(seeds)))
        .collect();
    let mut count = Count::default();
    for lane in lanes {
        count.add(&lane.join().expect("a lane of histories, see its seed above"));
    }
    println!("{} histories: {count:?}", LANES * HISTORIES);
    // A history in which nothing goes wrong proves nothing.
    assert!(count.accepted > 1000, "{count:?}");
    assert!(count.again > 20, "{count:?}");
    assert!(count.fenced > 5, "{count:?}");
    assert!(count.doubts > 50, "{count:?}");
    assert!(count.deaths > 50, "{count:?}");
}

/// Some histories, one after the other in a database of their own.
fn lane(seeds: Range<u64>) -> Count {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let database = Database::fresh().await;
        let mut count = Count::default();
        for seed in seeds {
            count.add(&history(&database, seed).await);
        }
        count
    })
}

/// One history, from its seed alone.
async fn history(database: &Database, seed: u64) -> Count {
    println!("seed {seed}");
    let mut play = Play::begin(database, seed).await;
    for _ in 0..EVENTS {
        play.something_happens().await;
    }
    play.ends_well().await;
    judge(&mut play, seed).await
}

/// Holds a history to what was promised.
async fn judge(play: &mut Play, seed: u64) -> Count {
    let rows = play.rows().await;
    let taken = play.taken();
    let mut by_id: BTreeMap<&str, Vec<&play::Taken>> = BTreeMap::new();
    for mail in &taken {
        by_id.entry(&mail.message_id).or_default().push(mail);
    }
    let mut count = play.count();
    for (message_id, times) in &by_id {
        let row = rows.iter().find(|row| row.message_id == *message_id);
        let row = row.unwrap_or_else(|| panic!("seed {seed}: {message_id} is not ours"));
        let octets_differ = times.windows(2).any(|two| two[0].octets != two[1].octets);
        assert!(!octets_differ, "seed {seed}: {} is not the same mail", row.purpose);
        let most = if row.on_doubt == "hold" { 1 } else { 3 };
        assert!(
            times.len() <= most,
            "seed {seed}: {} was taken {} times",
            row.purpose,
            times.len()
        );
        let doubted = times.iter().rev().skip(1).all(|mail| mail.doubtful);
        assert!(doubted, "seed {seed}: {} came again without a doubt", row.purpose);
        count.again += times.len() as u64 - 1;
    }
    for row in &rows {
        let why = format!("seed {seed}: {row:?}");
        match row.state.as_str() {
            "sent" | "failed" | "cancelled" => assert!(row.reply.is_some(), "{why}"),
            "doubtful" => {
                assert!(row.on_doubt == "hold" || row.attempt >= 3, "{why}");
                assert!(row.reply.is_some(), "{why}");
            }
            _ => panic!("{why}"),
        }
        let times = by_id.get(row.message_id.as_str()).map_or(&[][..], Vec::as_slice);
        let surely = times.iter().any(|mail| !mail.doubtful);
        assert!(!times.is_empty() || row.state != "sent", "sent, and nobody has it: {why}");
        assert!(!surely || row.state == "sent", "they have it, and said so: {why}");
        let known = times.is_empty() || matches!(row.state.as_str(), "sent" | "doubtful");
        assert!(known || row.on_doubt == "resend", "they may have it: {why}");
    }
    count
}
