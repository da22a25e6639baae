//! The files that letters are written from: those in the program, and an operator's in their place.
//!
//! Invariant: a file is parted into subject and text here, before anything is rendered, so that no
//! value can move the border between header and body.

use std::collections::BTreeMap;

use include_dir::{Dir, File, include_dir};

use super::locale::Words;
use crate::community::Letter;
use crate::language::Language;

static TEMPLATES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

const WORDS: &str = "words.toml";

/// File name -> text.
pub(super) type Files = BTreeMap<String, String>;

/// Everything that is wrong, each with its file and line.
pub(super) type Problems = Vec<String>;

/// The texts of all files.
#[derive(Debug)]
pub(super) struct Sources {
    /// Each language's folder.
    pub languages: BTreeMap<Language, Files>,
    /// The HTML around every letter.
    pub layout: String,
}

/// A letter's file, or a part that letters include.
#[derive(Debug)]
pub(super) struct Template {
    /// `nb/reminder.txt`.
    pub name: String,
    /// What stands after `Subject:`; `None` for a part.
    pub subject: Option<String>,
    /// The text, moved down by empty lines so that line numbers are those of the file.
    pub body: String,
}

impl Sources {
    /// Our files, with the operator's in their place. A name that we do not have is a mistake.
    pub fn read(overrides: BTreeMap<(Language, String), String>) -> Result<Self, Problems> {
        let layout = TEMPLATES.get_file("layout.html").and_then(File::contents_utf8);
        let mut sources = Self {
            languages: Language::ALL.into_iter().map(|tag| (tag, embedded(tag))).collect(),
            layout: layout.ok_or_else(|| vec!["layout.html: missing".to_owned()])?.to_owned(),
        };
        let mut problems = Vec::new();
        for ((language, name), text) in overrides {
            let ours = sources.languages.get_mut(&language).and_then(|files| files.get_mut(&name));
            match ours {
                Some(file) => *file = text,
                None => problems.push(format!("{language}/{name}: no letter has this name")),
            }
        }
        if problems.is_empty() { Ok(sources) } else { Err(problems) }
    }
}

/// The files of a language in the program. Its folder also holds the words that are understood,
/// which are not ours.
fn embedded(language: Language) -> Files {
    let files = TEMPLATES.get_dir(language.tag()).map(Dir::files).into_iter().flatten();
    let ours = files.filter(|file| {
        file.path().extension().is_some_and(|kind| kind == "txt") || file.path().ends_with(WORDS)
    });
    ours.filter_map(|file| {
        let name = file.path().file_name()?.to_str()?;
        Some((name.to_owned(), file.contents_utf8()?.to_owned()))
    })
    .collect()
}

/// A folder's words and templates, or all that is wrong with them.
pub(super) fn split(language: Language, files: &Files) -> Result<(Words, Vec<Template>), Problems> {
    let mut problems = Vec::new();
    for sample in Letter::samples().map_err(|problem| vec![problem])? {
        let name = format!("{}.txt", sample.letter.name());
        let problem = format!("{language}/{name}: missing");
        if !files.contains_key(&name) && !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    let mut templates = Vec::new();
    for (name, text) in files.iter().filter(|(name, _)| name.as_str() != WORDS) {
        match template(format!("{language}/{name}"), text) {
            Ok(template) => templates.push(template),
            Err(problem) => problems.push(problem),
        }
    }
    match Words::parse(files.get(WORDS).map_or("", String::as_str)) {
        Ok(words) if problems.is_empty() => return Ok((words, templates)),
        Ok(_) => {}
        Err(problem) => problems.push(format!("{language}/{WORDS}: {problem}")),
    }
    Err(problems)
}

/// Parts a file at its first empty line.
fn template(name: String, text: &str) -> Result<Template, String> {
    if name.contains("/_") {
        refuse_glue(&name, text)?;
        return Ok(Template { name, subject: None, body: text.to_owned() });
    }
    let Some(rest) = text.strip_prefix("Subject:") else {
        return Err(format!("{name}:1: the first line must begin with `Subject:`"));
    };
    let Some((subject, body)) = rest.split_once("\n\n") else {
        return Err(format!("{name}:1: there is no empty line between subject and text"));
    };
    let above = subject.matches('\n').count() + 2;
    let body = "\n".repeat(above) + body;
    refuse_glue(&name, &body)?;
    Ok(Template { name, subject: Some(subject.to_owned()), body })
}

/// The engine takes away the line end after a tag, so that a line of tags leaves nothing behind;
/// after words that would glue two lines together.
fn refuse_glue(name: &str, body: &str) -> Result<(), String> {
    let glued = |line: &str| line.ends_with("%}") && !line.trim_start().starts_with("{%");
    match body.lines().position(glued) {
        Some(at) => Err(format!("{name}:{}: a tag at the end of a line of words", at + 1)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_parted_at_its_first_empty_line_and_keeps_its_line_numbers() {
        let file = "Subject: Hei\n {{ reader }}\n\nKjære\n\ndu\n";
        let template = template("nb/x.txt".to_owned(), file).unwrap();
        assert_eq!(template.subject.as_deref(), Some(" Hei\n {{ reader }}"));
        assert_eq!(template.body.lines().nth(3), Some("Kjære"));
    }

    #[test]
    fn a_file_without_subject_or_empty_line_is_refused() {
        assert!(template("nb/x.txt".to_owned(), "Emne: Hei\n\nKjære\n").is_err());
        assert!(template("nb/x.txt".to_owned(), "Subject: Hei\nKjære\n").is_err());
    }
}
