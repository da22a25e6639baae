//! Changes, carried out. One exhaustive match; what a change means was decided before.

use anyhow::Result;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use super::{errands, exactly_one, members, notices, outbox, people, settings, waves, words};
use crate::command::{CutOff, NewGathering};
use crate::community::Change;
use crate::community::decision::{Outcome, Placed, Record};
use crate::language::Language;

/// On whose behalf changes are made.
#[derive(Debug, Clone, Copy)]
pub struct Cause {
    /// The community.
    pub community_id: i64,
    /// Who.
    pub person_id: Option<i64>,
    /// The mail; `None` where the passing of time is the cause.
    pub inbox_id: Option<i64>,
    /// When.
    pub now: DateTime<Utc>,
}

/// Carries out one change.
#[expect(clippy::too_many_lines, reason = "an arm for each change, and nothing else")]
pub async fn apply(db: &mut PgConnection, change: &Change, cause: Cause) -> Result<()> {
    match change {
        Change::Answer(placed) => place(db, placed).await,
        // A stranger is told by a letter and leaves no row.
        Change::Hold { .. } => Ok(()),
        Change::Record(said) => record(db, said, cause).await,
        Change::SettlePending { inbox_id, confirmed } => {
            settle_pending(db, (*inbox_id, *confirmed), cause.now).await
        }
        Change::AddAddress { person_id, email } => {
            people::add_address(db, *person_id, email, cause.now).await
        }
        Change::Promise { invitation_id, until } => promise(db, *invitation_id, *until).await,
        Change::CameBack { outbox_id, reason } => {
            outbox::came_back(db, (*outbox_id, reason), cause.now).await
        }
        Change::Propose { proposed, shown, gathering_id, expires_at } => {
            let command = serde_json::to_value(proposed)?;
            propose(db, (&command, shown), *gathering_id, *expires_at, cause).await
        }
        Change::Notice { proposal_id, due_at, asked } => {
            notices::begin(db, *proposal_id, *due_at, asked).await
        }
        Change::NoticeAnswered { notice_id, yes } => {
            notices::answered(db, *notice_id, if *yes { "yes" } else { "no" }, cause).await
        }
        Change::SettleProposal { proposal_id, outcome } => {
            settle_proposal(db, *proposal_id, *outcome, cause.now).await
        }
        Change::Create { gathering_id, new, starts_at, host_id, guests } => {
            create(db, *gathering_id, new, (*starts_at, *host_id), cause).await?;
            invite(db, *gathering_id, guests, cause.now).await
        }
        Change::Waves { gathering_id, waves } => waves::replace(db, *gathering_id, waves).await,
        Change::OpenWave { gathering_id, number, guests, keeps_free } => {
            waves::open(db, (*gathering_id, *number), cause.now).await?;
            invite(db, *gathering_id, guests, cause.now).await?;
            if *keeps_free { keep_free(db, *gathering_id, guests).await } else { Ok(()) }
        }
        Change::Invite { gathering_id, guests } => {
            touch(db, *gathering_id).await?;
            invite(db, *gathering_id, guests, cause.now).await
        }
        Change::KeepFree { gathering_id, guests } => keep_free(db, *gathering_id, guests).await,
        Change::Ask { gathering_id, guests } => ask(db, *gathering_id, guests, cause.now).await,
        Change::Seats { gathering_id, seats } => set_seats(db, *gathering_id, *seats).await,
        Change::Move { gathering_id, to, starts_at, asked_again, reply_by, kitchen_by } => {
            set_time(db, *gathering_id, (*to, *starts_at), cause.now).await?;
            set_deadlines(db, *gathering_id, (*reply_by, *kitchen_by)).await?;
            take_offers_back(db, *gathering_id).await?;
            ask_again(db, *gathering_id, *asked_again).await
        }
        Change::Cancel { gathering_id, reason } => {
            cancel(db, *gathering_id, reason.as_deref(), cause.now).await
        }
        Change::Describe { gathering_id, key, value } => {
            touch(db, *gathering_id).await?;
            errands::describe(db, *gathering_id, *key, value.as_deref()).await
        }
        Change::Particular { gathering_id, particular } => {
            touch(db, *gathering_id).await?;
            errands::particular(db, *gathering_id, *particular).await
        }
        Change::ReplyBy { gathering_id, day } => {
            touch(db, *gathering_id).await?;
            errands::reply_by(db, *gathering_id, *day).await
        }
        Change::KitchenBy { gathering_id, by } => {
            touch(db, *gathering_id).await?;
            errands::kitchen_by(db, *gathering_id, *by).await
        }
        Change::AddMember { name, email } => errands::add_member(db, (name, email), cause).await,
        Change::Host { gathering_id, person_id } => {
            touch(db, *gathering_id).await?;
            errands::host(db, (*gathering_id, *person_id), cause.now).await
        }
        Change::Touch { gathering_id } => touch(db, *gathering_id).await,
        Change::Uninvite { gathering_id, person_id } => {
            errands::uninvite(db, *gathering_id, *person_id).await
        }
        Change::Reinvite { gathering_id, invitation } => {
            errands::reinvite(db, *gathering_id, invitation).await
        }
        Change::Came { invitation_id, came } => errands::came(db, *invitation_id, *came).await,
        Change::Restore(gathering) => {
            touch(db, gathering.id).await?;
            errands::restore(db, gathering).await
        }
        Change::Drop { gathering_id } => errands::drop(db, *gathering_id).await,
        Change::Remember { lines, letters, acts, before, after } => {
            errands::remember(db, (lines, letters, acts), (before, after), cause).await
        }
        Change::Undone { inbox_id } => errands::undone(db, *inbox_id, cause.now).await,
        Change::Withdraw { gathering_id } => outbox::withdraw(db, *gathering_id, cause.now).await,
        Change::WithdrawFrom { invitation_id } => {
            outbox::withdraw_from(db, *invitation_id, cause.now).await
        }
        Change::Set(setting) => settings::set(db, setting, cause).await,
        Change::Member { person_id, change } => members::apply(db, *person_id, change, cause).await,
        Change::Audit { act, gathering_id, details, command } => {
            audit(db, (act, command.as_deref()), *gathering_id, details, cause).await
        }
    }
}

async fn place(db: &mut PgConnection, placed: &Placed) -> Result<()> {
    let changed = sqlx::query!(
        "update invitation
            set answer = $2, answered_at = $3, seat = $4, party = $5, waiting_since = $6,
                offers = $7, offer_until = $8, diets = $9, diet_notes = $10, unreached_at = null
          where invitation_id = $1",
        placed.invitation_id,
        placed.answer.as_ref().map(words::word),
        placed.answered_at,
        words::seat(placed.seat),
        words::integer(placed.party),
        placed.waiting_since,
        words::integer(placed.offers),
        placed.offer_until,
        &words::all(&placed.diets),
        &placed.diet_notes,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "place a guest")
}

async fn record(db: &mut PgConnection, said: &Record, cause: Cause) -> Result<()> {
    let inserted = sqlx::query!(
        "insert into answer (invitation_id, inbox_id, stated_at, answer, party, because, state,
                             other_email, diets, diet_notes)
         select $1, inbox_id, arrived_at, $3, $4, $5, $6, $7, $8, $9 from inbox where inbox_id = $2",
        said.invitation_id,
        cause.inbox_id,
        said.answer.as_ref().map(words::word),
        said.party.map(words::integer),
        said.because,
        said.state,
        said.other_email.as_ref().map(crate::mail::EmailAddress::as_str),
        &words::all(&said.diets),
        &said.diet_notes,
    )
    .execute(db)
    .await?;
    exactly_one(&inserted, "record what a mail said")
}

async fn settle_pending(
    db: &mut PgConnection,
    (inbox_id, confirmed): (i64, bool),
    now: DateTime<Utc>,
) -> Result<()> {
    let changed = sqlx::query!(
        "update answer set state = $2, diets = '{}', diet_notes = '{}'
          where inbox_id = $1 and state = 'pending'",
        inbox_id,
        if confirmed { "confirmed" } else { "rejected" },
    )
    .execute(&mut *db)
    .await?;
    if confirmed {
        // It was the guest, so there is nobody to let in.
        sqlx::query!(
            "update request set outcome = 'dropped', settled_at = $2
              where request_id = $1 and kind = 'let-in' and settled_at is null",
            inbox_id,
            now,
        )
        .execute(db)
        .await?;
    }
    exactly_one(&changed, "settle a pending answer")
}

async fn promise(
    db: &mut PgConnection,
    invitation_id: i64,
    until: Option<NaiveDate>,
) -> Result<()> {
    let changed = sqlx::query!(
        "update invitation set answers_by = $2 where invitation_id = $1",
        invitation_id,
        until,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "keep a promise of an answer")
}

async fn propose(
    db: &mut PgConnection,
    (command, shown): (&Value, &Value),
    gathering_id: Option<i64>,
    expires_at: DateTime<Utc>,
    cause: Cause,
) -> Result<()> {
    let inserted = sqlx::query!(
        "insert into proposal (proposal_id, community_id, organizer_id, command, shown, gathering_id,
                               expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        cause.inbox_id,
        cause.community_id,
        cause.person_id,
        command,
        shown,
        gathering_id,
        expires_at,
    )
    .execute(db)
    .await?;
    exactly_one(&inserted, "keep a preview")
}

/// Single use: only an unsettled preview can be settled, and only once.
async fn settle_proposal(
    db: &mut PgConnection,
    proposal_id: i64,
    outcome: Outcome,
    now: DateTime<Utc>,
) -> Result<()> {
    let outcome = match outcome {
        Outcome::Done => "done",
        Outcome::Dropped => "dropped",
        Outcome::Changed => "changed",
    };
    let changed = sqlx::query!(
        "update proposal set outcome = $2, settled_at = $3 where proposal_id = $1 and settled_at is null",
        proposal_id,
        outcome,
        now,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "settle a preview")
}

async fn create(
    db: &mut PgConnection,
    gathering_id: i64,
    new: &NewGathering,
    (starts_at, host_id): (DateTime<Utc>, Option<i64>),
    cause: Cause,
) -> Result<()> {
    let inserted = sqlx::query!(
        "insert into gathering (gathering_id, community_id, kind, title, starts_local, starts_at, place,
                                host, host_id, menu, menu_reason, question, note, reply_by, seats,
                                changed_at, created_at, language, calendar, speaker, pre_read, kitchen_by)
         select $1, $2, $3, $4, $5, $6, $7,
                coalesce((select name from person where person_id = $9), $8), $9,
                $10, $11, $12, $13, $14, $15, $16, $16, $17, $18, $19, $20, $21",
        gathering_id,
        cause.community_id,
        words::word(&new.kind),
        new.title,
        new.starts,
        starts_at,
        new.place,
        new.host,
        host_id,
        new.menu,
        new.menu_reason,
        new.question,
        new.note,
        new.reply_by,
        words::integer(new.seats),
        cause.now,
        new.language.map(Language::tag),
        new.calendar.as_ref().map(words::word),
        new.speaker,
        new.pre_read,
        new.kitchen_cut_off.and_then(CutOff::moment),
    )
    .execute(db)
    .await?;
    exactly_one(&inserted, "make a gathering")
}

pub(super) async fn invite(
    db: &mut PgConnection,
    gathering_id: i64,
    guests: &[i64],
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into invitation (gathering_id, person_id, invited_at)
         select $1, guest, $3 from unnest($2::bigint[]) as guest
         on conflict (gathering_id, person_id) do nothing",
        gathering_id,
        guests,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// These are first told to keep the day free, and asked nearer to it.
async fn keep_free(db: &mut PgConnection, gathering_id: i64, guests: &[i64]) -> Result<()> {
    sqlx::query!(
        "update invitation set keeps_free = true where gathering_id = $1 and person_id = any($2)",
        gathering_id,
        guests,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// These are asked now, who were to be asked nearer to the day.
async fn ask(
    db: &mut PgConnection,
    gathering_id: i64,
    guests: &[i64],
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update invitation set keeps_free = false, invited_at = $3
          where gathering_id = $1 and person_id = any($2) and keeps_free",
        gathering_id,
        guests,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A command has changed the gathering: previews of how it was no longer count.
async fn touch(db: &mut PgConnection, gathering_id: i64) -> Result<()> {
    let changed = sqlx::query!(
        "update gathering set version = version + 1, plan_at = '-infinity' where gathering_id = $1",
        gathering_id,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "note that a gathering has changed")
}

async fn set_seats(db: &mut PgConnection, gathering_id: i64, seats: u32) -> Result<()> {
    touch(db, gathering_id).await?;
    let changed = sqlx::query!(
        "update gathering set seats = $2 where gathering_id = $1",
        gathering_id,
        words::integer(seats),
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "change the number of seats")
}

async fn set_time(
    db: &mut PgConnection,
    gathering_id: i64,
    (to, starts_at): (NaiveDateTime, DateTime<Utc>),
    now: DateTime<Utc>,
) -> Result<()> {
    touch(db, gathering_id).await?;
    let changed = sqlx::query!(
        // A move that nobody has heard of yet is one with this one.
        "update gathering
            set moved_from = case when told then starts_local else moved_from end,
                asked_again = starts_local::date <> $2::timestamp::date or (asked_again and not told),
                asked_sequence = case when starts_local::date <> $2::timestamp::date
                                      then sequence + 1 else asked_sequence end,
                starts_local = $2, starts_at = $3, sequence = sequence + 1, changed_at = $4
           from (select moved_from is null
                        or exists (select from outbox
                                    where gathering_id = $1 and letter in ('moved', 'save-the-date')
                                      and purpose like letter || ':%:' || sequence
                                      and state in ('sending', 'sent', 'doubtful')) as told
                   from gathering where gathering_id = $1) as last
          where gathering_id = $1",
        gathering_id,
        to,
        starts_at,
        now,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "move a gathering")
}

async fn set_deadlines(
    db: &mut PgConnection,
    gathering_id: i64,
    (reply_by, kitchen_by): (Option<NaiveDate>, Option<NaiveDateTime>),
) -> Result<()> {
    let changed = sqlx::query!(
        "update gathering set reply_by = $2, kitchen_by = $3 where gathering_id = $1",
        gathering_id,
        reply_by,
        kitchen_by,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "set the deadlines of a gathering")
}

/// An offer was for another time, and its letter may not have left: the list moves anew.
async fn take_offers_back(db: &mut PgConnection, gathering_id: i64) -> Result<()> {
    sqlx::query!(
        "update invitation set seat = 'waiting', offer_until = null
          where gathering_id = $1 and seat = 'offered'",
        gathering_id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// After a move to another date nobody has answered; whoever had a seat keeps it meanwhile.
async fn ask_again(db: &mut PgConnection, gathering_id: i64, asked_again: bool) -> Result<()> {
    if asked_again {
        sqlx::query!(
            "update invitation set answer = null, answers_by = null where gathering_id = $1",
            gathering_id
        )
        .execute(db)
        .await?;
    }
    Ok(())
}

async fn cancel(
    db: &mut PgConnection,
    gathering_id: i64,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<()> {
    touch(db, gathering_id).await?;
    let changed = sqlx::query!(
        "update gathering set state = 'cancelled', reason = $2, sequence = sequence + 1, changed_at = $3
          where gathering_id = $1 and state = 'open'",
        gathering_id,
        reason,
        now,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "call a gathering off")
}

async fn audit(
    db: &mut PgConnection,
    (act, command): (&str, Option<&str>),
    gathering_id: Option<i64>,
    details: &Value,
    cause: Cause,
) -> Result<()> {
    sqlx::query!(
        "insert into audit (community_id, at, person_id, inbox_id, gathering_id, act, command, details)
         values ($1, $2, $3, $4, $5, $6, $8,
                 $7 || coalesce((select jsonb_build_object('mail', encode(digest, 'hex'))
                                   from inbox where inbox_id = $4), '{}')
                    || coalesce((select jsonb_build_object('asked_mail', encode(digest, 'hex'))
                                   from inbox where inbox_id = ($7::jsonb ->> 'asked')::bigint), '{}'))",
        cause.community_id,
        cause.now,
        cause.person_id,
        cause.inbox_id,
        gathering_id,
        act,
        details,
        command,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Keeps with the acts of a mail what it was and what it proved.
pub async fn witness(db: &mut PgConnection, inbox_id: i64, signals: &str) -> Result<()> {
    sqlx::query!(
        "update audit set signals = $2, digest = inbox.digest
           from inbox where inbox.inbox_id = audit.inbox_id and audit.inbox_id = $1",
        inbox_id,
        signals,
    )
    .execute(db)
    .await?;
    Ok(())
}
