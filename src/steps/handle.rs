//! Inbox to decision to changes and outbox: one mail, one transaction.

use std::panic::AssertUnwindSafe;

use anyhow::{Context, Result, anyhow, ensure};
use chrono::{DateTime, Utc};
use futures_util::FutureExt;
use sqlx::{Connection, PgConnection};
use tracing::{info, warn};

use super::authenticate::{Answer, authenticate};
use super::recall;
use super::write::{self, Answered, RETURN};
use super::{Desk, KeepGoing, Progress, canary, last_words};
use crate::command::Context as Against;
use crate::command::member::{self, Sent};
use crate::community::decide::{self, Read};
use crate::community::level::Novelty;
use crate::community::member::MemberChange;
use crate::community::{Change, Decision, Disposition, Facts};
use crate::mail::authentic::{Heard, Verdict, lookalike};
use crate::mail::compose::LOOP_HEADER;
use crate::mail::{self, EmailAddress, Message};
use crate::store::apply::{self, Cause};
use crate::store::facts::{self, Clues};
use crate::store::inbox::{self, Settled, Waiting};
use crate::store::{outbox, people, privacy};
use crate::understand::{self, Kind, Meaning};
use crate::wire::LARGEST_MAIL;

/// Mails claimed at once.
const BATCH: i64 = 20;

/// What became of one mail, for whoever watches.
#[derive(Debug, Clone)]
pub struct Handled {
    /// Its row.
    pub inbox_id: i64,
    /// Who wrote.
    pub from: Option<EmailAddress>,
    /// What it means.
    pub meaning: Meaning,
    /// What was decided.
    pub decision: Decision,
}

/// Handles the mails that have waited longest, each in a transaction of its own. A mail that can
/// not be handled does not hold up the next. What is claimed and not begun when `keep_going` says
/// no is freed when the daemon leaves.
pub async fn step(
    db: &mut PgConnection,
    desk: &Desk,
    daemon_id: i64,
    keep_going: KeepGoing<'_>,
    now: DateTime<Utc>,
) -> Result<(Progress, Vec<Handled>)> {
    let claimed = inbox::claim(db, desk.community.id, daemon_id, BATCH, now).await?;
    let mut handled = Vec::new();
    let heard = match claimed.as_slice() {
        [] => Heard::Against,
        _some => canary::heard(db, desk, now).await?,
    };
    for waiting in claimed.iter().take_while(|_| keep_going()) {
        match guarded(db, (desk, heard), waiting, now).await {
            Ok(None) => {}
            Ok(Some(outcome)) => {
                let disposition = outcome.decision.disposition.as_str();
                info!(inbox.id = waiting.inbox_id, disposition, "handled");
                handled.push(outcome);
            }
            Err(error) => {
                let reason = format!("{error:#}");
                warn!(
                    inbox.id = waiting.inbox_id,
                    attempt = waiting.attempt,
                    reason,
                    "not handled"
                );
                inbox::stumble(db, waiting, &reason, now).await?;
            }
        }
    }
    let progress = if claimed.is_empty() { Progress::Idle } else { Progress::Worked };
    Ok((progress, handled))
}

/// Handles a mail so that the worst it can do is to fail: a panic is an error like others, and a
/// mail that has ended its reader every time is not read again.
async fn guarded(
    db: &mut PgConnection,
    desk: (&Desk, Heard),
    waiting: &Waiting,
    now: DateTime<Utc>,
) -> Result<Option<Handled>> {
    ensure!(!waiting.is_worn_out(), "every attempt to read it has ended the daemon");
    let handled = AssertUnwindSafe(one(db, desk, waiting, now)).catch_unwind().await;
    handled.unwrap_or_else(|panic| Err(anyhow!("a panic: {}", last_words(panic.as_ref()))))
}

/// Handles a mail, or lets it wait where nobody can tell just now who wrote it.
async fn one(
    db: &mut PgConnection,
    (desk, heard): (&Desk, Heard),
    waiting: &Waiting,
    now: DateTime<Utc>,
) -> Result<Option<Handled>> {
    let desk = &desk.as_set(db).await?;
    let message = mail::parse(&waiting.raw);
    let sent = facts::sent_text(db, &message.references).await?;
    let mut meaning = understand::understand(&message, sent.as_deref());
    if waiting.too_large {
        // Only the header is here: nothing is guessed from it, and a person is told.
        meaning.answer = None;
        meaning.needs_human = true;
        meaning.visible_text = format!("{} (> {} MB)", message.subject, LARGEST_MAIL >> 20);
    }
    let mut clues = clues(desk, &message, &meaning);
    if let Some(from) = &clues.from {
        clues.stranger = people::by_email(db, desk.community.id, from).await?.is_none();
    }
    match authenticate(&desk.witnesses, (waiting, &clues), heard, now).await {
        Answer::Verdict(verdict) => clues.verdict = verdict,
        Answer::Later(why, then) => {
            info!(inbox.id = waiting.inbox_id, why, "held");
            inbox::hold(db, waiting, (&why, then)).await?;
            return Ok(None);
        }
    }

    let mut tx = db.begin().await.context("begin a mail")?;
    let at = (waiting.inbox_id, waiting.arrived_at);
    let mut facts = facts::about(&mut tx, &desk.community, &clues, at, now).await?;
    look_closer(&mut facts, waiting, &meaning);
    let said = [message.subject.as_str(), meaning.visible_text.as_str()];
    recall::forgotten(&mut tx, desk, &mut facts, &said).await?;
    let read = Read {
        meaning: &meaning,
        subject: &message.subject,
        ours: is_ours(desk, &message),
        odd: understand::is_odd(&message),
    };
    let decision = decide::decide(&facts, read, now);
    if read.ours {
        canary::came(&mut tx, desk, (&message, &waiting.raw), now).await?;
    }
    carry_out(&mut tx, desk, (&facts, &decision), &message, now).await?;
    // Only the mail that is answered has surely arrived: the thread's older ones are named because
    // we named them.
    if let Some(answered) = message.references.last()
        && decision.disposition != Disposition::Bounce
    {
        outbox::arrived(&mut tx, answered, now).await?;
    }
    let first = facts.evidence.novelty == Novelty::First;
    let settled = Settled {
        disposition: decision.disposition.as_str(),
        proof: &facts.evidence.author,
        content: clues.verdict.content.as_ref().filter(|_| first).map(<[u8; 32]>::as_slice),
    };
    inbox::settle(&mut tx, waiting, settled, now).await?;
    tx.commit().await.context("commit a mail")?;
    Ok(Some(Handled { inbox_id: waiting.inbox_id, from: message.from, meaning, decision }))
}

/// What only the mail itself tells of its author: a machine, or somebody who looks like an
/// organizer.
fn look_closer(facts: &mut Facts, waiting: &Waiting, meaning: &Meaning) {
    facts.evidence.automatic = match meaning.kind {
        Kind::Bounce | Kind::AutoReply | Kind::Feedback | Kind::List => true,
        Kind::Reply | Kind::Calendar => false,
    };
    if facts.sender.is_none() {
        let addresses = facts.organizers.iter().map(|organizer| &organizer.address);
        let imitated = lookalike::imitates(&waiting.raw, addresses);
        let organizer = |address: &EmailAddress| {
            facts.organizers.iter().find(|organizer| organizer.address == *address)
        };
        facts.evidence.imitates = imitated.and_then(organizer).map(|organizer| organizer.id);
    }
}

async fn carry_out(
    db: &mut PgConnection,
    desk: &Desk,
    (facts, decision): (&Facts, &Decision),
    message: &Message,
    now: DateTime<Utc>,
) -> Result<()> {
    let cause = Cause {
        community_id: desk.community.id,
        person_id: facts.sender.as_ref().map(|sender| sender.id),
        inbox_id: Some(facts.inbox_id),
        now,
    };
    for held in &decision.changes {
        if let Change::Hold { stranger, invitation_id } = held {
            let answered = Answered { inbox_id: facts.inbox_id, replies_to: Some(message) };
            write::hold(db, desk, (stranger, *invitation_id), answered, now).await?;
        }
    }
    change(db, desk, &decision.changes, cause).await?;
    if decision.changes.iter().any(|change| matches!(change, Change::Audit { .. })) {
        apply::witness(db, facts.inbox_id, &facts.evidence.signals()).await?;
    }
    for post in &decision.posts {
        let to_author = facts.sender.as_ref().is_some_and(|sender| sender.id == post.to.id);
        let replies_to = to_author.then_some(message);
        let answered = Answered { inbox_id: facts.inbox_id, replies_to };
        write::queue(db, desk, post, Some(answered), now).await?;
    }
    Ok(())
}

/// Carries out changes, in order.
pub(super) async fn change(
    db: &mut PgConnection,
    desk: &Desk,
    changes: &[Change],
    cause: Cause,
) -> Result<()> {
    for change in changes {
        if let Change::Member { person_id, change: MemberChange::Erase } = change {
            erase(db, desk, *person_id, cause.now).await?;
        } else {
            apply::apply(db, change, cause).await?;
        }
    }
    Ok(())
}

/// Erases a person. What stays of their addresses is a hash that only this installation can make.
pub(super) async fn erase(
    db: &mut PgConnection,
    desk: &Desk,
    person_id: i64,
    now: DateTime<Utc>,
) -> Result<()> {
    let addresses = privacy::addresses(db, person_id).await?;
    let hashes: Vec<String> = addresses.iter().map(|email| desk.erased_name(email)).collect();
    privacy::erase(db, desk.community.id, person_id, &hashes, now).await
}

/// What the mail says about what it is about.
fn clues(desk: &Desk, message: &Message, meaning: &Meaning) -> Clues {
    let community = &desk.community;
    let details: Vec<&str> = message
        .recipients
        .iter()
        .filter(|recipient| recipient.without_detail() == community.address)
        .filter_map(EmailAddress::detail)
        .collect();
    let domain = community.address.domain();
    let by_path = details.iter().filter_map(|detail| detail.strip_prefix(RETURN));
    let by_path = by_path.map(|stem| format!("{stem}@{domain}"));
    let by_header = meaning.bounce.iter().filter_map(|bounce| bounce.original_message_id.clone());
    let returned = meaning.bounce.iter().flat_map(|_| by_header.clone().chain(by_path.clone()));
    Clues {
        tokens: details
            .iter()
            .filter_map(|detail| desk.keys.open(&community.slug, detail))
            .collect(),
        references: message.references.clone(),
        returned: returned.collect(),
        calendar_uid: meaning.calendar.as_ref().and_then(|calendar| calendar.uid.clone()),
        from: message.from.clone(),
        verdict: Verdict::default(),
        wishes: asks_for_something(desk, message, meaning),
        stranger: false,
    }
}

/// Whether there is something in it beside an answer, for which more must be looked up.
fn asks_for_something(desk: &Desk, message: &Message, meaning: &Meaning) -> bool {
    let community = &desk.community;
    let now = DateTime::UNIX_EPOCH;
    let context = Against { now, zone: community.zone, language: community.language, seats: None };
    let (text, subject) = (&meaning.visible_text, &message.subject);
    !member::read(text, subject, Sent::Elsewhere, context).is_empty()
}

/// Whether we wrote this ourselves: by our own mark, or because the community is its author.
fn is_ours(desk: &Desk, message: &Message) -> bool {
    let marked = |(name, value): &(String, String)| {
        name.eq_ignore_ascii_case(LOOP_HEADER) && value == desk.community.address.domain()
    };
    let author = message.from.as_ref().map(EmailAddress::without_detail);
    author.as_ref() == Some(&desk.community.address) || message.headers.iter().any(marked)
}
