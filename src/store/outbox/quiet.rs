//! Mails that wait for a better hour or day.

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::community::clock::Night;
use crate::community::letter::ASKING;

/// Mails that nobody asked for and that were due by day, but could not leave then, wait for the
/// morning, were they useless by then. Those that were meant for the night do not, nor does news of
/// a change to what will have begun in the morning. Of those that are claimed, a daemon speaks for
/// its own.
pub async fn sleep(
    db: &mut PgConnection,
    (community_id, daemon_id): (i64, i64),
    night: Night,
) -> Result<()> {
    sqlx::query!(
        "update outbox set due_at = $3
          where state = 'queued' and community_id = $1 and on_doubt = 'hold' and due_at < $2
            and (claimed_by is null or claimed_by = $4)
            and (expires_at > $3 or letter not in ('moved', 'cancelled'))",
        community_id,
        night.evening,
        night.morning,
        daemon_id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A time in which nobody is asked anything.
#[derive(Debug, Clone, Copy)]
pub struct Rest {
    /// Within it.
    pub now: DateTime<Utc>,
    /// When people may be asked again.
    pub ends: DateTime<Utc>,
    /// About a gathering that begins before this they are asked all the same.
    pub near: DateTime<Utc>,
}

/// Mails that ask something, and could not leave when they were due, wait for an open day. Of those
/// that are claimed, a daemon speaks for its own.
pub async fn rest(
    db: &mut PgConnection,
    (community_id, daemon_id): (i64, i64),
    rest: Rest,
) -> Result<()> {
    let asking = ASKING.map(str::to_owned);
    sqlx::query!(
        "update outbox set due_at = $3
          where state = 'queued' and community_id = $1 and on_doubt = 'hold'
            and (claimed_by is null or claimed_by = $6)
            and letter = any($2) and due_at < $3
            and not exists (select from gathering
                             where gathering.gathering_id = outbox.gathering_id
                               and starts_at > $4 and starts_at < $5)",
        community_id,
        &asking,
        rest.ends,
        rest.now,
        rest.near,
        daemon_id,
    )
    .execute(db)
    .await?;
    Ok(())
}
