//! The one word that a request waited for: the member's own, or an organizer's.
//!
//! Invariant: only the one who was asked has a word here, once, in time, in a mail that nothing
//! speaks against. That the question went to the address of record, and that whoever answers has
//! read it, is what proves the rest.

use chrono::{DateTime, Utc};
use serde_json::json;

use super::{Read, post, stranger};
use crate::community::decision::{Change, Decision, Disposition, Post};
use crate::community::facts::{Facts, NextStep};
use crate::community::gathering::{Seat, State};
use crate::community::letter::{Letter, MemberAct};
use crate::community::member::{MemberChange, Request, Requested};
use crate::community::person::Person;
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::mail::proof::Proof;
use crate::understand::{Answer, CONFIDENT, Kind};

/// Words of a mail that is a yes or no and nothing else.
const MOST_WORDS: usize = 8;

/// Decides about a mail to a request's address.
pub(super) fn decide(
    facts: &Facts,
    request: &Request,
    read: Read<'_>,
    now: DateTime<Utc>,
) -> Decision {
    let Some(sender) = facts.sender.as_ref().filter(|sender| may_decide(request, sender)) else {
        return Decision::nothing(Disposition::Stranger);
    };
    if facts.evidence.author.proof == Proof::Refuted || read.meaning.kind != Kind::Reply {
        return Decision::nothing(Disposition::Stranger);
    }
    let says = |act| said(facts, sender, act, now);
    let text = &read.meaning.visible_text;
    let short = text.split_whitespace().count() <= MOST_WORDS && !text.contains('?');
    let sure = read.meaning.confidence >= CONFIDENT && short && !read.odd;
    let answer = read.meaning.answer.filter(|_| sure);
    // "Slipp inn" is a yes to nothing else.
    let is_let_in =
        matches!(request.what, Requested::LetIn { .. }) && stranger::is_let_in(facts, read);
    match answer.or(is_let_in.then_some(Answer::Yes)) {
        Some(Answer::Yes | Answer::No) if request.settled => says(MemberAct::AlreadyDone),
        // What counts is when it was answered, not when we came to read it.
        Some(Answer::Yes) if facts.arrived_at > request.expires_at => says(MemberAct::Expired),
        Some(Answer::Yes) => yes(facts, request, sender, now),
        Some(Answer::No) => {
            let mut decision = says(MemberAct::Dropped);
            decision.changes.push(settled(request, false));
            decision
        }
        Some(Answer::Maybe) | None => super::unplaced(facts, read, now),
    }
}

fn may_decide(request: &Request, sender: &Person) -> bool {
    match request.what {
        Requested::HandOver { .. } | Requested::LetIn { .. } => sender.organizer,
        Requested::Data | Requested::Erase | Requested::Share { .. } => {
            sender.id == request.person.id
        }
    }
}

fn settled(request: &Request, done: bool) -> Change {
    let change = MemberChange::SettleRequest { request_id: request.id, done };
    Change::Member { person_id: request.person.id, change }
}

fn of(request: &Request, change: MemberChange) -> Change {
    Change::Member { person_id: request.person.id, change }
}

/// The one answer to the word, with nothing changed.
fn said(facts: &Facts, sender: &Person, act: MemberAct, now: DateTime<Utc>) -> Decision {
    let letter = Letter::Member { acts: vec![act] };
    let post = post::answer(facts, sender, letter, NextStep::Member(sender.id), now);
    Decision { changes: Vec::new(), posts: vec![post], disposition: Disposition::Request }
}

fn yes(facts: &Facts, request: &Request, sender: &Person, now: DateTime<Utc>) -> Decision {
    let mut decision = match &request.what {
        Requested::Data => {
            let Some(data) = request.data.clone() else {
                return Decision::nothing(Disposition::Stranger);
            };
            let letter = Letter::MyData(data);
            let reply = NextStep::Member(sender.id);
            let post = post::answer(facts, &request.person, letter, reply, now);
            Decision { changes: Vec::new(), posts: vec![post], disposition: Disposition::Request }
        }
        Requested::Erase if request.person.organizer => {
            return said(facts, sender, MemberAct::OrganizerStays, now);
        }
        Requested::Erase => {
            let reply = NextStep::Community;
            let letter = Letter::Erased { backups_until: None };
            let post = post::answer(facts, &request.person, letter, reply, now);
            // Settled first: the request goes with the person's words.
            let changes = vec![settled(request, true), of(request, MemberChange::Erase)];
            return Decision { changes, posts: vec![post], disposition: Disposition::Request };
        }
        Requested::Share { shared, text } => {
            let mut decision = said(facts, sender, MemberAct::Shared { what: *shared }, now);
            decision.changes.push(of(request, MemberChange::Share(*shared, text.clone())));
            decision
        }
        Requested::HandOver { .. } => return hand_over(facts, request, sender, now),
        Requested::LetIn { .. } => return stranger::let_in(facts, request, sender, now),
    };
    decision.changes.push(settled(request, true));
    decision.changes.push(audit(request, None));
    decision
}

fn audit(request: &Request, gathering_id: Option<i64>) -> Change {
    let act = match request.what {
        Requested::Data => "data-given",
        Requested::Erase => "person-erased",
        Requested::Share { .. } => "shared",
        Requested::HandOver { .. } => "seat-handed-over",
        Requested::LetIn { .. } => "stranger-let-in",
    };
    let details = json!({ "request": request.id });
    Change::Audit { act, gathering_id, details, command: None }
}

/// The seat goes on, if it is still there to give.
fn hand_over(facts: &Facts, request: &Request, sender: &Person, now: DateTime<Utc>) -> Decision {
    let (Some(seat), Some(receiver)) = (&request.seat, &request.receiver) else {
        return said(facts, sender, MemberAct::SeatGone, now);
    };
    let has_one = request.invited.as_ref().is_some_and(|own| own.invitation.seat == Seat::Seated);
    let open = seat.gathering.state == State::Open && seat.gathering.starts_at > now;
    if !open || has_one || seat.invitation.seat != Seat::Seated || !receiver.active {
        let mut decision = said(facts, sender, MemberAct::SeatGone, now);
        decision.changes.push(settled(request, false));
        return decision;
    }
    let Requested::HandOver { invitation_id, to } = request.what else {
        return said(facts, sender, MemberAct::SeatGone, now);
    };
    let gathering = &seat.gathering;
    let told = |person: &Person, purpose, letter| Post {
        purpose,
        gathering_id: Some(gathering.id),
        ..post::answer(facts, person, letter, NextStep::Member(person.id), now)
    };
    let letter = |sees| Letter::HandedOver {
        gathering: view::gathering(gathering, sees),
        giver: request.person.name.clone(),
        to: receiver.name.clone(),
    };
    let mut posts = vec![
        told(&request.person, Purpose::HandedOver(facts.inbox_id), letter(Sees::NoAddress)),
        told(sender, Purpose::Answer(facts.inbox_id), letter(Sees::NoAddress)),
    ];
    if let Some(own) = &request.invited {
        let gathering = view::gathering(gathering, Sees::Address);
        let letter = Letter::GivenSeat { gathering };
        let post = post::to_guest(facts, own, letter, now);
        let event = post::confirmed_event(facts, &seat.gathering);
        posts.push(Post { purpose: Purpose::GivenSeat(to, facts.inbox_id), event, ..post });
    }
    // Who organizes and gives a seat away hears of it once.
    posts.dedup_by(|next, first| next.to.id == first.to.id);
    let change = MemberChange::HandOver { invitation_id, to };
    let changes = vec![
        of(request, change),
        Change::WithdrawFrom { invitation_id },
        settled(request, true),
        audit(request, Some(gathering.id)),
    ];
    Decision { changes, posts, disposition: Disposition::Request }
}
