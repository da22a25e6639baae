//! The `langbord` binary.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use super::LONGEST;
use crate::effort::Stopwatch;

/// A command with this configuration, in an environment without one of its own.
fn command(config: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_langbord"));
    command.env_clear().env("PATH", "/usr/bin:/bin").stdin(Stdio::null());
    command.arg("--config").arg(config).args(arguments);
    command
}

/// Runs a command to its end.
pub fn run(config: &Path, arguments: &[&str]) -> Ended {
    let Output { status, stdout, stderr } = command(config, arguments).output().unwrap();
    Ended {
        code: status.code(),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    /// Exit code.
    pub code: Option<i32>,
    /// What it answered.
    pub stdout: String,
    /// What it had to say about it.
    pub stderr: String,
}

impl Ended {
    /// What it answered, if it succeeded.
    pub fn answer(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }
}

/// `langbord run`. It is killed with its value.
#[derive(Debug)]
pub struct Daemon(Child);

impl Daemon {
    /// Starts it; its log goes to a file.
    pub fn start(config: &Path, log: &Path) -> Self {
        Self::begin(config, &["run"], log)
    }

    /// Starts another command that will not come to its end by itself.
    pub fn begin(config: &Path, arguments: &[&str], log: &Path) -> Self {
        let log = File::options().create(true).append(true).open(log).unwrap();
        let mut command = command(config, arguments);
        command.stdout(log.try_clone().unwrap()).stderr(log);
        Self(command.spawn().unwrap())
    }

    /// `kill -9`: it has no last word.
    pub fn kill(mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// SIGTERM: its exit code, and how long it took.
    pub fn terminate(mut self) -> (Option<i32>, Duration) {
        let begun = Stopwatch::start();
        self.signal("-TERM");
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return (status.code(), begun.elapsed());
            }
            assert!(begun.elapsed() < Duration::from_secs(15), "it does not end");
            assert!(begun.wall() < LONGEST, "it does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").arg(signal).arg(self.0.id().to_string()).status();
        assert!(sent.unwrap().success());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Most have ended already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
