use std::collections::BTreeSet;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::community::letter::samples::Sample;

fn letters() -> Letters {
    Letters::embedded().unwrap_or_else(|problems| panic!("{}", problems.join("\n")))
}

fn reader(language: Language) -> Address {
    readers(language)[0].clone()
}

/// What goes wrong when one of our files is replaced by `text`.
fn problems(language: Language, name: &str, text: &str) -> Vec<String> {
    let overrides = BTreeMap::from([((language, name.to_owned()), text.to_owned())]);
    Letters::with_overrides(overrides).err().unwrap_or_default()
}

#[test]
fn an_operator_replaces_a_letter_and_keeps_the_others() {
    let own = "Subject: Nei vel\n\nDa blir det ikke noe av, {{ reader }}.\n";
    let overrides = BTreeMap::from([((Language::Nb, "dropped.txt".to_owned()), own.to_owned())]);
    // The sample reader without a name has no `reader` to write.
    assert!(Letters::with_overrides(overrides).is_err());
    let own = own.replace(", {{ reader }}", "{{ reader|after(', ') }}");
    let overrides = BTreeMap::from([((Language::Nb, "dropped.txt".to_owned()), own)]);
    let letters = Letters::with_overrides(overrides).unwrap();
    let written = letters.write(&Letter::Dropped, &reader(Language::Nb)).unwrap();
    assert_eq!(written.subject, "Nei vel");
    assert!(written.text.starts_with("Da blir det ikke noe av, Kari.\n"));
    assert!(letters.write(&Letter::Dropped, &reader(Language::En)).is_ok());
}

#[test]
fn a_community_signs_with_its_own_words_in_its_own_colour() {
    let look = Look {
        accent: "#0b5d4b".parse().unwrap(),
        signature: Some("Vel møtt!\nIda <b>og</b> Per".to_owned()),
    };
    let written = letters().dressed(look).write(&Letter::Dropped, &reader(Language::Nb)).unwrap();
    assert!(written.text.ends_with("\n-- \nVel møtt!\nIda <b>og</b> Per\n"), "{}", written.text);
    assert!(written.html.contains("Vel møtt!<br>Ida &lt;b&gt;og&lt;&#x2f;b&gt; Per</p>"));
    assert!(written.html.contains("border-top:4px solid #0b5d4b"));
    assert!(!written.html.contains("#8c2f39"));
}

#[test]
fn letters_are_replaced_for_all_who_share_them_and_stay_where_the_new_ones_are_wrong() {
    let letters = letters();
    let shared = letters.dressed(Look::default());
    let subject = || shared.write(&Letter::Dropped, &reader(Language::Nb)).unwrap().subject;
    let own =
        |text: &str| BTreeMap::from([((Language::Nb, "dropped.txt".to_owned()), text.to_owned())]);
    letters.replace(own("Subject: Nei vel\n\nGreit.\n")).unwrap();
    assert_eq!(subject(), "Nei vel");
    assert!(letters.replace(own("Subject: Å nei\n\n{{ nobody }}\n")).is_err());
    assert_eq!(subject(), "Nei vel");
    letters.replace(BTreeMap::new()).unwrap();
    assert_eq!(subject(), "Ikke gjort · du svarte nei");
}

#[test]
fn every_mistake_is_reported_with_file_and_line() {
    for (name, text, told) in [
        ("dropped.txt", "Subject: x\n\na\n{{ gathring.starts }}\n", "nb/dropped.txt:4: "),
        ("dropped.txt", "Subject: x\n\n{% if %}\n", "nb/dropped.txt:3: "),
        ("dropped.txt", "Subject: {{ nobody }}\n\nx\n", "nb/dropped.txt:1: "),
        ("dropped.txt", "x\n", "nb/dropped.txt:1: "),
        ("dropped.txt", "Subject:\n\nx\n", "nb/dropped.txt:1: "),
        ("dropped.txt", "Subject: x\n\nx {% if true %}y{% endif %}\ny\n", "nb/dropped.txt:3: "),
        ("dropped.txt", "Subject: x\n\n[x](https://example.org)\n", "nb/dropped.txt: "),
        ("dropped.txt", "Subject: x\n\n{{ community|safe }}\n", "nb/dropped.txt:3: "),
        ("dropped.txt", "Subject: x\n\n{{ reply_to }}\n", "nb/dropped.txt:3: "),
        ("_facts.txt", "- x\n- {{ gathering.street }}\n", "nb/_facts.txt:2: "),
        ("droppd.txt", "Subject: x\n\nx\n", "nb/droppd.txt: "),
        ("words.toml", "and = 1\n", "nb/words.toml: "),
        ("dropped.txt", "Subject: x\n\n{% include \"dropped.txt\" %}\n", "nb/dropped.txt:3: "),
        ("dropped.txt", "Subject: x\n\n{{ 'x' * 1000000000 }}\n", "nb/dropped.txt:3: "),
    ] {
        let problems = problems(Language::Nb, name, text);
        assert!(problems.iter().any(|problem| problem.starts_with(told)), "{text:?}: {problems:?}");
    }
}

#[test]
fn several_mistakes_are_reported_at_once() {
    let faulty = |name: &str| ((Language::En, name.to_owned()), "no subject\n".to_owned());
    let overrides =
        BTreeMap::from([faulty("dropped.txt"), faulty("help.txt"), faulty("nudge.txt")]);
    assert_eq!(Letters::with_overrides(overrides).unwrap_err().len(), 3);
}

#[test]
fn every_letter_has_a_sample_and_every_language_has_every_file() {
    let sources = Sources::read(BTreeMap::new()).unwrap();
    let folders: Vec<BTreeSet<&String>> =
        sources.languages.values().map(|files| files.keys().collect()).collect();
    assert!(folders.windows(2).all(|pair| pair[0] == pair[1]), "{folders:?}");
    let written: BTreeSet<String> =
        samples().iter().map(|sample| format!("{}.txt", sample.letter.name())).collect();
    let files: BTreeSet<String> = folders[0]
        .iter()
        .filter(|name| !name.starts_with('_') && name.as_str() != "words.toml")
        .map(|name| (*name).clone())
        .collect();
    assert_eq!(written, files);
}

#[test]
fn every_language_says_the_same_things() {
    let letters = letters();
    let variables = |language: Language| -> BTreeMap<String, BTreeSet<String>> {
        let templates = letters.templates();
        let folder = &templates.languages[&language];
        let mut all = BTreeMap::new();
        for (place, environment) in [("subject", &folder.subjects), ("body", &folder.bodies)] {
            for (name, template) in environment.templates() {
                let name = name.split_once('/').unwrap().1;
                let variables = template.undeclared_variables(true).into_iter().collect();
                all.insert(format!("{name} {place}"), variables);
            }
        }
        all
    };
    for language in Language::ALL {
        assert_eq!(variables(Language::En), variables(language), "en and {language}");
    }
}

/// Without one of its variables a letter either reads the same, because it did not use it, or is
/// not written: never with a hole.
#[test]
fn a_letter_without_one_of_its_variables_is_not_written() {
    let letters = letters();
    let (mut refused, mut holes) = (0, Vec::new());
    for (address, sample, data) in every_letter() {
        let name = sample.letter.name();
        let whole =
            letters.templates().write_data(name, (&address, &Look::default()), &data).unwrap();
        // What has not happened does not say so.
        for path in
            paths(&data).into_iter().filter(|path| path.last().is_none_or(|key| key != "happened"))
        {
            let mut less = data.clone();
            remove(&mut less, &path);
            match letters.templates().write_data(name, (&address, &Look::default()), &less) {
                Ok(written) if written != whole => holes.push((name, path)),
                Ok(_) => {}
                Err(_) => refused += 1,
            }
        }
    }
    assert!(holes.is_empty(), "{holes:?}");
    assert!(refused > 1_000, "only {refused} removals were noticed");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    /// Whatever people write, a letter has the same paragraphs, items and links.
    #[test]
    fn what_people_write_is_never_markup(
        which in any::<proptest::sample::Index>(),
        value in hostile(),
    ) {
        type Everything = (Letters, Vec<(Address, Sample, Json)>);
        static LETTERS: LazyLock<Everything> =
            LazyLock::new(|| (letters(), every_letter()));
        let (address, sample, data) = which.get(&LETTERS.1);
        let name = sample.letter.name();
        let write = |words: &str| {
            let mut data = data.clone();
            replace_words(&mut data, words);
            LETTERS.0.templates().write_data(name, (address, &Look::default()), &data).unwrap()
        };
        let (plain, nasty) = (write("x"), write(&value));
        prop_assert!(nasty.subject.chars().count() <= 161);
        prop_assert!(!nasty.subject.chars().any(|c| c.is_control() || is_bidi(c)));
        prop_assert!(!nasty.text.chars().any(|c| c != '\n' && c.is_control() || is_bidi(c)));
        prop_assert!(!nasty.html.chars().any(|c| c != '\n' && c.is_control() || is_bidi(c)));
        prop_assert!(nasty.html.len() <= 100_000, "{} octets", nasty.html.len());
        prop_assert_eq!(tags(&nasty.html), tags(&plain.html), "{}", name);
    }
}

fn hostile() -> impl Strategy<Value = String> {
    let bits = [
        "\r\nBcc: alle@example.org\r\n",
        "\n\n",
        "\n- ",
        "\n> ",
        "{{ 7*7 }}",
        "{% for x in y %}",
        "{{ self }}",
        "<script>alert(1)</script>",
        "[x](http://evil.no)",
        "](mailto:x@evil.no)",
        "[",
        "]",
        "(",
        ")",
        "\\",
        "\\\\",
        "~",
        "\u{202e}",
        "\u{2066}",
        "\u{200b}",
        "\0",
        "\u{85}",
        "\u{2028}",
        "</p>",
        "\" onclick=\"x",
        "&amp;",
        "<!--",
        "--",
        "evil.no/betal",
        "Kari",
        " ",
        "æøå",
        "👩\u{200d}🍳",
        "\u{e0041}",
        "%0d%0a",
        "=?utf-8?q?=0D=0A?=",
    ];
    let bit = prop_oneof![
        4 => proptest::sample::select(bits.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
        1 => (1usize..10_000).prop_map(|n| "m".repeat(n)),
    ];
    // Never quite empty: an item without words is left out, as it should be.
    proptest::collection::vec(bit, 0..8).prop_map(|bits| format!("x{}x", bits.concat()))
}

fn samples() -> Vec<Sample> {
    Letter::samples().unwrap()
}

fn every_letter() -> Vec<(Address, Sample, Json)> {
    let mut all = Vec::new();
    for language in Language::ALL {
        for sample in samples() {
            let address = reader(language);
            let data = data(&sample.letter, &address).unwrap();
            all.push((address, sample, data));
        }
    }
    all
}

/// The path to every field, and to the fields of the first of every list.
fn paths(data: &Json) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let children: Vec<(String, &Json)> = match data {
        Json::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), value)).collect(),
        Json::Array(items) => items.iter().take(1).map(|item| ("0".to_owned(), item)).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => Vec::new(),
    };
    for (key, value) in children {
        if data.is_object() {
            found.push(vec![key.clone()]);
        }
        found.extend(paths(value).into_iter().map(|rest| [vec![key.clone()], rest].concat()));
    }
    found
}

fn remove(data: &mut Json, path: &[String]) {
    match (path, data) {
        ([last], Json::Object(fields)) => drop(fields.remove(last)),
        ([first, rest @ ..], Json::Object(fields)) => remove(&mut fields[first.as_str()], rest),
        ([_, rest @ ..], Json::Array(items)) => remove(&mut items[0], rest),
        _ => {}
    }
}

/// Puts `words` in place of everything that a person wrote.
fn replace_words(data: &mut Json, words: &str) {
    const OURS: [&str; 22] = [
        "letter",
        "kind",
        "act",
        "why",
        "answer",
        "queue",
        "diets",
        "reply_to",
        "other",
        "address",
        "what",
        "addresses",
        "reads",
        "change",
        "severe",
        "diet",
        "of",
        "tells",
        "stands",
        "key",
        "field",
        "is",
    ];
    match data {
        Json::Object(fields) => {
            let of_language = fields.get("field").is_some_and(|field| field == "language");
            for (key, value) in fields {
                let tag =
                    value.is_string() || ["diets", "severe", "addresses"].contains(&key.as_str());
                // The language that a member's mail is to be in is one of ours.
                if of_language && key == "value" {
                    continue;
                }
                if !(tag && OURS.contains(&key.as_str())) {
                    replace_words(value, words);
                }
            }
        }
        Json::Array(items) => items.iter_mut().for_each(|item| replace_words(item, words)),
        Json::String(text) => {
            let time =
                text.split('T').next().is_some_and(|day| day.parse::<chrono::NaiveDate>().is_ok());
            if !time {
                words.clone_into(text);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// The tags of a document with their attributes, without line breaks: a quotation has as many of
/// those as its words.
fn tags(html: &str) -> Vec<&str> {
    let body = html.split_once("</head>").unwrap().1;
    let tags = body.split('<').skip(1).map(|tag| tag.split_once('>').unwrap().0);
    tags.filter(|tag| *tag != "br").collect()
}

fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
