use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::authority::{Authority, self_signed};
use super::*;
use crate::effort::Stopwatch;

const SHORT: Duration = Duration::from_millis(100);

/// Both ends of a connection on loopback, ours guarded.
async fn pair() -> (Stream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let ours = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (Stream::new(ours, SHORT), listener.accept().await.unwrap().0)
}

#[tokio::test]
async fn a_silent_server_is_left_after_the_deadline() {
    let (mut stream, _theirs) = pair().await;
    let begun = Stopwatch::start();
    let error = stream.read_u8().await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert!(begun.wall() >= SHORT && begun.elapsed() < 5 * SHORT, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_server_that_does_not_read_is_left_after_the_deadline() {
    let (mut stream, _theirs) = pair().await;
    let error = stream.write_all(&vec![b'x'; 64 << 20]).await.unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn a_slow_server_that_makes_progress_is_waited_for() {
    let (mut stream, mut theirs) = pair().await;
    let speak = async {
        for _ in 0..8 {
            sleep(SHORT / 4).await;
            theirs.write_all(b"x").await.unwrap();
        }
    };
    let listen = async { stream.read_exact(&mut [0; 8]).await.unwrap() };
    tokio::join!(speak, listen);
}

#[tokio::test]
async fn a_wait_given_up_does_not_shorten_the_next_one() {
    let (mut stream, mut theirs) = pair().await;
    timeout(SHORT * 3 / 4, stream.read_u8()).await.unwrap_err();
    stream.write_all(b"again").await.unwrap();
    let speak = async {
        sleep(SHORT / 2).await;
        theirs.write_all(b"x").await.unwrap();
    };
    assert_eq!(tokio::join!(speak, stream.read_u8()).1.unwrap(), b'x');
}

#[tokio::test]
async fn an_endless_reply_is_cut_and_a_write_begins_a_new_one() {
    let (mut stream, mut theirs) = pair().await;
    stream.set_reply_limit(1000);
    let mut buffer = [0; 1000];
    for _ in 0..3 {
        theirs.write_all(&buffer).await.unwrap();
        stream.read_exact(&mut buffer).await.unwrap();
        stream.write_all(b"next").await.unwrap();
    }
    theirs.write_all(&[b'x'; 1001]).await.unwrap();
    let error = stream.read_to_end(&mut Vec::new()).await.unwrap_err();
    assert_eq!(error.to_string(), "the reply is longer than 1000 octets");
}

#[tokio::test]
async fn a_refusal_names_the_server() {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let endpoint = Endpoint {
        host: "127.0.0.1".to_owned(),
        port: closed,
        security: Security::Plain,
        ca_file: None,
    };
    let error = connect(&endpoint, SHORT).await.unwrap_err();
    assert!(error.to_string().contains(&format!("connect to 127.0.0.1:{closed}")), "{error:#}");
}

/// Connects with TLS to a server on this machine and hears what it has to say.
async fn hear(server: TlsAcceptor, ca_file: &Path) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = Endpoint {
        host: "localhost".to_owned(),
        port: listener.local_addr().unwrap().port(),
        security: Security::ImplicitTls,
        ca_file: Some(ca_file.to_owned()),
    };
    let speak = async {
        let mut client = server.accept(listener.accept().await?.0).await?;
        client.write_all(b"hush").await?;
        client.shutdown().await
    };
    let listen = async {
        let mut stream = connect(&endpoint, 10 * SHORT).await?;
        assert!(stream.is_tls());
        let mut words = String::new();
        stream.read_to_string(&mut words).await?;
        Ok(words)
    };
    // What the server thinks of a client that refuses it does not matter.
    tokio::join!(speak, listen).1
}

#[tokio::test]
async fn a_server_is_believed_only_with_a_certificate_for_its_name_from_our_authority() {
    let ours = Authority::new();
    let others = Authority::new();
    assert_eq!(hear(ours.server("localhost", 2099), &ours.file).await.unwrap(), "hush");
    for (server, why) in [
        (ours.server("mail.example.org", 2099), "not valid for name"),
        (ours.server("localhost", 2021), "expired"),
        (others.server("localhost", 2099), "invalid peer certificate"),
        (self_signed("localhost"), "invalid peer certificate"),
    ] {
        let error = format!("{:#}", hear(server, &ours.file).await.unwrap_err());
        assert!(error.contains("TLS with localhost") && error.contains(why), "{why}: {error}");
    }
}

#[tokio::test]
async fn without_an_authority_nothing_is_believed() {
    let ours = Authority::new();
    std::fs::write(&ours.file, "no certificate").unwrap();
    let error = hear(ours.server("localhost", 2099), &ours.file).await.unwrap_err();
    assert!(error.to_string().contains("no certificate authority"), "{error:#}");
    let missing = Path::new("/nowhere/ca.pem");
    let error = hear(ours.server("localhost", 2099), missing).await.unwrap_err();
    assert!(error.to_string().contains("/nowhere/ca.pem"), "{error:#}");
}

#[tokio::test]
async fn a_server_that_keeps_silent_in_the_handshake_is_left() {
    let authority = Authority::new();
    let (stream, _theirs) = pair().await;
    let endpoint = Endpoint {
        host: "localhost".to_owned(),
        port: 0,
        security: Security::StartTls,
        ca_file: Some(authority.file.clone()),
    };
    let error = stream.into_tls(&endpoint).await.unwrap_err();
    assert!(error.to_string().contains("no answer to the TLS handshake"), "{error:#}");
}
