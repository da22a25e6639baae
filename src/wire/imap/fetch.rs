//! The next mails: listed with their sizes first, then read in bulk, then checked one against the
//! other. A server's OK to a FETCH says nothing about what was in its answer.
//!
//! What is missing from an answer is asked for again, half as many at a time, until a mail that
//! can't be delivered stands alone.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use async_imap::imap_proto::{AttributeValue, Response};
use chrono::{DateTime, Utc};

use super::Session;
use super::conversation::Failure;
use super::list::{Listed, apart, existing, halves, list, uid_in};
use super::syntax::{uid_in_ruins, uid_set};
use crate::wire::{Arrived, Batch, Cursor, LARGEST_BATCH, LARGEST_HEADER, LARGEST_MAIL, Place};

/// What came of asking for some mails.
#[derive(Debug, Default)]
struct Fetched {
    raw: BTreeMap<u32, Vec<u8>>,
    /// No longer in the mailbox.
    gone: BTreeSet<u32>,
    /// The server sends it, in a form that nobody can read.
    unreadable: BTreeSet<u32>,
    /// The server does not send it, or breaks the protocol over it. That may be the server's
    /// trouble rather than the mail's.
    suspect: BTreeSet<u32>,
    trouble: Option<anyhow::Error>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Header,
}

/// The next mails above a UID.
pub(super) async fn next(session: &mut Session, from: u32, limit: usize) -> Result<Batch> {
    if from < session.listing.above || session.listing.after(from).is_empty() {
        list(session, from).await?;
    }
    let waiting = session.listing.after(from);
    let chunk: Vec<Listed> = waiting.iter().take(fitting(waiting).min(limit)).copied().collect();
    let more = waiting.len() > chunk.len();
    let fetched = fetch(session, &chunk).await;
    assemble(session, from, &chunk, fetched, more)
}

impl Listed {
    fn part(&self) -> Option<Part> {
        let (size, _) = self.about?;
        Some(if size > LARGEST_MAIL { Part::Header } else { Part::Whole })
    }
}

/// How many of these are one batch: as many as fit, and one at least.
fn fitting(waiting: &[Listed]) -> usize {
    let mut octets = 0_usize;
    let fits = waiting.iter().take_while(|mail| {
        octets = octets.saturating_add(mail.about.map_or(0, |(size, _)| size.min(LARGEST_MAIL)));
        octets <= LARGEST_BATCH
    });
    fits.count().max(1)
}

async fn fetch(session: &mut Session, chunk: &[Listed]) -> Fetched {
    let unreadable = chunk.iter().filter(|mail| mail.part().is_none()).map(|mail| mail.uid);
    let mut fetched = Fetched { unreadable: unreadable.collect(), ..Fetched::default() };
    let of = |part: Part| -> Vec<u32> {
        chunk.iter().filter(|mail| mail.part() == Some(part)).map(|mail| mail.uid).collect()
    };
    // A stack: what is last is asked for first.
    let mut work = vec![(Part::Header, of(Part::Header)), (Part::Whole, of(Part::Whole))];
    while let Some((part, uids)) = work.pop() {
        if uids.is_empty() {
            continue;
        }
        match ask(session, part, &uids, &mut fetched).await {
            Ok(again) => work.extend(again.into_iter().map(|uids| (part, uids))),
            Err(trouble) => {
                fetched.trouble = Some(trouble);
                break;
            }
        }
    }
    fetched
}

/// Asks once for some mails, and returns those that are worth asking for again, and together.
async fn ask(
    session: &mut Session,
    part: Part,
    uids: &[u32],
    fetched: &mut Fetched,
) -> Result<Vec<Vec<u32>>> {
    let items = match part {
        Part::Whole => "(UID BODY.PEEK[])".to_owned(),
        Part::Header => format!("(UID BODY.PEEK[HEADER]<0.{LARGEST_HEADER}>)"),
    };
    let command = format!("UID FETCH {} {items}", uid_set(uids));
    let raw = &mut fetched.raw;
    let hear = |response: &Response<'_>| {
        if let Some((uid, octets)) = body_in(response)
            && uids.binary_search(&uid).is_ok()
        {
            raw.insert(uid, octets.to_vec());
        }
    };
    let outcome = session.conversation.command(&command, hear).await;
    let mut missing: Vec<u32> =
        uids.iter().filter(|uid| !fetched.raw.contains_key(uid)).copied().collect();
    let blame = blame(session, outcome).await?;
    if !missing.is_empty() {
        let there = existing(session, &uid_set(&missing)).await?;
        fetched.gone.extend(missing.iter().filter(|uid| !there.contains(uid)));
        missing.retain(|uid| there.contains(uid));
    }
    if uids.len() > 1 {
        return Ok(match blame {
            Blame::Nobody | Blame::Refusal => halves(&missing),
            Blame::Response(uid) | Blame::Server(uid) => apart(missing, uid),
        });
    }
    let own = match blame {
        Blame::Nobody => true,
        Blame::Response(uid) => uid == missing.first().copied(),
        Blame::Refusal | Blame::Server(_) => false,
    };
    let alone = if own { &mut fetched.unreadable } else { &mut fetched.suspect };
    alone.extend(missing);
    Ok(Vec::new())
}

/// What is to blame for mails that are missing from an answer.
enum Blame {
    /// The server was content, and yet it did not deliver them.
    Nobody,
    /// It said NO, and may say so of any of them.
    Refusal,
    /// A response that nobody can read, about this mail as far as it names one.
    Response(Option<u32>),
    /// A server that broke the protocol, over this mail as far as it names one.
    Server(Option<u32>),
}

async fn blame(session: &mut Session, outcome: Result<(), Failure>) -> Result<Blame> {
    let failure = match outcome {
        Ok(()) => return Ok(Blame::Nobody),
        Err(Failure::Refused(_)) => return Ok(Blame::Refusal),
        Err(failure) => failure,
    };
    let blame = match &failure {
        Failure::Unreadable(start) => Blame::Response(uid_in_ruins(start)),
        Failure::Malformed(_, start) => Blame::Server(uid_in_ruins(start)),
        Failure::Refused(_) | Failure::Lost(_) => return Err(failure.into()),
    };
    session.reopen(failure).await?;
    Ok(blame)
}

/// The octets of the one section that was asked for.
fn body_in<'a>(response: &'a Response<'_>) -> Option<(u32, &'a [u8])> {
    let Response::Fetch(_, attributes) = response else { return None };
    let octets = attributes.iter().find_map(|attribute| {
        let AttributeValue::BodySection { data, .. } = attribute else { return None };
        data.as_deref()
    })?;
    Some((uid_in(attributes)?, octets))
}

/// Moves the cursor as far as every mail is accounted for, and takes those up to there.
fn assemble(
    session: &Session,
    from: u32,
    chunk: &[Listed],
    mut fetched: Fetched,
    more: bool,
) -> Result<Batch> {
    // A server that delivers a later mail is well, so the trouble is the earlier mail's own.
    let proven = fetched.raw.keys().next_back().copied().unwrap_or(0);
    let cursor = Cursor { uid_validity: session.uid_validity, uid: from };
    let mut batch = Batch { cursor, more, ..Batch::default() };
    for mail in chunk {
        let uid = mail.uid;
        let suspect = fetched.suspect.contains(&uid);
        if let (Some(raw), Some((size, date))) = (fetched.raw.remove(&uid), mail.about) {
            batch.mails.push(arrived(session, uid, date, (size, raw)));
        } else if fetched.unreadable.contains(&uid) || (suspect && uid < proven) {
            batch.unreadable.push(uid);
        } else if !fetched.gone.contains(&uid) {
            // The session is dead or the next batch begins here.
            batch.more = true;
            break;
        }
        batch.cursor.uid = uid;
    }
    match fetched.trouble {
        _ if batch.cursor.uid > from || chunk.is_empty() => Ok(batch),
        Some(trouble) => Err(trouble),
        None => bail!("the server delivers no mail, though it lists {}", chunk.len()),
    }
}

fn arrived(
    session: &Session,
    uid: u32,
    arrived_at: DateTime<Utc>,
    (size, raw): (usize, Vec<u8>),
) -> Arrived {
    let place = Place {
        mailbox: session.mailbox.clone(),
        uid_validity: session.uid_validity,
        uid,
        file: String::new(),
    };
    let mail = Arrived::new(place, arrived_at, raw);
    Arrived { too_large: mail.too_large || size > LARGEST_MAIL, ..mail }
}
