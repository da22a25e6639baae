//! Holds every mail of a year to the promises.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{Datelike, TimeDelta, Weekday};
use langbord::community::clock;
use langbord::mail::Message;

use super::town::{Sent, Town, local_hour};

/// What came to pass.
#[derive(Debug, Default)]
pub struct Figures {
    letters: BTreeMap<String, u32>,
    again: u32,
    by_night: u32,
    in_rounds: u32,
    promises: u32,
    promised: u32,
    moved_calendars: u32,
    hours_worked: u32,
    hours_down: u32,
    deaths: u32,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mails: u32 = self.letters.values().sum();
        write!(
            f,
            "{mails} mails ({} again after a doubt, {} asked for by night), {} invited in later \
             rounds, {} promises and {} nudges after one, {} calendars moved, \
             {} hours worked, {} without power, {} deaths; {:?}",
            self.again,
            self.by_night,
            self.in_rounds,
            self.promises,
            self.promised,
            self.moved_calendars,
            self.hours_worked,
            self.hours_down,
            self.deaths,
            self.letters
        )
    }
}

impl Figures {
    /// A year in which nothing goes wrong and nothing happens proves nothing.
    pub fn prove_something(&self) {
        let least = [
            ("invitation", 100),
            ("save-the-date", 20),
            ("answer-yes", 50),
            ("answer-no", 20),
            ("answer-maybe", 3),
            ("nudge", 20),
            ("reminder", 50),
            ("follow-up", 20),
            ("moved", 10),
            ("cancelled", 5),
            ("waiting-list", 5),
            ("offer", 5),
            ("digest", 50),
        ];
        for (letter, least) in least {
            let sent = self.letters.get(letter).copied().unwrap_or(0);
            assert!(sent >= least, "only {sent} of {letter}: {self}");
        }
        assert!(self.in_rounds >= 5 && self.promises >= 3, "{self}");
        assert!(self.again > 0 && self.by_night > 0 && self.moved_calendars > 0, "{self}");
        assert!(self.hours_down > 100 && self.deaths > 10, "{self}");
    }
}

/// Judges a year.
pub fn judge(town: &Town) -> Figures {
    let mut figures = Figures {
        hours_worked: town.hours_worked,
        hours_down: town.hours_down,
        deaths: town.deaths,
        ..Figures::default()
    };
    let mut memory = Memory::default();
    for sent in &town.sent {
        let message = sent.message();
        *figures.letters.entry(sent.row.letter.clone()).or_default() += 1;
        if memory.is_again(sent) {
            figures.again += 1;
            continue;
        }
        figures.by_night += u32::from(by_day(town, sent));
        useful(sent);
        wanted(sent);
        figures.in_rounds += u32::from(in_its_round(sent));
        if sent.row.answers_by.is_some() {
            figures.promises += u32::from(sent.row.letter == "answer-maybe");
            figures.promised += u32::from(sent.row.letter == "nudge");
        }
        memory.at_most_so_many(town, sent);
        figures.moved_calendars += u32::from(memory.calendars_in_order(sent, &message));
        memory.one_thread(sent, &message);
    }
    figures
}

#[derive(Default)]
struct Memory {
    taken: BTreeMap<String, (bool, Vec<u8>)>,
    nudges: BTreeMap<(i64, i32), u32>,
    digests: BTreeMap<String, BTreeSet<String>>,
    calendars: BTreeMap<String, (u32, String)>,
    threads: BTreeMap<i64, String>,
}

/// Mails that nobody has asked for leave by day, and on quiet days nobody is asked anything. Says
/// whether it left by night.
fn by_day(town: &Town, sent: &Sent) -> bool {
    let community = &town.desks[sent.community].community;
    let night = community.is_night(sent.at);
    // News of a change do not wait for the morning when the gathering is near.
    let news = matches!(sent.row.letter.as_str(), "moved" | "cancelled");
    let near = |hours| {
        sent.row.starts_at.is_some_and(|starts| starts - sent.at <= TimeDelta::hours(hours))
    };
    if sent.row.on_doubt == "hold" && !(news && near(14)) {
        let hour = local_hour(&town.desks[sent.community], sent.at);
        assert!(!night, "at {hour} o'clock: {sent}");
    }
    let asks =
        matches!(sent.row.letter.as_str(), "save-the-date" | "invitation" | "nudge" | "follow-up");
    let sunday = clock::local(sent.at, community.zone).weekday() == Weekday::Sun;
    let quiet = sunday && !community.hours.quiet.is_empty();
    assert!(!(asks && quiet) || near(72), "on a quiet Sunday: {sent}");
    night
}

/// Nothing about a gathering comes after it but thanks and answers, and nothing about one that has
/// been called off but the news of that.
fn useful(sent: &Sent) {
    let (Some(starts), "hold") = (sent.row.starts_at, sent.row.on_doubt.as_str()) else { return };
    if sent.row.letter == "follow-up" {
        assert!(sent.at > starts + TimeDelta::hours(4), "too early: {sent}");
        assert!(sent.at < starts + TimeDelta::days(8), "too late: {sent}");
        assert_eq!(sent.row.state.as_deref(), Some("over"), "{sent}");
        return;
    }
    assert!(sent.at < starts, "after it has begun: {sent}");
    let cancelled = sent.row.state.as_deref() == Some("cancelled");
    assert_eq!(cancelled, sent.row.letter == "cancelled", "{sent} is {:?}", sent.row.state);
    let before = |days| starts - TimeDelta::days(days) - TimeDelta::hours(20) <= sent.at;
    if let Some(when) = sent.row.purpose.strip_prefix("reminder:") {
        let timely = match when.rsplit(':').next() {
            Some("week-before") => before(7),
            Some("day-before") => before(1),
            _ => before(0),
        };
        assert!(timely, "too early: {sent}");
    }
}

/// Who has said no is not asked; who has answered is not nudged; who has no seat is not reminded.
fn wanted(sent: &Sent) {
    let (answer, place) = (sent.row.answer.as_deref(), sent.row.seat.as_deref());
    match sent.row.letter.as_str() {
        "nudge" => {
            let promised = answer == Some("maybe") && sent.row.answers_by.is_some();
            assert!(answer.is_none() || promised, "nudged after an answer: {sent}");
        }
        "reminder" | "follow-up" => assert_eq!(place, Some("seated"), "{sent}"),
        "offer" => assert!(matches!(place, Some("offered" | "waiting")), "{place:?}: {sent}"),
        // Whoever has answered the word to keep the day free is not asked again.
        "save-the-date" | "invitation" => {
            assert!(!matches!(answer, Some("yes" | "no")), "{answer:?}: {sent}");
        }
        "promoted" | "cancelled" => assert_ne!(answer, Some("no"), "{sent}"),
        _ => {}
    }
    if sent.row.letter == "nudge"
        && let Some(day) = sent.row.answers_by
    {
        assert!(sent.at.date_naive() > day, "before the promised {day}: {sent}");
    }
}

/// Whoever is asked in a later round is asked once it has opened, within the day, and by a letter
/// that says nothing of it. Says whether it was one.
fn in_its_round(sent: &Sent) -> bool {
    let (Some(wave), "invitation") = (sent.row.wave, sent.row.letter.as_str()) else {
        return false;
    };
    let opened = sent.row.opened_at;
    assert!(opened.is_some_and(|at| at < sent.at), "before round {wave} opened: {sent}");
    let message = sent.message();
    for part in message.parts.iter().filter(|part| part.media_type == "text/plain") {
        let text = part.text.to_lowercase();
        assert!(!text.contains("round") && !text.contains("runde"), "{sent}: {text}");
    }
    true
}

impl Memory {
    /// Whether the world has this mail already: only ever after a doubt, octet for octet the same,
    /// and never one that nobody has asked for.
    fn is_again(&mut self, sent: &Sent) -> bool {
        let before =
            self.taken.insert(sent.row.message_id.clone(), (sent.doubtful, sent.raw.clone()));
        let Some((doubtful, raw)) = before else { return false };
        assert!(doubtful && sent.row.on_doubt == "resend" && raw == sent.raw, "twice: {sent}");
        true
    }

    /// Two nudges for one question, one digest a period.
    fn at_most_so_many(&mut self, town: &Town, sent: &Sent) {
        if let ("nudge", Some(invitation), Some(asked)) =
            (sent.row.letter.as_str(), sent.row.invitation_id, sent.row.asked_sequence)
        {
            let nudges = self.nudges.entry((invitation, asked)).or_default();
            *nudges += 1;
            assert!(*nudges <= 2, "a third nudge: {sent}");
        }
        if sent.row.letter == "digest" {
            let zone = town.desks[sent.community].community.zone;
            let local = clock::local(sent.at, zone).date();
            let period = match sent.community {
                2 => format!("{:?}", local.iso_week()),
                _ => format!("{}", local.format("%Y-%m")),
            };
            let fresh = self.digests.entry(sent.row.recipient.clone()).or_default().insert(period);
            assert!(fresh, "a second digest: {sent}");
        }
    }

    /// For one UID the SEQUENCE never falls, nor DTSTAMP while it stays. Says whether it rose.
    fn calendars_in_order(&mut self, sent: &Sent, message: &Message) -> bool {
        let part = message.parts.iter().find(|part| part.media_type == "text/calendar");
        let Some(part) = part else { return false };
        let unfolded = part.text.replace("\r\n ", "").replace("\n ", "");
        let (_, event) = unfolded.split_once("BEGIN:VEVENT").expect("an event");
        let value = |name: &str| {
            let line = event.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("no {name} in {sent}")).trim().to_owned()
        };
        let sequence: u32 = value("SEQUENCE:").parse().expect("a number");
        let version = (sequence, value("DTSTAMP:"));
        let before = self.calendars.insert(value("UID:"), version.clone());
        let Some(before) = before else { return false };
        assert!(before <= version, "{before:?} before {version:?}: {sent}");
        before.0 < sequence
    }

    /// All mails about one invitation are one thread: its invitation's.
    fn one_thread(&mut self, sent: &Sent, message: &Message) {
        let Some(invitation) = sent.row.invitation_id else { return };
        let own = sent.row.message_id.clone();
        let root = message.references.first().cloned().unwrap_or(own);
        let known = self.threads.entry(invitation).or_insert_with(|| root.clone());
        assert_eq!(*known, root, "another thread: {sent}");
    }
}
