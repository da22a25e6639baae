use chrono::TimeDelta;
use data_encoding::BASE64;
use mail_auth::common::crypto::{Algorithm, DkimKey, Ed25519Key, RsaKey, Sha256};
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dkim::{Canonicalization, Signature};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::*;
use crate::mail::sign;

/// The seed of the test key; with it the public half is known.
const SEED: [u8; 32] = [7; 32];

const TABLE: &str = "bord@langbord.example";

fn now() -> DateTime<Utc> {
    "2026-11-22T18:30:10Z".parse().unwrap()
}

fn mail(from: &str) -> String {
    format!(
        "From: {from}\r\nTo: {TABLE}\r\nSubject: avlys\r\n\
         Date: Sun, 22 Nov 2026 18:30:00 +0000\r\nMessage-ID: <1@x.no>\r\n\
         MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\navlys\r\n"
    )
}

fn key() -> DkimKey {
    let public = public_key();
    DkimKey::Ed25519(Ed25519Key::from_seed_and_public_key(&SEED, &public).unwrap())
}

/// Of the seed, by RFC 8032.
fn public_key() -> Vec<u8> {
    BASE64.decode(b"6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=").unwrap()
}

fn record() -> Vec<u8> {
    format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(&public_key())).into_bytes()
}

fn template() -> Signature {
    Signature {
        v: 1,
        a: Algorithm::Ed25519Sha256,
        d: "x.no".into(),
        s: "s".into(),
        h: ["From", "To", "Subject", "Date", "Message-ID"].map(str::to_owned).to_vec(),
        t: 1_795_372_200,
        ch: Canonicalization::Relaxed,
        cb: Canonicalization::Relaxed,
        ..Signature::default()
    }
}

fn signed_as(template: Signature, mail: &str) -> String {
    String::from_utf8(sign::signed(&key(), template, mail.as_bytes()).unwrap()).unwrap()
}

fn signed(mail: &str) -> String {
    signed_as(template(), mail)
}

fn policy() -> Policy {
    Policy {
        mode: Mode::Signatures,
        recipient: Some(TABLE.parse().unwrap()),
        pins: BTreeMap::new(),
        heard: Heard::All,
    }
}

fn border() -> Border {
    Border { authserv_id: "mx.here.no".into(), host: "mx.here.no".into() }
}

/// The key is wherever a signature says, and no domain says anything of its mail.
fn zone(examined: &Examined<'_>, record: &[u8]) -> Answers {
    let answer = |name: String| {
        let is_key = name.contains("._domainkey.");
        let txt = if is_key { Txt::Found(vec![record.to_vec()]) } else { Txt::Absent };
        (name, txt)
    };
    examined.questions().into_iter().map(answer).collect()
}

fn judged(mail: &str, policy: &Policy, record: &[u8]) -> Verdict {
    let examined = examine(mail.as_bytes(), policy, now());
    match examined.judge(&zone(&examined, record)) {
        Judgement::Settled(verdict) => verdict,
        Judgement::Again(why) => panic!("{why}"),
    }
}

fn proof(mail: &str) -> Proof {
    judged(mail, &policy(), &record()).authorship.proof
}

/// What mail-auth alone says, for the record of why it is not asked.
fn library_says(mail: &str) -> bool {
    let message = AuthenticatedMessage::parse(mail.as_bytes()).unwrap();
    let header = &message.dkim_headers[0];
    let hash = &message.body_hashes[0].3;
    let key = DomainKey::parse(&record()).unwrap();
    let unsigned = signature::without_signature(header.value);
    let mut fields = message.signed_headers(&header.header.h, header.name, &unsigned);
    let verified = key.p.verify(&mut fields, &header.header.b, header.header.ch, header.header.a);
    *hash == header.header.bh && verified.is_ok()
}

#[test]
fn what_the_library_passes_of_forged_authors_is_not_believed() {
    // (a) as signed, (b) with another author above, (c) signed without its author, who is changed.
    let mail =
        "From: org@x.no\r\nSubject: cancel\r\nDate: Sun, 22 Nov 2026 18:30:00 +0000\r\n\r\nx\r\n";
    let with =
        |h: &[&str]| Signature { h: h.iter().map(|&h| h.to_owned()).collect(), ..template() };
    let a = signed_as(with(&["From", "Subject", "Date"]), mail);
    let b = format!("From: boss@x.no\r\n{a}");
    let c = signed_as(with(&["Subject"]), mail).replace("From: org@x.no", "From: boss@x.no");
    assert_eq!([&a, &b, &c].map(|mail| library_says(mail)), [true; 3]);
    let author = AuthenticatedMessage::parse(b.as_bytes()).unwrap().from[0].clone();
    assert_eq!(author, "boss@x.no");
    assert_eq!([&a, &b, &c].map(|mail| proof(mail)), [Proof::Proven, Proof::Broken, Proof::Broken]);
    // Where the signer has signed From once more than it is there, the second one breaks it.
    let twice = signed_as(with(&["From", "From", "Subject", "Date"]), mail);
    assert!(library_says(&twice) && !library_says(&format!("From: boss@x.no\r\n{twice}")));
    assert_eq!(proof(&twice), Proof::Proven);
}

#[test]
fn a_signed_mail_proves_its_author_and_a_changed_one_does_not() {
    let honest = signed(&mail("Anne <anne@x.no>"));
    let verdict = judged(&honest, &policy(), &record());
    assert_eq!(verdict.authorship.proof, Proof::Proven);
    assert!(verdict.to_us && verdict.content.is_some());
    assert_eq!(verdict.authorship.because, "signed by x.no");
    for (changed, to) in [
        ("anne@x.no", "per@x.no"),
        ("Subject: avlys", "Subject: flytt"),
        ("\r\n\r\navlys", "\r\n\r\nflytt"),
        ("18:30:00 +0000", "18:31:00 +0000"),
        ("To: bord", "To: other"),
    ] {
        let mail = honest.replacen(changed, to, 1);
        assert_ne!(mail, honest);
        let verdict = judged(&mail, &policy(), &record());
        assert_eq!(verdict.authorship.proof, Proof::Broken, "{to}: {}", verdict.authorship.because);
        assert_eq!(verdict.content, None);
    }
    // What relays do is no change.
    let refolded = honest.replace("Subject: avlys", "Subject:\r\n  avlys ");
    assert_eq!(proof(&format!("Received: from a by b\r\n{refolded}")), Proof::Proven);
}

#[test]
fn fields_put_on_top_or_below_a_signed_mail_prove_nothing_in_64_cases() {
    let mut cases = 0;
    for field in [
        "From: boss@x.no",
        "Sender: boss@y.no",
        "Subject: ja",
        "Date: Mon, 23 Nov 2026 18:30:00 +0000",
    ] {
        for below in [false, true] {
            for spelling in [0, 1] {
                for h in [
                    &["From", "Subject", "Date"][..],
                    &["From", "To", "Subject", "Date", "Sender"],
                    &["Subject", "Date", "To"],
                    &["From", "From", "Subject", "Subject", "Date", "Date", "Sender"],
                ] {
                    let h = h.iter().map(|&h| h.to_owned()).collect();
                    let honest = signed_as(Signature { h, ..template() }, &mail("anne@x.no"));
                    let field = if spelling == 0 {
                        field.to_owned()
                    } else {
                        field.to_uppercase().replace("X.NO", "x.no")
                    };
                    let forged = if below {
                        honest.replacen("\r\n\r\n", &format!("\r\n{field}\r\n\r\n"), 1)
                    } else {
                        format!("{field}\r\n{honest}")
                    };
                    let verdict = judged(&forged, &policy(), &record());
                    assert_eq!(verdict.authorship.proof, Proof::Broken, "{forged}");
                    cases += 1;
                }
            }
        }
    }
    assert_eq!(cases, 64);
}

#[test]
fn a_header_that_two_readers_can_read_differently_proves_nothing() {
    let honest = signed(&mail("anne@x.no"));
    for forged in [
        format!(" From: org@x.no\r\n{honest}"),
        format!("From : org@x.no\r\n{honest}"),
        honest.replace("Subject: avlys", "Subject: x\rFrom: boss@x.no"),
        honest.replace("Subject: avlys", "Subject: x\0"),
        honest.replace("From: anne@x.no", "From: org@x.no <anne@x.no>"),
        honest.replace("From: anne@x.no", "From: anne@x.no, per@x.no"),
        honest.replace("From: anne@x.no\r\n", ""),
        honest.replace("Date: Sun, 22 Nov 2026 18:30:00 +0000\r\n", ""),
        format!("From anne@x.no Mon Nov 23 00:00:00 2026\r\n{honest}"),
        format!("nonsense\r\n{honest}"),
        format!("{}{honest}", "X: y\r\n".repeat(600)),
        format!("X: {}\r\n{honest}", "y".repeat(300_000)),
        format!("Content-Type: text/html\r\n{honest}"),
        format!("Sender: per@y.no\r\n{honest}"),
        format!("Sender: \"\r\n{honest}"),
    ] {
        assert_eq!(proof(&forged), Proof::Broken, "{forged:.200}");
    }
    assert_eq!(proof(&format!("Sender: per@x.no\r\n{honest}")), Proof::Proven);
}

#[test]
fn a_length_limit_is_never_accepted() {
    let body = mail("anne@x.no");
    let honest = signed(&body);
    for limit in ["l=0", "l=3", "l=7", "l=", "l = 9999"] {
        let limited = honest.replacen("; bh=", &format!("; {limit}; bh="), 1);
        for mail in [limited.clone(), format!("{limited}og mer\r\n")] {
            let because = judged(&mail, &policy(), &record()).authorship.because;
            assert!(because.contains("l= leaves room"), "{limit}: {because}");
        }
    }
}

#[test]
fn keys_and_algorithms_are_as_written() {
    let weak = "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQClB4SmaTnEPvUyEIwtjz88lVVHdnu2Sun5tO6OPHD7aFwoV4rTQOuAoZruvnfAlcMOV/pc1DD/R3tt59nRHUIosbb2C0tBIuHg7B7hHOTtTZGH29T4yeavJILB6ZMNSnzuNRv4/JCQBcdaeLIGgJ4GP2IyQ+WmBja6sKKgs+XEnQIDAQAB";
    let tiny = "v=DKIM1; k=rsa; p=MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK3pieZ3Xo/65+4Gdc9ZHnaQkJGBF28aWk1GGkWfSqToTCky3W/xrLDzRmk5aboIJl4mkAIyXGo24XUKzxZ11NMCAwEAAQ==";
    let ed = String::from_utf8(record()).unwrap();
    let ordinary = signed(&mail("anne@x.no"));
    let (weak_mail, tiny_mail) =
        (include_str!("test_weak_1024.eml"), include_str!("test_weak_512.eml"));
    for (mail, record, expected, why) in [
        (ordinary.as_str(), ed.as_str(), Proof::Proven, "signed by x.no"),
        (weak_mail, weak, Proof::Proven, "signed by x.no (with a key of less than 2048 bits)"),
        (tiny_mail, tiny, Proof::Broken, "its key has 512 bits"),
        (&ordinary, &ed.replace("v=DKIM1;", "v=DKIM1; t=y;"), Proof::Broken, "only testing"),
        (&ordinary, &ed.replace("v=DKIM1;", "v=DKIM1; t=s:y;"), Proof::Broken, "only testing"),
        (&ordinary, &ed.replace("v=DKIM1;", "v=DKIM1; t=s;"), Proof::Proven, ""),
        (&ordinary, &ed.replace("v=DKIM1;", "v=DKIM1; h=sha1;"), Proof::Broken, "other hashes"),
        (&ordinary, &ed.replace("v=DKIM1;", "v=DKIM1; s=web;"), Proof::Broken, "not for mail"),
        (&ordinary, &ed.replace("v=DKIM1;", "v=DKIM1; s=*;"), Proof::Proven, ""),
        (&ordinary, "v=DKIM1; k=ed25519; p=", Proof::Broken, "key is none"),
        (&ordinary, "hello", Proof::Broken, "without a value"),
        (&ordinary, "v=spf1=x; p=abc", Proof::Broken, "key is none"),
        (&ordinary, weak, Proof::Broken, "does not hold"),
        (&ordinary.replacen("a=ed25519-sha256", "a=rsa-sha1", 1), &ed, Proof::Broken, "rsa-sha1"),
        (
            &ordinary.replacen("a=ed25519-sha256", "a=rsa-sha256", 1),
            weak,
            Proof::Broken,
            "does not hold",
        ),
    ] {
        let verdict = judged(mail, &policy(), record.as_bytes());
        let found = (verdict.authorship.proof, verdict.authorship.because);
        assert!(found.0 == expected && found.1.contains(why), "{record}: {found:?}");
    }
    // SHA-1 that is made well is refused as SHA-1, before anything is computed.
    let examined = examine(ordinary.as_bytes(), &policy(), now());
    assert_eq!(examined.questions(), ["s._domainkey.x.no."]);
    let sha1 = ordinary.replacen("a=ed25519-sha256", "a=rsa-sha1", 1);
    assert_eq!(examine(sha1.as_bytes(), &policy(), now()).questions(), Vec::<String>::new());
}

#[test]
fn a_strong_rsa_key_is_accepted() {
    let pem = PrivatePkcs8KeyDer::from_pem_slice(include_bytes!("../sign/test_rsa.pem")).unwrap();
    let key = RsaKey::<Sha256>::from_key_der(PrivateKeyDer::Pkcs8(pem)).unwrap();
    let template = Signature { a: Algorithm::RsaSha256, ..template() };
    let mail = sign::signed(&DkimKey::Rsa(key), template, mail("anne@x.no").as_bytes()).unwrap();
    let public = include_str!("../sign/test_rsa_public.pem");
    let public: String = public.lines().filter(|line| !line.starts_with('-')).collect();
    let record = format!("v=DKIM1; k=rsa; p={public}");
    let verdict = judged(std::str::from_utf8(&mail).unwrap(), &policy(), record.as_bytes());
    assert_eq!(verdict.authorship.because, "signed by x.no");
}

#[test]
fn a_signature_is_as_good_as_it_was_when_the_mail_arrived() {
    let t = now().timestamp();
    let at = |t: i64, x: i64| Signature {
        t: u64::try_from(t).unwrap(),
        x: u64::try_from(x).unwrap(),
        ..template()
    };
    let hours = |hours: i64| hours * 3600;
    for (t, x, expected) in [
        (t, 0, Proof::Proven),
        (t - hours(72), 0, Proof::Proven),
        (t - hours(72) - 1, 0, Proof::Broken),
        (t + 600, 0, Proof::Proven),
        (t + 601, 0, Proof::Broken),
        (t - 10, t, Proof::Proven),
        (t - 10, t - 1, Proof::Broken),
        (t - 10, t + hours(1), Proof::Proven),
    ] {
        let mail = signed_as(at(t, x), &mail("anne@x.no"));
        assert_eq!(proof(&mail), expected, "t={t} x={x}");
    }
    // Without t= the Date field counts.
    let undated = signed_as(at(0, 0), &mail("anne@x.no"));
    assert_eq!(proof(&undated), Proof::Proven);
    let late = examine(undated.as_bytes(), &policy(), now() + TimeDelta::hours(73));
    let judgement = late.judge(&zone(&late, &record()));
    assert!(matches!(judgement, Judgement::Settled(v) if v.authorship.proof == Proof::Broken));
}

#[test]
fn only_the_domain_itself_vouches_unless_the_operator_has_named_another() {
    for (signer, author, pin, expected) in [
        ("x.no", "anne@x.no", None, Proof::Proven),
        ("X.NO", "anne@x.no", None, Proof::Proven),
        ("mail.x.no", "anne@x.no", None, Proof::Unsigned),
        ("x.no", "anne@mail.x.no", None, Proof::Unsigned),
        ("no", "anne@x.no", None, Proof::Unsigned),
        ("y.no", "anne@x.no", None, Proof::Unsigned),
        ("xx.no", "anne@x.no", None, Proof::Unsigned),
        ("x.no.evil.com", "anne@x.no", None, Proof::Unsigned),
        ("gmail.com", "anne@x.no", None, Proof::Unsigned),
        ("mail.x.no", "anne@x.no", Some("mail.x.no"), Proof::Proven),
        ("x-no.gappssmtp.com", "anne@x.no", Some("x-no.gappssmtp.com"), Proof::Proven),
        ("y.no", "anne@x.no", Some("mail.x.no"), Proof::Unsigned),
        // A pin is one organizer's, not their domain's.
        ("mail.x.no", "per@x.no", Some("mail.x.no"), Proof::Unsigned),
    ] {
        let mut policy = policy();
        if let Some(pin) = pin {
            policy.pins.insert("anne@x.no".parse().unwrap(), vec![pin.to_owned()]);
        }
        let mail = signed_as(Signature { d: signer.into(), ..template() }, &mail(author));
        let verdict = judged(&mail, &policy, &record());
        assert_eq!(verdict.authorship.proof, expected, "{signer} for {author}: {verdict:?}");
    }
}

#[test]
fn a_domain_that_says_that_it_signs_is_not_excused_for_a_mail_without_signature() {
    let mail = mail("anne@post.x.no");
    let examined = examine(mail.as_bytes(), &policy(), now());
    assert_eq!(examined.questions(), ["_dmarc.post.x.no.", "_dmarc.x.no."]);
    for (record, expected) in [
        (Txt::Absent, Proof::Unsigned),
        (Txt::Found(vec![b"v=spf1 -all".to_vec()]), Proof::Unsigned),
        (Txt::Found(vec![b"v=DMARC1; p=none".to_vec()]), Proof::Broken),
        (Txt::Found(vec![b"x".to_vec(), b"v=DMARC1; p=reject".to_vec()]), Proof::Broken),
    ] {
        let mut answers = zone(&examined, b"");
        answers.insert("_dmarc.x.no.".into(), record.clone());
        let Judgement::Settled(verdict) = examined.judge(&answers) else { panic!("{record:?}") };
        assert_eq!(verdict.authorship.proof, expected, "{record:?}");
    }
}

#[test]
fn what_the_dns_can_not_tell_is_never_accepted_and_asked_again() {
    let honest = signed(&mail("anne@x.no"));
    let unsigned = mail("anne@x.no");
    for mail in [&honest, &unsigned] {
        let examined = examine(mail.as_bytes(), &policy(), now());
        let unreached = examined.questions().into_iter();
        let answers = unreached.map(|name| (name, Txt::Unreached("timed out".into()))).collect();
        assert!(matches!(examined.judge(&answers), Judgement::Again(_)));
        assert!(matches!(examined.judge(&Answers::new()), Judgement::Again(_)));
    }
    let examined = examine(honest.as_bytes(), &policy(), now());
    let answers = [("s._domainkey.x.no.".to_owned(), Txt::Absent)].into();
    let Judgement::Settled(verdict) = examined.judge(&answers) else { panic!() };
    assert_eq!(verdict.authorship.proof, Proof::Broken);
}

#[test]
fn two_hundred_signatures_are_five_questions_and_strangers_none() {
    let mut many = mail("anne@x.no");
    for selector in 0..200 {
        many = signed_as(Signature { s: format!("s{selector}"), ..template() }, &many);
    }
    let examined = examine(many.as_bytes(), &policy(), now());
    assert_eq!(examined.questions().len(), 5);
    let mut foreign = mail("anne@x.no");
    for selector in 0..200 {
        let d = format!("d{selector}.evil.com");
        foreign = signed_as(Signature { d, ..template() }, &foreign);
    }
    assert_eq!(proof(&signed(&foreign)), Proof::Proven);
    let deep = format!("anne@{}x.no", "a.".repeat(60));
    assert_eq!(examine(mail(&deep).as_bytes(), &policy(), now()).questions().len(), 5);
}

#[test]
fn a_list_that_puts_itself_into_from_vouches_for_itself_alone() {
    let wrapped = mail("Anne via Bordet <bord@x.no>");
    for fields in [
        "List-Id: <bord.x.no>\r\nList-Post: <mailto:bord@x.no>\r\n",
        "List-Id: <bord.x.no>\r\n",
        "X-Original-From: Anne <anne@y.no>\r\n",
        "X-Google-Original-From: Anne <anne@y.no>\r\n",
    ] {
        assert_eq!(proof(&signed(&format!("{fields}{wrapped}"))), Proof::Broken, "{fields}");
    }
    let list = "List-Id: <bord.x.no>\r\nList-Post: <mailto:bord@x.no>\r\n";
    assert_eq!(proof(&signed(&format!("{list}{}", mail("Bordet <bord@x.no>")))), Proof::Broken);
}

#[test]
fn the_words_of_our_own_server_count_and_the_worst_of_all_wins() {
    let results = |said: &str| {
        format!(
            "Authentication-Results: mx.here.no; {said}\r\nReceived: from h by mx.here.no; x\r\n"
        )
    };
    let alone = policy();
    let policy = Policy { mode: Mode::Results(border()), ..policy() };
    let plain = mail("anne@x.no");
    let honest = signed(&plain);
    let broken = honest.replace("\r\n\r\navlys", "\r\n\r\navlys \r\n>");
    for (mail, said, expected) in [
        (&plain, "dmarc=pass header.from=x.no", Proof::Proven),
        (&plain, "dkim=pass header.d=x.no", Proof::Proven),
        (&plain, "dmarc=pass header.from=y.no", Proof::Unsigned),
        (&plain, "dkim=pass header.d=y.no", Proof::Unsigned),
        (&plain, "dkim=pass header.d=mail.x.no", Proof::Unsigned),
        (&plain, "spf=pass smtp.mailfrom=anne@x.no", Proof::Unsigned),
        (&plain, "none", Proof::Unsigned),
        (&plain, "dmarc=fail header.from=x.no", Proof::Refuted),
        (&plain, "dmarc=fail header.from=x.no; dkim=pass header.d=x.no", Proof::Refuted),
        (&honest, "dmarc=fail header.from=x.no", Proof::Refuted),
        (&honest, "dkim=fail header.d=x.no", Proof::Refuted),
        (&honest, "dkim=fail header.d=y.no", Proof::Proven),
        (&honest, "dkim=temperror header.d=x.no", Proof::Proven),
        (&broken, "dkim=fail header.d=x.no", Proof::Broken),
        (&broken, "dmarc=pass header.from=x.no", Proof::Proven),
        (&broken, "none", Proof::Broken),
    ] {
        let verdict = judged(&format!("{}{mail}", results(said)), &policy, &record());
        assert_eq!(verdict.authorship.proof, expected, "{said}: {}", verdict.authorship.because);
    }
    // Two authors are none, whatever the server says of one of them.
    let forged = format!("{}From: boss@x.no\r\n{plain}", results("dmarc=pass header.from=x.no"));
    assert_eq!(judged(&forged, &policy, &record()).authorship.proof, Proof::Broken);
    // Of a server that has not been seen to take out what is forged, only what speaks against.
    let doubted = Policy { heard: Heard::Against, ..policy };
    for (mail, said, expected) in [
        (&plain, "dmarc=pass header.from=x.no", Proof::Unsigned),
        (&honest, "dmarc=pass header.from=x.no", Proof::Proven),
        (&honest, "none", Proof::Proven),
        (&honest, "dkim=fail header.d=x.no", Proof::Refuted),
        (&plain, "dmarc=fail header.from=x.no", Proof::Refuted),
        (&broken, "dmarc=pass header.from=x.no", Proof::Broken),
    ] {
        let verdict = judged(&format!("{}{mail}", results(said)), &doubted, &record());
        assert_eq!(verdict.authorship.proof, expected, "{said}: {}", verdict.authorship.because);
    }
    // Without a border nothing of it is heard.
    let trusted = format!("{}{plain}", results("dmarc=pass header.from=x.no"));
    assert_eq!(judged(&trusted, &alone, &record()).authorship.proof, Proof::Unsigned);
    let off = Policy { mode: Mode::Off, ..alone };
    assert_eq!(judged(&honest, &off, &record()).authorship.proof, Proof::Unknowable);
}

#[test]
fn what_is_proven_is_to_us_only_where_the_recipients_are_signed() {
    let to_us = |mail: &str| judged(mail, &policy(), &record()).to_us;
    let plain = mail("anne@x.no");
    assert!(to_us(&signed(&plain)));
    assert!(to_us(&signed(&plain.replace(TABLE, "bord+o-1-abc@langbord.example"))));
    assert!(!to_us(&signed(&plain.replace(TABLE, "bord@another.example"))));
    let without =
        Signature { h: ["From", "Subject", "Date"].map(str::to_owned).to_vec(), ..template() };
    assert!(!to_us(&signed_as(without, &plain)));
    // A Cc that nobody has signed is a Cc that anybody can have added.
    assert!(!to_us(&format!(
        "Cc: {TABLE}\r\n{}",
        signed(&plain.replace(TABLE, "bord@another.example"))
    )));
}

#[test]
fn the_same_words_sent_on_once_more_are_known_and_others_are_not() {
    let content = |mail: &str| judged(mail, &policy(), &record()).content.unwrap();
    let honest = signed(&mail("anne@x.no"));
    let replayed = format!("Received: from evil by mx; now\r\nX-Spam: no\r\n{honest}");
    assert_eq!(content(&honest), content(&replayed));
    let loose = honest
        .replace("Subject: avlys", "Subject:   avlys")
        .replace("avlys\r\n", "avlys  \r\n\r\n");
    if proof(&loose) == Proof::Proven {
        assert_eq!(content(&honest), content(&loose));
    }
    let other = signed(&mail("anne@x.no").replace("\r\n\r\navlys", "\r\n\r\nflytt"));
    assert_ne!(content(&honest), content(&other));
    let later = signed(&mail("anne@x.no").replace("18:30:00", "18:30:01"));
    assert_ne!(content(&honest), content(&later));
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_octets_are_examined_and_prove_nothing(octets in proptest::collection::vec(any::<u8>(), 0..800)) {
            let examined = examine(&octets, &policy(), now());
            let answers = zone(&examined, &record());
            if let Judgement::Settled(verdict) = examined.judge(&answers) {
                prop_assert!(verdict.authorship.proof != Proof::Proven);
            }
        }

        #[test]
        fn one_octet_changed_in_a_signed_mail_never_forges(at in 0..600_usize, octet in any::<u8>()) {
            let honest = signed(&mail("anne@x.no"));
            let mut changed = honest.clone().into_bytes();
            let at = at % changed.len();
            changed[at] = octet;
            let examined = examine(&changed, &policy(), now());
            let answers = zone(&examined, &record());
            if let Judgement::Settled(verdict) = examined.judge(&answers)
                && verdict.authorship.proof == Proof::Proven
            {
                // What still holds says the same: white space and unsigned fields may differ.
                let read = crate::mail::parse(&changed);
                prop_assert_eq!(read.from.unwrap().to_string(), "anne@x.no");
                prop_assert_eq!(read.subject, "avlys");
                prop_assert_eq!(verdict.content, judged(&honest, &policy(), &record()).content);
            }
        }
    }
}
