//! Is there a Postgres, is it new enough, and do its clock and ours agree?

use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection, Row};

use super::Check;
use crate::cluster::{Cluster, Durability};
use crate::config::Database;

const NAME: &str = "database";
const PATIENCE: Duration = Duration::from_secs(10);
/// The oldest version that we are tested with.
const OLDEST: i32 = 150_000;

/// Starts our own cluster for as long as it takes, or connects to the configured one.
pub(super) async fn examine(database: &Database, now: DateTime<Utc>) -> Vec<Check> {
    match database {
        Database::Url(url) => ask(url.reveal(), now).await,
        Database::Own(dir) => {
            let dir = dir.clone();
            let started = tokio::task::spawn_blocking(move || own(&dir)).await;
            match started.context("wait for Postgres").and_then(|started| started) {
                Ok((cluster, url)) => {
                    let checks = ask(&url, now).await;
                    drop(tokio::task::spawn_blocking(move || drop(cluster)).await);
                    checks
                }
                Err(error) => vec![Check::fail(NAME, format!("{error:#}"), "")],
            }
        }
    }
}

fn own(dir: &std::path::Path) -> Result<(Cluster, String)> {
    let cluster = Cluster::start(dir, Durability::Durable)?;
    let url = cluster.url("postgres");
    Ok((cluster, url))
}

async fn ask(url: &str, now: DateTime<Utc>) -> Vec<Check> {
    match tokio::time::timeout(PATIENCE, version_and_clock(url)).await {
        Ok(Ok((version, clock))) => vec![judge_version(version), judge_clock(clock, now)],
        Ok(Err(error)) => {
            vec![Check::fail(NAME, format!("{error:#}"), "is it running, and is the URL right?")]
        }
        Err(_late) => vec![Check::fail(NAME, "no answer within 10 s", "is the network right?")],
    }
}

async fn version_and_clock(url: &str) -> Result<(i32, DateTime<Utc>)> {
    let mut connection = PgConnection::connect(url).await.context("connect")?;
    let sql = "select current_setting('server_version_num')::int, clock_timestamp()";
    let row = sqlx::query(sql).fetch_one(&mut connection).await.context("ask for the version")?;
    let answer = (row.try_get(0).context("version")?, row.try_get(1).context("clock")?);
    connection.close().await.context("disconnect")?;
    Ok(answer)
}

fn judge_version(version: i32) -> Check {
    let shown = format!("PostgreSQL {}.{}", version / 10_000, version % 10_000);
    if version < OLDEST {
        return Check::warn(NAME, shown, "Langbord is tested with 15 and newer");
    }
    Check::ok(NAME, shown)
}

/// `now` is from before the database was started or asked, so only a large difference counts.
fn judge_clock(theirs: DateTime<Utc>, now: DateTime<Utc>) -> Check {
    let apart = (theirs - now).num_seconds();
    let name = "database clock";
    if !(-5..=60).contains(&apart) {
        let hint = "let both machines follow a time server";
        return Check::warn(name, format!("{apart} s from ours"), hint);
    }
    Check::ok(name, "agrees with ours")
}

#[cfg(test)]
mod tests {
    use super::super::State;
    use super::*;

    #[test]
    fn an_old_server_and_a_wrong_clock_are_worth_a_word() {
        assert_eq!(judge_version(150_018).found, "PostgreSQL 15.18");
        assert_eq!(judge_version(130_004).state, State::Warn);
        let now: DateTime<Utc> = "2026-11-22T23:00:00Z".parse().unwrap();
        let later = |seconds| judge_clock(now + chrono::Duration::seconds(seconds), now).state;
        assert_eq!(
            [later(0), later(8), later(3600), later(-3600)],
            [State::Ok, State::Ok, State::Warn, State::Warn]
        );
    }
}
