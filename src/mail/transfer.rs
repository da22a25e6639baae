//! Content-Transfer-Encoding (RFC 2045 section 6), leniently: what is broken is kept as it stands.

use data_encoding::BASE64_NOPAD;

/// Decoded octets, and whether a limit cut them.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decoded {
    /// The octets.
    pub octets: Vec<u8>,
    /// There would have been more.
    pub more: bool,
}

/// Decodes at most `limit` octets.
pub(super) fn decode(body: &[u8], encoding: &str, limit: usize) -> Decoded {
    let mut octets = if encoding.eq_ignore_ascii_case("base64") {
        base64(body.get(..limit.saturating_mul(2)).unwrap_or(body))
    } else if encoding.eq_ignore_ascii_case("quoted-printable") {
        quoted_printable(body.get(..limit.saturating_mul(4)).unwrap_or(body))
    } else {
        body.get(..limit.saturating_add(1)).unwrap_or(body).to_vec()
    };
    let more = octets.len() > limit;
    octets.truncate(limit);
    Decoded { octets, more }
}

/// Characters outside the alphabet are skipped (RFC 2045 6.8 says so), what follows `=` is not
/// read: scanners put adverts there.
fn base64(body: &[u8]) -> Vec<u8> {
    let mut digits: Vec<u8> = Vec::with_capacity(body.len());
    for octet in body {
        match octet {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => digits.push(*octet),
            b'=' => break,
            _other => {}
        }
    }
    if digits.len() % 4 == 1 {
        digits.pop();
    }
    // Zero the bits that do not belong to an octet, which the strict decoder insists on.
    let tail = digits.len() % 4;
    if let Some(last) = digits.last_mut() {
        *last = match tail {
            2 => zero_tail(*last, 0b11_0000),
            3 => zero_tail(*last, 0b11_1100),
            _whole => *last,
        };
    }
    BASE64_NOPAD.decode(&digits).unwrap_or_default()
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn zero_tail(digit: u8, mask: usize) -> u8 {
    let value = ALPHABET.iter().position(|known| *known == digit).unwrap_or(0);
    ALPHABET.get(value & mask).copied().unwrap_or(digit)
}

fn quoted_printable(body: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((octet, after)) = rest.split_first() {
        rest = after;
        if *octet != b'=' {
            octets.push(*octet);
            continue;
        }
        if let Some(joined) = soft_break(after) {
            rest = joined;
        } else if let [high, low, after @ ..] = after
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            octets.push(high * 16 + low);
            rest = after;
        } else {
            octets.push(b'=');
        }
    }
    octets
}

/// What follows a soft line break, blanks before the break forgiven.
fn soft_break(after: &[u8]) -> Option<&[u8]> {
    let blanks = after.iter().take(80).take_while(|octet| matches!(octet, b' ' | b'\t')).count();
    let rest = after.get(blanks..)?;
    rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n"))
}

fn hex(octet: u8) -> Option<u8> {
    char::from(octet).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(body: &str, encoding: &str) -> String {
        String::from_utf8(decode(body.as_bytes(), encoding, 1000).octets).unwrap()
    }

    #[test]
    fn quoted_printable_joins_soft_breaks_and_keeps_what_is_broken() {
        assert_eq!(text("bl=C3=A5b=\r\nær=3d =zz=", "Quoted-Printable"), "blåbær= =zz=");
    }

    #[test]
    fn base64_reads_over_breaks_and_stops_at_the_padding() {
        assert_eq!(text("amEg\r\ndGFr\r\n", "base64"), "ja tak");
        assert_eq!(text("amE=\r\n-- advert", "BASE64"), "ja");
        assert_eq!(text("amF", "base64"), "ja");
    }

    #[test]
    fn the_limit_is_kept_to_the_octet() {
        assert_eq!(decode(b"abcd", "7bit", 4), Decoded { octets: b"abcd".to_vec(), more: false });
        assert_eq!(decode(b"abcde", "7bit", 4), Decoded { octets: b"abcd".to_vec(), more: true });
    }

    proptest! {
        #[test]
        fn whatever_was_encoded_comes_back(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            let encoded = data_encoding::BASE64.encode(&octets);
            prop_assert_eq!(decode(encoded.as_bytes(), "base64", 1000).octets, octets);
        }

        #[test]
        fn any_octets_can_be_decoded(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
            for encoding in ["base64", "quoted-printable", "8bit", "x-uuencode"] {
                prop_assert!(decode(&octets, encoding, 100).octets.len() <= 100);
            }
        }
    }
}
