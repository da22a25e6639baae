//! A hundred guests say yes to the last seat at once, through the real handlers on connections of
//! their own.

use chrono::{DateTime, TimeDelta, Utc};
use langbord::community::person::CalendarPolicy;
use langbord::demo::program::{self, Author, Program};
use langbord::language::Language;
use langbord::steps::{Progress, handle};
use langbord::store::daemons;
use tokio::task::JoinSet;

use crate::support::world::{World, address_of};

const GUESTS: usize = 100;
const HANDLERS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_a_hundred_gets_the_last_seat_and_the_others_wait_in_order() {
    for round in 0..3 {
        let mut world = World::new(Language::En, CalendarPolicy::Confirmation, true).await;
        let names: Vec<String> = (0..GUESTS).map(|guest| format!("Guest {guest}")).collect();
        world.member("Ida", Some(Language::En), true).await;
        for name in &names {
            world.member(name, Some(Language::En), false).await;
        }
        let now: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().unwrap();
        let text = format!(
            "New dinner\nwhen: Thu 12 March 19:00\nwhere: Harbour Street 12\nseats: 1\ninvite: {}",
            names.join(", ")
        );
        let asked_at = world.new_gathering(&text, now).await;

        // All answer within the same minute, in another order in each round.
        let mut order: Vec<usize> = (0..GUESTS).collect();
        order.rotate_left(round * 37);
        let mut now = asked_at;
        for guest in &order {
            now += TimeDelta::milliseconds(500);
            let address = address_of(&names[*guest]);
            let invitation = world.last_mail(&address).expect("an invitation").message();
            let author = Author { name: &names[*guest], address: &address, norwegian: false };
            let reply =
                program::reply(Program::Gmail, author, &invitation, "Yes!", now.fixed_offset());
            world.keep(reply, now, asked_at).await;
        }
        let failures = handle_at_once(&world, now).await;
        assert_eq!(failures, Vec::<String>::new());

        let seated = people(&mut world, "seated").await;
        assert_eq!(seated.len(), 1, "one seat, one guest");
        let waiting: Vec<String> = order
            .iter()
            .map(|guest| names[*guest].clone())
            .filter(|name| !seated.contains(name))
            .collect();
        assert_eq!(people(&mut world, "waiting").await, waiting, "in the order of arrival");
        let answers: i64 = sqlx::query_scalar("select count(*) from outbox where purpose like 'answer:%' and letter in ('answer-yes', 'waiting-list')")
            .fetch_one(world.connection())
            .await
            .unwrap();
        assert_eq!(answers, i64::try_from(GUESTS).unwrap(), "each is told once");
    }
}

/// Handles all that waits, with several handlers at once. Gives back what failed.
async fn handle_at_once(world: &World, now: DateTime<Utc>) -> Vec<String> {
    let mut handlers = JoinSet::new();
    for _ in 0..HANDLERS {
        let (pool, desk) = (world.database.pool.clone(), world.desk.clone());
        handlers.spawn(async move {
            let mut db = pool.acquire().await.expect("connect");
            let daemon_id = daemons::register(&mut db).await.expect("register");
            loop {
                let (progress, _) = handle::step(&mut db, &desk, daemon_id, &|| true, now)
                    .await
                    .expect("handlers work side by side");
                if progress == Progress::Idle {
                    break;
                }
            }
        });
    }
    handlers.join_all().await;
    sqlx::query_scalar(
        "select coalesce(note, state) from inbox where state <> 'handled' or note is not null",
    )
    .fetch_all(&world.database.pool)
    .await
    .unwrap()
}

async fn people(world: &mut World, seat: &str) -> Vec<String> {
    sqlx::query_scalar(
        "select name from invitation join person using (person_id) where seat = $1
          order by waiting_since, invitation_id",
    )
    .bind(seat)
    .fetch_all(world.connection())
    .await
    .unwrap()
}
