use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

use super::*;

/// A folder of this test, which the server's account can reach, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path =
            Path::new("/var/tmp").join(format!("langbord-test-{name}-{}", std::process::id()));
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let removed = fs::remove_dir_all(&self.0);
        assert!(removed.is_ok() || std::thread::panicking(), "{removed:?}");
    }
}

fn answers(cluster: &Cluster) -> bool {
    UnixStream::connect(cluster.socket.join(".s.PGSQL.5432")).is_ok()
}

#[test]
fn a_cluster_is_made_shared_found_again_and_stopped_by_the_last_one() {
    let folder = Folder::new("share");
    let first = Cluster::start(&folder.0, Durability::Scratch).unwrap();
    assert!(first.create_database("table", None).unwrap());
    assert!(!first.create_database("table", None).unwrap(), "it is there already");
    assert!(first.create_database("copy", Some("table")).unwrap());
    first.drop_database("copy").unwrap();
    assert!(first.url("table").contains("/table?host=/var/tmp/langbord-test-share"));

    let process = first.server_process().unwrap();
    let second = Cluster::start(&folder.0, Durability::Scratch).unwrap();
    assert_eq!(second.server_process().unwrap(), process, "a second server was started");
    first.stop().unwrap();
    assert!(answers(&second), "the first one out stopped it");
    let socket = second.socket.clone();
    second.stop().unwrap();
    assert!(UnixStream::connect(socket.join(".s.PGSQL.5432")).is_err(), "it still runs");

    let again = Cluster::start(&folder.0, Durability::Scratch).unwrap();
    assert!(!again.create_database("table", None).unwrap(), "the data are gone");
}

#[test]
fn a_server_that_died_is_started_again_from_what_it_left() {
    let folder = Folder::new("stale");
    let killed = Cluster::start(&folder.0, Durability::Durable).unwrap();
    killed.create_database("table", None).unwrap();
    let process = killed.server_process().unwrap();
    let status = Command::new("kill").args(["-KILL", &process.to_string()]).status().unwrap();
    assert!(status.success());
    let pid_file = killed.data.join("postmaster.pid");
    assert!(pid_file.exists());

    let again = Cluster::start(&folder.0, Durability::Durable).unwrap();
    assert_ne!(again.server_process().unwrap(), process);
    assert!(!again.create_database("table", None).unwrap(), "the data are gone");
    // The dead server's share is still held: whoever leaves first must leave it running.
    again.stop().unwrap();
    assert!(answers(&killed));
}

#[test]
fn a_path_too_long_for_a_socket_gets_a_private_folder_elsewhere() {
    let folder = Folder::new(&"long".repeat(25));
    let cluster = Cluster::start(&folder.0, Durability::Scratch).unwrap();
    assert!(cluster.socket.starts_with("/tmp"), "{}", cluster.socket.display());
    assert!(answers(&cluster));
    let mode = fs::metadata(&cluster.socket).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    let socket = cluster.socket.clone();
    cluster.stop().unwrap();
    fs::remove_dir(socket).unwrap();
}

#[test]
fn a_folder_that_the_account_cannot_reach_is_refused_or_replaced() {
    let folder = Folder::new("closed");
    fs::create_dir(&folder.0).unwrap();
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o700)).unwrap();
    let inside = folder.0.join("cluster");
    let replaced = scratch_folder(&inside).unwrap();
    if Account::for_cluster(&inside).unwrap().must_reach(&inside).is_ok() {
        assert_eq!(replaced, inside, "we are not root, the account is ours");
        return;
    }
    assert!(replaced.starts_with("/var/tmp/"), "{}", replaced.display());
    let words = Cluster::start(&inside, Durability::Durable).unwrap_err().to_string();
    assert!(words.contains("chmod o+x"), "{words}");

    // A scratch cluster lives elsewhere, is found again, and begins anew with its place.
    let link = folder.0.join("link");
    let cluster = Cluster::start(&link, Durability::Scratch).unwrap();
    cluster.create_database("table", None).unwrap();
    cluster.stop().unwrap();
    let again = Cluster::start(&link, Durability::Durable).unwrap();
    assert!(!again.create_database("table", None).unwrap(), "the data are gone");
    let elsewhere = fs::read_link(&link).unwrap();
    fs::remove_file(&link).unwrap();
    let words = Cluster::start(&link, Durability::Scratch).unwrap_err().to_string();
    assert!(words.contains("is used by another process"), "{words}");
    again.stop().unwrap();
    let anew = Cluster::start(&link, Durability::Scratch).unwrap();
    assert!(anew.create_database("table", None).unwrap(), "the old data are still there");
    anew.stop().unwrap();
    fs::remove_dir_all(elsewhere).unwrap();
}

#[test]
fn values_survive_the_shell_that_pg_ctl_starts() {
    let text = settings(Path::new("/tmp/Ida's $(table) & co"), Durability::Scratch);
    assert!(
        text.contains(r#"-c unix_socket_directories='"/tmp/Ida'\''s $(table) & co"'"#),
        "{text}"
    );
    assert_eq!(percent_encode("/tmp/a b?c&d"), "/tmp/a%20b%3Fc%26d");
}
