//! The organizers' page says what is true: every example in it is read as it says.

use super::shared::{context, show};
use crate::command::{Command, Reading, read};

const PAGE: &str = include_str!("../../../docs/commands.md");

/// Examples of a section: cells of its tables between back quotes.
fn examples(section: &str) -> Vec<&'static str> {
    let (_, rest) = PAGE.split_once(&format!("\n## {section}\n")).expect("the section");
    let rows = rest.split("\n## ").next().expect("a section").lines();
    let rows = rows.filter(|line| line.starts_with('|'));
    rows.flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

fn read_whole(mail: &str) -> Reading {
    let reading = read(mail, "", context());
    assert!(!reading.commands.is_empty(), "{mail}\n{}", show(&reading));
    assert!(reading.problems.is_empty(), "{mail}\n{}", show(&reading));
    reading
}

fn is_later(reading: &Reading) -> bool {
    reading.commands.iter().any(|spotted| spotted.command.comes_later().is_some())
}

#[test]
fn what_the_page_says_can_be_written_is_carried_out() {
    let examples = examples("What you can write");
    assert!(examples.len() > 20, "{examples:?}");
    for example in examples {
        assert!(!is_later(&read_whole(example)), "{example}");
    }
}

#[test]
fn what_the_page_says_comes_later_is_understood() {
    let examples = examples("Understood, not carried out yet");
    assert!(examples.len() > 8, "{examples:?}");
    for example in examples {
        assert!(is_later(&read_whole(example)), "{example}");
    }
}

#[test]
fn the_two_languages_of_a_row_ask_for_the_same_kind_of_thing() {
    let verbs = |cell: &str| -> Vec<String> {
        let read = |mail: &str| show(&read(mail, "", context()));
        let first =
            |shown: String| shown.split([' ', ';', '\n']).take(2).collect::<Vec<_>>().join(" ");
        let is_later = |shown: &str| shown.starts_with("later");
        cell.split('`')
            .skip(1)
            .step_by(2)
            .map(read)
            .filter(|shown| is_later(shown))
            .map(first)
            .collect()
    };
    for row in PAGE.lines().filter(|line| line.starts_with('|') && line.contains('`')) {
        let cells: Vec<&str> = row.split('|').collect();
        assert_eq!(verbs(cells[2]), verbs(cells[3]), "{row}");
    }
}

#[test]
fn the_mails_on_the_page_make_gatherings() {
    let mails: Vec<&str> =
        PAGE.split("```mail\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert_eq!(mails.len(), 10);
    for mail in mails {
        let reading = read_whole(mail);
        assert!(matches!(reading.commands[0].command, Command::New(_)), "{mail}");
    }
}

#[test]
fn the_examples_between_the_tables_are_read_whole() {
    for opening in ["- **Which gathering?**", "Several at once:"] {
        let (_, rest) = PAGE.split_once(opening).expect("the paragraph");
        let paragraph = rest.split("\n- ").next().and_then(|rest| rest.split("\n\n").next());
        for example in paragraph.expect("a paragraph").split('`').skip(1).step_by(2) {
            read_whole(example);
        }
    }
}

#[test]
fn the_dates_named_on_the_page_are_dates() {
    let (_, rest) = PAGE.split_once("- **Dates**").expect("the paragraph");
    let paragraph = rest.split("\n- ").next().expect("a paragraph");
    let phrases: Vec<&str> = paragraph.split('`').skip(1).step_by(2).collect();
    assert!(phrases.len() > 12, "{phrases:?}");
    for phrase in phrases {
        let words = crate::command::words::split(phrase);
        assert!(crate::command::when::read_all(&words).is_some(), "{phrase}");
    }
}
