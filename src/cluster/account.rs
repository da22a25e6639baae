//! The account that our Postgres runs as. Postgres refuses to run as root, so root lends it to
//! somebody without rights: the cluster's owner, else `postgres`, else `nobody`.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// A user of the machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub(super) name: String,
    pub(super) uid: u32,
    gid: u32,
    /// Whether we are root and must become this user.
    lent: bool,
}

impl Account {
    /// Who runs the cluster whose data are, or will be, in `data`.
    pub(super) fn for_cluster(data: &Path) -> Result<Self> {
        let (uid, gid) = (own_id("-u")?, own_id("-g")?);
        let owner = fs::metadata(data).ok();
        if uid != 0 {
            if let Some(owner) = owner.filter(|owner| owner.uid() != uid) {
                bail!(
                    "`{}` belongs to user {}, but we are user {uid}; hint: run as that user or as root",
                    data.display(),
                    owner.uid()
                );
            }
            return Ok(Self { name: format!("user {uid}"), uid, gid, lent: false });
        }
        if let Some(owner) = owner.filter(|owner| owner.uid() != 0) {
            let name = format!("user {}", owner.uid());
            return Ok(Self { name, uid: owner.uid(), gid: owner.gid(), lent: true });
        }
        let users = fs::read_to_string("/etc/passwd").context("read `/etc/passwd`")?;
        unprivileged(&users).context("there is no user `postgres` or `nobody` to run Postgres as")
    }

    /// A command that runs as this account, in an environment of its own: nothing that the
    /// operator has set for another Postgres (`PGDATA`, `PGHOST`, `PGOPTIONS`) may reach ours.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
        command.current_dir("/").stdin(Stdio::null());
        if self.lent {
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Makes a folder this account's own and nobody else's.
    pub(super) fn give(&self, folder: &Path) -> Result<()> {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
            .and_then(|()| {
                if self.lent { chown(folder, Some(self.uid), Some(self.gid)) } else { Ok(()) }
            })
            .with_context(|| format!("give `{}` to {}", folder.display(), self.name))
    }

    /// Fails, with what to do, if this account cannot get to `dir`.
    pub(super) fn must_reach(&self, dir: &Path) -> Result<()> {
        if !self.lent {
            return Ok(());
        }
        for folder in dir.ancestors() {
            let Ok(found) = fs::metadata(folder) else { continue };
            let bit = if found.uid() == self.uid {
                0o100
            } else if found.gid() == self.gid {
                0o010
            } else {
                0o001
            };
            ensure!(
                found.permissions().mode() & bit != 0,
                "{} cannot get to `{}`: `{}` is closed to it; hint: choose another `data_dir`, or: chmod o+x '{}'",
                self.name,
                dir.display(),
                folder.display(),
                folder.display()
            );
        }
        Ok(())
    }
}

/// Rust's standard library does not tell who we are.
fn own_id(option: &str) -> Result<u32> {
    let output = Command::new("id").arg(option).output().context("start `id`")?;
    let words = String::from_utf8_lossy(&output.stdout);
    words.trim().parse().with_context(|| format!("understand `id {option}`"))
}

/// `postgres` or else `nobody`, out of the text of `/etc/passwd`.
fn unprivileged(users: &str) -> Option<Account> {
    ["postgres", "nobody"].into_iter().find_map(|wanted| {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next().filter(|name| *name == wanted)?.to_owned();
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            (uid != 0).then_some(Account { name, uid, gid, lent: true })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_lends_the_server_to_postgres_or_to_nobody_but_never_to_root() {
        let root = "root:x:0:0:root:/root:/bin/bash\n";
        let nobody = "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";
        let postgres = "postgres:x:101:104:PostgreSQL,,,:/var/lib/postgresql:/bin/bash\n";
        let chosen = |users: &str| unprivileged(users).map(|account| (account.uid, account.gid));
        assert_eq!(chosen(&[root, nobody, postgres].concat()), Some((101, 104)));
        assert_eq!(chosen(&[root, nobody].concat()), Some((65534, 65534)));
        assert_eq!(chosen(root), None);
        assert_eq!(chosen("postgres:x:0:0::/:/bin/sh\nnonsense\n::\n"), None);
    }
}
