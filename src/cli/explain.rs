//! `langbord explain`: what a mail means, for a person or as JSON. No database, no configuration.

use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Exit, ExplainArgs, Reader};
use crate::command;
use crate::language::Language;
use crate::mail::{self, Message, clean};
use crate::understand::{Kind, Meaning, end_of_own_words, explain_json, explain_text, understand};
use crate::wire::LARGEST_MAIL;

/// Prints what each file means. A file that cannot be read is named and does not stop the others.
pub fn explain(
    args: &ExplainArgs,
    json: bool,
    output: &mut impl Write,
    now: DateTime<Utc>,
) -> Result<Exit> {
    let mut exit = Exit::Done;
    for file in &args.files {
        match octets(file).with_context(|| format!("read `{}`", file.display())) {
            Ok(raw) => {
                writeln!(output, "{}", one(file, &raw, (args, json), now)).context("print")?;
            }
            Err(error) => {
                super::say_error(&error);
                exit = Exit::Failed;
            }
        }
    }
    Ok(exit)
}

fn one(file: &Path, raw: &[u8], (args, json): (&ExplainArgs, bool), now: DateTime<Utc>) -> String {
    let message = mail::parse(raw);
    let meaning = understand(&message, None);
    let name = file.display().to_string();
    let text = match args.reader {
        Reader::Guest if json => return explain_json(&name, &meaning).to_string(),
        Reader::Guest => explain_text(&message, &meaning),
        Reader::Organizer => {
            let now = args.now.or(message.date).unwrap_or(now);
            let zone = args.zone;
            let context = command::Context { now, zone, language: Language::Nb, seats: None };
            let asked = asked_for(&message, &meaning, context);
            if json {
                let mut whole = json!({ "file": name, "kind": meaning.kind.name() });
                if let (Some(whole), Value::Object(asked)) = (whole.as_object_mut(), asked) {
                    whole.extend(asked);
                }
                return whole.to_string();
            }
            command::explain_text(&asked)
        }
    };
    // Mail is hostile: nothing of it may steer the terminal.
    clean::clean_text(&format!("{name}\n{text}"))
}

/// What an organizer's mail asks for. Only what a person wrote asks for anything.
fn asked_for(message: &Message, meaning: &Meaning, context: command::Context) -> Value {
    let own = matches!(meaning.kind, Kind::Reply | Kind::Calendar);
    let text = if own { meaning.visible_text.as_str() } else { "" };
    let subject = if own { message.subject.as_str() } else { "" };
    let reading = command::read_from(&message.from_name, text, subject, context);
    let mut asked = command::explain_json(text, &reading, context);
    let end = match meaning.kind {
        Kind::Reply | Kind::Calendar => end_of_own_words(message),
        Kind::Bounce | Kind::AutoReply | Kind::List | Kind::Feedback => {
            Some((message.subject.clone(), meaning.kind.name()))
        }
    };
    let stopped = asked.get_mut("stopped").filter(|stopped| stopped.is_null());
    if let (Some(stopped), Some((at, why))) = (stopped, end) {
        *stopped = json!({ "at": at, "why": why });
    }
    asked
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
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    const YES: &str = "From: Kari <kari@example.org>\r\nSubject: Re: Middag\r\n\r\n\
                       Kommer gjerne!\r\n\r\nHilsen Kari\u{1b}\r\n";

    fn args(line: &str) -> ExplainArgs {
        let cli = Cli::try_parse_from(line.split(' ')).unwrap();
        let Command::Explain(args) = cli.command else { panic!("not explain") };
        args
    }

    fn now() -> DateTime<Utc> {
        "2026-11-22T11:00:00Z".parse().unwrap()
    }

    fn organizers(raw: &str) -> Value {
        let args = args("langbord explain --as organizer mail.eml");
        let raw = raw.replace('\n', "\r\n");
        let found = one(Path::new("mail.eml"), raw.as_bytes(), (&args, true), now());
        assert_eq!(found.lines().count(), 1);
        serde_json::from_str(&found).unwrap()
    }

    #[test]
    fn a_person_reads_what_is_meant_and_no_escape_sequence() {
        let args = args("langbord explain yes.eml");
        let text = one(Path::new("yes.eml"), YES.as_bytes(), (&args, false), now());
        assert!(text.starts_with("yes.eml\n"), "{text}");
        assert!(text.contains("kind          reply") && text.contains("Kommer gjerne"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }

    #[test]
    fn a_machine_reads_one_object_a_line_and_a_missing_file_stops_nothing() {
        let here = std::env::temp_dir().join(format!("langbord-explain-{}", std::process::id()));
        fs::write(&here, YES).unwrap();
        let args = args(&format!("langbord explain /does/not/exist {}", here.display()));
        let mut output = Vec::new();
        let exit = explain(&args, true, &mut output, now()).unwrap();
        fs::remove_file(&here).unwrap();
        assert_eq!(exit, Exit::Failed);
        assert_eq!(String::from_utf8_lossy(&output).lines().count(), 1);
        let value: Value = serde_json::from_slice(&output).unwrap();
        assert_eq!(value["kind"], "reply");
    }

    #[test]
    fn the_page_shows_what_a_mail_of_an_organizer_asks_for() {
        let page = include_str!("../../docs/explain.md");
        let block = |kind: &str| {
            let (_, rest) = page.split_once(&format!("```{kind}\n")).unwrap();
            rest.split_once("\n```").unwrap().0
        };
        let shown: Value = serde_json::from_str(block("json")).unwrap();
        assert_eq!(organizers(block("mail")), shown);
    }

    #[test]
    fn who_speaks_what_to_read_and_the_kitchen_s_deadline_are_arguments() {
        let lecture = |cut_off: &str| {
            let mail = format!(
                "From: ida@example.org\nSubject: Nytt\n\nNytt foredrag 9. desember kl 18, 40 plasser\n\
                 foredragsholder: Anne Lie\nles: kapittel 3\nkjøkkenfrist: {cut_off}\n"
            );
            organizers(&mail)["commands"][0]["arguments"].clone()
        };
        let arguments = lecture("7. desember kl 12");
        assert_eq!(
            (&arguments["speaker"], &arguments["pre_read"]),
            (&json!("Anne Lie"), &json!("kapittel 3"))
        );
        assert_eq!(arguments["kitchen_cut_off"], "2026-12-07T12:00:00+01:00");
        assert_eq!(lecture("7. desember")["kitchen_cut_off"], "2026-12-07");
    }

    #[test]
    fn nothing_quoted_and_nothing_automatic_is_a_command() {
        let quoted = organizers(
            "From: ida@example.org\nSubject: Re: Middag\n\nhvem kommer?\n\n\
             Den 1. des. 2026 skrev Langbord <table@example.org>:\n> avlys\n",
        );
        assert_eq!(quoted["commands"][0]["verb"], "status");
        assert_eq!(quoted["commands"].as_array().unwrap().len(), 1);
        assert_eq!(quoted["stopped"]["why"], "quote");
        let away = organizers(
            "From: ida@example.org\nSubject: Autosvar\nAuto-Submitted: auto-replied\n\navlys\n",
        );
        assert_eq!(away["commands"], json!([]));
        assert_eq!(away["stopped"]["why"], away["kind"]);
    }

    #[test]
    fn the_time_and_the_zone_can_be_named() {
        let raw = "From: ida@example.org\r\n\r\nny middag torsdag kl 19, 12 plasser\r\n";
        let args = args(
            "langbord explain --as organizer --now 2027-07-01T10:00:00Z --zone Europe/London m.eml",
        );
        let found = one(Path::new("m.eml"), raw.as_bytes(), (&args, true), now());
        assert!(found.contains("2027-07-01T19:00:00+01:00"), "{found}");
    }
}
