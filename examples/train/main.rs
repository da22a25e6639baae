//! Trains the networks that have the last word about a reply (`src/understand/weigh.rs`).
//!
//!     cargo run --release --example train                        # writes templates/und/weights.bin
//!     cargo run --release --example train -- --judge en1.txt     # leaves a file out and measures it
//!     cargo run --release --example train -- --doubts            # lists labels that may be wrong
//!
//! Reads the labelled replies of `training/` and of `tests/replies/own.txt`. Nothing is random: the
//! same replies give the same file.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool for a terminal")]

mod doubts;
mod learning;
mod measuring;
mod replies;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use langbord::understand::weigh;

/// Rounds over all replies.
const ROUNDS: usize = 15;
const WEIGHTS: &str = "templates/und/weights.bin";

fn main() -> Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let judged: Vec<String> =
        std::env::args().skip_while(|word| word != "--judge").skip(1).collect();
    let all = replies::all(root)?;
    if std::env::args().any(|word| word == "--doubts") {
        for line in doubts::list(&all, ROUNDS) {
            println!("{line}");
        }
        return Ok(());
    }
    let left_out = |file: &str| judged.iter().any(|name| name == file);
    let learnt: Vec<_> = all.iter().filter(|reply| !left_out(&reply.file)).collect();
    eprintln!("{} replies", learnt.len());
    let stored = weigh::write(&learning::all(&learnt, ROUNDS));
    if judged.is_empty() {
        fs::write(root.join(WEIGHTS), &stored).context("write the weights")?;
        return Ok(());
    }
    let models = weigh::read(&stored).context("read what was written")?;
    for file in &judged {
        let replies: Vec<_> = all.iter().filter(|reply| reply.file == *file).collect();
        println!("{}", measuring::figures(file, &models, &replies));
    }
    Ok(())
}
