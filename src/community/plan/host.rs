//! What a host hears who is no organizer, and not as a guest either, and what organizers hear where a
//! gathering has lost its host.

use chrono::{DateTime, TimeDelta, Utc};

use super::gathering::{is_told_of_cancellation, is_told_of_move, news_at};
use crate::community::decision::Post;
use crate::community::facts::NextStep;
use crate::community::gathering::{Gathering, State, Table};
use crate::community::letter::{HostNews, Letter};
use crate::community::person::{Community, Person};
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};

/// So long a host may still be glad to hear of it.
const NEWS_LASTS: TimeDelta = TimeDelta::days(3);

/// Another time, or no dinner at all. Whoever became the host since knows it.
pub(super) fn news(community: &Community, table: &Table) -> Option<Post> {
    let gathering = &table.gathering;
    let host = table.unheard_host(|invitation| match gathering.state {
        State::Cancelled => is_told_of_cancellation(invitation),
        // Who has answered since knows the new time, and whose invitation has not left has it from
        // that.
        State::Open | State::Over => {
            is_told_of_move(invitation, gathering.asked_again)
                || !invitation.is_asked()
                || invitation.answered_at.is_some_and(|at| at > gathering.changed_at)
        }
    })?;
    if gathering.host_since.is_some_and(|since| since > gathering.changed_at) {
        return None;
    }
    let (name, news) = match gathering.state {
        State::Cancelled => ("cancelled", HostNews::Cancelled { reason: gathering.reason.clone() }),
        State::Open => {
            let from = gathering.moved_from.filter(|from| *from != gathering.starts_local)?;
            ("moved", HostNews::Moved { from, asked_again: gathering.asked_again })
        }
        State::Over => return None,
    };
    let purpose = Purpose::HostNews(gathering.id, name, gathering.sequence.into(), host.id);
    Some(to_host(gathering, host, (purpose, news), news_at(community, gathering)))
}

/// News to the host. An answer goes to the organizers.
pub fn to_host(
    gathering: &Gathering,
    host: &Person,
    (purpose, news): (Purpose, HostNews),
    due_at: DateTime<Utc>,
) -> Post {
    let letter = Letter::HostNews { gathering: view::gathering(gathering, Sees::Address), news };
    Post {
        reply: NextStep::Host(gathering.id),
        expires_at: gathering.starts_at.min(due_at + NEWS_LASTS),
        ..post(gathering, host, (purpose, letter), due_at)
    }
}

/// To the organizers, at once, where nobody can count on whoever was to be the host.
pub fn host_gone(gathering: &Gathering, organizers: &[Person]) -> Vec<Post> {
    let open = gathering.state == State::Open;
    let Some(absence) = gathering.host_is_missing().filter(|_| open) else { return Vec::new() };
    let letter = Letter::HostGone {
        gathering: view::gathering(gathering, Sees::Address),
        gone: absence.why.clone(),
    };
    let told = |organizer: &Person| {
        let purpose = Purpose::HostGone(gathering.id, absence.since, organizer.id);
        post(gathering, organizer, (purpose, letter.clone()), absence.since)
    };
    organizers.iter().map(told).collect()
}

fn post(
    gathering: &Gathering,
    to: &Person,
    (purpose, letter): (Purpose, Letter),
    due_at: DateTime<Utc>,
) -> Post {
    Post {
        purpose,
        to: to.clone(),
        letter,
        reply: NextStep::Organizer(to.id),
        event: None,
        gathering_id: Some(gathering.id),
        invitation_id: None,
        due_at,
        expires_at: gathering.starts_at,
    }
}
