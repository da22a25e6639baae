//! Handling, planning, delivering: each a loop that works while there is work and rests when there
//! is none.

use std::time::Duration;

use anyhow::{Context, Result};
use sqlx::PgConnection;
use tokio::sync::Notify;
use tracing::error;

use super::life::Badge;
use super::{BREATH, GLANCE, Shift, TURN, now};
use crate::steps::deliver::Out;
use crate::steps::{self, Progress};
use crate::store::{locks, outbox, schedule};
use crate::wire::outlet::Outlet;

/// The longest that the planner sleeps: so much later it may notice what another daemon changed.
const LONGEST_NAP: Duration = Duration::from_mins(1);

/// Handles mails until the daemon stops.
pub(super) async fn handle(shift: Shift) {
    let mut badge = Badge::new(&shift.life);
    while !shift.stopping() {
        // What a mail means depends on the day, and so does what becomes of it.
        if !shift.trusts_clock().await {
            continue;
        }
        let worked = async {
            let me = badge.show().await?;
            let mut db = shift.pool.acquire().await.context("connect")?;
            let desk = &shift.station.desk;
            let keep_going = || !shift.stopping();
            steps::handle::step(&mut db, desk, me, &keep_going, now()).await
        };
        match worked.await {
            Ok((Progress::Worked, _)) => {
                shift.bells.plan.notify_one();
                shift.bells.deliver.notify_waiters();
                shift.bells.deliver.notify_one();
            }
            Ok((Progress::Idle, _)) => shift.rest(&shift.bells.handle, GLANCE).await,
            Err(error) => {
                badge.spoil();
                pause(&shift, "handle", &error).await;
            }
        }
    }
}

/// Plans until the daemon stops; one daemon at a time for a community.
pub(super) async fn plan(shift: Shift) {
    while !shift.stopping() {
        if let Err(error) = plan_under_lock(&shift).await {
            pause(&shift, "plan", &error).await;
        }
    }
}

async fn plan_under_lock(shift: &Shift) -> Result<()> {
    let mut db = shift.pool.acquire().await.context("connect")?.detach();
    let name = format!("plan:{}", shift.station.desk.community.slug);
    while !locks::hold(&mut db, &name).await? {
        shift.rest(&Notify::new(), TURN).await;
        if shift.stopping() {
            return Ok(());
        }
    }
    let mut outlet = Outlet::new(&shift.station.outlet);
    while !shift.stopping() {
        if shift.guard.trusts(now()) {
            let desk = &shift.station.desk;
            if steps::canary::step(&mut db, desk, &mut outlet, now()).await? == Progress::Worked {
                outlet.close().await;
            }
            let progress = steps::plan::step(&mut db, desk, now()).await?;
            if progress == Progress::Worked {
                shift.bells.deliver.notify_waiters();
                shift.bells.deliver.notify_one();
            }
        }
        let nap = nap(&mut db, shift.station.desk.community.id).await?;
        shift.rest(&shift.bells.plan, nap).await;
    }
    Ok(())
}

/// Until the next thing is due, and not too long.
async fn nap(db: &mut PgConnection, community_id: i64) -> Result<Duration> {
    let until = |at: Option<chrono::DateTime<chrono::Utc>>| {
        at.map_or(LONGEST_NAP, |at| (at - now()).to_std().unwrap_or(Duration::ZERO))
    };
    let next = until(schedule::next(db, community_id).await?);
    // A second at least: what is due and still there is somebody else's to do.
    Ok(next.clamp(Duration::from_secs(1), LONGEST_NAP))
}

/// Sends mails over one connection until the daemon stops.
pub(super) async fn deliver(shift: Shift) {
    let mut outlet = Outlet::new(&shift.station.outlet);
    let mut badge = Badge::new(&shift.life);
    let mut learnt = Vec::new();
    while !shift.stopping() {
        if !shift.trusts_clock().await {
            continue;
        }
        let worked = async {
            let mut db = shift.pool.acquire().await.context("connect")?;
            // Before an old number is given back, which would put these mails in doubt.
            let desk = &shift.station.desk;
            steps::deliver::write_down(&mut db, desk, &mut learnt, now()).await?;
            let me = badge.show().await?;
            let keep_going = || !shift.stopping();
            let (carrier, learnt) = (&mut outlet, &mut learnt);
            let out = Out { carrier, keep_going: &keep_going, learnt, clock: &now };
            let (progress, _) = steps::deliver::step(&mut db, desk, me, out).await?;
            let next = match progress {
                Progress::Worked => None,
                Progress::Idle => outbox::next_due(&mut db, desk.community.id).await?,
            };
            anyhow::Ok((progress, next))
        };
        match worked.await {
            Ok((Progress::Worked, _)) => shift.bells.plan.notify_one(),
            Ok((Progress::Idle, next)) => {
                let nap = next.map_or(GLANCE, |at| (at - now()).to_std().unwrap_or(Duration::ZERO));
                let nap = nap.clamp(Duration::from_millis(200), GLANCE);
                shift.rest(&shift.bells.deliver, nap).await;
            }
            Err(error) => {
                badge.spoil();
                pause(&shift, "deliver", &error).await;
            }
        }
    }
    outlet.close().await;
}

async fn pause(shift: &Shift, step: &str, error: &anyhow::Error) {
    error!(community = shift.station.desk.community.slug, "{step}: {error:#}");
    shift.rest(&Notify::new(), BREATH).await;
}
