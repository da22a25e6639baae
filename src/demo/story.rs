//! The story, line by line, as a person would tell it.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use chrono::{DateTime, Utc};

use super::season::{Act, Member, Scene};
use crate::community::gathering::Table;
use crate::community::{Community, Disposition, clock, view};
use crate::steps::handle::Handled;
use crate::store::outbox::Read;
use crate::understand::{Diet, Kind};

/// What somebody does.
pub(super) fn act(
    output: &mut impl Write,
    (number, scenes): (usize, usize),
    (scene, member): (&Scene, &Member),
    community: &Community,
    at: DateTime<Utc>,
) -> Result<()> {
    let when = clock::local(at, community.zone).format("%a %-d %b %Y %H:%M");
    writeln!(output, "\n[{number}/{scenes}] {when} · {}", community.name)?;
    let name = member.name;
    match scene.act {
        Act::Writes(text) => said(output, &format!("{name} writes"), text),
        Act::Answers(letter, program, text) => {
            said(output, &format!("{name} answers the {letter} ({program:?})"), text)
        }
        Act::AnswersFrom(letter, address, text) => {
            said(output, &format!("{address} answers {name}'s {letter}"), text)
        }
        Act::Taps(partstat) => said(output, &format!("{name} taps {partstat} in the calendar"), ""),
        Act::IsAway(text) => said(output, &format!("{name}'s vacation responder answers"), text),
        Act::Bounces => said(output, &format!("{name}'s mail server sends the mail back"), ""),
        Act::Waits(why) => said(output, &format!("Time has passed: {why}"), ""),
    }
}

fn said(output: &mut impl Write, who: &str, text: &str) -> Result<()> {
    writeln!(output, "  {who}")?;
    for line in text.lines() {
        writeln!(output, "    | {line}")?;
    }
    Ok(())
}

/// Time has passed, and something is due by itself.
pub(super) fn clock(
    output: &mut impl Write,
    community: &Community,
    now: DateTime<Utc>,
) -> Result<()> {
    let when = clock::local(now, community.zone).format("%a %-d %b %Y %H:%M");
    writeln!(output, "\n        {when} · {}, by the clock", community.name)?;
    Ok(())
}

/// What Langbord made of a mail.
pub(super) fn understood(output: &mut impl Write, handled: &Handled) -> Result<()> {
    let meaning = &handled.meaning;
    let disposition = handled.decision.disposition;
    if matches!(disposition, Disposition::Command | Disposition::Confirmation) {
        writeln!(output, "  understood: a {}", disposition.as_str())?;
        return Ok(());
    }
    let mut words = vec![
        match meaning.kind {
            Kind::Reply => "a person",
            Kind::Calendar => "a calendar",
            Kind::Bounce => "a bounce",
            Kind::AutoReply => "an automatic reply",
            Kind::List => "a list",
            Kind::Feedback => "a complaint",
        }
        .to_owned(),
    ];
    words.extend(meaning.answer.map(|answer| format!("{answer:?}").to_lowercase()));
    words.extend(meaning.party_size.map(|party| format!("{party} seats")));
    words.extend(
        meaning.diets.iter().filter(|diet| **diet != Diet::Other).map(|diet| format!("{diet:?}")),
    );
    words.extend(meaning.diet_notes.iter().cloned());
    if meaning.needs_human {
        words.push("somebody has to look at it".to_owned());
    }
    writeln!(output, "  understood: {} -> {}", words.join(", "), disposition.as_str())?;
    Ok(())
}

/// What Langbord wrote; many of a kind on one line.
pub(super) fn delivered(output: &mut impl Write, mails: &[Read]) -> Result<()> {
    let mut kinds: BTreeMap<&str, Vec<&Read>> = BTreeMap::new();
    for mail in mails {
        kinds.entry(&mail.letter).or_default().push(mail);
    }
    for (letter, mails) in kinds {
        let names: Vec<&str> = mails.iter().map(|mail| mail.reader.as_str()).collect();
        let Some(first) = mails.first() else { continue };
        writeln!(output, "  answered:   {letter} to {}", names.join(", "))?;
        writeln!(output, "              {}", first.subject)?;
    }
    Ok(())
}

/// How many seats.
pub(super) fn seats(output: &mut impl Write, table: &Table) -> Result<()> {
    let status = view::status(table);
    let starts = status.gathering.starts.format("%-d %b");
    writeln!(
        output,
        "  {starts}: {} of {} seats, {} waiting, {} offered, {} silent, {} not coming",
        status.taken,
        status.gathering.seats,
        status.waiting.len(),
        status.offered.len(),
        status.silent.len(),
        status.declined.len(),
    )?;
    Ok(())
}

/// Where to look now.
pub(super) fn ending(
    output: &mut impl Write,
    dir: &Path,
    config: &Path,
    mails: usize,
    took: Duration,
) -> Result<()> {
    let (dir, config) = (dir.display(), config.display());
    writeln!(
        output,
        "\nThat was the season: {mails} mails in {:.1} s. Now look at",
        took.as_secs_f32()
    )?;
    writeln!(
        output,
        "  the mails         {dir}/mail/out/<address>/new, a Maildir for each person"
    )?;
    writeln!(output, "                    neomutt -f {dir}/mail/out/kari@lie.example")?;
    writeln!(output, "  the settings      {config}")?;
    writeln!(
        output,
        "  the database      {dir}/postgres, stopped now; any command starts it while it runs"
    )?;
    writeln!(
        output,
        "  the next command  target/debug/langbord --config {config} once --dry-run --at 2027-02-21T12:00:00Z"
    )?;
    writeln!(output, "  why it is so      target/debug/langbord explain {dir}/mail/in/oslo/cur/*")?;
    Ok(())
}
