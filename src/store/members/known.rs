//! Members as the planner, the digest and the kitchen know them: away, back, reading, eating, sharing.

use std::collections::BTreeMap;

use anyhow::Result;
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::look_again;
use crate::community::Person;
use crate::community::member::Food;
use crate::community::plan::{Contribution, Reader};
use crate::store::{people, words};

/// Members who are away until a day.
pub async fn away(db: &mut PgConnection, community_id: i64) -> Result<Vec<(Person, NaiveDate)>> {
    let rows = sqlx::query!(
        r#"select person_id, paused_until as "until!" from member join person using (person_id)
            where community_id = $1 and state = 'paused' and paused_until is not null
            order by paused_until, person_id"#,
        community_id,
    )
    .fetch_all(&mut *db)
    .await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.person_id).collect();
    let people = people::people(db, community_id, &ids).await?;
    let person = |id| people.iter().find(|person| person.id == id).cloned();
    Ok(rows.iter().filter_map(|row| Some((person(row.person_id)?, row.until))).collect())
}

/// Members whose day of return has come, who are active from now on.
pub async fn return_of(
    db: &mut PgConnection,
    community_id: i64,
    today: NaiveDate,
) -> Result<Vec<(Person, NaiveDate)>> {
    let mut rows = sqlx::query!(
        r#"update member set state = 'active', paused_until = null, away_since = null
             from (select person_id, paused_until from member join person using (person_id)
                    where community_id = $1 and state = 'paused' and paused_until <= $2
                    for update of member) as away
            where away.person_id = member.person_id
            returning away.person_id, away.paused_until as "until!""#,
        community_id,
        today,
    )
    .fetch_all(&mut *db)
    .await?;
    // What is returned comes in whatever order it lies in.
    rows.sort_by_key(|row| row.person_id);
    let mut back = Vec::new();
    for row in rows {
        look_again(db, row.person_id).await?;
        let person = people::people(db, community_id, &[row.person_id]).await?.pop();
        back.extend(person.map(|person| (person, row.until)));
    }
    Ok(back)
}

/// Active members as the digest knows them. What they only looked at, or never got, was none.
pub async fn readers(db: &mut PgConnection, community_id: i64) -> Result<Vec<Reader>> {
    let rows = sqlx::query!(
        r#"select person_id, digest_wish, created_at,
                  (select max(outbox.created_at) from outbox
                    where outbox.person_id = person.person_id and purpose like 'digest%'
                      and purpose not like '%:withdrawn:%'
                      and outbox.state not in ('failed', 'cancelled')) as "last?"
             from member join person using (person_id)
            where community_id = $1 and state = 'active'"#,
        community_id,
    )
    .fetch_all(&mut *db)
    .await?;
    let mut readers = Vec::new();
    for person in people::members(db, community_id).await? {
        let Some(row) = rows.iter().find(|row| row.person_id == person.id) else { continue };
        readers.push(Reader {
            person,
            how_often: words::read(&row.digest_wish)?,
            last: row.last,
            joined_at: row.created_at,
        });
    }
    Ok(readers)
}

/// What members eat, as far as they have let us remember it.
pub async fn remembered(db: &mut PgConnection, community_id: i64) -> Result<BTreeMap<i64, Food>> {
    let rows = sqlx::query!(
        "select person_id, diets, diet_notes from remembered join person using (person_id)
          where community_id = $1",
        community_id,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let food = Food { diets: words::read_all(&row.diets)?, notes: row.diet_notes };
            Ok((row.person_id, food))
        })
        .collect()
}

/// What members have sent in for the others since then, oldest first.
pub async fn contributions(
    db: &mut PgConnection,
    community_id: i64,
    since: DateTime<Utc>,
) -> Result<Vec<Contribution>> {
    let rows = sqlx::query!(
        "select person_id, name, kind, text, said_at from contribution join person using (person_id)
          where contribution.community_id = $1 and said_at > $2 order by said_at, contribution_id",
        community_id,
        since,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let what = words::read(&row.kind)?;
            let (name, text, said_at) = (row.name, row.text, row.said_at);
            Ok(Contribution { person_id: row.person_id, name, what, text, said_at })
        })
        .collect()
}
