//! `langbord init`: a commented configuration and what to do next.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result, bail};

use super::Exit;

/// The configuration with all its keys, as it is shipped.
const EXAMPLE: &str = include_str!("../../deploy/langbord.toml");

/// Writes `langbord.toml` into a folder; never over one that is there.
pub fn init(dir: &Path, output: &mut impl Write) -> Result<Exit> {
    std::fs::create_dir_all(dir).with_context(|| format!("make `{}`", dir.display()))?;
    let path = dir.join("langbord.toml");
    let mut file = match File::create_new(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            bail!("`{}` is there already, and stays as it is", path.display())
        }
        Err(error) => return Err(error).with_context(|| format!("make `{}`", path.display())),
    };
    let text = configuration(dir);
    file.write_all(text.as_bytes()).with_context(|| format!("write `{}`", path.display()))?;
    let shown = path.display();
    writeln!(
        output,
        "Wrote {shown}

Next:
  1. edit {shown}: your address, organizers, mailbox and mail server
  2. langbord --config {shown} doctor      says what is still missing
  3. langbord --config {shown} import members.csv --community oslo
  4. langbord --config {shown} run"
    )
    .context("print what to do next")?;
    Ok(Exit::Done)
}

/// A system's data go to `/var/lib`, anybody else's beside the configuration.
fn configuration(dir: &Path) -> String {
    if dir.starts_with("/etc") {
        return EXAMPLE.to_owned();
    }
    EXAMPLE.replace("data_dir = \"/var/lib/langbord\"", "data_dir = \"data\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Environment};

    #[test]
    fn init_never_writes_over_a_configuration() {
        let dir = std::env::temp_dir().join(format!("langbord-init-{}", std::process::id()));
        let mut output = Vec::new();
        init(&dir, &mut output).unwrap();
        assert!(String::from_utf8(output).unwrap().contains("doctor"));
        std::fs::write(dir.join("langbord.toml"), "mine").unwrap();
        assert!(init(&dir, &mut Vec::new()).is_err());
        assert_eq!(std::fs::read_to_string(dir.join("langbord.toml")).unwrap(), "mine");
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn the_shipped_configuration_lacks_nothing_but_the_operators_secrets() {
        let file = Path::new("/etc/langbord/langbord.toml");
        let problems = config::understand(file, EXAMPLE, &Environment::new()).unwrap_err();
        let keys: Vec<&str> = problems.0.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(
            keys,
            ["community.oslo.inbox.imap.password_file", "community.oslo.outbox.smtp.password_file"],
            "{problems}"
        );
        assert!(configuration(Path::new("here")).contains("data_dir = \"data\""));
    }

    #[test]
    fn every_key_that_the_shipped_configuration_leaves_out_is_known() {
        let all = EXAMPLE.lines().map(|line| {
            let key = line.strip_prefix("#: ");
            key.unwrap_or(line)
        });
        let all = all.collect::<Vec<_>>().join("\n");
        let file = Path::new("/etc/langbord/langbord.toml");
        let problems = config::understand(file, &all, &Environment::new()).unwrap_err();
        let unknown: Vec<String> = problems
            .0
            .iter()
            .filter(|problem| problem.found.contains("does not know") || problem.key.is_empty())
            .map(ToString::to_string)
            .collect();
        assert_eq!(unknown, Vec::<String>::new());
    }
}
