//! Any text of an organizer is commands or problems. The first line is the subject.
#![no_main]

use chrono::{DateTime, Utc};
use langbord::command::{Context, read};
use langbord::language::Language;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (subject, body) = text.split_once('\n').unwrap_or(("", text));
    // Context: one spring day in Oslo.
    let now = DateTime::<Utc>::UNIX_EPOCH + chrono::TimeDelta::days(20_514);
    let context = Context { now, zone: chrono_tz::Europe::Oslo, language: Language::Nb, seats: None };
    let reading = read(body, subject, context);
    for spotted in reading.commands {
        assert!(!spotted.line.trim().is_empty());
    }
});
