//! Mail out into Maildirs, one for each recipient: for demonstrations, tests, and machines where
//! another program fetches the mail.
//!
//! Invariant: a file in `new` is a whole mail that is on the disk, and the same mail delivered
//! twice is one file.

use std::io;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use mail_parser::MessageParser;
use sha2::{Digest, Sha256};
use tokio::fs::{self, File};
use tokio::io::AsyncWriteExt;

use super::{Carrier, Envelope, Outcome};
use crate::mail::EmailAddress;
use crate::mail::compose::wire_safe;

/// A carrier that delivers to `root/<address>/new`.
#[derive(Debug)]
pub struct MaildirCarrier {
    root: PathBuf,
    addressed: Option<PathBuf>,
}

impl MaildirCarrier {
    /// Delivers below this directory.
    pub fn new(root: PathBuf) -> Self {
        Self { root, addressed: None }
    }
}

impl Carrier for MaildirCarrier {
    async fn address(&mut self, envelope: &Envelope) -> Result<(), Outcome> {
        self.addressed = None;
        let maildir = self.root.join(directory(&envelope.to));
        for part in ["tmp", "new", "cur"] {
            let path = maildir.join(part);
            let failed = |error| Outcome::Deferred(format!("make {}: {error}", path.display()));
            fs::create_dir_all(&path).await.map_err(failed)?;
        }
        self.addressed = Some(maildir);
        Ok(())
    }

    fn abandon(&mut self) {
        self.addressed = None;
    }

    async fn hand_over(&mut self, message: &[u8]) -> Outcome {
        let Some(maildir) = self.addressed.take() else {
            return Outcome::Deferred("no Maildir waits for this message".to_owned());
        };
        if let Err(why) = wire_safe(message) {
            return Outcome::Failed(format!("the message may not leave: {why}"));
        }
        let name = file_name(message);
        match deliver(&maildir, &name, message).await {
            Ok(()) => Outcome::Sent(format!("delivered to {}/new/{name}", maildir.display())),
            // Delivering again writes the same file, so there is no doubt to keep.
            Err(error) => Outcome::Deferred(format!("write into {}: {error}", maildir.display())),
        }
    }
}

async fn deliver(maildir: &Path, name: &str, message: &[u8]) -> io::Result<()> {
    let (unfinished, finished) = (maildir.join("tmp").join(name), maildir.join("new").join(name));
    let mut file = File::create(&unfinished).await?;
    file.write_all(message).await?;
    file.sync_all().await?;
    fs::rename(&unfinished, &finished).await?;
    // The name is safe only when the directory is.
    File::open(maildir.join("new")).await?.sync_all().await
}

/// The address as one component of a path. A local part may hold a slash.
fn directory(address: &EmailAddress) -> String {
    address.as_str().replace('%', "%25").replace('/', "%2f")
}

/// The same for every delivery of the same mail.
fn file_name(message: &[u8]) -> String {
    let header = MessageParser::new().parse_headers(message);
    let id = header.as_ref().and_then(|header| header.message_id());
    let hash = Sha256::digest(id.map_or(message, str::as_bytes));
    format!("{}.langbord", HEXLOWER.encode(hash.get(..16).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope(to: &str) -> Envelope {
        Envelope { from: "table@example.org".parse().unwrap(), to: to.parse().unwrap() }
    }

    fn message(id: u32, text: &str) -> Vec<u8> {
        let header = "From: table@example.org\r\nTo: kari@example.org\r\nDate: now\r\n";
        format!("{header}Message-ID: <{id}@x>\r\n\r\n{text}\r\n").into_bytes()
    }

    /// A directory for one test, empty.
    async fn root(test: &str) -> PathBuf {
        let root = std::env::temp_dir().join(format!("langbord-{test}-{}", std::process::id()));
        fs::remove_dir_all(&root).await.ok();
        root
    }

    fn files(maildir: &Path) -> Vec<PathBuf> {
        let read = |part: &str| std::fs::read_dir(maildir.join(part)).unwrap();
        ["tmp", "new", "cur"].into_iter().flat_map(read).map(|file| file.unwrap().path()).collect()
    }

    #[tokio::test]
    async fn a_mail_delivered_twice_is_one_file() {
        let root = root("twice").await;
        let mut carrier = MaildirCarrier::new(root.clone());
        for (id, text) in [(1, "Hei"), (1, "Hei"), (2, "Hopp")] {
            carrier.address(&envelope("kari@example.org")).await.unwrap();
            let outcome = carrier.hand_over(&message(id, text)).await;
            assert!(matches!(outcome, Outcome::Sent(_)), "{outcome:?}");
        }
        let mut mails: Vec<_> = files(&root.join("kari@example.org"))
            .iter()
            .inspect(|file| assert!(file.parent().unwrap().ends_with("new"), "{file:?}"))
            .map(|file| std::fs::read(file).unwrap())
            .collect();
        mails.sort();
        assert_eq!(mails, [message(1, "Hei"), message(2, "Hopp")]);
        fs::remove_dir_all(root).await.unwrap();
    }

    #[test]
    fn an_address_is_one_directory_of_its_own() {
        for (address, name) in [
            ("kari+g-7@example.org", "kari+g-7@example.org"),
            ("/etc/kari@example.org", "%2fetc%2fkari@example.org"),
            ("%2fetc%2fkari@example.org", "%252fetc%252fkari@example.org"),
        ] {
            assert_eq!(directory(&address.parse().unwrap()), name);
        }
    }

    #[tokio::test]
    async fn a_message_needs_an_address_and_safe_octets() {
        let root = root("safe").await;
        let mut carrier = MaildirCarrier::new(root.clone());
        assert!(matches!(carrier.hand_over(&message(1, "Hei")).await, Outcome::Deferred(_)));
        carrier.address(&envelope("kari@example.org")).await.unwrap();
        assert!(matches!(carrier.hand_over(b"Hei\n").await, Outcome::Failed(_)));
        assert!(files(&root.join("kari@example.org")).is_empty());
        fs::remove_dir_all(root).await.unwrap();
    }
}
