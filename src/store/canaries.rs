//! Forged mails to ourselves, and what became of them.

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

/// Whether a canary is due; the next one then is at `next`. Of several who ask at once, one hears
/// yes. For a border that is new one is due at once.
pub async fn due(
    db: &mut PgConnection,
    (community_id, border): (i64, &str),
    next: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let changed = sqlx::query!(
        "update community set canary_border = $2, canary_next = $3
          where community_id = $1
            and (canary_border is distinct from $2 or canary_next is null or canary_next <= $4)",
        community_id,
        border,
        next,
        now,
    )
    .execute(db)
    .await?;
    Ok(changed.rows_affected() > 0)
}

/// One leaves now.
pub async fn begin(
    db: &mut PgConnection,
    (community_id, border): (i64, &str),
    now: DateTime<Utc>,
) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        "insert into canary (community_id, border, sent_at) values ($1, $2, $3) returning canary_id",
        community_id,
        border,
        now,
    )
    .fetch_one(db)
    .await?)
}

/// It has not left; the next try is then.
pub async fn stayed(db: &mut PgConnection, canary_id: i64, next: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "with stayed as (delete from canary where canary_id = $1 returning community_id)
         update community set canary_next = $2 from stayed
          where community.community_id = stayed.community_id",
        canary_id,
        next,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// It is back. Should it come twice, the worse counts. One that was sent over another border tells
/// nothing of this one.
pub async fn came(
    db: &mut PgConnection,
    (community_id, canary_id): (i64, i64),
    (border, passed): (&str, bool),
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update canary set came_at = coalesce(came_at, $5), passed = coalesce(passed, true) and $4
          where canary_id = $2 and community_id = $1 and border = $3",
        community_id,
        canary_id,
        border,
        passed,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether the last one that came back has passed, and was sent after `since`.
pub async fn passed(
    db: &mut PgConnection,
    (community_id, border): (i64, &str),
    since: DateTime<Utc>,
) -> Result<bool> {
    let passed = sqlx::query_scalar!(
        r#"select passed and sent_at > $3 as "passed!" from canary
            where community_id = $1 and border = $2 and came_at is not null
            order by canary_id desc limit 1"#,
        community_id,
        border,
        since,
    )
    .fetch_optional(db)
    .await?;
    Ok(passed.unwrap_or(false))
}

/// A canary that has told of something wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failing {
    /// Its row.
    pub canary_id: i64,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// Whether it is back at all.
    pub came: bool,
}

/// The first that has failed since the last that passed: one that came back as it was sent, or that
/// was sent before `overdue` and is not back.
pub async fn failing(
    db: &mut PgConnection,
    (community_id, border): (i64, &str),
    overdue: DateTime<Utc>,
) -> Result<Option<Failing>> {
    Ok(sqlx::query_as!(
        Failing,
        r#"select canary_id, sent_at, came_at is not null as "came!" from canary
            where community_id = $1 and border = $2
              and (not passed or came_at is null and sent_at < $3)
              and canary_id > coalesce((select max(canary_id) from canary
                                         where community_id = $1 and border = $2 and passed), 0)
            order by canary_id limit 1"#,
        community_id,
        border,
        overdue,
    )
    .fetch_optional(db)
    .await?)
}
