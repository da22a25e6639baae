//! All further commands, also the few that are understood and not carried out yet.

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};

use super::lexicon::{Key, Verb};
use super::setting::{Particular, Setting};
use super::{Asked, Command, NewWave, Scope};
use crate::understand::Answer;

/// A further command. [`Command::comes_later`] tells whether it is carried out yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum Further {
    /// `hvorfor Kari`: which mail, which words, which rule.
    Why {
        /// Whom or what, as written.
        about: String,
    },
    /// `meny: Fårikål.`, `endre sted til Storgata 3`.
    Change {
        /// Which gathering.
        scope: Scope,
        /// What of it.
        key: Key,
        /// What it becomes, as written.
        value: String,
    },
    /// `språk: engelsk`, `kalender: ingen`, of one gathering.
    Particular {
        /// Which gathering.
        scope: Scope,
        /// What is otherwise at it.
        particular: Particular,
    },
    /// `runder: nye etter 5 dager, så resten`, of a gathering that exists.
    Waves {
        /// Which gathering.
        scope: Scope,
        /// The rounds that have not opened, from now on.
        waves: Vec<NewWave>,
    },
    /// `frist 5. mars`, `kjøkkenfrist 9. desember kl 12`.
    Deadline {
        /// Which gathering.
        scope: Scope,
        /// For whom.
        whose: Deadline,
        /// The day.
        date: NaiveDate,
        /// The time, where one was written.
        time: Option<NaiveTime>,
    },
    /// `inviter nye`.
    InviteCircle {
        /// Which gathering.
        scope: Scope,
        /// Whom.
        circle: Circle,
        /// When they are asked.
        #[serde(default, skip_serializing_if = "Asked::is_usual")]
        asked: Asked,
    },
    /// `legg til Per`.
    Add {
        /// Which gathering.
        scope: Scope,
        /// Whom, as written.
        people: Vec<String>,
    },
    /// `ta av Per`.
    Remove {
        /// Which gathering.
        scope: Scope,
        /// Whom, as written.
        people: Vec<String>,
    },
    /// `Per ja, vegetar`.
    AnswerFor {
        /// Which gathering.
        scope: Scope,
        /// Who, as written.
        person: String,
        /// What they answer.
        answer: Answer,
        /// All that was written after the name.
        words: String,
    },
    /// `gi plass til Ola`.
    GiveSeat {
        /// Which gathering.
        scope: Scope,
        /// To whom, as written.
        person: String,
    },
    /// `purr`, `purr Per`.
    Nudge {
        /// Which gathering.
        scope: Scope,
        /// Whom, as written; empty means all who are silent.
        people: Vec<String>,
    },
    /// `melding til de som kommer: …`.
    Message {
        /// Which gathering.
        scope: Scope,
        /// To whom.
        to: Recipients,
        /// The message.
        text: String,
    },
    /// `bord på 6`, `ikke Per ved Ola`. Never repeated to others.
    Seating {
        /// Which gathering.
        scope: Scope,
        /// The wish as written.
        wish: String,
    },
    /// `vert Anne`.
    Host {
        /// Which gathering.
        scope: Scope,
        /// Who, as written.
        person: String,
    },
    /// `alle kom uten Per`.
    Attendance {
        /// Which gathering.
        scope: Scope,
        /// Who came.
        came: Came,
    },
    /// `nytt medlem Kari Lie kari@example.org, foreslått av Per`.
    AddMember {
        /// The name as written.
        name: String,
        /// The address, where one was written.
        address: Option<String>,
        /// Who proposed them.
        proposed_by: Option<String>,
    },
    /// `pause Per til 1. mai`.
    PauseMember {
        /// Who, as written.
        person: String,
        /// Until when.
        until: Option<NaiveDate>,
    },
    /// `Kari er tilbake`.
    ResumeMember {
        /// Who, as written.
        person: String,
    },
    /// `medlem ut Per`.
    RemoveMember {
        /// Who, as written.
        person: String,
    },
    /// `ny adresse for Kari: kari@example.net`.
    ChangeMember {
        /// Who, as written.
        person: String,
        /// What of them.
        field: MemberField,
        /// What it becomes, as written; of a language its tag.
        value: String,
    },
    /// `nominer Kari kari@example.org fordi …`.
    Nominate {
        /// The candidate as written.
        person: String,
        /// Why.
        reason: Option<String>,
    },
    /// `avstemning om Kari`.
    Vote {
        /// About whom or what, as written.
        about: String,
    },
    /// `mentor Anne for Per`.
    Mentor {
        /// The wish as written; empty means to pair all who wait.
        wish: String,
    },
    /// `nyhetsbrev nå`, `nyhetsbrev vis`.
    Digest {
        /// Whether it goes out.
        what: DigestAct,
    },
    /// `arrangør Ola`, `arrangør ut Ola`.
    Organizer {
        /// Who, as written.
        person: String,
        /// Whether they become one or are one no more.
        change: Role,
    },
    /// `eksport torsdag`.
    Export {
        /// Which gathering.
        scope: Scope,
    },
    /// `eksport alt`.
    ExportAll,
    /// `slett Per`.
    Erase {
        /// Who, as written.
        person: String,
    },
    /// `slett alle`.
    EraseAll,
    /// `angre`.
    Undo,
    /// `innstillinger`: how all is set.
    Settings,
    /// `innstilling svarfrist 5 dager`.
    Setting {
        /// What, and how.
        setting: Setting,
    },
    /// `2`: the answer to a numbered question.
    Choice {
        /// The number.
        number: u32,
    },
}

/// What is known of a member and can be put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemberField {
    /// Their name.
    Name,
    /// Their address of record.
    Address,
    /// Their telephone, which guests are told where they are the host.
    Phone,
    /// The language of their letters.
    Language,
}

impl MemberField {
    /// Its English name, as problems and letters give it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Address => "address",
            Self::Phone => "phone",
            Self::Language => "language",
        }
    }
}

/// What somebody is from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// An organizer.
    Organizer,
    /// A member like the others.
    Member,
}

/// Whose deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Deadline {
    /// For the guests' answers.
    Reply,
    /// For the kitchen's numbers.
    Kitchen,
}

/// People of a gathering or community told by what they have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Circle {
    /// All who were invited, or all members.
    All,
    /// Those with a seat.
    Coming,
    /// Those on the waiting list.
    Waiting,
    /// Those who have not answered.
    Silent,
    /// Those who can not come.
    Declined,
    /// Those who said maybe.
    Maybe,
    /// The host.
    Host,
    /// The organizers.
    Organizers,
    /// New members.
    New,
    /// Those who were not at the last one.
    NotLast,
}

/// To whom a message goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "kebab-case")]
pub enum Recipients {
    /// To a circle.
    Circle {
        /// Which.
        circle: Circle,
    },
    /// To these, as written.
    Named {
        /// Names or addresses.
        names: Vec<String>,
    },
}

/// Who came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "came", rename_all = "kebab-case")]
pub enum Came {
    /// All with a seat, but for these.
    AllBut {
        /// Who did not come, as written.
        absent: Vec<String>,
    },
    /// Only these.
    Only {
        /// Who came, as written.
        present: Vec<String>,
    },
}

/// What to do with the digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DigestAct {
    /// Show it to the organizer.
    Show,
    /// Send it now.
    Send,
}

impl Command {
    /// Whether a member can ask for the same for themselves.
    pub fn may_be_a_wish(&self) -> bool {
        if let Self::Further(further) = self { further.may_be_a_wish() } else { false }
    }

    /// The verb, where what it asks for is understood and not carried out yet.
    pub fn comes_later(&self) -> Option<Verb> {
        match self {
            Self::Further(further) => (!further.is_carried_out()).then(|| further.verb()),
            Self::Help { .. }
            | Self::Status { .. }
            | Self::New(_)
            | Self::Seats { .. }
            | Self::Move { .. }
            | Self::Cancel { .. }
            | Self::Invite { .. }
            | Self::Yes
            | Self::No => None,
        }
    }

    /// Whether it only answers a preview or a question: yes, no, a number.
    pub fn is_answer(&self) -> bool {
        match self {
            Self::Yes | Self::No => true,
            Self::Further(further) => matches!(further.as_ref(), Further::Choice { .. }),
            Self::Help { .. }
            | Self::Status { .. }
            | Self::New(_)
            | Self::Seats { .. }
            | Self::Move { .. }
            | Self::Cancel { .. }
            | Self::Invite { .. } => false,
        }
    }
}

impl Further {
    /// Whether a member can ask for the same for themselves.
    pub fn may_be_a_wish(&self) -> bool {
        matches!(
            self,
            Self::Particular { scope: Scope::Implied, particular: Particular::Language(_) }
        )
    }

    /// The verb that was asked for.
    pub fn verb(&self) -> Verb {
        match self {
            Self::Why { .. } => Verb::Why,
            Self::Change { .. } | Self::Waves { .. } => Verb::Change,
            Self::Deadline { whose: Deadline::Reply, .. } => Verb::Deadline,
            Self::Deadline { whose: Deadline::Kitchen, .. } => Verb::KitchenDeadline,
            Self::InviteCircle { .. } => Verb::Invite,
            Self::Add { .. } => Verb::Add,
            Self::Remove { .. } => Verb::Remove,
            Self::AnswerFor { .. } => Verb::AnswerFor,
            Self::GiveSeat { .. } => Verb::GiveSeat,
            Self::Nudge { .. } => Verb::Nudge,
            Self::Message { .. } => Verb::Message,
            Self::Seating { .. } => Verb::Seating,
            Self::Host { .. } => Verb::Host,
            Self::Attendance { .. } => Verb::Attendance,
            Self::AddMember { .. } => Verb::MemberAdd,
            Self::PauseMember { .. } => Verb::MemberPause,
            Self::ResumeMember { .. } => Verb::MemberBack,
            Self::RemoveMember { .. } => Verb::MemberRemove,
            Self::ChangeMember { .. } => Verb::MemberChange,
            Self::Nominate { .. } => Verb::Nominate,
            Self::Vote { .. } => Verb::Vote,
            Self::Mentor { .. } => Verb::Mentor,
            Self::Digest { .. } => Verb::Digest,
            Self::Organizer { change: Role::Organizer, .. } => Verb::Organizer,
            Self::Organizer { change: Role::Member, .. } => Verb::OrganizerRemove,
            Self::Export { .. } | Self::ExportAll => Verb::Export,
            Self::Erase { .. } | Self::EraseAll => Verb::Erase,
            Self::Undo => Verb::Undo,
            Self::Particular { .. } => Verb::Language,
            Self::Settings | Self::Setting { .. } => Verb::Settings,
            Self::Choice { .. } => Verb::Choice,
        }
    }

    /// Whether what it asks for is carried out today.
    fn is_carried_out(&self) -> bool {
        match self {
            Self::Change { key, .. } => *key != Key::Tables,
            Self::Particular { .. }
            | Self::Waves { .. }
            | Self::Deadline { .. }
            | Self::AddMember { address: Some(_), .. }
            | Self::Digest { .. }
            | Self::Why { .. }
            | Self::InviteCircle { .. }
            | Self::Add { .. }
            | Self::Remove { .. }
            | Self::AnswerFor { .. }
            | Self::GiveSeat { .. }
            | Self::Nudge { .. }
            | Self::Message { .. }
            | Self::Host { .. }
            | Self::Attendance { .. }
            | Self::Export { .. }
            | Self::ExportAll
            | Self::PauseMember { .. }
            | Self::ResumeMember { .. }
            | Self::RemoveMember { .. }
            | Self::ChangeMember { .. }
            | Self::Erase { .. }
            | Self::EraseAll
            | Self::Organizer { .. }
            | Self::Settings
            | Self::Setting { .. }
            | Self::Undo
            | Self::Choice { .. } => true,
            Self::Seating { .. }
            | Self::AddMember { address: None, .. }
            | Self::Nominate { .. }
            | Self::Vote { .. }
            | Self::Mentor { .. } => false,
        }
    }

    /// Where the gathering stands, for commands about one.
    pub(super) fn scope_mut(&mut self) -> Option<&mut Scope> {
        match self {
            Self::Change { scope, .. }
            | Self::Particular { scope, .. }
            | Self::Waves { scope, .. }
            | Self::Deadline { scope, .. }
            | Self::InviteCircle { scope, .. }
            | Self::Add { scope, .. }
            | Self::Remove { scope, .. }
            | Self::AnswerFor { scope, .. }
            | Self::GiveSeat { scope, .. }
            | Self::Nudge { scope, .. }
            | Self::Message { scope, .. }
            | Self::Seating { scope, .. }
            | Self::Host { scope, .. }
            | Self::Attendance { scope, .. }
            | Self::Export { scope } => Some(scope),
            Self::Why { .. }
            | Self::AddMember { .. }
            | Self::PauseMember { .. }
            | Self::ResumeMember { .. }
            | Self::RemoveMember { .. }
            | Self::ChangeMember { .. }
            | Self::Nominate { .. }
            | Self::Vote { .. }
            | Self::Mentor { .. }
            | Self::Digest { .. }
            | Self::Organizer { .. }
            | Self::ExportAll
            | Self::Erase { .. }
            | Self::EraseAll
            | Self::Undo
            | Self::Settings
            | Self::Setting { .. }
            | Self::Choice { .. } => None,
        }
    }
}
