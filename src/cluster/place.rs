//! Where a cluster's folders are, when they cannot be where they should.
//!
//! The server's account may be shut out of the place (a checkout under `/root`), or the path be too
//! long for a socket. Then a private folder under `/var/tmp` or `/tmp` stands in, named by a hash
//! of the place.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use super::account::Account;
use super::binaries::Binaries;
use super::{Durability, made_by, open_lock, run};

/// `sun_path` holds 104 octets on macOS and 108 on Linux, the final NUL included.
const LONGEST_SOCKET_PATH: usize = 100;

/// Where a scratch cluster can live: `wanted`, or where the server's account cannot get to it
/// (a checkout under `/root`), a folder of its own under `/var/tmp`.
pub fn scratch_folder(wanted: &Path) -> Result<PathBuf> {
    let wanted = std::path::absolute(wanted).context("find the scratch folder")?;
    let account = Account::for_cluster(&wanted.join("data"))?;
    if account.must_reach(&wanted).is_ok() {
        return Ok(wanted);
    }
    Ok(Path::new("/var/tmp").join(short_name(&wanted)))
}

/// The cluster's folder, made if it is missing. Where a scratch cluster cannot live in its place,
/// the place becomes a link to the folder where it can, so that the next command finds it, too.
pub(super) fn find(dir: &Path, durability: Durability) -> Result<PathBuf> {
    let dir = std::path::absolute(dir).with_context(|| format!("find `{}`", dir.display()))?;
    let context = || format!("make `{}`", dir.display());
    fs::create_dir_all(&dir).with_context(context)?;
    let is_new = fs::read_dir(&dir).with_context(context)?.next().is_none();
    if durability == Durability::Scratch && is_new {
        let folder = scratch_folder(&dir)?;
        if folder != dir {
            clear(&folder)?;
            fs::create_dir(&folder).with_context(|| format!("make `{}`", folder.display()))?;
            fs::remove_dir(&dir).and_then(|()| symlink(&folder, &dir)).with_context(context)?;
        }
    }
    fs::canonicalize(&dir).with_context(context)
}

/// Removes what an earlier scratch cluster of the same place has left, unless somebody uses it.
fn clear(folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    if open_lock(&folder.join("cluster.lock"))?.try_lock().is_err() {
        bail!("`{}` is used by another process", folder.display());
    }
    let data = folder.join("data");
    if data.join("postmaster.pid").exists() {
        let programs = Binaries::find(made_by(&data)?.as_deref())?;
        let account = Account::for_cluster(&data)?;
        let mut stop = account.command(&programs.program("pg_ctl"));
        let stopped = run(stop.arg("-D").arg(&data).args(["stop", "--mode", "immediate"]));
        // It may have died with its machine, and only its note is left.
        tracing::debug!("stop the server in `{}`: {stopped:?}", data.display());
    }
    fs::remove_dir_all(folder).with_context(|| format!("remove `{}`", folder.display()))
}

/// The folder of the socket, private to the server's account.
pub(super) fn socket_folder(dir: &Path, account: &Account) -> Result<PathBuf> {
    let near = dir.join("socket");
    let folder = if near.join(".s.PGSQL.5432").as_os_str().len() <= LONGEST_SOCKET_PATH {
        near
    } else {
        Path::new("/tmp").join(short_name(dir))
    };
    if fs::symlink_metadata(&folder).is_err() {
        fs::create_dir(&folder).with_context(|| format!("make `{}`", folder.display()))?;
        account.give(&folder)?;
    }
    // Under /tmp somebody else may have been first.
    let found = fs::symlink_metadata(&folder).context("look at the socket's folder")?;
    ensure!(
        found.is_dir()
            && found.uid() == account.uid
            && found.permissions().mode().trailing_zeros() >= 6,
        "`{}` is not a folder of `{}` alone; hint: remove it",
        folder.display(),
        account.name
    );
    Ok(folder)
}

fn short_name(path: &Path) -> String {
    let mut hash = HEXLOWER.encode(&Sha256::digest(path.as_os_str().as_encoded_bytes()));
    hash.truncate(16);
    format!("langbord-{hash}")
}
