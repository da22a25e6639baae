//! Figures of how things stand, out of the tables: the same for `langbord status`, for readiness and
//! for Prometheus.

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::PgConnection;

/// How one community's post stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Its short name.
    pub community: String,
    /// Mails that wait to be handled.
    pub inbox_waiting: i64,
    /// Of these, held because the DNS could not tell who wrote them.
    pub inbox_held: i64,
    /// Mails that could not be handled.
    pub inbox_failed: i64,
    /// Mails that have been handled.
    pub inbox_handled: i64,
    /// Mails that were not from whom they said.
    pub inbox_forged: i64,
    /// Mails to be sent, due or not.
    pub outbox_queued: i64,
    /// Mails of which nobody knows whether they arrived.
    pub outbox_doubtful: i64,
    /// Mails that were refused for good.
    pub outbox_failed: i64,
    /// Mails that have been sent.
    pub outbox_sent: i64,
    /// Gatherings that are open.
    pub gatherings_open: i64,
    /// Active members.
    pub members_active: i64,
    /// Since when the mail waits that has waited longest and is not held.
    pub waiting_since: Option<DateTime<Utc>>,
    /// Since when the mail is due that has been due longest. One that a server puts off counts where
    /// no other has left since: then it is not its reader's server alone.
    pub due_since: Option<DateTime<Utc>>,
    /// When the mailbox was last looked at, to the minute.
    pub looked_at: Option<DateTime<Utc>>,
    /// When the last mail came.
    pub last_received: Option<DateTime<Utc>>,
}

/// The figures of every community.
pub async fn all(db: &mut PgConnection, now: DateTime<Utc>) -> Result<Vec<Figures>> {
    Ok(sqlx::query_as!(
        Figures,
        r#"select slug as community,
                  i.waiting as "inbox_waiting!", i.held as "inbox_held!", i.failed as "inbox_failed!",
                  i.handled as "inbox_handled!", i.forged as "inbox_forged!",
                  o.queued as "outbox_queued!", o.doubtful as "outbox_doubtful!",
                  o.failed as "outbox_failed!", o.sent as "outbox_sent!",
                  (select count(*) from gathering g
                    where g.community_id = c.community_id and g.state = 'open') as "gatherings_open!",
                  (select count(*) from member join person p using (person_id)
                    where p.community_id = c.community_id and state = 'active') as "members_active!",
                  i.waiting_since, o.due_since, c.looked_at, i.last_received
             from community c
             cross join lateral (
                  select count(*) filter (where state = 'received') as waiting,
                         count(*) filter (where state = 'received' and held > 0) as held,
                         count(*) filter (where state = 'failed') as failed,
                         count(*) filter (where state = 'handled') as handled,
                         count(*) filter (where disposition = 'forged') as forged,
                         min(received_at) filter (where state = 'received' and held = 0) as waiting_since,
                         max(received_at) as last_received
                    from inbox where inbox.community_id = c.community_id) i
             cross join lateral (
                  select count(*) filter (where state = 'queued') as queued,
                         count(*) filter (where state = 'doubtful') as doubtful,
                         count(*) filter (where state = 'failed') as failed,
                         count(*) filter (where state = 'sent') as sent,
                         min(coalesce(put_off_since, due_at)) filter (
                             where state = 'queued'
                               and case when put_off_since is null then due_at <= $1
                                        -- What waits for the morning is not being tried.
                                        else due_at <= $1 + make_interval(secs => 66 * 2 ^ (least(attempt, 9) - 1))
                                             and put_off_since > coalesce(last_sent, '-infinity') end) as due_since
                    from outbox,
                         (select max(settled_at) as last_sent from outbox
                           where state = 'sent' and outbox.community_id = c.community_id) as last
                   where outbox.community_id = c.community_id) o
            order by slug"#,
        now,
    )
    .fetch_all(db)
    .await?)
}
