//! The letters of every community, with the operator's own in place of ours, read again when the
//! operator changes one.
//!
//! Invariant: what is sent is from files that were tried as a whole. A bad edit is told once, and the
//! letters stay as they were.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use anyhow::{Context, Result, anyhow};

use crate::config::Config;
use crate::language::Language;
use crate::letters::{Letters, Overrides};

/// The letters, and what their files looked like when they were read.
#[derive(Debug)]
pub struct Shelf {
    dir: Option<PathBuf>,
    /// By the community's slug.
    letters: BTreeMap<String, Letters>,
    seen: Mutex<Stamps>,
}

/// When each file was last written, and how long it was.
type Stamps = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

impl Shelf {
    /// Reads and tries the letters of every community; reports all that is wrong with any.
    pub fn open(config: &Config) -> Result<Self> {
        let dir = config.templates_dir.clone();
        // Before they are read: what is written meanwhile is read again.
        let slugs = config.communities.iter().map(|community| community.slug.as_str());
        let seen = Mutex::new(stamps(dir.as_deref(), slugs));
        let ours = of(None, None)?;
        let mut letters = BTreeMap::new();
        for community in &config.communities {
            // Not shared where there is a folder: one of them may get files of its own later.
            let own = dir.as_deref().map(|dir| of(Some(dir), Some(&community.slug))).transpose()?;
            let own = own.as_ref().unwrap_or(&ours).dressed(community.look.clone());
            letters.insert(community.slug.clone(), own);
        }
        Ok(Self { dir, letters, seen })
    }

    /// A community's letters.
    pub fn letters(&self, slug: &str) -> Result<Letters> {
        self.letters.get(slug).cloned().with_context(|| format!("no letters for `{slug}`"))
    }

    /// Whether the operator has no letters of their own.
    pub fn is_bare(&self) -> bool {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Reads the files again if one has changed. Says what is wrong with them, once, or that they
    /// are in use from now on.
    pub fn look(&self) -> Option<Result<()>> {
        let dir = self.dir.as_deref()?;
        let now = stamps(Some(dir), self.letters.keys().map(String::as_str));
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if *seen == now {
            return None;
        }
        *seen = now;
        drop(seen);
        Some(self.letters.iter().try_for_each(|(slug, letters)| {
            let files = overrides(dir, Some(slug))?;
            letters.replace(files).map_err(|problems| unsound(&problems))
        }))
    }
}

/// Our letters with an operator's in their place, and a community's own in place of those.
pub fn of(dir: Option<&Path>, slug: Option<&str>) -> Result<Letters> {
    let files = dir.map(|dir| overrides(dir, slug)).transpose()?.unwrap_or_default();
    Letters::with_overrides(files).map_err(|problems| unsound(&problems))
}

fn unsound(problems: &[String]) -> anyhow::Error {
    anyhow!("the letters are not sound:\n  {}", problems.join("\n  "))
}

/// `<dir>/nb/…`, and over them `<dir>/<slug>/nb/…`.
fn overrides(dir: &Path, slug: Option<&str>) -> Result<Overrides> {
    let mut found = Overrides::new();
    for folder in std::iter::once(dir.to_owned()).chain(slug.map(|slug| dir.join(slug))) {
        for language in Language::ALL {
            for path in files(&folder.join(language.tag()))? {
                let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
                let text = fs::read_to_string(&path)
                    .with_context(|| format!("read `{}`", path.display()))?;
                found.insert((language, name.to_owned()), text);
            }
        }
    }
    Ok(found)
}

/// The files of a folder, which need not exist, without those that editors leave while they write.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("read `{}`", folder.display())),
    };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("read `{}`", folder.display()))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        let name = name.unwrap_or_default();
        if !name.starts_with(['.', '#']) && !name.ends_with('~') {
            found.push(path);
        }
    }
    Ok(found)
}

/// What can not be looked at has no stamp: when it can be again, that is a change.
fn stamps(dir: Option<&Path>, slugs: impl Iterator<Item = impl AsRef<Path>>) -> Stamps {
    let Some(dir) = dir else { return Stamps::new() };
    let own = slugs.map(|slug| dir.join(slug));
    let folders = std::iter::once(dir.to_owned()).chain(own);
    let folders = folders.flat_map(|folder| Language::ALL.map(|tag| folder.join(tag.tag())));
    let found = folders.flat_map(|folder| files(&folder).unwrap_or_default());
    found
        .map(|path| {
            let facts = fs::metadata(&path);
            let stamp = facts.map_or((None, 0), |facts| (facts.modified().ok(), facts.len()));
            (path, stamp)
        })
        .collect()
}

#[cfg(test)]
mod tests;
