//! The mails of one gathering's life.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};

use super::host;
use super::remind::FORENOON;
use crate::community::clock;
use crate::community::decision::{EventPart, Method, Post};
use crate::community::gathering::{Gathering, Invitation, Seat, State, Table};
use crate::community::letter::Letter;
use crate::community::person::{CalendarPolicy, Community, Person};
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::understand::Answer;

/// So near a gathering that news of it do not wait for the morning.
const IMMINENT: TimeDelta = TimeDelta::hours(14);

/// Every mail that a gathering's state gives, past and future, each with when it is due and when
/// it is no longer useful.
pub fn letters(community: &Community, table: &Table) -> Vec<Post> {
    let mut posts = Vec::new();
    let heard = |(one, guest): &&(Invitation, Person)| one.is_heard_by(guest);
    for (invitation, guest) in table.invitations.iter().filter(heard) {
        let host = table.host.as_ref();
        let about = Asked { community, gathering: &table.gathering, host, invitation, guest };
        match table.gathering.state {
            State::Over => posts.extend(about.follow_up()),
            State::Cancelled => posts.extend(about.cancelled()),
            State::Open if invitation.is_asked() => {
                posts.extend(about.moved());
                posts.extend(about.nudges());
                posts.extend(about.reminders());
            }
            State::Open if was_given(invitation) => posts.push(about.given_seat()),
            State::Open => posts.extend(about.asking()),
        }
    }
    posts.extend(host::news(community, table));
    posts
}

/// Whether the guest was invited with a seat that somebody else gave up, and so never asked.
fn was_given(invitation: &Invitation) -> bool {
    invitation.seat == Seat::Seated && invitation.answered_at == Some(invitation.invited_at)
}

/// Whether a guest hears of a cancellation: all who were asked and have not said no.
pub fn is_told_of_cancellation(invitation: &Invitation) -> bool {
    has_heard(invitation) && invitation.answer != Some(Answer::No)
}

/// Whether a guest hears of another time: where the date changes, all who were asked.
pub fn is_told_of_move(invitation: &Invitation, asked_again: bool) -> bool {
    has_heard(invitation) && (asked_again || invitation.answer != Some(Answer::No))
}

/// Whether a letter has left for the guest.
fn has_heard(invitation: &Invitation) -> bool {
    invitation.letter_left || invitation.saved
}

/// The time that the guests know, where a move of it has not been told yet.
pub fn known_time(
    community: &Community,
    gathering: &Gathering,
    now: DateTime<Utc>,
) -> Option<NaiveDateTime> {
    let useful =
        |from: &NaiveDateTime| clock::instant(*from, community.zone) > now + community.hold;
    gathering.moved_from.filter(|_| now < news_at(community, gathering)).filter(useful)
}

/// When the guests hear of a change: after the hold, by day; at once when the gathering is near.
pub(super) fn news_at(community: &Community, gathering: &Gathering) -> DateTime<Utc> {
    let after_hold = gathering.changed_at + community.hold;
    if gathering.starts_at - after_hold < IMMINENT {
        after_hold
    } else {
        community.by_day(after_hold)
    }
}

/// One guest and what they are asked to.
pub(super) struct Asked<'a> {
    pub(super) community: &'a Community,
    pub(super) gathering: &'a Gathering,
    pub(super) host: Option<&'a Person>,
    pub(super) invitation: &'a Invitation,
    pub(super) guest: &'a Person,
}

/// When those who were first told to keep the day free are asked.
pub(super) fn asks_at(community: &Community, gathering: &Gathering) -> DateTime<Utc> {
    let at = clock::at_hour(gathering.asks_on(), 0, FORENOON, community.zone);
    community.asks_at(at, gathering.starts_at)
}

impl Asked<'_> {
    /// The invitation; long before it a word to keep the day free, and another where the day is not
    /// that one any more.
    fn asking(&self) -> Vec<Post> {
        let leaves = self
            .community
            .asks_at(self.invited_or_moved_at() + self.community.hold, self.gathering.starts_at);
        let later = asks_at(self.community, self.gathering);
        if !self.invitation.keeps_free || later <= leaves {
            // News of a day that is near now ask as well.
            return vec![self.moved().unwrap_or_else(|| self.invitation(leaves))];
        }
        let mut posts = vec![self.invitation(later)];
        posts.extend(self.save_the_date(leaves, later));
        posts
    }

    fn save_the_date(&self, due_at: DateTime<Utc>, later: DateTime<Utc>) -> Option<Post> {
        let moved_from = self.unheard_move();
        if self.invitation.saved && moved_from.is_none() {
            return None;
        }
        let gathering = view::gathering(self.gathering, Sees::NoAddress);
        let purpose = Purpose::SaveTheDate(self.invitation.id, self.gathering.sequence);
        let letter = Letter::SaveTheDate { gathering, moved_from };
        Some(Post { expires_at: later, ..self.post(purpose, letter, due_at) })
    }

    /// When the guest was taken in, or asked anew because the time is another one.
    fn invited_or_moved_at(&self) -> DateTime<Utc> {
        self.invitation.invited_at.max(self.gathering.changed_at)
    }

    /// Since when the guest is asked.
    pub(super) fn asked_at(&self) -> DateTime<Utc> {
        let at = self.invited_or_moved_at();
        if self.invitation.keeps_free {
            return at.max(asks_at(self.community, self.gathering));
        }
        at
    }

    /// The time that the guest knows, where another one holds now that no letter has told of.
    fn unheard_move(&self) -> Option<NaiveDateTime> {
        let from = self.gathering.moved_from.filter(|from| *from != self.gathering.starts_local)?;
        // Who was invited after the move has the new time from the letter itself.
        (self.invitation.letter_sequence? < self.gathering.sequence).then_some(from)
    }

    fn invitation(&self, due_at: DateTime<Utc>) -> Post {
        let gathering = view::gathering(self.gathering, Sees::NoAddress);
        let event = match self.community.calendar_of(self.gathering) {
            CalendarPolicy::Invitation => Some(self.event(Method::Request, Sees::NoAddress)),
            CalendarPolicy::Confirmation | CalendarPolicy::Never => None,
        };
        let purpose = Purpose::Invitation(self.invitation.id, self.gathering.sequence);
        let saved = self.invitation.saved && self.invitation.keeps_free;
        let has_address = self.gathering.place.is_some();
        let letter = Letter::Invitation { gathering, saved, has_address };
        Post { event, ..self.post(purpose, letter, due_at) }
    }

    /// To a guest who has a seat before any letter: somebody gave them theirs.
    fn given_seat(&self) -> Post {
        let gathering = view::gathering(self.gathering, Sees::Address);
        let event = match self.community.calendar_of(self.gathering) {
            CalendarPolicy::Invitation | CalendarPolicy::Confirmation => {
                Some(self.event(Method::Request, Sees::Address))
            }
            CalendarPolicy::Never => None,
        };
        let purpose = Purpose::Invitation(self.invitation.id, self.gathering.sequence);
        let due_at =
            clock::by_day(self.invitation.invited_at, self.community.zone, &self.community.hours);
        Post { event, ..self.post(purpose, Letter::GivenSeat { gathering }, due_at) }
    }

    fn moved(&self) -> Option<Post> {
        let from = self.unheard_move()?;
        let asked_again = self.gathering.asked_again;
        // Who has answered since was told the new time in return.
        let heard = self.invitation.answered_at.is_some_and(|at| at > self.gathering.changed_at);
        if heard || !is_told_of_move(self.invitation, asked_again) {
            return None;
        }
        let sees = Sees::by_seat(self.invitation.seat);
        let letter = Letter::Moved {
            gathering: view::gathering(self.gathering, sees),
            from,
            asked_again,
            seated: self.invitation.seat == Seat::Seated,
        };
        let event = self.invitation.calendar_sent.then(|| self.event(Method::Request, sees));
        let purpose = Purpose::Moved(self.invitation.id, self.gathering.sequence);
        Some(Post { event, ..self.post(purpose, letter, self.news_at()) })
    }

    fn cancelled(&self) -> Option<Post> {
        if !is_told_of_cancellation(self.invitation) {
            return None;
        }
        let letter = Letter::Cancelled {
            gathering: view::gathering(self.gathering, Sees::NoAddress),
            reason: self.gathering.reason.clone(),
        };
        let event =
            self.invitation.calendar_sent.then(|| self.event(Method::Cancel, Sees::NoAddress));
        let purpose = Purpose::Cancelled(self.invitation.id);
        Some(Post { event, ..self.post(purpose, letter, self.news_at()) })
    }

    /// News of a change leave after the hold, by day; at once when the gathering is near.
    fn news_at(&self) -> DateTime<Utc> {
        news_at(self.community, self.gathering)
    }

    fn event(&self, method: Method, sees: Sees) -> EventPart {
        view::event(self.gathering, &self.community.name, method, sees)
    }

    pub(super) fn post(&self, purpose: Purpose, letter: Letter, due_at: DateTime<Utc>) -> Post {
        let guest = (self.invitation, self.guest);
        Post::to_guest(self.gathering, guest, (purpose, letter), due_at)
    }
}
