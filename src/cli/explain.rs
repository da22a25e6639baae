//! `langbord explain`: what a mail means, for a person or as JSON. No database, no configuration.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result};

use super::{Exit, ExplainArgs};
use crate::understand::Meaning;
use crate::wire::LARGEST_MAIL;

/// Reads each file with `read` and prints what it means. A file that cannot be read is named and
/// does not stop the others.
pub fn explain(
    args: &ExplainArgs,
    json: bool,
    read: impl Fn(&[u8]) -> Meaning,
    output: &mut impl Write,
) -> Result<Exit> {
    let mut exit = Exit::Done;
    for file in &args.files {
        match octets(file) {
            Ok(raw) => {
                let meaning = read(&raw);
                let text = if json { as_json(file, &meaning)? } else { for_people(file, &meaning) };
                output.write_all(text.as_bytes()).context("print")?;
            }
            Err(error) => {
                super::say_error(&error);
                exit = Exit::Failed;
            }
        }
    }
    Ok(exit)
}

fn octets(file: &Path) -> Result<Vec<u8>> {
    let limit = LARGEST_MAIL as u64;
    let mut raw = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().take(limit).read_to_end(&mut raw).context("read standard input")?;
    } else {
        let opened = fs::File::open(file).with_context(|| format!("read `{}`", file.display()))?;
        opened
            .take(limit)
            .read_to_end(&mut raw)
            .with_context(|| format!("read `{}`", file.display()))?;
    }
    Ok(raw)
}

fn as_json(file: &Path, meaning: &Meaning) -> Result<String> {
    let mut value = serde_json::to_value(meaning).context("write as JSON")?;
    if let Some(object) = value.as_object_mut() {
        object.insert("file".to_owned(), file.display().to_string().into());
    }
    Ok(format!("{value}\n"))
}

fn for_people(file: &Path, meaning: &Meaning) -> String {
    let mut lines = vec![format!("{}", file.display())];
    let mut line = |name: &str, text: String| lines.push(format!("  {name:<12} {text}"));
    line("kind", word(&meaning.kind));
    let answer = meaning.answer.map_or_else(|| "none".to_owned(), |answer| word(&answer));
    line("answer", format!("{answer} ({:.0} % sure)", meaning.confidence * 100.0));
    if let Some(seats) = meaning.party_size {
        line("seats", seats.to_string());
    }
    if !meaning.diets.is_empty() {
        let diets: Vec<String> = meaning.diets.iter().map(word).collect();
        line("diets", diets.join(", "));
    }
    for note in &meaning.diet_notes {
        line("", format!("“{}”", plain(note)));
    }
    if meaning.needs_human {
        line("needs", "an organizer's eyes".to_owned());
    }
    if let Some(calendar) = &meaning.calendar {
        let partstat = calendar.partstat.as_deref().unwrap_or("no PARTSTAT");
        line("calendar", plain(&format!("{} {partstat}", calendar.method)));
    }
    for unreached in meaning.bounce.iter().flat_map(|bounce| &bounce.recipients) {
        let words = format!("{}: {}", unreached.address, unreached.reason);
        line("not reached", plain(&words));
    }
    for because in &meaning.because {
        let words = plain(&because.words);
        line("because", format!("{} ← “{words}” ({})", because.conclusion, because.rule));
    }
    for written in meaning.visible_text.lines() {
        line("|", plain(written));
    }
    lines.join("\n") + "\n\n"
}

/// The word that stands for a value in JSON, too.
fn word(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    text.trim_matches('"').replace(['-', '_'], " ")
}

/// Mail is hostile: nothing of it may steer the terminal.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understand::{Answer, Because, Diet, Kind};

    fn meaning() -> Meaning {
        Meaning {
            kind: Kind::Reply,
            answer: Some(Answer::Yes),
            party_size: Some(2),
            diets: [Diet::Coeliac, Diet::NutAllergy].into(),
            diet_notes: Vec::new(),
            needs_human: false,
            visible_text: "Kommer gjerne!\n\u{1b}[2Jmvh".to_owned(),
            confidence: 0.98,
            because: vec![Because {
                conclusion: "answer yes".to_owned(),
                at: 0..13,
                words: "Kommer gjerne".to_owned(),
                rule: "yes/come".to_owned(),
            }],
            bounce: None,
            calendar: None,
        }
    }

    #[test]
    fn a_person_reads_the_answer_its_reason_and_no_escape_sequence() {
        assert_eq!(
            for_people(Path::new("a.eml"), &meaning()),
            "a.eml\n  kind         reply\n  answer       yes (98 % sure)\n  seats        2\n  \
             diets        coeliac, nut allergy\n  \
             because      answer yes ← “Kommer gjerne” (yes/come)\n  \
             |            Kommer gjerne!\n  |            \u{fffd}[2Jmvh\n\n"
        );
    }

    #[test]
    fn a_machine_reads_one_object_a_line_and_a_missing_file_stops_nothing() {
        let here = std::env::temp_dir().join(format!("langbord-explain-{}", std::process::id()));
        fs::write(&here, "Subject: x\r\n\r\nja").unwrap();
        let args = ExplainArgs { files: vec!["/does/not/exist".into(), here.clone()] };
        let mut output = Vec::new();
        let exit = explain(&args, true, |_| meaning(), &mut output).unwrap();
        fs::remove_file(&here).unwrap();
        assert_eq!(exit, Exit::Failed);
        let value: serde_json::Value = serde_json::from_slice(&output).unwrap();
        assert_eq!(value["answer"], "yes");
        assert_eq!(value["diets"], serde_json::json!(["coeliac", "nut-allergy"]));
        assert_eq!(value["file"], here.display().to_string());
    }
}
