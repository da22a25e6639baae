//! The people: an organizer who plans, moves and calls off, and guests who answer, change their
//! minds, promise, are away, or keep silent. All of it comes from a seed.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use langbord::community::clock;
use langbord::demo::program::{self, Author, Program};
use langbord::language::Language;
use langbord::mail::Message;
use langbord::steps::Desk;
use langbord::wire::Envelope;

use super::town::{Letter, Sent, Size};
use crate::histories::weather::Dice;

/// Everybody outside the house.
pub struct Crowd {
    dice: Dice,
    size: Size,
    next_dinner: BTreeMap<usize, DateTime<Utc>>,
}

impl Crowd {
    /// People of a seed.
    pub fn new(seed: u64, size: Size) -> Self {
        Self { dice: Dice::new(seed), size, next_dinner: BTreeMap::new() }
    }

    /// A new gathering in each community, now and then.
    pub fn organizes(
        &mut self,
        desks: &[Desk],
        now: DateTime<Utc>,
    ) -> Vec<(DateTime<Utc>, Letter)> {
        let mut mails = Vec::new();
        for (community, desk) in desks.iter().enumerate() {
            let first = now + TimeDelta::days(i64::try_from(community).expect("small"));
            let next = self.next_dinner.entry(community).or_insert(first);
            if *next > now {
                continue;
            }
            *next = now + self.size.every;
            let ahead = 6 + i64::try_from(self.dice.roll(24)).expect("small");
            // Some are known long before, and their guests keep the day free.
            let ahead = if self.dice.roll(5) == 0 { ahead + 63 } else { ahead };
            let starts = clock::local(now, desk.community.zone).date() + TimeDelta::days(ahead);
            let hour = [7, 12, 18, 19, 20][self.pick(5)];
            let starts = starts.and_time(NaiveTime::from_hms_opt(hour, 30, 0).expect("a time"));
            let kind = if hour < 10 { "breakfast" } else { "dinner" };
            let deadline = match self.dice.roll(3) {
                0 => String::new(),
                _ => format!(
                    "\nreply by: {}",
                    (starts.date() - TimeDelta::days(2)).format("%Y-%m-%d")
                ),
            };
            let whom = self.whom();
            let text = format!(
                "New {kind}\nwhen: {}\nwhere: Harbour Street 12\nseats: {}{deadline}\n{whom}",
                starts.format("%Y-%m-%d %H:%M"),
                self.size.seats,
            );
            let at = now + self.minutes(600);
            let address = format!("ida@{}.example", desk.community.slug);
            let author = Author { name: "Ida", address: &address, norwegian: false };
            let to = desk.community.address.as_str();
            let raw = program::letter(author, to, ("Dinner", &text), at.fixed_offset());
            mails.push((at, Letter { community, raw }));
        }
        mails
    }

    /// Everybody at once, or in rounds.
    fn whom(&mut self) -> &'static str {
        match self.dice.roll(4) {
            0 => "invite: Guest 1, Guest 2\nwaves: not at the last one after 2 days, then the rest",
            1 => "waves: new, then the rest after 3 days",
            _ => "invite: all",
        }
    }

    /// What comes of a mail that somebody reads.
    pub fn reads(
        &mut self,
        desk: &Desk,
        sent: &Sent,
        message: &Message,
        envelope: &Envelope,
    ) -> Vec<(DateTime<Utc>, Letter)> {
        let norwegian = desk.community.language == Language::Nb;
        let address = sent.row.recipient.clone();
        let name = if address.starts_with("ida") { "Ida" } else { "Guest" };
        let author = Author { name, address: &address, norwegian };
        let mut mails = Vec::new();
        for (delay, words) in self.answers(&sent.row.letter, norwegian) {
            let at = sent.at + delay;
            let date = at.fixed_offset();
            let raw = match words {
                Words::Says(text) => {
                    let program =
                        [Program::Gmail, Program::Iphone, Program::Outlook, Program::Bare];
                    program::reply(program[self.pick(4)], author, message, text, date)
                }
                Words::Moves => {
                    let days = [0, 0, 1, 7][self.pick(4)];
                    let Some(text) = moves(desk, sent, days) else { continue };
                    program::reply(Program::Bare, author, message, &text, date)
                }
                Words::IsAway => program::out_of_office(author, message, "I am away.", date),
                Words::Bounces => program::bounce(message, &envelope.from.to_string(), date),
                Words::Taps(button) => match program::button(author, message, button, date) {
                    Some(raw) => raw,
                    None => continue,
                },
            };
            mails.push((at, Letter { community: sent.community, raw }));
        }
        mails
    }

    /// How a letter is answered, and after how long.
    fn answers(&mut self, letter: &str, norwegian: bool) -> Vec<(TimeDelta, Words)> {
        let say = |english, norsk| Words::Says(if norwegian { norsk } else { english });
        let yes = say("Yes, gladly!", "Ja, gjerne!");
        let no = say("No, I can't make it this time.", "Nei, jeg kan dessverre ikke.");
        let roll = self.dice.roll(100);
        let (soon, later) = (self.minutes(96 * 60), self.minutes(240 * 60));
        match letter {
            "preview" => vec![(self.minutes(200), Words::Says("yes"))],
            "done" if roll < 12 => vec![(later, Words::Says("cancel, the host is ill"))],
            "done" if roll < 40 => vec![(later, Words::Moves)],
            "invitation" | "nudge" | "moved" => match roll {
                0..=39 => vec![(soon, yes)],
                40..=43 => vec![(soon, Words::Taps("ACCEPTED"))],
                44..=58 => vec![(soon, no)],
                59..=66 => vec![(soon, say("Maybe, I don't know yet.", "Kanskje, vet ikke ennå."))],
                // Some forget what they have promised.
                67..=70 => vec![(soon, say("I will answer on Friday.", "Jeg svarer på fredag."))],
                71..=74 => vec![
                    (soon, say("I will answer on Friday.", "Jeg svarer på fredag.")),
                    (soon + later, yes),
                ],
                75..=78 => vec![(self.minutes(3), Words::IsAway), (later, yes)],
                79..=80 => vec![(self.minutes(3), Words::Bounces)],
                81..=84 => vec![(soon, say("Yes, and I bring Per.", "Ja, og jeg tar med Per."))],
                85..=88 => vec![(soon, yes), (soon + later, no)],
                _ => vec![],
            },
            "save-the-date" => match roll {
                0..=19 => vec![(soon, yes)],
                20..=34 => vec![(soon, no)],
                35..=44 => vec![(soon, say("Maybe, I don't know yet.", "Kanskje, vet ikke ennå."))],
                _ => vec![],
            },
            "answer-maybe" if roll < 50 => vec![(soon, if roll < 30 { yes } else { no })],
            "offer" if roll < 80 => vec![(self.minutes(1800), if roll < 60 { yes } else { no })],
            "reminder" if roll < 8 => vec![(self.minutes(600), no)],
            "unclear" if roll < 70 => vec![(soon, if roll < 50 { yes } else { no })],
            _ => vec![],
        }
    }

    fn minutes(&mut self, most: u64) -> TimeDelta {
        TimeDelta::minutes(1 + i64::try_from(self.dice.roll(most)).expect("small"))
    }

    fn pick(&mut self, sides: usize) -> usize {
        usize::try_from(self.dice.roll(sides as u64)).expect("small")
    }
}

/// What somebody does with a mail.
#[derive(Debug, Clone, Copy)]
enum Words {
    Says(&'static str),
    Moves,
    IsAway,
    Bounces,
    Taps(&'static str),
}

/// The command that moves a gathering, if it is still to come.
fn moves(desk: &Desk, sent: &Sent, days: i64) -> Option<String> {
    let starts = clock::local(sent.row.starts_at?, desk.community.zone);
    Some(if days == 0 {
        "move to 19:00".to_owned()
    } else {
        format!("move to {}", (starts.date() + TimeDelta::days(days)).format("%Y-%m-%d"))
    })
}
