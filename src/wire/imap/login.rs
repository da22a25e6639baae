//! Saying who we are: AUTHENTICATE PLAIN, LOGIN, or XOAUTH2 with a token from a command.

use std::fmt;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use data_encoding::BASE64;
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::time::timeout;

use super::conversation::{Conversation, Failure};
use super::{Abilities, syntax};
use crate::secret::Secret;
use crate::wire::Login;

const TOKEN_WAIT: Duration = Duration::from_secs(30);
const LONGEST_TOKEN: u64 = 16 * 1024;

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
            let token = token(command).await?;
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

/// The first line that the command prints.
async fn token(command: &[String]) -> Result<Secret> {
    let Some((program, arguments)) = command.split_first() else {
        bail!("the command for the access token is empty");
    };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .with_context(|| format!("start `{program}` for an access token"))?;
    let stdout = child.stdout.take().context("no output of the token command")?;
    let mut printed = String::new();
    let run = async {
        stdout.take(LONGEST_TOKEN).read_to_string(&mut printed).await?;
        child.wait().await
    };
    let status = timeout(TOKEN_WAIT, run)
        .await
        .with_context(|| format!("`{program}` printed no access token in {TOKEN_WAIT:?}"))??;
    ensure!(status.success(), "`{program}` failed with {status}");
    let line = printed.lines().next().unwrap_or_default().trim();
    // A control character would end the field that the token stands in.
    ensure!(
        !line.is_empty() && line.chars().all(|char| matches!(char, '!'..='~')),
        "`{program}` printed no access token"
    );
    Ok(Secret::new(line.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: &[&str]) -> Vec<String> {
        words.iter().map(|&word| word.to_owned()).collect()
    }

    #[tokio::test]
    async fn a_token_is_the_first_line_that_the_command_prints() {
        let printed = token(&command(&["printf", "abc.def\\nmore\\n"])).await.unwrap();
        assert_eq!(printed.reveal(), "abc.def");
    }

    #[tokio::test]
    async fn a_command_that_fails_or_prints_nothing_gives_no_token() {
        for words in [&["false"][..], &["true"], &[], &["/nonexistent/command"]] {
            assert!(token(&command(words)).await.is_err(), "{words:?}");
        }
    }
}
