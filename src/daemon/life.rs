//! Who of this process is at work, known to all who share the database: one connection that says
//! so, and a number for each worker.
//!
//! Invariant: a claim belongs to a number, and a worker that has failed never works on under its
//! old one. So a claim of which its worker knows nothing (the database committed it, and the
//! connection broke before we heard) is freed like that of a dead daemon.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use sqlx::{PgConnection, PgPool};
use tokio::sync::Mutex;
use tokio::time::{sleep, timeout};
use tracing::{error, warn};

use super::HEARTBEAT;
use crate::store::daemons;

/// So long we have to be connected before we say of others that they are gone: after a restart of
/// the server they may only be slower than we.
const SETTLED: Duration = Duration::from_secs(4);

/// How long the database may take to hear that we are alive.
const DEADLINE: Duration = Duration::from_secs(10);

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
    line: Option<Line>,
    at_work: BTreeSet<i64>,
}

/// The connection that holds our locks.
#[derive(Debug)]
struct Line {
    db: PgConnection,
    since: Instant,
}

impl Life {
    /// Nobody is at work yet.
    pub fn new(pool: PgPool) -> Self {
        Self { pool, known: Mutex::default(), fallen: Fallen::default() }
    }

    /// Somebody begins to work, under a new number.
    pub async fn join(&self) -> Result<i64> {
        let mut known = self.known.lock().await;
        let mut line = self.line(&mut known).await?;
        let id = daemons::register(&mut line.db).await?;
        known.line = Some(line);
        known.at_work.insert(id);
        Ok(id)
    }

    /// Somebody ends; what they had not finished is free.
    pub async fn leave(&self, id: i64) -> Result<()> {
        let mut known = self.known.lock().await;
        known.at_work.remove(&id);
        let mut line = self.line(&mut known).await?;
        daemons::leave(&mut line.db, id).await?;
        known.line = Some(line);
        Ok(())
    }

    /// All end.
    pub async fn end(&self) -> Result<()> {
        let at_work = self.known.lock().await.at_work.clone();
        for id in at_work {
            self.leave(id).await?;
        }
        Ok(())
    }

    /// Frees what the dead held, for those who do not stay until a heartbeat does it. Whoever seems to
    /// be gone has the time to say that they are not.
    pub async fn rescue(&self, db: &mut PgConnection) -> Result<()> {
        if !daemons::missing(db).await?.is_empty() {
            sleep(SETTLED).await;
            self.beat().await?;
        }
        Ok(())
    }

    /// Says for as long as it is polled that we are alive.
    pub async fn live(&self) -> ! {
        loop {
            if let Err(error) = self.beat().await {
                error!("heartbeat: {error:#}");
            }
            sleep(HEARTBEAT).await;
        }
    }

    /// Says that all of us are alive, and frees what the dead held. Answers whether they held
    /// anything.
    pub async fn beat(&self) -> Result<bool> {
        let mut known = self.known.lock().await;
        // A line that has broken since is found out by using it, and is replaced at once: without
        // our locks we have no time to lose.
        let first = timeout(DEADLINE, self.try_to_beat(&mut known)).await;
        if let Ok(Ok(found)) = first {
            return Ok(found);
        }
        timeout(DEADLINE, self.try_to_beat(&mut known)).await.context("no answer")?
    }

    async fn try_to_beat(&self, known: &mut Known) -> Result<bool> {
        let mut line = self.line(known).await?;
        let fallen = self.fallen.lock().map_or_else(|_| BTreeSet::new(), |ids| ids.clone());
        for id in fallen {
            daemons::leave(&mut line.db, id).await?;
            known.at_work.remove(&id);
            if let Ok(mut fallen) = self.fallen.lock() {
                fallen.remove(&id);
            }
        }
        for id in &known.at_work {
            daemons::beat(&mut line.db, *id).await?;
        }
        let mut found = false;
        if line.since.elapsed() >= SETTLED {
            let rescued = daemons::rescue(&mut line.db).await?;
            found = rescued.freed + rescued.doubtful > 0;
            if found {
                warn!(rescued.freed, rescued.doubtful, "another daemon has died");
            }
        }
        known.line = Some(line);
        Ok(found)
    }

    /// Takes the connection that holds our locks, or opens it. Who has used it without trouble puts
    /// it back; after an error, or where nobody waited for the end, it is closed.
    async fn line(&self, known: &mut Known) -> Result<Line> {
        if let Some(line) = known.line.take() {
            return Ok(line);
        }
        let mut db = self.pool.acquire().await.context("connect")?.detach();
        for id in &known.at_work {
            daemons::hold(&mut db, *id).await?;
        }
        Ok(Line { db, since: Instant::now() })
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
    pub(super) async fn show(&mut self) -> Result<i64> {
        if let Some(id) = self.id.filter(|_| self.spoiled) {
            self.life.leave(id).await?;
            self.id = None;
        }
        let id = match self.id {
            Some(id) => id,
            None => self.life.join().await?,
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
