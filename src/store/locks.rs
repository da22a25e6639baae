//! Work that one daemon does at a time: reading a mailbox, planning for a community. Any other takes
//! over when the connection that holds the lock is gone.

use anyhow::Result;
use sqlx::PgConnection;

/// Tries to take a lock for as long as the connection lives.
pub async fn hold(db: &mut PgConnection, name: &str) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select pg_try_advisory_lock(hashtextextended($1, 0)) as "held!""#,
        name
    )
    .fetch_one(db)
    .await?)
}
