//! Communities, people, addresses, memberships.

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{exactly_one, words};
use crate::community::Person;
use crate::community::export::MemberRow;
use crate::community::facts::Known;
use crate::language::Language;
use crate::mail::EmailAddress;

/// A community as the configuration describes it.
#[derive(Debug, Clone, Copy)]
pub struct CommunityRow<'a> {
    /// Short name.
    pub slug: &'a str,
    /// Name.
    pub name: &'a str,
    /// Address.
    pub address: &'a EmailAddress,
    /// Language.
    pub language: Language,
    /// IANA zone.
    pub zone: &'a str,
}

/// Makes the community, or brings its row up to date with the configuration; what organizers have
/// set by mail stays.
pub async fn ensure_community(db: &mut PgConnection, row: CommunityRow<'_>) -> Result<i64> {
    sqlx::query_scalar!(
        "insert into community (slug, name, address, language, zone) values ($1, $2, $3, $4, $5)
         on conflict (slug) do update
            set name = excluded.name, address = excluded.address,
                language = case when exists (select from setting
                                              where setting.community_id = community.community_id
                                                and setting.name = 'language')
                                then community.language else excluded.language end,
                zone = excluded.zone
         returning community_id",
        row.slug,
        row.name,
        row.address.as_str(),
        row.language.tag(),
        row.zone,
    )
    .fetch_one(db)
    .await
    .with_context(|| format!("keep community {}", row.slug))
}

/// Somebody to be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPerson {
    /// Name.
    pub name: String,
    /// Address of record.
    pub email: EmailAddress,
    /// Language, if not the community's.
    pub language: Option<Language>,
    /// Telephone.
    pub phone: Option<String>,
    /// May command.
    pub organizer: bool,
    /// Hosts.
    pub host: bool,
    /// Mentors.
    pub mentor: bool,
}

/// What became of a person who was to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Was not known before.
    New,
    /// Was known; name, language, telephone and roles are as given now.
    Known,
}

/// Makes somebody an active member, or brings what is known of them up to date. The address tells
/// who it is.
pub async fn keep_member(
    db: &mut PgConnection,
    community_id: i64,
    person: &NewPerson,
    now: DateTime<Utc>,
) -> Result<Kept> {
    let known = sqlx::query_scalar!(
        "select person_id from address where community_id = $1 and email = $2",
        community_id,
        person.email.as_str(),
    )
    .fetch_optional(&mut *db)
    .await?;
    let language = person.language.map(Language::tag);
    let (person_id, kept) = match known {
        Some(person_id) => {
            let changed = sqlx::query!(
                "update person set name = $2, language = coalesce($3, language), phone = coalesce($4, phone)
                  where person_id = $1",
                person_id,
                person.name,
                language,
                person.phone,
            )
            .execute(&mut *db)
            .await?;
            exactly_one(&changed, "update person")?;
            (person_id, Kept::Known)
        }
        None => (insert(db, community_id, person, now).await?, Kept::New),
    };
    sqlx::query!(
        "insert into member (person_id, state, is_organizer, is_host, is_mentor) values ($1, 'active', $2, $3, $4)
         on conflict (person_id) do update
            set state = 'active', paused_until = null, away_since = null,
                is_organizer = member.is_organizer or excluded.is_organizer,
                is_host = member.is_host or excluded.is_host,
                is_mentor = member.is_mentor or excluded.is_mentor",
        person_id,
        person.organizer,
        person.host,
        person.mentor,
    )
    .execute(db)
    .await?;
    Ok(kept)
}

/// Somebody who is no member and may be invited all the same: known by this address, or from now
/// on. They are called by its first part until somebody says better.
pub async fn keep_guest(
    db: &mut PgConnection,
    community_id: i64,
    address: &EmailAddress,
    now: DateTime<Utc>,
) -> Result<i64> {
    if let Some(known) = by_email(db, community_id, address).await? {
        return Ok(known.id);
    }
    let guest = NewPerson {
        name: address.as_name(),
        email: address.clone(),
        language: None,
        phone: None,
        organizer: false,
        host: false,
        mentor: false,
    };
    insert(db, community_id, &guest, now).await
}

async fn insert(
    db: &mut PgConnection,
    community_id: i64,
    person: &NewPerson,
    now: DateTime<Utc>,
) -> Result<i64> {
    let person_id = sqlx::query_scalar!(
        "insert into person (community_id, name, language, phone, created_at) values ($1, $2, $3, $4, $5)
         returning person_id",
        community_id,
        person.name,
        person.language.map(Language::tag),
        person.phone,
        now,
    )
    .fetch_one(&mut *db)
    .await?;
    sqlx::query!(
        "insert into address (community_id, person_id, email, is_primary, verified_at) values ($1, $2, $3, true, $4)",
        community_id,
        person_id,
        person.email.as_str(),
        now,
    )
    .execute(db)
    .await?;
    Ok(person_id)
}

/// Whether organizers have said by mail that whoever has this address is none.
pub async fn is_dismissed(
    db: &mut PgConnection,
    community_id: i64,
    email: &EmailAddress,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from address join member using (person_id)
                           where community_id = $1 and email = $2 and not organizes_by_mail) as "is!""#,
        community_id,
        email.as_str(),
    )
    .fetch_one(db)
    .await?)
}

/// Those who organize from now on: whoever is not named stops, unless organizers have said by mail
/// that they do.
pub async fn keep_organizers(
    db: &mut PgConnection,
    community_id: i64,
    emails: &[String],
) -> Result<()> {
    sqlx::query!(
        // By any of their addresses: their letters may go to another one by now.
        "update member set is_organizer = false
           from person
          where person.person_id = member.person_id and person.community_id = $1
            and member.is_organizer and organizes_by_mail is not true
            and not exists (select from address
                             where address.person_id = member.person_id and email = any($2))",
        community_id,
        emails,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Another address is somebody's too, unless it is somebody else's already.
pub async fn add_address(
    db: &mut PgConnection,
    person_id: i64,
    email: &EmailAddress,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "insert into address (community_id, person_id, email, is_primary, verified_at)
         select community_id, person_id, $2, false, $3 from person where person_id = $1
         on conflict (community_id, email) do nothing",
        person_id,
        email.as_str(),
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The person whose address this is.
pub async fn by_email(
    db: &mut PgConnection,
    community_id: i64,
    email: &EmailAddress,
) -> Result<Option<Person>> {
    let person_id = sqlx::query_scalar!(
        "select person_id from address where community_id = $1 and email = $2 and verified_at is not null",
        community_id,
        email.as_str(),
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(person_id) = person_id else { return Ok(None) };
    Ok(people(db, community_id, &[person_id]).await?.pop())
}

/// People by their rows.
pub async fn people(db: &mut PgConnection, community_id: i64, ids: &[i64]) -> Result<Vec<Person>> {
    around(db, community_id, None, ids).await
}

/// People at a gathering, by their rows: who has chosen no language is written to in its.
pub async fn people_of(
    db: &mut PgConnection,
    community_id: i64,
    gathering_id: i64,
    ids: &[i64],
) -> Result<Vec<Person>> {
    around(db, community_id, Some(gathering_id), ids).await
}

async fn around(
    db: &mut PgConnection,
    community_id: i64,
    gathering_id: Option<i64>,
    ids: &[i64],
) -> Result<Vec<Person>> {
    let rows = sqlx::query_as!(
        Row,
        r#"select person.person_id, person.name, address.email, person.phone,
                  coalesce(person.language, gathering.language, community.language) as "language!",
                  coalesce(member.state = 'active', false) as "active!",
                  coalesce(member.state in ('paused', 'left'), false) as "away!",
                  coalesce(member.state = 'active' and member.is_organizer, false) as "organizer!"
             from person
             join community using (community_id)
             join address on address.person_id = person.person_id and address.is_primary
             left join member on member.person_id = person.person_id
             left join gathering on gathering.gathering_id = $3
            where person.community_id = $1 and person.person_id = any($2)
            order by person.person_id"#,
        community_id,
        ids,
        gathering_id,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Person::try_from).collect()
}

/// Active members.
pub async fn members(db: &mut PgConnection, community_id: i64) -> Result<Vec<Person>> {
    let ids = sqlx::query_scalar!(
        "select person_id from member join person using (person_id)
          where community_id = $1 and state = 'active'",
        community_id,
    )
    .fetch_all(&mut *db)
    .await?;
    people(db, community_id, &ids).await
}

/// Everybody of a community who has an address.
pub async fn known(db: &mut PgConnection, community_id: i64) -> Result<Vec<Known>> {
    let rows = sqlx::query!(
        r#"select person_id, member.state as "state?", array_agg(email order by address_id) as "emails!"
             from person join address using (person_id) left join member using (person_id)
            where person.community_id = $1
            group by person_id, member.state order by person_id"#,
        community_id,
    )
    .fetch_all(&mut *db)
    .await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.person_id).collect();
    let mut known = Vec::new();
    for person in people(db, community_id, &ids).await? {
        let Some(row) = rows.iter().find(|row| row.person_id == person.id) else { continue };
        known.push(Known {
            person,
            membership: words::read_option(row.state.as_deref())?,
            addresses: row.emails.iter().map(|text| email(text)).collect::<Result<_>>()?,
        });
    }
    Ok(known)
}

/// Those who may command.
pub async fn organizers(db: &mut PgConnection, community_id: i64) -> Result<Vec<Person>> {
    let ids = sqlx::query_scalar!(
        "select person_id from member join person using (person_id)
          where community_id = $1 and state = 'active' and is_organizer",
        community_id,
    )
    .fetch_all(&mut *db)
    .await?;
    people(db, community_id, &ids).await
}

/// Everybody whose address this is, or in whose name it stands; in lower case.
pub async fn called(db: &mut PgConnection, community_id: i64, who: &str) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        r#"select distinct person_id as "person_id!" from person join address using (person_id)
            where person.community_id = $1 and (email = $2 or position($2 in lower(name)) > 0)
            order by 1"#,
        community_id,
        who,
    )
    .fetch_all(db)
    .await?)
}

/// Active members as `import` reads them.
pub async fn member_rows(db: &mut PgConnection, community_id: i64) -> Result<Vec<MemberRow>> {
    let rows = sqlx::query!(
        "select person.name, email, person.language, phone, is_organizer, is_host, is_mentor
           from member
           join person using (person_id)
           join address on address.person_id = person.person_id and is_primary
          where person.community_id = $1 and state = 'active'
          order by person.name, person.person_id",
        community_id,
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let roles =
                [(row.is_organizer, "organizer"), (row.is_host, "host"), (row.is_mentor, "mentor")];
            Ok(MemberRow {
                name: row.name,
                email: row.email,
                language: words::read_option(row.language.as_deref())?,
                roles: roles.into_iter().filter_map(|(is, role)| is.then_some(role)).collect(),
                phone: row.phone,
            })
        })
        .collect()
}

/// Every address of somebody.
pub async fn addresses(db: &mut PgConnection, person_id: i64) -> Result<Vec<EmailAddress>> {
    let rows = sqlx::query_scalar!(
        "select email from address where person_id = $1 and verified_at is not null order by address_id",
        person_id,
    )
    .fetch_all(db)
    .await?;
    rows.iter().map(|row| email(row)).collect()
}

/// A row of the query above and of those in `tables`.
pub(super) struct Row {
    pub(super) person_id: i64,
    pub(super) name: String,
    pub(super) email: String,
    pub(super) phone: Option<String>,
    pub(super) language: String,
    pub(super) active: bool,
    pub(super) away: bool,
    pub(super) organizer: bool,
}

impl TryFrom<Row> for Person {
    type Error = anyhow::Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.person_id,
            name: row.name,
            address: email(&row.email)?,
            language: words::read(&row.language)?,
            phone: row.phone,
            active: row.active,
            away: row.away,
            organizer: row.organizer,
        })
    }
}

pub(super) fn email(text: &str) -> Result<EmailAddress> {
    text.parse().map_err(anyhow::Error::msg).context("read an address from the database")
}
