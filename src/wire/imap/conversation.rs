//! A conversation with an IMAP server: commands out, whole responses in (RFC 3501, 9051).
//!
//! The grammar is imap-proto's; the framing is ours, because framing decides what happens when a
//! server ends too early, answers NO half-way, announces 500 MB or sends a line that no grammar
//! accepts: the frame stays right, and one bad response is one bad response.
//!
//! Invariant: a command has succeeded only when its own tagged OK was read. Nothing is allocated
//! because a server announced it. After a broken frame or a lost line, nothing more is said.

use std::fmt;
use std::io;
use std::time::Duration;

use imap_proto::{MailboxDatum, Response, ResponseCode, Status};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::time::timeout;

use super::syntax;
use crate::wire::stream::Stream;
use crate::wire::{Endpoint, LARGEST_MAIL};

/// A line without its literals. The longest that we ask for lists some hundred UIDs.
const LONGEST_LINE: usize = 64 * 1024;

/// Servers estimate sizes (Exchange does), so a mail may be somewhat larger than announced.
const LARGEST_RESPONSE: usize = LARGEST_MAIL + LARGEST_MAIL / 4;

/// Everything that one command may bring: a list of some million mails, or a batch of mails.
const LARGEST_ANSWER: usize = 256 * 1024 * 1024;

/// How long one command may take in all, however busily the server sends.
const LONGEST_COMMAND: Duration = Duration::from_mins(10);

/// Why a command did not succeed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server said NO or BAD; the conversation goes on.
    Refused(String),
    /// The answer breaks the frame or a bound; the conversation is over. Holds the octets of the
    /// response so far.
    Malformed(&'static str, Vec<u8>),
    /// The line is lost or too slow; the conversation is over.
    Lost(io::Error),
}

/// One response.
#[derive(Debug)]
pub(super) enum Heard<'a> {
    /// It follows the grammar.
    Response(Response<'a>),
    /// It doesn't. Holds its octets.
    Unreadable(&'a [u8]),
}

/// What the server has told unasked.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct News {
    /// The number of mails has grown since this was last set to false.
    pub(super) mail: bool,
    count: u32,
    /// The last UIDVALIDITY told.
    pub(super) uid_validity: Option<u32>,
    /// The last UIDNEXT told.
    pub(super) uid_next: Option<u32>,
}

/// The conversation.
#[derive(Debug)]
pub(super) struct Conversation {
    stream: BufReader<Stream>,
    tags: u32,
    over: bool,
    pub(super) news: News,
}

impl Conversation {
    /// Begins on a connected stream, with the server's greeting.
    pub(super) async fn begin(mut stream: Stream) -> Result<Self, Failure> {
        stream.set_reply_limit(LARGEST_ANSWER);
        let stream = BufReader::with_capacity(LONGEST_LINE, stream);
        let mut conversation = Self { stream, tags: 0, over: false, news: News::default() };
        let greeting = conversation.response().await?;
        // PREAUTH would skip STARTTLS and the login; an honest server has no use for it here.
        match greeting.get(..5) {
            Some(start) if start.eq_ignore_ascii_case(b"* OK ") => Ok(conversation),
            _ => Err(Failure::Malformed("it does not greet", greeting)),
        }
    }

    /// Goes on with TLS. Whatever the server, or somebody between, has sent ahead in clear ends
    /// the conversation instead of being taken for something said under TLS.
    pub(super) async fn start_tls(mut self, endpoint: &Endpoint) -> anyhow::Result<Self> {
        self.command("STARTTLS", |_| {}).await?;
        anyhow::ensure!(self.stream.buffer().is_empty(), "octets in clear after STARTTLS");
        let stream = self.stream.into_inner().into_tls(endpoint).await?;
        Ok(Self { stream: BufReader::with_capacity(LONGEST_LINE, stream), ..self })
    }

    /// How long the server may be silent from now on.
    pub(super) fn set_deadline(&mut self, deadline: Duration) {
        self.stream.get_mut().set_deadline(deadline);
    }

    /// Says a command and hears every response up to the tagged one, which must be OK.
    pub(super) async fn command(
        &mut self,
        command: &str,
        hear: impl FnMut(Heard<'_>),
    ) -> Result<(), Failure> {
        let tag = self.say(command).await?;
        self.finish(&tag, hear).await
    }

    /// Says a command that goes on before its tagged response (AUTHENTICATE, IDLE).
    pub(super) async fn say(&mut self, command: &str) -> Result<String, Failure> {
        self.tags = self.tags.wrapping_add(1);
        let tag = format!("L{}", self.tags);
        self.write(&format!("{tag} {command}\r\n")).await?;
        Ok(tag)
    }

    /// Says a line that belongs to the command under way.
    pub(super) async fn add(&mut self, line: &str) -> Result<(), Failure> {
        self.write(&format!("{line}\r\n")).await
    }

    /// Hears until the server asks for more (`true`), or has done the command without (`false`).
    pub(super) async fn wants_more(&mut self, tag: &str) -> Result<bool, Failure> {
        loop {
            let response = self.response().await?;
            if response.starts_with(b"+") {
                return Ok(true);
            }
            if self.take(tag, &response, &mut |_| {})? {
                return Ok(false);
            }
        }
    }

    /// Hears every response up to the one with this tag, which must be OK.
    pub(super) async fn finish(
        &mut self,
        tag: &str,
        hear: impl FnMut(Heard<'_>),
    ) -> Result<(), Failure> {
        let heard = timeout(LONGEST_COMMAND, self.hear_until(tag, hear)).await;
        heard.unwrap_or_else(|_| {
            self.over = true;
            Err(Failure::Lost(io::ErrorKind::TimedOut.into()))
        })
    }

    /// Waits until the server says anything. May be dropped at any time: it takes no octet.
    pub(super) async fn anything(&mut self) -> Result<(), Failure> {
        let lost = match self.stream.fill_buf().await {
            Ok([]) => io::ErrorKind::UnexpectedEof.into(),
            Ok(_) => return Ok(()),
            Err(error) => error,
        };
        self.over = true;
        Err(Failure::Lost(lost))
    }

    /// Hears one response that stands outside every command.
    pub(super) async fn aside(&mut self) -> Result<(), Failure> {
        let response = self.response().await?;
        self.take("", &response, &mut |_| {}).map(|_| ())
    }

    async fn hear_until(
        &mut self,
        tag: &str,
        mut hear: impl FnMut(Heard<'_>),
    ) -> Result<(), Failure> {
        loop {
            let response = self.response().await?;
            if self.take(tag, &response, &mut hear)? {
                return Ok(());
            }
        }
    }

    /// Judges one response; `true` where it is the command's own OK.
    fn take(
        &mut self,
        tag: &str,
        response: &[u8],
        hear: &mut impl FnMut(Heard<'_>),
    ) -> Result<bool, Failure> {
        if let Ok(([], parsed)) = Response::parse(response) {
            self.note(&parsed);
            hear(Heard::Response(parsed));
        } else {
            hear(Heard::Unreadable(response));
        }
        if is_bye(response) {
            self.over = true;
            let said = format!("the server ended the session: {}", shown(response));
            return Err(Failure::Lost(io::Error::new(io::ErrorKind::ConnectionAborted, said)));
        }
        // Read by hand: a tagged response must be understood whatever code and text it carries.
        let own = response.strip_prefix(tag.as_bytes()).and_then(|rest| rest.strip_prefix(b" "));
        match own.filter(|_| !tag.is_empty()) {
            None => Ok(false),
            Some(rest) if rest.get(..2).is_some_and(|word| word.eq_ignore_ascii_case(b"OK")) => {
                Ok(true)
            }
            Some(rest) => Err(Failure::Refused(shown(rest))),
        }
    }

    fn note(&mut self, response: &Response<'_>) {
        // Some servers repeat the number whenever IDLE begins; that alone is no news.
        if let Response::MailboxData(MailboxDatum::Exists(count)) = response {
            self.news.mail |= *count > self.news.count;
            self.news.count = *count;
        }
        if matches!(response, Response::Expunge(_)) {
            self.news.count = self.news.count.saturating_sub(1);
        }
        let Response::Data { status: Status::Ok, outcome } = response else { return };
        if let Some(ResponseCode::UidValidity(number)) = outcome.code {
            self.news.uid_validity = Some(number);
        }
        if let Some(ResponseCode::UidNext(number)) = outcome.code {
            self.news.uid_next = Some(number);
        }
    }

    async fn write(&mut self, line: &str) -> Result<(), Failure> {
        if self.over {
            return Err(Failure::Lost(io::ErrorKind::NotConnected.into()));
        }
        self.over = true;
        let written = async {
            self.stream.write_all(line.as_bytes()).await?;
            self.stream.flush().await
        };
        let written = written.await;
        self.over = written.is_err();
        written.map_err(Failure::Lost)
    }

    /// Reads one response with its literals. Whatever goes wrong here ends the conversation.
    async fn response(&mut self) -> Result<Vec<u8>, Failure> {
        if self.over {
            return Err(Failure::Lost(io::ErrorKind::NotConnected.into()));
        }
        self.over = true;
        let mut response = Vec::new();
        loop {
            let start = response.len();
            self.read_line(&mut response).await?;
            let line = response.get(start..).unwrap_or_default();
            if syntax::too_deep(&response, line) {
                return Err(Failure::Malformed("a line is nested too deep", response));
            }
            let Some(size) = syntax::literal(&response, line) else { break };
            let left = LARGEST_RESPONSE.saturating_sub(response.len());
            if usize::try_from(size).map_or(true, |size| size > left) {
                return Err(Failure::Malformed("more is announced than may come", response));
            }
            self.read_literal(&mut response, size).await?;
        }
        self.over = false;
        Ok(response)
    }

    async fn read_line(&mut self, response: &mut Vec<u8>) -> Result<(), Failure> {
        let mut length = 0_usize;
        loop {
            let octets = self.stream.fill_buf().await.map_err(Failure::Lost)?;
            if octets.is_empty() {
                return Err(Failure::Lost(io::ErrorKind::UnexpectedEof.into()));
            }
            let part = octets.split_inclusive(|octet| *octet == b'\n').next().unwrap_or(octets);
            let taken = part.len();
            let ended = part.ends_with(b"\n");
            response.extend_from_slice(part);
            self.stream.consume(taken);
            length = length.saturating_add(taken);
            if length > LONGEST_LINE {
                return Err(Failure::Malformed("a line is too long", std::mem::take(response)));
            }
            if ended {
                return Ok(());
            }
        }
    }

    /// Memory grows with what arrives, not with what was announced.
    async fn read_literal(&mut self, response: &mut Vec<u8>, size: u64) -> Result<(), Failure> {
        let read = (&mut self.stream).take(size).read_to_end(response).await;
        let read = read.map_err(Failure::Lost)?;
        if u64::try_from(read) != Ok(size) {
            return Err(Failure::Lost(io::ErrorKind::UnexpectedEof.into()));
        }
        Ok(())
    }
}

fn is_bye(response: &[u8]) -> bool {
    response.get(..6).is_some_and(|start| start.eq_ignore_ascii_case(b"* BYE "))
}

/// A server's words for a log: one short line without controls.
fn shown(response: &[u8]) -> String {
    let line = response.split(|octet| *octet == b'\r' || *octet == b'\n').next();
    let text = String::from_utf8_lossy(line.unwrap_or_default());
    text.chars().filter(|char| !char.is_control()).take(200).collect()
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(words) => write!(f, "the IMAP server refused: {words}"),
            Self::Malformed(why, response) => {
                write!(f, "the IMAP server broke the protocol, {why}: {}", shown(response))
            }
            Self::Lost(error) => write!(f, "the connection to the IMAP server is lost: {error}"),
        }
    }
}

impl std::error::Error for Failure {}
