//! The stage on which a conversation is played: reads what people do, lets it happen in a
//! [`World`], and writes down what came of it.
//!
//! ```text
//! Two guests answer for the last seat.              the title: any lines
//!
//!   community en, calendar with the confirmation    the setting: indented lines
//!   organizer Ida
//!   members Ada, Bo (nb)
//!
//! == Mon 2026-03-02 09:00                           the clock
//! Ida writes                                        what people do …
//!     | Status
//! Bo answers the invitation, with Outlook
//!     | Yes!
//! Bo answers the invitation, from bo@work.example
//! Bo answers the invitation, arrived Mon 2026-03-02 08:30
//! Bo's last mail comes again
//! eve@example.net answers Bo's invitation, signed
//! Bo taps Accept
//! Bo proposes another time
//! eve@example.net answers Bo's invitation
//! Bo is away
//! the mail to Bo bounces
//! the daemon is started again
//! the house is tidied
//! ! the next mail is lost after the final dot       … and what fails
//!
//! Langbord -> Bo                                    everything else is written by the runner
//! ```

mod acts;
mod tell;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::{DateTime, NaiveDateTime, Utc};
use chrono_tz::Tz;
use langbord::community::cadence::Cadence;
use langbord::community::clock;
use langbord::community::person::CalendarPolicy;
use langbord::language::Language;

use super::world::{Fault, World};

/// A conversation on stage.
pub struct Stage {
    world: World,
    people: Vec<(String, Language)>,
    now: DateTime<Utc>,
    seen: usize,
    said: String,
    table: String,
    told_whole: BTreeSet<String>,
    letters: BTreeMap<String, String>,
    troubled: BTreeMap<i64, String>,
    written: BTreeMap<String, Vec<u8>>,
}

impl Stage {
    /// Sets the stage by the indented lines of a script.
    pub async fn set(script: &str) -> Self {
        let setting: Vec<&str> = script
            .lines()
            .take_while(|line| !line.starts_with("=="))
            .filter(|line| line.starts_with("  "))
            .map(str::trim)
            .collect();
        let community =
            setting.iter().find_map(|line| line.strip_prefix("community ")).unwrap_or("nb");
        let language = community.split(',').next().and_then(|tag| tag.trim().parse().ok());
        let language = language.unwrap_or(Language::Nb);
        let calendar = if community.contains("calendar with the invitation") {
            CalendarPolicy::Invitation
        } else if community.contains("no calendar") {
            CalendarPolicy::Never
        } else {
            CalendarPolicy::Confirmation
        };
        let subaddress = !community.contains("without subaddresses");
        let mut world = World::new(language, calendar, subaddress).await;
        let mut people = Vec::new();
        for line in setting {
            if let Some(names) = line.strip_prefix("organizer ") {
                join(&mut world, &mut people, names, (language, true)).await;
            } else if let Some(names) = line.strip_prefix("members ") {
                join(&mut world, &mut people, names, (language, false)).await;
            } else if let Some(cadence) = line.strip_prefix("digest ") {
                world.digest(cadence);
            } else if let Some(domain) = line.strip_prefix("keys of ") {
                world.verify(domain);
            } else if let Some(cadence) = line.strip_prefix("question ") {
                world.desk.rounds.question = Some(Cadence::parse(cadence).expect("a cadence"));
            } else if let Some(question) = line.strip_prefix("ask ") {
                world.desk.rounds.questions.push(question.to_owned());
            } else if let Some(cadence) = line.strip_prefix("nominations ") {
                world.desk.rounds.nominations = Some(Cadence::parse(cadence).expect("a cadence"));
            }
        }
        let now = "2026-01-01T00:00:00Z".parse().expect("a time");
        let (said, table) = (String::new(), String::new());
        Self {
            world,
            people,
            now,
            seen: 0,
            said,
            table,
            told_whole: BTreeSet::new(),
            letters: BTreeMap::new(),
            troubled: BTreeMap::new(),
            written: BTreeMap::new(),
        }
    }

    /// The world behind the stage.
    pub fn world(&mut self) -> &mut World {
        &mut self.world
    }

    /// Plays a script and gives it back as it happened.
    pub async fn play(&mut self, script: &str) -> String {
        let mut lines = script.lines().peekable();
        while let Some(line) = lines.next_if(|line| !line.starts_with("==")) {
            writeln!(self.said, "{line}").expect("write");
        }
        while let Some(line) = lines.next() {
            if let Some(time) = line.strip_prefix("== ") {
                self.tick(line, time).await;
            } else if let Some(fault) = line.strip_prefix("! ") {
                self.world.office.faults.push_back(fault_of(fault));
                writeln!(self.said, "{line}").expect("write");
            } else if is_act(line) {
                let mut text = Vec::new();
                while let Some(words) = lines.next_if(|line| line.trim_start().starts_with('|')) {
                    text.push(words.trim_start().trim_start_matches('|').trim_start_matches(' '));
                }
                self.act(line, &text.join("\n")).await;
            }
        }
        format!("{}\n", self.said.trim_end())
    }

    async fn tick(&mut self, line: &str, time: &str) {
        if !self.said.ends_with("\n\n") {
            self.said.push('\n');
        }
        writeln!(self.said, "{line}").expect("write");
        self.now = instant(time, self.world.desk.community.zone);
        self.run().await;
    }

    /// Somebody does something.
    async fn act(&mut self, line: &str, text: &str) {
        writeln!(self.said, "{line}").expect("write");
        for words in text.lines() {
            writeln!(self.said, "{}", format!("    | {words}").trim_end()).expect("write");
        }
        match line {
            "the daemon is started again" => self.world.restart(self.now).await,
            "the house is tidied" => self.world.tidy(self.now).await,
            _ => {
                if let Some((act, time)) = line.split_once(", arrived ") {
                    let arrived_at = instant(time, self.world.desk.community.zone);
                    let raw = self.mail(act, text);
                    self.world.keep(raw, arrived_at, self.now).await;
                } else {
                    let raw = self.mail(line, text);
                    self.world.post(&raw);
                }
            }
        }
        self.run().await;
    }

    /// Lets everything happen that is due, and writes it down.
    async fn run(&mut self) {
        let report = self.world.run(self.now).await;
        for handled in &report.handled {
            let line = tell::understood(handled);
            writeln!(self.said, "   {line}").expect("write");
        }
        let mails = self.world.office.delivered.split_off(self.seen);
        self.letters = tell::letters(self.world.connection()).await;
        for mail in mails {
            self.tell(&mail);
            self.world.office.delivered.push(mail);
        }
        self.seen = self.world.office.delivered.len();
        self.tell_trouble().await;
        self.tell_table().await;
    }
}

fn instant(time: &str, zone: Tz) -> DateTime<Utc> {
    let local = NaiveDateTime::parse_from_str(time.trim(), "%a %Y-%m-%d %H:%M")
        .expect("a time like Mon 2026-03-02 09:00");
    clock::instant(local, zone)
}

async fn join(
    world: &mut World,
    people: &mut Vec<(String, Language)>,
    names: &str,
    (language, organizer): (Language, bool),
) {
    for name in names.split(',').map(str::trim) {
        let (name, chosen) = match name.split_once(" (") {
            Some((name, tag)) => (name, Some(tag.trim_end_matches(')').parse().unwrap())),
            None => (name, None),
        };
        world.member(name, chosen, organizer).await;
        people.push((name.to_owned(), chosen.unwrap_or(language)));
    }
}

/// Whether a line is somebody's act and not what the runner wrote last time.
fn is_act(line: &str) -> bool {
    !line.trim().is_empty() && !line.starts_with(' ') && !line.starts_with("Langbord ->")
}

fn fault_of(line: &str) -> Fault {
    match line {
        "the next mail is lost after the final dot" => Fault::LostAfterDot,
        "the daemon is killed after the final dot of the next mail" => Fault::KilledAfterDot,
        _ => match line
            .strip_prefix("the next mail is refused with ")
            .and_then(|code| code.parse().ok())
        {
            Some(code) => Fault::Refuse(code),
            None => panic!("there is no fault `{line}`"),
        },
    }
}
