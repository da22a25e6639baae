//! A planner with a thousand gatherings: the same state gives the same mails, and what it costs is
//! bounded. Statements are counted, not seconds.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use langbord::community::person::CalendarPolicy;
use langbord::language::Language;
use langbord::steps::{Progress, plan};
use langbord::store::schedule;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use crate::support::world::World;

const GATHERINGS: u64 = 1000;
/// One in so many has invitations that are due.
const BUSY: u64 = 20;
/// Statements that it takes to look at one gathering, and to write one mail.
const A_LOOK: u64 = 10;
const A_MAIL: u64 = 4;

/// Counts the statements that the planner makes.
#[derive(Clone, Default)]
struct Statements(Arc<AtomicU64>);

impl Statements {
    fn since_last(&self) -> u64 {
        self.0.swap(0, Ordering::Relaxed)
    }
}

impl Subscriber for Statements {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "sqlx::query"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A community with a thousand dinners of three guests each: one sits, one waits, one is silent.
async fn busy_community(now: DateTime<Utc>) -> World {
    let mut world = World::new(Language::En, CalendarPolicy::Confirmation, true).await;
    world.member("Ida", Some(Language::En), true).await;
    for name in ["Ada", "Bo", "Kari"] {
        world.member(name, Some(Language::En), false).await;
    }
    let community = world.desk.community.id;
    sqlx::query(
        "insert into gathering (community_id, kind, starts_local, starts_at, seats, reply_by, changed_at, created_at)
         select $1, 'dinner', starts, starts at time zone 'Europe/Oslo', 1, (starts - interval '3 days')::date, $2, $2
           from (select '2026-03-20 19:00'::timestamp + number * interval '3 hours' as starts
                   from generate_series(1, $3) as number) as dinners",
    )
    .bind(community)
    .bind(now - TimeDelta::hours(1))
    .bind(i64::try_from(GATHERINGS).unwrap())
    .execute(&mut *world.db)
    .await
    .expect("dinners");
    sqlx::query(
        "insert into invitation (gathering_id, person_id, invited_at, answer, answered_at, seat, waiting_since)
         select gathering_id, person_id, case when gathering_id % $2 = 0 then $1 - interval '1 hour' else $1 end,
                case when name = 'Kari' then null else 'yes' end,
                case when name = 'Kari' then null else $1 - interval '30 minutes' end,
                case name when 'Ada' then 'seated' when 'Bo' then 'waiting' else 'none' end,
                case when name = 'Bo' then $1 - interval '30 minutes' end
           from gathering, person where name in ('Ada', 'Bo', 'Kari')",
    )
    .bind(now)
    .bind(i64::try_from(BUSY).unwrap())
    .execute(&mut *world.db)
    .await
    .expect("invitations");
    world
}

async fn purposes(world: &mut World) -> Vec<String> {
    sqlx::query_scalar("select purpose from outbox order by purpose")
        .fetch_all(&mut *world.db)
        .await
        .expect("look at the outbox")
}

#[tokio::test]
async fn a_thousand_gatherings_give_the_same_mails_twice_and_cost_nothing_while_idle() {
    let now: DateTime<Utc> = "2026-03-02T11:00:00Z".parse().unwrap();
    let mut world = busy_community(now).await;
    let community = world.desk.community.id;
    let statements = Statements::default();
    let _counts = tracing::subscriber::set_default(statements.clone());
    // With one subscriber alone, a statement that another test makes first would be asked about
    // there, where nobody listens, and never be counted here.
    let _second = tracing::Dispatch::new(Statements::default());

    let progress = plan::step(&mut world.db, &world.desk, now).await.unwrap();
    assert_eq!(progress, Progress::Worked);
    let looked = statements.since_last();
    let written = purposes(&mut world).await;
    let due = GATHERINGS / BUSY * 3;
    assert_eq!(written.len() as u64, due);
    assert!(looked >= GATHERINGS, "{looked} statements are too few to have been counted");
    assert!(looked <= GATHERINGS * A_LOOK + due * A_MAIL, "{looked} statements");

    // Nothing has changed: nothing is looked at.
    statements.since_last();
    let progress = plan::step(&mut world.db, &world.desk, now).await.unwrap();
    assert_eq!(progress, Progress::Idle);
    let idle = statements.since_last();
    assert!(idle <= 20, "{idle} statements while idle");
    let next = schedule::next(&mut world.db, community).await.unwrap();
    assert!(next.is_some_and(|at| at > now), "{next:?}");

    // A restart looks at everything, and finds that all is written.
    schedule::look_at_all(&mut world.db, now).await.unwrap();
    statements.since_last();
    let progress = plan::step(&mut world.db, &world.desk, now).await.unwrap();
    assert_eq!(progress, Progress::Idle);
    let again = statements.since_last();
    assert!(again <= GATHERINGS * A_LOOK, "{again} statements");
    assert_eq!(purposes(&mut world).await, written);
    println!("{looked} statements, {idle} while idle, {again} after a restart");
}
