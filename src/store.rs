//! Every SQL statement, one function each. Pure of decisions: it fetches facts and makes changes.
//!
//! Invariant: no function here begins or commits a transaction; the callers in `steps` do. No
//! statement reads the clock: the time is a parameter.

pub mod apply;
pub mod canaries;
pub mod daemons;
pub mod deeds;
pub mod errands;
pub mod facts;
pub mod figures;
pub mod inbox;
pub mod locks;
pub mod members;
pub mod notices;
pub mod outbox;
pub mod people;
pub mod privacy;
mod record;
pub mod retention;
pub mod rounds;
pub mod schedule;
pub mod settings;
pub mod sheets;
pub mod tables;
pub mod waves;
mod words;

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sqlx::migrate::{Migrate, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgQueryResult};

/// The migrations under `migrations/`, in the binary.
pub static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Opens a pool of connections. Statements and idle transactions have deadlines in the server, so
/// that a hung client can not hold a lock for ever.
pub async fn connect(url: &str, connections: u32) -> Result<PgPool> {
    let options = PgConnectOptions::from_str(url).context("read the database url")?.options([
        ("synchronous_commit", "on"),
        ("statement_timeout", "30s"),
        ("idle_in_transaction_session_timeout", "30s"),
        ("lock_timeout", "10s"),
        ("timezone", "UTC"),
    ]);
    PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(10))
        .connect_with(options.application_name("langbord"))
        .await
        .context("connect to the database")
}

/// Why the tables are not this program's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherTables {
    /// There are none.
    Missing,
    /// They are of an older version.
    Older,
    /// They are of a newer version.
    Newer,
}

impl fmt::Display for OtherTables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "there are no tables yet: run `langbord migrate`",
            Self::Older => "the tables are of an older version: run `langbord migrate`",
            Self::Newer => "this program is older than the tables: install the newer one",
        })
    }
}

impl std::error::Error for OtherTables {}

/// Brings the schema up to date. Safe to run by several at once.
pub async fn migrate(pool: &PgPool) -> Result<()> {
    match other_tables(pool).await? {
        Some(OtherTables::Newer) => Err(OtherTables::Newer.into()),
        Some(OtherTables::Missing | OtherTables::Older) | None => {
            MIGRATIONS.run(pool).await.context("migrate the database")
        }
    }
}

/// Leaves the schema as it is, and fails where it is another one than this program's: somebody else
/// may be at work with it.
pub async fn leave(pool: &PgPool) -> Result<()> {
    other_tables(pool).await?.map_or(Ok(()), |other| Err(other.into()))
}

async fn other_tables(pool: &PgPool) -> Result<Option<OtherTables>> {
    let mut db = pool.acquire().await.context("connect")?;
    let kept =
        sqlx::query_scalar!(r#"select to_regclass('_sqlx_migrations') is not null as "kept!""#);
    if !kept.fetch_one(&mut *db).await.context("look for the tables")? {
        return Ok(Some(OtherTables::Missing));
    }
    let applied = db.list_applied_migrations("_sqlx_migrations").await;
    let applied = applied.context("ask for the version of the tables")?;
    let theirs = applied.iter().map(|migration| migration.version).max();
    let ours = MIGRATIONS.iter().map(|migration| migration.version).max();
    if theirs.is_none() {
        return Ok(Some(OtherTables::Missing));
    }
    Ok(match theirs.cmp(&ours) {
        Ordering::Less => Some(OtherTables::Older),
        Ordering::Equal => None,
        Ordering::Greater => Some(OtherTables::Newer),
    })
}

/// An update that must change one row says so if it did not.
fn exactly_one(result: &PgQueryResult, what: &str) -> Result<()> {
    ensure!(
        result.rows_affected() == 1,
        "{what}: changed {} rows, not one",
        result.rows_affected()
    );
    Ok(())
}
