//! Days, times, kinds, diets and lists in words. The words are in `templates/<lang>/words.toml`;
//! the rules are here.
//!
//! Not from a library: the locales of the C library, which chrono would bring, call a Sunday in
//! nynorsk `sundag ` with a space behind it, and none has the forms that a sentence needs.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use serde::Deserialize;

use super::values::{LONGEST_LINE, one_line};

/// A language's words for what templates do not spell out themselves.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Between the last two of a list.
    pub and: String,
    /// `{day}. {month}`; `~` is a space that is not broken.
    pub date: String,
    /// `{weekday} {day}. {month}`.
    pub day: String,
    /// The same with its `{year}`, for days long ago.
    pub full_day: String,
    /// The same for headings.
    pub short_day: String,
    /// `kl.~{hour}.{minute}`.
    pub time: String,
    /// The time at a full hour.
    pub full_hour: String,
    /// A day and a time: `{day} {time}`.
    pub when: String,
    /// Marks around somebody's own words: `«{words}»`.
    pub quotation: String,
    /// Monday first.
    pub weekdays: [String; 7],
    /// Monday first.
    pub short_weekdays: [String; 7],
    /// January first.
    pub months: [String; 12],
    /// January first.
    pub short_months: [String; 12],
    /// One to twelve.
    pub numbers: [String; 12],
    /// Kinds of gathering.
    pub kinds: BTreeMap<String, Kind>,
    /// Needs of the kitchen.
    pub diets: BTreeMap<String, String>,
    /// Languages that a reader may have, by their tags.
    pub languages: BTreeMap<String, String>,
    /// What an organizer can say about a gathering, by its name in English.
    pub keys: BTreeMap<String, String>,
}

/// The forms of a kind of gathering.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// `middag`.
    pub bare: String,
    /// `en middag`, as in an invitation to it.
    pub a: String,
    /// `middagen`.
    pub the: String,
    /// `ny middag`.
    pub new: String,
}

impl Words {
    /// Reads a `words.toml`. The error names line and key.
    pub fn parse(text: &str) -> Result<Self, String> {
        let text = text.replace('~', "\u{a0}");
        toml::from_str(&text)
            .map_err(|error| error.to_string().replace('\n', " ").trim().to_owned())
    }

    /// `12. mars`.
    pub fn date(&self, day: NaiveDate) -> String {
        fill_day(&self.date, day, &self.weekdays, &self.months)
    }

    /// `torsdag 12. mars`.
    pub fn day(&self, day: NaiveDate) -> String {
        fill_day(&self.day, day, &self.weekdays, &self.months)
    }

    /// `torsdag 12. mars 2026`.
    pub fn full_day(&self, day: NaiveDate) -> String {
        fill_day(&self.full_day, day, &self.weekdays, &self.months)
    }

    /// `tors 12. mars`.
    pub fn short_day(&self, day: NaiveDate) -> String {
        fill_day(&self.short_day, day, &self.short_weekdays, &self.short_months)
    }

    /// `kl. 18.30`.
    pub fn time(&self, time: NaiveTime) -> String {
        let pattern = if time.minute() == 0 { &self.full_hour } else { &self.time };
        pattern
            .replace("{hour}", &time.hour().to_string())
            .replace("{minute}", &format!("{:02}", time.minute()))
    }

    /// `torsdag 12. mars kl. 18.30`.
    pub fn when(&self, at: NaiveDateTime) -> String {
        self.join_when(&self.day(at.date()), at.time())
    }

    /// `tors 12. mars kl. 18.30`.
    pub fn short_when(&self, at: NaiveDateTime) -> String {
        self.join_when(&self.short_day(at.date()), at.time())
    }

    fn join_when(&self, day: &str, time: NaiveTime) -> String {
        self.when.replace("{day}", day).replace("{time}", &self.time(time))
    }

    /// `fem`, but `13`.
    pub fn number(&self, number: u32) -> String {
        let word = number.checked_sub(1).and_then(|index| self.numbers.get(index as usize));
        word.cloned().unwrap_or_else(|| number.to_string())
    }

    /// `Kari, Per og Ola`.
    pub fn list(&self, items: &[String]) -> String {
        match items {
            [] => String::new(),
            [one] => one.clone(),
            [first @ .., last] => format!("{} {} {last}", first.join(", "), self.and),
        }
    }

    /// `«Mot»`.
    pub fn quotation(&self, words: &str) -> String {
        self.quotation.replace("{words}", words)
    }
}

fn fill_day(
    pattern: &str,
    day: NaiveDate,
    weekdays: &[String; 7],
    months: &[String; 12],
) -> String {
    let weekday = weekdays.get(day.weekday().num_days_from_monday() as usize);
    let month = months.get(day.month0() as usize);
    pattern
        .replace("{weekday}", weekday.map_or("", String::as_str))
        .replace("{day}", &day.day().to_string())
        .replace("{month}", month.map_or("", String::as_str))
        .replace("{year}", &day.year().to_string())
}

/// What a friend would say: `Kari` of `Kari Lie` and of `Lie, Kari`. Nothing where the name is an
/// address, and the whole name where its first word is an initial or a title.
pub fn first_name(name: &str) -> Option<String> {
    let name = one_line(name.trim(), LONGEST_LINE);
    if name.is_empty() || name.contains('@') {
        return None;
    }
    let given = name.split_once(", ").map_or(name.as_str(), |(_, given)| given);
    let first = given.split(' ').next().unwrap_or(given);
    let whole = first.ends_with('.') || first.chars().count() < 2;
    Some(if whole { name } else { first.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(language: &str) -> Words {
        Words::parse(match language {
            "nb" => include_str!("../../templates/nb/words.toml"),
            "nn" => include_str!("../../templates/nn/words.toml"),
            _ => include_str!("../../templates/en/words.toml"),
        })
        .unwrap()
    }

    fn at(text: &str) -> NaiveDateTime {
        text.parse().unwrap()
    }

    #[test]
    fn days_and_times_read_as_they_are_written_in_each_country() {
        for (time, told) in [
            (
                "2026-12-06T07:05:00",
                [
                    "Sunday 6 December at 7:05",
                    "søndag 6. desember kl. 7.05",
                    "søndag 6. desember kl. 7.05",
                ],
            ),
            (
                "2026-03-14T18:30:00",
                [
                    "Saturday 14 March at 18:30",
                    "lørdag 14. mars kl. 18.30",
                    "laurdag 14. mars kl. 18.30",
                ],
            ),
            (
                "2028-02-29T00:00:00",
                [
                    "Tuesday 29 February at 0:00",
                    "tirsdag 29. februar kl. 0",
                    "tysdag 29. februar kl. 0",
                ],
            ),
        ] {
            let languages = ["en", "nb", "nn"];
            let written = languages.map(|tag| words(tag).when(at(time)).replace('\u{a0}', " "));
            assert_eq!(written, told);
        }
        let december = at("2026-12-10T18:30:00").date();
        assert_eq!(words("nb").short_day(december).replace('\u{a0}', " "), "tors 10. des.");
        assert_eq!(words("en").short_day(december).replace('\u{a0}', " "), "Thu 10 Dec");
    }

    #[test]
    fn a_day_and_its_month_are_never_on_two_lines() {
        let when = words("nb").when(at("2026-03-12T18:30:00"));
        assert_eq!(when, "torsdag 12.\u{a0}mars kl.\u{a0}18.30");
    }

    #[test]
    fn small_numbers_and_lists_are_words() {
        let nb = words("nb");
        let spelled: Vec<String> = [0, 1, 7, 12, 13].map(|number| nb.number(number)).to_vec();
        assert_eq!(spelled, ["0", "én", "sju", "tolv", "13"]);
        let names = ["Kari", "Per", "Ola"].map(str::to_owned);
        assert_eq!(nb.list(&names), "Kari, Per og Ola");
        assert_eq!(nb.list(&names[..2]), "Kari og Per");
        assert_eq!(nb.list(&names[..1]), "Kari");
        assert_eq!(nb.list(&[]), "");
    }

    #[test]
    fn every_kind_and_every_diet_has_words_in_every_language() {
        use crate::command::GatheringKind::{
            Breakfast, Dinner, Lecture, Lunch, MentorEvening, Visit,
        };
        let name = |value: serde_json::Value| value.as_str().unwrap().to_owned();
        let kinds = [Dinner, Breakfast, Lunch, Lecture, MentorEvening, Visit];
        for language in ["en", "nb", "nn"] {
            let words = words(language);
            for kind in kinds {
                assert!(words.kinds.contains_key(&name(serde_json::to_value(kind).unwrap())));
            }
            assert_eq!(words.diets.len(), 23, "as many as there are diets");
            for diet in words.diets.keys() {
                let known: Result<crate::understand::Diet, _> =
                    serde_json::from_value(diet.clone().into());
                assert!(known.is_ok(), "{language}: {diet}");
            }
        }
    }

    #[test]
    fn letters_greet_as_a_friend_would() {
        for (name, greeted) in [
            ("Kari Lie", Some("Kari")),
            ("Anne-Marie Åsen Sørbø", Some("Anne-Marie")),
            ("Lie, Kari", Some("Kari")),
            ("Áilu", Some("Áilu")),
            ("K. Lie", Some("K. Lie")),
            ("Dr. Kari Lie", Some("Dr. Kari Lie")),
            ("kari@example.org", None),
            ("  ", None),
        ] {
            assert_eq!(first_name(name).as_deref(), greeted);
        }
    }
}
