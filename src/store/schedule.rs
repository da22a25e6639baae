//! What the planner has to look at, and when it has looked.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

/// Gatherings about which something may be due.
pub async fn gatherings(
    db: &mut PgConnection,
    community_id: i64,
    now: DateTime<Utc>,
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "select gathering_id from gathering where plan_at <= $2 and community_id = $1 order by gathering_id",
        community_id,
        now,
    )
    .fetch_all(db)
    .await?)
}

/// Nothing about the gathering is due before `at`, unless it changes.
pub async fn look_again(
    db: &mut PgConnection,
    gathering_id: i64,
    at: Option<DateTime<Utc>>,
) -> Result<()> {
    sqlx::query!(
        "update gathering set plan_at = coalesce($2, 'infinity'::timestamptz) where gathering_id = $1",
        gathering_id,
        at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Looks at everything again: after a restart, or when the clock has jumped. From when on the
/// digests have not been looked at is kept, so that one that came due while nobody worked is seen.
pub async fn look_at_all(db: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!("update gathering set plan_at = '-infinity' where state <> 'over'")
        .execute(&mut *db)
        .await?;
    sqlx::query!("update community set plan_at = least(plan_at, $1)", now).execute(db).await?;
    Ok(())
}

/// When the planner next has something to look at.
pub async fn next(db: &mut PgConnection, community_id: i64) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        "select min(plan_at) from (
            select plan_at from gathering
             where plan_at between '0001-01-01' and '9999-01-01' and community_id = $1
            union all
            select plan_at from community
             where plan_at between '0001-01-01' and '9999-01-01' and community_id = $1
            union all
            select due_at from proposal
             where due_at is not null and settled_at is null and community_id = $1) as times",
        community_id,
    )
    .fetch_one(db)
    .await?)
}

/// From when on what recurs for a community has not been looked at; `None` where nothing is due. A
/// community that nobody has ever looked at has missed nothing.
pub async fn recurring_since(
    db: &mut PgConnection,
    community_id: i64,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        r#"select case when plan_at = '-infinity' then $2 else plan_at end as "since!"
             from community where community_id = $1 and plan_at <= $2"#,
        community_id,
        now,
    )
    .fetch_optional(db)
    .await?)
}

/// The next of what recurs for a community is due then.
pub async fn next_recurring(
    db: &mut PgConnection,
    community_id: i64,
    at: Option<DateTime<Utc>>,
) -> Result<()> {
    sqlx::query!(
        "update community set plan_at = coalesce($2, 'infinity'::timestamptz) where community_id = $1",
        community_id,
        at,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Gatherings that have been are over.
pub async fn close(
    db: &mut PgConnection,
    community_id: i64,
    lasts: TimeDelta,
    now: DateTime<Utc>,
) -> Result<u64> {
    let closed = sqlx::query!(
        "update gathering set state = 'over', plan_at = '-infinity'
          where community_id = $1 and state = 'open' and starts_at <= $2",
        community_id,
        now - lasts,
    )
    .execute(db)
    .await?;
    Ok(closed.rows_affected())
}

/// A mail that did not reach somebody, for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Who.
    pub person_id: i64,
    /// The address that it was sent to.
    pub address: String,
    /// The gathering that it was about.
    pub gathering_id: Option<i64>,
}

/// Something in a queue that a person has to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// `inbox` or `outbox`.
    pub queue: &'static str,
    /// Row.
    pub id: i64,
    /// Why.
    pub reason: String,
    /// Whom the mail did not reach.
    pub refused: Option<Refused>,
}

/// Mails that could not be handled, or that failed or are doubtful, in the last days.
pub async fn trouble(
    db: &mut PgConnection,
    community_id: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Trouble>> {
    let rows = sqlx::query!(
        r#"select 'inbox' as "queue!", inbox_id as "id!", coalesce(note, '') as "reason!",
                  null::bigint as person_id, null::text as address, null::bigint as gathering_id
             from inbox
            where state = 'failed' and settled_at > $2 and community_id = $1
           union all
           select 'outbox', outbox_id, coalesce(reply, ''), person_id, recipient, gathering_id from outbox
            where state = 'failed' and settled_at > $2 and community_id = $1 and letter not in ('trouble', 'unreached')
           union all
           select 'outbox', outbox_id, recipient || ': ' || coalesce(reply, ''), null, null, null from outbox
            where state = 'doubtful' and attempted_at > $2 and attempted_at < $3 and community_id = $1
              and letter <> 'trouble'
            order by 1, 2 limit 100"#,
        community_id,
        now - TimeDelta::days(3),
        now - TimeDelta::minutes(15),
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Trouble {
            queue: if row.queue == "inbox" { "inbox" } else { "outbox" },
            id: row.id,
            reason: row.reason,
            refused: row.person_id.zip(row.address).map(|(person_id, address)| Refused {
                person_id,
                address,
                gathering_id: row.gathering_id,
            }),
        })
        .collect())
}
