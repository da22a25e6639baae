//! Every mail of `tests/replies` goes the whole way, as a guest's answer to an invitation: octets,
//! inbox, meaning, decision, answer. No panic, no error, a result for each.
//!
//! `LANGBORD_CORPORA=folder` adds the mails of a folder: all are read and understood, and every
//! tenth goes the whole way.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use langbord::community::person::CalendarPolicy;
use langbord::language::Language;
use langbord::{mail, understand};

use crate::support::world::{World, address_of};

const TEXT: &str =
    "New dinner\nwhen: 12 December 19:00\nwhere: Harbour Street 12\nseats: 4\ninvite: Bo";

#[tokio::test]
async fn every_reply_leads_to_a_result() {
    let own = mails(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replies/eml"));
    assert!(own.len() > 100, "the replies are where they are looked for");
    let others = std::env::vars()
        .find(|(key, _)| key == "LANGBORD_CORPORA")
        .map(|(_, folder)| mails(Path::new(&folder)))
        .unwrap_or_default();
    for path in own.iter().chain(&others) {
        let message = mail::parse(&read(path));
        let meaning = understand::understand(&message, None);
        assert!(!meaning.because.is_empty(), "{}: nothing tells why", path.display());
    }
    let mut world = World::new(Language::En, CalendarPolicy::Confirmation, true).await;
    world.member("Ida", Some(Language::En), true).await;
    world.member("Bo", Some(Language::En), false).await;
    let start: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().unwrap();
    let mut now = world.new_gathering(TEXT, start).await;
    let invitation = world.last_mail(&address_of("Bo")).expect("an invitation").message();
    let reply_to = invitation.headers.iter().find(|(name, _)| name == "reply-to");
    let reply_to = reply_to.expect("an address to answer to").1.clone();

    let chosen: Vec<&PathBuf> = own.iter().chain(others.iter().step_by(10)).collect();
    let mut results: BTreeMap<&str, u32> = BTreeMap::new();
    for (number, path) in chosen.iter().enumerate() {
        // Few enough an hour that each is answered.
        now += TimeDelta::minutes(15);
        let envelope = [
            format!("X-Case: {number}"),
            format!("From: Bo <{}>", address_of("Bo")),
            format!("To: {reply_to}"),
        ];
        world.keep(addressed(&read(path), &envelope), now, now).await;
        let report = world.run(now).await;
        let [handled] = report.handled.as_slice() else {
            panic!("{}: {} results", path.display(), report.handled.len());
        };
        *results.entry(handled.decision.disposition.as_str()).or_default() += 1;
    }
    println!("{} mails: {results:?}", chosen.len());
    let failed: Vec<String> =
        sqlx::query_scalar("select note from inbox where note is not null or state <> 'handled'")
            .fetch_all(world.connection())
            .await
            .unwrap();
    assert_eq!(failed, Vec::<String>::new());
    assert!(results["answer"] > 50, "most are answers: {results:?}");
}

/// The same mail, to and from whom we want.
fn addressed(raw: &[u8], envelope: &[String]) -> Vec<u8> {
    let mut lines = raw.split_inclusive(|octet| *octet == b'\n');
    let mut mail = envelope.join("\r\n").into_bytes();
    mail.extend(b"\r\n");
    let mut dropped = false;
    for line in lines.by_ref() {
        if line.iter().all(u8::is_ascii_whitespace) {
            mail.extend(line);
            break;
        }
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            let name = line.split(|octet| *octet == b':').next().unwrap_or_default();
            dropped = [&b"from"[..], b"to", b"cc", b"bcc", b"delivered-to", b"x-original-to"]
                .iter()
                .any(|unwanted| name.eq_ignore_ascii_case(unwanted));
        }
        if !dropped {
            mail.extend(line);
        }
    }
    mail.extend(lines.flatten());
    mail
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The files of a folder and those below it.
fn mails(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
    {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(mails(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
