//! One connection to an SMTP server, from its greeting to QUIT.
//!
//! Invariant: nothing is said before everything heard so far has been read and understood, and no
//! login is sent unless the stream has TLS or ends on this machine (see `wire::stream`).

use std::io;

use anyhow::{Context as _, Result, bail, ensure};
use data_encoding::BASE64;
use memchr::memmem;
use tokio::io::{AsyncWriteExt, BufReader};
use tokio::time::{Instant, timeout};

use super::refusal::Stage;
use super::reply::Reply;
use super::{Deadlines, Duration};
use crate::wire::stream::{self, Stream};
use crate::wire::{Envelope, Login, Security, SmtpSettings, WITHHELD, oauth};

/// An open connection, logged in.
#[derive(Debug)]
pub(super) struct Session {
    io: BufReader<Stream>,
    deadlines: Deadlines,
    abilities: Abilities,
    /// The server takes what we say for the message's text.
    in_data: bool,
    /// How many mails it has taken.
    pub mails: u32,
    /// When it took the last one.
    pub used_at: Instant,
}

/// Why a stage ended early.
#[derive(Debug)]
pub(super) enum Stop {
    /// The server said no to this.
    Refused(Stage, Reply),
    /// The conversation can not go on.
    Lost(io::Error),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Lost(error)
    }
}

/// What the server offers, by its reply to EHLO, as far as we can use it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
struct Abilities {
    starttls: bool,
    pipelining: bool,
    mechanisms: Vec<String>,
}

impl Session {
    /// Connects, makes TLS and logs in, as the settings say.
    pub async fn open(settings: &SmtpSettings, deadlines: &Deadlines) -> Result<Self> {
        let hello = &settings.hello;
        let sayable = !hello.is_empty() && hello.bytes().all(|c| c.is_ascii_graphic());
        ensure!(sayable, "`{}` is not a name to greet with", hello.escape_debug());

        let stream = stream::connect(&settings.endpoint, deadlines.connect).await?;
        let mut session = Self {
            io: BufReader::new(stream),
            deadlines: *deadlines,
            abilities: Abilities::default(),
            in_data: false,
            mails: 0,
            used_at: Instant::now(),
        };
        let greeting = session.reply(deadlines.greeting).await.context("greeting")?;
        ensure!(greeting.code == 220, "the server greets with {greeting}");
        session.hello(hello).await?;
        if settings.endpoint.security == Security::StartTls {
            session = session.starttls(settings).await?;
            session.hello(hello).await?;
        }
        if let Some(login) = &settings.login {
            session.log_in(login).await?;
        }
        Ok(session)
    }

    async fn hello(&mut self, name: &str) -> Result<()> {
        let reply = self.ask(&format!("EHLO {name}")).await.context("EHLO")?;
        ensure!(reply.code == 250, "the server answers EHLO with {reply}");
        self.abilities = Abilities::of(&reply);
        Ok(())
    }

    /// RFC 3207. Where TLS is missing, somebody may have taken it away, so we go no further.
    async fn starttls(mut self, settings: &SmtpSettings) -> Result<Self> {
        ensure!(self.abilities.starttls, "the server offers no STARTTLS");
        let reply = self.ask("STARTTLS").await.context("STARTTLS")?;
        ensure!(reply.code == 220, "the server answers STARTTLS with {reply}");
        // Words put in after the reply would be taken for the server's own (CVE-2011-0411).
        ensure!(self.io.buffer().is_empty(), "the server speaks before TLS has begun");
        let mut stream = self.io.into_inner();
        stream.set_deadline(self.deadlines.connect);
        let io = BufReader::new(stream.into_tls(&settings.endpoint).await?);
        Ok(Self { io, ..self })
    }

    /// RFC 4954. No error here may hold what was sent.
    async fn log_in(&mut self, login: &Login) -> Result<()> {
        let can = |name: &str| self.abilities.mechanisms.iter().any(|offered| offered == name);
        let lines = match login {
            Login::Password { user, password } if can("PLAIN") => {
                let whole = !user.contains('\0') && !password.reveal().contains('\0');
                ensure!(whole, "a user name and a password can not hold NUL");
                let secret = format!("\0{user}\0{}", password.reveal());
                vec![format!("AUTH PLAIN {}", BASE64.encode(secret.as_bytes()))]
            }
            Login::Password { user, password } if can("LOGIN") => vec![
                "AUTH LOGIN".to_owned(),
                BASE64.encode(user.as_bytes()),
                BASE64.encode(password.reveal().as_bytes()),
            ],
            Login::XOAuth2 { user, command } if can("XOAUTH2") => {
                let token = oauth::access_token(command, self.deadlines.token).await?;
                let secret = format!("user={user}\x01auth=Bearer {}\x01\x01", token.reveal());
                vec![format!("AUTH XOAUTH2 {}", BASE64.encode(secret.as_bytes()))]
            }
            Login::Withheld { .. } => bail!(WITHHELD),
            Login::Password { .. } | Login::XOAuth2 { .. } => {
                let offered = self.abilities.mechanisms.join(" ");
                bail!("the server offers no login that we can use, but: {offered}")
            }
        };
        let last = lines.len().saturating_sub(1);
        for (number, line) in lines.iter().enumerate() {
            let reply = self.ask(line).await.context("AUTH")?;
            let wanted = if number == last { 235 } else { 334 };
            ensure!(reply.code == wanted, "the server refuses the login: {reply}");
        }
        Ok(())
    }

    /// MAIL, RCPT and DATA, in one write where the server allows it (RFC 2920). `Ok` means 354.
    pub async fn address(&mut self, envelope: &Envelope) -> Result<(), Stop> {
        let Deadlines { mail, rcpt, data, .. } = self.deadlines;
        // An `EmailAddress` has no character that could end the command or the path.
        let stages = [
            (Stage::Mail, format!("MAIL FROM:<{}>\r\n", envelope.from), mail, 200..=299),
            (Stage::Rcpt, format!("RCPT TO:<{}>\r\n", envelope.to), rcpt, 200..=299),
            (Stage::Message, "DATA\r\n".to_owned(), data, 354..=354),
        ];
        let pipelining = self.abilities.pipelining;
        if pipelining {
            self.say(&stages.each_ref().map(|(_, command, ..)| command.as_str()).concat()).await?;
        }
        let mut refused = None;
        for (stage, command, deadline, wanted) in stages {
            if !pipelining {
                self.say(&command).await?;
            }
            let reply = match (self.reply(deadline).await, &refused) {
                (Ok(reply), _) => reply,
                (Err(error), None) => return Err(Stop::Lost(error)),
                // Why it hung up was said before.
                (Err(_), Some(_)) => break,
            };
            self.in_data |= reply.code == 354;
            if refused.is_none() && !wanted.contains(&reply.code) {
                refused = Some((stage, reply));
                if !pipelining {
                    break;
                }
            }
        }
        refused.map_or(Ok(()), |(stage, reply)| Err(Stop::Refused(stage, reply)))
    }

    /// Writes the message with its final dot. `Err` means that the dot has not left in full: the
    /// stream reports success only for what it has accepted to the last octet.
    pub async fn hand_over(&mut self, message: &[u8]) -> io::Result<()> {
        self.heard_all()?;
        self.io.get_mut().set_deadline(self.deadlines.block);
        self.io.write_all(&stuffed(message)).await
    }

    /// The reply to the final dot.
    pub async fn verdict(&mut self) -> io::Result<Reply> {
        self.io.flush().await?;
        self.in_data = false;
        let reply = self.reply(self.deadlines.dot).await?;
        self.heard_all()?;
        Ok(reply)
    }

    /// Says QUIT where it can be understood, and hangs up.
    pub async fn leave(mut self) {
        if self.in_data {
            return;
        }
        self.deadlines.command = self.deadlines.quit;
        // What comes back changes nothing, and neither does silence.
        drop(timeout(self.deadlines.quit, self.ask("QUIT")).await);
    }

    async fn ask(&mut self, command: &str) -> io::Result<Reply> {
        self.say(&format!("{command}\r\n")).await?;
        self.reply(self.deadlines.command).await
    }

    async fn say(&mut self, commands: &str) -> io::Result<()> {
        self.heard_all()?;
        self.io.get_mut().set_deadline(self.deadlines.block);
        self.io.write_all(commands.as_bytes()).await?;
        self.io.flush().await
    }

    async fn reply(&mut self, deadline: Duration) -> io::Result<Reply> {
        self.io.get_mut().set_deadline(deadline);
        Reply::read(&mut self.io).await
    }

    /// A reply that answers nothing would be taken for the answer to what comes next.
    fn heard_all(&self) -> io::Result<()> {
        if self.io.buffer().is_empty() {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::InvalidData, "the server speaks out of turn"))
    }
}

impl Abilities {
    fn of(reply: &Reply) -> Self {
        let mut abilities = Self::default();
        for line in reply.lines.iter().skip(1).map(|line| line.to_ascii_uppercase()) {
            // `AUTH=` is how servers said it before RFC 2554.
            let mut words = line.split([' ', '=']).filter(|word| !word.is_empty());
            match words.next() {
                Some("STARTTLS") => abilities.starttls = true,
                Some("PIPELINING") => abilities.pipelining = true,
                Some("AUTH") => abilities.mechanisms.extend(words.map(str::to_owned)),
                _ => {}
            }
        }
        abilities
    }
}

/// The message with a dot before each dot that begins a line, and its end (RFC 5321 4.5.2). The
/// message's lines end in CRLF, as the carrier has made sure.
fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(message.len() + message.len() / 50 + 8);
    if message.starts_with(b".") {
        wire.push(b'.');
    }
    let mut rest = message;
    while let Some((line, more)) =
        memmem::find(rest, b"\n.").and_then(|at| rest.split_at_checked(at + 1))
    {
        wire.extend_from_slice(line);
        wire.push(b'.');
        rest = more;
    }
    wire.extend_from_slice(rest);
    wire.extend_from_slice(b".\r\n");
    wire
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dot_that_begins_a_line_is_doubled_and_the_end_is_marked() {
        for (message, wire) in [
            ("a\r\n", "a\r\n.\r\n"),
            (".\r\n", "..\r\n.\r\n"),
            ("..\r\n...\r\n", "...\r\n....\r\n.\r\n"),
            ("a\r\n.\r\n.b.\r\n", "a\r\n..\r\n..b.\r\n.\r\n"),
        ] {
            assert_eq!(String::from_utf8(stuffed(message.as_bytes())).unwrap(), wire);
        }
    }

    #[test]
    fn abilities_are_read_in_any_case_and_in_the_old_form() {
        let lines = ["mail.example starttls", "pipelining", "auth=login Plain", "", " ", "SIZE 10"];
        let reply = Reply { code: 250, lines: lines.map(str::to_owned).to_vec() };
        let abilities = Abilities::of(&reply);
        assert!(abilities.pipelining);
        assert!(!abilities.starttls, "the first line is the server's name");
        assert_eq!(abilities.mechanisms, ["LOGIN", "PLAIN"]);
    }
}
