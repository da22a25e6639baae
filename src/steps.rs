//! The four steps: fetch, handle, plan, deliver. Each is a function of a database connection, a
//! community's desk and the time, and tells whether there was something to do. The daemon is a loop
//! around them; a test is a sequence of calls to them.
//!
//! Invariant: a transaction begins only in these files, and none is open while a socket is in use.
//! (Two commands begin one of their own: `import`, and `once --dry-run`, which takes all back.)

pub mod agenda;
pub mod authenticate;
pub mod canary;
pub mod deliver;
pub mod fetch;
pub mod forget;
pub mod handle;
pub mod plan;
mod recall;
mod rounds;
pub mod stop;
pub mod write;

use std::any::Any;
use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use self::authenticate::Witnesses;
use self::deliver::Out;
use self::fetch::Marking;
use crate::community::Community;
use crate::community::cadence::{Cadence, Rounds};
use crate::letters::Letters;
use crate::mail::sign::Signer;
use crate::mail::token::Keys;
use crate::store::settings;
use crate::wire::source::Source;
use crate::wire::{Carrier, Outcome};

/// Whether a step found something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Progress {
    /// It did something; there may be more.
    Worked,
    /// There was nothing to do.
    Idle,
}

/// Asked before each mail of a batch: false once the daemon is to stop.
pub type KeepGoing<'a> = &'a (dyn Fn() -> bool + Sync);

/// Asked where a step takes its time: what it does last is not done by the time at which it began.
pub type Clock<'a> = &'a (dyn Fn() -> DateTime<Utc> + Sync);

/// What the steps need to work for one community.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The community.
    pub community: Community,
    /// The installation's keys.
    pub keys: Keys,
    /// All letters.
    pub letters: Letters,
    /// Signs what leaves, if a key is configured.
    pub signer: Option<Arc<Signer>>,
    /// When the digest goes out, if it does.
    pub digest: Option<Cadence>,
    /// What else comes round.
    pub rounds: Rounds,
    /// Who is heard on who wrote a mail.
    pub witnesses: Arc<Witnesses>,
    /// Where the world reaches our web, without a slash at the end, if it does.
    pub public_url: Option<String>,
}

impl Desk {
    /// The same as organizers have set it by mail. Nothing waits for a restart, and of several daemons
    /// none is behind.
    pub async fn as_set(&self, db: &mut PgConnection) -> Result<Self> {
        Ok(Self { community: settings::of(db, &self.community).await?, ..self.clone() })
    }

    /// The name under which the address of an erased person stays, so that nobody takes it in again.
    pub fn erased_name(&self, email: &str) -> String {
        self.keys.name(&self.erasure_of(email))
    }

    /// All names under which it may stay: one for each key that has been in use.
    pub fn erased_names(&self, email: &str) -> Vec<String> {
        self.keys.names(&self.erasure_of(email))
    }

    fn erasure_of(&self, email: &str) -> String {
        format!("erased:{}:{email}", self.community.slug)
    }
}

/// What was said when somebody panicked.
pub fn last_words(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words")
}

/// What a round did, for whoever watches.
#[derive(Debug, Default)]
pub struct Report {
    /// Mails handled, in order.
    pub handled: Vec<handle::Handled>,
    /// Mails offered to the world, in order.
    pub delivered: Vec<deliver::Delivered>,
}

impl Report {
    /// How many mails came to this end.
    pub fn count(&self, end: fn(&Outcome) -> bool) -> usize {
        self.delivered.iter().filter(|mail| end(&mail.outcome)).count()
    }
}

/// Everything that there is to do now: fetch, handle, plan and deliver, until nothing is left.
pub async fn round(
    db: &mut PgConnection,
    desk: &Desk,
    post: (&mut Source, &mut impl Carrier),
    daemon_id: i64,
    clock: Clock<'_>,
) -> Result<Report> {
    let (source, carrier) = post;
    while fetch::step(db, desk, source, Marking::Mark, clock()).await? == Progress::Worked {}
    work_off(db, desk, carrier, daemon_id, clock).await
}

/// The same without the mailbox: handle what has been fetched, plan and deliver.
pub async fn work_off(
    db: &mut PgConnection,
    desk: &Desk,
    carrier: &mut impl Carrier,
    daemon_id: i64,
    clock: Clock<'_>,
) -> Result<Report> {
    let mut report = Report::default();
    loop {
        let (progress, handled) = handle::step(db, desk, daemon_id, &|| true, clock()).await?;
        report.handled.extend(handled);
        if progress == Progress::Idle {
            break;
        }
    }
    let _planned = plan::step(db, desk, clock()).await?;
    let mut learnt = Vec::new();
    loop {
        let learnt = &mut learnt;
        let out = Out { carrier: &mut *carrier, keep_going: &|| true, learnt, clock };
        let (progress, delivered) = deliver::step(db, desk, daemon_id, out).await?;
        report.delivered.extend(delivered);
        if progress == Progress::Idle {
            break;
        }
    }
    let _sent = canary::step(db, desk, carrier, clock()).await?;
    Ok(report)
}
