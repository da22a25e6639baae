//! What the mailbox holds: numbers, sizes and dates, of all mails at once.
//!
//! One line that no grammar accepts ends the answer. Then the numbers alone are asked for, and the
//! rest about fewer and fewer mails, until the one in question stands alone.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};
use async_imap::imap_proto::{AttributeValue, Response};
use chrono::{DateTime, Utc};

use super::Session;
use super::conversation::Failure;
use super::syntax::{uid_in_ruins, uid_set};

/// UIDs in one command, when they are named one by one: some kilobytes.
const AT_ONCE: usize = 500;

/// A mail that the mailbox holds. Without size or date the server's line about it was unreadable.
#[derive(Debug, Clone, Copy)]
pub(super) struct Listed {
    pub(super) uid: u32,
    pub(super) about: Option<(usize, DateTime<Utc>)>,
}

/// All mails above a UID, as they were listed last.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) above: u32,
    mails: Vec<Listed>,
}

impl Listing {
    /// Those above a UID.
    pub(super) fn after(&self, uid: u32) -> &[Listed] {
        let start = self.mails.partition_point(|mail| mail.uid <= uid);
        self.mails.get(start..).unwrap_or_default()
    }
}

/// Lists all mails above a UID anew.
pub(super) async fn list(session: &mut Session, above: u32) -> Result<()> {
    // What comes while this runs may or may not be in it: it stays news.
    session.conversation.news.mail = false;
    let mut listed = BTreeMap::new();
    let all = format!("{}:*", above.saturating_add(1));
    match look(session, &all, &mut listed).await {
        Err(Failure::Unreadable(start)) => {
            let uid = uid_in_ruins(&start);
            session.reopen(Failure::Unreadable(start)).await?;
            look_closer(session, &all, uid, &mut listed).await?;
        }
        looked => looked?,
    }
    // `n:*` means the last mail too where n is above it.
    listed.retain(|uid, _| *uid > above);
    if let Some(last) = listed.keys().next_back() {
        session.uid_next = session.uid_next.max(last.saturating_add(1));
    }
    session.listing = Listing { above, mails: listed.into_values().collect() };
    Ok(())
}

/// Which of these the mailbox holds. People delete mails while we read.
pub(super) async fn existing(session: &mut Session, set: &str) -> Result<BTreeSet<u32>, Failure> {
    session.conversation.command("NOOP", |_| {}).await?;
    let mut there = BTreeSet::new();
    let hear = |response: &Response<'_>| {
        if let Response::Fetch(_, attributes) = response {
            there.extend(uid_in(attributes));
        }
    };
    session.conversation.command(&format!("UID FETCH {set} (UID)"), hear).await?;
    Ok(there)
}

/// Those to ask for next, in two halves; the last is first.
pub(super) fn halves(uids: &[u32]) -> Vec<Vec<u32>> {
    uids.chunks(uids.len().div_ceil(2).max(1)).rev().map(<[u32]>::to_vec).collect()
}

/// Those to ask for next after an answer that broke off: the blamed one alone, then the others.
/// Where none is named it is the first that is missing, because servers answer in order.
pub(super) fn apart(mut uids: Vec<u32>, blamed: Option<u32>) -> Vec<Vec<u32>> {
    let at = blamed.and_then(|uid| uids.binary_search(&uid).ok()).unwrap_or(0);
    let alone = uids.get(at).copied();
    uids.retain(|uid| Some(*uid) != alone);
    let alone: Vec<u32> = alone.into_iter().collect();
    [uids, alone].into_iter().filter(|uids| !uids.is_empty()).collect()
}

/// The UID that an answer to FETCH tells.
pub(super) fn uid_in(attributes: &[AttributeValue<'_>]) -> Option<u32> {
    attributes.iter().find_map(|attribute| {
        if let AttributeValue::Uid(uid) = attribute { Some(*uid) } else { None }
    })
}

async fn look(
    session: &mut Session,
    set: &str,
    listed: &mut BTreeMap<u32, Listed>,
) -> Result<(), Failure> {
    let command = format!("UID FETCH {set} (UID RFC822.SIZE INTERNALDATE)");
    let hear = |response: &Response<'_>| {
        if let Some(mail) = listed_in(response) {
            // A change of flags told on the way names the UID too, and nothing else.
            let known = listed.get(&mail.uid).is_some_and(|known| known.about.is_some());
            if !known {
                listed.insert(mail.uid, mail);
            }
        }
    };
    session.settled(&command, hear).await
}

async fn look_closer(
    session: &mut Session,
    set: &str,
    blamed: Option<u32>,
    listed: &mut BTreeMap<u32, Listed>,
) -> Result<()> {
    let there = existing(session, set).await?;
    let rest = unlisted(there, listed);
    let mut work: Vec<Vec<u32>> = rest.chunks(AT_ONCE).rev().map(<[u32]>::to_vec).collect();
    if let Some(first) = work.pop() {
        work.extend(apart(first, blamed));
    }
    let mut suspects = Vec::new();
    while let Some(uids) = work.pop() {
        let Err(failure) = look(session, &uid_set(&uids), listed).await else { continue };
        let Failure::Unreadable(start) = &failure else { return Err(failure.into()) };
        let blamed = uid_in_ruins(start);
        match uids.as_slice() {
            [uid] if blamed == Some(*uid) => drop(listed.insert(*uid, unreadable(*uid))),
            [uid] => suspects.push(*uid),
            _ => work.extend(apart(unlisted(uids, listed), blamed)),
        }
        session.reopen(failure).await?;
    }
    // A server that lists others is well, so the trouble is these mails' own.
    ensure!(!listed.is_empty() || suspects.is_empty(), "the server lists no mail that can be read");
    listed.extend(suspects.into_iter().map(|uid| (uid, unreadable(uid))));
    Ok(())
}

fn unlisted(uids: impl IntoIterator<Item = u32>, listed: &BTreeMap<u32, Listed>) -> Vec<u32> {
    let known = |uid: &u32| listed.get(uid).is_some_and(|mail| mail.about.is_some());
    uids.into_iter().filter(|uid| !known(uid)).collect()
}

fn unreadable(uid: u32) -> Listed {
    Listed { uid, about: None }
}

fn listed_in(response: &Response<'_>) -> Option<Listed> {
    let Response::Fetch(_, attributes) = response else { return None };
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_mail_that_is_blamed_is_asked_for_alone_and_first() {
        type Row = (&'static [u32], Option<u32>, &'static [&'static [u32]]);
        let table: [Row; 5] = [
            (&[1, 2, 3, 4], Some(3), &[&[1, 2, 4], &[3]]),
            (&[1, 2, 3, 4], Some(9), &[&[2, 3, 4], &[1]]),
            (&[1, 2, 3, 4], None, &[&[2, 3, 4], &[1]]),
            (&[7], None, &[&[7]]),
            (&[], Some(7), &[]),
        ];
        for (uids, blamed, expected) in table {
            assert_eq!(apart(uids.to_vec(), blamed), expected);
        }
    }

    proptest! {
        #[test]
        fn no_mail_is_lost_in_two_halves(uids in proptest::collection::vec(any::<u32>(), 0..50)) {
            let halves = halves(&uids);
            prop_assert!(halves.len() <= 2 && halves.iter().all(|half| !half.is_empty()));
            let whole: Vec<u32> = halves.into_iter().rev().flatten().collect();
            prop_assert_eq!(whole, uids);
        }
    }
}
