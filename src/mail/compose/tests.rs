use mail_parser::{HeaderName, MessageParser, MimeHeaders};
use proptest::prelude::*;

use super::*;

fn outgoing() -> Outgoing {
    let mailbox = |name: &str, address: &str| Mailbox {
        name: name.to_owned(),
        address: address.parse().unwrap(),
    };
    Outgoing {
        from: mailbox("Langbord Oslo", "table@oslo.example.org"),
        to: mailbox("Åse Lønning", "ase@example.org"),
        reply_to: "table+g-7-abc@oslo.example.org".parse().unwrap(),
        subject: "Middag torsdag 10. desember hos Ida på Grünerløkka: kommer du?".to_owned(),
        text: "Hei Åse!\n\n.\nFrom here on it is plain.  \nSvar ja eller nei.\n".to_owned(),
        html: "<p>Hei Åse!</p>\n".to_owned(),
        calendar: None,
        enclosures: Vec::new(),
        message_id: "kx2abc@oslo.example.org".to_owned(),
        references: vec!["first@x.no".to_owned(), "second@x.no".to_owned()],
        date: "2026-11-22T18:30:00Z".parse().unwrap(),
        auto_submitted: AutoSubmitted::Generated,
        list_id: Some("oslo.example.org".to_owned()),
        unsubscribe: Some(Unsubscribe {
            to: "table+stopp@oslo.example.org".parse().unwrap(),
            link: None,
        }),
    }
}

fn with_event() -> Outgoing {
    let text = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n".to_owned();
    Outgoing { calendar: Some(CalendarPart { method: "REQUEST", text }), ..outgoing() }
}

fn text_of(octets: Vec<u8>) -> String {
    String::from_utf8(octets).unwrap()
}

#[test]
fn a_mail_says_all_that_it_must_in_its_header() {
    let mail = text_of(compose(&outgoing()).unwrap());
    let (header, _) = mail.split_once("\r\n\r\n").unwrap();
    for line in [
        "From: \"Langbord Oslo\" <table@oslo.example.org>",
        "To: =?utf-8?b?w4VzZSBMw7hubmluZw==?= <ase@example.org>",
        "Reply-To: table+g-7-abc@oslo.example.org",
        "Message-ID: <kx2abc@oslo.example.org>",
        "Date: Sun, 22 Nov 2026 18:30:00 +0000",
        "In-Reply-To: <second@x.no>",
        "References: <first@x.no> <second@x.no>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: All",
        "X-Langbord-Loop: oslo.example.org",
        "List-Id: <oslo.example.org>",
        "List-Unsubscribe: <mailto:table+stopp@oslo.example.org?subject=stopp>",
        "MIME-Version: 1.0",
    ] {
        assert!(header.split("\r\n").any(|said| said == line), "no `{line}` in:\n{header}");
    }
    assert!(header.split("\r\n").all(|line| line.len() <= 78), "{header}");
}

#[test]
fn a_link_that_one_click_follows_stands_before_the_address_and_is_nothing_but_a_link() {
    let with = |link: &str| Outgoing {
        unsubscribe: Some(Unsubscribe {
            to: "table@oslo.example.org".parse().unwrap(),
            link: Some(link.to_owned()),
        }),
        ..outgoing()
    };
    let mail = text_of(compose(&with("https://x.no/stop/oslo/u-7-abc")).unwrap());
    let read = crate::mail::parse(mail.as_bytes());
    assert_eq!(
        read.header("list-unsubscribe"),
        Some("<https://x.no/stop/oslo/u-7-abc>, <mailto:table@oslo.example.org?subject=stopp>")
    );
    assert_eq!(read.header("list-unsubscribe-post"), Some("List-Unsubscribe=One-Click"));
    for link in ["http://x.no/", "https://x.no/>\r\nBcc: a@x.no", "https://x.no/a b", "https://å"]
    {
        assert!(compose(&with(link)).is_err(), "{link}");
    }
}

#[test]
fn the_same_mail_has_the_same_octets() {
    assert_eq!(compose(&with_event()), compose(&with_event()));
}

#[test]
fn an_event_is_an_alternative_and_an_attachment() {
    let mail = compose(&with_event()).unwrap();
    let read = MessageParser::default().parse(&mail).unwrap();
    let types: Vec<_> = read
        .parts
        .iter()
        .map(|part| {
            let kind = part.content_type().unwrap();
            let method = kind.attribute("method").unwrap_or_default();
            format!("{}/{} {method}", kind.ctype(), kind.subtype().unwrap())
        })
        .collect();
    assert_eq!(
        types,
        [
            "multipart/mixed ",
            "multipart/alternative ",
            "text/plain ",
            "text/html ",
            "text/calendar REQUEST",
            "application/ics ",
        ]
    );
    assert_eq!(read.parts[5].attachment_name(), Some("invite.ics"));
    assert_eq!(read.parts[4].text_contents(), Some(with_event().calendar.unwrap().text.as_str()));
}

#[test]
fn what_can_not_be_said_in_a_header_is_refused_or_left_out() {
    let change = |change: fn(&mut Outgoing)| {
        let mut mail = with_event();
        change(&mut mail);
        compose(&mail).map(text_of)
    };
    for (refused, why) in [
        (change(|mail| mail.message_id = "a\r\nBcc: x@y.no".into()), "is not a Message-ID"),
        (change(|mail| mail.list_id = Some("a>\r\nBcc: x".into())), "is not a List-Id"),
        (change(|mail| mail.date = DateTime::<Utc>::MAX_UTC), "is not a date"),
        (change(|mail| mail.calendar.as_mut().unwrap().method = "CANCEL"), "does not say"),
    ] {
        assert!(refused.clone().unwrap_err().contains(why), "{refused:?}");
    }
    let mail = change(|mail| mail.references = vec!["x".repeat(1200), "a b@c".into()]).unwrap();
    assert!(!mail.contains("References:") && !mail.contains("In-Reply-To:"));
}

#[test]
fn a_long_thread_keeps_its_beginning_and_its_end() {
    let references: Vec<_> = (0..500).map(|n| format!("{n}@x.no")).collect();
    let mail = text_of(compose(&Outgoing { references, ..outgoing() }).unwrap());
    let (_, rest) = mail.split_once("References: ").unwrap();
    let ids = rest.split("\r\n").take(5).collect::<String>();
    assert!(ids.starts_with("<0@x.no> <481@x.no> "), "{ids}");
    assert!(mail.contains("<499@x.no>\r\n") && !mail.contains("<480@x.no>"));
}

#[test]
fn a_uri_hides_what_would_end_it() {
    let odd: EmailAddress = "a+b?c%d&e=f@example.org".parse().unwrap();
    assert_eq!(mailto(&odd), "mailto:a+b%3Fc%25d%26e%3Df@example.org");
}

/// Text with what breaks headers, lines and readers mixed in.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        proptest::sample::select(vec![
            "\r\nBcc: evil@x.no\r\n",
            "\r\n\r\n.\r\nMAIL FROM:<evil@x.no>\r\n",
            "\n.\n",
            "\r.\r",
            "\0",
            "\u{202e}",
            "=?utf-8?q?a=0D=0ABcc:_evil?=",
            "\"<evil@x.no>",
            "From: ",
            "=_a_",
            "æøå 🎉",
            "\t ",
        ])
        .prop_map(str::to_owned),
        "[a-z ]{0,1200}",
    ];
    proptest::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_in_a_name_subject_or_text_becomes_a_header(
        name in hostile(), subject in hostile(), text in hostile(), html in hostile(),
    ) {
        let mut mail = outgoing();
        (mail.from.name, mail.to.name) = (name.clone(), name.clone());
        (mail.subject, mail.text, mail.html) = (subject.clone(), text.clone(), html);
        let octets = compose(&mail).unwrap();
        prop_assert_eq!(wire_safe(&octets), Ok(()));

        let read = MessageParser::default().parse(&octets).unwrap();
        let names: Vec<_> = read.headers().iter().map(|header| header.name().to_owned()).collect();
        let plain = compose(&outgoing()).unwrap();
        let expected: Vec<_> = MessageParser::default()
            .parse(&plain)
            .unwrap()
            .headers()
            .iter()
            .map(|header| header.name().to_owned())
            .collect();
        prop_assert_eq!(names, expected);

        let from = read.from().unwrap().first().unwrap();
        prop_assert_eq!(from.address(), Some("table@oslo.example.org"));
        prop_assert_eq!(read.to().unwrap().iter().count(), 1);
        prop_assert_eq!(from.name().unwrap_or_default(), one_line(&name, LONGEST_NAME));
        prop_assert_eq!(read.subject().unwrap_or_default(), one_line(&subject, LONGEST_SUBJECT));
        prop_assert_eq!(read.parts[1].text_contents().unwrap(), body_text(&text));
        prop_assert!(read.header(HeaderName::Bcc).is_none());
    }
}
