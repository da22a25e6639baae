//! One mail: from its meaning and the facts to a decision.

pub(crate) mod act;
mod answer;
mod bounce;
mod confirm;
mod errand;
mod forged;
mod host;
mod late;
mod member;
mod notice;
mod organizer;
mod overview;
mod pending;
mod people;
mod post;
mod promise;
mod request;
mod stranger;
mod why;
mod wrong_door;

use chrono::{DateTime, Utc};

use super::clock;
use super::decision::{Decision, Disposition, Post};
use super::facts::{About, Facts, NextStep};
use super::gathering::Gathering;
use super::letter::Letter;
use super::level::Novelty;
use super::purpose::Purpose;
use super::view::{self, Sees};
use crate::understand::{Kind, Meaning};

/// A mail as it was read.
#[derive(Debug, Clone, Copy)]
pub struct Read<'a> {
    /// What it means.
    pub meaning: &'a Meaning,
    /// Its subject.
    pub subject: &'a str,
    /// Whether we wrote it ourselves.
    pub ours: bool,
    /// Whether it holds octets that may say anything.
    pub odd: bool,
}

/// At most so many answers to one person in an hour: whatever answers us without telling that it
/// is a machine is stopped here (RFC 3834 section 2).
pub const ANSWERS_AN_HOUR: u32 = 6;
/// An organizer in a hurry may need more, and is somebody we know.
pub const ANSWERS_AN_HOUR_TO_ORGANIZERS: u32 = 20;

/// Decides what a mail leads to. The same arguments give the same decision.
pub fn decide(facts: &Facts, read: Read<'_>, now: DateTime<Utc>) -> Decision {
    if read.ours {
        return Decision::nothing(Disposition::Loop);
    }
    if facts.evidence.novelty == Novelty::Replayed {
        return Decision::nothing(Disposition::Replayed);
    }
    let decision = match read.meaning.kind {
        Kind::Bounce => bounce::decide(facts, read.meaning),
        Kind::AutoReply | Kind::Feedback => Decision::nothing(Disposition::Automatic),
        Kind::List => Decision::nothing(Disposition::List),
        Kind::Reply | Kind::Calendar => from_a_person(facts, read, now),
    };
    quieten(facts, decision, now)
}

/// Decides about what all organizers were told of, once its day is over.
pub fn after_notice(facts: &Facts, now: DateTime<Utc>) -> Decision {
    match &facts.about {
        About::Proposal(proposal, floor) => notice::fall_due(facts, floor, proposal, now),
        About::Invitation(_)
        | About::SeveralInvitations(_)
        | About::Notice(..)
        | About::Pending(_)
        | About::Host(..)
        | About::Floor(_)
        | About::Request(_)
        | About::Returned(_)
        | About::Nothing => Decision::nothing(Disposition::Unplaced),
    }
}

fn from_a_person(facts: &Facts, read: Read<'_>, now: DateTime<Utc>) -> Decision {
    if let Some(decision) = forged::decide(facts, now) {
        return decision;
    }
    match &facts.about {
        About::Invitation(answering) => {
            let answer = |said: &Meaning| answer::decide(facts, answering, said, now);
            // Whoever has somebody else's invitation has no wishes here.
            if facts.sender.as_ref().is_some_and(|sender| sender.id == answering.guest.id) {
                member::beside(facts, read, answer, now)
            } else {
                answer(read.meaning)
            }
        }
        About::SeveralInvitations(gatherings) => {
            member::beside(facts, read, |_| which(facts, gatherings, now), now)
        }
        About::Request(request) => request::decide(facts, request, read, now),
        About::Pending(pending) => pending::decide(facts, pending, read, now),
        About::Host(hosting, asked) => host::decide(facts, (hosting, asked), read.meaning, now),
        About::Notice(notice, floor) => notice::decide(facts, notice, floor, read, now),
        About::Proposal(proposal, floor) => confirm::decide(facts, proposal, floor, read, now),
        // Organizers are members too: what is no command may be a wish.
        About::Floor(floor)
            if !organizer::is_command(facts, floor, read)
                && member::is_nothing_else(facts, read) =>
        {
            member::beside(facts, read, |_| organizer::command(facts, floor, read, now), now)
        }
        About::Floor(floor) => organizer::command(facts, floor, read, now),
        About::Returned(_) => unplaced(facts, read, now),
        About::Nothing => {
            let rest = |meaning: &Meaning| unplaced(facts, Read { meaning, ..read }, now);
            member::beside(facts, read, rest, now)
        }
    }
}

/// An answer without a word about what it answers.
fn which(facts: &Facts, gatherings: &[Gathering], now: DateTime<Utc>) -> Decision {
    let Some(sender) = &facts.sender else {
        return Decision::nothing(Disposition::Stranger);
    };
    let choices = gatherings.iter().map(|one| view::gathering(one, Sees::NoAddress)).collect();
    let letter = Letter::WhichInvitation { choices };
    let post = post::answer(facts, sender, letter, NextStep::Member(sender.id), now);
    Decision { changes: Vec::new(), posts: vec![post], disposition: Disposition::Asked }
}

/// A mail that is about nothing we can find. From somebody we know it goes to the organizers, so
/// that it is not lost; a stranger gets nothing, not even a sign that anybody is here.
fn unplaced(facts: &Facts, read: Read<'_>, now: DateTime<Utc>) -> Decision {
    let Some(sender) = &facts.sender else {
        return Decision::nothing(Disposition::Stranger);
    };
    let posts = post::relay(facts, sender, read.meaning, now);
    Decision { changes: Vec::new(), posts, disposition: Disposition::Unplaced }
}

/// Drops the answers beyond the hourly cap, and tells the organizers once a day.
fn quieten(facts: &Facts, mut decision: Decision, now: DateTime<Utc>) -> Decision {
    let answers = |post: &&Post| {
        matches!(
            post.purpose,
            Purpose::Answer(_)
                | Purpose::AnswerTo(..)
                | Purpose::Member(_)
                | Purpose::Confirm(_)
                | Purpose::OtherAddress(_)
        )
    };
    let Some(answered) = decision.posts.iter().find(answers) else {
        return decision;
    };
    let reader = answered.to.clone();
    let cap = if reader.organizer { ANSWERS_AN_HOUR_TO_ORGANIZERS } else { ANSWERS_AN_HOUR };
    if facts.recent_answers < cap {
        return decision;
    }
    decision.posts.retain(|post| post.to.id != reader.id);
    let today = clock::local(now, facts.community.zone).date();
    for organizer in facts.organizers.iter().filter(|organizer| organizer.id != reader.id) {
        let reason = format!("{} <{}>", reader.name, reader.address);
        let letter = Letter::Trouble { queue: "answers", id: reader.id, reason };
        let post = post::answer(facts, organizer, letter, NextStep::Organizer(organizer.id), now);
        let purpose = Purpose::Quiet(reader.id, today, organizer.id);
        decision.posts.push(Post { purpose, ..post });
    }
    decision
}

#[cfg(test)]
mod tests;
