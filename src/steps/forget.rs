//! Whoever has been erased stays erased, also where an older database comes back.

use std::collections::BTreeMap;
use std::slice::from_ref;

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::{Connection, PgConnection};

use super::{Desk, handle};
use crate::store::privacy;

/// When whoever bore an address was erased, by the name under which the address stays.
pub type Erased = BTreeMap<String, DateTime<Utc>>;

/// Erases those who are in the database although they had been erased, and tells how many. Whoever
/// has come back of their own will since, or has the address of somebody who was erased, has it
/// since then, and stays.
pub async fn again(
    db: &mut PgConnection,
    desk: &Desk,
    erased: &Erased,
    now: DateTime<Utc>,
) -> Result<usize> {
    if erased.is_empty() {
        return Ok(0);
    }
    let mut back: BTreeMap<i64, Erased> = BTreeMap::new();
    for known in privacy::known_addresses(db, desk.community.id).await? {
        let names = desk.erased_names(&known.email);
        let at = names.iter().filter_map(|name| erased.get(name)).max().copied();
        if let Some(at) = at.filter(|at| known.since < *at) {
            let theirs = back.entry(known.person_id).or_default();
            theirs.extend(names.into_iter().map(|name| (name, at)));
        }
    }
    for (person_id, theirs) in &back {
        let mut tx = db.begin().await.context("begin to erase again")?;
        handle::erase(&mut tx, desk, *person_id, now).await?;
        // As of the day on which they were: whoever came back after it is not erased for it.
        for (name, at) in theirs {
            privacy::erased_since(&mut tx, desk.community.id, from_ref(name), *at).await?;
        }
        tx.commit().await.context("commit to have erased again")?;
    }
    Ok(back.len())
}
