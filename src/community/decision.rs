//! A decision, as data: what changes, what is written to whom, and what the mail turned out to be.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::Value;

use super::facts::{NextStep, Proposed};
use super::gathering::{Gathering, Invitation, Seat, Sheet, Wave};
use super::letter::Letter;
use super::member::MemberChange;
use super::person::Person;
use super::purpose::Purpose;
use crate::command::setting::{Particular, Setting};
use crate::command::{Key, NewGathering};
use crate::mail::EmailAddress;
use crate::understand::{Answer, Diet};

/// What a mail or the passing of time leads to. Carried out as a whole or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// In this order.
    pub changes: Vec<Change>,
    /// Mails to write.
    pub posts: Vec<Post>,
    /// What the mail turned out to be.
    pub disposition: Disposition,
}

impl Decision {
    /// Nothing changes and nobody is written to.
    pub fn nothing(disposition: Disposition) -> Self {
        Self { changes: Vec::new(), posts: Vec::new(), disposition }
    }
}

/// What a mail turned out to be. Stored with it; the story of the inbox in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// A guest's answer that counts.
    Answer,
    /// A guest's answer that is older than the one that counts.
    Outdated,
    /// A guest's answer that came too late.
    TooLate,
    /// A guest's mail without an answer, passed on or asked about.
    Asked,
    /// An answer from another address than the guest's, waiting for the guest's word.
    Pending,
    /// The guest's word about such an answer.
    PendingSettled,
    /// An organizer's command, a preview of it, or why not.
    Command,
    /// An organizer's yes or no to a preview.
    Confirmation,
    /// An organizer's mail that asks for nothing.
    Chat,
    /// Somebody's word about being the host.
    HostAnswered,
    /// A delivery status notification.
    Bounce,
    /// An automatic reply.
    Automatic,
    /// A list or newsletter.
    List,
    /// A mail from somebody that we do not know, or about nothing that we know.
    Stranger,
    /// What a member asked for beside an answer.
    Member,
    /// The word that a request waited for.
    Request,
    /// A known person's mail that is about nothing that we can find.
    Unplaced,
    /// Our own mail came back to us.
    Loop,
    /// A mail that is not from whom it says.
    Forged,
    /// Words that have been handled, sent on once more.
    Replayed,
}

impl Disposition {
    /// As stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Outdated => "outdated",
            Self::TooLate => "too-late",
            Self::Asked => "asked",
            Self::Pending => "pending",
            Self::PendingSettled => "pending-settled",
            Self::Command => "command",
            Self::Confirmation => "confirmation",
            Self::Chat => "chat",
            Self::HostAnswered => "host-answered",
            Self::Bounce => "bounce",
            Self::Automatic => "automatic",
            Self::List => "list",
            Self::Stranger => "stranger",
            Self::Member => "member",
            Self::Request => "request",
            Self::Unplaced => "unplaced",
            Self::Loop => "loop",
            Self::Forged => "forged",
            Self::Replayed => "replayed",
        }
    }
}

/// A change of state.
#[derive(Debug, Clone, PartialEq)]
pub enum Change {
    /// Somebody we do not know, who has answered an invitation, is told that it was passed on: at
    /// most once a day.
    Hold {
        /// Who, proven.
        stranger: EmailAddress,
        /// Whose invitation.
        invitation_id: i64,
    },
    /// An invitation's answer and place.
    Answer(Placed),
    /// What a mail said, for the record.
    Record(Record),
    /// A pending answer has been settled.
    SettlePending {
        /// The mail that holds it.
        inbox_id: i64,
        /// Whether the guest said that it was theirs.
        confirmed: bool,
    },
    /// Another address is the guest's too.
    AddAddress {
        /// Whose.
        person_id: i64,
        /// The address.
        email: EmailAddress,
    },
    /// A guest has promised an answer by the end of a day: no nudge before that.
    Promise {
        /// The invitation.
        invitation_id: i64,
        /// The local day; none, where an earlier promise no longer counts.
        until: Option<NaiveDate>,
    },
    /// A guest's mail came back for good.
    CameBack {
        /// The mail.
        outbox_id: i64,
        /// The server's words.
        reason: String,
    },
    /// A preview waits for a yes.
    Propose {
        /// What was asked for.
        proposed: Proposed,
        /// The effects that the preview shows.
        shown: Value,
        /// The gathering, if it is about one alone.
        gathering_id: Option<i64>,
        /// Until when yes counts.
        expires_at: DateTime<Utc>,
    },
    /// All organizers are told of what a preview showed, and each has a word.
    Notice {
        /// The preview.
        proposal_id: i64,
        /// When it is carried out, unless one says no.
        due_at: DateTime<Utc>,
        /// The row of each organizer's word, and the organizer.
        asked: Vec<(i64, i64)>,
    },
    /// An organizer has said their word.
    NoticeAnswered {
        /// Its row.
        notice_id: i64,
        /// Whether it was yes.
        yes: bool,
    },
    /// A preview has been answered.
    SettleProposal {
        /// Which.
        proposal_id: i64,
        /// How.
        outcome: Outcome,
    },
    /// A new gathering with its invitations.
    Create {
        /// Its row, taken from the sequence beforehand.
        gathering_id: i64,
        /// What it is.
        new: Box<NewGathering>,
        /// Start as an instant.
        starts_at: DateTime<Utc>,
        /// The host, if a known person.
        host_id: Option<i64>,
        /// Whom to invite.
        guests: Vec<i64>,
    },
    /// The later rounds of invitations that have not opened are these.
    Waves {
        /// The gathering.
        gathering_id: i64,
        /// In order.
        waves: Vec<Wave>,
    },
    /// A later round of invitations opens.
    OpenWave {
        /// The gathering.
        gathering_id: i64,
        /// Its number.
        number: u32,
        /// Whom it invites.
        guests: Vec<i64>,
        /// Whether they too are first told to keep the day free.
        keeps_free: bool,
    },
    /// More invitations.
    Invite {
        /// The gathering.
        gathering_id: i64,
        /// Whom.
        guests: Vec<i64>,
    },
    /// These guests are first told to keep the day free, and asked nearer to it.
    KeepFree {
        /// The gathering.
        gathering_id: i64,
        /// Whom.
        guests: Vec<i64>,
    },
    /// Guests who were to be asked nearer to the day are asked now.
    Ask {
        /// The gathering.
        gathering_id: i64,
        /// Whom.
        guests: Vec<i64>,
    },
    /// Another number of seats.
    Seats {
        /// The gathering.
        gathering_id: i64,
        /// Seats.
        seats: u32,
    },
    /// Another time.
    Move {
        /// The gathering.
        gathering_id: i64,
        /// Local start.
        to: NaiveDateTime,
        /// As an instant.
        starts_at: DateTime<Utc>,
        /// Whether everybody is asked again.
        asked_again: bool,
        /// Until when answers are awaited after it.
        reply_by: Option<NaiveDate>,
        /// From when the kitchen takes no change then.
        kitchen_by: Option<NaiveDateTime>,
    },
    /// Something is otherwise at it than in the community.
    Particular {
        /// The gathering.
        gathering_id: i64,
        /// What.
        particular: Particular,
    },
    /// Another word about it: its menu, its place.
    Describe {
        /// The gathering.
        gathering_id: i64,
        /// Which.
        key: Key,
        /// What it is now.
        value: Option<String>,
    },
    /// Until when answers are awaited.
    ReplyBy {
        /// The gathering.
        gathering_id: i64,
        /// The last day.
        day: Option<NaiveDate>,
    },
    /// From when the kitchen takes no change.
    KitchenBy {
        /// The gathering.
        gathering_id: i64,
        /// Local.
        by: NaiveDateTime,
    },
    /// Somebody is a member from now on.
    AddMember {
        /// Name.
        name: String,
        /// Address of record.
        email: EmailAddress,
    },
    /// A command is about it: previews of how it was no longer count.
    Touch {
        /// The gathering.
        gathering_id: i64,
    },
    /// Somebody is the host.
    Host {
        /// The gathering.
        gathering_id: i64,
        /// Who.
        person_id: i64,
    },
    /// An invitation is taken away.
    Uninvite {
        /// The gathering.
        gathering_id: i64,
        /// Whose.
        person_id: i64,
    },
    /// An invitation that was taken away is there again, as it was.
    Reinvite {
        /// The gathering.
        gathering_id: i64,
        /// As it was.
        invitation: Box<Invitation>,
    },
    /// Whether a guest came.
    Came {
        /// The invitation.
        invitation_id: i64,
        /// Whether; nobody knows.
        came: Option<bool>,
    },
    /// A gathering is again as it was.
    Restore(Box<Gathering>),
    /// A gathering that nobody has heard of is gone.
    Drop {
        /// The gathering.
        gathering_id: i64,
    },
    /// What a mail has changed, to take it back by.
    Remember {
        /// Its commands as written.
        lines: Vec<String>,
        /// Letters that it leads to.
        letters: Vec<&'static str>,
        /// What it did, as letters tell it.
        acts: Value,
        /// What it touched, as it was.
        before: Vec<Sheet>,
        /// And as it leaves it.
        after: Vec<Sheet>,
    },
    /// What a mail has changed has been taken back.
    Undone {
        /// That mail.
        inbox_id: i64,
    },
    /// Called off.
    Cancel {
        /// The gathering.
        gathering_id: i64,
        /// Why.
        reason: Option<String>,
    },
    /// Mails about a gathering that have not left are taken back.
    Withdraw {
        /// The gathering.
        gathering_id: i64,
    },
    /// Unasked mails to one guest that have not left are taken back: they have answered.
    WithdrawFrom {
        /// The invitation.
        invitation_id: i64,
    },
    /// Organizers have set the community.
    Set(Setting),
    /// What a member's words change.
    Member {
        /// Whose.
        person_id: i64,
        /// What.
        change: MemberChange,
    },
    /// A line for the record.
    Audit {
        /// The act, in a word.
        act: &'static str,
        /// What it was about.
        gathering_id: Option<i64>,
        /// Ids and numbers.
        details: Value,
        /// The command that asked for it, as it may be kept.
        command: Option<String>,
    },
}

/// How a preview ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Carried out.
    Done,
    /// The organizer said no.
    Dropped,
    /// The gathering had changed.
    Changed,
}

/// An invitation as it is after an answer or a move of the waiting list.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// Which.
    pub invitation_id: i64,
    /// The answer that counts now.
    pub answer: Option<Answer>,
    /// When it was given.
    pub answered_at: Option<DateTime<Utc>>,
    /// Place.
    pub seat: Seat,
    /// Seats.
    pub party: u32,
    /// Place in the waiting list, if waiting or offered.
    pub waiting_since: Option<DateTime<Utc>>,
    /// Offers made so far.
    pub offers: u32,
    /// An offered seat is held until then.
    pub offer_until: Option<DateTime<Utc>>,
    /// Diets.
    pub diets: Vec<Diet>,
    /// Further needs.
    pub diet_notes: Vec<String>,
}

impl Placed {
    /// The invitation as it is.
    pub fn of(invitation: &Invitation) -> Self {
        Self {
            invitation_id: invitation.id,
            answer: invitation.answer,
            answered_at: invitation.answered_at,
            seat: invitation.seat,
            party: invitation.party,
            waiting_since: invitation.waiting_since,
            offers: invitation.offers,
            offer_until: invitation.offer_until,
            diets: invitation.diets.clone(),
            diet_notes: invitation.diet_notes.clone(),
        }
    }
}

/// What became of the meaning of one guest's mail.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// About which invitation.
    pub invitation_id: i64,
    /// What it says.
    pub answer: Option<Answer>,
    /// Seats, where said.
    pub party: Option<u32>,
    /// The words and rules that it rests on.
    pub because: Value,
    /// What became of it: `applied`, `outdated`, `pending`, `noted`.
    pub state: &'static str,
    /// Who wrote, if not the guest.
    pub other_email: Option<EmailAddress>,
    /// Diets of a pending answer.
    pub diets: Vec<Diet>,
    /// Further needs of a pending answer.
    pub diet_notes: Vec<String>,
}

/// A mail to write.
#[derive(Debug, Clone, PartialEq)]
pub struct Post {
    /// Why.
    pub purpose: Purpose,
    /// To whom. Only the database knows people, so no mail chooses where an answer goes.
    pub to: Person,
    /// What.
    pub letter: Letter,
    /// Where an answer to it goes.
    pub reply: NextStep,
    /// Whether a calendar part goes with it.
    pub event: Option<EventPart>,
    /// The gathering that it is about.
    pub gathering_id: Option<i64>,
    /// The invitation that it is about; its first letter is the thread's root.
    pub invitation_id: Option<i64>,
    /// When it may leave.
    pub due_at: DateTime<Utc>,
    /// When it is no longer useful.
    pub expires_at: DateTime<Utc>,
}

impl Placed {
    /// The invitation as it will be.
    pub fn onto(&self, invitation: &Invitation) -> Invitation {
        Invitation {
            answer: self.answer,
            answered_at: self.answered_at,
            seat: self.seat,
            party: self.party,
            waiting_since: self.waiting_since,
            offers: self.offers,
            offer_until: self.offer_until,
            diets: self.diets.clone(),
            diet_notes: self.diet_notes.clone(),
            // Whoever has been answered for need not say any more what they meant.
            unclear: invitation.unclear && self.answered_at == invitation.answered_at,
            ..invitation.clone()
        }
    }
}

impl Post {
    /// A mail to a guest about a gathering that they are invited to: an answer to it is an answer
    /// to the invitation, and it is useful until the gathering begins.
    pub fn to_guest(
        gathering: &Gathering,
        (invitation, guest): (&Invitation, &Person),
        (purpose, letter): (Purpose, Letter),
        due_at: DateTime<Utc>,
    ) -> Self {
        Self {
            purpose,
            to: guest.clone(),
            letter,
            reply: NextStep::Guest(invitation.id),
            event: None,
            gathering_id: Some(gathering.id),
            invitation_id: Some(invitation.id),
            due_at,
            expires_at: gathering.starts_at,
        }
    }
}

/// A calendar part to put into a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPart {
    /// `REQUEST`, or else `CANCEL`.
    pub method: Method,
    /// SEQUENCE.
    pub sequence: u32,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// Title in the calendar.
    pub summary: String,
    /// The address, if the reader may know it.
    pub location: Option<String>,
}

/// What a calendar part asks of a calendar (RFC 5546).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Put it in.
    Request,
    /// Take it out.
    Cancel,
}
