//! The borders of the house, held by reading it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Modules that know no world.
const PURE: [&str; 7] =
    ["language", "secret", "mail", "understand", "command", "community", "letters"];
/// What only a shell may do.
const WORLD: [&str; 12] = [
    "async fn",
    "async move",
    ".await",
    "tokio::",
    "sqlx::",
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "SystemTime",
    "Utc::now",
    "Instant::now",
];
/// Beside the steps, two commands are a transaction each: a rehearsal that is rolled back, and an
/// import that is whole or not at all.
const BEGINNERS: [&str; 2] = ["src/cli/work.rs", "src/cli/import.rs"];
/// Asks a server that need not be ours for its version.
const ASKER: &str = "src/cli/doctor/database.rs";

#[test]
fn pure_modules_do_no_work_of_the_shell() {
    let mut strayed = Vec::new();
    for (path, code) in sources().iter().filter(|(path, _)| PURE.contains(&module(path))) {
        strayed.extend(
            WORLD.iter().filter(|word| code.contains(**word)).map(|word| format!("{path}: {word}")),
        );
    }
    assert_eq!(strayed, Vec::<String>::new());
}

#[test]
fn a_module_uses_only_those_before_it() {
    let order = order();
    let place = |name: &str| {
        order.iter().position(|one| one == name).unwrap_or_else(|| panic!("{name} has no place"))
    };
    let mut strayed = Vec::new();
    for (path, code) in sources() {
        let own = module(&path).to_owned();
        if own == "lib" || own == "main" {
            continue;
        }
        for used in code.split("crate::").skip(1) {
            let used: String =
                used.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect();
            if !used.is_empty() && place(&used) > place(&own) {
                strayed.push(format!("{path} uses {used}"));
            }
        }
    }
    assert_eq!(strayed, Vec::<String>::new());
}

#[test]
fn every_module_stands_in_the_tree() {
    let lib = read(&root().join("src/lib.rs"));
    let order = order();
    let modules = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let missing: Vec<&str> =
        modules.clone().filter(|name| !order.iter().any(|one| one == name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
    let gone: Vec<&String> =
        order.iter().filter(|name| !modules.clone().any(|one| one == *name)).collect();
    assert_eq!(gone, Vec::<&String>::new());
}

#[test]
fn transactions_begin_in_steps_and_sql_is_in_store() {
    let mut strayed = Vec::new();
    for (path, code) in sources() {
        if code.contains(".begin()")
            && module(&path) != "steps"
            && !BEGINNERS.contains(&path.as_str())
        {
            strayed.push(format!("{path} begins a transaction"));
        }
        let sql =
            ["sqlx::query", "query_as(", "query_scalar("].iter().any(|word| code.contains(word));
        if sql && module(&path) != "store" && path != ASKER {
            strayed.push(format!("{path} holds SQL"));
        }
        if module(&path) == "store" && (code.contains(".begin()") || code.contains(".commit()")) {
            strayed.push(format!("{path} begins or commits"));
        }
    }
    assert_eq!(strayed, Vec::<String>::new());
}

#[test]
fn no_file_is_too_long_to_read() {
    let files = ["src", "tests", "benches"].into_iter().flat_map(rust_files);
    let long: Vec<String> = files
        .map(|file| (file.clone(), read(&file).lines().count()))
        .filter(|(_, lines)| *lines > 600)
        .map(|(file, lines)| format!("{}: {lines} lines", file.display()))
        .collect();
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn every_path_that_the_documentation_names_exists() {
    let mut gone = Vec::new();
    let documents = walk(&root().join("docs")).into_iter().chain([root().join("README.md")]);
    for document in documents.filter(|file| file.extension().is_some_and(|ext| ext == "md")) {
        for path in paths(&read(&document)) {
            let beside = document.parent().expect("a folder").join(&path);
            if !root().join(&path).exists() && !beside.exists() {
                gone.push(format!("{}: {path}", document.display()));
            }
        }
    }
    assert_eq!(gone, Vec::<String>::new());
}

#[test]
fn every_approved_letter_has_its_template() {
    let letters = walk(&root().join("tests/letters"));
    assert!(letters.len() > 20, "letters are where they are looked for");
    let stray: Vec<PathBuf> = letters
        .into_iter()
        .filter(|letter| {
            let inside = letter.strip_prefix(root().join("tests/letters")).expect("inside");
            !root().join("templates").join(inside).exists()
        })
        .collect();
    assert_eq!(stray, Vec::<PathBuf>::new());
}

#[test]
fn the_schedule_tells_of_every_purpose_and_of_no_other() {
    let code = read(&root().join("src/community/purpose.rs"));
    let page = read(&root().join("docs/schedule.md"));
    let texts = code.split('"').skip(1).step_by(2).filter(|text| text.contains(":{"));
    let purposes: BTreeSet<&str> = texts.filter_map(|text| text.split(':').next()).collect();
    assert!(purposes.len() > 30, "{purposes:?}");
    let untold: Vec<&&str> =
        purposes.iter().filter(|purpose| !page.contains(&format!("`{purpose}`"))).collect();
    assert_eq!(untold, Vec::<&&str>::new(), "docs/schedule.md says nothing of them");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let unknown: Vec<&str> = rows.filter(|purpose| !purposes.contains(purpose)).collect();
    assert_eq!(unknown, Vec::<&str>::new(), "no mail has this purpose");
}

/// The modules in the order of the tree in `src/lib.rs`: the first column, up to two spaces.
fn order() -> Vec<String> {
    let lib = read(&root().join("src/lib.rs"));
    let tree = lib.split("```").nth(1).expect("a tree in the documentation of the library");
    tree.lines()
        .filter_map(|line| line.strip_prefix("//! "))
        .filter(|line| !line.starts_with("---"))
        .flat_map(|line| line.split("  ").next().unwrap_or_default().split(' '))
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Our code by path, without comments and without tests.
fn sources() -> BTreeMap<String, String> {
    let files = rust_files("src").into_iter().filter(|file| {
        !file.ends_with("tests.rs") && !file.components().any(|part| part.as_os_str() == "tests")
    });
    files
        .map(|file| {
            let path = file.strip_prefix(root()).expect("ours").to_string_lossy().into_owned();
            let text = read(&file);
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
            (path, code.collect::<Vec<_>>().join("\n"))
        })
        .collect()
}

/// `src/mail/parse.rs` belongs to `mail`.
fn module(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split('/').next().unwrap_or_default().trim_end_matches(".rs")
}

/// Words in backticks and targets of links that are paths of this repository.
fn paths(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    let linked = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let ours = [
        "src/",
        "tests/",
        "templates/",
        "docs/",
        "migrations/",
        "scripts/",
        "examples/",
        "deploy/",
        ".ci/",
    ];
    let is_pattern = |path: &str| path.contains(['<', '*', '{', ' ', '…', '$']);
    quoted
        .filter(|path| ours.iter().any(|folder| path.starts_with(folder)))
        .chain(linked.filter(|path| !path.contains("://") && !path.starts_with(['#', 'm'])))
        .map(|path| path.split(['#', ':', ',']).next().unwrap_or_default())
        .filter(|path| !path.is_empty() && !is_pattern(path))
        .map(str::to_owned)
        .collect()
}

fn rust_files(folder: &str) -> Vec<PathBuf> {
    let files = walk(&root().join(folder));
    files.into_iter().filter(|file| file.extension().is_some_and(|ext| ext == "rs")).collect()
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("list a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(walk(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
