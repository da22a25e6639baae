//! Mails that are taken back before they leave, and mails that have reached nobody.

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::store::members;

/// Takes back what has not left about a gathering, except answers to somebody's mail.
pub async fn withdraw(db: &mut PgConnection, gathering_id: i64, now: DateTime<Utc>) -> Result<()> {
    let mails = sqlx::query_scalar!(
        "select outbox_id from outbox
          where gathering_id = $1 and state = 'queued' and on_doubt = 'hold'",
        gathering_id,
    )
    .fetch_all(&mut *db)
    .await?;
    take_back(db, &mails, now).await
}

/// Takes back what has not left and names somebody as the host who is not any more: the planner
/// writes it anew.
pub async fn unname_host(db: &mut PgConnection, person_id: i64, now: DateTime<Utc>) -> Result<()> {
    let mails = sqlx::query_scalar!(
        "select outbox_id from outbox
          where gathering_id in (select gathering_id from gathering
                                  where host_id = $1 and state = 'open' and starts_at > $2)
            and state = 'queued' and on_doubt = 'hold'
            and purpose ~ '^(invitation|save-the-date|nudge|reminder|moved):'",
        person_id,
        now,
    )
    .fetch_all(&mut *db)
    .await?;
    take_back(db, &mails, now).await
}

/// Takes back what has not left of the digest that an organizer sent by this mail.
pub async fn withdraw_digest(
    db: &mut PgConnection,
    inbox_id: i64,
    now: DateTime<Utc>,
) -> Result<()> {
    let mails = sqlx::query_scalar!(
        "select outbox_id from outbox
          where purpose like 'digest-now:%:' || $1::bigint and state = 'queued' and on_doubt = 'hold'",
        inbox_id,
    )
    .fetch_all(&mut *db)
    .await?;
    take_back(db, &mails, now).await
}

/// What has not reached somebody about what is to come is free to be written anew: their letters go
/// to another address now.
pub async fn readdress(db: &mut PgConnection, person_id: i64, now: DateTime<Utc>) -> Result<()> {
    let mails = sqlx::query_scalar!(
        "select outbox_id from outbox join gathering using (gathering_id)
          where person_id = $1 and gathering.state = 'open' and starts_at > $2
            and outbox.state in ('queued', 'failed') and on_doubt = 'hold'
            and purpose ~ '^(invitation|save-the-date|nudge|reminder|moved):'",
        person_id,
        now,
    )
    .fetch_all(&mut *db)
    .await?;
    take_back(db, &mails, now).await?;
    // Whoever has not been asked yet is asked from now on.
    sqlx::query!(
        "update invitation
            set unreached_at = null,
                invited_at = case when answered_at is null then $2 else invited_at end
           from gathering
          where gathering.gathering_id = invitation.gathering_id and gathering.state = 'open'
            and starts_at > $2 and person_id = $1 and unreached_at is not null",
        person_id,
        now,
    )
    .execute(&mut *db)
    .await?;
    members::look_again(db, person_id).await
}

/// Takes back those of these mails that are still queued, or failed. As none of them was ever read,
/// their purposes are free again.
async fn take_back(db: &mut PgConnection, mails: &[i64], now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update outbox
            set state = 'cancelled', settled_at = $2, claimed_by = null,
                reply = case state when 'failed' then reply else 'withdrawn' end,
                purpose = purpose || ':withdrawn:' || outbox_id,
                message_id = case state when 'failed' then message_id
                                        else outbox_id || '.withdrawn.' || message_id end
          where outbox_id = any($1) and state in ('queued', 'failed')",
        mails,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes back what has not left to one guest about a gathering, except answers to their mails.
pub async fn withdraw_from(
    db: &mut PgConnection,
    invitation_id: i64,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update outbox set state = 'cancelled', settled_at = $2, reply = 'answered meanwhile', claimed_by = null
          where invitation_id = $1 and state = 'queued' and on_doubt = 'hold'
            and letter in ('nudge', 'offer', 'offer-gone', 'promoted', 'seat-given', 'reminder')",
        invitation_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A mail of ours came back for good: it has failed, whatever the first server said.
pub async fn came_back(
    db: &mut PgConnection,
    (outbox_id, reason): (i64, &str),
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update outbox set state = 'failed', settled_at = $2, reply = $3
          where outbox_id = $1 and state in ('sent', 'doubtful')",
        outbox_id,
        now,
        reason,
    )
    .execute(&mut *db)
    .await?;
    unreached(db, outbox_id, now).await
}

/// A guest's mail has failed for good: the invitation is marked as not reached. Where their letters
/// go to another address by now, those about what is to come are written anew instead.
pub async fn unreached(db: &mut PgConnection, outbox_id: i64, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update invitation set unreached_at = $2
           from outbox
          where outbox.outbox_id = $1 and invitation.invitation_id = outbox.invitation_id",
        outbox_id,
        now,
    )
    .execute(&mut *db)
    .await?;
    let moved_on = sqlx::query_scalar!(
        "select address.person_id from outbox join address using (person_id)
          where outbox_id = $1 and invitation_id is not null and is_primary and email <> recipient",
        outbox_id,
    )
    .fetch_optional(&mut *db)
    .await?;
    if let Some(person_id) = moved_on {
        readdress(db, person_id, now).await?;
    }
    Ok(())
}
