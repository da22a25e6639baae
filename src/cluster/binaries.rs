//! Where PostgreSQL's programs are on this machine. Debian keeps `initdb` and `pg_ctl` out of the
//! PATH, Homebrew keeps versions apart; a cluster can only be started by the version that made it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, anyhow};

/// The folder with the programs of one PostgreSQL version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    folder: PathBuf,
}

impl Binaries {
    /// The programs of version `major`, or of the newest there is.
    pub(super) fn find(major: Option<&str>) -> Result<Self> {
        let mut found: BTreeMap<u32, PathBuf> = BTreeMap::new();
        for folder in candidates() {
            if let Some(version) = version_of(&folder) {
                found.entry(version).or_insert(folder);
            }
        }
        let Some(major) = major else {
            let newest = found.pop_last().ok_or_else(|| anyhow!("{}", missing("postgresql")))?;
            return Ok(Self { folder: newest.1 });
        };
        let chosen = major.parse().ok().and_then(|major: u32| found.remove(&major));
        let folder = chosen.ok_or_else(|| {
            let versions: Vec<String> = found.keys().map(u32::to_string).collect();
            anyhow!(
                "our cluster was made by PostgreSQL {major}; on this machine is: {}; {}",
                if versions.is_empty() { "none".to_owned() } else { versions.join(", ") },
                missing(&format!("postgresql-{major}"))
            )
        })?;
        Ok(Self { folder })
    }

    /// Where they are.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// One of the programs.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn missing(package: &str) -> String {
    let brew = if package == "postgresql" {
        "postgresql@17".to_owned()
    } else {
        package.replacen('-', "@", 1)
    };
    format!(
        "the PostgreSQL server programs are missing; hint: `make setup`, or on Debian and Ubuntu \
         `sudo apt-get install {package}`, on a Mac `brew install {brew}`"
    )
}

/// Every folder that may have them: the PATH first, then the places of Debian, Red Hat, Homebrew.
fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path)
        // A link in the PATH leads to the folder where all the others are, too.
        .filter_map(|folder| fs::canonicalize(folder.join("initdb")).ok())
        .filter_map(|program| program.parent().map(Path::to_path_buf))
        .collect();
    for (parent, prefix) in [
        ("/usr/lib/postgresql", ""),
        ("/usr", "pgsql-"),
        ("/opt/homebrew/opt", "postgresql"),
        ("/usr/local/opt", "postgresql"),
    ] {
        let Ok(entries) = fs::read_dir(parent) else { continue };
        let names =
            entries.flatten().filter(|e| e.file_name().to_string_lossy().starts_with(prefix));
        folders.extend(names.map(|entry| entry.path().join("bin")));
    }
    folders
}

/// The major version of the programs in a folder, if they are complete and run.
fn version_of(folder: &Path) -> Option<u32> {
    let complete = ["initdb", "pg_ctl", "postgres", "createdb", "dropdb", "pg_isready"]
        .iter()
        .all(|name| folder.join(name).is_file());
    if !complete {
        return None;
    }
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    major(&String::from_utf8_lossy(&output.stdout))
}

/// The number in `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`.
fn major(words: &str) -> Option<u32> {
    let (_, version) = words.split_once("(PostgreSQL) ")?;
    let end = version.find(|c: char| !c.is_ascii_digit()).unwrap_or(version.len());
    version.get(..end)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_the_servers_own_words() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(major("postgres (PostgreSQL) 17\n"), Some(17));
        assert_eq!(major("sh: not found"), None);
    }

    #[test]
    fn a_cluster_of_a_version_that_is_gone_says_what_to_install() {
        let words = Binaries::find(Some("9")).unwrap_err().to_string();
        assert!(words.contains("made by PostgreSQL 9"), "{words}");
        assert!(words.contains("apt-get install postgresql-9"), "{words}");
        assert!(words.contains("brew install postgresql@9"), "{words}");
    }
}
