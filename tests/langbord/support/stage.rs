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
//! Bo taps Accept
//! eve@example.net answers Bo's invitation
//! Bo is away
//! the mail to Bo bounces
//! ! the next mail is lost after the final dot       … and what fails
//!
//! Langbord -> Bo                                    everything else is written by the runner
//! ```

use std::collections::BTreeMap;
use std::fmt::Write as _;

use chrono::{DateTime, NaiveDateTime, Utc};
use langbord::community::person::CalendarPolicy;
use langbord::community::{Disposition, clock};
use langbord::demo::program::{self, Author, Program};
use langbord::language::Language;
use langbord::mail::Message;
use langbord::steps::handle::Handled;
use langbord::understand::Kind;

use super::world::{Delivered, Fault, World, address_of};

/// A conversation on stage.
pub struct Stage {
    world: World,
    people: Vec<(String, Language)>,
    now: DateTime<Utc>,
    seen: usize,
    said: String,
    table: String,
    told_whole: Vec<String>,
    letters: BTreeMap<String, String>,
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
        let language = if community.starts_with("en") { Language::En } else { Language::Nb };
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
            told_whole: Vec::new(),
            letters: BTreeMap::new(),
        }
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
        let local = NaiveDateTime::parse_from_str(time.trim(), "%a %Y-%m-%d %H:%M")
            .expect("a time like Mon 2026-03-02 09:00");
        self.now = clock::instant(local, self.world.desk.community.zone);
        self.run().await;
    }

    /// Somebody does something.
    async fn act(&mut self, line: &str, text: &str) {
        writeln!(self.said, "{line}").expect("write");
        for words in text.lines() {
            writeln!(self.said, "{}", format!("    | {words}").trim_end()).expect("write");
        }
        let raw = self.mail(line, text);
        self.world.post(&raw);
        self.run().await;
    }

    /// The mail that an act puts into the community's mailbox.
    fn mail(&self, line: &str, text: &str) -> Vec<u8> {
        let date = self.now.with_timezone(&self.world.desk.community.zone).fixed_offset();
        if let Some(name) =
            line.strip_prefix("the mail to ").and_then(|rest| rest.strip_suffix(" bounces"))
        {
            let mail = self.world.last_mail(&address_of(name)).expect("a mail to bounce");
            return program::bounce(&mail.message(), &mail.sender, date);
        }
        let (who, what) = line.split_once(' ').expect("who does what");
        let (language, own) = self.person(who);
        let (what, address) = match what.split_once(", from ") {
            Some((what, address)) => (what, address.to_owned()),
            None => (what, own),
        };
        let (what, program) = match what.split_once(", with ") {
            Some((what, program)) => (what, program_of(program)),
            None => (what, Program::Gmail),
        };
        let name = if who.contains('@') { "Eve" } else { who };
        let author = Author { name, address: &address, norwegian: language == Language::Nb };
        if let Some(subject) = what.strip_prefix("writes") {
            let to = self.world.desk.community.address.as_str();
            return program::letter(author, to, (subject.trim().trim_matches('"'), text), date);
        }
        if what == "is away" {
            return program::out_of_office(author, &self.latest(who, None), text, date);
        }
        if let Some(button) = what.strip_prefix("taps ") {
            let partstat = match button {
                "Accept" => "ACCEPTED",
                "Decline" => "DECLINED",
                "Maybe" => "TENTATIVE",
                other => panic!("there is no button {other}"),
            };
            let original = self.latest_with_event(who);
            return program::button(author, &original, partstat, date).expect("an event to answer");
        }
        let letter =
            what.strip_prefix("answers ").unwrap_or_else(|| panic!("{who} can't `{what}`"));
        let original = match letter.split_once("'s ") {
            Some((owner, letter)) => self.latest(owner, Some(letter)),
            None => self.latest(
                who,
                Some(letter.trim_start_matches("the ")).filter(|letter| *letter != "last mail"),
            ),
        };
        program::reply(program, author, &original, text, date)
    }

    fn person(&self, who: &str) -> (Language, String) {
        if who.contains('@') {
            return (Language::En, who.to_owned());
        }
        let known = self
            .people
            .iter()
            .find(|(name, _)| name == who || name.starts_with(&format!("{who} ")));
        let (name, language) = known.unwrap_or_else(|| panic!("nobody knows {who}"));
        (*language, address_of(name))
    }

    /// The last mail to somebody, or the last of one kind.
    fn latest(&self, who: &str, letter: Option<&str>) -> Message {
        let (_, address) = self.person(who);
        let fits = |mail: &&Delivered| {
            mail.recipient == address
                && letter.is_none_or(|letter| self.letter_of(mail).as_deref() == Some(letter))
        };
        let found = self.world.office.delivered.iter().rev().find(fits);
        found.unwrap_or_else(|| panic!("{who} has no {letter:?}")).message()
    }

    fn latest_with_event(&self, who: &str) -> Message {
        let (_, address) = self.person(who);
        let to = |mail: &&Delivered| mail.recipient == address;
        let read = self.world.office.delivered.iter().rev().filter(to).map(Delivered::message);
        let has_event =
            |mail: &Message| mail.parts.iter().any(|part| part.media_type == "text/calendar");
        read.into_iter().find(has_event).unwrap_or_else(|| panic!("{who} has no event"))
    }

    fn letter_of(&self, mail: &Delivered) -> Option<String> {
        self.letters.get(&mail.message().message_id?).cloned()
    }

    /// Lets everything happen that is due, and writes it down.
    async fn run(&mut self) {
        let report = self.world.run(self.now).await;
        for handled in &report.handled {
            let line = understood(handled);
            writeln!(self.said, "   {line}").expect("write");
        }
        let mails: Vec<Delivered> =
            self.world.office.delivered.iter().skip(self.seen).cloned().collect();
        self.seen += mails.len();
        self.letters = letters(self.world.connection()).await;
        for mail in &mails {
            self.tell(mail);
        }
        self.tell_table().await;
    }

    /// A mail, whole the first time that its letter comes with these words, else its subject.
    fn tell(&mut self, mail: &Delivered) {
        let message = mail.message();
        let name = self.people.iter().find(|(name, _)| address_of(name) == mail.recipient);
        let name = name.map_or(mail.recipient.as_str(), |(name, _)| name.as_str()).to_owned();
        let letter = self.letter_of(mail).unwrap_or_default();
        writeln!(self.said, "Langbord -> {name:<35} {letter}").expect("write");
        writeln!(self.said, "    Subject: {}", message.subject).expect("write");
        let event = message.parts.iter().find(|part| part.media_type == "text/calendar");
        if let Some(event) = event {
            let method = event.text.lines().find(|line| line.starts_with("METHOD:"));
            writeln!(
                self.said,
                "    Calendar: {}",
                method.unwrap_or_default().trim_start_matches("METHOD:")
            )
            .expect("write");
        }
        let text = message
            .parts
            .iter()
            .find(|part| part.media_type == "text/plain")
            .map_or("", |part| &part.text);
        let many = matches!(
            letter.as_str(),
            "invitation" | "nudge" | "reminder" | "moved" | "cancelled" | "digest"
        );
        if many && self.told_whole.contains(&letter) {
            return;
        }
        self.told_whole.push(letter);
        for words in text.trim_end().lines() {
            writeln!(self.said, "{}", format!("    | {words}").trim_end()).expect("write");
        }
    }

    /// What Postgres holds, if it has changed.
    async fn tell_table(&mut self) {
        let table = table(self.world.connection()).await;
        if table != self.table {
            self.said.push_str(&table);
            self.table = table;
        }
    }
}

async fn join(
    world: &mut World,
    people: &mut Vec<(String, Language)>,
    names: &str,
    (language, organizer): (Language, bool),
) {
    for name in names.split(',').map(str::trim) {
        let (name, language) = match name.split_once(" (") {
            Some((name, "en)")) => (name, Language::En),
            Some((name, _)) => (name, Language::Nb),
            None => (name, language),
        };
        world.member(name, Some(language), organizer).await;
        people.push((name.to_owned(), language));
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

fn program_of(name: &str) -> Program {
    match name {
        "Gmail" => Program::Gmail,
        "iPhone" => Program::Iphone,
        "Outlook" => Program::Outlook,
        "Thunderbird" => Program::Thunderbird,
        "no quote" => Program::Bare,
        other => panic!("nobody uses {other}"),
    }
}

/// What Langbord made of a mail, in one line.
fn understood(handled: &Handled) -> String {
    let meaning = &handled.meaning;
    let mut words = vec![
        match meaning.kind {
            Kind::Reply => "a person",
            Kind::Calendar => "a calendar",
            Kind::Bounce => "a bounce",
            Kind::AutoReply => "a machine",
            Kind::List => "a list",
            Kind::Feedback => "a report",
        }
        .to_owned(),
    ];
    words.extend(meaning.answer.map(|answer| format!("{answer:?}").to_lowercase()));
    words.extend(meaning.party_size.map(|party| format!("party {party}")));
    words.extend(meaning.diets.iter().map(|diet| format!("{diet:?}").to_lowercase()));
    if matches!(handled.decision.disposition, Disposition::Command | Disposition::Confirmation) {
        return format!("-> {}", handled.decision.disposition.as_str());
    }
    if meaning.needs_human {
        words.push("needs a human".to_owned());
    }
    format!("({}) -> {}", words.join(", "), handled.decision.disposition.as_str())
}

/// Which letter each mail of ours was, by Message-ID.
async fn letters(db: &mut sqlx::PgConnection) -> BTreeMap<String, String> {
    let rows: Vec<(String, String)> = sqlx::query_as("select message_id, letter from outbox")
        .fetch_all(db)
        .await
        .expect("look at the outbox");
    rows.into_iter().collect()
}

/// The tables as they stand.
async fn table(db: &mut sqlx::PgConnection) -> String {
    let rows: Vec<(String, i32, i32, String, Option<String>)> = sqlx::query_as(
        "select to_char(starts_local, 'Dy DD Mon HH24:MI'), taken, seats, state,
                string_agg(name || case seat when 'none' then ' ' || coalesce(answer, 'silent') else ' ' || seat end
                           || case when party > 1 then ' x' || party else '' end
                           || case when diets <> '{}' then ' [' || array_to_string(diets, ' ') || ']' else '' end
                           || case when unreached_at is not null then ' unreached' else '' end,
                           ', ' order by waiting_since nulls first, invitation_id)
           from gathering left join invitation using (gathering_id) left join person using (person_id)
          group by gathering_id order by gathering_id",
    )
    .fetch_all(db)
    .await
    .expect("look at the tables");
    let mut text = String::new();
    for (starts, taken, seats, state, people) in rows {
        let people = people.unwrap_or_default();
        writeln!(text, "   = {starts}: {taken}/{seats} {state}: {people}").expect("write");
    }
    text
}
