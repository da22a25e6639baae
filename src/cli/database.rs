//! `langbord database`: PostgreSQL's own programs, shown the way to our database.

use std::env;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::str::FromStr;

use anyhow::{Context, Result, anyhow};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use tokio::signal::unix::{SignalKind, signal};

use super::{DatabaseArgs, Exit};
use crate::cluster::{self, Cluster, Durability};
use crate::config::{Config, Database};

/// What libpq reads from the environment.
type Variables = Vec<(&'static str, OsString)>;

/// Runs a command with our database, and answers as it does. The tables are left as they are.
pub async fn database(config: &Config, args: &DatabaseArgs) -> Result<Exit> {
    // Ctrl-C is for the command; we still have to stop our Postgres.
    let _interrupt = signal(SignalKind::interrupt()).context("listen for SIGINT")?;
    let (database, words) = (config.database.clone(), args.command.clone());
    tokio::task::spawn_blocking(move || with(&database, &words)).await?
}

fn with(database: &Database, words: &[OsString]) -> Result<Exit> {
    let (program, arguments) = words.split_first().context("no command")?;
    let mut command = Command::new(program);
    command.args(arguments);
    // What is set for another database does not lead to ours.
    let foreign = env::vars_os().map(|(name, _)| name);
    for name in foreign.filter(|name| name.to_string_lossy().starts_with("PG")) {
        command.env_remove(name);
    }
    let path = path();
    let (variables, path, cluster) = match database {
        Database::Own(dir) => {
            let cluster = Cluster::start(dir, Durability::Durable)?;
            cluster.create_database("langbord", None)?;
            let own = [cluster.programs().to_path_buf()];
            let path: Vec<PathBuf> = own.into_iter().chain(path).collect();
            (cluster.variables("langbord"), path, Some(cluster))
        }
        Database::Url(url) => {
            let path = path.into_iter().chain(cluster::programs()).collect();
            (variables(url.reveal())?, path, None)
        }
    };
    command.envs(variables).env("PATH", env::join_paths(path).context("PATH")?);
    let ended = command.status().map_err(|error| {
        let name = program.to_string_lossy();
        let hint = if error.kind() == ErrorKind::NotFound {
            "; hint: on Debian and Ubuntu `sudo apt-get install postgresql-client`"
        } else {
            ""
        };
        anyhow!("start `{name}`: {error}{hint}")
    });
    if let Some(cluster) = cluster {
        cluster.stop().context("stop our own Postgres")?;
    }
    ended.map(answer)
}

/// As a shell says it: who was ended by a signal has answered 128 and its number.
fn answer(ended: ExitStatus) -> Exit {
    let code = ended.code().or_else(|| ended.signal().map(|signal| 128 + signal));
    Exit::Passed(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

fn path() -> Vec<PathBuf> {
    env::split_paths(&env::var_os("PATH").unwrap_or_default()).collect()
}

/// A URL in parts. In the environment they are seen by us and root alone, as arguments by everybody.
fn variables(url: &str) -> Result<Variables> {
    let options = PgConnectOptions::from_str(url).context("read the database url")?;
    let whole = options.to_url_lossy();
    let host = match options.get_socket() {
        Some(socket) => socket.clone().into_os_string(),
        None => options.get_host().into(),
    };
    let user = options.get_username();
    let mut variables = vec![
        ("PGHOST", host),
        ("PGPORT", options.get_port().to_string().into()),
        ("PGUSER", user.into()),
        ("PGDATABASE", options.get_database().unwrap_or(user).into()),
    ];
    let mut form = whole.clone();
    form.set_query(whole.password());
    variables.extend(
        form.query_pairs()
            .next()
            .map(|(password, _)| ("PGPASSWORD", OsString::from(password.into_owned()))),
    );
    for (key, value) in whole.query_pairs() {
        let name = match key.as_ref() {
            "sslmode" => "PGSSLMODE",
            "sslrootcert" => "PGSSLROOTCERT",
            "sslcert" => "PGSSLCERT",
            "sslkey" => "PGSSLKEY",
            _ => continue,
        };
        variables.push((name, OsString::from(value.into_owned())));
    }
    variables.extend(options.get_options().map(|options| ("PGOPTIONS", options.into())));
    Ok(variables)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_handed_over_in_parts() {
        let all = |url: &str| -> Vec<String> {
            let variables = variables(url).unwrap().into_iter();
            let shown =
                variables.map(|(name, value)| format!("{name}={}", value.to_string_lossy()));
            shown.collect()
        };
        assert_eq!(
            all("postgres://lang:%C3%A6+%26%3D%25%20@db.example:5433/bord?sslmode=require"),
            [
                "PGHOST=db.example",
                "PGPORT=5433",
                "PGUSER=lang",
                "PGDATABASE=bord",
                "PGPASSWORD=æ+&=% ",
                "PGSSLMODE=require"
            ]
        );
        let socket = all("postgres://lang@localhost/?host=/run/pg");
        assert_eq!(
            socket[..4],
            ["PGHOST=/run/pg", "PGPORT=5432", "PGUSER=lang", "PGDATABASE=lang"]
        );
        assert!(socket.iter().all(|one| !one.starts_with("PGPASSWORD")), "{socket:?}");
    }
}
