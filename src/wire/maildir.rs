//! Mail in from a Maildir (<https://cr.yp.to/proto/maildir.html>).
//!
//! A mail is unread by us while it lies in `new`, or in `cur` without the flag `S`: a mail client
//! that only looks moves mails from `new` to `cur`. Marking one that we have gives it the flag.
//! The Maildir belongs to Langbord: a person who *reads* a mail there first takes it away.
//!
//! Invariant: a mail is marked under the name it was found by, or not at all; no mail is ever
//! overwritten or deleted.
//!
//! All of this blocks, and belongs on a thread that may.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::{Arrived, LARGEST_BATCH, LARGEST_HEADER, LARGEST_MAIL, Place, cut_to_header};

/// Makes the three directories where they are missing.
pub fn make(dir: &Path) -> io::Result<()> {
    ["tmp", "new", "cur"].iter().try_for_each(|part| fs::create_dir_all(dir.join(part)))
}

/// The oldest mails that we have not marked, in the order of their file names: at most `limit`,
/// and about [`LARGEST_BATCH`] octets. They arrived when their files were last changed; a
/// simulation, whose time is another, has to say otherwise.
pub fn scan(dir: &Path, limit: usize) -> io::Result<Vec<Arrived>> {
    make(dir)?;
    let mut mails = Vec::new();
    let mut octets = 0_usize;
    for (file, path) in unmarked(dir)? {
        if mails.len() >= limit || octets >= LARGEST_BATCH {
            break;
        }
        match read(dir, file, &path) {
            Ok(mail) => {
                octets = octets.saturating_add(mail.raw.len());
                mails.push(mail);
            }
            // Marked or taken away since it was listed.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            // One file that is not ours to read holds up no other. It stays, and is read when it can be.
            Err(error) => tracing::warn!(file = %path.display(), %error, "can not read a mail"),
        }
    }
    Ok(mails)
}

/// Shows that we have a mail: it goes to `cur` with the flag `S`. That it has gone is no error.
pub fn mark(dir: &Path, file: &str) -> io::Result<()> {
    let (base, flags) = file.split_once(":2,").unwrap_or((file, ""));
    let mut letters: Vec<char> = flags.chars().chain(['S']).collect();
    letters.sort_unstable();
    letters.dedup();
    let marked = dir.join("cur").join(format!("{base}:2,{}", String::from_iter(letters)));
    for part in ["new", "cur"] {
        match fs::rename(dir.join(part).join(file), &marked) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            done => return done,
        }
    }
    Ok(())
}

/// How a Maildir is named as a place.
pub fn mailbox(dir: &Path) -> String {
    format!("maildir:{}", dir.display())
}

fn unmarked(dir: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    for part in ["cur", "new"] {
        for entry in fs::read_dir(dir.join(part))? {
            let entry = entry?;
            let name = entry.file_name().into_string();
            let is_mail = entry.file_type().is_ok_and(|kind| kind.is_file());
            match name {
                Ok(name) if is_mail && !name.starts_with('.') && !is_marked(&name) => {
                    found.insert(name, entry.path());
                }
                Ok(_) => {}
                Err(name) => {
                    tracing::warn!(?name, "a file in the Maildir has a name in no charset");
                }
            }
        }
    }
    Ok(found)
}

fn is_marked(file: &str) -> bool {
    file.split_once(":2,").is_some_and(|(_, flags)| flags.contains('S'))
}

fn read(dir: &Path, file: String, path: &Path) -> io::Result<Arrived> {
    let opened = File::open(path)?;
    let about = opened.metadata()?;
    let too_large = usize::try_from(about.len()).map_or(true, |size| size > LARGEST_MAIL);
    let mut raw = Vec::new();
    // One octet more than allowed shows a file that still grew.
    let most = if too_large { LARGEST_HEADER } else { LARGEST_MAIL + 1 };
    opened.take(u64::try_from(most).unwrap_or(u64::MAX)).read_to_end(&mut raw)?;
    if too_large {
        cut_to_header(&mut raw);
    }
    let place = Place { mailbox: mailbox(dir), uid_validity: 0, uid: 0, file };
    let mail = Arrived::new(place, DateTime::<Utc>::from(about.modified()?), raw);
    Ok(Arrived { too_large: mail.too_large || too_large, ..mail })
}

#[cfg(test)]
mod tests;
