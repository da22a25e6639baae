//! The stream under async-imap, which has no bounds of its own: it makes room for whatever literal
//! a server announces, and parses a line anew with every octet of it that arrives.
//!
//! Invariant: what is handed up is what has come, one whole line or a part of one literal at a
//! time, so nothing beyond the response under way is ever in the hands of the library. No line, no
//! literal and no nesting goes beyond its bound.

use std::io::{self, Cursor, Read as _};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use anyhow::ensure;
use async_imap::imap_proto::Response;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, BufReader, ReadBuf};

use super::syntax;
use crate::wire::stream::Stream;
use crate::wire::{Endpoint, LARGEST_MAIL};

/// The lines of one response without its literals. The longest that we ask for lists some hundred
/// UIDs.
const LONGEST_LINE: usize = 64 * 1024;

/// Servers estimate sizes (Exchange does), so a mail may be somewhat larger than announced.
const LARGEST_RESPONSE: usize = LARGEST_MAIL + LARGEST_MAIL / 4;

/// Everything that one command may bring: a list of some million mails, or a batch of mails.
const LARGEST_ANSWER: usize = 256 * 1024 * 1024;

/// A stream that hands up only what is within bounds.
#[derive(Debug)]
pub(super) struct Guard {
    stream: BufReader<Stream>,
    /// A line that has not ended yet.
    line: Vec<u8>,
    /// A line that has, as far as it was not handed up.
    whole: Cursor<Vec<u8>>,
    /// How much of a literal is still to come.
    literal: usize,
    /// Whether the next line goes on with the response under way.
    continues: bool,
    /// The first line of the response under way.
    start: Vec<u8>,
    /// The response under way without its literals.
    skeleton: Vec<u8>,
    size: usize,
    line_left: usize,
    refusal: Option<&'static str>,
    lost: bool,
}

impl Guard {
    /// Guards a connected stream.
    pub(super) fn new(mut stream: Stream) -> Self {
        stream.set_reply_limit(LARGEST_ANSWER);
        Self {
            stream: BufReader::with_capacity(LONGEST_LINE, stream),
            line: Vec::new(),
            whole: Cursor::default(),
            literal: 0,
            continues: false,
            start: Vec::new(),
            skeleton: Vec::new(),
            size: 0,
            line_left: LONGEST_LINE,
            refusal: None,
            lost: false,
        }
    }

    /// Goes on with TLS. Whatever the server, or somebody between, has sent ahead in clear ends
    /// the conversation instead of being taken for something said under TLS.
    pub(super) async fn into_tls(self, endpoint: &Endpoint) -> anyhow::Result<Self> {
        let empty = self.line.is_empty() && self.stream.buffer().is_empty();
        ensure!(empty, "octets in clear after STARTTLS");
        Ok(Self::new(self.stream.into_inner().into_tls(endpoint).await?))
    }

    /// How long the server may be silent from now on.
    pub(super) fn set_deadline(&mut self, deadline: Duration) {
        self.stream.get_mut().set_deadline(deadline);
    }

    /// One response is waited for. Were the bound for each line alone, a grammar that finds no end
    /// could be fed lines for ever.
    pub(super) fn expect_response(&mut self) {
        self.line_left = LONGEST_LINE;
    }

    /// Why something was not handed up.
    pub(super) fn refusal(&self) -> Option<&'static str> {
        self.refusal
    }

    /// Whether the connection ended or failed.
    pub(super) fn is_lost(&self) -> bool {
        self.lost
    }

    /// The first line of the response that began last.
    pub(super) fn start(&self) -> &[u8] {
        &self.start
    }

    /// Gathers a whole line; `false` where the server has hung up between two lines.
    fn poll_line(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        loop {
            let octets = match ready!(Pin::new(&mut self.stream).poll_fill_buf(cx)) {
                Ok(octets) => octets,
                Err(error) => {
                    self.lost = true;
                    return Poll::Ready(Err(error));
                }
            };
            if octets.is_empty() {
                self.lost = true;
                let between = self.line.is_empty() && !self.continues;
                let ended = if between { Ok(false) } else { Err(hung_up()) };
                return Poll::Ready(ended);
            }
            let part = octets.split_inclusive(|octet| *octet == b'\n').next().unwrap_or(octets);
            let (taken, ended) = (part.len(), part.ends_with(b"\n"));
            self.line.extend_from_slice(part);
            Pin::new(&mut self.stream).consume(taken);
            let left = self.line_left.checked_sub(taken);
            self.line_left = left.unwrap_or_default();
            if ended || left.is_none() {
                let line = std::mem::take(&mut self.line);
                return Poll::Ready(self.judge(line, left.is_none()).map(|()| true));
            }
        }
    }

    fn judge(&mut self, line: Vec<u8>, too_long: bool) -> io::Result<()> {
        if !self.continues {
            self.start.clone_from(&line);
            self.skeleton.clear();
            self.size = 0;
        }
        if too_long {
            return self.refuse("a line is too long");
        }
        if syntax::too_deep(&self.start, &line) {
            return self.refuse("a line is nested too deep");
        }
        let announced = syntax::literal(&self.start, &line);
        let begun = std::mem::replace(&mut self.continues, announced.is_some());
        if begun || announced.is_some() {
            self.skeleton.extend(syntax::without_literal(&line));
        }
        // The library's error repeats a response several times over, the mail in it too.
        let ended = begun && announced.is_none();
        if ended && !matches!(Response::parse(&self.skeleton), Ok(([], _))) {
            return self.refuse("a mail stands in what nobody can read");
        }
        let literal = usize::try_from(announced.unwrap_or_default()).unwrap_or(usize::MAX);
        self.size = self.size.saturating_add(line.len()).saturating_add(literal);
        if self.size > LARGEST_RESPONSE {
            return self.refuse("more is announced than may come");
        }
        self.literal = literal;
        self.whole = Cursor::new(line);
        Ok(())
    }

    fn refuse(&mut self, why: &'static str) -> io::Result<()> {
        self.refusal = Some(why);
        Err(io::Error::new(io::ErrorKind::InvalidData, why))
    }

    fn poll_literal(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining().min(self.literal);
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(room));
        let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut part));
        let arrived = part.filled().len();
        let read = read.and(if arrived == 0 { Err(hung_up()) } else { Ok(()) });
        self.lost = read.is_err();
        buffer.advance(arrived);
        self.literal = self.literal.saturating_sub(arrived);
        Poll::Ready(read)
    }
}

fn hung_up() -> io::Error {
    io::ErrorKind::UnexpectedEof.into()
}

impl AsyncRead for Guard {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if buffer.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            let given = this.whole.read(buffer.initialize_unfilled())?;
            if given > 0 {
                buffer.advance(given);
                return Poll::Ready(Ok(()));
            }
            if this.literal > 0 {
                return this.poll_literal(cx, buffer);
            }
            if !ready!(this.poll_line(cx))? {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for Guard {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // What is said now has an answer of its own.
        this.expect_response();
        let written = Pin::new(&mut this.stream).poll_write(cx, octets);
        this.lost |= matches!(written, Poll::Ready(Err(_)));
        written
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.stream).poll_flush(cx);
        this.lost |= matches!(flushed, Poll::Ready(Err(_)));
        flushed
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::{TcpListener, TcpStream};

    use super::super::conversation::{Failure, hear};
    use super::*;

    /// What comes of the first response of a server that says this and hangs up.
    async fn heard(said: &[u8]) -> Result<String, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut theirs = listener.accept().await.unwrap().0;
        let guard = Guard::new(Stream::new(ours, Duration::from_secs(5)));
        let mut client = async_imap::Client::new(guard);
        let speak = async {
            // Whoever is refused hangs up, and may be in the middle of a word.
            drop(theirs.write_all(said).await);
            drop(theirs);
        };
        tokio::join!(speak, hear(&mut client, |response| format!("{response:?}"))).1
    }

    #[tokio::test]
    async fn an_honest_response_is_heard_whole() {
        let mail = "x\0å\r\n{9}\r\n".repeat(9_000);
        for (start, end) in
            [("* 1 FETCH (UID 7 BODY[] ", ")\r\n"), ("* 1 FETCH (BODY[] ", " UID 7)\r\n")]
        {
            let said = format!("{start}{{{}}}\r\n{mail}{end}* ???\r\n", mail.len());
            let response = heard(said.as_bytes()).await.unwrap();
            assert!(response.contains("Uid(7)"), "{start}");
        }
        heard(b"* OK look {12}\r\n").await.unwrap();
    }

    #[tokio::test]
    async fn what_goes_beyond_a_bound_or_a_grammar_is_told_by_its_first_line() {
        let fetch = |rest: &str| format!("* 3 FETCH (UID 7 {rest}");
        let table = [
            (fetch(&"x".repeat(LONGEST_LINE)), "too long"),
            (fetch(&"(".repeat(99)) + "\r\n", "too deep"),
            (fetch("BODY[] {500000000}\r\nabc"), "more is announced"),
            (fetch("BODY[] {3}\r\nabc {33000000}\r\nabc"), "more is announced"),
            (fetch("BODY[] {3}\r\nabc]]]\r\n"), "a mail stands in what nobody can read"),
            (fetch("BODY[] ]]]\r\n"), "nobody can read"),
            // These two make the grammar panic.
            (fetch("INTERNALDATE NIL)\r\n"), "nobody can read"),
            ("* OK [ALERT]å UID 7 \r\n".to_owned(), "nobody can read"),
        ];
        for (said, why) in table {
            let failure = heard(said.as_bytes()).await.unwrap_err();
            assert!(failure.to_string().contains(why), "{failure}");
            let (Failure::Unreadable(start) | Failure::Malformed(_, start)) = failure else {
                panic!("{why}: {failure}")
            };
            assert_eq!(syntax::uid_in_ruins(&start), Some(7), "{why}");
        }
    }

    #[tokio::test]
    async fn a_response_without_end_is_too_long() {
        let said = format!("* 3 FETCH (X (\r\n{}", "no end yet\r\n".repeat(9_000));
        let failure = heard(said.as_bytes()).await.unwrap_err();
        assert!(failure.to_string().contains("too long"), "{failure}");
    }

    #[tokio::test]
    async fn a_response_that_breaks_off_anywhere_is_a_lost_line() {
        let said = b"* 3 FETCH (UID 7 BODY[] {5}\r\nabcde)\r\n";
        for end in 0..said.len() {
            let outcome = heard(&said[..end]).await;
            assert!(matches!(outcome, Err(Failure::Lost(_))), "{end}: {outcome:?}");
        }
    }
}
