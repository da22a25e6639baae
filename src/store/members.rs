//! What members have with a community, and what their words change.

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;

use super::apply::{self, Cause};
use super::{exactly_one, facts, outbox, people, privacy, record, tables, words};
use crate::command::member::Shared;
use crate::community::clock;
use crate::community::gathering::Seat;
use crate::community::letter::{self, Named, OwnData, OwnNeeds};
use crate::community::member::{
    DIET_QUESTION, Food, MemberChange, Own, OwnInvitation, Request, Requested,
};
use crate::community::view::{self, Sees};
use crate::community::{Community, Invitation, Person};
use crate::mail::EmailAddress;

mod known;

pub use known::{away, contributions, readers, remembered, return_of};

/// What somebody has with us, without what a wish needs besides.
pub async fn own(db: &mut PgConnection, person_id: i64) -> Result<Own> {
    let row = sqlx::query!(
        r#"select member.state as "state?", paused_until as "until?", coalesce(member.digest_wish, 'usual') as "digest!",
                  diet_asked_at is not null as "asked!",
                  remembered.diets as "diets?", remembered.diet_notes as "notes?"
             from person left join member using (person_id) left join remembered using (person_id)
            where person_id = $1"#,
        person_id,
    )
    .fetch_one(db)
    .await?;
    let remembered = match (row.diets, row.notes) {
        (Some(diets), Some(notes)) => Some(Food { diets: words::read_all(&diets)?, notes }),
        _ => None,
    };
    Ok(Own {
        membership: words::read_option(row.state.as_deref())?,
        away_until: row.until,
        digest: words::read(&row.digest)?,
        diet_asked: row.asked,
        remembered,
        invitations: Vec::new(),
        hosts: Vec::new(),
        members: Vec::new(),
    })
}

/// The open invitations of somebody, soonest first. Locks their gatherings, and those named beside,
/// lowest row first.
pub async fn invitations(
    db: &mut PgConnection,
    community: &Community,
    (person_id, beside): (i64, &[i64]),
    now: DateTime<Utc>,
) -> Result<Vec<OwnInvitation>> {
    let open = facts::open_invitations(db, person_id, now).await?;
    let mut gatherings = beside.to_vec();
    for id in &open {
        gatherings.extend(tables::gathering_of(db, *id).await?);
    }
    tables::lock(db, &gatherings).await?;
    let mut own = Vec::new();
    for id in open {
        let Some(answering) = facts::answering(db, community.id, id).await? else { continue };
        let table = tables::table(db, community.id, answering.gathering.id).await?;
        let seated = table.invitations.iter().filter(|(one, _)| one.seat == Seat::Seated);
        let named = |(one, guest): &(Invitation, Person)| Named {
            name: guest.name.clone(),
            party: one.party,
        };
        let coming = seated.map(named).collect();
        own.push(OwnInvitation { answering, coming });
    }
    Ok(own)
}

/// Something that waits for one word.
pub async fn request(
    db: &mut PgConnection,
    community: &Community,
    id: i64,
) -> Result<Option<Request>> {
    let row = sqlx::query!(
        "select person_id, details, expires_at, settled_at from request
          where request_id = $1 and community_id = $2 for update",
        id,
        community.id,
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(person) = people::people(db, community.id, &[row.person_id]).await?.pop() else {
        return Ok(None);
    };
    let what: Requested = serde_json::from_value(row.details).context("read a request")?;
    let mut request = Request {
        id,
        person,
        expires_at: row.expires_at,
        settled: row.settled_at.is_some(),
        data: None,
        seat: None,
        receiver: None,
        invited: None,
        what,
    };
    match &request.what {
        Requested::Data => request.data = Some(data(db, community, &request.person).await?),
        Requested::HandOver { invitation_id, to } => {
            request.seat = facts::answering(db, community.id, *invitation_id).await?;
            request.receiver = people::people(db, community.id, &[*to]).await?.pop();
            let invited = invitation_of(db, *invitation_id, *to).await?;
            if let Some(invited) = invited {
                request.invited = facts::answering(db, community.id, invited).await?;
            }
        }
        Requested::Erase => privacy::lock_open(db, request.person.id).await?,
        Requested::LetIn { invitation_id, .. } => {
            request.seat = facts::answering(db, community.id, *invitation_id).await?;
        }
        Requested::Share { .. } => {}
    }
    // What is said about one dinner is said in its language.
    if let Some(guest) = request.seat.as_ref().map(|seat| &seat.guest)
        && guest.id == request.person.id
    {
        request.person.language = guest.language;
    }
    Ok(Some(request))
}

/// Everything about somebody, as a letter tells it and as a file.
async fn data(db: &mut PgConnection, community: &Community, person: &Person) -> Result<OwnData> {
    let own = own(db, person.id).await?;
    let row = sqlx::query!(
        r#"select person.created_at, exists (select from member where member.person_id = $1) as "member!",
                  (select count(*) from inbox
                    where raw is not null and inbox_id in (
                        select inbox_id from answer join invitation using (invitation_id) where person_id = $1)) as "mails!"
             from person where person_id = $1"#,
        person.id,
    )
    .fetch_one(&mut *db)
    .await?;
    let needs = |food: Food| OwnNeeds { diets: food.diets, diet_notes: food.notes };
    let rows = sqlx::query_scalar!(
        "select invitation_id from invitation join gathering using (gathering_id)
          where person_id = $1 order by starts_at desc, invitation_id limit 200",
        person.id,
    )
    .fetch_all(&mut *db)
    .await?;
    let mut invitations = Vec::new();
    for id in rows {
        let Some(invitation) = tables::invitation(db, id).await? else { continue };
        let gathering = tables::gathering_of(db, id).await?.context("an invitation to nothing")?;
        let gathering = tables::gathering(db, gathering).await?;
        invitations.push(letter::OwnInvitation {
            gathering: view::gathering(&gathering, Sees::NoAddress),
            answer: invitation.answer,
            party: invitation.party,
            needs: OwnNeeds { diets: invitation.diets, diet_notes: invitation.diet_notes },
        });
    }
    Ok(OwnData {
        name: person.name.clone(),
        addresses: people::addresses(db, person.id).await?,
        language: person.language,
        since: row.member.then(|| clock::local(row.created_at, community.zone).date()),
        remembered: needs(own.remembered.unwrap_or_default()),
        invitations,
        met: Vec::new(),
        mails: u32::try_from(row.mails).unwrap_or(u32::MAX),
        file: privacy::data(db, person.id).await?,
    })
}

/// Somebody's invitation to the same gathering.
async fn invitation_of(db: &mut PgConnection, beside: i64, person_id: i64) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar!(
        "select own.invitation_id from invitation as own
           join invitation as beside using (gathering_id)
          where beside.invitation_id = $1 and own.person_id = $2",
        beside,
        person_id,
    )
    .fetch_optional(db)
    .await?)
}

/// Carries out what a member's words change. Erasing is not here: it needs a key.
pub async fn apply(
    db: &mut PgConnection,
    person_id: i64,
    change: &MemberChange,
    cause: Cause,
) -> Result<()> {
    match change {
        MemberChange::Remember(food) => remember(db, person_id, food, cause).await,
        MemberChange::Forget => privacy::forget_food(db, person_id).await,
        MemberChange::DietAsked => diet_asked(db, person_id, cause.now).await,
        MemberChange::Digest(how_often) => {
            digest(db, person_id, &words::word(how_often), cause.now).await
        }
        MemberChange::Pause(until) => pause(db, person_id, *until, cause.now).await,
        MemberChange::Resume => resume(db, person_id).await,
        MemberChange::Leave => leave(db, person_id, cause.now).await,
        MemberChange::Language(language) => set_language(db, person_id, language.tag()).await,
        MemberChange::Name(name) => record::name(db, person_id, name).await,
        MemberChange::Phone(phone) => record::phone(db, person_id, phone).await,
        MemberChange::Address(email) => record::address(db, person_id, email, cause).await,
        MemberChange::Role(role) => record::role(db, person_id, *role).await,
        MemberChange::Share(what, text) => share(db, person_id, (*what, text), cause).await,
        MemberChange::Request { what, expires_at } => {
            ask(db, person_id, (what, *expires_at), cause).await
        }
        MemberChange::SettleRequest { request_id, done } => {
            settle(db, *request_id, *done, cause.now).await
        }
        MemberChange::HandOver { invitation_id, to } => {
            hand_over(db, *invitation_id, *to, cause.now).await
        }
        MemberChange::LetIn { gathering_id, stranger, request_id } => {
            let_in(db, *gathering_id, (stranger, *request_id), cause).await
        }
        MemberChange::Erase => anyhow::bail!("a person is erased with a key"),
    }
}

async fn remember(db: &mut PgConnection, person_id: i64, food: &Food, cause: Cause) -> Result<()> {
    let kept = sqlx::query!(
        "insert into remembered (person_id, diets, diet_notes, consented_at, question, content_key)
         select $1, $3, $4, arrived_at, $5, digest from inbox where inbox_id = $2
         on conflict (person_id) do update
            set diets = excluded.diets, diet_notes = excluded.diet_notes,
                consented_at = excluded.consented_at, question = excluded.question,
                content_key = excluded.content_key",
        person_id,
        cause.inbox_id,
        &words::all(&food.diets),
        &food.notes,
        DIET_QUESTION,
    )
    .execute(db)
    .await?;
    exactly_one(&kept, "remember what somebody eats")
}

async fn diet_asked(db: &mut PgConnection, person_id: i64, now: DateTime<Utc>) -> Result<()> {
    let changed =
        sqlx::query!("update person set diet_asked_at = $2 where person_id = $1", person_id, now)
            .execute(db)
            .await?;
    exactly_one(&changed, "note that somebody was asked")
}

async fn digest(
    db: &mut PgConnection,
    person_id: i64,
    how_often: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!("update member set digest_wish = $2 where person_id = $1", person_id, how_often)
        .execute(&mut *db)
        .await?;
    if how_often == "never" {
        withdraw(db, person_id, true, now).await?;
    }
    Ok(())
}

/// Stops the digest of somebody who has not stopped it. Says whether they had not: of several at
/// once it is true for one.
pub async fn stop_digest(
    db: &mut PgConnection,
    (community_id, person_id): (i64, i64),
    now: DateTime<Utc>,
) -> Result<bool> {
    let changed = sqlx::query!(
        "update member set digest_wish = 'never'
           from person
          where person.person_id = member.person_id and person.community_id = $1
            and member.person_id = $2 and digest_wish <> 'never' and state in ('active', 'paused')",
        community_id,
        person_id,
    )
    .execute(&mut *db)
    .await?;
    let stopped = changed.rows_affected() > 0;
    if stopped {
        withdraw(db, person_id, true, now).await?;
    }
    Ok(stopped)
}

async fn pause(
    db: &mut PgConnection,
    person_id: i64,
    until: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> Result<()> {
    let changed = sqlx::query!(
        // Whoever says the same again is away since they first said so.
        "update member
            set state = 'paused', paused_until = $2,
                away_since = case when state = 'paused' and paused_until is not distinct from $2
                                  then coalesce(away_since, $3) else $3 end
          where person_id = $1 and state in ('active', 'paused')",
        person_id,
        until,
        now,
    )
    .execute(&mut *db)
    .await?;
    exactly_one(&changed, "pause a member")?;
    look_again(db, person_id).await?;
    withdraw(db, person_id, false, now).await
}

async fn resume(db: &mut PgConnection, person_id: i64) -> Result<()> {
    sqlx::query!(
        "update member set state = 'active', paused_until = null, away_since = null where person_id = $1",
        person_id,
    )
    .execute(&mut *db)
    .await?;
    look_again(db, person_id).await
}

async fn leave(db: &mut PgConnection, person_id: i64, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "update member set state = 'left', paused_until = null, away_since = $2 where person_id = $1",
        person_id,
        now,
    )
    .execute(&mut *db)
    .await?;
    // They may come back, and are the host no more.
    sqlx::query!(
        "update gathering set host_gone_at = $2
          where host_id = $1 and state = 'open' and starts_at > $2 and host_gone_at is null",
        person_id,
        now,
    )
    .execute(&mut *db)
    .await?;
    look_again(db, person_id).await?;
    outbox::unname_host(db, person_id, now).await?;
    withdraw(db, person_id, false, now).await
}

/// Gatherings that somebody is invited to, or the host of, have something to tell, or not any more.
pub(super) async fn look_again(db: &mut PgConnection, person_id: i64) -> Result<()> {
    sqlx::query!(
        "update gathering set plan_at = '-infinity'
          where state = 'open'
            and (host_id = $1 or exists (select from invitation
                                          where invitation.gathering_id = gathering.gathering_id
                                            and invitation.person_id = $1))",
        person_id,
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Takes back what nobody has asked for and has not left: all of it, or only digests. Mail about a
/// seat that they have is left alone.
async fn withdraw(
    db: &mut PgConnection,
    person_id: i64,
    only_digests: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "update outbox set state = 'cancelled', settled_at = $3, reply = 'no longer wanted'
          where person_id = $1 and state = 'queued' and on_doubt = 'hold'
            and (letter = 'digest' or not $2)
            and not exists (select from invitation
                             where invitation.invitation_id = outbox.invitation_id and seat = 'seated')",
        person_id,
        only_digests,
        now,
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn set_language(db: &mut PgConnection, person_id: i64, tag: &str) -> Result<()> {
    let changed =
        sqlx::query!("update person set language = $2 where person_id = $1", person_id, tag)
            .execute(db)
            .await?;
    exactly_one(&changed, "change somebody's language")
}

async fn share(
    db: &mut PgConnection,
    person_id: i64,
    (what, text): (Shared, &str),
    cause: Cause,
) -> Result<()> {
    sqlx::query!(
        "insert into contribution (community_id, person_id, inbox_id, kind, text, said_at)
         select community_id, $1, inbox_id, $3, $4, $5 from inbox where inbox_id = $2
         on conflict (inbox_id, kind, text) do nothing",
        person_id,
        cause.inbox_id,
        words::word(&what),
        text,
        cause.now,
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn ask(
    db: &mut PgConnection,
    person_id: i64,
    (what, expires_at): (&Requested, DateTime<Utc>),
    cause: Cause,
) -> Result<()> {
    let inserted = sqlx::query!(
        "insert into request (request_id, community_id, person_id, kind, details, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        cause.inbox_id,
        cause.community_id,
        person_id,
        what.kind(),
        serde_json::to_value(what)?,
        expires_at,
    )
    .execute(db)
    .await?;
    exactly_one(&inserted, "keep a request")
}

/// Single use: only an unsettled request can be settled, and only once.
async fn settle(
    db: &mut PgConnection,
    request_id: i64,
    done: bool,
    now: DateTime<Utc>,
) -> Result<()> {
    let changed = sqlx::query!(
        "update request set outcome = $2, settled_at = $3 where request_id = $1 and settled_at is null",
        request_id,
        if done { "done" } else { "dropped" },
        now,
    )
    .execute(db)
    .await?;
    exactly_one(&changed, "settle a request")
}

/// One gives up their seats, and the other has one. The planner tells who is new.
async fn hand_over(
    db: &mut PgConnection,
    invitation_id: i64,
    to: i64,
    now: DateTime<Utc>,
) -> Result<()> {
    let given = sqlx::query!(
        "update invitation
            set answer = 'no', answered_at = $2, seat = 'none', party = 1, waiting_since = null,
                offer_until = null, diets = '{}', diet_notes = '{}'
          where invitation_id = $1 and seat = 'seated'",
        invitation_id,
        now,
    )
    .execute(&mut *db)
    .await?;
    exactly_one(&given, "give up a seat")?;
    let taken = sqlx::query!(
        "insert into invitation (gathering_id, person_id, invited_at, answer, answered_at, seat)
         select gathering_id, $2, $3, 'yes', $3, 'seated' from invitation where invitation_id = $1
         on conflict (gathering_id, person_id) do update
            set answer = 'yes', answered_at = $3, seat = 'seated', party = 1, waiting_since = null,
                offer_until = null",
        invitation_id,
        to,
        now,
    )
    .execute(db)
    .await?;
    exactly_one(&taken, "hand a seat over")
}

/// Somebody we did not know is a guest now, by their own invitation. What they said to another's
/// counts for nobody.
async fn let_in(
    db: &mut PgConnection,
    gathering_id: i64,
    (stranger, request_id): (&EmailAddress, i64),
    cause: Cause,
) -> Result<()> {
    let guest = people::keep_guest(db, cause.community_id, stranger, cause.now).await?;
    apply::invite(db, gathering_id, &[guest], cause.now).await?;
    sqlx::query!(
        "update answer set state = 'rejected', diets = '{}', diet_notes = '{}'
          where inbox_id = $1 and state = 'pending'",
        request_id,
    )
    .execute(db)
    .await?;
    Ok(())
}
