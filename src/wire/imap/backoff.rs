//! How long to leave a server alone after a failure. Pure.

use std::error::Error;
use std::time::Duration;

use super::LoginRefused;

const FIRST: Duration = Duration::from_secs(2);
const LONGEST: Duration = Duration::from_secs(80);
/// A session that held this long says that the server is well again.
const HEALTHY: Duration = Duration::from_mins(1);
/// Twelve logins an hour, below what locks an account anywhere.
const AFTER_REFUSAL: Duration = Duration::from_mins(5);

/// The waits between attempts: 2 s doubling to 80 s; after a refused login always five minutes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// How long to wait after a session that lived so long (zero where none came about) and ended
    /// so. A server that lets us in and hangs up at once is as unwell as one that doesn't answer,
    /// so it is the session's life that resets the wait and not the login.
    pub fn after(&mut self, lived: Duration, failure: &anyhow::Error) -> Duration {
        if failure.chain().any(<dyn Error>::is::<LoginRefused>) {
            return AFTER_REFUSAL;
        }
        if lived >= HEALTHY {
            self.failures = 0;
        }
        let wait = FIRST.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    fn seconds(waits: &[Duration]) -> Vec<u64> {
        waits.iter().map(Duration::as_secs).collect()
    }

    #[test]
    fn a_server_that_hangs_up_at_once_is_called_ever_more_rarely() {
        let mut backoff = Backoff::default();
        let waits: Vec<Duration> =
            (0..200).map(|_| backoff.after(Duration::from_millis(5), &anyhow!("lost"))).collect();
        assert_eq!(seconds(&waits[..8]), [2, 4, 8, 16, 32, 64, 80, 80]);
        assert_eq!(waits[199], LONGEST);
    }

    #[test]
    fn a_session_that_held_makes_the_next_wait_short() {
        let mut backoff = Backoff::default();
        for _ in 0..9 {
            backoff.after(Duration::ZERO, &anyhow!("lost"));
        }
        assert_eq!(backoff.after(HEALTHY, &anyhow!("lost")), FIRST);
        assert_eq!(backoff.after(Duration::ZERO, &anyhow!("lost")), FIRST * 2);
    }

    #[test]
    fn a_refused_login_is_tried_twelve_times_an_hour() {
        let refused = anyhow::Error::new(LoginRefused("wrong password".to_owned()))
            .context("open the mailbox");
        let mut backoff = Backoff::default();
        let hour: Duration = (0..12).map(|_| backoff.after(Duration::ZERO, &refused)).sum();
        assert_eq!(hour, Duration::from_hours(1));
    }
}
