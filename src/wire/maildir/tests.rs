use super::*;

/// A Maildir of its own for each test, gone with it.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("langbord-{name}-{}", std::process::id()));
        make(&dir).unwrap();
        Self(dir)
    }

    fn put(&self, file: &str, text: &str) {
        fs::write(self.0.join(file), text).unwrap();
    }

    fn files(&self) -> Vec<String> {
        scan(&self.0, 100).unwrap().into_iter().map(|mail| mail.place.file).collect()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn mails_come_in_the_order_of_their_names_and_only_once() {
    let scratch = Scratch::new("order");
    scratch.put("new/2.b.host", "Subject: second\n\n");
    scratch.put("new/1.a.host", "Subject: first\n\n");
    scratch.put("tmp/0.c.host", "Subject: not yet delivered\n\n");
    let first = scan(&scratch.0, 1).unwrap();
    assert_eq!(first[0].raw, b"Subject: first\n\n");
    assert_eq!(scratch.files(), ["1.a.host", "2.b.host"]);
    mark(&scratch.0, "1.a.host").unwrap();
    assert_eq!(scratch.files(), ["2.b.host"]);
    assert!(scratch.0.join("cur/1.a.host:2,S").exists());
}

#[test]
fn a_mail_that_a_client_has_seen_listed_is_still_ours_to_read() {
    let scratch = Scratch::new("listed");
    scratch.put("cur/1.a.host:2,F", "Subject: flagged, unread\n\n");
    assert_eq!(scratch.files(), ["1.a.host:2,F"]);
    mark(&scratch.0, "1.a.host:2,F").unwrap();
    assert_eq!(scratch.files(), [""; 0]);
    assert!(scratch.0.join("cur/1.a.host:2,FS").exists());
}

#[test]
fn marking_a_mail_that_is_gone_is_no_error() {
    let scratch = Scratch::new("gone");
    mark(&scratch.0, "1.a.host").unwrap();
}

#[test]
fn only_the_header_of_a_huge_mail_is_read() {
    let scratch = Scratch::new("huge");
    let header = "Subject: huge\r\n\r\n";
    scratch.put("new/1.a.host", &format!("{header}{}", "x".repeat(LARGEST_MAIL)));
    scratch.put("new/2.b.host", &format!("{header}{}", "x".repeat(LARGEST_MAIL - header.len())));
    let mails = scan(&scratch.0, 9).unwrap();
    assert_eq!((mails[0].raw.as_slice(), mails[0].too_large), (header.as_bytes(), true));
    assert_eq!((mails[1].raw.len(), mails[1].too_large), (LARGEST_MAIL, false));
}

#[test]
fn what_is_no_mail_is_left_alone() {
    let scratch = Scratch::new("other");
    fs::create_dir(scratch.0.join("new/directory")).unwrap();
    scratch.put("new/.hidden", "x");
    std::os::unix::fs::symlink("/etc/hostname", scratch.0.join("new/3.link.host")).unwrap();
    assert_eq!(scratch.files(), [""; 0]);
}
