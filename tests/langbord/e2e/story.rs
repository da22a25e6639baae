//! One dinner from the organizer's mail to its cancellation, while the daemon dies twice.

use std::time::{Duration, Instant};

use langbord::demo::program::{self, Author};
use langbord::mail::{self, Message};

use super::eventually;
use super::house::{Audit, House, IDA, TABLE, clock, name};
use crate::support::neomutt::answer_newest;
use crate::support::postgres::Database;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dinner_is_held_although_the_daemon_is_killed_twice() {
    let begun = Instant::now();
    let database = Database::fresh().await;
    let house = House::open(&database.url, 12);

    // Killed among the invitations: the server has taken some, and the daemon was not told.
    let daemon = house.daemon();
    house.smtp.fall_silent_at(2 + 4);
    house.invites_all(6).await;
    eventually("invitations", async || (house.smtp.received().len() >= 6).then_some(())).await;
    daemon.kill();
    house.smtp.speak();
    let restarted = Instant::now();
    let daemon = house.daemon();
    let mut invitations = Vec::new();
    for guest in &house.guests {
        invitations.push(house.mail(guest, "nvitasjon").await);
    }
    let recovered = restarted.elapsed();

    // Killed among the replies: some are handled, and some are not.
    let guest = |number: usize| house.guests[number - 1].as_str();
    let invitation = |number: usize| &invitations[number - 1];
    let replies = replies(&house, &invitations);
    for raw in &replies {
        house.arrives(raw);
    }
    eventually("a reply is handled", async || {
        let handled = house.ask("select count(*) from inbox where state = 'handled'").await;
        (handled > 2).then_some(())
    })
    .await;
    daemon.kill();
    let unhandled = replies.len() as i64 + 2
        - house.ask("select count(*) from inbox where state = 'handled'").await;
    let daemon = house.daemon();
    house
        .count(2 + replies.len() as i64, "select count(*) from inbox where state = 'handled'")
        .await;
    house.quiet().await;
    assert_eq!(
        house.ask("select taken::bigint from gathering").await,
        6,
        "{:?}",
        told(&house).await
    );
    for (number, subject) in
        [(1, "Du har plass"), (2, "Du har plass"), (4, "anskje"), (5, "Du har plass")]
    {
        assert_eq!(house.mails(guest(number), subject).len(), 1, "{subject}: {}", guest(number));
    }
    assert_eq!(house.mails(guest(8), "Var det deg").len(), 1);
    assert_eq!(house.mails(IDA, "Kom ikke frem").len(), 1);

    // The table is full: one waits, and gets the seat that another gives back.
    house.answers(guest(10), invitation(10), "Jeg kommer gjerne!");
    house.count(1, "select count(*) from invitation where seat = 'waiting'").await;
    let confirmation = house.mail(guest(11), "Du har plass").await;
    house.answers(guest(11), &confirmation, "Nei, jeg må dessverre melde avbud likevel.");
    house.count(0, "select count(*) from invitation where seat = 'waiting'").await;
    house.quiet().await;
    house.mail(guest(10), "lass").await;

    // Told to stop in the middle of the cancellations, and started again.
    house.writes(IDA, "avlys, verten er syk");
    let preview = eventually("the preview", async || {
        house.mails(IDA, "Venter på deg").into_iter().find(|mail| mail.subject.contains("avlys"))
    })
    .await;
    let before = house.smtp.received().len();
    house.answers(IDA, &preview, "ja");
    eventually("cancellations", async || (house.smtp.received().len() > before + 1).then_some(()))
        .await;
    let (code, stopping) = daemon.terminate();
    assert_eq!(code, Some(0));
    assert!(stopping < Duration::from_secs(10), "{stopping:?}");
    let daemon = house.daemon();
    house.count(1, "select count(*) from gathering where state = 'cancelled'").await;
    house.quiet().await;
    for number in [1, 2, 5, 9, 10] {
        assert_eq!(house.mails(guest(number), "vlyst").len(), 1, "{}", guest(number));
    }
    assert_eq!(house.mails(guest(3), "vlyst").len(), 0, "who has said no is not bothered");
    assert_eq!(daemon.terminate().0, Some(0));

    let audit = house.audit().await;
    println!(
        "story: {audit:?}; {unhandled} of {} replies were not handled when it was killed; all \
         invitations {recovered:?} after the kill; SIGTERM {stopping:?}; in all {:?}",
        replies.len(),
        begun.elapsed()
    );
    judge(&audit, 2);
    assert_eq!(house.ask("select count(*) from inbox where state <> 'handled'").await, 0);
    let flagged = house.dovecot.mails(TABLE, "");
    assert!(flagged.iter().all(|(file, _)| file.ends_with('S')), "{flagged:?}");
}

/// What may have happened after so many kills with two connections each.
fn judge(audit: &Audit, kills: usize) {
    assert_eq!(
        (audit.lost, audit.unknown, audit.failed, audit.different),
        (0, 0, 0, 0),
        "{audit:?}"
    );
    assert!(audit.doubled <= 2 * kills && audit.doubtful <= 2 * kills, "{audit:?}");
}

/// Answers of all kinds, in the order of the guests; Gjest 10 answers later, Gjest 12 never.
fn replies(house: &House, invitations: &[Message]) -> Vec<Vec<u8>> {
    let reply = |number: usize, address: &str, text: &str| {
        let name = name(address);
        let author = Author { name: &name, address, norwegian: true };
        program::reply(program::Program::Gmail, author, &invitations[number - 1], text, clock())
    };
    let author = |number: usize| Author {
        name: "Gjest",
        address: &house.guests[number - 1],
        norwegian: true,
    };
    let own = |number: usize, text: &str| reply(number, &house.guests[number - 1], text);
    let event = program::button(author(5), &invitations[4], "ACCEPTED", clock());
    let path =
        house.mails(&house.guests[6], "nvitasjon")[0].header("return-path").unwrap().to_owned();
    vec![
        own(1, "Ja takk, jeg kommer!"),
        own(2, "Vi kommer gjerne, jeg og mannen min. Han er vegetarianer."),
        own(3, "Nei, jeg kan dessverre ikke."),
        own(4, "Kanskje, jeg må sjekke kalenderen."),
        event.unwrap(),
        program::out_of_office(author(6), &invitations[5], "Jeg er på ferie til mandag.", clock()),
        program::bounce(&invitations[6], path.trim_matches(['<', '>']), clock()),
        reply(8, "gjest8.privat@elsewhere.example", "Ja, jeg kommer!"),
        own(9, "Ja!"),
        own(11, "ja, sett meg opp"),
    ]
}

/// The state of each invitation, to be shown where it is not what it should be.
async fn told(house: &House) -> Vec<(i64, Option<String>, String, i32)> {
    let sql = "select invitation_id, answer, seat, party from invitation order by 1";
    sqlx::query_as(sql).fetch_all(&house.pool).await.unwrap()
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
