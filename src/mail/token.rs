//! Names that only we can have made: reply addresses, Message-IDs, calendar UIDs, links.
//!
//! All are HMAC-SHA256 of what they stand for under the installation's key, so nothing random is
//! needed, the same reason always gives the same name, and a guess fails. A token says *which
//! invitation*, never *who writes*.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// What a reply address is for. The families never mix: a guest's token can not command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// An invitation: what comes here is a guest's answer.
    Guest,
    /// A preview sent to an organizer: `ja` here carries it out.
    Proposal,
    /// "Was that you?", sent to the address of record when another address answered.
    Pending,
    /// "Will you be the host?", sent to whom an organizer has named.
    Host,
    /// An organizer's own secret address.
    Organizer,
    /// A member's own: what comes here is about their membership, or answers a digest.
    Member,
    /// Something that waits for one word of whoever got this address.
    Request,
    /// No address: the link by which a member stops the digest with one click (RFC 8058).
    Stop,
    /// No address: a forged mail that we have sent to ourselves.
    Canary,
    /// One organizer's word in what is as heavy as another organizer.
    Notice,
}

impl Family {
    const ALL: [Self; 10] = [
        Self::Guest,
        Self::Proposal,
        Self::Pending,
        Self::Host,
        Self::Organizer,
        Self::Member,
        Self::Request,
        Self::Stop,
        Self::Canary,
        Self::Notice,
    ];

    fn letter(self) -> char {
        match self {
            Self::Guest => 'g',
            Self::Proposal => 'p',
            Self::Pending => 'q',
            Self::Host => 'h',
            Self::Organizer => 'o',
            Self::Member => 'm',
            Self::Request => 'w',
            Self::Stop => 'u',
            Self::Canary => 'c',
            Self::Notice => 'n',
        }
    }
}

/// The installation's keys. The first one signs; all verify, so that a key can be changed without
/// breaking the mails already sent.
#[derive(Clone)]
pub struct Keys(Vec<Vec<u8>>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({})", self.0.len())
    }
}

impl Keys {
    /// Takes the keys, newest first. Each must have 32 bytes or more.
    pub fn new(keys: Vec<Vec<u8>>) -> Result<Self, String> {
        if keys.is_empty() {
            return Err("there is no key".to_owned());
        }
        if keys.iter().any(|key| key.len() < 32) {
            return Err("a key is shorter than 32 bytes".to_owned());
        }
        Ok(Self(keys))
    }

    /// The detail of a reply address: `g-<id>-<mac>`, lower case, 30 to 40 characters.
    pub fn seal(&self, family: Family, community: &str, id: i64) -> String {
        let mac =
            self.0.first().map_or_else(String::new, |key| token_mac(key, family, community, id));
        format!("{}-{id}-{mac}", family.letter())
    }

    /// What a reply address stands for, if we made it. Case and the percent-encoding of nothing
    /// matter: some programs lower-case, none may change digits.
    pub fn open(&self, community: &str, detail: &str) -> Option<(Family, i64)> {
        let mut parts = detail.splitn(3, '-');
        let (letter, id, mac) = (parts.next()?, parts.next()?, parts.next()?);
        let family = Family::ALL
            .into_iter()
            .find(|family| letter.eq_ignore_ascii_case(family.letter().encode_utf8(&mut [0; 4])))?;
        let id: i64 = id.parse().ok()?;
        let mac = mac.to_ascii_lowercase();
        let genuine = self.0.iter().any(|key| {
            let expected = token_mac(key, family, community, id);
            bool::from(expected.as_bytes().ct_eq(mac.as_bytes()))
        });
        genuine.then_some((family, id))
    }

    /// A name derived from a reason, for the left side of a Message-ID or a calendar UID: 26
    /// characters, the same for the same reason for ever (as long as the key is kept).
    pub fn name(&self, reason: &str) -> String {
        self.0.first().map_or_else(String::new, |key| mac(key, &["name", reason]))
    }

    /// The name that each key derives from a reason, the newest key's first.
    pub fn names(&self, reason: &str) -> Vec<String> {
        self.0.iter().map(|key| mac(key, &["name", reason])).collect()
    }
}

fn token_mac(key: &[u8], family: Family, community: &str, id: i64) -> String {
    mac(key, &["token", family.letter().encode_utf8(&mut [0; 4]), community, &id.to_string()])
}

/// The first 130 bits of the HMAC over the parts, each preceded by its length.
fn mac(key: &[u8], parts: &[&str]) -> String {
    // An HMAC takes a key of any length, so this arm is never empty in practice.
    let Ok(mut hmac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    for part in parts {
        hmac.update(&(part.len() as u64).to_be_bytes());
        hmac.update(part.as_bytes());
    }
    let mut text = BASE32_NOPAD.encode(&hmac.finalize().into_bytes());
    text.truncate(26);
    text.make_ascii_lowercase();
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(bytes: &[u8]) -> Keys {
        Keys::new(bytes.iter().map(|byte| vec![*byte; 32]).collect()).unwrap()
    }

    #[test]
    fn a_token_opens_to_what_it_was_sealed_for() {
        let token = keys(&[1]).seal(Family::Guest, "oslo", 42);
        assert_eq!(keys(&[1]).open("oslo", &token), Some((Family::Guest, 42)));
        assert_eq!(keys(&[1]).open("oslo", &token.to_uppercase()), Some((Family::Guest, 42)));
    }

    #[test]
    fn another_community_family_number_or_key_does_not_open_it() {
        let token = keys(&[1]).seal(Family::Guest, "oslo", 42);
        assert_eq!(keys(&[1]).open("bergen", &token), None);
        assert_eq!(keys(&[1]).open("oslo", &token.replacen('g', "p", 1)), None);
        assert_eq!(keys(&[1]).open("oslo", &token.replacen("42", "43", 1)), None);
        assert_eq!(keys(&[2]).open("oslo", &token), None);
        for junk in ["", "g", "g-42", "g-42-", "g--", "g-x-abc", "z-1-abc"] {
            assert_eq!(keys(&[1]).open("oslo", junk), None, "{junk}");
        }
    }

    #[test]
    fn a_changed_key_still_opens_what_the_old_one_sealed() {
        let token = keys(&[1]).seal(Family::Proposal, "oslo", 7);
        assert_eq!(keys(&[2, 1]).open("oslo", &token), Some((Family::Proposal, 7)));
        assert_ne!(keys(&[2, 1]).seal(Family::Proposal, "oslo", 7), token);
    }

    #[test]
    fn a_name_is_the_same_for_the_same_reason() {
        assert_eq!(keys(&[1]).name("invitation:1"), keys(&[1]).name("invitation:1"));
        assert_ne!(keys(&[1]).name("invitation:1"), keys(&[1]).name("invitation:2"));
        assert_eq!(keys(&[1]).name("x").len(), 26);
    }
}
