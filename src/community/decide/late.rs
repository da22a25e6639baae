//! A guest writes about what has been called off, or has been: nothing changes any more, and what was
//! said is passed on.

use chrono::{DateTime, TimeDelta, Utc};

use super::answer::{record, relayed};
use super::post;
use crate::community::decision::{Change, Decision, Disposition, Post};
use crate::community::facts::{Answering, Facts, NextStep};
use crate::community::gathering::{Gathering, State};
use crate::community::letter::{Letter, TooLate, Writer};
use crate::community::person::Person;
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::understand::Meaning;

/// Why nothing that is said changes anything any more.
pub(super) fn too_late(answering: &Answering, now: DateTime<Utc>) -> Option<TooLate> {
    match answering.gathering.state {
        State::Cancelled => Some(TooLate::Cancelled),
        State::Over => Some(TooLate::Over),
        State::Open if now >= answering.gathering.starts_at => Some(TooLate::Over),
        State::Open => None,
    }
}

/// What was said at a gathering and after it comes to its end after so long.
const THREAD_LASTS: TimeDelta = TimeDelta::days(14);

fn is_closed(gathering: &Gathering, now: DateTime<Utc>) -> bool {
    gathering.state != State::Cancelled && now > gathering.starts_at + THREAD_LASTS
}

/// Decides about a mail that comes too late to count.
pub(super) fn decide(
    facts: &Facts,
    answering: &Answering,
    meaning: &Meaning,
    why: TooLate,
    now: DateTime<Utc>,
) -> Decision {
    let changes = vec![Change::Record(record(answering, meaning, "noted"))];
    let gathering = view::gathering(&answering.gathering, Sees::NoAddress);
    let mut posts = Vec::new();
    if is_closed(&answering.gathering, now) {
        posts.push(post::to_guest(facts, answering, Letter::ThreadClosed { gathering }, now));
    } else if is_afterwards(facts, answering, meaning) {
        posts = thanks(facts, answering, meaning, now);
    } else {
        if meaning.answer.is_some() {
            posts.push(post::to_guest(facts, answering, Letter::TooLate { gathering, why }, now));
        } else if meaning.needs_human {
            let letter = relayed(facts, answering, Sees::NoAddress, now);
            posts.push(post::to_guest(facts, answering, letter, now));
        }
        if meaning.needs_human {
            posts.extend(post::relay_from(facts, answering, meaning, now));
        }
    }
    Decision { changes, posts, disposition: Disposition::TooLate }
}

/// Whether it is said of what has been: to what we wrote afterwards, in which a yes is none, or in
/// words that answer nothing.
fn is_afterwards(facts: &Facts, answering: &Answering, meaning: &Meaning) -> bool {
    let gathering = &answering.gathering;
    let of_later = facts.answers_mail_of.is_some_and(|at| at > gathering.starts_at);
    let says_something = !meaning.visible_text.trim().is_empty();
    let asked_for = meaning.answer.is_none() && meaning.needs_human;
    gathering.state != State::Cancelled && says_something && (of_later || asked_for)
}

/// Thanks, thoughts and what could be better go to the organizers, and to a host who is none.
fn thanks(
    facts: &Facts,
    answering: &Answering,
    meaning: &Meaning,
    now: DateTime<Utc>,
) -> Vec<Post> {
    let reads = |host: &&Person| host.id != answering.guest.id && !host.organizer;
    let host = answering.host.as_ref().filter(reads);
    let gathering = view::gathering(&answering.gathering, Sees::NoAddress);
    let letter = Letter::Thanked { gathering, host_reads: host.is_some() };
    let mut posts = vec![post::to_guest(facts, answering, letter, now)];
    posts.extend(host.map(|host| to_host(facts, answering, host, meaning, now)));
    let mut relayed = post::relay_from(facts, answering, meaning, now);
    for post in &mut relayed {
        if let Letter::GuestWrote { answer, writer, .. } = &mut post.letter {
            (*answer, *writer) = (None, Writer::Afterwards);
        }
    }
    posts.extend(relayed.into_iter().filter(|post| post.to.id != answering.guest.id));
    posts
}

fn to_host(
    facts: &Facts,
    answering: &Answering,
    host: &Person,
    meaning: &Meaning,
    now: DateTime<Utc>,
) -> Post {
    let letter = Letter::PassedOn {
        gathering: view::gathering(&answering.gathering, Sees::Address),
        guest: answering.guest.name.clone(),
        text: meaning.visible_text.clone(),
    };
    Post {
        purpose: Purpose::PassedOn(facts.inbox_id, host.id),
        gathering_id: Some(answering.gathering.id),
        ..post::answer(facts, host, letter, NextStep::Host(answering.gathering.id), now)
    }
}
