//! One wish at a time.

use chrono::TimeDelta;
use serde_json::json;

use super::{Author, Carried, answer_in_place, seat};
use crate::command::member::{Frequency, Shared, Wish};
use crate::community::clock;
use crate::community::decide::{answer, post};
use crate::community::decision::{Change, Post};
use crate::community::facts::{Came, NextStep};
use crate::community::gathering::{Gathering, Seat};
use crate::community::letter::{GatheringView, Letter, MemberAct};
use crate::community::member::{Food, MemberChange, Membership, OwnInvitation, Requested};
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::language::Language;
use crate::understand::Meaning;

/// How long a word is waited for.
pub(super) const WORD_LASTS: TimeDelta = TimeDelta::hours(48);

/// Carries one wish out.
pub(super) fn carry(
    author: Author<'_>,
    (wish, line): (&Wish, &str),
    whole: &Meaning,
    carried: &mut Carried,
) {
    match wish {
        Wish::Remember => carried.remember = true,
        Wish::Forget => {
            carried.forget = true;
            carried.acts.push(MemberAct::Forgotten);
        }
        Wish::MyData => request(author, (Requested::Data, line), carried),
        Wish::EraseMe if author.person.organizer => carried.acts.push(MemberAct::OrganizerStays),
        Wish::EraseMe => request(author, (Requested::Erase, line), carried),
        Wish::Stop => digest(author, Frequency::Never, carried),
        Wish::Digest { how_often } => digest(author, *how_often, carried),
        Wish::Leave => leave(author, carried),
        // "Alt" answers "everything?", and says nothing by itself.
        Wish::All if asked_everything(author) => leave(author, carried),
        Wish::Away { until } => away(author, (*until, line), carried),
        Wish::Back if author.own.membership == Some(Membership::Paused) => {
            carried.changes.push(author.change(MemberChange::Resume));
            carried.acts.push(MemberAct::Back);
        }
        // Whoever was never away is welcome all the same.
        Wish::Back if author.facts.came != Came::ToInvitation => {
            carried.acts.push(MemberAct::Back);
        }
        Wish::Language { tag } => language(author, tag, carried),
        Wish::WhoComes { scope } => carried.who.push((scope.clone(), line.to_owned())),
        Wish::Plus { more } if author.answering().is_some() => carried.more = Some(*more),
        Wish::All | Wish::Back | Wish::LetIn | Wish::Plus { .. } => {
            carried.leftover.push(line.to_owned());
        }
        Wish::GiveSeat { to, scope } => seat::give(author, (to, scope), whole, carried),
        Wish::Nominate { .. } => {
            relay(author, whole, carried);
            carried.acts.push(MemberAct::Nominated);
        }
        Wish::Share { what, text } => share(author, (*what, text, line), carried),
        Wish::Answer { scope, text } => match seat::only(author, scope) {
            Some(own) => answer_in_place(author, (text, line), (&own.answering, whole), carried),
            None => carried.acts.push(MemberAct::NotFound { line: line.to_owned() }),
        },
    }
}

/// Keeps what this mail tells, or what was told before.
pub(super) fn remember(author: Author<'_>, meaning: &Meaning, carried: &mut Carried) {
    let told =
        Food { diets: meaning.diets.iter().copied().collect(), notes: meaning.diet_notes.clone() };
    let of = |invitation: &crate::community::Invitation| Food {
        diets: invitation.diets.clone(),
        notes: invitation.diet_notes.clone(),
    };
    let here = author.answering().map(|answering| of(&answering.invitation));
    let elsewhere = author.own.invitations.iter().map(|own| of(&own.answering.invitation));
    let known = [told].into_iter().chain(here).chain(elsewhere).find(|food| !food.is_empty());
    match known {
        Some(food) => {
            carried.changes.push(author.change(MemberChange::Remember(food)));
            carried.acts.push(MemberAct::Remembered);
        }
        None if author.own.remembered.is_some() => carried.acts.push(MemberAct::Remembered),
        None => carried.acts.push(MemberAct::NothingToRemember),
    }
}

fn digest(author: Author<'_>, how_often: Frequency, carried: &mut Carried) {
    carried.changes.push(author.change(MemberChange::Digest(how_often)));
    carried.acts.push(if how_often == Frequency::Never {
        MemberAct::Stopped
    } else {
        MemberAct::Digest { how_often }
    });
}

fn asked_everything(author: Author<'_>) -> bool {
    author.facts.came == Came::ToMember && author.own.digest == Frequency::Never
}

/// No mail any more: the seats are free, and the organizers know.
fn leave(author: Author<'_>, carried: &mut Carried) {
    if author.person.organizer {
        carried.acts.push(MemberAct::OrganizerStays);
        return;
    }
    let mut seats = Vec::new();
    for own in &author.own.invitations {
        let invitation = &own.answering.invitation;
        if invitation.seat == Seat::Seated {
            seats.push(view::gathering(&own.answering.gathering, Sees::NoAddress));
        }
        let placed = answer::without_seat(invitation, author.facts.arrived_at);
        carried.changes.push(Change::Answer(placed));
        carried.changes.push(Change::WithdrawFrom { invitation_id: invitation.id });
    }
    let own = author.own.hosts.iter().filter(|own| own.host_id == Some(author.person.id));
    let hosts = own.map(|own| view::gathering(own, Sees::NoAddress)).collect();
    carried.changes.push(author.change(MemberChange::Leave));
    carried.changes.push(audit("member-left"));
    carried.acts.push(MemberAct::Left { seats, hosts });
}

fn audit(act: &'static str) -> Change {
    Change::Audit { act, gathering_id: None, details: json!({}), command: None }
}

/// Nothing is sent until they are back; seats that they have are kept, and told of.
fn away(
    author: Author<'_>,
    (until, line): (Option<chrono::NaiveDate>, &str),
    carried: &mut Carried,
) {
    let Some(Membership::Active | Membership::Paused) = author.own.membership else {
        carried.leftover.push(line.to_owned());
        return;
    };
    let before = |own: &&OwnInvitation| {
        until.is_none_or(|until| own.answering.gathering.starts_local.date() < until)
    };
    // To an invitation the same words are a no, if they are about its day.
    let answering = author.answering();
    let own = author.own.invitations.iter().filter(before);
    let here = |own: &OwnInvitation| {
        answering.is_some_and(|here| here.invitation.id == own.answering.invitation.id)
    };
    if author.facts.came == Came::ToInvitation && own.clone().any(here) {
        carried.leftover.push(line.to_owned());
    }
    let seats: Vec<GatheringView> = own
        .filter(|own| own.answering.invitation.seat == Seat::Seated)
        .filter(|own| !(author.facts.came == Came::ToInvitation && here(own)))
        .map(|own| view::gathering(&own.answering.gathering, Sees::NoAddress))
        .collect();
    let hosts = missed(author, until).map(|own| view::gathering(own, Sees::NoAddress)).collect();
    carried.changes.push(author.change(MemberChange::Pause(until)));
    carried.acts.push(MemberAct::Away { until, seats, hosts });
}

fn language(author: Author<'_>, tag: &str, carried: &mut Carried) {
    match tag.parse::<Language>() {
        Ok(language) => {
            carried.changes.push(author.change(MemberChange::Language(language)));
            carried.language = Some(language);
            carried.acts.push(MemberAct::Language);
        }
        Err(_) => carried.acts.push(MemberAct::NoSuchLanguage),
    }
}

/// What goes out to everybody must surely be from the member.
fn share(author: Author<'_>, (what, text, line): (Shared, &str, &str), carried: &mut Carried) {
    if author.own.membership != Some(Membership::Active) {
        carried.leftover.push(line.to_owned());
    } else if author.is_sure() {
        carried.changes.push(author.change(MemberChange::Share(what, text.to_owned())));
        carried.acts.push(MemberAct::Shared { what });
    } else {
        request(author, (Requested::Share { shared: what, text: text.to_owned() }, line), carried);
    }
}

/// The author's invitations that hold a seat or a place in line.
fn seats(author: Author<'_>) -> impl Iterator<Item = &OwnInvitation> {
    author.own.invitations.iter().filter(|own| own.answering.invitation.seat != Seat::None)
}

/// What will miss the author as its host, as other organizers hear. Whoever says the same again is
/// missed where they were before, and not where they have become the host since.
fn missed(
    author: Author<'_>,
    until: Option<chrono::NaiveDate>,
) -> impl Iterator<Item = &Gathering> {
    let (own, writes) = (author.own, author.person.id);
    let heard = author.facts.organizers.iter().any(|organizer| organizer.id != writes);
    let again = own.membership == Some(Membership::Paused) && own.away_until == until;
    own.hosts
        .iter()
        .filter(move |_| heard)
        .filter(move |one| until.is_none_or(|until| one.starts_local.date() < until))
        .filter(move |one| one.host_id == Some(writes) && (!again || one.host_gone.is_some()))
}

/// What the author is to be the host of.
fn hosts(author: Author<'_>) -> impl Iterator<Item = GatheringView> {
    author.own.hosts.iter().map(|own| view::gathering(own, Sees::NoAddress))
}

/// Asks for a yes at the address of record. One thing a mail, so that the yes is to that.
fn request(author: Author<'_>, (what, line): (Requested, &str), carried: &mut Carried) {
    if carried.asked {
        carried.acts.push(MemberAct::OneAtATime { line: line.to_owned() });
        return;
    }
    carried.asked = true;
    let expires_at = author.facts.arrived_at + WORD_LASTS;
    let until = clock::local(expires_at, author.facts.community.zone);
    let inbox_id = author.facts.inbox_id;
    let letter = if what == Requested::Erase {
        let seats =
            seats(author).map(|own| view::gathering(&own.answering.gathering, Sees::NoAddress));
        Letter::EraseMe { seats: seats.collect(), hosts: hosts(author).collect(), until }
    } else {
        Letter::Confirm { what: what.clone(), until }
    };
    let reply = NextStep::Request(inbox_id);
    let post = post::answer(author.facts, author.person, letter, reply, author.now);
    carried.posts.push(Post { purpose: Purpose::Confirm(inbox_id), expires_at, ..post });
    carried.changes.push(author.change(MemberChange::Request { what, expires_at }));
}

/// Passes the mail on to the organizers, once.
pub(super) fn relay(author: Author<'_>, whole: &Meaning, carried: &mut Carried) {
    if !carried.relayed {
        // Nothing has been noted from these words.
        let whole = Meaning { answer: None, ..whole.clone() };
        carried.posts.extend(post::relay(author.facts, author.person, &whole, author.now));
        carried.relayed = true;
    }
}
