//! Showing people in the mailbox which mails we have. It happens last and is never read back.

use anyhow::{Result, bail};
use async_imap::imap_proto::rfc4315::UidSetMember;
use async_imap::imap_proto::{Response, ResponseCode};

use super::Session;
use super::conversation::Failure;
use super::syntax::{folder, uid_set};
use crate::wire::Mark;

/// A command line of some kilobytes; servers stop reading at eight and more.
const AT_ONCE: usize = 500;

impl Session {
    /// Marks mails that are safely in our inbox table. UIDs may be given in any order; those that
    /// people have taken away meanwhile are no error.
    pub async fn mark(&mut self, uids: &[u32]) -> Result<()> {
        let mut uids = uids.to_vec();
        uids.sort_unstable();
        uids.dedup();
        for some in uids.chunks(AT_ONCE) {
            match &self.settings.mark.clone() {
                Mark::Move(name) if self.abilities.has("MOVE") => {
                    self.transfer("UID MOVE", some, &folder(name)?, |_| {}).await?;
                }
                Mark::Move(name) if self.abilities.has("UIDPLUS") => {
                    self.copy_and_delete(some, &folder(name)?).await?;
                }
                // Without UIDPLUS there is no proof of a copy, and EXPUNGE would take mails that
                // others have marked. The mail stays, and people see that we have it.
                Mark::Flag | Mark::Move(_) => self.flag(some, "\\Seen").await?,
            }
        }
        Ok(())
    }

    /// Does a command about mails of which some may just have been deleted: servers refuse that
    /// once (RFC 2180 4.1), until a NOOP has let them tell us.
    pub(super) async fn settled(
        &mut self,
        command: &str,
        mut hear: impl FnMut(&Response<'_>),
    ) -> Result<(), Failure> {
        match self.conversation.command(command, &mut hear).await {
            Err(Failure::Refused(_)) => {}
            done => return done,
        }
        self.conversation.command("NOOP", |_| {}).await?;
        self.conversation.command(command, hear).await
    }

    async fn flag(&mut self, uids: &[u32], flag: &str) -> Result<(), Failure> {
        let command = format!("UID STORE {} +FLAGS.SILENT ({flag})", uid_set(uids));
        self.settled(&command, |_| {}).await
    }

    async fn transfer(
        &mut self,
        verb: &str,
        uids: &[u32],
        folder: &str,
        mut hear: impl FnMut(&Response<'_>),
    ) -> Result<(), Failure> {
        let command = format!("{verb} {} {folder}", uid_set(uids));
        match self.conversation.command(&command, &mut hear).await {
            Err(Failure::Refused(_)) => {}
            done => return done,
        }
        // The folder is missing, or mails are. Where CREATE is refused it exists, or the second
        // attempt says why not.
        match self.conversation.command(&format!("CREATE {folder}"), |_| {}).await {
            Ok(()) | Err(Failure::Refused(_)) => {}
            lost => return lost,
        }
        self.settled(&command, hear).await
    }

    /// MOVE for servers without it: only what the server says that it has copied is deleted.
    async fn copy_and_delete(&mut self, uids: &[u32], folder: &str) -> Result<()> {
        let mut copied: Vec<u32> = Vec::new();
        let hear = |response: &Response<'_>| copied.extend(copied_in(response, uids));
        self.transfer("UID COPY", uids, folder, hear).await?;
        copied.sort_unstable();
        copied.dedup();
        if copied.is_empty() {
            bail!("the server copied mails to {folder} without saying which: they stay");
        }
        self.flag(&copied, "\\Deleted").await?;
        let expunge = format!("UID EXPUNGE {}", uid_set(&copied));
        Ok(self.conversation.command(&expunge, |_| {}).await?)
    }
}

/// The UIDs of COPYUID's first set (RFC 4315), as far as they are among those we asked for.
fn copied_in(response: &Response<'_>, asked: &[u32]) -> Vec<u32> {
    let (Response::Done { outcome, .. } | Response::Data { outcome, .. }) = response else {
        return Vec::new();
    };
    let Some(ResponseCode::CopyUid(_, sources, _)) = &outcome.code else { return Vec::new() };
    let within = |uid: u32| {
        sources.iter().any(|member| match member {
            UidSetMember::Uid(one) => *one == uid,
            UidSetMember::UidRange(range) => range.contains(&uid),
        })
    };
    asked.iter().copied().filter(|uid| within(*uid)).collect()
}
