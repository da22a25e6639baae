//! Cron over civil time: when something recurs by the community's clocks, whatever they do.
//!
//! Invariant: at most one occurrence a local date, none skipped when the clocks go forward, none
//! doubled when they go back; asking for one long span or for its pieces gives the same.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use chrono_tz::Tz;
use cron::Schedule;

use super::clock;

/// A recurring civil time, written as five cron fields. Day and weekday must both fit, so that
/// `0 9 1-7 * Mon` is the first Monday of every month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cadence {
    text: String,
    schedule: Schedule,
}

/// One civil moment at which a cadence fires, and the instant it falls on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// Wall-clock time, without an offset. This is the occurrence's identity.
    pub civil: NaiveDateTime,
    /// The instant at which it is due.
    pub due_at: DateTime<Utc>,
}

/// What comes round for every member beside the digest.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rounds {
    /// When a question goes out, if it does.
    pub question: Option<Cadence>,
    /// The questions, each asked once, in this order.
    pub questions: Vec<String>,
    /// When members are asked whom they miss, if they are.
    pub nominations: Option<Cadence>,
}

impl Cadence {
    /// Understands `minute hour day month weekday`.
    ///
    /// ```
    /// use langbord::community::cadence::Cadence;
    /// assert!(Cadence::parse("0 9 1 * *").is_ok());
    /// assert!(Cadence::parse("0 9 * * 1").is_err(), "is 1 Monday or Sunday?");
    /// ```
    pub fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(format!("{} fields instead of five", fields.len()));
        };
        for (name, field, limit) in [("minute", minute, 59), ("hour", hour, 23)] {
            if !field.parse().is_ok_and(|number: u8| number <= limit) {
                return Err(format!("the {name} must be one number, at most {limit}"));
            }
        }
        // In the `cron` crate 1 is Sunday, in crontab(5) Monday.
        if weekday.chars().any(|c| c.is_ascii_digit()) {
            return Err("a weekday as a number; write Mon, Tue, Wed, Thu, Fri, Sat, Sun".to_owned());
        }
        let text = [*minute, *hour, *day, *month, *weekday].join(" ");
        let schedule = Schedule::from_str(&format!("0 {text}"))
            .map_err(|_| "not understood; see crontab(5)".to_owned())?;
        if schedule.after(&DateTime::UNIX_EPOCH).next().is_none() {
            return Err("there is no such day".to_owned());
        }
        Ok(Self { text, schedule })
    }

    /// The occurrences by the clocks of `zone` that are due in `(since, now]`.
    pub fn due_between(
        &self,
        zone: Tz,
        since: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Vec<Occurrence> {
        self.after(zone, since).take_while(|occurrence| occurrence.due_at <= now).collect()
    }

    /// The first occurrence after an instant.
    pub fn next(&self, zone: Tz, since: DateTime<Utc>) -> Option<Occurrence> {
        self.after(zone, since).next()
    }

    fn after(&self, zone: Tz, since: DateTime<Utc>) -> impl Iterator<Item = Occurrence> {
        // `cron` skips civil times inside a spring-forward gap and fires twice in an autumn
        // overlap, so it is asked about a day that has neither: the civil timeline, dressed up as
        // UTC. It begins a day early, since clocks have been set by up to that much (Samoa 2011).
        let from = since.with_timezone(&zone).naive_local() - Duration::days(1);
        let civil = self.schedule.after_owned(from.and_utc()).map(|fake| fake.naive_utc());
        civil
            .map(move |civil| Occurrence { civil, due_at: clock::instant(civil, zone) })
            .skip_while(move |occurrence| occurrence.due_at <= since)
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Oslo;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn due(cadence: &str, zone: Tz, since: &str, now: &str) -> Vec<String> {
        let cadence = Cadence::parse(cadence).unwrap();
        let found = cadence.due_between(zone, at(since), at(now));
        found.iter().map(|o| format!("{} = {}", o.civil, o.due_at.format("%H:%MZ"))).collect()
    }

    #[test]
    fn a_time_that_the_spring_night_skips_comes_right_after_it() {
        let found = due("30 2 * * *", Oslo, "2027-03-27T12:00:00Z", "2027-03-29T12:00:00Z");
        assert_eq!(found, ["2027-03-28 02:30:00 = 01:00Z", "2027-03-29 02:30:00 = 00:30Z"]);
    }

    #[test]
    fn a_time_that_the_autumn_night_has_twice_comes_once() {
        let found = due("30 2 * * *", Oslo, "2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z");
        assert_eq!(found, ["2026-10-25 02:30:00 = 00:30Z", "2026-10-26 02:30:00 = 01:30Z"]);
    }

    #[test]
    fn a_day_that_a_zone_never_had_is_made_up_for_at_its_end() {
        let found = due(
            "0 9 * * *",
            chrono_tz::Pacific::Apia,
            "2011-12-29T20:00:00Z",
            "2011-12-30T20:00:00Z",
        );
        assert_eq!(found, ["2011-12-30 09:00:00 = 10:00Z", "2011-12-31 09:00:00 = 19:00Z"]);
    }

    #[test]
    fn day_and_weekday_together_are_the_first_monday() {
        let found = due("0 9 1-7 * Mon", Oslo, "2026-01-01T00:00:00Z", "2026-03-31T00:00:00Z");
        let days: Vec<&str> = found.iter().filter_map(|line| line.get(..10)).collect();
        assert_eq!(days, ["2026-01-05", "2026-02-02", "2026-03-02"]);
    }

    #[test]
    fn ten_hours_in_600_plans_of_a_minute_give_the_same_as_one_plan() {
        for night in ["2027-03-27T20:00:00Z", "2026-10-24T20:00:00Z"] {
            let cadence = Cadence::parse("30 2 * * *").unwrap();
            let minute = |n| at(night) + Duration::minutes(n);
            let whole = cadence.due_between(Oslo, minute(0), minute(600));
            let pieces: Vec<Occurrence> = (0..600)
                .flat_map(|n| cadence.due_between(Oslo, minute(n), minute(n + 1)))
                .collect();
            assert_eq!(whole.len(), 1);
            assert_eq!(pieces, whole);
        }
    }

    #[test]
    fn what_could_mean_two_things_is_refused() {
        for text in [
            "",
            "0 9 1 *",
            "0 0 9 1 * *",
            "@monthly",
            "0 9 * * 1",
            "0 9 * * 1-5",
            "0 9 30 2 *",
            "60 9 * * *",
            "0 24 * * *",
            "* 9 * * *",
            "*/5 9 * * *",
            "0 9,17 * * *",
            "0 9 * * Foo",
            "0 9 0 * *",
            "0 9 32 * *",
            "0 9 * 13 *",
        ] {
            assert!(Cadence::parse(text).is_err(), "{text:?} was accepted");
        }
        for text in ["0 9 1 * *", "30 7 * * Mon-Fri", "0 18 1,15 Jan,Jun *", "0 9 29 2 *"] {
            assert_eq!(Cadence::parse(text).unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "[0-9*/,A-Za-z?LW# -]{0,30}") {
            let outcome = Cadence::parse(&text);
            prop_assert!(outcome.is_ok() || outcome.is_err());
        }

        #[test]
        fn a_year_cut_anywhere_gives_one_occurrence_a_day(cut in 0_i64..525_600, hour in 0_u8..24) {
            let cadence = Cadence::parse(&format!("30 {hour} * * *")).unwrap();
            let (start, end) = (at("2026-06-01T00:00:00Z"), at("2027-06-01T00:00:00Z"));
            let middle = start + Duration::minutes(cut);
            let mut all = cadence.due_between(Oslo, start, middle);
            all.extend(cadence.due_between(Oslo, middle, end));
            prop_assert_eq!(&all, &cadence.due_between(Oslo, start, end));
            let mut dates: Vec<_> = all.iter().map(|o| o.civil.date()).collect();
            dates.dedup();
            prop_assert_eq!(dates.len(), all.len());
            prop_assert_eq!(all.len(), 365);
        }
    }
}
