//! From the connection to the login: greeting, STARTTLS, then AUTHENTICATE PLAIN, LOGIN, or XOAUTH2
//! with a token from a command.
//!
//! Invariant: before TLS was agreed on, where it must be, nothing secret is said.

use std::fmt;
use std::io;

use anyhow::{Context as _, Result, bail, ensure};
use async_imap::Authenticator;
use async_imap::error::Error;
use async_imap::imap_proto::{Response, Status};
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Duration, timeout};

use super::conversation::{Failure, LONGEST_COMMAND, hear, unless_it_panics};
use super::guard::Guard;
use super::{Abilities, syntax};
use crate::wire::oauth::access_token;
use crate::wire::stream::Stream;
use crate::wire::{Endpoint, Login, WITHHELD};

const TOKEN_WAIT: Duration = Duration::from_secs(30);

/// A server that does not know us yet.
type Client = async_imap::Client<Guard>;

/// One that does.
type Session = async_imap::Session<Guard>;

/// The server did not let us in. Asking again soon would get the account locked.
#[derive(Debug)]
pub struct LoginRefused(pub(super) String);

impl fmt::Display for LoginRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the IMAP server refused the login: {}", self.0)
    }
}

impl std::error::Error for LoginRefused {}

/// Hears the server's greeting on a connected stream.
pub(super) async fn greeted(stream: Stream) -> Result<Client, Failure> {
    let mut client = Client::new(Guard::new(stream));
    // PREAUTH would skip STARTTLS and the login; an honest server has no use for it here.
    let greets =
        |response: &Response<'_>| matches!(response, Response::Data { status: Status::Ok, .. });
    if hear(&mut client, greets).await? {
        return Ok(client);
    }
    Err(Failure::Malformed("it does not greet", client.get_ref().start().to_vec()))
}

/// Goes on with TLS.
pub(super) async fn start_tls(mut client: Client, endpoint: &Endpoint) -> Result<Client> {
    let agreed = unless_it_panics(client.run_command_and_check_ok("STARTTLS", None)).await;
    match agreed {
        Some(Ok(())) => {}
        Some(Err(error)) => return Err(Failure::of(error, client.get_ref()).into()),
        None => return Err(Failure::Unreadable(client.get_ref().start().to_vec()).into()),
    }
    Ok(Client::new(client.into_inner().into_tls(endpoint).await?))
}

/// Logs in. A refusal is a [`LoginRefused`].
pub(super) async fn log_in(mut client: Client, login: &Login) -> Result<Session> {
    let abilities = abilities(&mut client).await?;
    let known = match login {
        Login::Password { user, password } if abilities.has("AUTH=PLAIN") => {
            // Unlike LOGIN it carries any character in a password (RFC 4616).
            let password = password.reveal();
            ensure!(!user.contains('\0') && !password.contains('\0'), "NUL in user or password");
            let answer = Answer(format!("\0{user}\0{password}"));
            in_time(client.authenticate("PLAIN", answer)).await
        }
        Login::Password { user, password } => {
            ensure!(!abilities.has("LOGINDISABLED"), "the server allows no login by password");
            syntax::quotable(user).context("user name")?;
            syntax::quotable(password.reveal()).context("password")?;
            in_time(client.login(user, password.reveal())).await
        }
        Login::XOAuth2 { user, command } => {
            let token = access_token(command, TOKEN_WAIT).await?;
            let answer = Answer(format!("user={user}\x01auth=Bearer {}\x01\x01", token.reveal()));
            in_time(client.authenticate("XOAUTH2", answer)).await
        }
        Login::Withheld { .. } => bail!(WITHHELD),
    };
    match known {
        Ok(session) => Ok(session),
        Err(Failure::Refused(words)) => Err(LoginRefused(words).into()),
        Err(failure) => Err(failure.into()),
    }
}

/// What the server can do. Before the login the library lets no answer be heard but the tagged
/// one, so this one command is said past it.
async fn abilities(client: &mut Client) -> Result<Abilities, Failure> {
    client.get_mut().write_all(b"L0 CAPABILITY\r\n").await.map_err(Failure::Lost)?;
    client.get_mut().flush().await.map_err(Failure::Lost)?;
    let mut abilities = Abilities::default();
    loop {
        let done = hear(client, |response| {
            abilities.learn(response);
            let Response::Done { tag, status, .. } = response else { return None };
            (tag.0 == "L0").then_some(*status == Status::Ok)
        });
        match done.await? {
            None => {}
            Some(true) => return Ok(abilities),
            Some(false) => return Err(Failure::Refused("CAPABILITY".to_owned())),
        }
    }
}

/// What is answered to the first challenge. XOAUTH2 explains a failure in a second one, to which
/// the answer is an empty line.
struct Answer(String);

impl Authenticator for Answer {
    type Response = String;

    fn process(&mut self, _: &[u8]) -> String {
        std::mem::take(&mut self.0)
    }
}

/// The library answers challenges for as long as the server makes them.
async fn in_time(
    login: impl Future<Output = Result<Session, (Error, Client)>>,
) -> Result<Session, Failure> {
    match timeout(LONGEST_COMMAND, unless_it_panics(login)).await {
        Ok(Some(Ok(session))) => Ok(session),
        Ok(Some(Err((error, client)))) => Err(Failure::of(error, client.get_ref())),
        Ok(None) => Err(Failure::Unreadable(Vec::new())),
        Err(_) => Err(Failure::Lost(io::ErrorKind::TimedOut.into())),
    }
}
