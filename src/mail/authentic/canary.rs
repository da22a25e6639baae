//! A mail from ourselves to ourselves with a forged `Authentication-Results`, to see what our own
//! mail server does to such fields: whoever leaves them in can not be heard as a witness.

use super::{Border, results};
use crate::mail::bounds;

/// The domain that the canary says it is from. Nobody has it (RFC 2606).
const FORGED: &str = "forged.invalid";

/// The fields to put on top: a forged result, and a forged border below it.
pub fn forgery(border: &Border) -> String {
    format!(
        "Authentication-Results: {}; dmarc=pass header.from={FORGED}\r\n\
         Received: from forged.invalid by {} with SMTP id canary\r\n",
        border.authserv_id, border.host,
    )
}

/// A border in one word, as it is kept with what was found about it.
pub fn name(border: &Border) -> String {
    format!("{} {}", border.authserv_id, border.host)
}

/// What became of a canary.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Whether the forged field is not among those that would count.
    pub stripped: bool,
    /// Whether the border was seen above the forged one.
    pub border_seen: bool,
    /// Who says something above it, for whoever has to set this up.
    pub servers: Vec<String>,
    /// Hosts that say that they have received it, from the top.
    pub hosts: Vec<String>,
}

impl Found {
    /// Whether our server's fields can be believed: the mail came as mail from outside comes, over
    /// the border, and what was forged did not.
    pub fn passed(&self) -> bool {
        self.stripped && self.border_seen
    }
}

/// Looks at a canary that has come back.
pub fn inspect(raw: &[u8], border: &Border) -> Found {
    let block = bounds::block(raw);
    let said = results::of(&block, border, FORGED);
    let hosts: Vec<String> = super::gate::values(&block, "received")
        .filter(|value| !is_forged(value))
        .filter_map(by)
        .collect();
    let border_seen = hosts.iter().any(|host| host.eq_ignore_ascii_case(&border.host));
    let mut servers = results::servers(&block);
    // The last one is the forged one, if it is still there.
    let forged_is_there = super::gate::values(&block, "authentication-results").any(is_forged);
    if forged_is_there {
        servers.pop();
    }
    Found { stripped: said.pass.is_none(), border_seen, servers, hosts }
}

fn is_forged(value: &[u8]) -> bool {
    memchr::memmem::find(value, FORGED.as_bytes()).is_some()
}

/// The host of `by <host>`.
fn by(received: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(received);
    let mut words =
        text.split_ascii_whitespace().skip_while(|word| !word.eq_ignore_ascii_case("by"));
    words.nth(1).map(|host| host.trim_end_matches(';').to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn border() -> Border {
        Border { authserv_id: "mx.x.no".into(), host: "mx.x.no".into() }
    }

    #[test]
    fn a_server_that_leaves_forged_fields_in_is_found_out() {
        let forged = forgery(&border());
        let mail = "From: a@x.no\r\n\r\nhei\r\n";
        let ours = "Authentication-Results: mx.x.no; none\r\nReceived: from h by mx.x.no; x\r\n";

        let honest = inspect(format!("{ours}{mail}").as_bytes(), &border());
        assert!(honest.stripped && honest.border_seen);
        assert_eq!(honest.servers, ["mx.x.no"]);

        // Below the real border it does no harm.
        let below = inspect(format!("{ours}{forged}{mail}").as_bytes(), &border());
        assert!(below.stripped && below.border_seen);

        // A server that writes another name into Received lets the forged border count.
        let other = "Received: from h by inner.x.no; x\r\n";
        let fooled = inspect(format!("{other}{forged}{mail}").as_bytes(), &border());
        assert!(!fooled.stripped && !fooled.border_seen);
        assert_eq!(fooled.hosts, ["inner.x.no"]);
    }
}
