//! What will be sent by itself, to whom, when and why, if nothing changes. Reads only.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use chrono::{DateTime, NaiveDateTime, NaiveTime, TimeDelta, Utc};
use serde::Serialize;
use sqlx::PgConnection;

use super::Desk;
use super::plan::host_gone;
use crate::community::cadence::Cadence;
use crate::community::gathering::{Gathering, State, Table};
use crate::community::person::Community;
use crate::community::plan::ComingWave;
use crate::community::{Post, clock, plan};
use crate::store::{deeds, members, outbox, people, rounds, sheets, tables};

/// Occurrences of what recurs are listed up to so many.
const MOST_OCCURRENCES: usize = 60;

/// A mail that will be sent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Entry {
    /// When.
    pub due: DateTime<Utc>,
    /// Which letter.
    pub letter: String,
    /// To whom, by name.
    pub to: String,
    /// Their row.
    pub person: Option<i64>,
    /// About which gathering.
    pub about: Option<String>,
    /// Why, in words.
    pub why: &'static str,
    /// Why, as the outbox has it.
    pub purpose: String,
}

/// Everything for one community until then, by time; all that is known of where there is no end.
pub async fn upcoming(
    db: &mut PgConnection,
    desk: &Desk,
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Vec<Entry>> {
    let community = &desk.community;
    let mut posts = Vec::new();
    let mut open = Vec::new();
    let mut titles = BTreeMap::new();
    let mut entries = Vec::new();
    for id in tables::recent(db, community.id, now).await? {
        let table = tables::table(db, community.id, id).await?;
        titles.insert(id, title(&table.gathering));
        let serving = sheets::serving(db, community.id, &table).await?;
        posts.extend(plan::coming_sheets(community, &table, &serving, now));
        posts.extend(of_table(desk, &table));
        posts.extend(host_gone(db, community, &table).await?);
        if table.gathering.state == State::Open && table.gathering.starts_at > now {
            entries.extend(of_waves(community, &table, now));
            open.push(table);
        }
    }
    posts.extend(recurring(db, desk, &open, (now, until)).await?);
    posts.extend(returns(db, desk).await?);
    posts.extend(dailies(db, community, now).await?);
    posts.retain(|post| post.expires_at > now);
    let purposes: Vec<String> = posts.iter().map(|post| post.purpose.to_string()).collect();
    let known = outbox::known(db, &purposes).await?;
    entries.extend(posts.iter().map(|post| entry(post, &titles, now)));
    entries.retain(|entry| !known.contains(&entry.purpose));
    for mail in outbox::waiting(db, community.id, now).await? {
        entries.push(Entry {
            due: mail.due_at.max(now),
            letter: mail.letter,
            to: mail.name,
            person: mail.person_id,
            about: mail.gathering_id.and_then(|id| titles.get(&id).cloned()),
            why: why(&mail.purpose),
            purpose: mail.purpose,
        });
    }
    entries.retain(|entry| until.is_none_or(|until| entry.due <= until));
    entries.sort();
    let mut listed = BTreeSet::new();
    entries.retain(|entry| listed.insert(entry.purpose.clone()));
    Ok(entries)
}

/// What a gathering gives: as it stands, once its invitations have left, and once it has been.
fn of_table(desk: &Desk, table: &Table) -> Vec<Post> {
    let mut posts = plan::letters(&desk.community, table);
    if table.gathering.state != State::Open {
        return posts;
    }
    let mut invited = table.clone();
    for (invitation, _) in &mut invited.invitations {
        invitation.letter_left = true;
    }
    posts.extend(plan::letters(&desk.community, &invited));
    invited.gathering.state = State::Over;
    posts.extend(plan::letters(&desk.community, &invited));
    posts
}

/// Those whom later rounds will ask, if the seats that are left stay so.
fn of_waves(community: &Community, table: &Table, now: DateTime<Utc>) -> Vec<Entry> {
    let id = table.gathering.id;
    let about = title(&table.gathering);
    let asked = |coming: ComingWave| {
        let (about, number, due) = (about.clone(), coming.number, coming.leaves);
        coming.guests.into_iter().map(move |guest| Entry {
            due: due.max(now),
            letter: "invitation".to_owned(),
            to: guest.name,
            person: Some(guest.id),
            about: Some(about.clone()),
            why: "is asked in a later round, if seats are left then",
            purpose: format!("round:{id}:{number}:{}", guest.id),
        })
    };
    plan::coming_waves(community, table, now).into_iter().flat_map(asked).collect()
}

/// What the organizers hear of each other this evening, of what has been done already.
async fn dailies(
    db: &mut PgConnection,
    community: &Community,
    now: DateTime<Utc>,
) -> Result<Vec<Post>> {
    let (day, until) = plan::daily(community, now + TimeDelta::days(1));
    let done = deeds::small(db, community.id, (until - plan::DAILY_REACHES, until)).await?;
    let organizers = people::organizers(db, community.id).await?;
    let ids: Vec<i64> = organizers.iter().map(|organizer| organizer.id).collect();
    let told_on = deeds::told_on(db, &ids).await?;
    Ok(plan::dailies(community, &organizers, (&done, &told_on), (day, until)))
}

/// What recurs: all until an end, or the next of each.
async fn recurring(
    db: &mut PgConnection,
    desk: &Desk,
    open: &[Table],
    (now, until): (DateTime<Utc>, Option<DateTime<Utc>>),
) -> Result<Vec<Post>> {
    let (community, rounds) = (&desk.community, &desk.rounds);
    let occurrences = |cadence: &Option<Cadence>| -> Vec<(NaiveDateTime, DateTime<Utc>)> {
        let Some(cadence) = cadence else { return Vec::new() };
        let all = match until {
            Some(until) => cadence.due_between(community.zone, now, until),
            None => cadence.next(community.zone, now).into_iter().collect(),
        };
        all.into_iter().take(MOST_OCCURRENCES).map(|one| (one.civil, one.due_at)).collect()
    };
    let readers = members::readers(db, community.id).await?;
    let shared = members::contributions(db, community.id, now - plan::NEWS_LASTS).await?;
    let mut posts = Vec::new();
    for when in occurrences(&desk.digest) {
        posts.extend(plan::digests(&readers, open, &shared, plan::Issue::at(when.0, when.1)));
    }
    let unasked = rounds::unasked(db, community.id, &rounds.questions).await?;
    for (when, question) in occurrences(&rounds.question).into_iter().zip(&unasked) {
        posts.extend(plan::questions(community, &readers, question, when));
    }
    for when in occurrences(&rounds.nominations) {
        posts.extend(plan::nominations(community, &readers, when));
    }
    Ok(posts)
}

/// Welcomes to those who are away until a day.
async fn returns(db: &mut PgConnection, desk: &Desk) -> Result<Vec<Post>> {
    let community = &desk.community;
    let away = members::away(db, community.id).await?;
    let posts = away.into_iter().map(|(person, until)| {
        let morning = clock::instant(until.and_time(NaiveTime::MIN), community.zone);
        plan::welcome_back(person, until, community.by_day(morning))
    });
    Ok(posts.collect())
}

fn entry(post: &Post, titles: &BTreeMap<i64, String>, now: DateTime<Utc>) -> Entry {
    let purpose = post.purpose.to_string();
    Entry {
        due: post.due_at.max(now),
        letter: post.letter.name().to_owned(),
        to: post.to.name.clone(),
        person: Some(post.to.id),
        about: post.gathering_id.and_then(|id| titles.get(&id).cloned()),
        why: why(&purpose),
        purpose,
    }
}

fn title(gathering: &Gathering) -> String {
    let kind = format!("{:?}", gathering.kind).to_lowercase();
    let title = gathering.title.as_ref().map(|title| format!(" “{title}”")).unwrap_or_default();
    format!("{kind} {}{title}", gathering.starts_local.format("%a %Y-%m-%d %H:%M"))
}

/// Why a mail is written, for whoever reads the list.
fn why(purpose: &str) -> &'static str {
    let (kind, rest) = purpose.split_once(':').unwrap_or((purpose, ""));
    match (kind, rest.rsplit(':').next().unwrap_or_default()) {
        ("invitation", _) => "is invited",
        ("save-the-date", _) => "will be invited, and it is long until then",
        ("moved" | "changed", _) => "knows it as it was",
        ("cancelled", _) => "has been asked to it",
        ("nudge", "1") => "has not answered; a first word",
        ("nudge", _) => "has not answered; a last word",
        ("reminder", "week-before") => "has a seat; a week before",
        ("reminder", "day-before") => "has a seat; the day before",
        ("reminder", _) => "has a seat; the same day",
        ("follow-up", _) => "will have been there",
        ("host-news", _) => "is the host, and it is not as it was",
        ("host-gone", _) => "organizes; whoever was to be the host is gone",
        ("host-sheet", _) => "is the host, or stands in: who comes",
        ("kitchen-sheet", _) => "tells the kitchen how many, and what to mind",
        ("digest", _) => "gets the digest, and there is something in it",
        ("question", _) => "is a member, and there is a question",
        ("nominations", _) => "is a member, and may propose somebody",
        ("daily", _) => "organizes, and others have done something since the last one",
        ("back", _) => "comes back",
        _ => "is written, and waits to leave",
    }
}
