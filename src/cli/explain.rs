//! `langbord explain`: what a mail means, for a person or as JSON. No database, no configuration.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result};

use super::{Exit, ExplainArgs};
use crate::mail::{self, clean};
use crate::understand::{explain_json, explain_text, understand};
use crate::wire::LARGEST_MAIL;

/// Prints what each file means. A file that cannot be read is named and does not stop the others.
pub fn explain(args: &ExplainArgs, json: bool, output: &mut impl Write) -> Result<Exit> {
    let mut exit = Exit::Done;
    for file in &args.files {
        match octets(file).with_context(|| format!("read `{}`", file.display())) {
            Ok(raw) => writeln!(output, "{}", one(file, &raw, json)).context("print")?,
            Err(error) => {
                super::say_error(&error);
                exit = Exit::Failed;
            }
        }
    }
    Ok(exit)
}

fn one(file: &Path, raw: &[u8], json: bool) -> String {
    let message = mail::parse(raw);
    let meaning = understand(&message, None);
    let name = file.display().to_string();
    if json {
        return explain_json(&name, &meaning).to_string();
    }
    // Mail is hostile: nothing of it may steer the terminal.
    clean::clean_text(&format!("{name}\n{}", explain_text(&message, &meaning)))
}

fn octets(file: &Path) -> std::io::Result<Vec<u8>> {
    let limit = LARGEST_MAIL as u64;
    let mut raw = Vec::new();
    if file == Path::new("-") {
        std::io::stdin().take(limit).read_to_end(&mut raw)?;
    } else {
        fs::File::open(file)?.take(limit).read_to_end(&mut raw)?;
    }
    Ok(raw)
}

#[cfg(test)]
mod tests {
    use super::*;

    const YES: &str = "From: Kari <kari@example.org>\r\nSubject: Re: Middag\r\n\r\n\
                       Kommer gjerne!\r\n\r\nHilsen Kari\u{1b}\r\n";

    #[test]
    fn a_person_reads_what_is_meant_and_no_escape_sequence() {
        let text = one(Path::new("yes.eml"), YES.as_bytes(), false);
        assert!(text.starts_with("yes.eml\n"), "{text}");
        assert!(text.contains("kind          reply") && text.contains("Kommer gjerne"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }

    #[test]
    fn a_machine_reads_one_object_a_line_and_a_missing_file_stops_nothing() {
        let here = std::env::temp_dir().join(format!("langbord-explain-{}", std::process::id()));
        fs::write(&here, YES).unwrap();
        let args = ExplainArgs { files: vec!["/does/not/exist".into(), here.clone()] };
        let mut output = Vec::new();
        let exit = explain(&args, true, &mut output).unwrap();
        fs::remove_file(&here).unwrap();
        assert_eq!(exit, Exit::Failed);
        assert_eq!(String::from_utf8_lossy(&output).lines().count(), 1);
        let value: serde_json::Value = serde_json::from_slice(&output).unwrap();
        assert_eq!(value["kind"], "reply");
    }
}
