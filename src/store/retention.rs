//! What is not needed any more is emptied: diets a week after, raw mail a month after.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::sheets;

/// Diets are health data: kept for the gathering that they were told for, and a week.
const DIETS: TimeDelta = TimeDelta::days(7);
/// Raw mail settles errors and disputes for a month after the gathering that it is about.
const RAW: TimeDelta = TimeDelta::days(30);

/// What somebody eats is remembered for a year after they said so; then they are asked again.
const FOOD: TimeDelta = TimeDelta::days(365);

/// How much was emptied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Purged {
    /// Invitations without their diets now.
    pub diets: u64,
    /// Mails received and sent without their octets now.
    pub mails: u64,
}

/// Empties what has been kept long enough.
pub async fn purge(db: &mut PgConnection, now: DateTime<Utc>) -> Result<Purged> {
    let diets = sqlx::query!(
        "update invitation set diets = '{}', diet_notes = '{}'
           from gathering
          where gathering.gathering_id = invitation.gathering_id and starts_at < $1
            and (diets <> '{}' or diet_notes <> '{}')",
        now - DIETS,
    )
    .execute(&mut *db)
    .await?
    .rows_affected();
    // The words that a diet was read from are as private as the diet.
    sqlx::query!(
        r#"update answer
            set diets = '{}', diet_notes = '{}',
                because = jsonb_path_query_array(because, '$[*] ? (!(@.conclusion starts with "diet"))')
           from invitation join gathering using (gathering_id)
          where invitation.invitation_id = answer.invitation_id and starts_at < $1
            and (answer.diets <> '{}' or answer.diet_notes <> '{}' or because::text like '%"diet %')"#,
        now - DIETS,
    )
    .execute(&mut *db)
    .await?;
    sheets::purge(db, now - DIETS).await?;
    let received = sqlx::query!(
        "update inbox set raw = null
          where raw is not null and settled_at < $1
            and not exists (select from answer join invitation using (invitation_id)
                                               join gathering using (gathering_id)
                             where answer.inbox_id = inbox.inbox_id and starts_at > $1)",
        now - RAW,
    )
    .execute(&mut *db)
    .await?
    .rows_affected();
    sqlx::query!(
        "update errand set lines = '{}', before = null, after = null
          where before is not null and done_at < $1",
        now - RAW,
    )
    .execute(&mut *db)
    .await?;
    forget(db, now).await?;
    let sent = sqlx::query!(
        "update outbox set message = null, body_text = null
          where message is not null
            and (settled_at < $1 or state = 'doubtful' and expires_at < $1)
            and not exists (select from gathering
                             where gathering.gathering_id = outbox.gathering_id and starts_at > $1)",
        now - RAW,
    )
    .execute(db)
    .await?
    .rows_affected();
    Ok(Purged { diets, mails: received + sent })
}

/// What was to be forgotten as soon as it has left, and what somebody eats a year after they let us
/// remember it.
async fn forget(db: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update outbox set recipient = case when letter = 'erased' then '' else recipient end,
                           message = null, body_text = null, reply = null
          where forget and state in ('sent', 'failed', 'cancelled') and message is not null",
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "with gone as (delete from remembered where consented_at < $1 returning person_id)
         update person set diet_asked_at = null from gone where gone.person_id = person.person_id",
        now - FOOD,
    )
    .execute(db)
    .await?;
    Ok(())
}
