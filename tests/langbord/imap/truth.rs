//! What a real server does, and what people do in the same mailbox.

use std::future::{pending, ready};
use std::time::{Duration, Instant};

use langbord::wire::imap::{self, LoginRefused, Session};
use langbord::wire::{Cursor, ImapSettings, Login, Mark, Security, Wake};

use super::{Table, mail, mails, raws};
use crate::effort::Stopwatch;
use crate::support::dovecot::Dovecot;

fn dovecot(count: usize) -> Dovecot {
    let dovecot = Dovecot::start(&["bord"]);
    for raw in mails(count) {
        dovecot.deliver("bord", &raw);
    }
    dovecot
}

fn settings(dovecot: &Dovecot) -> ImapSettings {
    dovecot.settings("bord", Security::ImplicitTls)
}

/// Dovecot's own copies have its own line ends, and names whose order says nothing.
fn texts(mails: &[(String, Vec<u8>)]) -> Vec<Vec<u8>> {
    let text = |raw: &[u8]| String::from_utf8(raw.to_vec()).unwrap().replace("\r\n", "\n");
    let mut texts: Vec<Vec<u8>> =
        mails.iter().map(|(_, raw)| text(raw).replace('\n', "\r\n").into_bytes()).collect();
    texts.sort();
    texts
}

async fn open(dovecot: &Dovecot) -> Session {
    imap::open(&settings(dovecot)).await.unwrap()
}

#[tokio::test]
async fn mails_arrive_in_order_with_their_place() {
    let dovecot = dovecot(5);
    let mut session = open(&dovecot).await;
    let first = session.batch(Cursor::default(), 3).await.unwrap();
    let rest = session.batch(first.cursor, 3).await.unwrap();
    assert_eq!([raws(&first), raws(&rest)].concat(), mails(5));
    assert!(first.more && !rest.more && !first.rescan);
    let place = &rest.mails[1].place;
    assert_eq!((place.mailbox.as_str(), place.uid), ("imap:bord@localhost/INBOX", 5));
    assert_eq!(place.uid_validity, rest.cursor.uid_validity);
    session.close().await;
}

#[tokio::test]
async fn starttls_serves_as_well_and_nothing_is_said_without_tls() {
    let dovecot = dovecot(1);
    let mut session = imap::open(&dovecot.settings("bord", Security::StartTls)).await.unwrap();
    assert_eq!(raws(&session.batch(Cursor::default(), 9).await.unwrap()), mails(1));
}

#[tokio::test]
async fn a_server_with_a_strange_certificate_never_hears_the_password() {
    let (dovecot, stranger) = (dovecot(0), dovecot(0));
    for security in [Security::ImplicitTls, Security::StartTls] {
        let mut settings = dovecot.settings("bord", security);
        settings.endpoint.ca_file = Some(stranger.certificates.ca.clone());
        imap::open(&settings).await.unwrap_err();
    }
    assert!(!dovecot.log().contains("bord"), "{}", dovecot.log());
}

#[tokio::test]
async fn a_wrong_password_is_a_refused_login() {
    let dovecot = dovecot(0);
    let mut settings = settings(&dovecot);
    settings.login = Login::Password {
        user: "bord".to_owned(),
        password: langbord::secret::Secret::new("wrong".to_owned()),
    };
    let error = imap::open(&settings).await.unwrap_err();
    assert!(error.is::<LoginRefused>(), "{error:#}");
}

#[tokio::test]
async fn idle_wakes_when_a_mail_comes() {
    let dovecot = dovecot(1);
    let mut session = open(&dovecot).await;
    let cursor = session.batch(Cursor::default(), 9).await.unwrap().cursor;
    let arrival = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        dovecot.deliver("bord", &mail(1));
        Instant::now()
    };
    let (wake, delivered) = tokio::join!(session.wait(pending()), arrival);
    assert_eq!(wake.unwrap(), Wake::Mail);
    println!("IDLE woke after {:?}", delivered.elapsed());
    assert_eq!(raws(&session.batch(cursor, 9).await.unwrap()), [mail(1)]);
}

#[tokio::test]
async fn idle_ends_at_once_when_told_to_and_the_session_goes_on() {
    let dovecot = dovecot(0);
    let mut session = open(&dovecot).await;
    session.batch(Cursor::default(), 9).await.unwrap();
    let start = Stopwatch::start();
    assert_eq!(session.wait(ready(())).await.unwrap(), Wake::Stopped);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    dovecot.deliver("bord", &mail(0));
    assert_eq!(session.wait(pending()).await.unwrap(), Wake::Mail);
    assert_eq!(raws(&session.batch(Cursor::default(), 9).await.unwrap()), mails(1));
}

#[tokio::test]
async fn a_mail_told_of_between_two_commands_is_not_waited_for() {
    let dovecot = dovecot(1);
    let mut session = open(&dovecot).await;
    let batch = session.batch(Cursor::default(), 9).await.unwrap();
    dovecot.deliver("bord", &mail(1));
    session.mark(&[1]).await.unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(5), session.wait(pending())).await;
    assert_eq!(waited.unwrap().unwrap(), Wake::Mail);
    assert_eq!(raws(&session.batch(batch.cursor, 9).await.unwrap()), [mail(1)]);
}

#[tokio::test]
async fn mails_that_we_have_are_flagged_or_moved() {
    let dovecot = dovecot(4);
    let mut session = open(&dovecot).await;
    session.batch(Cursor::default(), 9).await.unwrap();
    session.mark(&[4, 2]).await.unwrap();
    session.close().await;
    let seen: Vec<bool> =
        dovecot.mails("bord", "").iter().map(|(name, _)| name.ends_with(",S")).collect();
    assert_eq!(seen, [false, true, false, true]);

    let moving = ImapSettings { mark: Mark::Move("Håndtert".to_owned()), ..settings(&dovecot) };
    let mut session = imap::open(&moving).await.unwrap();
    // The folder is made the first time, and used the second.
    session.mark(&[1]).await.unwrap();
    session.mark(&[2, 3]).await.unwrap();
    session.close().await;
    let moved = dovecot.mails("bord", ".H&AOU-ndtert");
    assert_eq!(texts(&moved), mails(3));
    assert_eq!(dovecot.mails("bord", "").len(), 1);
}

#[tokio::test]
async fn a_server_without_move_copies_checks_and_deletes() {
    let dovecot = Dovecot::start_with(&["bord"], "imap_capability = IMAP4rev1 UIDPLUS IDLE");
    for raw in mails(3) {
        dovecot.deliver("bord", &raw);
    }
    let moving = ImapSettings { mark: Mark::Move("Done".to_owned()), ..settings(&dovecot) };
    let mut session = imap::open(&moving).await.unwrap();
    session.batch(Cursor::default(), 9).await.unwrap();
    session.mark(&[1, 3]).await.unwrap();
    session.close().await;
    assert_eq!(texts(&dovecot.mails("bord", "")), [mail(1)]);
    assert_eq!(texts(&dovecot.mails("bord", ".Done")), [mail(0), mail(2)]);
}

#[tokio::test]
async fn a_mailbox_with_new_uids_is_read_again_and_every_mail_recognised() {
    let dovecot = dovecot(500);
    let mut table = Table::default();
    let mut session = open(&dovecot).await;
    table.read(&mut session, 100).await.unwrap();
    session.close().await;
    dovecot.reset_uid_validity("bord");
    (500..550).for_each(|number| dovecot.deliver("bord", &mail(number)));
    let start = Instant::now();
    let before = table.cursor;
    table.read(&mut open(&dovecot).await, 100).await.unwrap();
    println!("550 mails read again in {:?}", start.elapsed());
    assert_ne!(before.uid_validity, table.cursor.uid_validity, "{}", dovecot.log());
    assert_eq!((table.times_seen.len(), table.rescans), (550, 1));
    assert!(table.times_seen.values().all(|times| *times <= 2));
}

#[tokio::test]
async fn mails_that_people_delete_meanwhile_are_passed_over() {
    let dovecot = dovecot(20);
    let mut session = open(&dovecot).await;
    let first = session.batch(Cursor::default(), 5).await.unwrap();
    // Another session deletes most of what the first one has listed and not yet read.
    let moving = ImapSettings { mark: Mark::Move("Trash".to_owned()), ..settings(&dovecot) };
    let mut person = imap::open(&moving).await.unwrap();
    person.mark(&[3, 6, 7, 8, 9, 11, 20]).await.unwrap();
    let mut table = Table { cursor: first.cursor, ..Table::default() };
    table.read(&mut session, 5).await.unwrap();
    let left: Vec<_> =
        (5..20).filter(|number| ![5, 6, 7, 8, 10, 19].contains(number)).map(mail).collect();
    let mut read = table.raws();
    read.sort_by_key(|raw| left.iter().position(|mail| mail == raw));
    assert_eq!(read, left);
    assert_eq!(table.unreadable, [0_u32; 0]);
    // Marking what is gone is no error either.
    session.mark(&[1, 3, 6]).await.unwrap();
}

#[tokio::test]
async fn a_mail_that_a_person_has_read_first_is_read_all_the_same() {
    let dovecot = dovecot(2);
    let mut person = open(&dovecot).await;
    person.mark(&[1, 2]).await.unwrap();
    let mut session = open(&dovecot).await;
    assert_eq!(raws(&session.batch(Cursor::default(), 9).await.unwrap()), mails(2));
}

#[tokio::test]
async fn of_a_mail_of_thirty_megabytes_only_the_header_comes() {
    let dovecot = dovecot(1);
    let header = "Subject: a film\r\n\r\n";
    let huge = format!("{header}{}", "x\r\n".repeat(10 * 1024 * 1024));
    dovecot.deliver("bord", huge.as_bytes());
    dovecot.deliver("bord", &mail(1));
    let mut session = open(&dovecot).await;
    let mut cursor = Cursor::default();
    let mut read = Vec::new();
    loop {
        let batch = session.batch(cursor, 9).await.unwrap();
        cursor = batch.cursor;
        read.extend(batch.mails.into_iter().map(|mail| (mail.raw, mail.too_large)));
        if !batch.more {
            break;
        }
    }
    let expected = [(mail(0), false), (header.into(), true), (mail(1), false)];
    assert!(read == expected, "{:?}", read.iter().map(|(raw, _)| raw.len()).collect::<Vec<_>>());
}

#[tokio::test]
async fn five_hundred_mails_come_and_go_in_bulk() {
    let dovecot = Dovecot::start(&["bord"]);
    for number in 0..500 {
        let body = "Vi gleder oss til middagen.\r\n".repeat(350);
        let raw = format!("Subject: mail {number}\r\n\r\n{body}");
        dovecot.deliver("bord", raw.as_bytes());
    }
    let mut session = open(&dovecot).await;
    // Dovecot indexes new mails when they are first listed; that is not what is measured.
    session.batch(Cursor::default(), 1).await.unwrap();
    for limit in [100, 500] {
        let (start, mut cursor, mut count) = (Instant::now(), Cursor::default(), 0);
        loop {
            let batch = session.batch(cursor, limit).await.unwrap();
            (cursor, count) = (batch.cursor, count + batch.mails.len());
            if !batch.more {
                break;
            }
        }
        assert_eq!(count, 500);
        let rate = 500.0 / start.elapsed().as_secs_f64();
        println!("500 mails of 10 KB over TLS, {limit} at once: {rate:.0} mails/s");
    }
    let uids: Vec<u32> = (1..=500).collect();
    let start = Instant::now();
    session.mark(&uids).await.unwrap();
    println!("flagged: {:.0} mails/s", 500.0 / start.elapsed().as_secs_f64());
    let moving = ImapSettings { mark: Mark::Move("Done".to_owned()), ..settings(&dovecot) };
    let mut session = imap::open(&moving).await.unwrap();
    let start = Instant::now();
    session.mark(&uids).await.unwrap();
    println!("moved: {:.0} mails/s", 500.0 / start.elapsed().as_secs_f64());
    assert_eq!(dovecot.mails("bord", ".Done").len(), 500);
}
