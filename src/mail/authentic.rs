//! Whether the domain of a mail's author vouches for it. Two witnesses are heard: signatures that
//! are verified here ([`signature`]), and what our own server says it has found ([`results`]). Both
//! stand behind a gate that looks at the raw header block ([`gate`]), because a library that
//! verifies signatures says "pass" of mails whose author is forged.
//!
//! Pure: [`examine`] says what has to be asked of the DNS, the shell asks, [`Examined::judge`] judges.
//!
//! Invariant: the worst word wins. Whatever can not be read, is there twice, or contradicts
//! something else never proves anything. SPF is not used (who reads a mailbox does not know who
//! connected) and ARC is not used (RFC 8617 was an experiment).

pub mod author;
pub mod canary;
pub mod gate;
pub mod lookalike;
pub mod results;
pub mod signature;
mod tags;
pub mod zone;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use mail_auth::AuthenticatedMessage;
use sha2::{Digest, Sha256};

use self::results::Said;
use self::signature::{Candidate, Own};
use super::EmailAddress;
use super::bounds::{self, Block};
use super::proof::{Authorship, Proof};

/// How the mails of one mailbox are verified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// Which witnesses are heard.
    pub mode: Mode,
    /// The address that people write to.
    pub recipient: Option<EmailAddress>,
    /// Foreign domains whose signature counts for an address, because the operator says so.
    pub pins: BTreeMap<EmailAddress, Vec<String>>,
    /// What counts of what our own server says.
    pub heard: Heard,
}

/// What counts of what our own server says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Heard {
    /// What speaks against a mail: nobody forges that in their own favour.
    #[default]
    Against,
    /// All of it: it has been seen to take out what is forged ([`canary`]).
    All,
}

/// Which witnesses are heard.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Mode {
    /// None: this mailbox changes what it gets, and its server tells nothing.
    #[default]
    Off,
    /// Signatures, verified here.
    Signatures,
    /// Signatures, and the fields of our own server.
    Results(Border),
}

/// Where our own server begins (RFC 8601 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Border {
    /// What it calls itself in `Authentication-Results`.
    pub authserv_id: String,
    /// What it calls itself in `Received: … by`. Fields above the first such one are ours.
    pub host: String,
}

/// What the DNS says of one name's TXT records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Txt {
    /// These.
    Found(Vec<Vec<u8>>),
    /// There are none.
    Absent,
    /// No telling now.
    Unreached(String),
}

/// What the DNS says, by name.
pub type Answers = BTreeMap<String, Txt>;

/// What a mail proves, and what hangs on that.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What it proves.
    pub authorship: Authorship,
    /// Whether what is proven covers that it is written to us, and not to another table that the
    /// same organizer keeps.
    pub to_us: bool,
    /// Names what the author has vouched for, so that the same words sent on once more are known.
    /// Only where something is proven: a forger can not use up what an honest mail will need.
    pub content: Option<[u8; 32]>,
}

impl Verdict {
    /// Nothing is proven, for this reason.
    pub fn unproven(proof: Proof, because: impl Into<String>) -> Self {
        let authorship = Authorship { proof, because: because.into() };
        Self { authorship, to_us: false, content: None }
    }
}

/// A judgement, as far as there can be one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Judgement {
    /// This is it.
    Settled(Verdict),
    /// The DNS could not tell, for this reason.
    Again(String),
}

/// A mail whose header has been looked at.
#[derive(Debug)]
pub struct Examined<'a> {
    block: Block<'a>,
    message: Option<AuthenticatedMessage<'a>>,
    author: Result<EmailAddress, String>,
    said: Said,
    candidates: Vec<Candidate>,
    off: bool,
    arrived_at: DateTime<Utc>,
    recipient: Option<EmailAddress>,
}

/// Looks at a mail's header. `arrived_at` is when the mailbox got it: a signature is as good as it
/// was then.
pub fn examine<'a>(raw: &'a [u8], policy: &Policy, arrived_at: DateTime<Utc>) -> Examined<'a> {
    let block = bounds::block(raw);
    let message = AuthenticatedMessage::parse(raw);
    let author = gate::author(raw, &block, message.as_ref());
    let said = match (&policy.mode, &author) {
        (Mode::Results(border), Ok(author)) => {
            let said = results::of(&block, border, author.domain());
            Said { pass: said.pass.filter(|_| policy.heard == Heard::All), ..said }
        }
        // Whoever has two authors has none that our server could have vouched for.
        (Mode::Off | Mode::Signatures | Mode::Results(_), _) => Said::default(),
    };
    let candidates = match &author {
        Ok(author) if policy.mode != Mode::Off => {
            let pinned = policy.pins.get(author).map(Vec::as_slice).unwrap_or_default();
            signature::candidates(&block, author, pinned)
        }
        Ok(_) | Err(_) => Vec::new(),
    };
    let off = policy.mode == Mode::Off;
    let recipient = policy.recipient.clone();
    Examined { block, message, author, said, candidates, off, arrived_at, recipient }
}

impl Examined<'_> {
    /// The names whose TXT records are needed: of the keys, or where there is no signature, of the
    /// domain's word on whether there should be one. At most ten.
    pub fn questions(&self) -> Vec<String> {
        let Ok(author) = &self.author else { return Vec::new() };
        if self.off {
            return Vec::new();
        }
        if self.candidates.is_empty() {
            return policies(author.domain());
        }
        let mut names: Vec<String> =
            self.candidates.iter().filter_map(Candidate::key_name).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// What the mail proves, given what the DNS says.
    pub fn judge(&self, answers: &Answers) -> Judgement {
        let settled =
            |proof, because: String| Judgement::Settled(Verdict::unproven(proof, because));
        if self.off {
            return settled(Proof::Unknowable, "nothing is verified for this mailbox".to_owned());
        }
        let (author, message) = match (&self.author, &self.message) {
            (Ok(author), Some(message)) => (author, message),
            (Err(why), _) => return settled(Proof::Broken, why.clone()),
            (Ok(_), None) => return settled(Proof::Broken, "no header".to_owned()),
        };
        if let Some(fail) = &self.said.fail {
            return settled(Proof::Refuted, fail.clone());
        }
        let own = signature::verify(&self.candidates, message, answers, self.arrived_at);
        match own {
            Own::Pass { domain, .. } if self.said.failed.contains(&domain) => settled(
                Proof::Refuted,
                format!("our server says that the signature of {domain} fails, and it holds here"),
            ),
            Own::Pass { domain, to_signed, because } => {
                let to_us = to_signed && self.names_us();
                let because = format!("signed by {domain}{because}");
                self.proven(author, because, to_us)
            }
            Own::Broken(_) | Own::Missing | Own::Undecided(_) if self.said.pass.is_some() => {
                let because = self.said.pass.clone().unwrap_or_default();
                self.proven(author, because, false)
            }
            Own::Undecided(why) => Judgement::Again(why),
            Own::Broken(why) => settled(Proof::Broken, why),
            Own::Missing => unsigned(author.domain(), answers),
        }
    }

    /// What our own server says, where that is all that is asked for.
    pub fn hearsay(&self) -> Verdict {
        let unproven = |proof, because: &str| Verdict::unproven(proof, because);
        match (&self.author, &self.said.fail, &self.said.pass) {
            (_, Some(fail), _) => unproven(Proof::Refuted, fail),
            (Err(why), None, _) => unproven(Proof::Broken, why),
            (Ok(_), None, Some(pass)) => unproven(Proof::Proven, pass),
            (Ok(_), None, None) => unproven(Proof::Unknowable, "signatures were not looked at"),
        }
    }

    fn proven(&self, author: &EmailAddress, because: String, to_us: bool) -> Judgement {
        let authorship = Authorship { proof: Proof::Proven, because };
        let content = Some(self.content(author));
        Judgement::Settled(Verdict { authorship, to_us, content })
    }

    /// Whether To or Cc names our address, with or without something behind a `+`.
    fn names_us(&self) -> bool {
        let Some(us) = &self.recipient else { return false };
        ["to", "cc"].into_iter().any(|name| {
            let values = gate::values(&self.block, name);
            values.flat_map(super::parse::addresses).any(|to| to.without_detail() == *us)
        })
    }

    /// What every signature that is accepted covers, without the white space that it may not cover:
    /// author, date, subject, words.
    fn content(&self, author: &EmailAddress) -> [u8; 32] {
        let mut hash = Sha256::new();
        let bare = |octets: &[u8]| -> Vec<u8> {
            octets.iter().copied().filter(|octet| !octet.is_ascii_whitespace()).collect()
        };
        hash.update(author.as_str());
        for name in ["date", "subject"] {
            hash.update([0]);
            for value in gate::values(&self.block, name) {
                hash.update(bare(value));
            }
        }
        hash.update([0]);
        hash.update(bare(self.block.body));
        hash.finalize().into()
    }
}

/// Without any signature: whether the domain says that its mails bear one (RFC 7489 6.6.3).
fn unsigned(domain: &str, answers: &Answers) -> Judgement {
    for name in policies(domain) {
        match answers.get(&name) {
            Some(Txt::Absent) => {}
            Some(Txt::Found(records)) => {
                if records.iter().any(|record| record.starts_with(b"v=DMARC1")) {
                    let because = format!("no signature, and {name} says that there is one");
                    return Judgement::Settled(Verdict::unproven(Proof::Broken, because));
                }
            }
            Some(Txt::Unreached(why)) => return Judgement::Again(format!("{name} {why}")),
            None => return Judgement::Again(format!("{name} was not asked")),
        }
    }
    let because = format!("{domain} signs nothing and says nothing about its mail");
    Judgement::Settled(Verdict::unproven(Proof::Unsigned, because))
}

/// Where a domain, or one above it, says what holds for its mail. The tree is walked as DMARC's
/// successor does, which needs no list of public suffixes.
fn policies(domain: &str) -> Vec<String> {
    let labels: Vec<&str> = domain.split('.').collect();
    let above = (0..labels.len().saturating_sub(1)).map(|from| labels.get(from..));
    let names = above.flatten().map(|labels| format!("_dmarc.{}.", labels.join(".")));
    let all: Vec<String> = names.collect();
    let surplus = all.len().saturating_sub(5);
    // The domain itself, and those nearest to the root.
    all.into_iter()
        .enumerate()
        .filter(|(at, _)| *at == 0 || *at > surplus)
        .map(|(_, name)| name)
        .collect()
}

#[cfg(test)]
mod tests;
