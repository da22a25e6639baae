//! One dinner from the organizer's mail to its cancellation, while the daemon dies twice.

use std::time::{Duration, Instant};

use langbord::demo::program::{self, Author, Program};
use langbord::mail::{self, Message};

use super::eventually;
use super::house::{House, IDA, TABLE, clock, name};
use super::program::Daemon;
use crate::support::neomutt::answer_newest;
use crate::support::postgres::Database;

const HANDLED: &str = "select count(*) from inbox where state = 'handled'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dinner_is_held_although_the_daemon_is_killed_twice() {
    let begun = Instant::now();
    let database = Database::fresh().await;
    let house = House::open(&database.url, 12);
    let mut evening = Evening { daemon: Some(house.daemon()), house, invitations: Vec::new() };
    let recovered = evening.dies_among_the_invitations().await;
    let unhandled = evening.dies_among_the_replies().await;
    evening.the_waiting_list_moves().await;
    let stopping = evening.ends_among_the_cancellations().await;

    let house = &evening.house;
    let audit = house.audit().await;
    println!(
        "story: {audit:?}; all invitations {recovered:?} after the kill; {unhandled} of 10 replies \
         were not handled at the second; SIGTERM took {stopping:?}; in all {:?}",
        begun.elapsed()
    );
    audit.judge(2, 1);
    assert_eq!(house.ask("select count(*) from inbox where state <> 'handled'").await, 0);
    let flagged = house.dovecot.mails(TABLE, "");
    assert!(flagged.iter().all(|(file, _)| file.ends_with('S')), "every mail is marked as read");
}

struct Evening {
    house: House,
    daemon: Option<Daemon>,
    invitations: Vec<Message>,
}

impl Evening {
    fn guest(&self, number: usize) -> &str {
        &self.house.guests[number - 1]
    }

    fn dies_and_is_started_again(&mut self) {
        self.daemon.take().unwrap().kill();
        self.daemon = Some(self.house.daemon());
    }

    /// The server has taken some, and the daemon is killed before it is told so.
    async fn dies_among_the_invitations(&mut self) -> Duration {
        self.house.smtp.fall_silent_at(2 + 4);
        self.house.invites_all(6).await;
        let received = async || (self.house.smtp.received().len() >= 6).then_some(());
        eventually("four invitations", received).await;
        let begun = Instant::now();
        self.dies_and_is_started_again();
        self.house.smtp.speak();
        for guest in &self.house.guests {
            self.invitations.push(self.house.mail(guest, "nvitasjon").await);
        }
        begun.elapsed()
    }

    /// Some replies are handled, and some are not.
    async fn dies_among_the_replies(&mut self) -> i64 {
        for raw in self.replies() {
            self.house.arrives(&raw);
        }
        let some = async || (self.house.ask(HANDLED).await > 2).then_some(());
        eventually("a reply is handled", some).await;
        self.dies_and_is_started_again();
        let unhandled = 2 + 10 - self.house.ask(HANDLED).await;
        self.house.count(2 + 10, HANDLED).await;
        self.house.quiet().await;
        let told = self.told().await;
        assert_eq!(self.house.ask("select taken::bigint from gathering").await, 6, "{told:?}");
        for (who, subject) in [
            (self.guest(1), "Du har plass"),
            (self.guest(2), "Du har plass"),
            (self.guest(3), "Du kommer ikke"),
            (self.guest(4), "Du kommer kanskje"),
            (self.guest(5), "Du har plass"),
            (self.guest(8), "Var det deg"),
            (self.guest(9), "Du har plass"),
            (IDA, "Kom ikke frem"),
        ] {
            let mut ids: Vec<_> =
                self.house.mails(who, subject).into_iter().map(|mail| mail.message_id).collect();
            ids.dedup();
            assert_eq!(ids.len(), 1, "{subject} for {who}: {told:?}");
        }
        unhandled
    }

    /// The table is full: one waits, and gets the seat that another gives back.
    async fn the_waiting_list_moves(&self) {
        let house = &self.house;
        house.answers(self.guest(10), &self.invitations[9], "Jeg kommer gjerne!");
        house.mail(self.guest(10), "På venteliste").await;
        let confirmation = house.mail(self.guest(11), "Du har plass").await;
        house.answers(self.guest(11), &confirmation, "Nei, jeg må dessverre melde avbud likevel.");
        house.mail(self.guest(10), "lass").await;
        house.count(0, "select count(*) from invitation where seat = 'waiting'").await;
        house.quiet().await;
    }

    /// Told to stop among the cancellations, and started again.
    async fn ends_among_the_cancellations(&mut self) -> Duration {
        let house = &self.house;
        house.writes(IDA, "avlys, verten er syk");
        let about_it = |mail: &Message| mail.subject.contains("avlys");
        let preview = eventually("the preview", async || {
            house.mails(IDA, "Venter på deg").into_iter().find(about_it)
        });
        let preview = preview.await;
        let before = house.smtp.received().len();
        house.answers(IDA, &preview, "ja");
        let some = async || (house.smtp.received().len() > before + 1).then_some(());
        eventually("a cancellation", some).await;
        let (code, stopping) = self.daemon.take().unwrap().terminate();
        assert_eq!(code, Some(0));
        assert!(stopping < Duration::from_secs(10), "{stopping:?}");
        let daemon = house.daemon();
        house.count(1, "select count(*) from gathering where state = 'cancelled'").await;
        for number in [1, 2, 5, 9, 10] {
            house.mail(self.guest(number), "vlyst").await;
        }
        house.quiet().await;
        assert_eq!(house.mails(self.guest(3), "vlyst").len(), 0, "who said no is left in peace");
        assert_eq!(daemon.terminate().0, Some(0));
        stopping
    }

    /// Answers of all kinds. Gjest 10 answers later, Gjest 12 never.
    fn replies(&self) -> [Vec<u8>; 10] {
        let invitation = |number: usize| &self.invitations[number - 1];
        let reply = |number: usize, address: &str, text: &str| {
            let name = name(address);
            let author = Author { name: &name, address, norwegian: true };
            program::reply(Program::Gmail, author, invitation(number), text, clock())
        };
        let own = |number: usize, text: &str| reply(number, self.guest(number), text);
        let machine =
            |number: usize| Author { name: "Gjest", address: self.guest(number), norwegian: true };
        let away = "Jeg er på ferie til mandag.";
        let returned = &self.house.mails(self.guest(7), "nvitasjon")[0];
        let path = returned.header("return-path").unwrap().trim_matches(['<', '>']);
        [
            own(1, "Ja takk, jeg kommer!"),
            own(2, "Vi kommer gjerne, jeg og mannen min. Han er vegetarianer."),
            own(3, "Nei, jeg kan dessverre ikke."),
            own(4, "Kanskje, jeg må sjekke kalenderen."),
            program::button(machine(5), invitation(5), "ACCEPTED", clock()).unwrap(),
            program::out_of_office(machine(6), invitation(6), away, clock()),
            program::bounce(returned, path, clock()),
            reply(8, "gjest8.privat@elsewhere.example", "Ja, jeg kommer!"),
            own(9, "Ja!"),
            own(11, "ja, sett meg opp"),
        ]
    }

    /// The state of each invitation, to be shown where it is not what it should be.
    async fn told(&self) -> Vec<(i64, Option<String>, String, i32)> {
        let sql = "select invitation_id, answer, seat, party from invitation order by 1";
        sqlx::query_as(sql).fetch_all(&self.house.pool).await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_guest_answers_with_a_real_mail_program_and_is_told_what_was_understood() {
    let begun = Instant::now();
    let database = Database::fresh().await;
    let house = House::open(&database.url, 1);
    let daemon = house.daemon();
    house.invites_all(8).await;
    let guest = house.guests[0].clone();
    house.mail(&guest, "nvitasjon").await;
    answer_newest(&house.dovecot, &house.smtp, &guest, "Ja takk, jeg tar gjerne med min kone");
    let confirmation = house.mail(&guest, "Du har plass").await;
    house.count(1, "select count(*) from invitation where answer = 'yes' and seat = 'seated' and party = 2").await;
    house.quiet().await;
    let answer = house.smtp.received().into_iter().find(|mail| mail.from == guest).unwrap();
    let agent = mail::parse(&answer.raw);
    assert!(answer.tls && confirmation.references.contains(agent.message_id.as_ref().unwrap()));
    assert_eq!(daemon.terminate().0, Some(0));
    println!("neomutt: answered, seated for two and acknowledged in {:?}", begun.elapsed());
}
