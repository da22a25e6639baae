//! Mails that were made to hurt: no octets stop the reading, and none take longer than their size
//! allows.

use std::path::Path;
use std::time::Duration;

use langbord::mail::parse;
use langbord::understand::{CONFIDENT, Kind, explain_json, explain_text, understand};
use proptest::prelude::*;
use proptest::sample::Index;

use crate::effort;

/// Octets of the small mail of a shape; the large one has four times as many.
const SMALL: usize = 25_000;

/// A way to make a mail of a given size.
type Shape = (&'static str, fn(usize) -> String);

const PLAIN: &str =
    "From: a@b.no\r\nSubject: Re: x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n";
const FLOWED: &str = "From: a@b.no\r\nContent-Type: text/plain; format=flowed; delsp=yes\r\n\r\n";
const HTML: &str = "From: a@b.no\r\nContent-Type: text/html; charset=utf-8\r\n\r\n";
const CALENDAR: &str = "From: a@b.no\r\nContent-Type: text/calendar; method=REPLY\r\n\r\n\
                        BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\n";
const BOUNCE: &str = "From: mailer-daemon@b.no\r\nSubject: Undelivered\r\n\r\n";
const REPORT: &str = "From: mailer-daemon@b.no\r\n\
                      Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
                      --b\r\nContent-Type: message/delivery-status\r\n\r\n";
const MIXED: &str = "From: a@b.no\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";

/// `unit` again and again below `head`.
fn fill(head: &str, unit: &str, size: usize) -> String {
    format!("{head}{}", unit.repeat(size / unit.len()))
}

const SHAPES: &[Shape] = &[
    ("one long line", |n| fill(PLAIN, "x", n)),
    ("one long line of words", |n| fill(PLAIN, "ja nei ", n)),
    ("one long line that flows", |n| fill(FLOWED, "a ", n)),
    ("lines that flow", |n| fill(FLOWED, "a \n", n)),
    ("quote marks", |n| fill(PLAIN, ">", n)),
    ("quote marks with blanks", |n| fill(PLAIN, "> ", n)),
    ("quoted lines", |n| fill(PLAIN, "> a\n", n)),
    ("quoted and own lines in turn", |n| fill(PLAIN, "> Kommer du?\nja\n", n)),
    ("attributions", |n| fill(PLAIN, "On 1 2 3 4 5 6 a@b.no wrote:\n", n)),
    ("attributions with blank lines", |n| fill(PLAIN, "On 5 Nov 2026, a@b.no wrote:\n\n\n\n", n)),
    ("wrapped attributions that never end", |n| fill(PLAIN, "On 5 Nov 2026 <a@b.no> ", n)),
    ("words of attributions", |n| fill(PLAIN, "On Den Am skrev: ", n)),
    ("header fields", |n| fill(PLAIN, "From: a@b.no\n", n)),
    ("senders without more", |n| fill(PLAIN, "From: me\nFrom\n", n)),
    ("separators", |n| fill(PLAIN, "x\n-----Original Message-----\n", n)),
    ("signatures", |n| fill(PLAIN, "-- \nx\n", n)),
    ("names", |n| fill(PLAIN, "Kari Lie\n", n)),
    ("closings", |n| fill(PLAIN, "Kind regards\n\n", n)),
    ("rules", |n| fill(PLAIN, "____________\n", n)),
    ("disclaimers between rules", |n| fill(PLAIN, "-----\nThis email is confidential\n\n", n)),
    ("bars", |n| fill(PLAIN, "| x\n", n)),
    ("blank lines", |n| fill(PLAIN, "\n", n)),
    ("question marks", |n| fill(PLAIN, "?", n)),
    ("cues without end", |n| fill(PLAIN, "I can't come but maybe yes, if not. ", n)),
    ("numbers", |n| fill(PLAIN, "2 and 3 of us ", n)),
    ("open tags", |n| fill(HTML, "<", n)),
    ("divs in divs", |n| fill(HTML, "<div>", n)),
    ("quotes in quotes", |n| fill(HTML, "<blockquote>a", n)),
    ("closing tags", |n| fill(HTML, "</b>", n)),
    ("tags closed in the wrong order", |n| fill(HTML, "<b><i></b>", n)),
    ("a tag that never ends", |n| fill(HTML, "<a href=\"", n)),
    ("attributes", |n| format!("{HTML}<a {}>x", "style ".repeat(n / 6))),
    ("styles", |n| format!("{HTML}<p style=\"{}\">x", "color:red;".repeat(n / 10))),
    ("hidden paragraphs", |n| fill(HTML, "<p style=\"display:none\">a", n)),
    ("coloured paragraphs", |n| fill(HTML, "<p style=\"color:red\">a</p>From: b@c.no<br>", n)),
    ("entities", |n| fill(HTML, "&amp", n)),
    ("comments", |n| fill(HTML, "<!--", n)),
    ("elements to skip", |n| fill(HTML, "<style></", n)),
    ("parts", |n| fill(MIXED, "--b\r\n\r\nja\r\n", n)),
    ("boundaries almost", |n| fill(MIXED, "--bb\r\n", n)),
    ("addresses of recipients", |n| format!("To: {}\r\n\r\nja", "a@b.no,".repeat(n / 7))),
    ("message ids", |n| format!("References: {}\r\n\r\nja", "<a@b>".repeat(n / 5))),
    ("encoded words", |n| format!("Subject: {}\r\n\r\nja", "=?utf-8?q?a?= ".repeat(n / 14))),
    ("header lines", |n| fill("", "X: y\r\n", n)),
    ("events", |n| fill(CALENDAR, "BEGIN:VEVENT\r\n", n)),
    ("attendees", |n| fill(CALENDAR, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.no\r\n", n)),
    ("a folded line", |n| fill(CALENDAR, "COMMENT:x\r\n ", n)),
    ("addresses in a bounce", |n| fill(BOUNCE, "<a@b.no>: user unknown\n", n)),
    ("other addresses in a bounce", |n| {
        let addresses: Vec<String> = (0..n / 14).map(|i| format!("<a{i}@b.no>")).collect();
        format!("{BOUNCE}{}", addresses.join("\n"))
    }),
    ("groups of a report", |n| {
        fill(REPORT, "Final-Recipient: rfc822; a@b.no\nAction: failed\n\n", n)
    }),
    ("a folded field of a report", |n| fill(REPORT, " x\n", n)),
    ("base64", |n| {
        fill("From: a@b.no\r\nContent-Transfer-Encoding: base64\r\n\r\n", "amEgbmVpIA==\r\n", n)
    }),
    ("quoted-printable", |n| {
        fill("From: a@b.no\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n", "=E6=\r\n", n)
    }),
];

#[test]
fn no_mail_takes_longer_than_its_size_allows() {
    let mut slow = Vec::new();
    for (name, shape) in SHAPES {
        // What takes the processor from this machine for a while makes one reading slow, not three.
        let times: Vec<_> = (0..3).map_while(|_| too_slow(name, *shape)).collect();
        if times.len() == 3 {
            slow.push(format!("{name}: {times:?}"));
        }
    }
    assert_eq!(slow, [""; 0]);
}

/// How long a small and a large mail of a shape take, if that is more than their sizes allow.
fn too_slow(name: &str, shape: fn(usize) -> String) -> Option<(Duration, Duration)> {
    let small = cost(shape(SMALL).as_bytes());
    let large = cost(shape(4 * SMALL).as_bytes());
    println!("{name:<40} {:>7.1} ms {:>7.1} ms", ms(small), ms(large));
    // Four times the octets may cost four times as much; a square would cost sixteen times.
    let square = large > Duration::from_millis(100) && large > small * 9;
    // Not optimised, this is some twenty times slower than in service.
    (square || large > Duration::from_secs(10)).then_some((small, large))
}

#[test]
fn twenty_megabytes_are_read_as_far_as_the_limits_go() {
    for (head, unit) in [
        (PLAIN, "x"),
        (PLAIN, ">"),
        (HTML, "<"),
        (HTML, "<p>"),
        (MIXED, "--b\r\n"),
        ("From: ", "("),
        (CALENDAR, "BEGIN:VEVENT\r\n"),
    ] {
        let spent = cost(fill(head, unit, 20_000_000).as_bytes());
        assert!(spent < Duration::from_secs(30), "{unit:?} below {head:?}: {spent:?}");
    }
}

fn ms(time: Duration) -> f64 {
    1000.0 * time.as_secs_f64()
}

/// Processor time, so that a busy machine fails no test.
fn cost(raw: &[u8]) -> Duration {
    effort::of(|| read(raw)).1
}

/// Reads a mail the whole way and checks what always holds.
fn read(raw: &[u8]) {
    let message = parse(raw);
    let meaning = understand(&message, Some("Kommer du? Svar JA eller NEI."));
    assert!(!meaning.because.is_empty());
    for because in meaning.because.iter().filter(|because| !because.at.is_empty()) {
        let words = meaning.visible_text.get(because.at.clone());
        assert_eq!(words, Some(because.words.as_str()));
    }
    let may_answer = matches!(meaning.kind, Kind::Reply | Kind::Calendar);
    assert!(meaning.answer.is_none() || may_answer && meaning.confidence >= CONFIDENT);
    assert!(!explain_json("mail", &meaning).is_null());
    assert!(!explain_text(&message, &meaning).is_empty());
}

/// A change of a mail, as a broken program or a hostile sender makes it.
#[derive(Debug, Clone)]
enum Change {
    Cut(Index, usize),
    Double(Index, usize),
    Insert(Index, Vec<u8>),
    Flip(Index, u8),
    /// The rest of another mail follows.
    Graft(Index, Index),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let words = prop::sample::select(vec![
        "\r\n\r\n",
        "\n",
        "\0",
        "\r",
        "> ",
        "-- \n",
        "--b\r\n",
        "<div>",
        "<blockquote>",
        "</div>",
        "<!--",
        "&#x0;",
        "On 1 May 2026 a@b.no wrote:\n",
        "From: a@b.no\n",
        "BEGIN:VEVENT\r\n",
        "Content-Type: text/html\r\n",
        "Content-Transfer-Encoding: base64\r\n",
        "=?utf-8?b?",
        "\u{202e}",
        "\u{feff}",
        "👍",
        "Final-Recipient: rfc822; a@b.no\n",
        "Action: failed\n",
        "METHOD:REPLY\r\n",
    ]);
    let octets = prop_oneof![
        words.prop_map(|word| word.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 1..20),
    ];
    let change = prop_oneof![
        (any::<Index>(), 1_usize..400).prop_map(|(at, length)| Change::Cut(at, length)),
        (any::<Index>(), 1_usize..400).prop_map(|(at, length)| Change::Double(at, length)),
        (any::<Index>(), octets).prop_map(|(at, octets)| Change::Insert(at, octets)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, octet)| Change::Flip(at, octet)),
        (any::<Index>(), any::<Index>()).prop_map(|(at, other)| Change::Graft(at, other)),
    ];
    prop::collection::vec(change, 1..8)
}

fn changed(mut raw: Vec<u8>, changes: &[Change], mails: &[Vec<u8>]) -> Vec<u8> {
    for change in changes {
        let length = raw.len() + 1;
        match change {
            Change::Cut(at, count) => {
                let at = at.index(length);
                raw.drain(at..(at + count).min(raw.len()));
            }
            Change::Double(at, count) => {
                let at = at.index(length);
                raw.extend_from_within(at..(at + count).min(raw.len()));
            }
            Change::Insert(at, octets) => {
                let at = at.index(length);
                raw.splice(at..at, octets.iter().copied());
            }
            Change::Flip(at, octet) if !raw.is_empty() => {
                let at = at.index(raw.len());
                raw[at] ^= octet;
            }
            Change::Flip(..) => {}
            Change::Graft(at, other) => {
                let other = other.get(mails);
                raw.truncate(at.index(length));
                raw.extend(&other[at.index(other.len())..]);
            }
        }
    }
    raw
}

fn mails() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replies/eml");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).unwrap()).collect()
}

proptest! {
    #[test]
    fn a_mail_changed_in_any_way_is_read(which in any::<Index>(), changes in changes()) {
        thread_local! {
            static MAILS: Vec<Vec<u8>> = mails();
        }
        MAILS.with(|mails| read(&changed(which.get(mails).clone(), &changes, mails)));
    }
}
