//! Can the mail servers be reached?

use std::time::Duration;

use tokio::net::TcpStream;

use super::Check;
use crate::wire::{Endpoint, ImapSettings, SmtpSettings};

const PATIENCE: Duration = Duration::from_secs(10);

/// The mailbox that a community reads.
pub(super) async fn imap(name: &str, settings: &ImapSettings) -> Check {
    reach(name, "IMAP", &settings.endpoint).await
}

/// The server that takes a community's mail.
pub(super) async fn smtp(name: &str, settings: &SmtpSettings) -> Check {
    reach(name, "SMTP", &settings.endpoint).await
}

async fn reach(name: &str, protocol: &str, endpoint: &Endpoint) -> Check {
    let place = format!("{}:{}", endpoint.host, endpoint.port);
    let connecting = TcpStream::connect((endpoint.host.as_str(), endpoint.port));
    match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(Ok(_connection)) => Check::ok(name, format!("{protocol} at {place} answers")),
        Ok(Err(error)) => {
            let hint = "is `host` and `port` right, and does the firewall let us out?";
            Check::fail(name, format!("{place}: {error}"), hint)
        }
        Err(_late) => Check::fail(name, format!("{place}: no answer within 10 s"), "firewall?"),
    }
}
