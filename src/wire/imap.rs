//! Mail in by IMAP (RFC 3501, 9051; IDLE 2177, UIDPLUS 4315, MOVE 6851).
//!
//! The mailbox is the redo log, our inbox table is the truth: a mail is fetched by its UID above a
//! cursor, and what people do with flags in the same mailbox decides nothing. Only numbers,
//! constants and configured names stand in commands, and ENVELOPE and BODYSTRUCTURE are never
//! asked for, because one odd mail in them makes a whole answer unreadable (bichon#318).
//!
//! Invariant: the cursor never moves over a mail that was neither delivered, nor gone, nor
//! reported as unreadable.

mod backoff;
mod conversation;
mod fetch;
mod guard;
mod list;
mod login;
mod mark;
mod syntax;

use std::collections::BTreeSet;
use std::pin::pin;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use async_imap::imap_proto::{Capability, RequestId, Response};
use tokio::time::sleep;

pub use self::backoff::Backoff;
use self::conversation::{Conversation, Failure};
use self::list::Listing;
pub use self::login::LoginRefused;
use super::{Batch, Cursor, ImapSettings, Security, Wake, stream};

/// In one batch. Enough to find one bad mail among some hundred; more would be a storm of logins.
const MOST_REOPENINGS: u32 = 12;

/// How long a server may be silent. Tests are less patient than the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// In a command.
    pub command: Duration,
    /// After DONE, which every server can answer at once.
    pub done: Duration,
    /// In IDLE before we look ourselves. RFC 2177 allows 29 minutes, but a line that has died
    /// unnoticed, behind a NAT or in a sleeping laptop, should not delay a mail for so long.
    pub idle: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            command: Duration::from_mins(1),
            done: Duration::from_secs(15),
            idle: Duration::from_mins(5),
        }
    }
}

/// An open mailbox.
#[derive(Debug)]
pub struct Session {
    settings: ImapSettings,
    patience: Patience,
    conversation: Conversation,
    abilities: Abilities,
    mailbox: String,
    uid_validity: u32,
    uid_next: u32,
    listing: Listing,
    reopenings: u32,
}

/// Connects, logs in and selects the mailbox. A refused login is a [`LoginRefused`].
pub async fn open(settings: &ImapSettings) -> Result<Session> {
    open_with(settings, Patience::default()).await
}

/// The same with another patience.
pub async fn open_with(settings: &ImapSettings, patience: Patience) -> Result<Session> {
    let endpoint = &settings.endpoint;
    let stream = stream::connect(endpoint, patience.command).await?;
    let mut client = login::greeted(stream).await?;
    if endpoint.security == Security::StartTls {
        client = login::start_tls(client, endpoint).await.context("STARTTLS")?;
    }
    let mut conversation = Conversation::new(login::log_in(client, &settings.login).await?);
    // A server may offer more to those it knows.
    let mut abilities = Abilities::default();
    conversation.command("CAPABILITY", |response| abilities.learn(response)).await?;
    let select = format!("SELECT {}", syntax::folder(&settings.mailbox)?);
    let selected = conversation.command(&select, |_| {}).await;
    selected.with_context(|| format!("select mailbox `{}`", settings.mailbox))?;
    let uid_validity = conversation.news.uid_validity.context("the server tells no UIDVALIDITY")?;
    Ok(Session {
        mailbox: settings.place(),
        settings: settings.clone(),
        patience,
        abilities,
        uid_validity,
        // Unknown in very old servers; then a mailbox that was put back is not noticed by it.
        uid_next: conversation.news.uid_next.unwrap_or(u32::MAX),
        conversation,
        listing: Listing::default(),
        reopenings: 0,
    })
}

impl Session {
    /// Its name in the database: account, host and mailbox.
    pub fn mailbox(&self) -> &str {
        &self.mailbox
    }

    /// Reads the next mails after the cursor: at most `limit`, and about [`LARGEST_BATCH`] octets.
    ///
    /// [`LARGEST_BATCH`]: super::LARGEST_BATCH
    pub async fn batch(&mut self, after: Cursor, limit: usize) -> Result<Batch> {
        ensure!(
            self.conversation.news.uid_validity == Some(self.uid_validity),
            "the mailbox was renumbered while it was open"
        );
        self.reopenings = 0;
        let known = after.uid_validity == self.uid_validity && after.uid < self.uid_next;
        let from = if known { after.uid } else { 0 };
        let mut batch = fetch::next(self, from, limit).await?;
        batch.rescan = !known && after != Cursor::default();
        Ok(batch)
    }

    /// Waits for news by IDLE, or where there is none until it is time to look. Returns at the
    /// latest after [`Patience::idle`], because some servers have an IDLE that never tells.
    pub async fn wait(&mut self, stop: impl Future<Output = ()>) -> Result<Wake> {
        let mut stop = pin!(stop);
        // Told in the answer to another command, it will not be told again in IDLE.
        if self.conversation.news.mail {
            return Ok(Wake::Mail);
        }
        let Some(tag) = self.begin_idle().await? else {
            tokio::select! {
                biased;
                () = &mut stop => return Ok(Wake::Stopped),
                () = sleep(self.settings.poll) => {}
            }
            // Some servers, Dovecot too, tell FETCH of new mails only after such an occasion.
            self.conversation.command("NOOP", |_| {}).await?;
            return Ok(Wake::Time);
        };
        let mut time = pin!(sleep(self.patience.idle));
        self.conversation.set_deadline(self.patience.idle.saturating_mul(2));
        let wake = loop {
            tokio::select! {
                biased;
                () = &mut stop => break Wake::Stopped,
                () = &mut time => break Wake::Time,
                told = self.conversation.overhear() => told?,
            }
            if self.conversation.news.mail {
                break Wake::Mail;
            }
        };
        self.end_idle(&tag).await?;
        Ok(wake)
    }

    /// Takes leave.
    pub async fn close(mut self) {
        self.conversation.set_deadline(self.patience.done);
        // The session is over either way.
        if let Err(failure) = self.conversation.command("LOGOUT", |_| {}).await {
            tracing::trace!(%failure, "left the mailbox");
        }
    }

    async fn begin_idle(&mut self) -> Result<Option<RequestId>, Failure> {
        if !self.abilities.has("IDLE") {
            return Ok(None);
        }
        let tag = self.conversation.say("IDLE").await?;
        match self.conversation.wants_more(&tag).await {
            Ok(true) => return Ok(Some(tag)),
            Ok(false) | Err(Failure::Refused(_)) => {}
            Err(failure) => return Err(failure),
        }
        self.abilities.forget("IDLE");
        Ok(None)
    }

    async fn end_idle(&mut self, tag: &RequestId) -> Result<(), Failure> {
        self.conversation.set_deadline(self.patience.done);
        self.conversation.add("DONE").await?;
        self.conversation.finish(tag, |_| {}).await?;
        self.conversation.set_deadline(self.patience.command);
        // Proves the line, and some servers tell of mail only now.
        self.conversation.command("NOOP", |_| {}).await
    }

    /// Goes on over a new connection, after an answer that can't be read to its end.
    async fn reopen(&mut self, failure: Failure) -> Result<()> {
        if self.reopenings >= MOST_REOPENINGS {
            return Err(failure.into());
        }
        self.reopenings = self.reopenings.saturating_add(1);
        let fresh = open_with(&self.settings, self.patience).await?;
        ensure!(fresh.uid_validity == self.uid_validity, "the mailbox was renumbered meanwhile");
        self.conversation = fresh.conversation;
        Ok(())
    }
}

/// What the server says that it can do.
#[derive(Debug, Default)]
struct Abilities(BTreeSet<String>);

impl Abilities {
    fn learn(&mut self, response: &Response<'_>) {
        if let Response::Capabilities(list) = response {
            self.0 = list.iter().map(ability).collect();
        }
    }

    fn has(&self, ability: &str) -> bool {
        self.0.contains(ability)
    }

    fn forget(&mut self, ability: &str) {
        self.0.remove(ability);
    }
}

fn ability(capability: &Capability<'_>) -> String {
    match capability {
        Capability::Imap4rev1 => "IMAP4REV1".to_owned(),
        Capability::Auth(mechanism) => format!("AUTH={}", mechanism.to_ascii_uppercase()),
        Capability::Atom(atom) => atom.to_ascii_uppercase(),
    }
}
