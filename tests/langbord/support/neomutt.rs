//! A guest's mail program: neomutt, driven without a person.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use langbord::wire::Security;

use super::dovecot::{Dovecot, PASSWORD};
use super::smtp_server::SmtpServer;
use super::{Scratch, program};

/// Opens a user's mailbox and answers the newest mail in it, with words above the quoted mail as
/// people write them.
pub fn answer_newest(dovecot: &Dovecot, smtp: &SmtpServer, user: &str, words: &str) {
    let neomutt = program("/usr/bin/neomutt", "neomutt");
    let script = program("/usr/bin/script", "bsdutils");
    let home = Scratch::new("neomutt");
    let editor = home.path().join("editor");
    // The editor is the person: it writes above what the program has prepared.
    let typing =
        "#!/bin/sh\ncat \"$HOME/words\" \"$1\" > \"$HOME/mail\" && cp \"$HOME/mail\" \"$1\"\n";
    fs::write(&editor, typing).unwrap();
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(home.path().join("words"), format!("{words}\n\n")).unwrap();
    let rc = home.path().join("rc");
    fs::write(&rc, configuration(dovecot, smtp, user, &editor.display().to_string())).unwrap();
    // A mail program wants a terminal, and `script` is one. A question that nobody answers must
    // not last for ever.
    let mut running = Command::new("timeout")
        .args(["--kill-after=5", "30"])
        .arg(script)
        .args(["-qec", &format!("{} -n -F {}", neomutt.display(), rc.display()), "/dev/null"])
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", home.path())
        .env("TERM", "xterm")
        .env("LANG", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // Its standard input stays open until it ends: at the end of it, it would give up.
    let keyboard = running.stdin.take();
    let screen = running.wait_with_output().unwrap();
    drop(keyboard);
    assert!(screen.status.success(), "{}", String::from_utf8_lossy(&screen.stdout));
}

fn configuration(dovecot: &Dovecot, smtp: &SmtpServer, user: &str, editor: &str) -> String {
    let ca = dovecot.certificates.ca.display();
    let imaps = dovecot.imaps;
    let scheme = if smtp.endpoint.security == Security::ImplicitTls { "smtps" } else { "smtp" };
    let smtp = smtp.endpoint.port;
    let password = PASSWORD.replace('"', "\\\"");
    format!(
        "set folder = \"imaps://localhost:{imaps}/\"
set spoolfile = \"+INBOX\"
set imap_user = \"{user}\"
set imap_pass = \"{password}\"
set imap_authenticators = \"plain\"
set smtp_url = \"{scheme}://localhost:{smtp}/\"
set ssl_starttls = yes
set ssl_ca_certificates_file = \"{ca}\"
set certificate_file = \"{ca}\"
set from = \"{user}\"
set use_envelope_from = yes
set use_from = yes
set editor = \"{editor} %s\"
set fast_reply = yes
set include = yes
set reply_to = yes
set copy = no
set record = \"\"
set quit = yes
set mark_old = no
set timeout = 5
set connect_timeout = 10
set sort = date-received
push \"<last-entry><reply><send-message><quit>\"
"
    )
}
