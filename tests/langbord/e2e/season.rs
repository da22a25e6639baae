//! A council's season by mail alone: two organizers, twelve members, breakfasts every month and a
//! dinner at the end of the quarter. Months go by in seconds, as a crontab would see them.

use std::collections::BTreeMap;
use std::time::Instant;

use chrono::{DateTime, FixedOffset, TimeDelta, Utc};
use langbord::daemon;
use langbord::demo::program::{self as programs, Author, Program};
use langbord::mail::{self, Message};

use super::house::{House, IDA, ROLF, TABLE, name};
use super::program::run;
use crate::support::domain;
use crate::support::postgres::Database;

/// The council, beside the two who organize it; the last two are taken in by mail.
const COUNCIL: [&str; 10] = [
    "kari.lie",
    "per.moe",
    "ola.aas",
    "nils.vik",
    "tove.dahl",
    "eva.ek",
    "jon.berge",
    "liv.foss",
    "gro.sand",
    "siri.moen",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_council_is_run_for_a_season_by_mail_alone() {
    let begun = Instant::now();
    let database = Database::fresh().await;
    let mut season = Season::begins(House::council(&database.url, &COUNCIL, 2));
    season.takes_in_two_members();
    season.is_planned();
    season.is_nearly_called_off();
    season.is_answered();
    season.changes();
    season.sits_down_to_breakfast();
    season.loses_a_breakfast();
    season.ends_with_a_dinner();

    let audit = season.house.audit().await;
    let inbox = season.house.ask("select count(*) from inbox").await;
    println!(
        "season: {inbox} mails in, {} out, {} rounds in {:?}; {audit:?}",
        audit.mails,
        season.rounds,
        begun.elapsed(),
    );
    audit.judge(0, 0);
    let well = "select count(*) from inbox where state <> 'handled'";
    assert_eq!(season.house.ask(well).await, 0);
}

struct Season {
    house: House,
    start: DateTime<Utc>,
    now: DateTime<Utc>,
    rounds: usize,
}

impl Season {
    fn begins(house: House) -> Self {
        let start = daemon::now();
        Self { house, start, now: start, rounds: 0 }
    }

    // --- the season ---

    fn takes_in_two_members(&mut self) {
        let text = format!(
            "Hei!\n\nNytt medlem {}\nNytt medlem {}\n\nHilsen Ida",
            self.named(9),
            self.named(10),
        );
        let done = self.commands(IDA, &text);
        assert!(done.contains("Gro Sand") && done.contains("Siri Moen"), "{done}");
    }

    /// Three breakfasts and a dinner in one mail.
    fn is_planned(&mut self) {
        let breakfast = |title: &str, days| {
            format!(
                "Ny frokost\ntittel: {title}\nnår: {} kl 7.30\nhvor: Havnegata 12\nvert: Rolf\n\
                 plasser: 12\nspørsmål: Når skiftet du sist mening?\nfrist: {}\ninviter: alle\n\n",
                self.day(days),
                self.day(days - 3),
            )
        };
        let dinner = format!(
            "Ny middag\ntittel: Vinterbordet\nnår: {} kl 19\nhvor: Fjordgata 3\nplasser: 8\n\
             meny: Fårikål\ninviter: alle\n",
            self.day(80),
        );
        let text =
            [breakfast("Mot", 10), breakfast("Tvil", 40), breakfast("Tillit", 70), dinner].concat();
        let done = self.commands(IDA, &text);
        assert!(done.contains("Vinterbordet") && done.contains("Tillit"), "{done}");
        assert_eq!(self.count("Invitasjon"), 0, "they wait for ten minutes");
    }

    /// Rolf takes the wrong line, sees it, and takes it back before anybody has heard of it.
    fn is_nearly_called_off(&mut self) {
        let day = self.day(80);
        self.commands(ROLF, &format!("avlys {day}"));
        let undone = self.commands(ROLF, "angre");
        assert!(undone.contains("tilbake"), "{undone}");
        assert_eq!(self.mails(IDA, "Rolf Moe · avlys").len(), 1, "Ida hears of it at once");
        assert_eq!(self.mails(IDA, "Rolf Moe · angre").len(), 1, "and that it is taken back");
        self.passes(TimeDelta::minutes(11));
        self.once();
        // The host is not asked to their own breakfast; and what is long ahead asks to keep the day.
        assert_eq!(self.count("Invitasjon"), 2 * 11);
        assert_eq!(self.count("Hold av dagen"), 11 + 12);
        assert_eq!(self.count("Avlyst"), 0);
    }

    fn is_answered(&mut self) {
        let words = [
            "Kommer gjerne!",
            "Ja takk",
            "Jeg kommer, men spiser ikke gluten.",
            "Ja, jeg er med",
            "Dessverre, da er jeg bortreist.",
            "Kanskje, jeg må se an uka",
            "Hilsen fra hytta!",
            "Ja!",
        ];
        for (number, words) in (1..).zip(words) {
            self.answers(number, "Mot", words);
        }
        self.once();
        let status = self.commands(ROLF, &format!("hvem kommer {}?\nhvorfor Ola", self.day(10)));
        for line in [
            "Kommer (5): Kari Lie, Per Moe, Ola Aas, Nils Vik og Liv Foss",
            "Kanskje (1): Eva Ek",
            "Kan ikke (1): Tove Dahl",
            "Uklart svar, vi har spurt (1): Jon Berge",
            "Uten svar (3): Ida Berg, Gro Sand og Siri Moen",
            "Kjøkkenet: 1 × ",
        ] {
            assert!(status.contains(line), "{line}: {status}");
        }
        // Why Ola has a seat is told, and not what he eats.
        assert!(status.contains("lest som ja") && !status.contains("ikke gluten"), "{status}");
    }

    /// Small things at once, and in the evening Ida hears of them; a large one after a yes.
    fn changes(&mut self) {
        let day = self.day(10);
        let done = self.commands(ROLF, &format!("inviter Rolf til {day}\nmeny {day}: Grøt"));
        assert!(done.contains("Grøt"), "{done}");
        self.passes(TimeDelta::hours(7));
        self.once();
        let daily = self.mails(IDA, "Småting siden sist");
        assert_eq!(daily.len(), 1, "once in the evening");
        let daily = words(&daily[0]);
        assert!(daily.contains("Grøt") && daily.contains("Invitasjon til 1: Rolf Moe"), "{daily}");

        self.passes(TimeDelta::hours(17));
        self.commands(IDA, &format!("flytt {day} til {} kl 08.00", self.day(11)));
        self.passes(TimeDelta::minutes(11));
        self.once();
        // Everybody but the one who had said no is asked anew.
        let told = self.count("Flyttet");
        assert!(told >= 10, "{told}");
        for number in [1, 2, 3, 4, 8, 9] {
            self.answers(number, "Mot", "Ja, det passer");
        }
        self.once();
    }

    fn sits_down_to_breakfast(&mut self) {
        self.at(10, 3);
        self.once();
        let reminded = self.count("I morgen");
        self.at(11, 4);
        self.once();
        let done = self.commands(ROLF, &format!("alle kom uten Per {}", self.day(11)));
        assert!(done.contains("Kom ikke: Per Moe"), "{done}");
        let sheet = self.takes_along(&format!("eksport {}", self.day(11)));
        assert!(sheet.contains("\"Kari Lie\";\"kari.lie@guests.example\";\"ja\""), "{sheet}");
        assert!(!sheet.contains("gluten"), "{sheet}");
        println!("season: {reminded} were reminded the day before");
    }

    fn loses_a_breakfast(&mut self) {
        self.at(38, 0);
        let done = self.commands(ROLF, &format!("avlys {}, Rolf er syk", self.day(40)));
        assert!(done.contains("Rolf er syk"), "{done}");
        assert_eq!(self.mails(IDA, "Rolf Moe · avlys").len(), 2);
        self.passes(TimeDelta::minutes(11));
        self.once();
        assert_eq!(self.count("Avlyst"), 11);
    }

    /// Eight seats for twelve: the list moves, and a seat is given past it.
    fn ends_with_a_dinner(&mut self) {
        self.at(76, 0);
        for number in 1..=9 {
            self.answers(number, "Vinterbordet", "Ja takk!");
            self.passes(TimeDelta::seconds(1));
        }
        self.once();
        assert!(self.mails(&self.guest(9), "På venteliste").len() == 1);
        let day = self.day(80);
        let done = self.commands(IDA, &format!("10 plasser {day}"));
        assert!(done.contains("10 plasser"), "{done}");
        self.passes(TimeDelta::minutes(11));
        self.once();
        assert!(self.mails(&self.guest(9), "Du har fått plass").len() == 1);
        let status = self.commands(IDA, &format!("hvem kommer {day}?\nhvorfor Gro"));
        assert!(status.contains("9 av 10 plasser er tatt"), "{status}");
        self.at(81, 0);
        let done = self.commands(IDA, "alle kom");
        assert!(done.contains("9 kom"), "{done}");
    }

    // --- what people do ---

    /// An organizer asks for something: a preview is answered with yes. Gives back what they are told
    /// in the end.
    fn commands(&mut self, who: &str, text: &str) -> String {
        words(&self.asks(who, text))
    }

    fn asks(&mut self, who: &str, text: &str) -> Message {
        let person = name(who);
        let author = Author { name: &person, address: who, norwegian: true };
        let letter = programs::letter(author, TABLE, ("Langbord", text), self.date());
        let mut answer = self.told(who, &letter);
        if answer.subject.starts_with("Venter på deg") {
            let yes = programs::reply(Program::Iphone, author, &answer, "Ja", self.date());
            answer = self.told(who, &yes);
            assert!(answer.subject.starts_with("Gjort"), "{text}: {}", words(&answer));
        }
        assert!(!answer.subject.starts_with("Ikke gjort"), "{text}: {}", words(&answer));
        answer
    }

    /// Sends a mail, and gives back the one answer to it.
    fn told(&mut self, who: &str, raw: &[u8]) -> Message {
        let id = mail::parse(raw).message_id;
        // Their provider signs what it need not encode first; the rest has to be confirmed.
        let plain = raw.is_ascii();
        let signed = plain.then(|| domain::sign("guests.example", raw, daemon::now()));
        self.arrives(signed.as_deref().unwrap_or(raw));
        self.once();
        let answers = |mail: &Message| mail.references.last() == id.as_ref();
        let mut told: Vec<Message> = self.mails(who, "").into_iter().filter(answers).collect();
        assert_eq!(told.len(), 1, "{who} is told once: {told:?}");
        told.remove(0)
    }

    /// Ida wants it in a file: a sheet and a calendar come with the answer.
    fn takes_along(&mut self, text: &str) -> String {
        let mail = self.asks(IDA, text);
        let file = |kind| mail.parts.iter().find(|part| part.media_type == kind);
        assert!(file("text/calendar").unwrap().text.contains("BEGIN:VEVENT"));
        file("text/csv").unwrap().text.clone()
    }

    /// A guest answers the newest mail about a gathering that asks for an answer.
    fn answers(&mut self, number: usize, title: &str, words: &str) {
        let guest = self.guest(number);
        let asks = |mail: &Message| {
            ["Invitasjon", "Flyttet", "Kommer du"].iter().any(|it| mail.subject.contains(it))
        };
        let original = self.mails(&guest, title).into_iter().rev().find(asks);
        let original = original.unwrap_or_else(|| panic!("{guest} was not asked about {title}"));
        let program = [Program::Gmail, Program::Iphone, Program::Outlook][number % 3];
        let person = name(&guest);
        let author = Author { name: &person, address: &guest, norwegian: true };
        self.arrives(&programs::reply(program, author, &original, words, self.date()));
    }

    fn arrives(&self, raw: &[u8]) {
        self.house.dovecot.deliver_at(TABLE, raw, self.now.into());
    }

    // --- time ---

    /// Everything that is due, as from a crontab.
    fn once(&mut self) {
        self.rounds += 1;
        let at = self.now.to_rfc3339();
        run(&self.house.config, &["once", "--for-good", "--at", &at]).answer();
        self.passes(TimeDelta::seconds(5));
    }

    fn passes(&mut self, time: TimeDelta) {
        self.now += time;
    }

    /// So many days after the beginning, and hours after noon.
    fn at(&mut self, days: i64, hours: i64) {
        let then = self.start + TimeDelta::days(days) + TimeDelta::hours(hours);
        assert!(then > self.now, "time goes on");
        self.now = then;
    }

    fn date(&self) -> DateTime<FixedOffset> {
        self.now.fixed_offset()
    }

    /// A day of the season as it is written.
    fn day(&self, days: i64) -> String {
        (self.start + TimeDelta::days(days)).format("%d.%m.%Y").to_string()
    }

    // --- mailboxes ---

    fn guest(&self, number: usize) -> String {
        self.house.guests[number - 1].clone()
    }

    fn named(&self, number: usize) -> String {
        let guest = self.guest(number);
        format!("{} {guest}", name(&guest))
    }

    fn mails(&self, who: &str, subject: &str) -> Vec<Message> {
        self.house.mails(who, subject)
    }

    /// Mails with this in their subject, in all mailboxes; nobody has two with the same Message-ID.
    fn count(&self, subject: &str) -> usize {
        let people = self.house.guests.iter().map(String::as_str).chain([IDA, ROLF]);
        let mut seen = BTreeMap::new();
        for person in people {
            for mail in self.mails(person, subject) {
                if mail.subject.starts_with(subject) {
                    let twice = seen.insert(mail.message_id.clone(), mail.subject);
                    assert_eq!(twice, None, "{person} has it twice");
                }
            }
        }
        seen.len()
    }
}

/// The text without its line breaks.
fn words(mail: &Message) -> String {
    let text = mail.parts.iter().find(|part| part.media_type == "text/plain");
    text.unwrap().text.split_whitespace().collect::<Vec<_>>().join(" ")
}
