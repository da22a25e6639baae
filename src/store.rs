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

use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use sqlx::migrate::Migrator;
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

/// Brings the schema up to date. Safe to run by several at once.
pub async fn migrate(pool: &PgPool) -> Result<()> {
    MIGRATIONS.run(pool).await.context("migrate the database")
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
