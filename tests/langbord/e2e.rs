//! The program as an operator runs it, on real servers: Dovecot holds the mailboxes, an SMTP
//! server with TLS delivers what leaves, and the daemon is killed where it hurts. Each test prints
//! what it has counted.

mod canary;
mod cluster;
mod commands;
mod crowd;
mod cut_off;
mod forgery;
mod house;
mod outage;
mod poison;
mod program;
mod season;
mod story;

use std::time::Duration;

use crate::effort::Stopwatch;

/// However busy the machine is, something is wrong after this.
const LONGEST: Duration = Duration::from_mins(10);

/// Asks again and again until there is an answer. The program is another process: all that can be
/// done is to look.
async fn eventually<T>(what: &str, mut ask: impl AsyncFnMut() -> Option<T>) -> T {
    let begun = Stopwatch::start();
    loop {
        if let Some(answer) = ask().await {
            return answer;
        }
        let in_vain = begun.elapsed() > Duration::from_secs(25) || begun.wall() > LONGEST;
        assert!(!in_vain, "waited in vain: {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
