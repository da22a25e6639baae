use super::*;
use crate::mail::bounds;

const ID: &str = "mx.here.no";
const OURS: &str =
    "Received: from h (h [1.2.3.4]) by mx.here.no (Postfix) with ESMTPS id 1; now\r\n";

fn said(header: &str) -> Said {
    let border = Border { authserv_id: ID.into(), host: ID.into() };
    of(&bounds::block(format!("{header}\r\nx\r\n").as_bytes()), &border, "x.no")
}

fn passes(value: &str) -> bool {
    said(&format!("Authentication-Results: {value}\r\n{OURS}")).pass.is_some()
}

#[test]
fn fields_of_real_servers_are_read() {
    for value in [
        "mx.here.no; dmarc=pass header.from=x.no",
        "MX.HERE.NO; DMARC=Pass header.from=X.NO",
        "mx.here.no 1; dmarc=pass header.from=x.no",
        "mx.here.no;\r\n\tdkim=pass header.d=x.no header.s=s header.b=AbC/+x=;\r\n\tspf=none",
        "mx.here.no (amavisd); dmarc=pass (policy=none) header.from=x.no",
        "mx.here.no; dkim=pass (2048-bit key; unprotected) header.d=x.no header.i=@x.no\r\n header.a=rsa-sha256 header.b=\"AbC/x\"",
        "mx.here.no; spf=pass (sender (a) ok) smtp.mailfrom=anne@x.no; dmarc=pass (p=reject dis=none) header.from=x.no",
        "mx.here.no; iprev=pass policy.iprev=1.2.3.4; dmarc=pass policy.published-domain-policy=none header.from=x.no",
        "\"mx.here.no\"; dmarc = pass header . from = x.no",
        "mx.here.no; dmarc/1=pass reason=\"it; dmarc=fail\" header.from=x.no",
        "mx.here.no; dkim=none; dmarc=pass header.from=\"x.no\"",
        "mx.here.no; dmarc=pass action=none header.from=x.no",
        "mx.here.no; dkim=fail header.d=y.no; dkim=pass header.d=x.no",
    ] {
        assert!(passes(value), "{value}");
    }
    assert_eq!(parse(b"mx.here.no; none").unwrap().results, []);
}

#[test]
fn no_hostile_field_is_a_pass() {
    let mut hostile: Vec<String> = include_str!("hostile.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    for value in [
        "mx.here.no\0; dmarc=pass header.from=x.no",
        "mx.here.no; dmarc=pass\u{b}header.from=x.no",
        "",
    ] {
        hostile.push(value.to_owned());
    }
    let (open, close) = ("(".repeat(30), ")".repeat(30));
    hostile.push(format!("mx.here.no; dkim=none {open}dmarc=pass{close}"));
    let open = "(".repeat(100_000);
    hostile.push(format!("mx.here.no; {open}; dmarc=pass header.from=x.no"));
    assert!(hostile.len() >= 100, "{}", hostile.len());
    for value in &hostile {
        assert!(!passes(value), "{value:.120}");
    }
}

#[test]
fn a_field_counts_only_above_the_first_line_of_our_border() {
    let pass = format!("Authentication-Results: {ID}; dmarc=pass header.from=x.no\r\n");
    let inner = "Received: by inner.here.no with LMTP id 2; now\r\n";
    let other = "Received: from a by b.evil.com; now\r\n";
    let forged = format!("Received: from a by {ID}; then\r\n");
    for (header, expected) in [
        (format!("{pass}{OURS}"), true),
        (format!("{pass}{inner}{OURS}"), true),
        (format!("{inner}{pass}{OURS}"), true),
        (format!("{OURS}{pass}"), false),
        (format!("{OURS}{pass}{forged}"), false),
        (format!("{inner}{OURS}{other}{pass}{forged}"), false),
        (pass.clone(), false),
        (format!("{pass}{other}"), false),
        (
            format!(
                "Subject: x\r\n Authentication-Results: {ID}; dmarc=pass header.from=x.no\r\n{OURS}"
            ),
            false,
        ),
        (format!("Authentication-Results: evil.com; none\r\n {pass}{OURS}"), false),
        (format!("X{pass}{OURS}"), false),
        (format!("Old-{pass}{OURS}"), false),
        // Whoever greets us with words of a Received field only moves the border up.
        (format!("Received: from by (x) by {ID}; now\r\n{pass}{forged}"), false),
        (format!("Received: from a(b (x) by {ID}; now\r\n{pass}{forged}"), false),
        (format!("Received: from evil by {ID} (x) by inner.here.no; now\r\n{pass}{OURS}"), false),
    ] {
        assert_eq!(said(&header).pass.is_some(), expected, "{header}");
    }
    // Not in the header of a part either: only the top is looked at.
    let nested = format!("{OURS}Content-Type: message/rfc822\r\n\r\n{pass}{forged}");
    assert_eq!(said(&nested).pass, None);
}

#[test]
fn the_same_said_twice_counts_once_and_a_no_outweighs_every_yes() {
    let field = |result: &str| format!("Authentication-Results: {ID}; {result}\r\n");
    let pass = field("dmarc=pass header.from=x.no");
    let fail = field("dmarc=fail header.from=x.no");
    assert!(said(&format!("{pass}{pass}{OURS}")).pass.is_some());
    for header in [format!("{pass}{fail}{OURS}"), format!("{fail}{pass}{OURS}")] {
        let said = said(&header);
        assert!(said.pass.is_none() && said.fail.is_some());
    }
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_a_field_or_none(text in "[ -~]{0,200}") {
            let _field = parse(text.as_bytes());
        }

        #[test]
        fn whatever_stands_in_a_comment_says_nothing(inside in "[a-z0-9=.; ]{0,60}") {
            let value = format!("{ID}; dkim=none ({inside})");
            prop_assert!(!passes(&value));
        }
    }
}
