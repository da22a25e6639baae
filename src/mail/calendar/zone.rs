//! A zone as calendars want it: a VTIMEZONE with the rules that hold around an event (RFC 5545
//! 3.6.5), made from the transitions that the zone really has.
//!
//! Invariant: what is written here gives the right offset for every instant from a year before the
//! event to a year after it. Where the transitions follow a yearly rule they are written as one;
//! where they do not, each is written by itself.

use chrono::{
    DateTime, Datelike, Days, NaiveDate, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc,
};
use chrono_tz::{OffsetName, Tz};

/// Years that have to agree before transitions are taken for a rule.
const YEARS: i32 = 5;

/// The moment from which another offset holds.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Onset {
    /// What the clocks show that have not been changed yet.
    wall: NaiveDateTime,
    /// Offset before, in seconds.
    from: i32,
    /// Offset after, in seconds.
    to: i32,
    /// Abbreviation.
    name: String,
}

/// The lines of the VTIMEZONE for events around an instant, unfolded.
pub(super) fn lines(zone: Tz, around: DateTime<Utc>) -> Vec<String> {
    let year = around.with_timezone(&zone).year();
    let begin = new_year(year - 1);
    let onsets = onsets(zone, begin, new_year(year - 1 + YEARS));
    let mut lines = vec!["BEGIN:VTIMEZONE".to_owned(), format!("TZID:{}", zone.name())];
    let (forward, back): (Vec<&Onset>, Vec<&Onset>) =
        onsets.iter().partition(|onset| onset.to > onset.from);
    if let (Some(forward), Some(back)) = (rule(&forward), rule(&back)) {
        lines.extend(back.lines("STANDARD"));
        lines.extend(forward.lines("DAYLIGHT"));
    } else {
        lines.extend(Observance::fixed(zone, begin).lines("STANDARD"));
        for onset in onsets.iter().filter(|onset| onset.wall.year() <= year + 1) {
            let seasonal = onset.to > onset.from && !back.is_empty();
            let kind = if seasonal { "DAYLIGHT" } else { "STANDARD" };
            lines.extend(Observance { onset: onset.clone(), rule: None }.lines(kind));
        }
    }
    lines.push("END:VTIMEZONE".to_owned());
    lines
}

/// One part of a VTIMEZONE.
#[derive(Debug)]
struct Observance {
    onset: Onset,
    rule: Option<String>,
}

impl Observance {
    /// What holds from a moment on.
    fn fixed(zone: Tz, since: DateTime<Utc>) -> Self {
        let (offset, name) = offset(zone, since);
        let wall = since.naive_utc() + TimeDelta::seconds(offset.into());
        Self { onset: Onset { wall, from: offset, to: offset, name }, rule: None }
    }

    fn lines(&self, kind: &str) -> Vec<String> {
        let onset = &self.onset;
        let mut lines = vec![
            format!("BEGIN:{kind}"),
            format!("DTSTART:{}", onset.wall.format("%Y%m%dT%H%M%S")),
            format!("TZOFFSETFROM:{}", signed(onset.from)),
            format!("TZOFFSETTO:{}", signed(onset.to)),
            format!("TZNAME:{}", onset.name),
        ];
        lines.extend(self.rule.as_ref().map(|rule| format!("RRULE:FREQ=YEARLY;{rule}")));
        lines.push(format!("END:{kind}"));
        lines
    }
}

/// The yearly rule that all these onsets follow, from the first of them on.
fn rule(onsets: &[&Onset]) -> Option<Observance> {
    let (first, rest) = onsets.split_first()?;
    let same = |onset: &&Onset| {
        (
            onset.from,
            onset.to,
            &onset.name,
            onset.wall.time(),
            onset.wall.month(),
            onset.wall.weekday(),
        ) == (
            first.from,
            first.to,
            &first.name,
            first.wall.time(),
            first.wall.month(),
            first.wall.weekday(),
        )
    };
    let yearly =
        onsets.iter().zip(first.wall.year()..).all(|(onset, year)| onset.wall.year() == year);
    if i32::try_from(onsets.len()) != Ok(YEARS) || !yearly || !rest.iter().all(same) {
        return None;
    }
    let days = || onsets.iter().map(|onset| onset.wall.date());
    let week = |day: NaiveDate| (day.day() - 1) / 7 + 1;
    let position = if days().all(is_last_of_its_kind) {
        "-1".to_owned()
    } else if days().all(|day| week(day) == week(first.wall.date())) {
        week(first.wall.date()).to_string()
    } else {
        return None;
    };
    let weekday = first.wall.weekday().to_string().to_uppercase();
    let weekday = weekday.get(..2)?;
    let rule = format!("BYMONTH={};BYDAY={position}{weekday}", first.wall.month());
    Some(Observance { onset: (*first).clone(), rule: Some(rule) })
}

fn is_last_of_its_kind(day: NaiveDate) -> bool {
    day.checked_add_days(Days::new(7)).is_none_or(|next| next.month() != day.month())
}

/// Every change of the offset between two instants, in order.
fn onsets(zone: Tz, begin: DateTime<Utc>, end: DateTime<Utc>) -> Vec<Onset> {
    let mut onsets = Vec::new();
    let mut before = begin;
    while before < end {
        let after = before + TimeDelta::days(1);
        if offset(zone, before) != offset(zone, after) {
            let at = first_with(zone, (before, after), &offset(zone, after));
            let (from, _) = offset(zone, at - TimeDelta::seconds(1));
            let (to, name) = offset(zone, at);
            if from != to {
                let wall = at.naive_utc() + TimeDelta::seconds(from.into());
                onsets.push(Onset { wall, from, to, name });
            }
        }
        before = after;
    }
    onsets
}

/// The first second that has an offset, of a span at whose end it holds.
fn first_with(
    zone: Tz,
    (mut before, mut after): (DateTime<Utc>, DateTime<Utc>),
    wanted: &(i32, String),
) -> DateTime<Utc> {
    while after - before > TimeDelta::seconds(1) {
        let middle = before + TimeDelta::seconds((after - before).num_seconds() / 2);
        if offset(zone, middle) == *wanted { after = middle } else { before = middle }
    }
    after
}

/// Offset in seconds, and abbreviation.
fn offset(zone: Tz, at: DateTime<Utc>) -> (i32, String) {
    let offset = zone.offset_from_utc_datetime(&at.naive_utc());
    let seconds = offset.fix().local_minus_utc();
    // The database has none for zones that are called by their offset.
    let name = offset.abbreviation().map_or_else(|| signed(seconds), str::to_owned);
    (seconds, name)
}

/// `+0100`, and `-001521` where there are seconds.
fn signed(offset: i32) -> String {
    let sign = if offset < 0 { '-' } else { '+' };
    let (minutes, seconds) = (offset.abs() / 60, offset.abs() % 60);
    let hours = format!("{sign}{:02}{:02}", minutes / 60, minutes % 60);
    if seconds == 0 { hours } else { format!("{hours}{seconds:02}") }
}

fn new_year(year: i32) -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(year, 1, 1)
        .unwrap_or_default()
        .and_time(chrono::NaiveTime::MIN)
        .and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(zone: Tz) -> String {
        lines(zone, "2026-12-10T18:00:00Z".parse().unwrap()).join("\n")
    }

    #[test]
    fn a_zone_with_a_yearly_rule_is_written_as_one() {
        let expected = "\
BEGIN:VTIMEZONE
TZID:Europe/Oslo
BEGIN:STANDARD
DTSTART:20251026T030000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20250330T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
END:VTIMEZONE";
        assert_eq!(written(chrono_tz::Europe::Oslo), expected);
        let new_york = written(chrono_tz::America::New_York);
        assert!(
            new_york.contains("BYMONTH=3;BYDAY=2SU") && new_york.contains("BYMONTH=11;BYDAY=1SU")
        );
    }

    #[test]
    fn a_zone_without_daylight_saving_has_one_offset() {
        let expected = "\
BEGIN:VTIMEZONE
TZID:Asia/Kathmandu
BEGIN:STANDARD
DTSTART:20250101T054500
TZOFFSETFROM:+0545
TZOFFSETTO:+0545
TZNAME:+0545
END:STANDARD
END:VTIMEZONE";
        assert_eq!(written(chrono_tz::Asia::Kathmandu), expected);
    }

    #[test]
    fn changes_that_follow_no_rule_are_written_one_by_one() {
        // Morocco changes its clocks around Ramadan.
        let casablanca = written(chrono_tz::Africa::Casablanca);
        assert!(!casablanca.contains("RRULE"), "{casablanca}");
        assert_eq!(casablanca.matches("BEGIN:").count(), 8, "{casablanca}");
    }
}
