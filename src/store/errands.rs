//! What organizers ask for by mail: words of a gathering, its guests, and what is remembered to take
//! it back by.

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use super::apply::Cause;
use super::people::{self, NewPerson};
use super::{exactly_one, outbox, tables, words};
use crate::command::Key;
use crate::command::setting::Particular;
use crate::community::facts::{LastErrand, Said};
use crate::community::gathering::{Absence, Gone, Sheet, Table};
use crate::community::{Gathering, Invitation};
use crate::language::Language;
use crate::mail::EmailAddress;

/// Another word about a gathering.
pub async fn describe(
    db: &mut PgConnection,
    gathering_id: i64,
    key: Key,
    value: Option<&str>,
) -> Result<()> {
    let changed = sqlx::query!(
        "update gathering
            set title = case when $2 = 'title' then $3 else title end,
                place = case when $2 = 'where' then $3 else place end,
                menu = case when $2 = 'menu' then $3 else menu end,
                menu_reason = case when $2 = 'why this menu' then $3 else menu_reason end,
                question = case when $2 = 'question' then $3 else question end,
                note = case when $2 = 'note' then $3 else note end,
                pre_read = case when $2 = 'pre-read' then $3 else pre_read end,
                speaker = case when $2 = 'speaker' then $3 else speaker end
          where gathering_id = $1",
        gathering_id,
        key.name(),
        value,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "describe a gathering")
}

/// Something is otherwise at a gathering than in its community.
pub async fn particular(
    db: &mut PgConnection,
    gathering_id: i64,
    particular: Particular,
) -> Result<()> {
    let (language, calendar) = match particular {
        Particular::Language(language) => (Some(language.tag()), None),
        Particular::Calendar(policy) => (None, Some(words::word(&policy))),
    };
    let changed = sqlx::query!(
        "update gathering
            set language = coalesce($2, language), calendar = coalesce($3, calendar)
          where gathering_id = $1",
        gathering_id,
        language,
        calendar,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "set a gathering")
}

/// Until when answers are awaited.
pub async fn reply_by(
    db: &mut PgConnection,
    gathering_id: i64,
    day: Option<NaiveDate>,
) -> Result<()> {
    let changed = sqlx::query!(
        "update gathering set reply_by = $2 where gathering_id = $1",
        gathering_id,
        day,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "change a deadline")
}

/// From when the kitchen takes no change.
pub async fn kitchen_by(db: &mut PgConnection, gathering_id: i64, by: NaiveDateTime) -> Result<()> {
    let changed = sqlx::query!(
        "update gathering set kitchen_by = $2 where gathering_id = $1",
        gathering_id,
        by,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "change the kitchen's deadline")
}

/// Somebody is a member from now on.
pub async fn add_member(
    db: &mut PgConnection,
    (name, email): (&str, &EmailAddress),
    cause: Cause,
) -> Result<()> {
    let person = NewPerson {
        name: name.to_owned(),
        email: email.clone(),
        language: None,
        phone: None,
        organizer: false,
        host: false,
        mentor: false,
    };
    people::keep_member(db, cause.community_id, &person, cause.now).await?;
    Ok(())
}

/// Somebody is the host.
pub async fn host(
    db: &mut PgConnection,
    (gathering_id, person_id): (i64, i64),
    now: DateTime<Utc>,
) -> Result<()> {
    let changed = sqlx::query!(
        "update gathering
            set host_id = $2, host = (select name from person where person_id = $2),
                host_since = $3, host_gone_at = null
          where gathering_id = $1",
        gathering_id,
        person_id,
        now,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "change the host")
}

/// An invitation is taken away; the trigger counts the seats.
pub async fn uninvite(db: &mut PgConnection, gathering_id: i64, person_id: i64) -> Result<()> {
    let gone = sqlx::query!(
        "delete from invitation where gathering_id = $1 and person_id = $2",
        gathering_id,
        person_id,
    )
    .execute(&mut *db)
    .await?;
    exactly_one(&gone, "take an invitation away")?;
    // A later round may ask them, whichever round it was that did.
    sqlx::query!(
        "delete from wave_guest where gathering_id = $1 and person_id = $2",
        gathering_id,
        person_id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An invitation is there again, as it was.
pub async fn reinvite(
    db: &mut PgConnection,
    gathering_id: i64,
    invitation: &Invitation,
) -> Result<()> {
    let inserted = sqlx::query!(
        "insert into invitation (invitation_id, gathering_id, person_id, invited_at, answer, answered_at,
                                 seat, party, waiting_since, offers, offer_until, diets, diet_notes, answers_by, keeps_free)
         overriding system value
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        invitation.id,
        gathering_id,
        invitation.person_id,
        invitation.invited_at,
        invitation.answer.as_ref().map(words::word),
        invitation.answered_at,
        words::seat(invitation.seat),
        words::integer(invitation.party),
        invitation.waiting_since,
        words::integer(invitation.offers),
        invitation.offer_until,
        &words::all(&invitation.diets),
        &invitation.diet_notes,
        invitation.answers_by,
        invitation.keeps_free,
    )
    .execute(&mut *db)
    .await?;
    exactly_one(&inserted, "invite again")?;
    // The letters that were theirs are theirs again.
    sqlx::query!(
        "update outbox set invitation_id = $1
          where gathering_id = $2 and person_id = $3 and invitation_id is null
            and (purpose like 'invitation:' || $1::bigint || ':%'
                 or purpose like 'save-the-date:' || $1::bigint || ':%')",
        invitation.id,
        gathering_id,
        invitation.person_id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Whether a guest came.
pub async fn came(db: &mut PgConnection, invitation_id: i64, came: Option<bool>) -> Result<()> {
    let changed = sqlx::query!(
        "update invitation set came = $2 where invitation_id = $1",
        invitation_id,
        came,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "note who came")
}

/// A gathering as it was, but for its version and the seats that are taken.
pub async fn restore(db: &mut PgConnection, was: &Gathering) -> Result<()> {
    let (mut host, mut host_id, mut gone_at) = (was.host.as_ref(), was.host_id, None);
    match &was.host_gone {
        // What nobody is shown is kept all the same: whoever is forgotten later is found by it.
        Some(Absence { since, why: Gone::Left { name, person_id } }) => {
            (host, host_id, gone_at) = (Some(name), Some(*person_id), Some(*since));
        }
        Some(Absence { since, why: Gone::Erased }) => gone_at = Some(*since),
        Some(Absence { why: Gone::Away { .. }, .. }) | None => {}
    }
    let changed = sqlx::query!(
        "update gathering
            set title = $2, starts_local = $3, starts_at = $4, place = $5, host = $6, host_id = $7,
                menu = $8, menu_reason = $9, question = $10, note = $11, pre_read = $12, speaker = $13,
                reply_by = $14, seats = $15, state = $16, reason = $17, sequence = $18,
                moved_from = $19, asked_again = $20, changed_at = $21, asked_sequence = $22, kitchen_by = $23,
                host_since = $24,
                host_gone_at = coalesce($25, case when host_id is not distinct from $7 then host_gone_at end),
                language = $26, calendar = $27
          where gathering_id = $1",
        was.id,
        was.title,
        was.starts_local,
        was.starts_at,
        was.place,
        host,
        host_id,
        was.menu,
        was.menu_reason,
        was.question,
        was.note,
        was.pre_read,
        was.speaker,
        was.reply_by,
        words::integer(was.seats),
        words::state(was.state),
        was.reason,
        words::integer(was.sequence),
        was.moved_from,
        was.asked_again,
        was.changed_at,
        words::integer(was.asked_sequence),
        was.kitchen_by,
        was.host_since,
        gone_at,
        was.language.map(Language::tag),
        was.calendar.as_ref().map(words::word),
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "restore a gathering")
}

/// A gathering that nobody has heard of is gone, with its invitations.
pub async fn drop(db: &mut PgConnection, gathering_id: i64) -> Result<()> {
    let gone = sqlx::query!("delete from gathering where gathering_id = $1", gathering_id)
        .execute(db)
        .await?;
    exactly_one(&gone, "drop a gathering")
}

/// What a mail has changed.
pub async fn remember(
    db: &mut PgConnection,
    (lines, letters, acts): (&[String], &[&'static str], &Value),
    (before, after): (&[Sheet], &[Sheet]),
    cause: Cause,
) -> Result<()> {
    let letters: Vec<String> = letters.iter().map(|letter| (*letter).to_owned()).collect();
    let inserted = sqlx::query!(
        "insert into errand (inbox_id, community_id, organizer_id, done_at, lines, letters, before, after, acts)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        cause.inbox_id,
        cause.community_id,
        cause.person_id,
        cause.now,
        lines,
        &letters,
        serde_json::to_value(before)?,
        serde_json::to_value(after)?,
        acts,
    )
    .execute(db)
    .await?;
    exactly_one(&inserted, "remember an errand")
}

/// It has been taken back.
pub async fn undone(db: &mut PgConnection, inbox_id: i64, now: DateTime<Utc>) -> Result<()> {
    let changed = sqlx::query!(
        "update errand set undone_at = $2 where inbox_id = $1 and undone_at is null",
        inbox_id,
        now,
    )
    .execute(&mut *db)
    .await?;
    outbox::withdraw_digest(db, inbox_id, now).await?;
    exactly_one(&changed, "take an errand back")
}

/// How long a command mail may be taken back.
const UNDO: TimeDelta = TimeDelta::hours(24);

/// The last command mail of an organizer within a day, and how many of the mails that it led to have
/// left. Its gatherings are locked.
pub async fn last(
    db: &mut PgConnection,
    (community_id, organizer_id): (i64, i64),
    now: DateTime<Utc>,
) -> Result<Option<LastErrand>> {
    let row = sqlx::query!(
        r#"select inbox_id, done_at, lines, letters, before, after, undone_at,
                  exists (select from audit
                           where audit.inbox_id = errand.inbox_id and details @> '{"large": true}') as "heard!"
             from errand
          where community_id = $1 and organizer_id = $2 and done_at > $3
          order by done_at desc, inbox_id desc limit 1"#,
        community_id,
        organizer_id,
        now - UNDO,
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let before = sheets(row.before)?;
    let after = sheets(row.after)?;
    let ids: Vec<i64> = after.iter().map(|sheet| sheet.gathering.id).collect();
    tables::lock(db, &ids).await?;
    let lasts = after.is_empty() && !row.letters.iter().any(|letter| letter == "digest");
    let left = left(db, (&ids, row.inbox_id), &row.letters, row.done_at).await?;
    let there = tables::gatherings(db, &ids).await?;
    let mut tables: Vec<Table> = Vec::new();
    for gathering in there {
        tables.push(tables::table(db, community_id, gathering.id).await?);
    }
    Ok(Some(LastErrand {
        inbox_id: row.inbox_id,
        done_at: row.done_at,
        lines: row.lines,
        before,
        after,
        now: tables,
        undone: row.undone_at.is_some(),
        lasts,
        heard: row.heard,
        left,
    }))
}

fn sheets(stored: Option<Value>) -> Result<Vec<Sheet>> {
    let stored = stored.unwrap_or_else(|| Value::Array(Vec::new()));
    serde_json::from_value(stored).context("read what an errand touched")
}

async fn left(
    db: &mut PgConnection,
    (gatherings, inbox_id): (&[i64], i64),
    letters: &[String],
    since: DateTime<Utc>,
) -> Result<u32> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from outbox
            where (gathering_id = any($1) and letter = any($2) and created_at >= $3
                   or purpose like 'digest-now:%:' || $4::bigint)
              and state in ('sending', 'sent', 'doubtful')"#,
        gatherings,
        letters,
        since,
        inbox_id,
    )
    .fetch_one(db)
    .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What guests have written about gatherings, oldest first.
pub async fn said(db: &mut PgConnection, gatherings: &[i64]) -> Result<Vec<Said>> {
    let rows = sqlx::query!(
        r#"select invitation_id, inbox_id, stated_at, answer.answer, answer.state, because
             from answer join invitation using (invitation_id)
            where gathering_id = any($1) order by stated_at, answer_id"#,
        gatherings,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            // That somebody comes may be told with its words; what they eat is the kitchen's alone.
            let words = |one: &Value| {
                let text = |name: &str| one.get(name).and_then(Value::as_str);
                let of_food = text("conclusion").is_some_and(|it| it.starts_with("diet"));
                let because = (text("words")?.to_owned(), text("rule")?.to_owned());
                (!of_food).then_some(because)
            };
            let because = row.because.as_array().into_iter().flatten().filter_map(words);
            Ok(Said {
                inbox_id: row.inbox_id,
                invitation_id: row.invitation_id,
                stated_at: row.stated_at,
                answer: words::read_option(row.answer.as_deref())?,
                state: row.state,
                because: because.collect(),
            })
        })
        .collect()
}

/// Whether the last that somebody has of us about being the host of a gathering asks them to be it;
/// nothing where they have nothing about it.
pub async fn is_asked_to_host(
    db: &mut PgConnection,
    gathering_id: i64,
    person_id: i64,
) -> Result<Option<bool>> {
    Ok(sqlx::query_scalar!(
        r#"select letter = 'host-asked' as "asked!" from outbox
            where gathering_id = $1 and person_id = $2
              and letter in ('host-asked', 'host-sheet', 'kitchen-sheet', 'host-news', 'passed-on')
            order by outbox_id desc limit 1"#,
        gathering_id,
        person_id,
    )
    .fetch_optional(db)
    .await?)
}
