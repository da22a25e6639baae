//! Date phrases and what they mean, read at the moment that the table last gave after `@`, and in
//! the evening where they leave it open.

use chrono::{DateTime, Utc};

use super::shared::{context, show_date};
use crate::command::Context;
use crate::command::when::{Part, Toward, Wrong, read_all};
use crate::command::words::split;

#[test]
fn date_phrases_mean_what_the_table_says() {
    let mut wrong = Vec::new();
    let mut now = context().now;
    for line in include_str!("dates.txt").lines().filter(|line| !line.starts_with('#')) {
        if let Some(moment) = line.strip_prefix("@ ") {
            now = moment.parse().expect("a moment");
            continue;
        }
        let (phrase, expected) = line.split_once(" => ").expect("a phrase and its meaning");
        let found = meaning(phrase, now);
        if found != expected {
            wrong.push(format!("{phrase} => {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}\n", wrong.len(), wrong.join("\n"));
}

fn meaning(phrase: &str, now: DateTime<Utc>) -> String {
    let Some(when) = read_all(&split(phrase)) else { return "not a date".into() };
    let date = match when.date(Toward::Future, Context { now, ..context() }) {
        Ok(date) => date.map(show_date),
        Err(Wrong::Nonexistent) => return "no such day".into(),
        Err(Wrong::Weekday { date, .. }) => return format!("no, that is {}", show_date(date)),
    };
    let time = when.time(Part::Evening).map(|time| time.format("%H.%M").to_string());
    date.into_iter().chain(time).collect::<Vec<_>>().join(" ")
}
