//! A person's own mail program on the other side.

use std::collections::BTreeMap;

use langbord::wire::imap;
use langbord::wire::{Cursor, Security};

use crate::support::dovecot::Dovecot;
use crate::support::neomutt::answer_newest;
use crate::support::smtp_server::SmtpServer;

const GUEST: &str = "ida@example.org";
const TABLE: &str = "bord@langbord.example";

#[tokio::test]
async fn a_guest_answers_with_neomutt_and_the_answer_is_read() {
    let dovecot = Dovecot::start(&[GUEST, TABLE]);
    let maildirs: BTreeMap<_, _> =
        [GUEST, TABLE].map(|user| (user.to_owned(), dovecot.maildir(user))).into();
    let invitation = "From: Langbord <bord@langbord.example>\r\nTo: ida@example.org\r\n\
        Reply-To: <bord+t0ken@langbord.example>\r\nMessage-ID: <invitation-1@langbord.example>\r\n\
        Date: Sun, 22 Nov 2026 12:00:00 +0100\r\nSubject: Middag torsdag\r\n\r\n\
        Kommer du?\r\n";
    for security in [Security::ImplicitTls, Security::StartTls] {
        dovecot.deliver(GUEST, invitation.as_bytes());
        let smtp = SmtpServer::start(security, &dovecot.certificates, maildirs.clone());
        answer_newest(&dovecot, &smtp, GUEST, "Kommer gjerne! Tar med Per, han er cøliaker.");
        let received = smtp.received();
        assert_eq!(received.len(), 1, "{}", dovecot.log());
        assert_eq!(received[0].to, ["bord+t0ken@langbord.example"]);
        assert!(received[0].from == GUEST && received[0].tls);
    }
    let settings = dovecot.settings(TABLE, Security::ImplicitTls);
    let mut session = imap::open(&settings).await.unwrap();
    let batch = session.batch(Cursor::default(), 9).await.unwrap();
    assert_eq!(batch.mails.len(), 2);
    // neomutt sends it in ISO-8859-1 and 8 bits, which is none of our business here.
    let answer = String::from_utf8_lossy(&batch.mails[0].raw);

    for part in [
        "Return-Path: <ida@example.org>",
        "In-Reply-To: <invitation-1@langbord.example>",
        "Kommer gjerne!",
        "> Kommer du?",
    ] {
        assert!(answer.contains(part), "{part} is missing in {answer}");
    }
}
