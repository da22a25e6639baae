//! Later rounds of invitations.

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{exactly_one, words};
use crate::command::Opens;
use crate::community::gathering::Wave;

/// The later rounds of a gathering, in order.
pub async fn of(db: &mut PgConnection, gathering_id: i64) -> Result<Vec<Wave>> {
    let rows = sqlx::query!(
        r#"select number, opens_on, after_days, opened_at,
                  array(select person_id from wave_guest
                         where wave_guest.gathering_id = wave.gathering_id
                           and wave_guest.number = wave.number
                         order by person_id) as "guests!"
             from wave where gathering_id = $1 order by number"#,
        gathering_id,
    )
    .fetch_all(db)
    .await?;
    let waves = rows.into_iter().map(|row| {
        let days = words::count(row.after_days);
        Wave {
            number: words::count(row.number),
            opens: row.opens_on.map_or(Opens::After { days }, |day| Opens::On { day }),
            opened_at: row.opened_at,
            guests: row.guests,
        }
    });
    Ok(waves.collect())
}

/// The rounds that have not opened are these; those that have stay.
pub async fn replace(db: &mut PgConnection, gathering_id: i64, waves: &[Wave]) -> Result<()> {
    sqlx::query!("delete from wave where gathering_id = $1 and opened_at is null", gathering_id,)
        .execute(&mut *db)
        .await?;
    for wave in waves.iter().filter(|wave| wave.opened_at.is_none()) {
        insert(db, gathering_id, wave).await?;
    }
    sqlx::query!(
        "update gathering set plan_at = '-infinity' where gathering_id = $1",
        gathering_id
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn insert(db: &mut PgConnection, gathering_id: i64, wave: &Wave) -> Result<()> {
    let (on, days) = match wave.opens {
        Opens::On { day } => (Some(day), None),
        Opens::After { days } => (None, Some(words::integer(days))),
    };
    sqlx::query!(
        "insert into wave (gathering_id, number, opens_on, after_days)
         values ($1, $2, $3, coalesce($4, 4))",
        gathering_id,
        words::integer(wave.number),
        on,
        days,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "insert into wave_guest (gathering_id, number, person_id)
         select $1, $2, guest from unnest($3::bigint[]) as guest
         on conflict (gathering_id, person_id) do nothing",
        gathering_id,
        words::integer(wave.number),
        &wave.guests,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A round opens, once.
pub async fn open(
    db: &mut PgConnection,
    (gathering_id, number): (i64, u32),
    now: DateTime<Utc>,
) -> Result<()> {
    let changed = sqlx::query!(
        "update wave set opened_at = $3
          where gathering_id = $1 and number = $2 and opened_at is null",
        gathering_id,
        words::integer(number),
        now,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "open a round of invitations")
}

/// Who waited for a seat to the end at the last gathering of a community that was held.
pub async fn left_out(
    db: &mut PgConnection,
    community_id: i64,
    now: DateTime<Utc>,
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "select person_id from invitation
          where seat in ('waiting', 'offered')
            and gathering_id = (select gathering_id from gathering
                                 where community_id = $1 and state <> 'cancelled' and starts_at <= $2
                                 order by starts_at desc, gathering_id desc limit 1)
          order by person_id",
        community_id,
        now,
    )
    .fetch_all(db)
    .await?)
}
