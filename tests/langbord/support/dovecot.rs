//! A real Dovecot, started from a scratch directory as whoever runs the tests.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use langbord::secret::Secret;
use langbord::wire::{Endpoint, ImapSettings, Login, Mark, Security};

use super::certificates::Certificates;
use super::{Scratch, deliver, deliver_at, delivered, free_port, program};

/// Everybody's password: with what is awkward in IMAP.
pub const PASSWORD: &str = "Håndtert\"{7}";

/// The server. It ends with the value.
#[derive(Debug)]
pub struct Dovecot {
    child: Child,
    /// Port of IMAP with STARTTLS.
    pub imap: u16,
    /// Port of IMAP with implicit TLS.
    pub imaps: u16,
    /// Its certificates.
    pub certificates: Certificates,
    scratch: Scratch,
}

impl Dovecot {
    /// Starts it with a Maildir for each user.
    pub fn start(users: &[&str]) -> Self {
        Self::start_with(users, "")
    }

    /// Starts it with lines of one's own in its configuration.
    pub fn start_with(users: &[&str], extra: &str) -> Self {
        let program = program("/usr/sbin/dovecot", "dovecot-imapd");
        let scratch = Scratch::new("dovecot");
        let certificates = Certificates::make(scratch.path());
        let (imap, imaps) = (free_port(), free_port());
        let config = scratch.path().join("dovecot.conf");
        let text = configuration(scratch.path(), &certificates, (imap, imaps));
        fs::write(&config, format!("{text}\n{extra}\n")).unwrap();
        fs::create_dir_all(scratch.path().join("mail")).unwrap();
        let child = Command::new(program)
            .arg("-F")
            .arg("-c")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut dovecot = Self { child, imap, imaps, certificates, scratch };
        for user in users {
            dovecot.add(user);
        }
        dovecot.wait_until_ready();
        dovecot
    }

    /// Gives a user a mailbox.
    pub fn add(&self, user: &str) {
        let maildir = self.maildir(user);
        for part in ["", "tmp", "new", "cur"] {
            fs::create_dir_all(maildir.join(part)).unwrap();
            let owner = Owner::of_mail();
            chown(maildir.join(part), Some(owner.uid), Some(owner.gid)).unwrap();
        }
    }

    /// A user's Maildir; a folder of it is `.Name` inside.
    pub fn maildir(&self, user: &str) -> PathBuf {
        self.scratch.path().join("mail").join(user)
    }

    /// Puts a mail into a user's inbox.
    pub fn deliver(&self, user: &str, raw: &[u8]) {
        deliver(&self.maildir(user), raw);
    }

    /// The same, at another time: that at which IMAP says that it came.
    pub fn deliver_at(&self, user: &str, raw: &[u8], at: SystemTime) {
        deliver_at(&self.maildir(user), raw, at);
    }

    /// The mails in a user's inbox (folder "") or folder (".Name").
    pub fn mails(&self, user: &str, folder: &str) -> Vec<(String, Vec<u8>)> {
        delivered(&self.maildir(user).join(folder))
    }

    /// How Langbord reads a user's inbox.
    pub fn settings(&self, user: &str, security: Security) -> ImapSettings {
        let port = if security == Security::ImplicitTls { self.imaps } else { self.imap };
        ImapSettings {
            endpoint: Endpoint {
                host: "localhost".to_owned(),
                port,
                security,
                ca_file: Some(self.certificates.ca.clone()),
            },
            login: Login::Password {
                user: user.to_owned(),
                password: Secret::new(PASSWORD.to_owned()),
            },
            mailbox: "INBOX".to_owned(),
            mark: Mark::Flag,
            poll: Duration::from_millis(100),
        }
    }

    /// Makes the server forget what it knows of a user's inbox, as after a restore: the same mails
    /// get new UIDs under a new UIDVALIDITY. No session may be open.
    pub fn reset_uid_validity(&self, user: &str) {
        for entry in fs::read_dir(self.maildir(user)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            // The UIDVALIDITY last used has a file of its own. Without it the next one is the
            // time, which may be the same second.
            if name.starts_with("dovecot") && !name.starts_with("dovecot-uidvalidity") {
                fs::remove_file(entry.path()).unwrap();
            }
        }
    }

    /// The server's log, to be shown where a test fails.
    pub fn log(&self) -> String {
        fs::read_to_string(self.scratch.path().join("log")).unwrap_or_default()
    }

    fn wait_until_ready(&mut self) {
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", self.imap)).is_err() {
            let ended = self.child.try_wait().unwrap();
            let late = start.elapsed() > Duration::from_secs(20);
            assert!(ended.is_none() && !late, "Dovecot does not start: {}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Dovecot {
    fn drop(&mut self) {
        // TERM lets it end its own children; they would outlive a KILL.
        let pid = self.child.id().to_string();
        let ended = Command::new("kill").args(["-TERM", &pid]).status();
        if !ended.is_ok_and(|status| status.success()) {
            drop(self.child.kill());
        }
        drop(self.child.wait());
    }
}

fn configuration(dir: &Path, certificates: &Certificates, (imap, imaps): (u16, u16)) -> String {
    // Root starts everything under Dovecot's own users; others can only start it as themselves.
    let users = if id("-u") == "0" {
        String::new()
    } else {
        let (user, group) = (id("-un"), id("-gn"));
        format!(
            "default_internal_user = {user}\ndefault_login_user = {user}\n\
            default_internal_group = {group}"
        )
    };
    let Owner { uid, gid } = Owner::of_mail();
    let dir = dir.display();
    let Certificates { certificate, key, .. } = certificates;
    let (certificate, key) = (certificate.display(), key.display());
    format!(
        r"
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/log
protocols = imap
listen = 127.0.0.1
{users}
first_valid_uid = 1
first_valid_gid = 0
mail_location = maildir:{dir}/mail/%u
mail_max_userip_connections = 200
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
disable_plaintext_auth = yes
auth_mechanisms = plain
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={dir}/mail/%u
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"
    )
}

/// Whom the mailboxes belong to.
struct Owner {
    uid: u32,
    gid: u32,
}

impl Owner {
    /// Dovecot opens no mail of root's.
    fn of_mail() -> Self {
        let number = |what| match id(what).parse().unwrap() {
            0 => 65534,
            number => number,
        };
        Self { uid: number("-u"), gid: number("-g") }
    }
}

fn id(what: &str) -> String {
    let output = Command::new("id").arg(what).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}
