//! What no server should do, and some do.

use std::future::pending;
use std::time::Duration;

use langbord::wire::imap::{self, LoginRefused, Patience, Session};
use langbord::wire::{Cursor, Login, Mark, Security, Wake};

use super::{Table, mail, mails, raws};
use crate::effort::Stopwatch;
use crate::support::fake_imap::{FakeImap, Fault, IMPATIENT};

const BODIES: &str = "BODY.PEEK[]";

async fn open(server: &FakeImap) -> Session {
    imap::open_with(&server.settings(), IMPATIENT).await.unwrap()
}

/// Reads as a daemon does: whatever fails, on a new session from the same cursor.
async fn read_on(server: &FakeImap, table: &mut Table, sessions: usize) -> usize {
    for session in 0..sessions {
        let Ok(mut open) = imap::open_with(&server.settings(), IMPATIENT).await else { continue };
        if table.read(&mut open, 20).await.is_ok() {
            return session;
        }
    }
    panic!("not read in {sessions} sessions: {:?}", table.cursor);
}

#[tokio::test]
async fn a_fetch_cut_anywhere_leaves_no_hole() {
    for after in 0..20 {
        let server = FakeImap::start(mails(20), move |connection, command| {
            let cut = connection == 1 && command.contains(BODIES);
            if cut { Fault::Cut(after) } else { Fault::None }
        });
        let mut table = Table::default();
        assert_eq!(read_on(&server, &mut table, 3).await, 1, "cut after {after}");
        assert!(table.times_seen.values().all(|times| *times == 1));
        assert_eq!((table.times_seen.len(), table.cursor.uid), (20, 20), "cut after {after}");
    }
}

#[tokio::test]
async fn an_answer_cut_at_any_octet_loses_and_doubles_nothing() {
    let mut cuts = 0;
    for end in (0..2_000).step_by(29) {
        let server = FakeImap::start(mails(20), move |connection, command| {
            let cut = connection == 1 && command.starts_with("UID");
            if cut { Fault::CutAt(end) } else { Fault::None }
        });
        let mut table = Table::default();
        read_on(&server, &mut table, 3).await;
        assert!(table.times_seen.values().all(|times| *times == 1), "cut at {end}");
        assert_eq!(table.times_seen.len(), 20, "cut at {end}");
        cuts += 1;
    }
    println!("cut {cuts} times: lost 0, doubled 0");
}

#[tokio::test]
async fn a_line_that_is_always_cut_still_makes_progress() {
    let server = FakeImap::start(mails(20), |_, command| {
        if command.contains(BODIES) { Fault::Cut(3) } else { Fault::None }
    });
    let mut table = Table::default();
    read_on(&server, &mut table, 9).await;
    assert_eq!(table.times_seen.len(), 20);
}

#[tokio::test]
async fn a_listing_cut_short_is_no_listing() {
    let server = FakeImap::start(mails(20), |connection, command| {
        let cut = connection == 1 && command.contains("INTERNALDATE");
        if cut { Fault::Cut(7) } else { Fault::None }
    });
    let mut table = Table::default();
    assert_eq!(read_on(&server, &mut table, 3).await, 1);
    assert_eq!(table.times_seen.len(), 20);
}

#[tokio::test]
async fn a_no_after_half_an_answer_leaves_no_hole() {
    for (after, words) in [(0, "NO [UNAVAILABLE] later"), (7, "NO gone"), (19, "BAD what?")] {
        let server = FakeImap::start(mails(20), move |_, command| {
            let first = command.contains("1:20") && command.contains(BODIES);
            if first { Fault::Refuse(after, words) } else { Fault::None }
        });
        let mut table = Table::default();
        assert_eq!(read_on(&server, &mut table, 1).await, 0, "{words} after {after}");
        assert_eq!(table.times_seen.len(), 20);
        assert_eq!(table.unreadable, [0; 0]);
    }
}

#[tokio::test]
async fn while_a_server_delivers_nothing_no_mail_is_given_up() {
    let server = FakeImap::start(mails(20), |_, command| {
        let bodies = command.contains(BODIES);
        if bodies { Fault::Refuse(0, "NO [UNAVAILABLE] later") } else { Fault::None }
    });
    let error = open(&server).await.batch(Cursor::default(), 20).await.unwrap_err();
    assert!(error.to_string().contains("delivers no mail"), "{error:#}");
}

#[tokio::test]
async fn a_mail_that_the_server_refuses_is_given_up_once_a_later_one_was_read() {
    let broken = |command: &str| {
        let asked = ["1:3 ", "2 ", "2:3 "].iter().any(|set| command.contains(set));
        asked && command.contains(BODIES)
    };
    let server = FakeImap::start(mails(2), move |_, command| {
        let after = usize::from(command.contains(" 1:"));
        let words = "NO [SERVERBUG] internal error";
        if broken(command) { Fault::Refuse(after, words) } else { Fault::None }
    });
    let mut table = Table::default();
    let mut session = open(&server).await;
    let error = table.read(&mut session, 20).await.unwrap_err();
    assert_eq!((table.cursor.uid, table.unreadable.len()), (1, 0), "{error:#}");
    server.state().mails.insert(3, mail(3));
    table.read(&mut open(&server).await, 20).await.unwrap();
    assert_eq!((table.cursor.uid, table.unreadable), (3, vec![2]));
}

#[tokio::test]
async fn noise_on_the_line_ends_sessions_and_nothing_else() {
    let hurried = Patience { command: Duration::from_millis(50), ..IMPATIENT };
    let (mut failed, sessions) = (0, 300);
    for seed in 0..sessions {
        let server = FakeImap::start(mails(20), move |_, command| {
            let chosen = [BODIES, "INTERNALDATE", "SELECT", "CAPABILITY"];
            let noisy = chosen
                .iter()
                .zip(0..4)
                .any(|(verb, nth)| seed % 4 == nth && command.contains(verb));
            if noisy { Fault::Noise(seed) } else { Fault::None }
        });
        let start = Stopwatch::start();
        let session = async {
            let mut session = imap::open_with(&server.settings(), hurried).await?;
            Table::default().read(&mut session, 9).await
        };
        failed += u64::from(session.await.is_err());
        assert!(start.elapsed() < Duration::from_secs(5), "seed {seed}: {:?}", start.elapsed());
    }
    println!("{sessions} noisy sessions: {failed} failed, none hung or panicked");
    assert!(failed > sessions / 4, "{failed}");
}

#[tokio::test]
async fn every_command_that_is_never_answered_ends_in_time() {
    for silent in ["CAPABILITY", "LOGIN", "SELECT", "INTERNALDATE", BODIES, "STORE", "IDLE", "DONE"]
    {
        let server = FakeImap::start(mails(2), move |_, command| {
            if command.contains(silent) { Fault::Silence } else { Fault::None }
        });
        let start = Stopwatch::start();
        let conversation = async {
            let mut session = imap::open_with(&server.settings(), IMPATIENT).await?;
            session.batch(Cursor::default(), 9).await?;
            session.mark(&[1]).await?;
            session.wait(tokio::time::sleep(Duration::from_millis(100))).await
        };
        let outcome = conversation.await;
        assert!(outcome.is_err(), "{silent}: {outcome:?}");
        assert!(start.elapsed() < Duration::from_secs(2), "{silent}: {:?}", start.elapsed());
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_in_idle_is_noticed_at_once() {
    let server =
        FakeImap::start(
            mails(1),
            |_, command| {
                if command == "IDLE" { Fault::Cut(0) } else { Fault::None }
            },
        );
    let mut session = open(&server).await;
    session.batch(Cursor::default(), 9).await.unwrap();
    let start = Stopwatch::start();
    session.wait(pending()).await.unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[tokio::test]
async fn the_same_number_of_mails_told_again_is_no_news() {
    let server = FakeImap::start(mails(3), |_, _| Fault::None);
    let mut session = open(&server).await;
    let batch = session.batch(Cursor::default(), 9).await.unwrap();
    let stop = tokio::time::sleep(Duration::from_millis(200));
    assert_eq!(session.wait(stop).await.unwrap(), Wake::Stopped);
    server.state().mails.insert(4, mail(3));
    assert_eq!(session.wait(pending()).await.unwrap(), Wake::Mail);
    assert_eq!(raws(&session.batch(batch.cursor, 9).await.unwrap()), [mail(3)]);
}

#[tokio::test]
async fn a_server_that_refuses_idle_is_asked_at_intervals() {
    let server = FakeImap::start(mails(1), |_, command| {
        if command == "IDLE" { Fault::Refuse(0, "NO not today") } else { Fault::None }
    });
    let mut session = open(&server).await;
    let batch = session.batch(Cursor::default(), 9).await.unwrap();
    for _ in 0..2 {
        assert_eq!(session.wait(pending()).await.unwrap(), Wake::Time);
    }
    server.state().mails.insert(2, mail(1));
    assert_eq!(raws(&session.batch(batch.cursor, 9).await.unwrap()), [mail(1)]);
    let state = server.state();
    assert_eq!(state.heard.iter().filter(|line| *line == "IDLE").count(), 1, "asked once only");
}

#[tokio::test]
async fn a_mailbox_put_back_from_a_backup_is_read_again() {
    let server = FakeImap::start(mails(30), |_, _| Fault::None);
    let mut table = Table::default();
    table.read(&mut open(&server).await, 20).await.unwrap();
    {
        // The backup is older: the last mails are missing and their UIDs are given out again.
        let mut state = server.state();
        state.mails.split_off(&21);
        state.mails.insert(21, mail(99));
        state.uid_next = 22;
    }
    table.read(&mut open(&server).await, 20).await.unwrap();
    assert_eq!((table.times_seen.len(), table.rescans), (31, 1));
    assert_eq!(table.cursor.uid, 21);
}

#[tokio::test]
async fn a_refused_login_is_told_from_a_lost_connection() {
    let server = FakeImap::start(Vec::new(), |connection, command| {
        let cut = connection == 2 && command.starts_with("LOGIN");
        if cut { Fault::Cut(0) } else { Fault::None }
    });
    server.state().password = "another";
    let refused = imap::open_with(&server.settings(), IMPATIENT).await.unwrap_err();
    assert!(refused.is::<LoginRefused>(), "{refused:#}");
    let lost = imap::open_with(&server.settings(), IMPATIENT).await.unwrap_err();
    assert!(!lost.is::<LoginRefused>(), "{lost:#}");
}

#[tokio::test]
async fn an_access_token_opens_the_mailbox_and_an_old_one_is_a_refused_login() {
    let server = FakeImap::start(mails(1), |_, _| Fault::None);
    for (token, accepted) in [("ya29.new", true), ("ya29.old", false)] {
        server.state().password = "ya29.new";
        let command = ["echo", token].map(str::to_owned).to_vec();
        let mut settings = server.settings();
        settings.login = Login::XOAuth2 { user: "bord".to_owned(), command };
        let outcome = imap::open_with(&settings, IMPATIENT).await;
        assert_eq!(outcome.is_ok(), accepted, "{token}");
        assert!(accepted || outcome.is_err_and(|error| error.is::<LoginRefused>()));
    }
    assert_eq!(server.state().heard.last().unwrap(), "");
}

#[tokio::test]
async fn without_starttls_or_with_words_slipped_in_before_it_no_password_is_said() {
    for words in ["BAD what?", "OK go\r\n* PREAUTH come in\r\nL2 OK believe me"] {
        let server = FakeImap::start(mails(1), move |_, command| {
            if command == "STARTTLS" { Fault::Refuse(0, words) } else { Fault::None }
        });
        let mut settings = server.settings();
        settings.endpoint.security = Security::StartTls;
        let error = imap::open_with(&settings, IMPATIENT).await.unwrap_err();
        assert_eq!(server.state().heard, ["STARTTLS"], "{error:#}");
    }
}

#[tokio::test]
async fn a_mailbox_that_may_only_be_read_is_read() {
    let server = FakeImap::start(mails(3), |_, command| {
        let store = command.starts_with("UID STORE");
        if store { Fault::Refuse(0, "NO [READ-ONLY] no") } else { Fault::None }
    });
    let mut session = open(&server).await;
    let batch = session.batch(Cursor::default(), 2).await.unwrap();
    session.mark(&[1, 2]).await.unwrap_err();
    assert_eq!(raws(&session.batch(batch.cursor, 2).await.unwrap()), [mail(2)]);
}

#[tokio::test]
async fn without_proof_of_a_copy_nothing_is_deleted() {
    for abilities in ["IMAP4rev1", "IMAP4rev1 UIDPLUS"] {
        let server = FakeImap::start(mails(3), |_, command| {
            let copy = command.starts_with("UID COPY");
            if copy { Fault::Refuse(0, "OK copied, believe me") } else { Fault::None }
        });
        server.state().abilities = abilities;
        let mut settings = server.settings();
        settings.mark = Mark::Move("Done".to_owned());
        let mut session = imap::open_with(&settings, IMPATIENT).await.unwrap();
        drop(session.mark(&[1, 2]).await);
        let state = server.state();
        let deleting = |line: &&String| line.contains("Deleted") || line.contains("EXPUNGE");
        assert_eq!(state.heard.iter().find(deleting), None);
        assert_eq!(state.mails.len(), 3);
        let copies = state.heard.iter().any(|line| line.starts_with("UID COPY"));
        assert_eq!(copies, abilities.contains("UIDPLUS"), "a copy without proof is made again");
    }
}

/// Everything that Langbord ever says, as forms: digits for any number or set of them.
const FORMS: [&str; 11] = [
    "CAPABILITY",
    "LOGIN \"bord\" \"secret\"",
    "SELECT \"INBOX\"",
    "NOOP",
    "IDLE",
    "DONE",
    "LOGOUT",
    "UID FETCH 0 (UID RFC822.SIZE INTERNALDATE)",
    "UID FETCH 0 (UID BODY.PEEK[])",
    "UID STORE 0 +FLAGS.SILENT (\\Seen)",
    "UID MOVE 0 \"Done\"",
];

fn form(command: &str) -> String {
    let numbers = |word: &str| word.chars().all(|char| matches!(char, '0'..='9' | ':' | ',' | '*'));
    let words = command.split(' ').map(|word| if numbers(word) { "0" } else { word });
    words.collect::<Vec<_>>().join(" ")
}

#[tokio::test]
async fn nothing_that_stands_in_a_mail_is_ever_said() {
    let hostile = (0..1000).map(|number| {
        let bait = "x\"\r\nL9 DELETE INBOX\r\n* 1 FETCH (UID 1 BODY[] {3}\r\n";
        format!("Message-ID: <{number} {bait}>\r\nSubject: {bait}\r\nFrom: {bait}\r\n\r\n{bait}")
            .into_bytes()
    });
    let server = FakeImap::start(hostile.collect(), |_, _| Fault::None);
    for mark in [Mark::Flag, Mark::Move("Done".to_owned())] {
        let mut settings = server.settings();
        settings.mark = mark;
        let mut session = imap::open_with(&settings, IMPATIENT).await.unwrap();
        let mut table = Table::default();
        table.read(&mut session, 100).await.unwrap();
        assert_eq!(table.times_seen.len(), 1000);
        session.wait(tokio::time::sleep(Duration::from_millis(50))).await.unwrap();
        session.close().await;
    }
    let state = server.state();
    let strange = state.heard.iter().find(|command| !FORMS.contains(&form(command).as_str()));
    assert_eq!(strange, None);
}
