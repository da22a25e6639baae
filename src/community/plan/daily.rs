//! Once a day the organizers hear of the small things that the others have done. What many notice
//! they have heard of at once.
//!
//! Invariant: a day's summary tells of everything since the last one, so that a day on which nothing
//! ran loses nothing; where there is nothing to tell there is none.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde_json::Value;

use crate::community::clock;
use crate::community::decision::Post;
use crate::community::facts::NextStep;
use crate::community::letter::{DailyDeed, Letter};
use crate::community::person::{Community, Person};
use crate::community::purpose::Purpose;

/// The local hour: the day is nearly over, and what was done on it can still be taken back.
const HOUR: u32 = 18;

/// Nobody wants to hear of what is older, where there has been no summary for long.
pub const DAILY_REACHES: TimeDelta = TimeDelta::days(7);

/// What an organizer did that few will notice.
#[derive(Debug, Clone, PartialEq)]
pub struct SmallDeed {
    /// Who.
    pub organizer_id: i64,
    /// Their name.
    pub organizer: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What, as letters tell it.
    pub acts: Vec<Value>,
}

/// The last summary that is due: its local day, and until when it tells.
pub fn daily(community: &Community, now: DateTime<Utc>) -> (NaiveDate, DateTime<Utc>) {
    let today = clock::local(now, community.zone).date();
    let on = |days| clock::at_hour(today, days, HOUR, community.zone);
    if on(0) <= now { (today, on(0)) } else { (today.pred_opt().unwrap_or(today), on(-1)) }
}

/// The summaries of a day, each of what the others have done since the reader's last one.
pub fn dailies(
    community: &Community,
    organizers: &[Person],
    (deeds, told_on): (&[SmallDeed], &BTreeMap<i64, NaiveDate>),
    (day, due_at): (NaiveDate, DateTime<Utc>),
) -> Vec<Post> {
    let summary = |organizer: &Person| {
        let since = told_on.get(&organizer.id).map_or(due_at - DAILY_REACHES, |last| {
            clock::at_hour(*last, 0, HOUR, community.zone).max(due_at - DAILY_REACHES)
        });
        let others = deeds.iter().filter(|deed| {
            deed.organizer_id != organizer.id && deed.at > since && deed.at <= due_at
        });
        let told: Vec<DailyDeed> = others
            .map(|deed| DailyDeed {
                organizer: deed.organizer.clone(),
                at: clock::local(deed.at, community.zone),
                acts: deed.acts.clone(),
                commands: Vec::new(),
            })
            .collect();
        (!told.is_empty()).then(|| Post {
            purpose: Purpose::Daily(organizer.id, day),
            to: organizer.clone(),
            letter: Letter::Daily { day, deeds: told },
            reply: NextStep::Organizer(organizer.id),
            event: None,
            gathering_id: None,
            invitation_id: None,
            due_at: community.by_day(due_at),
            expires_at: due_at + TimeDelta::days(1),
        })
    };
    organizers.iter().filter(|organizer| !organizer.away).filter_map(summary).collect()
}
