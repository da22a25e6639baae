//! `langbord doctor`: one line for each thing that has to be right, and what to do where it is not.

pub mod auth;
mod database;
mod servers;

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::Exit;
use crate::config::{CommunityConfig, Config, Inbox, Outbox, keys};
use crate::installation::Shelf;

/// How a thing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Right.
    Ok,
    /// Works, but should be looked at.
    Warn,
    /// Does not work.
    Fail,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What it is: `database`, `oslo inbox`.
    pub name: String,
    /// How it is.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do; empty where nothing is to be done.
    pub hint: String,
}

impl Check {
    fn ok(name: &str, found: impl Into<String>) -> Self {
        Self::new(State::Ok, name, found.into(), "")
    }

    fn warn(name: &str, found: impl Into<String>, hint: &str) -> Self {
        Self::new(State::Warn, name, found.into(), hint)
    }

    fn fail(name: &str, found: impl Into<String>, hint: &str) -> Self {
        Self::new(State::Fail, name, found.into(), hint)
    }

    fn new(state: State, name: &str, found: String, hint: &str) -> Self {
        Self { name: name.to_owned(), state, found, hint: hint.to_owned() }
    }
}

/// All that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report(pub Vec<Check>);

impl Report {
    /// Prints it. Fails, as an exit code, if one of the things does.
    pub fn print(&self, json: bool, output: &mut impl Write) -> Result<Exit> {
        for check in &self.0 {
            let text = if json { as_json(check)? } else { for_people(check) };
            output.write_all(text.as_bytes()).context("print")?;
        }
        let failed = self.0.iter().any(|check| check.state == State::Fail);
        Ok(if failed { Exit::Failed } else { Exit::Done })
    }
}

/// Looks at everything that a valid configuration speaks of.
pub async fn examine(config: &Config, now: DateTime<Utc>) -> Report {
    let file = config.file.display();
    let mut checks = vec![Check::ok("config", format!("{file} is understood"))];
    checks.push(clock(now));
    checks.push(data_dir(&config.data_dir));
    checks.push(our_keys(&config.data_dir));
    checks.push(letters(config));
    checks.extend(database::examine(&config.database, now).await);
    for community in &config.communities {
        checks.push(inbox(community).await);
        checks.push(outbox(community).await);
        checks.extend(signature(community));
    }
    Report(checks)
}

/// A machine without a battery wakes up in 1970; certificates and dinners then make no sense.
fn clock(now: DateTime<Utc>) -> Check {
    let shown = now.format("%Y-%m-%d %H:%M UTC").to_string();
    if now.timestamp() < BUILT_AFTER {
        return Check::fail(
            "clock",
            format!("it says {shown}"),
            "set it: timedatectl set-ntp true",
        );
    }
    Check::ok("clock", shown)
}

/// 2026-01-01, before which no Langbord was built.
const BUILT_AFTER: i64 = 1_767_225_600;

fn data_dir(dir: &Path) -> Check {
    let shown = dir.display();
    if !dir.exists() {
        return Check::warn(
            "data_dir",
            format!("{shown} is missing"),
            "it is made at the first run",
        );
    }
    match try_to_write(dir) {
        Ok(()) => Check::ok("data_dir", format!("{shown} can be written to")),
        Err(error) => {
            Check::fail("data_dir", format!("{shown}: {error}"), "give it to the user that runs us")
        }
    }
}

fn our_keys(data_dir: &Path) -> Check {
    let file = keys::file(data_dir);
    if !file.exists() {
        return Check::warn("keys", "there are none yet", "they are made at the first run");
    }
    match keys::read(&file) {
        Ok(_) => Check::ok("keys", format!("{} can be read; keep a copy", file.display())),
        Err(error) => Check::fail("keys", format!("{error:#}"), "restore them from a backup"),
    }
}

/// Whether every letter can be written, with the operator's own in place of ours.
fn letters(config: &Config) -> Check {
    let Some(dir) = &config.templates_dir else {
        return match Shelf::open(config) {
            Ok(_) => Check::ok("letters", "ours, and each can be written"),
            Err(error) => Check::fail("letters", format!("{error:#}"), "install Langbord anew"),
        };
    };
    let (shown, known) = (dir.display(), "name them as the program's own: nb/reminder.txt");
    if !dir.is_dir() {
        return Check::fail("letters", format!("{shown} is not a folder"), known);
    }
    match Shelf::open(config) {
        Ok(shelf) if shelf.is_bare() => {
            Check::warn("letters", format!("{shown} has none in it"), known)
        }
        Ok(_) => Check::ok("letters", format!("{shown}, and each can be written")),
        Err(error) => Check::fail("letters", format!("{error:#}"), "put the files right"),
    }
}

async fn inbox(community: &CommunityConfig) -> Check {
    let name = format!("{} inbox", community.slug);
    match &community.inbox {
        Inbox::Maildir(dir) => maildir(&name, dir),
        Inbox::Imap(settings) => servers::imap(&name, settings).await,
    }
}

async fn outbox(community: &CommunityConfig) -> Check {
    let name = format!("{} outbox", community.slug);
    match &community.outbox {
        Outbox::Maildir(root) => maildirs(&name, root),
        Outbox::Smtp(settings) => servers::smtp(&name, settings).await,
    }
}

/// A signature that does not align with From is worth nothing to DMARC (RFC 7489 3.1.1).
fn signature(community: &CommunityConfig) -> Option<Check> {
    let dkim = community.dkim.as_ref()?;
    let name = format!("{} dkim", community.slug);
    let from = community.address.domain();
    let domain = dkim.domain.to_ascii_lowercase();
    let aligned = from == domain || from.ends_with(&format!(".{domain}"));
    if !aligned {
        let found = format!("{domain} signs for {from}");
        return Some(Check::warn(&name, found, "sign with the domain of the address"));
    }
    Some(Check::ok(&name, format!("{}._domainkey.{domain} signs", dkim.selector)))
}

fn maildir(name: &str, dir: &Path) -> Check {
    let shown = dir.display();
    for part in ["cur", "new", "tmp"] {
        let folder = dir.join(part);
        if !folder.is_dir() {
            let hint = format!("mkdir -p '{shown}'/cur '{shown}'/new '{shown}'/tmp");
            return Check::fail(name, format!("{} is missing", folder.display()), &hint);
        }
        if let Err(error) = try_to_write(&folder) {
            let found = format!("{}: {error}", folder.display());
            return Check::fail(name, found, "give it to the user that runs us");
        }
    }
    Check::ok(name, format!("Maildir {shown}"))
}

/// The folder in which every recipient gets a Maildir with their first mail.
fn maildirs(name: &str, root: &Path) -> Check {
    let shown = root.display();
    if !root.exists() {
        return Check::warn(name, format!("{shown} is missing"), "it is made with the first mail");
    }
    match try_to_write(root) {
        Ok(()) => Check::ok(name, format!("a Maildir for each recipient in {shown}")),
        Err(error) => {
            Check::fail(name, format!("{shown}: {error}"), "give it to the user that runs us")
        }
    }
}

fn try_to_write(dir: &Path) -> std::io::Result<()> {
    let probe = dir.join(format!(".langbord-doctor-{}", std::process::id()));
    fs::write(&probe, "")?;
    fs::remove_file(probe)
}

fn as_json(check: &Check) -> Result<String> {
    Ok(serde_json::to_string(check).context("write as JSON")? + "\n")
}

fn for_people(check: &Check) -> String {
    let state = match check.state {
        State::Ok => "ok",
        State::Warn => "warn",
        State::Fail => "FAIL",
    };
    let hint =
        if check.hint.is_empty() { String::new() } else { format!("\n        → {}", check.hint) };
    format!("{state:<5} {}: {}{hint}\n", check.name, check.found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Environment};

    fn configured(folder: &Path, more: &str) -> Config {
        let shown = folder.display();
        let text = format!(
            "data_dir = \"{shown}\"\n{more}\n[[community]]\nslug = \"oslo\"\nname = \"Oslo\"\n\
             address = \"bord@example.org\"\nlanguage = \"nb\"\nzone = \"Europe/Oslo\"\n\
             organizers = [{{ name = \"Ida\", email = \"ida@example.org\" }}]\n\
             inbox = {{ maildir = \"{shown}/mail\" }}\n\
             outbox.smtp = {{ host = \"127.0.0.1\", port = 1, security = \"plain\" }}\n"
        );
        config::understand(Path::new("/langbord.toml"), &text, &Environment::new()).unwrap()
    }

    #[tokio::test]
    async fn what_works_and_what_does_not_stand_a_line_each_and_fail_the_command() {
        let folder = std::env::temp_dir().join(format!("langbord-doctor-{}", std::process::id()));
        for part in ["cur", "new", "tmp"] {
            fs::create_dir_all(folder.join("mail").join(part)).unwrap();
        }
        // Nobody listens on port 1.
        let database = "database.url = \"postgres://langbord@127.0.0.1:1/langbord\"";
        let config = configured(&folder, database);
        let report = examine(&config, "2026-11-22T23:00:00Z".parse().unwrap()).await;
        fs::remove_dir_all(&folder).unwrap();
        let states: Vec<(&str, State)> =
            report.0.iter().map(|check| (check.name.as_str(), check.state)).collect();
        assert_eq!(
            states,
            [
                ("config", State::Ok),
                ("clock", State::Ok),
                ("data_dir", State::Ok),
                ("keys", State::Warn),
                ("letters", State::Ok),
                ("database", State::Fail),
                ("oslo inbox", State::Ok),
                ("oslo outbox", State::Fail),
            ]
        );
        let mut output = Vec::new();
        assert_eq!(report.print(false, &mut output).unwrap(), Exit::Failed);
        let words = String::from_utf8(output).unwrap();
        assert!(words.contains("FAIL  oslo outbox: SMTP at 127.0.0.1:1:"), "{words}");
        assert!(words.lines().filter(|line| line.contains("→")).count() >= 3, "{words}");
        let mut output = Vec::new();
        report.print(true, &mut output).unwrap();
        let first = output.split(|b| *b == b'\n').next().unwrap();
        let first: serde_json::Value = serde_json::from_slice(first).unwrap();
        assert_eq!(first["state"], "ok");
    }

    #[test]
    fn a_letter_that_can_not_be_written_is_named_with_its_line() {
        let folder = std::env::temp_dir().join(format!("langbord-letters-{}", std::process::id()));
        let own = folder.join("nb");
        fs::create_dir_all(&own).unwrap();
        let dir = format!("templates_dir = \"{}\"", folder.display());
        let config = configured(Path::new("/nowhere"), &dir);
        assert_eq!(letters(&config).state, State::Warn, "a folder without letters");
        fs::write(own.join("reminder.txt"), "Subject: x\n\n{{ gathering.street }}\n").unwrap();
        let check = letters(&config);
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(check.state, State::Fail);
        assert!(check.found.contains("nb/reminder.txt:3: "), "{}", check.found);
        assert_eq!(letters(&config).state, State::Fail, "no folder");
    }

    #[test]
    fn a_clock_in_1970_is_found() {
        assert_eq!(clock(DateTime::UNIX_EPOCH).state, State::Fail);
    }

    #[test]
    fn a_maildir_without_its_folders_is_found_and_the_command_to_make_them_given() {
        let check = maildir("oslo inbox", Path::new("/does/not/exist"));
        assert_eq!(check.state, State::Fail);
        assert!(check.hint.starts_with("mkdir -p"), "{check:?}");
    }
}
