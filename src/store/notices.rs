//! Previews that wait for a yes, and, where that is not enough, for the word of the other organizers.

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::apply::Cause;
use super::{exactly_one, facts, people};
use crate::community::facts::{About, Came, Facts, Notice, Proposal};
use crate::community::level::{Evidence, Standing};
use crate::community::{Community, Person};

/// A preview that waits for a yes.
pub(super) async fn proposal(
    db: &mut PgConnection,
    community_id: i64,
    id: i64,
) -> Result<Option<Proposal>> {
    let row = sqlx::query!(
        r#"select organizer_id, command, shown, gathering_id, expires_at, settled_at, due_at,
                  array(select nextval(pg_get_serial_sequence('notice', 'notice_id'))
                          from member join person using (person_id)
                         where person.community_id = $2 and is_organizer) as "next_notices!"
             from proposal where proposal_id = $1 and community_id = $2 for update"#,
        id,
        community_id,
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Proposal {
            id,
            organizer_id: row.organizer_id,
            proposed: serde_json::from_value(row.command).context("read a previewed command")?,
            shown: row.shown,
            gathering_id: row.gathering_id,
            expires_at: row.expires_at,
            settled: row.settled_at.is_some(),
            due_at: row.due_at,
            next_notices: row.next_notices,
        })
    })
    .transpose()
}

/// An organizer's word in what another one has asked for, and who that is.
pub(super) async fn notice(
    db: &mut PgConnection,
    community_id: i64,
    id: i64,
) -> Result<Option<(Notice, Person)>> {
    let row = sqlx::query!("select proposal_id, person_id from notice where notice_id = $1", id)
        .fetch_optional(&mut *db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(proposal) = proposal(db, community_id, row.proposal_id).await? else {
        return Ok(None);
    };
    let asker = people::people(db, community_id, &[proposal.organizer_id]).await?.pop();
    Ok(asker.map(|asker| (Notice { id, person_id: row.person_id, proposal }, asker)))
}

/// All organizers are told, and each has a word until then.
pub(super) async fn begin(
    db: &mut PgConnection,
    proposal_id: i64,
    due_at: DateTime<Utc>,
    asked: &[(i64, i64)],
) -> Result<()> {
    let changed = sqlx::query!(
        "update proposal set due_at = $2
          where proposal_id = $1 and due_at is null and settled_at is null",
        proposal_id,
        due_at,
    )
    .execute(&mut *db)
    .await?;
    exactly_one(&changed, "tell all organizers of a preview")?;
    let (notices, people): (Vec<i64>, Vec<i64>) = asked.iter().copied().unzip();
    sqlx::query!(
        "insert into notice (notice_id, proposal_id, person_id)
         select notice, $1, organizer from unnest($2::bigint[], $3::bigint[]) as asked (notice, organizer)",
        proposal_id,
        &notices,
        &people,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An organizer has said yes or no.
pub(super) async fn answered(
    db: &mut PgConnection,
    notice_id: i64,
    word: &str,
    cause: Cause,
) -> Result<()> {
    let changed = sqlx::query!(
        "update notice set said = $2, said_at = $3 where notice_id = $1",
        notice_id,
        word,
        cause.now,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "keep an organizer's word")
}

/// How long everybody must have had the letter.
const HEARD: TimeDelta = TimeDelta::hours(24);

/// What is to be carried out because its day is over: everybody's letter has left for a day, and
/// nobody has said no. A letter that no server takes does not hold it up for ever.
pub async fn due(db: &mut PgConnection, community_id: i64, now: DateTime<Utc>) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "select proposal_id from proposal
          where community_id = $1 and due_at <= $2 and settled_at is null
            and not exists (select from outbox
                             where outbox.letter = 'notice' and outbox.proposal_id = proposal.proposal_id
                               and (state in ('queued', 'sending', 'doubtful')
                                    or state = 'sent' and settled_at > $3))
          order by due_at, proposal_id",
        community_id,
        now,
        now - HEARD,
    )
    .fetch_all(db)
    .await?)
}

/// The facts about what is due, as a mail of the one who asked would have them. `None` where it has
/// been settled meanwhile.
pub async fn facts_about(
    db: &mut PgConnection,
    community: &Community,
    proposal_id: i64,
    now: DateTime<Utc>,
) -> Result<Option<Facts>> {
    let Some(proposal) = proposal(db, community.id, proposal_id).await? else { return Ok(None) };
    let asker = people::people(db, community.id, &[proposal.organizer_id]).await?.pop();
    let Some(asker) = asker.filter(|_| !proposal.settled) else { return Ok(None) };
    let floor = facts::floor(db, community, &asker, None, now).await?;
    Ok(Some(Facts {
        community: community.clone(),
        inbox_id: proposal_id,
        arrived_at: now,
        answers_mail_of: None,
        from: Some(asker.address.clone()),
        sender: Some(asker),
        evidence: Evidence::unverified(Standing::Organizer),
        recent_answers: 0,
        organizers: people::organizers(db, community.id).await?,
        came: Came::ToCommunity,
        own: None,
        about: About::Proposal(Box::new(proposal), Box::new(floor)),
    }))
}
