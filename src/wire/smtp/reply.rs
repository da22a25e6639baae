//! Replies of an SMTP server (RFC 5321 4.2).
//!
//! Invariant: the text holds no control character and no more than [`LONGEST`] characters, so it
//! may stand in a log and in the database.

use std::fmt;
use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt};

/// What of a reply's text is worth keeping.
const LONGEST: usize = 500;

/// A complete reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reply {
    /// 200 to 599.
    pub code: u16,
    /// The text of each line.
    pub lines: Vec<String>,
}

impl Reply {
    /// Reads one reply. What is not a reply is an error, after which nothing more can be understood
    /// on this connection. The number of octets is bounded by the stream.
    pub async fn read(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Self> {
        let mut reply = Self { code: 0, lines: Vec::new() };
        loop {
            let mut line = Vec::new();
            from.read_until(b'\n', &mut line).await?;
            if line.pop() != Some(b'\n') {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the server hung up"));
            }
            let Some((code, more, text)) = parse(&line) else { return Err(odd(&line)) };
            if !reply.lines.is_empty() && reply.code != code {
                return Err(odd(&line));
            }
            reply.code = code;
            reply.lines.push(text);
            if !more {
                return Ok(reply);
            }
        }
    }

    /// The first word, which is the enhanced status code (RFC 3463) if there is one.
    pub fn first_word(&self) -> Option<&str> {
        self.lines.first()?.split(' ').next()
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.lines.join(" ");
        let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
        write!(f, "{} {}", self.code, text.get(..end).unwrap_or_default())
    }
}

/// Code, whether more lines follow, and text. A code alone is a whole reply (RFC 5321 4.2.1), and
/// a CR may be missing.
fn parse(line: &[u8]) -> Option<(u16, bool, String)> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (digits, rest) = line.split_at_checked(3)?;
    let code = std::str::from_utf8(digits).ok()?;
    let code: u16 = code.bytes().all(|c| c.is_ascii_digit()).then_some(code)?.parse().ok()?;
    let more = match rest.first() {
        Some(b'-') => true,
        Some(b' ') | None => false,
        Some(_) => return None,
    };
    (200..600).contains(&code).then(|| (code, more, clean(rest.get(1..).unwrap_or_default())))
}

fn clean(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

fn odd(line: &[u8]) -> io::Error {
    let line: String = clean(line).chars().take(80).collect();
    io::Error::new(io::ErrorKind::InvalidData, format!("not a reply: `{line}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(mut text: &[u8]) -> io::Result<Reply> {
        Reply::read(&mut text).await
    }

    #[tokio::test]
    async fn replies_of_one_and_several_lines_are_read() {
        for (text, code, shown) in [
            ("250 2.0.0 queued\r\n", 250, "250 2.0.0 queued"),
            ("250\r\n", 250, "250 "),
            ("250-one\r\n250-two\r\n250 three\r\n", 250, "250 one two three"),
            ("550 5.1.1 no\x07such \x1b[2Juser\n", 550, "550 5.1.1 no\u{fffd}such \u{fffd}[2Juser"),
        ] {
            let reply = read(text.as_bytes()).await.unwrap();
            assert_eq!((reply.code, reply.to_string().as_str()), (code, shown));
        }
    }

    #[tokio::test]
    async fn what_is_no_reply_is_an_error() {
        for text in [
            "",
            "250 half",
            "ok\r\n",
            "25",
            "99 x\r\n",
            "600 x\r\n",
            "250_x\r\n",
            "250-a\r\n251 b\r\n",
            "+50 x\r\n",
            "\r\n",
            "250-a\r\n",
        ] {
            assert!(read(text.as_bytes()).await.is_err(), "{text:?} was read");
        }
        assert!(read(b"\xff\xff\xff x\r\n").await.is_err());
    }

    #[tokio::test]
    async fn a_long_text_is_cut_where_a_character_ends() {
        let text = format!("554 {}\r\n", "å".repeat(5000));
        assert_eq!(read(text.as_bytes()).await.unwrap().to_string().chars().count(), 504);
    }
}
