//! What the operator wrote, and what it means. One TOML file, overridden by the environment.
//!
//! Invariant: every mistake is reported at once, each with the file, the key, what was found, what
//! is expected and an example. Secrets come from files, the environment or systemd credentials,
//! never out of the file itself, and show up in no problem and no log.

mod authentication;
mod community;
mod hours;
pub mod keys;
mod overlay;
pub mod problem;
mod section;
mod servers;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use chrono_tz::Tz;

use crate::community::cadence::{Cadence, Rounds};
use crate::community::clock::Hours;
use crate::community::person::CalendarPolicy;
use crate::language::Language;
use crate::letters::look::Look;
use crate::mail::EmailAddress;
use crate::mail::authentic::Mode;
use crate::secret::Secret;
use crate::wire::dns::DnsSettings;
use crate::wire::{ImapSettings, SmtpSettings, maildir};
use problem::{Problem, Problems};
use section::{Field, Origin, Section};

/// The configuration, checked and complete.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file that it was read from.
    pub file: PathBuf,
    /// Keys and our own Postgres.
    pub data_dir: PathBuf,
    /// Where the tables are.
    pub database: Database,
    /// Letters that replace ours, file by file.
    pub templates_dir: Option<PathBuf>,
    /// The communities; their slugs and addresses differ.
    pub communities: Vec<CommunityConfig>,
    /// How to log.
    pub log: Log,
    /// What is answered over HTTP, if anything.
    pub web: Option<Web>,
}

/// What is answered over HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// Where those who keep watch may ask how we are.
    pub listen: SocketAddr,
    /// Where a proxy lets the world in to stop a digest with one click, without a slash at the end.
    pub public_url: Option<String>,
}

/// Where the tables are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Database {
    /// In a cluster of our own, made in this folder.
    Own(PathBuf),
    /// In a Postgres that somebody else runs.
    Url(Secret),
}

/// One community.
#[derive(Debug, Clone)]
pub struct CommunityConfig {
    /// The short name for commands, logs and tokens.
    pub slug: String,
    /// The name that people see.
    pub name: String,
    /// The table's address.
    pub address: EmailAddress,
    /// The language of those who have chosen none.
    pub language: Language,
    /// Its clocks.
    pub zone: Tz,
    /// Whether `address+something` is delivered to the same mailbox.
    pub subaddress: bool,
    /// Who may command. They become organizers when the daemon starts.
    pub organizers: Vec<Organizer>,
    /// When the digest goes out, if it does.
    pub digest: Option<Cadence>,
    /// What else comes round.
    pub rounds: Rounds,
    /// Which mail carries the calendar part.
    pub calendar: CalendarPolicy,
    /// How long mails to many wait before they leave, so that a mistake can be taken back.
    pub hold: TimeDelta,
    /// When people like to get mail.
    pub hours: Hours,
    /// How its letters look.
    pub look: Look,
    /// How it is verified who wrote a mail.
    pub authentication: Authentication,
    /// Where mail comes from.
    pub inbox: Inbox,
    /// Where mail goes.
    pub outbox: Outbox,
    /// How mail is signed, if we sign it.
    pub dkim: Option<Dkim>,
}

/// Somebody who may command by mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organizer {
    /// Their name.
    pub name: String,
    /// Their address of record.
    pub email: EmailAddress,
    /// Domains, beside the address's own, whose signature vouches for it.
    pub signed_by: Vec<String>,
}

/// How it is verified who wrote a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    /// Which witnesses are heard.
    pub mode: Mode,
    /// Who is asked for keys.
    pub dns: DnsSettings,
}

/// Where mail comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbox {
    /// A mailbox on a server.
    Imap(ImapSettings),
    /// A folder.
    Maildir(PathBuf),
}

impl Inbox {
    /// How it is named as a place, under which its mails are remembered.
    fn place(&self) -> String {
        match self {
            Self::Imap(settings) => settings.place(),
            Self::Maildir(dir) => maildir::mailbox(dir),
        }
    }
}

/// Where mail goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outbox {
    /// A server that takes it.
    Smtp(SmtpSettings),
    /// A folder.
    Maildir(PathBuf),
}

/// How mail is signed (RFC 6376).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dkim {
    /// `d=`
    pub domain: String,
    /// `s=`
    pub selector: String,
    /// The private key, PEM.
    pub key: Secret,
}

/// How to log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// For people or for machines.
    pub format: LogFormat,
    /// What to show, in the words of `tracing_subscriber::EnvFilter`.
    pub filter: String,
}

/// The looks of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// A line for people.
    Text,
    /// A JSON object a line.
    Json,
}

/// The environment, as far as it concerns us.
pub type Environment = BTreeMap<String, String>;

/// The environment of this process. Variables that are not UTF-8 are none of ours.
pub fn environment() -> Environment {
    let all = std::env::vars_os();
    all.filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// The file to read: the one named, else `LANGBORD_CONFIG`, else `langbord.toml` here or under
/// `/etc/langbord`.
pub fn file(named: Option<&Path>, environment: &Environment) -> PathBuf {
    if let Some(named) = named {
        return named.to_path_buf();
    }
    if let Some(named) = environment.get("LANGBORD_CONFIG") {
        return PathBuf::from(named);
    }
    let here = PathBuf::from("langbord.toml");
    if here.exists() { here } else { PathBuf::from("/etc/langbord/langbord.toml") }
}

/// Reads and checks a configuration.
pub fn load(file: &Path, environment: &Environment) -> Result<Config, Problems> {
    understand(file, &text(file)?, environment)
}

/// Reads and checks a configuration without the passwords that only the service is given: systemd
/// credentials.
pub fn load_to_look(file: &Path, environment: &Environment) -> Result<Config, Problems> {
    meaning(file, &text(file)?, Origin::new(file, environment).withholding())
}

fn text(file: &Path) -> Result<String, Problems> {
    fs::read_to_string(file)
        .map_err(|error| Problems::of(Problem::about(file, "", error.to_string(), &FILE)))
}

/// Checks a configuration that is already read. Relative paths start at the file's folder.
pub fn understand(file: &Path, text: &str, environment: &Environment) -> Result<Config, Problems> {
    meaning(file, text, Origin::new(file, environment))
}

fn meaning(file: &Path, text: &str, origin: Origin) -> Result<Config, Problems> {
    let mut table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        Problems::of(Problem::about(file, "", syntax(text, &error), &SYNTAX))
    })?;
    overlay::apply(&mut table, &origin);
    let config = root(Section::new(&origin, String::new(), table));
    let problems = origin.into_problems();
    match config {
        Some(config) if problems.is_empty() => Ok(config),
        _ => Err(problems),
    }
}

/// The parser's words and the line, but not what stands there: it may be a password.
fn syntax(text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    format!("line {}: {}", before.matches('\n').count() + 1, error.message())
}

const FILE: Field = Field::new("", "a file that can be read", "langbord init");
const SYNTAX: Field = Field::new("", "TOML", "data_dir = \"/var/lib/langbord\"");
const DATA_DIR: Field =
    Field::new("data_dir", "a folder for keys and our own Postgres", "\"/var/lib/langbord\"");
const TEMPLATES_DIR: Field =
    Field::new("templates_dir", "a folder with letters", "\"/etc/langbord/templates\"");
const URL: Field = Field::new(
    "url",
    "a postgres:// URL without a password",
    "\"postgres://langbord@db/langbord\"",
);
const URL_FILE: Field =
    Field::new("url_file", "a file with a postgres:// URL", "\"/etc/langbord/database-url\"");
const FORMAT: Field = Field::new("format", "`text` or `json`", "\"text\"");
const FILTER: Field = Field::new("filter", "a log filter", "\"info,sqlx=warn\"");
const LISTEN: Field = Field::new("listen", "a loopback address with a port", "\"127.0.0.1:8025\"");
const PUBLIC_URL: Field = Field::new(
    "public_url",
    "an https:// address at which a proxy passes /stop/ on to us",
    "\"https://langbord.example.org\"",
);
const COMMUNITY: Field =
    Field::new("community", "at least one [[community]]", "[[community]]\nslug = \"oslo\"");

fn root(mut section: Section<'_>) -> Option<Config> {
    let data_dir = section.required(&DATA_DIR, Section::path);
    let templates_dir = section.optional(&TEMPLATES_DIR, Section::path);
    let database = match section.table("database") {
        Some(section) => database(section),
        None => data_dir.as_ref().map(|dir| Database::Own(dir.join("postgres"))),
    };
    let log = log(section.table("log"));
    let web = section.table("web").and_then(web);
    let communities = communities(&mut section);
    let file = section.origin().file.clone();
    section.close();
    Some(Config {
        file,
        data_dir: data_dir?,
        database: database?,
        templates_dir,
        communities,
        log,
        web,
    })
}

/// Asked for in plain HTTP, so on this machine alone: a proxy in front of it speaks TLS.
fn web(mut section: Section<'_>) -> Option<Web> {
    let listen = section.required(&LISTEN, |_, value| {
        let address: SocketAddr = value
            .as_str()
            .and_then(|text| text.parse().ok())
            .ok_or("not an address with a port")?;
        if !address.ip().is_loopback() {
            return Err("not an address of this machine alone".to_owned());
        }
        Ok(address)
    });
    let public_url = section.optional(&PUBLIC_URL, |_, value| {
        let url = value.as_str().unwrap_or_default().trim_end_matches('/');
        let rest = url.strip_prefix("https://").ok_or("it does not begin with https://")?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/[]".contains(c);
        if rest.is_empty() || rest.len() > 200 || !rest.chars().all(plain) {
            return Err("not a host, perhaps with a path".to_owned());
        }
        Ok(url.to_owned())
    });
    section.close();
    Some(Web { listen: listen?, public_url })
}

fn database(mut section: Section<'_>) -> Option<Database> {
    let from_file = section.optional(&URL_FILE, |section, value| {
        let words = section.secret_file(value)?;
        postgres_url(words.reveal())?;
        Ok(words)
    });
    let may_hold_password = section.is_overridden("url");
    let direct = section.optional(&URL, |_, value| {
        let url = value.as_str().ok_or("not a text")?;
        postgres_url(url)?;
        // What comes by the environment is as secret as the environment.
        if !may_hold_password && url.split_once('@').is_some_and(|(who, _)| has_password(who)) {
            return Err("it holds a password; use `url_file`".to_owned());
        }
        Ok(Secret::new(url.to_owned()))
    });
    let chosen = section.exactly_one(&[&URL, &URL_FILE], [direct, from_file]);
    section.close();
    chosen.map(Database::Url)
}

fn has_password(authority: &str) -> bool {
    authority.split_once("://").is_some_and(|(_, user)| user.contains(':'))
}

fn postgres_url(url: &str) -> Result<(), String> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err("it does not begin with postgres://".to_owned());
    }
    let understood = url.parse::<sqlx::postgres::PgConnectOptions>();
    understood.map(drop).map_err(|_hides_the_url| "it is not a URL".to_owned())
}

fn log(section: Option<Section<'_>>) -> Log {
    let standard = Log { format: LogFormat::Text, filter: "info,sqlx=warn".to_owned() };
    let Some(mut section) = section else { return standard };
    let format = section.optional(&FORMAT, |_, value| match value.as_str() {
        Some("text") => Ok(LogFormat::Text),
        Some("json") => Ok(LogFormat::Json),
        _ => Err(String::new()),
    });
    let filter = section.optional(&FILTER, |_, value| {
        let words = value.as_str().ok_or("not a text")?;
        tracing_subscriber::EnvFilter::try_new(words).map_err(|error| error.to_string())?;
        Ok(words.to_owned())
    });
    section.close();
    Log { format: format.unwrap_or(standard.format), filter: filter.unwrap_or(standard.filter) }
}

fn communities(section: &mut Section<'_>) -> Vec<CommunityConfig> {
    let tables = section.tables(&COMMUNITY, "slug");
    let read: Vec<CommunityConfig> = tables.into_iter().filter_map(community::read).collect();
    let mut slugs = BTreeSet::new();
    let mut addresses = BTreeMap::new();
    let mut inboxes = BTreeMap::new();
    for community in &read {
        let path = format!("community.{}", community.slug);
        if !slugs.insert(&community.slug) {
            section.origin().report(Problem::plain(
                section.origin(),
                &format!("{path}.slug"),
                "two communities have it",
                "a short name of its own for each community",
            ));
        }
        if let Some(other) = addresses.insert(&community.address, &community.slug) {
            section.origin().report(Problem::plain(
                section.origin(),
                &format!("{path}.address"),
                &format!("`{}`, which is also the address of `{other}`", community.address),
                "an address of its own for each community",
            ));
        }
        // Each mail of a mailbox is read once, by whoever comes first.
        if let Some(other) = inboxes.insert(community.inbox.place(), &community.slug) {
            section.origin().report(Problem::plain(
                section.origin(),
                &format!("{path}.inbox"),
                &format!("`{}`, which `{other}` reads too", community.inbox.place()),
                "a mailbox of its own for each community",
            ));
        }
    }
    read
}
