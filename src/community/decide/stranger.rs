//! Somebody we do not know has answered a guest's invitation.
//!
//! Invariant: they learn nothing but that their mail was passed on, and that only where their own
//! domain vouches for them; only an organizer's word gives them an invitation.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{Read, member, post};
use crate::command::member::Wish;
use crate::community::clock;
use crate::community::decision::{Change, Decision, Disposition, Post};
use crate::community::facts::{Answering, Facts, NextStep};
use crate::community::gathering::State;
use crate::community::letter::{GuestsWord, Letter, MemberAct};
use crate::community::member::{MemberChange, Request, Requested};
use crate::community::person::Person;
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::mail::EmailAddress;
use crate::mail::proof::Proof;

/// How long an organizer's word is waited for, if the gathering does not begin before.
const WORD_LASTS: TimeDelta = TimeDelta::days(7);

/// Whether a mail says `slipp inn`.
pub(super) fn is_let_in(facts: &Facts, read: Read<'_>) -> bool {
    member::wishes(facts, read).spotted.iter().any(|spotted| spotted.wish == Wish::LetIn)
}

/// Whether somebody answers from an address that nobody has here, and is surely who they say.
pub(super) fn is_proven(facts: &Facts) -> bool {
    facts.sender.is_none() && facts.evidence.author.proof == Proof::Proven
}

/// The mail was passed on, and says so to whoever wrote it.
pub(super) fn held(
    facts: &Facts,
    answering: &Answering,
    stranger: &EmailAddress,
    now: DateTime<Utc>,
) -> (Vec<Change>, Vec<Post>) {
    let id = answering.invitation.id;
    let (request, posts) = ask(facts, (answering, stranger), GuestsWord::Asked, now);
    let day = clock::local(now, facts.community.zone).date();
    let once = |post: Post| Post { purpose: Purpose::Stranger(id, day, post.to.id), ..post };
    let hold = Change::Hold { stranger: stranger.clone(), invitation_id: id };
    (vec![request, hold], posts.into_iter().map(once).collect())
}

/// Asks the organizers whether a stranger gets an invitation of their own.
pub(super) fn ask(
    facts: &Facts,
    (answering, stranger): (&Answering, &EmailAddress),
    word: GuestsWord,
    now: DateTime<Utc>,
) -> (Change, Vec<Post>) {
    let gathering = &answering.gathering;
    let expires_at = (facts.arrived_at + WORD_LASTS).min(gathering.starts_at);
    let letter = Letter::StrangerAnswered {
        gathering: view::gathering(gathering, Sees::Address),
        guest: answering.guest.name.clone(),
        other: stranger.clone(),
        word,
        until: clock::local(expires_at, facts.community.zone),
    };
    let posts = post::to_organizers(facts, Some(gathering), &letter, Purpose::Relay, now);
    let reply = NextStep::Request(facts.inbox_id);
    let posts = posts.into_iter().map(|post| Post { reply: reply.clone(), ..post });
    let invitation_id = answering.invitation.id;
    let what = Requested::LetIn { invitation_id, stranger: stranger.clone() };
    let change = MemberChange::Request { what, expires_at };
    (Change::Member { person_id: answering.guest.id, change }, posts.collect())
}

/// An organizer has said yes: the stranger is invited, and the guest whose invitation it was knows.
pub(super) fn let_in(
    facts: &Facts,
    request: &Request,
    sender: &Person,
    now: DateTime<Utc>,
) -> Decision {
    let settled = |done| {
        let change = MemberChange::SettleRequest { request_id: request.id, done };
        Change::Member { person_id: request.person.id, change }
    };
    let tell = |person: &Person, act: MemberAct| {
        let letter = Letter::Member { acts: vec![act] };
        post::answer(facts, person, letter, NextStep::Member(person.id), now)
    };
    let (Some(seat), Requested::LetIn { stranger, .. }) = (&request.seat, &request.what) else {
        return Decision::nothing(Disposition::Stranger);
    };
    let gathering = view::gathering(&seat.gathering, Sees::NoAddress);
    if seat.gathering.state != State::Open || seat.gathering.starts_at <= now {
        let posts = vec![tell(sender, MemberAct::LetInTooLate { gathering })];
        let changes = vec![settled(false)];
        return Decision { changes, posts, disposition: Disposition::Request };
    }
    let act = MemberAct::LetIn { who: stranger.to_string(), gathering };
    let mut posts = vec![tell(sender, act.clone())];
    if request.person.id != sender.id {
        let purpose = Purpose::HandedOver(facts.inbox_id);
        posts.push(Post { purpose, ..tell(&request.person, act) });
    }
    let gathering_id = seat.gathering.id;
    let change =
        MemberChange::LetIn { gathering_id, stranger: stranger.clone(), request_id: request.id };
    let changes = vec![
        settled(true),
        Change::Member { person_id: request.person.id, change },
        Change::Audit {
            act: "stranger-let-in",
            gathering_id: Some(gathering_id),
            details: json!({ "request": request.id }),
            command: None,
        },
    ];
    Decision { changes, posts, disposition: Disposition::Request }
}
