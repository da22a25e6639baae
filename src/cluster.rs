//! A Postgres of our own: made, started and stopped from the PostgreSQL binaries on the machine.
//!
//! ```text
//! <dir>/cluster.lock   held shared by every process that uses the server; the last one out stops it
//! <dir>/start.lock     held while somebody starts or stops it
//! <dir>/data           the cluster itself (initdb), 0700
//! <dir>/socket         the only way in: a Unix socket in a 0700 folder; no TCP
//! ```
//!
//! Invariant: nothing outside `<dir>` (and the stand-ins of `cluster::place`) is touched; a cluster that somebody else made is never started or stopped.
//! A server left behind by a killed process is found and used.

mod account;
mod binaries;
mod place;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use account::Account;
use binaries::Binaries;
pub use place::scratch_folder;

/// The one database role, which owns everything.
const ROLE: &str = "langbord";
/// How long a server may take to come up or go down, in steps of [`PAUSE`].
const STEPS: u32 = 1200;
const PAUSE: Duration = Duration::from_millis(50);

/// How much a crash of the machine may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Nothing: every commit is on disk.
    Durable,
    /// Everything: for tests and the demo, which begin anew. Nothing waits for the disk.
    Scratch,
}

/// A running server, and our share in it. Dropping it lets go; the last one to let go stops it.
#[derive(Debug)]
pub struct Cluster {
    data: PathBuf,
    socket: PathBuf,
    start_lock: PathBuf,
    share: Option<File>,
    binaries: Binaries,
    account: Account,
}

impl Cluster {
    /// Makes the cluster in `dir` if there is none, starts it if it does not run, and takes a
    /// share in it. Blocks for a second or two; the first time for some more.
    pub fn start(dir: &Path, durability: Durability) -> Result<Self> {
        let dir = place::find(dir, durability)?;
        let data = dir.join("data");
        let account = Account::for_cluster(&data)?;
        account.must_reach(&dir)?;
        let start_lock = dir.join("start.lock");
        let starting = open_lock(&start_lock)?;
        starting.lock().with_context(|| format!("lock `{}`", start_lock.display()))?;
        let share = open_lock(&dir.join("cluster.lock"))?;
        share.lock_shared().context("take a share in the cluster")?;
        let binaries = Binaries::find(made_by(&data)?.as_deref())?;
        let socket = place::socket_folder(&dir, &account)?;
        let mut cluster = Self { data, socket, start_lock, share: None, binaries, account };
        if !cluster.data.join("PG_VERSION").exists() {
            cluster.initialize(durability)?;
        }
        cluster.bring_up(durability)?;
        cluster.share = Some(share);
        drop(starting);
        Ok(cluster)
    }

    /// How to connect to a database of this cluster, for Langbord, `psql` and `sqlx` alike.
    pub fn url(&self, database: &str) -> String {
        let socket = percent_encode(&self.socket.to_string_lossy());
        format!("postgres://{ROLE}@localhost/{database}?host={socket}&port=5432&sslmode=disable")
    }

    /// Where PostgreSQL's programs of its version are.
    pub fn programs(&self) -> &Path {
        self.binaries.folder()
    }

    /// How those programs find a database of this cluster: what they read from the environment.
    pub fn variables(&self, database: &str) -> Vec<(&'static str, OsString)> {
        vec![
            ("PGHOST", self.socket.clone().into_os_string()),
            ("PGPORT", "5432".into()),
            ("PGUSER", ROLE.into()),
            ("PGDATABASE", database.into()),
        ]
    }

    /// Makes a database, empty or as a copy of `template`. Answers whether it was missing.
    pub fn create_database(&self, name: &str, template: Option<&str>) -> Result<bool> {
        let mut command = self.client("createdb");
        if let Some(template) = template {
            command.args(["--template", template]);
        }
        let output = command.arg("--").arg(name).output().context("start createdb")?;
        let words = String::from_utf8_lossy(&output.stderr);
        if !output.status.success() && words.contains("already exists") {
            return Ok(false);
        }
        ensure!(output.status.success(), "make database `{name}`: {}", words.trim());
        Ok(true)
    }

    /// Removes a database, and those who are connected to it.
    pub fn drop_database(&self, name: &str) -> Result<()> {
        run(self.client("dropdb").args(["--force", "--if-exists", "--"]).arg(name))
            .with_context(|| format!("remove database `{name}`"))
    }

    /// The server's process, for those who must stop it without us.
    pub fn server_process(&self) -> Result<u32> {
        let file = self.data.join("postmaster.pid");
        let text =
            fs::read_to_string(&file).with_context(|| format!("read `{}`", file.display()))?;
        let first = text.lines().next().unwrap_or_default();
        first.trim().parse().with_context(|| format!("understand `{}`", file.display()))
    }

    /// Lets go of the server, and stops it if nobody else uses it.
    pub fn stop(mut self) -> Result<()> {
        self.let_go()
    }

    fn let_go(&mut self) -> Result<()> {
        let Some(share) = self.share.take() else { return Ok(()) };
        let starting = open_lock(&self.start_lock)?;
        starting.lock().with_context(|| format!("lock `{}`", self.start_lock.display()))?;
        share.unlock().context("give up the share in the cluster")?;
        match share.try_lock() {
            Ok(()) => run(self
                .server("pg_ctl")
                .args(["stop", "--mode", "fast", "--wait", "--silent", "-t", "60"]))
            .context("stop our Postgres"),
            // Somebody else still works with it, and will stop it.
            Err(fs::TryLockError::WouldBlock) => Ok(()),
            Err(fs::TryLockError::Error(error)) => Err(error).context("lock the cluster"),
        }
    }

    /// Makes the cluster beside its place and moves it there, so that half a cluster is never
    /// taken for one.
    fn initialize(&self, durability: Durability) -> Result<()> {
        let unfinished = self.data.with_extension("unfinished");
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).context("remove an unfinished cluster")?;
        }
        fs::create_dir(&unfinished).with_context(|| format!("make `{}`", unfinished.display()))?;
        self.account.give(&unfinished)?;
        let mut command = self.account.command(&self.binaries.program("initdb"));
        command.arg("-D").arg(&unfinished).args(["-U", ROLE, "-E", "UTF8", "--data-checksums"]);
        command.args(["--auth-local=trust", "--auth-host=reject", "--locale", locale()]);
        if durability == Durability::Scratch {
            command.arg("--no-sync");
        }
        run(&mut command).context("make our Postgres cluster")?;
        fs::rename(&unfinished, &self.data).context("move the new cluster to its place")
    }

    /// Leaves with a server that answers, started now or by somebody before us.
    fn bring_up(&self, durability: Durability) -> Result<()> {
        let mut refused = 0;
        for _ in 0..STEPS {
            match self.readiness()? {
                Readiness::Ready => return Ok(()),
                Readiness::Busy => {}
                Readiness::Down => match self.start_server(durability) {
                    Ok(()) => return Ok(()),
                    // A server that was killed a moment ago still leaves processes behind, and
                    // Postgres rightly does not start beside them.
                    Err(_) if refused < 20 && self.data.join("postmaster.pid").exists() => {
                        refused += 1;
                    }
                    Err(error) => return Err(error),
                },
            }
            std::thread::sleep(PAUSE);
        }
        bail!("Postgres in `{}` neither comes up nor goes down", self.data.display())
    }

    fn start_server(&self, durability: Durability) -> Result<()> {
        let log = self.data.join("start.log");
        let started = run(self
            .server("pg_ctl")
            .args(["start", "--wait", "--silent", "-t", "60", "-l"])
            .arg(&log)
            .arg("-o")
            .arg(settings(&self.socket, durability)));
        started.with_context(|| {
            let words = fs::read_to_string(&log).unwrap_or_default();
            let last: Vec<&str> = words.lines().rev().take(5).collect();
            let last: Vec<&str> = last.into_iter().rev().collect();
            format!("start Postgres in `{}`: {}", self.data.display(), last.join(" | "))
        })
    }

    fn readiness(&self) -> Result<Readiness> {
        let mut command = self.client("pg_isready");
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        match status.context("start pg_isready")?.code() {
            Some(0) => Ok(Readiness::Ready),
            Some(1) => Ok(Readiness::Busy),
            Some(2) => Ok(Readiness::Down),
            code => bail!("pg_isready ended with {code:?}"),
        }
    }

    fn server(&self, program: &str) -> Command {
        let mut command = self.account.command(&self.binaries.program(program));
        command.arg("-D").arg(&self.data);
        command
    }

    fn client(&self, program: &str) -> Command {
        let mut command = self.account.command(&self.binaries.program(program));
        command.arg("-h").arg(&self.socket).args(["-p", "5432", "-U", ROLE]);
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.let_go() {
            tracing::warn!("our Postgres was not stopped: {error:#}");
        }
    }
}

/// Where PostgreSQL's newest programs are on this machine, if there are any.
pub fn programs() -> Option<PathBuf> {
    Binaries::find(None).ok().map(|binaries| binaries.folder().to_path_buf())
}

enum Readiness {
    Ready,
    Busy,
    Down,
}

/// The major version that made the cluster, if there is one.
fn made_by(data: &Path) -> Result<Option<String>> {
    match fs::read_to_string(data.join("PG_VERSION")) {
        Ok(version) => Ok(Some(version.trim().to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("read the cluster `{}`", data.display())),
    }
}

/// Opened for reading only: that is enough to lock it, also for a user who did not make it.
fn open_lock(path: &Path) -> Result<File> {
    let opened = File::open(path).or_else(|error| {
        if error.kind() != io::ErrorKind::NotFound {
            return Err(error);
        }
        File::options().append(true).create(true).open(path)?;
        File::open(path)
    });
    opened.with_context(|| format!("open `{}`", path.display()))
}

/// UTF-8 in any case; letters beyond ASCII fold their case where the system has `C.UTF-8`.
fn locale() -> &'static str {
    if cfg!(target_os = "macos") { "C" } else { "C.UTF-8" }
}

/// The server's options, as `pg_ctl -o` wants them: one text, which a shell splits.
fn settings(socket: &Path, durability: Durability) -> String {
    let folder = format!("\"{}\"", socket.display());
    let mut settings = vec![
        ("listen_addresses", ""),
        ("port", "5432"),
        ("unix_socket_directories", folder.as_str()),
        ("unix_socket_permissions", "0700"),
        ("timezone", "UTC"),
        ("log_timezone", "UTC"),
        // Statements are short, and a hardened service may not make memory executable.
        ("jit", "off"),
    ];
    settings.extend_from_slice(match durability {
        // A week of logs, one file a weekday.
        Durability::Durable => &[
            ("fsync", "on"),
            ("synchronous_commit", "on"),
            ("logging_collector", "on"),
            ("log_filename", "postgresql-%a.log"),
            ("log_rotation_age", "1d"),
            ("log_truncate_on_rotation", "on"),
        ],
        Durability::Scratch => &[
            ("fsync", "off"),
            ("synchronous_commit", "off"),
            ("full_page_writes", "off"),
            ("max_connections", "200"),
            ("wal_level", "minimal"),
            ("max_wal_senders", "0"),
        ],
    });
    let quoted = settings.iter().map(|(key, value)| {
        let value = value.replace('\'', r"'\''");
        format!("-c {key}='{value}'")
    });
    quoted.collect::<Vec<_>>().join(" ")
}

fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("start `{program}`"))?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{program}` failed ({}): {}", output.status, words.trim());
    Ok(())
}

fn percent_encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push_str(&data_encoding::HEXUPPER.encode(&[byte]));
        }
    }
    encoded
}
