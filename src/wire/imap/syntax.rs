//! The few things that we write into commands, and the frame of what comes back (RFC 3501, 9051).
//!
//! Invariant: a command is made of constants, numbers and names from the configuration; nothing
//! that stands in a mail ever becomes part of one.

use anyhow::{Result, ensure};
use data_encoding::BASE64_NOPAD;

/// Deeper than any answer we ask for. Beyond it a parser that recurses is in danger.
const DEEPEST: usize = 20;

/// The shortest sequence set for UIDs in rising order: `1:4,9`.
pub(super) fn uid_set(uids: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for &uid in uids {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(uid) => *last = uid,
            _ => runs.push((uid, uid)),
        }
    }
    let texts: Vec<String> = runs
        .into_iter()
        .map(
            |(first, last)| {
                if first == last { first.to_string() } else { format!("{first}:{last}") }
            },
        )
        .collect();
    texts.join(",")
}

/// A folder's name as a quoted string in modified UTF-7 (RFC 3501 5.1.3): `H&AOU-ndtert`.
pub(super) fn folder(name: &str) -> Result<String> {
    let mut encoded = String::new();
    let mut foreign = String::new();
    for char in name.chars() {
        if matches!(char, ' '..='~') {
            shift_out(&mut foreign, &mut encoded);
            encoded.push(char);
            if char == '&' {
                encoded.push('-');
            }
        } else {
            foreign.push(char);
        }
    }
    shift_out(&mut foreign, &mut encoded);
    quoted(&encoded)
}

fn shift_out(foreign: &mut String, encoded: &mut String) {
    if foreign.is_empty() {
        return;
    }
    let utf16: Vec<u8> = foreign.encode_utf16().flat_map(u16::to_be_bytes).collect();
    encoded.push('&');
    encoded.push_str(&BASE64_NOPAD.encode(&utf16).replace('/', ","));
    encoded.push('-');
    foreign.clear();
}

/// What can't stand in a quoted string is refused rather than changed.
pub(super) fn quotable(text: &str) -> Result<()> {
    ensure!(
        text.chars().all(|char| matches!(char, ' '..='~')),
        "only printable ASCII can stand in a quoted IMAP string"
    );
    Ok(())
}

fn quoted(text: &str) -> Result<String> {
    quotable(text)?;
    Ok(format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// The size of the literal that a line announces at its end: `… BODY[] {3218}`.
///
/// Lines that end in free text announce nothing, whatever the text says.
pub(super) fn literal(response: &[u8], line: &[u8]) -> Option<u64> {
    if is_text(response) {
        return None;
    }
    let line = line.strip_suffix(b"}\r\n")?;
    let open = line.iter().rposition(|&octet| octet == b'{')?;
    let digits = line.get(open.checked_add(1)?..)?;
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    // A number too large for us is a literal all the same, and too large as well.
    Some(std::str::from_utf8(digits).ok()?.parse().unwrap_or(u64::MAX))
}

/// A line that announces nothing where it announced a literal.
pub(super) fn without_literal(line: &[u8]) -> Vec<u8> {
    let open = line.iter().rposition(|&octet| octet == b'{');
    match open.and_then(|open| line.get(..open)) {
        Some(before) if line.ends_with(b"}\r\n") => [before, b"{0}\r\n"].concat(),
        _ => line.to_vec(),
    }
}

fn is_text(response: &[u8]) -> bool {
    let Some(rest) = response.strip_prefix(b"* ") else { return true };
    let word = rest.split(|octet| *octet == b' ').next().unwrap_or_default();
    [&b"OK"[..], b"NO", b"BAD", b"BYE", b"PREAUTH"]
        .iter()
        .any(|status| word.eq_ignore_ascii_case(status))
}

/// Whether a line of data opens more parentheses than any answer to our questions does.
pub(super) fn too_deep(response: &[u8], line: &[u8]) -> bool {
    if is_text(response) {
        return false;
    }
    let mut depth = 0_usize;
    for octet in line {
        match octet {
            b'(' => depth = depth.saturating_add(1),
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return true;
        }
    }
    false
}

/// The UID in an answer to FETCH that the grammar does not accept, so that its mail has a name.
pub(super) fn uid_in_ruins(response: &[u8]) -> Option<u32> {
    let line = response.split(|octet| *octet == b'\r').next()?;
    let text = std::str::from_utf8(line).ok()?;
    let mut words = text.split([' ', '(', ')']);
    words.find(|word| word.eq_ignore_ascii_case("UID"))?;
    words.next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn uid_sets_are_short() {
        let table: [(&[u32], &str); 5] = [
            (&[], ""),
            (&[7], "7"),
            (&[1, 2, 3], "1:3"),
            (&[1, 3, 4, 9], "1,3:4,9"),
            (&[u32::MAX - 1, u32::MAX], "4294967294:4294967295"),
        ];
        for (uids, set) in table {
            assert_eq!(uid_set(uids), set);
        }
    }

    #[test]
    fn folders_are_named_in_modified_utf_7() {
        let table = [
            ("INBOX", "\"INBOX\""),
            ("Håndtert", "\"H&AOU-ndtert\""),
            ("Mat & prat", "\"Mat &- prat\""),
            ("~peter/mail/台北/日本語", "\"~peter/mail/&U,BTFw-/&ZeVnLIqe-\""),
            ("a\"b\\c", "\"a\\\"b\\\\c\""),
        ];
        for (name, written) in table {
            assert_eq!(folder(name).unwrap(), written);
        }
    }

    #[test]
    fn a_password_with_a_line_break_is_refused() {
        assert!(quoted("secret\r\nA2 DELETE INBOX").is_err());
    }

    #[test]
    fn only_data_announces_literals() {
        let size = |line: &[u8]| literal(line, line);
        assert_eq!(size(b"* 1 FETCH (UID 7 BODY[] {12}\r\n"), Some(12));
        assert_eq!(size(b"* 1 FETCH (BODY[] {99999999999999999999999}\r\n"), Some(u64::MAX));
        assert_eq!(size(b"* 1 FETCH (BODY[] {}\r\n"), None);
        assert_eq!(size(b"* 1 FETCH (UID 7)\r\n"), None);
        assert_eq!(size(b"* OK look {12}\r\n"), None);
        assert_eq!(size(b"+ go {12}\r\n"), None);
        assert_eq!(size(b"L1 NO look {12}\r\n"), None);
    }

    #[test]
    fn parentheses_are_counted_in_data_only() {
        let deep = "(".repeat(DEEPEST + 1);
        for (start, too) in [("* 1 FETCH ", true), ("* OK ", false), ("L1 NO ", false)] {
            let line = format!("{start}{deep}\r\n");
            assert_eq!(too_deep(line.as_bytes(), line.as_bytes()), too, "{start}");
        }
        assert!(!too_deep(b"* 1 FETCH ()\r\n", "()".repeat(99).as_bytes()));
    }

    #[test]
    fn a_mail_in_a_ruined_answer_still_has_its_uid() {
        assert_eq!(uid_in_ruins(b"* 3 FETCH (UID 42 RFC822.SIZE -1)\r\n"), Some(42));
        assert_eq!(uid_in_ruins(b"* 3 FETCH (FLAGS () UID 42 X"), Some(42));
        assert_eq!(uid_in_ruins(b"* 3 FETCH (SQUID 42)\r\n"), None);
        assert_eq!(uid_in_ruins(b"* 3 FETCH (BODY[] {9}\r\n UID 42 x)\r\n"), None);
    }

    proptest! {
        #[test]
        fn a_folder_never_breaks_its_quotes(name in any::<String>()) {
            let written = folder(&name).unwrap();
            prop_assert!(written.chars().all(|char| matches!(char, ' '..='~')));
            let inner = written.get(1..written.len() - 1).unwrap();
            let bare = inner.replace("\\\\", "").replace("\\\"", "");
            prop_assert!(!bare.contains('"') && !bare.contains('\\'));
        }
    }
}
