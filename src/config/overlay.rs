//! The environment over the file: `LANGBORD__LOG__FORMAT=json` replaces `log.format`, and
//! `LANGBORD__COMMUNITY__OSLO__ADDRESS=…` the address of the community `oslo`.

use toml::{Table, Value};

use super::problem::Problem;
use super::section::Origin;

const PREFIX: &str = "LANGBORD__";

/// Puts every such variable into its place, and notes which key it has replaced.
pub(super) fn apply(table: &mut Table, origin: &Origin) {
    for (variable, text) in &origin.environment {
        let Some(rest) = variable.strip_prefix(PREFIX) else { continue };
        let parts: Vec<String> = rest.split("__").map(str::to_lowercase).collect();
        let placed = if parts.iter().any(String::is_empty) {
            Err(format!("`{variable}`"))
        } else {
            place(table, &parts, text)
        };
        match placed {
            Ok(key) => origin.override_key(key, variable),
            Err(found) => {
                let mut problem = Problem::plain(origin, "", &found, "SECTION__KEY that exists");
                problem.source = format!("environment variable {variable}");
                problem.example = format!("{PREFIX}COMMUNITY__OSLO__ADDRESS=bord@example.org");
                origin.report(problem);
            }
        }
    }
}

fn place(table: &mut Table, parts: &[String], text: &str) -> Result<String, String> {
    let Some((first, rest)) = parts.split_first() else { return Err("no key".to_owned()) };
    if first != "community" {
        put(table, parts, value(parts, text))?;
        return Ok(parts.join("."));
    }
    let Some((slug, rest)) = rest.split_first().filter(|(_, rest)| !rest.is_empty()) else {
        return Err("no community and key".to_owned());
    };
    let communities = table.get_mut("community").and_then(Value::as_array_mut);
    let tables = communities.into_iter().flatten().filter_map(Value::as_table_mut);
    for community in tables {
        let Some(found) = community.get("slug").and_then(Value::as_str) else { continue };
        // A variable's name has no dashes.
        if found.to_lowercase().replace('-', "_") == *slug {
            let key = format!("community.{found}.{}", rest.join("."));
            put(community, rest, value(rest, text))?;
            return Ok(key);
        }
    }
    Err(format!("no community `{slug}` in the file"))
}

fn put(table: &mut Table, parts: &[String], value: Value) -> Result<(), String> {
    match parts {
        [] => Err("no key".to_owned()),
        [key] => {
            table.insert(key.clone(), value);
            Ok(())
        }
        [key, rest @ ..] => {
            let entry = table.entry(key.clone()).or_insert_with(|| Value::Table(Table::new()));
            match entry.as_table_mut() {
                Some(table) => put(table, rest, value),
                None => Err(format!("`{key}` is not a table")),
            }
        }
    }
}

/// Numbers, switches and lists are written as in the file; everything else is text as it stands.
/// A text that looks like a number (a password of digits never comes this way, a name might) stays
/// text where the key wants one.
fn value(parts: &[String], text: &str) -> Value {
    const TEXTS: [&str; 8] =
        ["slug", "name", "user", "host", "mailbox", "selector", "domain", "hello"];
    let text_wanted = parts.last().is_some_and(|key| TEXTS.contains(&key.as_str()));
    let plain = || Value::String(text.to_owned());
    if text_wanted {
        return plain();
    }
    match text.parse::<Value>() {
        Ok(value @ (Value::Integer(_) | Value::Boolean(_) | Value::Array(_) | Value::Table(_))) => {
            value
        }
        Ok(Value::String(_) | Value::Float(_) | Value::Datetime(_)) | Err(_) => plain(),
    }
}
