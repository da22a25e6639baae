//! What is known about a person: all of it on one sheet, and none of it any more.
//!
//! `docs/privacy.toml` lists every column that holds something about a person; a test compares it
//! with the schema, and with what is given and erased here.

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use super::{sheets, tables};

/// Everything about a person, as one object.
pub async fn data(db: &mut PgConnection, person_id: i64) -> Result<Value> {
    let data = sqlx::query_scalar!(
        r#"select jsonb_build_object(
            'person', (select to_jsonb(person.*) - 'community_id' from person where person_id = $1),
            'addresses', (select coalesce(jsonb_agg(jsonb_build_object(
                    'email', email, 'is_primary', is_primary, 'verified_at', verified_at) order by address_id), '[]')
                from address where person_id = $1),
            'membership', (select to_jsonb(member.*) - 'person_id' from member where person_id = $1),
            'remembered', (select to_jsonb(remembered.*) - 'person_id' from remembered where person_id = $1),
            'invitations', (select coalesce(jsonb_agg(
                    jsonb_build_object('kind', kind, 'title', title, 'starts', starts_local, 'host', host_id is not distinct from $1)
                    || to_jsonb(invitation.*) - '{person_id,gathering_id}'::text[]
                    || jsonb_build_object('answers', (select coalesce(jsonb_agg(
                            to_jsonb(answer.*) - '{answer_id,invitation_id,inbox_id}'::text[] order by stated_at), '[]')
                        from answer where answer.invitation_id = invitation.invitation_id))
                    order by starts_at), '[]')
                from invitation join gathering using (gathering_id) where person_id = $1),
            'hosted', (select coalesce(jsonb_agg(jsonb_build_object(
                    'kind', kind, 'title', title, 'starts', starts_local, 'place', place) order by starts_at), '[]')
                from gathering where host_id = $1),
            'contributions', (select coalesce(jsonb_agg(jsonb_build_object(
                    'kind', kind, 'text', text, 'said_at', said_at) order by contribution_id), '[]')
                from contribution where person_id = $1),
            'requests', (select coalesce(jsonb_agg(jsonb_build_object(
                    'kind', kind, 'details', details, 'expires_at', expires_at, 'outcome', outcome,
                    'settled_at', settled_at) order by request_id), '[]')
                from request where person_id = $1),
            'commands', (select coalesce(jsonb_agg(jsonb_build_object(
                    'command', command, 'shown', shown, 'outcome', outcome, 'settled_at', settled_at)
                    order by proposal_id), '[]')
                from proposal where organizer_id = $1),
            'mails_to_you', (select coalesce(jsonb_agg(jsonb_build_object(
                    'letter', letter, 'recipient', recipient, 'sent_at', settled_at, 'state', state,
                    'text', body_text, 'server', reply) order by outbox_id), '[]')
                from outbox where person_id = $1),
            'mails_from_you', (select coalesce(jsonb_agg(jsonb_build_object(
                    'arrived_at', arrived_at, 'what_it_was', disposition, 'note', note,
                    'mail_in_base64', replace(encode(raw, 'base64'), E'\n', ''))
                    order by inbox_id), '[]')
                from inbox where inbox_id in (select inbox_id from answer join invitation using (invitation_id)
                                               where person_id = $1
                                              union select inbox_id from audit where person_id = $1
                                              union select request_id from request where person_id = $1
                                              union select answers from outbox where person_id = $1 and purpose like 'answer:%')),
            'acts', (select coalesce(jsonb_agg(jsonb_build_object(
                    'at', at, 'act', act, 'details', details) order by audit_id), '[]')
                from audit where person_id = $1)
           ) as "data!""#,
        person_id,
    )
    .fetch_one(db)
    .await?;
    Ok(data)
}

/// What somebody eats is forgotten everywhere, and with it the words that it was read from. Seats
/// are kept.
pub async fn forget_food(db: &mut PgConnection, person_id: i64) -> Result<()> {
    // The mails and acknowledgements that told of it, before the rows that lead to them change.
    sqlx::query!(
        r#"update inbox set raw = null
            where state <> 'received'
              and (inbox_id in (select inbox_id from answer join invitation using (invitation_id)
                                 where person_id = $1 and because::text like '%"diet %')
                   or digest in (select content_key from remembered where person_id = $1))"#,
        person_id,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update outbox set message = null, body_text = null
          where state in ('sent', 'failed', 'cancelled')
            and (person_id = $1 and letter in ('answer-yes', 'waiting-list', 'my-data')
                 or letter = 'guest-wrote' and answers in
                    (select inbox_id from answer join invitation using (invitation_id)
                      where invitation.person_id = $1))",
        person_id,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        r#"update answer
              set diets = '{}', diet_notes = '{}',
                  because = jsonb_path_query_array(because, '$[*] ? (!(@.conclusion starts with "diet"))')
             from invitation
            where invitation.invitation_id = answer.invitation_id and person_id = $1"#,
        person_id,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update invitation set diets = '{}', diet_notes = '{}' where person_id = $1",
        person_id,
    )
    .execute(&mut *db)
    .await?;
    sheets::forget(db, person_id).await?;
    sqlx::query!("delete from remembered where person_id = $1", person_id).execute(db).await?;
    Ok(())
}

/// Locks the gatherings from which somebody's seat would go.
pub(super) async fn lock_open(db: &mut PgConnection, person_id: i64) -> Result<()> {
    let ids = sqlx::query_scalar!(
        "select gathering_id from invitation join gathering using (gathering_id)
          where person_id = $1 and state = 'open'",
        person_id,
    )
    .fetch_all(&mut *db)
    .await?;
    tables::lock(db, &ids).await
}

/// The addresses of somebody, for the keyed hashes that stay.
pub async fn addresses(db: &mut PgConnection, person_id: i64) -> Result<Vec<String>> {
    Ok(sqlx::query_scalar!("select email from address where person_id = $1", person_id)
        .fetch_all(db)
        .await?)
}

/// Whether the owner of this address has been erased.
pub async fn is_erased(
    db: &mut PgConnection,
    community_id: i64,
    address_hash: &str,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from erased where community_id = $1 and address_hash = $2) as "is!""#,
        community_id,
        address_hash,
    )
    .fetch_one(db)
    .await?)
}

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
         select $1, hash, $3 from unnest($2::text[]) as hash on conflict do nothing",
        community_id,
        address_hashes,
        now,
    )
    .execute(&mut *db)
    .await?;
    sheets::forget(db, person_id).await?;
    empty_mail(db, community_id, person_id, now).await?;
    empty_others(db, community_id, person_id).await?;
    forget_food(db, person_id).await?;
    // What is still to come: no seat, no answer, no letter. The seats are counted anew by themselves.
    sqlx::query!(
        "delete from invitation using gathering
          where gathering.gathering_id = invitation.gathering_id and person_id = $1 and state = 'open'",
        person_id,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "update answer set because = '[]', other_email = null, party = null
           from invitation where invitation.invitation_id = answer.invitation_id and person_id = $1
            and state not in ('pending')",
        person_id,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!("update invitation set calendar_uid = null where person_id = $1", person_id,)
        .execute(&mut *db)
        .await?;
    for_nobody(db, person_id).await
}

/// Rows that are about nobody else go; the person's own row stays without a name.
async fn for_nobody(db: &mut PgConnection, person_id: i64) -> Result<()> {
    sqlx::query!("delete from contribution where person_id = $1", person_id)
        .execute(&mut *db)
        .await?;
    sqlx::query!("delete from request where person_id = $1", person_id).execute(&mut *db).await?;
    sqlx::query!("delete from member where person_id = $1", person_id).execute(&mut *db).await?;
    sqlx::query!("delete from address where person_id = $1", person_id).execute(&mut *db).await?;
    sqlx::query!("update gathering set host_id = null where host_id = $1", person_id)
        .execute(&mut *db)
        .await?;
    sqlx::query!(
        "update person set name = '–', phone = null, language = null, diet_asked_at = null
          where person_id = $1",
        person_id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Mail from, to and about the person: octets and texts go, what is queued to them is taken back.
async fn empty_mail(
    db: &mut PgConnection,
    community_id: i64,
    person_id: i64,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update outbox set state = 'cancelled', settled_at = $2, reply = null
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
    .execute(&mut *db)
    .await?;
    // Whatever came in under one of their addresses or names them.
    sqlx::query!(
        r#"update inbox set raw = null, note = null
             from (select string_agg(known, '|') as names
                     from (select '\m' || regexp_replace(name, '([^[:alnum:] ])', '\\\1', 'g') || '\M' as known
                             from person where person_id = $2
                           union select regexp_replace(email, '([^[:alnum:]])', '\\\1', 'g')
                             from address where person_id = $2) as all_of_them) as person
            where community_id = $1 and (encode(raw, 'escape') ~* names or note ~* names
                  or inbox_id in (select inbox_id from answer join invitation using (invitation_id)
                                   where person_id = $2)
                  or inbox_id in (select inbox_id from audit where person_id = $2)
                  or inbox_id in (select answers from outbox where person_id = $2 and purpose like 'answer:%'))"#,
        community_id,
        person_id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Their name and words in what was written to or by others.
async fn empty_others(db: &mut PgConnection, community_id: i64, person_id: i64) -> Result<()> {
    sqlx::query!(
        r#"with person as (
              select string_agg(known, '|') as names
                from (select '\m' || regexp_replace(name, '([^[:alnum:] ])', '\\\1', 'g') || '\M' as known
                        from person where person_id = $2
                      union select regexp_replace(email, '([^[:alnum:]])', '\\\1', 'g')
                        from address where person_id = $2) as all_of_them),
            gone as (
              select outbox_id from outbox, person
               where community_id = $1
                 and (body_text ~* names or reply ~* names
                      or letter = 'digest' and exists (
                            select from contribution
                             where contribution.person_id = $2 and body_text like '%' || left(text, 40) || '%')
                      or answers in (select answers from outbox as own
                                      where own.person_id = $2 and own.purpose like 'answer:%')))
           update outbox
              set message = case when state in ('queued', 'sending', 'doubtful') then message end,
                  body_text = case when state in ('queued', 'sending', 'doubtful') then body_text end,
                  reply = case when state in ('queued', 'sending', 'doubtful') then reply end,
                  forget = state in ('queued', 'sending', 'doubtful')
             from gone where gone.outbox_id = outbox.outbox_id"#,
        community_id,
        person_id,
    )
    .execute(&mut *db)
    .await?;
    unname(db, community_id, person_id).await
}

/// Their name in what organizers wrote about gatherings.
async fn unname(db: &mut PgConnection, community_id: i64, person_id: i64) -> Result<()> {
    sqlx::query!(
        r#"with person as (
              select '\m' || regexp_replace(name, '([^[:alnum:] ])', '\\\1', 'g') || '\M' as name
                from person where person_id = $2)
           update gathering
              set host = regexp_replace(host, person.name, '–', 'gi'),
                  title = regexp_replace(title, person.name, '–', 'gi'),
                  note = regexp_replace(note, person.name, '–', 'gi'),
                  question = regexp_replace(question, person.name, '–', 'gi'),
                  menu_reason = regexp_replace(menu_reason, person.name, '–', 'gi'),
                  reason = regexp_replace(reason, person.name, '–', 'gi'),
                  place = case when host_id = $2 and state <> 'open' then null else place end
             from person
            where community_id = $1"#,
        community_id,
        person_id,
    )
    .execute(&mut *db)
    .await?;
    unname_commands(db, community_id, person_id).await
}

/// Their name and addresses in what organizers asked for.
async fn unname_commands(db: &mut PgConnection, community_id: i64, person_id: i64) -> Result<()> {
    sqlx::query!(
        r#"with person as (
              select string_agg(known, '|') as names
                from (select '\m' || regexp_replace(name, '([^[:alnum:] ])', '\\\1', 'g') || '\M' as known
                        from person where person_id = $2
                      union select regexp_replace(email, '([^[:alnum:]])', '\\\1', 'g')
                        from address where person_id = $2) as all_of_them)
           update proposal
              set command = regexp_replace(command::text, person.names, '–', 'gi')::jsonb,
                  shown = regexp_replace(shown::text, person.names, '–', 'gi')::jsonb
             from person
            where community_id = $1
              and (command::text ~* person.names or shown::text ~* person.names)"#,
        community_id,
        person_id,
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        r#"with person as (
              select string_agg(known, '|') as names
                from (select '\m' || regexp_replace(name, '([^[:alnum:] ])', '\\\1', 'g') || '\M' as known
                        from person where person_id = $2
                      union select regexp_replace(email, '([^[:alnum:]])', '\\\1', 'g')
                        from address where person_id = $2) as all_of_them)
           update errand
              set lines = (select array_agg(regexp_replace(line, person.names, '–', 'gi') order by at)
                             from unnest(lines) with ordinality as written (line, at))
             from person
            where community_id = $1 and array_to_string(lines, ' ') ~* person.names"#,
        community_id,
        person_id,
    )
    .execute(db)
    .await?;
    Ok(())
}
