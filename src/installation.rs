//! What the configuration becomes: a database, letters, and a desk with its post for each
//! community. Everything that a command of the operator needs to work.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use chrono::{DateTime, Utc};
use sqlx::{PgConnection, PgPool};
use tracing::warn;

use crate::cluster::{Cluster, Durability};
use crate::community::Community;
use crate::community::person::Usual;
use crate::config::{
    self, Authentication, CommunityConfig, Config, Database, Inbox, Organizer, Outbox, Web,
};
use crate::letters::Letters;
use crate::mail::authentic::{Heard, Mode, Policy};
use crate::mail::sign::Signer;
use crate::mail::token::Keys;
use crate::steps::Desk;
use crate::steps::authenticate::Witnesses;
use crate::store;
use crate::store::people::{self, CommunityRow, NewPerson};
use crate::store::settings;
use crate::wire::dns::Resolver;
use crate::wire::outlet::OutletSettings;
use crate::wire::source::SourceSettings;

mod journal;
mod shelf;

pub use journal::Journal;
pub use shelf::{Shelf, of as letters};

/// How often a Maildir is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Connections to the database for what all communities share …
const CONNECTIONS: u32 = 8;
/// … and for each: its handlers and senders hold one while they work.
const CONNECTIONS_A_COMMUNITY: u32 = 8;

/// A community at work: its desk, and where its mail comes from and goes.
#[derive(Debug, Clone)]
pub struct Station {
    /// The desk.
    pub desk: Desk,
    /// In.
    pub source: SourceSettings,
    /// Out.
    pub outlet: OutletSettings,
}

/// The whole, ready to work.
#[derive(Debug)]
pub struct Installation {
    /// The database.
    pub pool: PgPool,
    /// The communities.
    pub stations: Vec<Station>,
    /// Their letters.
    pub shelf: Arc<Shelf>,
    /// Who has been erased, outside the database.
    pub journal: Journal,
    /// What is answered over HTTP, if anything.
    pub web: Option<Web>,
    /// Our own Postgres, if we keep one. Dropped last: it stops when nobody needs it.
    pub cluster: Option<Cluster>,
}

impl Installation {
    /// The community of this short name; the first, where none is given.
    pub fn station(&self, slug: Option<&str>) -> Result<&Station> {
        let mut stations = self.stations.iter();
        match slug {
            None => stations.next().context("no community is configured"),
            Some(slug) => stations
                .find(|station| station.desk.community.slug == *slug)
                .with_context(|| format!("no community is called `{slug}`")),
        }
    }

    /// Writes down, outside the database, whom it has erased.
    pub async fn keep_journal(&self) -> Result<()> {
        let desks: Vec<&Desk> = self.stations.iter().map(|station| &station.desk).collect();
        let mut db = self.pool.acquire().await.context("connect")?;
        self.journal.keep(&mut db, &desks).await.context("write down who has been erased")
    }

    /// Lets go of the database, and stops our own Postgres if nobody else uses it.
    pub async fn close(self) -> Result<()> {
        self.pool.close().await;
        if let Some(cluster) = self.cluster {
            tokio::task::spawn_blocking(|| cluster.stop())
                .await?
                .context("stop our own Postgres")?;
        }
        Ok(())
    }
}

/// Opens everything to work with it: brings the tables up to date, and erases who had been erased
/// from a newer database than this one.
pub async fn open(config: &Config, now: DateTime<Utc>) -> Result<Installation> {
    begin(found(config, Tables::Migrate, now).await?, now).await
}

/// Opens everything to look at it: the same, but fails where the tables are not up to date.
pub async fn look(config: &Config, now: DateTime<Utc>) -> Result<Installation> {
    begin(found(config, Tables::Leave, now).await?, now).await
}

/// Opens everything and erases nobody: only a rehearsal, which keeps nothing that it does, may begin
/// with this.
pub async fn rehearse(config: &Config, now: DateTime<Utc>) -> Result<Installation> {
    found(config, Tables::Leave, now).await
}

/// What is done about tables that are not this program's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tables {
    /// They are brought up to date.
    Migrate,
    /// They stay, and nothing is done with them.
    Leave,
}

async fn begin(installation: Installation, now: DateTime<Utc>) -> Result<Installation> {
    installation.keep_journal().await?;
    let mut db = installation.pool.acquire().await.context("connect")?;
    for Station { desk, .. } in &installation.stations {
        let again = installation.journal.replay(&mut db, desk, now).await?;
        if again > 0 {
            warn!(people = again, "erased again who had come back with an older database");
        }
    }
    drop(db);
    Ok(installation)
}

/// Starts our own Postgres where none is configured, reads and tries every letter, and keeps what the
/// configuration says of the communities.
async fn found(config: &Config, tables: Tables, now: DateTime<Utc>) -> Result<Installation> {
    let shelf = Arc::new(Shelf::open(config)?);
    let keys = config::keys::open(&config.data_dir).context("open the keys")?;
    let (pool, cluster) = database(config, tables).await?;
    let mut stations = Vec::new();
    for community in &config.communities {
        let context = || format!("open community `{}`", community.slug);
        let letters = shelf.letters(&community.slug)?;
        let station = station(&pool, community, (&keys, letters), now).await;
        let mut station = station.with_context(context)?;
        station.desk.public_url = config.web.as_ref().and_then(|web| web.public_url.clone());
        stations.push(station);
    }
    let journal = Journal::of(&config.data_dir);
    Ok(Installation { pool, stations, shelf, journal, web: config.web.clone(), cluster })
}

/// Connects to the configured database, or to our own.
async fn database(config: &Config, tables: Tables) -> Result<(PgPool, Option<Cluster>)> {
    let communities = u32::try_from(config.communities.len()).unwrap_or(u32::MAX / 16);
    let (url, cluster) = match &config.database {
        Database::Url(url) => (url.reveal().to_owned(), None),
        Database::Own(dir) => {
            let dir = dir.clone();
            let start = move || -> Result<Cluster> {
                let cluster = Cluster::start(&dir, Durability::Durable)?;
                cluster.create_database("langbord", None)?;
                Ok(cluster)
            };
            let cluster =
                tokio::task::spawn_blocking(start).await?.context("start our own Postgres")?;
            (cluster.url("langbord"), Some(cluster))
        }
    };
    let pool = store::connect(&url, CONNECTIONS + CONNECTIONS_A_COMMUNITY * communities).await?;
    match tables {
        Tables::Migrate => store::migrate(&pool).await?,
        Tables::Leave => store::leave(&pool).await?,
    }
    Ok((pool, cluster))
}

async fn station(
    pool: &PgPool,
    config: &CommunityConfig,
    (keys, letters): (&Keys, Letters),
    now: DateTime<Utc>,
) -> Result<Station> {
    let mut tx = pool.acquire().await?;
    let row = CommunityRow {
        slug: &config.slug,
        name: &config.name,
        address: &config.address,
        language: config.language,
        zone: config.zone.name(),
    };
    let id = people::ensure_community(&mut tx, row).await?;
    keep_organizers(&mut tx, id, &config.organizers, now).await?;
    let signer = match &config.dkim {
        None => None,
        Some(dkim) => {
            let signer = Signer::new(&dkim.domain, &dkim.selector, dkim.key.reveal());
            Some(Arc::new(signer.map_err(|problem| anyhow!("the DKIM key: {problem}"))?))
        }
    };
    let community = Community {
        id,
        slug: config.slug.clone(),
        name: config.name.clone(),
        address: config.address.clone(),
        subaddress: config.subaddress,
        language: config.language,
        zone: config.zone,
        calendar: config.calendar,
        hold: config.hold,
        hours: config.hours.clone(),
        usual: Usual::default(),
    };
    let community = settings::of(&mut tx, &community).await?;
    let witnesses = Arc::new(witnesses(config)?);
    Ok(Station {
        desk: Desk {
            community,
            keys: keys.clone(),
            letters,
            signer,
            digest: config.digest.clone(),
            rounds: config.rounds.clone(),
            witnesses,
            public_url: None,
        },
        source: match &config.inbox {
            Inbox::Imap(settings) => SourceSettings::Imap(settings.clone()),
            Inbox::Maildir(dir) => SourceSettings::Maildir { dir: dir.clone(), poll: LOOK },
        },
        outlet: match &config.outbox {
            Outbox::Smtp(settings) => OutletSettings::Smtp(settings.clone()),
            Outbox::Maildir(root) => OutletSettings::Maildir(root.clone()),
        },
    })
}

/// Who is heard on who wrote a mail.
fn witnesses(config: &CommunityConfig) -> Result<Witnesses> {
    let Authentication { mode, dns } = &config.authentication;
    let resolver = match mode {
        Mode::Off => None,
        Mode::Signatures | Mode::Results(_) => {
            let resolver = Resolver::open(dns);
            Some(resolver.map_err(|problem| anyhow!("the DNS for keys: {problem}"))?)
        }
    };
    let pins = config.organizers.iter().filter(|organizer| !organizer.signed_by.is_empty());
    let pins = pins.map(|organizer| (organizer.email.clone(), organizer.signed_by.clone()));
    let recipient = Some(config.address.clone());
    Ok(Witnesses {
        policy: Policy {
            mode: mode.clone(),
            recipient,
            pins: pins.collect(),
            heard: Heard::Against,
        },
        resolver,
    })
}

/// Those who may command are those whom the configuration names; what organizers have said of each
/// other by mail holds over it.
async fn keep_organizers(
    db: &mut PgConnection,
    community: i64,
    organizers: &[Organizer],
    now: DateTime<Utc>,
) -> Result<()> {
    for organizer in organizers {
        if people::is_dismissed(db, community, &organizer.email).await? {
            continue;
        }
        let person = NewPerson {
            name: organizer.name.clone(),
            email: organizer.email.clone(),
            language: None,
            phone: None,
            organizer: true,
            host: false,
            mentor: false,
        };
        people::keep_member(db, community, &person, now).await?;
    }
    let emails: Vec<String> =
        organizers.iter().map(|organizer| organizer.email.to_string()).collect();
    people::keep_organizers(db, community, &emails).await
}
