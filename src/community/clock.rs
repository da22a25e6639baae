//! Local wall-clock time and instants, and the hours at which people like to get mail.
//!
//! Invariant: a time that was agreed on is kept as what the clock on the wall will show; its
//! instant is computed here and nowhere else, so that a dinner at 19:00 stays at 19:00 whatever
//! daylight saving does.

use chrono::{
    DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;

pub use crate::command::setting::Quiet;

/// The first instant at which a clock in `zone` shows `local`, or, where daylight saving removes
/// that time, the first instant after the gap.
pub fn instant(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    // The longest gap on record is a whole day (Samoa, 2011); the steps bound the search.
    (0..=24 * 60)
        .find_map(|minute| {
            let shifted = local + TimeDelta::minutes(minute);
            zone.from_local_datetime(&shifted).earliest()
        })
        .map_or_else(|| local.and_utc(), |at| at.with_timezone(&Utc))
}

/// What the clock on the wall shows at an instant.
pub fn local(at: DateTime<Utc>, zone: Tz) -> NaiveDateTime {
    at.with_timezone(&zone).naive_local()
}

/// A local time on a day some days before (negative) or after a local date, as an instant.
pub fn at_hour(date: NaiveDate, days: i64, hour: u32, zone: Tz) -> DateTime<Utc> {
    let day = date.checked_add_signed(TimeDelta::days(days)).unwrap_or(date);
    instant(day.and_time(NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default()), zone)
}

/// The end of a local day, as an instant.
pub fn end_of_day(date: NaiveDate, zone: Tz) -> DateTime<Utc> {
    instant(date.checked_add_days(Days::new(1)).unwrap_or(date).and_time(NaiveTime::MIN), zone)
}

/// The hours and days of a community at which its people like to get mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// Mail that nobody has asked for leaves from this hour …
    pub morning: u32,
    /// … until this one.
    pub evening: u32,
    /// Nobody is asked anything on these days.
    pub quiet: Vec<Quiet>,
}

impl Default for Hours {
    fn default() -> Self {
        Self { morning: 8, evening: 22, quiet: Vec::new() }
    }
}

/// Whether people sleep, or may.
pub fn is_night(at: DateTime<Utc>, zone: Tz, hours: &Hours) -> bool {
    let hour = local(at, zone).hour();
    !(hours.morning..hours.evening).contains(&hour)
}

/// A night, from its evening to its morning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Night {
    /// When it began.
    pub evening: DateTime<Utc>,
    /// When it ends.
    pub morning: DateTime<Utc>,
}

/// The night that it is; `None` by day.
pub fn night(at: DateTime<Utc>, zone: Tz, hours: &Hours) -> Option<Night> {
    let wall = local(at, zone);
    let began = if wall.hour() >= hours.evening { 0 } else { -1 };
    is_night(at, zone, hours).then(|| Night {
        evening: at_hour(wall.date(), began, hours.evening, zone),
        morning: at_hour(wall.date(), began + 1, hours.morning, zone),
    })
}

/// The same instant by day; at night, the next morning.
pub fn by_day(at: DateTime<Utc>, zone: Tz, hours: &Hours) -> DateTime<Utc> {
    night(at, zone, hours).map_or(at, |night| night.morning)
}

/// Quiet days in a row, at most: nobody is left without mail for ever.
const MOST_QUIET: i64 = 30;

/// The same instant, if people may be asked something then; else the next morning on which they
/// may.
pub fn on_open_day(at: DateTime<Utc>, zone: Tz, hours: &Hours) -> DateTime<Utc> {
    let at = by_day(at, zone, hours);
    let today = local(at, zone).date();
    let is_quiet = |day: NaiveDate| hours.quiet.iter().any(|quiet| quiet.holds(day));
    if !is_quiet(today) {
        return at;
    }
    let later = (1..MOST_QUIET).find(|days| !is_quiet(today + TimeDelta::days(*days)));
    at_hour(today, later.unwrap_or(MOST_QUIET), hours.morning, zone)
}

#[cfg(test)]
mod tests {
    use chrono::Weekday;

    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn civil(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn a_dinner_at_seven_is_at_seven_in_summer_and_in_winter() {
        let oslo = chrono_tz::Europe::Oslo;
        assert_eq!(instant(civil("2027-03-27T19:00:00"), oslo), utc("2027-03-27T18:00:00Z"));
        assert_eq!(instant(civil("2027-03-28T19:00:00"), oslo), utc("2027-03-28T17:00:00Z"));
    }

    #[test]
    fn a_time_that_does_not_exist_becomes_the_first_one_after_the_gap() {
        let oslo = chrono_tz::Europe::Oslo;
        assert_eq!(instant(civil("2027-03-28T02:30:00"), oslo), utc("2027-03-28T01:00:00Z"));
        assert_eq!(instant(civil("2027-03-28T02:10:00"), oslo), utc("2027-03-28T01:00:00Z"));
    }

    #[test]
    fn a_time_that_exists_twice_is_the_first_one() {
        let oslo = chrono_tz::Europe::Oslo;
        assert_eq!(instant(civil("2026-10-25T02:30:00"), oslo), utc("2026-10-25T00:30:00Z"));
    }

    #[test]
    fn a_night_has_an_evening_and_a_morning_also_when_the_clocks_change() {
        let oslo = chrono_tz::Europe::Oslo;
        let hours = Hours::default();
        let night = Some(Night {
            evening: utc("2026-10-24T20:00:00Z"),
            morning: utc("2026-10-25T07:00:00Z"),
        });
        assert_eq!(night, super::night(utc("2026-10-24T20:00:00Z"), oslo, &hours));
        assert_eq!(night, super::night(utc("2026-10-25T01:30:00Z"), oslo, &hours));
        assert_eq!(night, super::night(utc("2026-10-25T06:59:59Z"), oslo, &hours));
        assert_eq!(None, super::night(utc("2026-10-25T07:00:00Z"), oslo, &hours));
    }

    #[test]
    fn a_mail_due_at_night_waits_for_the_morning() {
        let day = |text| by_day(utc(text), chrono_tz::Europe::Oslo, &Hours::default());
        assert_eq!(day("2026-12-01T12:00:00Z"), utc("2026-12-01T12:00:00Z"));
        assert_eq!(day("2026-12-01T21:30:00Z"), utc("2026-12-02T07:00:00Z"));
        assert_eq!(day("2026-12-02T03:00:00Z"), utc("2026-12-02T07:00:00Z"));
    }

    #[test]
    fn on_quiet_days_nobody_is_asked_anything() {
        let quiet = vec![
            Quiet::Weekday(Weekday::Sun),
            Quiet::Yearly(12, 25),
            Quiet::Yearly(12, 26),
            Quiet::Once("2026-12-28".parse().unwrap()),
        ];
        let hours = Hours { morning: 9, evening: 20, quiet };
        let open = |text| on_open_day(utc(text), chrono_tz::Europe::Oslo, &hours);
        for (at, leaves) in [
            ("2026-12-01T12:00:00Z", "2026-12-01T12:00:00Z"),
            ("2026-12-01T19:00:00Z", "2026-12-02T08:00:00Z"),
            ("2026-12-05T19:30:00Z", "2026-12-07T08:00:00Z"),
            ("2026-12-06T12:00:00Z", "2026-12-07T08:00:00Z"),
            // Friday the 25th, Saturday the 26th, Sunday, and Monday the 28th.
            ("2026-12-25T12:00:00Z", "2026-12-29T08:00:00Z"),
        ] {
            assert_eq!(open(at), utc(leaves), "{at}");
        }
    }

    #[test]
    fn days_that_are_all_quiet_do_not_keep_mail_for_ever() {
        let all = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri];
        let all = all.into_iter().chain([Weekday::Sat, Weekday::Sun]).map(Quiet::Weekday);
        let hours = Hours { quiet: all.collect(), ..Hours::default() };
        let open = on_open_day(utc("2026-12-01T12:00:00Z"), chrono_tz::Europe::Oslo, &hours);
        assert_eq!(open, utc("2026-12-31T07:00:00Z"));
    }
}
