//! A year of three communities, hour by hour through both changes of the clocks: dinners that are
//! held, moved and called off, guests who answer as people do, two daemons that die and come back,
//! a house without power for up to three days. Every mail that leaves is held to the promises.
//!
//! The suite plays a small year; `LANGBORD_YEAR=full` plays a large one, `LANGBORD_SEED=n` another.

mod judge;
mod people;
mod town;

use std::time::Instant;

use chrono::TimeDelta;

use self::judge::Figures;
use self::town::{Sent, Size, Town};

const SMALL: Size = Size { guests: 6, seats: 4, every: TimeDelta::days(31) };
const FULL: Size = Size { guests: 14, seats: 9, every: TimeDelta::days(12) };

fn variable(name: &str) -> Option<String> {
    std::env::vars().find(|(key, _)| key == name).map(|(_, value)| value)
}

/// A year from its seed alone: what was sent, and what the judge counted.
async fn year(seed: u64, size: Size) -> (Vec<Sent>, Figures) {
    let mut town = Town::new(seed, size).await;
    town.live("2026-02-01T00:00:00Z", TimeDelta::days(365), town::Watch::WhenSomethingIsDue).await;
    let figures = judge::judge(&town);
    assert_eq!(town.passed_over().await, [], "who had no seat last time is asked first");
    (town.sent, figures)
}

#[tokio::test]
async fn a_year_keeps_every_promise_and_comes_out_the_same_twice() {
    let began = Instant::now();
    let seed = variable("LANGBORD_SEED").map_or(2026, |seed| seed.parse().expect("a number"));
    let size = if variable("LANGBORD_YEAR").as_deref() == Some("full") { FULL } else { SMALL };
    let ((first, figures), (second, _)) = tokio::join!(year(seed, size), year(seed, size));
    println!("a year with seed {seed}, twice in {:.0?}: {figures}", began.elapsed());
    assert_eq!(first.len(), second.len());
    for (one, other) in first.iter().zip(&second) {
        assert!(one.is_as(other), "the second year differs:\n{one}\n{other}");
    }
    figures.prove_something();
}

#[tokio::test]
async fn hours_in_which_nothing_is_due_can_be_skipped() {
    let size = Size { every: TimeDelta::days(9), ..SMALL };
    let mut years = Vec::new();
    for watch in [town::Watch::EveryHour, town::Watch::WhenSomethingIsDue] {
        let mut town = Town::new(7, size).await;
        // The clocks go back on 25 October in Europe and on 1 November in New York.
        town.live("2026-10-10T00:00:00Z", TimeDelta::days(23), watch).await;
        println!("{watch:?}: {} hours worked, {} mails", town.hours_worked, town.sent.len());
        years.push(town);
    }
    let [every, due] = years.as_slice() else { panic!() };
    assert!(due.hours_worked * 2 < every.hours_worked);
    assert!(every.sent.len() > 100, "{}", every.sent.len());
    for (one, other) in every.sent.iter().zip(&due.sent) {
        assert!(one.is_as(other), "skipping changes what is sent:\n{one}\n{other}");
    }
    assert_eq!(every.sent.len(), due.sent.len());
}
