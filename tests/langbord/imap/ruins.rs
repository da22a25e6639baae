//! Answers that nobody can read, or that nobody could bear to.

use langbord::wire::imap;
use langbord::wire::{Cursor, LARGEST_MAIL};

use super::{Table, mail, mails};
use crate::support::fake_imap::{FakeImap, Fault, IMPATIENT};

const BODIES: &str = "BODY.PEEK[]";

async fn open(server: &FakeImap) -> imap::Session {
    imap::open_with(&server.settings(), IMPATIENT).await.unwrap()
}

#[tokio::test]
async fn one_unreadable_mail_among_five_hundred_is_named_and_passed_over() {
    let ruins: [(&str, &'static str); 7] = [
        ("INTERNALDATE", "* 137 FETCH (UID 137 RFC822.SIZE -1 INTERNALDATE \"?\")\r\n"),
        ("INTERNALDATE", "* 137 FETCH (UID 137 RFC822.SIZE 1 INTERNALDATE NIL)\r\n"),
        ("INTERNALDATE", "* what was that?\r\n"),
        (BODIES, "* what was that?\r\n"),
        (BODIES, "* 137 FETCH (UID 137 BODY[] ]]]\r\n"),
        (BODIES, "* 137 FETCH (UID 137 BODY[] NIL)\r\n"),
        (BODIES, "* 137 FETCH (UID 137 BODY[] {500000000}\r\nabc"),
    ];
    for (within, ruin) in ruins {
        let server = FakeImap::start(mails(500), move |_, command| {
            if command.contains(within) { Fault::Ruin(137, ruin) } else { Fault::None }
        });
        let mut table = Table::default();
        let mut session = open(&server).await;
        table.read(&mut session, 100).await.unwrap();
        assert_eq!((table.times_seen.len(), table.cursor.uid), (499, 500), "{ruin}");
        assert_eq!(table.unreadable, [137], "{ruin}");
        let state = server.state();
        let fetches = state.heard.iter().filter(|line| line.contains(BODIES)).count();
        println!("{fetches} FETCHes, {} connections: {ruin:?}", state.connections);
        assert!(fetches <= 5 + 10 && state.connections <= 10, "{ruin}");
    }
}

#[tokio::test]
async fn nonsense_about_the_only_mail_gives_it_up_once_a_later_one_was_read() {
    for within in ["INTERNALDATE", BODIES] {
        let server = FakeImap::start(mails(1), move |_, command| {
            let asked = command.contains(within);
            if asked { Fault::Ruin(1, "* what was that?\r\n") } else { Fault::None }
        });
        let mut table = Table::default();
        let error = table.read(&mut open(&server).await, 20).await.unwrap_err();
        assert_eq!((table.cursor.uid, table.unreadable.len()), (0, 0), "{within}: {error:#}");
        server.state().mails.insert(2, mail(2));
        table.read(&mut open(&server).await, 20).await.unwrap();
        assert_eq!((table.cursor.uid, table.unreadable), (2, vec![1]), "{within}");
    }
}

#[tokio::test]
async fn a_server_that_always_talks_nonsense_is_left_after_some_attempts() {
    let server = FakeImap::start(mails(500), |_, command| {
        if command.contains("FETCH") { Fault::Refuse(0, "WHAT?") } else { Fault::None }
    });
    let error = open(&server).await.batch(Cursor::default(), 20).await.unwrap_err();
    let connections = server.state().connections;
    println!("{connections} connections: {error:#}");
    assert!(error.to_string().contains("nobody can read") && connections <= 13);
}

#[tokio::test]
async fn an_announced_giant_costs_no_memory() {
    let server = FakeImap::start(mails(1), |_, command| {
        let giant = "* 1 FETCH (UID 1 BODY[] {500000000}\r\nabc";
        if command.contains(BODIES) { Fault::Ruin(1, giant) } else { Fault::None }
    });
    let before = resident_kib();
    let error = open(&server).await.batch(Cursor::default(), 9).await.unwrap_err();
    let grown = resident_kib().saturating_sub(before);
    println!("500 MB announced: {grown} KiB more, {error:#}");
    assert!(grown < 64 * 1024, "{grown} KiB");
}

#[tokio::test]
async fn a_mail_just_below_the_limit_is_read_whole() {
    let large = b"Subject: a film\r\n\r\n{9}\0 (((\r\n".repeat(LARGEST_MAIL / 32);
    let server = FakeImap::start(vec![mail(0), large.clone(), mail(1)], |_, _| Fault::None);
    let mut table = Table::default();
    table.read(&mut open(&server).await, 20).await.unwrap();
    assert!(table.times_seen.len() == 3 && table.times_seen.contains_key(&large));
}

fn resident_kib() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
