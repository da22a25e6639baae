//! Wishes about a seat: who else comes, and who gets it instead.

use super::wish::{WORD_LASTS, relay};
use super::{Author, Carried};
use crate::command::Scope;
use crate::community::clock;
use crate::community::decide::post;
use crate::community::decision::{Change, Post};
use crate::community::facts::NextStep;
use crate::community::gathering::Seat;
use crate::community::letter::{Letter, MemberAct, Named};
use crate::community::member::{MemberChange, OwnInvitation, Requested};
use crate::community::person::Person;
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::understand::Meaning;

/// The author's invitations that a scope means; to an invitation, without a word, that one.
fn meant<'a>(author: Author<'a>, scope: &Scope) -> Vec<&'a OwnInvitation> {
    let here = author.answering().map(|answering| answering.invitation.id);
    let fits = |own: &&OwnInvitation| {
        let gathering = &own.answering.gathering;
        let this = here.filter(|_| *scope == Scope::Implied);
        let called = gathering.is_called(scope, Sees::NoAddress);
        this.map_or(called, |id| own.answering.invitation.id == id)
    };
    author.own.invitations.iter().filter(fits).collect()
}

/// The one invitation that a scope means. Of several on a weekday, the soonest.
pub(super) fn only<'a>(author: Author<'a>, scope: &Scope) -> Option<&'a OwnInvitation> {
    let fits = meant(author, scope);
    match fits.as_slice() {
        [one] => Some(one),
        [one, ..] if matches!(scope, Scope::Weekday { .. }) => Some(one),
        [] | [_, ..] => None,
    }
}

/// Whether a scope means an invitation of the author's.
pub(super) fn is_meant(author: Author<'_>, scope: &Scope) -> bool {
    !meant(author, scope).is_empty()
}

/// Names are for those who sit at the same table, from the moment that they do.
pub(super) fn who_comes(
    author: Author<'_>,
    scope: &Scope,
    changes: &[Change],
    acts: &mut Vec<MemberAct>,
) {
    for own in meant(author, scope) {
        let invitation = &own.answering.invitation;
        let of_this = |change: &Change| {
            if let Change::Answer(placed) = change { Some(placed.clone()) } else { None }
        };
        let placed = changes.iter().rev().filter_map(of_this);
        let placed = placed.into_iter().find(|placed| placed.invitation_id == invitation.id);
        let seat = placed.as_ref().map_or(invitation.seat, |placed| placed.seat);
        let gathering = view::gathering(&own.answering.gathering, Sees::NoAddress);
        if seat != Seat::Seated {
            acts.push(MemberAct::ComingHidden { gathering });
            continue;
        }
        let mut names = own.coming.clone();
        if let Some(placed) = placed {
            names.retain(|named| named.name != author.person.name);
            names.push(Named { name: author.person.name.clone(), party: placed.party });
        }
        acts.push(MemberAct::Coming { gathering, names });
    }
}

/// A seat goes to another member if an organizer says so.
pub(super) fn give(
    author: Author<'_>,
    (to, scope): (&str, &Scope),
    whole: &Meaning,
    carried: &mut Carried,
) {
    let seated = |own: &&OwnInvitation| own.answering.invitation.seat == Seat::Seated;
    let seats: Vec<&OwnInvitation> = meant(author, scope).into_iter().filter(seated).collect();
    let [own] = seats.as_slice() else {
        carried.acts.push(MemberAct::NoSeatToGive);
        return;
    };
    let others: Vec<&Person> =
        author.own.members.iter().filter(|member| member.id != author.person.id).collect();
    let Some(receiver) = post::called(&others, to).filter(|_| !carried.asked) else {
        relay(author, whole, carried);
        carried.acts.push(MemberAct::HandOverUnknown { to: to.to_owned() });
        return;
    };
    carried.asked = true;
    let starts_at = own.answering.gathering.starts_at;
    let expires_at = (author.facts.arrived_at + WORD_LASTS).min(starts_at);
    let letter = Letter::HandOver {
        gathering: view::gathering(&own.answering.gathering, Sees::Address),
        giver: author.person.name.clone(),
        to: receiver.name.clone(),
        until: clock::local(expires_at, author.facts.community.zone),
    };
    let gathering = Some(&own.answering.gathering);
    let posts = post::to_organizers(author.facts, gathering, &letter, Purpose::Decide, author.now);
    let reply = NextStep::Request(author.facts.inbox_id);
    carried.posts.extend(posts.into_iter().map(|post| Post {
        reply: reply.clone(),
        expires_at,
        ..post
    }));
    let what = Requested::HandOver { invitation_id: own.answering.invitation.id, to: receiver.id };
    carried.changes.push(author.change(MemberChange::Request { what, expires_at }));
    let gathering = view::gathering(&own.answering.gathering, Sees::NoAddress);
    carried.acts.push(MemberAct::HandOverAsked { gathering, to: receiver.name.clone() });
}
