//! Who has been erased, in `data_dir/erased`, outside the database: a dump of a day before may come
//! back, and nobody who has been erased since may come back with it.
//!
//! One line for each address, and another if it is erased once more: the community, when, and the
//! name under which the address stays, which only this installation can make and nobody can read.
//! Lines are only added.
//!
//! Invariant: nothing is done with a database before all who stand here are erased from it, and what
//! can not be read lets nothing begin.

use std::fs::File;
use std::io::{ErrorKind, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use chrono::{DateTime, SecondsFormat, Utc};
use sqlx::PgConnection;

use crate::steps::Desk;
use crate::steps::forget::{self, Erased};
use crate::store::privacy;

/// The file.
#[derive(Debug, Clone)]
pub struct Journal(PathBuf);

/// A line of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    slug: String,
    name: String,
    erased_at: DateTime<Utc>,
}

impl Journal {
    /// The one in this directory.
    pub fn of(data_dir: &Path) -> Self {
        Self(data_dir.join("erased"))
    }

    /// Writes down whom the database has erased since, for every community.
    pub async fn keep(&self, db: &mut PgConnection, desks: &[&Desk]) -> Result<()> {
        let entries = self.read()?;
        let mut new = Vec::new();
        for desk in desks {
            let slug = &desk.community.slug;
            let known = newest(&entries, slug);
            for (name, erased_at) in privacy::erased(db, desk.community.id).await? {
                // Whoever came back and was erased once more has another line.
                if known.get(&name).is_none_or(|at| *at < erased_at) {
                    new.push(Entry { slug: slug.clone(), name, erased_at });
                }
            }
        }
        if new.is_empty() { Ok(()) } else { self.add(&new) }
    }

    /// Erases those who stand here and are in the database all the same, and tells how many.
    pub async fn replay(
        &self,
        db: &mut PgConnection,
        desk: &Desk,
        now: DateTime<Utc>,
    ) -> Result<usize> {
        let erased = newest(&self.read()?, &desk.community.slug);
        forget::again(db, desk, &erased, now).await
    }

    fn read(&self) -> Result<Vec<Entry>> {
        let text = match std::fs::read_to_string(&self.0) {
            Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
            read => read.with_context(|| format!("read `{}`", self.0.display()))?,
        };
        // The last line is whole only with its end: power may have gone while it was written.
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let entry = |(number, line): (usize, &str)| {
            let read = Entry::read(line);
            read.with_context(|| format!("`{}`, line {}: not read", self.0.display(), number + 1))
        };
        whole.lines().enumerate().map(entry).collect()
    }

    fn add(&self, entries: &[Entry]) -> Result<()> {
        let context = || format!("write `{}`", self.0.display());
        let mut options = File::options();
        let file = options.read(true).write(true).create(true).truncate(false).mode(0o600);
        let mut file = file.open(&self.0).with_context(context)?;
        // Another daemon may share it.
        file.lock().with_context(context)?;
        let text = std::fs::read(&self.0).with_context(context)?;
        let whole = text.iter().rposition(|octet| *octet == b'\n').map_or(0, |at| at + 1);
        file.set_len(whole.try_into()?).with_context(context)?;
        file.seek(SeekFrom::End(0)).with_context(context)?;
        let lines: String = entries.iter().map(Entry::line).collect();
        file.write_all(lines.as_bytes()).with_context(context)?;
        file.sync_all().with_context(context)
    }
}

/// When whoever bore an address was erased the last time.
fn newest(entries: &[Entry], slug: &str) -> Erased {
    let mut newest = Erased::new();
    for entry in entries.iter().filter(|entry| entry.slug == slug) {
        let at = newest.entry(entry.name.clone()).or_insert(entry.erased_at);
        *at = entry.erased_at.max(*at);
    }
    newest
}

impl Entry {
    fn read(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        let (slug, at, name) = (words.next()?, words.next()?, words.next()?);
        let erased_at = DateTime::parse_from_rfc3339(at).ok()?.to_utc();
        let entry = Self { slug: slug.to_owned(), name: name.to_owned(), erased_at };
        (words.next().is_none() && !name.is_empty()).then_some(entry)
    }

    fn line(&self) -> String {
        let at = self.erased_at.to_rfc3339_opts(SecondsFormat::Micros, true);
        format!("{} {at} {}\n", self.slug, self.name)
    }
}
