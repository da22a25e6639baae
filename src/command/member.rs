//! What guests and members ask for beside an answer: `husk`, `mine data`, `borte til mai`,
//! `12. mars: ja`. Text and context in, wishes out.
//!
//! Invariant: a word acts only where a whole sentence says nothing else, or opens a line as the
//! handbook shows; "husk at jeg kommer seint" is no consent. What is not a wish is left in
//! [`Wishes::rest`], so that nothing of an answer in the same mail is lost.

mod line;
mod place;
mod sentence;
mod words;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::lexicon::{Role, lexicon};
use super::near::is_name;
use super::unwrap::unwrap;
use super::words::{Word, split};
use super::{Context, Problem, ProblemKind, Scope};
pub use words::Shared;

/// What a guest or member asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "wish", rename_all = "kebab-case")]
pub enum Wish {
    /// `husk`: keep what I eat for later gatherings.
    Remember,
    /// `glem`: and no longer.
    Forget,
    /// `mine data`.
    MyData,
    /// `slett meg`.
    EraseMe,
    /// `stopp`: no digest; invitations stay.
    Stop,
    /// `stopp alt`: no mail at all; the membership ends.
    Leave,
    /// `alt`: the answer to "everything?".
    All,
    /// `borte til mai`, `pause`.
    Away {
        /// The day of return, where it is said.
        until: Option<NaiveDate>,
    },
    /// `tilbake`.
    Back,
    /// `slipp inn`: the answer to "may this stranger come?".
    LetIn,
    /// `språk nynorsk`.
    Language {
        /// BCP 47 tag.
        tag: String,
    },
    /// `nyhetsbrev månedlig`.
    Digest {
        /// How often.
        how_often: Frequency,
    },
    /// `hvem kommer?`
    WhoComes {
        /// To what.
        scope: Scope,
    },
    /// `+ Kari`, `+1`.
    Plus {
        /// How many more than the guest.
        more: u32,
    },
    /// `gi plassen min til Per`.
    GiveSeat {
        /// The name as written.
        to: String,
        /// The seat at what.
        scope: Scope,
    },
    /// `nominer Kari kari@example.org fordi …`.
    Nominate {
        /// In the member's words.
        text: String,
    },
    /// `les: …`, `spør: …`, `tilbyr: …`.
    Share {
        /// What it is.
        what: Shared,
        /// In the member's words, on one line.
        text: String,
    },
    /// `12. mars: ja, vegetar`.
    Answer {
        /// To what.
        scope: Scope,
        /// The answer in the guest's words.
        text: String,
    },
}

/// How often a member gets the digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Frequency {
    /// As the community has it.
    Usual,
    /// Once a week.
    Weekly,
    /// Once a month.
    Monthly,
    /// Not at all.
    Never,
}

/// The tag of the language that all `words` name.
pub(super) fn language(words: &[Word]) -> Option<&'static str> {
    words::words().language(words)
}

/// A wish and the words that it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Spotted {
    /// The wish.
    pub wish: Wish,
    /// As written.
    pub line: String,
}

/// What a mail asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Wishes {
    /// In order.
    pub spotted: Vec<Spotted>,
    /// What was nearly a wish, or one that can not be carried out as it stands.
    pub problems: Vec<Problem>,
    /// Everything else; empty where nothing but courtesies is left.
    pub rest: String,
}

/// Where a mail was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// To the reply address of one invitation: a date in it is part of that answer.
    ToInvitation,
    /// Anywhere else: `12. mars: ja` says which.
    Elsewhere,
}

impl Wishes {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.spotted.is_empty() && self.problems.is_empty()
    }
}

/// Lines of one mail that are read, and wishes that are taken from it.
const MOST_LINES: usize = 120;
const MOST_WISHES: usize = 20;
/// Octets of one mail that are read.
const MOST_OCTETS: usize = 20_000;

/// Reads somebody's own words; the subject where there are none.
pub fn read(text: &str, subject: &str, sent: Sent, context: Context) -> Wishes {
    let is_blank = text.trim().is_empty();
    let text = if is_blank && !super::lines::is_reply_subject(subject) { subject } else { text };
    let text = unwrap(text.get(..text.floor_char_boundary(MOST_OCTETS)).unwrap_or(text));
    let lines: Vec<&str> = text.split('\n').collect();
    let mut wishes = Wishes::default();
    let mut rest = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let is_read = at < MOST_LINES && wishes.spotted.len() < MOST_WISHES && !is_quote(line);
        if !is_read {
            rest.extend(lines.iter().skip(at).map(|line| (*line).to_owned()));
            break;
        }
        let found = line::read(lines.get(at..).unwrap_or_default(), sent, context);
        wishes.spotted.extend(found.spotted);
        wishes.problems.extend(found.problems);
        rest.extend(found.rest);
        at += found.lines.max(1);
    }
    wishes.rest = if wishes.is_empty() { text } else { without_courtesies(&rest) };
    wishes
}

fn is_quote(line: &str) -> bool {
    line.starts_with('>') || line.starts_with("-----") || line.starts_with("____")
}

/// What is left of a mail whose wishes are taken out: nothing, where only a greeting, thanks and a
/// name are.
fn without_courtesies(lines: &[String]) -> String {
    let mut closed = false;
    let says_more = lines.iter().any(|line| {
        let words = split(line);
        let takes_leave =
            [Role::SignOff, Role::Thanks].into_iter().any(|role| opens_and_ends(role, &words, 4));
        closed |= takes_leave;
        let is_courtesy = words.is_empty()
            || takes_leave
            || opens_and_ends(Role::Greeting, &words, 3)
            || lexicon().role(Role::Device, &words).is_some()
            || words.len() <= 3 && is_name(line.trim(), &words);
        !is_courtesy && !closed
    });
    if says_more { lines.join("\n").trim().to_owned() } else { String::new() }
}

/// Whether words begin with a phrase of this role and hardly go on.
fn opens_and_ends(role: Role, words: &[Word], more: usize) -> bool {
    lexicon().role(role, words).is_some_and(|count| words.len() <= count + more)
}

impl Problem {
    fn near(line: &str, word: &str) -> Self {
        Self::new(line, ProblemKind::NearMiss { verb: word.to_owned() })
    }
}

#[cfg(test)]
mod tests;
