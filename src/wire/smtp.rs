//! Mail out by SMTP (RFC 5321), stage by stage, one recipient a mail.
//!
//! A [`Smtp`] holds at most one connection. While a stage runs, the connection belongs to that
//! stage alone and comes back only when the server and we agree on where we are; so a stage that
//! fails or is given up takes its connection with it, and no reply is ever read as the answer to
//! another mail.
//!
//! Invariant: `Sent` is the reply 250 to the final dot of this very message, and nothing else is.

mod refusal;
mod reply;
mod session;

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::{Carrier, Envelope, Outcome, SmtpSettings};
use crate::mail::compose::wire_safe;
use refusal::{Stage, refusal};
use reply::Reply;
use session::{Session, Stop};

/// A connection rests no longer than this. Servers drop idle clients, some without a word.
const REST: Duration = Duration::from_secs(30);

/// A connection carries no more mails than this: many servers count them.
const MAILS_A_CONNECTION: u32 = 100;

/// How long each stage may wait for the server's next octet (RFC 5321 4.5.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// TCP and TLS.
    pub connect: Duration,
    /// The first reply.
    pub greeting: Duration,
    /// EHLO, STARTTLS and AUTH.
    pub command: Duration,
    /// MAIL.
    pub mail: Duration,
    /// RCPT.
    pub rcpt: Duration,
    /// DATA, up to 354.
    pub data: Duration,
    /// A block of the message.
    pub block: Duration,
    /// The reply to the final dot.
    pub dot: Duration,
    /// QUIT, which is only good manners.
    pub quit: Duration,
    /// The program that prints a token.
    pub token: Duration,
    /// Everything up to 354, the message, or the last reply, each as a whole: against a server
    /// that sends an octet a minute.
    pub stage: Duration,
}

impl Default for Deadlines {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Self {
            connect: Duration::from_secs(30),
            greeting: minutes(5),
            command: minutes(5),
            mail: minutes(5),
            rcpt: minutes(5),
            data: minutes(2),
            block: minutes(3),
            dot: minutes(10),
            quit: Duration::from_secs(2),
            token: Duration::from_secs(30),
            stage: minutes(15),
        }
    }
}

/// A carrier that speaks SMTP to one server.
#[derive(Debug)]
pub struct Smtp {
    settings: SmtpSettings,
    deadlines: Deadlines,
    resting: Option<Session>,
    addressed: Option<Session>,
}

impl Smtp {
    /// A carrier without a connection yet.
    pub fn new(settings: SmtpSettings) -> Self {
        Self::with_deadlines(settings, Deadlines::default())
    }

    /// The same with other deadlines.
    pub fn with_deadlines(settings: SmtpSettings, deadlines: Deadlines) -> Self {
        Self { settings, deadlines, resting: None, addressed: None }
    }

    /// Connects, logs in and leaves: for an operator who asks whether it would work.
    pub async fn check(&self) -> Result<(), String> {
        let session = Session::open(&self.settings, &self.deadlines).await;
        session.map_err(|error| format!("{error:#}"))?.leave().await;
        Ok(())
    }

    /// Leaves the server, when there is nothing more to send for now.
    pub async fn close(&mut self) {
        self.addressed = None;
        if let Some(session) = self.resting.take() {
            session.leave().await;
        }
    }

    /// A session in which the server waits for the message.
    async fn begin(&self, resting: Option<Session>, to: &Envelope) -> Result<Session, Outcome> {
        if let Some(mut session) = resting {
            if session.used_at.elapsed() >= REST || session.mails >= MAILS_A_CONNECTION {
                session.leave().await;
            } else {
                match session.address(to).await {
                    Ok(()) => return Ok(session),
                    // It grew tired of us while we rested. That says nothing about this mail.
                    Err(Stop::Lost(_)) => {}
                    Err(Stop::Refused(_, reply)) if reply.code == 421 => {}
                    Err(stop) => return Err(give_up(session, stop).await),
                }
            }
        }
        // Whatever the server says before MAIL is about us and our configuration, never about this
        // mail, so it can not fail it.
        let mut session = Session::open(&self.settings, &self.deadlines)
            .await
            .map_err(|error| Outcome::Deferred(format!("{error:#}")))?;
        match session.address(to).await {
            Ok(()) => Ok(session),
            Err(stop) => Err(give_up(session, stop).await),
        }
    }
}

impl Carrier for Smtp {
    async fn address(&mut self, envelope: &Envelope) -> Result<(), Outcome> {
        self.addressed = None;
        let resting = self.resting.take();
        let begun = timeout(self.deadlines.stage, self.begin(resting, envelope)).await;
        let late = |_| Outcome::Deferred("the server is too slow".to_owned());
        self.addressed = Some(begun.map_err(late)??);
        Ok(())
    }

    fn abandon(&mut self) {
        // Closing is the only way out of DATA that sends nothing (RFC 5321 4.1.1.4).
        self.addressed = None;
    }

    async fn hand_over(&mut self, message: &[u8]) -> Outcome {
        let Some(mut session) = self.addressed.take() else {
            return Outcome::Deferred("no server waits for this message".to_owned());
        };
        if let Err(why) = wire_safe(message) {
            return Outcome::Failed(format!("the message may not leave: {why}"));
        }
        match timeout(self.deadlines.stage, session.hand_over(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Outcome::Deferred(format!("before the final dot: {error}")),
            Err(_) => return Outcome::Deferred("the server takes the message too slowly".into()),
        }
        match timeout(self.deadlines.stage, session.verdict()).await {
            Ok(Ok(reply)) => self.settle(session, &reply).await,
            Ok(Err(error)) => Outcome::Doubtful(format!("after the final dot: {error}")),
            Err(_) => Outcome::Doubtful("the server is too slow after the final dot".to_owned()),
        }
    }
}

impl Smtp {
    /// Reads the verdict on a message. Only after a clean yes do the server and we surely agree on
    /// where the conversation stands.
    async fn settle(&mut self, mut session: Session, reply: &Reply) -> Outcome {
        match reply.code {
            250 => {
                session.mails += 1;
                session.used_at = Instant::now();
                self.resting = Some(session);
                Outcome::Sent(reply.to_string())
            }
            400..=599 => {
                session.leave().await;
                refusal(Stage::Message, reply)
            }
            _ => Outcome::Doubtful(format!("an odd reply to the final dot: {reply}")),
        }
    }
}

async fn give_up(session: Session, stop: Stop) -> Outcome {
    match stop {
        Stop::Refused(stage, reply) => {
            session.leave().await;
            refusal(stage, &reply)
        }
        Stop::Lost(error) => Outcome::Deferred(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
