//! Where mail comes from: the same four verbs for a mailbox and a Maildir.
//!
//! Fetching is a loop over them: open; then batch, commit, mark until nothing more waits; then
//! wait. Whatever fails ends the source; open it again after a [`Backoff`](super::imap::Backoff).

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::{Batch, Cursor, ImapSettings, Place, Wake, imap, maildir};

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceSettings {
    /// A mailbox.
    Imap(ImapSettings),
    /// A directory on this machine.
    Maildir {
        /// The directory with `new`, `cur` and `tmp`.
        dir: PathBuf,
        /// How often to look.
        poll: Duration,
    },
}

impl SourceSettings {
    /// How often it is looked at, where nothing tells of news.
    pub fn poll(&self) -> Duration {
        match self {
            Self::Imap(settings) => settings.poll,
            Self::Maildir { poll, .. } => *poll,
        }
    }
}

/// An open source.
#[derive(Debug)]
pub enum Source {
    /// A mailbox.
    Imap(Box<imap::Session>),
    /// A directory on this machine.
    Maildir {
        /// The directory with `new`, `cur` and `tmp`.
        dir: PathBuf,
        /// How often to look.
        poll: Duration,
    },
}

impl Source {
    /// Opens it.
    pub async fn open(settings: &SourceSettings) -> Result<Self> {
        Ok(match settings {
            SourceSettings::Imap(settings) => Self::Imap(Box::new(imap::open(settings).await?)),
            SourceSettings::Maildir { dir, poll } => {
                let (dir, poll) = (dir.clone(), *poll);
                maildir::make(&dir).with_context(|| format!("make {}", maildir::mailbox(&dir)))?;
                Self::Maildir { dir, poll }
            }
        })
    }

    /// Its name in the database.
    pub fn name(&self) -> String {
        match self {
            Self::Imap(session) => session.mailbox().to_owned(),
            Self::Maildir { dir, .. } => maildir::mailbox(dir),
        }
    }

    /// Reads the next mails after the cursor, at most `limit`.
    pub async fn batch(&mut self, after: Cursor, limit: usize) -> Result<Batch> {
        match self {
            Self::Imap(session) => session.batch(after, limit).await,
            Self::Maildir { dir, .. } => {
                let (dir, name) = (dir.clone(), maildir::mailbox(dir));
                let mails = spawn_blocking(move || maildir::scan(&dir, limit)).await?;
                let mails = mails.with_context(|| format!("read {name}"))?;
                // Whether more wait is found out by looking again once these are marked.
                Ok(Batch { more: !mails.is_empty(), mails, ..Batch::default() })
            }
        }
    }

    /// Marks mails that are safely in our inbox table.
    pub async fn mark(&mut self, places: &[Place]) -> Result<()> {
        match self {
            Self::Imap(session) => {
                let uids: Vec<u32> = places.iter().map(|place| place.uid).collect();
                session.mark(&uids).await
            }
            Self::Maildir { dir, .. } => {
                let (dir, name) = (dir.clone(), maildir::mailbox(dir));
                let files: Vec<String> = places.iter().map(|place| place.file.clone()).collect();
                let marked = spawn_blocking(move || {
                    files.iter().try_for_each(|file| maildir::mark(&dir, file))
                });
                marked.await?.with_context(|| format!("mark mails in {name}"))
            }
        }
    }

    /// Waits for news, or until it is time to look, or until `stop` is ready.
    pub async fn wait(&mut self, stop: impl Future<Output = ()>) -> Result<Wake> {
        match self {
            Self::Imap(session) => session.wait(stop).await,
            Self::Maildir { poll, .. } => Ok(tokio::select! {
                biased;
                () = stop => Wake::Stopped,
                () = sleep(*poll) => Wake::Time,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_maildir_is_read_until_nothing_waits() {
        let dir = std::env::temp_dir().join(format!("langbord-source-{}", std::process::id()));
        let settings = SourceSettings::Maildir { dir: dir.clone(), poll: Duration::from_millis(1) };
        let mut source = Source::open(&settings).await.unwrap();
        for number in 0..3 {
            std::fs::write(dir.join(format!("new/{number}.x.host")), number.to_string()).unwrap();
        }
        let mut read = Vec::new();
        loop {
            let batch = source.batch(Cursor::default(), 2).await.unwrap();
            let places: Vec<Place> = batch.mails.iter().map(|mail| mail.place.clone()).collect();
            source.mark(&places).await.unwrap();
            read.extend(batch.mails.into_iter().map(|mail| mail.raw));
            if !batch.more {
                break;
            }
        }
        assert_eq!(read, [b"0", b"1", b"2"]);
        assert_eq!(source.wait(std::future::pending()).await.unwrap(), Wake::Time);
        assert_eq!(source.wait(std::future::ready(())).await.unwrap(), Wake::Stopped);
        std::fs::remove_dir_all(dir).unwrap();
    }
}
