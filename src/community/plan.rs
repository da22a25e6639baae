//! What is to be written when, from how things stand. Pure and without memory.
//!
//! Invariant: the same state and time give the same mails, each with its purpose. What has been
//! written already is not known here and need not be: the outbox keeps one row a purpose. So a
//! restart, a second daemon or a clock that jumps can not make two mails of one.

mod daily;
mod digest;
mod gathering;
mod host;
mod offer;
mod remind;
mod round;
mod sheet;
mod wave;

pub use daily::{DAILY_REACHES, SmallDeed, dailies, daily};
pub use digest::{Contribution, FRESH, Issue, NEWS_LASTS, Reader, digests, summary};
pub use gathering::{is_told_of_cancellation, is_told_of_move, known_time, letters};
pub use host::{host_gone, to_host};
pub use offer::offers;
pub use round::{ROUND_LASTS, nominations, questions};
pub use sheet::{
    Content, LastSheet, Line, Serving, Sheet, SheetKind, coming_sheets, sheets, sheets_may_be_due,
};
pub use wave::{ComingWave, coming_waves, wave};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::decision::Post;
use super::facts::NextStep;
use super::gathering::{Gathering, LASTS, State, Table};
use super::letter::{Letter, MemberAct};
use super::person::{Community, Person};
use super::purpose::Purpose;

/// Of the mails that a state gives, those to be written now.
pub fn due(posts: Vec<Post>, now: DateTime<Utc>) -> Vec<Post> {
    posts.into_iter().filter(|post| post.due_at <= now && now < post.expires_at).collect()
}

/// When there will next be something to do about a gathering, if nothing changes before.
pub fn next(community: &Community, table: &Table, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    // What is due after the invitations counts already while they are on their way.
    let mut invited = table.clone();
    for (invitation, _) in &mut invited.invitations {
        invitation.letter_left = true;
    }
    letters(community, table)
        .into_iter()
        .chain(letters(community, &invited))
        .map(|post| post.due_at)
        .chain(offer::times(community, table, now))
        .chain(sheet::times(community, &table.gathering, now))
        .chain(wave::time(community, table, now))
        .chain(ends_at(&table.gathering))
        .filter(|at| *at > now)
        .min()
}

/// A kind word to a member who is back.
pub fn welcome_back(person: Person, until: NaiveDate, due_at: DateTime<Utc>) -> Post {
    Post {
        purpose: Purpose::Back(person.id, until),
        reply: NextStep::Member(person.id),
        to: person,
        letter: Letter::Member { acts: vec![MemberAct::Back] },
        event: None,
        gathering_id: None,
        invitation_id: None,
        due_at,
        expires_at: due_at + BACK_LASTS,
    }
}

/// A welcome is one for so long.
const BACK_LASTS: TimeDelta = TimeDelta::days(7);

/// When an open gathering will be over.
fn ends_at(gathering: &Gathering) -> Option<DateTime<Utc>> {
    (gathering.state == State::Open).then(|| gathering.starts_at + LASTS)
}
