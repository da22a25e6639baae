//! What people do: each act is a mail in the community's mailbox.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use langbord::demo::program::{self, Author, Program};
use langbord::language::Language;
use langbord::mail::{self, Message};

use super::super::domain;
use super::super::world::{Delivered, address_of};
use super::Stage;

impl Stage {
    /// The mail that an act puts into the community's mailbox.
    pub(super) fn mail(&mut self, line: &str, text: &str) -> Vec<u8> {
        let written = catch_unwind(AssertUnwindSafe(|| self.try_mail(line, text)));
        written.unwrap_or_else(|panic| {
            // What was played so far tells why.
            eprintln!("{}", self.said);
            resume_unwind(panic)
        })
    }

    fn try_mail(&mut self, line: &str, text: &str) -> Vec<u8> {
        if let Some(who) = line.strip_suffix("'s last mail comes again") {
            return self.written.get(who).unwrap_or_else(|| panic!("{who} is silent")).clone();
        }
        let raw = match line.strip_suffix(", signed") {
            Some(line) => self.sign(&self.write(line, text)),
            None => self.write(line, text),
        };
        let who = line.split(' ').next().unwrap_or_default();
        self.written.insert(who.to_owned(), raw.clone());
        raw
    }

    /// With the signature of its author's domain.
    fn sign(&self, raw: &[u8]) -> Vec<u8> {
        let from = mail::parse(raw).from.expect("an author");
        domain::sign(from.domain(), raw, self.now)
    }

    fn write(&self, line: &str, text: &str) -> Vec<u8> {
        let date = self.now.with_timezone(&self.world.desk.community.zone).fixed_offset();
        if let Some(name) =
            line.strip_prefix("the mail to ").and_then(|rest| rest.strip_suffix(" bounces"))
        {
            let address = if name.contains('@') { name.to_owned() } else { address_of(name) };
            let mail = self.world.last_mail(&address).expect("a mail to bounce");
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
        let author = Author { name, address: &address, norwegian: language != Language::En };
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
        if what == "proposes another time" {
            let original = self.latest_with_event(who);
            let reply = program::button(author, &original, "TENTATIVE", date).expect("an event");
            let text = String::from_utf8(reply).expect("text");
            return text
                .replace("REPLY", "COUNTER")
                .replace("Tentative:", "New time proposed:")
                .into_bytes();
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

    pub(super) fn letter_of(&self, mail: &Delivered) -> Option<String> {
        self.letters.get(&mail.message().message_id?).cloned()
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
