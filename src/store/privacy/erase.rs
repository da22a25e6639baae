//! A person is forgotten: everywhere, at once, in the transaction that has heard their yes.
//!
//! Invariant: mail that has not been handled or sent keeps its octets until it has; it is marked,
//! and emptied then. Nothing of anybody else is lost by this but the octets of mails that name them.

use anyhow::Result;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::traces::Traces;
use super::{forget_food, mails};
use crate::store::outbox;

/// Erases a person. Seats at what is to come are free; of what has been only the counts stay, under
/// a row that leads to nobody.
pub async fn erase(
    db: &mut PgConnection,
    community_id: i64,
    person_id: i64,
    address_hashes: &[String],
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into erased (community_id, address_hash, erased_at)
         select $1, hash, $3 from unnest($2::text[]) as hash
         on conflict (community_id, address_hash) do update
            set erased_at = greatest(erased.erased_at, excluded.erased_at)",
        community_id,
        address_hashes,
        now,
    )
    .execute(&mut *db)
    .await?;
    claim_hosted(db, (community_id, person_id)).await?;
    let traces = Traces::of(db, person_id).await?;
    take_back(db, person_id, now).await?;
    empty_sent(db, (community_id, person_id), &traces).await?;
    empty_received(db, (community_id, person_id), &traces).await?;
    leave_unhosted(db, person_id, now).await?;
    unname_gatherings(db, (community_id, person_id), &traces).await?;
    forget_commands(db, (community_id, person_id), &traces, now).await?;
    unname_words(db, community_id, &traces).await?;
    forget_food(db, person_id).await?;
    empty_answers(db, person_id).await?;
    for_nobody(db, person_id).await
}

/// What is queued to them does not leave.
async fn take_back(db: &mut PgConnection, person_id: i64, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update outbox set state = 'cancelled', settled_at = $2, claimed_by = null
          where person_id = $1 and state in ('queued', 'doubtful')",
        person_id,
        now,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update outbox set recipient = '', message = null, body_text = null, reply = null
          where person_id = $1 and state <> 'sending'",
        person_id,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update outbox set forget = true where person_id = $1 and state = 'sending'",
        person_id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Mails to others that name them, or pass their words on.
async fn empty_sent(
    db: &mut PgConnection,
    (community_id, person_id): (i64, i64),
    traces: &Traces,
) -> Result<()> {
    let found = mails::sent(db, community_id, &traces.all).await?;
    sqlx::query!(
        "update outbox
            set message = case when state in ('queued', 'sending', 'doubtful') then message end,
                body_text = case when state in ('queued', 'sending', 'doubtful') then body_text end,
                reply = case when state in ('queued', 'sending', 'doubtful') then reply end,
                forget = true
          where community_id = $1
            and (outbox_id = any($3) or body_text ~ $4 or reply ~ $4
                 or answers in (select answers from outbox as own
                                 where own.person_id = $2 and own.purpose like 'answer:%'))",
        community_id,
        person_id,
        &found,
        traces.all,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Mails from them, and mails of others that name them or quote their words. One that nobody has
/// read yet may say something else besides: it is read first.
async fn empty_received(
    db: &mut PgConnection,
    (community_id, person_id): (i64, i64),
    traces: &Traces,
) -> Result<()> {
    let found = mails::received(db, community_id, &traces.all).await?;
    sqlx::query!(
        "update inbox
            set raw = case when state = 'received' then raw end,
                note = case when state = 'received' then note end,
                proof = case when state = 'received' then proof end,
                forget = true
          where community_id = $1
            and (inbox_id = any($3) or note ~ $4 or proof::text ~ $4
                 or inbox_id in (select inbox_id from answer join invitation using (invitation_id)
                                  where person_id = $2)
                 or inbox_id in (select inbox_id from audit where person_id = $2)
                 or inbox_id in (select request_id from request where person_id = $2)
                 or inbox_id in (select inbox_id from contribution where person_id = $2)
                 or inbox_id in (select answers from outbox
                                  where person_id = $2 and purpose like 'answer:%'))",
        community_id,
        person_id,
        &found,
        traces.all,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Where organizers have only written who the host was, by the whole name that nobody else here
/// bears: a first name alone may be that of a café.
async fn claim_hosted(db: &mut PgConnection, (community_id, person_id): (i64, i64)) -> Result<()> {
    sqlx::query!(
        "update gathering set host_id = $2
          where community_id = $1 and host_id is null
            and array[$2::bigint] = (select array_agg(person_id) from person
                              where person.community_id = $1 and lower(name) = lower(host))",
        community_id,
        person_id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What they were to be the host of needs another one, and organizers hear of it.
async fn leave_unhosted(db: &mut PgConnection, person_id: i64, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update gathering set host_gone_at = $2, plan_at = '-infinity'
          where host_id = $1 and state = 'open' and starts_at > $2",
        person_id,
        now,
    )
    .execute(&mut *db)
    .await?;
    outbox::unname_host(db, person_id, now).await
}

/// What organizers wrote about gatherings. Whose home it is nobody may read any more.
async fn unname_gatherings(
    db: &mut PgConnection,
    (community_id, person_id): (i64, i64),
    traces: &Traces,
) -> Result<()> {
    sqlx::query!(
        "update gathering
            set host = case when host_id = $2 then null else regexp_replace(host, $3, '–', 'g') end,
                place = case when host_id = $2 then null else regexp_replace(place, $3, '–', 'g') end,
                host_id = nullif(host_id, $2),
                title = regexp_replace(title, $3, '–', 'g'),
                menu = regexp_replace(menu, $3, '–', 'g'),
                menu_reason = regexp_replace(menu_reason, $3, '–', 'g'),
                question = regexp_replace(question, $3, '–', 'g'),
                note = regexp_replace(note, $3, '–', 'g'),
                reason = regexp_replace(reason, $3, '–', 'g'),
                pre_read = regexp_replace(pre_read, $3, '–', 'g'),
                speaker = regexp_replace(speaker, $3, '–', 'g')
          where community_id = $1
            and (host_id = $2 or concat_ws(E'\\n', host, place, title, menu, menu_reason, question,
                                           note, reason, pre_read, speaker) ~ $3)",
        community_id,
        person_id,
        traces.names,
    )
    .execute(&mut *db)
    .await?;
    // A sheet is written anew from what is known then.
    sqlx::query!(
        "update sheet set content = null
          where gathering_id in (select gathering_id from gathering where community_id = $1)
            and content::text ~ $2",
        community_id,
        traces.all,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What organizers have asked for. What would bring them back can not be taken back, and a preview
/// that names them is none any more.
async fn forget_commands(
    db: &mut PgConnection,
    (community_id, person_id): (i64, i64),
    traces: &Traces,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        r#"update errand set lines = '{}', before = null, after = null, acts = '[]'
            where community_id = $1
              and (organizer_id = $2 or array_to_string(lines, E'\n') ~ $3 or acts::text ~ $3
                   or before::text ~ $3 or after::text ~ $3
                   or before @? ('$[*].invitations[*] ? (@.person_id == ' || $2::bigint || ')')::jsonpath
                   or after @? ('$[*].invitations[*] ? (@.person_id == ' || $2::bigint || ')')::jsonpath)"#,
        community_id,
        person_id,
        traces.all,
    )
    .execute(&mut *db)
    .await?;
    // Whoever says yes to one of these asks for nothing any more.
    sqlx::query!(
        r#"update proposal
              set command = '{"commands": []}', shown = '{}', expires_at = least(expires_at, $4)
            where organizer_id = $1
               or community_id = $2 and (command::text ~ $3 or shown::text ~ $3)"#,
        person_id,
        community_id,
        traces.all,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Their name in the words of other members.
async fn unname_words(db: &mut PgConnection, community_id: i64, traces: &Traces) -> Result<()> {
    sqlx::query!(
        "update answer
            set because = regexp_replace(because::text, $2, '–', 'g')::jsonb,
                other_email = case when other_email ~ $2 then null else other_email end,
                state = case when other_email ~ $2 and state = 'pending' then 'rejected' else state end,
                diet_notes = (select coalesce(array_agg(regexp_replace(note, $2, '–', 'g')), '{}')
                                from unnest(diet_notes) as note)
          where invitation_id in (select invitation_id from invitation join gathering using (gathering_id)
                                   where community_id = $1)
            and (because::text ~ $2 or other_email ~ $2 or array_to_string(diet_notes, ' ') ~ $2)",
        community_id,
        traces.names,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update invitation
            set diet_notes = (select array_agg(regexp_replace(note, $2, '–', 'g'))
                                from unnest(diet_notes) as note)
          where gathering_id in (select gathering_id from gathering where community_id = $1)
            and array_to_string(diet_notes, ' ') ~ $2",
        community_id,
        traces.names,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update remembered
            set diet_notes = (select array_agg(regexp_replace(note, $2, '–', 'g'))
                                from unnest(diet_notes) as note)
          where person_id in (select person_id from person where community_id = $1)
            and array_to_string(diet_notes, ' ') ~ $2",
        community_id,
        traces.names,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update contribution set text = regexp_replace(text, $2, '–', 'g')
          where community_id = $1 and text ~ $2",
        community_id,
        traces.names,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update request set details = regexp_replace(details::text, $2, '–', 'g')::jsonb
          where community_id = $1 and details::text ~ $2",
        community_id,
        traces.names,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What is still to come: no seat, no answer. The seats are counted anew by themselves. What has
/// been is counted, and says no more than that.
async fn empty_answers(db: &mut PgConnection, person_id: i64) -> Result<()> {
    sqlx::query!(
        "delete from invitation using gathering
          where gathering.gathering_id = invitation.gathering_id and person_id = $1 and state = 'open'",
        person_id,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update answer set because = '[]', other_email = null, party = null
           from invitation where invitation.invitation_id = answer.invitation_id and person_id = $1",
        person_id,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("update invitation set calendar_uid = null where person_id = $1", person_id)
        .execute(db)
        .await?;
    Ok(())
}

/// Rows that are about nobody else go; the person's own row stays without a name.
async fn for_nobody(db: &mut PgConnection, person_id: i64) -> Result<()> {
    sqlx::query!("delete from wave_guest where person_id = $1", person_id)
        .execute(&mut *db)
        .await?;
    sqlx::query!("delete from contribution where person_id = $1", person_id)
        .execute(&mut *db)
        .await?;
    sqlx::query!("delete from request where person_id = $1", person_id).execute(&mut *db).await?;
    sqlx::query!("delete from notice where person_id = $1", person_id).execute(&mut *db).await?;
    sqlx::query!("delete from member where person_id = $1", person_id).execute(&mut *db).await?;
    sqlx::query!("delete from address where person_id = $1", person_id).execute(&mut *db).await?;
    sqlx::query!(
        "update person set name = '–', phone = null, language = null, diet_asked_at = null
          where person_id = $1",
        person_id,
    )
    .execute(db)
    .await?;
    Ok(())
}
