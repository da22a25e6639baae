//! Gatherings with their invitations and guests.

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::{people, waves, words};
use crate::community::gathering::{Absence, Gone, State, Table};
use crate::community::seats::Waiter;
use crate::community::{Gathering, Invitation};

/// Locks gatherings until the transaction ends, lowest row first, so that nobody waits in a ring.
pub async fn lock(db: &mut PgConnection, ids: &[i64]) -> Result<()> {
    sqlx::query!(
        "select gathering_id from gathering where gathering_id = any($1) order by gathering_id for update",
        ids,
    )
    .fetch_all(db)
    .await?;
    Ok(())
}

/// Open gatherings of a community that have not begun.
pub async fn open(
    db: &mut PgConnection,
    community_id: i64,
    now: DateTime<Utc>,
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "select gathering_id from gathering where community_id = $1 and state = 'open' and starts_at > $2
          order by starts_at, gathering_id",
        community_id,
        now,
    )
    .fetch_all(db)
    .await?)
}

/// Open gatherings that have not begun and whose host somebody is, unless they have left since.
pub async fn hosted_by(
    db: &mut PgConnection,
    person_id: i64,
    now: DateTime<Utc>,
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "select gathering_id from gathering where host_id = $1 and state = 'open' and starts_at > $2
          order by starts_at, gathering_id",
        person_id,
        now,
    )
    .fetch_all(db)
    .await?)
}

/// Gatherings of a community that have begun in the last two months and were not called off.
pub async fn past(
    db: &mut PgConnection,
    community_id: i64,
    now: DateTime<Utc>,
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "select gathering_id from gathering
          where community_id = $1 and state <> 'cancelled' and starts_at <= $2
            and starts_at > $2 - interval '60 days'
          order by starts_at, gathering_id",
        community_id,
        now,
    )
    .fetch_all(db)
    .await?)
}

/// The last gathering of a community that has been, and those that were called off: of the last two
/// months, and to come.
pub async fn closed(
    db: &mut PgConnection,
    community_id: i64,
    now: DateTime<Utc>,
) -> Result<(Option<Gathering>, Vec<Gathering>)> {
    let ids = sqlx::query_scalar!(
        r#"(select gathering_id as "gathering_id!" from gathering
             where community_id = $1 and state <> 'cancelled' and starts_at <= $2
             order by starts_at desc, gathering_id desc limit 1)
           union all
           (select gathering_id from gathering
             where community_id = $1 and state = 'cancelled'
               and starts_at > $2 - interval '60 days')"#,
        community_id,
        now,
    )
    .fetch_all(&mut *db)
    .await?;
    let (called_off, mut held): (Vec<_>, Vec<_>) = gatherings(db, &ids)
        .await?
        .into_iter()
        .partition(|gathering| gathering.state == State::Cancelled);
    Ok((held.pop(), called_off))
}

/// The gatherings of a local day, whatever became of them.
pub async fn on_day(db: &mut PgConnection, community_id: i64, day: NaiveDate) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "select gathering_id from gathering where community_id = $1 and starts_local::date = $2
          order by starts_at, gathering_id",
        community_id,
        day,
    )
    .fetch_all(db)
    .await?)
}

/// The gatherings to which somebody is invited, latest first; of one local day, where one is given.
pub async fn of_guest(
    db: &mut PgConnection,
    person_id: i64,
    day: Option<NaiveDate>,
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "select gathering_id from invitation join gathering using (gathering_id)
          where person_id = $1 and (starts_local::date = $2 or $2 is null)
          order by starts_at desc, gathering_id",
        person_id,
        day,
    )
    .fetch_all(db)
    .await?)
}

/// Gatherings about which something may still be said: to come, called off or not, or lately over.
pub async fn recent(
    db: &mut PgConnection,
    community_id: i64,
    now: DateTime<Utc>,
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "select gathering_id from gathering
          where community_id = $1 and starts_at > $2 order by starts_at, gathering_id",
        community_id,
        now - TimeDelta::days(14),
    )
    .fetch_all(db)
    .await?)
}

/// Gatherings by their rows, soonest first.
pub async fn gatherings(db: &mut PgConnection, ids: &[i64]) -> Result<Vec<Gathering>> {
    let rows = sqlx::query_as!(
        GatheringRow,
        "select gathering_id, kind, title, starts_local, starts_at, place, host, host_id,
                person.name as \"host_name?\", person.phone as \"host_phone?\", host_since, host_gone_at,
                member.state as \"host_state?\", member.paused_until as host_until, member.away_since as host_away_since,
                menu, menu_reason, question, note, pre_read, speaker,
                reply_by, gathering.language, calendar, seats, taken, gathering.state, reason, sequence, moved_from, asked_again,
                asked_sequence, kitchen_by, version, changed_at
           from gathering left join person on person.person_id = host_id
                          left join member on member.person_id = host_id
          where gathering_id = any($1) order by starts_at, gathering_id",
        ids,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Gathering::try_from).collect()
}

/// One gathering by its row.
pub async fn gathering(db: &mut PgConnection, id: i64) -> Result<Gathering> {
    gatherings(db, &[id]).await?.pop().with_context(|| format!("gathering {id} is gone"))
}

/// A gathering with everybody who is invited.
pub async fn table(db: &mut PgConnection, community_id: i64, id: i64) -> Result<Table> {
    let gathering = gathering(db, id).await?;
    let rows = invitations(db, Some(id), None).await?;
    let waves = waves::of(db, id).await?;
    let later = waves.iter().filter(|wave| wave.opened_at.is_none());
    let later: Vec<i64> = later.flat_map(|wave| wave.guests.iter().copied()).collect();
    let invited = rows.iter().map(|row| row.person_id);
    let ids: Vec<i64> = invited.chain(later.iter().copied()).chain(gathering.host_id).collect();
    let guests = people::people_of(db, community_id, id, &ids).await?;
    let host = guests.iter().find(|person| Some(person.id) == gathering.host_id).cloned();
    let planned = guests.iter().filter(|guest| later.contains(&guest.id)).cloned().collect();
    let invitations = rows
        .into_iter()
        .filter_map(|invitation| {
            let guest = guests.iter().find(|guest| guest.id == invitation.person_id)?;
            Some((invitation, guest.clone()))
        })
        .collect();
    Ok(Table { gathering, host, invitations, waves, planned })
}

/// One invitation by its row.
pub async fn invitation(db: &mut PgConnection, id: i64) -> Result<Option<Invitation>> {
    Ok(invitations(db, None, Some(id)).await?.pop())
}

async fn invitations(
    db: &mut PgConnection,
    gathering_id: Option<i64>,
    invitation_id: Option<i64>,
) -> Result<Vec<Invitation>> {
    let rows = sqlx::query_as!(
        InvitationRow,
        r#"select invitation_id, person_id, invited_at, answer, answered_at, seat, party, waiting_since,
                  offers, offer_until, answers_by, diets, diet_notes, unreached_at, calendar_uid, came, keeps_free,
                  (exists (select from answer
                            where answer.invitation_id = invitation.invitation_id and answer.state = 'pending')
                   or exists (select from outbox join gathering using (gathering_id)
                               where outbox.invitation_id = invitation.invitation_id and letter = 'unclear'
                                 and outbox.created_at > coalesce(answered_at, '-infinity')
                                 and (not asked_again or outbox.created_at > changed_at))) as "unclear!",
                  exists (select from outbox
                           where outbox.invitation_id = invitation.invitation_id
                             and letter in ('invitation', 'given-seat', 'moved') and state in ('sending', 'sent', 'doubtful')) as "letter_left!",
                  exists (select from outbox
                           where outbox.invitation_id = invitation.invitation_id
                             and letter = 'save-the-date' and state in ('sending', 'sent', 'doubtful')) as "saved!",
                  (select max(split_part(purpose, ':', 3)::integer) from outbox
                    where outbox.invitation_id = invitation.invitation_id
                      and letter in ('invitation', 'given-seat', 'save-the-date') and state in ('sending', 'sent', 'doubtful')) as letter_sequence,
                  (select max(created_at) from outbox
                    where outbox.invitation_id = invitation.invitation_id
                      and letter = 'offer' and purpose like 'standby:%' and state in ('sending', 'sent', 'doubtful')) as standby_at
             from invitation
            where (gathering_id = $1 or $1 is null) and (invitation_id = $2 or $2 is null)
              and ($1::bigint is not null or $2::bigint is not null)
            order by invitation_id"#,
        gathering_id,
        invitation_id,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Invitation::try_from).collect()
}

/// The gathering of an invitation.
pub async fn gathering_of(db: &mut PgConnection, invitation_id: i64) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar!(
        "select gathering_id from invitation where invitation_id = $1",
        invitation_id,
    )
    .fetch_optional(db)
    .await?)
}

/// The waiting list of a gathering, open offers included, in order.
pub async fn waiters(db: &mut PgConnection, gathering_id: i64) -> Result<Vec<Waiter>> {
    let rows = sqlx::query!(
        r#"select invitation_id, party, seat, waiting_since as "waiting_since!", offer_until, offers,
                  coalesce(member.state in ('paused', 'left'), false) as "away!"
             from invitation left join member using (person_id)
            where gathering_id = $1 and seat in ('waiting', 'offered')
            order by waiting_since, invitation_id"#,
        gathering_id,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Waiter {
                invitation: row.invitation_id,
                party: words::count(row.party),
                seat: words::read_seat(&row.seat)?,
                since: row.waiting_since,
                offer_until: row.offer_until,
                offers: words::count(row.offers),
                away: row.away,
            })
        })
        .collect()
}

struct GatheringRow {
    gathering_id: i64,
    kind: String,
    title: Option<String>,
    starts_local: NaiveDateTime,
    starts_at: DateTime<Utc>,
    place: Option<String>,
    host: Option<String>,
    host_id: Option<i64>,
    host_name: Option<String>,
    host_phone: Option<String>,
    host_since: Option<DateTime<Utc>>,
    host_gone_at: Option<DateTime<Utc>>,
    host_state: Option<String>,
    host_until: Option<NaiveDate>,
    host_away_since: Option<DateTime<Utc>>,
    menu: Option<String>,
    menu_reason: Option<String>,
    question: Option<String>,
    note: Option<String>,
    pre_read: Option<String>,
    speaker: Option<String>,
    reply_by: Option<NaiveDate>,
    language: Option<String>,
    calendar: Option<String>,
    seats: i32,
    taken: i32,
    state: String,
    reason: Option<String>,
    sequence: i32,
    moved_from: Option<NaiveDateTime>,
    asked_again: bool,
    asked_sequence: i32,
    kitchen_by: Option<NaiveDateTime>,
    version: i32,
    changed_at: DateTime<Utc>,
}

impl GatheringRow {
    /// Why nobody can count on the host. Who has become it since knows that they can, and whoever
    /// has left is it no more though they come back.
    fn absence(&self) -> Option<Absence> {
        let Some((person_id, name)) = self.host_id.zip(self.host_name.clone()) else {
            return self.host_gone_at.map(|since| Absence { since, why: Gone::Erased });
        };
        if let Some(since) = self.host_gone_at {
            return Some(Absence { since, why: Gone::Left { name, person_id } });
        }
        let knew = |since: &DateTime<Utc>| self.host_since.is_some_and(|host| host >= *since);
        let since = self.host_away_since.filter(|since| !knew(since))?;
        let why = match self.host_state.as_deref() {
            Some("left") => Gone::Left { name, person_id },
            Some("paused") => Gone::Away { name, until: self.host_until },
            _ => return None,
        };
        Some(Absence { since, why })
    }
}

impl TryFrom<GatheringRow> for Gathering {
    type Error = anyhow::Error;

    fn try_from(row: GatheringRow) -> Result<Self> {
        let host_gone = row.absence();
        // Whoever has left is nobody's host, and is named no more.
        let left = matches!(host_gone, Some(Absence { why: Gone::Left { .. }, .. }));
        Ok(Self {
            id: row.gathering_id,
            kind: words::read(&row.kind)?,
            title: row.title,
            starts_local: row.starts_local,
            starts_at: row.starts_at,
            place: row.place,
            host: row.host.filter(|_| !left),
            host_id: row.host_id.filter(|_| !left),
            host_phone: row.host_phone.filter(|_| !left),
            host_since: row.host_since,
            host_gone,
            menu: row.menu,
            menu_reason: row.menu_reason,
            question: row.question,
            note: row.note,
            pre_read: row.pre_read,
            speaker: row.speaker,
            reply_by: row.reply_by,
            language: words::read_option(row.language.as_deref())?,
            calendar: words::read_option(row.calendar.as_deref())?,
            seats: words::count(row.seats),
            taken: words::count(row.taken),
            state: words::read_state(&row.state)?,
            reason: row.reason,
            sequence: words::count(row.sequence),
            moved_from: row.moved_from,
            asked_again: row.asked_again,
            asked_sequence: words::count(row.asked_sequence),
            kitchen_by: row.kitchen_by,
            version: row.version,
            changed_at: row.changed_at,
        })
    }
}

#[expect(clippy::struct_excessive_bools, reason = "facts of their own, that go in any mixture")]
struct InvitationRow {
    invitation_id: i64,
    person_id: i64,
    invited_at: DateTime<Utc>,
    answer: Option<String>,
    answered_at: Option<DateTime<Utc>>,
    seat: String,
    party: i32,
    waiting_since: Option<DateTime<Utc>>,
    offers: i32,
    offer_until: Option<DateTime<Utc>>,
    answers_by: Option<NaiveDate>,
    diets: Vec<String>,
    diet_notes: Vec<String>,
    unreached_at: Option<DateTime<Utc>>,
    calendar_uid: Option<String>,
    came: Option<bool>,
    keeps_free: bool,
    letter_left: bool,
    saved: bool,
    letter_sequence: Option<i32>,
    standby_at: Option<DateTime<Utc>>,
    unclear: bool,
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = anyhow::Error;

    fn try_from(row: InvitationRow) -> Result<Self> {
        Ok(Self {
            id: row.invitation_id,
            person_id: row.person_id,
            invited_at: row.invited_at,
            answer: words::read_option(row.answer.as_deref())?,
            answered_at: row.answered_at,
            seat: words::read_seat(&row.seat)?,
            party: words::count(row.party),
            waiting_since: row.waiting_since,
            offers: words::count(row.offers),
            offer_until: row.offer_until,
            answers_by: row.answers_by,
            diets: words::read_all(&row.diets)?,
            diet_notes: row.diet_notes,
            unreached: row.unreached_at.is_some(),
            letter_left: row.letter_left,
            keeps_free: row.keeps_free,
            saved: row.saved,
            letter_sequence: row.letter_sequence.map(words::count),
            calendar_sent: row.calendar_uid.is_some(),
            standby_at: row.standby_at,
            came: row.came,
            unclear: row.unclear,
        })
    }
}
