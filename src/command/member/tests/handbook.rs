//! The members' page says what is true: every example in it is read as it says, in both languages,
//! and no word that we know is missing from it.

use std::collections::BTreeSet;

use super::super::words::{Page, SOURCES, words};
use super::{Wish, read_here, show, show_wish};
use crate::command::words::split;
use crate::understand::{self, CONFIDENT};

const PAGE: &str = include_str!("../../../../docs/members.md");

/// The examples of each row of a section: på norsk, in English.
fn rows(section: &str) -> Vec<[Vec<&'static str>; 2]> {
    let (_, rest) = PAGE.split_once(&format!("\n## {section}\n")).expect("the section");
    let rows = rest.split("\n## ").next().expect("a section").lines();
    let rows = rows.filter(|line| line.starts_with('|') && line.contains('`'));
    let cells = |row: &'static str| -> Vec<&'static str> { row.split('|').collect() };
    let quoted = |cell: &'static str| cell.split('`').skip(1).step_by(2).collect();
    rows.map(cells).map(|cells| [quoted(cells[2]), quoted(cells[3])]).collect()
}

/// The one wish of an example.
fn wish(example: &str) -> Wish {
    let wishes = read_here(example);
    let alone = wishes.spotted.len() == 1 && wishes.problems.is_empty() && wishes.rest.is_empty();
    assert!(alone, "{example} => {}", show(&wishes));
    wishes.spotted[0].wish.clone()
}

/// What kind of wish it is, whatever it is about.
fn kind(wish: &Wish) -> String {
    let shown = show_wish(wish);
    let words = if shown.starts_with("digest") { 2 } else { 1 };
    shown.split([' ', ':']).take(words).collect::<Vec<_>>().join(" ")
}

#[test]
fn every_wish_on_the_page_is_the_same_wish_in_both_languages() {
    let rows = rows("What you can ask for");
    assert!(rows.len() > 20, "{rows:?}");
    for [norwegian, english] in &rows {
        assert!(!norwegian.is_empty() && norwegian.len() == english.len(), "{norwegian:?}");
        for (norwegian, english) in norwegian.iter().zip(english) {
            assert_eq!(kind(&wish(norwegian)), kind(&wish(english)), "{norwegian}, {english}");
        }
    }
}

#[test]
fn every_answer_on_the_page_is_an_answer_and_the_same_in_both_languages() {
    let rows = rows("Answering an invitation");
    assert!(rows.len() > 5, "{rows:?}");
    for [norwegian, english] in rows {
        let said = [norwegian[0], english[0]].map(understand::said);
        assert!(said.iter().all(|one| one.answer.is_some() && one.confidence >= CONFIDENT));
        let [norwegian, english] = said.map(|one| (one.answer, one.party_size, one.diets));
        assert_eq!(norwegian, english);
    }
}

#[test]
fn a_digest_is_answered_as_the_page_shows() {
    let mails: Vec<&str> =
        PAGE.split("```digest\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(mails.len(), 2);
    for mail in mails {
        let wishes = read_here(mail);
        assert_eq!(wishes.spotted.len(), mail.lines().count(), "{mail} => {}", show(&wishes));
        assert!(wishes.problems.is_empty() && wishes.rest.is_empty(), "{mail}");
    }
}

/// Nothing can be asked for that the page does not tell of, in either language.
#[test]
fn no_word_is_missing_from_the_page() {
    let rows = rows("What you can ask for");
    let told = |side: usize| -> BTreeSet<String> {
        rows.iter().flat_map(|row| &row[side]).map(|example| kind(&wish(example))).collect()
    };
    let told = [told(0), told(1)];
    for source in SOURCES {
        let page: Page = toml::from_str(source).expect("a page of words");
        for (meaning, phrases) in &page.whole {
            let phrase = phrases.first().expect("a phrase");
            let kind = kind(&wish(phrase));
            assert!(told.iter().all(|side| side.contains(&kind)), "{meaning:?} is not on the page");
        }
        for (meaning, phrases) in &page.frequencies {
            let known = phrases.iter().all(|phrase| words().frequency(&split(phrase)).is_some());
            assert!(known, "{meaning:?}");
        }
        assert_eq!(
            (page.opening.len(), page.text.len()),
            (6, 3),
            "a new kind of line: on the page?"
        );
    }
    for kind in ["who", "plus", "give", "answer", "language", "reading", "ask", "offer"] {
        assert!(told.iter().all(|side| side.contains(kind)), "{kind}: {told:?}");
    }
    for often in ["usual", "weekly", "monthly"] {
        assert!(told.iter().all(|side| side.contains(&format!("digest {often}"))), "{often}");
    }
}
