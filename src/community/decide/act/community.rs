//! Acts on the community: a new member, the digest; and what is taken along.

use chrono::{DateTime, Utc};

use super::{Act, Halt, count};
use crate::command::ProblemKind;
use crate::community::clock;
use crate::community::decision::{Change, Post};
use crate::community::export::{Everything, Extract, MemberRow};
use crate::community::facts::{Facts, Floor, Known};
use crate::community::gathering::Table;
use crate::community::letter::{ActView, Letter, Refusal, Told};
use crate::community::level::Level;
use crate::community::member::Membership;
use crate::community::plan;
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::mail::{EmailAddress, clean_line};

/// Characters of the longest name.
pub(super) const LONGEST_NAME: usize = 80;

/// `nytt medlem Kari Lie kari@example.org`.
pub(super) fn add_member(floor: &Floor, name: &str, address: &str) -> Result<Act, Halt> {
    let Ok(email) = address.parse::<EmailAddress>() else {
        let (what, value) = ("who".to_owned(), address.to_owned());
        return Err(Halt::Problem(ProblemKind::BadValue { what, value }));
    };
    if floor.forgotten.contains(&email) {
        return Err(Halt::Refused(Refusal::Forgotten { address: email }));
    }
    if floor.members.iter().any(|member| member.address == email) {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    let given = if name.trim().is_empty() { email.local() } else { name.trim() };
    let name = clean_line(given, LONGEST_NAME);
    Ok(Act {
        name: "member-added",
        // It can not be undone by mail.
        level: Level::Large,
        view: ActView::AddMember { name: name.clone(), address: email.clone() },
        mails: 0,
        letter: None,
        changes: vec![Change::AddMember { name, email }],
        posts: Vec::new(),
        after: None,
    })
}

/// `nyhetsbrev nå`: to every member who has something to read.
pub(super) fn send_digest(facts: &Facts, floor: &Floor, now: DateTime<Utc>) -> Result<Act, Halt> {
    let due_at = facts.community.by_day(now + facts.community.hold);
    let civil = clock::local(due_at, facts.community.zone);
    let Floor { readers, open, contributions, .. } = floor;
    let posts: Vec<Post> =
        plan::digests(readers, open, contributions, plan::Issue::at(civil, due_at))
            .into_iter()
            .map(|post| Post { purpose: Purpose::DigestNow(post.to.id, facts.inbox_id), ..post })
            .collect();
    if posts.is_empty() {
        return Err(Halt::Refused(Refusal::Nobody));
    }
    Ok(Act {
        name: "digest-sent",
        level: Level::Large,
        view: ActView::Digest { readers: posts.iter().map(|post| post.to.name.clone()).collect() },
        mails: count(posts.len()),
        letter: Some("digest"),
        changes: Vec::new(),
        posts,
        after: None,
    })
}

/// `nyhetsbrev vis`: as the organizer would get it.
pub(in crate::community::decide) fn show_digest(floor: &Floor, now: DateTime<Utc>) -> Told {
    let Floor { organizer, readers, open, contributions, .. } = floor;
    let me = readers.iter().find(|reader| reader.person.id == organizer.id);
    match me.and_then(|me| plan::summary(me, (readers, open, contributions), now)) {
        Some(Letter::Digest { own, coming, shared, newcomers }) => {
            Told::Digest { own, coming, shared, newcomers }
        }
        Some(_) | None => Told::Digest {
            own: Vec::new(),
            coming: Vec::new(),
            shared: Vec::new(),
            newcomers: Vec::new(),
        },
    }
}

/// `eksport torsdag`: a sheet of the guests and an event for the calendar, with the answer.
pub(super) fn export(facts: &Facts, table: &Table) -> Result<Act, Halt> {
    let extract = Extract::of(table, facts.community.zone);
    if extract.invited() == 0 {
        return Err(Halt::Refused(Refusal::Nobody));
    }
    Ok(Act {
        name: "exported",
        // What has been read can not be taken back.
        level: Level::Large,
        view: ActView::Export {
            gathering: view::gathering(&table.gathering, Sees::Address),
            guests: count(extract.invited()),
            extract: Some(Box::new(extract)),
        },
        mails: 0,
        letter: None,
        changes: Vec::new(),
        posts: Vec::new(),
        after: Some(table.clone()),
    })
}

/// `eksport alt`: the members, and each gathering that is to come or has been of late.
pub(super) fn export_all(facts: &Facts, floor: &Floor) -> Act {
    let usual = facts.community.language;
    let is_member =
        |known: &&Known| matches!(known.membership, Some(Membership::Active | Membership::Paused));
    let row = |known: &Known| MemberRow {
        name: known.person.name.clone(),
        email: known.person.address.to_string(),
        language: Some(known.person.language).filter(|language| *language != usual),
        roles: Some("organizer").filter(|_| known.person.organizer).into_iter().collect(),
        phone: known.person.phone.clone(),
    };
    let tables = floor.past.iter().chain(&floor.open);
    let all = Everything {
        members: floor.known.iter().filter(is_member).map(row).collect(),
        gatherings: tables.map(|table| Extract::of(table, facts.community.zone)).collect(),
    };
    Act {
        name: "all-exported",
        level: Level::Grave,
        view: ActView::ExportAll {
            members: count(all.members.len()),
            gatherings: count(all.gatherings.len()),
            extract: Some(Box::new(all)),
        },
        mails: 0,
        letter: None,
        changes: Vec::new(),
        posts: Vec::new(),
        after: None,
    }
}
