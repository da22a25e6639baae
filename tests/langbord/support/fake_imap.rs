//! An IMAP server that does what it is told, also what no server should do. Threads rather than
//! tasks, so that it goes on while a test blocks.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Lines, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use data_encoding::BASE64;
use langbord::secret::Secret;
use langbord::wire::imap::Patience;
use langbord::wire::{Endpoint, ImapSettings, Login, Mark, Security};

/// What goes wrong with one command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Nothing.
    None,
    /// So many responses, and the connection is closed.
    Cut(usize),
    /// So many octets of the answer, and the connection is closed.
    CutAt(usize),
    /// Octets of the answer are changed, lost and doubled as this number has it.
    Noise(u64),
    /// So many responses, and a tagged line that begins so.
    Refuse(usize, &'static str),
    /// Nothing is ever answered.
    Silence,
    /// The response about this UID is these octets instead.
    Ruin(u32, &'static str),
}

/// What the server holds and has heard.
#[derive(Debug)]
pub struct State {
    /// UIDVALIDITY.
    pub uid_validity: u32,
    /// UIDNEXT as it is told.
    pub uid_next: u32,
    /// The mails by UID.
    pub mails: BTreeMap<u32, Vec<u8>>,
    /// The capabilities that are told.
    pub abilities: &'static str,
    /// The password, or access token, that it accepts.
    pub password: &'static str,
    /// Every command without its tag.
    pub heard: Vec<String>,
    /// How many connections there have been.
    pub connections: usize,
}

/// Decides by the number of the connection, from 1, and the command.
type Script = Arc<dyn Fn(usize, &str) -> Fault + Send + Sync>;

/// The server. Its threads end with the connections, and with the test's process.
#[derive(Debug)]
pub struct FakeImap {
    port: u16,
    state: Arc<Mutex<State>>,
}

impl FakeImap {
    /// Starts it with mails of UID 1 and up, and the faults of a script.
    pub fn start(
        mails: Vec<Vec<u8>>,
        script: impl Fn(usize, &str) -> Fault + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let mails: BTreeMap<u32, Vec<u8>> = (1..).zip(mails).collect();
        let state = Arc::new(Mutex::new(State {
            uid_validity: 7,
            uid_next: u32::try_from(mails.len()).unwrap() + 1,
            mails,
            abilities: "IMAP4rev1 IDLE MOVE UIDPLUS",
            password: "secret",
            heard: Vec::new(),
            connections: 0,
        }));
        let script: Script = Arc::new(script);
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (state, script) = (Arc::clone(&shared), Arc::clone(&script));
                // That a client hangs up is its right.
                thread::spawn(move || drop(serve(stream.unwrap(), &state, &script)));
            }
        });
        Self { port, state }
    }

    /// What it holds and has heard, to look at and to change.
    pub fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// How Langbord reads its mailbox.
    pub fn settings(&self) -> ImapSettings {
        ImapSettings {
            endpoint: Endpoint {
                host: "127.0.0.1".to_owned(),
                port: self.port,
                security: Security::Plain,
                ca_file: None,
            },
            login: Login::Password {
                user: "bord".to_owned(),
                password: Secret::new("secret".to_owned()),
            },
            mailbox: "INBOX".to_owned(),
            mark: Mark::Flag,
            poll: Duration::from_millis(50),
        }
    }
}

/// Little of it.
pub const IMPATIENT: Patience = Patience {
    command: Duration::from_millis(400),
    done: Duration::from_millis(400),
    idle: Duration::from_secs(30),
};

impl State {
    fn accepts(&self, xoauth2: &str) -> bool {
        let expected = format!("user=bord\x01auth=Bearer {}\x01\x01", self.password);
        BASE64.encode(expected.as_bytes()) == xoauth2
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap()
}

/// One connection.
struct Peer<'a> {
    stream: TcpStream,
    lines: Lines<BufReader<TcpStream>>,
    state: &'a Mutex<State>,
}

fn serve(stream: TcpStream, state: &Mutex<State>, script: &Script) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let lines = BufReader::new(stream.try_clone()?).lines();
    let mut peer = Peer { stream, lines, state };
    let connection = {
        let mut state = lock(state);
        state.connections += 1;
        state.connections
    };
    peer.say("* OK ready {12}")?;
    while let Some(line) = peer.hear()? {
        let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
        lock(state).heard.push(command.to_owned());
        let fault = script(connection, command);
        if fault == Fault::Silence {
            continue;
        }
        let (responses, mut done) = answer(command, &mut lock(state));
        let asks = command == "IDLE" || command.starts_with("AUTHENTICATE");
        if asks && !matches!(fault, Fault::Refuse(..)) {
            let Some(more) = peer.ask(command, &fault)? else { return Ok(()) };
            if script(connection, &more) == Fault::Silence {
                continue;
            }
            if command == "AUTHENTICATE XOAUTH2" && !lock(state).accepts(&more) {
                peer.explain()?;
                "NO [AUTHENTICATIONFAILED] invalid token".clone_into(&mut done);
            }
        }
        peer.stream.write_all(&spoil(responses, &fault, &format!("{tag} {done}\r\n")))?;
        if matches!(fault, Fault::Cut(_) | Fault::CutAt(_)) {
            return Ok(());
        }
    }
    Ok(())
}

impl Peer<'_> {
    fn hear(&mut self) -> io::Result<Option<String>> {
        self.lines.next().transpose()
    }

    fn say(&mut self, line: &str) -> io::Result<()> {
        self.stream.write_all(format!("{line}\r\n").as_bytes())
    }

    /// Asks the client to go on, unless that is the moment to hang up.
    fn ask(&mut self, command: &str, fault: &Fault) -> io::Result<Option<String>> {
        self.say("+ ")?;
        if command == "IDLE" {
            let count = lock(self.state).mails.len();
            self.say(&format!("* OK hello\r\n* {count} EXISTS"))?;
        }
        if *fault == Fault::Cut(0) {
            return Ok(None);
        }
        let more = self.hear()?;
        lock(self.state).heard.extend(more.clone());
        Ok(more)
    }

    /// Tells why a token is refused, as Google does; the client has to say that it has heard it.
    fn explain(&mut self) -> io::Result<()> {
        self.say("+ eyJzdGF0dXMiOiI0MDAifQ==")?;
        let heard = self.hear()?;
        lock(self.state).heard.extend(heard);
        Ok(())
    }
}

/// The octets of an answer with its fault.
fn spoil(mut responses: Vec<Vec<u8>>, fault: &Fault, done: &str) -> Vec<u8> {
    let whole = |responses: Vec<Vec<u8>>| [responses.concat(), done.into()].concat();
    match fault {
        Fault::None | Fault::Silence => whole(responses),
        Fault::Cut(after) => {
            responses.truncate(*after);
            responses.concat()
        }
        Fault::CutAt(end) => {
            let mut octets = whole(responses);
            octets.truncate(*end);
            octets
        }
        Fault::Noise(seed) => {
            let mut octets = whole(responses);
            make_noise(&mut octets, *seed);
            octets
        }
        Fault::Refuse(after, words) => {
            responses.truncate(*after);
            let tag = done.split(' ').next().unwrap_or_default();
            [responses.concat(), format!("{tag} {words}\r\n").into()].concat()
        }
        Fault::Ruin(uid, octets) => {
            ruin(&mut responses, *uid, octets);
            whole(responses)
        }
    }
}

fn ruin(responses: &mut [Vec<u8>], uid: u32, octets: &str) {
    let about = format!("(UID {uid} ");
    for response in responses {
        if String::from_utf8_lossy(response).contains(&about) {
            *response = octets.as_bytes().to_vec();
        }
    }
}

fn make_noise(octets: &mut Vec<u8>, seed: u64) {
    // Knuth's linear congruential generator: its high bits are random enough for noise.
    let mut state = seed;
    let mut random = |below: usize| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below.max(1)
    };
    for _ in 0..=random(4) {
        let at = random(octets.len());
        let end = (at + random(12)).min(octets.len());
        match random(4) {
            0 => octets.truncate(at),
            1 => drop(octets.drain(at..end)),
            2 => octets.extend_from_within(at..),
            _ => octets[at..end].fill(b"\0(){}\"\r\n \xff5*"[random(12)]),
        }
    }
}

/// The honest answer.
fn answer(command: &str, state: &mut State) -> (Vec<Vec<u8>>, String) {
    let words: Vec<&str> = command.split(' ').collect();
    let ok = "OK done".to_owned();
    match words.as_slice() {
        ["CAPABILITY"] => (vec![format!("* CAPABILITY {}\r\n", state.abilities).into()], ok),
        ["LOGIN", .., password] if *password != format!("\"{}\"", state.password) => {
            (Vec::new(), "NO [AUTHENTICATIONFAILED] no".to_owned())
        }
        ["SELECT", ..] => {
            let (count, validity) = (state.mails.len(), state.uid_validity);
            let text = format!(
                "* {count} EXISTS\r\n* OK [UIDVALIDITY {validity}] it\r\n* OK [UIDNEXT {}] it\r\n",
                state.uid_next
            );
            (vec![text.into()], ok)
        }
        ["UID", "FETCH", set, items @ ..] => (fetch(set, &items.join(" "), state), ok),
        ["UID", "COPY", set, ..] => (Vec::new(), format!("OK [COPYUID 9 {set} {set}] done")),
        ["UID", "EXPUNGE", set] => {
            state.mails.retain(|uid, _| !within(set, *uid));
            (Vec::new(), ok)
        }
        _ => (Vec::new(), ok),
    }
}

fn fetch(set: &str, items: &str, state: &State) -> Vec<Vec<u8>> {
    let mails = (1_usize..).zip(&state.mails).filter(|(_, (uid, _))| within(set, **uid));
    mails
        .map(|(number, (uid, raw))| {
            let start = format!("* {number} FETCH (UID {uid} ");
            if items.contains("BODY.PEEK[]") {
                let mut response = format!("{start}BODY[] {{{}}}\r\n", raw.len()).into_bytes();
                response.extend_from_slice(raw);
                response.extend_from_slice(b")\r\n");
                return response;
            }
            let date = "\" 1-Feb-2026 18:00:00 +0100\"";
            format!("{start}RFC822.SIZE {} INTERNALDATE {date})\r\n", raw.len()).into_bytes()
        })
        .collect()
}

fn within(set: &str, uid: u32) -> bool {
    let number = |text: &str| if text == "*" { u32::MAX } else { text.parse().unwrap() };
    set.split(',').any(|range| {
        let (first, last) = range.split_once(':').unwrap_or((range, range));
        (number(first)..=number(last)).contains(&uid)
    })
}
