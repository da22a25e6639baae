//! The periodic summary: a member's own answers on top, then what else is coming. Empty: not sent.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Utc};

use crate::command::member::{Frequency, Shared};
use crate::community::cadence::Occurrence;
use crate::community::decision::Post;
use crate::community::facts::NextStep;
use crate::community::gathering::{Invitation, Seat, Table};
use crate::community::letter::{DigestLine, Letter, SharedLine};
use crate::community::person::Person;
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};

/// What is no later than this is not late.
pub const FRESH: TimeDelta = TimeDelta::hours(24);

/// One time at which the digest goes out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issue {
    /// By the clocks of the community: which one it is.
    pub civil: NaiveDateTime,
    /// When it is due.
    pub due_at: DateTime<Utc>,
    /// When it is written, and so what it tells.
    pub written_at: DateTime<Utc>,
    /// When the next one takes its place.
    pub until: DateTime<Utc>,
}

impl Issue {
    /// The last one, if it is still of use. Late, it is better than none until the day before the
    /// next: nobody wants two in two days.
    pub fn of(last: Occurrence, next: Option<Occurrence>, now: DateTime<Utc>) -> Option<Self> {
        let until = next.map_or(last.due_at + NEWS_LASTS, |next| next.due_at);
        let is_late = now - last.due_at > FRESH;
        let is_useful = !is_late || now + FRESH < until;
        is_useful.then_some(Self { civil: last.civil, due_at: last.due_at, written_at: now, until })
    }

    /// One that goes out then, before the next is thought of.
    pub fn at(civil: NaiveDateTime, due_at: DateTime<Utc>) -> Self {
        Self { civil, due_at, written_at: due_at, until: due_at + FRESH }
    }
}

/// A member as the digest knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Who.
    pub person: Person,
    /// How often they want it.
    pub how_often: Frequency,
    /// When they got the last one.
    pub last: Option<DateTime<Utc>>,
    /// Since when they are known.
    pub joined_at: DateTime<Utc>,
}

/// What a member has sent in for the others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    /// Whose.
    pub person_id: i64,
    /// Their name.
    pub name: String,
    /// What it is.
    pub what: Shared,
    /// In their words, one line.
    pub text: String,
    /// When.
    pub said_at: DateTime<Utc>,
}

/// News older than this are none, were there no digest since.
pub const NEWS_LASTS: TimeDelta = TimeDelta::days(40);
/// Whoever was taken in within so short a time was taken in together, and is not new to the others.
const TOGETHER: TimeDelta = TimeDelta::hours(1);
/// Contributions and names in one digest.
const MOST_SHARED: usize = 12;

/// The digests of one occurrence, for every member who wants it and has something to read.
pub fn digests(
    readers: &[Reader],
    open: &[Table],
    shared: &[Contribution],
    issue: Issue,
) -> Vec<Post> {
    let Issue { civil, due_at, written_at, until } = issue;
    let due = |reader: &&Reader| is_due(reader, civil, due_at);
    let coming = open.iter().map(|table| table.gathering.starts_at).filter(|at| *at > written_at);
    // Waiting in a queue, it is of use until the first thing that it tells of has begun.
    let expires_at = coming.min().map_or(until, |first| first.min(until));
    let post = |reader: &Reader| {
        Some(Post {
            purpose: Purpose::Digest(reader.person.id, civil),
            to: reader.person.clone(),
            letter: summary(reader, (readers, open, shared), written_at)?,
            reply: NextStep::Member(reader.person.id),
            event: None,
            gathering_id: None,
            invitation_id: None,
            due_at,
            expires_at,
        })
    };
    readers.iter().filter(due).filter_map(post).collect()
}

/// Whether a member gets this one: at most one a week or month for those who want no more.
fn is_due(reader: &Reader, civil: NaiveDateTime, due_at: DateTime<Utc>) -> bool {
    let patience = match reader.how_often {
        Frequency::Never => return false,
        Frequency::Usual => return true,
        Frequency::Weekly => TimeDelta::days(6),
        Frequency::Monthly => {
            // The first one of a month, or the one that made up for it.
            TimeDelta::days(i64::from(civil.day().min(27)))
        }
    };
    reader.last.is_none_or(|last| last + patience <= due_at)
}

/// Who is there, what is coming, what was sent in.
pub type News<'a> = (&'a [Reader], &'a [Table], &'a [Contribution]);

/// What one member has to read, whether or not they want it now; `None` where there is nothing.
pub fn summary(
    reader: &Reader,
    (readers, open, shared): News<'_>,
    now: DateTime<Utc>,
) -> Option<Letter> {
    let mut own = Vec::new();
    let mut coming = Vec::new();
    for table in open.iter().filter(|table| table.gathering.starts_at > now) {
        match table.invitations.iter().find(|(_, guest)| guest.id == reader.person.id) {
            Some((invitation, _)) if invitation.is_asked() => {
                own.push(line(table, Some(invitation)));
            }
            // Not asked yet, but keeping the day free.
            Some((invitation, _)) if invitation.saved => coming.push(line(table, None)),
            // Who is invited later learns of it by the invitation, not from the digest.
            Some(_) => {}
            None if table.is_planned(reader.person.id) => {}
            None => coming.push(line(table, None)),
        }
    }
    let since = reader.last.unwrap_or(now - NEWS_LASTS);
    let shared: Vec<SharedLine> = shared
        .iter()
        .filter(|one| {
            one.person_id != reader.person.id && one.said_at > since && one.said_at <= now
        })
        .take(MOST_SHARED)
        .map(|one| SharedLine { what: one.what, name: first(&one.name), text: one.text.clone() })
        .collect();
    let is_new = |other: &&Reader| {
        let later = other.joined_at > reader.joined_at + TOGETHER;
        later && other.joined_at > since && other.person.id != reader.person.id
    };
    let newcomers: Vec<String> = readers
        .iter()
        .filter(is_new)
        .take(MOST_SHARED)
        .map(|other| other.person.name.clone())
        .collect();
    let empty = own.is_empty() && coming.is_empty() && shared.is_empty() && newcomers.is_empty();
    (!empty).then_some(Letter::Digest { own, coming, shared, newcomers })
}

fn first(name: &str) -> String {
    name.split_whitespace().next().unwrap_or(name).to_owned()
}

fn line(table: &Table, invitation: Option<&Invitation>) -> DigestLine {
    let seat = invitation.map_or(Seat::None, |invitation| invitation.seat);
    DigestLine {
        gathering: view::gathering(&table.gathering, Sees::by_seat(seat)),
        answer: invitation.and_then(|invitation| invitation.answer),
        seated: seat == Seat::Seated,
        waiting: matches!(seat, Seat::Waiting | Seat::Offered),
        left: table.gathering.free(),
    }
}
