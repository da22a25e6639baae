//! The canary: a forged mail to ourselves, through our own server, to see whether forged results
//! come in. Sent when results are to count, once a week, and by `langbord doctor auth`.
//!
//! Invariant: until one has passed, and when none has passed for a while, our server's word proves
//! nothing.

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{Connection, PgConnection};
use tracing::{error, info, warn};

use super::{Desk, Progress};
use crate::community::letter::Letter;
use crate::mail::authentic::canary::{self, Found};
use crate::mail::authentic::{Border, Heard, Mode};
use crate::mail::compose::{AutoSubmitted, Mailbox, Outgoing, compose};
use crate::mail::token::Family;
use crate::mail::{self, Message};
use crate::store::{canaries, inbox};
use crate::wire::{Carrier, Envelope, Outcome};

/// How often one is sent.
const EVERY: TimeDelta = TimeDelta::days(7);
/// How soon again, where one could not be sent.
const AGAIN: TimeDelta = TimeDelta::hours(1);
/// For how long one that has passed counts: two weeks, and a day for the mail.
const COUNTS: TimeDelta = TimeDelta::days(15);
/// After so long one is lost.
const OVERDUE: TimeDelta = TimeDelta::days(1);

/// What is heard of what our own server says.
pub async fn heard(db: &mut PgConnection, desk: &Desk, now: DateTime<Utc>) -> Result<Heard> {
    let Some(border) = border(desk) else { return Ok(Heard::Against) };
    let key = (desk.community.id, canary::name(border));
    let passed = canaries::passed(db, (key.0, &key.1), now - COUNTS).await?;
    Ok(if passed { Heard::All } else { Heard::Against })
}

/// Sends one if it is time. Only where results are to count.
pub async fn step(
    db: &mut PgConnection,
    desk: &Desk,
    carrier: &mut impl Carrier,
    now: DateTime<Utc>,
) -> Result<Progress> {
    let Some(border) = border(desk) else { return Ok(Progress::Idle) };
    let key = (desk.community.id, canary::name(border));
    if !canaries::due(db, (key.0, &key.1), now + EVERY, now).await? {
        return Ok(Progress::Idle);
    }
    match send(db, desk, carrier, now).await? {
        Left::Id(canary_id) => info!(canary_id, "a canary has left"),
        Left::Not(why) => warn!("no canary has left, so our server is not believed: {why}"),
    }
    Ok(Progress::Worked)
}

/// Whether a canary has left.
#[derive(Debug)]
pub enum Left {
    /// This one.
    Id(i64),
    /// None, for this reason.
    Not(String),
}

/// Sends one now.
pub async fn send(
    db: &mut PgConnection,
    desk: &Desk,
    carrier: &mut impl Carrier,
    now: DateTime<Utc>,
) -> Result<Left> {
    let border = border(desk);
    let name = border.map(canary::name).unwrap_or_default();
    let id = canaries::begin(db, (desk.community.id, &name), now).await?;
    let message = write(desk, border, id, now)?;
    let us = &desk.community.address;
    let envelope = Envelope { from: us.clone(), to: us.clone() };
    let outcome = match carrier.address(&envelope).await {
        Ok(()) => carrier.hand_over(&message).await,
        Err(outcome) => outcome,
    };
    match outcome {
        Outcome::Sent(_) | Outcome::Doubtful(_) => Ok(Left::Id(id)),
        Outcome::Deferred(why) | Outcome::Unreachable(why) | Outcome::Failed(why) => {
            canaries::stayed(db, id, now + AGAIN).await?;
            Ok(Left::Not(why))
        }
    }
}

/// A canary, with its forged fields on top if there is a border to forge.
fn write(desk: &Desk, border: Option<&Border>, id: i64, now: DateTime<Utc>) -> Result<Vec<u8>> {
    let community = &desk.community;
    let us = Mailbox { name: community.name.clone(), address: community.address.clone() };
    let token = desk.keys.seal(Family::Canary, &community.slug, id);
    let text = "Langbord has written this to itself, with a forged result in the header, to see \
        whether its mail server takes such results out. Nothing is to be done with it.\n";
    let outgoing = Outgoing {
        from: us.clone(),
        to: us,
        reply_to: community.address.clone(),
        // Some servers give a mail another Message-ID.
        subject: format!("Langbord tries its mail server: {token}"),
        text: text.to_owned(),
        html: format!("<p>{text}</p>\n"),
        calendar: None,
        enclosures: Vec::new(),
        message_id: format!("{token}@{}", community.address.domain()),
        references: Vec::new(),
        date: now,
        auto_submitted: AutoSubmitted::Generated,
        list_id: None,
        unsubscribe: None,
    };
    let mut message = compose(&outgoing).map_err(|problem| anyhow!(problem))?;
    if let Some(signer) = &desk.signer {
        message = signer.sign(&message, now).map_err(|problem| anyhow!(problem))?;
    }
    let forged = border.map(canary::forgery).unwrap_or_default();
    Ok([forged.as_bytes(), &message].concat())
}

/// Which canary a mail is, if it is one of ours.
fn is(desk: &Desk, message: &Message) -> Option<i64> {
    let by_id = message.message_id.as_deref().and_then(|id| id.split('@').next());
    let by_subject = message.subject.rsplit(' ').next();
    by_id.into_iter().chain(by_subject).find_map(|token| {
        match desk.keys.open(&desk.community.slug, token)? {
            (Family::Canary, id) => Some(id),
            _another => None,
        }
    })
}

/// Looks at a mail of ours that has come back, and keeps what it shows if it is a canary.
pub async fn came(
    db: &mut PgConnection,
    desk: &Desk,
    (message, raw): (&Message, &[u8]),
    now: DateTime<Utc>,
) -> Result<Option<(i64, Found)>> {
    let (Some(id), Some(border)) = (is(desk, message), border(desk)) else { return Ok(None) };
    let found = canary::inspect(raw, border);
    if !found.passed() {
        error!(canary_id = id, ?found, "a canary has not passed: our server is not believed");
    }
    let name = canary::name(border);
    let came = (name.as_str(), found.passed());
    canaries::came(db, (desk.community.id, id), came, now).await?;
    Ok(Some((id, found)))
}

/// Whether this canary is back, in the mails that have come since it left: its octets, and when
/// the mailbox got it.
pub async fn look(
    db: &mut PgConnection,
    desk: &Desk,
    (id, since): (i64, DateTime<Utc>),
) -> Result<Option<(Vec<u8>, DateTime<Utc>)>> {
    let mails = inbox::since(db, desk.community.id, since).await?;
    Ok(mails.into_iter().find(|(raw, _)| is(desk, &mail::parse(raw)) == Some(id)))
}

/// Keeps what this canary shows, which is back.
pub async fn keep(
    db: &mut PgConnection,
    desk: &Desk,
    raw: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<Found>> {
    let mut tx = db.begin().await.context("begin to keep a canary")?;
    let came = came(&mut tx, desk, (&mail::parse(raw), raw), now).await?;
    tx.commit().await.context("keep a canary")?;
    Ok(came.map(|(_, found)| found))
}

/// What whoever runs this has to hear, and the canary that told of it first.
pub(super) async fn trouble(
    db: &mut PgConnection,
    desk: &Desk,
    now: DateTime<Utc>,
) -> Result<Option<(i64, Letter)>> {
    let Some(border) = border(desk) else { return Ok(None) };
    let key = (desk.community.id, canary::name(border));
    let failing = canaries::failing(db, (key.0, &key.1), now - OVERDUE).await?;
    Ok(failing.map(|failing| {
        let id = failing.canary_id;
        let queue = if failing.came { "results" } else { "canary" };
        let reason = format!("langbord doctor auth ({})", border.authserv_id);
        (id, Letter::Trouble { queue, id, reason })
    }))
}

/// The border whose results are to count, if any are.
fn border(desk: &Desk) -> Option<&Border> {
    match &desk.witnesses.policy.mode {
        Mode::Results(border) => Some(border),
        Mode::Off | Mode::Signatures => None,
    }
}
