//! `langbord preview`: any letter as people get it, with made-up people; or all of them as a page to
//! look through.

mod gallery;

use std::io::Write;

use anyhow::{Context, Result, anyhow, bail};
use chrono::{DateTime, Utc};

use super::{Exit, PreviewArgs};
use crate::community::letter::Letter;
use crate::community::letter::samples::Sample;
use crate::config::{CommunityConfig, Config};
use crate::installation;
use crate::language::Language;
use crate::letters::{Address, Letters, Written};
use crate::mail::EmailAddress;
use crate::mail::compose::{AutoSubmitted, Mailbox, Outgoing, compose};
use crate::store::people;

/// Prints letters, or writes the gallery.
pub async fn preview(
    config: Option<&Config>,
    args: &PreviewArgs,
    output: &mut impl Write,
    now: DateTime<Utc>,
) -> Result<Exit> {
    let letters = dressed(config, args)?;
    let samples = Letter::samples().map_err(|problem| anyhow!(problem))?;
    if let Some(dir) = &args.all {
        let count = gallery::write(&letters, &samples, &address(config, args)?, dir)?;
        writeln!(output, "{count} letters in {}", dir.join("index.html").display())?;
        return Ok(Exit::Done);
    }
    let Some(name) = &args.name else {
        return list(&samples, output);
    };
    let chosen: Vec<&Sample> =
        samples.iter().filter(|sample| sample.letter.name() == name).collect();
    if chosen.is_empty() {
        bail!("no letter is called `{name}`; `langbord preview` lists them");
    }
    let reader = match (&args.reader, config) {
        (None, _) => address(config, args)?,
        (Some(who), Some(config)) => member(config, args, who, now).await?,
        (Some(_), None) => bail!("`--as` needs a configuration, to know the members"),
    };
    show(&letters, &chosen, (args, &reader), output, now)
}

/// Every name, and what its samples are about.
fn list(samples: &[Sample], output: &mut impl Write) -> Result<Exit> {
    let mut last = "";
    for sample in samples {
        let name = sample.letter.name();
        writeln!(output, "{:<18} {}", if name == last { "" } else { name }, sample.about)?;
        last = name;
    }
    Ok(Exit::Done)
}

fn show(
    letters: &Letters,
    samples: &[&Sample],
    (args, reader): (&PreviewArgs, &Address),
    output: &mut impl Write,
    now: DateTime<Utc>,
) -> Result<Exit> {
    // A page or a mail is one; text can show them all.
    let one = args.html || args.eml;
    for sample in samples.iter().take(if one { 1 } else { usize::MAX }) {
        let written = letters.write(&sample.letter, reader).map_err(|problem| anyhow!(problem))?;
        if args.html {
            output.write_all(written.html.as_bytes())?;
        } else if args.eml {
            output.write_all(&mail(written, reader, now)?)?;
        } else {
            let Written { subject, text, .. } = written;
            writeln!(output, "=== {}\nSubject: {subject}\n\n{text}", sample.about)?;
        }
    }
    Ok(Exit::Done)
}

/// A whole mail, as it would leave.
fn mail(written: Written, reader: &Address, now: DateTime<Utc>) -> Result<Vec<u8>> {
    let address =
        |text: &str| text.parse::<EmailAddress>().map_err(|problem: String| anyhow!(problem));
    let from = address("langbord@example.org")?;
    let outgoing = Outgoing {
        enclosures: Vec::new(),
        from: Mailbox { name: reader.community_name.clone(), address: from.clone() },
        to: Mailbox { name: reader.guest_name.clone(), address: address("kari@example.org")? },
        reply_to: reader.reply_to.clone().unwrap_or(from),
        subject: written.subject,
        text: written.text,
        html: written.html,
        calendar: None,
        message_id: "preview@example.org".to_owned(),
        references: Vec::new(),
        date: now,
        auto_submitted: AutoSubmitted::Generated,
        list_id: None,
        unsubscribe: None,
    };
    compose(&outgoing).map_err(|problem| anyhow!(problem))
}

/// The letters of the community that is asked for, or ours where nothing is configured.
fn dressed(config: Option<&Config>, args: &PreviewArgs) -> Result<Letters> {
    let dir = config.and_then(|config| config.templates_dir.as_deref());
    let community = community(config, args)?;
    let letters = installation::letters(dir, community.map(|community| &*community.slug))?;
    Ok(letters.dressed(community.map(|community| community.look.clone()).unwrap_or_default()))
}

/// The community that is asked for, or the first.
fn community<'a>(
    config: Option<&'a Config>,
    args: &PreviewArgs,
) -> Result<Option<&'a CommunityConfig>> {
    let communities = config.map_or(&[][..], |config| &config.communities);
    let Some(slug) = &args.community else { return Ok(communities.first()) };
    let found = communities.iter().find(|community| community.slug == *slug);
    found.map(Some).with_context(|| format!("no community is called `{slug}`"))
}

/// Somebody made up, who reads what the community writes.
fn address(config: Option<&Config>, args: &PreviewArgs) -> Result<Address> {
    let community = community(config, args)?;
    let language = community.map_or(Language::En, |community| community.language);
    Ok(Address {
        guest_name: "Kari Lie".to_owned(),
        community_name: community.map_or("Langbord", |community| &community.name).to_owned(),
        language: args.lang.unwrap_or(language),
        reply_to: "langbord+g-42-abcdefghijklmnop@example.org".parse().ok(),
    })
}

/// A member, by address or by a part of their name.
async fn member(
    config: &Config,
    args: &PreviewArgs,
    who: &str,
    now: DateTime<Utc>,
) -> Result<Address> {
    let made_up = address(Some(config), args)?;
    let slug = community(Some(config), args)?.map_or("", |community| &community.slug);
    let installation = installation::look(config, now).await?;
    let station = installation.stations.iter().find(|station| station.desk.community.slug == slug);
    let community = station.context("no community is configured")?.desk.community.id;
    let mut db = installation.pool.acquire().await?;
    let mut members = people::members(&mut db, community).await?;
    drop(db);
    installation.close().await?;
    let part = who.to_lowercase();
    members.retain(|person| {
        person.address.as_str() == part || person.name.to_lowercase().contains(&part)
    });
    let [person] = members.as_slice() else {
        bail!("`{who}` is {} of the members; give the whole name or the address", members.len());
    };
    Ok(Address {
        guest_name: person.name.clone(),
        language: args.lang.unwrap_or(person.language),
        ..made_up
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    async fn shown(arguments: &[&str]) -> Result<String> {
        let cli = Cli::try_parse_from([&["langbord", "preview"], arguments].concat())?;
        let Command::Preview(args) = cli.command else { panic!("not preview") };
        let mut output = Vec::new();
        let now = "2026-03-02T09:00:00Z".parse()?;
        preview(None, &args, &mut output, now).await?;
        Ok(String::from_utf8(output)?)
    }

    #[tokio::test]
    async fn a_letter_is_shown_in_the_language_and_form_that_is_asked_for() {
        let text = shown(&["nudge", "--lang", "nn"]).await.unwrap();
        assert!(
            text.starts_with(
                "=== a dinner\nSubject: Kjem du? Middag torsdag 12. mars\n\nHei Kari!"
            )
        );
        assert_eq!(text.matches("\n=== ").count(), 2, "the other samples");
        let html = shown(&["nudge", "--html"]).await.unwrap();
        assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>\n"));
        let mail = shown(&["nudge", "--eml"]).await.unwrap();
        let message = crate::mail::parse(mail.as_bytes());
        assert_eq!(message.subject, "Are you coming? Dinner Thursday 12 March");
    }

    #[tokio::test]
    async fn without_a_name_the_letters_are_listed_and_a_wrong_one_is_named() {
        let list = shown(&[]).await.unwrap();
        assert!(
            list.contains("\nhost-sheet         the first\n                   changed\n"),
            "{list}"
        );
        let error = shown(&["invitatoin"]).await.unwrap_err().to_string();
        assert!(error.contains("`invitatoin`"), "{error}");
        assert!(shown(&["nudge", "--html", "--eml"]).await.is_err());
        assert!(shown(&["--html"]).await.is_err());
        assert!(shown(&["nudge", "--as", "kari"]).await.is_err(), "no configuration");
    }

    #[tokio::test]
    async fn the_gallery_holds_every_sample_in_every_language() {
        let dir = std::env::temp_dir().join(format!("langbord-gallery-{}", std::process::id()));
        shown(&["--all", dir.to_str().unwrap()]).await.unwrap();
        let page = fs::read_to_string(dir.join("index.html")).unwrap();
        let data = page.split("id=\"letters\">").nth(1).unwrap().split("</script>").next().unwrap();
        let letters: Vec<serde_json::Value> = serde_json::from_str(data).unwrap();
        assert_eq!(letters.len(), Letter::samples().unwrap().len() * Language::ALL.len());
        assert!(dir.join("nn/invitation.1.html").exists() && dir.join("en/trouble.1.txt").exists());
        fs::remove_dir_all(dir).unwrap();
    }
}
