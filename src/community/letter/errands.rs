//! What letters to organizers say about commands: what will happen or has, what was asked, what is
//! meant, and why something can not be done.

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    DailyDeed, DigestLine, GatheringView, Named, Overview, SettingView, SharedLine, StatusView,
    WaveView,
};
use crate::command::Role;
use crate::community::export::{Everything, Extract};
use crate::community::menu::Clash;
use crate::mail::EmailAddress;
use crate::understand::Answer;

/// What a command will do or has done, in a form that letters can put in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum ActView {
    /// A new gathering, and who is invited to it.
    New {
        /// The gathering.
        gathering: GatheringView,
        /// Names of those invited.
        invited: Vec<String>,
        /// Who is invited later.
        waves: Vec<WaveView>,
        /// Those of the invited who were left without a seat last time, and else would wait.
        ahead: Vec<String>,
        /// When they are asked who are first told to keep the day free.
        asked_on: Option<NaiveDate>,
        /// Whether a line below it invites people to it, or plans to.
        invited_below: bool,
        /// What is otherwise than in the community.
        particulars: Vec<SettingView>,
    },
    /// Who is invited later, from now on.
    Waves {
        /// The gathering.
        gathering: GatheringView,
        /// The rounds that have not opened.
        waves: Vec<WaveView>,
        /// Those of the first who were left without a seat last time, and else would wait longer.
        ahead: Vec<String>,
    },
    /// More people are invited.
    Invite {
        /// The gathering.
        gathering: GatheringView,
        /// Names of those invited.
        invited: Vec<String>,
        /// When they are asked who are first told to keep the day free.
        asked_on: Option<NaiveDate>,
    },
    /// Another number of seats.
    Seats {
        /// The gathering as it was.
        gathering: GatheringView,
        /// Seats after.
        seats: u32,
        /// Who gets a seat from the waiting list.
        promoted: Vec<String>,
    },
    /// Another time.
    Move {
        /// The gathering as it was.
        gathering: GatheringView,
        /// Local start after.
        to: NaiveDateTime,
        /// Whether the date changes, so that everybody is asked again.
        asked_again: bool,
        /// From when the kitchen takes no change then.
        kitchen_by: Option<NaiveDateTime>,
        /// How many are told.
        told: u32,
    },
    /// Called off.
    Cancel {
        /// The gathering.
        gathering: GatheringView,
        /// Why, as told to the guests.
        reason: Option<String>,
        /// How many are told.
        told: u32,
    },
    /// Its menu, its place, its question …
    Describe {
        /// The gathering as it was.
        gathering: GatheringView,
        /// The key in English, as `where`.
        key: &'static str,
        /// What it is now.
        value: String,
        /// How many are told.
        told: u32,
    },
    /// Something is otherwise at it than in the community.
    Particular {
        /// The gathering.
        gathering: GatheringView,
        /// What.
        setting: SettingView,
    },
    /// Until when answers are awaited.
    ReplyBy {
        /// The gathering.
        gathering: GatheringView,
        /// The last day.
        day: NaiveDate,
    },
    /// From when the kitchen takes no change.
    KitchenBy {
        /// The gathering.
        gathering: GatheringView,
        /// Local.
        by: NaiveDateTime,
    },
    /// Somebody is a member.
    AddMember {
        /// Name.
        name: String,
        /// Address.
        address: EmailAddress,
    },
    /// Somebody is away for a while.
    PauseMember {
        /// Name.
        name: String,
        /// Until this day.
        until: Option<NaiveDate>,
        /// Gatherings before that at which they keep their seat.
        seats: Vec<GatheringView>,
    },
    /// Somebody is back.
    ResumeMember {
        /// Name.
        name: String,
    },
    /// Somebody is no member any more.
    RemoveMember {
        /// Name.
        name: String,
        /// Address.
        address: EmailAddress,
        /// Gatherings at which their seat is free then.
        seats: Vec<GatheringView>,
        /// Gatherings that need another host then.
        hosts: Vec<GatheringView>,
    },
    /// Something that is known of somebody is put right.
    ChangeMember {
        /// Name, as it was.
        name: String,
        /// What, in English: `name`, `address`, `phone`, `language`.
        field: &'static str,
        /// What it is now; of a language its tag.
        value: String,
        /// Of an address: what came back from the one before, and is asked anew.
        asked_again: Vec<GatheringView>,
        /// Of an address: whether the one before is told.
        told: bool,
    },
    /// Everything about somebody goes.
    Erase {
        /// Name.
        name: String,
        /// Gatherings at which their seat is free then.
        seats: Vec<GatheringView>,
        /// Gatherings that need another host then.
        hosts: Vec<GatheringView>,
    },
    /// Everything about everybody goes, but for the organizers.
    EraseAll {
        /// How many people.
        people: u32,
    },
    /// The community is set otherwise.
    Setting {
        /// How.
        setting: SettingView,
    },
    /// Somebody organizes, or no longer does.
    Organizer {
        /// Name.
        name: String,
        /// Address.
        address: EmailAddress,
        /// What they are then.
        role: Role,
    },
    /// The digest goes out.
    Digest {
        /// To whom.
        readers: Vec<String>,
    },
    /// Guests are taken off.
    Remove {
        /// The gathering.
        gathering: GatheringView,
        /// Who.
        removed: Vec<String>,
        /// How many of them are told.
        told: u32,
    },
    /// Somebody gets a seat.
    GiveSeat {
        /// The gathering.
        gathering: GatheringView,
        /// Who.
        guest: String,
    },
    /// An answer on a guest's behalf.
    AnswerFor {
        /// The gathering.
        gathering: GatheringView,
        /// Whose.
        guest: String,
        /// What they answer.
        answer: Answer,
        /// Whether they have a seat now.
        seated: bool,
        /// Seats, the guest included.
        party: u32,
    },
    /// A word to the silent.
    Nudge {
        /// The gathering.
        gathering: GatheringView,
        /// Who.
        nudged: Vec<String>,
    },
    /// A message.
    Message {
        /// The gathering.
        gathering: GatheringView,
        /// To whom.
        to: Vec<String>,
        /// The message.
        text: String,
    },
    /// Somebody is asked to be the host.
    Host {
        /// The gathering.
        gathering: GatheringView,
        /// Who.
        host: String,
        /// Whether they have to say yes first.
        asked: bool,
    },
    /// Who came.
    Attendance {
        /// The gathering.
        gathering: GatheringView,
        /// How many came.
        came: u32,
        /// Who did not.
        absent: Vec<String>,
    },
    /// A gathering is taken along, as a sheet and an event.
    Export {
        /// The gathering.
        gathering: GatheringView,
        /// How many were invited.
        guests: u32,
        /// What goes with the letter that says that it is done, and with no other.
        #[serde(skip)]
        extract: Option<Box<Extract>>,
    },
    /// Everything about everybody is taken along.
    ExportAll {
        /// How many members.
        members: u32,
        /// How many gatherings.
        gatherings: u32,
        /// What goes with the letter that says that it is done, and with no other.
        #[serde(skip)]
        extract: Option<Box<Everything>>,
    },
    /// The last command mail is taken back.
    Undo {
        /// Its commands as written.
        lines: Vec<String>,
    },
}

impl ActView {
    /// Whether `angre` can not take it back, so that nothing is promised. What can be put right by
    /// saying the opposite is.
    pub fn lasts(&self) -> bool {
        match self {
            Self::AddMember { .. }
            | Self::PauseMember { .. }
            | Self::ResumeMember { .. }
            | Self::RemoveMember { .. }
            | Self::ChangeMember { .. }
            | Self::Erase { .. }
            | Self::EraseAll { .. }
            | Self::Organizer { .. }
            | Self::Setting { .. }
            | Self::Export { .. }
            | Self::ExportAll { .. } => true,
            Self::New { .. }
            | Self::Waves { .. }
            | Self::Invite { .. }
            | Self::Seats { .. }
            | Self::Move { .. }
            | Self::Cancel { .. }
            | Self::Describe { .. }
            | Self::Particular { .. }
            | Self::ReplyBy { .. }
            | Self::KitchenBy { .. }
            | Self::Digest { .. }
            | Self::Remove { .. }
            | Self::GiveSeat { .. }
            | Self::AnswerFor { .. }
            | Self::Nudge { .. }
            | Self::Message { .. }
            | Self::Host { .. }
            | Self::Attendance { .. }
            | Self::Undo { .. } => false,
        }
    }

    /// Whether it names somebody of whom nothing may stay.
    pub fn names_the_erased(&self) -> bool {
        matches!(self, Self::Erase { .. })
    }

    /// As it is kept for letters of later: it has happened, and a telephone is nobody's business
    /// there.
    pub fn kept(&self) -> Value {
        let mut kept = json!(self);
        if let Some(fields) = kept.as_object_mut() {
            fields.insert("happened".to_owned(), Value::Bool(true));
        }
        let seats = kept.get("seats").and_then(Value::as_array).map_or(0, Vec::len);
        let places = (0..seats).map(|at| format!("/seats/{at}/host_phone"));
        for place in places.chain(["/gathering/host_phone".to_owned()]) {
            if let Some(phone) = kept.pointer_mut(&place) {
                *phone = Value::Null;
            }
        }
        kept
    }
}

/// What an organizer is told without anything being changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "tells", rename_all = "kebab-case")]
pub enum Told {
    /// Who comes, who waits, who is silent.
    Status(StatusView),
    /// Nothing to come is what was asked about.
    Overview(Box<Overview>),
    /// How to write to Langbord.
    Help,
    /// The digest as the organizer would get it.
    Digest {
        /// Gatherings that the organizer has answered or been invited to.
        own: Vec<DigestLine>,
        /// Others of the community.
        coming: Vec<DigestLine>,
        /// What members have sent in since the last one.
        shared: Vec<SharedLine>,
        /// Who is new since then.
        newcomers: Vec<String>,
    },
    /// Which mail, which words, which rule.
    Why(WhyView),
    /// The menu is not for all who are asked to eat it.
    Menu {
        /// The gathering.
        gathering: GatheringView,
        /// What is not for whom.
        clashes: Vec<Clash>,
    },
    /// How the community is set.
    Settings {
        /// Each setting.
        settings: Vec<SettingView>,
    },
}

/// Why a guest stands where they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhyView {
    /// The gathering.
    pub gathering: GatheringView,
    /// Who.
    pub guest: String,
    /// `seated`, `waiting`, `offered`, `yes`, `no`, `maybe`, `unclear`, `silent`.
    pub stands: &'static str,
    /// Seats, the guest included.
    pub party: u32,
    /// 1 is next, on the waiting list.
    pub position: Option<u32>,
    /// When they were invited.
    pub invited: NaiveDateTime,
    /// The mails that led there, oldest first.
    pub mails: Vec<WhyMail>,
    /// What organizers did that led there, oldest first.
    pub deeds: Vec<DailyDeed>,
}

/// A mail and what was read in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhyMail {
    /// When it came.
    pub at: NaiveDateTime,
    /// What it says.
    pub answer: Option<Answer>,
    /// What became of it: `applied`, `outdated` …
    pub state: String,
    /// The words that decided.
    pub words: Vec<String>,
    /// The rules that read them.
    pub rules: Vec<String>,
}

/// One of several that may be meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "of", rename_all = "kebab-case")]
#[expect(clippy::large_enum_variant, reason = "few exist at a time")]
pub enum ChoiceView {
    /// A person.
    Person {
        /// Name.
        name: String,
        /// Address.
        address: EmailAddress,
    },
    /// A gathering.
    Gathering(GatheringView),
    /// Rounds of invitations, in words.
    Rounds {
        /// Each round.
        rounds: Vec<String>,
    },
}

/// What would happen on a yes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OfferView {
    /// What will happen.
    pub acts: Vec<ActView>,
    /// How many mails to guests will go out.
    pub mails: u32,
    /// Until when yes counts.
    pub until: NaiveDateTime,
    /// Whether a yes is not enough: another organizer's, or a day without a no, has to follow.
    pub grave: bool,
    /// The other organizers, where it is so.
    pub others: Vec<String>,
}

/// Words that were perhaps meant as others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Guess {
    /// The line as written.
    pub line: String,
    /// The word that was perhaps meant.
    pub verb: String,
}

/// Why a command or a confirmation could not be carried out. Never an error: an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "why", rename_all = "kebab-case")]
pub enum Refusal {
    /// No gathering fits.
    NoSuchGathering {
        /// Those to come.
        coming: Vec<GatheringView>,
    },
    /// Fewer seats than are taken.
    BelowTaken {
        /// Seats taken.
        taken: u32,
        /// Who has them.
        coming: Vec<Named>,
    },
    /// Names that fit nobody.
    UnknownNames {
        /// The names as written.
        names: Vec<String>,
    },
    /// The preview has been answered already.
    AlreadyDone,
    /// The preview is older than 48 hours.
    Expired,
    /// Much was done in the last ten minutes; a mailbox in other hands would look like that.
    TooFast,
    /// The gathering has changed since the preview; ask again.
    Changed,
    /// `ja` or `nei`, but there is no preview that it answers.
    NothingToConfirm,
    /// A yes or no together with something else: one at a time, please.
    OneAtATime,
    /// The owner of an address has asked to be forgotten.
    Forgotten {
        /// The address.
        address: EmailAddress,
    },
    /// A number that stands for nothing.
    NoSuchNumber,
    /// A command in answer to the organizer's own invitation, where they speak as a guest.
    OwnInvitation,
    /// There is nobody to whom it could go.
    Nobody,
    /// The guest is not invited.
    NotInvited {
        /// Who.
        guest: String,
    },
    /// Every seat is taken.
    Full {
        /// Seats.
        seats: u32,
        /// Who has them.
        coming: Vec<Named>,
    },
    /// There is nothing to take back.
    NothingToUndo,
    /// It can not be taken back: mails have left.
    TooLateToUndo {
        /// The commands as written.
        lines: Vec<String>,
        /// How many mails have left.
        left: u32,
    },
    /// It can not be taken back: others have changed things since.
    ChangedSince {
        /// The commands as written.
        lines: Vec<String>,
    },
    /// The yes came from another address than the one that was asked.
    FromElsewhere {
        /// The one that was asked.
        address: EmailAddress,
    },
    /// Whoever asked has said yes already: it is another one's turn.
    AnothersWord,
    /// There has to be one organizer.
    LastOrganizer,
    /// Who organizes can not be sent away or erased.
    Organizes {
        /// Who.
        who: String,
    },
    /// The address is somebody else's.
    AddressTaken {
        /// The address.
        address: EmailAddress,
    },
    /// It is so near that the guests may as well be asked.
    TooNearToHold,
    /// Nothing would change.
    NoChange,
}
