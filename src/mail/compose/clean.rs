//! What people wrote, made fit for a header and a body.

use crate::mail::clean::{clean_line, clean_text};

/// Longer subjects are cut: no client shows them, and a line may not pass 998 octets.
pub(in crate::mail) const LONGEST_SUBJECT: usize = 250;

/// Longer names are cut.
pub(in crate::mail) const LONGEST_NAME: usize = 80;

/// One line of at most `longest` characters, cleaned. What looks like an encoded-word (RFC 2047)
/// stays what it looks like: a reader must not decode what we did not encode.
pub(in crate::mail) fn one_line(text: &str, longest: usize) -> String {
    clean_line(&clean_line(text, longest).replace("=?", "= ?"), longest)
}

/// The text, cleaned, with CRLF at each line's end.
pub(in crate::mail) fn body_text(text: &str) -> String {
    clean_text(text).replace('\n', "\r\n")
}

/// `left@right` of characters that need no quoting and no folding, short enough for any line. What
/// other programs choose for a Message-ID is not always one.
pub(super) fn is_message_id(id: &str) -> bool {
    let Some((left, right)) = id.split_once('@') else { return false };
    let fits = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|c| c.is_ascii_graphic() && !b"<>@\"(),;:\\".contains(&c))
    };
    id.len() <= 250 && fits(left) && fits(right)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hostile_name_becomes_one_short_line() {
        for (name, line) in [
            ("Åse Lønning", "Åse Lønning"),
            ("Eve\r\nBcc: x@y.no", "Eve Bcc: x@y.no"),
            ("  a\0b\tc  ", "ab c"),
            ("\u{202e}evil\u{2066}", "evil"),
            ("=?utf-8?q?Eve=0D=0ABcc?=", "= ?utf-8?q?Eve=0D=0ABcc?="),
            ("\u{2028}\u{feff}", ""),
        ] {
            assert_eq!(one_line(name, 80), line);
        }
        assert_eq!(one_line(&"å".repeat(10_000), 80), "å".repeat(80));
        assert_eq!(one_line(&"a ".repeat(10_000), 4), "a a");
    }

    #[test]
    fn a_body_keeps_its_lines_and_loses_its_controls() {
        assert_eq!(body_text("a\nb\r\nc\rd\0\x1b[2J\te"), "a\r\nb\r\nc\r\nd[2J\te");
    }

    #[test]
    fn only_plain_message_ids_are_used() {
        for id in ["a@b", "CAF=x+1@mail.gmail.com", "x.y@[127.0.0.1]"] {
            assert!(is_message_id(id), "{id}");
        }
        for id in ["", "a", "a@", "a@b@c", "<a@b>", "a b@c", "a@b\r\nBcc: x", "å@b", "\"a\"@b"] {
            assert!(!is_message_id(id), "{id}");
        }
        assert!(!is_message_id(&format!("{}@b", "x".repeat(1200))));
    }
}
