//! A Postgres of our own, as several commands and a killed daemon use it.

use std::fs;
use std::path::Path;
use std::time::Instant;

use langbord::cluster;

use super::eventually;
use super::program::{Daemon, run};
use crate::support::Scratch;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn our_own_postgres_serves_two_processes_survives_a_kill_and_ends_with_the_last() {
    let begun = Instant::now();
    let scratch = Scratch::new("own");
    let data = cluster::scratch_folder(&scratch.path().join("data")).unwrap();
    let config = scratch.path().join("langbord.toml");
    let text = super::commands::configuration(&data, "");
    fs::write(&config, text).unwrap();
    let log = scratch.path().join("log");
    let postmaster = data.join("postgres/data/postmaster.pid");

    run(&config, &["migrate"]).answer();
    assert!(!postmaster.exists(), "nobody needs it any more");
    let daemon = Daemon::start(&config, &log);
    ready(&log, 1).await;
    run(&config, &["agenda"]).answer();
    assert!(postmaster.exists(), "the daemon still needs it");
    let server = fs::read_to_string(&postmaster).unwrap();
    daemon.kill();
    assert!(postmaster.exists(), "who is killed stops nothing");
    let daemon = Daemon::start(&config, &log);
    ready(&log, 2).await;
    assert_eq!(fs::read_to_string(&postmaster).unwrap().lines().next(), server.lines().next());
    assert_eq!(daemon.terminate().0, Some(0));
    assert!(!postmaster.exists(), "the last one has stopped it");
    println!("our own cluster: {:?}", begun.elapsed());
}

async fn ready(log: &Path, times: usize) {
    let text = || fs::read_to_string(log).unwrap_or_default();
    eventually("ready", async || (text().matches("ready").count() == times).then_some(())).await;
}
