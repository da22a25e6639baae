//! Sheets as spreadsheets read them.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::community::person::Person;
use crate::understand::Diet;

fn table(names: &[&str]) -> Table {
    let gathering = json!({
        "id": 7, "kind": "dinner", "title": null, "starts_local": "2026-03-12T19:00:00",
        "starts_at": "2026-03-12T18:00:00Z", "place": null, "host": null, "host_id": null,
        "host_phone": null, "menu": null, "menu_reason": null, "question": null, "note": null,
        "reply_by": null, "seats": 12, "taken": 0, "state": "open", "reason": null, "sequence": 0,
        "moved_from": null, "asked_again": false, "asked_sequence": 0, "kitchen_by": null,
        "version": 3, "changed_at": "2026-03-01T09:00:00Z",
    });
    let invitation = |id| {
        json!({
            "id": id, "person_id": id, "invited_at": "2026-03-01T09:00:00Z", "answer": null,
            "answered_at": null, "seat": "none", "party": 1, "waiting_since": null, "offers": 0,
            "offer_until": null, "answers_by": null, "diets": [], "diet_notes": [],
            "unreached": false, "letter_left": true, "letter_sequence": 0, "calendar_sent": false,
        })
    };
    let guest = |(id, name): (i64, &&str)| {
        let person = Person {
            id,
            name: (*name).to_owned(),
            address: format!("guest{id}@example.org").parse().unwrap(),
            language: Language::Nb,
            phone: None,
            active: true,
            away: false,
            organizer: false,
        };
        (serde_json::from_value(invitation(id)).unwrap(), person)
    };
    let invitations = (1..).zip(names).map(guest).collect();
    Table {
        gathering: serde_json::from_value(gathering).unwrap(),
        host: None,
        invitations,
        waves: Vec::new(),
        planned: Vec::new(),
    }
}

fn read(octets: &[u8], separator: u8) -> Vec<Vec<String>> {
    let octets = octets.strip_prefix("\u{feff}".as_bytes()).expect("a mark");
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).from_reader(octets);
    let records = reader.records().map(|record| record.unwrap());
    records.map(|record| record.iter().map(str::to_owned).collect()).collect()
}

#[test]
fn a_sheet_says_who_comes_and_who_came_and_nothing_of_what_they_eat() {
    let mut table = table(&["Per", "Kari Lie", "Ola", "Eva"]);
    let guests = &mut table.invitations;
    guests[1].0.seat = Seat::Seated;
    guests[1].0.party = 2;
    guests[1].0.answer = Some(Answer::Yes);
    guests[1].0.answered_at = Some("2026-03-02T08:30:00Z".parse().unwrap());
    guests[1].0.came = Some(true);
    guests[1].0.diets = vec![Diet::Coeliac];
    guests[1].0.diet_notes = vec!["ikke selleri".into()];
    guests[2].0.answer = Some(Answer::No);
    guests[2].0.party = 3;
    guests[3].0.seat = Seat::Waiting;
    let extract = Extract::of(&table, "Europe/Oslo".parse().unwrap());
    let sheet = String::from_utf8(extract.sheet(Language::Nb)).unwrap();
    let written = "\u{feff}\"navn\";\"e-post\";\"svar\";\"svarte\";\"plass\";\"personer\";\"kom\"\r\n\
         \"Kari Lie\";\"guest2@example.org\";\"ja\";\"2026-03-02 09:30\";\"plass\";\"2\";\"ja\"\r\n\
         \"Eva\";\"guest4@example.org\";\"\";\"\";\"venteliste\";\"1\";\"\"\r\n\
         \"Per\";\"guest1@example.org\";\"\";\"\";\"\";\"\";\"\"\r\n\
         \"Ola\";\"guest3@example.org\";\"nei\";\"\";\"\";\"\";\"\"\r\n";
    assert_eq!(sheet, written);
    let english = String::from_utf8(extract.sheet(Language::En)).unwrap();
    assert!(english.starts_with("\u{feff}\"name\",\"email\",\"answer\","), "{english}");
}

#[test]
fn what_is_exported_can_be_imported() {
    let row = MemberRow {
        name: "Kari Lie".into(),
        email: "kari@example.org".into(),
        language: Some(Language::Nn),
        roles: vec!["host", "mentor"],
        phone: Some("+47 900 12 345".into()),
    };
    let roster = crate::community::roster::read(&members(&[row])).unwrap();
    let entries = roster.entries().unwrap();
    let kari = entries.first().unwrap();
    assert_eq!((kari.name.as_str(), kari.language), ("Kari Lie", Some(Language::Nn)));
    assert_eq!((kari.roles.len(), kari.phone.as_deref()), (2, Some("+47 900 12 345")));
}

/// Names that a spreadsheet would take for something to do.
#[test]
fn no_name_is_a_formula() {
    let names = [
        "=HYPERLINK(\"http://evil.no\",\"x\")",
        "  =1+1",
        "\t=1+1",
        "\r\n+cmd|' /C calc'!A0",
        "@SUM(1)",
        "-2+3",
        "＝1+1",
        "\u{200b}=1+1",
        "\u{202e}=1+1",
        "Kari\r\n=1+1",
        "Kari\";\"=1+1",
    ];
    let extract = Extract::of(&table(&names), "Europe/Oslo".parse().unwrap());
    for (language, separator) in [(Language::Nb, b';'), (Language::En, b',')] {
        let rows = read(&extract.sheet(language), separator);
        assert_eq!(rows.len(), names.len());
        for row in rows {
            assert_eq!(row.len(), 7, "{row:?}");
            let opens = ['=', '+', '-', '@', '\t', '\r', '\n', '＝'];
            assert!(row.iter().all(|cell| !cell.starts_with(opens)), "{row:?}");
            assert!(row.iter().all(|cell| !cell.contains(['\r', '\n', '\u{202e}'])), "{row:?}");
        }
    }
}

proptest! {
    #[test]
    fn whatever_they_are_called_each_guest_is_one_row(
        names in prop::collection::vec(any::<String>(), 1..6),
    ) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let extract = Extract::of(&table(&names), "Europe/Oslo".parse().unwrap());
        let rows = read(&extract.sheet(Language::Nn), b';');
        prop_assert_eq!(rows.len(), names.len());
        prop_assert!(rows.iter().flatten().all(|cell| !cell.starts_with(['=', '+', '-', '@'])));
    }
}
