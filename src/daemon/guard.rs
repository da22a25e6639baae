//! Against a clock that jumps: a wrong clock may not send tomorrow's mails today.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tracing::warn;

/// Wall time and steady time may differ by so much before it is a jump.
const JUMP: TimeDelta = TimeDelta::hours(1);
/// After a jump, everything rests until the clock has been steady for so long.
const STEADY: Duration = Duration::from_mins(10);

/// Compares the clock on the wall with one that only ticks. One for all who work by the clock: what
/// one of them has seen, all know.
#[derive(Debug)]
pub(super) struct Guard(Mutex<Seen>);

#[derive(Debug)]
struct Seen {
    wall: DateTime<Utc>,
    steady: Instant,
    jumped: Option<Instant>,
}

impl Guard {
    /// Trusts the clock as it is now.
    pub(super) fn new(wall: DateTime<Utc>) -> Self {
        Self(Mutex::new(Seen { wall, steady: Instant::now(), jumped: None }))
    }

    /// Whether the clock can be believed: if not, nothing is handled, planned, sent or emptied by it.
    pub(super) fn trusts(&self, wall: DateTime<Utc>) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).trust(wall)
    }
}

impl Seen {
    fn trust(&mut self, wall: DateTime<Utc>) -> bool {
        let ticked = TimeDelta::from_std(self.steady.elapsed()).unwrap_or(TimeDelta::MAX);
        let jump = (wall - self.wall) - ticked;
        self.wall = wall;
        self.steady = Instant::now();
        if jump.abs() > JUMP {
            warn!(
                minutes = jump.num_minutes(),
                "the clock has jumped: nothing is handled, planned, sent or emptied until it is steady"
            );
            self.jumped = Some(Instant::now());
        }
        if self.jumped.is_some_and(|at| at.elapsed() < STEADY) {
            return false;
        }
        self.jumped = None;
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_jumps_is_not_believed() {
        let noon: DateTime<Utc> = "2026-12-01T12:00:00Z".parse().unwrap();
        let guard = Guard::new(noon);
        assert!(guard.trusts(noon + TimeDelta::minutes(1)));
        assert!(!guard.trusts(noon + TimeDelta::days(3)));
        assert!(!guard.trusts(noon + TimeDelta::days(3)));
    }
}
