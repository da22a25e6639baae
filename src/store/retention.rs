//! What is not needed any more is emptied: diets and the mails that tell of them a
//! week after, other mail a month after.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::sheets;

/// Diets are health data: kept for the gathering that they were told for, and a week.
const DIETS: TimeDelta = TimeDelta::days(7);
/// Letters about a gathering that may tell what somebody eats.
const TELL_DIETS: [&str; 5] = ["answer-yes", "waiting-list", "answered-for", "guest-wrote", "done"];
/// Raw mail settles errors and disputes for a month after the gathering that it is about.
const RAW: TimeDelta = TimeDelta::days(30);
/// What members have sent in for the others has been in every digest by then, the monthly one too.
const NEWS: TimeDelta = TimeDelta::days(90);
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
    let told = mails_that_told(db, now).await?;
    let diets = diets(db, now).await?;
    let received = received(db, now).await?;
    forget_commands(db, now).await?;
    forget_words(db, now).await?;
    forget(db, now).await?;
    let sent = sent(db, now).await?;
    Ok(Purged { diets, mails: told + received + sent })
}

/// Whole mails that tell what somebody eats go with it.
async fn mails_that_told(db: &mut PgConnection, now: DateTime<Utc>) -> Result<u64> {
    let received = sqlx::query!(
        r#"update inbox set raw = null
             from answer join invitation using (invitation_id) join gathering using (gathering_id)
            where answer.inbox_id = inbox.inbox_id and starts_at < $1
              and raw is not null and inbox.state <> 'received'
              and (because::text like '%"diet %' or answer.diets <> '{}' or answer.diet_notes <> '{}')"#,
        now - DIETS,
    )
    .execute(&mut *db)
    .await?;
    let sent = sqlx::query!(
        "update outbox set message = null, body_text = null
           from gathering
          where gathering.gathering_id = outbox.gathering_id and starts_at < $1
            and message is not null and outbox.state in ('sent', 'failed', 'cancelled')
            and letter = any($2)",
        now - DIETS,
        &TELL_DIETS.map(str::to_owned),
    )
    .execute(db)
    .await?;
    Ok(received.rows_affected() + sent.rows_affected())
}

async fn diets(db: &mut PgConnection, now: DateTime<Utc>) -> Result<u64> {
    let diets = sqlx::query!(
        "update invitation set diets = '{}', diet_notes = '{}'
           from gathering
          where gathering.gathering_id = invitation.gathering_id and starts_at < $1
            and (diets <> '{}' or diet_notes <> '{}')",
        now - DIETS,
    )
    .execute(&mut *db)
    .await?;
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
    Ok(diets.rows_affected())
}

/// What organizers asked for may tell of diets, too. It can be taken back for a day, and a preview
/// waits for two.
async fn forget_commands(db: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update errand set lines = '{}', before = null, after = null, acts = '[]'
          where before is not null and done_at < $1",
        now - DIETS,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update outbox set proposal_id = null
          where proposal_id in (select proposal_id from proposal where expires_at < $1)",
        now - DIETS,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("delete from proposal where expires_at < $1", now - DIETS).execute(db).await?;
    Ok(())
}

async fn received(db: &mut PgConnection, now: DateTime<Utc>) -> Result<u64> {
    let received = sqlx::query!(
        "update inbox set raw = null, note = null
          where raw is not null
            and (forget and state <> 'received'
                 or settled_at < $1
                    and not exists (select from answer join invitation using (invitation_id)
                                                       join gathering using (gathering_id)
                                     where answer.inbox_id = inbox.inbox_id and starts_at > $1))",
        now - RAW,
    )
    .execute(db)
    .await?;
    Ok(received.rows_affected())
}

/// What was read from mails, and what was asked for in them, is kept as long as they are.
async fn forget_words(db: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
    // What they were taken for, and by which rule, is no word of anybody's.
    sqlx::query!(
        r#"update answer
              set other_email = null,
                  because = (select coalesce(jsonb_agg(one - 'words'), '[]')
                               from jsonb_array_elements(because) as one)
             from invitation join gathering using (gathering_id)
            where invitation.invitation_id = answer.invitation_id and starts_at < $1
              and answer.state <> 'pending'
              and (other_email is not null or because @? '$[*].words')"#,
        now - RAW,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("delete from request where expires_at < $1", now - RAW).execute(&mut *db).await?;
    sqlx::query!("delete from contribution where said_at < $1", now - NEWS).execute(db).await?;
    Ok(())
}

async fn sent(db: &mut PgConnection, now: DateTime<Utc>) -> Result<u64> {
    let sent = sqlx::query!(
        "update outbox set recipient = '', message = null, body_text = null, reply = null
          where (message is not null or recipient <> '')
            and (settled_at < $1 or state = 'doubtful' and expires_at < $1)
            and not exists (select from gathering
                             where gathering.gathering_id = outbox.gathering_id and starts_at > $1)",
        now - RAW,
    )
    .execute(db)
    .await?;
    Ok(sent.rows_affected())
}

/// What was to be forgotten as soon as it has left, and what somebody eats a year after they let us
/// remember it.
async fn forget(db: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update outbox set message = null, body_text = null, reply = null,
                           recipient = case when exists (select from address
                                                          where address.person_id = outbox.person_id)
                                            then recipient else '' end
          where forget and message is not null
            and (state in ('sent', 'failed', 'cancelled') or state = 'doubtful' and expires_at < $1)",
        now,
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
