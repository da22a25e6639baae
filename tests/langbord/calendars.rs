//! Two calendar programs that are not ours read every event that we write: Python's icalendar and
//! libical. What they read is what was meant: the same instants, the same words, nothing more.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};
use langbord::mail::calendar::{self, Event};

use crate::support::{Scratch, program};

/// File and property -> what was read.
type Found = BTreeMap<(String, String), String>;

fn event(zone: Tz, starts_at: DateTime<Utc>) -> Event {
    Event {
        uid: "kx2abc@oslo.example.org".into(),
        sequence: 3,
        dtstamp: "2026-11-22T18:30:00Z".parse().unwrap(),
        zone,
        starts_at,
        ends_at: starts_at + TimeDelta::hours(4),
        summary: "Langbord: middag hos Ida".into(),
        location: Some("Thorvald Meyers gate 1, Oslo".into()),
        description: "Fisk; og en grunn.\nSvar på denne mailen.".into(),
        organizer_name: "Langbord Oslo".into(),
        organizer: "table+g-7-abc@oslo.example.org".parse().unwrap(),
        attendee_name: "Åse \"Ås\" Lønning".into(),
        attendee: "ase@example.org".parse().unwrap(),
    }
}

/// A Python that has icalendar.
fn python() -> PathBuf {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/bin/python3");
    let candidates = [own, "/usr/bin/python3".into(), "python3".into()];
    let has_it = |python: &PathBuf| {
        let found = Command::new(python).args(["-c", "import icalendar"]).output();
        found.is_ok_and(|output| output.status.success())
    };
    let found = candidates.into_iter().find(has_it);
    found.expect("Python's icalendar is missing: run scripts/setup test")
}

/// The reader that stands on libical, compiled once.
fn libical() -> PathBuf {
    static READER: OnceLock<PathBuf> = OnceLock::new();
    let compile = || {
        let reader = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("read-calendars-{}", std::process::id()));
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/calendars/read.c");
        // Homebrew's folders; where they are not, they do not hurt.
        let places = ["-I/opt/homebrew/include", "-L/opt/homebrew/lib", "-L/usr/local/lib"];
        let mut compiler = Command::new("cc");
        compiler.args(places).arg("-o").arg(&reader).arg(source).arg("-lical");
        let built = compiler.output().unwrap();
        let words = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "libical is missing: run scripts/setup test\n{words}");
        reader
    };
    READER.get_or_init(compile).clone()
}

/// What both read in a folder's objects.
fn read(folder: &Path) -> [Found; 2] {
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/calendars/read.py");
    let mut python = Command::new(python());
    let mut libical = Command::new(program(libical().to_str().unwrap(), "libical-dev"));
    [python.arg(script), &mut libical].map(|reader| {
        let output = reader.args(&files).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).unwrap();
        lines.lines().map(found).collect()
    })
}

fn found(line: &str) -> ((String, String), String) {
    let [path, property, value] = line.split('\t').collect::<Vec<_>>()[..] else {
        panic!("`{line}`");
    };
    let file = Path::new(path).file_name().unwrap().to_str().unwrap().to_owned();
    let value = data_encoding::HEXLOWER.decode(value.as_bytes()).unwrap();
    ((file, property.to_owned()), String::from_utf8(value).unwrap())
}

/// Under a name that no program knows, so that it has to read the rules that come with the event.
fn renamed(object: &str, zone: Tz, number: usize) -> String {
    let unfolded = object.replace("\r\n ", "");
    let (line, parameter) = (format!("TZID:{}", zone.name()), format!("TZID={}", zone.name()));
    let mine = format!("Langbord-{number}");
    unfolded.replace(&line, &format!("TZID:{mine}")).replace(&parameter, &format!("TZID={mine}"))
}

#[test]
fn every_zone_says_the_same_instant_to_every_calendar() {
    let scratch = Scratch::new("zones");
    let mut expected = BTreeMap::new();
    // Around the changes of clocks in both hemispheres, with different times for each zone.
    let days = ["2026-03-27", "2026-03-29", "2026-04-05", "2026-10-24", "2026-10-25", "2026-11-01"];
    for (number, zone) in TZ_VARIANTS.into_iter().enumerate() {
        for (at, day) in days.iter().enumerate().filter(|(at, _)| (at + number) % 3 == 0) {
            let hour = (number + at * 5) % 24;
            let starts_at: DateTime<Utc> = format!("{day}T{hour:02}:30:00Z").parse().unwrap();
            let event = event(zone, starts_at);
            let file = format!("{number:03}-{at}.ics");
            let object = renamed(&calendar::request(&event), zone, number * 10 + at);
            fs::write(scratch.path().join(&file), object).unwrap();
            expected.insert(file, event);
        }
    }
    for found in read(scratch.path()) {
        for (file, event) in &expected {
            let say = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
            for (property, at) in [("dtstart", event.starts_at), ("dtend", event.ends_at)] {
                let read = &found[&(file.clone(), property.to_owned())];
                assert_eq!(*read, say(at), "{property} in {}", event.zone);
            }
        }
    }
    println!("{} events in {} zones, read by two programs", expected.len(), TZ_VARIANTS.len());
    assert!(expected.len() > 1000);
}

#[test]
fn no_text_becomes_a_property_in_any_calendar() {
    let oslo = chrono_tz::Europe::Oslo;
    let hostile = [
        "plain",
        "\r\nATTENDEE:mailto:evil@x.no\r\n",
        "\nEND:VEVENT\nBEGIN:VEVENT\n",
        "\";X-EVIL=1:mailto:evil@x.no",
        "a;b,c:d\"e'f",
        "^n^'^^",
        "a\0\u{1}\u{7f}\u{85}\u{2028}b",
        "æøå 🎉 \u{202e}edoc",
        "first\nsecond\r\nthird\rfourth",
        "BEGIN:VALARM",
    ];
    let long = "å,".repeat(5_000);
    let scratch = Scratch::new("hostile");
    let values: Vec<&str> = hostile.into_iter().chain([long.as_str()]).collect();
    for (number, value) in values.iter().enumerate() {
        let event = Event {
            summary: (*value).into(),
            location: Some((*value).into()),
            description: (*value).into(),
            organizer_name: (*value).into(),
            attendee_name: (*value).into(),
            ..event(oslo, "2026-12-10T18:00:00Z".parse().unwrap())
        };
        for (method, object) in
            [("REQUEST", calendar::request(&event)), ("CANCEL", calendar::cancel(&event))]
        {
            fs::write(scratch.path().join(format!("{number:02}-{method}.ics")), object).unwrap();
        }
    }
    let [python, libical] = read(scratch.path());
    for (number, value) in values.iter().enumerate() {
        for method in ["REQUEST", "CANCEL"] {
            let file = format!("{number:02}-{method}.ics");
            holds_what_was_written((&python, &libical), &file, method, value);
        }
    }
    let plain = ("04-REQUEST.ics".to_owned(), "summary".to_owned());
    assert_eq!(libical[&plain], "a;b,c:d\"e'f");
}

fn holds_what_was_written(
    (python, libical): (&Found, &Found),
    file: &str,
    method: &str,
    value: &str,
) {
    let of = |found: &Found, name: &str| {
        found.get(&(file.to_owned(), name.to_owned())).cloned().unwrap_or_default()
    };
    assert_eq!(of(libical, "errors"), "0", "{value:?}");
    assert_eq!(of(libical, "stray"), "", "{value:?}");
    let parts = "VCALENDAR VTIMEZONE STANDARD DAYLIGHT VEVENT";
    assert_eq!(of(python, "components"), parts, "{value:?}");
    let properties = "ATTENDEE DESCRIPTION DTEND DTSTAMP DTSTART LOCATION ORGANIZER SEQUENCE \
                      STATUS SUMMARY TRANSP UID";
    assert_eq!(of(python, "properties"), properties, "{value:?}");
    for name in ["dtend", "uid", "sequence", "summary", "location", "description"] {
        assert_eq!(of(python, name), of(libical, name), "{name} of {value:?}");
    }
    for found in [python, libical] {
        assert_eq!(of(found, "dtstart"), "2026-12-10T18:00:00Z");
        assert_eq!(of(found, "method"), method);
        assert_eq!(of(found, "attendee"), "mailto:ase@example.org", "{value:?}");
        assert_eq!(of(found, "organizer"), "mailto:table+g-7-abc@oslo.example.org");
    }
}
