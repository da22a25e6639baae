//! Outbox to the world, one mail after the other over one connection.
//!
//! Invariant: a row says `sending`, committed, before the first octet of its message leaves, and
//! not before the server has agreed to take it. So a row that says anything else has certainly not
//! left. And whatever leaves may leave at that moment: a server can be slow, so the time is asked
//! anew for each mail.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection};
use tracing::{info, warn};

use super::{Clock, Desk, KeepGoing, Progress};
use crate::community::person::NEAR;
use crate::store::outbox::{self, Leaving};
use crate::wire::{Carrier, Envelope, Outcome};

/// Mails claimed at once.
const BATCH: i64 = 20;

/// A mail that is put off for the sixth time has waited for half an hour: no server that only wants
/// to see us come back lets us wait for so long.
const LASTING: i32 = 6;

/// What became of one mail, for whoever watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivered {
    /// Row.
    pub outbox_id: i64,
    /// Template.
    pub letter: String,
    /// Forward-path.
    pub recipient: String,
    /// What the attempt has taught.
    pub outcome: Outcome,
}

/// A mail, and what an attempt has taught about it.
#[derive(Debug)]
pub struct Learnt {
    leaving: Leaving,
    outcome: Outcome,
}

/// The way out, and whether to go on with it after the mail at hand.
#[expect(missing_debug_implementations, reason = "holds a function")]
pub struct Out<'a, C> {
    /// Takes the mails.
    pub carrier: &'a mut C,
    /// Asked before each mail.
    pub keep_going: KeepGoing<'a>,
    /// What attempts have taught and could not be written down: it outlives a step that fails.
    pub learnt: &'a mut Vec<Learnt>,
    /// The time that it is.
    pub clock: Clock<'a>,
}

/// Sends what is due, at most one batch.
pub async fn step(
    db: &mut PgConnection,
    desk: &Desk,
    daemon_id: i64,
    out: Out<'_, impl Carrier>,
) -> Result<(Progress, Vec<Delivered>)> {
    let desk = &desk.as_set(db).await?;
    let now = (out.clock)();
    write_down(db, desk, out.learnt, now).await?;
    outbox::reconsider(db, now).await?;
    put_off(db, desk, daemon_id, now).await?;
    let claimed = outbox::claim(db, desk.community.id, daemon_id, BATCH, now).await?;
    let mut delivered = Vec::new();
    let progress = if claimed.is_empty() { Progress::Idle } else { Progress::Worked };
    for leaving in claimed.into_iter().take_while(|_| (out.keep_going)()) {
        let post = (&mut *out.carrier, out.clock);
        let Some(outcome) = offer(db, desk, &leaving, daemon_id, post).await? else {
            // What holds this one back may hold back the others: they are looked at anew.
            outbox::give_back(db, daemon_id).await?;
            break;
        };
        delivered.push(Delivered {
            outbox_id: leaving.outbox_id,
            letter: leaving.letter.clone(),
            recipient: leaving.recipient.clone(),
            outcome: outcome.clone(),
        });
        out.learnt.push(Learnt { leaving, outcome });
        write_down(db, desk, out.learnt, (out.clock)()).await?;
    }
    Ok((progress, delivered))
}

/// What may not leave at this time of the night or of the week gets a later time.
async fn put_off(
    db: &mut PgConnection,
    desk: &Desk,
    daemon_id: i64,
    now: DateTime<Utc>,
) -> Result<()> {
    let ours = (desk.community.id, daemon_id);
    if let Some(night) = desk.community.night(now) {
        outbox::sleep(db, ours, night).await?;
    }
    let ends = desk.community.on_open_day(now);
    if ends > now {
        let rest = outbox::Rest { now, ends, near: ends + NEAR };
        outbox::rest(db, ours, rest).await?;
    }
    Ok(())
}

/// Writes down what has been learnt. What cannot be written stays, to be written another time.
pub async fn write_down(
    db: &mut PgConnection,
    desk: &Desk,
    learnt: &mut Vec<Learnt>,
    now: DateTime<Utc>,
) -> Result<()> {
    while let Some(Learnt { leaving, outcome }) = learnt.last() {
        let row = leaving.outbox_id;
        let settled = settle(db, desk, leaving, outcome, now).await;
        if settled.with_context(|| format!("settle {row}"))? {
            note(leaving, outcome);
        } else {
            info!(outbox.id = row, "too late to matter");
        }
        learnt.pop();
    }
    Ok(())
}

/// The row and what hangs on it, together or not at all. Says whether it still mattered.
async fn settle(
    db: &mut PgConnection,
    desk: &Desk,
    leaving: &Leaving,
    outcome: &Outcome,
    now: DateTime<Utc>,
) -> Result<bool> {
    let mut tx = db.begin().await?;
    let retry_at = retry_at(desk, leaving, now);
    let settled = outbox::settle(&mut tx, leaving, outcome, retry_at, now).await?;
    if settled && matches!(outcome, Outcome::Unreachable(_)) {
        outbox::unreached(&mut tx, leaving.outbox_id, now).await?;
    }
    tx.commit().await?;
    Ok(settled)
}

/// Offers one mail. `None` where it was taken back in the meantime, or has to wait.
async fn offer(
    db: &mut PgConnection,
    desk: &Desk,
    leaving: &Leaving,
    daemon_id: i64,
    (carrier, clock): (&mut impl Carrier, Clock<'_>),
) -> Result<Option<Outcome>> {
    let envelope = match (leaving.sender.parse(), leaving.recipient.parse()) {
        (Ok(from), Ok(to)) => Envelope { from, to },
        (_, Err(problem)) => return Ok(Some(Outcome::Unreachable(problem))),
        (Err(problem), _) => return Ok(Some(Outcome::Failed(problem))),
    };
    if let Err(outcome) = carrier.address(&envelope).await {
        return Ok(Some(outcome));
    }
    let now = clock();
    let begun = async {
        put_off(db, desk, daemon_id, now).await?;
        outbox::begin(db, leaving, daemon_id, now).await
    };
    let begun = begun.await;
    if !matches!(begun, Ok(true)) {
        carrier.abandon();
        return begun.map(|_| None);
    }
    Ok(Some(carrier.hand_over(&leaving.message).await))
}

/// When a deferred mail is tried again: what was to leave by day does not leave at night.
/// What has been claimed at night was meant for it.
fn retry_at(desk: &Desk, leaving: &Leaving, now: DateTime<Utc>) -> DateTime<Utc> {
    let community = &desk.community;
    let at = now + outbox::back_off(leaving.attempt, leaving.outbox_id);
    if leaving.unasked && !community.is_night(leaving.claimed_at) {
        community.by_day(at)
    } else {
        at
    }
}

fn note(leaving: &Leaving, outcome: &Outcome) {
    let (outbox_id, letter) = (leaving.outbox_id, &leaving.letter);
    match outcome {
        Outcome::Sent(reply) => info!(outbox.id = outbox_id, letter, reply, "sent"),
        Outcome::Deferred(reply) if leaving.attempt >= LASTING => {
            warn!(outbox.id = outbox_id, letter, reply, "deferred again and again");
        }
        Outcome::Deferred(reply) => info!(outbox.id = outbox_id, letter, reply, "deferred"),
        Outcome::Unreachable(reply) => warn!(outbox.id = outbox_id, letter, reply, "unreachable"),
        Outcome::Failed(reply) => warn!(outbox.id = outbox_id, letter, reply, "failed"),
        Outcome::Doubtful(reply) => warn!(outbox.id = outbox_id, letter, reply, "doubtful"),
    }
}
