//! What organizers have done by mail, for those who ask why and for the other organizers.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use crate::community::Invitation;
use crate::community::facts::Deed;
use crate::community::gathering::Sheet;
use crate::community::plan::SmallDeed;

/// What has been done to gatherings, oldest first; one of several acts of one mail stands for all.
pub async fn of_gatherings(db: &mut PgConnection, gatherings: &[i64]) -> Result<Vec<Deed>> {
    let rows = sqlx::query!(
        r#"select audit.gathering_id as "gathering_id!", audit.inbox_id, min(audit.at) as "at!",
                  array_agg(audit.act order by audit.audit_id) as "names!",
                  array_remove(array_agg(audit.command order by audit.audit_id), null) as "commands!",
                  min(person.name) as organizer,
                  errand.acts as "acts?", errand.before as "before?",
                  errand.after as "after?", errand.undone_at is not null as "undone!"
             from audit
             left join person on person.person_id = audit.person_id
             left join errand on errand.inbox_id = audit.inbox_id
            where audit.gathering_id = any($1)
            group by audit.gathering_id, audit.inbox_id, errand.inbox_id
            order by 3, 2"#,
        gatherings,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Deed {
                gathering_id: row.gathering_id,
                inbox_id: row.inbox_id,
                at: row.at,
                organizer: row.organizer,
                names: row.names,
                commands: row.commands,
                acts: acts(row.acts),
                touched: touched(row.gathering_id, row.before, row.after)?,
                undone: row.undone,
            })
        })
        .collect()
}

/// As letters read them, which know no field that is missing.
fn acts(stored: Option<Value>) -> Vec<Value> {
    let Some(Value::Array(mut acts)) = stored else { return Vec::new() };
    for act in acts.iter_mut().filter_map(Value::as_object_mut) {
        // What was kept before guests could be told to keep a day free does not have it.
        if let Some("new" | "invite") = act.get("act").and_then(Value::as_str) {
            act.entry("asked_on").or_insert(Value::Null);
        }
        // Nor does it say whether an address that was changed had failed.
        if act.get("act").and_then(Value::as_str) == Some("change-member") {
            act.entry("asked_again").or_insert_with(|| Value::Array(Vec::new()));
            act.entry("told").or_insert(Value::Bool(true));
        }
    }
    acts
}

/// Whose invitations are not as they were; `None` where nobody knows any more.
fn touched(
    gathering_id: i64,
    before: Option<Value>,
    after: Option<Value>,
) -> Result<Option<BTreeSet<i64>>> {
    let (Some(before), Some(after)) = (before, after) else { return Ok(None) };
    let read = |sheets: Value| -> Result<BTreeMap<i64, Invitation>> {
        let sheets: Vec<Sheet> =
            serde_json::from_value(sheets).context("read what an errand touched")?;
        let sheets = sheets.into_iter().filter(|sheet| sheet.gathering.id == gathering_id);
        let all = sheets.flat_map(|sheet| sheet.invitations);
        Ok(all.map(|invitation| (invitation.person_id, invitation)).collect())
    };
    let (before, after) = (read(before)?, read(after)?);
    let stands = |invitation: &Invitation| {
        (invitation.answer, invitation.seat, invitation.party, invitation.came)
    };
    let people = before.keys().chain(after.keys());
    let changed = |person: &&i64| before.get(person).map(stands) != after.get(person).map(stands);
    Ok(Some(people.filter(changed).copied().collect()))
}

/// Small acts of organizers in a span of time, oldest first, without those that were taken back.
pub async fn small(
    db: &mut PgConnection,
    community_id: i64,
    (since, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<SmallDeed>> {
    let rows = sqlx::query!(
        r#"select organizer_id as "organizer_id!", person.name as organizer, done_at, acts
             from errand join person on person.person_id = organizer_id
            where errand.community_id = $1 and done_at > $2 and done_at <= $3 and undone_at is null
              and acts <> '[]'
              and not exists (select from audit
                               where audit.inbox_id = errand.inbox_id and details @> '{"large": true}')
            order by done_at, inbox_id"#,
        community_id,
        since,
        until,
    )
    .fetch_all(db)
    .await?;
    let deeds = rows.into_iter().map(|row| SmallDeed {
        organizer_id: row.organizer_id,
        organizer: row.organizer,
        at: row.done_at,
        acts: acts(Some(row.acts)),
    });
    Ok(deeds.collect())
}

/// The day of the last summary that each organizer has had.
pub async fn told_on(
    db: &mut PgConnection,
    organizers: &[i64],
) -> Result<BTreeMap<i64, NaiveDate>> {
    let rows = sqlx::query!(
        r#"select person_id as "person_id!", max(split_part(purpose, ':', 3)::date) as "day!"
             from outbox where letter = 'daily' and person_id = any($1) group by person_id"#,
        organizers,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.person_id, row.day)).collect())
}
