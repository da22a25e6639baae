//! Who is at work on the database, and what becomes of the claims of those who are not any more.
//!
//! Everybody at work has a number, and holds the lock of that name on a connection that lives as
//! long as the work does. The server frees the lock when the connection ends, however it ends: so
//! the dead are known at once, and not only by their silence.
//!
//! Silence is measured by the database's clock alone: those of the machines may differ, and nobody
//! who is alive may be taken for dead because of that.

use anyhow::Result;
use sqlx::PgConnection;

/// Gives out a number. Its lock lives as long as the connection.
pub async fn register(db: &mut PgConnection) -> Result<i64> {
    let id = sqlx::query_scalar!(
        "insert into daemon (seen_at) values (clock_timestamp()) returning daemon_id"
    )
    .fetch_one(&mut *db)
    .await?;
    hold(db, id).await?;
    Ok(id)
}

/// Takes the lock of a number, on a new connection.
pub async fn hold(db: &mut PgConnection, daemon_id: i64) -> Result<()> {
    sqlx::query!(
        r#"select pg_try_advisory_lock(hashtextextended('daemon:' || $1::bigint, 0)) as "held!""#,
        daemon_id
    )
    .fetch_one(db)
    .await?;
    Ok(())
}

/// This one is alive.
pub async fn beat(db: &mut PgConnection, daemon_id: i64) -> Result<()> {
    sqlx::query!(
        "insert into daemon (daemon_id, seen_at) overriding system value values ($1, clock_timestamp())
         on conflict (daemon_id) do update set seen_at = excluded.seen_at",
        daemon_id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// This one ends; what it has not finished is free at once.
pub async fn leave(db: &mut PgConnection, daemon_id: i64) -> Result<()> {
    sqlx::query!("delete from daemon where daemon_id = $1", daemon_id).execute(&mut *db).await?;
    free(db).await?;
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

/// Who seems to be gone: silent for a minute, as the connection of a machine that has lost its
/// network may live on in the server for hours; or without their lock, and silent for five seconds.
/// Not for none: after a restart of the server the living have lost their locks too, and take them
/// again with their next heartbeat.
pub async fn missing(db: &mut PgConnection) -> Result<Vec<i64>> {
    // A lock's key of 64 bits stands in pg_locks in two halves.
    Ok(sqlx::query_scalar!(
        "select daemon_id from daemon
          where seen_at < clock_timestamp() - interval '60 seconds'
             or (seen_at < clock_timestamp() - interval '5 seconds'
                 and hashtextextended('daemon:' || daemon_id, 0) not in (
                    select (classid::bigint << 32) | objid::bigint
                      from pg_locks join pg_database on pg_database.oid = pg_locks.database
                     where locktype = 'advisory' and objsubid = 1 and granted
                       and datname = current_database()))",
    )
    .fetch_all(db)
    .await?)
}

/// Frees the claims of those who are gone. A mail that was being sent is doubtful.
pub async fn rescue(db: &mut PgConnection) -> Result<Rescued> {
    let missing = missing(db).await?;
    // Unless they have come back in the meantime.
    sqlx::query!(
        "delete from daemon
          where daemon_id = any($1) and seen_at < clock_timestamp() - interval '5 seconds'",
        &missing,
    )
    .execute(&mut *db)
    .await?;
    free(db).await
}

/// Frees the claims of numbers that nobody has.
async fn free(db: &mut PgConnection) -> Result<Rescued> {
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
