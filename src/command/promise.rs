//! The day by which somebody says that they will answer: `svarer fredag`, `I'll let you know by the
//! 5th`.

use chrono::NaiveDate;

use super::lexicon::{Role, lexicon};
use super::when::{self, Day, Toward, When};
use super::words::{Word, ends_sentence, split};
use super::{Context, MOST_WORDS};

/// Lines that are read.
const MOST_LINES: usize = 60;

/// Sunday, the last day of a week that is named without a day.
const LAST: u8 = 6;

/// The first day that is named behind a word of answering in its sentence, or with which that
/// sentence begins: `på fredag gir jeg beskjed`.
pub fn promised_day(text: &str, context: Context) -> Option<NaiveDate> {
    text.lines().take(MOST_LINES).find_map(|line| {
        let words: Vec<Word> = split(line).into_iter().take(MOST_WORDS).collect();
        let mut sentences = words.split_inclusive(|word| is_last(line, word));
        sentences.find_map(|sentence| day(in_sentence(sentence)?, context))
    })
}

fn in_sentence(words: &[Word]) -> Option<When> {
    let promises = |at: &usize| {
        words.get(*at..).is_some_and(|rest| lexicon().role(Role::Promise, rest).is_some())
    };
    let at = (0..words.len()).find(promises)?;
    let (before, behind) = words.split_at_checked(at)?;
    let dated = |when: &When| when.has_date();
    let behind = when::find(behind).map(|(when, ..)| when).filter(dated);
    behind.or_else(|| when::read(before).map(|(when, _)| when).filter(dated))
}

/// A dot behind a word ends its sentence where what follows begins anew: "fredag. Hilsen Kari", and
/// not "5. mars".
fn is_last(line: &str, word: &Word) -> bool {
    if !word.dot {
        return ends_sentence(line, word);
    }
    let is_number = word.bare.chars().all(|c| c.is_ascii_digit());
    let rest = line.get(word.at.end..).unwrap_or_default().trim_start_matches(['.', ' ']);
    !is_number && rest.chars().next().is_none_or(char::is_uppercase)
}

/// `neste uke` is over on its Sunday.
fn day(when: When, context: Context) -> Option<NaiveDate> {
    let is_week = matches!(when.day, Some(Day::WeekAhead(_) | Day::Week(_)));
    let weekday = when.weekday.or_else(|| is_week.then_some(LAST));
    When { weekday, ..when }.date(Toward::Future, context).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sunday 22 November 2026 at noon in Oslo.
    fn context() -> Context {
        Context {
            now: "2026-11-22T11:00:00Z".parse().unwrap(),
            zone: chrono_tz::Europe::Oslo,
            language: crate::language::Language::Nb,
            seats: None,
        }
    }

    #[test]
    fn the_day_of_a_promise_is_the_one_that_it_names() {
        for (text, expected) in [
            ("Svarer på fredag.", "2026-11-27"),
            ("Høres fint ut! svarer fredag", "2026-11-27"),
            ("Gir beskjed innen 1. desember. Hilsen Kari", "2026-12-01"),
            ("Hei!\nMå sjekke kalenderen, gir deg beskjed i morgen", "2026-11-23"),
            ("På torsdag gir jeg beskjed.", "2026-11-26"),
            ("Kan ikke svare før fredag", "2026-11-27"),
            ("Eg veit meir på måndag.", "2026-11-23"),
            ("Kan jeg svare deg i morgen?", "2026-11-23"),
            ("Gir lyd fra meg på mandag", "2026-11-23"),
            ("I'll let you know by Wednesday!", "2026-11-25"),
            ("I will answer next week.", "2026-11-29"),
            ("Can I get back to you on Friday?", "2026-11-27"),
        ] {
            assert_eq!(promised_day(text, context()), expected.parse().ok(), "{text}");
        }
        for text in [
            "Svarer seinere.",
            "Svarer snart. Torsdag passer kanskje.",
            "Torsdag kan bli vanskelig. Gir beskjed.",
            "Vet ikke om torsdag går, gir beskjed",
            "I might make Thursday, will let you know",
            "Kanskje! Fredag passer best.",
        ] {
            assert_eq!(promised_day(text, context()), None, "{text}");
        }
    }
}
