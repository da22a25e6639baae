//! The command line: what can be asked, and what each answer's exit code means.

pub mod database;
pub mod doctor;
pub mod explain;
pub mod export;
pub mod import;
pub mod init;
pub mod preview;
pub mod why;
pub mod work;

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use clap::{Args, CommandFactory, Parser, Subcommand};

use crate::config::problem::Problems;
use crate::config::{self, Config};
use crate::language::Language;
use crate::store::OtherTables;
use crate::telemetry;

/// An invitation-only dinner community, run by e-mail alone.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_CODES)]
pub struct Cli {
    /// The configuration.
    #[arg(long, global = true, value_name = "FILE", help = CONFIG_HELP)]
    pub config: Option<PathBuf>,
    /// Answer in JSON, one object a line
    #[arg(long, global = true)]
    pub json: bool,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const CONFIG_HELP: &str = "The configuration \
     [default: $LANGBORD_CONFIG, ./langbord.toml or /etc/langbord/langbord.toml]";

const EXIT_CODES: &str = "Exit codes:
  0   done
  1   failed; standard error says why
  2   the command line is wrong
  75  not now: a server or the database cannot be reached, or its tables are of
      another version; try again later
  78  the configuration is wrong; standard error lists every mistake";

/// What can be asked for.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the daemon: fetch, understand, plan, send, until SIGTERM
    Run,
    /// Do everything that is due now, and end; fit for a crontab
    Once(OnceArgs),
    /// Play a season with simulated guests in a folder of its own
    Demo(DemoArgs),
    /// Say what mails mean, without a database
    Explain(ExplainArgs),
    /// Show a letter as people get it, or write all of them into a folder to look through
    Preview(PreviewArgs),
    /// Take in members from a CSV file: all of it or nothing
    Import(ImportArgs),
    /// Write members, guests or a calendar for other programs
    Export(ExportArgs),
    /// Say which mails, words and acts led to where a guest stands
    Why(WhyArgs),
    /// Bring the database's tables up to date
    Migrate,
    /// Run a command with the database: `psql`, `pg_dump -f copy.sql`, `psql -f copy.sql`
    Database(DatabaseArgs),
    /// List the mails that will be sent
    Agenda(AgendaArgs),
    /// Say how the post stands: what waits, what failed, how long
    Status(StatusArgs),
    /// Write a commented configuration
    Init(InitArgs),
    /// Check configuration, folders, database, clock, mailboxes and servers
    Doctor(DoctorArgs),
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// `langbord status`
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// How to say it
    #[arg(long, value_enum, default_value = "text")]
    pub format: StatusFormat,
}

/// How figures are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum StatusFormat {
    /// For people
    Text,
    /// As Prometheus reads it
    Prometheus,
}

/// `langbord once`
#[derive(Debug, Args)]
pub struct OnceArgs {
    /// Act as at this time (RFC 3339), as 2026-12-10T18:00:00+01:00
    #[arg(long, value_name = "TIME")]
    pub at: Option<DateTime<Utc>>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Send and forget for good what is due by a time that has not come yet
    #[arg(long, requires = "at", conflicts_with = "dry_run")]
    pub for_good: bool,
}

/// `langbord demo`
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Where mails and database go
    #[arg(long, default_value = "demo")]
    pub dir: PathBuf,
    /// Leave the database running at the end
    #[arg(long)]
    pub keep: bool,
}

/// `langbord explain`
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// Mails, each a file as it came; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// As whom they are read: a guest's answer, or an organizer's commands
    #[arg(long = "as", value_name = "WHO", default_value = "guest")]
    pub reader: Reader,
    /// With `--as organizer`: when the mail was written (RFC 3339) [default: its Date]
    #[arg(long, value_name = "TIME")]
    pub now: Option<DateTime<Utc>>,
    /// With `--as organizer`: the community's zone
    #[arg(long, value_name = "ZONE", default_value = "Europe/Oslo")]
    pub zone: Tz,
}

/// As whom a mail is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Reader {
    /// Answers an invitation.
    Guest,
    /// Asks for something.
    Organizer,
}

/// `langbord preview`
#[derive(Debug, Args)]
pub struct PreviewArgs {
    /// The letter, as `invitation`; without it, all names are listed
    pub name: Option<String>,
    /// The language [default: the community's]
    #[arg(long, value_name = "TAG")]
    pub lang: Option<Language>,
    /// The community [default: the first]
    #[arg(long, value_name = "SLUG")]
    pub community: Option<String>,
    /// As this member gets it: an address, or a part of a name
    #[arg(long = "as", value_name = "MEMBER", requires = "name")]
    pub reader: Option<String>,
    /// As plain text, which is what is shown unless something else is asked for
    #[arg(long, group = "form")]
    pub text: bool,
    /// As HTML
    #[arg(long, group = "form", requires = "name")]
    pub html: bool,
    /// As a whole mail
    #[arg(long, group = "form", requires = "name")]
    pub eml: bool,
    /// Write every letter in every language into this folder, with a page to look through
    #[arg(long, value_name = "DIR", conflicts_with_all = ["name", "form"])]
    pub all: Option<PathBuf>,
}

/// `langbord import`
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// A CSV file with the columns name, email, and perhaps language, roles, phone
    pub file: PathBuf,
    /// Whose members they are
    #[arg(long, value_name = "SLUG")]
    pub community: String,
}

/// `langbord export`
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The community [default: the first]
    #[arg(long, value_name = "SLUG")]
    pub community: Option<String>,
    /// The guests of this day's gathering; without it, the members as `import` reads them
    #[arg(long, value_name = "DAY")]
    pub gathering: Option<NaiveDate>,
    /// As iCalendar: the gathering, or all that are to come
    #[arg(long)]
    pub calendar: bool,
    /// The language of the headings, and with it the separator [default: en]
    #[arg(long, value_name = "TAG")]
    pub lang: Option<Language>,
}

/// `langbord why`
#[derive(Debug, Args)]
pub struct WhyArgs {
    /// Who: an address, or a part of a name
    pub person: String,
    /// At the gathering of this day [default: at all, latest first]
    #[arg(long, value_name = "DAY")]
    pub gathering: Option<NaiveDate>,
    /// The community [default: the first]
    #[arg(long, value_name = "SLUG")]
    pub community: Option<String>,
}

/// `langbord database`
#[derive(Debug, Args)]
pub struct DatabaseArgs {
    /// The command and what it is told; it finds the database by itself
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    pub command: Vec<OsString>,
}

/// `langbord agenda`
#[derive(Debug, Args)]
pub struct AgendaArgs {
    /// How far to look (RFC 3339)
    #[arg(long, value_name = "TIME")]
    pub until: Option<DateTime<Utc>>,
}

/// `langbord doctor`
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// What to look at [default: everything that can be seen without sending a mail]
    #[command(subcommand)]
    pub what: Option<Ailment>,
}

/// What needs a closer look.
#[derive(Debug, Subcommand)]
pub enum Ailment {
    /// Send a forged mail to ourselves, and see whether the mail server takes out what is forged
    Auth {
        /// How long to wait for it
        #[arg(long, value_name = "SECONDS", default_value = "120")]
        wait: u64,
    },
}

/// `langbord init`
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The folder for the configuration
    #[arg(long, default_value = ".")]
    pub dir: PathBuf,
}

/// What the process answers with; sysexits(3) where it has a word for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// Something that we need cannot be reached, or is of another version (`EX_TEMPFAIL`).
    NotNow,
    /// The configuration is wrong (`EX_CONFIG`).
    BadConfig,
    /// What a command that we have run has answered.
    Passed(u8),
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::NotNow => 75,
            Exit::BadConfig => 78,
            Exit::Passed(code) => code,
        })
    }
}

impl Exit {
    /// What an error that nobody could handle means for the caller.
    pub fn of(error: &anyhow::Error) -> Self {
        if error.chain().any(|cause| cause.downcast_ref::<Problems>().is_some()) {
            return Self::BadConfig;
        }
        if error.chain().any(|cause| cause.downcast_ref::<OtherTables>().is_some()) {
            return Self::NotNow;
        }
        let unreachable = error.chain().filter_map(|cause| cause.downcast_ref::<sqlx::Error>());
        let mut unreachable = unreachable
            .map(|error| matches!(error, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut));
        if unreachable.any(|is_so| is_so) { Self::NotNow } else { Self::Failed }
    }
}

/// Parses the arguments, does what they ask, and reports what went wrong.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let exit = run(&cli).unwrap_or_else(|error| {
        // Whoever reads us through `head` has read enough.
        let closed = |cause: &std::io::Error| cause.kind() == std::io::ErrorKind::BrokenPipe;
        if error.chain().filter_map(|cause| cause.downcast_ref()).any(closed) {
            return Exit::Done;
        }
        say_error(&error);
        Exit::of(&error)
    });
    exit.into()
}

fn run(cli: &Cli) -> Result<Exit> {
    match &cli.command {
        Command::Explain(args) => {
            explain::explain(args, cli.json, &mut std::io::stdout().lock(), now())
        }
        Command::Init(args) => init::init(&args.dir, &mut std::io::stdout().lock()),
        Command::Doctor(args) => {
            let config = config(cli)?;
            let report = block_on(async {
                Ok(match args.what {
                    None => doctor::examine(&config, now()).await,
                    Some(Ailment::Auth { wait }) => {
                        let wait = Duration::from_secs(wait);
                        doctor::auth::examine(&config, wait, now).await
                    }
                })
            })?;
            report.print(cli.json, &mut std::io::stdout().lock())
        }
        Command::Run
        | Command::Once(_)
        | Command::Migrate
        | Command::Import(_)
        | Command::Export(_)
        | Command::Why(_)
        | Command::Agenda(_)
        | Command::Status(_) => {
            let config = config(cli)?;
            telemetry::start(&config.log)?;
            block_on(work(cli, &config))
        }
        Command::Preview(args) => {
            // Our own letters can be looked at before anything is configured.
            let config = match cli.config {
                None if !config::file(None, &config::environment()).exists() => None,
                _ => Some(config(cli)?),
            };
            let output = &mut std::io::stdout().lock();
            block_on(preview::preview(config.as_ref(), args, output, now()))
        }
        Command::Database(args) => block_on(database::database(&config(cli)?, args)),
        Command::Demo(args) => block_on(work::demo(args, &mut std::io::stdout())),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "langbord", &mut script);
            std::io::stdout().write_all(&script).context("print the completions")?;
            Ok(Exit::Done)
        }
    }
}

async fn work(cli: &Cli, config: &Config) -> Result<Exit> {
    let output = &mut std::io::stdout();
    match &cli.command {
        Command::Once(args) => work::once(config, args, output, now()).await,
        Command::Import(args) => import::import(config, args, cli.json, output, now()).await,
        Command::Export(args) => export::export(config, args, cli.json, output, now()).await,
        Command::Why(args) => why::why(config, args, cli.json, output, now()).await,
        Command::Migrate => work::migrate(config, now()).await,
        Command::Agenda(args) => work::agenda(config, args, cli.json, output, now()).await,
        Command::Status(args) => work::status(config, args, cli.json, output, now()).await,
        Command::Run
        | Command::Demo(_)
        | Command::Database(_)
        | Command::Explain(_)
        | Command::Preview(_)
        | Command::Init(_)
        | Command::Doctor(_)
        | Command::Completions { .. } => work::run(config, now()).await,
    }
}

fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Runtime::new().context("start the runtime")?.block_on(work)
}

/// The configuration that the arguments and the environment point to.
pub fn config(cli: &Cli) -> Result<Config> {
    let environment = config::environment();
    let file = config::file(cli.config.as_deref(), &environment);
    // Only these are always the service, or do as it does.
    if matches!(cli.command, Command::Run | Command::Once(_)) {
        return Ok(config::load(&file, &environment)?);
    }
    Ok(config::load_to_look(&file, &environment)?)
}

#[expect(clippy::disallowed_methods, reason = "the command line is where a command's time begins")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

#[expect(clippy::print_stderr, reason = "the last words of a command")]
fn say_error(error: &anyhow::Error) {
    eprintln!("langbord: {error:#}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
        let cli = Cli::try_parse_from(["langbord", "once", "--at", "2026-12-10T18:00:00+01:00"]);
        let Command::Once(args) = cli.unwrap().command else { panic!("not once") };
        assert_eq!(args.at, Some("2026-12-10T17:00:00Z".parse().unwrap()));
        assert!(Cli::try_parse_from(["langbord", "once", "--at", "tomorrow"]).is_err());
        let cli = Cli::try_parse_from(["langbord", "explain", "--json", "a.eml", "-"]).unwrap();
        assert!(cli.json);
    }

    #[test]
    fn exit_codes_tell_a_wrong_configuration_from_a_lost_database() {
        let wrong =
            config::load(std::path::Path::new("/does/not/exist"), &config::Environment::new());
        let wrong = anyhow::Error::from(wrong.unwrap_err()).context("start");
        assert_eq!(Exit::of(&wrong), Exit::BadConfig);
        let lost = anyhow::Error::from(sqlx::Error::PoolTimedOut).context("claim outbox row 42");
        assert_eq!(Exit::of(&lost), Exit::NotNow);
        assert_eq!(Exit::of(&anyhow::anyhow!("no")), Exit::Failed);
    }
}
