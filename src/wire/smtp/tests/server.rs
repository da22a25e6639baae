//! An SMTP server that follows a script, one script a connection, and remembers what it heard.

use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

/// What the server does next.
#[derive(Debug, Clone, Copy)]
pub enum Act {
    /// Says this, and CRLF.
    Say(&'static str),
    /// Says this without CRLF.
    SayPart(&'static str),
    /// Hears a line that begins so. Another line is written down and ends the script.
    Hear(&'static str),
    /// Hears up to the final dot.
    HearMessage,
    /// Makes TLS.
    Tls,
    /// Waits before it goes on.
    Wait(Duration),
    /// Sends `2`s and no end of line.
    SayEndlessly,
    /// Sends an octet now and then, each within the deadline.
    Drip,
    /// Hangs up. A script that ends otherwise listens on in silence.
    Close,
}

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}
type Client = BufReader<Box<dyn Duplex>>;

pub struct Server {
    pub port: u16,
    talk: JoinHandle<Vec<String>>,
}

impl Server {
    pub async fn start(scripts: impl IntoIterator<Item = Vec<Act>>) -> Self {
        Self::start_with(None, scripts).await
    }

    pub async fn start_with(
        tls: impl Into<Option<TlsAcceptor>>,
        scripts: impl IntoIterator<Item = Vec<Act>>,
    ) -> Self {
        let tls = tls.into();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let scripts: Vec<_> = scripts.into_iter().collect();
        let talk = tokio::spawn(async move {
            let mut conversations = Vec::new();
            for script in scripts {
                let (client, _) = listener.accept().await.unwrap();
                client.set_nodelay(true).unwrap();
                let conversation = converse(Box::new(client), script, tls.clone());
                conversations.push(tokio::spawn(conversation));
            }
            let mut heard = Vec::new();
            for conversation in conversations {
                heard.push(conversation.await.unwrap());
            }
            heard
        });
        Self { port, talk }
    }

    /// What each connection said, once all have ended.
    pub async fn heard(self) -> Vec<String> {
        let all = tokio::time::timeout(Duration::from_secs(5), self.talk);
        all.await.expect("a connection is still open").unwrap()
    }
}

async fn converse(client: Box<dyn Duplex>, script: Vec<Act>, tls: Option<TlsAcceptor>) -> String {
    let mut client: Client = BufReader::new(client);
    let mut heard = Vec::new();
    for act in script {
        let begin = heard.len();
        match act {
            Act::Say(words) => say(&mut client, &format!("{words}\r\n")).await,
            Act::SayPart(words) => say(&mut client, words).await,
            Act::Hear(wanted) => {
                client.read_until(b'\n', &mut heard).await.ok();
                if !heard[begin..].starts_with(wanted.as_bytes()) {
                    break;
                }
            }
            Act::HearMessage => {
                while !heard[begin..].ends_with(b"\r\n.\r\n") {
                    if client.read_until(b'\n', &mut heard).await.unwrap_or(0) == 0 {
                        break;
                    }
                }
            }
            Act::Tls => match tls.as_ref().unwrap().accept(client.into_inner()).await {
                Ok(secured) => client = BufReader::new(Box::new(secured)),
                Err(_) => return String::from_utf8(heard).unwrap(),
            },
            Act::Wait(time) => sleep(time).await,
            Act::SayEndlessly => while client.write_all(&[b'2'; 4096]).await.is_ok() {},
            Act::Drip => {
                while client.write_all(b"2").await.is_ok() {
                    sleep(Duration::from_millis(20)).await;
                }
            }
            Act::Close => return String::from_utf8(heard).unwrap(),
        }
    }
    client.read_to_end(&mut heard).await.ok();
    String::from_utf8(heard).unwrap()
}

async fn say(client: &mut Client, words: &str) {
    // A client that has hung up is what some scripts are about.
    client.write_all(words.as_bytes()).await.ok();
    client.flush().await.ok();
}
