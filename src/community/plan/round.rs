//! What comes round: a question to every member, and a word about who is missing at the table.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use super::digest::Reader;
use crate::command::member::Frequency;
use crate::community::decision::Post;
use crate::community::facts::NextStep;
use crate::community::letter::Letter;
use crate::community::person::{Community, Person};
use crate::community::purpose::Purpose;

/// A round that is this late is not written any more …
pub const ROUND_LASTS: TimeDelta = TimeDelta::hours(24);
/// … and one that has been may leave so long, were it held up.
const FRESH: TimeDelta = TimeDelta::days(3);
/// Nobody is asked who is missing before they have been here so long.
const SETTLED: TimeDelta = TimeDelta::days(30);

/// A question, to every member who wants to hear from us unasked.
pub fn questions(
    community: &Community,
    readers: &[Reader],
    question: &str,
    (civil, due_at): (NaiveDateTime, DateTime<Utc>),
) -> Vec<Post> {
    let letter = Letter::Question { question: question.to_owned() };
    let asked = readers.iter().filter(|reader| wants(reader));
    let post = |reader: &Reader| {
        let purpose = Purpose::Question(reader.person.id, civil);
        post(community, &reader.person, (purpose, letter.clone()), due_at)
    };
    asked.map(post).collect()
}

/// Whom do we miss? To every member who knows us well enough to say.
pub fn nominations(
    community: &Community,
    readers: &[Reader],
    (civil, due_at): (NaiveDateTime, DateTime<Utc>),
) -> Vec<Post> {
    let settled = |reader: &&Reader| wants(reader) && reader.joined_at + SETTLED <= due_at;
    let post = |reader: &Reader| {
        let purpose = Purpose::Nominations(reader.person.id, civil);
        post(community, &reader.person, (purpose, Letter::Nominations), due_at)
    };
    readers.iter().filter(settled).map(post).collect()
}

/// Whoever has had enough of the digest has had enough of this.
fn wants(reader: &Reader) -> bool {
    match reader.how_often {
        Frequency::Never => false,
        Frequency::Usual | Frequency::Weekly | Frequency::Monthly => true,
    }
}

fn post(
    community: &Community,
    to: &Person,
    (purpose, letter): (Purpose, Letter),
    due_at: DateTime<Utc>,
) -> Post {
    let due_at = community.on_open_day(due_at);
    Post {
        purpose,
        to: to.clone(),
        letter,
        // At their own address an answer would be one to the invitation that is open.
        reply: NextStep::Community,
        event: None,
        gathering_id: None,
        invitation_id: None,
        due_at,
        expires_at: due_at + FRESH,
    }
}
