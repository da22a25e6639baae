//! The facts about one mail: what it is about, by its addresses, its thread, a calendar's UID and
//! its author, in this order; and everything that a decision about that may look at.
//!
//! Locks: whatever is about a gathering locks that gathering first, so that two answers for the
//! last seat are judged one after the other.

mod topic;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::{deeds, errands, inbox, members, notices, people, tables, waves, words};
use crate::community::facts::{About, Answering, Floor, Hosting, Pending, Recent, Returned};
use crate::community::level::{Evidence, Novelty, Standing};
use crate::community::member::Own;
use crate::community::plan::NEWS_LASTS;
use crate::community::{Community, Facts, Person};
use crate::mail::EmailAddress;
use crate::mail::authentic::Verdict;
use crate::mail::proof::{Authorship, Proof};
use crate::mail::token::Family;
pub(super) use topic::open_invitations;
use topic::{Topic, topic};

/// What a mail says about what it is about.
#[derive(Debug, Clone, Default)]
pub struct Clues {
    /// The tokens in its recipients that are ours.
    pub tokens: Vec<(Family, i64)>,
    /// In-Reply-To and References, newest last.
    pub references: Vec<String>,
    /// Message-IDs of ours that came back: from a bounce's address or the returned header.
    pub returned: Vec<String>,
    /// UID of a calendar's answer.
    pub calendar_uid: Option<String>,
    /// Author.
    pub from: Option<EmailAddress>,
    /// What the mail proves about its author.
    pub verdict: Verdict,
    /// Whether it asks for something beside an answer.
    pub wishes: bool,
    /// Whether From is an address that nobody has here.
    pub stranger: bool,
}

/// Gathers the facts about a mail.
pub async fn about(
    db: &mut PgConnection,
    community: &Community,
    clues: &Clues,
    (inbox_id, arrived_at): (i64, DateTime<Utc>),
    now: DateTime<Utc>,
) -> Result<Facts> {
    let mut sender = match &clues.from {
        Some(from) => people::by_email(db, community.id, from).await?,
        None => None,
    };
    let (topic, came, lead) = topic(db, community.id, clues, sender.as_ref(), now).await?;
    let own = own(db, community, (clues, &topic), sender.as_ref(), now).await?;
    let about = load(db, community, topic, sender.as_ref(), now).await?;
    let guest = match &about {
        About::Invitation(answering) => Some(&answering.guest),
        About::Pending(pending) => Some(&pending.answering.guest),
        About::Host(_, asked) => Some(asked),
        About::SeveralInvitations(_)
        | About::Proposal(..)
        | About::Notice(..)
        | About::Floor(_)
        | About::Request(_)
        | About::Returned(_)
        | About::Nothing => None,
    };
    // What is said about one dinner is said in its language.
    if let (Some(sender), Some(guest)) = (&mut sender, guest)
        && sender.id == guest.id
    {
        sender.language = guest.language;
    }
    let reader = guest.or(sender.as_ref()).map(|reader| reader.id);
    let recent_answers = match reader {
        Some(reader) => recent_answers(db, reader, now).await?,
        None => 0,
    };
    Ok(Facts {
        community: community.clone(),
        inbox_id,
        arrived_at,
        answers_mail_of: written_at(db, community.id, clues.references.last()).await?,
        evidence: Evidence {
            lead,
            novelty: novelty(db, community.id, inbox_id, clues).await?,
            ..evidence(db, sender.as_ref(), clues).await?
        },
        sender,
        from: clues.from.clone(),
        recent_answers,
        organizers: people::organizers(db, community.id).await?,
        came,
        own: own.map(Box::new),
        about,
    })
}

/// What the mail proves of whoever From says that it is from.
async fn evidence(
    db: &mut PgConnection,
    sender: Option<&Person>,
    clues: &Clues,
) -> Result<Evidence> {
    let author = clues.verdict.authorship.clone();
    let Some(sender) = sender else {
        let evidence = Evidence { author, ..Evidence::unverified(Standing::Stranger) };
        return Ok(bound_to_us(evidence, clues.verdict.to_us));
    };
    let standing = if sender.organizer { Standing::Organizer } else { Standing::Member };
    let answers_ours = sqlx::query_scalar!(
        r#"select exists (select from outbox where message_id = $1 and person_id = $2) as "is!""#,
        clues.references.last(),
        sender.id,
    )
    .fetch_one(db)
    .await?;
    let evidence = Evidence {
        author,
        secret_address: clues.tokens.contains(&(Family::Organizer, sender.id)),
        answers_ours,
        ..Evidence::unverified(standing)
    };
    Ok(bound_to_us(evidence, clues.verdict.to_us))
}

/// A proof is worth something here where it covers that the mail is for us, or where the mail knows
/// something that only we have told. Without that it may have been written to another table.
fn bound_to_us(mut evidence: Evidence, to_us: bool) -> Evidence {
    let bound = to_us || evidence.secret_address || evidence.answers_ours;
    if evidence.author.proof == Proof::Proven && !bound {
        let because = format!("{}, but not its recipients", evidence.author.because);
        evidence.author = Authorship { proof: Proof::Broken, because };
    }
    evidence
}

async fn novelty(
    db: &mut PgConnection,
    community_id: i64,
    inbox_id: i64,
    clues: &Clues,
) -> Result<Novelty> {
    let Some(content) = &clues.verdict.content else { return Ok(Novelty::First) };
    let replayed = inbox::is_replayed(db, community_id, inbox_id, content).await?;
    Ok(if replayed { Novelty::Replayed } else { Novelty::First })
}

/// When we wrote the mail that is answered.
async fn written_at(
    db: &mut PgConnection,
    community_id: i64,
    message_id: Option<&String>,
) -> Result<Option<DateTime<Utc>>> {
    Ok(sqlx::query_scalar!(
        "select created_at from outbox where message_id = $1 and community_id = $2",
        message_id,
        community_id,
    )
    .fetch_optional(db)
    .await?)
}

/// What the author has with us, and, where the mail asks for something, what it takes to judge it.
/// Locks before what the mail is about is locked, so that nobody waits in a ring.
async fn own(
    db: &mut PgConnection,
    community: &Community,
    (clues, topic): (&Clues, &Topic),
    sender: Option<&Person>,
    now: DateTime<Utc>,
) -> Result<Option<Own>> {
    let Some(sender) = sender else { return Ok(None) };
    let mut own = members::own(db, sender.id).await?;
    let beside = match topic {
        Topic::Invitation(id) => tables::gathering_of(db, *id).await?,
        Topic::Invitations(_) | Topic::Nothing => None,
        // An organizer's commands lock every open gathering.
        Topic::Floor(_) => {
            let open = tables::open(db, community.id, now).await?;
            tables::lock(db, &open).await?;
            None
        }
        Topic::Proposal(_)
        | Topic::Notice(_)
        | Topic::Pending(_)
        | Topic::Request(_)
        | Topic::Host(_)
        | Topic::Returned(_) => {
            return Ok(Some(own));
        }
    };
    if clues.wishes {
        let beside: Vec<i64> = beside.into_iter().collect();
        own.invitations = members::invitations(db, community, (sender.id, &beside), now).await?;
        let hosts = tables::hosted_by(db, sender.id, now).await?;
        own.hosts = tables::gatherings(db, &hosts).await?;
        own.members = people::members(db, community.id).await?;
    }
    Ok(Some(own))
}

async fn load(
    db: &mut PgConnection,
    community: &Community,
    topic: Topic,
    sender: Option<&Person>,
    now: DateTime<Utc>,
) -> Result<About> {
    Ok(match topic {
        Topic::Invitation(id) => match answering(db, community.id, id).await? {
            Some(answering) => About::Invitation(Box::new(answering)),
            None => About::Nothing,
        },
        Topic::Invitations(ids) => {
            let mut gatherings = Vec::new();
            for id in ids {
                gatherings.extend(tables::gathering_of(db, id).await?);
            }
            About::SeveralInvitations(tables::gatherings(db, &gatherings).await?)
        }
        Topic::Proposal(id) => {
            match (
                notices::proposal(db, community.id, id).await?,
                sender.filter(|sender| sender.organizer),
            ) {
                (Some(proposal), Some(organizer)) => {
                    let floor = floor(db, community, organizer, proposal.gathering_id, now).await?;
                    About::Proposal(Box::new(proposal), Box::new(floor))
                }
                _ => About::Nothing,
            }
        }
        Topic::Pending(id) => match pending(db, community.id, id).await? {
            Some(pending) => About::Pending(Box::new(pending)),
            None => About::Nothing,
        },
        Topic::Notice(id) => match notices::notice(db, community.id, id).await? {
            Some((notice, asker)) => {
                let floor = floor(db, community, &asker, None, now).await?;
                About::Notice(Box::new(notice), Box::new(floor))
            }
            None => About::Nothing,
        },
        Topic::Request(id) => match members::request(db, community, id).await? {
            Some(request) => About::Request(Box::new(request)),
            None => About::Nothing,
        },
        Topic::Host(gathering) => match sender {
            Some(sender) => asked_to_host(db, (community.id, gathering), sender.id).await?,
            None => About::Nothing,
        },
        Topic::Floor(thread) => match sender {
            Some(organizer) => {
                About::Floor(Box::new(floor(db, community, organizer, thread, now).await?))
            }
            None => About::Nothing,
        },
        Topic::Returned(message_id) => match returned(db, community.id, &message_id).await? {
            Some(returned) => About::Returned(Box::new(returned)),
            None => About::Nothing,
        },
        Topic::Nothing => About::Nothing,
    })
}

/// An invitation with its locked gathering.
pub async fn answering(
    db: &mut PgConnection,
    community_id: i64,
    invitation_id: i64,
) -> Result<Option<Answering>> {
    let Some(gathering_id) = tables::gathering_of(db, invitation_id).await? else {
        return Ok(None);
    };
    tables::lock(db, &[gathering_id]).await?;
    let Some(invitation) = tables::invitation(db, invitation_id).await? else { return Ok(None) };
    let guests = people::people_of(db, community_id, gathering_id, &[invitation.person_id]).await?;
    let Some(guest) = guests.into_iter().next() else { return Ok(None) };
    let gathering = tables::gathering(db, gathering_id).await?;
    let host: Vec<i64> = gathering.host_id.into_iter().collect();
    let mut others = Vec::new();
    if guest.organizer {
        let invited = tables::table(db, community_id, gathering_id).await?.invitations;
        let invited = invited.into_iter().map(|(_, other)| other);
        others.extend(invited.filter(|other| other.id != guest.id).map(|other| other.name));
    }
    Ok(Some(Answering {
        host: people::people(db, community_id, &host).await?.pop(),
        gathering,
        waiters: tables::waiters(db, gathering_id).await?,
        addresses: people::addresses(db, guest.id).await?,
        others,
        invitation,
        guest,
    }))
}

/// Gatherings that one mail can make: a season's.
const MOST_NEW_GATHERINGS: i32 = 20;

pub(super) async fn floor(
    db: &mut PgConnection,
    community: &Community,
    organizer: &Person,
    thread: Option<i64>,
    now: DateTime<Utc>,
) -> Result<Floor> {
    let ids = tables::open(db, community.id, now).await?;
    tables::lock(db, &ids).await?;
    let mut open = Vec::new();
    for id in &ids {
        open.push(tables::table(db, community.id, *id).await?);
    }
    let next_gathering_ids = sqlx::query_scalar!(
        r#"select nextval(pg_get_serial_sequence('gathering', 'gathering_id')) as "id!"
             from generate_series(1, $1)"#,
        MOST_NEW_GATHERINGS,
    )
    .fetch_all(&mut *db)
    .await?;
    let mut past = Vec::new();
    for id in tables::past(db, community.id, now).await? {
        past.push(tables::table(db, community.id, id).await?);
    }
    let (held, called_off) = tables::closed(db, community.id, now).await?;
    Ok(Floor {
        organizer: organizer.clone(),
        held,
        called_off,
        answers: errands::said(db, &ids).await?,
        deeds: deeds::of_gatherings(db, &ids).await?,
        last: errands::last(db, (community.id, organizer.id), now).await?.map(Box::new),
        recent: recent(db, organizer.id, now).await?,
        open,
        past,
        left_out: waves::left_out(db, community.id, now).await?,
        members: people::members(db, community.id).await?,
        known: people::known(db, community.id).await?,
        readers: members::readers(db, community.id).await?,
        contributions: members::contributions(db, community.id, now - NEWS_LASTS).await?,
        remembered: members::remembered(db, community.id).await?,
        thread,
        forgotten: Vec::new(),
        next_gathering_ids,
    })
}

/// What an organizer has done on a large scale in the last ten minutes.
async fn recent(db: &mut PgConnection, person_id: i64, now: DateTime<Utc>) -> Result<Recent> {
    let row = sqlx::query!(
        r#"select count(*) as "large!",
                  count(*) filter (where act = 'gathering-cancelled') as "cancelled!"
             from audit where person_id = $1 and at > $2 and details @> '{"large": true}'"#,
        person_id,
        now - TimeDelta::minutes(10),
    )
    .fetch_one(db)
    .await?;
    let count = |count: i64| u32::try_from(count).unwrap_or(u32::MAX);
    Ok(Recent { large: count(row.large), cancelled: count(row.cancelled) })
}

/// Only whoever has had a letter about it has a word about the host.
async fn asked_to_host(
    db: &mut PgConnection,
    (community_id, gathering_id): (i64, i64),
    person_id: i64,
) -> Result<About> {
    tables::lock(db, &[gathering_id]).await?;
    let gathering = tables::gatherings(db, &[gathering_id]).await?.pop();
    let asked = errands::is_asked_to_host(db, gathering_id, person_id).await?;
    let person = people::people_of(db, community_id, gathering_id, &[person_id]).await?.pop();
    let (Some(gathering), Some(asked), Some(person)) = (gathering, asked, person) else {
        return Ok(About::Nothing);
    };
    let host: Vec<i64> = gathering.host_id.into_iter().collect();
    let host = people::people_of(db, community_id, gathering_id, &host).await?.pop();
    Ok(About::Host(Box::new(Hosting { gathering, host, asked }), person))
}

async fn pending(
    db: &mut PgConnection,
    community_id: i64,
    inbox_id: i64,
) -> Result<Option<Pending>> {
    let row = sqlx::query!(
        r#"select invitation_id, answer, party, diets, diet_notes, stated_at, other_email, state,
                  exists (select from request where request_id = $1 and kind = 'let-in') as "told!"
             from answer where inbox_id = $1 and other_email is not null"#,
        inbox_id,
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let Some(answering) = answering(db, community_id, row.invitation_id).await? else {
        return Ok(None);
    };
    Ok(Some(Pending {
        inbox_id,
        answer: words::read_option(row.answer.as_deref())?,
        party: row.party.map(words::count),
        diets: words::read_all(&row.diets)?,
        diet_notes: row.diet_notes,
        stated_at: row.stated_at,
        other: row.other_email.as_deref().map(people::email).transpose()?,
        settled: row.state != "pending",
        told: row.told,
        answering,
    }))
}

async fn returned(
    db: &mut PgConnection,
    community_id: i64,
    message_id: &str,
) -> Result<Option<Returned>> {
    let row = sqlx::query!(
        r#"select outbox_id, gathering_id,
                  invitation_id is not null and person_id is not null as "to_guest!"
             from outbox where message_id = $1 and community_id = $2"#,
        message_id,
        community_id,
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if let Some(gathering_id) = row.gathering_id {
        tables::lock(db, &[gathering_id]).await?;
    }
    Ok(Some(Returned { outbox_id: row.outbox_id, to_guest: row.to_guest }))
}

/// Answers to one person's mails in the last hour.
async fn recent_answers(db: &mut PgConnection, person_id: i64, now: DateTime<Utc>) -> Result<u32> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from outbox
            where person_id = $1 and created_at > $2
              and (purpose like 'answer:%' or purpose like 'other-address:%')"#,
        person_id,
        now - TimeDelta::hours(1),
    )
    .fetch_one(db)
    .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What our mails said to which this one refers: those words never count as the author's own.
pub async fn sent_text(db: &mut PgConnection, references: &[String]) -> Result<Option<String>> {
    let texts = sqlx::query_scalar!(
        r#"select body_text as "text!" from outbox
            where message_id = any($1) and body_text is not null order by outbox_id"#,
        references,
    )
    .fetch_all(db)
    .await?;
    Ok((!texts.is_empty()).then(|| texts.join("\n")))
}
