use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::effort;

/// Runs on a thread with the stack that a tokio worker has.
fn on_a_small_stack(raw: Vec<u8>) -> Message {
    cost_on_a_small_stack(raw).0
}

fn cost_on_a_small_stack(raw: Vec<u8>) -> (Message, Duration) {
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
    thread.spawn(move || effort::of(|| parse(&raw))).unwrap().join().unwrap()
}

#[test]
fn header_and_text_are_decoded() {
    let message = parse(
        b"From: =?utf-8?q?K=C3=A5re?= Lie <Kare@Example.org>\r\nTo: a@b.no, \"C, D\" <c@d.no>\r\n\
          Subject: =?utf-8?b?w5hs?= =?utf-8?q?_til?=\r\nMessage-ID: <1@x>\r\n\
          References: <a@x>\r\n <b@x>\r\nIn-Reply-To: <b@x>\r\nDate: Thu, 6 Nov 2025 07:40:52 +0100\r\n\
          Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\nbl\xe5b\xe6r\r\n",
    );
    assert_eq!(message.from.unwrap().as_str(), "kare@example.org");
    assert_eq!(message.from_name, "Kåre Lie");
    assert_eq!(message.subject, "Øl til");
    assert_eq!(message.recipients.len(), 2);
    assert_eq!(message.references, ["a@x", "b@x"]);
    assert_eq!(message.date.unwrap().to_rfc3339(), "2025-11-06T06:40:52+00:00");
    assert_eq!(message.parts[0].text, "blåbær\n");
    assert!(message.defects.is_empty());
}

#[test]
fn authors_that_readers_disagree_on_are_no_authors() {
    for from in [
        "From: a@x.no\r\nFrom: b@y.no\r\n",
        "From: a@x.no, b@y.no\r\n",
        "From: <a@x.no><b@y.no>\r\n",
        "From: <a@x.no> b@y.no\r\n",
        "From: kari\r\n",
        "From: \"a@x.no\" <>\r\n",
        "Subject: x\r\n",
    ] {
        let message = parse(format!("{from}\r\nja").as_bytes());
        assert_eq!(message.from, None, "{from}");
        assert!(!message.defects.is_empty(), "{from}");
    }
}

#[test]
fn an_encoded_name_can_not_break_a_header() {
    let message = parse(b"From: =?utf-8?q?Eve=0D=0ABcc=3A_x=00?= <eve@x.no>\r\n\r\n");
    assert_eq!(message.from_name, "Eve Bcc: x");
}

#[test]
fn nested_messages_are_text_and_never_opened() {
    let inner = "Subject: inner\r\n\r\nja";
    let raw = format!(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nouter\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b--\r\n"
    );
    let message = parse(raw.as_bytes());
    let kinds: Vec<&str> = message.parts.iter().map(|part| part.media_type.as_str()).collect();
    assert_eq!(kinds, ["text/plain", "message/rfc822"]);
    assert_eq!(message.parts[1].text, "Subject: inner\n\nja");
}

#[test]
fn a_charset_that_we_do_not_trust_is_told() {
    for (charset, odd) in [
        ("utf-8", false),
        ("us-ascii", false),
        ("windows-1252", false),
        ("utf-7", true),
        ("utf-16", true),
        ("x-unknown", true),
    ] {
        let raw =
            format!("From: a@b.no\r\nContent-Type: text/plain; charset={charset}\r\n\r\nja\r\n");
        let message = parse(raw.as_bytes());
        assert_eq!(message.defects == [Defect::OddCharset(charset.to_owned())], odd, "{charset}");
    }
}

#[test]
fn a_mail_nested_as_deep_as_allowed_is_read_and_a_deeper_one_is_told() {
    for (depth, told) in [(19, false), (20, false), (21, true), (50_000, true)] {
        let levels = (0..depth).map(|level| {
            format!("Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n")
        });
        let raw = levels.collect::<String>() + "\r\nja";
        let message = on_a_small_stack(raw.into_bytes());
        assert_eq!(message.defects.contains(&Defect::TooMuch("nested parts")), told, "{depth}");
        assert_eq!(message.parts.len(), usize::from(!told), "{depth}");
    }
}

#[test]
fn messages_in_messages_without_end_cost_no_stack() {
    let level = "Content-Type: message/rfc822\r\n\r\n";
    let base64 = format!(
        "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
        data_encoding::BASE64.encode(level.repeat(50_000).as_bytes())
    );
    let digest = "Content-Type: multipart/digest; boundary=b\r\n\r\n--b\r\n\r\n";
    for raw in [level.repeat(400_000), base64, digest.repeat(40_000)] {
        on_a_small_stack(raw.into_bytes());
    }
}

#[test]
fn parts_up_to_the_limit_are_read() {
    for (count, told) in [(998, false), (999, false), (1000, true), (100_000, true)] {
        let raw = "Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned()
            + &"--b\r\n\r\nja\r\n".repeat(count);
        let message = on_a_small_stack(raw.into_bytes());
        assert_eq!(message.defects.contains(&Defect::TooMuch("parts")), told, "{count}");
        assert_eq!(message.parts.len(), count.min(999));
    }
}

#[test]
fn a_mail_above_the_size_limit_gives_its_header_only() {
    let mut raw = b"From: a@b.no\r\nSubject: stor\r\n\r\n".to_vec();
    raw.resize(bounds::MAX_MAIL + 1, b'x');
    let message = on_a_small_stack(raw);
    assert_eq!(message.subject, "stor");
    assert!(message.parts.is_empty());
    assert_eq!(message.defects, [Defect::TooMuch("mail size")]);
}

#[test]
fn hostile_headers_take_no_time() {
    for raw in [
        format!("From: {}\r\n\r\n", "(".repeat(2_000_000)),
        format!("To: {}\r\n\r\n", "a@b.no,".repeat(1_000_000)),
        format!("To: {}\r\n\r\n", "a@b.no,\r\n ".repeat(6_000)),
        format!("Subject: {}\r\n\r\n", "=?utf-8?q?".repeat(6_000)),
        "<".repeat(5_000_000),
        "a:".repeat(2_000_000),
        format!(
            "Content-Type: multipart/mixed; boundary={}\r\n\r\n{}",
            "-".repeat(60_000),
            "-".repeat(5_000_000)
        ),
        format!("Content-Type: text/plain; {}\r\n\r\nx", "a=\"b\\\"\";".repeat(7_000)),
    ] {
        let start = raw.get(..40).unwrap_or_default().to_owned();
        let (_message, spent) = cost_on_a_small_stack(raw.into_bytes());
        assert!(spent.as_secs() < 5, "{start}: {spent:?}");
    }
}

proptest! {
    #[test]
    fn any_octets_give_a_clean_message(octets in proptest::collection::vec(any::<u8>(), 0..3000)) {
        check(&parse(&octets))?;
    }

    #[test]
    fn any_near_mail_gives_a_clean_message(text in "((From|To|Subject|Content-Type|Content-Transfer-Encoding|Date|References): [ -~]{0,40}(;|=\\?utf-8\\?[qb]\\?)[ -~]{0,20}\r?\n){0,6}\r?\n(--b\r\n[ -~]{0,30}\r\n){0,4}") {
        check(&parse(text.as_bytes()))?;
    }
}

fn check(message: &Message) -> Result<(), TestCaseError> {
    prop_assert!(!message.from_name.chars().any(char::is_control));
    prop_assert!(
        message
            .headers
            .iter()
            .all(|(name, value)| !name.chars().chain(value.chars()).any(char::is_control))
    );
    prop_assert!(message.parts.iter().all(|part| !part.text.contains(['\0', '\r'])));
    Ok(())
}
