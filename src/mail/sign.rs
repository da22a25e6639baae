//! DKIM signatures (RFC 6376, Ed25519 by RFC 8463) for what we send.
//!
//! mail-auth does the work, but its own signer asks the system's clock for `t=`. Its parts are put
//! together here instead, so that the same mail, key and time always give the same octets.
//!
//! Invariant: every signature covers From twice, so a second From put above the signed one breaks
//! it.

use std::fmt;

use chrono::{DateTime, Utc};
use mail_auth::common::crypto::{DkimKey, Ed25519Key, RsaKey, Sha256, SigningKey};
use mail_auth::common::headers::{HeaderStream, HeaderWriter, Writable, Writer};
use mail_auth::dkim::Signature;
use mail_auth::dkim::canonicalize::CanonicalHeaders;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::compose::wire_safe;

/// Whatever shows who wrote what to whom. A field that the mail lacks is signed as missing, so that
/// nobody can add it on the way (RFC 6376 5.4.2).
const SIGNED: [&str; 14] = [
    "From",
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "In-Reply-To",
    "References",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "MIME-Version",
    "Content-Type",
];

/// Signs for one domain.
pub struct Signer {
    key: DkimKey,
    template: Signature,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signer({}._domainkey.{})", self.template.s, self.template.d)
    }
}

impl Signer {
    /// Takes a private key in PKCS#8 PEM: Ed25519, or RSA of 2048 bits or more (RFC 8301 3.2).
    pub fn new(domain: &str, selector: &str, key_pem: &str) -> Result<Self, String> {
        for name in [domain, selector] {
            let proper = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
            if name.is_empty() || !name.chars().all(proper) {
                return Err(format!("`{}` is not a DNS name", name.escape_debug()));
            }
        }
        let pem = PrivatePkcs8KeyDer::from_pem_slice(key_pem.as_bytes())
            .map_err(|error| format!("the DKIM key is not in PKCS#8 PEM: {error}"))?;
        // OpenSSL writes Ed25519 keys without the public half, which the strict reader wants.
        let key = match Ed25519Key::from_pkcs8_maybe_unchecked_der(pem.secret_pkcs8_der()) {
            Ok(key) => DkimKey::Ed25519(key),
            Err(_) => RsaKey::<Sha256>::from_key_der(PrivateKeyDer::Pkcs8(pem))
                .map(DkimKey::Rsa)
                .map_err(|error| {
                format!("the DKIM key is neither Ed25519 nor RSA of 2048 bits or more: {error}")
            })?,
        };
        let template = Signature {
            v: 1,
            a: key.algorithm(),
            d: domain.to_ascii_lowercase(),
            s: selector.to_owned(),
            h: SIGNED.map(str::to_owned).to_vec(),
            ..Signature::default()
        };
        Ok(Self { key, template })
    }

    /// The mail with a signature on top of it, relaxed/relaxed, made at `now`.
    pub fn sign(&self, raw: &[u8], now: DateTime<Utc>) -> Result<Vec<u8>, String> {
        wire_safe(raw)?;
        let t = u64::try_from(now.timestamp()).unwrap_or_default();
        let mail = signed(&self.key, Signature { t, ..self.template.clone() }, raw)?;
        wire_safe(&mail)?;
        Ok(mail)
    }
}

/// The mail with such a signature on top of it.
pub(super) fn signed(
    key: &DkimKey,
    mut signature: Signature,
    raw: &[u8],
) -> Result<Vec<u8>, String> {
    let (_, headers, signed, body) = signature.canonicalize(Fields { rest: raw });
    signature.h = signed;
    signature.bh = key.hash(body).as_ref().to_vec();
    let unsigned = Unsigned { headers, signature: &signature };
    signature.b = key.sign(unsigned).map_err(|error| format!("DKIM: {error}"))?;

    let mut mail = Vec::with_capacity(raw.len() + 1024);
    signature.write_header(&mut mail);
    mail.extend_from_slice(raw);
    Ok(mail)
}

/// What is signed: the fields, and the signature's own field without its value (RFC 6376 3.7).
struct Unsigned<'x> {
    headers: CanonicalHeaders<'x>,
    signature: &'x Signature,
}

impl Writable for Unsigned<'_> {
    fn write(self, writer: &mut impl Writer) {
        self.headers.write(writer);
        self.signature.write(writer, false);
    }
}

/// Reads a mail that is [`wire_safe`] field by field.
struct Fields<'x> {
    rest: &'x [u8],
}

impl<'x> HeaderStream<'x> for Fields<'x> {
    fn next_header(&mut self) -> Option<(&'x [u8], &'x [u8])> {
        if self.rest.starts_with(b"\r\n") {
            return None;
        }
        let mut lines = self.rest.split_inclusive(|octet| *octet == b'\n');
        let first = lines.next()?.len();
        let folded = lines.take_while(|line| line.starts_with(b" ") || line.starts_with(b"\t"));
        let (field, rest) =
            self.rest.split_at_checked(first + folded.map(<[u8]>::len).sum::<usize>())?;
        self.rest = rest;
        let colon = field.iter().position(|octet| *octet == b':')?;
        Some((field.get(..colon)?, field.get(colon + 1..)?))
    }

    fn body(&mut self) -> &'x [u8] {
        self.rest.strip_prefix(b"\r\n").unwrap_or_default()
    }
}

#[cfg(test)]
mod tests;
