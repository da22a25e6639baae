use std::path::Path;

use super::*;
use crate::understand::Diet;
use crate::understand::pattern::MAX_ITEMS;

/// The meanings that the readers know. Another name would be read as a mask, or not at all.
const MEANINGS: &[(&str, &str)] = &[
    (
        "answer",
        "yes no maybe yes-word no-word yes-hint no-hint maybe-hint like if several substitute later \
         irony mask",
    ),
    ("party", "one two three total sum extra mask"),
    ("diet", "refuse accept refused mask"),
    ("human", "question request complaint rhetorical thanks late gone"),
    ("asked", "coming party diet"),
];

fn is_known(topic: &str, meaning: &str) -> bool {
    let listed = MEANINGS.iter().find(|(name, _)| *name == topic);
    let food = meaning.strip_prefix("food-").unwrap_or(meaning);
    listed.is_some_and(|(_, known)| known.split(' ').any(|known| known == meaning))
        || topic == "diet" && serde_json::from_value::<Diet>(food.into()).is_ok()
}

/// Whatever of a file would be passed over when it is loaded, each with file and line.
fn faults(tag: &str, source: &str) -> Vec<String> {
    let file = match read(tag, source) {
        Ok(file) => file,
        Err(fault) => return vec![fault],
    };
    let mut faults = Vec::new();
    for (topic, meanings) in &file.patterns {
        let mut fault = |words: &str, what: &str| {
            let line = line_of(source, &format!("[patterns.{topic}]"), words);
            faults.push(format!("templates/{tag}/lexicon.toml:{line}: {words}: {what}"));
        };
        if Topic::named(topic).is_none() {
            fault(&format!("[patterns.{topic}]"), "there is no such topic");
            continue;
        }
        for (meaning, patterns) in meanings {
            if !is_known(topic, meaning) {
                fault(meaning, "there is no such meaning");
            }
            for pattern in patterns {
                if let Some(what) = pattern_fault(pattern, &file.classes) {
                    fault(pattern, &what);
                }
            }
        }
    }
    faults
}

fn pattern_fault(pattern: &str, classes: &BTreeMap<String, String>) -> Option<String> {
    let items: Vec<&str> = pattern.split_whitespace().collect();
    let is_gap = |item: &&str| matches!(*item, ".." | "...");
    if items.len() > MAX_ITEMS {
        return Some(format!("has more than {MAX_ITEMS} items"));
    }
    if items.iter().filter(|item| is_gap(item)).count() > 3 {
        return Some("has more than three gaps".to_owned());
    }
    if items.iter().find(|item| **item != "^").is_none_or(is_gap) {
        return Some("begins with no word, so nothing ever finds it".to_owned());
    }
    items.iter().filter(|item| !is_gap(item)).find_map(|item| {
        let optional = item.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        optional.unwrap_or(item).split('|').find_map(|word| word_fault(word, classes))
    })
}

fn word_fault(word: &str, classes: &BTreeMap<String, String>) -> Option<String> {
    if let Some(class) = word.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) {
        return (!classes.contains_key(class)).then(|| format!("there is no class <{class}>"));
    }
    let letters = word.strip_suffix('*').or_else(|| word.strip_prefix('*')).unwrap_or(word);
    if letters.is_empty() || letters.contains(['[', ']', '<', '>', '*']) {
        return Some(format!("\"{word}\" is no word"));
    }
    // Mails are compared in lower case.
    (letters != letters.to_lowercase()).then(|| format!("\"{word}\" has a capital"))
}

/// The line of some words, from the heading on.
fn line_of(source: &str, heading: &str, words: &str) -> usize {
    let lines = || source.lines().enumerate().map(|(at, line)| (at + 1, line));
    let start = lines().find(|(_, line)| line.trim() == heading).map_or(1, |(at, _)| at);
    lines().skip(start - 1).find(|(_, line)| line.contains(words)).map_or(start, |(at, _)| at)
}

#[test]
fn every_lexicon_loads_whole() {
    let faults: Vec<String> =
        SOURCES.iter().flat_map(|(tag, source)| faults(tag, source)).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    let tags: Vec<&str> = SOURCES.iter().map(|(tag, _)| *tag).collect();
    assert_eq!(people().languages, tags);
    assert_eq!(tags[6], "und", "its bit is set for every sentence in src/understand/text.rs");
}

#[test]
fn every_lexicon_of_the_templates_is_read() {
    let templates = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let written: BTreeSet<String> = std::fs::read_dir(templates)
        .unwrap()
        .map(Result::unwrap)
        .filter(|entry| entry.path().join("lexicon.toml").exists())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    let read: BTreeSet<String> = SOURCES.iter().map(|(tag, _)| (*tag).to_owned()).collect();
    assert_eq!(written, read);
}

#[test]
fn what_is_wrong_in_a_lexicon_is_named_with_file_and_line() {
    let answer = |line: &str| format!("[classes]\ni = \"jeg\"\n\n[patterns.answer]\n{line}\n");
    for (source, expected) in [
        ("markers = \"og i\"\nfirst = \"jeg".to_owned(), ":2: "),
        ("markers = \"og i\"\nfrist = \"jeg\"\n".to_owned(), ":2: unknown field `frist`"),
        ("\n\nmarkers = [\"og\"]\n".to_owned(), ":3: invalid type"),
        (
            "[patterns.answers]\nyes = []\n".to_owned(),
            ":1: [patterns.answers]: there is no such topic",
        ),
        (answer("yess = [\"ja\"]"), ":5: yess: there is no such meaning"),
        (answer("yes = [\"ja\", \"<vi> kommer\"]"), ":5: <vi> kommer: there is no class <vi>"),
        (answer("no = [\n  \"nei\",\n  \"Nei\",\n]"), ":7: Nei: \"Nei\" has a capital"),
        (answer("no = [\".. ikke\"]"), ":5: .. ikke: begins with no word"),
        (
            answer("no = [\"a .. b .. c .. d .. e\"]"),
            ":5: a .. b .. c .. d .. e: has more than three gaps",
        ),
        (answer("no = [\"a b c d e f g h i j k l m\"]"), "has more than 12 items"),
        (answer("no = [\"[a|b c\"]"), ":5: [a|b c: \"[a\" is no word"),
    ] {
        let found = faults("xx", &source);
        assert_eq!(found.len(), 1, "{source}: {found:?}");
        assert!(found[0].starts_with("templates/xx/lexicon.toml:"), "{found:?}");
        assert!(found[0].contains(expected), "{found:?} has no {expected}");
    }
    assert_eq!(faults("xx", &answer("no = [\"[<i>] kommer .. ikke $\"]")), [""; 0]);
}
