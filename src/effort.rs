//! What something costs by itself, for tests: on a busy machine everything may take any time, and a
//! test fails only where the program is slow.

use std::time::{Duration, Instant};

/// Runs some work on this thread and tells for how long a processor was busy with it; by the clock on
/// the wall where the system does not tell.
pub fn of<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let (clock, before) = (Instant::now(), spent());
    let done = work();
    let spent = before.zip(spent()).map(|(before, after)| after.saturating_sub(before));
    (done, spent.unwrap_or_else(|| clock.elapsed()))
}

fn spent() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(stat.split(' ').next()?.parse().ok()?))
}

/// A clock that stands still while anything on this machine waits for a processor or a disk.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch {
    begun: Instant,
    hindered: Duration,
}

impl Stopwatch {
    /// Starts.
    pub fn start() -> Self {
        Self { begun: Instant::now(), hindered: hindered() }
    }

    /// Time since the start in which nothing had to wait.
    pub fn elapsed(&self) -> Duration {
        self.wall().saturating_sub(hindered().saturating_sub(self.hindered))
    }

    /// All of the time since the start.
    pub fn wall(&self) -> Duration {
        self.begun.elapsed()
    }
}

/// For how long something has waited since the machine was started; nothing where it does not tell.
fn hindered() -> Duration {
    ["cpu", "io"].into_iter().filter_map(pressure).sum()
}

fn pressure(of: &str) -> Option<Duration> {
    let told = std::fs::read_to_string(format!("/proc/pressure/{of}")).ok()?;
    let some = told.lines().find_map(|line| line.strip_prefix("some "))?;
    let micros = some.split_once("total=")?.1.trim().parse().ok()?;
    Some(Duration::from_micros(micros))
}
