//! The next mails: listed with their sizes first, then read in bulk, then checked one against the
//! other. A server's OK to a FETCH says nothing about what was in its answer.
//!
//! What is missing from an answer is asked for again, half as many at a time, until a mail that
//! can't be delivered stands alone.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};
use imap_proto::{AttributeValue, Response};

use super::Session;
use super::conversation::{Failure, Heard};
use super::syntax::{uid_in_ruins, uid_set};
use crate::wire::{Arrived, Batch, Cursor, LARGEST_BATCH, LARGEST_HEADER, LARGEST_MAIL, Place};

/// Enough to find one bad mail among some hundred; more would be a storm of logins.
const MOST_REOPENINGS: u32 = 12;

/// A mail that the mailbox holds. Without size or date the server's line about it was unreadable.
#[derive(Debug, Clone, Copy)]
struct Listed {
    uid: u32,
    about: Option<(usize, DateTime<Utc>)>,
}

/// All mails above a UID, as they were listed last.
#[derive(Debug, Default)]
pub(super) struct Listing {
    above: u32,
    mails: Vec<Listed>,
}

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

impl Listing {
    fn after(&self, uid: u32) -> &[Listed] {
        let start = self.mails.partition_point(|mail| mail.uid <= uid);
        self.mails.get(start..).unwrap_or_default()
    }
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

async fn list(session: &mut Session, above: u32) -> Result<(), Failure> {
    // `n:*` means the last mail too where n is above it, so the answer is filtered.
    let command = format!("UID FETCH {}:* (UID RFC822.SIZE INTERNALDATE)", above.saturating_add(1));
    let mut listed: BTreeMap<u32, Listed> = BTreeMap::new();
    // What comes while this runs may or may not be in it: it stays news.
    session.conversation.news.mail = false;
    session
        .settled(&command, |heard| {
            if let Some(mail) = listed_in(&heard).filter(|mail| mail.uid > above) {
                // A change of flags told on the way names the UID too, and nothing else.
                let known = listed.get(&mail.uid).is_some_and(|known| known.about.is_some());
                if !known {
                    listed.insert(mail.uid, mail);
                }
            }
        })
        .await?;
    if let Some(last) = listed.keys().next_back() {
        session.uid_next = session.uid_next.max(last.saturating_add(1));
    }
    session.listing = Listing { above, mails: listed.into_values().collect() };
    Ok(())
}

fn listed_in(heard: &Heard<'_>) -> Option<Listed> {
    let attributes = match heard {
        Heard::Response(Response::Fetch(_, attributes)) => attributes,
        Heard::Response(_) => return None,
        Heard::Unreadable(ruins) => return Some(Listed { uid: uid_in_ruins(ruins)?, about: None }),
    };
    let (mut size, mut date) = (None, None);
    for attribute in attributes {
        if let AttributeValue::Rfc822Size(octets) = attribute {
            size = usize::try_from(*octets).ok();
        }
        if let AttributeValue::InternalDate(text) = attribute {
            date = internal_date(text);
        }
    }
    Some(Listed { uid: uid_in(attributes)?, about: size.zip(date) })
}

/// ` 1-Feb-2026 18:00:00 +0100`: the day is padded with a space (RFC 3501 9, `date-day-fixed`).
fn internal_date(text: &str) -> Option<DateTime<Utc>> {
    let date = DateTime::parse_from_str(text.trim_start(), "%d-%b-%Y %H:%M:%S %z").ok()?;
    Some(date.with_timezone(&Utc))
}

fn uid_in(attributes: &[AttributeValue<'_>]) -> Option<u32> {
    attributes.iter().find_map(|attribute| {
        if let AttributeValue::Uid(uid) = attribute { Some(*uid) } else { None }
    })
}

async fn fetch(session: &mut Session, chunk: &[Listed]) -> Fetched {
    let unreadable = chunk.iter().filter(|mail| mail.part().is_none()).map(|mail| mail.uid);
    let mut fetched = Fetched { unreadable: unreadable.collect(), ..Fetched::default() };
    let of = |part: Part| -> Vec<u32> {
        chunk.iter().filter(|mail| mail.part() == Some(part)).map(|mail| mail.uid).collect()
    };
    // A stack: the first half is asked for before the second.
    let mut work = vec![(Part::Header, of(Part::Header)), (Part::Whole, of(Part::Whole))];
    let mut reopenings = 0;
    while let Some((part, uids)) = work.pop() {
        if uids.is_empty() {
            continue;
        }
        let missing = match ask(session, part, &uids, &mut fetched, &mut reopenings).await {
            Ok(missing) => missing,
            Err(trouble) => {
                fetched.trouble = Some(trouble);
                break;
            }
        };
        let half = missing.len().div_ceil(2).max(1);
        work.extend(missing.chunks(half).rev().map(|uids| (part, uids.to_vec())));
    }
    fetched
}

/// Asks once for some mails, and returns those that are worth asking for again.
async fn ask(
    session: &mut Session,
    part: Part,
    uids: &[u32],
    fetched: &mut Fetched,
    reopenings: &mut u32,
) -> Result<Vec<u32>> {
    let items = match part {
        Part::Whole => "(UID BODY.PEEK[])".to_owned(),
        Part::Header => format!("(UID BODY.PEEK[HEADER]<0.{LARGEST_HEADER}>)"),
    };
    let command = format!("UID FETCH {} {items}", uid_set(uids));
    let raw = &mut fetched.raw;
    let hear = |heard: Heard<'_>| {
        if let Some((uid, octets)) = body_in(&heard)
            && uids.binary_search(&uid).is_ok()
        {
            raw.insert(uid, octets.to_vec());
        }
    };
    let outcome = session.conversation.command(&command, hear).await;
    let mut missing: Vec<u32> =
        uids.iter().filter(|uid| !fetched.raw.contains_key(uid)).copied().collect();
    let refused = match outcome {
        Ok(()) => false,
        Err(Failure::Refused(_)) => true,
        Err(Failure::Malformed(_, response)) if *reopenings < MOST_REOPENINGS => {
            *reopenings += 1;
            session.reopen().await?;
            // Where the server said which mail it was about, that mail is found at once.
            if let Some(uid) = uid_in_ruins(&response).filter(|uid| missing.contains(uid)) {
                missing.retain(|other| *other != uid);
                fetched.suspect.insert(uid);
            }
            true
        }
        Err(failure) => return Err(failure.into()),
    };
    if !missing.is_empty() {
        let there = existing(session, &missing).await?;
        fetched.gone.extend(missing.iter().filter(|uid| !there.contains(uid)));
        missing.retain(|uid| there.contains(uid));
    }
    if uids.len() > 1 {
        return Ok(missing);
    }
    let alone = if refused { &mut fetched.suspect } else { &mut fetched.unreadable };
    alone.extend(missing);
    Ok(Vec::new())
}

/// The octets of the one section that was asked for.
fn body_in<'a>(heard: &'a Heard<'_>) -> Option<(u32, &'a [u8])> {
    let Heard::Response(Response::Fetch(_, attributes)) = heard else { return None };
    let octets = attributes.iter().find_map(|attribute| {
        let AttributeValue::BodySection { data, .. } = attribute else { return None };
        data.as_deref()
    })?;
    Some((uid_in(attributes)?, octets))
}

/// Which of these the mailbox still holds. People delete mails while we read.
async fn existing(session: &mut Session, uids: &[u32]) -> Result<BTreeSet<u32>, Failure> {
    session.conversation.command("NOOP", |_| {}).await?;
    let mut there = BTreeSet::new();
    let command = format!("UID FETCH {} (UID)", uid_set(uids));
    session
        .conversation
        .command(&command, |heard| {
            if let Heard::Response(Response::Fetch(_, attributes)) = heard {
                there.extend(uid_in(&attributes));
            }
        })
        .await?;
    Ok(there)
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
