//! One history: a community of its own, two daemons, a clock, and what may happen to them.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use langbord::command::{GatheringKind, NewGathering};
use langbord::community::{Change, clock};
use langbord::demo::program::{self, Author, Program};
use langbord::mail;
use langbord::steps::deliver::Out;
use langbord::steps::{Desk, Progress, deliver, handle, plan};
use langbord::store::apply::{self, Cause};
use langbord::store::outbox::{self, Leaving};
use langbord::store::{daemons, inbox, schedule};
use langbord::wire::{Arrived, Outcome, Place};
use sqlx::pool::PoolConnection;
use sqlx::{Connection, FromRow, Postgres};
use tokio::sync::Notify;

use super::desk::{OSLO, desk};
use super::weather::{Dice, Ledger, Office};
use crate::support::postgres::Database;

/// A mail that a server took.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Message-ID.
    pub message_id: String,
    /// Octets.
    pub octets: Vec<u8>,
    /// Whether the daemon was left in doubt.
    pub doubtful: bool,
}

/// A row of the outbox at the end.
#[derive(Debug, FromRow)]
pub struct Row {
    /// Why.
    pub purpose: String,
    /// Message-ID.
    pub message_id: String,
    /// `resend` or `hold`.
    pub on_doubt: String,
    /// State.
    pub state: String,
    /// Attempts.
    pub attempt: i32,
    /// Reason.
    pub reply: Option<String>,
}

/// What came to pass, over many histories.
#[derive(Debug, Clone, Default)]
pub struct Count {
    /// Mails taken.
    pub accepted: u64,
    /// Of these, taken again.
    pub again: u64,
    /// Late settlements that were refused.
    pub fenced: u64,
    /// Connections lost after the final dot.
    pub doubts: u64,
    /// Deaths.
    pub deaths: u64,
}

impl Count {
    /// Adds up.
    pub fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.again += other.again;
        self.fenced += other.fenced;
        self.doubts += other.doubts;
        self.deaths += other.deaths;
    }
}

/// A history as it goes.
pub struct Play {
    db: PoolConnection<Postgres>,
    /// The slow daemon's connection.
    slow: PoolConnection<Postgres>,
    desk: Desk,
    office: Office,
    ledger: Arc<Mutex<Ledger>>,
    dice: Dice,
    now: DateTime<Utc>,
    gathering_id: i64,
    daemon_id: i64,
    slow_id: i64,
    /// What the slow daemon has not written down yet.
    late: Vec<(Leaving, Outcome)>,
    fenced: u64,
    mails: u32,
}

impl Play {
    /// A community with a dinner in a week, and nothing sent yet.
    pub async fn begin(database: &Database, seed: u64) -> Self {
        let mut db = database.pool.acquire().await.expect("connect");
        let mut slow = database.pool.acquire().await.expect("connect");
        let now: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().expect("a time");
        // Those of the history before are gone, and their clock with them.
        sqlx::query("delete from daemon").execute(&mut *db).await.expect("clear");
        let desk = desk(&mut db, seed).await;
        let daemon_id = daemons::register(&mut db).await.expect("register");
        let slow_id = daemons::register(&mut slow).await.expect("register");
        let ledger = Arc::new(Mutex::new(Ledger::default()));
        let office = Office {
            dice: Dice::new(seed ^ 0xABCD),
            fair: false,
            ledger: Arc::clone(&ledger),
            died: Arc::new(Notify::new()),
        };
        let mut play = Self {
            db,
            slow,
            desk,
            office,
            ledger,
            dice: Dice::new(seed),
            now,
            gathering_id: 0,
            daemon_id,
            slow_id,
            late: Vec::new(),
            fenced: 0,
            mails: 0,
        };
        play.invite_everybody().await;
        play
    }

    /// One thing happens.
    pub async fn something_happens(&mut self) {
        match self.dice.roll(20) {
            0..=3 => self.plan().await,
            4..=8 => self.deliver().await,
            9 | 10 => self.sends_slowly().await,
            11 | 12 => self.writes_down_late().await,
            13 | 14 => self.somebody_answers().await,
            15 => self.moves().await,
            16 => self.jumps().await,
            _ => {
                let minutes = [1, 11, 61, 300, 1000, 3000][self.pick(6)];
                self.passes(TimeDelta::minutes(minutes)).await;
            }
        }
    }

    /// Time passes, on the database's clock too: since a daemon was last heard of, it is longer.
    async fn passes(&mut self, time: TimeDelta) {
        self.now += time;
        sqlx::query("update daemon set seen_at = seen_at - make_interval(secs => $1)")
            .bind(time.as_seconds_f64())
            .execute(&mut *self.db)
            .await
            .expect("let time pass");
    }

    /// The clock is right again, the weather is fair, and a fortnight passes.
    pub async fn ends_well(&mut self) {
        self.office.fair = true;
        while !self.late.is_empty() {
            self.writes_down_late().await;
        }
        for _ in 0..10 {
            self.passes(TimeDelta::hours(37)).await;
            schedule::look_at_all(&mut self.db, self.now).await.expect("look again");
            self.plan_and_keep().await;
            self.deliver().await;
        }
    }

    /// The outbox.
    pub async fn rows(&mut self) -> Vec<Row> {
        sqlx::query_as(
            "select purpose, message_id, on_doubt, state, attempt, reply from outbox
              where community_id = $1 order by outbox_id",
        )
        .bind(self.desk.community.id)
        .fetch_all(&mut *self.db)
        .await
        .expect("look at the outbox")
    }

    /// Every mail that a server took, in order.
    pub fn taken(&self) -> Vec<Taken> {
        self.ledger.lock().expect("one at a time").taken.clone()
    }

    /// What came to pass.
    pub fn count(&self) -> Count {
        let ledger = self.ledger.lock().expect("one at a time");
        Count {
            accepted: ledger.taken.len() as u64,
            again: 0,
            fenced: self.fenced,
            doubts: ledger.doubts,
            deaths: ledger.deaths,
        }
    }

    fn pick(&mut self, sides: usize) -> usize {
        usize::try_from(self.dice.roll(sides as u64)).expect("small")
    }

    /// Plans, and now and then loses all of it before the commit.
    async fn plan(&mut self) {
        if self.dice.roll(3) > 0 {
            return self.plan_and_keep().await;
        }
        let mut lost = self.db.begin().await.expect("begin");
        let _progress = plan::step(&mut lost, &self.desk, self.now).await.expect("plan");
        lost.rollback().await.expect("roll back");
    }

    async fn plan_and_keep(&mut self) {
        let _progress = plan::step(&mut self.db, &self.desk, self.now).await.expect("plan");
    }

    /// The first daemon delivers all that is due, or dies at it.
    async fn deliver(&mut self) {
        daemons::beat(&mut self.db, self.daemon_id).await.expect("beat");
        daemons::rescue(&mut self.db).await.expect("rescue");
        let died = Arc::clone(&self.office.died);
        let round = async {
            let mut learnt = Vec::new();
            loop {
                let (carrier, learnt, now) = (&mut self.office, &mut learnt, self.now);
                let out = Out { carrier, keep_going: &|| true, learnt, clock: &|| now };
                let step = deliver::step(&mut self.db, &self.desk, self.daemon_id, out).await;
                if step.expect("deliver").0 == Progress::Idle {
                    break;
                }
            }
        };
        tokio::select! {
            () = round => {}
            () = died.notified() => {
                // Another one takes over, and finds the dead one silent.
                self.daemon_id = daemons::register(&mut self.db).await.expect("register");
                self.passes(TimeDelta::seconds(90)).await;
            }
        }
    }

    /// The second daemon sends one mail and falls asleep before it has written down the outcome.
    async fn sends_slowly(&mut self) {
        let (db, id) = (&mut self.slow, self.slow_id);
        daemons::beat(db, id).await.expect("beat");
        let claimed = outbox::claim(db, self.desk.community.id, id, 1, self.now).await;
        for leaving in claimed.expect("claim") {
            if !outbox::begin(db, &leaving, id, self.now).await.expect("begin") {
                continue;
            }
            let taken = self.dice.roll(2) == 0;
            let outcome = if taken {
                let message_id = mail::parse(&leaving.message).message_id.expect("a Message-ID");
                let octets = leaving.message.clone();
                let mail = Taken { message_id, octets, doubtful: true };
                self.ledger.lock().expect("one at a time").taken.push(mail);
                Outcome::Sent("250 taken".into())
            } else {
                Outcome::Doubtful("no answer".into())
            };
            self.late.push((leaving, outcome));
        }
    }

    async fn writes_down_late(&mut self) {
        if self.late.is_empty() {
            return;
        }
        let (leaving, outcome) = self.late.remove(0);
        let retry_at = self.now + TimeDelta::minutes(1);
        let settled = outbox::settle(&mut self.slow, &leaving, &outcome, retry_at, self.now).await;
        if !settled.expect("settle") {
            self.fenced += 1;
        }
    }

    /// A guest answers the last mail that came to them.
    async fn somebody_answers(&mut self) {
        let last = self.ledger.lock().expect("one at a time").taken.last().cloned();
        let Some(last) = last else { return };
        let message = mail::parse(&last.octets);
        let Some(address) = message.recipients.first().map(ToString::to_string) else { return };
        let author = Author { name: "Guest", address: &address, norwegian: false };
        let text = ["Yes!", "No.", "Maybe.", "Is there a lift?"][self.pick(4)];
        let date = (self.now + TimeDelta::seconds(i64::from(self.mails))).fixed_offset();
        let raw = program::reply(Program::Gmail, author, &message, text, date);
        self.mails += 1;
        let mailbox = format!("history-{}", self.desk.community.slug);
        let place = Place { mailbox, uid_validity: 1, uid: self.mails, file: String::new() };
        let mail = Arrived { place, raw, too_large: false, arrived_at: self.now };
        inbox::accept(&mut self.db, self.desk.community.id, &[mail], self.now)
            .await
            .expect("accept");
        daemons::beat(&mut self.db, self.daemon_id).await.expect("beat");
        let handled =
            handle::step(&mut self.db, &self.desk, self.daemon_id, &|| true, self.now).await;
        let (_progress, _handled) = handled.expect("handle");
    }

    /// The dinner moves by an hour or by a day.
    async fn moves(&mut self) {
        let starts: chrono::NaiveDateTime =
            sqlx::query_scalar("select starts_local from gathering where gathering_id = $1")
                .bind(self.gathering_id)
                .fetch_one(&mut *self.db)
                .await
                .expect("look at the dinner");
        let asked_again = self.dice.roll(2) == 0;
        let to = starts + if asked_again { TimeDelta::days(1) } else { TimeDelta::hours(1) };
        let gathering_id = self.gathering_id;
        let starts_at = clock::instant(to, OSLO);
        self.carry_out(&[
            Change::Withdraw { gathering_id },
            Change::Move {
                gathering_id,
                to,
                starts_at,
                asked_again,
                reply_by: None,
                kitchen_by: None,
            },
        ])
        .await;
    }

    /// Our clock is wrong: hours back or days ahead. The planner is told to look again.
    async fn jumps(&mut self) {
        let hours = [-20, -6, -3, 72][self.pick(4)];
        self.now += TimeDelta::hours(hours);
        schedule::look_at_all(&mut self.db, self.now).await.expect("look again");
    }

    async fn carry_out(&mut self, changes: &[Change]) {
        let cause = Cause {
            community_id: self.desk.community.id,
            person_id: None,
            inbox_id: None,
            now: self.now,
        };
        let mut tx = self.db.begin().await.expect("begin");
        for change in changes {
            apply::apply(&mut tx, change, cause).await.expect("carry out");
        }
        tx.commit().await.expect("commit");
    }

    async fn invite_everybody(&mut self) {
        let guests: Vec<i64> = sqlx::query_scalar(
            "select person_id from person where community_id = $1 and name <> 'Ida'",
        )
        .bind(self.desk.community.id)
        .fetch_all(&mut *self.db)
        .await
        .expect("look at the people");
        self.gathering_id = sqlx::query_scalar(
            "select nextval(pg_get_serial_sequence('gathering', 'gathering_id'))",
        )
        .fetch_one(&mut *self.db)
        .await
        .expect("a number");
        let starts = "2026-03-09T19:00:00".parse().expect("a time");
        let new = NewGathering {
            kind: GatheringKind::Dinner,
            title: None,
            starts,
            place: Some("Harbour Street 12".into()),
            host: None,
            seats: 2,
            menu: None,
            menu_reason: None,
            question: None,
            note: None,
            speaker: None,
            pre_read: None,
            invite: None,
            waves: Vec::new(),
            reply_by: None,
            kitchen_cut_off: None,
            language: None,
            calendar: None,
        };
        let create = Change::Create {
            gathering_id: self.gathering_id,
            new: Box::new(new),
            starts_at: clock::instant(starts, OSLO),
            host_id: None,
            guests,
        };
        self.carry_out(&[create]).await;
    }
}
