//! What host and kitchen were last told, and what there is to know for the next time.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{people, words};
use crate::community::gathering::Table;
use crate::community::plan::{LastSheet, Serving, Sheet, SheetKind};

/// What is to be known for the sheets of a gathering beside its table.
pub async fn serving(db: &mut PgConnection, community_id: i64, table: &Table) -> Result<Serving> {
    let host: Vec<i64> = table.gathering.host_id.into_iter().collect();
    let mut readers = people::people_of(db, community_id, table.gathering.id, &host).await?;
    if readers.is_empty() {
        readers = people::organizers(db, community_id).await?;
    }
    let guests: Vec<i64> = table.invitations.iter().map(|(_, guest)| guest.id).collect();
    let regulars = sqlx::query_scalar!(
        "select distinct person_id from invitation join gathering using (gathering_id)
          where person_id = any($1) and state = 'over' and seat = 'seated' and came is not false",
        &guests,
    )
    .fetch_all(&mut *db)
    .await?;
    let history = sqlx::query_scalar!(
        r#"select exists (select from gathering where community_id = $1 and state = 'over') as "is!""#,
        community_id,
    )
    .fetch_one(&mut *db)
    .await?;
    let last = last(db, table.gathering.id).await?;
    Ok(Serving { readers, regulars: history.then(|| regulars.into_iter().collect()), last })
}

async fn last(db: &mut PgConnection, gathering_id: i64) -> Result<BTreeMap<SheetKind, LastSheet>> {
    let rows = sqlx::query!(
        "select kind, round, content, written_at from sheet where gathering_id = $1",
        gathering_id,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let kinds = [SheetKind::Host, SheetKind::Kitchen];
            let kind = kinds.into_iter().find(|kind| kind.as_str() == row.kind);
            let content = row.content.map(serde_json::from_value).transpose();
            let last = LastSheet {
                round: words::count(row.round),
                written_at: row.written_at,
                content: content.context("read what a sheet said")?,
            };
            Ok((kind.with_context(|| format!("a sheet for `{}`", row.kind))?, last))
        })
        .collect()
}

/// Keeps what a sheet says, for the next one.
pub async fn keep(
    db: &mut PgConnection,
    gathering_id: i64,
    sheet: &Sheet,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into sheet (gathering_id, kind, round, content, written_at) values ($1, $2, $3, $4, $5)
         on conflict (gathering_id, kind) do update
            set round = excluded.round, content = excluded.content, written_at = excluded.written_at",
        gathering_id,
        sheet.kind.as_str(),
        words::integer(sheet.round),
        serde_json::to_value(&sheet.content)?,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Empties sheets of gatherings that began before then: what was kept of them, and the mails.
pub async fn purge(db: &mut PgConnection, begun_before: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update sheet set content = null from gathering
          where gathering.gathering_id = sheet.gathering_id and starts_at < $1 and content is not null",
        begun_before,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update outbox set message = null, body_text = null from gathering
          where gathering.gathering_id = outbox.gathering_id and starts_at < $1
            and letter in ('host-sheet', 'kitchen-sheet') and outbox.state in ('sent', 'failed', 'cancelled')
            and message is not null",
        begun_before,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Empties what was told to the hosts of somebody who is to be forgotten, or what they eat is. The
/// next sheet is whole, and marks nothing.
pub async fn forget(db: &mut PgConnection, person_id: i64) -> Result<()> {
    sqlx::query!(
        "update sheet set content = null
          where gathering_id in (select gathering_id from invitation where person_id = $1)",
        person_id,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update outbox set message = null, body_text = null
          where letter in ('host-sheet', 'kitchen-sheet') and state in ('sent', 'failed', 'cancelled')
            and gathering_id in (select gathering_id from invitation where person_id = $1)",
        person_id,
    )
    .execute(db)
    .await?;
    Ok(())
}
