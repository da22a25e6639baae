//! A small mail exchanger that takes mail for known recipients into their Maildirs, so that a
//! Dovecot over the same directories shows it to their mail clients. Threads rather than tasks, so
//! that it goes on while a test blocks.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use langbord::wire::{Endpoint, Security};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::certificates::Certificates;
use super::deliver;

/// A mail as it was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Reverse-path, without brackets.
    pub from: String,
    /// Forward-paths, without brackets.
    pub to: Vec<String>,
    /// The message with its dots unstuffed.
    pub raw: Vec<u8>,
    /// Whether nobody else could read it on the way.
    pub tls: bool,
}

/// Recipients, without what stands after a `+` in the local part, and their Maildirs.
pub type Maildirs = BTreeMap<String, PathBuf>;

/// What a server does to the header of what it takes, as far as it matters to whoever reads there
/// who wrote a mail.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Provider {
    /// Nothing.
    #[default]
    Plain,
    /// It takes out results that bear its name, and puts its own on top.
    Strips(&'static str),
    /// It only says, under another name, that it has received the mail.
    Leaves(&'static str),
    /// It loses what it has taken.
    Loses,
}

impl Provider {
    fn head(self) -> String {
        match self {
            Self::Plain | Self::Loses => String::new(),
            Self::Strips(name) => format!(
                "Authentication-Results: {name}; none\r\nReceived: from langbord by {name}; now\r\n"
            ),
            Self::Leaves(name) => format!("Received: from langbord by {name}; now\r\n"),
        }
    }

    /// What is left of a mail.
    pub fn passes_on(self, raw: &[u8]) -> Vec<u8> {
        let mut kept = raw.to_vec();
        if let Self::Strips(name) = self {
            let forged = format!("Authentication-Results: {name};").into_bytes();
            let lines = raw.split_inclusive(|octet| *octet == b'\n');
            kept = lines.filter(|line| !line.starts_with(&forged)).flatten().copied().collect();
        }
        [self.head().as_bytes(), &kept].concat()
    }
}

/// The server. Its threads end with the connections, and with the test's process.
#[derive(Debug)]
pub struct SmtpServer {
    /// How to reach it.
    pub endpoint: Endpoint,
    received: Arc<Mutex<Vec<Received>>>,
    gate: Arc<Gate>,
    provider: Arc<Mutex<Provider>>,
    refusals: Arc<Mutex<Refusals>>,
}

/// What it answers to these commands, instead of yes. The message is `.`.
type Refusals = BTreeMap<&'static str, &'static str>;

/// Where a server that has taken a mail can be made to hold its tongue.
#[derive(Debug, Default)]
struct Gate {
    silent_from: Mutex<Option<usize>>,
    opened: Condvar,
}

impl Gate {
    fn pass(&self, taken: usize) {
        let shut = |from: &mut Option<usize>| from.is_some_and(|from| taken >= from);
        drop(self.opened.wait_while(self.silent_from.lock().unwrap(), shut).unwrap());
    }

    fn set(&self, from: Option<usize>) {
        *self.silent_from.lock().unwrap() = from;
        self.opened.notify_all();
    }
}

#[derive(Debug)]
struct House {
    maildirs: Maildirs,
    tls: Arc<ServerConfig>,
    security: Security,
    received: Arc<Mutex<Vec<Received>>>,
    gate: Arc<Gate>,
    provider: Arc<Mutex<Provider>>,
    refusals: Arc<Mutex<Refusals>>,
}

/// One connection, before or after STARTTLS.
trait Line: Read + Write {}
impl<T: Read + Write> Line for T {}

impl SmtpServer {
    /// Starts it.
    pub fn start(security: Security, certificates: &Certificates, maildirs: Maildirs) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let received = Arc::default();
        let gate = Arc::<Gate>::default();
        let provider = Arc::<Mutex<Provider>>::default();
        let refusals = Arc::<Mutex<Refusals>>::default();
        let house = Arc::new(House {
            maildirs,
            tls: Arc::new(server_tls(certificates)),
            security,
            received: Arc::clone(&received),
            gate: Arc::clone(&gate),
            provider: Arc::clone(&provider),
            refusals: Arc::clone(&refusals),
        });
        thread::spawn(move || {
            for stream in listener.incoming() {
                let house = Arc::clone(&house);
                // That a client hangs up is its right.
                thread::spawn(move || drop(house.welcome(&stream.unwrap())));
            }
        });
        let ca_file = Some(certificates.ca.clone());
        let endpoint = Endpoint { host: "localhost".to_owned(), port, security, ca_file };
        Self { endpoint, received, gate, provider, refusals }
    }

    /// From now on it treats headers so.
    pub fn acts_as(&self, provider: Provider) {
        *self.provider.lock().unwrap() = provider;
    }

    /// From now on it answers so to `MAIL`, `RCPT`, `DATA` or `.`, the message.
    pub fn refuses(&self, what: &'static str, words: &'static str) {
        self.refusals.lock().unwrap().insert(what, words);
    }

    /// It refuses nothing any more.
    pub fn relents(&self) {
        self.refusals.lock().unwrap().clear();
    }

    /// From its `count`th mail on, the server files what it takes and does not say so.
    pub fn fall_silent_at(&self, count: usize) {
        self.gate.set(Some(count));
    }

    /// The server speaks again, also about what it has taken meanwhile.
    pub fn speak(&self) {
        self.gate.set(None);
    }

    /// What has been taken so far.
    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

impl House {
    fn welcome(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut line: BufReader<Box<dyn Line>> = BufReader::new(match self.security {
            Security::ImplicitTls => self.secure(stream.try_clone()?)?,
            Security::StartTls | Security::Plain => Box::new(stream.try_clone()?),
        });
        say(&mut line, "220 localhost ESMTP")?;
        let mut tls = self.security == Security::ImplicitTls;
        let (mut from, mut to) = (String::new(), Vec::new());
        loop {
            let mut command = String::new();
            if line.read_line(&mut command)? == 0 {
                return Ok(());
            }
            let command = command.trim_end();
            let verb = command.get(..4).unwrap_or_default().to_ascii_uppercase();
            if let Some(words) = self.refusal(&verb) {
                say(&mut line, words)?;
                continue;
            }
            match verb.as_str() {
                "EHLO" if self.security == Security::StartTls && !tls => {
                    say(&mut line, "250-localhost\r\n250-STARTTLS\r\n250 8BITMIME")?;
                }
                "EHLO" => say(
                    &mut line,
                    "250-localhost\r\n250-PIPELINING\r\n250-AUTH PLAIN\r\n250 8BITMIME",
                )?,
                "STAR" => {
                    say(&mut line, "220 go")?;
                    line = BufReader::new(self.secure(stream.try_clone()?)?);
                    tls = true;
                }
                "MAIL" => {
                    from = path(command);
                    to.clear();
                    say(&mut line, "250 2.1.0 ok")?;
                }
                "RCPT" if self.maildirs.contains_key(&owner(&path(command))) => {
                    to.push(path(command));
                    say(&mut line, "250 2.1.5 ok")?;
                }
                "RCPT" => say(&mut line, "550 5.1.1 no such user")?,
                "DATA" if to.is_empty() => say(&mut line, "503 5.5.1 to nobody?")?,
                "DATA" => {
                    say(&mut line, "354 go")?;
                    let raw = message(&mut line)?;
                    if let Some(words) = self.refusal(".") {
                        say(&mut line, words)?;
                        continue;
                    }
                    let taken =
                        self.take(Received { from: from.clone(), to: to.clone(), raw, tls });
                    self.gate.pass(taken);
                    say(&mut line, "250 2.0.0 taken")?;
                }
                "AUTH" => say(&mut line, "235 2.7.0 welcome")?,
                "QUIT" => return say(&mut line, "221 2.0.0 bye"),
                _ => say(&mut line, "250 2.0.0 ok")?,
            }
        }
    }

    fn refusal(&self, what: &str) -> Option<&'static str> {
        self.refusals.lock().unwrap().get(what).copied()
    }

    fn secure(&self, stream: TcpStream) -> io::Result<Box<dyn Line>> {
        let connection = ServerConnection::new(Arc::clone(&self.tls)).map_err(io::Error::other)?;
        Ok(Box::new(StreamOwned::new(connection, stream)))
    }

    /// Files a mail with the header fields of a delivery (RFC 5321 4.4). Says how many it has.
    fn take(&self, mail: Received) -> usize {
        let provider = *self.provider.lock().unwrap();
        let passed_on = provider.passes_on(&mail.raw);
        for to in mail.to.iter().filter(|_| provider != Provider::Loses) {
            let head = format!("Return-Path: <{}>\r\nDelivered-To: {to}\r\n", mail.from);
            deliver(&self.maildirs[&owner(to)], &[head.as_bytes(), &passed_on].concat());
        }
        let mut received = self.received.lock().unwrap();
        received.push(mail);
        received.len()
    }
}

fn say(line: &mut BufReader<Box<dyn Line>>, words: &str) -> io::Result<()> {
    line.get_mut().write_all(format!("{words}\r\n").as_bytes())?;
    line.get_mut().flush()
}

fn message(line: &mut BufReader<Box<dyn Line>>) -> io::Result<Vec<u8>> {
    let mut raw = Vec::new();
    loop {
        let mut octets = Vec::new();
        if line.read_until(b'\n', &mut octets)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match octets.as_slice() {
            b".\r\n" => return Ok(raw),
            [b'.', rest @ ..] => raw.extend_from_slice(rest),
            whole => raw.extend_from_slice(whole),
        }
    }
}

/// What stands between the first `<` and `>`.
fn path(command: &str) -> String {
    let inner = command.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inner.map(|(path, _)| path.to_owned()).unwrap_or_default()
}

/// Whose mailbox `table+token@example.org` is: `table@example.org`'s.
fn owner(address: &str) -> String {
    let (local, domain) = address.rsplit_once('@').unwrap_or((address, ""));
    format!("{}@{domain}", local.split('+').next().unwrap_or_default()).to_lowercase()
}

fn server_tls(certificates: &Certificates) -> ServerConfig {
    let chain = CertificateDer::pem_file_iter(&certificates.certificate).unwrap();
    ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            chain.map(|certificate| certificate.unwrap()).collect(),
            PrivateKeyDer::from_pem_file(&certificates.key).unwrap(),
        )
        .unwrap()
}
