//! Letters as people read them: every sample in every language, beside the one that was approved.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use langbord::community::Letter;
use langbord::community::letter::samples::Sample;
use langbord::language::Language;
use langbord::letters::{Address, Letters, Written};

fn kari(language: Language) -> Address {
    Address {
        guest_name: "Kari Lie".to_owned(),
        community_name: "Minds of Oslo".to_owned(),
        language,
        reply_to: Some("bord+g-42-abcdefghijklmnopqrstuvwxyz@example.org".parse().unwrap()),
    }
}

fn every_letter() -> Vec<(Language, Sample, Written)> {
    let letters = Letters::embedded().unwrap_or_else(|problems| panic!("{}", problems.join("\n")));
    let mut written = Vec::new();
    for language in Language::ALL {
        for sample in Letter::samples().unwrap() {
            let words = letters.write(&sample.letter, &kari(language)).unwrap();
            written.push((language, sample, words));
        }
    }
    written
}

/// Compares with the approved text, or approves this one where `BLESS` is set.
fn approve(file: &Path, now: &str) -> Result<(), String> {
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, now).unwrap();
        return Ok(());
    }
    let approved = fs::read_to_string(file).unwrap_or_default();
    if approved == now {
        return Ok(());
    }
    let diff = similar::TextDiff::from_lines(approved.as_str(), now);
    Err(format!("{}\n{}", file.display(), diff.unified_diff()))
}

#[test]
fn every_letter_reads_as_it_was_approved() {
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/letters");
    for (language, sample, written) in every_letter() {
        let file = folder.join(language.tag()).join(format!("{}.txt", sample.letter.name()));
        let text = files.entry(file).or_default();
        let Written { subject, text: body, .. } = written;
        writeln!(text, "=== {}\nSubject: {subject}\n\n{body}", sample.about).unwrap();
    }
    let differ: Vec<String> =
        files.iter().filter_map(|(file, text)| approve(file, text).err()).collect();
    assert!(differ.is_empty(), "{}\nBLESS=1 cargo test approves them", differ.join("\n"));
    for language in Language::ALL {
        let approved = fs::read_dir(folder.join(language.tag())).unwrap();
        let approved: BTreeSet<PathBuf> = approved.map(|entry| entry.unwrap().path()).collect();
        let written = files.keys().filter(|file| file.starts_with(folder.join(language.tag())));
        assert_eq!(approved, written.cloned().collect(), "a letter that nobody writes");
    }
}

/// Writes the HTML of every letter where `GALLERY` says.
#[test]
fn gallery() {
    let Some(folder) = std::env::var_os("GALLERY") else { return };
    for (n, (language, sample, written)) in every_letter().into_iter().enumerate() {
        let name = format!("{language}-{n:03}-{}.html", sample.letter.name());
        fs::write(Path::new(&folder).join(name), written.html).unwrap();
    }
}
