//! What recurs for a whole community: the digest, the question, the word about who is missing.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Connection, PgConnection};

use super::Desk;
use super::plan::queue;
use crate::community::Post;
use crate::community::cadence::{Cadence, Occurrence};
use crate::community::plan::{self, FRESH, Issue, ROUND_LASTS};
use crate::store::{members, rounds, schedule, tables};

/// Writes what the last occurrences give that are not too late.
pub(super) async fn step(db: &mut PgConnection, desk: &Desk, now: DateTime<Utc>) -> Result<usize> {
    let community = &desk.community;
    let cadences = [&desk.digest, &desk.rounds.question, &desk.rounds.nominations];
    if cadences.iter().all(|cadence| cadence.is_none()) {
        return Ok(0);
    }
    let Some(since) = schedule::recurring_since(db, community.id, now).await? else {
        return Ok(0);
    };
    let mut tx = db.begin().await?;
    let mut posts = digests(&mut tx, desk, (since, now)).await?;
    posts.extend(question(&mut tx, desk, now).await?);
    posts.extend(nominations(&mut tx, desk, now).await?);
    let written = queue(&mut tx, desk, posts, now).await?;
    let next =
        cadences.into_iter().flatten().filter_map(|cadence| cadence.next(community.zone, now));
    let next = next.map(|occurrence| occurrence.due_at).min();
    schedule::next_recurring(&mut tx, community.id, next).await?;
    tx.commit().await?;
    Ok(written)
}

/// The last occurrence that is not too late.
fn last(
    cadence: Option<&Cadence>,
    desk: &Desk,
    lasts: TimeDelta,
    now: DateTime<Utc>,
) -> Option<Occurrence> {
    cadence?.due_between(desk.community.zone, now - lasts, now).pop()
}

/// The digests of the last occurrence, as long as they are of use: one, however many were missed.
async fn digests(
    db: &mut PgConnection,
    desk: &Desk,
    (since, now): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Post>> {
    let community = &desk.community;
    let Some(cadence) = &desk.digest else { return Ok(Vec::new()) };
    // One that is due at that very moment has not been looked at either.
    let since = (since - TimeDelta::seconds(1)).min(now - FRESH).max(now - plan::NEWS_LASTS);
    let occurrences = cadence.due_between(community.zone, since, now);
    let next = cadence.next(community.zone, now);
    let issue = occurrences.last().and_then(|last| Issue::of(*last, next, now));
    let Some(issue) = issue else { return Ok(Vec::new()) };
    let readers = members::readers(db, community.id).await?;
    let shared = members::contributions(db, community.id, now - plan::NEWS_LASTS).await?;
    let mut open = Vec::new();
    for id in tables::open(db, community.id, now).await? {
        open.push(tables::table(db, community.id, id).await?);
    }
    Ok(plan::digests(&readers, &open, &shared, issue))
}

/// A question that nobody has been asked; without one there is nothing to say.
async fn question(db: &mut PgConnection, desk: &Desk, now: DateTime<Utc>) -> Result<Vec<Post>> {
    let (community, rounds) = (&desk.community, &desk.rounds);
    let Some(occurrence) = last(rounds.question.as_ref(), desk, ROUND_LASTS, now) else {
        return Ok(Vec::new());
    };
    let round = occurrence.civil;
    let question = rounds::question(db, community.id, round, &rounds.questions).await?;
    let Some(question) = question else { return Ok(Vec::new()) };
    rounds::ask(db, community.id, (round, &question), now).await?;
    let readers = members::readers(db, community.id).await?;
    Ok(plan::questions(community, &readers, &question, (round, occurrence.due_at)))
}

async fn nominations(db: &mut PgConnection, desk: &Desk, now: DateTime<Utc>) -> Result<Vec<Post>> {
    let community = &desk.community;
    let Some(occurrence) = last(desk.rounds.nominations.as_ref(), desk, ROUND_LASTS, now) else {
        return Ok(Vec::new());
    };
    let readers = members::readers(db, community.id).await?;
    Ok(plan::nominations(community, &readers, (occurrence.civil, occurrence.due_at)))
}
