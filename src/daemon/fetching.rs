//! Watches a mailbox: fetch all there is, wait for more, and come back after every trouble.

use std::time::Instant;

use anyhow::{Context, Result};
use sqlx::PgConnection;
use tokio::sync::Notify;
use tracing::{error, info};

use super::{Shift, TURN, now};
use crate::steps::Progress;
use crate::steps::fetch::{self, Marking};
use crate::store::{inbox, locks};
use crate::wire::imap::Backoff;
use crate::wire::source::Source;

/// Watches until the daemon stops.
pub(super) async fn watch_mailbox(shift: Shift) {
    let mut backoff = Backoff::default();
    while !shift.stopping() {
        let begun = Instant::now();
        if let Err(error) = watch(&shift).await {
            let pause = backoff.after(begun.elapsed(), &error);
            error!(
                community = shift.station.desk.community.slug,
                "mailbox: {error:#}; again in {pause:?}"
            );
            shift.rest(&Notify::new(), pause).await;
        }
    }
}

/// One connection to the mailbox, under the lock that keeps every other daemon from it.
async fn watch(shift: &Shift) -> Result<()> {
    // Its own connection, closed at the end: the lock lives exactly as long.
    let mut db = shift.pool.acquire().await.context("connect")?.detach();
    let name = format!("mailbox:{}", shift.station.desk.community.slug);
    while !locks::hold(&mut db, &name).await? {
        shift.rest(&Notify::new(), TURN).await;
        if shift.stopping() {
            return Ok(());
        }
    }
    inbox::expect(&mut db, shift.station.desk.community.id, now()).await?;
    let mut source = Source::open(&shift.station.source).await?;
    info!(mailbox = source.name(), "watching");
    loop {
        fetch_all(shift, &mut db, &mut source).await?;
        let mut stop = shift.stop.clone();
        if shift.stopping() {
            return Ok(());
        }
        let stopped = async { drop(stop.wait_for(|stop| *stop).await) };
        source.wait(stopped).await.context("wait for mail")?;
    }
}

async fn fetch_all(shift: &Shift, db: &mut PgConnection, source: &mut Source) -> Result<()> {
    loop {
        let progress = fetch::step(db, &shift.station.desk, source, Marking::Mark, now()).await?;
        shift.bells.handle.notify_waiters();
        shift.bells.handle.notify_one();
        if progress == Progress::Idle || shift.stopping() {
            return Ok(());
        }
    }
}
