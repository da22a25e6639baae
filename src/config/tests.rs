use std::time::Duration;

use super::*;
use crate::wire::{Endpoint, Login, Mark, Security};

const SMALLEST: &str = r#"
data_dir = "/srv/langbord"
[[community]]
slug = "oslo"
name = "Oslo langbord"
address = "Bord@Example.org"
language = "nb"
zone = "Europe/Oslo"
organizers = [{ name = "Ida Berg", email = "ida@example.org" }]
inbox = { maildir = "/mail/in" }
outbox = { maildir = "/mail/out" }
"#;

const FULL: &str = r#"
data_dir = "data"
templates_dir = "letters"
[database]
url_file = "url"
[log]
format = "json"
filter = "debug"
[[community]]
slug = "minds-of-oslo"
name = "Minds of Oslo"
address = "table@example.org"
language = "en"
zone = "Europe/Oslo"
subaddress = false
organizers = [{ name = "Ida", email = "ida@example.org", signed_by = ["Mail.Example.org"] }, { name = "Per", email = "per@example.org" }]
digest = "0 9 1 * *"
calendar = "none"
hold_minutes = 0
quiet_hours = "21-9"
quiet_days = "Sun, 12-24"
[community.inbox]
imap = { host = "imap.example.org", security = "starttls", user = "table", password_file = "password", mailbox = "INBOX/Bord", move_to = "Langbord", ca_file = "ca.pem", poll_seconds = 30 }
[community.outbox]
smtp = { host = "localhost", port = 2525, security = "plain", user = "table", token_command = ["token", "table"], hello = "mail.example.org", connections = 4 }
[community.authentication]
mode = "results"
authserv_id = "mx.example.org"
nameserver = "127.0.0.1"
[community.dkim]
domain = "example.org"
selector = "langbord"
key_file = "dkim.pem"
"#;

/// A folder with files for one test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str, files: &[(&str, &str)]) -> Self {
        let path =
            std::env::temp_dir().join(format!("langbord-config-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        for (name, text) in files {
            fs::write(path.join(name), text).unwrap();
        }
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn read(text: &str, variables: &[(&str, &str)]) -> Result<Config, Problems> {
    understand(Path::new("/etc/langbord/langbord.toml"), text, &environment(variables))
}

/// The keys that are complained about.
fn keys(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let problems = read(text, variables).expect_err("it was accepted");
    problems.0.into_iter().map(|problem| problem.key).collect()
}

fn with(extra: &str) -> String {
    format!("{SMALLEST}{extra}")
}

#[test]
fn the_smallest_configuration_has_sensible_values_for_the_rest() {
    let config = read(SMALLEST, &[]).unwrap();
    assert_eq!(config.database, Database::Own(PathBuf::from("/srv/langbord/postgres")));
    assert_eq!(config.log, Log { format: LogFormat::Text, filter: "info,sqlx=warn".to_owned() });
    let [oslo] = config.communities.as_slice() else { panic!("{:?}", config.communities) };
    assert_eq!(oslo.address.as_str(), "bord@example.org");
    assert_eq!((oslo.language, oslo.zone), (Language::Nb, chrono_tz::Europe::Oslo));
    assert!(oslo.subaddress);
    assert_eq!(oslo.calendar, CalendarPolicy::Confirmation);
    assert_eq!(oslo.hold, TimeDelta::minutes(10));
    assert_eq!((oslo.hours.evening, oslo.hours.morning), (22, 8));
    assert_eq!(oslo.organizers[0].email.as_str(), "ida@example.org");
    assert_eq!(oslo.inbox, Inbox::Maildir(PathBuf::from("/mail/in")));
    assert!(oslo.digest.is_none() && oslo.dkim.is_none());
}

#[test]
fn a_full_configuration_is_understood_to_the_last_key() {
    let files = [
        ("password", "hemmelig\n"),
        ("ca.pem", "-----BEGIN CERTIFICATE-----"),
        ("dkim.pem", "-----BEGIN PRIVATE KEY-----"),
        ("url", "postgres://langbord:hemmelig@db/langbord\n"),
    ];
    let folder = Folder::new("full", &files);
    let file = folder.0.join("langbord.toml");
    let config = understand(&file, FULL, &Environment::new()).unwrap();
    assert_eq!(config.data_dir, folder.0.join("data"));
    assert_eq!(config.templates_dir, Some(folder.0.join("letters")));
    let url = Secret::new("postgres://langbord:hemmelig@db/langbord".to_owned());
    assert_eq!(config.database, Database::Url(url));
    let oslo = &config.communities[0];
    assert!(oslo.hold.is_zero());
    assert_eq!((oslo.hours.evening, oslo.hours.morning, oslo.hours.quiet.len()), (21, 9, 2));
    let password = Secret::new("hemmelig".to_owned());
    let expected = ImapSettings {
        endpoint: Endpoint {
            host: "imap.example.org".to_owned(),
            port: 143,
            security: Security::StartTls,
            ca_file: Some(folder.0.join("ca.pem")),
        },
        login: Login::Password { user: "table".to_owned(), password },
        mailbox: "INBOX/Bord".to_owned(),
        mark: Mark::Move("Langbord".to_owned()),
        poll: Duration::from_secs(30),
    };
    assert_eq!(oslo.inbox, Inbox::Imap(expected));
    let Outbox::Smtp(smtp) = &oslo.outbox else { panic!("{:?}", oslo.outbox) };
    assert_eq!((smtp.endpoint.port, smtp.connections), (2525, 4));
    let command = vec!["token".to_owned(), "table".to_owned()];
    assert_eq!(smtp.login, Some(Login::XOAuth2 { user: "table".to_owned(), command }));
    assert_eq!(oslo.dkim.as_ref().unwrap().selector, "langbord");
    assert!(!format!("{config:?}").contains("hemmelig"));
}

#[test]
fn every_mistake_is_reported_at_once_with_its_key() {
    let text = r#"
data_dri = "/srv/langbord"
[log]
format = "xml"
[[community]]
slug = "Oslo!"
name = ""
address = "bord at example.org"
language = "sv"
zone = "Oslo"
digest = "0 9 * * 1"
calendar = "always"
organizers = []
[community.inbox]
imap = { host = "imap.example.org", port = 70000, user = "bord", password = "hemmelig", poll_seconds = "often" }
maildir = "/mail/in"
[community.dkim]
domain = "example.org"
key_file = "/does/not/exist"
"#;
    let problems = read(text, &[]).unwrap_err();
    let found: Vec<&str> = problems.0.iter().map(|problem| problem.key.as_str()).collect();
    let community = [
        "slug",
        "name",
        "address",
        "language",
        "zone",
        "organizers",
        "digest",
        "calendar",
        "inbox.imap.port",
        "inbox.imap.password",
        "inbox.imap.poll_seconds",
        "inbox",
        "outbox",
        "dkim.selector",
        "dkim.key_file",
    ];
    let mut expected = vec!["data_dir".to_owned(), "log.format".to_owned()];
    expected.extend(community.iter().map(|key| format!("community.Oslo!.{key}")));
    expected.push("data_dri".to_owned());
    assert_eq!(found, expected, "{problems}");
    let words = problems.to_string();
    assert!(words.starts_with("18 problems in the configuration\n"), "{words}");
    assert!(!words.contains("hemmelig"), "{words}");
    assert!(words.contains("perhaps `data_dir`"), "{words}");
}

#[test]
fn a_problem_shows_file_key_finding_expectation_and_example() {
    let text = SMALLEST.replace("Europe/Oslo", "Norway/Oslo");
    let problems = read(&text, &[]).unwrap_err();
    assert_eq!(
        problems.0[0].to_string(),
        "/etc/langbord/langbord.toml: community.oslo.zone\n    \
         found:    \"Norway/Oslo\"\n    \
         expected: an IANA time zone\n    \
         example:  zone = \"Europe/Oslo\""
    );
}

#[test]
fn the_environment_replaces_what_the_file_says() {
    let variables = [
        ("LANGBORD__DATA_DIR", "/elsewhere"),
        ("LANGBORD__LOG__FORMAT", "json"),
        ("LANGBORD__DATABASE__URL", "postgres://langbord:hemmelig@db/langbord"),
        ("LANGBORD__COMMUNITY__OSLO__NAME", "1814"),
        ("LANGBORD__COMMUNITY__OSLO__SUBADDRESS", "false"),
        ("LANGBORD__COMMUNITY__OSLO__DIGEST", "0 9 1 * *"),
        ("LANGBORD__COMMUNITY__OSLO__INBOX__MAILDIR", "/other"),
    ];
    let config = read(SMALLEST, &variables).unwrap();
    assert_eq!(config.data_dir, PathBuf::from("/elsewhere"));
    assert_eq!(config.log.format, LogFormat::Json);
    assert!(matches!(config.database, Database::Url(_)));
    let oslo = &config.communities[0];
    assert_eq!((oslo.name.as_str(), oslo.subaddress), ("1814", false));
    assert!(oslo.digest.is_some());
    assert_eq!(oslo.inbox, Inbox::Maildir(PathBuf::from("/other")));
}

#[test]
fn a_mistake_in_the_environment_names_the_variable() {
    let variables = [
        ("LANGBORD__COMMUNITY__OSLO__ADDRESS", "nobody"),
        ("LANGBORD__COMMUNITY__BERGEN__ADDRESS", "bord@example.org"),
        ("LANGBORD__LOG__FROMAT", "json"),
        ("LANGBORD____", ""),
    ];
    let words = read(SMALLEST, &variables).unwrap_err().to_string();
    for (variable, _) in variables {
        assert!(words.contains(&format!("environment variable {variable}")), "{words}");
    }
    assert!(words.contains("perhaps `format`"), "{words}");
}

#[test]
fn plain_text_is_for_loopback_unless_it_is_said_twice() {
    let outbox = |host: &str, more: &str| {
        let smtp = format!("smtp = {{ host = \"{host}\", security = \"plain\"{more} }}");
        SMALLEST.replace("maildir = \"/mail/out\"", &smtp)
    };
    for host in ["localhost", "127.0.0.1", "127.8.8.8", "::1"] {
        assert!(read(&outbox(host, ""), &[]).is_ok(), "{host}");
    }
    for host in ["mail.example.org", "10.0.0.1", "localhost.example.org"] {
        assert_eq!(keys(&outbox(host, ""), &[]), ["community.oslo.outbox.smtp.security"], "{host}");
        assert!(read(&outbox(host, ", insecure_plain = true"), &[]).is_ok(), "{host}");
    }
}

#[test]
fn passwords_come_from_outside_the_file() {
    let folder = Folder::new("credentials", &[("bord", "hemmelig\n")]);
    let credentials = folder.0.to_str().unwrap();
    let outbox = |how: &str| {
        let smtp = format!("smtp = {{ host = \"smtp.example.org\"{how} }}");
        SMALLEST.replace("maildir = \"/mail/out\"", &smtp)
    };
    let variables = [("BORD", "hemmelig"), ("CREDENTIALS_DIRECTORY", credentials)];
    for how in [r#"password_env = "BORD""#, r#"password_credential = "bord""#] {
        let config = read(&outbox(&format!(", user = \"bord\", {how}")), &variables).unwrap();
        let Outbox::Smtp(smtp) = &config.communities[0].outbox else { panic!("not SMTP") };
        let password = Secret::new("hemmelig".to_owned());
        assert_eq!(smtp.login, Some(Login::Password { user: "bord".to_owned(), password }));
    }
    assert!(read(&outbox(""), &[]).is_ok(), "a server that asks for no account");
    // Only the service is given its credentials; whoever does not need them does without.
    let credential = outbox(r#", user = "bord", password_credential = "bord""#);
    assert_eq!(keys(&credential, &[]), ["community.oslo.outbox.smtp.password_credential"]);
    let file = Path::new("/etc/langbord/langbord.toml");
    let origin = Origin::new(file, &Environment::new()).withholding();
    let looked = meaning(file, &credential, origin).unwrap();
    let Outbox::Smtp(smtp) = &looked.communities[0].outbox else { panic!("not SMTP") };
    assert_eq!(smtp.login, Some(Login::Withheld { user: "bord".to_owned() }));
    let smtp = "community.oslo.outbox.smtp";
    for (how, key) in [
        (r#", user = "bord""#, smtp.to_owned()),
        (r#", password_env = "BORD""#, format!("{smtp}.user")),
        (r#", user = "bord", password = "hemmelig""#, format!("{smtp}.password")),
        (r#", user = "bord", password_env = "NOT_SET""#, format!("{smtp}.password_env")),
        (r#", user = "bord", password_credential = "../x""#, format!("{smtp}.password_credential")),
        (
            r#", user = "bord", password_env = "BORD", password_credential = "bord""#,
            smtp.to_owned(),
        ),
    ] {
        assert_eq!(keys(&outbox(how), &variables), [key], "{how}");
    }
    let in_url = with("[database]\nurl = \"postgres://langbord:hemmelig@db/langbord\"");
    let words = read(&in_url, &[]).unwrap_err().to_string();
    assert!(words.contains("url_file") && !words.contains("hemmelig"), "{words}");
}

#[test]
fn the_web_is_for_this_machine_and_the_world_comes_by_https() {
    let web = |lines: &str| with(&format!("[web]\nlisten = \"127.0.0.1:8025\"\n{lines}"));
    assert_eq!(read(SMALLEST, &[]).unwrap().web, None);
    let given = read(&web("public_url = \"https://langbord.example/a/\""), &[]).unwrap().web;
    let url = given.and_then(|web| web.public_url);
    assert_eq!(url.as_deref(), Some("https://langbord.example/a"));
    for url in ["http://x.no", "x.no", "https://", "https://x.no/?a=b", "https://x.no/ å", "7"] {
        let lines = format!("public_url = \"{url}\"");
        assert_eq!(keys(&web(&lines), &[]), ["web.public_url"], "{url}");
    }
}

#[test]
fn two_communities_share_neither_name_nor_address_nor_mailbox() {
    let second = SMALLEST.trim_start().split_once('\n').unwrap().1;
    let all = ["community.oslo.slug", "community.oslo.address", "community.oslo.inbox"];
    assert_eq!(keys(&with(second), &[]), all);
    let bergen = second.replace("\"oslo\"", "\"bergen\"").replace("/mail/in", "/mail/bergen");
    assert_eq!(keys(&with(&bergen), &[]), ["community.bergen.address"]);
    let bergen = bergen.replace("Bord@", "bergen@");
    assert!(read(&with(&bergen), &[]).is_ok());
    // Whoever came first would take the other's mail.
    let shared = bergen.replace("/mail/bergen", "/mail/in");
    assert_eq!(keys(&with(&shared), &[]), ["community.bergen.inbox"]);
}

#[test]
fn a_file_that_is_not_toml_names_the_line_and_quotes_nothing_of_it() {
    let words = read("data_dir = \"/srv\"\npassword = hemmelig hemmelig\n", &[]).unwrap_err();
    assert!(words.to_string().contains("line 2"), "{words}");
    assert!(!words.to_string().contains("hemmelig"), "{words}");
    let missing = load(Path::new("/does/not/exist"), &Environment::new()).unwrap_err();
    assert!(missing.to_string().contains("langbord init"), "{missing}");
}

#[test]
fn the_file_named_comes_before_the_variable_and_the_variable_before_the_usual_places() {
    let variables = environment(&[("LANGBORD_CONFIG", "/b.toml")]);
    assert_eq!(file(Some(Path::new("/a.toml")), &variables), Path::new("/a.toml"));
    assert_eq!(file(None, &variables), Path::new("/b.toml"));
    assert!(file(None, &Environment::new()).ends_with("langbord.toml"));
}
