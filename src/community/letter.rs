//! Every mail that Langbord can write, as data. How it reads is in `templates/<lang>/`.
//!
//! A variant's name in kebab-case is the template's name: `Letter::AnswerYes` is
//! `templates/nb/answer-yes.txt`. Times are local to the community.

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;

use super::gathering::Gone;
use super::member::Requested;
use super::menu::Clash;
use crate::command::Problem;
use crate::mail::EmailAddress;
use crate::understand::Answer;

mod acts;
mod daily;
mod digest;
mod errands;
mod gathering;
mod host;
mod name;
mod noted;
pub mod privacy;
pub mod samples;
mod setting;
pub mod sheets;
mod soon;
mod status;

pub use acts::{GuestsWord, MemberAct, MemberNews};
pub use daily::DailyDeed;
pub use digest::{DigestLine, SharedLine};
pub use errands::{ActView, ChoiceView, Guess, OfferView, Refusal, Told, WhyMail, WhyView};
pub use gathering::{GatheringView, Named, WaveView};
pub use host::{HostNews, Writer};
pub use name::ASKING;
pub use noted::{Memory, Noted, TooLate};
pub use privacy::{OwnData, OwnInvitation, OwnNeeds};
pub use setting::{QuietView, SettingView};
pub use sheets::{
    CountedNeeds, HostSheet, KitchenNeed, KitchenSheet, SheetChange, SheetGuest, Summary, TableDay,
};
pub use soon::Soon;
pub use status::{Been, Overview, StatusView};

/// A mail, before its words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "letter", rename_all = "kebab-case")]
pub enum Letter {
    // --- to guests ---
    /// Will you come?
    Invitation {
        /// Without its address.
        gathering: GatheringView,
        /// Whether the guest was told before to keep the day free.
        saved: bool,
        /// Whether there is an address to be had with a seat.
        has_address: bool,
    },
    /// You have a seat.
    AnswerYes {
        /// With its address.
        gathering: GatheringView,
        /// What was understood.
        noted: Noted,
    },
    /// You can not come; your seat, if you had one, is free again.
    AnswerNo {
        /// Without its address.
        gathering: GatheringView,
        /// Whether a seat or a place on the waiting list was given up.
        gave_up: bool,
        /// Whether the kitchen takes no change any more, so that nobody else gets it.
        cooked: bool,
    },
    /// You are undecided; no seat is held, unless it was offered, and a place in line is kept.
    AnswerMaybe {
        /// Without its address.
        gathering: GatheringView,
        /// The guest will answer by the end of that day.
        until: Option<NaiveDate>,
        /// Until when the seat is held that the guest was offered.
        held: Option<NaiveDateTime>,
        /// Place on the waiting list; 1 is next.
        position: Option<u32>,
        /// Whether the kitchen takes no change any more, so that nobody is offered a seat.
        cooked: bool,
    },
    /// It is full; you are on the waiting list.
    WaitingList {
        /// Without its address.
        gathering: GatheringView,
        /// 1 is next.
        position: u32,
        /// Whether the kitchen takes no change any more, so that nobody is offered a seat.
        cooked: bool,
        /// What was understood.
        noted: Noted,
    },
    /// We did not understand: one question with three one-word choices.
    Unclear {
        /// Without its address.
        gathering: GatheringView,
        /// What the kitchen must know was all that was said, and is noted.
        food_noted: bool,
    },
    /// Nothing was said about coming; what was asked has been passed on.
    Relayed {
        /// Without its address.
        gathering: GatheringView,
        /// What stands now, if there is an answer already.
        answer: Option<Answer>,
        /// Until when the seat is held that the guest was offered.
        held: Option<NaiveDateTime>,
    },
    /// It has been, and what was said about it has been passed on.
    Thanked {
        /// Without its address.
        gathering: GatheringView,
        /// Whether a host who does not organize reads it as well.
        host_reads: bool,
    },
    /// A reply without token from somebody with several open invitations: which one?
    WhichInvitation {
        /// The open ones, without addresses.
        choices: Vec<GatheringView>,
    },
    /// A seat is free: answer yes before `until` (or, on the last day, be the first).
    Offer {
        /// Without its address.
        gathering: GatheringView,
        /// Seats held for the guest.
        party: u32,
        /// Until when it is held; `None` on the last day, when the first yes wins.
        until: Option<NaiveDateTime>,
    },
    /// The offer ran out; you are still on the list, after the others.
    OfferGone {
        /// Without its address.
        gathering: GatheringView,
        /// Whether somebody else's yes came first, on the last day; else the time was up.
        taken: bool,
    },
    /// You get a seat because there are more seats now.
    Promoted {
        /// With its address.
        gathering: GatheringView,
        /// Seats taken.
        party: u32,
    },
    /// We have not heard from you.
    Nudge {
        /// Without its address.
        gathering: GatheringView,
        /// Whether a seat is kept meanwhile, since before it was moved.
        seated: bool,
    },
    /// It is soon.
    Reminder {
        /// With its address.
        gathering: GatheringView,
        /// Seats taken.
        party: u32,
        /// How soon.
        soon: Soon,
        /// Whether the kitchen takes no change any more, so that nobody else gets a seat given up.
        cooked: bool,
    },
    /// It has been.
    FollowUp {
        /// Without its address.
        gathering: GatheringView,
        /// Whether a host who does not organize reads what is said in return.
        host_reads: bool,
    },
    /// Another time.
    Moved {
        /// As it is now; with its address only for those with a seat.
        gathering: GatheringView,
        /// Local start before.
        from: NaiveDateTime,
        /// Whether the reader is asked again because the date changed.
        asked_again: bool,
        /// Whether the reader has a seat.
        seated: bool,
    },
    /// Something else about it is new.
    Changed {
        /// As it is now; with its address.
        gathering: GatheringView,
        /// What is new, as the key in English.
        key: &'static str,
    },
    /// An organizer has given you a seat.
    SeatGiven {
        /// With its address.
        gathering: GatheringView,
        /// Which organizer.
        organizer: String,
        /// Seats taken.
        party: u32,
    },
    /// You are no longer on the list.
    Removed {
        /// Without its address.
        gathering: GatheringView,
    },
    /// A word from the organizer.
    Message {
        /// Without its address.
        gathering: GatheringView,
        /// Who writes.
        organizer: String,
        /// Their words.
        text: String,
    },
    /// An organizer has answered for you.
    AnsweredFor {
        /// As it is now; with its address only for those with a seat.
        gathering: GatheringView,
        /// Which organizer.
        organizer: String,
        /// What they answered.
        answer: Answer,
        /// Whether the reader has a seat.
        seated: bool,
        /// What was noted.
        noted: Noted,
    },
    /// Called off.
    Cancelled {
        /// Without its address.
        gathering: GatheringView,
        /// Why, in the organizer's words.
        reason: Option<String>,
    },
    /// Your answer came too late to count.
    TooLate {
        /// Without its address.
        gathering: GatheringView,
        /// Why.
        why: TooLate,
    },
    /// Somebody answered your invitation from another address: was that you?
    OtherAddress {
        /// Without its address.
        gathering: GatheringView,
        /// The other address, or the guest's own where nobody can tell whether they wrote.
        other: EmailAddress,
        /// Whether it is the guest's own.
        own: bool,
        /// What the mail from there seems to say.
        answer: Option<Answer>,
    },
    /// You said that an answer from another address was not yours; it does not count.
    Disowned {
        /// Without its address.
        gathering: GatheringView,
        /// The other address.
        other: EmailAddress,
    },
    /// The periodic summary.
    Digest {
        /// Gatherings that the reader has answered or been invited to.
        own: Vec<DigestLine>,
        /// Others of the community.
        coming: Vec<DigestLine>,
        /// What members have sent in since the last one.
        shared: Vec<SharedLine>,
        /// Who is new since then.
        newcomers: Vec<String>,
    },
    /// A question to every member.
    Question {
        /// The question.
        question: String,
    },
    /// Whom do we miss?
    Nominations,
    /// What was said after it has come to its end; this mail went to nobody.
    ThreadClosed {
        /// Without its address.
        gathering: GatheringView,
    },
    /// Keep a day free; the invitation comes later.
    SaveTheDate {
        /// Without its address.
        gathering: GatheringView,
        /// When it was to be, where that has been told and is not so any more.
        moved_from: Option<NaiveDateTime>,
    },
    /// To somebody who has just become a member: how it goes here.
    Welcome {
        /// The member who proposed them, if they may be named.
        proposed_by: Option<String>,
        /// What is coming that a member may know of, without addresses; their own invitations come
        /// by themselves.
        coming: Vec<GatheringView>,
    },
    /// To an address that nobody was invited at, which answered an invitation with its token: kind,
    /// and not a word about the gathering or its guests. Only where the sender is authenticated, and
    /// once a day; write it to an [`Address`](crate::letters::Address) without a name.
    Holding,
    /// To the host, the day before: who comes. For nobody else.
    HostSheet(HostSheet),
    /// To whoever cooks.
    KitchenSheet(KitchenSheet),
    // --- to a person about what we know of them; to their address of record only ---
    /// `mine data`: all of it, with the same as JSON beside it.
    MyData(OwnData),
    /// `slett meg`: is that so? Nothing is deleted before a yes to this mail.
    EraseMe {
        /// Seats and places in line that will go to others, without addresses.
        seats: Vec<GatheringView>,
        /// What needs another host then.
        hosts: Vec<GatheringView>,
        /// Until when yes counts.
        until: NaiveDateTime,
    },
    /// All is deleted. Write it before the name and address are gone, and send it last.
    Erased {
        /// When the last backup that holds something is gone; `None` where none are kept.
        backups_until: Option<NaiveDate>,
    },
    // --- to organizers ---
    /// What came in since the last one; not sent where nothing has.
    Summary(Summary),
    /// The small things that the other organizers have done since the last one.
    Daily {
        /// The local day.
        day: NaiveDate,
        /// In order.
        deeds: Vec<DailyDeed>,
    },
    /// What became of what a member asked for.
    Member {
        /// Line by line.
        acts: Vec<MemberAct>,
    },
    /// Was it you who asked for this? One word, and it is done.
    Confirm {
        /// What.
        what: Requested,
        /// Until when yes counts.
        until: NaiveDateTime,
    },
    /// An organizer has noted something about you.
    Membership {
        /// Which organizer.
        organizer: String,
        /// What.
        news: MemberNews,
    },
    /// Somebody gave you their seat.
    GivenSeat {
        /// With its address.
        gathering: GatheringView,
    },
    /// A seat has gone from one to another.
    HandedOver {
        /// Without its address.
        gathering: GatheringView,
        /// From whom.
        giver: String,
        /// To whom.
        to: String,
    },
    // --- to organizers ---
    /// A guest wants to give their seat to another member: yes or no?
    HandOver {
        /// The gathering.
        gathering: GatheringView,
        /// Whose seat.
        giver: String,
        /// To whom.
        to: String,
        /// Until when yes counts.
        until: NaiveDateTime,
    },
    /// This is what will happen if you answer yes.
    Preview {
        /// Whether a yes has come to what was shown before, which would not come out so any more.
        anew: bool,
        /// What will happen.
        offer: OfferView,
        /// The gathering, if it is about one alone.
        about: Option<GatheringView>,
        /// Words that were perhaps meant as others.
        guesses: Vec<Guess>,
        /// What else was asked.
        told: Vec<Told>,
    },
    /// This has happened.
    Done {
        /// What has happened.
        acts: Vec<ActView>,
        /// How many mails to guests go out.
        mails: u32,
        /// When they leave; until then all can be taken back.
        leave_at: Option<NaiveDateTime>,
        /// How the gatherings stand now, and what else was asked.
        told: Vec<Told>,
        /// The gathering and how it stands, if it is about one alone.
        about: Option<StatusView>,
        /// Whether it can not be taken back.
        lasts: bool,
    },
    /// You said no to a preview; nothing has happened.
    Dropped,
    /// What was asked.
    Status {
        /// The answers, in order.
        told: Vec<Told>,
    },
    /// Which of these?
    Which {
        /// The line that can be about several.
        line: String,
        /// What was written of it.
        written: String,
        /// What it can be; the number is the answer.
        choices: Vec<ChoiceView>,
    },
    /// Lines that were not understood; nothing has happened.
    Problems {
        /// Lines that were understood.
        understood: Vec<String>,
        /// Lines that were not, and why.
        problems: Vec<Problem>,
        /// What a yes does: only what was understood.
        offer: Option<OfferView>,
    },
    /// Understood, but it can not be done.
    Refused {
        /// Why.
        refusal: Refusal,
        /// The line, where there are others.
        line: Option<String>,
        /// What a yes does: all but that.
        offer: Option<OfferView>,
    },
    /// How to write to Langbord.
    Help,
    /// Nothing was asked for that we can do.
    NoCommand,
    /// All organizers are told of what one has asked for, and have a word.
    Notice {
        /// Who asked; `None` where it is the reader.
        organizer: Option<String>,
        /// Who has a word in it beside the reader, where the reader asked.
        others: Vec<String>,
        /// What will happen.
        acts: Vec<ActView>,
        /// When it happens, unless one says no.
        until: NaiveDateTime,
    },
    /// An organizer has said no to what one has asked for.
    Vetoed {
        /// Who asked; `None` where it is the reader.
        organizer: Option<String>,
        /// Who said no; `None` where it is the reader.
        by: Option<String>,
        /// What was asked for, as written.
        lines: Vec<String>,
    },
    /// You are an organizer now.
    Appointed {
        /// Who asked for it.
        organizer: String,
    },
    /// Another organizer has done something that many will notice.
    Colleague {
        /// Who.
        organizer: String,
        /// What has happened.
        acts: Vec<ActView>,
        /// How many mails to guests go out.
        mails: u32,
        /// When they leave.
        leave_at: Option<NaiveDateTime>,
        /// The gathering, if it is about one alone.
        about: Option<GatheringView>,
    },
    /// Will you be the host?
    HostAsked {
        /// The gathering.
        gathering: GatheringView,
        /// Which organizer asks.
        organizer: String,
    },
    /// What you said about being the host is noted.
    HostNoted {
        /// The gathering.
        gathering: GatheringView,
        /// What was said; `None` where it was neither yes nor no.
        yes: Option<bool>,
        /// Whether they were asked to be the host, and are not yet.
        asked: bool,
    },
    /// A guest has asked or asked for something, or wrote what we could not settle.
    GuestWrote {
        /// The gathering, if the mail is about one.
        gathering: Option<GatheringView>,
        /// Who.
        guest: String,
        /// Their own words.
        text: String,
        /// What was understood.
        answer: Option<Answer>,
        /// As what they write.
        writer: Writer,
    },
    /// To the host: what a guest wrote after it.
    PassedOn {
        /// With its address.
        gathering: GatheringView,
        /// Who.
        guest: String,
        /// Their own words.
        text: String,
    },
    /// To a host who is no guest: it is not as it was.
    HostNews {
        /// As it is now; with its address.
        gathering: GatheringView,
        /// What is new.
        news: HostNews,
    },
    /// To organizers: nobody can count on whoever was to be the host.
    HostGone {
        /// As it is now.
        gathering: GatheringView,
        /// Who, and why.
        gone: Gone,
    },
    /// A guest has told what they can not eat, and it is on the menu.
    MenuClash {
        /// The gathering.
        gathering: GatheringView,
        /// What is not for them.
        clashes: Vec<Clash>,
    },
    /// An invitation was answered from an address that is not the guest's.
    StrangerAnswered {
        /// The gathering.
        gathering: GatheringView,
        /// The invited guest.
        guest: String,
        /// Who answered.
        other: EmailAddress,
        /// What the guest says to that.
        word: GuestsWord,
        /// Until when an organizer's yes counts.
        until: NaiveDateTime,
    },
    /// A guest's mail came back.
    Unreached {
        /// The gathering, if the mail was about one.
        gathering: Option<GatheringView>,
        /// The guest.
        guest: String,
        /// Their address.
        address: EmailAddress,
        /// The server's words.
        reason: String,
        /// Class 5, or a delay.
        permanent: bool,
    },
    /// A mail could not be handled or may not have been delivered: look at it.
    Trouble {
        /// `inbox`, `outbox`, `answers`; `results` or `canary` where it is about our mail server.
        queue: &'static str,
        /// Its number there.
        id: i64,
        /// What happened, for a person.
        reason: String,
    },
    /// Somebody has written in your name; nothing was done.
    Forged {
        /// Whether From only looked like your address.
        alike: bool,
        /// When it came.
        at: NaiveDateTime,
    },
}
