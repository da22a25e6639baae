//! `langbord doctor auth`: does our own mail server take forged results out, and leave signatures
//! whole? A mail to ourselves tells. It may run beside a daemon, which then fetches that mail.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use tokio::time::sleep;

use super::{Check, Report};
use crate::config::Config;
use crate::installation::{self, Station};
use crate::mail::authentic::canary::Found;
use crate::mail::authentic::{self, Answers, Border, Judgement, Mode};
use crate::mail::proof::Proof;
use crate::steps::canary::{self, Left};
use crate::steps::fetch::{self, Marking};
use crate::steps::{Desk, Progress};
use crate::store::locks;
use crate::wire::outlet::Outlet;
use crate::wire::source::Source;

/// Says what time it is.
type Clock = fn() -> DateTime<Utc>;

/// How often the mailbox is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Sends a mail to each community, and looks at it when it is back.
pub async fn examine(config: &Config, wait: Duration, clock: Clock) -> Report {
    let installation = match installation::open(config, clock()).await {
        Ok(installation) => installation,
        Err(error) => return Report(vec![Check::fail("database", format!("{error:#}"), "")]),
    };
    let mut checks = Vec::new();
    for station in &installation.stations {
        let name = format!("{} auth", station.desk.community.slug);
        let check = one(&installation.pool, station, wait, clock).await;
        checks.push(check.unwrap_or_else(|error| {
            Check::fail(&name, format!("{error:#}"), "langbord doctor says what is wrong")
        }));
    }
    if let Err(error) = installation.close().await {
        checks.push(Check::warn("database", format!("{error:#}"), ""));
    }
    Report(checks)
}

async fn one(pool: &PgPool, station: &Station, wait: Duration, clock: Clock) -> Result<Check> {
    let desk = &station.desk;
    let name = format!("{} auth", desk.community.slug);
    if desk.witnesses.policy.mode == Mode::Off {
        return Ok(Check::ok(&name, "nothing is verified: each command is confirmed by a yes"));
    }
    // Its own connection, closed at the end: the lock on the mailbox lives exactly as long.
    let mut db = pool.acquire().await.context("connect")?.detach();
    let since = clock();
    let mut outlet = Outlet::new(&station.outlet);
    let left = canary::send(&mut db, desk, &mut outlet, since).await?;
    outlet.close().await;
    let id = match left {
        Left::Id(id) => id,
        Left::Not(why) => {
            let hint = "the outbox must take mail from and to the table's own address";
            return Ok(Check::fail(&name, format!("the test mail has not left: {why}"), hint));
        }
    };
    let Some((raw, arrived_at)) = back(&mut db, station, (id, since), (wait, clock)).await? else {
        let found = format!("the test mail was not back within {} s", wait.as_secs());
        let hint = format!(
            "does {} arrive in this inbox? look into its spam folder, or allow more: --wait 600",
            desk.community.address
        );
        return Ok(Check::fail(&name, found, &hint));
    };
    let found = canary::keep(&mut db, desk, &raw, clock()).await?;
    Ok(match (&desk.witnesses.policy.mode, found) {
        (Mode::Results(border), Some(found)) => results(&name, border, &found),
        (Mode::Off | Mode::Signatures | Mode::Results(_), _) => {
            signatures(&name, desk, (&raw, arrived_at)).await
        }
    })
}

/// Waits for it, and fetches mail meanwhile where no daemon does.
async fn back(
    db: &mut PgConnection,
    station: &Station,
    (id, since): (i64, DateTime<Utc>),
    (wait, clock): (Duration, Clock),
) -> Result<Option<(Vec<u8>, DateTime<Utc>)>> {
    let desk = &station.desk;
    let lock = format!("mailbox:{}", desk.community.slug);
    let begun = Instant::now();
    let mut source = None;
    loop {
        if source.is_none() && locks::hold(db, &lock).await? {
            source = Some(Source::open(&station.source).await?);
        }
        if let Some(source) = &mut source {
            while fetch::step(db, desk, source, Marking::Mark, clock()).await? == Progress::Worked {
            }
        }
        if let Some(found) = canary::look(db, desk, (id, since)).await? {
            return Ok(Some(found));
        }
        if begun.elapsed() >= wait {
            return Ok(None);
        }
        sleep(LOOK).await;
    }
}

fn results(name: &str, border: &Border, found: &Found) -> Check {
    let seen = |what: &str, names: &[String]| match names {
        [] => format!("no {what} field at all"),
        names => format!("{what} of {}", names.join(", ")),
    };
    let all = format!(
        "{}; {}",
        seen("Authentication-Results", &found.servers),
        seen("Received", &found.hosts)
    );
    if !found.border_seen {
        let found = format!("the test mail has not come over {}: {all}", border.host);
        let hint = "name in border_host the server that all mail from outside comes over; if ours \
            takes another way, say mode = \"signatures\"";
        return Check::fail(name, found, hint);
    }
    if !found.stripped {
        let found = format!("a forged result of {} came through: {all}", border.authserv_id);
        let hint = "let the server remove Authentication-Results that bear its own name from what \
            comes in, or say mode = \"signatures\"; until then its word proves nothing";
        return Check::fail(name, found, hint);
    }
    Check::ok(name, format!("forged results do not come in; those of {} count", border.authserv_id))
}

/// Whether a signature of our own has arrived whole.
async fn signatures(name: &str, desk: &Desk, (raw, arrived_at): (&[u8], DateTime<Utc>)) -> Check {
    let examined = authentic::examine(raw, &desk.witnesses.policy, arrived_at);
    let answers = match &desk.witnesses.resolver {
        Some(resolver) => resolver.txt(&examined.questions()).await,
        None => Answers::new(),
    };
    let authorship = match examined.judge(&answers) {
        Judgement::Settled(verdict) => verdict.authorship,
        Judgement::Again(why) => return Check::fail(name, why, "is the resolver reachable?"),
    };
    match authorship.proof {
        Proof::Proven => Check::ok(name, "signatures arrive as they were made, and count"),
        Proof::Broken | Proof::Refuted => Check::fail(
            name,
            format!("the signature of our own test mail does not hold: {}", authorship.because),
            "if its key is in the DNS, this mailbox changes what it gets: say mode = \"none\"",
        ),
        Proof::Unsigned | Proof::Unknowable => Check::warn(
            name,
            "nobody signs our mail, so nothing shows whether signatures arrive whole",
            "sign it: [community.dkim], or at your provider",
        ),
    }
}
