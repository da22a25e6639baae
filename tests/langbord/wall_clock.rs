//! Local times against another implementation: `scripts/zones` has written what Python's zoneinfo
//! says of ten years in five zones.

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use langbord::community::clock;

const ZONES: &str = include_str!("../zones.txt");

/// The fields of the lines that begin with a word.
fn lines(kind: &str) -> impl Iterator<Item = (Tz, &str, &str)> {
    let lines = ZONES.lines().map(|line| line.split(' ').collect::<Vec<_>>());
    let lines = lines.filter(move |fields| fields[0] == kind);
    lines.map(|fields| (fields[1].parse().expect("a zone"), fields[2], fields[3]))
}

#[test]
fn every_hour_of_ten_years_is_where_zoneinfo_has_it() {
    let mut offsets: Vec<(Tz, NaiveDate, i64)> = Vec::new();
    for (zone, day, minutes) in lines("day") {
        offsets.push((zone, day.parse().expect("a day"), minutes.parse().expect("minutes")));
    }
    assert!(offsets.len() > 80, "{}", offsets.len());
    let last: NaiveDate = "2035-12-31".parse().expect("a day");
    let mut compared = 0;
    for (at, (zone, since, minutes)) in offsets.iter().enumerate() {
        let next = offsets.get(at + 1).filter(|(other, ..)| other == zone);
        let until = next.map_or(last, |(_, day, _)| *day - TimeDelta::days(1));
        for day in since.iter_days().take_while(|day| *day <= until) {
            // The clocks change by night, and never later than this.
            for hour in 5..24 {
                let local = day.and_hms_opt(hour, 0, 0).expect("an hour");
                let expected = (local - TimeDelta::minutes(*minutes)).and_utc();
                assert_eq!(clock::at_hour(day, 0, hour, *zone), expected, "{zone} {local}");
                assert_eq!(clock::local(expected, *zone), local, "{zone} {local}");
                compared += 1;
            }
        }
    }
    assert_eq!(compared, 5 * 3652 * 19);
}

#[test]
fn when_the_clocks_change_every_local_time_happens_once() {
    let mut compared = 0;
    for (zone, local, instant) in lines("at") {
        let local: NaiveDateTime = local.parse().expect("a local time");
        let expected: DateTime<Utc> = instant.parse().expect("an instant");
        assert_eq!(clock::instant(local, zone), expected, "{zone} {local}");
        compared += 1;
    }
    assert!(compared > 1000, "{compared}");
}
