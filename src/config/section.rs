//! One table of the file while it is being read: each key is taken out by the field that knows it;
//! what is left at the end is unknown.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::Environment;
use super::problem::{Problem, Problems};
use crate::secret::Secret;

/// A key that we know.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) key: &'static str,
    pub(super) expected: &'static str,
    example: &'static str,
}

impl Field {
    /// `example` is a value, or whole lines where the key is empty or names tables.
    pub(super) const fn new(
        key: &'static str,
        expected: &'static str,
        example: &'static str,
    ) -> Self {
        Self { key, expected, example }
    }

    /// The line to write.
    pub(super) fn line(&self) -> String {
        if self.key.is_empty() || self.example.starts_with('[') && self.example.contains("]]") {
            return self.example.to_owned();
        }
        format!("{} = {}", self.key, self.example)
    }
}

/// Where values come from, and the mistakes found so far.
#[derive(Debug)]
pub(super) struct Origin {
    pub(super) file: PathBuf,
    pub(super) environment: Environment,
    /// Whether a systemd credential that is not there is no mistake.
    withholds: bool,
    /// Keys that the environment has replaced, and by which variable.
    overridden: RefCell<BTreeMap<String, String>>,
    problems: RefCell<Vec<Problem>>,
}

impl Origin {
    pub(super) fn new(file: &Path, environment: &Environment) -> Self {
        Self {
            file: file.to_path_buf(),
            environment: environment.clone(),
            withholds: false,
            overridden: RefCell::default(),
            problems: RefCell::default(),
        }
    }

    /// Read by somebody who is not given systemd credentials, and needs none.
    pub(super) fn withholding(self) -> Self {
        Self { withholds: true, ..self }
    }

    pub(super) fn override_key(&self, key: String, variable: &str) {
        self.overridden.borrow_mut().insert(key, variable.to_owned());
    }

    /// The variable that has replaced a key or something above it.
    fn variable(&self, key: &str) -> Option<String> {
        let overridden = self.overridden.borrow();
        let found = overridden.iter().find(|(replaced, _)| {
            key.strip_prefix(replaced.as_str()).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('.') || rest.starts_with('[')
            })
        });
        found.map(|(_, variable)| variable.clone())
    }

    pub(super) fn source_of(&self, key: &str) -> String {
        match self.variable(key) {
            Some(variable) => format!("environment variable {variable}"),
            None => self.file.display().to_string(),
        }
    }

    pub(super) fn report(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }

    pub(super) fn into_problems(self) -> Problems {
        Problems(self.problems.into_inner())
    }
}

/// One table, half read.
#[derive(Debug)]
pub(super) struct Section<'a> {
    origin: &'a Origin,
    path: String,
    table: Table,
    known: BTreeSet<&'static str>,
    given: BTreeSet<&'static str>,
}

impl<'a> Section<'a> {
    pub(super) fn new(origin: &'a Origin, path: String, table: Table) -> Self {
        Self { origin, path, table, known: BTreeSet::new(), given: BTreeSet::new() }
    }

    pub(super) fn origin(&self) -> &'a Origin {
        self.origin
    }

    /// The full name of a key of this section.
    pub(super) fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    /// Whether a key's value comes from the environment.
    pub(super) fn is_overridden(&self, key: &str) -> bool {
        self.origin.variable(&self.key(key)).is_some()
    }

    /// Whether a key has a value that is still unread.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Whether something has been reported about a key.
    pub(super) fn has_said(&self, field: &Field) -> bool {
        let key = self.key(field.key);
        self.origin.problems.borrow().iter().any(|problem| problem.key == key)
    }

    /// Reads a key that may be missing.
    pub(super) fn optional<T>(
        &mut self,
        field: &Field,
        read: impl FnOnce(&Self, &Value) -> Result<T, String>,
    ) -> Option<T> {
        self.known.insert(field.key);
        let value = self.table.remove(field.key)?;
        self.given.insert(field.key);
        match read(self, &value) {
            Ok(meaning) => Some(meaning),
            Err(why) => {
                self.complain(field, &describe(field.key, &value, &why));
                None
            }
        }
    }

    /// Reads a key that must be there.
    pub(super) fn required<T>(
        &mut self,
        field: &Field,
        read: impl FnOnce(&Self, &Value) -> Result<T, String>,
    ) -> Option<T> {
        if !self.has(field.key) {
            self.known.insert(field.key);
            self.complain(field, "nothing");
            return None;
        }
        self.optional(field, read)
    }

    /// Reports what is wrong with a key.
    pub(super) fn complain(&self, field: &Field, found: &str) {
        let key = self.key(field.key);
        let mut problem = Problem::about(&self.origin.file, &key, found.to_owned(), field);
        problem.source = self.origin.source_of(&key);
        self.origin.report(problem);
    }

    /// Of several ways to say one thing, exactly one must have been used; what was wrong with it
    /// has been reported.
    pub(super) fn exactly_one<T, const N: usize>(
        &self,
        fields: &[&Field; N],
        values: [Option<T>; N],
    ) -> Option<T> {
        let found = match fields.iter().filter(|field| self.given.contains(field.key)).count() {
            0 => "none of them",
            1 => return values.into_iter().flatten().next(),
            _ => "more than one of them",
        };
        let names: Vec<&str> = fields.iter().map(|field| field.key).collect();
        let expected = format!("exactly one of {}", names.join(", "));
        let mut problem = Problem::plain(self.origin, &self.path, found, &expected);
        problem.example = fields.first().map(|field| field.line()).unwrap_or_default();
        self.origin.report(problem);
        None
    }

    /// Takes a table out.
    pub(super) fn table(&mut self, key: &'static str) -> Option<Self> {
        self.known.insert(key);
        let path = self.key(key);
        let value = self.table.remove(key)?;
        self.given.insert(key);
        if let Value::Table(table) = value {
            return Some(Self::new(self.origin, path, table));
        }
        let found = describe(key, &value, "");
        let expected = format!("a table: [{path}]");
        self.origin.report(Problem::plain(self.origin, &path, &found, &expected));
        None
    }

    /// Takes a list of tables out; each is called by what it has under `name`.
    pub(super) fn tables(&mut self, field: &Field, name: &str) -> Vec<Self> {
        let read = self.required(field, |_, value| {
            let array = value.as_array().filter(|array| !array.is_empty()).ok_or("not a list")?;
            let tables = array.iter().map(|value| value.as_table().cloned());
            tables.collect::<Option<Vec<Table>>>().ok_or_else(|| "not a list of tables".to_owned())
        });
        let path = self.key(field.key);
        let numbered = read.unwrap_or_default().into_iter().enumerate();
        let sections = numbered.map(|(index, table)| {
            let path = match table.get(name).and_then(Value::as_str) {
                Some(name) => format!("{path}.{name}"),
                None => format!("{path}[{}]", index + 1),
            };
            Self::new(self.origin, path, table)
        });
        sections.collect()
    }

    /// Reports every key that no field has asked for.
    pub(super) fn close(self) {
        for (key, value) in &self.table {
            let nearest = self.known.iter().min_by_key(|known| distance(key, known));
            let near = nearest.filter(|known| distance(key, known) <= 1 + key.len() / 3);
            let all: Vec<&str> = self.known.iter().copied().collect();
            let expected = match near {
                Some(known) => format!("perhaps `{known}`"),
                None => format!("one of: {}", all.join(", ")),
            };
            let found = format!("a key that Langbord does not know ({})", value.type_str());
            self.origin.report(Problem::plain(self.origin, &self.key(key), &found, &expected));
        }
    }

    // How values are read. Each fits `optional` and `required`.

    pub(super) fn path(&self, value: &Value) -> Result<PathBuf, String> {
        let path = text(self, value)?;
        let folder = self.origin.file.parent().unwrap_or(Path::new(""));
        std::path::absolute(folder.join(path)).map_err(|error| error.to_string())
    }

    pub(super) fn existing_file(&self, value: &Value) -> Result<PathBuf, String> {
        let path = self.path(value)?;
        fs::File::open(&path).map_err(|error| error.to_string())?;
        Ok(path)
    }

    /// What a file holds, without the line's end.
    pub(super) fn secret_file(&self, value: &Value) -> Result<Secret, String> {
        let text = fs::read_to_string(self.path(value)?).map_err(|error| error.to_string())?;
        secret(&text)
    }

    pub(super) fn secret_variable(&self, value: &Value) -> Result<Secret, String> {
        let name = text(self, value)?;
        let text = self.origin.environment.get(&name).ok_or("there is no such variable")?;
        secret(text)
    }

    /// A systemd credential (`LoadCredential=`). `None` where it is not given to us, and need not be.
    pub(super) fn credential(&self, value: &Value) -> Result<Option<Secret>, String> {
        let name = text(self, value)?;
        if name.contains('/') {
            return Err("a name, not a path".to_owned());
        }
        let folder = self.origin.environment.get("CREDENTIALS_DIRECTORY");
        if folder.is_none() && self.origin.withholds {
            return Ok(None);
        }
        let folder = folder.ok_or("systemd gave us no credentials ($CREDENTIALS_DIRECTORY)")?;
        let path = Path::new(folder).join(name);
        secret(&fs::read_to_string(path).map_err(|error| error.to_string())?).map(Some)
    }
}

/// Reads a text of one line.
pub(super) fn text(_: &Section<'_>, value: &Value) -> Result<String, String> {
    let text = value.as_str().ok_or("not a text")?;
    if text.trim().is_empty() || text.chars().any(char::is_control) {
        return Err("empty, or with control characters".to_owned());
    }
    Ok(text.trim().to_owned())
}

/// Reads `true` or `false`.
pub(super) fn switch(_: &Section<'_>, value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(String::new)
}

/// Reads a whole number within limits.
pub(super) fn number<T: TryFrom<i64>>(
    lowest: i64,
    highest: i64,
) -> impl FnOnce(&Section<'_>, &Value) -> Result<T, String> {
    move |_, value| {
        let number = value.as_integer().ok_or("not a whole number")?;
        let fits = (lowest..=highest).contains(&number);
        let converted = T::try_from(number).ok().filter(|_| fits);
        converted.ok_or_else(|| format!("not between {lowest} and {highest}"))
    }
}

/// Reads a text that has a meaning.
pub(super) fn parsed<T>(
    parse: impl Fn(&str) -> Result<T, String>,
) -> impl FnOnce(&Section<'_>, &Value) -> Result<T, String> {
    move |section, value| parse(&text(section, value)?)
}

fn secret(text: &str) -> Result<Secret, String> {
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() { Err("it is empty".to_owned()) } else { Ok(Secret::new(text.to_owned())) }
}

/// A value as it may be shown: short, and nothing of what may be a secret.
fn describe(key: &str, value: &Value, why: &str) -> String {
    let shown = if ["url", "password"].contains(&key) {
        format!("a {} (not shown)", value.type_str())
    } else {
        let text: String = value.to_string().chars().take(80).collect();
        text.replace('\n', " ")
    };
    if why.is_empty() { shown } else { format!("{shown}: {why}") }
}

/// Levenshtein's distance, for keys; a short key against each of a dozen.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.chars().take(64).enumerate() {
        let mut next = vec![i + 1];
        for (b, (diagonal, above)) in other.iter().zip(row.iter().zip(row.iter().skip(1))) {
            let left = next.last().copied().unwrap_or_default();
            let replaced = diagonal + usize::from(a != *b);
            next.push(replaced.min(above + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
