//! `langbord doctor auth` on real servers: a provider that takes forged results out, and one that
//! lets them in.

use langbord::demo::program::{self as programs, Author, Program};

use super::house::{House, IDA, clock};
use super::program::{Ended, run};
use crate::support::postgres::Database;
use crate::support::smtp_server::Provider;

const SERVER: &str = "mx.langbord.example";

fn doctor(house: &House) -> Ended {
    run(&house.config, &["doctor", "auth", "--wait", "20"])
}

/// Ida's answer to the last mail that she has, unsigned, of which the server says that it is hers.
fn ida_answers(house: &House, text: &str) {
    let mail = house.mails(IDA, "").pop().unwrap();
    let author = Author { name: "Ida", address: IDA, norwegian: true };
    let answer = programs::reply(Program::Bare, author, &mail, text, clock());
    let head = format!(
        "Authentication-Results: {SERVER}; dmarc=pass header.from=guests.example\r\n\
         Received: from h by {SERVER}; now\r\n"
    );
    house.arrives(&[head.as_bytes(), &answer].concat());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn auth_03_the_doctor_tells_a_server_that_strips_from_one_that_does_not() {
    let database = Database::fresh().await;
    let house = House::open(&database.url, 1);
    // Nothing to believe: nobody signs, which is said and fails nothing.
    let signatures = doctor(&house);
    assert_eq!(signatures.code, Some(0), "{signatures:?}");
    assert!(signatures.stdout.contains("warn  oslo auth: nobody signs our mail"), "{signatures:?}");

    house.trusts(SERVER);
    house.guests_sign();
    house.smtp.acts_as(Provider::Leaves("inner.langbord.example"));
    let leaves = doctor(&house);
    assert_eq!(leaves.code, Some(1), "{leaves:?}");
    let said = "FAIL  oslo auth: the test mail has not come over mx.langbord.example: \
        no Authentication-Results field at all; Received of inner.langbord.example";
    assert!(leaves.stdout.contains(said) && leaves.stdout.contains("→"), "{leaves:?}");
    assert_eq!(house.ask("select count(*) from canary where passed").await, 0);

    house.smtp.acts_as(Provider::Strips(SERVER));
    let strips = doctor(&house);
    assert_eq!(strips.code, Some(0), "{strips:?}");
    assert!(strips.stdout.contains("ok    oslo auth: forged results do not come in"), "{strips:?}");
    assert_eq!(house.ask("select count(*) from canary where passed").await, 1);
    // It has fetched mail and handled none.
    assert_eq!(house.ask("select count(*) from inbox where state = 'received'").await, 3);

    // Now the server's word counts …
    let daemon = house.daemon();
    house.invites_all(8).await;
    house.count(1, "select count(*) from invitation").await;
    house.quiet().await;
    ida_answers(&house, "10 plasser");
    house.count(10, "select seats::bigint from gathering").await;

    // … until a canary comes back as it was sent; the doctor finds out beside the daemon.
    house.smtp.acts_as(Provider::Leaves("inner.langbord.example"));
    let again = doctor(&house);
    assert_eq!(again.code, Some(1), "{again:?}");
    house.mail(IDA, "vi spør om et ja oftere").await;
    let previews = house.mails(IDA, "Venter på deg").len();
    ida_answers(&house, "11 plasser");
    house.count(2, "select count(*) from proposal").await;
    house.quiet().await;
    assert_eq!(house.mails(IDA, "Venter på deg").len(), previews + 1);
    assert_eq!(house.ask("select seats::bigint from gathering").await, 10);
    assert_eq!(daemon.terminate().0, Some(0));

    // What does not come back is not waited for longer than was said.
    house.smtp.acts_as(Provider::Loses);
    let lost = run(&house.config, &["--json", "doctor", "auth", "--wait", "2"]);
    assert_eq!(lost.code, Some(1), "{lost:?}");
    assert!(lost.stdout.contains("was not back within 2 s"), "{lost:?}");
}
