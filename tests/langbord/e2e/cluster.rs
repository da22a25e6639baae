//! A Postgres of our own, as several commands and a killed daemon use it.

use std::fs;
use std::path::{Path, PathBuf};
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

/// A machine with a Postgres of its own.
fn machine(scratch: &Scratch, name: &str) -> (PathBuf, PathBuf) {
    let data = cluster::scratch_folder(&scratch.path().join(name)).unwrap();
    let config = scratch.path().join(format!("{name}.toml"));
    fs::write(&config, super::commands::configuration(&data, "")).unwrap();
    (data, config)
}

#[test]
fn a_copy_is_taken_of_our_own_postgres_and_brought_back_on_another_machine() {
    let scratch = Scratch::new("copy");
    let (data, config) = machine(&scratch, "one");
    let list = scratch.path().join("members.csv");
    fs::write(&list, "name,email\nKari Lie,kari@guests.example\n").unwrap();
    let (list, copy) = (list.display().to_string(), scratch.path().join("copy.sql"));
    let copy = copy.display().to_string();
    run(&config, &["import", &list, "--community", "oslo"]).answer();
    let members = run(&config, &["export"]).answer();
    assert!(members.contains("kari@guests.example"), "{members}");
    run(&config, &["database", "pg_dump", "-f", &copy]).answer();
    assert!(!data.join("postgres/data/postmaster.pid").exists(), "nobody needs it any more");

    let (other, config) = machine(&scratch, "two");
    fs::create_dir_all(&other).unwrap();
    fs::copy(data.join("keys"), other.join("keys")).unwrap();
    let restore = ["database", "psql", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", &copy];
    run(&config, &restore).answer();
    assert_eq!(run(&config, &["export"]).answer(), members);
    let count = ["database", "psql", "-Atc", "select count(*) from member"];
    assert_eq!(run(&config, &count).answer().trim(), "2");
    assert_eq!(run(&config, &["database", "sh", "-c", "exit 7"]).code, Some(7));
    let missing = run(&config, &["database", "no-such-program"]);
    assert_eq!(missing.code, Some(1), "{missing:?}");
    assert!(missing.stderr.contains("postgresql-client"), "{missing:?}");
}
