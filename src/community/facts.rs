//! Everything that a decision about one mail may look at, as plain data.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::gathering::{Gathering, Invitation, Sheet, Table};
use super::level::Evidence;
use super::member::{Food, Membership, Own, Request};
use super::person::{Community, Person};
use super::plan::{Contribution, Reader};
use super::seats::Waiter;
use crate::command::Spotted;
use crate::mail::EmailAddress;
use crate::understand::{Answer, Diet};

/// The facts about one mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    /// The community whose mailbox it came to.
    pub community: Community,
    /// The mail's row.
    pub inbox_id: i64,
    /// When it reached the mailbox.
    pub arrived_at: DateTime<Utc>,
    /// When the mail of ours that it replies to was written, if it replies to one.
    pub answers_mail_of: Option<DateTime<Utc>>,
    /// Its author, if From is an address of a person that we know.
    pub sender: Option<Person>,
    /// Its author's address, known or not.
    pub from: Option<EmailAddress>,
    /// What the mail proves about who wrote it.
    pub evidence: Evidence,
    /// How many answers have gone in the last hour to the person who would get the next one.
    pub recent_answers: u32,
    /// The community's organizers.
    pub organizers: Vec<Person>,
    /// Where it was sent.
    pub came: Came,
    /// What its author has with us; `None` for a stranger.
    pub own: Option<Box<Own>>,
    /// What it is about.
    pub about: About,
}

/// Where a mail was sent, by our own secret addresses and threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// To an invitation's reply address, or in its thread.
    ToInvitation,
    /// To its author's own reply address: that of a digest, or of a letter about their membership.
    ToMember,
    /// To the community.
    ToCommunity,
}

/// What a mail is about, as far as its addresses, threads and calendar UIDs tell.
#[derive(Debug, Clone, PartialEq)]
pub enum About {
    /// One invitation: a guest's answer.
    Invitation(Box<Answering>),
    /// Several open invitations of the sender; no telling which.
    SeveralInvitations(Vec<Gathering>),
    /// A preview sent to an organizer.
    Proposal(Box<Proposal>, Box<Floor>),
    /// An organizer's word in what another one has asked for; as the other one sees the floor.
    Notice(Box<Notice>, Box<Floor>),
    /// An answer from another address, about which the guest of record was asked.
    Pending(Box<Pending>),
    /// The word of somebody who was asked to be the host of a gathering, or is.
    Host(Box<Hosting>, Person),
    /// The community at large, from an organizer.
    Floor(Box<Floor>),
    /// Something that waits for one word.
    Request(Box<Request>),
    /// A mail of ours that came back.
    Returned(Box<Returned>),
    /// Nothing that we know.
    Nothing,
}

/// An invitation with what is needed to judge an answer to it. The gathering is locked.
#[derive(Debug, Clone, PartialEq)]
pub struct Answering {
    /// The gathering.
    pub gathering: Gathering,
    /// The invitation.
    pub invitation: Invitation,
    /// The invited guest.
    pub guest: Person,
    /// The host, if a known person.
    pub host: Option<Person>,
    /// Addresses that are the guest's.
    pub addresses: Vec<EmailAddress>,
    /// The waiting list, in order.
    pub waiters: Vec<Waiter>,
    /// Names of the other guests, where the guest organizes and may have meant one of them.
    pub others: Vec<String>,
}

impl Answering {
    /// Whether the guest is the host.
    pub fn is_host(&self) -> bool {
        self.gathering.host_id == Some(self.guest.id)
    }
}

/// A gathering and its host. The gathering is locked.
#[derive(Debug, Clone, PartialEq)]
pub struct Hosting {
    /// The gathering.
    pub gathering: Gathering,
    /// The host, if a known person.
    pub host: Option<Person>,
    /// Whether the last letter to whoever writes asks them to be the host.
    pub asked: bool,
}

/// An organizer's view: every open gathering, and who could be invited.
#[derive(Debug, Clone, PartialEq)]
pub struct Floor {
    /// The organizer.
    pub organizer: Person,
    /// Open gatherings, soonest first. Locked.
    pub open: Vec<Table>,
    /// Those that have begun in the last two months, soonest first.
    pub past: Vec<Table>,
    /// The last that has been, however long ago.
    pub held: Option<Gathering>,
    /// Those of the last two months, and to come, that were called off; soonest first.
    pub called_off: Vec<Gathering>,
    /// Who was left without a seat at the last one.
    pub left_out: Vec<i64>,
    /// What guests have written about the open ones, oldest first.
    pub answers: Vec<Said>,
    /// What organizers have done to the open ones, oldest first.
    pub deeds: Vec<Deed>,
    /// Active members.
    pub members: Vec<Person>,
    /// Everybody who is known: members, those who are away or have left, and guests.
    pub known: Vec<Known>,
    /// Active members as the digest knows them.
    pub readers: Vec<Reader>,
    /// What members have sent in for the others of late, oldest first.
    pub contributions: Vec<Contribution>,
    /// What members eat, as far as they have let us remember it.
    pub remembered: BTreeMap<i64, Food>,
    /// The gathering of the thread that the mail stands in.
    pub thread: Option<i64>,
    /// Addresses in the mail, or in what it says yes to, whose owners have asked to be forgotten.
    pub forgotten: Vec<EmailAddress>,
    /// Rows for gatherings, should some be made.
    pub next_gathering_ids: Vec<i64>,
    /// What this organizer's last mail that was obeyed has changed.
    pub last: Option<Box<LastErrand>>,
    /// What this organizer has done on a large scale of late.
    pub recent: Recent,
}

/// Somebody who is known, member or not.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// Who.
    pub person: Person,
    /// Where their membership stands; `None` for a guest.
    pub membership: Option<Membership>,
    /// All their addresses.
    pub addresses: Vec<EmailAddress>,
}

/// Large acts of one organizer in the last ten minutes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recent {
    /// All of them.
    pub large: u32,
    /// Those that called something off.
    pub cancelled: u32,
}

/// What a mail of an organizer did to a gathering.
#[derive(Debug, Clone, PartialEq)]
pub struct Deed {
    /// The gathering.
    pub gathering_id: i64,
    /// The mail's row.
    pub inbox_id: Option<i64>,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, as far as they are still known.
    pub organizer: Option<String>,
    /// The acts in a word each, as in the audit: `seats-changed`.
    pub names: Vec<String>,
    /// The commands as they were read, without names and words.
    pub commands: Vec<String>,
    /// The acts as letters tell them; empty once they are emptied.
    pub acts: Vec<Value>,
    /// Whose invitations it changed; `None` once nobody knows any more.
    pub touched: Option<BTreeSet<i64>>,
    /// Whether it has been taken back.
    pub undone: bool,
}

impl Deed {
    /// Whether it has to do with where somebody stands: it changed their invitation, or what all
    /// were invited to. What nobody knows any more may have.
    pub fn concerns(&self, person_id: i64) -> bool {
        let all = ["gathering-moved", "gathering-cancelled"];
        let all = self.names.iter().any(|name| all.contains(&name.as_str()));
        all || self.touched.as_ref().is_none_or(|touched| touched.contains(&person_id))
    }
}

/// What became of a guest's mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// The mail's row.
    pub inbox_id: i64,
    /// About which invitation.
    pub invitation_id: i64,
    /// When it reached the mailbox.
    pub stated_at: DateTime<Utc>,
    /// What it says.
    pub answer: Option<Answer>,
    /// `applied`, `outdated`, `pending` …
    pub state: String,
    /// The words and rules that it rests on.
    pub because: Vec<(String, String)>,
}

/// What a mail of an organizer has changed.
#[derive(Debug, Clone, PartialEq)]
pub struct LastErrand {
    /// The mail's row.
    pub inbox_id: i64,
    /// When it was obeyed.
    pub done_at: DateTime<Utc>,
    /// Its commands as written.
    pub lines: Vec<String>,
    /// The gatherings that it touched, as they were.
    pub before: Vec<Sheet>,
    /// And as it left them.
    pub after: Vec<Sheet>,
    /// And as they are now.
    pub now: Vec<Table>,
    /// Whether it has been taken back.
    pub undone: bool,
    /// Whether there is nothing in it that can be: a member was taken in.
    pub lasts: bool,
    /// Whether the other organizers heard of it at once.
    pub heard: bool,
    /// How many of the mails that it led to have left.
    pub left: u32,
}

/// A preview that waits for a yes.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Its row, which is the row of the mail that asked for it.
    pub id: i64,
    /// Whose.
    pub organizer_id: i64,
    /// What was asked for, and what a number stands for.
    pub proposed: Proposed,
    /// The effects that the preview showed, and the versions of the gatherings in it.
    pub shown: Value,
    /// The gathering, if it is about one alone.
    pub gathering_id: Option<i64>,
    /// Until when yes counts.
    pub expires_at: DateTime<Utc>,
    /// Whether it has been answered.
    pub settled: bool,
    /// Once all organizers have been told: when it is carried out, unless one says no.
    pub due_at: Option<DateTime<Utc>>,
    /// Rows for the words of all organizers, should they be told.
    pub next_notices: Vec<i64>,
}

/// An organizer's word in what is as heavy as another organizer.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Its row.
    pub id: i64,
    /// Whose word.
    pub person_id: i64,
    /// In what.
    pub proposal: Proposal,
}

/// What waits for an organizer's word.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Proposed {
    /// What is carried out on yes.
    pub commands: Vec<Spotted>,
    /// What is carried out on the number 1, 2 …
    #[serde(default)]
    pub choices: Vec<Vec<Spotted>>,
}

/// An answer from another address, waiting for the guest's word.
#[derive(Debug, Clone, PartialEq)]
pub struct Pending {
    /// The mail that holds it.
    pub inbox_id: i64,
    /// What it says.
    pub answer: Option<Answer>,
    /// Seats, where said.
    pub party: Option<u32>,
    /// Diets.
    pub diets: Vec<Diet>,
    /// Further needs.
    pub diet_notes: Vec<String>,
    /// When it reached the mailbox.
    pub stated_at: DateTime<Utc>,
    /// Who wrote it.
    pub other: Option<EmailAddress>,
    /// Whether it has been settled.
    pub settled: bool,
    /// Whether the organizers have been asked about whoever wrote it.
    pub told: bool,
    /// The invitation that it answers.
    pub answering: Answering,
}

/// A mail of ours that came back.
#[derive(Debug, Clone, PartialEq)]
pub struct Returned {
    /// Row.
    pub outbox_id: i64,
    /// Whether it was about an invitation, to somebody who is still known.
    pub to_guest: bool,
}

/// Where an answer to a letter goes, and so what it will be about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextStep {
    /// A guest's answer to this invitation.
    Guest(i64),
    /// An organizer's yes or no to this preview.
    Proposal(i64),
    /// An organizer's word in what another one has asked for.
    Notice {
        /// The row of that word.
        notice: i64,
        /// What was asked for.
        proposal: i64,
    },
    /// The guest's word about the answer in this mail.
    Pending(i64),
    /// The word of somebody who is asked to be the host of this gathering.
    Host(i64),
    /// An organizer's own address.
    Organizer(i64),
    /// A member's own address.
    Member(i64),
    /// The word that a request waits for; the mail that asked for it.
    Request(i64),
    /// A guest, past us: the organizer answers them as anybody would.
    Person(EmailAddress),
    /// The community's address.
    Community,
}
