//! What a mail is about, as a row: by its addresses, its thread, a calendar's UID and its author.

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Clues;
use crate::community::Person;
use crate::community::facts::Came;
use crate::community::level::Lead;
use crate::mail::token::Family;

/// What a mail is about, as a row.
pub(super) enum Topic {
    Invitation(i64),
    Invitations(Vec<i64>),
    Proposal(i64),
    Notice(i64),
    Pending(i64),
    Host(i64),
    Floor(Option<i64>),
    Request(i64),
    Returned(String),
    Nothing,
}

pub(super) async fn topic(
    db: &mut PgConnection,
    community_id: i64,
    clues: &Clues,
    sender: Option<&Person>,
    now: DateTime<Utc>,
) -> Result<(Topic, Came, Lead)> {
    if let Some((topic, came)) = by_our_words(db, community_id, clues, sender, now).await? {
        return Ok((topic, came, Lead::Ours));
    }
    let Some(sender) = sender else { return Ok((Topic::Nothing, Came::ToCommunity, Lead::From)) };
    if sender.organizer {
        let thread = thread(db, community_id, &clues.references).await?;
        return Ok((Topic::Floor(thread), Came::ToCommunity, Lead::From));
    }
    Ok((of_sender(db, sender, now).await?, Came::ToCommunity, Lead::From))
}

/// By what only who has had our mail can know: the address, the calendar's UID, the thread.
async fn by_our_words(
    db: &mut PgConnection,
    community_id: i64,
    clues: &Clues,
    sender: Option<&Person>,
    now: DateTime<Utc>,
) -> Result<Option<(Topic, Came)>> {
    if let Some(found) = by_address(db, community_id, clues, sender, now).await? {
        return Ok(Some(found));
    }
    if let Some(uid) = &clues.calendar_uid
        && let Some(invitation) = by_calendar_uid(db, uid).await?
    {
        return Ok(Some((Topic::Invitation(invitation), Came::ToInvitation)));
    }
    by_thread(db, community_id, &clues.references, sender, now).await
}

/// What the sender's open invitations tell.
async fn of_sender(db: &mut PgConnection, sender: &Person, now: DateTime<Utc>) -> Result<Topic> {
    let open = open_invitations(db, sender.id, now).await?;
    Ok(match open.as_slice() {
        [] => Topic::Nothing,
        [one] => Topic::Invitation(*one),
        _ => Topic::Invitations(open),
    })
}

/// What one of our own addresses tells.
async fn by_address(
    db: &mut PgConnection,
    community_id: i64,
    clues: &Clues,
    sender: Option<&Person>,
    now: DateTime<Utc>,
) -> Result<Option<(Topic, Came)>> {
    if let Some(message_id) = clues.returned.last() {
        return Ok(Some((Topic::Returned(message_id.clone()), Came::ToCommunity)));
    }
    let organizer = sender.is_some_and(|sender| sender.organizer);
    for (family, id) in &clues.tokens {
        match family {
            Family::Guest => return Ok(Some((Topic::Invitation(*id), Came::ToInvitation))),
            Family::Proposal => return Ok(Some((Topic::Proposal(*id), Came::ToCommunity))),
            Family::Notice => return Ok(Some((Topic::Notice(*id), Came::ToCommunity))),
            Family::Pending => return Ok(Some((Topic::Pending(*id), Came::ToCommunity))),
            Family::Host => return Ok(Some((Topic::Host(*id), Came::ToCommunity))),
            Family::Request => return Ok(Some((Topic::Request(*id), Came::ToMember))),
            Family::Organizer if organizer => {
                let thread = thread(db, community_id, &clues.references).await?;
                return Ok(Some((Topic::Floor(thread), Came::ToCommunity)));
            }
            Family::Member => {
                if let Some(sender) = sender.filter(|sender| sender.id == *id) {
                    return Ok(Some((of_sender(db, sender, now).await?, Came::ToMember)));
                }
            }
            Family::Organizer | Family::Stop | Family::Canary => {}
        }
    }
    Ok(None)
}
/// For providers that drop the subaddress: the newest mail of ours that is referred to tells.
async fn by_thread(
    db: &mut PgConnection,
    community_id: i64,
    references: &[String],
    sender: Option<&Person>,
    now: DateTime<Utc>,
) -> Result<Option<(Topic, Came)>> {
    for message_id in references.iter().rev() {
        let row = sqlx::query!(
            "select letter, person_id, invitation_id, gathering_id, proposal_id, answers from outbox
              where message_id = $1 and community_id = $2",
            message_id,
            community_id,
        )
        .fetch_optional(&mut *db)
        .await?;
        let Some(row) = row else { continue };
        let letter = row.letter.as_str();
        if letter == "notice" {
            let notice = notice(db, row.proposal_id, row.person_id).await?;
            return Ok(notice.map(|id| (Topic::Notice(id), Came::ToCommunity)));
        }
        if let Some(proposal) = row.proposal_id {
            return Ok(Some((Topic::Proposal(proposal), Came::ToCommunity)));
        }
        if let Some(mail) = row.answers.filter(|_| letter == "other-address") {
            return Ok(Some((Topic::Pending(mail), Came::ToCommunity)));
        }
        if let Some(mail) =
            row.answers.filter(|_| ["confirm", "erase-me", "hand-over"].contains(&letter))
        {
            return Ok(Some((Topic::Request(mail), Came::ToMember)));
        }
        let is_organizer = sender.is_some_and(|sender| sender.organizer);
        let to_host = HOSTS_LETTERS.contains(&letter) || SHEETS.contains(&letter) && !is_organizer;
        if to_host {
            let host = row.gathering_id.map(|id| (Topic::Host(id), Came::ToCommunity));
            return Ok(host);
        }
        // What is said to a round is no answer to whatever else is open.
        if ROUNDS.contains(&letter) {
            return Ok(Some((Topic::Nothing, Came::ToMember)));
        }
        if let Some(invitation) = row.invitation_id {
            return Ok(Some((Topic::Invitation(invitation), Came::ToInvitation)));
        }
        let own = sender.filter(|sender| row.person_id == Some(sender.id));
        if let Some(own) = own.filter(|_| MEMBERS_LETTERS.contains(&letter)) {
            return Ok(Some((of_sender(db, own, now).await?, Came::ToMember)));
        }
        return Ok(is_organizer.then_some((Topic::Floor(row.gathering_id), Came::ToCommunity)));
    }
    Ok(None)
}

/// The word that somebody has in what all organizers were told.
async fn notice(
    db: &mut PgConnection,
    proposal_id: Option<i64>,
    person_id: Option<i64>,
) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar!(
        "select notice_id from notice where proposal_id = $1 and person_id = $2",
        proposal_id,
        person_id,
    )
    .fetch_optional(db)
    .await?)
}

/// Letters about being the host.
const HOSTS_LETTERS: [&str; 4] = ["host-asked", "host-noted", "host-news", "passed-on"];
/// Letters to a host, whoever that is: an organizer answers with commands.
const SHEETS: [&str; 2] = ["host-sheet", "kitchen-sheet"];

/// Letters to all members that are about no gathering.
const ROUNDS: [&str; 2] = ["question", "nominations"];

/// Letters that are answered at the member's own address.
const MEMBERS_LETTERS: [&str; 5] =
    ["digest", "member", "my-data", "handed-over", "which-invitation"];

/// The gathering of the thread that an organizer writes in.
async fn thread(
    db: &mut PgConnection,
    community_id: i64,
    references: &[String],
) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar!(
        "select gathering_id from outbox
          where message_id = any($1) and community_id = $2 and gathering_id is not null
          order by outbox_id desc limit 1",
        references,
        community_id,
    )
    .fetch_optional(db)
    .await?
    .flatten())
}

async fn by_calendar_uid(db: &mut PgConnection, uid: &str) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar!("select invitation_id from invitation where calendar_uid = $1", uid)
        .fetch_optional(db)
        .await?)
}

pub(in crate::store) async fn open_invitations(
    db: &mut PgConnection,
    person_id: i64,
    now: DateTime<Utc>,
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "select invitation_id from invitation join gathering using (gathering_id)
          where person_id = $1 and state = 'open' and starts_at > $2
          order by starts_at, invitation_id",
        person_id,
        now,
    )
    .fetch_all(db)
    .await?)
}
