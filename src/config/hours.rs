//! The hours and days on which people like to get mail.

use chrono::{NaiveDate, Weekday};

use crate::command::setting;
use crate::community::clock::{Hours, Quiet};

/// `22-8`: from the evening to the morning.
pub(super) fn night(text: &str) -> Result<(u32, u32), String> {
    let (evening, morning) = text.split_once('-').ok_or_else(String::new)?;
    let hour = |text: &str| text.trim().parse::<u32>().map_err(|_| "not an hour".to_owned());
    let (evening, morning) = (hour(evening)?, hour(morning)?);
    if !setting::is_night(evening, morning) {
        return Err("the evening from 18 to 24, the morning from 0 to 9".to_owned());
    }
    Ok((evening, morning))
}

/// `Sun, 12-24, 2027-03-26`: weekdays, days of each year, single days.
pub(super) fn days(text: &str) -> Result<Vec<Quiet>, String> {
    let days: Vec<Quiet> =
        text.split(',').map(|day| quiet(day.trim())).collect::<Result<_, _>>()?;
    let weekdays = days.iter().filter(|day| matches!(day, Quiet::Weekday(_))).count();
    if weekdays > setting::MOST_QUIET_WEEKDAYS {
        return Err("at most five weekdays; mail has to leave on some day".to_owned());
    }
    Ok(days)
}

fn quiet(day: &str) -> Result<Quiet, String> {
    if let Ok(weekday) = day.parse::<Weekday>()
        && !day.chars().any(|c| c.is_ascii_digit())
    {
        return Ok(Quiet::Weekday(weekday));
    }
    if let Ok(once) = day.parse::<NaiveDate>() {
        return Ok(Quiet::Once(once));
    }
    // A year that has a 29 February.
    let yearly = format!("2028-{day}").parse::<NaiveDate>();
    let (month, number) = day.split_once('-').ok_or_else(|| format!("`{day}` is no day"))?;
    match (yearly, month.parse(), number.parse()) {
        (Ok(_), Ok(month), Ok(number)) => Ok(Quiet::Yearly(month, number)),
        _ => Err(format!("`{day}` is no day")),
    }
}

/// The hours, where something is said about them.
pub(super) fn hours(night: Option<(u32, u32)>, quiet: Option<Vec<Quiet>>) -> Hours {
    let usual = Hours::default();
    let (evening, morning) = night.unwrap_or((usual.evening, usual.morning));
    Hours { morning, evening, quiet: quiet.unwrap_or_default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_night_has_an_evening_and_a_morning() {
        assert_eq!(night("22-8"), Ok((22, 8)));
        assert_eq!(night("20 - 9"), Ok((20, 9)));
        for text in ["", "22", "8-22", "22-12", "12-8", "25-8", "22:00-8:00"] {
            assert!(night(text).is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn quiet_days_are_weekdays_days_of_each_year_and_single_days() {
        let one = |text: &str| text.parse().map(Quiet::Once).unwrap();
        assert_eq!(
            days("Sun, 12-24, 02-29, 2027-03-26"),
            Ok(vec![
                Quiet::Weekday(Weekday::Sun),
                Quiet::Yearly(12, 24),
                Quiet::Yearly(2, 29),
                one("2027-03-26"),
            ])
        );
        // As a number, is 1 Monday or Sunday?
        for text in ["", "1", "Foo", "13-01", "12-32", "Sun,", "Mon,Tue,Wed,Thu,Fri,Sat"] {
            assert!(days(text).is_err(), "{text:?} was accepted");
        }
    }
}
