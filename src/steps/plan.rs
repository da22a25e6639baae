//! Time passes: waiting lists move, mails come due, what is over is closed, what is old is emptied.

use anyhow::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Connection, PgConnection};
use tracing::{error, info};

use super::{Desk, Progress, canary, handle, rounds, write};
use crate::community::decision::Post;
use crate::community::facts::NextStep;
use crate::community::gathering::{LASTS, Table};
use crate::community::letter::Letter;
use crate::community::person::{Community, Person};
use crate::community::plan::{self, FRESH};
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::community::{clock, decide};
use crate::store;
use crate::store::apply::{self, Cause};
use crate::store::schedule::Trouble;
use crate::store::{deeds, members, outbox, people, retention, schedule, sheets, tables};

/// Writes everything that is due now.
pub async fn step(db: &mut PgConnection, desk: &Desk, now: DateTime<Utc>) -> Result<Progress> {
    let desk = &desk.as_set(db).await?;
    schedule::close(db, desk.community.id, LASTS, now).await?;
    let mut written = returns(db, desk, now).await.context("welcome those who are back")?;
    for id in schedule::gatherings(db, desk.community.id, now).await? {
        match gathering(db, desk, id, now).await {
            Ok(more) => written += more,
            // One that can not be planned does not hold up the others.
            Err(error) => {
                error!(gathering.id = id, "not planned: {error:#}; again in five minutes");
                schedule::look_again(db, id, Some(now + TimeDelta::minutes(5))).await?;
            }
        }
    }
    written += notices(db, desk, now).await.context("do what nobody has said no to")?;
    written += trouble(db, desk, now).await.context("tell of trouble")?;
    written += rounds::step(db, desk, now).await.context("plan what recurs")?;
    written += dailies(db, desk, now).await.context("tell organizers of each other")?;
    Ok(if written > 0 { Progress::Worked } else { Progress::Idle })
}

/// Empties what has been kept long enough.
pub async fn tidy(db: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
    let purged = retention::purge(db, now).await?;
    if purged.diets + purged.mails > 0 {
        info!(purged.diets, purged.mails, "emptied what has been kept long enough");
    }
    Ok(())
}

/// Members whose day of return has come, each with a kind word.
async fn returns(db: &mut PgConnection, desk: &Desk, now: DateTime<Utc>) -> Result<usize> {
    let community = &desk.community;
    let today = clock::local(now, community.zone).date();
    let mut tx = db.begin().await?;
    let mut posts = Vec::new();
    for (person, until) in members::return_of(&mut tx, community.id, today).await? {
        posts.push(plan::welcome_back(person, until, community.by_day(now)));
    }
    let written = queue(&mut tx, desk, posts, now).await?;
    tx.commit().await?;
    Ok(written)
}

/// What all organizers were told of a day ago, and nobody has said no to.
async fn notices(db: &mut PgConnection, desk: &Desk, now: DateTime<Utc>) -> Result<usize> {
    let community = &desk.community;
    let mut written = 0;
    for id in store::notices::due(db, community.id, now).await? {
        let mut tx = db.begin().await?;
        let Some(facts) = store::notices::facts_about(&mut tx, community, id, now).await? else {
            continue;
        };
        let decision = decide::after_notice(&facts, now);
        let person_id = facts.sender.as_ref().map(|asker| asker.id);
        let cause = Cause { community_id: community.id, person_id, inbox_id: Some(id), now };
        handle::change(&mut tx, desk, &decision.changes, cause).await?;
        written += queue(&mut tx, desk, decision.posts, now).await?;
        tx.commit().await?;
        info!(proposal.id = id, "nobody has said no");
    }
    Ok(written)
}

async fn gathering(
    db: &mut PgConnection,
    desk: &Desk,
    id: i64,
    now: DateTime<Utc>,
) -> Result<usize> {
    let community = &desk.community;
    let mut tx = db.begin().await?;
    tables::lock(&mut tx, &[id]).await?;
    let mut table = tables::table(&mut tx, community.id, id).await?;
    let moves = plan::offers(community, &table, now);
    let cause = Cause { community_id: community.id, person_id: None, inbox_id: None, now };
    for change in &moves.changes {
        apply::apply(&mut tx, change, cause).await?;
    }
    if !moves.changes.is_empty() {
        table = tables::table(&mut tx, community.id, id).await?;
    }
    // A round whose guests have all been asked leaves the next one to open as well.
    while let Some(opens) = plan::wave(community, &table, now) {
        apply::apply(&mut tx, &opens, cause).await?;
        table = tables::table(&mut tx, community.id, id).await?;
    }
    let mut due = moves.posts;
    due.extend(plan::due(plan::letters(community, &table), now));
    due.extend(plan::due(host_gone(&mut tx, community, &table).await?, now));
    due.extend(sheets(&mut tx, community, &table, now).await?);
    let written = queue(&mut tx, desk, due, now).await?;
    schedule::look_again(&mut tx, id, plan::next(community, &table, now)).await?;
    tx.commit().await?;
    Ok(written)
}

/// To whom it is told that a gathering has lost its host.
pub(super) async fn host_gone(
    db: &mut PgConnection,
    community: &Community,
    table: &Table,
) -> Result<Vec<Post>> {
    if table.gathering.host_is_missing().is_none() {
        return Ok(Vec::new());
    }
    let organizers = people::organizers(db, community.id).await?;
    Ok(plan::host_gone(&table.gathering, &organizers))
}

/// The sheets that are due, each kept for the next one to be compared with.
async fn sheets(
    db: &mut PgConnection,
    community: &Community,
    table: &Table,
    now: DateTime<Utc>,
) -> Result<Vec<Post>> {
    if !plan::sheets_may_be_due(community, &table.gathering, now) {
        return Ok(Vec::new());
    }
    let serving = sheets::serving(db, community.id, table).await?;
    let mut posts = Vec::new();
    for sheet in plan::sheets(community, table, &serving, now) {
        sheets::keep(db, table.gathering.id, &sheet, now).await?;
        posts.extend(sheet.posts);
    }
    Ok(posts)
}

/// Queues those posts whose purpose has not had its mail.
pub(super) async fn queue(
    db: &mut PgConnection,
    desk: &Desk,
    posts: Vec<Post>,
    now: DateTime<Utc>,
) -> Result<usize> {
    let purposes: Vec<String> = posts.iter().map(|post| post.purpose.to_string()).collect();
    let known = outbox::known(db, &purposes).await?;
    let mut written = 0;
    for (post, purpose) in posts.iter().zip(&purposes) {
        if !known.contains(purpose) && write::queue(db, desk, post, None, now).await? {
            info!(purpose, "written");
            written += 1;
        }
    }
    Ok(written)
}

/// What the organizers have done on a small scale, to each other once a day.
async fn dailies(db: &mut PgConnection, desk: &Desk, now: DateTime<Utc>) -> Result<usize> {
    let community = &desk.community;
    let (day, until) = plan::daily(community, now);
    let deeds = deeds::small(db, community.id, (until - plan::DAILY_REACHES, until)).await?;
    if deeds.is_empty() {
        return Ok(0);
    }
    let organizers = people::organizers(db, community.id).await?;
    let ids: Vec<i64> = organizers.iter().map(|organizer| organizer.id).collect();
    let told_on = deeds::told_on(db, &ids).await?;
    let posts = plan::dailies(community, &organizers, (&deeds, &told_on), (day, until));
    let mut tx = db.begin().await?;
    let written = queue(&mut tx, desk, plan::due(posts, now), now).await?;
    tx.commit().await?;
    Ok(written)
}

/// What a person has to look at, to every organizer once.
async fn trouble(db: &mut PgConnection, desk: &Desk, now: DateTime<Utc>) -> Result<usize> {
    let found = schedule::trouble(db, desk.community.id, now).await?;
    let canary = canary::trouble(db, desk, now).await?;
    if found.is_empty() && canary.is_none() {
        return Ok(0);
    }
    let organizers = people::organizers(db, desk.community.id).await?;
    let mut posts = Vec::new();
    if let Some((id, letter)) = canary {
        let trouble = Trouble { queue: "canary", id, reason: String::new(), refused: None };
        let letters = organizers.iter().map(|one| report(&trouble, one, letter.clone(), now));
        posts.extend(letters);
    }
    for trouble in &found {
        let letter = letter_about(db, desk, trouble).await?;
        let refused = trouble.refused.as_ref().map(|refused| refused.person_id);
        // Nobody is written to that their own mail does not arrive.
        let told = organizers.iter().filter(|organizer| Some(organizer.id) != refused);
        posts.extend(told.map(|organizer| report(trouble, organizer, letter.clone(), now)));
    }
    let mut tx = db.begin().await?;
    let written = queue(&mut tx, desk, posts, now).await?;
    tx.commit().await?;
    Ok(written)
}

/// Of a mail that did not arrive it is told whom it was for.
async fn letter_about(db: &mut PgConnection, desk: &Desk, trouble: &Trouble) -> Result<Letter> {
    let Some(refused) = &trouble.refused else {
        return Ok(Letter::Trouble {
            queue: trouble.queue,
            id: trouble.id,
            reason: trouble.reason.clone(),
        });
    };
    let person = people::people(db, desk.community.id, &[refused.person_id]).await?.pop();
    let person = person.with_context(|| format!("person of outbox row {}", trouble.id))?;
    let gathering = match refused.gathering_id {
        Some(id) => Some(view::gathering(&tables::gathering(db, id).await?, Sees::Address)),
        None => None,
    };
    Ok(Letter::Unreached {
        gathering,
        guest: person.name,
        address: refused.address.parse().unwrap_or(person.address),
        reason: trouble.reason.clone(),
        permanent: true,
    })
}

fn report(trouble: &Trouble, organizer: &Person, letter: Letter, now: DateTime<Utc>) -> Post {
    Post {
        purpose: Purpose::Trouble(trouble.queue, trouble.id, organizer.id),
        to: organizer.clone(),
        letter,
        reply: NextStep::Organizer(organizer.id),
        event: None,
        gathering_id: trouble.refused.as_ref().and_then(|refused| refused.gathering_id),
        invitation_id: None,
        due_at: now,
        expires_at: now + FRESH,
    }
}
