//! `langbord export`: members, guests and gatherings for other programs. The sheets are those that
//! organizers get by mail.

use std::io::Write;

use anyhow::{Result, bail};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::{Exit, ExportArgs};
use crate::community::export::{self, Extract};
use crate::community::{Community, Gathering};
use crate::config::Config;
use crate::installation;
use crate::language::Language;
use crate::steps::write;
use crate::store::{people, tables};

/// Writes what is asked for: a calendar, the guests of a day, or the members.
pub async fn export(
    config: &Config,
    args: &ExportArgs,
    json: bool,
    output: &mut impl Write,
    now: DateTime<Utc>,
) -> Result<Exit> {
    let installation = installation::look(config, now).await?;
    let community = &installation.station(args.community.as_deref())?.desk.community;
    let mut db = installation.pool.acquire().await?;
    let octets = match args.gathering {
        Some(day) => gatherings(&mut db, community, (args, day), json, now).await?,
        None if args.calendar => {
            let open = tables::open(&mut db, community.id, now).await?;
            calendar(community, &tables::gatherings(&mut db, &open).await?, now)
        }
        None => {
            let members = people::member_rows(&mut db, community.id).await?;
            if json { lines(&members)? } else { export::members(&members) }
        }
    };
    drop(db);
    output.write_all(&octets)?;
    installation.close().await?;
    Ok(Exit::Done)
}

/// The gatherings of a day.
async fn gatherings(
    db: &mut PgConnection,
    community: &Community,
    (args, day): (&ExportArgs, NaiveDate),
    json: bool,
    now: DateTime<Utc>,
) -> Result<Vec<u8>> {
    let ids = tables::on_day(db, community.id, day).await?;
    if ids.is_empty() {
        bail!("there is no gathering in `{}` on {day}", community.slug);
    }
    if args.calendar {
        return Ok(calendar(community, &tables::gatherings(db, &ids).await?, now));
    }
    let mut octets = Vec::new();
    for id in ids {
        let extract = Extract::of(&tables::table(db, community.id, id).await?, community.zone);
        octets.extend(if json {
            lines(&extract.guests)?
        } else {
            extract.sheet(args.lang.unwrap_or(Language::En))
        });
    }
    Ok(octets)
}

fn calendar(community: &Community, gatherings: &[Gathering], now: DateTime<Utc>) -> Vec<u8> {
    let gatherings: Vec<&Gathering> = gatherings.iter().collect();
    write::calendar_of(community, &gatherings, now).into_bytes()
}

fn lines<T: serde::Serialize>(rows: &[T]) -> Result<Vec<u8>> {
    let lines: Result<Vec<String>, _> = rows.iter().map(serde_json::to_string).collect();
    Ok(lines?.into_iter().map(|line| line + "\n").collect::<String>().into_bytes())
}
