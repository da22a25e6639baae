//! The inbox: every mail received, committed before anything reads its meaning.
//!
//! ```text
//! received --decided--> handled        (disposition says what it was)
//!    |  ^---- error: retry_at with back-off (1 min, 5 min, 30 min, 2 h)
//!    |  ^---- the DNS can not tell who wrote it: held for a day at most
//!    +--sixth claim--> failed          (organizers are told)
//! ```
//! A claim counts the attempt and is committed before the mail is looked at, so that a mail that
//! kills its reader is counted too.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::exactly_one;
use crate::mail::proof::Authorship;
use crate::wire::Arrived;

/// After so many attempts a mail is set aside for a person to look at.
const ATTEMPTS: i32 = 5;

/// Keeps mails that have arrived. Those that are there already, by place or by content, are left
/// as they are. Returns how many were new.
pub async fn accept(
    db: &mut PgConnection,
    community_id: i64,
    mails: &[Arrived],
    now: DateTime<Utc>,
) -> Result<u64> {
    let mut new = 0;
    for mail in mails {
        let digest = Sha256::digest(&mail.raw);
        new += sqlx::query!(
            "insert into inbox (community_id, mailbox, uid_validity, uid, digest, raw, too_large,
                                arrived_at, received_at, retry_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
             on conflict do nothing",
            community_id,
            mail.place.mailbox,
            i64::from(mail.place.uid_validity),
            i64::from(mail.place.uid),
            digest.as_slice(),
            mail.raw,
            mail.too_large,
            mail.arrived_at,
            now,
        )
        .execute(&mut *db)
        .await?
        .rows_affected();
    }
    Ok(new)
}

/// Notes mails that the server lists and can not give, so that a person hears of them.
pub async fn miss(
    db: &mut PgConnection,
    community_id: i64,
    (mailbox, uid_validity): (&str, u32),
    uids: &[u32],
    now: DateTime<Utc>,
) -> Result<()> {
    for uid in uids {
        let digest = Sha256::digest(format!("{mailbox} {uid_validity} {uid}"));
        sqlx::query!(
            "insert into inbox (community_id, mailbox, uid_validity, uid, digest, too_large, arrived_at,
                                received_at, retry_at, state, settled_at, note)
             values ($1, $2, $3, $4, $5, false, $6, $6, $6, 'failed', $6, 'the mail server can not give this mail')
             on conflict do nothing",
            community_id,
            mailbox,
            i64::from(uid_validity),
            i64::from(*uid),
            digest.as_slice(),
            now,
        )
        .execute(&mut *db)
        .await?;
    }
    Ok(())
}

/// How far a mailbox has been read: UIDVALIDITY and UID.
pub async fn cursor(db: &mut PgConnection, mailbox: &str) -> Result<Option<(u32, u32)>> {
    let row = sqlx::query!("select uid_validity, uid from mailbox where mailbox = $1", mailbox)
        .fetch_optional(db)
        .await?;
    Ok(row.map(|row| {
        (u32::try_from(row.uid_validity).unwrap_or(0), u32::try_from(row.uid).unwrap_or(0))
    }))
}

/// Remembers how far a mailbox has been read. Only ever called in the transaction that keeps the
/// mails up to there.
pub async fn advance(
    db: &mut PgConnection,
    mailbox: &str,
    uid_validity: u32,
    uid: u32,
) -> Result<()> {
    sqlx::query!(
        "insert into mailbox (mailbox, uid_validity, uid) values ($1, $2, $3)
         on conflict (mailbox) do update set uid_validity = excluded.uid_validity, uid = excluded.uid",
        mailbox,
        i64::from(uid_validity),
        i64::from(uid),
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Somebody begins to look at a community's mailbox: from now on it counts how long nobody has seen it.
pub async fn expect(db: &mut PgConnection, community_id: i64, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update community set looked_at = $2 where community_id = $1 and looked_at is null",
        community_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A community's mailbox has been looked at. Written once a minute: a Maildir is looked at often.
pub async fn looked(db: &mut PgConnection, community_id: i64, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update community set looked_at = $2
          where community_id = $1
            and (looked_at is null or looked_at not between $2::timestamptz - interval '1 minute' and $2)",
        community_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

impl Waiting {
    /// Whether all its attempts are used up, and none has come to an end.
    pub fn is_worn_out(&self) -> bool {
        self.attempt - self.held > ATTEMPTS
    }
}

/// A mail at work.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Row.
    pub inbox_id: i64,
    /// Which attempt this is; also the fence when it is settled.
    pub attempt: i32,
    /// How many of the attempts ended because the DNS could not tell who wrote it.
    pub held: i32,
    /// Octets.
    pub raw: Vec<u8>,
    /// When we got it.
    pub received_at: DateTime<Utc>,
    /// When the mailbox got it.
    pub arrived_at: DateTime<Utc>,
    /// Whether only the header was kept, because the mail is too large.
    pub too_large: bool,
}

/// Claims the mails that have waited longest, at most `limit`, for one daemon. Must be committed
/// before they are read. A mail that has been claimed before is claimed alone: it may have killed
/// its reader, and those beside it shall not be blamed.
pub async fn claim(
    db: &mut PgConnection,
    community_id: i64,
    daemon_id: i64,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Waiting>> {
    let mut rows = sqlx::query_as!(
        Waiting,
        r#"with free as (
               select inbox_id, arrived_at, attempt - held as attempt from inbox
                where state = 'received' and claimed_by is null and raw is not null
                  and community_id = $1 and retry_at <= $4
                order by arrived_at, inbox_id
                limit $3
                for update skip locked),
           ranked as (
               select inbox_id, row_number() over earlier as place,
                      count(*) filter (where attempt > 0) over earlier as tried
                 from free
               window earlier as (order by arrived_at, inbox_id))
           update inbox
              set attempt = attempt + 1, claimed_by = $2
            where inbox_id in (select inbox_id from ranked where tried = 0 or place = 1)
            returning inbox_id, attempt, held, coalesce(raw, '') as "raw!", received_at, arrived_at,
                      too_large"#,
        community_id,
        daemon_id,
        limit,
        now,
    )
    .fetch_all(db)
    .await?;
    rows.sort_by_key(|row| (row.arrived_at, row.inbox_id));
    Ok(rows)
}

/// What is kept of a handled mail.
#[derive(Debug, Clone, Copy)]
pub struct Settled<'a> {
    /// What it turned out to be.
    pub disposition: &'a str,
    /// What it proves of its author.
    pub proof: &'a Authorship,
    /// What names its content, where the author has vouched for it and it came for the first time.
    pub content: Option<&'a [u8]>,
}

/// The mail is handled. Fenced by the attempt: whoever comes late changes nothing and fails. Of two
/// that bear the same words at the same time the later one fails too, and finds the other when it is
/// read again.
pub async fn settle(
    db: &mut PgConnection,
    waiting: &Waiting,
    settled: Settled<'_>,
    now: DateTime<Utc>,
) -> Result<()> {
    let changed = sqlx::query!(
        "update inbox
            set state = 'handled', disposition = $3, settled_at = $4, claimed_by = null, note = null,
                proof = case when forget then null else $5::jsonb end, content = $6,
                raw = case when forget then null else raw end
          where inbox_id = $1 and attempt = $2 and state = 'received'",
        waiting.inbox_id,
        waiting.attempt,
        settled.disposition,
        now,
        serde_json::to_value(settled.proof)?,
        settled.content,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "settle a mail")
}

/// Nobody can tell just now who wrote the mail: later again.
pub async fn hold(
    db: &mut PgConnection,
    waiting: &Waiting,
    (reason, until): (&str, DateTime<Utc>),
) -> Result<()> {
    sqlx::query!(
        "update inbox set claimed_by = null, held = held + 1, note = $3, retry_at = $4
          where inbox_id = $1 and attempt = $2 and state = 'received'",
        waiting.inbox_id,
        waiting.attempt,
        reason,
        until,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether the same words of the same author have been handled before.
pub async fn is_replayed(
    db: &mut PgConnection,
    community_id: i64,
    inbox_id: i64,
    content: &[u8],
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from inbox
             where community_id = $1 and inbox_id <> $2 and content = $3) as "is!""#,
        community_id,
        inbox_id,
        content,
    )
    .fetch_one(db)
    .await?)
}

/// The octets of the mails that have come since then, oldest first.
pub async fn since(
    db: &mut PgConnection,
    community_id: i64,
    since: DateTime<Utc>,
) -> Result<Vec<(Vec<u8>, DateTime<Utc>)>> {
    let rows = sqlx::query!(
        r#"select raw as "raw!", arrived_at from inbox
            where community_id = $1 and received_at >= $2 and raw is not null
            order by inbox_id limit 1000"#,
        community_id,
        since,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.raw, row.arrived_at)).collect())
}

/// The mail could not be handled: later again, or set aside.
pub async fn stumble(
    db: &mut PgConnection,
    waiting: &Waiting,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let tried = waiting.attempt - waiting.held;
    let failed = tried >= ATTEMPTS;
    let minutes = match tried {
        ..=1 => 1,
        2 => 5,
        3 => 30,
        _ => 120,
    };
    sqlx::query!(
        "update inbox
            set claimed_by = null, note = $3, retry_at = $4,
                state = case when $5 then 'failed' else state end,
                settled_at = case when $5 then $6::timestamptz end
          where inbox_id = $1 and attempt = $2 and state = 'received'",
        waiting.inbox_id,
        waiting.attempt,
        reason,
        now + TimeDelta::minutes(minutes),
        failed,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
