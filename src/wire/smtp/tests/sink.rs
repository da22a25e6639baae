//! The same against a server that others wrote: Postfix's smtp-sink.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::*;

const PROGRAM: &str = "/usr/sbin/smtp-sink";

/// A running smtp-sink that keeps each mail in a file.
struct Sink {
    process: Child,
    port: u16,
    mails: PathBuf,
}

impl Sink {
    async fn start(options: &[&str]) -> Self {
        assert!(
            Path::new(PROGRAM).exists(),
            "{PROGRAM} is missing: run `apt-get install postfix` and test again"
        );
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mails = std::env::temp_dir().join(format!("langbord-sink-{port}"));
        std::fs::create_dir_all(&mails).unwrap();
        std::fs::set_permissions(&mails, PermissionsExt::from_mode(0o777)).unwrap();
        let mut command = Command::new(PROGRAM);
        if mails.metadata().unwrap().uid() == 0 {
            command.args(["-u", "nobody"]);
        }
        let process = command
            .args(options)
            .arg("-d")
            .arg(mails.join("mail"))
            .args([&format!("127.0.0.1:{port}"), "100"])
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let sink = Self { process, port, mails };
        timeout(Duration::from_secs(10), sink.listens()).await.expect("smtp-sink does not listen");
        sink
    }

    async fn listens(&self) {
        while tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn heard(&self) -> Vec<String> {
        let files = std::fs::read_dir(&self.mails).unwrap();
        let mut mails: Vec<_> =
            files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
        mails.sort();
        mails
    }

    fn carrier(&self) -> Smtp {
        let longer = Deadlines { stage: Duration::from_secs(5), dot: SHORT * 10, ..short() };
        Smtp::with_deadlines(settings(self.port), longer)
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
        std::fs::remove_dir_all(&self.mails).ok();
    }
}

fn numbered(number: usize) -> String {
    let header = "From: table@example.org\r\nTo: kari@example.org\r\nDate: now\r\n";
    format!(
        "{header}Message-ID: <{number:02}@x>\r\n\r\n.\r\n..Hi\r\n.\r\nMAIL FROM:<evil@x.no>\r\n"
    )
}

#[tokio::test]
async fn smtp_sink_gets_every_mail_once_and_whole() {
    for options in [&[][..], &["-p"], &["-p", "-E", "-8"]] {
        let sink = Sink::start(options).await;
        let mut smtp = sink.carrier();
        for number in 0..20 {
            smtp.address(&envelope()).await.unwrap();
            let outcome = smtp.hand_over(numbered(number).as_bytes()).await;
            assert_eq!(kind(&outcome), "sent", "{options:?}: {outcome:?}");
        }
        smtp.close().await;
        let heard = sink.heard();
        assert_eq!(heard.len(), 20, "{options:?}");
        for number in 0..20 {
            let whole = numbered(number).replace("\r\n", "\n");
            let kept = heard.iter().filter(|mail| mail.contains(&whole)).count();
            assert_eq!(kept, 1, "mail {number} with {options:?}");
        }
        assert!(heard.iter().all(|mail| mail.matches("X-Rcpt-Args").count() == 1));
    }
}

#[tokio::test]
async fn smtp_sink_refuses_and_hangs_up_and_we_know_which() {
    for (options, expected) in [
        (&["-f", "."][..], "deferred"),
        (&["-r", "."], "deferred"),
        (&["-q", "."], "doubtful"),
        (&["-f", "RCPT"], "deferred"),
        (&["-r", "RCPT"], "deferred"),
        (&["-q", "RCPT"], "deferred"),
        (&["-r", "DATA"], "deferred"),
        (&["-q", "DATA"], "deferred"),
        (&["-q", "MAIL"], "deferred"),
        (&["-f", "CONNECT"], "deferred"),
        (&["-q", "EHLO"], "deferred"),
    ] {
        let sink = Sink::start(options).await;
        let outcome = send(&mut sink.carrier()).await;
        assert_eq!(kind(&outcome), expected, "{options:?}: {outcome:?}");
    }
}
