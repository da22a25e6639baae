//! The labelled replies: `language | answer | party | diets | needs human | text`, a line each, and
//! those of the whole mails of `tests/replies`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use langbord::understand::weigh::net::{DIETS, Input, PARTIES};
use langbord::understand::weigh::{self, NEEDS};
use serde_json::Value;

/// A labelled reply as the network sees it.
#[derive(Debug, Clone)]
pub struct Labelled {
    /// Its file's name.
    pub file: String,
    /// As it is written there.
    pub line: String,
    /// The text prepared for the network.
    pub input: Input,
    /// Place of the answer: yes, no, maybe, none.
    pub answer: usize,
    /// Whether a person is needed.
    pub human: bool,
    /// Seats in all; 0 where nothing is said, 7 for more.
    pub party: usize,
    /// Needs of the kitchen.
    pub diets: [bool; DIETS],
    /// The rules were written with this reply at hand, so they look better on it than they are.
    pub known: bool,
}

/// All replies, each text once.
pub fn all(root: &Path) -> Result<Vec<Labelled>> {
    let mut files: Vec<PathBuf> = fs::read_dir(root.join("training"))
        .context("read training")?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "txt"));
    files.sort();
    files.push(root.join("tests/replies/own.txt"));
    // Twice: they are whole mails, looked at one by one.
    let mut replies = corpus(root)?;
    replies.extend(replies.clone());
    let mut seen: BTreeSet<String> = BTreeSet::new();
    for file in files {
        let text = fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for line in text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
            let reply = one(&name, line)?;
            if seen.insert(line.rsplit(" | ").next().unwrap_or_default().to_lowercase()) {
                replies.push(reply);
            }
        }
    }
    Ok(replies)
}

/// The replies of persons among the whole mails of `tests/replies`.
fn corpus(root: &Path) -> Result<Vec<Labelled>> {
    let labels =
        fs::read_to_string(root.join("tests/replies/labels.jsonl")).context("read labels")?;
    let mut replies = Vec::new();
    for line in labels.lines() {
        let label: Value = serde_json::from_str(line).context("read a label")?;
        let field = |name: &str| label.get(name).unwrap_or(&Value::Null);
        let text = field("visible_text").as_str().unwrap_or_default();
        if field("kind") != "reply" || text.trim().is_empty() {
            continue;
        }
        let diets = field("diets").as_array().into_iter().flatten().filter_map(Value::as_str);
        let fields = Fields {
            answer: field("answer").as_str().unwrap_or_default(),
            party: field("party_size").as_u64().and_then(|size| size.try_into().ok()),
            diets: diets.collect(),
            human: field("needs_human") == true,
            text: text.to_owned(),
            line: text,
        };
        replies.push(fields.prepared("labels.jsonl"));
    }
    Ok(replies)
}

fn one(file: &str, line: &str) -> Result<Labelled> {
    let fields: Vec<&str> = line.splitn(6, " | ").map(str::trim).collect();
    let [_, answer, party, diets, human, text] = fields[..] else { bail!("{file}: `{line}`") };
    let fields = Fields {
        answer,
        party: party.parse().ok(),
        diets: diets.split(',').map(str::trim).collect(),
        human: human == "yes",
        text: text.replace("\\n", "\n"),
        line,
    };
    Ok(fields.prepared(file))
}

/// A label as it is written.
struct Fields<'a> {
    answer: &'a str,
    party: Option<usize>,
    diets: Vec<&'a str>,
    human: bool,
    text: String,
    line: &'a str,
}

impl Fields<'_> {
    fn prepared(&self, file: &str) -> Labelled {
        let name = |need| serde_json::to_value(need).unwrap_or_default();
        let listed = |need| name(need).as_str().is_some_and(|name| self.diets.contains(&name));
        Labelled {
            file: file.to_owned(),
            line: self.line.to_owned(),
            input: weigh::prepare(&self.text),
            answer: ["yes", "no", "maybe"].iter().position(|one| *one == self.answer).unwrap_or(3),
            human: self.human,
            party: self.party.map_or(0, |size| size.min(PARTIES - 1)),
            diets: NEEDS.map(listed),
            known: file == "own.txt",
        }
    }
}
