//! `langbord why`: which mails, which words and which acts led to where a guest stands.

use std::io::Write;

use anyhow::{Result, bail};
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::{Exit, WhyArgs};
use crate::command::GatheringKind;
use crate::community::facts::{Deed, Said};
use crate::community::gathering::{Invitation, Table};
use crate::community::{Community, Person, clock, view};
use crate::config::Config;
use crate::installation;
use crate::store::outbox::{self, Written};
use crate::store::{deeds, errands, people, tables};
use crate::understand::Answer;

/// A guest at a gathering, and what led there.
#[derive(Debug, Serialize)]
struct Trace {
    community: String,
    gathering: i64,
    kind: GatheringKind,
    starts: chrono::NaiveDateTime,
    person: i64,
    name: String,
    stands: &'static str,
    party: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<u32>,
    steps: Vec<Step>,
}

/// Something that happened, and the row that proves it.
#[derive(Debug, Serialize)]
struct Step {
    at: DateTime<Utc>,
    #[serde(skip)]
    local: String,
    /// `invited`, `answer`, `act`, `letter`.
    what: &'static str,
    /// The row of `inbox`, or for a letter that of `outbox`.
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<i64>,
    #[serde(flatten)]
    details: Value,
    #[serde(skip)]
    words: String,
}

/// Prints what led to where somebody stands, at each gathering that is asked about.
pub async fn why(
    config: &Config,
    args: &WhyArgs,
    json: bool,
    output: &mut impl Write,
    now: DateTime<Utc>,
) -> Result<Exit> {
    let installation = installation::look(config, now).await?;
    let community = &installation.station(args.community.as_deref())?.desk.community;
    let mut db = installation.pool.acquire().await?;
    let traces = traces(&mut db, community, args).await?;
    drop(db);
    for trace in &traces {
        if json {
            writeln!(output, "{}", serde_json::to_string(trace)?)?;
        } else {
            tell(trace, output)?;
        }
    }
    installation.close().await?;
    Ok(Exit::Done)
}

async fn traces(
    db: &mut PgConnection,
    community: &Community,
    args: &WhyArgs,
) -> Result<Vec<Trace>> {
    let person = somebody(db, community, &args.person).await?;
    let gatherings = tables::of_guest(db, person.id, args.gathering).await?;
    if gatherings.is_empty() {
        let when = args.gathering.map(|day| format!(" on {day}")).unwrap_or_default();
        bail!("{} was not invited to anything{when}", person.name);
    }
    let said = errands::said(db, &gatherings).await?;
    let deeds = deeds::of_gatherings(db, &gatherings).await?;
    let mut traces = Vec::new();
    for id in gatherings {
        let table = tables::table(db, community.id, id).await?;
        let own = table.invitations.iter().find(|(_, guest)| guest.id == person.id);
        let Some((invitation, _)) = own else { continue };
        let letters = outbox::about_invitation(db, invitation.id).await?;
        traces.push(trace(community, &table, (invitation, &person), (&said, &deeds, &letters)));
    }
    Ok(traces)
}

/// The one person of a community whom an address or a part of a name means.
async fn somebody(db: &mut PgConnection, community: &Community, who: &str) -> Result<Person> {
    let ids = people::called(db, community.id, &who.to_lowercase()).await?;
    let mut found = people::people(db, community.id, &ids).await?;
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => bail!("nobody in `{}` is called `{who}`", community.slug),
        _ => {
            let names: Vec<&str> = found.iter().map(|person| person.address.as_str()).collect();
            bail!("`{who}` may be {}; give the address", names.join(", "))
        }
    }
}

/// What guests wrote, what organizers did, and what we wrote.
type Rows<'a> = (&'a [Said], &'a [Deed], &'a [Written]);

fn trace(
    community: &Community,
    table: &Table,
    (invitation, person): (&Invitation, &Person),
    (said, deeds, letters): Rows<'_>,
) -> Trace {
    let said = said.iter().filter(|said| said.invitation_id == invitation.id).map(answer);
    let id = table.gathering.id;
    let deeds = deeds.iter().filter(|deed| deed.gathering_id == id && deed.concerns(person.id));
    let mut steps = vec![Step {
        at: invitation.invited_at,
        local: String::new(),
        what: "invited",
        row: None,
        details: json!({}),
        words: String::new(),
    }];
    steps.extend(said);
    steps.extend(deeds.map(act));
    steps.extend(letters.iter().map(letter));
    steps.sort_by_key(|step| step.at);
    for step in &mut steps {
        let local = clock::local(step.at, community.zone);
        step.local = local.format("%a %Y-%m-%d %H:%M").to_string();
    }
    Trace {
        community: community.slug.clone(),
        gathering: id,
        kind: table.gathering.kind,
        starts: table.gathering.starts_local,
        person: person.id,
        name: person.name.clone(),
        stands: view::stands(invitation),
        party: invitation.party,
        position: view::position(table, invitation),
        steps,
    }
}

/// A mail of the guest, and what was read in it.
fn answer(said: &Said) -> Step {
    let because: Vec<Value> =
        said.because.iter().map(|(words, rule)| json!({ "words": words, "rule": rule })).collect();
    let read = match said.answer {
        Some(Answer::Yes) => "yes",
        Some(Answer::No) => "no",
        Some(Answer::Maybe) => "maybe",
        None => "no answer",
    };
    let words = said.because.iter().map(|(words, rule)| format!("`{words}` ({rule})"));
    let words = words.collect::<Vec<_>>().join(", ");
    let after = if words.is_empty() { String::new() } else { format!(": {words}") };
    Step {
        at: said.stated_at,
        local: String::new(),
        what: "answer",
        row: Some(said.inbox_id),
        details: json!({ "answer": said.answer, "state": said.state, "because": because }),
        words: format!("{read}, {}{after}", said.state),
    }
}

/// A mail of an organizer, and what it did. How it was written is not shown: it may tell what
/// somebody eats.
fn act(deed: &Deed) -> Step {
    let undone = if deed.undone { ", taken back since" } else { "" };
    let who = deed.organizer.as_deref().unwrap_or("somebody");
    let commands = deed.commands.iter().map(|command| format!("`{command}`"));
    let commands = commands.collect::<Vec<_>>().join(", ");
    let commands = if commands.is_empty() { commands } else { format!(" on {commands}") };
    Step {
        at: deed.at,
        local: String::new(),
        what: "act",
        row: deed.inbox_id,
        details: json!({
            "organizer": deed.organizer, "names": deed.names, "commands": deed.commands,
            "acts": deed.acts, "undone": deed.undone,
        }),
        words: format!("{who}: {}{commands}{undone}", deed.names.join(", ")),
    }
}

/// A mail of ours.
fn letter(written: &Written) -> Step {
    Step {
        at: written.created_at,
        local: String::new(),
        what: "letter",
        row: Some(written.outbox_id),
        details: json!({
            "letter": written.letter, "state": written.state, "settled_at": written.settled_at,
        }),
        words: format!("{}, {}", written.letter, written.state),
    }
}

fn tell(trace: &Trace, output: &mut impl Write) -> Result<()> {
    let seats = if trace.party > 1 { format!(" x{}", trace.party) } else { String::new() };
    let position = trace.position.map(|position| format!(" {position}")).unwrap_or_default();
    writeln!(
        output,
        "{}, {} (gathering {}): {}{position}{seats}",
        trace.name,
        trace.starts.format("%a %Y-%m-%d %H:%M"),
        trace.gathering,
        trace.stands,
    )?;
    for step in &trace.steps {
        let row = step.row.map(|row| row.to_string()).unwrap_or_default();
        let line = format!("  {}  {:<8} {row:>6}  {}", step.local, step.what, step.words);
        writeln!(output, "{}", line.trim_end())?;
    }
    Ok(())
}
