//! Each gathering is one thread for a guest, in every mail program: those that follow References find
//! one root, and those that look at subjects find one name.

use std::collections::BTreeMap;
use std::path::Path;

use langbord::mail::token::Keys;
use langbord::mail::{self, Message};

use crate::support::stage::Stage;

/// Conversations in which much happens to a guest.
const STORIES: [&str; 6] = [
    "cancelled.txt",
    "last_seat.txt",
    "moved.txt",
    "nynorsk.txt",
    "offers_run_out.txt",
    "reminders.txt",
];

/// A row of the outbox: whose invitation, which letter, the octets.
type Row = (i64, String, Vec<u8>);

/// The mails to one guest about one gathering, each with its letter.
type Thread = Vec<(String, Message)>;

/// Every mail to the guest of each invitation, in order, with its letter.
async fn threads(story: &str) -> BTreeMap<i64, Thread> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conversations").join(story);
    let script = std::fs::read_to_string(path).expect("read the conversation");
    let mut stage = Stage::set(&script).await;
    stage.play(&script).await;
    let rows: Vec<Row> = sqlx::query_as(
        "select invitation_id, letter, message
           from outbox join invitation using (invitation_id, person_id)
          where state = 'sent'
          order by outbox_id",
    )
    .fetch_all(stage.world().connection())
    .await
    .expect("read the outbox");
    let mut threads: BTreeMap<i64, Thread> = BTreeMap::new();
    for (invitation, letter, raw) in rows {
        threads.entry(invitation).or_default().push((letter, mail::parse(&raw)));
    }
    threads
}

/// What a subject names, without what it says of it: `Avlyst: middag torsdag 12. mars` and
/// `Kommer du? Middag torsdag 12. mars` name the same.
fn named(subject: &str) -> String {
    let after = subject.split_once([':', '?']).map_or(subject, |(_, after)| after);
    after.trim().to_lowercase()
}

#[tokio::test]
async fn a_gathering_is_one_thread_for_each_guest() {
    let (mut mails, mut renamed) = (0, 0);
    for story in STORIES {
        for (invitation, thread) in threads(story).await {
            let (first, opening) = &thread[0];
            assert_eq!(first, "invitation", "{story}, {invitation}");
            // Who is invited after a move finds the root named, as everybody else does.
            let root = opening.references.first().or(opening.message_id.as_ref());
            let root = root.expect("a Message-ID").clone();
            let mut name = named(&opening.subject);
            for (letter, message) in &thread[1..] {
                let what = format!("{story}, {invitation}, {letter}: {}", message.subject);
                assert_eq!(message.references.first(), Some(&root), "{what}");
                assert_ne!(message.message_id.as_ref(), Some(&root), "{what}");
                // Another date is another name, and only news of it may bring one.
                if letter == "moved" {
                    renamed += usize::from(named(&message.subject) != name);
                    name = named(&message.subject);
                }
                assert_eq!(named(&message.subject), name, "{what}");
                mails += 1;
            }
        }
    }
    assert!(mails > 40 && renamed > 0, "{mails} mails, {renamed} new names");
}

#[tokio::test]
async fn another_key_leaves_threads_and_calendar_events_as_they_are() {
    let setting = "  community en, calendar with the invitation\n  organizer Ida\n  members Bo\n";
    let before = "\n== Mon 2026-03-02 09:00\nIda writes\n    | New dinner Thursday 12 March at 19 at \
                  Ida's, 4 seats, invite Bo\nIda answers the preview\n    | yes\n\n== Mon 2026-03-02 09:10\n";
    let after = "\n== Mon 2026-03-02 10:00\nIda answers the preview\n    | move to 17 March\nIda \
                 answers the preview\n    | yes\n\n== Mon 2026-03-02 10:10\n";
    let mut stage = Stage::set(setting).await;
    stage.play(before).await;
    stage.world().desk.keys = Keys::new(vec![vec![8; 32], vec![7; 32]]).expect("keys");
    stage.play(after).await;
    let mails: Vec<(String, Vec<u8>)> = sqlx::query_as(
        "select letter, message from outbox where invitation_id is not null order by outbox_id",
    )
    .fetch_all(stage.world().connection())
    .await
    .expect("read the outbox");
    let letters: Vec<&str> = mails.iter().map(|(letter, _)| letter.as_str()).collect();
    assert_eq!(letters, ["invitation", "moved"]);
    let read: Vec<Message> = mails.iter().map(|(_, raw)| mail::parse(raw)).collect();
    let uid = |message: &Message| {
        let part = message.parts.iter().find(|part| part.media_type == "text/calendar");
        let text = &part.expect("an event").text;
        text.lines().find(|line| line.starts_with("UID:")).expect("a UID").to_owned()
    };
    assert_eq!(uid(&read[0]), uid(&read[1]));
    assert_eq!(read[1].references.first(), read[0].message_id.as_ref());
}
