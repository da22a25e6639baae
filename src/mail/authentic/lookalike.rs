//! Addresses that look like somebody else's: `аnne@x.no` with a Cyrillic first letter, `xn--` names,
//! `rn` for `m`. They are never equal to the real one; here they are noticed.

use unicode_security::confusable_detection::skeleton;

use crate::mail::EmailAddress;
use crate::mail::bounds;

/// Which of these addresses the author of a mail looks like without having it.
pub fn imitates<'a>(
    raw: &[u8],
    addresses: impl IntoIterator<Item = &'a EmailAddress>,
) -> Option<&'a EmailAddress> {
    let block = bounds::block(raw);
    let written: Vec<String> = super::gate::values(&block, "from").flat_map(written).collect();
    let mut looks = written.iter().map(|address| (address.to_lowercase(), shape(address)));
    let known: Vec<(&EmailAddress, String)> =
        addresses.into_iter().map(|address| (address, shape(address.as_str()))).collect();
    looks.find_map(|(exact, shape)| {
        if known.iter().any(|(address, _)| address.as_str() == exact) {
            return None;
        }
        known.iter().find(|(_, other)| *other == shape).map(|(address, _)| *address)
    })
}

/// What stands in angle brackets, and the whole where there are none; only as far as it could be an
/// address.
fn written(value: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(value);
    let inside = text.split('<').skip(1).filter_map(|rest| rest.split('>').next());
    let mut found: Vec<String> = inside.map(|address| address.trim().to_owned()).collect();
    if found.is_empty() {
        found.push(text.trim().to_owned());
    }
    found.retain(|address| address.contains('@') && address.len() < 320);
    found.truncate(5);
    found
}

/// What an address looks like: `xn--` names are shown as their letters, letters as the simplest ones
/// that they can be taken for (UTS 39 4).
fn shape(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or(("", address));
    let (domain, _) = idna::domain_to_unicode(domain);
    let wide: String = format!("{local}@{domain}").chars().map(narrow).collect();
    // Once more in lower case: the skeleton of a capital may be a small letter's.
    let once: String = skeleton(&wide.to_lowercase()).collect();
    skeleton(&once.to_lowercase()).collect()
}

/// Full-width forms of ASCII as ASCII, which the tables of look-alikes leave to normalisation, and
/// the Turkish letters that case folding leaves apart.
fn narrow(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => {
            u32::from(c).checked_sub(0xfee0).and_then(char::from_u32).unwrap_or(c)
        }
        'ı' | 'İ' => 'i',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(from: &str) -> Option<String> {
        let anne: EmailAddress = "anne.berg@middag.no".parse().unwrap();
        let raw = format!("Subject: avlys\r\nFrom: {from}\r\n\r\navlys\r\n");
        imitates(raw.as_bytes(), [&anne]).map(ToString::to_string)
    }

    #[test]
    fn addresses_that_look_the_same_are_noticed() {
        for from in [
            "\u{430}nne.berg@middag.no",
            "Anne <ann\u{435}.berg@middag.no>",
            "anne.berg@middag.n\u{43e}",
            "Anne <anne.berg@xn--middg-7ve.no>",
            "\u{ff41}nne.berg@middag.no",
            "anne.berg@m\u{131}ddag.no",
            "anne.berg@rniddag.no",
            "Anne <anne.berg@middag.n0>",
        ] {
            assert_eq!(like(from).as_deref(), Some("anne.berg@middag.no"), "{from}");
        }
    }

    #[test]
    fn the_address_itself_and_others_are_not() {
        for from in [
            "Anne <anne.berg@middag.no>",
            "ANNE.BERG@MIDDAG.NO",
            "Anne <anneberg@middag.no>",
            "Anne <anne.berg+bord@middag.no>",
            "Anne Berg <anne.berg@middag.se>",
            "per@middag.no",
            "",
            "anne",
            "\"anne.berg@middag.no\" <per@example.org>",
        ] {
            assert_eq!(like(from), None, "{from}");
        }
    }
}
