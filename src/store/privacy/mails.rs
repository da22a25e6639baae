//! Whole mails that lead to somebody. What a mail says stands in it encoded, so it is read first.

use anyhow::Result;
use sqlx::PgConnection;

use crate::mail;

/// Mails that are read before Postgres is asked about them.
const AT_ONCE: usize = 50;

/// The mails received that a pattern finds.
pub(super) async fn received(
    db: &mut PgConnection,
    community_id: i64,
    pattern: &str,
) -> Result<Vec<i64>> {
    let ids = sqlx::query_scalar!(
        "select inbox_id from inbox where community_id = $1 and raw is not null",
        community_id,
    )
    .fetch_all(&mut *db)
    .await?;
    let mut found = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let mut texts = Vec::new();
        for id in ids {
            let raw = sqlx::query_scalar!("select raw from inbox where inbox_id = $1", id);
            texts.push(text(raw.fetch_one(&mut *db).await?));
        }
        found.extend(matching(db, (ids, &texts), pattern).await?);
    }
    Ok(found)
}

/// The mails sent, or to be sent, that a pattern finds.
pub(super) async fn sent(
    db: &mut PgConnection,
    community_id: i64,
    pattern: &str,
) -> Result<Vec<i64>> {
    let ids = sqlx::query_scalar!(
        "select outbox_id from outbox
          where community_id = $1 and (message is not null or body_text is not null)",
        community_id,
    )
    .fetch_all(&mut *db)
    .await?;
    let mut found = Vec::new();
    for ids in ids.chunks(AT_ONCE) {
        let mut texts = Vec::new();
        for id in ids {
            let raw = sqlx::query_scalar!("select message from outbox where outbox_id = $1", id);
            texts.push(text(raw.fetch_one(&mut *db).await?));
        }
        found.extend(matching(db, (ids, &texts), pattern).await?);
    }
    Ok(found)
}

async fn matching(
    db: &mut PgConnection,
    (ids, texts): (&[i64], &[String]),
    pattern: &str,
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        r#"select id as "id!" from unnest($1::bigint[], $2::text[]) as mail (id, text)
            where text ~ $3"#,
        ids,
        texts,
        pattern,
    )
    .fetch_all(db)
    .await?)
}

/// Every header field and text of a mail, decoded.
fn text(raw: Option<Vec<u8>>) -> String {
    let message = mail::parse(&raw.unwrap_or_default());
    let fields = message.headers.iter().map(|(_, value)| value.as_str());
    let parts = message.parts.iter().map(|part| part.text.as_str());
    fields.chain(parts).collect::<Vec<_>>().join("\n")
}
