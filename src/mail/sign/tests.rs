use std::borrow::Borrow;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Instant;

use data_encoding::BASE64;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::{
    AuthenticatedMessage, DkimResult, MessageAuthenticator, Parameters, ResolverCache, Txt,
};
use rcgen::{KeyPair, PKCS_ED25519};

use super::*;

/// Made for these tests with `openssl genpkey`; they open nothing.
const RSA: &str = include_str!("test_rsa.pem");
const RSA_PUBLIC: &str = include_str!("test_rsa_public.pem");
/// 1024 bits.
const WEAK: &str = include_str!("test_weak.pem");

const MAIL: &str = "From: \"Langbord\" <table@example.org>\r\nTo: kari@example.org\r\n\
    Subject: Middag  torsdag\r\n og fredag\r\nDate: Sun, 22 Nov 2026 18:30:00 +0000\r\n\
    Message-ID: <1@example.org>\r\nMIME-Version: 1.0\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\r\nHei!  \r\n\r\n.\r\n\r\n";

fn ed25519() -> (String, String) {
    let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
    let record = format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(key.public_key_raw()));
    (key.serialize_pem(), record)
}

fn now() -> DateTime<Utc> {
    "2026-11-22T18:30:00Z".parse().unwrap()
}

fn signed(key: &str) -> String {
    let signer = Signer::new("example.org", "2026", key).unwrap();
    String::from_utf8(signer.sign(MAIL.as_bytes(), now()).unwrap()).unwrap()
}

/// Says the same record whatever it is asked for, so that no DNS is needed.
struct Record(Arc<DomainKey>);

impl ResolverCache<Box<str>, Txt> for Record {
    fn get<Q: Hash + Eq + ?Sized>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
    {
        Some(Txt::DomainKey(Arc::clone(&self.0)))
    }

    fn remove<Q: Hash + Eq + ?Sized>(&self, _: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
    {
        None
    }

    fn insert(&self, _: Box<str>, _: Txt, _: Instant) {}
}

async fn passes(mail: &str, record: &str) -> bool {
    let record = Record(Arc::new(DomainKey::parse(record.as_bytes()).unwrap()));
    let mail = AuthenticatedMessage::parse(mail.as_bytes()).unwrap();
    let verifier = MessageAuthenticator::new_cloudflare().unwrap();
    let results = verifier.verify_dkim(Parameters::new(&mail).with_txt_cache(&record)).await;
    assert_eq!(results.len(), 1);
    *results[0].result() == DkimResult::Pass
}

#[tokio::test]
async fn others_can_verify_what_we_sign_with_either_kind_of_key() {
    let (key, record) = ed25519();
    assert!(passes(&signed(&key), &record).await);
    let public: String = RSA_PUBLIC.lines().filter(|line| !line.starts_with('-')).collect();
    assert!(passes(&signed(RSA), &format!("v=DKIM1; k=rsa; p={public}")).await);
    assert!(
        !passes(&signed(RSA), &format!("v=DKIM1; k=ed25519; p={}", BASE64.encode(&[7; 32]))).await
    );
}

#[tokio::test]
async fn what_is_changed_or_added_breaks_the_signature() {
    let (key, record) = ed25519();
    let mail = signed(&key);
    for changed in [
        format!("From: boss@example.org\r\n{mail}"),
        mail.replace("To: kari@example.org", "From: boss@example.org\r\nTo: kari@example.org"),
        mail.replace("\r\nMessage-ID", "\r\nReply-To: evil@x.no\r\nMessage-ID"),
        mail.replace("\r\nMessage-ID", "\r\nList-Unsubscribe: <mailto:x@x.no>\r\nMessage-ID"),
        mail.replace("\r\nMessage-ID", "\r\nList-Unsubscribe-Post: a=b\r\nMessage-ID"),
        mail.replace("torsdag", "mandag"),
        mail.replace("Hei!", "Hopp!"),
        format!("{mail}PS\r\n"),
    ] {
        assert_ne!(changed, mail);
        assert!(!passes(&changed, &record).await, "{changed}");
    }
}

#[tokio::test]
async fn what_relays_do_to_white_space_does_not_break_it() {
    let (key, record) = ed25519();
    let mail = signed(&key);
    let refolded = mail.replace("Middag  torsdag\r\n og", "Middag\r\n\ttorsdag og");
    assert_ne!(refolded, mail);
    assert!(passes(&refolded, &record).await);
    assert!(passes(&mail.replace("Hei!  \r\n", "Hei!\r\n"), &record).await);
}

#[test]
fn the_same_mail_at_the_same_time_is_signed_the_same() {
    for key in [ed25519().0.as_str(), RSA] {
        let mail = signed(key);
        assert_eq!(mail, signed(key));
        assert!(mail.starts_with("DKIM-Signature: v=1; a="), "{mail}");
        assert!(mail.ends_with(MAIL));
        assert!(mail.contains("t=1795372200;"), "{mail}");
        assert_eq!(mail.lines().take(4).collect::<String>().matches("From").count(), 2, "{mail}");
    }
}

#[test]
fn a_weak_key_a_strange_name_and_a_mail_that_is_not_safe_are_refused() {
    let (key, _) = ed25519();
    for (domain, selector, pem, why) in [
        ("example.org", "2026", WEAK, "RSA of 2048 bits or more"),
        ("example.org", "2026", "hello", "not in PKCS#8 PEM"),
        ("example.org; x=1", "2026", &key, "not a DNS name"),
        ("example.org", "", &key, "not a DNS name"),
    ] {
        let said = Signer::new(domain, selector, pem).unwrap_err();
        assert!(said.contains(why), "{said}");
    }
    let signer = Signer::new("example.org", "2026", &key).unwrap();
    assert!(signer.sign(b"From: a@x.no\r\n\r\nHi\n", now()).is_err());
    assert_eq!(format!("{signer:?}"), "Signer(2026._domainkey.example.org)");
}
