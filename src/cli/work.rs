//! `langbord run`, `once`, `demo`, `migrate`, `agenda`: the commands that need the database.

use std::io::Write;

use anyhow::{Context, Result, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info};

use super::{AgendaArgs, DemoArgs, Exit, OnceArgs, StatusArgs, StatusFormat};
use crate::community::clock;
use crate::config::Config;
use crate::daemon::{self, life::Life};
use crate::demo;
use crate::installation::{self, Journal, Station};
use crate::steps::deliver::Out;
use crate::steps::fetch::Marking;
use crate::steps::{self, Clock, Progress, Report};
use crate::store::{daemons, figures, schedule};
use crate::web::exposition;
use crate::wire::outlet::Outlet;
use crate::wire::source::Source;
use crate::wire::{Carrier, Envelope, Outcome};

/// A time that is no further ahead is now, by another clock.
const SOON: TimeDelta = TimeDelta::hours(1);

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
    // A database that is gone does not hold up the end: what is missed is made up for at the next
    // start.
    if let Err(error) = installation.keep_journal().await {
        error!("{error:#}");
    }
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
    let at = args.at.unwrap_or(now);
    if args.dry_run {
        return rehearsal(config, output, at).await;
    }
    ensure!(
        at <= now + SOON || args.for_good,
        "{at} has not come yet: with --dry-run you see what would be done, with --for-good all \
         mail that is due by then leaves now, and what is to be forgotten by then is forgotten"
    );
    let installation = installation::open(config, at).await?;
    let mut db = installation.pool.acquire().await?;
    let life = Life::new(installation.pool.clone());
    let id = life.join().await?;
    let work = async {
        life.rescue(&mut db).await?;
        // As at a given time, or by the clock, which goes on meanwhile.
        let clock = || args.at.unwrap_or_else(daemon::now);
        round(&mut db, &installation.stations, id, &clock).await
    };
    tokio::select! {
        done = work => done?,
        never = life.live() => never,
    }
    life.end().await?;
    drop(db);
    installation.keep_journal().await?;
    installation.close().await?;
    Ok(Exit::Done)
}

/// One round for every community. Where one fails the others still have theirs.
async fn round(
    db: &mut PgConnection,
    stations: &[Station],
    id: i64,
    clock: Clock<'_>,
) -> Result<()> {
    schedule::look_at_all(db, clock()).await?;
    let mut failed = None;
    for station in stations {
        let slug = &station.desk.community.slug;
        match round_for(db, station, id, clock).await {
            Ok(report) => {
                let handled = report.handled.len();
                let sent = report.count(|end| matches!(end, Outcome::Sent(_)));
                let deferred = report.count(|end| matches!(end, Outcome::Deferred(_)));
                let doubtful = report.count(|end| matches!(end, Outcome::Doubtful(_)));
                let failed = report.delivered.len() - sent - deferred - doubtful;
                info!(community = slug, handled, sent, deferred, failed, doubtful, "done");
            }
            Err(error) => {
                error!(community = slug, "{error:#}");
                failed = Some(error.context(format!("community `{slug}`")));
            }
        }
    }
    steps::plan::tidy(db, clock()).await?;
    failed.map_or(Ok(()), Err)
}

async fn round_for(
    db: &mut PgConnection,
    station: &Station,
    id: i64,
    clock: Clock<'_>,
) -> Result<Report> {
    let mut source = Source::open(&station.source).await?;
    let mut outlet = Outlet::new(&station.outlet);
    let report = steps::round(db, &station.desk, (&mut source, &mut outlet), id, clock).await;
    outlet.close().await;
    report
}

/// Says what `once` would do, for every community.
async fn rehearsal(config: &Config, output: &mut impl Write, at: DateTime<Utc>) -> Result<Exit> {
    let installation = installation::rehearse(config, at).await?;
    let mut db = installation.pool.acquire().await?;
    for station in &installation.stations {
        rehearse(&mut db, (station, &installation.journal), output, at).await?;
    }
    drop(db);
    installation.close().await?;
    Ok(Exit::Done)
}

/// Says what `once` would do for a community. Everything happens in one transaction that is never
/// committed, no mail is marked in the mailbox, and none leaves.
async fn rehearse(
    db: &mut PgConnection,
    (station, journal): (&Station, &Journal),
    output: &mut impl Write,
    now: DateTime<Utc>,
) -> Result<()> {
    let mut source = Source::open(&station.source).await?;
    let mut tx = db.begin().await.context("begin the rehearsal")?;
    let desk = &station.desk;
    let again = journal.replay(&mut tx, desk, now).await?;
    if again > 0 {
        writeln!(output, "would erase again {again} who had come back with an older database")?;
    }
    let id = daemons::register(&mut tx).await?;
    let _more = steps::fetch::step(&mut tx, desk, &mut source, Marking::Leave, now).await?;
    let mut quiet = again == 0;
    loop {
        let (progress, handled) = steps::handle::step(&mut tx, desk, id, &|| true, now).await?;
        for one in &handled {
            let from = one.from.as_ref().map_or("nobody", |from| from.as_str());
            writeln!(output, "would read {} from {from}", one.decision.disposition.as_str())?;
        }
        if progress == Progress::Idle {
            break;
        }
        quiet = false;
    }
    let _planned = steps::plan::step(&mut tx, desk, now).await?;
    loop {
        let (carrier, learnt) = (&mut Nowhere, &mut Vec::new());
        let out = Out { carrier, keep_going: &|| true, learnt, clock: &|| now };
        let (progress, mails) = steps::deliver::step(&mut tx, desk, id, out).await?;
        for mail in &mails {
            writeln!(output, "would send {} to {}", mail.letter, mail.recipient)?;
        }
        if progress == Progress::Idle {
            break;
        }
        quiet = false;
    }
    if quiet {
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

/// Prints the figures of the tables: what waits, what failed, and for how long.
pub async fn status(
    config: &Config,
    args: &StatusArgs,
    json: bool,
    output: &mut impl Write,
    now: DateTime<Utc>,
) -> Result<Exit> {
    let installation = installation::look(config, now).await?;
    let mut db = installation.pool.acquire().await?;
    let figures = figures::all(&mut db, now).await?;
    let text = match args.format {
        StatusFormat::Prometheus => exposition::prometheus(&figures, now),
        StatusFormat::Text if json => {
            let lines: Result<Vec<String>, _> = figures.iter().map(serde_json::to_string).collect();
            lines?.join("\n") + "\n"
        }
        StatusFormat::Text => exposition::table(&figures, now),
    };
    output.write_all(text.as_bytes())?;
    drop(db);
    installation.close().await?;
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
    let installation = installation::look(config, now).await?;
    let mut db = installation.pool.acquire().await?;
    for station in &installation.stations {
        let community = &station.desk.community;
        let entries = steps::agenda::upcoming(&mut db, &station.desk, args.until, now).await?;
        for entry in entries {
            if json {
                writeln!(
                    output,
                    "{}",
                    json!({
                        "community": community.slug, "due": entry.due, "letter": entry.letter,
                        "person": entry.person, "to": entry.to, "about": entry.about,
                        "why": entry.why, "purpose": entry.purpose,
                    })
                )?;
                continue;
            }
            let due = clock::local(entry.due, community.zone).format("%a %Y-%m-%d %H:%M");
            let about = entry.about.map(|about| format!("{about}: ")).unwrap_or_default();
            writeln!(output, "{due}  {:<14} {:<24} {about}{}", entry.letter, entry.to, entry.why)?;
        }
    }
    drop(db);
    installation.close().await?;
    Ok(Exit::Done)
}
