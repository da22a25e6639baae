//! Reading a mailbox: a real Dovecot for truth, a dishonest server for cruelty.

mod client;
mod cruelty;
mod ruins;
mod truth;

use std::collections::BTreeMap;

use langbord::wire::imap::Session;
use langbord::wire::{Batch, Cursor};

fn mail(number: usize) -> Vec<u8> {
    format!("From: guest{number}@example.org\r\nSubject: mail {number}\r\n\r\nYes!\r\n")
        .into_bytes()
}

fn mails(count: usize) -> Vec<Vec<u8>> {
    (0..count).map(mail).collect()
}

fn raws(batch: &Batch) -> Vec<Vec<u8>> {
    batch.mails.iter().map(|mail| mail.raw.clone()).collect()
}

/// What a fetching daemon has in its table, by content.
#[derive(Debug, Default)]
struct Table {
    cursor: Cursor,
    times_seen: BTreeMap<Vec<u8>, usize>,
    unreadable: Vec<u32>,
    rescans: usize,
}

impl Table {
    /// Reads until nothing waits, and marks. What was committed before an error stays.
    async fn read(&mut self, session: &mut Session, limit: usize) -> anyhow::Result<()> {
        loop {
            let batch = session.batch(self.cursor, limit).await?;
            for mail in &batch.mails {
                *self.times_seen.entry(mail.raw.clone()).or_default() += 1;
            }
            self.cursor = batch.cursor;
            self.unreadable.extend(&batch.unreadable);
            self.rescans += usize::from(batch.rescan);
            let uids: Vec<u32> = batch.mails.iter().map(|mail| mail.place.uid).collect();
            session.mark(&uids).await?;
            if !batch.more {
                return Ok(());
            }
        }
    }

    fn raws(&self) -> Vec<Vec<u8>> {
        self.times_seen.keys().cloned().collect()
    }
}
