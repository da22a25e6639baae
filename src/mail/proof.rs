//! What a mail proves about the domain of its author, and why.

use serde::{Deserialize, Serialize};

/// Whether the domain of the one author of a mail vouches for it (DMARC alignment, RFC 7489 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// It does, by a signature that we have verified ourselves or by the word of our own server.
    Proven,
    /// It says nothing: the mail bears no signature of it, and the mailbox is one that would tell.
    Unsigned,
    /// It has signed, and the signature does not hold or is not one to rely on. On the way of a
    /// mail that happens to honest people, so it counts as little as none, and not as less.
    Broken,
    /// This mailbox can prove nothing, so that nothing follows from the lack of a proof.
    Unknowable,
    /// It does not: our own server has said so, or two who should agree contradict each other.
    Refuted,
}

/// A proof with its reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authorship {
    /// What is proven.
    pub proof: Proof,
    /// Why, in words for the audit and for `explain`. Names domains and rules, never persons.
    pub because: String,
}

impl Default for Authorship {
    fn default() -> Self {
        Self { proof: Proof::Unknowable, because: "nothing was verified".to_owned() }
    }
}
