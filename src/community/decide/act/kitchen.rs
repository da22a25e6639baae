//! From when a kitchen takes no change.

use chrono::{DateTime, NaiveDateTime, NaiveTime, Utc};

use super::{Act, Halt, past};
use crate::command::{CutOff, Key, ProblemKind};
use crate::community::clock;
use crate::community::decision::Change;
use crate::community::facts::Facts;
use crate::community::gathering::{Gathering, Table};
use crate::community::letter::{ActView, Refusal};
use crate::community::level::Level;
use crate::community::person::Community;
use crate::community::view::{self, Sees};

/// `kjøkkenfrist 9. desember kl 12`.
pub(super) fn kitchen_by(
    facts: &Facts,
    table: &Table,
    cut_off: CutOff,
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let gathering = &table.gathering;
    if !cut_off.fits(gathering.starts_local, gathering.reply_by) {
        return Err(unfit(cut_off));
    }
    let by = moment(&facts.community, cut_off, now)?;
    if gathering.kitchen_by == Some(by) {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    let mut after = table.clone();
    after.gathering.kitchen_by = Some(by);
    after.gathering.version += 1;
    Ok(Act {
        name: "kitchen-deadline-changed",
        level: Level::Small,
        view: ActView::KitchenBy { gathering: view::gathering(gathering, Sees::Address), by },
        mails: 0,
        letter: None,
        changes: vec![Change::KitchenBy { gathering_id: gathering.id, by }],
        posts: Vec::new(),
        after: Some(after),
    })
}

fn unfit(cut_off: CutOff) -> Halt {
    let value = match cut_off.moment() {
        Some(moment) => moment.format("%d.%m.%Y %H.%M").to_string(),
        None => cut_off.date.format("%d.%m.%Y").to_string(),
    };
    Halt::Problem(ProblemKind::BadValue { what: Key::KitchenCutOff.name().into(), value })
}

/// When that is, which lies ahead. Without an hour it is when no mail leaves any more on that day.
pub(super) fn moment(
    community: &Community,
    cut_off: CutOff,
    now: DateTime<Utc>,
) -> Result<NaiveDateTime, Halt> {
    let evening = NaiveTime::from_hms_opt(community.hours.evening, 0, 0);
    let last_minute = NaiveTime::from_hms_opt(23, 59, 0).unwrap_or_default();
    let by = cut_off.date.and_time(cut_off.time.or(evening).unwrap_or(last_minute));
    if clock::instant(by, community.zone) <= now {
        return Err(past(by));
    }
    Ok(by)
}

/// It is as long before the new day as before the old one, where that is still ahead and before it
/// begins.
pub(super) fn after_move(
    community: &Community,
    gathering: &Gathering,
    to: NaiveDateTime,
    now: DateTime<Utc>,
) -> Option<NaiveDateTime> {
    let by = gathering.kitchen_by? + (to.date() - gathering.starts_local.date());
    (by < to && clock::instant(by, community.zone) > now).then_some(by)
}
