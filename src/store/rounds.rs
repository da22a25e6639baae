//! Which questions the members have been asked.

use anyhow::Result;
use chrono::{DateTime, NaiveDateTime, Utc};
use sqlx::PgConnection;

/// The question of a round: the one that it has already, or the first that was never asked.
pub async fn question(
    db: &mut PgConnection,
    community_id: i64,
    round: NaiveDateTime,
    questions: &[String],
) -> Result<Option<String>> {
    let known = sqlx::query_scalar!(
        "select question from asked where community_id = $1 and round = $2",
        community_id,
        round,
    )
    .fetch_optional(&mut *db)
    .await?;
    if known.is_some() {
        return Ok(known);
    }
    Ok(unasked(db, community_id, questions).await?.into_iter().next())
}

/// Of these questions, those that were never asked, in their order.
pub async fn unasked(
    db: &mut PgConnection,
    community_id: i64,
    questions: &[String],
) -> Result<Vec<String>> {
    let asked =
        sqlx::query_scalar!("select question from asked where community_id = $1", community_id)
            .fetch_all(db)
            .await?;
    Ok(questions.iter().filter(|question| !asked.contains(question)).cloned().collect())
}

/// A question is asked in this round, and in no other.
pub async fn ask(
    db: &mut PgConnection,
    community_id: i64,
    (round, question): (NaiveDateTime, &str),
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into asked (community_id, round, question, asked_at) values ($1, $2, $3, $4)
         on conflict do nothing",
        community_id,
        round,
        question,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}
