//! The periodic summary: a member's own answers on top, then what else is coming. Empty: not sent.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use crate::community::decision::Post;
use crate::community::facts::NextStep;
use crate::community::gathering::{Invitation, Seat, Table};
use crate::community::letter::{DigestLine, Letter};
use crate::community::person::Person;
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};

/// A digest that is this late is not sent any more; the next one will be.
pub const DIGEST_LASTS: TimeDelta = TimeDelta::hours(24);

/// The digests of one occurrence, for every member who has something to read.
pub fn digests(
    members: &[Person],
    open: &[Table],
    (civil, due_at): (NaiveDateTime, DateTime<Utc>),
) -> Vec<Post> {
    members
        .iter()
        .filter_map(|member| {
            let letter = summary(member, open, due_at)?;
            Some(Post {
                purpose: Purpose::Digest(member.id, civil),
                to: member.clone(),
                letter,
                reply: NextStep::Community,
                event: None,
                gathering_id: None,
                invitation_id: None,
                due_at,
                expires_at: due_at + DIGEST_LASTS,
            })
        })
        .collect()
}

fn summary(member: &Person, open: &[Table], now: DateTime<Utc>) -> Option<Letter> {
    let mut own = Vec::new();
    let mut coming = Vec::new();
    for table in open.iter().filter(|table| table.gathering.starts_at > now) {
        match table.invitations.iter().find(|(_, guest)| guest.id == member.id) {
            Some((invitation, _)) if invitation.letter_left => {
                own.push(line(table, Some(invitation)));
            }
            // Who is invited later learns of it by the invitation, not from the digest.
            Some(_) => {}
            None => coming.push(line(table, None)),
        }
    }
    (!own.is_empty() || !coming.is_empty()).then_some(Letter::Digest { own, coming })
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
