//! `imap = { … }` and `smtp = { … }`: server, account, and what is done there.

use std::net::IpAddr;
use std::time::Duration;

use toml::Value;

use super::community::host;
use super::section::{Field, Section, number, parsed, switch, text};
use crate::wire::{Endpoint, ImapSettings, Login, Mark, Security, SmtpSettings};

const HOST: Field = Field::new("host", "a host name", "\"mail.example.org\"");
const PORT: Field = Field::new("port", "a port (1-65535)", "993");
const SECURITY: Field = Field::new("security", "`tls`, `starttls` or `plain`", "\"tls\"");
const PLAIN: Field = Field::new("insecure_plain", "true or false", "true");
const CA_FILE: Field = Field::new(
    "ca_file",
    "a file with the certificates to trust (PEM)",
    "\"/etc/langbord/ca.pem\"",
);
const USER: Field = Field::new("user", "the account's name", "\"bord@example.org\"");
const PASSWORD_FILE: Field =
    Field::new("password_file", "a file with the password", "\"/etc/langbord/password\"");
const PASSWORD_ENV: Field =
    Field::new("password_env", "a variable with the password", "\"BORD_PASSWORD\"");
const PASSWORD_CREDENTIAL: Field =
    Field::new("password_credential", "a systemd credential with the password", "\"bord\"");
const TOKEN_COMMAND: Field = Field::new(
    "token_command",
    "a program and its arguments, which prints an OAuth2 access token",
    "[\"/usr/local/bin/token\", \"bord\"]",
);
const PASSWORD: Field = Field::new(
    "password",
    "no password in this file, but password_file, password_env or password_credential",
    "",
);
const MAILBOX: Field = Field::new("mailbox", "a mailbox's name", "\"INBOX\"");
const AFTER: Field = Field::new("after", "`flag`, or `move_to` instead", "\"flag\"");
const MOVE_TO: Field = Field::new("move_to", "a mailbox for mails we have", "\"Langbord\"");
const POLL: Field = Field::new("poll_seconds", "5 to 3600", "60");
const HELLO: Field = Field::new("hello", "our host name", "\"langbord.example.org\"");
const CONNECTIONS: Field = Field::new("connections", "1 to 20", "2");

/// Reads `imap = { … }`.
pub(super) fn imap(mut section: Section<'_>) -> Option<ImapSettings> {
    let endpoint = endpoint(&mut section, [993, 143, 143]);
    let user = section.required(&USER, text);
    let login = login(&mut section, user);
    let mailbox = section.optional(&MAILBOX, parsed(mailbox));
    let mark = mark(&mut section);
    let poll = section.optional(&POLL, number(5, 3600)).unwrap_or(60);
    section.close();
    Some(ImapSettings {
        endpoint: endpoint?,
        login: login?,
        mailbox: mailbox.unwrap_or_else(|| "INBOX".to_owned()),
        mark: mark?,
        poll: Duration::from_secs(poll),
    })
}

/// Reads `smtp = { … }`. `domain` is what we are called where nothing else is said.
pub(super) fn smtp(mut section: Section<'_>, domain: &str) -> Option<SmtpSettings> {
    let endpoint = endpoint(&mut section, [465, 587, 25]);
    let wants_login = section.has(USER.key);
    let user = section.optional(&USER, text);
    let login = login(&mut section, user);
    let hello = section.optional(&HELLO, parsed(host));
    let connections = section.optional(&CONNECTIONS, number(1, 20));
    section.close();
    if wants_login && login.is_none() {
        return None;
    }
    Some(SmtpSettings {
        endpoint: endpoint?,
        login,
        hello: hello.unwrap_or_else(|| domain.to_owned()),
        connections: connections.unwrap_or(2),
    })
}

/// `ports` are the usual ones for TLS, STARTTLS and plain text.
fn endpoint(section: &mut Section<'_>, ports: [u16; 3]) -> Option<Endpoint> {
    let host = section.required(&HOST, parsed(host));
    let security = section.optional(&SECURITY, parsed(security));
    let security = security.unwrap_or(Security::ImplicitTls);
    let insecure = section.optional(&PLAIN, switch).unwrap_or(false);
    let [tls, starttls, plain] = ports;
    let usual = match security {
        Security::ImplicitTls => tls,
        Security::StartTls => starttls,
        Security::Plain => plain,
    };
    let port = section.optional(&PORT, number(1, 65535)).unwrap_or(usual);
    let ca_file = section.optional(&CA_FILE, Section::existing_file);
    let host = host?;
    if security == Security::Plain && !insecure && !is_loopback(&host) {
        let found = format!("`plain` to `{host}`: passwords and mails could be read on the way");
        section.complain(&SECURITY, &format!("{found}; `insecure_plain = true` allows it"));
        return None;
    }
    Some(Endpoint { host, port, security, ca_file })
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

fn login(section: &mut Section<'_>, user: Option<String>) -> Option<Login> {
    let refused = section.has(PASSWORD.key);
    if refused {
        let _nothing: Option<()> = section.optional(&PASSWORD, |_, _| Err(String::new()));
    }
    let fields = [&PASSWORD_FILE, &PASSWORD_ENV, &PASSWORD_CREDENTIAL, &TOKEN_COMMAND];
    let is_told_a_way = fields.iter().any(|field| section.has(field.key));
    let file = section.optional(&PASSWORD_FILE, Section::secret_file);
    let variable = section.optional(&PASSWORD_ENV, Section::secret_variable);
    let credential = section.optional(&PASSWORD_CREDENTIAL, Section::credential);
    let command = section.optional(&TOKEN_COMMAND, command);
    let Some(user) = user else {
        if is_told_a_way && !section.has_said(&USER) {
            section.complain(&USER, "nothing");
        }
        return None;
    };
    let password = |password| Login::Password { user: user.clone(), password };
    let ways = [
        file.map(password),
        variable.map(password),
        credential
            .map(|given| given.map_or_else(|| Login::Withheld { user: user.clone() }, password)),
        command.map(|command| Login::XOAuth2 { user: user.clone(), command }),
    ];
    if refused && !is_told_a_way { None } else { section.exactly_one(&fields, ways) }
}

fn mark(section: &mut Section<'_>) -> Option<Mark> {
    let flag = section.optional(&AFTER, |_, value| match value.as_str() {
        Some("flag") => Ok(Mark::Flag),
        _ => Err(String::new()),
    });
    let moved = section.optional(&MOVE_TO, parsed(mailbox)).map(Mark::Move);
    if flag.is_none() && moved.is_none() {
        return Some(Mark::Flag);
    }
    section.exactly_one(&[&AFTER, &MOVE_TO], [flag, moved])
}

/// Quoted into an IMAP command later; what could end the quotes never gets there.
fn mailbox(text: &str) -> Result<String, String> {
    if text.len() > 200 || text.contains(['"', '\\', '*', '%']) {
        return Err("it has a character that a mailbox cannot have".to_owned());
    }
    Ok(text.to_owned())
}

fn security(text: &str) -> Result<Security, String> {
    match text {
        "tls" => Ok(Security::ImplicitTls),
        "starttls" => Ok(Security::StartTls),
        "plain" => Ok(Security::Plain),
        _ => Err(String::new()),
    }
}

fn command(section: &Section<'_>, value: &Value) -> Result<Vec<String>, String> {
    let words = value.as_array().filter(|words| !words.is_empty()).ok_or("not a list")?;
    words.iter().map(|word| text(section, word)).collect()
}
