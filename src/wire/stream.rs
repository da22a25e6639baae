//! A connection to a mail server: TCP, TLS, and a guard around both.
//!
//! The libraries above have no deadlines and no bounds of their own, and a deadline *around* their
//! futures leaves a conversation half-way, so that the next reply is taken for an older one. Both
//! therefore live in the stream itself, which is dead once they have struck.
//!
//! Invariant: no read and no write waits longer than the deadline for its next octet, and no reply
//! grows beyond the limit. A certificate is always checked against the host's name.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Sleep, sleep, timeout};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::{Endpoint, Security};

/// A dead address may not use up the time of a living one (RFC 8305 in its simplest form).
const PER_ADDRESS: Duration = Duration::from_secs(10);

/// Enough for any reply of SMTP (RFC 5321 4.5.3.1.5 allows 512 octets a line).
pub const SMTP_REPLY_LIMIT: usize = 64 * 1024;

/// A guarded connection, with TLS or without.
#[derive(Debug)]
pub struct Stream {
    io: Io,
    deadline: Duration,
    reading: Option<Pin<Box<Sleep>>>,
    writing: Option<Pin<Box<Sleep>>>,
    reply_limit: usize,
    reply_left: usize,
}

#[derive(Debug)]
enum Io {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Connects to the first address of the endpoint that answers, and makes TLS where it comes first.
/// For `StartTls` the stream is still plain: see [`Stream::into_tls`].
///
/// Resolving, each address and the handshake may take `deadline` each; it is also the stream's
/// first deadline.
pub async fn connect(endpoint: &Endpoint, deadline: Duration) -> Result<Stream> {
    let name = format!("{}:{}", endpoint.host, endpoint.port);
    let tcp = open(endpoint, deadline).await.with_context(|| format!("connect to {name}"))?;
    // Nagle's algorithm and delayed acknowledgements cost 40 ms a command together.
    tcp.set_nodelay(true)?;
    let loopback = tcp.peer_addr()?.ip().is_loopback();
    let stream = Stream::new(tcp, deadline);
    match endpoint.security {
        Security::ImplicitTls => stream.into_tls(endpoint).await,
        Security::StartTls => Ok(stream),
        Security::Plain => {
            ensure!(loopback, "`{name}` is not on this machine: it must be spoken to with TLS");
            Ok(stream)
        }
    }
}

impl Stream {
    /// Guards a TCP connection with a deadline and the reply limit of SMTP.
    pub fn new(tcp: TcpStream, deadline: Duration) -> Self {
        Self {
            io: Io::Plain(tcp),
            deadline,
            reading: None,
            writing: None,
            reply_limit: SMTP_REPLY_LIMIT,
            reply_left: SMTP_REPLY_LIMIT,
        }
    }

    /// How long any read or write that begins from now on may wait for its next octet.
    pub fn set_deadline(&mut self, deadline: Duration) {
        self.deadline = deadline;
        self.reading = None;
        self.writing = None;
    }

    /// How many octets may arrive between two writes; the count begins again.
    pub fn set_reply_limit(&mut self, octets: usize) {
        self.reply_limit = octets;
        self.reply_left = octets;
    }

    /// Whether what is said on this stream is hidden from others.
    pub fn is_tls(&self) -> bool {
        matches!(self.io, Io::Tls(_))
    }

    /// Makes TLS on a plain stream, after the server has agreed to STARTTLS. The caller must have
    /// read nothing beyond that agreement, or what somebody put there in clear would be believed.
    pub async fn into_tls(self, endpoint: &Endpoint) -> Result<Self> {
        let Io::Plain(tcp) = self.io else { bail!("the connection has TLS already") };
        let host = ServerName::try_from(endpoint.host.clone())
            .with_context(|| format!("`{}` is not a host name", endpoint.host))?;
        let connector = TlsConnector::from(Arc::new(tls(endpoint.ca_file.as_deref())?));
        let tls = timeout(self.deadline, connector.connect(host, tcp))
            .await
            .context("no answer to the TLS handshake")?
            .with_context(|| format!("TLS with {}", endpoint.host))?;
        Ok(Self { io: Io::Tls(Box::new(tls)), reading: None, writing: None, ..self })
    }
}

async fn open(endpoint: &Endpoint, deadline: Duration) -> Result<TcpStream> {
    let addresses: Vec<SocketAddr> =
        timeout(deadline, lookup_host((endpoint.host.as_str(), endpoint.port)))
            .await
            .context("no answer to the name's lookup")??
            .collect();
    let mut last = anyhow!("the name has no address");
    for address in addresses {
        match timeout(deadline.min(PER_ADDRESS), TcpStream::connect(address)).await {
            Ok(Ok(tcp)) => return Ok(tcp),
            Ok(Err(error)) => last = anyhow::Error::new(error).context(address.to_string()),
            Err(_) => last = anyhow!("no answer from {address}"),
        }
    }
    Err(last)
}

/// Read anew for every connection, so that a daemon that runs for years follows the system's
/// bundle.
fn tls(ca_file: Option<&Path>) -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    match ca_file {
        Some(path) => {
            let read = || format!("read the authorities in {}", path.display());
            for certificate in CertificateDer::pem_file_iter(path).with_context(read)? {
                roots.add(certificate.with_context(read)?).with_context(read)?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    ensure!(!roots.is_empty(), "there is no certificate authority to trust");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        let progress = match &mut this.io {
            Io::Plain(tcp) => Pin::new(tcp).poll_read(cx, buffer),
            Io::Tls(tls) => Pin::new(tls).poll_read(cx, buffer),
        };
        ready!(wait(&mut this.reading, this.deadline, cx, progress))?;
        let arrived = buffer.filled().len().saturating_sub(before);
        let Some(left) = this.reply_left.checked_sub(arrived) else {
            this.reply_left = 0;
            // A reader that fails must not have filled anything.
            buffer.set_filled(before);
            let why = format!("the reply is longer than {} octets", this.reply_limit);
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, why)));
        };
        this.reply_left = left;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        octets: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // What is written now asks for a reply of its own, with its own time and size.
        this.reply_left = this.reply_limit;
        this.reading = None;
        let progress = match &mut this.io {
            Io::Plain(tcp) => Pin::new(tcp).poll_write(cx, octets),
            Io::Tls(tls) => Pin::new(tls).poll_write(cx, octets),
        };
        wait(&mut this.writing, this.deadline, cx, progress)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let progress = match &mut this.io {
            Io::Plain(tcp) => Pin::new(tcp).poll_flush(cx),
            Io::Tls(tls) => Pin::new(tls).poll_flush(cx),
        };
        wait(&mut this.writing, this.deadline, cx, progress)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let progress = match &mut this.io {
            Io::Plain(tcp) => Pin::new(tcp).poll_shutdown(cx),
            Io::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        };
        wait(&mut this.writing, this.deadline, cx, progress)
    }
}

/// Passes progress on; where there is none, starts the timer or lets it strike.
fn wait<T>(
    timer: &mut Option<Pin<Box<Sleep>>>,
    deadline: Duration,
    cx: &mut Context<'_>,
    progress: Poll<io::Result<T>>,
) -> Poll<io::Result<T>> {
    if progress.is_ready() {
        *timer = None;
        return progress;
    }
    let running = timer.get_or_insert_with(|| Box::pin(sleep(deadline)));
    ready!(running.as_mut().poll(cx));
    *timer = None;
    let why = format!("nothing moved for {deadline:?}");
    Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, why)))
}

#[cfg(test)]
pub(in crate::wire) mod authority;
#[cfg(test)]
mod tests;
