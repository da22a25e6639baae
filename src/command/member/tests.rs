//! What is a wish and what is none, line by line: `mail => wishes`; ` / ` is a line break.

mod handbook;

use super::words::{Page, SOURCES};
use super::{Frequency, Sent, Wish, Wishes, read};
use chrono::{TimeZone, Utc};

use crate::command::{Context, Scope};
use crate::language::Language;

const TABLE: &str = include_str!("tests/table.txt");

/// Sunday 22 November 2026 at noon in Oslo.
fn context() -> Context {
    Context {
        now: Utc.with_ymd_and_hms(2026, 11, 22, 11, 0, 0).single().expect("a moment"),
        zone: chrono_tz::Europe::Oslo,
        language: Language::Nb,
        seats: None,
    }
}

fn read_here(mail: &str) -> Wishes {
    read(mail, "", Sent::Elsewhere, context())
}

fn scope(scope: &Scope) -> String {
    match scope {
        Scope::Implied => String::new(),
        Scope::Date { date } => format!(" {date}"),
        Scope::Weekday { weekday } => format!(" weekday {weekday}"),
        Scope::Row { gathering_id } => format!(" row {gathering_id}"),
        Scope::Kind { kind } => format!(" {kind:?}"),
        Scope::Words { words } => format!(" «{words}»"),
    }
}

fn show_wish(wish: &Wish) -> String {
    match wish {
        Wish::Remember => "remember".into(),
        Wish::Forget => "forget".into(),
        Wish::MyData => "my data".into(),
        Wish::EraseMe => "erase me".into(),
        Wish::Stop => "stop".into(),
        Wish::Leave => "leave".into(),
        Wish::All => "all".into(),
        Wish::Away { until: None } => "away".into(),
        Wish::Away { until: Some(until) } => format!("away until {until}"),
        Wish::Back => "back".into(),
        Wish::LetIn => "let in".into(),
        Wish::Language { tag } => format!("language {tag}"),
        Wish::Digest { how_often } => match how_often {
            Frequency::Usual => "digest usual".into(),
            Frequency::Weekly => "digest weekly".into(),
            Frequency::Monthly => "digest monthly".into(),
            Frequency::Never => "digest never".into(),
        },
        Wish::WhoComes { scope: at } => format!("who{}", scope(at)),
        Wish::Plus { more } => format!("plus {more}"),
        Wish::GiveSeat { to, scope: at } => format!("give seat to {to}{}", scope(at)),
        Wish::Nominate { text } => format!("nominate: {text}"),
        Wish::Share { what, text } => format!("{what:?}: {text}").to_lowercase(),
        Wish::Answer { scope: at, text } => format!("answer{}: {text}", scope(at)),
    }
}

fn show(wishes: &Wishes) -> String {
    let mut shown: Vec<String> =
        wishes.spotted.iter().map(|spotted| show_wish(&spotted.wish)).collect();
    shown.extend(wishes.problems.iter().map(|problem| format!("? {:?}", problem.kind)));
    if !wishes.rest.is_empty() {
        shown.push(format!("rest {}", wishes.rest.replace('\n', " / ")));
    }
    shown.join("; ")
}

#[test]
fn every_line_of_the_table_is_read_as_it_says() {
    let mut wrong = Vec::new();
    for line in TABLE.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (mail, expected) = line.split_once(" => ").expect("a mail and what it asks for");
        let found = show(&read_here(&mail.replace(" / ", "\n")));
        if found != expected {
            wrong.push(format!("{mail} => {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}\n", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_phrase_of_every_language_is_understood_alone_in_any_case_and_with_courtesies() {
    let mut wrong = Vec::new();
    for source in SOURCES {
        let page: Page = toml::from_str(source).expect("a page of words");
        for (meaning, phrases) in &page.whole {
            for phrase in phrases {
                let capital = phrase.to_uppercase();
                let framed = format!("Hei!\n\n{phrase}.\n\nHilsen Kari");
                let bullet = format!("- {phrase}!");
                for mail in [phrase.clone(), capital, framed, bullet] {
                    let wishes = read_here(&mail);
                    let alone = wishes.spotted.len() == 1
                        && wishes.problems.is_empty()
                        && wishes.rest.is_empty();
                    if !alone {
                        wrong.push(format!("{meaning:?}: {mail:?} => {}", show(&wishes)));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_sentence_that_only_contains_a_word_never_acts() {
    let mut wrong = Vec::new();
    for source in SOURCES {
        let page: Page = toml::from_str(source).expect("a page of words");
        for phrase in page.whole.values().flatten() {
            for mail in [
                format!("Jeg sa til Per at {phrase} er noe jeg tenker på"),
                format!("{phrase} at jeg kommer seint, det var dette jeg mente"),
            ] {
                let wishes = read_here(&mail);
                if !wishes.is_empty() {
                    wrong.push(format!("{mail:?} => {}", show(&wishes)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_subject_counts_only_where_the_text_is_empty() {
    let stop = read("", "stopp", Sent::Elsewhere, context());
    assert_eq!(show(&stop), "stop");
    let both = read("Hei du", "stopp", Sent::Elsewhere, context());
    assert_eq!(show(&both), "rest Hei du");
    let reply = read("", "Re: stopp", Sent::Elsewhere, context());
    assert_eq!(show(&reply), "");
}

#[test]
fn to_an_invitation_a_date_is_part_of_the_answer() {
    let wishes = read("12. desember: ja", "", Sent::ToInvitation, context());
    assert_eq!(show(&wishes), "rest 12. desember: ja");
}

#[test]
fn a_mail_asks_for_so_much_and_no_more() {
    let wishes = read_here(&"mine data\n".repeat(500));
    assert_eq!(wishes.spotted.len(), 20);
    let long = read_here(&format!("les: {}", "x".repeat(50_000)));
    let Some(Wish::Share { text, .. }) = long.spotted.first().map(|spotted| &spotted.wish) else {
        panic!("{}", show(&long));
    };
    assert_eq!(text.chars().count(), 400);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "[a-zæøå0-9 .:,!?+\n>-]{0,200}") {
        let wishes = read_here(&text);
        proptest::prop_assert!(wishes.spotted.len() <= 20);
    }

    #[test]
    fn nothing_that_is_no_wish_is_lost(text in "[bcdf]{1,8}( [bcdf]{1,8}){0,5}") {
        let mail = format!("{text}\nmine data");
        proptest::prop_assert!(read_here(&mail).rest.contains(&text));
    }
}
