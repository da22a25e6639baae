//! What became of what a member asked for, line by line of the letter that says so.

use chrono::NaiveDate;
use serde::Serialize;

use super::{GatheringView, Named};
use crate::command::member::{Frequency, Shared};

/// What an organizer has noted about a member.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "news", rename_all = "kebab-case")]
pub enum MemberNews {
    /// You hear nothing for a while.
    Paused {
        /// Until this day.
        until: Option<NaiveDate>,
        /// Gatherings before that at which you keep your seat.
        seats: Vec<GatheringView>,
    },
    /// You are back.
    Resumed,
    /// You are no member any more.
    Removed {
        /// Gatherings at which your seat is free now.
        seats: Vec<GatheringView>,
    },
    /// Your letters go to another address. Never says to which: who reads this may be another.
    Address,
}

/// One thing that was asked for, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "act", rename_all = "kebab-case")]
pub enum MemberAct {
    /// What you eat is remembered. Never says what.
    Remembered,
    /// You asked us to remember, and have told nothing yet.
    NothingToRemember,
    /// What you eat is forgotten. Never says what.
    Forgotten,
    /// How often you get the digest.
    Digest {
        /// How often.
        how_often: Frequency,
    },
    /// No digest any more. Everything?
    Stopped,
    /// No digest any more, by the link that every mail bears, so perhaps by mistake.
    StoppedByLink,
    /// You are no member any more.
    Left {
        /// Gatherings at which your seat is free now.
        seats: Vec<GatheringView>,
        /// Gatherings that need another host now.
        hosts: Vec<GatheringView>,
    },
    /// You hear nothing for a while.
    Away {
        /// Until this day.
        until: Option<NaiveDate>,
        /// Gatherings before that at which you keep your seat.
        seats: Vec<GatheringView>,
        /// Gatherings before that whose host you are.
        hosts: Vec<GatheringView>,
    },
    /// Welcome back.
    Back,
    /// From now on in this language.
    Language,
    /// We do not write that language.
    NoSuchLanguage,
    /// Who comes, told to one who has a seat.
    Coming {
        /// To what.
        gathering: GatheringView,
        /// Who.
        names: Vec<Named>,
    },
    /// Who comes is told to those who have a seat.
    ComingHidden {
        /// To what.
        gathering: GatheringView,
    },
    /// The organizers are asked whether your seat may go to somebody.
    HandOverAsked {
        /// The seat.
        gathering: GatheringView,
        /// To whom.
        to: String,
    },
    /// We know nobody, or several, by this name; the organizers have been told.
    HandOverUnknown {
        /// The name as written.
        to: String,
    },
    /// You have no seat to give, or more than one.
    NoSeatToGive,
    /// Passed on to the organizers.
    Nominated,
    /// It goes out with the next digest.
    Shared {
        /// What it is.
        what: Shared,
    },
    /// An organizer can not leave or be erased by a word.
    OrganizerStays,
    /// Only one thing that needs a yes at a time.
    OneAtATime {
        /// The line as written.
        line: String,
    },
    /// Nearly a word of ours.
    NearMiss {
        /// The line as written.
        line: String,
        /// Which: `remember`, `forget`, `away`, `stop` …
        word: String,
    },
    /// A day that we can not read, or that has been.
    BadDay {
        /// The line as written.
        line: String,
    },
    /// No invitation of yours is on that day, or more than one.
    NotFound {
        /// The line as written.
        line: String,
    },
    /// It is not clear whether this is yes or no.
    Unclear {
        /// To what.
        gathering: GatheringView,
        /// The line as written.
        line: String,
    },
    /// You said no; nothing has been done.
    Dropped,
    /// It has been answered before.
    AlreadyDone,
    /// The answer came too late.
    Expired,
    /// The seat is not there to give any more.
    SeatGone,
    /// The organizers are asked whether somebody we do not know may come.
    LetInAsked {
        /// Who.
        who: String,
        /// To what.
        gathering: GatheringView,
    },
    /// Somebody we did not know gets an invitation of their own.
    LetIn {
        /// Who.
        who: String,
        /// To what.
        gathering: GatheringView,
    },
    /// It is over, or called off: nobody gets an invitation any more.
    LetInTooLate {
        /// What.
        gathering: GatheringView,
    },
}

/// What a guest says of somebody who has answered their invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum GuestsWord {
    /// Nothing yet.
    Asked,
    /// That it was somebody else.
    Disowned,
    /// That they would like them to come.
    Vouched,
}
