//! Where mail goes: a server or folders, behind the same two stages.

use std::path::PathBuf;

use super::maildir_out::MaildirCarrier;
use super::smtp::Smtp;
use super::{Carrier, Envelope, Outcome, SmtpSettings};

/// What takes our mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OutletSettings {
    /// A server.
    Smtp(SmtpSettings),
    /// A Maildir for each recipient below this folder.
    Maildir(PathBuf),
}

/// A way out.
#[derive(Debug)]
pub enum Outlet {
    /// A server.
    Smtp(Box<Smtp>),
    /// Maildirs.
    Maildir(MaildirCarrier),
}

impl Outlet {
    /// A way out that is not open yet; it opens with the first mail.
    pub fn new(settings: &OutletSettings) -> Self {
        match settings {
            OutletSettings::Smtp(settings) => Self::Smtp(Box::new(Smtp::new(settings.clone()))),
            OutletSettings::Maildir(root) => Self::Maildir(MaildirCarrier::new(root.clone())),
        }
    }

    /// Says goodbye to the server, when there is nothing more to send for now.
    pub async fn close(&mut self) {
        match self {
            Self::Smtp(smtp) => smtp.close().await,
            Self::Maildir(_) => {}
        }
    }
}

impl Carrier for Outlet {
    async fn address(&mut self, envelope: &Envelope) -> Result<(), Outcome> {
        match self {
            Self::Smtp(smtp) => smtp.address(envelope).await,
            Self::Maildir(maildir) => maildir.address(envelope).await,
        }
    }

    fn abandon(&mut self) {
        match self {
            Self::Smtp(smtp) => smtp.abandon(),
            Self::Maildir(maildir) => maildir.abandon(),
        }
    }

    async fn hand_over(&mut self, message: &[u8]) -> Outcome {
        match self {
            Self::Smtp(smtp) => smtp.hand_over(message).await,
            Self::Maildir(maildir) => maildir.hand_over(message).await,
        }
    }
}
