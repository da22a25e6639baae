//! Databases of former versions, brought up to date with what they hold.

use sqlx::{Row, raw_sql};

use crate::support::postgres::Database;

/// A community with a host who is away, one who has left and one who is there, each with a dinner
/// ahead of them; and one dinner from before one of them left.
const HOSTS: &str = "
    insert into community (slug, name, address, language, zone)
    values ('oslo', 'Oslo', 'oslo@example.org', 'nb', 'Europe/Oslo');
    insert into person (community_id, name, created_at)
    select 1, name, '2026-01-01' from unnest(array['Away', 'Left', 'Here']) as name;
    insert into member (person_id, state) values (1, 'paused'), (2, 'left'), (3, 'active');
    insert into gathering
        (community_id, kind, host, host_id, host_since, starts_local, starts_at, seats, changed_at, created_at)
    select 1, 'dinner', name, person_id, now() - interval '30 days',
           now() + interval '9 days', now() + interval '9 days', 8, now(), now()
      from person;
    insert into gathering (community_id, kind, host, host_id, starts_local, starts_at, seats, changed_at, created_at)
    values (1, 'dinner', 'Left', 2, now() - interval '9 days', now() - interval '9 days', 8, now(), now());
";

/// What the version that tells organizers of absent hosts makes of those it finds: who became a
/// host has known since then that they can, so a pause from before is no news; who has left is.
#[tokio::test]
async fn hosts_from_before_are_news_only_where_they_have_left() {
    let database = Database::of_version(17).await;
    raw_sql(HOSTS).execute(&database.pool).await.unwrap();

    database.upgrade().await;

    let rows = sqlx::query(
        "select person.name, away_since is not null as away, away_since = host_since as known,
                host_gone_at is not null as gone, starts_at > now() as ahead
           from gathering join member on person_id = host_id join person using (person_id)
          order by person_id, ahead",
    )
    .fetch_all(&database.pool)
    .await
    .unwrap();
    let told: Vec<String> = rows
        .iter()
        .map(|row| {
            let is = |column: &str| row.get::<Option<bool>, _>(column).unwrap_or_default();
            let said = ["away", "known", "gone", "ahead"].into_iter().filter(|column| is(column));
            format!("{}: {}", row.get::<String, _>("name"), said.collect::<Vec<_>>().join(" "))
        })
        .collect();
    assert_eq!(
        told,
        ["Away: away known ahead", "Left: away", "Left: away gone ahead", "Here: ahead",]
    );
}
