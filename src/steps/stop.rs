//! One click stops a member's digest (RFC 8058), as `stopp` in a mail does.
//!
//! Invariant: it is done once, however often and by how many at a time it is asked for, and the
//! member hears of it once: whoever has pressed the link, it may not have been them.

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tracing::info;

use super::{Desk, write};
use crate::community::decision::{Change, Post};
use crate::community::facts::NextStep;
use crate::community::letter::{Letter, MemberAct};
use crate::community::person::Person;
use crate::community::purpose::Purpose;
use crate::mail::token::Family;
use crate::store::apply::{self, Cause};
use crate::store::{members, people};

/// The letter is worth sending for this long.
const LETTER_LASTS: TimeDelta = TimeDelta::days(5);

/// Whose digest a link stops; nobody's, if it is not one of ours.
pub async fn reader(db: &mut PgConnection, desk: &Desk, token: &str) -> Result<Option<Person>> {
    let Some((Family::Stop, id)) = desk.keys.open(&desk.community.slug, token) else {
        return Ok(None);
    };
    Ok(people::people(db, desk.community.id, &[id]).await?.pop())
}

/// Stops the digest of whoever the link is for, and says whose it was.
pub async fn digest(
    db: &mut PgConnection,
    desk: &Desk,
    token: &str,
    now: DateTime<Utc>,
) -> Result<Option<Person>> {
    let Some(person) = reader(db, desk, token).await? else { return Ok(None) };
    let community_id = desk.community.id;
    let mut tx = db.begin().await.context("begin to stop a digest")?;
    if members::stop_digest(&mut tx, (community_id, person.id), now).await? {
        let (act, details) = ("digest-stopped", json!({}));
        let audit = Change::Audit { act, gathering_id: None, details, command: None };
        let cause = Cause { community_id, person_id: Some(person.id), inbox_id: None, now };
        apply::apply(&mut tx, &audit, cause).await?;
        write::queue(&mut tx, desk, &told(&person, now), None, now).await?;
        info!(person.id, "a link has stopped a digest");
    }
    tx.commit().await.context("commit a stopped digest")?;
    Ok(Some(person))
}

fn told(person: &Person, now: DateTime<Utc>) -> Post {
    Post {
        purpose: Purpose::Stopped(person.id, now),
        to: person.clone(),
        letter: Letter::Member { acts: vec![MemberAct::StoppedByLink] },
        reply: NextStep::Member(person.id),
        event: None,
        gathering_id: None,
        invitation_id: None,
        due_at: now,
        expires_at: now + LETTER_LASTS,
    }
}
