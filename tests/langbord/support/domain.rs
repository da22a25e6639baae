//! A domain that signs what its people write, and its key in the DNS.

use chrono::{DateTime, Utc};
use langbord::mail::sign::Signer;

/// Made for these tests; it opens nothing.
const KEY: &str = include_str!("test_domain.pem");

/// The public half, as a zone file says it.
pub fn zone(domain: &str) -> String {
    format!(
        "2026._domainkey.{domain}. TXT \"v=DKIM1; k=ed25519; \
         p=6kpsY+KcUgq+9VB7Ey7F+ZVHdq6+vnuSQh7qaRRG0iw=\"\n"
    )
}

/// The mail with the domain's signature on top.
pub fn sign(domain: &str, mail: &[u8], now: DateTime<Utc>) -> Vec<u8> {
    let signer = Signer::new(domain, "2026", KEY).expect("a key");
    signer.sign(mail, now).expect("a mail that can be signed")
}
