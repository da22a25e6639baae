//! The installation's keys, in `data_dir/keys`: one a line, base64, the newest first. Made at the
//! first start; a new line on top changes the key without breaking mails already sent, for as long as
//! the older lines stay below it.
//!
//! Invariant: two processes that start at once end up with the same key, and never with half one.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use data_encoding::{BASE64, HEXLOWER};

use crate::mail::token::Keys;

/// Reads the keys; makes the first one if there is none.
pub fn open(data_dir: &Path) -> Result<Keys> {
    let path = file(data_dir);
    match read(&path) {
        Err(error) if is_missing(&error) => {
            make(data_dir, &path).with_context(|| format!("make `{}`", path.display()))?;
            read(&path)
        }
        outcome => outcome,
    }
}

/// Where the keys are.
pub fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("keys")
}

/// Reads the keys.
pub fn read(path: &Path) -> Result<Keys> {
    let context = || format!("read the keys in `{}`", path.display());
    let mode = fs::metadata(path).with_context(context)?.permissions().mode();
    ensure!(
        mode.trailing_zeros() >= 6,
        "`{0}` can be read by others; hint: chmod 600 '{0}'",
        path.display()
    );
    let text = fs::read_to_string(path).with_context(context)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    // A line that is not base64 is not quoted: it may be a key with one letter too many.
    let keys = lines.enumerate().map(|(index, line)| {
        let decoded = BASE64.decode(line.as_bytes()).ok();
        decoded.with_context(|| format!("key {} is not base64", index + 1))
    });
    let keys = keys.collect::<Result<Vec<_>>>().with_context(context)?;
    Keys::new(keys).map_err(anyhow::Error::msg).with_context(context)
}

fn is_missing(error: &anyhow::Error) -> bool {
    let cause = error.downcast_ref::<std::io::Error>();
    cause.is_some_and(|cause| cause.kind() == ErrorKind::NotFound)
}

fn make(data_dir: &Path, path: &Path) -> Result<()> {
    if !data_dir.exists() {
        // Closed to others but for passing through: our own Postgres may run as another user.
        fs::DirBuilder::new().recursive(true).mode(0o711).create(data_dir)?;
    }
    let (mut key, mut name) = ([0; 32], [0; 8]);
    let mut random = File::open("/dev/urandom")?;
    random.read_exact(&mut key)?;
    random.read_exact(&mut name)?;
    let draft = data_dir.join(format!("keys.{}", HEXLOWER.encode(&name)));
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&draft)?;
    writeln!(file, "{}", BASE64.encode(&key))?;
    file.sync_all()?;
    let linked = fs::hard_link(&draft, path);
    fs::remove_file(&draft)?;
    match linked {
        // Another process was first: its key it is.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        outcome => Ok(outcome?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::token::Family;

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("langbord-keys-{name}-{}", std::process::id()));
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        folder
    }

    #[test]
    fn eight_processes_that_start_at_once_share_one_key() {
        let folder = folder("race");
        let seals: Vec<String> = std::thread::scope(|scope| {
            let start = || open(&folder).unwrap().seal(Family::Guest, "oslo", 1);
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(seals.iter().all(|seal| *seal == seals[0]), "{seals:?}");
        let mode = fs::metadata(file(&folder)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let folder = folder("open");
        open(&folder).unwrap();
        fs::set_permissions(file(&folder), fs::Permissions::from_mode(0o640)).unwrap();
        assert!(open(&folder).unwrap_err().to_string().contains("chmod 600"));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn what_is_not_a_key_is_refused_and_not_quoted() {
        let folder = folder("junk");
        open(&folder).unwrap();
        for junk in ["sekret!", "c2hvcnQ=", ""] {
            fs::write(file(&folder), junk).unwrap();
            let words = format!("{:#}", open(&folder).unwrap_err());
            assert!(junk.is_empty() || !words.contains(junk), "{words}");
        }
        fs::remove_dir_all(folder).unwrap();
    }
}
