//! What is wrong with a configuration, in words that let the operator mend it.

use std::fmt;
use std::path::Path;

use super::section::{Field, Origin};

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, or the variable of the environment.
    pub source: String,
    /// The key, as `community.oslo.inbox.imap.port`; empty for the whole file.
    pub key: String,
    /// What is there.
    pub found: String,
    /// What should be there.
    pub expected: String,
    /// A line that would be right; may be empty.
    pub example: String,
}

impl Problem {
    /// A problem with a field of the file.
    pub(super) fn about(file: &Path, key: &str, found: String, field: &Field) -> Self {
        Self {
            source: file.display().to_string(),
            key: key.to_owned(),
            found,
            expected: field.expected.to_owned(),
            example: field.line(),
        }
    }

    /// A problem that is no field's own.
    pub(super) fn plain(origin: &Origin, key: &str, found: &str, expected: &str) -> Self {
        Self {
            source: origin.source_of(key),
            key: key.to_owned(),
            found: found.to_owned(),
            expected: expected.to_owned(),
            example: String::new(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.source)?;
        if !self.key.is_empty() {
            write!(f, ": {}", self.key)?;
        }
        let indented = |text: &str| text.replace('\n', "\n              ");
        write!(f, "\n    found:    {}", indented(&self.found))?;
        write!(f, "\n    expected: {}", indented(&self.expected))?;
        if !self.example.is_empty() {
            write!(f, "\n    example:  {}", indented(&self.example))?;
        }
        Ok(())
    }
}

/// All mistakes of a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// A single one.
    pub fn of(problem: Problem) -> Self {
        Self(vec![problem])
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.0.len();
        writeln!(f, "{count} problem{} in the configuration", if count == 1 { "" } else { "s" })?;
        for problem in &self.0 {
            writeln!(f, "\n{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
