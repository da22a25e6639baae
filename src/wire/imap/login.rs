//! Saying who we are: AUTHENTICATE PLAIN, LOGIN, or XOAUTH2 with a token from a command.

use std::fmt;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use data_encoding::BASE64;

use super::conversation::{Conversation, Failure};
use super::{Abilities, syntax};
use crate::wire::Login;
use crate::wire::oauth::access_token;

const TOKEN_WAIT: Duration = Duration::from_secs(30);

/// The server did not let us in. Asking again soon would get the account locked.
#[derive(Debug)]
pub struct LoginRefused(pub(super) String);

impl fmt::Display for LoginRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the IMAP server refused the login: {}", self.0)
    }
}

impl std::error::Error for LoginRefused {}

/// Logs in.
pub(super) async fn log_in(
    conversation: &mut Conversation,
    login: &Login,
    abilities: &Abilities,
) -> Result<()> {
    let outcome = match login {
        Login::Password { user, password } if abilities.has("AUTH=PLAIN") => {
            // Unlike LOGIN it carries any character in a password (RFC 4616).
            let password = password.reveal();
            ensure!(!user.contains('\0') && !password.contains('\0'), "NUL in user or password");
            authenticate(conversation, "PLAIN", &format!("\0{user}\0{password}")).await
        }
        Login::Password { user, password } => {
            ensure!(!abilities.has("LOGINDISABLED"), "the server allows no login by password");
            let user = syntax::quoted(user).context("user name")?;
            let password = syntax::quoted(password.reveal()).context("password")?;
            conversation.command(&format!("LOGIN {user} {password}"), |_| {}).await
        }
        Login::XOAuth2 { user, command } => {
            let token = access_token(command, TOKEN_WAIT).await?;
            let words = format!("user={user}\x01auth=Bearer {}\x01\x01", token.reveal());
            authenticate(conversation, "XOAUTH2", &words).await
        }
    };
    match outcome {
        Ok(()) => Ok(()),
        Err(Failure::Refused(words)) => Err(LoginRefused(words).into()),
        Err(failure) => Err(failure.into()),
    }
}

async fn authenticate(
    conversation: &mut Conversation,
    mechanism: &str,
    words: &str,
) -> Result<(), Failure> {
    let tag = conversation.say(&format!("AUTHENTICATE {mechanism}")).await?;
    let mut answer = BASE64.encode(words.as_bytes());
    // XOAUTH2 explains a failure in a second challenge, to which the answer is an empty line.
    for _ in 0..2 {
        if !conversation.wants_more(&tag).await? {
            return Ok(());
        }
        conversation.add(&answer).await?;
        answer.clear();
    }
    conversation.finish(&tag, |_| {}).await
}
