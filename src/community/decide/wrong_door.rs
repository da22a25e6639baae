//! An organizer answers their own invitation with a command. It is neither carried out, as that is a
//! guest's address, nor taken for an answer: they are told, and the same in answer to that is done.
//!
//! Invariant: what somebody says of themselves stays an answer, also where it could be a command.

use chrono::{DateTime, Utc};

use super::{Read, organizer, post};
use crate::command::{Command, Further, fold_name};
use crate::community::decision::{Decision, Disposition, Post};
use crate::community::facts::{Answering, Facts, NextStep};
use crate::community::letter::{Letter, Refusal};
use crate::understand::{Kind, Meaning};

/// `3 plasser` may be a party; `12 plasser` is the table.
const LARGEST_PARTY: u32 = 4;

/// Words by which people speak of themselves. "I" only as English writes it: "i" is *in*.
const OF_ONESELF: [&str; 23] = [
    "I", "jeg", "eg", "æ", "jag", "me", "meg", "mæ", "mig", "my", "min", "mitt", "mine", "mi",
    "vi", "we", "us", "oss", "our", "vår", "vårt", "våre", "ours",
];

/// Whether a mail at an organizer's own invitation is meant for the table.
pub(super) fn is_command(facts: &Facts, answering: &Answering, meaning: &Meaning) -> bool {
    if !answering.guest.organizer || meaning.kind != Kind::Reply || is_of_oneself(meaning) {
        return false;
    }
    let read = Read { meaning, subject: "", ours: false, odd: false };
    let reading = organizer::reading(facts, read);
    reading.problems.is_empty()
        && !reading.commands.is_empty()
        && reading.commands.iter().all(|one| is_of_the_table(&one.command, answering, meaning))
}

fn is_of_oneself(meaning: &Meaning) -> bool {
    let mut words = meaning.visible_text.split(|c: char| !c.is_alphanumeric());
    words.any(|word| OF_ONESELF.contains(&word) || OF_ONESELF.contains(&&*lower(word)))
}

/// "Jeg" begins a sentence; "I" is left as it is.
fn lower(word: &str) -> String {
    if word.chars().count() > 1 { word.to_lowercase() } else { word.to_owned() }
}

fn is_of_the_table(command: &Command, answering: &Answering, meaning: &Meaning) -> bool {
    if let Command::Further(further) = command
        && let Further::AnswerFor { person, .. } = further.as_ref()
    {
        return is_another(answering, person);
    }
    match command {
        Command::Seats { seats, .. } => *seats > LARGEST_PARTY || meaning.party_size.is_none(),
        // Guests call off, too, and say that they are not coming; but hardly with that word alone.
        Command::Cancel { .. } => {
            meaning.answer.is_none() || meaning.visible_text.split_whitespace().count() == 1
        }
        Command::Yes | Command::No => false,
        Command::Help { .. }
        | Command::Status { .. }
        | Command::New(_)
        | Command::Move { .. }
        | Command::Invite { .. }
        | Command::Further(_) => !command.is_answer(),
    }
}

/// Whether this is the name of another guest: of "Sorry, no" the first word is nobody's.
fn is_another(answering: &Answering, person: &str) -> bool {
    let wanted = fold_name(person);
    answering.others.iter().any(|name| {
        let name = fold_name(name);
        name == wanted || name.split(' ').next() == Some(wanted.as_str())
    })
}

/// Tells where the same would be heard.
pub(super) fn decide(facts: &Facts, answering: &Answering, now: DateTime<Utc>) -> Decision {
    let organizer = &answering.guest;
    let letter = Letter::Refused { refusal: Refusal::OwnInvitation, line: None, offer: None };
    let post = Post {
        gathering_id: Some(answering.gathering.id),
        ..post::answer(facts, organizer, letter, NextStep::Organizer(organizer.id), now)
    };
    Decision { changes: Vec::new(), posts: vec![post], disposition: Disposition::Asked }
}
