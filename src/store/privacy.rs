//! What is known about a person: all of it on one sheet, and none of it any more.
//!
//! `docs/privacy.toml` lists every column that holds something about a person; a test compares it
//! with the schema, and with what is given and erased here.

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use super::{sheets, tables};
pub use erase::erase;

mod erase;
mod mails;
mod traces;

/// Everything about a person, as one object.
#[expect(clippy::too_many_lines, reason = "one statement, a part for each table")]
pub async fn data(db: &mut PgConnection, person_id: i64) -> Result<Value> {
    Ok(sqlx::query_scalar!(
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
            'commands', (select coalesce(jsonb_agg(
                    to_jsonb(proposal.*) - '{proposal_id,community_id,organizer_id,gathering_id}'::text[]
                    order by proposal_id), '[]')
                from proposal where organizer_id = $1),
            'errands', (select coalesce(jsonb_agg(
                    to_jsonb(errand.*) - '{inbox_id,community_id,organizer_id}'::text[]
                    order by inbox_id), '[]')
                from errand where organizer_id = $1),
            'mails_to_you', (select coalesce(jsonb_agg(jsonb_build_object(
                    'letter', letter, 'recipient', recipient, 'written_at', created_at,
                    'attempted_at', attempted_at, 'sent_at', settled_at, 'state', state,
                    'text', body_text, 'server', reply,
                    'mail_in_base64', replace(encode(message, 'base64'), E'\n', '')) order by outbox_id), '[]')
                from outbox where person_id = $1),
            'mails_from_you', (select coalesce(jsonb_agg(jsonb_build_object(
                    'arrived_at', arrived_at, 'received_at', received_at, 'handled_at', settled_at,
                    'what_it_was', disposition, 'note', note, 'proof', proof,
                    'mail_in_base64', replace(encode(raw, 'base64'), E'\n', ''))
                    order by inbox_id), '[]')
                from inbox where inbox_id in (select inbox_id from answer join invitation using (invitation_id)
                                               where person_id = $1
                                              union select inbox_id from audit where person_id = $1
                                              union select request_id from request where person_id = $1
                                              union select answers from outbox where person_id = $1 and purpose like 'answer:%')),
            'words', (select coalesce(jsonb_agg(jsonb_build_object(
                    'said', said, 'said_at', said_at) order by notice_id), '[]')
                from notice where person_id = $1),
            'acts', (select coalesce(jsonb_agg(jsonb_build_object(
                    'at', at, 'act', act, 'command', command, 'details', details, 'signals', signals)
                    order by audit_id), '[]')
                from audit where person_id = $1)
           ) as "data!""#,
        person_id,
    )
    .fetch_one(db)
    .await?)
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

/// Whether the owner of an address that may stay under one of these names has been erased.
pub async fn is_erased(
    db: &mut PgConnection,
    community_id: i64,
    address_hashes: &[String],
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from erased
                           where community_id = $1 and address_hash = any($2)) as "is!""#,
        community_id,
        address_hashes,
    )
    .fetch_one(db)
    .await?)
}

/// Under which names addresses of the erased stay, and since when.
pub async fn erased(
    db: &mut PgConnection,
    community_id: i64,
) -> Result<Vec<(String, DateTime<Utc>)>> {
    let rows = sqlx::query!(
        "select address_hash, erased_at from erased where community_id = $1
          order by erased_at, address_hash",
        community_id,
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| (row.address_hash, row.erased_at)).collect())
}

/// Since when whoever bore an address has been erased, where that is not the time of the database.
pub async fn erased_since(
    db: &mut PgConnection,
    community_id: i64,
    address_hashes: &[String],
    since: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update erased set erased_at = $3 where community_id = $1 and address_hash = any($2)",
        community_id,
        address_hashes,
        since,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// An address that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAddress {
    /// Whose.
    pub person_id: i64,
    /// The address.
    pub email: String,
    /// Since when it is theirs.
    pub since: DateTime<Utc>,
}

/// Every address of everybody in a community.
pub async fn known_addresses(
    db: &mut PgConnection,
    community_id: i64,
) -> Result<Vec<KnownAddress>> {
    Ok(sqlx::query_as!(
        KnownAddress,
        // Somebody known for long may have it from one who was erased meanwhile.
        r#"select person_id, email, greatest(created_at, verified_at) as "since!"
             from address join person using (person_id)
            where person.community_id = $1 order by address_id"#,
        community_id,
    )
    .fetch_all(db)
    .await?)
}
