//! Mails that an organizer's provider has signed, that it has not, and that it denies, in a real
//! mailbox: the first act at once, the second get a preview, the third nothing.

use std::time::Duration;

use langbord::demo::program::{self as programs, Author};

use super::house::{House, IDA, TABLE, clock};
use crate::support::domain;
use crate::support::postgres::Database;

/// An organizer's mail as their program hands it over.
fn ida_writes(text: &str) -> Vec<u8> {
    let author = Author { name: "Ida", address: IDA, norwegian: true };
    programs::letter(author, TABLE, ("Langbord", text), clock())
}

fn signed(mail: &[u8]) -> Vec<u8> {
    domain::sign("guests.example", mail, clock().to_utc())
}

fn text(mail: &[u8]) -> String {
    String::from_utf8(mail.to_vec()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signed_mail_acts_at_once_an_unsigned_one_is_asked_about_and_a_forged_one_does_nothing() {
    let database = Database::fresh().await;
    let house = House::open(&database.url, 3);
    let daemon = house.daemon();
    house.invites_all(8).await;
    house.count(3, "select count(*) from invitation").await;

    let honest = signed(&ida_writes("10 plasser"));
    house.arrives(&honest);
    house.count(10, "select seats::bigint from gathering").await;
    let signals = "select count(*) from audit where act = 'seats-changed' and signals = 'ab' and digest is not null";
    house.count(1, signals).await;

    // The same words once more, with another line on top, from another hop.
    let mut replayed = b"Received: from evil.example by mx.example; now\r\n".to_vec();
    replayed.extend(&honest);
    house.arrives(&replayed);
    house.count(1, "select count(*) from inbox where disposition = 'replayed'").await;

    // Unsigned: a preview, and the same gathering until somebody says yes.
    let before = house.mails(IDA, "Venter på deg").len();
    house.arrives(&ida_writes("11 plasser"));
    house.count(2, "select count(*) from proposal").await;
    house.quiet().await;
    assert_eq!(house.mails(IDA, "Venter på deg").len(), before + 1);

    // Signed by others, changed on the way, with another author on top: previews at most.
    let boss = text(&honest).replace("10 plasser", "12 plasser");
    house.arrives(boss.as_bytes());
    house.arrives(
        format!("From: eve@evil.example\r\n{}", text(&signed(&ida_writes("13 plasser"))))
            .as_bytes(),
    );
    house.arrives(&domain::sign("evil.example", &ida_writes("14 plasser"), clock().to_utc()));
    // Somebody who only looks like Ida is noticed, and she is told.
    let alike = text(&ida_writes("15 plasser")).replace(IDA, "ida@gue\u{455}ts.example");
    house.arrives(alike.as_bytes());
    house.count(1, "select count(*) from inbox where disposition = 'forged'").await;
    house.mail(IDA, "Noen skrev i ditt navn").await;
    house.quiet().await;
    assert_eq!(house.ask("select seats::bigint from gathering").await, 10);
    assert_eq!(house.ask("select count(*) from audit where act = 'seats-changed'").await, 1);
    assert_eq!(house.ask("select count(*) from outbox where recipient like '%evil%'").await, 0);
    assert!(daemon.terminate().1 < Duration::from_secs(10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_its_own_server_denies_does_nothing_and_its_organizer_hears_of_it_once() {
    let database = Database::fresh().await;
    let house = House::open(&database.url, 2);
    house.trusts("mx.langbord.example");
    let daemon = house.daemon();
    house.invites_all(8).await;
    house.count(2, "select count(*) from invitation").await;
    let ours = |said: &str, mail: &[u8]| {
        format!(
            "Authentication-Results: mx.langbord.example; {said}\r\n\
             Received: from h by mx.langbord.example; now\r\n{}",
            text(mail)
        )
    };
    house.arrives(
        ours("dmarc=fail header.from=guests.example", &ida_writes("9 plasser")).as_bytes(),
    );
    house.arrives(
        ours("dmarc=fail header.from=guests.example", &ida_writes("7 plasser")).as_bytes(),
    );
    house.count(2, "select count(*) from inbox where disposition = 'forged'").await;
    house.quiet().await;
    assert_eq!(house.ask("select seats::bigint from gathering").await, 8);
    assert_eq!(house.mails(IDA, "Noen skrev i ditt navn").len(), 1);

    // A guest whose own server denies their answer is asked.
    let guest = house.guests[0].clone();
    let invitation = house.mail(&guest, "Invitasjon").await;
    let author = Author { name: "Gjest", address: &guest, norwegian: true };
    let program = programs::Program::Bare;
    let answer = programs::reply(program, author, &invitation, "Ja, gjerne", clock());
    house.arrives(ours("dmarc=fail header.from=guests.example", &answer).as_bytes());
    let question = house.mail(&guest, "Var det deg?").await;
    house.answers(&guest, &question, "ja");
    house.count(1, "select count(*) from invitation where answer = 'yes'").await;
    assert_eq!(daemon.terminate().0, Some(0));
}
