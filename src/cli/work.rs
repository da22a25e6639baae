//! `langbord run`, `once`, `demo`, `migrate`, `agenda`: the commands that need the database.

use std::io::Write;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tokio::signal::unix::{SignalKind, signal};
use tracing::info;

use super::{AgendaArgs, DemoArgs, Exit, OnceArgs};
use crate::community::{clock, plan};
use crate::config::Config;
use crate::installation::{self, Station};
use crate::steps;
use crate::steps::deliver::Out;
use crate::steps::fetch::Marking;
use crate::store::{daemons, outbox, people, tables};
use crate::wire::outlet::Outlet;
use crate::wire::source::Source;
use crate::wire::{Carrier, Envelope, Outcome};
use crate::{daemon, demo};

/// Runs the daemon until SIGTERM or SIGINT.
pub async fn run(config: &Config, now: DateTime<Utc>) -> Result<Exit> {
    let mut terminate = signal(SignalKind::terminate()).context("listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("listen for SIGINT")?;
    let installation = installation::open(config, now).await?;
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    };
    daemon::run(&installation, stop).await?;
    installation.close().await?;
    Ok(Exit::Done)
}

/// Does all that is due, for every community, and ends.
pub async fn once(
    config: &Config,
    args: &OnceArgs,
    output: &mut impl Write,
    now: DateTime<Utc>,
) -> Result<Exit> {
    let now = args.at.unwrap_or(now);
    let installation = installation::open(config, now).await?;
    let mut db = installation.pool.acquire().await?;
    let daemon_id = daemons::register(&mut db, now).await?;
    for station in &installation.stations {
        if args.dry_run {
            rehearse(&mut db, station, daemon_id, output, now).await?;
        } else {
            let mut source = Source::open(&station.source).await?;
            let mut outlet = Outlet::new(&station.outlet);
            let post = (&mut source, &mut outlet);
            let report = steps::round(&mut db, &station.desk, post, daemon_id, now).await?;
            outlet.close().await;
            let (handled, sent) = (report.handled.len(), report.delivered.len());
            info!(community = station.desk.community.slug, handled, sent, "done");
        }
    }
    steps::plan::tidy(&mut db, now).await?;
    daemons::leave(&mut db, daemon_id, now).await?;
    drop(db);
    installation.close().await?;
    Ok(Exit::Done)
}

/// Says what `once` would do. Everything happens in one transaction that is never committed, no
/// mail is marked in the mailbox, and none leaves.
async fn rehearse(
    db: &mut PgConnection,
    station: &Station,
    daemon_id: i64,
    output: &mut impl Write,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut tx = db.begin().await.context("begin the rehearsal")?;
    let mut source = Source::open(&station.source).await?;
    let desk = &station.desk;
    let _more = steps::fetch::step(&mut tx, desk, &mut source, Marking::Leave, now).await?;
    let (_, handled) = steps::handle::step(&mut tx, desk, daemon_id, &|| true, now).await?;
    for one in &handled {
        let from = one.from.as_ref().map_or("nobody", |from| from.as_str());
        writeln!(output, "would read {} from {from}", one.decision.disposition.as_str())?;
    }
    let _planned = steps::plan::step(&mut tx, desk, now).await?;
    let out = Out { carrier: &mut Nowhere, keep_going: &|| true };
    let (_, mails) = steps::deliver::step(&mut tx, desk, daemon_id, out, now).await?;
    for mail in &mails {
        writeln!(output, "would send {} to {}", mail.letter, mail.recipient)?;
    }
    if handled.is_empty() && mails.is_empty() {
        writeln!(output, "{}: nothing to do", desk.community.slug)?;
    }
    tx.rollback().await.context("forget the rehearsal")
}

/// Takes every mail and gives it to nobody.
struct Nowhere;

impl Carrier for Nowhere {
    async fn address(&mut self, _: &Envelope) -> Result<(), Outcome> {
        Ok(())
    }

    fn abandon(&mut self) {}

    async fn hand_over(&mut self, _: &[u8]) -> Outcome {
        Outcome::Sent("rehearsed".to_owned())
    }
}

/// Plays the season.
pub async fn demo(args: &DemoArgs, output: &mut impl Write) -> Result<Exit> {
    demo::play(&args.dir, output).await?;
    Ok(Exit::Done)
}

/// Brings the tables up to date.
pub async fn migrate(config: &Config, now: DateTime<Utc>) -> Result<Exit> {
    installation::open(config, now).await?.close().await?;
    info!("the database is up to date");
    Ok(Exit::Done)
}

/// Lists the mails that will be sent by themselves, if nothing changes.
pub async fn agenda(
    config: &Config,
    args: &AgendaArgs,
    json: bool,
    output: &mut impl Write,
    now: DateTime<Utc>,
) -> Result<Exit> {
    let installation = installation::open(config, now).await?;
    let mut db = installation.pool.acquire().await?;
    for station in &installation.stations {
        for entry in upcoming(&mut db, station, args.until, now).await? {
            let zone = station.desk.community.zone;
            let line = if json {
                format!(
                    "{}",
                    json!({
                        "due": entry.due_at, "letter": entry.letter.name(), "person": entry.to.id,
                        "to": entry.to.name, "purpose": entry.purpose.to_string(),
                    })
                )
            } else {
                let due = clock::local(entry.due_at, zone).format("%a %Y-%m-%d %H:%M");
                format!(
                    "{due}  {:<14} {:<24} {}",
                    entry.letter.name(),
                    entry.to.name,
                    entry.purpose
                )
            };
            writeln!(output, "{line}")?;
        }
    }
    drop(db);
    installation.close().await?;
    Ok(Exit::Done)
}

/// What the plan holds for one community, by time, without what has been written already.
async fn upcoming(
    db: &mut PgConnection,
    station: &Station,
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Vec<crate::community::Post>> {
    let community = &station.desk.community;
    let mut members = Vec::new();
    let mut open = Vec::new();
    let mut posts = Vec::new();
    for id in tables::open(db, community.id, now).await? {
        let mut table = tables::table(db, community.id, id).await?;
        posts.extend(plan::letters(community, &table));
        for (invitation, _) in &mut table.invitations {
            invitation.letter_left = true;
        }
        posts.extend(plan::letters(community, &table));
        open.push(table);
    }
    if let Some(occurrence) =
        station.desk.digest.as_ref().and_then(|cadence| cadence.next(community.zone, now))
    {
        members.extend(people::members(db, community.id).await?);
        posts.extend(plan::digests(&members, &open, (occurrence.civil, occurrence.due_at)));
    }
    let purposes: Vec<String> = posts.iter().map(|post| post.purpose.to_string()).collect();
    let known = outbox::known(db, &purposes).await?;
    posts.retain(|post| {
        post.expires_at > now
            && until.is_none_or(|until| post.due_at <= until)
            && !known.contains(&post.purpose.to_string())
    });
    posts.sort_by_key(|post| (post.due_at, post.purpose.clone()));
    posts.dedup_by_key(|post| post.purpose.clone());
    Ok(posts)
}
