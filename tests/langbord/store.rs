//! Statements that several may run at once: claims, settlements, a preview's one yes, and mails
//! that are found again.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use langbord::community::person::CalendarPolicy;
use langbord::demo::program::{self, Author, Program};
use langbord::language::Language;
use langbord::steps::{Progress, handle, plan};
use langbord::store::{daemons, inbox, outbox};
use langbord::wire::{Arrived, Outcome, Place};
use tokio::task::JoinSet;

use crate::support::world::{World, address_of};

const AT_ONCE: usize = 8;

/// When it all begins.
pub fn nine() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

async fn world() -> World {
    let mut world = World::new(Language::En, CalendarPolicy::Confirmation, true).await;
    world.member("Ida", Some(Language::En), true).await;
    for guest in 0..20 {
        world.member(&format!("Guest {guest}"), Some(Language::En), false).await;
    }
    world
}

/// A dinner whose twenty invitations wait in the outbox.
pub async fn world_with_a_full_outbox() -> World {
    let mut world = world().await;
    let text =
        "New dinner\nwhen: Thu 12 March 19:00\nwhere: Harbour Street 12\nseats: 4\ninvite: all";
    let ida = address_of("Ida");
    let author = Author { name: "Ida", address: &ida, norwegian: false };
    let (to, date) = (world.desk.community.address.to_string(), nine().fixed_offset());
    world.post(&program::letter(author, &to, ("Dinner", text), date));
    world.run(nine()).await;
    let preview = world.last_mail(&ida).expect("a preview").message();
    world.post(&program::reply(Program::Bare, author, &preview, "yes", date));
    world.run(nine()).await;
    let leave_at = nine() + TimeDelta::minutes(10);
    let progress = plan::step(&mut world.db, &world.desk, leave_at).await.unwrap();
    assert_eq!(progress, Progress::Worked);
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_mail_in_the_outbox_is_claimed_by_one_daemon() {
    let world = world_with_a_full_outbox().await;
    let community = world.desk.community.id;
    let later = nine() + TimeDelta::hours(2);
    let mut daemons_at_work = JoinSet::new();
    for _ in 0..AT_ONCE {
        let pool = world.database.pool.clone();
        daemons_at_work.spawn(async move {
            let mut db = pool.acquire().await.expect("connect");
            let id = daemons::register(&mut db).await.expect("register");
            let mut mine = Vec::new();
            loop {
                let claimed = outbox::claim(&mut db, community, id, 3, later).await.expect("claim");
                if claimed.is_empty() {
                    return mine;
                }
                mine.extend(claimed.iter().map(|leaving| leaving.outbox_id));
            }
        });
    }
    let claimed: Vec<i64> = daemons_at_work.join_all().await.into_iter().flatten().collect();
    let different: BTreeSet<i64> = claimed.iter().copied().collect();
    assert_eq!(claimed.len(), 21, "all of them");
    assert_eq!(different.len(), claimed.len(), "each once");
}

#[tokio::test]
async fn whoever_settles_late_without_a_yes_changes_nothing() {
    let mut world = world_with_a_full_outbox().await;
    let community = world.desk.community.id;
    let later = nine() + TimeDelta::hours(2);
    let mut other = world.database.pool.acquire().await.unwrap();
    let slow = daemons::register(&mut other).await.unwrap();
    let leaving = outbox::claim(&mut other, community, slow, 1, later).await.unwrap().remove(0);
    assert!(outbox::begin(&mut other, &leaving, slow, later).await.unwrap());

    // The slow one is taken for dead, and another tries again and is told to come back later.
    daemons::leave(&mut other, slow).await.unwrap();
    let db = world.connection();
    sqlx::query("update outbox set state = 'queued', due_at = $2 where outbox_id = $1")
        .bind(leaving.outbox_id)
        .bind(later)
        .execute(&mut *db)
        .await
        .unwrap();
    let quick = daemons::register(db).await.unwrap();
    let claimed = outbox::claim(db, community, quick, 50, later).await.unwrap();
    let again = claimed.iter().find(|one| one.outbox_id == leaving.outbox_id).unwrap();
    assert!(outbox::begin(db, again, quick, later).await.unwrap());

    let retry_at = later + TimeDelta::minutes(1);
    for outcome in [
        Outcome::Failed("550 late".into()),
        Outcome::Deferred("450 late".into()),
        Outcome::Doubtful("late".into()),
    ] {
        let mattered =
            outbox::settle(&mut other, &leaving, &outcome, retry_at, later).await.unwrap();
        assert!(!mattered, "{outcome:?}");
    }
    let sent = Outcome::Sent("250 ok".into());
    assert!(outbox::settle(db, again, &sent, retry_at, later).await.unwrap());
    assert!(!outbox::begin(db, again, quick, later).await.unwrap(), "sent is sent");
}

/// The slow one was taken for dead while it held a 250 that it could not write down.
#[tokio::test]
async fn a_yes_that_is_written_down_late_stops_the_second_try() {
    let mut world = world_with_a_full_outbox().await;
    let community = world.desk.community.id;
    let later = nine() + TimeDelta::hours(2);
    let mut other = world.database.pool.acquire().await.unwrap();
    let slow = daemons::register(&mut other).await.unwrap();
    let claimed = outbox::claim(&mut other, community, slow, 3, later).await.unwrap();
    for leaving in &claimed {
        assert!(outbox::begin(&mut other, leaving, slow, later).await.unwrap());
    }
    daemons::leave(&mut other, slow).await.unwrap();
    let db = world.connection();
    sqlx::query("update outbox set on_doubt = 'resend' where state = 'doubtful'")
        .execute(&mut *db)
        .await
        .unwrap();
    outbox::reconsider(db, later).await.unwrap();
    let quick = daemons::register(db).await.unwrap();
    let sent = Outcome::Sent("250 late".into());
    let [waiting, held, leaving] = claimed.as_slice() else { panic!("{claimed:?}") };

    // Nobody has taken it up again.
    assert!(outbox::settle(&mut other, waiting, &sent, later, later).await.unwrap());
    let again = outbox::claim(db, community, quick, 50, later).await.unwrap();
    let find = |wanted: i64| again.iter().find(|one| one.outbox_id == wanted);
    assert!(find(waiting.outbox_id).is_none(), "it is sent");

    // Somebody has, and does not go on.
    assert!(outbox::settle(&mut other, held, &sent, later, later).await.unwrap());
    assert!(!outbox::begin(db, find(held.outbox_id).unwrap(), quick, later).await.unwrap());

    // Somebody is at it. Whatever they hear, it is not tried a third time.
    let second = find(leaving.outbox_id).unwrap();
    assert!(outbox::begin(db, second, quick, later).await.unwrap());
    assert!(outbox::settle(&mut other, leaving, &sent, later, later).await.unwrap());
    let put_off = Outcome::Deferred("450 later".into());
    assert!(!outbox::settle(db, second, &put_off, later, later).await.unwrap());
    let sql = "select count(*) from outbox where state = 'sent' and reply = '250 late'";
    let count: i64 = sqlx::query_scalar(sql).fetch_one(db).await.unwrap();
    assert_eq!(count, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_yeses_at_once_one_counts() {
    let mut world = world().await;
    let ida = address_of("Ida");
    let author = Author { name: "Ida", address: &ida, norwegian: false };
    let to = world.desk.community.address.to_string();
    let text = "New dinner Thursday 12 March 19:00 at Anne's, 4 seats, invite all";
    world.post(&program::letter(author, &to, ("Dinner", text), nine().fixed_offset()));
    world.run(nine()).await;
    let preview = world.last_mail(&ida).expect("a preview").message();
    for second in 0..20 {
        let at = nine() + TimeDelta::seconds(second);
        let yes = program::reply(Program::Gmail, author, &preview, "yes", at.fixed_offset());
        world.keep(yes, at, nine()).await;
    }
    let now = nine() + TimeDelta::minutes(1);
    let mut handlers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (pool, desk) = (world.database.pool.clone(), world.desk.clone());
        handlers.spawn(async move {
            let mut db = pool.acquire().await.expect("connect");
            let id = daemons::register(&mut db).await.expect("register");
            while handle::step(&mut db, &desk, id, &|| true, now).await.expect("handle").0
                == Progress::Worked
            {}
        });
    }
    handlers.join_all().await;
    let count = async |sql: &'static str| -> i64 {
        sqlx::query_scalar(sql).fetch_one(&world.database.pool).await.unwrap()
    };
    assert_eq!(count("select count(*) from gathering").await, 1);
    assert_eq!(count("select count(*) from invitation").await, 21);
    assert_eq!(count("select count(*) from outbox where letter = 'done'").await, 1);
    assert_eq!(count("select count(*) from inbox where note is not null").await, 0);
}

#[tokio::test]
async fn a_mail_is_recognised_when_the_mailbox_is_numbered_anew() {
    let mut world = world().await;
    let community = world.desk.community.id;
    let mail = |uid_validity: u32, uid: u32, text: &str| Arrived {
        place: Place {
            mailbox: "imap:bord@langbord.example/INBOX".into(),
            uid_validity,
            uid,
            file: String::new(),
        },
        raw: format!("From: a@example.org\r\nSubject: {text}\r\n\r\n{text}\r\n").into_bytes(),
        too_large: false,
        arrived_at: nine(),
    };
    let mails = [mail(1, 1, "one"), mail(1, 2, "two"), mail(1, 3, "one")];
    let db = world.connection();
    assert_eq!(inbox::accept(db, community, &mails, nine()).await.unwrap(), 2, "a copy is no news");
    let mails = [mail(2, 7, "two"), mail(2, 8, "one"), mail(2, 9, "three")];
    assert_eq!(inbox::accept(db, community, &mails, nine()).await.unwrap(), 1, "one was new");
    assert_eq!(inbox::accept(db, community, &mails, nine()).await.unwrap(), 0);
}
