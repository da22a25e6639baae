//! The mails that answer a mail.

use chrono::{DateTime, TimeDelta, Utc};

use crate::community::decision::{EventPart, Method, Post};
use crate::community::facts::{Answering, Facts, NextStep};
use crate::community::gathering::{Gathering, Seat};
use crate::community::letter::{Letter, Writer};
use crate::community::person::{CalendarPolicy, Person};
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::understand::{Answer, CONFIDENT, Meaning};

/// An answer is worth sending for this long.
const ANSWER_LASTS: TimeDelta = TimeDelta::days(5);

/// The one answer to the mail at hand.
pub(super) fn answer(
    facts: &Facts,
    to: &Person,
    letter: Letter,
    reply: NextStep,
    now: DateTime<Utc>,
) -> Post {
    Post {
        purpose: Purpose::Answer(facts.inbox_id),
        to: to.clone(),
        letter,
        reply,
        event: None,
        gathering_id: None,
        invitation_id: None,
        due_at: now,
        expires_at: now + ANSWER_LASTS,
    }
}

/// The one answer to a guest.
pub(super) fn to_guest(
    facts: &Facts,
    answering: &Answering,
    letter: Letter,
    now: DateTime<Utc>,
) -> Post {
    let reply = NextStep::Guest(answering.invitation.id);
    Post {
        gathering_id: Some(answering.gathering.id),
        invitation_id: Some(answering.invitation.id),
        ..answer(facts, &answering.guest, letter, reply, now)
    }
}

/// Passes a guest's words on to every organizer, with the answer that counts now. An answer to that
/// goes straight to the guest.
pub(super) fn relay_from(
    facts: &Facts,
    answering: &Answering,
    meaning: &Meaning,
    now: DateTime<Utc>,
) -> Vec<Post> {
    let sure = meaning.answer.filter(|_| meaning.confidence >= CONFIDENT);
    // Whoever is offered a seat has not said yes to it yet.
    let stands = answering.invitation.answer.filter(|_| answering.invitation.seat != Seat::Offered);
    let answer = sure.or(stands);
    let text = meaning.visible_text.clone();
    let mut posts =
        words_of(facts, Some(&answering.gathering), &answering.guest, (text, answer), now);
    if answering.is_host() && matches!(answer, Some(Answer::No | Answer::Maybe)) {
        as_host(answering, &mut posts);
    }
    posts
}

/// Tells every other organizer of an answer that a host gave, of which no words are kept.
pub(super) fn host_said(
    facts: &Facts,
    answering: &Answering,
    said: Answer,
    now: DateTime<Utc>,
) -> Vec<Post> {
    let (gathering, host) = (Some(&answering.gathering), &answering.guest);
    let mut posts = words_of(facts, gathering, host, (String::new(), Some(said)), now);
    as_host(answering, &mut posts);
    posts
}

/// What a host says of coming is told as theirs, and not to themselves.
fn as_host(answering: &Answering, posts: &mut Vec<Post>) {
    posts.retain(|post| post.to.id != answering.guest.id);
    for post in posts {
        if let Letter::GuestWrote { writer, .. } = &mut post.letter {
            *writer = Writer::Host;
        }
    }
}

/// Passes a member's words about nothing that we can find on to every organizer. Nothing is noted:
/// a yes in it is a yes to nothing.
pub(super) fn relay(
    facts: &Facts,
    member: &Person,
    meaning: &Meaning,
    now: DateTime<Utc>,
) -> Vec<Post> {
    words_of(facts, None, member, (meaning.visible_text.clone(), None), now)
}

fn words_of(
    facts: &Facts,
    gathering: Option<&Gathering>,
    author: &Person,
    (text, answer): (String, Option<Answer>),
    now: DateTime<Utc>,
) -> Vec<Post> {
    let letter = Letter::GuestWrote {
        gathering: gathering.map(|gathering| view::gathering(gathering, Sees::Address)),
        guest: author.name.clone(),
        text,
        answer,
        writer: Writer::Guest,
    };
    let posts = to_organizers(facts, gathering, &letter, Purpose::Relay, now);
    let reply = NextStep::Person(author.address.clone());
    posts.into_iter().map(|post| Post { reply: reply.clone(), ..post }).collect()
}

/// One letter to each organizer, each for a purpose made of the mail and the organizer.
pub(super) fn to_organizers(
    facts: &Facts,
    gathering: Option<&Gathering>,
    letter: &Letter,
    purpose: fn(i64, i64) -> Purpose,
    now: DateTime<Utc>,
) -> Vec<Post> {
    facts
        .organizers
        .iter()
        .map(|organizer| Post {
            purpose: purpose(facts.inbox_id, organizer.id),
            gathering_id: gathering.map(|gathering| gathering.id),
            ..answer(facts, organizer, letter.clone(), NextStep::Organizer(organizer.id), now)
        })
        .collect()
}

/// The one of some people with this name, first name or address; nobody where it fits several.
pub(super) fn called<'a>(people: &[&'a Person], name: &str) -> Option<&'a Person> {
    let wanted = name.trim().to_lowercase();
    let whole = |person: &&&Person| {
        person.name.to_lowercase() == wanted || person.address.as_str() == wanted
    };
    let first = |person: &&&Person| {
        person.name.to_lowercase().split_whitespace().next() == Some(wanted.as_str())
    };
    let only = |fits: Vec<&&'a Person>| match fits.as_slice() {
        [one] => Some(**one),
        _ => None,
    };
    only(people.iter().filter(whole).collect())
        .or_else(|| only(people.iter().filter(first).collect()))
}

/// The event that goes with the confirmation of a seat.
pub(super) fn confirmed_event(facts: &Facts, gathering: &Gathering) -> Option<EventPart> {
    match facts.community.calendar_of(gathering) {
        CalendarPolicy::Never => None,
        CalendarPolicy::Invitation | CalendarPolicy::Confirmation => {
            Some(view::event(gathering, &facts.community.name, Method::Request, Sees::Address))
        }
    }
}
