//! Why a mail is written. A purpose's text is unique in the outbox, so one purpose is one mail,
//! however often and wherever it is thought of again.
//!
//! Invariant: built from facts alone, never from the time of writing, a counter or chance.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};

use super::letter::Soon;

/// The reason for one mail to one person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Asks a guest to a gathering. The number is the gathering's SEQUENCE.
    Invitation(i64, u32),
    /// Tells a guest to keep a day free. The number is the gathering's SEQUENCE.
    SaveTheDate(i64, u32),
    /// Tells a guest of another time.
    Moved(i64, u32),
    /// Tells a guest that it is called off.
    Cancelled(i64),
    /// A word to the silent; first or second. The first number is the SEQUENCE at which they were
    /// asked.
    Nudge(i64, u32, u32),
    /// A word to one who comes.
    Reminder(i64, u32, Soon),
    /// A word to one who has been, the day after.
    FollowUp(i64),
    /// Offers a freed seat for the n-th time.
    Offer(i64, u32),
    /// The n-th offer ran out.
    OfferGone(i64, u32),
    /// On the last day: the first yes wins. The last number is how many have given up that day, so
    /// that the next freed seat is told of again.
    Standby(i64, u32, u32),
    /// Somebody else's yes came first. As the one before.
    StandbyGone(i64, u32, u32),
    /// More seats, so this guest has one. The number is the gathering's version.
    Promoted(i64, i32),
    /// Something else about a gathering is new: its version, and which key.
    Changed(i64, i32, &'static str),
    /// Tells a guest that they are off the list. The number is the gathering's version.
    Removed(i64, i32),
    /// A nudge that an organizer asked for by this mail.
    AskedAgain(i64, i64),
    /// A message that an organizer sends by this mail.
    Message(i64, i64),
    /// Tells a guest that an organizer has answered for them by this mail.
    AnsweredFor(i64, i64),
    /// The summary for a member, that an organizer sends by this mail.
    DigestNow(i64, i64),
    /// Asks somebody (second number) to be the host of a gathering, by this mail.
    HostAsked(i64, i64, i64),
    /// Tells an organizer (second number) of what another one has done by this mail.
    Colleague(i64, i64),
    /// Tells somebody (first number) what an organizer has noted of them by this mail.
    Told(i64, i64),
    /// Tells an organizer (second number) of what another one has asked for (the first), and waits for
    /// their word.
    Notice(i64, i64),
    /// Tells an organizer (second number) that one has said no to it.
    Vetoed(i64, i64),
    /// Tells the one who asked what became of it after a day.
    Noticed(i64),
    /// Answers a mail.
    Answer(i64),
    /// Answers one of several answers in a mail: the mail, and the invitation.
    AnswerTo(i64, i64),
    /// Tells what became of what a mail asked for beside an answer.
    Member(i64),
    /// Asks for the one word that a mail's request waits for.
    Confirm(i64),
    /// Asks an organizer (second number) for it.
    Decide(i64, i64),
    /// Tells a member (first number) of the seat that they were given (second: the mail).
    GivenSeat(i64, i64),
    /// Tells whoever gave it.
    HandedOver(i64),
    /// Welcomes a member who has been away until that day.
    Back(i64, NaiveDate),
    /// Asks the guest of record about an answer from another address, which came in this mail.
    OtherAddress(i64),
    /// Tells an organizer (third number) who has answered a guest's invitation, once a day.
    Stranger(i64, NaiveDate, i64),
    /// Tells whoever has answered that it was passed on, once a day for an invitation.
    Holding(i64, NaiveDate),
    /// Tells an organizer (second number) about a guest's mail.
    Relay(i64, i64),
    /// Tells an organizer (last number) that a gathering's menu is not for a need of its guests: the
    /// gathering, its version, the need. Once, however many have it.
    MenuClash(i64, i32, String, i64),
    /// Tells an organizer (third number) that a row of a queue needs them.
    Trouble(&'static str, i64, i64),
    /// Tells an organizer (third number) that we have stopped answering somebody for a while, once
    /// a day.
    Quiet(i64, NaiveDate, i64),
    /// Tells an organizer that somebody has written in their name, once a day.
    Forged(i64, NaiveDate),
    /// The n-th sheet (second number) about a gathering for its host, or whoever stands in (third).
    HostSheet(i64, u32, i64),
    /// The n-th sheet about a gathering for its kitchen.
    KitchenSheet(i64, u32, i64),
    /// Tells the host (last number) of what is new about a gathering: what, and its SEQUENCE or version.
    HostNews(i64, &'static str, i64, i64),
    /// Tells an organizer (last number) that a gathering has lost its host, when that was.
    HostGone(i64, DateTime<Utc>, i64),
    /// Tells the host (second number) what a guest's mail said after the gathering.
    PassedOn(i64, i64),
    /// Tells a member that the digest was stopped by its link, when that was.
    Stopped(i64, DateTime<Utc>),
    /// A question to a member at a local time.
    Question(i64, NaiveDateTime),
    /// Asks a member whom we miss, at a local time.
    Nominations(i64, NaiveDateTime),
    /// The summary for a member at a local time.
    Digest(i64, NaiveDateTime),
    /// Tells an organizer what the others have done up to a day.
    Daily(i64, NaiveDate),
}

impl fmt::Display for Purpose {
    #[expect(clippy::too_many_lines, reason = "an arm for each purpose, and nothing else")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invitation(id, sequence) => write!(f, "invitation:{id}:{sequence}"),
            Self::SaveTheDate(id, sequence) => write!(f, "save-the-date:{id}:{sequence}"),
            Self::Moved(id, sequence) => write!(f, "moved:{id}:{sequence}"),
            Self::Cancelled(id) => write!(f, "cancelled:{id}"),
            Self::Nudge(id, sequence, round) => write!(f, "nudge:{id}:{sequence}:{round}"),
            Self::Reminder(id, sequence, when) => {
                write!(f, "reminder:{id}:{sequence}:{}", when.as_str())
            }
            Self::FollowUp(id) => write!(f, "follow-up:{id}"),
            Self::Offer(id, round) => write!(f, "offer:{id}:{round}"),
            Self::OfferGone(id, round) => write!(f, "offer-gone:{id}:{round}"),
            Self::Standby(id, sequence, round) => write!(f, "standby:{id}:{sequence}:{round}"),
            Self::StandbyGone(id, sequence, round) => {
                write!(f, "standby-gone:{id}:{sequence}:{round}")
            }
            Self::Promoted(id, version) => write!(f, "promoted:{id}:{version}"),
            Self::Changed(id, version, key) => write!(f, "changed:{id}:{version}:{key}"),
            Self::Removed(id, version) => write!(f, "removed:{id}:{version}"),
            Self::AskedAgain(id, inbox) => write!(f, "asked-again:{id}:{inbox}"),
            Self::Message(id, inbox) => write!(f, "message:{id}:{inbox}"),
            Self::AnsweredFor(id, inbox) => write!(f, "answered-for:{id}:{inbox}"),
            Self::DigestNow(person, inbox) => write!(f, "digest-now:{person}:{inbox}"),
            Self::HostAsked(id, person, inbox) => write!(f, "host-asked:{id}:{person}:{inbox}"),
            Self::Colleague(inbox, organizer) => write!(f, "colleague:{inbox}:{organizer}"),
            Self::Told(person, inbox) => write!(f, "told:{person}:{inbox}"),
            Self::Notice(proposal, organizer) => write!(f, "notice:{proposal}:{organizer}"),
            Self::Vetoed(proposal, organizer) => write!(f, "vetoed:{proposal}:{organizer}"),
            Self::Noticed(proposal) => write!(f, "noticed:{proposal}"),
            Self::Answer(inbox) => write!(f, "answer:{inbox}"),
            Self::AnswerTo(inbox, invitation) => write!(f, "answer:{inbox}:{invitation}"),
            Self::Member(inbox) => write!(f, "answer:{inbox}:member"),
            Self::Confirm(inbox) => write!(f, "answer:{inbox}:confirm"),
            Self::Decide(inbox, organizer) => write!(f, "decide:{inbox}:{organizer}"),
            Self::GivenSeat(person, inbox) => write!(f, "given-seat:{person}:{inbox}"),
            Self::HandedOver(inbox) => write!(f, "handed-over:{inbox}"),
            Self::Back(person, day) => write!(f, "back:{person}:{day}"),
            Self::OtherAddress(inbox) => write!(f, "other-address:{inbox}"),
            Self::Stranger(id, day, organizer) => write!(f, "stranger:{id}:{day}:{organizer}"),
            Self::Holding(id, day) => write!(f, "holding:{id}:{day}"),
            Self::Relay(inbox, organizer) => write!(f, "relay:{inbox}:{organizer}"),
            Self::MenuClash(id, version, need, organizer) => {
                write!(f, "menu-clash:{id}:{version}:{need}:{organizer}")
            }
            Self::Trouble(queue, id, organizer) => write!(f, "trouble:{queue}:{id}:{organizer}"),
            Self::Quiet(person, day, organizer) => write!(f, "quiet:{person}:{day}:{organizer}"),
            Self::Forged(organizer, day) => write!(f, "forged:{organizer}:{day}"),
            Self::HostSheet(id, round, to) => write!(f, "host-sheet:{id}:{round}:{to}"),
            Self::KitchenSheet(id, round, to) => write!(f, "kitchen-sheet:{id}:{round}:{to}"),
            Self::HostNews(id, news, round, host) => {
                write!(f, "host-news:{id}:{news}:{round}:{host}")
            }
            Self::HostGone(id, at, organizer) => {
                write!(f, "host-gone:{id}:{}:{organizer}", at.timestamp_micros())
            }
            Self::PassedOn(inbox, host) => write!(f, "passed-on:{inbox}:{host}"),
            Self::Stopped(person, at) => write!(f, "stopped:{person}:{}", at.timestamp_micros()),
            Self::Daily(organizer, day) => write!(f, "daily:{organizer}:{day}"),
            Self::Question(person, at) => write!(f, "question:{person}:{}", civil(*at)),
            Self::Nominations(person, at) => write!(f, "nominations:{person}:{}", civil(*at)),
            Self::Digest(person, at) => write!(f, "digest:{person}:{}", civil(*at)),
        }
    }
}

fn civil(at: NaiveDateTime) -> impl fmt::Display {
    at.format("%Y-%m-%dT%H:%M")
}

/// What to do with a mail of which nobody knows whether the server took it (RFC 1047).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnDoubt {
    /// Send it again, byte for byte with the same Message-ID: somebody waits for it.
    Resend,
    /// Keep it until there is evidence or a person decides: nobody asked for it.
    Hold,
}

impl OnDoubt {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Resend => "resend",
            Self::Hold => "hold",
        }
    }
}

impl Purpose {
    /// Answers to what somebody has just written are sent again; unasked mail is held.
    pub fn on_doubt(&self) -> OnDoubt {
        match self {
            Self::Answer(_)
            | Self::Told(..)
            | Self::Notice(..)
            | Self::Vetoed(..)
            | Self::Noticed(..)
            | Self::Colleague(..)
            | Self::AnswerTo(..)
            | Self::Member(_)
            | Self::Confirm(_)
            | Self::Decide(..)
            | Self::GivenSeat(..)
            | Self::HandedOver(_)
            | Self::OtherAddress(_)
            | Self::Stranger(..)
            | Self::Holding(..)
            | Self::Relay(..)
            | Self::PassedOn(..)
            | Self::MenuClash(..)
            | Self::Quiet(..)
            | Self::Forged(..)
            | Self::Stopped(..)
            | Self::Trouble(..) => OnDoubt::Resend,
            Self::Invitation(..)
            | Self::SaveTheDate(..)
            | Self::Moved(..)
            | Self::Cancelled(_)
            | Self::Changed(..)
            | Self::Removed(..)
            | Self::AskedAgain(..)
            | Self::Message(..)
            | Self::AnsweredFor(..)
            | Self::HostAsked(..)
            | Self::DigestNow(..)
            | Self::Nudge(..)
            | Self::Reminder(..)
            | Self::FollowUp(_)
            | Self::Offer(..)
            | Self::OfferGone(..)
            | Self::Standby(..)
            | Self::StandbyGone(..)
            | Self::Promoted(..)
            | Self::Back(..)
            | Self::Question(..)
            | Self::Nominations(..)
            | Self::HostNews(..)
            | Self::HostGone(..)
            | Self::HostSheet(..)
            | Self::KitchenSheet(..)
            | Self::Daily(..)
            | Self::Digest(..) => OnDoubt::Hold,
        }
    }
}
