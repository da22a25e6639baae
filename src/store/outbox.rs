//! The outbox: every mail to be sent, one row a purpose, finished octets that never change.
//!
//! ```text
//! queued --claim, begin--> sending --250 to the final dot--> sent
//!   ^  |                      |--4xx, no connection--> queued   (due_at + back-off)
//!   |  |                      |--5xx about the recipient--> failed   (organizers are told)
//!   |  |                      |         (also from sent, where the mail comes back)
//!   |  |                      |--any other 5xx--> queued      (like a 4xx: five days at most)
//!   |  |                      |--lost after the dot, or the daemon died--> doubtful
//!   |  +--withdrawn, or no longer useful--> cancelled
//!   +---- doubtful, on_doubt = resend: same octets, same Message-ID, twice at most
//!         doubtful, on_doubt = hold --evidence--> sent, or a person decides
//! ```
//! A claim (`claimed_by`) says that a daemon works on a row; `sending` says that octets of the
//! message may have left. Settling is fenced by `attempt`: whoever comes late changes nothing,
//! except that a certainty ends a doubt about the same attempt, and that a late 250 settles the mail
//! whatever has been decided since: who has it queued again, and has not begun, does not begin.

mod quiet;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

pub use self::quiet::{Rest, rest, sleep};
use super::words;
use crate::mail::EmailAddress;
use crate::wire::Outcome;

mod taken_back;

pub use taken_back::{
    came_back, readdress, unname_host, unreached, withdraw, withdraw_digest, withdraw_from,
};

/// A mail ready to leave.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Community.
    pub community_id: i64,
    /// Why, as text.
    pub purpose: String,
    /// Message-ID without angle brackets.
    pub message_id: String,
    /// Template.
    pub letter: String,
    /// Whether it is emptied as soon as it has left.
    pub forget: bool,
    /// Reader; `None` for somebody we do not know.
    pub person_id: Option<i64>,
    /// About.
    pub gathering_id: Option<i64>,
    /// About.
    pub invitation_id: Option<i64>,
    /// The preview it shows.
    pub proposal_id: Option<i64>,
    /// The mail it answers.
    pub answers: Option<i64>,
    /// Reverse-path.
    pub sender: String,
    /// Forward-path.
    pub recipient: String,
    /// RFC 5322 octets.
    pub message: Vec<u8>,
    /// Its plain text.
    pub body_text: String,
    /// SEQUENCE of its calendar part, if it has one.
    pub calendar_sequence: Option<u32>,
    /// `resend` or `hold`.
    pub on_doubt: &'static str,
    /// When it may leave.
    pub due_at: DateTime<Utc>,
    /// When it is no longer useful.
    pub expires_at: DateTime<Utc>,
}

/// Queues a mail, unless its purpose has had its mail. Says whether it was new.
pub async fn enqueue(db: &mut PgConnection, mail: &Finished, now: DateTime<Utc>) -> Result<bool> {
    let inserted = sqlx::query!(
        "insert into outbox (community_id, purpose, message_id, letter, person_id, gathering_id,
                             invitation_id, proposal_id, answers, sender, recipient, message,
                             body_text, on_doubt, due_at, expires_at, created_at,
                             calendar_sequence, forget)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
         on conflict (purpose) do nothing",
        mail.community_id,
        mail.purpose,
        mail.message_id,
        mail.letter,
        mail.person_id,
        mail.gathering_id,
        mail.invitation_id,
        mail.proposal_id,
        mail.answers,
        mail.sender,
        mail.recipient,
        mail.message,
        mail.body_text,
        mail.on_doubt,
        mail.due_at,
        mail.expires_at,
        now,
        mail.calendar_sequence.map(words::integer),
        mail.forget,
    )
    .execute(db)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// A calendar part for this invitation goes out, under this UID.
pub async fn remember_calendar(db: &mut PgConnection, invitation_id: i64, uid: &str) -> Result<()> {
    sqlx::query!(
        "update invitation set calendar_uid = $2 where invitation_id = $1 and calendar_uid is null",
        invitation_id,
        uid,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether a mail of ours has this Message-ID.
pub async fn is_named(db: &mut PgConnection, message_id: &str) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from outbox where message_id = $1) as "is_named!""#,
        message_id,
    )
    .fetch_one(db)
    .await?)
}

/// What mails about this invitation are known by: the UID of its calendar parts, and the Message-ID of
/// the mail with this purpose.
pub async fn thread(
    db: &mut PgConnection,
    invitation_id: i64,
    purpose: &str,
) -> Result<(Option<String>, Option<String>)> {
    let row = sqlx::query!(
        r#"select (select calendar_uid from invitation where invitation_id = $1) as uid,
                  (select message_id from outbox where purpose = $2) as root"#,
        invitation_id,
        purpose,
    )
    .fetch_one(db)
    .await?;
    Ok((row.uid, row.root))
}

/// Of these purposes, the ones that have their mail already.
pub async fn known(db: &mut PgConnection, purposes: &[String]) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!("select purpose from outbox where purpose = any($1)", purposes)
        .fetch_all(db)
        .await?)
}

/// A mail of ours, as far as it is told of.
#[derive(Debug, Clone)]
pub struct Written {
    /// Row.
    pub outbox_id: i64,
    /// Template.
    pub letter: String,
    /// `queued`, `sent` …
    pub state: String,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it left, or was given up.
    pub settled_at: Option<DateTime<Utc>>,
}

/// What was written about an invitation, oldest first.
pub async fn about_invitation(db: &mut PgConnection, invitation_id: i64) -> Result<Vec<Written>> {
    Ok(sqlx::query_as!(
        Written,
        "select outbox_id, letter, state, created_at, settled_at
           from outbox where invitation_id = $1 order by created_at, outbox_id",
        invitation_id,
    )
    .fetch_all(db)
    .await?)
}

/// A mail that is written and has not left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Why.
    pub purpose: String,
    /// Template.
    pub letter: String,
    /// Reader.
    pub person_id: Option<i64>,
    /// Their name, or their address where they have none.
    pub name: String,
    /// About.
    pub gathering_id: Option<i64>,
    /// When it may leave.
    pub due_at: DateTime<Utc>,
}

/// What is written and has not left.
pub async fn waiting(
    db: &mut PgConnection,
    community_id: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Waiting>> {
    Ok(sqlx::query_as!(
        Waiting,
        r#"select purpose, letter, outbox.person_id, coalesce(name, recipient) as "name!", gathering_id, due_at
             from outbox left join person using (person_id)
            where outbox.community_id = $1 and state = 'queued' and expires_at > $2
            order by due_at, outbox_id"#,
        community_id,
        now,
    )
    .fetch_all(db)
    .await?)
}

/// A mail at work.
#[derive(Debug, Clone)]
pub struct Leaving {
    /// Row.
    pub outbox_id: i64,
    /// Which attempt this is; also the fence.
    pub attempt: i32,
    /// Template, for the log.
    pub letter: String,
    /// Reverse-path.
    pub sender: String,
    /// Forward-path.
    pub recipient: String,
    /// Octets.
    pub message: Vec<u8>,
    /// Whether nobody waits for it, so that it does not leave at night.
    pub unasked: bool,
    /// When it was claimed: by then, it might leave.
    pub claimed_at: DateTime<Utc>,
}

/// Claims the mails that are due, longest due first, at most `limit`, for one daemon. A calendar
/// part waits for the earlier ones of its guest, so that none overtakes another.
pub async fn claim(
    db: &mut PgConnection,
    community_id: i64,
    daemon_id: i64,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<Leaving>> {
    let mut rows = sqlx::query!(
        r#"update outbox
              set attempt = attempt + 1, claimed_by = $2
            where outbox_id in (select outbox_id from outbox
                                 where state = 'queued' and claimed_by is null
                                   and community_id = $1 and due_at <= $4 and expires_at > $4
                                   and not exists (
                                       select from outbox earlier
                                        where earlier.invitation_id = outbox.invitation_id
                                          and earlier.calendar_sequence < outbox.calendar_sequence
                                          and (earlier.state in ('queued', 'sending')
                                               or earlier.state = 'doubtful'
                                                  and earlier.on_doubt = 'resend' and earlier.attempt < 3))
                                 order by due_at, outbox_id
                                 limit $3
                                 for update skip locked)
            returning outbox_id, attempt, letter, sender, recipient, coalesce(message, '') as "message!",
                      on_doubt = 'hold' as "unasked!", due_at"#,
        community_id,
        daemon_id,
        limit,
        now,
    )
    .fetch_all(db)
    .await?;
    rows.sort_by_key(|row| (row.due_at, row.outbox_id));
    Ok(rows
        .into_iter()
        .map(|row| Leaving {
            outbox_id: row.outbox_id,
            attempt: row.attempt,
            letter: row.letter,
            sender: row.sender,
            recipient: row.recipient,
            message: row.message,
            unasked: row.unasked,
            claimed_at: now,
        })
        .collect())
}

/// From here on octets of the message may leave. False where the mail has been taken back, somebody
/// else has it, or its time is past or not yet come: then it must not be sent.
pub async fn begin(
    db: &mut PgConnection,
    leaving: &Leaving,
    daemon_id: i64,
    now: DateTime<Utc>,
) -> Result<bool> {
    let begun = sqlx::query!(
        "update outbox set state = 'sending', attempted_at = $4
          where outbox_id = $1 and attempt = $2 and claimed_by = $3 and state = 'queued'
            and due_at <= $4 and expires_at > $4",
        leaving.outbox_id,
        leaving.attempt,
        daemon_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(begun.rows_affected() == 1)
}

/// Gives back all that a daemon has claimed and not begun. It counts as no attempt.
pub async fn give_back(db: &mut PgConnection, daemon_id: i64) -> Result<()> {
    sqlx::query!(
        "update outbox set attempt = attempt - 1, claimed_by = null
          where state = 'queued' and claimed_by = $1",
        daemon_id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Writes down what an attempt has taught; a deferred mail is tried again at `retry_at`. Says
/// whether it still mattered.
pub async fn settle(
    db: &mut PgConnection,
    leaving: &Leaving,
    outcome: &Outcome,
    retry_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let changed = match outcome {
        Outcome::Sent(reply) => {
            sqlx::query!(
                "update outbox set state = 'sent', settled_at = $3, reply = $4, claimed_by = null
                  where outbox_id = $1 and attempt >= $2 and state in ('queued', 'sending', 'doubtful')",
                leaving.outbox_id,
                leaving.attempt,
                now,
                reply,
            )
            .execute(db)
            .await?
        }
        Outcome::Deferred(reply) => {
            sqlx::query!(
                "update outbox
                    set state = case when created_at + interval '5 days' < $3 then 'failed' else 'queued' end,
                        settled_at = case when created_at + interval '5 days' < $3 then $3 end,
                        due_at = $4, reply = $5, claimed_by = null,
                        put_off_since = coalesce(put_off_since, $3)
                  where outbox_id = $1 and attempt = $2 and state in ('queued', 'sending', 'doubtful')",
                leaving.outbox_id,
                leaving.attempt,
                now,
                retry_at,
                reply,
            )
            .execute(db)
            .await?
        }
        Outcome::Unreachable(reply) | Outcome::Failed(reply) => {
            sqlx::query!(
                "update outbox set state = 'failed', settled_at = $3, reply = $4, claimed_by = null
                  where outbox_id = $1 and attempt = $2 and state in ('queued', 'sending', 'doubtful')",
                leaving.outbox_id,
                leaving.attempt,
                now,
                reply,
            )
            .execute(db)
            .await?
        }
        Outcome::Doubtful(reply) => {
            sqlx::query!(
                "update outbox set state = 'doubtful', reply = $3, claimed_by = null
                  where outbox_id = $1 and attempt = $2 and state = 'sending'",
                leaving.outbox_id,
                leaving.attempt,
                reply,
            )
            .execute(db)
            .await?
        }
    };
    Ok(changed.rows_affected() == 1)
}

/// One minute, doubled with each attempt up to six hours, and up to a tenth more by the row's
/// number, so that mails that failed together do not come back together.
pub fn back_off(attempt: i32, outbox_id: i64) -> TimeDelta {
    let doublings = u32::try_from(attempt.clamp(1, 10) - 1).unwrap_or(0);
    let seconds = (60_i64 << doublings).min(6 * 3600);
    TimeDelta::seconds(seconds + outbox_id.rem_euclid(10) * seconds / 100)
}

/// What the passing of time does to the queue: mails that are no longer useful are dropped, those
/// that a server kept putting off have failed, so that somebody hears of it, and
/// doubtful ones that somebody waits for are sent again.
pub async fn reconsider(db: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update outbox
            set state = case when attempt > 0 and reply is not null and letter not in ('digest', 'nudge')
                             then 'failed' else 'cancelled' end,
                settled_at = $1, reply = coalesce(reply, 'no longer useful')
          where state = 'queued' and claimed_by is null and expires_at <= $1",
        now,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update outbox set state = 'queued', due_at = $1
          where state = 'doubtful' and on_doubt = 'resend' and attempt < 3",
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Somebody answers a mail of ours: it has arrived, whatever the server said.
pub async fn arrived(db: &mut PgConnection, message_id: &str, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update outbox set state = 'sent', settled_at = $2, reply = 'answered'
          where message_id = $1 and state = 'doubtful'",
        message_id,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The latest mail that left for an address, or the latest of one letter: Message-ID and
/// reverse-path.
pub async fn latest_to(
    db: &mut PgConnection,
    recipient: &EmailAddress,
    letter: Option<&str>,
) -> Result<Option<(String, String)>> {
    let row = sqlx::query!(
        "select message_id, sender from outbox
          where recipient = $1 and (letter = $2 or $2 is null) and state = 'sent'
          order by outbox_id desc limit 1",
        recipient.as_str(),
        letter,
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.message_id, row.sender)))
}

/// A mail by its reader and its octets' subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Read {
    /// The reader's name.
    pub reader: String,
    /// Template.
    pub letter: String,
    /// Subject.
    pub subject: String,
}

/// Who reads which mails.
pub async fn readers(db: &mut PgConnection, ids: &[i64]) -> Result<Vec<Read>> {
    let rows = sqlx::query!(
        r#"select coalesce(name, recipient) as "reader!", letter, coalesce(message, '') as "message!"
             from outbox left join person using (person_id)
            where outbox_id = any($1) order by outbox_id"#,
        ids,
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Read {
            reader: row.reader,
            letter: row.letter,
            subject: crate::mail::parse(&row.message).subject,
        })
        .collect())
}

/// When the next queued mail is due.
pub async fn next_due(db: &mut PgConnection, community_id: i64) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        "select min(due_at) from outbox
          where state = 'queued' and claimed_by is null and community_id = $1",
        community_id,
    )
    .fetch_one(db)
    .await?)
}
