//! The way out, against a server that refuses or is slow.

use std::collections::BTreeMap;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use langbord::steps::deliver::{self, Out};
use langbord::steps::{Clock, Progress};
use langbord::store::daemons;
use langbord::wire::smtp::Smtp;
use langbord::wire::{Carrier, Envelope, Outcome, Security, SmtpSettings};

use crate::store::{nine, world_with_a_full_outbox};
use crate::support::Scratch;
use crate::support::certificates::Certificates;
use crate::support::smtp_server::SmtpServer;
use crate::support::world::{World, address_of};

/// Somebody who sends, with their own number.
struct Sender {
    world: World,
    id: i64,
}

impl Sender {
    async fn with_a_full_outbox() -> Self {
        let mut world = world_with_a_full_outbox().await;
        let id = daemons::register(world.connection()).await.unwrap();
        Self { world, id }
    }

    /// Everything that is due.
    async fn sends(&mut self, carrier: &mut impl Carrier, now: DateTime<Utc>) {
        self.sends_by(carrier, &|| now).await;
    }

    /// The same by a clock that goes on.
    async fn sends_by(&mut self, carrier: &mut impl Carrier, clock: Clock<'_>) {
        let desk = self.world.desk.clone();
        let mut learnt = Vec::new();
        loop {
            let learnt = &mut learnt;
            let out = Out { carrier: &mut *carrier, keep_going: &|| true, learnt, clock };
            let step = deliver::step(self.world.connection(), &desk, self.id, out).await;
            if step.unwrap().0 == Progress::Idle {
                return;
            }
        }
    }

    /// How many mails are in each state, of those that were written by the planner.
    async fn states(&mut self) -> Vec<(String, i64)> {
        let sql =
            "select state, count(*) from outbox where letter = 'invitation' group by 1 order by 1";
        sqlx::query_as(sql).fetch_all(self.world.connection()).await.unwrap()
    }

    async fn unreached(&mut self) -> i64 {
        let sql = "select count(*) from invitation where unreached_at is not null";
        sqlx::query_scalar(sql).fetch_one(self.world.connection()).await.unwrap()
    }
}

fn states(expected: &[(&str, i64)]) -> Vec<(String, i64)> {
    expected.iter().map(|(state, count)| ((*state).to_owned(), *count)).collect()
}

/// A server that knows all guests but the first.
fn server(scratch: &Scratch) -> (SmtpServer, Smtp) {
    let mut maildirs = BTreeMap::new();
    for name in (1..20).map(|guest| format!("Guest {guest}")).chain(["Ida".to_owned()]) {
        let maildir = scratch.path().join(&name);
        langbord::wire::maildir::make(&maildir).unwrap();
        maildirs.insert(address_of(&name), maildir);
    }
    let certificates = Certificates::make(scratch.path());
    let server = SmtpServer::start(Security::Plain, &certificates, maildirs);
    let endpoint = server.endpoint.clone();
    let hello = "langbord.example".to_owned();
    let smtp = Smtp::new(SmtpSettings { endpoint, login: None, hello, connections: 1 });
    (server, smtp)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_server_has_against_us_is_not_held_against_the_guests() {
    let mut sender = Sender::with_a_full_outbox().await;
    let scratch = Scratch::new("refusals");
    let (server, mut smtp) = server(&scratch);
    let mut now = nine() + TimeDelta::minutes(10);
    let (nobody, first): (&[_], &[_]) = (&[("queued", 21)], &[("failed", 1), ("queued", 20)]);
    for (what, words, expected) in [
        ("MAIL", "550 5.7.1 you may not send as this address", nobody),
        ("MAIL", "552 5.2.2 your quota is exceeded", nobody),
        ("RCPT", "554 5.7.1 relay access denied", nobody),
        // From here on it is asked about the guest whom it does not know.
        ("DATA", "554 5.3.2 not today", first),
        (".", "554 policy", first),
    ] {
        server.refuses(what, words);
        sender.sends(&mut smtp, now).await;
        server.relents();
        assert_eq!(sender.states().await, states(expected), "{what}: {words}");
        assert_eq!(sender.unreached().await, i64::from(expected == first), "{what}: {words}");
        now += TimeDelta::hours(1);
    }
    assert!(server.received().is_empty());
    sender.sends(&mut smtp, now).await;
    assert_eq!(sender.states().await, states(&[("failed", 1), ("sent", 20)]));
    assert_eq!(sender.unreached().await, 1, "the one whom the server does not know");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_that_no_server_likes_is_given_up_after_five_days() {
    let mut sender = Sender::with_a_full_outbox().await;
    let scratch = Scratch::new("disliked");
    let (server, mut smtp) = server(&scratch);
    server.refuses(".", "554 5.6.0 we do not like what it says");
    for (day, expected) in [(1, [("failed", 1), ("queued", 20)].as_slice()), (6, &[("failed", 21)])]
    {
        sender.sends(&mut smtp, nine() + TimeDelta::days(day)).await;
        assert_eq!(sender.states().await, states(expected), "day {day}");
        assert_eq!(sender.unreached().await, 1, "only whom the server does not know");
    }
}

/// Needs a minute for each mail, and then takes it or does not.
struct Slow<'a> {
    now: &'a Mutex<DateTime<Utc>>,
    takes: bool,
}

impl Carrier for Slow<'_> {
    async fn address(&mut self, _: &Envelope) -> Result<(), Outcome> {
        *self.now.lock().unwrap() += TimeDelta::minutes(1);
        if self.takes { Ok(()) } else { Err(Outcome::Deferred("450 later".to_owned())) }
    }

    fn abandon(&mut self) {}

    async fn hand_over(&mut self, _: &[u8]) -> Outcome {
        Outcome::Sent("250 ok".to_owned())
    }
}

#[tokio::test]
async fn with_a_slow_server_nobody_is_woken_and_nothing_comes_too_late() {
    let mut sender = Sender::with_a_full_outbox().await;
    // Ten to ten in the evening in Oslo.
    let evening: DateTime<Utc> = "2026-03-02T20:50:00Z".parse().unwrap();
    let now = Mutex::new(evening);
    sender.sends_by(&mut Slow { now: &now, takes: true }, &|| *now.lock().unwrap()).await;
    assert_eq!(sender.states().await, states(&[("queued", 12), ("sent", 9)]));
    let sql = "select count(*) from outbox where state = 'queued' and claimed_by is null
                  and attempt = 0 and due_at = '2026-03-03T07:00:00Z'";
    let asleep: i64 = sqlx::query_scalar(sql).fetch_one(sender.world.connection()).await.unwrap();
    assert_eq!(asleep, 12, "until eight in the morning");
    let sql = "select count(distinct settled_at) from outbox where settled_at > $1";
    let times = sqlx::query_scalar::<_, i64>(sql).bind(evening);
    assert_eq!(times.fetch_one(sender.world.connection()).await.unwrap(), 9, "each has its own");

    // Some are useless after a while.
    let morning: DateTime<Utc> = "2026-03-03T07:00:00Z".parse().unwrap();
    sqlx::query("update outbox set expires_at = $1 where state = 'queued'")
        .bind(morning + TimeDelta::minutes(5))
        .execute(sender.world.connection())
        .await
        .unwrap();
    *now.lock().unwrap() = morning;
    sender.sends_by(&mut Slow { now: &now, takes: true }, &|| *now.lock().unwrap()).await;
    assert_eq!(sender.states().await, states(&[("cancelled", 8), ("sent", 13)]));
}

#[tokio::test]
async fn what_a_slow_server_puts_off_in_the_evening_comes_back_in_the_morning() {
    let mut sender = Sender::with_a_full_outbox().await;
    let now = Mutex::new("2026-03-02T20:50:00Z".parse().unwrap());
    sender.sends_by(&mut Slow { now: &now, takes: false }, &|| *now.lock().unwrap()).await;
    let sql =
        "select count(*) from outbox where state = 'queued' and due_at < '2026-03-03T07:00:00Z'";
    let early: i64 = sqlx::query_scalar(sql).fetch_one(sender.world.connection()).await.unwrap();
    assert_eq!(early, 0);
    assert_eq!(sender.states().await, states(&[("queued", 21)]));
}
