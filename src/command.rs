//! What an organizer asks for by mail: text and context in, commands or questions out.
//!
//! Pure and without any state: which gathering "torsdag" means is decided later, by
//! `community`, which knows the gatherings. One line not understood, and nothing may be done: the
//! reading says so by holding a [`Problem`].

mod block;
mod explain;
mod further;
mod kept;
mod lexicon;
mod line;
mod lines;
pub mod member;
mod near;
mod people;
mod promise;
mod prose;
mod scope;
mod sentence;
pub mod setting;
mod settle;
mod unwrap;
mod when;
mod words;

pub use words::{distance, fold_name};

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::language::Language;

pub use explain::{explain_json, explain_text};
pub use further::{Came, Circle, Deadline, DigestAct, Further, MemberField, Recipients, Role};
pub use lexicon::{Key, Verb};
use lines::Line;
pub use promise::promised_day;
use setting::CalendarPolicy;
pub use when::usual_half;

/// What the text is read against.
#[derive(Debug, Clone, Copy)]
pub struct Context {
    /// When the mail was written.
    pub now: DateTime<Utc>,
    /// The community's zone; all times in the text are in it.
    pub zone: Tz,
    /// The community's language. Commands are read in every language at once, and `12/3` is 12 March
    /// in all of them.
    pub language: Language,
    /// Seats of a new gathering where none are said.
    pub seats: Option<u32>,
}

/// A whole mail, read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reading {
    /// The commands in order, each with the line it came from.
    pub commands: Vec<Spotted>,
    /// Lines that could not be read. Where there is one, nothing of the mail may be done.
    pub problems: Vec<Problem>,
    /// Where reading stopped, if before the end.
    pub stopped: Option<Stopped>,
}

/// Where reading stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stopped {
    /// The line.
    pub at: String,
    /// What it is.
    pub why: Stop,
}

/// A line below which nothing is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// What somebody else or a program wrote.
    Quote,
    /// `mvh`, `takk`, `stopp`.
    SignOff,
    /// A name at the end.
    Signature,
}

/// A command and the line it was read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spotted {
    /// The command.
    pub command: Command,
    /// Its line or lines as written.
    pub line: String,
}

/// A line that can not be carried out as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// The line as written, at most 200 characters.
    pub line: String,
    /// What is wrong with it.
    pub kind: ProblemKind,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum ProblemKind {
    /// No verb that we know.
    NotUnderstood,
    /// Nearly a verb: "Mente du *flytt*?" Never carried out unasked.
    NearMiss {
        /// The verb that it resembles.
        verb: String,
    },
    /// A verb without what it needs.
    Missing {
        /// What is missing, as the key's name in English: `when`, `seats`.
        what: String,
    },
    /// A key of a block that we do not know.
    UnknownKey {
        /// The key as written.
        key: String,
        /// The nearest one, if near.
        nearest: Option<String>,
    },
    /// A number, date or time that can not be read or does not exist.
    BadValue {
        /// The key or verb it belongs to.
        what: String,
        /// The value as written.
        value: String,
    },
    /// Weekday and date disagree.
    WeekdayMismatch {
        /// The date that was written.
        date: NaiveDate,
        /// The weekday that was written, 0 is Monday.
        weekday: u8,
    },
    /// Daylight saving removes this time or has it twice.
    DaylightSaving {
        /// The time that was written.
        time: NaiveDateTime,
        /// Whether the time exists twice (else: not at all).
        twice: bool,
    },
    /// The time is in the past.
    Past {
        /// The time that was understood.
        time: NaiveDateTime,
    },
    /// Words that can be meant in several ways.
    Either {
        /// As written.
        written: String,
        /// The words that could stand there and can be meant in one way only.
        meant: Vec<String>,
    },
    /// The verb exists but its machinery is not there yet.
    NotYet {
        /// The verb.
        verb: String,
    },
    /// More lines, commands or octets than one mail may have; from this line on nothing was read.
    TooLong,
}

/// What an organizer asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case")]
pub enum Command {
    /// `hjelp flytt`.
    Help {
        /// About which verb.
        topic: Option<String>,
    },
    /// `hvem kommer torsdag?`
    Status {
        /// Which gathering.
        scope: Scope,
    },
    /// `ny middag …`, with its block.
    New(Box<NewGathering>),
    /// `14 plasser`.
    Seats {
        /// Which gathering.
        scope: Scope,
        /// How many in all.
        seats: u32,
    },
    /// `flytt til 19. mars`, `flytt til kl 20`.
    Move {
        /// Which gathering.
        scope: Scope,
        /// The new date, if it changes.
        date: Option<NaiveDate>,
        /// The new time, if it changes.
        time: Option<NaiveTime>,
        /// Whether the time can as well be twelve hours from there, so that it is what is usual for
        /// such a gathering: a breakfast at 8 is no dinner at 20.
        #[serde(default, skip_serializing_if = "is_false")]
        vague: bool,
    },
    /// `avlys, verten er syk`.
    Cancel {
        /// Which gathering.
        scope: Scope,
        /// Why, in the organizer's words; told to the guests.
        reason: Option<String>,
    },
    /// `inviter alle`, `inviter Kari, Per`.
    Invite {
        /// Which gathering.
        scope: Scope,
        /// Whom.
        audience: Audience,
        /// When they are asked.
        #[serde(default, skip_serializing_if = "Asked::is_usual")]
        asked: Asked,
    },
    /// `ja`: to the last preview.
    Yes,
    /// `nei`: to the last preview.
    No,
    /// Any other. [`Further::verb`] says what it is.
    // As it stands in previews that wait for a yes.
    #[serde(rename = "later")]
    Further(Box<Further>),
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// Which gathering a command is about.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "kebab-case")]
pub enum Scope {
    /// Not said: the thread's, or the only open one.
    #[default]
    Implied,
    /// The gathering on this local date.
    Date {
        /// The date.
        date: NaiveDate,
    },
    /// The next gathering on this weekday.
    Weekday {
        /// 0 is Monday.
        weekday: u8,
    },
    /// The gathering of this kind. "Middagen" says no more than that it is a gathering.
    Kind {
        /// The kind.
        kind: GatheringKind,
    },
    /// A gathering with these words in its title, host or place.
    Words {
        /// The words as written.
        words: String,
    },
    /// This one: never written, only chosen from several that fit.
    Row {
        /// Its row.
        gathering_id: i64,
    },
}

/// When those who are invited are asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// Nothing is said: at once, or, long before, after a word to keep the day free.
    #[default]
    Usual,
    /// First they are told to keep the day free: `hold av dagen: alle`.
    Later,
    /// At once, however long it is until then: `inviter alle nå`.
    Now,
}

impl Asked {
    /// Whether nothing is said.
    pub fn is_usual(&self) -> bool {
        *self == Self::Usual
    }
}

/// Whom to invite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "kebab-case")]
pub enum Audience {
    /// Every active member.
    All,
    /// These, by name or address as written.
    Named {
        /// Names or addresses.
        names: Vec<String>,
    },
    /// Every active member but these: `alle unntatt Per`.
    AllBut {
        /// Names or addresses.
        names: Vec<String>,
    },
    /// These and whoever belongs to these circles: `Kari og nye medlemmer`.
    Several {
        /// Names or addresses.
        names: Vec<String>,
        /// Whom besides.
        circles: Vec<Circle>,
    },
}

/// A later round of invitations, as an organizer describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewWave {
    /// Whom, but for those who are asked before.
    pub invite: Audience,
    /// When, if seats are left then.
    pub opens: Opens,
}

/// When a later round of invitations opens, if seats are left then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "opens", rename_all = "kebab-case")]
pub enum Opens {
    /// On a local day.
    On {
        /// The day.
        day: NaiveDate,
    },
    /// So many days after the round before, or as soon as everybody who is invited has answered.
    After {
        /// How many.
        days: u32,
    },
}

/// The kinds of gathering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum GatheringKind {
    Dinner,
    Breakfast,
    Lunch,
    Lecture,
    MentorEvening,
    Visit,
}

/// From when a kitchen takes no change, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CutOff {
    /// The local day.
    pub date: NaiveDate,
    /// The time, where one was written.
    pub time: Option<NaiveTime>,
}

impl CutOff {
    /// The local moment, where its time is known.
    pub fn moment(self) -> Option<NaiveDateTime> {
        self.time.map(|time| self.date.and_time(time))
    }

    /// Whether a kitchen can go by it: it lies before the gathering, and by then it is known who
    /// comes.
    pub fn fits(self, starts: NaiveDateTime, reply_by: Option<NaiveDate>) -> bool {
        // Without an hour it is late in the day.
        let before = match self.time {
            Some(time) => self.date.and_time(time) < starts,
            None => self.date < starts.date(),
        };
        before && reply_by.is_none_or(|last| last <= self.date)
    }
}

/// A gathering as an organizer describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewGathering {
    /// Dinner, breakfast …
    pub kind: GatheringKind,
    /// A title, where one is given.
    pub title: Option<String>,
    /// Local start; both parts are always there.
    pub starts: NaiveDateTime,
    /// The address, told to those who have a seat.
    pub place: Option<String>,
    /// The host, as written.
    pub host: Option<String>,
    /// Seats for guests.
    pub seats: u32,
    /// What is served.
    pub menu: Option<String>,
    /// Why this menu: what is served sends a message.
    pub menu_reason: Option<String>,
    /// The evening's question.
    pub question: Option<String>,
    /// A further note to the guests.
    pub note: Option<String>,
    /// Who speaks.
    #[serde(default)]
    pub speaker: Option<String>,
    /// What guests are asked to read before they come.
    #[serde(default)]
    pub pre_read: Option<String>,
    /// Whom to invite; `None` means nobody yet.
    pub invite: Option<Audience>,
    /// Whom to invite later, if seats are left.
    #[serde(default)]
    pub waves: Vec<NewWave>,
    /// Until when answers are awaited (local date).
    pub reply_by: Option<NaiveDate>,
    /// From when the kitchen takes no change.
    #[serde(default)]
    pub kitchen_cut_off: Option<CutOff>,
    /// The language of its guests who have not chosen one, if not the community's.
    #[serde(default)]
    pub language: Option<Language>,
    /// Which mail carries its calendar part, if not as in the community.
    #[serde(default)]
    pub calendar: Option<CalendarPolicy>,
}

/// Commands of one mail that are read.
const MOST_COMMANDS: usize = 50;

/// Words of one line that are read, so that no line takes time that grows with its square.
const MOST_WORDS: usize = 400;

/// Reads the organizer's own words (quotes and signatures already cut by
/// [`crate::understand`]); the subject counts only where the text has no command.
pub fn read(text: &str, subject: &str, context: Context) -> Reading {
    read_from("", text, subject, context)
}

/// The same of an organizer who is called `sender`, and may have signed so.
pub fn read_from(sender: &str, text: &str, subject: &str, context: Context) -> Reading {
    let text = unwrap::unwrap(text);
    let body = lines::read(&text, sender);
    let reading = read_lines(&body, context);
    let subject = subject.trim();
    if subject.is_empty() || lines::is_reply_subject(subject) {
        return reading;
    }
    let is_empty = reading.problems.is_empty()
        && reading.stopped.is_none()
        && !lines::read(subject, "").read.is_empty();
    let both = body.with_subject(subject);
    // The subject "Ny middag", and its keys in the text, are one command.
    if block_length(&both, context) > 1 {
        return read_lines(&both, context);
    }
    let is_command = line::opening(&words::split(subject)).is_some();
    if reading.commands.is_empty() && (is_command || is_empty) {
        return read_lines(&both, context);
    }
    reading
}

/// How many lines belong to the new gathering that the first line begins.
fn block_length(lines: &lines::Lines<'_>, context: Context) -> usize {
    let begins = lines.read.first().and_then(new_gathering);
    begins.map_or(0, |begins| block::read(&lines.read, begins, context).0)
}

fn read_lines(text: &lines::Lines<'_>, context: Context) -> Reading {
    let mut reading = Reading {
        commands: Vec::new(),
        problems: Vec::new(),
        stopped: text.stopped.map(|(at, why)| Stopped { at: at.to_owned(), why }),
    };
    let mut rest = text.read.as_slice();
    while let Some(line) = rest.first() {
        if reading.commands.len() >= MOST_COMMANDS {
            reading.problems.push(Problem::new(line.text, ProblemKind::TooLong));
            break;
        }
        let count = read_next(rest, context, &mut reading).clamp(1, rest.len());
        rest = rest.get(count..).unwrap_or_default();
    }
    if let Some(line) = text.too_long {
        reading.problems.push(Problem::new(line, ProblemKind::TooLong));
    }
    reading
}

/// Reads the command or commands at the first of `lines`; returns how many lines belong to it.
fn read_next(lines: &[Line<'_>], context: Context, reading: &mut Reading) -> usize {
    let Some(first) = lines.first() else { return 0 };
    if let Some(begins) = new_gathering(first) {
        let (count, gathering) = block::read(lines, begins, context);
        let written = lines.iter().take(count).map(|line| line.text).collect::<Vec<_>>().join("\n");
        match gathering {
            Ok(gathering) => reading.take(Ok(Command::New(Box::new(gathering))), &written),
            Err(problems) => reading.problems.extend(problems),
        }
        return count;
    }
    if first.words.len() > MOST_WORDS {
        reading.take(Err(ProblemKind::TooLong), first.text);
        return 1;
    }
    let parts = sentence::apart(first, context);
    let (below, more) = prose::below(lines, context);
    for (at, part) in parts.iter().enumerate() {
        let more = if at + 1 == parts.len() { more.as_str() } else { "" };
        let written = format!("{}\n{more}", part.text);
        reading.take(line::read(part, more, context), written.trim_end());
    }
    1 + below
}

impl Reading {
    fn take(&mut self, command: Result<Command, ProblemKind>, line: &str) {
        match command {
            Ok(command) => self.commands.push(Spotted { command, line: line.to_owned() }),
            Err(kind) => self.problems.push(Problem::new(line, kind)),
        }
    }
}

/// Whether a line begins a new gathering: its kind, and how many words say so.
fn new_gathering(line: &Line<'_>) -> Option<(GatheringKind, usize)> {
    match line::opening(&line.words) {
        Some(opening) if opening.verb == Verb::New => {
            let (kind, count) = block::kind(line.words.get(opening.taken..)?)?;
            Some((kind, opening.taken + count))
        }
        Some(_) => None,
        // "Middag torsdag 10. desember kl 19, 12 plasser": what else could it be?
        // "Frokosten 4. mars: frist 27. februar" names one that exists.
        None if line::names_gathering_first(line) => None,
        None => block::kind(&line.words).filter(|(_, count)| block::is_described(line, *count)),
    }
}

impl Problem {
    fn new(line: &str, kind: ProblemKind) -> Self {
        Self { line: line.chars().take(LONGEST_LINE_SHOWN).collect(), kind }
    }
}

/// Characters of a line that a problem repeats.
const LONGEST_LINE_SHOWN: usize = 200;

#[cfg(test)]
mod tests;
