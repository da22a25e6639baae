//! A conversation with an IMAP server: commands out, parsed responses in (RFC 3501, 9051).
//!
//! async-imap says the commands and parses the responses. When a command has succeeded is decided
//! here, because the library's own FETCH, NOOP, CAPABILITY and SELECT take a hang-up, and most of
//! them a NO, for success; its IDLE waits on after a NO. It can't read on after a response that no
//! grammar accepts, and neither do we: whoever asked goes on over a new connection.
//!
//! Invariant: a command has succeeded only when its own tagged OK was read. After a broken answer,
//! a lost line or a command given up half-way, nothing more is said.

use std::fmt;
use std::io;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use async_imap::error::Error;
use async_imap::imap_proto::{MailboxDatum, Outcome, RequestId, Response, ResponseCode, Status};
use async_imap::{Connection, Session};
use futures_util::FutureExt as _;
use tokio::time::timeout;

use super::guard::Guard;

/// How long one command may take in all, however busily the server sends.
pub(super) const LONGEST_COMMAND: Duration = Duration::from_mins(10);

/// Why a command did not succeed.
#[derive(Debug)]
pub(super) enum Failure {
    /// The server said NO or BAD; the conversation goes on.
    Refused(String),
    /// No grammar accepts the response whose first line this is; the conversation is over.
    Unreadable(Vec<u8>),
    /// The response goes beyond a bound; the conversation is over. Holds its first line.
    Malformed(&'static str, Vec<u8>),
    /// The line is lost or too slow; the conversation is over.
    Lost(io::Error),
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

/// The conversation, from the login on.
#[derive(Debug)]
pub(super) struct Conversation {
    session: Session<Guard>,
    /// A command is under way, or was given up.
    busy: bool,
    pub(super) news: News,
}

/// How far a response brings the command under way.
enum Step {
    Aside,
    WantsMore,
    Done,
}

/// Hears one response. May be dropped at any time: what has come stays to be heard.
pub(super) async fn hear<T>(
    connection: &mut Connection<Guard>,
    judge: impl FnOnce(&Response<'_>) -> T,
) -> Result<T, Failure> {
    connection.get_mut().expect_response();
    match unless_it_panics(connection.read_response()).await {
        Some(Ok(Some(response))) => Ok(judge(response.parsed())),
        Some(Ok(None)) => Err(Failure::Lost(io::ErrorKind::UnexpectedEof.into())),
        Some(Err(error)) => Err(Failure::of(error.into(), connection.get_ref())),
        None => Err(Failure::Unreadable(connection.get_ref().start().to_vec())),
    }
}

/// The grammar panics on some octets (imap-proto 0.17: `INTERNALDATE NIL`, or a letter of several
/// octets right after a response code), which is the server's fault and no reason for us to fall.
pub(super) async fn unless_it_panics<T>(reading: impl Future<Output = T>) -> Option<T> {
    AssertUnwindSafe(reading).catch_unwind().await.ok()
}

impl Conversation {
    /// Begins after the login.
    pub(super) fn new(session: Session<Guard>) -> Self {
        Self { session, busy: false, news: News::default() }
    }

    /// How long the server may be silent from now on.
    pub(super) fn set_deadline(&mut self, deadline: Duration) {
        self.session.get_mut().set_deadline(deadline);
    }

    /// Says a command and hears every response up to the tagged one, which must be OK.
    pub(super) async fn command(
        &mut self,
        command: &str,
        hear: impl FnMut(&Response<'_>),
    ) -> Result<(), Failure> {
        let tag = self.say(command).await?;
        self.finish(&tag, hear).await
    }

    /// Says a command that goes on before its tagged response (IDLE).
    pub(super) async fn say(&mut self, command: &str) -> Result<RequestId, Failure> {
        if std::mem::replace(&mut self.busy, true) {
            return Err(Failure::Lost(io::ErrorKind::NotConnected.into()));
        }
        let said = self.session.run_command(command).await;
        said.map_err(|error| Failure::of(error, self.session.get_ref()))
    }

    /// Says a line that belongs to the command under way.
    pub(super) async fn add(&mut self, line: &str) -> Result<(), Failure> {
        let said = self.session.run_command_untagged(line).await;
        said.map_err(|error| Failure::of(error, self.session.get_ref()))
    }

    /// Hears until the server asks for more (`true`), or has done the command without (`false`).
    pub(super) async fn wants_more(&mut self, tag: &RequestId) -> Result<bool, Failure> {
        loop {
            match self.step(Some(tag), &mut |_| {}).await? {
                Step::Aside => {}
                Step::WantsMore => return Ok(true),
                Step::Done => return Ok(false),
            }
        }
    }

    /// Hears every response up to the one with this tag, which must be OK.
    pub(super) async fn finish(
        &mut self,
        tag: &RequestId,
        mut hear: impl FnMut(&Response<'_>),
    ) -> Result<(), Failure> {
        let hearing = async {
            while !matches!(self.step(Some(tag), &mut hear).await?, Step::Done) {}
            Ok(())
        };
        let heard = timeout(LONGEST_COMMAND, hearing).await;
        heard.unwrap_or_else(|_| Err(Failure::Lost(io::ErrorKind::TimedOut.into())))
    }

    /// Hears one response that stands outside every command. May be dropped at any time.
    pub(super) async fn overhear(&mut self) -> Result<(), Failure> {
        self.step(None, &mut |_| {}).await.map(|_| ())
    }

    async fn step(
        &mut self,
        tag: Option<&RequestId>,
        told: &mut impl FnMut(&Response<'_>),
    ) -> Result<Step, Failure> {
        let news = &mut self.news;
        let judge = |response: &Response<'_>| {
            news.note(response);
            told(response);
            judge(tag, response)
        };
        let step = hear(&mut self.session, judge).await?;
        self.busy &= !matches!(step, Ok(Step::Done) | Err(Failure::Refused(_)));
        step
    }
}

fn judge(tag: Option<&RequestId>, response: &Response<'_>) -> Result<Step, Failure> {
    if matches!(response, Response::Continue(_)) {
        return Ok(Step::WantsMore);
    }
    if let Response::Data { status: Status::Bye, outcome } = response {
        let said = format!("the server ended the session: {}", words(outcome));
        return Err(Failure::Lost(io::Error::new(io::ErrorKind::ConnectionAborted, said)));
    }
    let Response::Done { tag: theirs, status, outcome } = response else { return Ok(Step::Aside) };
    if tag != Some(theirs) {
        return Ok(Step::Aside);
    }
    if *status == Status::Ok { Ok(Step::Done) } else { Err(Failure::Refused(words(outcome))) }
}

fn words(outcome: &Outcome<'_>) -> String {
    let text = outcome.information.as_deref().unwrap_or_default();
    let code = outcome.code.as_ref().map(|code| format!("[{code:?}] ")).unwrap_or_default();
    shown(format!("{code}{text}").as_bytes())
}

impl News {
    fn note(&mut self, response: &Response<'_>) {
        // Some servers repeat the number whenever IDLE begins; that alone is no news.
        if let Response::MailboxData(MailboxDatum::Exists(count)) = response {
            self.mail |= *count > self.count;
            self.count = *count;
        }
        if matches!(response, Response::Expunge(_)) {
            self.count = self.count.saturating_sub(1);
        }
        let Response::Data { status: Status::Ok, outcome } = response else { return };
        if let Some(ResponseCode::UidValidity(number)) = outcome.code {
            self.uid_validity = Some(number);
        }
        if let Some(ResponseCode::UidNext(number)) = outcome.code {
            self.uid_next = Some(number);
        }
    }
}

impl Failure {
    /// What an error of the library means, by what the stream under it has seen.
    pub(super) fn of(error: Error, guard: &Guard) -> Self {
        if let Error::No(words) | Error::Bad(words) = error {
            return Self::Refused(shown(words.as_bytes()));
        }
        let start = guard.start().to_vec();
        if let Some(why) = guard.refusal() {
            return Self::Malformed(why, start);
        }
        let Error::Io(error) = error else { return Self::Lost(io::Error::other(error)) };
        // Where the stream is well it was the grammar. Its own words repeat the whole response.
        if error.kind() == io::ErrorKind::Other && !guard.is_lost() {
            return Self::Unreadable(start);
        }
        Self::Lost(error)
    }
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
            Self::Unreadable(start) => {
                write!(f, "the IMAP server sent what nobody can read: {}", shown(start))
            }
            Self::Malformed(why, start) => {
                write!(f, "the IMAP server broke the protocol, {why}: {}", shown(start))
            }
            Self::Lost(error) => write!(f, "the connection to the IMAP server is lost: {error}"),
        }
    }
}

impl std::error::Error for Failure {}
