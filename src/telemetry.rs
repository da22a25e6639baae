//! What Langbord says while it works: lines for people or JSON for machines, on standard error.
//!
//! Invariant: a log holds ids, not addresses and not texts; where an address helps, it is masked.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use tracing_subscriber::EnvFilter;

use crate::config::{Log, LogFormat};

/// Starts logging, for the whole process and once.
pub fn start(log: &Log) -> Result<()> {
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter(&log.filter)?)
        .with_writer(std::io::stderr);
    let started = match log.format {
        LogFormat::Text => {
            subscriber.with_ansi(std::io::stderr().is_terminal()).with_target(false).try_init()
        }
        LogFormat::Json => subscriber.json().flatten_event(true).with_current_span(true).try_init(),
    };
    started.map_err(anyhow::Error::from_boxed).context("start logging")
}

fn filter(text: &str) -> Result<EnvFilter> {
    let filter = EnvFilter::try_new(text).context("understand the log filter")?;
    // At `trace` it would tell every octet of an IMAP session: the password, and the mails.
    let silence = |filter: EnvFilter, whom: &str| Ok(filter.add_directive(whom.parse()?));
    silence(silence(filter, "async_imap=off")?, "async_imap::imap_stream=off")
}

/// An address for a log: enough to recognise one's own, too little to write to.
///
/// ```
/// assert_eq!(langbord::telemetry::mask("kari@example.org"), "k***@e***.org");
/// ```
pub fn mask(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else { return "***".to_owned() };
    let (name, top) = domain.rsplit_once('.').unwrap_or((domain, ""));
    let first = |text: &str| text.chars().next().filter(|c| c.is_alphanumeric()).map(String::from);
    let (local, name) = (first(local).unwrap_or_default(), first(name).unwrap_or_default());
    let top = if top.chars().all(char::is_alphanumeric) { top } else { "" };
    if top.is_empty() {
        format!("{local}***@{name}***")
    } else {
        format!("{local}***@{name}***.{top}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_filter_lets_passwords_into_the_log() {
        for text in ["trace", "async_imap=trace", "info,async_imap::imap_stream=trace"] {
            let filter = filter(text).unwrap().to_string();
            assert!(filter.contains("async_imap=off"), "{filter}");
            assert!(!filter.contains("imap_stream=trace"), "{filter}");
        }
    }

    #[test]
    fn a_masked_address_cannot_be_written_to_and_breaks_no_line() {
        for (address, masked) in [
            ("kari@example.org", "k***@e***.org"),
            ("o@mail.example.co.uk", "o***@m***.uk"),
            ("åse@blåbær.no", "å***@b***.no"),
            ("root@localhost", "r***@l***"),
            ("not an address", "***"),
            ("\n@\n.\n", "***@***"),
            ("a@b@c.no", "a***@c***.no"),
            ("", "***"),
        ] {
            assert_eq!(mask(address), masked, "{address:?}");
        }
    }
}
