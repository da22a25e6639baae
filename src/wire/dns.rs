//! TXT records: from the system's resolver, from a named server, or from a file.
//!
//! Invariant: one mail asks for at most [`MOST`] names and waits at most [`PATIENCE`], whatever the
//! servers do; what has not been answered by then is unreached, never absent. Answers are kept for
//! as long as they say; a name that could not be reached is left alone for a while, so that a
//! silent server holds up one mail and not all.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use mail_auth::hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use mail_auth::hickory_resolver::net::NetError;
use mail_auth::hickory_resolver::net::runtime::TokioRuntimeProvider;
use mail_auth::hickory_resolver::proto::rr::{RData, Record};
use mail_auth::hickory_resolver::{ResolverBuilder, TokioResolver};
use tokio::time::timeout;

use crate::mail::authentic::{Answers, Txt, zone};

/// Names a mail may ask for.
pub const MOST: usize = 10;
/// How long a mail may wait for all of them.
pub const PATIENCE: Duration = Duration::from_secs(5);
/// Records longer than this are no keys.
const LONGEST: usize = 4096;
/// How long a name that could not be reached is left alone.
const REST: Duration = Duration::from_mins(1);
/// Names remembered as unreached.
const REMEMBERED: usize = 1000;

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsSettings {
    /// The servers of `/etc/resolv.conf`.
    System,
    /// This server.
    Server(SocketAddr),
    /// This file, and nobody.
    Zone(PathBuf),
}

/// Answers questions about TXT records.
#[derive(Debug)]
pub struct Resolver {
    kind: Kind,
    unreached: Mutex<BTreeMap<String, Instant>>,
}

enum Kind {
    Dns(Box<TokioResolver>),
    Zone(Answers),
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Dns(_) => f.write_str("Dns"),
            Self::Zone(answers) => write!(f, "Zone({})", answers.len()),
        }
    }
}

impl Resolver {
    /// Opens what the settings name.
    pub fn open(settings: &DnsSettings) -> Result<Self, String> {
        match settings {
            DnsSettings::System => {
                let builder = TokioResolver::builder_tokio().map_err(|error| error.to_string())?;
                Self::of(builder)
            }
            DnsSettings::Server(address) => {
                let connect = |mut connection: ConnectionConfig| {
                    connection.port = address.port();
                    connection
                };
                let connections =
                    [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(connect).to_vec();
                let server = NameServerConfig::new(address.ip(), true, connections);
                let config = ResolverConfig::from_parts(None, Vec::new(), vec![server]);
                let provider = TokioRuntimeProvider::default();
                Self::of(TokioResolver::builder_with_config(config, provider))
            }
            DnsSettings::Zone(file) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|error| format!("{}: {error}", file.display()))?;
                Ok(Self::zone(zone::read(&text)?))
            }
        }
    }

    /// Knows these records, and that there are no others.
    pub fn zone(answers: Answers) -> Self {
        Self { kind: Kind::Zone(answers), unreached: Mutex::default() }
    }

    fn of(mut builder: ResolverBuilder<TokioRuntimeProvider>) -> Result<Self, String> {
        let options = builder.options_mut();
        options.timeout = Duration::from_secs(2);
        options.attempts = 2;
        // The host's own resolver validates, if one does.
        options.validate = false;
        let resolver = builder.build().map_err(|error| error.to_string())?;
        Ok(Self { kind: Kind::Dns(Box::new(resolver)), unreached: Mutex::default() })
    }

    /// The TXT records of these names.
    pub async fn txt(&self, names: &[String]) -> Answers {
        let asked = names.iter().take(MOST);
        match &self.kind {
            Kind::Zone(zone) => asked
                .map(|name| {
                    let known = zone.get(&name.to_ascii_lowercase());
                    (name.clone(), known.cloned().unwrap_or(Txt::Absent))
                })
                .collect(),
            Kind::Dns(resolver) => {
                let answers = asked.map(|name| async move {
                    let txt = self.ask(resolver, name).await;
                    (name.clone(), txt)
                });
                join_all(answers).await.into_iter().collect()
            }
        }
    }

    async fn ask(&self, resolver: &TokioResolver, name: &str) -> Txt {
        if self.rests(name) {
            return Txt::Unreached("did not answer a moment ago".to_owned());
        }
        let answer = match timeout(PATIENCE, resolver.txt_lookup(name)).await {
            Err(_) | Ok(Err(NetError::Timeout)) => Txt::Unreached("does not answer".to_owned()),
            Ok(Ok(found)) => texts(found.answers()),
            Ok(Err(error)) if error.is_no_records_found() => Txt::Absent,
            Ok(Err(error)) => Txt::Unreached(format!("can not be asked: {error}")),
        };
        if matches!(answer, Txt::Unreached(_)) {
            self.let_rest(name);
        }
        answer
    }

    fn rests(&self, name: &str) -> bool {
        let unreached = self.unreached.lock();
        unreached.is_ok_and(|names| names.get(name).is_some_and(|since| since.elapsed() < REST))
    }

    fn let_rest(&self, name: &str) {
        if let Ok(mut names) = self.unreached.lock() {
            names.retain(|_, since| since.elapsed() < REST);
            if names.len() < REMEMBERED {
                names.insert(name.to_owned(), Instant::now());
            }
        }
    }
}

/// The TXT records among the answers, the aliases that led there left out.
fn texts(answers: &[Record]) -> Txt {
    let mut records = Vec::new();
    for answer in answers {
        if let RData::TXT(txt) = &answer.data {
            let record = txt.txt_data.concat();
            if record.len() <= LONGEST {
                records.push(record);
            }
        }
    }
    if records.is_empty() { Txt::Absent } else { Txt::Found(records) }
}

#[cfg(test)]
mod tests;
