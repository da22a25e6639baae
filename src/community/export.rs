//! What an organizer or the operator takes along for other programs: sheets (RFC 4180) and events.
//!
//! Invariant: no cell is a formula, whatever its owner calls themselves (CWE-1236); and nobody's name
//! stands beside what they eat, as every guest was promised.

use chrono::NaiveDateTime;
use chrono_tz::Tz;
use serde::Serialize;

use super::clock;
use super::gathering::{Gathering, Invitation, Seat, Table};
use super::person::Person;
use crate::language::Language;
use crate::mail::clean_line;
use crate::understand::Answer;

/// Characters of the longest cell.
const LONGEST_CELL: usize = 200;

/// A gathering and everybody who was invited, as they stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extract {
    /// The gathering.
    pub gathering: Gathering,
    /// The guests: those with a seat first, then as an organizer is told of them.
    pub guests: Vec<Guest>,
}

/// A guest on a sheet. What they eat is not there, so that no sheet can hold it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Guest {
    /// The name.
    pub name: String,
    /// The address of record.
    pub email: String,
    /// What they answered.
    pub answer: Option<Answer>,
    /// When.
    pub answered: Option<NaiveDateTime>,
    /// Whether they have a seat.
    pub seat: Seat,
    /// For how many.
    pub party: u32,
    /// Whether they came; nobody has said.
    pub came: Option<bool>,
}

impl Extract {
    /// Of a gathering, with times as its community's clocks show them.
    pub fn of(table: &Table, zone: Tz) -> Self {
        let mut rows: Vec<&(Invitation, Person)> = table.invitations.iter().collect();
        rows.sort_by_key(|(invitation, _)| {
            (rank(invitation), invitation.waiting_since, invitation.id)
        });
        let guest = |(invitation, person): &&(Invitation, Person)| Guest {
            name: person.name.clone(),
            email: person.address.to_string(),
            answer: invitation.answer,
            answered: invitation.answered_at.map(|at| clock::local(at, zone)),
            seat: invitation.seat,
            party: invitation.party,
            came: invitation.came,
        };
        Self { gathering: table.gathering.clone(), guests: rows.iter().map(guest).collect() }
    }

    /// How many were invited.
    pub fn invited(&self) -> usize {
        self.guests.len()
    }

    /// The guests as a sheet in a reader's language: who was invited, what they answered, whether
    /// they have a seat and for how many, and who came.
    pub fn sheet(&self, language: Language) -> Vec<u8> {
        let words = words(language);
        let rows = self.guests.iter().map(|guest| guest.row(words));
        sheet(language, words.guests.iter().map(|word| (*word).to_owned()).collect(), rows)
    }
}

/// All that an organizer can take along: the members, and every gathering that is to come or has been
/// of late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Everything {
    /// The members, in a form that `import` reads.
    pub members: Vec<MemberRow>,
    /// The gatherings with their guests, earliest first.
    pub gatherings: Vec<Extract>,
}

/// The order in which guests are told of.
fn rank(invitation: &Invitation) -> u8 {
    match (invitation.seat, invitation.answer) {
        (Seat::Seated, _) => 0,
        (Seat::Offered, _) => 1,
        (Seat::Waiting, _) => 2,
        (Seat::None, Some(Answer::Yes | Answer::Maybe)) => 3,
        (Seat::None, None) => 4,
        (Seat::None, Some(Answer::No)) => 5,
    }
}

impl Guest {
    fn row(&self, words: &Words) -> Vec<String> {
        let [yes, no, maybe] = words.answers;
        let answer = |answer| match answer {
            Answer::Yes => yes,
            Answer::No => no,
            Answer::Maybe => maybe,
        };
        let [seated, waiting, offered] = words.seats;
        let seat = match self.seat {
            Seat::Seated => seated,
            Seat::Waiting => waiting,
            Seat::Offered => offered,
            Seat::None => "",
        };
        // How many somebody asked for says nothing where there is no seat for them.
        let party = (self.seat != Seat::None).then(|| self.party.to_string());
        let answered = self.answered.map(|at| at.format("%Y-%m-%d %H:%M").to_string());
        vec![
            self.name.clone(),
            self.email.clone(),
            self.answer.map_or("", answer).to_owned(),
            answered.unwrap_or_default(),
            seat.to_owned(),
            party.unwrap_or_default(),
            self.came.map_or("", |came| if came { yes } else { no }).to_owned(),
        ]
    }
}

/// A member on a list that `import` reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MemberRow {
    /// The name.
    pub name: String,
    /// The address of record.
    pub email: String,
    /// Their language, where they have chosen one.
    pub language: Option<Language>,
    /// `host`, `mentor`, `organizer`.
    pub roles: Vec<&'static str>,
    /// Telephone.
    pub phone: Option<String>,
}

/// The members as a list, under the headings that `import` knows.
pub fn members(rows: &[MemberRow]) -> Vec<u8> {
    let heading = ["name", "email", "language", "roles", "phone"];
    let rows = rows.iter().map(|row| {
        let language = row.language.map(|language| language.tag().to_owned());
        vec![
            row.name.clone(),
            row.email.clone(),
            language.unwrap_or_default(),
            row.roles.join(" "),
            row.phone.clone().unwrap_or_default(),
        ]
    });
    sheet(Language::En, heading.map(str::to_owned).to_vec(), rows)
}

/// Octets as spreadsheets like them: a mark that says UTF-8, without which Excel guesses wrong; and
/// the separator of the language, without which a Norwegian Excel puts a row into one cell.
fn sheet(
    language: Language,
    heading: Vec<String>,
    rows: impl Iterator<Item = Vec<String>>,
) -> Vec<u8> {
    let separator = match language {
        Language::En => b',',
        Language::Nb | Language::Nn => b';',
    };
    let mut writer = csv::WriterBuilder::new()
        .delimiter(separator)
        .quote_style(csv::QuoteStyle::Always)
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    for row in std::iter::once(heading).chain(rows) {
        // A Vec takes whatever is written to it, and every row is as long as the heading.
        if writer.write_record(row.iter().map(|text| cell(text))).is_err() {
            break;
        }
    }
    writer.into_inner().unwrap_or_default()
}

/// One line that no program takes for a formula. Wide signs are signs, too, in some of them.
fn cell(text: &str) -> String {
    let line = clean_line(text, LONGEST_CELL);
    let formula = line.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if formula { format!("'{line}") } else { line }
}

/// The name of a file about a gathering, without its ending: plain letters, so that any program can
/// keep it.
pub fn file_name(community: &str, starts: NaiveDateTime) -> String {
    format!("{}-{}", list_name(community), starts.format("%Y-%m-%d"))
}

/// The name of the file with the members, without its ending.
pub fn list_name(community: &str) -> String {
    let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
    community.chars().filter(plain).take(40).collect()
}

/// What a calendar tells beside time and place.
pub fn description(gathering: &Gathering) -> String {
    let told = [
        &gathering.speaker,
        &gathering.host,
        &gathering.question,
        &gathering.pre_read,
        &gathering.menu,
        &gathering.note,
    ];
    told.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\n")
}

/// The words of a sheet.
#[derive(Debug)]
struct Words {
    guests: [&'static str; 7],
    answers: [&'static str; 3],
    seats: [&'static str; 3],
}

fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &Words {
            guests: ["name", "email", "answer", "answered", "seat", "people", "came"],
            answers: ["yes", "no", "maybe"],
            seats: ["seat", "waiting list", "offer"],
        },
        Language::Nb => &Words {
            guests: ["navn", "e-post", "svar", "svarte", "plass", "personer", "kom"],
            answers: ["ja", "nei", "kanskje"],
            seats: ["plass", "venteliste", "tilbud"],
        },
        Language::Nn => &Words {
            guests: ["namn", "e-post", "svar", "svarte", "plass", "personar", "kom"],
            answers: ["ja", "nei", "kanskje"],
            seats: ["plass", "venteliste", "tilbod"],
        },
    }
}

#[cfg(test)]
mod tests;
