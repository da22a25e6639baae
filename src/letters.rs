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
use std::sync::{Arc, PoisonError, RwLock};

use minijinja::value::Serde;
use minijinja::{Environment, Value};
use serde_json::{Map, Value as Json};

use crate::community::Letter;
use crate::language::Language;
use crate::mail::EmailAddress;

mod engine;
mod filters;
mod locale;
pub mod look;
mod prose;
mod source;
mod values;

use engine::{Folder, compile_layout, render};
use look::{Look, Palette};
use source::Sources;

/// The letters of a community, ready to be written. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Letters {
    /// Shared by all who were dressed from the same letters, and replaced for all at once.
    templates: Arc<RwLock<Arc<Templates>>>,
    look: Look,
}

/// Every template in every language, compiled and tried.
#[derive(Debug)]
struct Templates {
    languages: BTreeMap<Language, Folder>,
    layout: Environment<'static>,
}

/// Files of the operator's in place of ours: (language, file name) -> text.
pub type Overrides = BTreeMap<(Language, String), String>;

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

/// A signature of more lines is cut.
const MOST_SIGNATURE_LINES: usize = 4;

/// Longer subjects are cut; no client shows more.
const LONGEST_SUBJECT: usize = 160;

impl Letters {
    /// The templates that are part of the program.
    pub fn embedded() -> Result<Self, Vec<String>> {
        Self::with_overrides(BTreeMap::new())
    }

    /// The same, with an operator's files in place of ours.
    ///
    /// Reports every problem at once, each as `nb/reminder.txt:3: what is wrong`.
    pub fn with_overrides(overrides: Overrides) -> Result<Self, Vec<String>> {
        let templates = Arc::new(Templates::read(overrides)?);
        Ok(Self { templates: Arc::new(RwLock::new(templates)), look: Look::default() })
    }

    /// The same letters as another community sends them.
    #[must_use]
    pub fn dressed(&self, look: Look) -> Self {
        Self { templates: Arc::clone(&self.templates), look }
    }

    /// Takes other files in place of those so far, for everybody who shares these letters. Where
    /// anything is wrong with them, all stays as it was.
    pub fn replace(&self, overrides: Overrides) -> Result<(), Vec<String>> {
        let templates = Arc::new(Templates::read(overrides)?);
        *self.templates.write().unwrap_or_else(PoisonError::into_inner) = templates;
        Ok(())
    }

    /// Puts a letter in words. Fails only where a template asks for what the letter does not have.
    pub fn write(&self, letter: &Letter, address: &Address) -> Result<Written, String> {
        self.templates().write(letter, (address, &self.look))
    }

    fn templates(&self) -> Arc<Templates> {
        Arc::clone(&self.templates.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Templates {
    /// Reads, compiles and tries everything.
    fn read(overrides: Overrides) -> Result<Self, Vec<String>> {
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
        let templates = Self { languages, layout };
        templates.check()?;
        Ok(templates)
    }

    fn write(
        &self,
        letter: &Letter,
        (address, look): (&Address, &Look),
    ) -> Result<Written, String> {
        self.write_data(letter.name(), (address, look), &data(letter, address)?)
    }

    /// Writes every sample of every letter in every language, for a reader with and without name
    /// and reply address.
    fn check(&self) -> Result<(), Vec<String>> {
        let samples = Letter::samples().map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        for language in Language::ALL {
            for address in readers(language) {
                for sample in &samples {
                    if let Err(problem) = self.write(&sample.letter, (&address, &Look::default()))
                        && !problems.contains(&problem)
                    {
                        problems.push(problem);
                    }
                }
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn write_data(
        &self,
        name: &str,
        (address, look): (&Address, &Look),
        data: &Json,
    ) -> Result<Written, String> {
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
        let signature = look.signature.as_deref().unwrap_or(&address.community_name);
        let signature: Vec<String> = signature
            .lines()
            .take(MOST_SIGNATURE_LINES)
            .map(|line| values::one_line(line.trim(), values::LONGEST_LINE))
            .collect();
        let html = minijinja::context! {
            language => language.tag(),
            subject => &subject,
            signature => &signature,
            blocks => Serde(&blocks),
            day => Serde(&Palette::day(look.accent)),
            night => Serde(&Palette::night(look.accent)),
        };
        let html = render(&self.layout, "layout.html", html)?;
        Ok(Written { text: prose::text(&blocks, &signature), subject, html })
    }
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
