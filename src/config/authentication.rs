//! `[community.authentication]`: how it is verified who wrote a mail.

use std::net::{IpAddr, SocketAddr};

use super::Authentication;
use super::community::host;
use super::section::{Field, Section, parsed};
use crate::mail::authentic::{Border, Mode};
use crate::wire::dns::DnsSettings;

const MODE: Field = Field::new("mode", "`signatures`, `results` or `none`", "\"signatures\"");
const AUTHSERV_ID: Field = Field::new(
    "authserv_id",
    "the name your mail server writes into Authentication-Results; needs mode = \"results\"",
    "\"mx.example.org\"",
);
const BORDER_HOST: Field = Field::new(
    "border_host",
    "the name your mail server writes into `Received: … by`; needs mode = \"results\"",
    "\"mx.example.org\"",
);
const NAMESERVER: Field = Field::new("nameserver", "the address of a DNS server", "\"127.0.0.1\"");
const ZONE_FILE: Field =
    Field::new("zone_file", "a file with TXT records", "\"/etc/langbord/zone\"");

/// The port of DNS.
const DOMAIN: u16 = 53;

/// Reads the section, or what holds without one: signatures count, our server is not heard.
pub(super) fn read(section: Option<Section<'_>>) -> Option<Authentication> {
    let Some(mut section) = section else {
        return Some(Authentication { mode: Mode::Signatures, dns: DnsSettings::System });
    };
    let mode = section.optional(&MODE, parsed(mode)).unwrap_or(Named::Signatures);
    let authserv_id = section.optional(&AUTHSERV_ID, parsed(host));
    let border_host = section.optional(&BORDER_HOST, parsed(host));
    let server = section.optional(&NAMESERVER, parsed(nameserver)).map(DnsSettings::Server);
    let zone = section.optional(&ZONE_FILE, Section::path).map(DnsSettings::Zone);
    let mode = match (mode, authserv_id, border_host) {
        (Named::Results, Some(authserv_id), border_host) => {
            let host = border_host.unwrap_or_else(|| authserv_id.clone());
            Some(Mode::Results(Border { authserv_id, host }))
        }
        (Named::Results, None, _) => {
            section.complain(&AUTHSERV_ID, "nothing");
            None
        }
        // A name that nobody looks at would be taken for one that counts.
        (Named::Signatures | Named::Nothing, Some(_), _) => {
            section.complain(&AUTHSERV_ID, "it, with another mode");
            None
        }
        (Named::Signatures | Named::Nothing, None, Some(_)) => {
            section.complain(&BORDER_HOST, "it, with another mode");
            None
        }
        (Named::Signatures, None, None) => Some(Mode::Signatures),
        (Named::Nothing, None, None) => Some(Mode::Off),
    };
    if server.is_some() && zone.is_some() {
        section.complain(&ZONE_FILE, "it, and nameserver");
    }
    section.close();
    Some(Authentication { mode: mode?, dns: zone.or(server).unwrap_or(DnsSettings::System) })
}

#[derive(Clone, Copy)]
enum Named {
    Signatures,
    Results,
    Nothing,
}

fn mode(text: &str) -> Result<Named, String> {
    match text {
        "signatures" => Ok(Named::Signatures),
        "results" => Ok(Named::Results),
        "none" => Ok(Named::Nothing),
        _ => Err(String::new()),
    }
}

fn nameserver(text: &str) -> Result<SocketAddr, String> {
    let bare = text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, DOMAIN));
    bare.or_else(|_| text.parse()).map_err(|_| "not an address".to_owned())
}
