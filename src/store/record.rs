//! What is known of a person, put right by an organizer.

use anyhow::Result;
use sqlx::PgConnection;

use super::apply::Cause;
use super::{exactly_one, outbox};
use crate::command::Role;
use crate::mail::EmailAddress;

/// They have another name, also as the host of what is to come.
pub async fn name(db: &mut PgConnection, person_id: i64, name: &str) -> Result<()> {
    let changed = sqlx::query!("update person set name = $2 where person_id = $1", person_id, name)
        .execute(&mut *db)
        .await?;
    exactly_one(&changed, "change somebody's name")?;
    sqlx::query!(
        "update gathering set host = $2 where host_id = $1 and state = 'open'",
        person_id,
        name,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// They have another telephone.
pub async fn phone(db: &mut PgConnection, person_id: i64, phone: &str) -> Result<()> {
    let changed =
        sqlx::query!("update person set phone = $2 where person_id = $1", person_id, phone)
            .execute(db)
            .await?;
    exactly_one(&changed, "change somebody's telephone")
}

/// Their letters go to another address, and so does what has not reached them. The one before stays
/// theirs: what comes from it is known.
pub async fn address(
    db: &mut PgConnection,
    person_id: i64,
    email: &EmailAddress,
    cause: Cause,
) -> Result<()> {
    sqlx::query!("update address set is_primary = false where person_id = $1", person_id)
        .execute(&mut *db)
        .await?;
    let changed = sqlx::query!(
        "insert into address (community_id, person_id, email, is_primary, verified_at)
         values ($1, $2, $3, true, $4)
         on conflict (community_id, email) do update
            set is_primary = true, verified_at = coalesce(address.verified_at, excluded.verified_at)
          where address.person_id = excluded.person_id",
        cause.community_id,
        person_id,
        email.as_str(),
        cause.now,
    )
    .execute(&mut *db)
    .await?;
    exactly_one(&changed, "change where somebody's letters go")?;
    outbox::readdress(db, person_id, cause.now).await
}

/// They organize, or no longer do; whatever the configuration says.
pub async fn role(db: &mut PgConnection, person_id: i64, role: Role) -> Result<()> {
    let changed = sqlx::query!(
        "update member set is_organizer = $2, organizes_by_mail = $2
          where person_id = $1 and state = 'active'",
        person_id,
        role == Role::Organizer,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "change who organizes")
}
