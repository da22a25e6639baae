//! `langbord import`: members from a CSV file, all of them or none, with a line a row.

use std::fs;
use std::io::Write;

use anyhow::{Context, Result, anyhow, bail};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::Connection;

use super::{Exit, ImportArgs};
use crate::community::roster::{self, Entry, Role, Roster, Verdict};
use crate::config::Config;
use crate::installation;
use crate::store::people::{self, Kept, NewPerson};

/// Takes in members: all of them, or, if one row is refused, none.
pub async fn import(
    config: &Config,
    args: &ImportArgs,
    json: bool,
    output: &mut impl Write,
    now: DateTime<Utc>,
) -> Result<Exit> {
    let name = args.file.display();
    let octets = fs::read(&args.file).with_context(|| format!("read `{name}`"))?;
    let roster = roster::read(&octets).map_err(|problem| anyhow!("`{name}`: {problem}"))?;
    let Some(entries) = roster.entries() else {
        report(&roster, &[], json, output)?;
        writeln!(
            output,
            "Nobody was taken in. Correct the refused rows and import the file again."
        )?;
        return Ok(Exit::Failed);
    };
    let installation = installation::open(config, now).await?;
    let slug = &args.community;
    let mut stations = installation.stations.iter();
    let Some(station) = stations.find(|station| station.desk.community.slug == *slug) else {
        bail!("there is no community `{slug}` in `{}`", config.file.display());
    };
    let mut db = installation.pool.acquire().await?;
    let mut tx = db.begin().await.context("begin the import")?;
    let mut kept = Vec::new();
    for entry in entries {
        let community = station.desk.community.id;
        kept.push(people::keep_member(&mut tx, community, &person(entry), now).await?);
    }
    tx.commit().await.context("commit the import")?;
    drop(db);
    report(&roster, &kept, json, output)?;
    installation.close().await?;
    Ok(Exit::Done)
}

fn person(entry: &Entry) -> NewPerson {
    NewPerson {
        name: entry.name.clone(),
        email: entry.email.clone(),
        language: entry.language,
        phone: entry.phone.clone(),
        // Who may command is the configuration's to say, and is set anew at every start.
        organizer: false,
        host: entry.roles.contains(&Role::Host),
        mentor: entry.roles.contains(&Role::Mentor),
    }
}

/// A line a row: what became of it.
fn report(roster: &Roster, kept: &[Kept], json: bool, output: &mut impl Write) -> Result<()> {
    let mut kept = kept.iter();
    for row in &roster.rows {
        let (verdict, name, notes) = match &row.verdict {
            Verdict::Refused(reasons) => ("refused", String::new(), reasons.clone()),
            Verdict::Taken(entry) => (outcome(kept.next()), entry.name.clone(), advice(entry)),
            Verdict::Changed(entry, notes) => {
                let notes = [notes.clone(), advice(entry)].concat();
                (outcome(kept.next()), entry.name.clone(), notes)
            }
        };
        if json {
            let line =
                json!({ "line": row.line, "verdict": verdict, "name": name, "notes": notes });
            writeln!(output, "{line}")?;
        } else {
            let notes =
                if notes.is_empty() { String::new() } else { format!("  ({})", notes.join("; ")) };
            writeln!(output, "line {:>4}  {verdict:<8}  {name}{notes}", row.line)?;
        }
    }
    Ok(())
}

fn outcome(kept: Option<&Kept>) -> &'static str {
    match kept {
        Some(Kept::New) => "new",
        Some(Kept::Known) => "known",
        None => "fine",
    }
}

/// What the operator has to do besides.
fn advice(entry: &Entry) -> Vec<String> {
    let organizes = entry.roles.contains(&Role::Organizer);
    let told = "not an organizer by this: name them under `organizers` in the configuration";
    organizes.then(|| told.to_owned()).into_iter().collect()
}
