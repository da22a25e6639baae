//! `langbord import`: members from a CSV file, all of them or none, with a line a row.
//!
//! Invariant: whoever has asked to be forgotten is not taken in again, whatever a file says.

use std::fs;
use std::io::Write;

use anyhow::{Context, Result, anyhow, bail};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{Connection, PgConnection};

use super::{Exit, ImportArgs};
use crate::community::roster::{self, Entry, Role, Roster, Verdict};
use crate::config::Config;
use crate::installation;
use crate::steps::Desk;
use crate::store::people::{self, Kept, NewPerson};
use crate::store::privacy;

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
        kept.push(keep(&mut tx, &station.desk, entry, now).await?);
    }
    tx.commit().await.context("commit the import")?;
    drop(db);
    report(&roster, &kept, json, output)?;
    installation.close().await?;
    Ok(Exit::Done)
}

/// Takes somebody in; nothing, where they have asked to be forgotten.
async fn keep(
    db: &mut PgConnection,
    desk: &Desk,
    entry: &Entry,
    now: DateTime<Utc>,
) -> Result<Option<Kept>> {
    let community = desk.community.id;
    let names = desk.erased_names(entry.email.as_str());
    if privacy::is_erased(db, community, &names).await? {
        return Ok(None);
    }
    Ok(Some(people::keep_member(db, community, &person(entry), now).await?))
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
fn report(
    roster: &Roster,
    kept: &[Option<Kept>],
    json: bool,
    output: &mut impl Write,
) -> Result<()> {
    let mut kept = kept.iter();
    for row in &roster.rows {
        let (entry, mut notes) = match &row.verdict {
            Verdict::Refused(reasons) => (None, reasons.clone()),
            Verdict::Taken(entry) => (Some(entry), Vec::new()),
            Verdict::Changed(entry, notes) => (Some(entry), notes.clone()),
        };
        let (verdict, name) = match entry {
            None => ("refused", String::new()),
            Some(entry) => {
                let (verdict, advice) = outcome(kept.next(), entry);
                notes.extend(advice);
                (verdict, entry.name.clone())
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

/// What became of somebody, and what the operator has to do besides.
fn outcome(kept: Option<&Option<Kept>>, entry: &Entry) -> (&'static str, Option<String>) {
    let organizes = entry.roles.contains(&Role::Organizer);
    let told = "not an organizer by this: name them under `organizers` in the configuration";
    let advice = organizes.then(|| told.to_owned());
    match kept {
        Some(Some(Kept::New)) => ("new", advice),
        Some(Some(Kept::Known)) => ("known", advice),
        Some(None) => {
            ("skipped", Some("has asked to be forgotten; they have to write first".to_owned()))
        }
        None => ("fine", advice),
    }
}
