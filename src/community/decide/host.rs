//! "Will you be the host?": the one who was asked says so. Whoever is it already writes about it.

use chrono::{DateTime, Utc};

use super::post;
use crate::community::decision::{Change, Decision, Disposition, Post};
use crate::community::facts::{Facts, Hosting, NextStep};
use crate::community::gathering::Gathering;
use crate::community::letter::{HostNews, Letter, Writer};
use crate::community::person::Person;
use crate::community::plan;
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::understand::{Answer, CONFIDENT, Meaning};

/// Decides about their answer. The organizers read it in any case.
pub(super) fn decide(
    facts: &Facts,
    (hosting, person): (&Hosting, &Person),
    meaning: &Meaning,
    now: DateTime<Utc>,
) -> Decision {
    let sure = meaning.answer.filter(|_| meaning.confidence >= CONFIDENT);
    let gathering = &hosting.gathering;
    let hosts = gathering.host_id == Some(person.id);
    // To whoever reads that somebody else is the host now, a friendly yes is no offer to be it.
    let asked = hosting.asked && !hosts;
    let mut posts = post::relay(facts, person, meaning, now);
    for post in &mut posts {
        if let Letter::GuestWrote { gathering: about, answer, writer, .. } = &mut post.letter {
            *about = Some(view::gathering(gathering, Sees::Address));
            *answer = sure.filter(|_| hosts || asked);
            *writer = match (hosts, now < gathering.starts_at) {
                (true, true) => Writer::Host,
                (false, true) if asked => Writer::AskedToHost,
                (false, true) => Writer::NotAsked,
                (_, false) => Writer::Afterwards,
            };
        }
        post.gathering_id = Some(gathering.id);
    }
    let mut changes = Vec::new();
    if sure == Some(Answer::Yes) && asked {
        changes.push(Change::Host { gathering_id: gathering.id, person_id: person.id });
        changes.push(Change::Audit {
            act: "host-changed",
            gathering_id: Some(gathering.id),
            details: serde_json::json!({}),
            command: None,
        });
        let before = hosting.host.as_ref().filter(|before| !before.organizer);
        let due_at = facts.community.by_day(now);
        posts.extend(before.map(|before| replaced(gathering, (before, person), due_at)));
    }
    let letter = Letter::HostNoted {
        gathering: view::gathering(gathering, Sees::Address),
        yes: match sure {
            Some(Answer::Yes) if asked => Some(true),
            // Whoever is it stays it until somebody else is.
            Some(Answer::No) if asked => Some(false),
            Some(Answer::Yes | Answer::No | Answer::Maybe) | None => None,
        },
        asked,
    };
    posts.push(Post {
        gathering_id: Some(gathering.id),
        ..post::answer(facts, person, letter, NextStep::Host(gathering.id), now)
    });
    Decision { changes, posts, disposition: Disposition::HostAnswered }
}

/// Tells whoever was the host that somebody else is.
pub(super) fn replaced(
    gathering: &Gathering,
    (before, host): (&Person, &Person),
    due_at: DateTime<Utc>,
) -> Post {
    let gathering = Gathering {
        host: Some(host.name.clone()),
        host_id: Some(host.id),
        host_phone: host.phone.clone(),
        ..gathering.clone()
    };
    let version = i64::from(gathering.version);
    let purpose = Purpose::HostNews(gathering.id, "replaced", version, before.id);
    let news = HostNews::Replaced { by: host.name.clone() };
    plan::to_host(&gathering, before, (purpose, news), due_at)
}
