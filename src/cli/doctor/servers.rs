//! Can the mail servers be reached, are they who they say, and do they let us in?

use std::time::Duration;

use tokio::time::timeout;

use super::Check;
use crate::wire::imap::{self, LoginRefused};
use crate::wire::smtp::Smtp;
use crate::wire::{Endpoint, ImapSettings, Login, SmtpSettings, WITHHELD};

/// An operator waits no longer. Nothing is lost if a check is cut off.
const PATIENCE: Duration = Duration::from_secs(20);

const NETWORK: &str = "are host, port and security right, and does the firewall let us out?";

/// Opens the mailbox that a community reads, and changes nothing in it.
pub(super) async fn imap(name: &str, settings: &ImapSettings) -> Check {
    let place = place(&settings.endpoint);
    if let Login::Withheld { .. } = settings.login {
        return withheld(name, &format!("IMAP at {place}"));
    }
    match timeout(PATIENCE, imap::open(settings)).await {
        Ok(Ok(_session)) => Check::ok(name, format!("IMAP at {place}, {}", settings.mailbox)),
        Ok(Err(error)) => {
            let refused = error.chain().any(|cause| cause.downcast_ref::<LoginRefused>().is_some());
            let hint = if refused { "are user and password right?" } else { NETWORK };
            Check::fail(name, format!("IMAP at {place}: {error:#}"), hint)
        }
        Err(_late) => late(name, &place),
    }
}

/// Says hello to the server that takes a community's mail, and sends nothing.
pub(super) async fn smtp(name: &str, settings: &SmtpSettings) -> Check {
    let place = place(&settings.endpoint);
    if let Some(Login::Withheld { .. }) = settings.login {
        return withheld(name, &format!("SMTP at {place}"));
    }
    match timeout(PATIENCE, Smtp::new(settings.clone()).check()).await {
        Ok(Ok(())) => Check::ok(name, format!("SMTP at {place}")),
        Ok(Err(error)) => Check::fail(name, format!("SMTP at {place}: {error}"), NETWORK),
        Err(_late) => late(name, &place),
    }
}

/// Nobody but the service can try it.
fn withheld(name: &str, what: &str) -> Check {
    let hint = "deploy/README.md says how to try it as the service does";
    Check::warn(name, format!("{what} was not tried: {WITHHELD}"), hint)
}

fn place(endpoint: &Endpoint) -> String {
    format!("{}:{}", endpoint.host, endpoint.port)
}

fn late(name: &str, place: &str) -> Check {
    Check::fail(name, format!("{place}: not done within 20 s"), NETWORK)
}
