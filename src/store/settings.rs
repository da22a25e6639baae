//! How organizers have set their community by mail. It holds over the configuration.

use anyhow::{Context, Result};
use serde_json::Value;
use sqlx::PgConnection;

use super::apply::Cause;
use crate::command::setting::Setting;
use crate::community::Community;

/// The community as it is set now.
pub async fn of(db: &mut PgConnection, community: &Community) -> Result<Community> {
    let settings = sqlx::query_scalar!(
        r#"select jsonb_build_object('name', name, 'value', value) as "setting!" from setting
            where community_id = $1 order by name"#,
        community.id,
    )
    .fetch_all(db)
    .await?;
    settings.into_iter().try_fold(community.clone(), |community, stored| {
        let setting: Setting = serde_json::from_value(stored).context("read a setting")?;
        Ok(community.set(setting))
    })
}

/// Keeps a setting. What is planned is thought of anew, as its time may be another one.
pub(super) async fn set(db: &mut PgConnection, setting: &Setting, cause: Cause) -> Result<()> {
    let value = serde_json::to_value(setting)?.get("value").cloned().unwrap_or(Value::Null);
    sqlx::query!(
        "insert into setting (community_id, name, value, set_at) values ($1, $2, $3, $4)
         on conflict (community_id, name) do update set value = excluded.value, set_at = excluded.set_at",
        cause.community_id,
        setting.name().as_str(),
        value,
        cause.now,
    )
    .execute(&mut *db)
    .await?;
    if let Setting::Language(language) = setting {
        sqlx::query!(
            "update community set language = $2 where community_id = $1",
            cause.community_id,
            language.tag(),
        )
        .execute(&mut *db)
        .await?;
    }
    sqlx::query!(
        "update gathering set plan_at = '-infinity' where community_id = $1 and state = 'open'",
        cause.community_id,
    )
    .execute(db)
    .await?;
    Ok(())
}
