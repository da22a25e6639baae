//! Acts on members: away and back, out, put right, erased; and who organizes.
//!
//! Invariant: whoever organizes is neither sent away nor removed nor erased by these; that takes the
//! word of another organizer first.

use chrono::{DateTime, NaiveDate, Utc};

use super::community::LONGEST_NAME;
use super::{Act, Halt, count};
use crate::command::{MemberField, ProblemKind, Role};
use crate::community::decide::{people, post};
use crate::community::decision::{Change, Post};
use crate::community::facts::{Facts, Floor, NextStep};
use crate::community::gathering::{Invitation, Seat, Table};
use crate::community::letter::{ActView, GatheringView, Letter, MemberNews, Refusal};
use crate::community::level::Level;
use crate::community::member::{MemberChange, Membership};
use crate::community::person::Person;
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::mail::{EmailAddress, clean_line};

/// The one whom a name means among those who stand in one of these ways.
fn somebody(floor: &Floor, standing: &[Membership], name: &str) -> Result<Person, Halt> {
    let fits = floor.known.iter().filter(|known| {
        standing.is_empty() || known.membership.is_some_and(|is| standing.contains(&is))
    });
    let circle: Vec<Person> = fits.map(|known| known.person.clone()).collect();
    people::one(floor, &circle, name).cloned()
}

/// The same, where they do not organize.
fn no_organizer(floor: &Floor, standing: &[Membership], name: &str) -> Result<Person, Halt> {
    let person = somebody(floor, standing, name)?;
    if person.organizer {
        return Err(Halt::Refused(Refusal::Organizes { who: person.name }));
    }
    Ok(person)
}

/// A change of somebody, and what they are told of it.
fn change(
    name: &'static str,
    person: &Person,
    change: MemberChange,
    told: Option<Post>,
    view: ActView,
) -> Act {
    Act {
        name,
        level: Level::Small,
        view,
        mails: count(told.iter().count()),
        letter: None,
        changes: vec![Change::Member { person_id: person.id, change }],
        posts: told.into_iter().collect(),
        after: None,
    }
}

fn tell(
    facts: &Facts,
    floor: &Floor,
    person: &Person,
    news: MemberNews,
    now: DateTime<Utc>,
) -> Post {
    let letter = Letter::Membership { organizer: floor.organizer.name.clone(), news };
    Post {
        purpose: Purpose::Told(person.id, facts.inbox_id),
        due_at: facts.community.by_day(now + facts.community.hold),
        ..post::answer(facts, person, letter, NextStep::Member(person.id), now)
    }
}

/// Their invitations to what is to come.
fn invitations<'a>(
    floor: &'a Floor,
    person: &Person,
) -> impl Iterator<Item = (&'a Table, &'a Invitation)> {
    let id = person.id;
    floor.open.iter().filter_map(move |table| {
        let own = table.invitations.iter().find(|(_, guest)| guest.id == id);
        own.map(|(invitation, _)| (table, invitation))
    })
}

/// Where they have a seat, before a day if one is given.
fn seats(floor: &Floor, person: &Person, until: Option<NaiveDate>) -> Vec<GatheringView> {
    let before =
        |table: &Table| until.is_none_or(|until| table.gathering.starts_local.date() < until);
    invitations(floor, person)
        .filter(|(table, invitation)| invitation.seat == Seat::Seated && before(table))
        .map(|(table, _)| view::gathering(&table.gathering, Sees::NoAddress))
        .collect()
}

/// What they are to be the host of.
fn hosts(floor: &Floor, person: &Person) -> Vec<GatheringView> {
    let own = floor.open.iter().filter(|table| table.gathering.host_id == Some(person.id));
    own.map(|table| view::gathering(&table.gathering, Sees::NoAddress)).collect()
}

/// `pause Kari til mai`: nothing is sent meanwhile; seats that they have are kept, and told of.
pub(super) fn pause(
    facts: &Facts,
    floor: &Floor,
    (name, until): (&str, Option<NaiveDate>),
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let person = no_organizer(floor, &[Membership::Active, Membership::Paused], name)?;
    let seats = seats(floor, &person, until);
    let news = MemberNews::Paused { until, seats: seats.clone() };
    let told = tell(facts, floor, &person, news, now);
    let view = ActView::PauseMember { name: person.name.clone(), until, seats };
    Ok(change("member-paused", &person, MemberChange::Pause(until), Some(told), view))
}

/// `Kari er tilbake`.
pub(super) fn resume(
    facts: &Facts,
    floor: &Floor,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let person = somebody(floor, &[Membership::Active, Membership::Paused], name)?;
    if person.active {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    let told = tell(facts, floor, &person, MemberNews::Resumed, now);
    let view = ActView::ResumeMember { name: person.name.clone() };
    Ok(change("member-resumed", &person, MemberChange::Resume, Some(told), view))
}

/// `medlem ut Per`: no mail any more, and off every list.
pub(super) fn remove(
    facts: &Facts,
    floor: &Floor,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let standing = [Membership::Candidate, Membership::Active, Membership::Paused];
    let person = no_organizer(floor, &standing, name)?;
    let seats = seats(floor, &person, None);
    let told = tell(facts, floor, &person, MemberNews::Removed { seats: seats.clone() }, now);
    let view = ActView::RemoveMember {
        name: person.name.clone(),
        address: person.address.clone(),
        seats,
        hosts: hosts(floor, &person),
    };
    let mut act = change("member-removed", &person, MemberChange::Leave, Some(told), view);
    act.level = Level::Large;
    // An invitation would let them back in.
    for (table, invitation) in invitations(floor, &person) {
        let gathering_id = table.gathering.id;
        act.changes.push(Change::WithdrawFrom { invitation_id: invitation.id });
        act.changes.push(Change::Uninvite { gathering_id, person_id: person.id });
        act.changes.push(Change::Touch { gathering_id });
    }
    Ok(act)
}

/// `ny adresse for Kari: kari@example.net`, `Kari heter nå Kari Moe`.
pub(super) fn put_right(
    facts: &Facts,
    floor: &Floor,
    (name, field, value): (&str, MemberField, &str),
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let person = somebody(floor, &[], name)?;
    if field == MemberField::Address {
        return new_address(facts, floor, &person, value, now);
    }
    let value = clean_line(value, LONGEST_NAME);
    let language = value.parse().ok();
    let (is_so, read) = match field {
        MemberField::Name => (value == person.name, Some(MemberChange::Name(value.clone()))),
        MemberField::Phone => {
            (Some(&value) == person.phone.as_ref(), Some(MemberChange::Phone(value.clone())))
        }
        // A language that is only the community's has not been chosen yet.
        MemberField::Language => (false, language.map(MemberChange::Language)),
        MemberField::Address => (false, None),
    };
    let Some(read) = read else { return Err(bad(field, value)) };
    if is_so {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    let view = ActView::ChangeMember {
        name: person.name.clone(),
        field: field.name(),
        value,
        asked_again: Vec::new(),
        told: false,
    };
    Ok(change("member-changed", &person, read, None, view))
}

fn bad(field: MemberField, value: String) -> Halt {
    Halt::Problem(ProblemKind::BadValue { what: field.name().to_owned(), value })
}

/// Whoever can choose where somebody's mail goes can be them, so this is shown first; and an
/// organizer's is as heavy as another organizer. The old address is told, unless mail comes back from
/// it: then they are asked anew.
fn new_address(
    facts: &Facts,
    floor: &Floor,
    person: &Person,
    value: &str,
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let Ok(email) = value.parse::<EmailAddress>() else {
        return Err(bad(MemberField::Address, value.to_owned()));
    };
    if email == person.address {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    if floor.forgotten.contains(&email) {
        return Err(Halt::Refused(Refusal::Forgotten { address: email }));
    }
    let others = floor.known.iter().filter(|known| known.person.id != person.id);
    if others.clone().any(|known| known.addresses.contains(&email)) {
        return Err(Halt::Refused(Refusal::AddressTaken { address: email }));
    }
    let reached = invitations(floor, person).all(|(_, invitation)| !invitation.unreached);
    let told = reached.then(|| tell(facts, floor, person, MemberNews::Address, now));
    let asked_again: Vec<GatheringView> = invitations(floor, person)
        .filter(|(_, invitation)| invitation.unreached && invitation.is_silent())
        .filter(|(_, invitation)| !invitation.letter_left && !invitation.saved)
        .map(|(table, _)| view::gathering(&table.gathering, Sees::NoAddress))
        .collect();
    let mails = count(told.iter().count() + asked_again.len());
    let view = ActView::ChangeMember {
        name: person.name.clone(),
        field: MemberField::Address.name(),
        value: email.to_string(),
        asked_again,
        told: told.is_some(),
    };
    let changed = MemberChange::Address(email);
    let act = change("address-changed", person, changed, told, view);
    Ok(Act { mails, level: if person.organizer { Level::Grave } else { Level::Large }, ..act })
}

/// `slett Per`: as if Per had asked for it.
pub(super) fn erase(
    facts: &Facts,
    floor: &Floor,
    name: &str,
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let person = no_organizer(floor, &[], name)?;
    let view = ActView::Erase {
        name: person.name.clone(),
        seats: seats(floor, &person, None),
        hosts: hosts(floor, &person),
    };
    let told = erased(facts, &person, now);
    let act = change("person-erased", &person, MemberChange::Erase, Some(told), view);
    Ok(Act { level: Level::Large, ..act })
}

/// The last letter that they get.
fn erased(facts: &Facts, person: &Person, now: DateTime<Utc>) -> Post {
    let letter = Letter::Erased { backups_until: None };
    Post {
        purpose: Purpose::Told(person.id, facts.inbox_id),
        due_at: facts.community.by_day(now + facts.community.hold),
        ..post::answer(facts, person, letter, NextStep::Community, now)
    }
}

/// `slett alle`: everybody who does not organize, as if each had asked for it.
pub(super) fn erase_all(facts: &Facts, floor: &Floor, now: DateTime<Utc>) -> Result<Act, Halt> {
    let known = floor.known.iter().map(|known| &known.person);
    let people: Vec<&Person> = known.filter(|person| !person.organizer).collect();
    if people.is_empty() {
        return Err(Halt::Refused(Refusal::Nobody));
    }
    let change =
        |person: &&Person| Change::Member { person_id: person.id, change: MemberChange::Erase };
    Ok(Act {
        name: "all-erased",
        level: Level::Grave,
        view: ActView::EraseAll { people: count(people.len()) },
        mails: count(people.len()),
        letter: None,
        changes: people.iter().map(change).collect(),
        posts: people.iter().map(|person| erased(facts, person, now)).collect(),
        after: None,
    })
}

/// `arrangør Ola`, `arrangør ut Ola`.
pub(super) fn organizer(
    facts: &Facts,
    floor: &Floor,
    (name, role): (&str, Role),
    now: DateTime<Utc>,
) -> Result<Act, Halt> {
    let person = people::one(floor, &floor.members, name)?;
    if person.organizer == (role == Role::Organizer) {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    let (name, address) = (person.name.clone(), person.address.clone());
    let view = ActView::Organizer { name, address, role };
    // Whoever is one no longer has heard of it with the others.
    let told = (role == Role::Organizer).then(|| Post {
        purpose: Purpose::Told(person.id, facts.inbox_id),
        ..post::answer(
            facts,
            person,
            Letter::Appointed { organizer: floor.organizer.name.clone() },
            NextStep::Organizer(person.id),
            now,
        )
    });
    let act = match role {
        Role::Organizer => "organizer-added",
        Role::Member => "organizer-removed",
    };
    let change = change(act, person, MemberChange::Role(role), told, view);
    Ok(Act { level: Level::Grave, mails: 0, ..change })
}
