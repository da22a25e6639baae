//! Local wall-clock time and instants, and the hours at which people like to get mail.
//!
//! Invariant: a time that was agreed on is kept as what the clock on the wall will show; its
//! instant is computed here and nowhere else, so that a dinner at 19:00 stays at 19:00 whatever
//! daylight saving does.

use chrono::{
    DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Timelike, Utc,
};
use chrono_tz::Tz;

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

/// Mail that nobody has asked for leaves from this hour …
pub const MORNING: u32 = 8;
/// … until this one.
pub const EVENING: u32 = 22;

/// Whether people sleep, or may: between 22 and 8 local time.
pub fn is_night(at: DateTime<Utc>, zone: Tz) -> bool {
    let hour = local(at, zone).hour();
    !(MORNING..EVENING).contains(&hour)
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
pub fn night(at: DateTime<Utc>, zone: Tz) -> Option<Night> {
    let wall = local(at, zone);
    let began = if wall.hour() >= EVENING { 0 } else { -1 };
    is_night(at, zone).then(|| Night {
        evening: at_hour(wall.date(), began, EVENING, zone),
        morning: at_hour(wall.date(), began + 1, MORNING, zone),
    })
}

/// The same instant by day; at night, the next morning at eight.
pub fn by_day(at: DateTime<Utc>, zone: Tz) -> DateTime<Utc> {
    if !is_night(at, zone) {
        return at;
    }
    let wall = local(at, zone);
    let days = i64::from(wall.hour() >= EVENING);
    at_hour(wall.date(), days, MORNING, zone)
}

#[cfg(test)]
mod tests {
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
        let night = Some(Night {
            evening: utc("2026-10-24T20:00:00Z"),
            morning: utc("2026-10-25T07:00:00Z"),
        });
        assert_eq!(night, super::night(utc("2026-10-24T20:00:00Z"), oslo));
        assert_eq!(night, super::night(utc("2026-10-25T01:30:00Z"), oslo));
        assert_eq!(night, super::night(utc("2026-10-25T06:59:59Z"), oslo));
        assert_eq!(None, super::night(utc("2026-10-25T07:00:00Z"), oslo));
    }

    #[test]
    fn a_mail_due_at_night_waits_for_the_morning() {
        let oslo = chrono_tz::Europe::Oslo;
        assert_eq!(by_day(utc("2026-12-01T12:00:00Z"), oslo), utc("2026-12-01T12:00:00Z"));
        assert_eq!(by_day(utc("2026-12-01T21:30:00Z"), oslo), utc("2026-12-02T07:00:00Z"));
        assert_eq!(by_day(utc("2026-12-02T03:00:00Z"), oslo), utc("2026-12-02T07:00:00Z"));
    }
}
