//! Under which name a letter's words are found.

use super::{ActView, Letter};

/// Letters that ask something of people who have not written: they leave on an open day.
pub const ASKING: [&str; 6] =
    ["save-the-date", "invitation", "nudge", "follow-up", "question", "nominations"];

impl Letter {
    /// Whether nothing of it may stay once it has left: it says farewell to somebody, or names
    /// somebody who is forgotten.
    pub fn is_forgotten(&self) -> bool {
        if let Self::Done { acts, .. } | Self::Colleague { acts, .. } | Self::Notice { acts, .. } =
            self
        {
            return acts.iter().any(ActView::names_the_erased);
        }
        matches!(self, Self::Erased { .. })
    }

    /// The template's name.
    #[expect(clippy::too_many_lines, reason = "an arm for each letter, and nothing else")]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Invitation { .. } => "invitation",
            Self::AnswerYes { .. } => "answer-yes",
            Self::AnswerNo { .. } => "answer-no",
            Self::AnswerMaybe { .. } => "answer-maybe",
            Self::WaitingList { .. } => "waiting-list",
            Self::Unclear { .. } => "unclear",
            Self::Relayed { .. } => "relayed",
            Self::Thanked { .. } => "thanked",
            Self::PassedOn { .. } => "passed-on",
            Self::HostNews { .. } => "host-news",
            Self::HostGone { .. } => "host-gone",
            Self::WhichInvitation { .. } => "which-invitation",
            Self::Offer { .. } => "offer",
            Self::OfferGone { .. } => "offer-gone",
            Self::Promoted { .. } => "promoted",
            Self::Nudge { .. } => "nudge",
            Self::Reminder { .. } => "reminder",
            Self::FollowUp { .. } => "follow-up",
            Self::Moved { .. } => "moved",
            Self::Changed { .. } => "changed",
            Self::SeatGiven { .. } => "seat-given",
            Self::Removed { .. } => "removed",
            Self::Message { .. } => "message",
            Self::AnsweredFor { .. } => "answered-for",
            Self::Cancelled { .. } => "cancelled",
            Self::TooLate { .. } => "too-late",
            Self::OtherAddress { .. } => "other-address",
            Self::Disowned { .. } => "disowned",
            Self::Digest { .. } => "digest",
            Self::Question { .. } => "question",
            Self::Nominations => "nominations",
            Self::ThreadClosed { .. } => "thread-closed",
            Self::SaveTheDate { .. } => "save-the-date",
            Self::Welcome { .. } => "welcome",
            Self::Holding => "holding",
            Self::HostSheet(_) => "host-sheet",
            Self::KitchenSheet(_) => "kitchen-sheet",
            Self::MyData(_) => "my-data",
            Self::EraseMe { .. } => "erase-me",
            Self::Erased { .. } => "erased",
            Self::Summary(_) => "summary",
            Self::Daily { .. } => "daily",
            Self::Member { .. } => "member",
            Self::Confirm { .. } => "confirm",
            Self::Membership { .. } => "membership",
            Self::GivenSeat { .. } => "given-seat",
            Self::HandedOver { .. } => "handed-over",
            Self::HandOver { .. } => "hand-over",
            Self::Preview { .. } => "preview",
            Self::Done { .. } => "done",
            Self::Dropped => "dropped",
            Self::Status { .. } => "status",
            Self::Problems { .. } => "problems",
            Self::Refused { .. } => "refused",
            Self::Which { .. } => "which",
            Self::Help => "help",
            Self::NoCommand => "no-command",
            Self::Notice { .. } => "notice",
            Self::Vetoed { .. } => "vetoed",
            Self::Appointed { .. } => "appointed",
            Self::Colleague { .. } => "colleague",
            Self::HostAsked { .. } => "host-asked",
            Self::HostNoted { .. } => "host-noted",
            Self::GuestWrote { .. } => "guest-wrote",
            Self::MenuClash { .. } => "menu-clash",
            Self::StrangerAnswered { .. } => "stranger-answered",
            Self::Unreached { .. } => "unreached",
            Self::Trouble { .. } => "trouble",
            Self::Forged { .. } => "forged",
        }
    }
}
