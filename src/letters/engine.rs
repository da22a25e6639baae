//! The template engine, kept on a short lead: strict, without filters of its own, with a limit to
//! what a template may cost, and with one way for values to get in.

use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Output, State, UndefinedBehavior, Value};

use super::source::{self, Files, Problems, Template};
use super::{filters, values};
use crate::language::Language;

/// One language's templates, in the two shapes a value can be written in.
#[derive(Debug)]
pub(super) struct Folder {
    pub(super) subjects: Environment<'static>,
    pub(super) bodies: Environment<'static>,
}

/// Writes one value into a letter.
type Formatter = fn(&mut Output<'_>, &mut State<'_, '_>, &Value) -> Result<(), minijinja::Error>;

/// More than a thousand times what the longest letter takes: a guard against templates without end.
const FUEL: u64 = 10_000_000;

impl Folder {
    pub(super) fn compile(language: Language, files: &Files) -> Result<Self, Problems> {
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
            // A subject may include a part as a text does.
            let subject = subject.unwrap_or_else(|| body.clone());
            let added = folder.subjects.add_template_owned(name.clone(), subject);
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

pub(super) fn compile_layout(source: String) -> Result<Environment<'static>, String> {
    let mut layout = bare_environment();
    layout.set_auto_escape_callback(|_| AutoEscape::Html);
    layout.add_template_owned("layout.html", source).map_err(|error| told(&error))?;
    Ok(layout)
}

pub(super) fn render(
    environment: &Environment<'_>,
    file: &str,
    data: Value,
) -> Result<String, String> {
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
