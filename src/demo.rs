//! A season on stage: simulated guests who answer real mail in their own words. Everything between
//! their mailboxes and the database is the same code as in production; only the time is told.

pub mod program;
pub mod season;
mod story;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use self::program::Author;
use self::season::{Act, Member, Scene};
use crate::cluster::{Cluster, Durability};
use crate::community::clock;
use crate::config::{self, Config, Environment};
use crate::installation::{self, Installation, Station};
use crate::language::Language;
use crate::mail::{self, EmailAddress, Message};
use crate::steps::{self, Report};
use crate::store::people::NewPerson;
use crate::store::{daemons, outbox, people, schedule};
use crate::wire::maildir;
use crate::wire::outlet::Outlet;
use crate::wire::source::Source;

/// When the season begins.
const BEGIN: &str = "2027-01-11T07:00:00Z";

/// Plays the season in `dir`, which is made for it, and tells the story as it happens.
pub async fn play(dir: &Path, output: &mut impl Write) -> Result<()> {
    let curtain = Instant::now();
    let begin: DateTime<Utc> = BEGIN.parse().context("read the beginning")?;
    let dir = prepare(dir)?;
    let config = configure(&dir)?;
    writeln!(output, "Starting a Postgres of our own in {}", dir.join("postgres").display())?;
    let scratch = scratch_server(dir.join("postgres")).await?;
    let installation = installation::open(&config, begin).await?;
    let mut db = installation.pool.acquire().await?;
    let daemon_id = daemons::register(&mut db).await?;
    drop(db);
    let mut stage =
        Stage { dir: dir.clone(), installation, daemon_id, now: begin, mails: 0, posted: 0 };
    stage.cast(output).await?;
    let scenes = season::SEASON.len();
    for (number, scene) in season::SEASON.iter().enumerate() {
        stage.scene(output, (number + 1, scenes), scene).await?;
    }
    story::ending(output, &dir, &config.file, stage.mails, curtain.elapsed())?;
    let Stage { installation, .. } = stage;
    installation.close().await?;
    tokio::task::spawn_blocking(move || scratch.stop()).await?
}

/// A server that waits for no disk, and that lives elsewhere where the demo's folder is closed to
/// it. The installation then finds its own Postgres running.
async fn scratch_server(place: PathBuf) -> Result<Cluster> {
    let start = move || Cluster::start(&place, Durability::Scratch);
    tokio::task::spawn_blocking(start).await?.context("start our own Postgres")
}

/// An empty folder; one of an earlier demo is emptied, anything else is left alone.
fn prepare(dir: &Path) -> Result<PathBuf> {
    let mark = dir.join("langbord.toml");
    if dir.exists() {
        let ours = fs::read_to_string(&mark).is_ok_and(|text| text.contains(MARK));
        let empty = fs::read_dir(dir)?.next().is_none();
        if !ours && !empty {
            bail!(
                "`{}` is there and is no earlier demo; name another folder with --dir",
                dir.display()
            );
        }
        fs::remove_dir_all(dir).with_context(|| format!("empty `{}`", dir.display()))?;
    }
    fs::create_dir_all(dir).with_context(|| format!("make `{}`", dir.display()))?;
    dir.canonicalize().context("find the folder")
}

const MARK: &str = "# The configuration of the demo, as for a real installation.";

fn configure(dir: &Path) -> Result<Config> {
    let community = |slug: &str, name: &str, language: &str, zone: &str, organizer: &Member| {
        format!(
            "\n[[community]]\nslug = \"{slug}\"\nname = \"{name}\"\naddress = \"{slug}@langbord.example\"\n\
             language = \"{language}\"\nzone = \"{zone}\"\ndigest = \"0 9 1 * *\"\ncalendar = \"invitation\"\n\
             organizers = [{{ name = \"{}\", email = \"{}\" }}]\n\
             inbox = {{ maildir = \"mail/in/{slug}\" }}\noutbox = {{ maildir = \"mail/out\" }}\n\
             authentication = {{ mode = \"none\" }}\n",
            organizer.name, organizer.email,
        )
    };
    let [ida, ..] = &season::OSLO;
    let [grace, ..] = &season::DUBLIN;
    let text = format!(
        "{MARK}\ndata_dir = \".\"\n{}{}",
        community("oslo", "Langbord Oslo", "nb", "Europe/Oslo", ida),
        community("dublin", "The Dublin Table", "en", "Europe/Dublin", grace),
    );
    let file = dir.join("langbord.toml");
    fs::write(&file, text).context("write the configuration")?;
    Ok(config::load(&file, &Environment::new())?)
}

struct Stage {
    dir: PathBuf,
    installation: Installation,
    daemon_id: i64,
    now: DateTime<Utc>,
    mails: usize,
    posted: usize,
}

impl Stage {
    /// The members join.
    async fn cast(&mut self, output: &mut impl Write) -> Result<()> {
        for (station, members) in
            self.installation.stations.iter().zip([season::OSLO, season::DUBLIN])
        {
            let mut db = self.installation.pool.acquire().await?;
            for member in members {
                let person = NewPerson {
                    name: member.name.to_owned(),
                    email: member.email.parse().map_err(|problem: String| anyhow!(problem))?,
                    language: None,
                    phone: Some(member.phone.to_owned()).filter(|phone| !phone.is_empty()),
                    organizer: member.roles == "organizer",
                    host: member.roles == "host",
                    mentor: false,
                };
                let community = station.desk.community.id;
                people::keep_member(&mut db, community, &person, self.now).await?;
            }
            let community = &station.desk.community;
            writeln!(
                output,
                "{} at {}: {} members",
                community.name,
                community.address,
                members.len()
            )?;
        }
        Ok(())
    }

    async fn scene(
        &mut self,
        output: &mut impl Write,
        number: (usize, usize),
        scene: &Scene,
    ) -> Result<()> {
        let (member, station) = self.person(scene.who)?;
        let zone = station.desk.community.zone;
        let local = NaiveDateTime::parse_from_str(scene.at, "%Y-%m-%d %H:%M").context(scene.at)?;
        let at = clock::instant(local, zone);
        self.pass(output, at).await?;
        self.now = at;
        story::act(output, number, (scene, member), &station.desk.community, at)?;
        if let Some(raw) = self.mail(scene, member, &station).await? {
            self.posted += 1;
            let inbox = self.dir.join("mail/in").join(&station.desk.community.slug);
            maildir::make(&inbox)?;
            let name = format!("{:05}.demo", self.posted);
            fs::write(inbox.join("tmp").join(&name), raw)?;
            fs::rename(inbox.join("tmp").join(&name), inbox.join("new").join(&name))?;
        }
        self.round(output).await
    }

    /// Time passes, from one thing that is due to the next.
    async fn pass(&mut self, output: &mut impl Write, until: DateTime<Utc>) -> Result<()> {
        loop {
            let mut db = self.installation.pool.acquire().await?;
            let mut due = Vec::new();
            for station in &self.installation.stations {
                let id = station.desk.community.id;
                due.extend(schedule::next(&mut db, id).await?);
                due.extend(outbox::next_due(&mut db, id).await?);
            }
            drop(db);
            // A minute at least, so that what can't be done yet is not asked for without end.
            let soonest = self.now + TimeDelta::minutes(1);
            let Some(next) = due.into_iter().min().map(|next| next.max(soonest)) else {
                return Ok(());
            };
            if next >= until {
                return Ok(());
            }
            self.now = next;
            self.round(output).await?;
        }
    }

    /// Both communities do all that there is to do.
    async fn round(&mut self, output: &mut impl Write) -> Result<()> {
        for station in &self.installation.stations {
            let mut db = self.installation.pool.acquire().await?;
            daemons::beat(&mut db, self.daemon_id).await?;
            let mut source = Source::open(&station.source).await?;
            let mut outlet = Outlet::new(&station.outlet);
            let post = (&mut source, &mut outlet);
            let now = self.now;
            let report =
                steps::round(&mut db, &station.desk, post, self.daemon_id, &|| now).await?;
            steps::plan::tidy(&mut db, self.now).await?;
            self.mails += report.delivered.len() + report.handled.len();
            tell(output, &mut db, station, &report, self.now).await?;
        }
        Ok(())
    }

    /// The mail that somebody writes, if they write one.
    async fn mail(
        &self,
        scene: &Scene,
        member: &Member,
        station: &Station,
    ) -> Result<Option<Vec<u8>>> {
        let community = &station.desk.community;
        let date = self.now.with_timezone(&community.zone).fixed_offset();
        let norwegian = community.language != Language::En;
        let author = Author { name: member.name, address: member.email, norwegian };
        let latest = async |letter: Option<&str>| self.latest(member, letter).await;
        Ok(Some(match scene.act {
            Act::Waits(_) => return Ok(None),
            Act::Writes(text) => {
                program::letter(author, community.address.as_str(), ("", text), date)
            }
            Act::Answers(letter, program, text) => {
                program::reply(program, author, &latest(Some(letter)).await?.1, text, date)
            }
            Act::AnswersFrom(letter, address, text) => {
                let author = Author { address, ..author };
                let original = latest(Some(letter)).await?.1;
                program::reply(program::Program::Gmail, author, &original, text, date)
            }
            Act::Taps(partstat) => {
                let original = latest(Some("invitation")).await?.1;
                program::button(author, &original, partstat, date).context("no event to answer")?
            }
            Act::IsAway(text) => program::out_of_office(author, &latest(None).await?.1, text, date),
            Act::Bounces => {
                let (sender, original) = latest(None).await?;
                program::bounce(&original, &sender, date)
            }
        }))
    }

    /// The latest mail in somebody's Maildir, or the latest of one letter; with its reverse-path.
    async fn latest(&self, member: &Member, letter: Option<&str>) -> Result<(String, Message)> {
        let email: EmailAddress =
            member.email.parse().map_err(|problem: String| anyhow!(problem))?;
        let mut db = self.installation.pool.acquire().await?;
        let sent = outbox::latest_to(&mut db, &email, letter).await?;
        let missing = || format!("{} has no {}", member.name, letter.unwrap_or("mail"));
        let (message_id, sender) = sent.with_context(missing)?;
        let folder = self.dir.join("mail/out").join(email.as_str()).join("new");
        for entry in fs::read_dir(&folder).with_context(missing)? {
            let message = mail::parse(&fs::read(entry?.path())?);
            if message.message_id.as_deref() == Some(message_id.as_str()) {
                return Ok((sender, message));
            }
        }
        bail!("{}: it is not in {}", missing(), folder.display())
    }

    fn person(&self, first_name: &str) -> Result<(&'static Member, Station)> {
        let casts: [&'static [Member]; 2] = [&season::OSLO, &season::DUBLIN];
        for (station, cast) in self.installation.stations.iter().zip(casts) {
            let is = |member: &&Member| member.name.split(' ').next() == Some(first_name);
            if let Some(member) = cast.iter().find(is) {
                return Ok((member, station.clone()));
            }
        }
        bail!("there is no {first_name} in the cast")
    }
}

async fn tell(
    output: &mut impl Write,
    db: &mut PgConnection,
    station: &Station,
    report: &Report,
    now: DateTime<Utc>,
) -> Result<()> {
    for handled in &report.handled {
        story::understood(output, handled)?;
    }
    if !report.delivered.is_empty() {
        let ids: Vec<i64> = report.delivered.iter().map(|mail| mail.outbox_id).collect();
        let subjects = outbox::readers(db, &ids).await?;
        if report.handled.is_empty() {
            story::clock(output, &station.desk.community, now)?;
        }
        story::delivered(output, &subjects)?;
    }
    if !report.handled.is_empty() {
        for id in crate::store::tables::open(db, station.desk.community.id, now).await? {
            let table = crate::store::tables::table(db, station.desk.community.id, id).await?;
            story::seats(output, &table)?;
        }
    }
    Ok(())
}
