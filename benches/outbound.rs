//! How fast mail leaves, beside Postfix's smtp-source, which does nothing but send.
//!
//! `cargo bench --bench outbound -- 3000` sends that many mails of 10 KB to smtp-sink over 1, 4 and
//! 16 sessions. The two take turns, and the median of five rounds counts.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use langbord::mail::compose::{AutoSubmitted, Mailbox, Outgoing, compose};
use langbord::wire::smtp::Smtp;
use langbord::wire::{Carrier, Endpoint, Envelope, Outcome, Security, SmtpSettings};

const SINK: &str = "/usr/sbin/smtp-sink";
const SOURCE: &str = "/usr/sbin/smtp-source";
const SIZE: usize = 10 * 1024;
const ROUNDS: usize = 5;

#[tokio::main]
async fn main() -> Result<()> {
    let mails = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(3000);
    let message: Arc<[u8]> = message()?.into();
    println!("{mails} mails of {} octets to smtp-sink, mails/s, median of {ROUNDS}", message.len());
    println!("sessions  smtp-source  langbord  ratio");
    for sessions in [1, 4, 16] {
        let (mut floors, mut ours) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let sink = Sink::start().await?;
            floors.push(rate(mails, source(sink.port, sessions, mails)?));
            ours.push(rate(mails, carry(sink.port, sessions, mails, &message).await?));
        }
        let (floor, ours) = (median(floors)?, median(ours)?);
        println!("{sessions:>8}  {floor:>11.0}  {ours:>8.0}  {:>5.2}", ours / floor);
    }
    Ok(())
}

/// An invitation as it leaves, filled up to the size.
fn message() -> Result<Vec<u8>> {
    let mailbox = |name: &str, address: &str| {
        let address = address.parse().map_err(anyhow::Error::msg)?;
        anyhow::Ok(Mailbox { name: name.to_owned(), address })
    };
    let line = "Vi spiser fisk, og grunnen til det får du høre ved bordet.\n";
    let mut mail = Outgoing {
        enclosures: Vec::new(),
        from: mailbox("Langbord", "table@example.org")?,
        to: mailbox("Kari Lie", "kari@example.org")?,
        reply_to: "table+g-1-abc@example.org".parse().map_err(anyhow::Error::msg)?,
        subject: "Middag torsdag 10. desember".to_owned(),
        text: String::new(),
        html: "<p>Kommer du?</p>\n".to_owned(),
        calendar: None,
        message_id: "bench@example.org".to_owned(),
        references: Vec::new(),
        date: chrono::DateTime::UNIX_EPOCH,
        auto_submitted: AutoSubmitted::Generated,
        list_id: None,
        unsubscribe: None,
    };
    loop {
        let octets = compose(&mail).map_err(anyhow::Error::msg)?;
        if octets.len() >= SIZE {
            return Ok(octets);
        }
        mail.text.push_str(line);
    }
}

/// What the fastest sender needs.
fn source(port: u16, sessions: usize, mails: usize) -> Result<Duration> {
    let begun = Instant::now();
    let status = Command::new(SOURCE)
        .args(["-d", "-s", &sessions.to_string(), "-m", &mails.to_string()])
        .args(["-l", &SIZE.to_string(), &format!("127.0.0.1:{port}")])
        .status()
        .with_context(|| format!("run {SOURCE}: install Debian's `postfix`"))?;
    ensure!(status.success(), "smtp-source ended with {status}");
    Ok(begun.elapsed())
}

/// What we need, with our own carriers.
async fn carry(port: u16, sessions: usize, mails: usize, message: &Arc<[u8]>) -> Result<Duration> {
    let left = Arc::new(AtomicUsize::new(mails));
    let begun = Instant::now();
    let carriers: Vec<_> = (0..sessions)
        .map(|_| tokio::spawn(carry_some(port, Arc::clone(&left), Arc::clone(message))))
        .collect();
    for carrier in carriers {
        carrier.await??;
    }
    Ok(begun.elapsed())
}

async fn carry_some(port: u16, left: Arc<AtomicUsize>, message: Arc<[u8]>) -> Result<()> {
    let envelope = Envelope {
        from: "table@example.org".parse().map_err(anyhow::Error::msg)?,
        to: "kari@example.org".parse().map_err(anyhow::Error::msg)?,
    };
    let mut smtp = Smtp::new(SmtpSettings {
        endpoint: Endpoint {
            host: "127.0.0.1".to_owned(),
            port,
            security: Security::Plain,
            ca_file: None,
        },
        login: None,
        hello: "langbord.example.org".to_owned(),
        connections: 1,
    });
    let take = |left: usize| left.checked_sub(1);
    while left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
        if let Err(outcome) = smtp.address(&envelope).await {
            bail!("{outcome:?}");
        }
        let outcome = smtp.hand_over(&message).await;
        ensure!(matches!(outcome, Outcome::Sent(_)), "{outcome:?}");
    }
    smtp.close().await;
    Ok(())
}

fn rate(mails: usize, time: Duration) -> f64 {
    f64::from(u32::try_from(mails).unwrap_or(u32::MAX)) / time.as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> Result<f64> {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().context("no round was run")
}

/// A running smtp-sink that throws everything away.
struct Sink {
    process: Child,
    port: u16,
}

impl Sink {
    async fn start() -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let process = Command::new(SINK)
            .args(["-u", "nobody", &format!("127.0.0.1:{port}"), "200"])
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("run {SINK}: install Debian's `postfix`"))?;
        let sink = Self { process, port };
        for _ in 0..1000 {
            if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
                return Ok(sink);
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        bail!("smtp-sink does not listen");
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        debug_assert!(ended.is_ok(), "smtp-sink is still there: {ended:?}");
    }
}
