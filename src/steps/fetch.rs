//! Mailbox to inbox: committed first, marked afterwards.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection};
use tracing::{info, warn};

use super::{Desk, Progress};
use crate::store::inbox;
use crate::wire::source::Source;
use crate::wire::{Arrived, Cursor};

/// Mails a round.
const BATCH: usize = 100;

/// Whether mails are marked in the mailbox once they are ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marking {
    /// Yes.
    Mark,
    /// No: this is a rehearsal, and nothing outside may change.
    Leave,
}

/// Fetches one batch of mails. A mail that arrived while we did not look arrives `now` where the
/// source does not say when.
pub async fn step(
    db: &mut PgConnection,
    desk: &Desk,
    source: &mut Source,
    marking: Marking,
    now: DateTime<Utc>,
) -> Result<Progress> {
    let mailbox = source.name();
    let cursor = match inbox::cursor(db, &mailbox).await? {
        Some((uid_validity, uid)) => Cursor { uid_validity, uid },
        None => Cursor::default(),
    };
    let mut batch = source.batch(cursor, BATCH).await.context("read the mailbox")?;
    inbox::looked(db, desk.community.id, now).await?;
    if batch.rescan {
        warn!(mailbox, "the mailbox has been renumbered: reading it again from the start");
    }
    for uid in &batch.unreadable {
        warn!(mailbox, uid, "the server could not give this mail; it was passed over");
    }
    if batch.mails.is_empty() && batch.unreadable.is_empty() {
        return Ok(Progress::Idle);
    }
    date(&mut batch.mails, now);
    let mut tx = db.begin().await.context("begin keeping mails")?;
    let new = inbox::accept(&mut tx, desk.community.id, &batch.mails, now).await?;
    let place = (mailbox.as_str(), batch.cursor.uid_validity);
    inbox::miss(&mut tx, desk.community.id, place, &batch.unreadable, now).await?;
    inbox::advance(&mut tx, &mailbox, batch.cursor.uid_validity, batch.cursor.uid).await?;
    tx.commit().await.context("keep mails")?;
    info!(mailbox, found = batch.mails.len(), new, "fetched");
    if marking == Marking::Mark {
        let places: Vec<_> = batch.mails.into_iter().map(|mail| mail.place).collect();
        source.mark(&places).await.context("mark what is safely ours")?;
    }
    Ok(if batch.more { Progress::Worked } else { Progress::Idle })
}

/// A mailbox's clock that runs ahead of ours does not put answers into the future, and a Maildir
/// has no clock of its own: its mails arrive when they are seen.
fn date(mails: &mut [Arrived], now: DateTime<Utc>) {
    for mail in mails {
        if mail.place.uid == 0 || mail.arrived_at > now {
            mail.arrived_at = now;
        }
    }
}
