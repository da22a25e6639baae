//! A database per test: one scratch cluster for the test process, one template that is migrated
//! once, one copy of it per test.
//!
//! Invariant: nothing outlives the process, however it ends. A watcher reads from a pipe that
//! closes when we are gone, and then stops the server and removes its folder.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use langbord::cluster::{self, Cluster, Durability};
use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection, PgPool};
use tokio::sync::OnceCell;

const TEMPLATE: &str = "template_langbord";

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// A migrated, empty database of one test. Removed, with all who are connected, when dropped.
#[derive(Debug)]
pub struct Database {
    /// How to connect to it, also for other processes.
    pub url: String,
    /// A pool of connections to it.
    pub pool: PgPool,
    name: String,
}

impl Database {
    /// A new one.
    pub async fn fresh() -> Self {
        static TEMPLATED: OnceCell<()> = OnceCell::const_new();
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        TEMPLATED.get_or_init(make_template).await;
        let name = format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        cluster().create_database(&name, Some(TEMPLATE)).expect("copy the template");
        let url = cluster().url(&name);
        let pool = PgPool::connect_lazy(&url).expect("understand our own URL");
        Self { url, pool, name }
    }

    /// An empty one as a former version left it: with the migrations up to this number.
    pub async fn of_version(number: i64) -> Self {
        let name = format!("version_{number}");
        cluster().create_database(&name, None).expect("make a database");
        let url = cluster().url(&name);
        let pool = PgPool::connect_lazy(&url).expect("understand our own URL");
        MIGRATIONS.run_to(number, &pool).await.expect("migrate as far as that version");
        Self { url, pool, name }
    }

    /// What the next start of the program does to a database of a former version.
    pub async fn upgrade(&self) {
        MIGRATIONS.run(&self.pool).await.expect("migrate the rest");
    }

    /// One like another that nobody is connected to: what a dump of it brings back.
    pub fn copy_of(original: &Self) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(1);
        let name = format!("copy_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        cluster().create_database(&name, Some(&original.name)).expect("copy a database");
        let url = cluster().url(&name);
        let pool = PgPool::connect_lazy(&url).expect("understand our own URL");
        Self { url, pool, name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Postgres waits for those whom it throws out; the next test need not wait with it.
        let name = std::mem::take(&mut self.name);
        std::thread::spawn(move || {
            if let Err(error) = cluster().drop_database(&name) {
                eprintln!("{error:#}");
            }
        });
    }
}

async fn make_template() {
    cluster().create_database(TEMPLATE, None).expect("make the template");
    // One connection, closed: a database that somebody is connected to cannot be copied.
    let mut connection =
        PgConnection::connect(&cluster().url(TEMPLATE)).await.expect("connect to the template");
    MIGRATIONS.run(&mut connection).await.expect("migrate the template");
    connection.close().await.expect("leave the template");
}

/// The server of this process.
fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let wanted =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("postgres-{}", std::process::id()));
        let started = cluster::scratch_folder(&wanted).and_then(|folder| {
            let cluster = Cluster::start(&folder, Durability::Scratch)?;
            watch(&folder, cluster.server_process()?)?;
            Ok(cluster)
        });
        started.unwrap_or_else(|error| panic!("the tests need PostgreSQL: {error:#}"))
    })
}

/// Starts the watcher. It is a child of ours in a process group of its own, so that Ctrl-C, a
/// panic and `kill -9` end us and not it.
fn watch(folder: &Path, server: u32) -> anyhow::Result<()> {
    let script = r#"
        while read -r _; do :; done
        if [ "$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)" = "$2" ]; then
            kill -QUIT "$2"
            while kill -0 "$2" 2>/dev/null && [ -e "$1/data/postmaster.pid" ]; do sleep 0.05; done
        fi
        rm -rf "$1"
    "#;
    let mut watcher = Command::new("sh")
        .args(["-c", script, "watch-postgres"])
        .arg(folder)
        .arg(server.to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()?;
    // The writing end stays open for as long as this process lives, and no longer.
    std::mem::forget(watcher.stdin.take());
    Ok(())
}
