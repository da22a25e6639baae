//! Access tokens for XOAUTH2, from a program that the operator names.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use tokio::process::Command;
use tokio::time::timeout;

use crate::secret::Secret;

/// Runs the program without a shell and takes the first line that it prints.
pub async fn access_token(command: &[String], deadline: Duration) -> Result<Secret> {
    let (program, arguments) = command.split_first().context("no program prints the token")?;
    let run = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(deadline, run)
        .await
        .with_context(|| format!("`{program}` printed no token in {deadline:?}"))?
        .with_context(|| format!("run `{program}`"))?;
    ensure!(output.status.success(), "`{program}` ended with {}", output.status);
    let token = output.stdout.split(|octet| *octet == b'\n').next().unwrap_or_default();
    let token = token.trim_ascii();
    // A line break or a control character would be a word of its own to the mail server.
    let whole = !token.is_empty() && token.iter().all(u8::is_ascii_graphic);
    ensure!(whole, "what `{program}` printed is not a token");
    Ok(Secret::new(String::from_utf8_lossy(token).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn token_of(script: &str) -> Result<Secret> {
        let command = ["sh", "-c", script].map(str::to_owned);
        access_token(&command, Duration::from_millis(500)).await
    }

    #[tokio::test]
    async fn the_first_line_is_the_token() {
        let token = token_of("printf 'ya29.abc\\r\\nexpires soon\\n'").await.unwrap();
        assert_eq!(token.reveal(), "ya29.abc");
    }

    #[tokio::test]
    async fn a_program_that_fails_hangs_or_prints_something_else_gives_no_token() {
        for (script, why) in [
            ("echo abc; exit 3", "ended with exit status: 3"),
            ("true", "is not a token"),
            ("echo 'two words'", "is not a token"),
            ("sleep 60", "printed no token in"),
        ] {
            let error = token_of(script).await.unwrap_err().to_string();
            assert!(error.contains(why), "{script}: {error}");
        }
        assert!(access_token(&[], Duration::from_secs(1)).await.is_err());
    }
}
