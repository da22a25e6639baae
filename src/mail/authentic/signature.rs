//! DKIM signatures (RFC 6376, 8301, 8463). mail-auth computes; what is accepted is decided here.
//!
//! mail-auth says "pass" of a signature that does not cover From, of SHA-1 and of testing keys, and
//! it judges expiry by the clock on the wall. Its parts are used, not its verdict.

use chrono::{DateTime, TimeDelta, Utc};
use mail_auth::AuthenticatedMessage;
use mail_auth::common::crypto::{Algorithm, HashAlgorithm};
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dkim::Signature;

use super::{Answers, Txt, gate, tags};
use crate::mail::bounds::Block;
use crate::mail::{EmailAddress, parse};

/// Signatures that are looked at.
const MOST: usize = 5;
/// A signature from the future is a wrong clock or a lie; so much a clock may be wrong.
const AHEAD: TimeDelta = TimeDelta::minutes(10);
/// Older than this when it arrives, a mail has been lying somewhere, or is sent once more.
const LASTS: TimeDelta = TimeDelta::hours(72);

/// A signature of the author's domain, or of one that the operator has named.
#[derive(Debug)]
pub struct Candidate {
    /// `d=`
    domain: String,
    /// Where it stands among the signatures that mail-auth has read, or why it does not count.
    value: Result<Vec<u8>, String>,
    selector: String,
}

impl Candidate {
    /// Where its key is, if the signature is worth asking.
    pub fn key_name(&self) -> Option<String> {
        self.value.as_ref().ok()?;
        Some(format!("{}._domainkey.{}.", self.selector, self.domain))
    }
}

/// What our own look at the signatures has told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Own {
    /// One holds, and is one to rely on.
    Pass {
        /// Whose.
        domain: String,
        /// Whether it covers To and Cc.
        to_signed: bool,
        /// What an operator may want to know of it.
        because: &'static str,
    },
    /// There are some, and none holds or is one to rely on.
    Broken(String),
    /// There is none.
    Missing,
    /// The DNS could not tell.
    Undecided(String),
}

/// The signatures that could vouch for the author.
pub fn candidates(block: &Block<'_>, author: &EmailAddress, pinned: &[String]) -> Vec<Candidate> {
    let ours = |domain: &str| domain == author.domain() || pinned.iter().any(|pin| pin == domain);
    gate::values(block, "dkim-signature")
        .filter_map(|value| {
            let signature = Signature::parse(value).ok()?;
            let value = acceptable(value, &signature).map(|()| value.to_vec());
            ours(&signature.d).then_some(Candidate {
                domain: signature.d,
                value,
                selector: signature.s,
            })
        })
        .take(MOST)
        .collect()
}

/// What can be said without the key.
fn acceptable(value: &[u8], signature: &Signature) -> Result<(), String> {
    let tags = tags::read(value)?;
    let names = |text: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
    };
    if !names(&signature.d) || !names(&signature.s) {
        return Err("d= or s= is no name".to_owned());
    }
    if !matches!(signature.a, Algorithm::RsaSha256 | Algorithm::Ed25519Sha256) {
        return Err(format!("{} is not accepted", signature.a.name()));
    }
    if tags.contains_key("l") {
        return Err("l= leaves room for other words".to_owned());
    }
    if tags.get("q").is_some_and(|query| query != "dns/txt") {
        return Err("q= asks elsewhere".to_owned());
    }
    for name in ["from", "subject", "date"] {
        if !signature.h.iter().any(|signed| signed.eq_ignore_ascii_case(name)) {
            return Err(format!("it does not cover {name}"));
        }
    }
    Ok(())
}

/// Whether one of the signatures holds. The best word wins here, as RFC 6376 6.1 says: a broken
/// signature is as none.
pub fn verify(
    candidates: &[Candidate],
    message: &AuthenticatedMessage<'_>,
    answers: &Answers,
    arrived_at: DateTime<Utc>,
) -> Own {
    let mut best = Own::Missing;
    for candidate in candidates {
        let found = one(candidate, message, answers, arrived_at);
        match found {
            Own::Pass { .. } => return found,
            Own::Undecided(_) => best = found,
            Own::Broken(_) if !matches!(best, Own::Undecided(_)) => best = found,
            Own::Broken(_) | Own::Missing => {}
        }
    }
    best
}

fn one(
    candidate: &Candidate,
    message: &AuthenticatedMessage<'_>,
    answers: &Answers,
    arrived_at: DateTime<Utc>,
) -> Own {
    let broken = |why: &str| Own::Broken(format!("signature of {}: {why}", candidate.domain));
    let value = match &candidate.value {
        Ok(value) => value,
        Err(why) => return broken(why),
    };
    let read = message.dkim_headers.iter().find(|header| header.value == value.as_slice());
    let Some(header) = read else { return broken("it can not be read") };
    let signature = &header.header;
    let date = message.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(b"date"));
    let date = date.and_then(|(_, value)| parse::date(value));
    if let Err(why) = timely(signature, date, arrived_at) {
        return broken(why);
    }
    let hash = HashAlgorithm::from(signature.a);
    let body = message.body_hashes.iter().find(|(canonical, algorithm, length, _)| {
        *canonical == signature.cb && *algorithm == hash && *length == signature.l
    });
    if body.is_none_or(|(.., hash)| *hash != signature.bh) {
        return broken("the text is not the one that was signed");
    }
    let record = match candidate.key_name().and_then(|name| answers.get(&name)) {
        Some(Txt::Found(records)) => match records.as_slice() {
            [record] => record,
            _several => return broken("there are several keys"),
        },
        Some(Txt::Absent) => return broken("there is no key"),
        Some(Txt::Unreached(why)) => {
            return Own::Undecided(format!("the key of {}: {why}", candidate.domain));
        }
        None => {
            return Own::Undecided(format!("the key of {} was not asked for", candidate.domain));
        }
    };
    let weak = match key(record, signature) {
        Ok((key, weak)) => {
            let unsigned = without_signature(header.value);
            let mut fields = message.signed_headers(&signature.h, header.name, &unsigned);
            let verified = key.p.verify(&mut fields, &signature.b, signature.ch, signature.a);
            if verified.is_err() {
                return broken("it does not hold");
            }
            weak
        }
        Err(why) => return broken(&why),
    };
    let covers = |name: &str| signature.h.iter().any(|signed| signed.eq_ignore_ascii_case(name));
    let has =
        |name: &str| message.headers.iter().any(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes()));
    Own::Pass {
        domain: candidate.domain.clone(),
        to_signed: ["to", "cc"].into_iter().all(|name| covers(name) || !has(name)),
        because: if weak { " (with a key of less than 2048 bits)" } else { "" },
    }
}

/// Whether the signature was good when the mail reached the mailbox.
fn timely(
    signature: &Signature,
    date: Option<DateTime<Utc>>,
    arrived_at: DateTime<Utc>,
) -> Result<(), &'static str> {
    let instant = |time: u64| {
        let seconds = i64::try_from(time).ok();
        seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0)).ok_or("an odd time")
    };
    // In whole seconds, as the signature has them.
    if signature.x > 0 && instant(signature.x)?.timestamp() < arrived_at.timestamp() {
        return Err("it had expired");
    }
    let signed_at = match signature.t {
        0 => date.ok_or("nobody knows from when it is")?,
        time => instant(time)?,
    };
    let age = TimeDelta::seconds(arrived_at.timestamp() - signed_at.timestamp());
    if age < -AHEAD {
        return Err("it is from the future");
    }
    if age > LASTS {
        return Err("it is older than three days");
    }
    Ok(())
}

/// The key of a record, and whether it is a weak one.
fn key(record: &[u8], signature: &Signature) -> Result<(DomainKey, bool), String> {
    let tags = tags::read(record)?;
    let lists = |name: &str, word: &str| {
        tags.get(name).is_some_and(|list| list.split(':').any(|one| one.eq_ignore_ascii_case(word)))
    };
    if lists("t", "y") {
        return Err("its domain is only testing".to_owned());
    }
    if tags.contains_key("h") && !lists("h", "sha256") {
        return Err("its key is for other hashes".to_owned());
    }
    if tags.contains_key("s") && !lists("s", "*") && !lists("s", "email") {
        return Err("its key is not for mail".to_owned());
    }
    if !signature.i.is_empty() {
        let (_, agent) = signature.i.rsplit_once('@').unwrap_or_default();
        let below =
            agent.strip_suffix(signature.d.as_str()).is_some_and(|left| left.ends_with('.'));
        if agent != signature.d && (lists("t", "s") || !below) {
            return Err("i= is of another domain".to_owned());
        }
    }
    let key = DomainKey::parse(record).map_err(|error| format!("its key is none: {error}"))?;
    let bits = key.p.public_key_bits();
    if signature.a == Algorithm::RsaSha256 && bits < 1024 {
        return Err(format!("its key has {bits} bits"));
    }
    Ok((key, bits < 2048))
}

/// The field with the value of `b=` deleted, and without its last line break (RFC 6376 3.7).
pub(super) fn without_signature(value: &[u8]) -> Vec<u8> {
    let value = value.strip_suffix(b"\n").unwrap_or(value);
    let value = value.strip_suffix(b"\r").unwrap_or(value);
    let mut unsigned = Vec::with_capacity(value.len());
    for (at, segment) in value.split(|octet| *octet == b';').enumerate() {
        if at > 0 {
            unsigned.push(b';');
        }
        let equals = segment.iter().position(|octet| *octet == b'=');
        let name = segment.get(..equals.unwrap_or(0)).unwrap_or_default().trim_ascii();
        if name == b"b" {
            unsigned.extend_from_slice(segment.get(..=equals.unwrap_or(0)).unwrap_or_default());
        } else {
            unsigned.extend_from_slice(segment);
        }
    }
    unsigned
}
