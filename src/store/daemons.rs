//! Which daemons are alive, and what becomes of the claims of those that are not.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

/// A daemon silent for so long is taken for dead.
pub const SILENCE: TimeDelta = TimeDelta::seconds(60);

/// Registers a daemon.
pub async fn register(db: &mut PgConnection, now: DateTime<Utc>) -> Result<i64> {
    Ok(sqlx::query_scalar!("insert into daemon (seen_at) values ($1) returning daemon_id", now)
        .fetch_one(db)
        .await?)
}

/// The daemon is alive.
pub async fn beat(db: &mut PgConnection, daemon_id: i64, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "insert into daemon (daemon_id, seen_at) overriding system value values ($1, $2)
         on conflict (daemon_id) do update set seen_at = excluded.seen_at",
        daemon_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The daemon ends; what it has not finished is free at once.
pub async fn leave(db: &mut PgConnection, daemon_id: i64, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!("delete from daemon where daemon_id = $1", daemon_id).execute(&mut *db).await?;
    rescue(db, now).await?;
    Ok(())
}

/// What a rescue found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rescued {
    /// Claims that are free again; nothing had happened.
    pub freed: u64,
    /// Mails that may or may not have left.
    pub doubtful: u64,
}

/// Frees the claims of daemons that are gone or silent. A mail that was being sent is doubtful.
pub async fn rescue(db: &mut PgConnection, now: DateTime<Utc>) -> Result<Rescued> {
    sqlx::query!("delete from daemon where seen_at < $1", now - SILENCE).execute(&mut *db).await?;
    let inbox = sqlx::query!(
        "update inbox set claimed_by = null
          where claimed_by is not null and claimed_by not in (select daemon_id from daemon)",
    )
    .execute(&mut *db)
    .await?;
    let doubtful = sqlx::query!(
        "update outbox set state = 'doubtful', claimed_by = null, reply = 'the daemon stopped while sending'
          where state = 'sending' and claimed_by not in (select daemon_id from daemon)",
    )
    .execute(&mut *db)
    .await?;
    let outbox = sqlx::query!(
        "update outbox set claimed_by = null
          where state = 'queued' and claimed_by is not null
            and claimed_by not in (select daemon_id from daemon)",
    )
    .execute(db)
    .await?;
    Ok(Rescued {
        freed: inbox.rows_affected() + outbox.rows_affected(),
        doubtful: doubtful.rows_affected(),
    })
}
