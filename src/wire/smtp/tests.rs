mod server;
mod sink;

use super::*;
use crate::effort::Stopwatch;
use crate::secret::Secret;
use crate::wire::stream::authority::Authority;
use crate::wire::{Endpoint, Login, Security};
use server::{Act, Server};

/// What the server says up to 354 when all is well, without extensions.
const GREET: &[Act] = &[Act::Say("220 hi"), Act::Hear("EHLO"), Act::Say("250 hi")];
const ADDRESS: &[Act] = &[
    Act::Hear("MAIL FROM:<table@example.org>"),
    Act::Say("250 ok"),
    Act::Hear("RCPT TO:<kari@example.org>"),
    Act::Say("250 ok"),
    Act::Hear("DATA"),
    Act::Say("354 go"),
];
const PIPELINING: &[Act] =
    &[Act::Say("220 hi"), Act::Hear("EHLO"), Act::Say("250-hi\r\n250 PIPELINING")];

/// A stage ends within this time, give or take what a busy machine adds.
const SHORT: Duration = Duration::from_millis(200);

fn short() -> Deadlines {
    Deadlines {
        connect: SHORT,
        greeting: SHORT,
        command: SHORT,
        mail: SHORT,
        rcpt: SHORT,
        data: SHORT,
        block: SHORT,
        dot: SHORT,
        quit: SHORT,
        token: SHORT,
        stage: 4 * SHORT,
    }
}

fn envelope() -> Envelope {
    Envelope { from: "table@example.org".parse().unwrap(), to: "kari@example.org".parse().unwrap() }
}

fn message() -> &'static [u8] {
    b"From: table@example.org\r\nTo: kari@example.org\r\nDate: now\r\n\
      Message-ID: <1@x>\r\n\r\n.Hi\r\n"
}

fn smtp(port: u16) -> Smtp {
    Smtp::with_deadlines(settings(port), short())
}

fn settings(port: u16) -> SmtpSettings {
    let security = Security::Plain;
    SmtpSettings {
        endpoint: Endpoint { host: "localhost".to_owned(), port, security, ca_file: None },
        login: None,
        hello: "langbord.example.org".to_owned(),
        connections: 1,
    }
}

/// One mail through a server that acts so.
async fn offer(acts: &[&[Act]]) -> (Outcome, Server) {
    let server = Server::start([acts.concat()]).await;
    let mut smtp = smtp(server.port);
    (send(&mut smtp).await, server)
}

async fn send(smtp: &mut Smtp) -> Outcome {
    match smtp.address(&envelope()).await {
        Ok(()) => smtp.hand_over(message()).await,
        Err(outcome) => outcome,
    }
}

fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Sent(_) => "sent",
        Outcome::Deferred(_) => "deferred",
        Outcome::Unreachable(_) => "unreachable",
        Outcome::Failed(_) => "failed",
        Outcome::Doubtful(_) => "doubtful",
    }
}

#[tokio::test]
async fn a_mail_is_sent_with_its_dots_doubled() {
    let rest = &[Act::HearMessage, Act::Say("250 2.0.0 queued as 1")];
    let (outcome, server) = offer(&[GREET, ADDRESS, rest]).await;
    assert_eq!(outcome, Outcome::Sent("250 2.0.0 queued as 1".to_owned()));
    let heard = server.heard().await.remove(0);
    assert!(heard.starts_with("EHLO langbord.example.org\r\nMAIL FROM:<table@"), "{heard}");
    assert!(heard.ends_with("Message-ID: <1@x>\r\n\r\n..Hi\r\n.\r\n"), "{heard}");
}

#[tokio::test]
async fn only_250_to_the_final_dot_is_sent() {
    for (reply, expected) in [
        ("250 ok", "sent"),
        ("250", "sent"),
        ("250-2.0.0 ok\r\n250 queued", "sent"),
        ("251 forwarded", "doubtful"),
        ("220 hello", "doubtful"),
        ("299 odd", "doubtful"),
        ("354 go on", "doubtful"),
        ("garbage", "doubtful"),
        ("250-2.0.0 ok\r\n550 no", "doubtful"),
        ("250 ok\r\n250 ok", "doubtful"),
        ("451 4.3.0 later", "deferred"),
        ("554 5.7.1 never", "deferred"),
        ("550 5.5.0 Service unavailable", "deferred"),
        ("550 5.1.1 no such user", "unreachable"),
    ] {
        let (outcome, _server) =
            offer(&[GREET, ADDRESS, &[Act::HearMessage, Act::Say(reply)]]).await;
        assert_eq!(kind(&outcome), expected, "{reply}: {outcome:?}");
    }
}

#[tokio::test]
async fn a_refusal_before_the_message_is_for_good_only_where_it_is_about_the_recipient() {
    let address = |upto: usize| &ADDRESS[..upto];
    for (acts, reply, expected) in [
        (&[][..], "554 5.3.2 not today", "deferred"),
        (&GREET[..2], "502 what", "deferred"),
        (&[GREET, address(1)].concat(), "550 5.1.8 sender unknown", "deferred"),
        (&[GREET, address(1)].concat(), "552 quota exceeded", "deferred"),
        (&[GREET, address(1)].concat(), "530 5.7.0 log in first", "deferred"),
        (&[GREET, address(1)].concat(), "452 4.3.1 queue is full", "deferred"),
        (&[GREET, address(3)].concat(), "550 5.1.1 nobody here", "unreachable"),
        (&[GREET, address(3)].concat(), "550 nobody here", "unreachable"),
        (&[GREET, address(3)].concat(), "554 5.7.1 relay access denied", "deferred"),
        (&[GREET, address(3)].concat(), "450 4.2.1 greylisted", "deferred"),
        (&[GREET, address(3)].concat(), "354 go", "deferred"),
        (&[GREET, address(5)].concat(), "554 5.5.1 no valid recipients", "deferred"),
        (&[GREET, address(5)].concat(), "250 ok", "deferred"),
        (&[GREET, address(5)].concat(), "421 4.3.2 bye", "deferred"),
    ] {
        let (outcome, server) = offer(&[acts, &[Act::Say(reply)]]).await;
        assert_eq!(kind(&outcome), expected, "{reply}: {outcome:?}");
        assert!(!server.heard().await.concat().contains("Message-ID"), "{reply}");
    }
}

#[tokio::test]
async fn three_bad_recipients_of_nine_cost_nobody_else_their_mail() {
    const NOBODY: &str = "unreachable";
    let good = [GREET, ADDRESS, &[Act::HearMessage, Act::Say("250 ok")]].concat();
    let bad = [
        GREET,
        &ADDRESS[..3],
        &[Act::Say("550 5.1.1 nobody"), Act::Hear("QUIT"), Act::Say("221 bye")],
    ]
    .concat();
    let again = [ADDRESS, &[Act::HearMessage, Act::Say("250 ok")]].concat();
    let refused = [&ADDRESS[..3], &[Act::Say("550 5.1.1 nobody"), Act::Hear("QUIT")]].concat();
    let server = Server::start([
        [good.clone(), again.clone(), refused.clone()].concat(),
        bad,
        [good, again.clone(), again.clone(), again, refused].concat(),
    ])
    .await;
    let mut smtp = smtp(server.port);
    let mut kinds = Vec::new();
    for _ in 0..9 {
        kinds.push(kind(&send(&mut smtp).await));
    }
    assert_eq!(kinds, ["sent", "sent", NOBODY, NOBODY, "sent", "sent", "sent", "sent", NOBODY]);
}

#[tokio::test]
async fn pipelined_commands_arrive_in_one_packet_and_the_first_no_counts() {
    let all = &[Act::Hear("MAIL"), Act::Hear("RCPT"), Act::Hear("DATA")];
    for (replies, expected) in [
        ("250 ok\r\n250 ok\r\n354 go", "sent"),
        ("250 ok\r\n550 5.1.1 nobody\r\n554 no recipients", "unreachable"),
        // RFC 2920 3.1: a server may ask for the message all the same. It must not get it.
        ("250 ok\r\n450 4.2.1 later\r\n354 go", "deferred"),
        ("550 5.1.8 you\r\n503 order\r\n503 order", "deferred"),
        ("452 4.3.1 full\r\n550 nobody\r\n503 order", "deferred"),
        ("250 ok\r\n250 ok\r\n354 go\r\n250 already", "deferred"),
    ] {
        let end = &[Act::Say(replies), Act::HearMessage, Act::Say("250 ok")];
        let (outcome, server) = offer(&[PIPELINING, all, end]).await;
        assert_eq!(kind(&outcome), expected, "{replies}: {outcome:?}");
        let heard = server.heard().await.remove(0);
        assert_eq!(heard.contains("Message-ID"), expected == "sent", "{replies}: {heard}");
        if replies.contains("354") {
            assert!(!heard.contains("QUIT"), "QUIT would be the message's text: {heard}");
        }
    }
}

#[tokio::test]
async fn a_server_that_hangs_up_after_a_refusal_has_still_refused() {
    let all = &[Act::Hear("MAIL"), Act::Hear("RCPT"), Act::Hear("DATA")];
    let end = &[Act::Say("250 ok\r\n550 5.1.1 nobody"), Act::Close];
    let (outcome, _server) = offer(&[PIPELINING, all, end]).await;
    assert_eq!(outcome, Outcome::Unreachable("550 5.1.1 nobody".to_owned()));
}

#[tokio::test]
async fn silence_at_any_stage_is_left_in_time() {
    let whole = [GREET, ADDRESS, &[Act::HearMessage]].concat();
    for heard in [0, 2, 4, 6, 8, 10] {
        let begun = Stopwatch::start();
        let (outcome, _server) = offer(&[&whole[..heard]]).await;
        let expected = if heard == 10 { "doubtful" } else { "deferred" };
        assert_eq!(kind(&outcome), expected, "silent after {heard} acts: {outcome:?}");
        assert!(begun.elapsed() < 4 * SHORT, "{:?} after {heard} acts", begun.elapsed());
    }
}

#[tokio::test]
async fn a_hang_up_or_421_at_any_stage_loses_no_mail_and_claims_none() {
    let whole = [GREET, ADDRESS, &[Act::HearMessage]].concat();
    for end in [&[Act::Close][..], &[Act::Say("421 4.3.2 going down"), Act::Close]] {
        for heard in [0, 2, 4, 6, 8, 10] {
            let (outcome, _server) = offer(&[&whole[..heard], end]).await;
            let lost = heard == 10 && end.len() == 1;
            let expected = if lost { "doubtful" } else { "deferred" };
            assert_eq!(kind(&outcome), expected, "{end:?} after {heard} acts: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn a_cut_at_any_octet_of_the_replies_is_never_taken_for_a_yes() {
    let whole = [GREET, ADDRESS, &[Act::HearMessage, Act::Say("250-2.0.0\r\n250 queued")]].concat();
    let last = whole.len() - 1;
    for (at, act) in whole.iter().enumerate() {
        let Act::Say(reply) = act else { continue };
        for cut in 0..=reply.len() {
            let (outcome, _server) =
                offer(&[&whole[..at], &[Act::SayPart(reply.split_at(cut).0), Act::Close]]).await;
            let expected = if at == last { "doubtful" } else { "deferred" };
            assert_eq!(kind(&outcome), expected, "{cut} octets of {reply:?}: {outcome:?}");
        }
    }
    let (outcome, _server) = offer(&[&whole, &[Act::Close]]).await;
    assert_eq!(kind(&outcome), "sent");
}

#[tokio::test]
async fn an_endless_reply_ends_at_the_limit() {
    for greeting in [vec![], [GREET, &ADDRESS[..1]].concat()] {
        let (outcome, _server) = offer(&[&greeting, &[Act::SayEndlessly]]).await;
        let why = "the reply is longer than 65536 octets";
        assert!(matches!(&outcome, Outcome::Deferred(said) if said.ends_with(why)), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_server_that_drips_is_left_when_the_stage_is_over() {
    let begun = Stopwatch::start();
    let (outcome, _server) = offer(&[GREET, ADDRESS, &[Act::HearMessage, Act::Drip]]).await;
    assert_eq!(kind(&outcome), "doubtful");
    let (outcome, _server) = offer(&[&[Act::Drip]]).await;
    assert_eq!(outcome, Outcome::Deferred("the server is too slow".to_owned()));
    assert!(begun.elapsed() < 12 * SHORT, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_late_yes_is_never_the_answer_to_the_next_mail() {
    let late =
        [GREET, ADDRESS, &[Act::HearMessage, Act::Wait(2 * SHORT), Act::Say("250 late")]].concat();
    let second = [GREET, ADDRESS, &[Act::HearMessage, Act::Say("554 SECOND REJECTED")]].concat();
    let server = Server::start([late, second]).await;
    let mut smtp = smtp(server.port);
    assert_eq!(kind(&send(&mut smtp).await), "doubtful");
    assert_eq!(send(&mut smtp).await, Outcome::Deferred("554 SECOND REJECTED".to_owned()));
}

#[tokio::test]
async fn a_stage_that_is_dropped_takes_its_connection_with_it() {
    let first = [GREET, ADDRESS, &[Act::HearMessage, Act::Say("250 first")]].concat();
    let slow = [ADDRESS, &[Act::HearMessage, Act::Wait(SHORT), Act::Say("250 late")]].concat();
    let second = [GREET, ADDRESS, &[Act::HearMessage, Act::Say("554 REJECTED")]].concat();
    let server = Server::start([[first, slow].concat(), second]).await;
    let mut smtp = smtp(server.port);
    assert_eq!(kind(&send(&mut smtp).await), "sent");
    timeout(SHORT / 2, send(&mut smtp)).await.unwrap_err();
    assert_eq!(kind(&smtp.hand_over(message()).await), "deferred", "nothing is addressed any more");
    assert_eq!(send(&mut smtp).await, Outcome::Deferred("554 REJECTED".to_owned()));
}

#[tokio::test]
async fn a_connection_is_used_again_and_one_that_died_at_rest_is_replaced() {
    let first = [GREET, ADDRESS, &[Act::HearMessage, Act::Say("250 1")]].concat();
    let second = [ADDRESS, &[Act::HearMessage, Act::Say("250 2")]].concat();
    let tired = [first.clone(), second, [Act::Close].to_vec()].concat();
    let bored = [
        first.clone(),
        [Act::Hear("MAIL"), Act::Say("421 4.4.2 too long idle"), Act::Close].to_vec(),
    ]
    .concat();
    let server = Server::start([tired, bored, first]).await;
    let mut smtp = smtp(server.port);
    let mut words = Vec::new();
    for _ in 0..4 {
        words.push(send(&mut smtp).await);
    }
    let sent = |words: &str| Outcome::Sent(words.to_owned());
    assert_eq!(words, [sent("250 1"), sent("250 2"), sent("250 1"), sent("250 1")]);
}

#[tokio::test]
async fn a_connection_carries_a_hundred_mails_and_says_goodbye() {
    let more = [ADDRESS, &[Act::HearMessage, Act::Say("250 ok")]].concat();
    let bye = [Act::Hear("QUIT"), Act::Say("221 bye")].to_vec();
    let full = [GREET.to_vec(), more.repeat(100), bye.clone()].concat();
    let server = Server::start([full, [GREET.to_vec(), more, bye].concat()]).await;
    let mut smtp = smtp(server.port);
    for number in 0..101 {
        assert_eq!(kind(&send(&mut smtp).await), "sent", "mail {number}");
    }
    smtp.close().await;
    let heard = server.heard().await;
    let mails: Vec<_> = heard.iter().map(|heard| heard.matches("MAIL FROM").count()).collect();
    assert_eq!(mails, [100, 1]);
    assert!(heard.iter().all(|heard| heard.ends_with("QUIT\r\n")));
}

#[tokio::test]
async fn a_message_that_servers_could_read_differently_does_not_leave() {
    let server = Server::start([[GREET, ADDRESS].concat()]).await;
    let mut smtp = smtp(server.port);
    smtp.address(&envelope()).await.unwrap();
    let header = "From: a@x.no\r\nTo: b@x.no\r\nDate: now\r\nMessage-ID: <1@x>\r\n\r\n";
    let smuggled = format!("{header}\n.\r\nMAIL FROM:<evil@x.no>\r\n");
    assert_eq!(kind(&smtp.hand_over(smuggled.as_bytes()).await), "failed");
    assert!(!server.heard().await.concat().contains("evil"));
}

#[tokio::test]
async fn a_mail_taken_back_before_its_message_does_not_leave() {
    let again = [GREET, ADDRESS, &[Act::HearMessage, Act::Say("250 2")]].concat();
    let server = Server::start([[GREET, ADDRESS].concat(), again]).await;
    let mut smtp = smtp(server.port);
    smtp.address(&envelope()).await.unwrap();
    smtp.abandon();
    assert_eq!(kind(&smtp.hand_over(message()).await), "deferred");
    assert_eq!(send(&mut smtp).await, Outcome::Sent("250 2".to_owned()));
    drop(smtp);
    let heard = server.heard().await;
    assert!(heard[0].ends_with("DATA\r\n"), "{heard:?}");
}

fn password() -> Login {
    Login::Password { user: "table".to_owned(), password: Secret::new("hush".to_owned()) }
}

#[tokio::test]
async fn without_starttls_no_login_is_sent() {
    let stripped = "250-hi\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN";
    for acts in [
        vec![Act::Say("220 hi"), Act::Hear("EHLO"), Act::Say(stripped)],
        vec![
            Act::Say("220 hi"),
            Act::Hear("EHLO"),
            Act::Say("250-hi\r\n250 STARTTLS"),
            Act::Hear("STARTTLS"),
            Act::Say("454 4.7.0 no"),
        ],
        vec![
            Act::Say("220 hi"),
            Act::Hear("EHLO"),
            Act::Say("250-hi\r\n250 STARTTLS"),
            Act::Hear("STARTTLS"),
            Act::Say("220 go\r\n235 welcome"),
        ],
    ] {
        let server = Server::start([acts]).await;
        let mut settings = settings(server.port);
        settings.endpoint.security = Security::StartTls;
        settings.login = Some(password());
        let mut smtp = Smtp::with_deadlines(settings, short());
        assert_eq!(kind(&send(&mut smtp).await), "deferred");
        let heard = server.heard().await.concat();
        assert!(!heard.contains("AUTH") && !heard.contains("MAIL"), "{heard}");
    }
}

#[tokio::test]
async fn after_starttls_the_login_and_the_mail_are_hidden() {
    const OFFER: &[Act] = &[
        Act::Say("220 hi"),
        Act::Hear("EHLO"),
        Act::Say("250-hi\r\n250 STARTTLS"),
        Act::Hear("STARTTLS"),
        Act::Say("220 go"),
        Act::Tls,
        Act::Hear("EHLO"),
        Act::Say("250-hi\r\n250 AUTH PLAIN"),
        Act::Hear("AUTH PLAIN"),
        Act::Say("235 welcome"),
    ];
    let authority = Authority::new();
    for (host, expected) in [("localhost", "sent"), ("mail.example.org", "deferred")] {
        let script = [OFFER, ADDRESS, &[Act::HearMessage, Act::Say("250 ok")]].concat();
        let server = Server::start_with(authority.server(host, 2099), [script]).await;
        let mut settings = settings(server.port);
        settings.endpoint.security = Security::StartTls;
        settings.endpoint.ca_file = Some(authority.file.clone());
        settings.login = Some(password());
        let mut smtp = Smtp::with_deadlines(settings, short());
        let outcome = send(&mut smtp).await;
        assert_eq!(kind(&outcome), expected, "{outcome:?}");
        drop(smtp);
        let heard = server.heard().await.concat();
        assert_eq!(heard.contains("AUTH"), expected == "sent", "{heard}");
    }
}

#[tokio::test]
async fn every_login_is_spoken_as_its_standard_says() {
    let token = Login::XOAuth2 {
        user: "table".to_owned(),
        command: ["echo", "ya29.x"].map(str::to_owned).to_vec(),
    };
    for (offered, login, lines) in [
        ("250-hi\r\n250 AUTH LOGIN PLAIN", password(), &["AUTH PLAIN AHRhYmxlAGh1c2g="][..]),
        ("250-hi\r\n250 AUTH=LOGIN", password(), &["AUTH LOGIN", "dGFibGU=", "aHVzaA=="]),
        (
            "250-hi\r\n250 AUTH XOAUTH2",
            token,
            &["AUTH XOAUTH2 dXNlcj10YWJsZQFhdXRoPUJlYXJlciB5YTI5LngBAQ=="],
        ),
    ] {
        let mut acts = vec![Act::Say("220 hi"), Act::Hear("EHLO"), Act::Say(offered)];
        for (number, line) in lines.iter().enumerate() {
            let last = number + 1 == lines.len();
            acts.extend([
                Act::Hear(line),
                Act::Say(if last { "235 welcome" } else { "334 VXNlcg==" }),
            ]);
        }
        acts.extend([Act::Hear("QUIT"), Act::Say("221 bye")]);
        let server = Server::start([acts]).await;
        let mut settings = settings(server.port);
        settings.login = Some(login);
        Smtp::with_deadlines(settings, short()).check().await.unwrap();
        assert!(server.heard().await.concat().ends_with("QUIT\r\n"));
    }
}

#[tokio::test]
async fn a_refused_login_defers_the_mail_and_does_not_tell_the_password() {
    for (offered, acts) in [
        ("250-hi\r\n250 AUTH PLAIN", vec![Act::Hear("AUTH PLAIN"), Act::Say("535 5.7.8 wrong")]),
        ("250-hi\r\n250 AUTH GSSAPI", vec![]),
    ] {
        let greet = vec![Act::Say("220 hi"), Act::Hear("EHLO"), Act::Say(offered)];
        let server = Server::start([[greet, acts].concat()]).await;
        let mut settings = settings(server.port);
        settings.login = Some(password());
        let outcome = send(&mut Smtp::with_deadlines(settings, short())).await;
        assert_eq!(kind(&outcome), "deferred");
        let said = format!("{outcome:?}");
        assert!(!said.contains("hush") && !said.contains("AHRhYmxlAGh1c2g="), "{said}");
    }
}
