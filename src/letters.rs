//! A letter and a language -> subject, text and HTML. Pure over templates.
//!
//! One letter is one file that looks like the mail: `templates/nb/reminder.txt` has a `Subject:`
//! line, an empty line and the text. Text and HTML are made from the same source. A file whose name
//! begins with `_` is a part that letters include; `words.toml` holds the language's names of days,
//! kinds and diets.
//!
//! Invariant: what a person wrote is never markup, never a template and never ends a header line
//! (see `letters::values`); a template that can not be written is found when the templates are read.

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior, Value};
use serde_json::{Map, Value as Json};

use crate::community::Letter;
use crate::language::Language;
use crate::mail::EmailAddress;

mod filters;
mod locale;
mod prose;
mod source;
mod values;

use source::{Files, Problems, Sources, Template};

/// Every template in every language, compiled and tried.
#[derive(Debug)]
pub struct Letters {
    languages: BTreeMap<Language, Folder>,
    layout: Environment<'static>,
}

/// What a letter knows of its reader beside its own data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The reader's whole name, as we know it; may be empty. Letters greet with the first name.
    pub guest_name: String,
    /// The community's name, which signs.
    pub community_name: String,
    /// The language to write in.
    pub language: Language,
    /// Where an answer goes, for letters that offer one-word choices as links.
    pub reply_to: Option<EmailAddress>,
}

/// A letter in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// One line.
    pub subject: String,
    /// The plain text, at most 76 columns where words allow it.
    pub text: String,
    /// The same as a whole HTML document.
    pub html: String,
}

/// One language's templates, in the two shapes a value can be written in.
#[derive(Debug)]
struct Folder {
    subjects: Environment<'static>,
    bodies: Environment<'static>,
}

/// Writes one value into a letter.
type Formatter = fn(&mut Output<'_>, &mut State<'_, '_>, &Value) -> Result<(), minijinja::Error>;

/// More than a thousand times what the longest letter takes: a guard against templates without end.
const FUEL: u64 = 10_000_000;

/// Longer subjects are cut; no client shows more.
const LONGEST_SUBJECT: usize = 160;

impl Letters {
    /// The templates that are part of the program.
    pub fn embedded() -> Result<Self, Vec<String>> {
        Self::with_overrides(BTreeMap::new())
    }

    /// The same, with files of the operator's in place of ours: (language, file name) -> text.
    ///
    /// Reports every problem at once, each as `nb/reminder.txt:3: what is wrong`.
    pub fn with_overrides(
        overrides: BTreeMap<(Language, String), String>,
    ) -> Result<Self, Vec<String>> {
        let sources = Sources::read(overrides)?;
        let mut problems = Vec::new();
        let mut languages = BTreeMap::new();
        for (language, files) in &sources.languages {
            match Folder::compile(*language, files) {
                Ok(folder) => drop(languages.insert(*language, folder)),
                Err(found) => problems.extend(found),
            }
        }
        let layout = compile_layout(sources.layout).map_err(|problem| vec![problem])?;
        if !problems.is_empty() {
            return Err(problems);
        }
        let letters = Self { languages, layout };
        letters.check()?;
        Ok(letters)
    }

    /// Puts a letter in words. Fails only where a template asks for what the letter does not have.
    pub fn write(&self, letter: &Letter, address: &Address) -> Result<Written, String> {
        let data = data(letter, address)?;
        self.write_data(letter.name(), address, &data)
    }

    /// Writes every sample of every letter in every language, for a reader with and without name
    /// and reply address.
    fn check(&self) -> Result<(), Vec<String>> {
        let samples = Letter::samples().map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        for language in Language::ALL {
            for address in readers(language) {
                for sample in &samples {
                    if let Err(problem) = self.write(&sample.letter, &address)
                        && !problems.contains(&problem)
                    {
                        problems.push(problem);
                    }
                }
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn write_data(&self, name: &str, address: &Address, data: &Json) -> Result<Written, String> {
        let language = address.language;
        let file = format!("{language}/{name}.txt");
        let folder = self.languages.get(&language).ok_or_else(|| format!("{file}: missing"))?;
        let value = Value::from(Serde(data));
        let subject = render(&folder.subjects, &file, value.clone())?;
        let subject = values::one_line(subject.trim(), LONGEST_SUBJECT).replace('\u{a0}', " ");
        if subject.is_empty() {
            return Err(format!("{file}:1: the subject is empty"));
        }
        let body = render(&folder.bodies, &file, value)?;
        let blocks = prose::parse(&body).map_err(|problem| format!("{file}: {problem}"))?;
        let community = values::one_line(address.community_name.trim(), values::LONGEST_LINE);
        let html = minijinja::context! {
            language => language.tag(),
            subject => &subject,
            community => &community,
            blocks => Serde(&blocks),
        };
        let html = render(&self.layout, "layout.html", html)?;
        Ok(Written { text: prose::text(&blocks, &community), subject, html })
    }
}

impl Folder {
    fn compile(language: Language, files: &Files) -> Result<Self, Problems> {
        let (words, templates) = source::split(language, files)?;
        let mut folder = Self {
            subjects: environment(values::write_in_subject),
            bodies: environment(values::write_in_prose),
        };
        let words = Arc::new(words);
        filters::add(&mut folder.subjects, &words);
        filters::add(&mut folder.bodies, &words);
        let mut problems = Vec::new();
        for Template { name, subject, body } in templates {
            let added = subject.map_or(Ok(()), |subject| {
                folder.subjects.add_template_owned(name.clone(), subject)
            });
            for result in [added, folder.bodies.add_template_owned(name, body)] {
                problems.extend(result.err().map(|error| told(&error)));
            }
        }
        if problems.is_empty() { Ok(folder) } else { Err(problems) }
    }
}

/// A template engine in which values are written by `formatter`, and by nothing else.
fn environment(formatter: Formatter) -> Environment<'static> {
    let mut environment = bare_environment();
    // Custom, not None: what a macro or a block has written is then known as written, and not
    // escaped a second time.
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("letter".into()));
    environment.set_formatter(formatter);
    // `{% include "_facts.txt" %}` means the one of the same language.
    environment.set_path_join_callback(|name, parent| {
        let folder = parent.split_once('/').map_or("", |(folder, _)| folder);
        format!("{folder}/{name}").into()
    });
    environment
}

fn bare_environment() -> Environment<'static> {
    // Empty: templates have our filters and no others, so none can declare a value to be markup.
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_debug(false);
    if let Ok(syntax) = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
    {
        environment.set_syntax(syntax);
    }
    environment
}

fn compile_layout(source: String) -> Result<Environment<'static>, String> {
    let mut layout = bare_environment();
    layout.set_auto_escape_callback(|_| AutoEscape::Html);
    layout.add_template_owned("layout.html", source).map_err(|error| told(&error))?;
    Ok(layout)
}

fn render(environment: &Environment<'_>, file: &str, data: Value) -> Result<String, String> {
    let template = environment.get_template(file).map_err(|_| format!("{file}: missing"))?;
    template.render(data).map_err(|error| told(&error))
}

/// An engine's error as `file:line: what`, with the line in the innermost file.
fn told(error: &minijinja::Error) -> String {
    let mut innermost = error;
    while let Some(inner) =
        std::error::Error::source(innermost).and_then(|source| source.downcast_ref())
    {
        innermost = inner;
    }
    let what = innermost.detail().map_or_else(
        || innermost.kind().to_string(),
        |detail| format!("{}: {detail}", innermost.kind()),
    );
    let file = innermost.name().or(error.name()).unwrap_or("?");
    format!("{file}:{}: {what}", innermost.line().unwrap_or(0))
}

/// All that a template may speak of: the letter's own data, and the reader's.
fn data(letter: &Letter, address: &Address) -> Result<Json, String> {
    let mut data = match serde_json::to_value(letter) {
        Ok(Json::Object(fields)) => fields,
        Ok(_) => Map::new(),
        Err(error) => return Err(format!("{}: {error}", letter.name())),
    };
    data.insert("reader".into(), locale::first_name(&address.guest_name).into());
    data.insert("community".into(), address.community_name.clone().into());
    data.insert("reply_to".into(), address.reply_to.as_ref().map(ToString::to_string).into());
    let mut data = Json::Object(data);
    values::unlink_names(&mut data);
    Ok(data)
}

/// Readers for whom every letter must read well: one with everything, one with nothing.
fn readers(language: Language) -> [Address; 2] {
    let known = Address {
        guest_name: "Kari Lie".into(),
        community_name: "Langbord".into(),
        language,
        reply_to: "langbord@example.org".parse().ok(),
    };
    let unknown = Address { guest_name: String::new(), reply_to: None, ..known.clone() };
    [known, unknown]
}

#[cfg(test)]
mod tests;
