//! The last look at a mail before it is stored or sent.
//!
//! Servers differ in what ends a line, and with it in where they think that a mail ends. A mail in
//! which every line ends in CRLF and no CR or LF stands elsewhere means the same to all of them.

use memchr::{memchr, memchr_iter};

/// RFC 5322 2.1.1, without the CRLF.
const LONGEST_LINE: usize = 998;

/// Proves that a mail is 7-bit, has proper lines, a proper header, and exactly one author.
///
/// ```
/// use langbord::mail::compose::wire_safe;
///
/// let header = "From: a@example.org\r\nTo: b@example.org\r\nDate: today\r\nMessage-ID: <1@x>\r\n";
/// assert!(wire_safe(format!("{header}\r\nHello\r\n").as_bytes()).is_ok());
/// assert!(wire_safe(format!("{header}\r\nHello\n.\r\n").as_bytes()).is_err());
/// ```
pub fn wire_safe(mail: &[u8]) -> Result<(), String> {
    if !mail.is_ascii() || memchr(0, mail).is_some() {
        return Err("it holds octets other than ASCII, or NUL".to_owned());
    }
    if !mail.ends_with(b"\r\n") {
        return Err("the last line has no end".to_owned());
    }
    let mut names = Vec::new();
    let mut in_header = true;
    let mut begin = 0;
    for (number, end) in (1..).zip(memchr_iter(b'\n', mail)) {
        let line = mail.get(begin..end).and_then(|line| line.strip_suffix(b"\r"));
        begin = end + 1;
        let Some(line) = line.filter(|line| memchr(b'\r', line).is_none()) else {
            return Err(format!("line {number} does not end in CRLF alone"));
        };
        if line.len() > LONGEST_LINE {
            return Err(format!("line {number} has {} octets", line.len()));
        }
        match line.first() {
            _ if !in_header => {}
            None => in_header = false,
            Some(b' ' | b'\t') if !names.is_empty() => {}
            Some(_) => names.push(name(line).ok_or(format!("line {number} is no header field"))?),
        }
    }
    for wanted in ["from", "to", "date", "message-id"] {
        let count = names.iter().filter(|name| *name == wanted).count();
        if count != 1 {
            return Err(format!("there are {count} `{wanted}` fields"));
        }
    }
    if in_header { Err("the header does not end".to_owned()) } else { Ok(()) }
}

fn name(line: &[u8]) -> Option<String> {
    let colon = line.iter().position(|octet| *octet == b':')?;
    let (name, _) = line.split_at_checked(colon)?;
    let proper = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    proper.then(|| String::from_utf8_lossy(name).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "From: a@x.no\r\nTo: b@x.no\r\nDate: now\r\nMessage-ID: <1@x>\r\n";

    #[test]
    fn a_proper_mail_passes() {
        for rest in ["\r\n", "\r\nHello\r\n", "Subject: long\r\n and folded\r\n\r\n.\r\n\r\n"] {
            assert_eq!(wire_safe(format!("{HEADER}{rest}").as_bytes()), Ok(()), "{rest:?}");
        }
        assert_eq!(wire_safe(format!("{HEADER}\r\n{}\r\n", "x".repeat(998)).as_bytes()), Ok(()));
    }

    #[test]
    fn what_servers_may_read_differently_does_not_pass() {
        for (rest, why) in [
            ("", "does not end"),
            ("\r\nHello", "no end"),
            ("\r\nHello\n", "no end"),
            ("\r\nHello\n.\r\n", "line 6 does not end"),
            ("\r\n\n.\r\nMAIL FROM:<a@x.no>\r\n", "line 6 does not end"),
            ("\r\nHello\r.\r\n", "line 6 does not end"),
            ("\r\nHello\r\r\n", "line 6 does not end"),
            ("\r\n\r\r\n", "line 6 does not end"),
            ("\r\nHel\0lo\r\n", "or NUL"),
            ("\r\nHallå\r\n", "other than ASCII"),
            ("From: c@x.no\r\n\r\n", "2 `from`"),
            ("FROM: c@x.no\r\n\r\n", "2 `from`"),
            ("Date: later\r\n\r\n", "2 `date`"),
            ("no colon\r\n\r\n", "line 5 is no header field"),
            ("From : c@x.no\r\n\r\n", "line 5 is no header field"),
            (": c@x.no\r\n\r\n", "line 5 is no header field"),
        ] {
            let said = wire_safe(format!("{HEADER}{rest}").as_bytes()).unwrap_err();
            assert!(said.contains(why), "{rest:?}: {said}");
        }
        let long = format!("{HEADER}\r\n{}\r\n", "x".repeat(999));
        assert!(wire_safe(long.as_bytes()).unwrap_err().contains("999 octets"));
        assert!(wire_safe(b"").is_err());
        assert!(wire_safe(b" folded\r\n\r\n").is_err());
    }
}
