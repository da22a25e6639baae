//! Commands are whole: cut off in the middle, and given by two organizers at once.

use chrono::{DateTime, TimeDelta, Utc};
use langbord::steps::{Progress, handle};
use langbord::store::daemons;
use serde_json::Value;
use sqlx::{Connection, PgConnection, Row};

use super::{arrives, dinner, last, letter, number, reply, signed, start};
use crate::support::world::World;

/// Handles what is there, in a task and on a connection of its own. Gives back the connection's
/// process and the task.
async fn handler(
    world: &World,
    now: DateTime<Utc>,
) -> (i32, i64, tokio::task::JoinHandle<anyhow::Result<()>>) {
    let (desk, url) = (world.desk.clone(), world.database.url.clone());
    let mut db = PgConnection::connect(&url).await.unwrap();
    let me = daemons::register(&mut db).await.unwrap();
    let pid = sqlx::query_scalar("select pg_backend_pid()").fetch_one(&mut db).await.unwrap();
    let task = tokio::spawn(async move {
        while handle::step(&mut db, &desk, me, &|| true, now).await?.0 == Progress::Worked {}
        Ok(())
    });
    (pid, me, task)
}

const GUESTS: usize = 300;
const KILLS: u32 = 25;

/// A dinner of 300, all of whom come.
async fn large_dinner() -> World {
    let mut world = dinner(&[]).await;
    for guest in 0..GUESTS {
        world.member(&format!("Gjest {guest}"), None, false).await;
    }
    for sql in [
        "update gathering set seats = 400",
        "insert into invitation (gathering_id, person_id, invited_at, answer, answered_at, seat)
         select gathering_id, person_id, created_at, 'yes', created_at, 'seated'
           from gathering, (select person_id from person where name like 'Gjest %') as guests",
    ] {
        sqlx::query(sql).execute(world.connection()).await.unwrap();
    }
    assert_eq!(number(&mut world, "select taken::bigint from gathering").await, 300);
    world
}

/// How much of a move has been done: the day, the guests who are asked anew, the acts, the yes.
async fn done_of_it(world: &mut World) -> (bool, i64, i64, i64, i64) {
    let sql = "select starts_local = '2026-05-07 19:00' as moved,
        (select count(*) from invitation where answer is null) as asked,
        (select count(*) from audit where act = 'gathering-moved') as acts,
        (select count(*) from errand where acts::text like '%\"move\"%') as errands,
        (select count(*) from proposal where outcome = 'done' and proposal_id =
            (select max(proposal_id) from proposal)) as settled from gathering";
    let row = sqlx::query(sql).fetch_one(world.connection()).await.unwrap();
    (row.get("moved"), row.get("asked"), row.get("acts"), row.get("errands"), row.get("settled"))
}

/// As if the move had not been: each time from the same beginning.
const AGAIN: [&str; 4] = [
    "update gathering set starts_local = '2026-04-30 19:00', starts_at = '2026-04-30 17:00Z'",
    "update invitation set answer = 'yes'",
    "delete from errand where acts::text like '%\"move\"%'",
    "delete from audit where act = 'gathering-moved'",
];

/// Ida has said yes to a move, and nobody has read it yet.
async fn says_yes_to_a_move(world: &mut World, now: DateTime<Utc>) {
    for sql in AGAIN {
        sqlx::query(sql).execute(world.connection()).await.unwrap();
    }
    let ask = letter(world, "Ida", "flytt til 7. mai", now);
    arrives(world, &ask, now).await;
    let preview = last(world, "Ida");
    assert!(preview.subject.starts_with("Venter på deg"), "{}", preview.subject);
    world.keep(reply("Ida", &preview, "ja", now), now, now).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cmd_04_a_move_of_three_hundred_guests_that_is_cut_off_is_done_whole_or_not_at_all() {
    let mut world = large_dinner().await;
    let mut now = start() + TimeDelta::hours(1);
    says_yes_to_a_move(&mut world, now).await;
    let begun = std::time::Instant::now();
    handler(&world, now).await.2.await.unwrap().unwrap();
    let whole = begun.elapsed();
    assert_eq!(done_of_it(&mut world).await, (true, 300, 1, 1, 1));

    let (mut cut, mut finished) = (0, 0);
    for round in 0..KILLS {
        now += TimeDelta::hours(1);
        says_yes_to_a_move(&mut world, now).await;
        let (pid, me, task) = handler(&world, now).await;
        // Spread over what it takes, and a little more.
        tokio::time::sleep(whole * round * 3 / KILLS).await;
        sqlx::query("select pg_terminate_backend($1)")
            .bind(pid)
            .execute(world.connection())
            .await
            .unwrap();
        let ended = task.await.unwrap();
        match done_of_it(&mut world).await {
            (false, 0, 0, 0, 0) => cut += 1,
            (true, 300, 1, 1, 1) => finished += 1,
            torn => panic!("round {round}: {torn:?}, {ended:?}"),
        }
        // Another daemon takes over what the dead one held, and finishes it.
        daemons::leave(world.connection(), me).await.unwrap();
        for minutes in [2, 10, 45] {
            world.run(now + TimeDelta::minutes(minutes)).await;
        }
        let notes = "select coalesce(string_agg(state || ' ' || attempt || ' ' || coalesce(note, disposition), '; '), '')
                       from inbox where inbox_id = (select max(inbox_id) from inbox)";
        let note: String = sqlx::query_scalar(notes).fetch_one(world.connection()).await.unwrap();
        assert_eq!(done_of_it(&mut world).await, (true, 300, 1, 1, 1), "round {round}: {note}");
    }
    println!(
        "{KILLS} moves of {GUESTS} guests: {cut} cut off, {finished} done before that, 0 torn"
    );
    assert!(cut >= 3 && finished >= 1, "{cut} {finished} {whole:?}");
}

/// What two organizers ask for at once, and how often.
const ROUNDS: i64 = 60;
const LARGE_ROUNDS: i64 = 10;

/// Handles all that is there with two handlers at once, and comes again for what met another.
async fn both_at_once(world: &mut World, now: DateTime<Utc>) {
    let (one, other) = (handler(world, now).await, handler(world, now).await);
    for (_, me, task) in [one, other] {
        task.await.unwrap().unwrap();
        daemons::leave(world.connection(), me).await.unwrap();
    }
    for minutes in [2, 10] {
        world.run(now + TimeDelta::minutes(minutes)).await;
    }
    let left = "select count(*) from inbox where state <> 'handled'";
    assert_eq!(number(world, left).await, 0);
}

/// Each act found the table as the one before it had left it.
async fn is_one_after_the_other(world: &mut World) -> usize {
    let sql = "select details from audit where act in ('seats-changed', 'gathering-moved')
               order by audit_id";
    let acts: Vec<Value> = sqlx::query_scalar(sql).fetch_all(world.connection()).await.unwrap();
    for (before, after) in acts.iter().zip(acts.iter().skip(1)) {
        assert_eq!(before["after"], after["before"], "{before} {after}");
    }
    acts.len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cmd_07_two_organizers_at_once_are_one_after_the_other_and_both_are_told() {
    let mut world = dinner(&["Kari", "Per"]).await;
    world.member("Eva", None, true).await;
    let mut now = start() + TimeDelta::hours(1);
    for round in 0..ROUNDS {
        now += TimeDelta::minutes(20);
        let answered = world.office.delivered.len();
        for (name, seats) in [("Ida", 10 + round % 50), ("Eva", 100 + round % 50)] {
            let mail = signed(&letter(&world, name, &format!("{seats} plasser"), now), now);
            world.keep(mail, now, now).await;
        }
        both_at_once(&mut world, now).await;
        let sent = &world.office.delivered[answered..];
        for name in ["ida", "eva"] {
            let told = sent.iter().filter(|mail| mail.recipient.starts_with(name)).count();
            assert!(told >= 1, "{name}, round {round}");
        }
    }
    let small = is_one_after_the_other(&mut world).await;
    assert_eq!(small, usize::try_from(2 * ROUNDS).unwrap());

    // What many notice, each on a yes: only one finds the table as it was shown.
    let (mut moved, mut shown_anew) = (0, 0);
    for round in 0..LARGE_ROUNDS {
        now += TimeDelta::hours(1);
        let mut yes = Vec::new();
        for (name, minute) in [("Ida", 0), ("Eva", 30)] {
            let text = format!("flytt til kl {}.{minute:02}", 18 + round % 3);
            let ask = letter(&world, name, &text, now);
            arrives(&mut world, &ask, now).await;
            let preview = last(&world, name);
            assert!(preview.subject.starts_with("Venter"), "{text}: {}", preview.subject);
            yes.push(reply(name, &preview, "ja", now));
        }
        let before = is_one_after_the_other(&mut world).await;
        for mail in yes {
            world.keep(mail, now, now).await;
        }
        both_at_once(&mut world, now).await;
        assert_eq!(is_one_after_the_other(&mut world).await, before + 1, "round {round}");
        moved += 1;
        // One has done it, the other hears of it, and is shown what a yes would do now.
        let told = ["Ida", "Eva"].map(|name| last(&world, name).subject);
        shown_anew += told.iter().filter(|subject| subject.starts_with("Venter")).count();
    }
    println!("{small} small acts and {moved} large ones in a row, {shown_anew} shown anew");
    assert_eq!(shown_anew, usize::try_from(LARGE_ROUNDS).unwrap());
}
