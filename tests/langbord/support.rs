//! What the tests stand on: databases, a small world for conversations, and real servers on
//! loopback, and dishonest ones. Nothing here leaves the machine, and all of it is gone when the
//! test ends.

pub mod certificates;
pub mod domain;
pub mod dovecot;
pub mod fake_imap;
pub mod neomutt;
pub mod postgres;
pub mod smtp_server;
pub mod stage;
pub mod world;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::SystemTime;

/// A directory that lives as long as its value.
#[derive(Debug)]
pub struct Scratch(PathBuf);

impl Scratch {
    /// Makes one. The name is short, because sockets inside it have short paths.
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("langbord-{name}-{}-{number}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        fs::create_dir_all(&dir).unwrap();
        Self(dir)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            eprintln!("{} stays: {error}", self.0.display());
        }
    }
}

/// A port that nobody listens on just now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The path of a server's program, or what to install.
pub fn program(path: &str, package: &str) -> PathBuf {
    let path = PathBuf::from(path);
    assert!(path.exists(), "{} is missing: run `apt-get install {package}`", path.display());
    path
}

/// Puts a mail into a Maildir, as a delivery agent does.
pub fn deliver(maildir: &Path, raw: &[u8]) {
    deliver_at(maildir, raw, langbord::daemon::now().into());
}

/// The same, at another time.
pub fn deliver_at(maildir: &Path, raw: &[u8], at: SystemTime) {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("1800000000.M{number:06}P{}.test", std::process::id());
    let (before, after) = (maildir.join("tmp").join(&name), maildir.join("new").join(&name));
    fs::write(&before, raw).unwrap();
    fs::File::options().write(true).open(&before).unwrap().set_modified(at).unwrap();
    // It belongs to whom the mailbox belongs to, who is not who runs the tests where that is root.
    let owner = fs::metadata(maildir).unwrap();
    chown(&before, Some(owner.uid()), Some(owner.gid())).unwrap();
    fs::rename(before, after).unwrap();
}

/// The mails that lie in a Maildir, new and seen, in the order of their delivery.
pub fn delivered(maildir: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = ["new", "cur"].map(|part| fs::read_dir(maildir.join(part)).unwrap());
    let mut mails: Vec<(String, Vec<u8>)> = entries
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read(entry.path()).unwrap()))
        .collect();
    mails.sort();
    mails
}
