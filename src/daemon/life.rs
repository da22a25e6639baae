//! Who of this process is at work, known to all who share the database: one connection that says
//! so, and a number for each worker.
//!
//! Invariant: a claim belongs to a number, and a worker that has failed never works on under its
//! old one. So a claim of which its worker knows nothing (the database committed it, and the
//! connection broke before we heard) is freed like that of a dead daemon.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use tokio::sync::Mutex;
use tokio::time::sleep;
use tracing::{error, warn};

use super::HEARTBEAT;
use crate::store::daemons;

/// So long we have to be connected before we say of others that they are gone: after a restart of
/// the server they may only be slower than we.
const SETTLED: Duration = Duration::from_secs(4);

/// The workers of this process.
#[derive(Debug)]
pub struct Life {
    pool: PgPool,
    known: Mutex<Known>,
    /// Those whose worker has panicked, until the next heartbeat.
    fallen: Fallen,
}

type Fallen = std::sync::Mutex<BTreeSet<i64>>;

#[derive(Debug, Default)]
struct Known {
    connection: Option<(PgConnection, Instant)>,
    at_work: BTreeSet<i64>,
}

impl Life {
    /// Nobody is at work yet.
    pub fn new(pool: PgPool) -> Self {
        Self { pool, known: Mutex::default(), fallen: Fallen::default() }
    }

    /// Somebody begins to work, under a new number.
    pub async fn join(&self, now: DateTime<Utc>) -> Result<i64> {
        let mut known = self.known.lock().await;
        let id = match self.connection(&mut known).await {
            Ok(db) => daemons::register(db, now).await,
            Err(error) => Err(error),
        };
        match &id {
            Ok(id) => drop(known.at_work.insert(*id)),
            Err(_) => known.connection = None,
        }
        id
    }

    /// Somebody ends; what they had not finished is free.
    pub async fn leave(&self, id: i64) -> Result<()> {
        let mut known = self.known.lock().await;
        known.at_work.remove(&id);
        let left = match self.connection(&mut known).await {
            Ok(db) => daemons::leave(db, id).await,
            Err(error) => Err(error),
        };
        if left.is_err() {
            known.connection = None;
        }
        left
    }

    /// All end.
    pub async fn end(&self) -> Result<()> {
        let at_work = self.known.lock().await.at_work.clone();
        for id in at_work {
            self.leave(id).await?;
        }
        Ok(())
    }

    /// Says for as long as it is polled that we are alive.
    pub async fn live(&self, clock: fn() -> DateTime<Utc>) -> ! {
        loop {
            if let Err(error) = self.beat(clock()).await {
                error!("heartbeat: {error:#}");
            }
            sleep(HEARTBEAT).await;
        }
    }

    /// Says that all of us are alive, and frees what the dead held. Answers whether they held
    /// anything.
    pub async fn beat(&self, now: DateTime<Utc>) -> Result<bool> {
        let mut known = self.known.lock().await;
        let beaten = self.beat_on(&mut known, now).await;
        if beaten.is_err() {
            known.connection = None;
        }
        beaten
    }

    async fn beat_on(&self, known: &mut Known, now: DateTime<Utc>) -> Result<bool> {
        self.connection(known).await?;
        let fallen = self.fallen.lock().map_or_else(|_| BTreeSet::new(), |ids| ids.clone());
        let Some((db, since)) = &mut known.connection else { return Ok(false) };
        for id in fallen {
            daemons::leave(db, id).await?;
            known.at_work.remove(&id);
            if let Ok(mut fallen) = self.fallen.lock() {
                fallen.remove(&id);
            }
        }
        for id in &known.at_work {
            daemons::beat(db, *id, now).await?;
        }
        if since.elapsed() < SETTLED {
            return Ok(false);
        }
        let rescued = daemons::rescue(db, now).await?;
        let found = rescued.freed + rescued.doubtful > 0;
        if found {
            warn!(rescued.freed, rescued.doubtful, "another daemon has died");
        }
        Ok(found)
    }

    /// The connection that holds our locks, opened anew where it has broken.
    async fn connection<'a>(&self, known: &'a mut Known) -> Result<&'a mut PgConnection> {
        if known.connection.is_none() {
            let mut db = self.pool.acquire().await.context("connect")?.detach();
            for id in &known.at_work {
                daemons::hold(&mut db, *id).await?;
            }
            known.connection = Some((db, Instant::now()));
        }
        let (db, _) = known.connection.as_mut().context("there is no connection")?;
        Ok(db)
    }
}

/// A worker's number: taken when it is needed, and given back after a failure.
#[derive(Debug)]
pub(super) struct Badge<'a> {
    life: &'a Life,
    id: Option<i64>,
    spoiled: bool,
}

impl<'a> Badge<'a> {
    pub(super) fn new(life: &'a Life) -> Self {
        Self { life, id: None, spoiled: false }
    }

    /// The number to claim under.
    pub(super) async fn show(&mut self, now: DateTime<Utc>) -> Result<i64> {
        if let Some(id) = self.id.filter(|_| self.spoiled) {
            self.life.leave(id).await?;
            self.id = None;
        }
        let id = match self.id {
            Some(id) => id,
            None => self.life.join(now).await?,
        };
        (self.id, self.spoiled) = (Some(id), false);
        Ok(id)
    }

    /// The work has failed: what was claimed under this number may still be claimed.
    pub(super) fn spoil(&mut self) {
        self.spoiled = true;
    }
}

impl Drop for Badge<'_> {
    fn drop(&mut self) {
        // Only a panic drops a badge while its number is in use: `Life::end` is for all others.
        if let (true, Some(id), Ok(mut fallen)) =
            (std::thread::panicking(), self.id, self.life.fallen.lock())
        {
            fallen.insert(id);
        }
    }
}
