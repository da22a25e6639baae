//! How fast mail is read, from octets to meaning, on one core.
//!
//! `cargo bench --bench understand` reads every mail of `tests/replies/eml` again and again for two
//! seconds a round; the median of five rounds counts. A folder as argument is read instead.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use langbord::mail::parse;
use langbord::understand::understand;

const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;

fn main() -> Result<()> {
    let own = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/replies/eml");
    let folder = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let mails = mails(Path::new(folder.as_deref().unwrap_or(own)))?;
    let octets: usize = mails.iter().map(Vec::len).sum();
    println!("{} mails of {} octets on average", mails.len(), octets / mails.len());
    // The words of every language are read once, before the first mail.
    let start = Instant::now();
    understand(&parse(b""), None);
    println!("words of all languages: {:.1} ms", 1000.0 * start.elapsed().as_secs_f64());
    let mut rates: Vec<f64> = (0..ROUNDS).map(|_| rate(&mails)).collect();
    rates.sort_by(f64::total_cmp);
    let median = rates.get(ROUNDS / 2).copied().unwrap_or_default();
    println!("octets to meaning: {median:.0} mails/s, median of {ROUNDS}");
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "the counts are small")]
fn rate(mails: &[Vec<u8>]) -> f64 {
    let start = Instant::now();
    let mut count = 0_usize;
    while start.elapsed() < ROUND {
        for raw in mails {
            std::hint::black_box(understand(&parse(raw), None));
        }
        count += mails.len();
    }
    count as f64 / start.elapsed().as_secs_f64()
}

fn mails(folder: &Path) -> Result<Vec<Vec<u8>>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("list `{}`", folder.display()))?;
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<PathBuf>>>()?;
    paths.retain(|path| path.is_file());
    paths.sort();
    ensure!(!paths.is_empty(), "no mails in `{}`", folder.display());
    paths
        .iter()
        .map(|path| std::fs::read(path).with_context(|| format!("read `{}`", path.display())))
        .collect()
}
