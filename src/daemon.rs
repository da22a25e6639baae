//! The daemon: the clock, and a loop around each step. Decides nothing.
//!
//! For each community: one reader of its mailbox and one planner, each under a lock that any other
//! daemon takes over; some handlers, and some senders, who share the rows with those of other
//! daemons by claiming them. A step that finds work wakes the next; a bell only shortens a sleep,
//! and nothing is lost if it does not ring.

mod fetching;
mod guard;
pub mod life;
mod working;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::PgPool;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tracing::{error, info, warn};

use self::guard::Guard;
use self::life::Life;
use crate::installation::{Installation, Journal, Shelf, Station};
use crate::steps::{Desk, last_words, plan};
use crate::store::schedule;
use crate::web::{self, Hall};
use crate::wire::outlet::OutletSettings;

/// Handlers a community: while one waits for the disk, another works.
const HANDLERS: usize = 4;
/// How often a step looks although no bell has rung.
const GLANCE: Duration = Duration::from_secs(15);
/// How often a daemon asks whether the work that another one does alone is free.
const TURN: Duration = Duration::from_secs(3);
/// The pause after a failure that has nothing to do with the mailbox.
const BREATH: Duration = Duration::from_secs(2);
/// How often a daemon says that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(2);
/// How often the operator's letters are looked at.
const LETTERS: Duration = Duration::from_secs(5);
/// How long the mails at hand may take once we are told to stop.
const GRACE: Duration = Duration::from_secs(7);
/// How long the database may take to hear that we stop.
const FAREWELL: Duration = Duration::from_secs(1);

/// The time. Everything else is told it.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// What wakes the steps of one community.
#[derive(Debug, Default)]
struct Bells {
    handle: Notify,
    plan: Notify,
    deliver: Notify,
}

impl Bells {
    /// There may be work for everybody.
    fn ring(&self) {
        for bell in [&self.handle, &self.plan, &self.deliver] {
            bell.notify_waiters();
            bell.notify_one();
        }
    }
}

/// One community in one daemon: what all of its loops share.
#[derive(Debug, Clone)]
struct Shift {
    pool: PgPool,
    station: Arc<Station>,
    bells: Arc<Bells>,
    life: Arc<Life>,
    guard: Arc<Guard>,
    stop: watch::Receiver<bool>,
}

impl Shift {
    fn stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Whether the clock can be believed. Where it can not, this rests for a while.
    async fn trusts_clock(&self) -> bool {
        let trusts = self.guard.trusts(now());
        if !trusts {
            self.rest(&Notify::new(), GLANCE).await;
        }
        trusts
    }

    /// Sleeps until the bell rings, the time is up, or the daemon stops.
    async fn rest(&self, bell: &Notify, at_most: Duration) {
        let mut stop = self.stop.clone();
        tokio::select! {
            () = bell.notified() => {}
            () = sleep(at_most) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

/// Works until `stop` is ready, then finishes the mails at hand and ends, within ten seconds.
pub async fn run(installation: &Installation, stop: impl Future<Output = ()>) -> Result<()> {
    let pool = installation.pool.clone();
    let mut db = pool.acquire().await.context("connect")?;
    schedule::look_at_all(&mut db, now()).await?;
    drop(db);
    let life = Arc::new(Life::new(pool.clone()));
    let guard = Arc::new(Guard::new(now()));
    let (tell, told) = watch::channel(false);
    let mut tasks = JoinSet::new();
    let mut bells = Vec::new();
    for station in &installation.stations {
        let shift = Shift {
            pool: pool.clone(),
            station: Arc::new(station.clone()),
            bells: Arc::default(),
            life: Arc::clone(&life),
            guard: Arc::clone(&guard),
            stop: told.clone(),
        };
        start(&mut tasks, &shift);
        bells.push(shift.bells);
    }
    tasks.spawn(read_letters(Arc::clone(&installation.shelf), told.clone()));
    if let Some(web) = &installation.web {
        let listener = TcpListener::bind(web.listen).await;
        let listener = listener.with_context(|| format!("listen at {}", web.listen))?;
        let desks = installation.stations.iter().map(|station| station.desk.clone()).collect();
        let polls = installation.stations.iter().map(|station| station.source.poll());
        let slowest = TimeDelta::from_std(polls.max().unwrap_or_default()).unwrap_or_default();
        let hall = Hall { pool: pool.clone(), desks, poll: slowest, clock: now };
        tasks.spawn(receive(listener, hall, told.clone()));
    }
    let desks: Vec<Desk> =
        installation.stations.iter().map(|station| station.desk.clone()).collect();
    tasks.spawn(keep_journal(pool.clone(), installation.journal.clone(), desks, told.clone()));
    tasks.spawn(live(pool.clone(), (Arc::clone(&life), guard), bells, told));
    info!(communities = installation.stations.len(), "ready");
    stop.await;
    info!("stopping: the mails at hand are finished first");
    if tell.send(true).is_err() {
        warn!("nobody was left to be told to stop");
    }
    let ended = timeout(GRACE, async { while tasks.join_next().await.is_some() {} }).await;
    if ended.is_err() {
        warn!("some work did not end in time; what it held is freed");
        tasks.shutdown().await;
    }
    // Others find the locks free as soon as we are gone; saying so only spares them the search.
    match timeout(FAREWELL, life.end()).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => warn!("the database was not told that we stop: {error:#}"),
        Err(_late) => warn!("the database was not told that we stop: it does not answer"),
    }
    info!("stopped");
    Ok(())
}

/// Writes down who has been erased, until the daemon stops. What is missed is made up for at the next
/// start, unless the database is lost before.
async fn keep_journal(
    pool: PgPool,
    journal: Journal,
    desks: Vec<Desk>,
    mut stop: watch::Receiver<bool>,
) {
    let desks: Vec<&Desk> = desks.iter().collect();
    while !*stop.borrow() {
        let kept = async {
            let mut db = pool.acquire().await.context("connect")?;
            journal.keep(&mut db, &desks).await
        };
        if let Err(error) = kept.await {
            error!("who has been erased is not written down: {error:#}");
        }
        tokio::select! {
            () = sleep(GLANCE) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

/// Answers over HTTP until the daemon stops.
async fn receive(listener: TcpListener, hall: Hall, mut stop: watch::Receiver<bool>) {
    let stopped = async move {
        // The other end is only gone when the daemon is.
        let _stopping = stop.wait_for(|stop| *stop).await;
    };
    if let Err(error) = web::serve(listener, hall, stopped).await {
        error!("web: {error:#}");
    }
}

/// What a worker does until the daemon stops.
type Work = fn(Shift) -> BoxFuture<'static, ()>;

fn start(tasks: &mut JoinSet<()>, shift: &Shift) {
    let mut spawn = |step, work: Work| {
        let shift = shift.clone();
        tasks.spawn(keep(step, BREATH, move || work(shift.clone())));
    };
    spawn("fetch", |shift| fetching::watch_mailbox(shift).boxed());
    spawn("plan", |shift| working::plan(shift).boxed());
    for _ in 0..HANDLERS {
        spawn("handle", |shift| working::handle(shift).boxed());
    }
    let senders = match &shift.station.outlet {
        OutletSettings::Smtp(settings) => settings.connections.max(1),
        OutletSettings::Maildir(_) => 1,
    };
    for _ in 0..senders {
        spawn("deliver", |shift| working::deliver(shift).boxed());
    }
}

/// Keeps a worker at work: one that panics begins again. Without this a daemon would look alive
/// and do nothing.
async fn keep<F: Future<Output = ()>>(step: &str, pause: Duration, work: impl Fn() -> F) {
    while let Err(panic) = AssertUnwindSafe(work()).catch_unwind().await {
        error!(step, "a panic: {}", last_words(panic.as_ref()));
        sleep(pause).await;
    }
}

/// Says that we are alive, frees what dead daemons held, and empties what is old.
async fn live(
    pool: PgPool,
    (life, guard): (Arc<Life>, Arc<Guard>),
    bells: Vec<Arc<Bells>>,
    mut stop: watch::Receiver<bool>,
) {
    let mut beats = 0_u32;
    while !*stop.borrow() {
        if let Err(error) = beat(&life, &bells).await {
            error!("heartbeat: {error:#}");
        }
        // Once an hour, by a clock that can be believed.
        if guard.trusts(now())
            && beats.is_multiple_of(1800)
            && let Err(error) = tidy(&pool).await
        {
            error!("tidy: {error:#}");
        }
        beats = beats.wrapping_add(1);
        tokio::select! {
            () = sleep(HEARTBEAT) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

/// Takes up what the operator changes in the letters, without a restart.
async fn read_letters(shelf: Arc<Shelf>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let shelf = Arc::clone(&shelf);
        // Files, and every letter is tried: not for the threads that answer mail.
        match tokio::task::spawn_blocking(move || shelf.look()).await {
            Ok(None) => {}
            Ok(Some(Ok(()))) => info!("the letters have changed and are in use"),
            Ok(Some(Err(error))) => error!("the letters stay as they were: {error:#}"),
            Err(panic) => error!("the letters could not be looked at: {panic}"),
        }
        tokio::select! {
            () = sleep(LETTERS) => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}

async fn beat(life: &Life, bells: &[Arc<Bells>]) -> Result<()> {
    if life.beat().await? {
        for bells in bells {
            bells.ring();
        }
    }
    Ok(())
}

async fn tidy(pool: &PgPool) -> Result<()> {
    plan::tidy(&mut *pool.acquire().await?, now()).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn a_worker_that_panics_begins_again() {
        let begun = AtomicU32::new(0);
        let work = || async {
            assert!(begun.fetch_add(1, Ordering::Relaxed) > 1, "not yet");
        };
        keep("handle", Duration::ZERO, work).await;
        assert_eq!(begun.load(Ordering::Relaxed), 3);
    }
}
