//! A post becomes a finished mail: words, headers, calendar, signature. From here on its octets
//! never change.

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::Desk;
use crate::community::decision::{EventPart, Method, Post};
use crate::community::export::{self, Extract};
use crate::community::facts::NextStep;
use crate::community::gathering::LASTS;
use crate::community::letter::{ActView, Letter, OwnData};
use crate::community::purpose::Purpose;
use crate::community::{Community, Gathering, Person, clock};
use crate::language::Language;
use crate::letters::{Address, Written};
use crate::mail::calendar::{self, Event, Notice};
use crate::mail::compose::{
    AutoSubmitted, CalendarPart, Enclosure, Mailbox, Outgoing, Unsubscribe, compose,
};
use crate::mail::token::Family;
use crate::mail::{EmailAddress, Message};
use crate::store::outbox::{self, Finished};
use crate::store::tables;

/// The mail that leads to this one.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// Its row.
    pub inbox_id: i64,
    /// The mail itself, where this one goes to its author and so is a reply to it.
    pub replies_to: Option<&'a Message>,
}

/// Writes a mail and queues it, unless its purpose has had its mail. Says whether it was new.
pub async fn queue(
    db: &mut PgConnection,
    desk: &Desk,
    post: &Post,
    answered: Option<Answered<'_>>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let names = names(db, desk, post).await?;
    let finished = finish(desk, post, (&names, answered), now)
        .with_context(|| format!("write {}", post.purpose))?;
    if let (Some(_), Some(thread)) = (&post.event, &names.thread) {
        outbox::remember_calendar(db, thread.invitation_id, &thread.calendar_uid).await?;
    }
    outbox::enqueue(db, &finished, now).await
}

/// What programs tell a mail by.
#[derive(Debug)]
struct Names {
    message_id: String,
    thread: Option<Thread>,
}

async fn names(db: &mut PgConnection, desk: &Desk, post: &Post) -> Result<Names> {
    let mut message_id = message_id(desk, &post.purpose);
    // A purpose has a second mail where the first one reached nobody. It is another mail.
    let mut number = 1;
    while outbox::is_named(db, &message_id).await? {
        number += 1;
        message_id = numbered(desk, &post.purpose, number);
    }
    let thread = match post.invitation_id {
        Some(invitation) => Some(thread(db, desk, invitation).await?),
        None => None,
    };
    Ok(Names { message_id, thread })
}

/// What is the same in all mails to a guest about a gathering. What has gone out once stays, also
/// where it was named with an older key.
#[derive(Debug)]
struct Thread {
    invitation_id: i64,
    calendar_uid: String,
    root: String,
}

async fn thread(db: &mut PgConnection, desk: &Desk, invitation_id: i64) -> Result<Thread> {
    let first = Purpose::Invitation(invitation_id, 0);
    let (uid, root) = outbox::thread(db, invitation_id, &first.to_string()).await?;
    Ok(Thread {
        invitation_id,
        calendar_uid: uid.unwrap_or_else(|| event_uid(desk, invitation_id)),
        root: root.unwrap_or_else(|| message_id(desk, &first)),
    })
}

/// Tells somebody we do not know that their mail was passed on. They are nobody here, so there is
/// no row of theirs, and the mail names only their address.
pub async fn hold(
    db: &mut PgConnection,
    desk: &Desk,
    (stranger, invitation_id): (&EmailAddress, i64),
    answered: Answered<'_>,
    now: DateTime<Utc>,
) -> Result<bool> {
    let community = &desk.community;
    let language = match tables::gathering_of(db, invitation_id).await? {
        Some(gathering) => tables::gathering(db, gathering).await?.language,
        None => None,
    };
    let post = Post {
        purpose: Purpose::Holding(invitation_id, clock::local(now, community.zone).date()),
        to: Person {
            id: 0,
            name: String::new(),
            address: stranger.clone(),
            language: language.unwrap_or(community.language),
            phone: None,
            active: false,
            away: false,
            organizer: false,
        },
        letter: Letter::Holding,
        reply: NextStep::Community,
        event: None,
        gathering_id: None,
        invitation_id: None,
        due_at: now,
        expires_at: now + TimeDelta::days(5),
    };
    let names = names(db, desk, &post).await?;
    let finished =
        finish(desk, &post, (&names, Some(answered)), now).context("write to a stranger")?;
    outbox::enqueue(db, &Finished { person_id: None, ..finished }, now).await
}

/// The finished mail for a post.
fn finish(
    desk: &Desk,
    post: &Post,
    (names, answered): (&Names, Option<Answered<'_>>),
    now: DateTime<Utc>,
) -> Result<Finished> {
    let reply_to = reply_address(desk, &post.reply);
    let written = desk
        .letters
        .write(
            &post.letter,
            &Address {
                guest_name: post.to.name.clone(),
                community_name: desk.community.name.clone(),
                language: post.to.language,
                reply_to: Some(reply_to.clone()),
            },
        )
        .map_err(|problem| anyhow!(problem))?;
    let message_id = names.message_id.clone();
    let body_text = written.text.clone();
    let outgoing = outgoing(desk, post, (written, reply_to), (names, answered), now);
    let mut message = compose(&outgoing).map_err(|problem| anyhow!(problem))?;
    if let Some(signer) = &desk.signer {
        message = signer.sign(&message, now).map_err(|problem| anyhow!(problem))?;
    }
    Ok(Finished {
        community_id: desk.community.id,
        purpose: post.purpose.to_string(),
        sender: return_path(desk, &message_id).to_string(),
        message_id,
        letter: post.letter.name().to_owned(),
        forget: post.letter.is_forgotten(),
        person_id: Some(post.to.id),
        gathering_id: post.gathering_id,
        invitation_id: post.invitation_id,
        proposal_id: match post.reply {
            NextStep::Proposal(id) | NextStep::Notice { proposal: id, .. } => Some(id),
            NextStep::Guest(_)
            | NextStep::Pending(_)
            | NextStep::Host(_)
            | NextStep::Organizer(_)
            | NextStep::Member(_)
            | NextStep::Request(_)
            | NextStep::Person(_)
            | NextStep::Community => None,
        },
        answers: answered.map(|answered| answered.inbox_id),
        recipient: post.to.address.to_string(),
        message,
        body_text,
        calendar_sequence: post.event.as_ref().map(|event| event.sequence),
        on_doubt: post.purpose.on_doubt().as_str(),
        due_at: post.due_at,
        expires_at: post.expires_at,
    })
}

fn outgoing(
    desk: &Desk,
    post: &Post,
    (written, reply_to): (Written, EmailAddress),
    (names, answered): (&Names, Option<Answered<'_>>),
    now: DateTime<Utc>,
) -> Outgoing {
    let community = &desk.community;
    Outgoing {
        from: Mailbox { name: community.name.clone(), address: community.address.clone() },
        to: Mailbox { name: post.to.name.clone(), address: post.to.address.clone() },
        calendar: post.event.as_ref().and_then(|event| {
            let thread = names.thread.as_ref()?;
            Some(calendar_part(desk, post, (event, thread), (&written, &reply_to), now))
        }),
        enclosures: enclosures(desk, post, now),
        reply_to,
        subject: written.subject,
        text: written.text,
        html: written.html,
        message_id: names.message_id.clone(),
        references: references(names, answered),
        date: now,
        auto_submitted: match answered.and_then(|answered| answered.replies_to) {
            Some(_) => AutoSubmitted::Replied,
            None => AutoSubmitted::Generated,
        },
        list_id: answered
            .is_none()
            .then(|| format!("{}.{}", community.address.local(), community.address.domain())),
        unsubscribe: answered.is_none().then(|| Unsubscribe {
            to: community.address.clone(),
            link: stop_link(desk, post.to.id),
        }),
    }
}

/// The files that go with a letter.
fn enclosures(desk: &Desk, post: &Post, now: DateTime<Utc>) -> Vec<Enclosure> {
    let language = post.to.language;
    if let Letter::MyData(data) = &post.letter {
        return own_data(data, language).into_iter().collect();
    }
    if let Letter::Done { acts, .. } = &post.letter {
        return exports(desk, acts, language, now);
    }
    Vec::new()
}

/// Where one click stops somebody's digest, if anybody answers there.
pub fn stop_link(desk: &Desk, person_id: i64) -> Option<String> {
    let slug = &desk.community.slug;
    let token = desk.keys.seal(Family::Stop, slug, person_id);
    desk.public_url.as_ref().map(|url| format!("{url}/stop/{slug}/{token}"))
}

/// `mine data` as a file, for other programs.
fn own_data(data: &OwnData, language: Language) -> Option<Enclosure> {
    let name = match language {
        Language::En => "my-data.json",
        Language::Nb | Language::Nn => "mine-data.json",
    };
    let octets = serde_json::to_vec_pretty(&data.file).ok()?;
    Some(Enclosure { name: name.to_owned(), media_type: "application/json", octets })
}

/// Each gathering that was asked for as a sheet, and all of them as a calendar.
fn exports(
    desk: &Desk,
    acts: &[ActView],
    language: Language,
    now: DateTime<Utc>,
) -> Vec<Enclosure> {
    let community = &desk.community;
    let (mut extracts, mut lists): (Vec<Extract>, Vec<Enclosure>) = (Vec::new(), Vec::new());
    for act in acts {
        if let ActView::Export { extract: Some(extract), .. } = act {
            extracts.push(extract.as_ref().clone());
        }
        if let ActView::ExportAll { extract: Some(all), .. } = act {
            extracts.extend(all.gatherings.iter().cloned());
            lists.push(Enclosure {
                name: format!("{}.csv", export::list_name(&community.slug)),
                media_type: "text/csv; charset=utf-8; header=present",
                octets: export::members(&all.members),
            });
        }
    }
    let Some(first) = extracts.first() else { return lists };
    let name = |extract: &Extract, ending: &str| {
        format!("{}.{ending}", export::file_name(&community.slug, extract.gathering.starts_local))
    };
    let sheets = extracts.iter().map(|extract| Enclosure {
        name: name(extract, "csv"),
        media_type: "text/csv; charset=utf-8; header=present",
        octets: extract.sheet(language),
    });
    let gatherings: Vec<&Gathering> = extracts.iter().map(|extract| &extract.gathering).collect();
    let calendar = Enclosure {
        name: name(first, "ics"),
        media_type: "text/calendar; charset=utf-8; method=PUBLISH",
        octets: calendar_of(community, &gatherings, now).into_bytes(),
    };
    lists.into_iter().chain(sheets).chain([calendar]).collect()
}

/// A calendar of gatherings, for nobody in particular.
pub fn calendar_of(community: &Community, gatherings: &[&Gathering], now: DateTime<Utc>) -> String {
    let notices: Vec<Notice> = gatherings
        .iter()
        .map(|gathering| Notice {
            // Of nobody's invitation, so that no answer to it is anybody's.
            uid: format!("{}-{}@{}", community.slug, gathering.id, community.address.domain()),
            sequence: gathering.sequence,
            starts_at: gathering.starts_at,
            ends_at: gathering.starts_at + LASTS,
            summary: gathering.title.clone().unwrap_or_else(|| community.name.clone()),
            location: gathering.place.clone(),
            description: export::description(gathering),
        })
        .collect();
    calendar::publish(&notices, (&community.name, &community.address), now)
}

/// Each gathering is one thread: its root is the invitation, its last mail the one answered. An
/// organizer's thread is the mails that they answer. Of a long one, [`compose`] keeps the root and the
/// newest.
fn references(names: &Names, answered: Option<Answered<'_>>) -> Vec<String> {
    let root = names.thread.as_ref().map(|thread| thread.root.clone());
    let root = root.filter(|root| *root != names.message_id);
    let mut references: Vec<String> = root.into_iter().collect();
    if let Some(message) = answered.and_then(|answered| answered.replies_to) {
        references.extend(message.references.iter().cloned());
        references.extend(message.message_id.clone());
    }
    let mut seen = std::collections::BTreeSet::new();
    references.retain(|reference| seen.insert(reference.clone()));
    references
}

fn calendar_part(
    desk: &Desk,
    post: &Post,
    (event, thread): (&EventPart, &Thread),
    (written, reply_to): (&Written, &EmailAddress),
    now: DateTime<Utc>,
) -> CalendarPart {
    let event_text = Event {
        uid: thread.calendar_uid.clone(),
        sequence: event.sequence,
        dtstamp: now,
        zone: desk.community.zone,
        starts_at: event.starts_at,
        ends_at: event.starts_at + LASTS,
        summary: event.summary.clone(),
        location: event.location.clone(),
        description: written.text.clone(),
        organizer_name: desk.community.name.clone(),
        organizer: reply_to.clone(),
        attendee_name: post.to.name.clone(),
        attendee: post.to.address.clone(),
    };
    match event.method {
        Method::Request => CalendarPart { method: "REQUEST", text: calendar::request(&event_text) },
        Method::Cancel => CalendarPart { method: "CANCEL", text: calendar::cancel(&event_text) },
    }
}

/// The Message-ID of a purpose, by the newest key.
pub fn message_id(desk: &Desk, purpose: &Purpose) -> String {
    numbered(desk, purpose, 1)
}

fn numbered(desk: &Desk, purpose: &Purpose, number: u32) -> String {
    let mut reason = format!("message:{}:{purpose}", desk.community.slug);
    if number > 1 {
        reason = format!("{reason}:{number}");
    }
    format!("{}@{}", desk.keys.name(&reason), desk.community.address.domain())
}

/// The calendar UID of an invitation that has none yet.
fn event_uid(desk: &Desk, invitation: i64) -> String {
    let reason = format!("event:{}:{invitation}", desk.community.slug);
    format!("{}@{}", desk.keys.name(&reason), desk.community.address.domain())
}

/// Where an answer goes. Without subaddresses the thread tells what it is about.
fn reply_address(desk: &Desk, next: &NextStep) -> EmailAddress {
    let (family, id) = match next {
        NextStep::Guest(id) => (Family::Guest, *id),
        NextStep::Proposal(id) => (Family::Proposal, *id),
        NextStep::Notice { notice, .. } => (Family::Notice, *notice),
        NextStep::Pending(id) => (Family::Pending, *id),
        NextStep::Host(id) => (Family::Host, *id),
        NextStep::Organizer(id) => (Family::Organizer, *id),
        NextStep::Member(id) => (Family::Member, *id),
        NextStep::Request(id) => (Family::Request, *id),
        NextStep::Person(address) => return address.clone(),
        NextStep::Community => return desk.community.address.clone(),
    };
    if !desk.community.subaddress {
        return desk.community.address.clone();
    }
    desk.community.address.with_detail(&desk.keys.seal(family, &desk.community.slug, id))
}

/// The first letter of the detail of a return path.
pub(super) const RETURN: &str = "r-";

/// The reverse-path: it names the mail, so that whatever comes back is recognised.
fn return_path(desk: &Desk, message_id: &str) -> EmailAddress {
    let stem = message_id.split('@').next().unwrap_or_default();
    if desk.community.subaddress {
        desk.community.address.with_detail(&format!("{RETURN}{stem}"))
    } else {
        desk.community.address.clone()
    }
}
