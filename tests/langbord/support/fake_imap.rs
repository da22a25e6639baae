//! An IMAP server that does what it is told, also what no server should do. Threads rather than
//! tasks, so that it goes on while a test blocks.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

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
    /// The password that it accepts.
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

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap()
}

fn serve(stream: TcpStream, state: &Mutex<State>, script: &Script) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let mut stream = stream;
    let connection = {
        let mut state = lock(state);
        state.connections += 1;
        state.connections
    };
    stream.write_all(b"* OK ready {12}\r\n")?;
    while let Some(line) = lines.next() {
        let line = line?;
        let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
        lock(state).heard.push(command.to_owned());
        let fault = script(connection, command);
        if fault == Fault::Silence {
            continue;
        }
        let (mut responses, mut done) = answer(command, &mut lock(state));
        let asks = command == "IDLE" || command.starts_with("AUTHENTICATE");
        if asks && !matches!(fault, Fault::Refuse(..)) {
            stream.write_all(b"+ \r\n")?;
            if fault == Fault::Cut(0) {
                return Ok(());
            }
            let more = lines.next().transpose()?.unwrap_or_default();
            lock(state).heard.push(more);
        }
        match fault {
            Fault::Cut(after) | Fault::Refuse(after, _) => responses.truncate(after),
            Fault::Ruin(uid, octets) => ruin(&mut responses, uid, octets),
            Fault::None | Fault::Silence => {}
        }
        stream.write_all(&responses.concat())?;
        match fault {
            Fault::Cut(_) => return Ok(()),
            Fault::Refuse(_, words) => words.clone_into(&mut done),
            Fault::None | Fault::Silence | Fault::Ruin(..) => {}
        }
        stream.write_all(format!("{tag} {done}\r\n").as_bytes())?;
    }
    Ok(())
}

fn ruin(responses: &mut [Vec<u8>], uid: u32, octets: &str) {
    let about = format!("(UID {uid} ");
    for response in responses {
        if String::from_utf8_lossy(response).contains(&about) {
            *response = octets.as_bytes().to_vec();
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
