//! Letters as people read them: every sample in every language, beside the one that was approved.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use langbord::community::Letter;
use langbord::community::letter::samples::Sample;
use langbord::community::letter::{GatheringView, Soon, Writer};
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

/// How the text differs from the approved one, in lines; where `BLESS` is set it is approved instead.
fn difference(file: &Path, now: &str) -> String {
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, now).unwrap();
    }
    let approved = fs::read_to_string(file).unwrap_or_default();
    let diff = similar::TextDiff::from_lines(approved.as_str(), now);
    diff.unified_diff().header("approved", &file.to_string_lossy()).to_string()
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
    let differ: String = files.iter().map(|(file, text)| difference(file, text)).collect();
    assert!(differ.is_empty(), "{differ}\nBLESS=1 cargo test approves them");
    for language in Language::ALL {
        let approved = fs::read_dir(folder.join(language.tag())).unwrap();
        let approved: BTreeSet<PathBuf> = approved.map(|entry| entry.unwrap().path()).collect();
        let written = files.keys().filter(|file| file.starts_with(folder.join(language.tag())));
        assert_eq!(approved, written.cloned().collect(), "a letter that nobody writes");
    }
}

/// Columns of a subject that a list of mails on a small screen still shows.
const SUBJECT: usize = 78;

#[test]
fn the_subject_of_what_was_done_says_what_that_is() {
    for (language, sample, written) in every_letter() {
        let Letter::Done { acts, .. } = &sample.letter else { continue };
        let subject = written.subject;
        let about = format!("{}, {}: {subject}", language.tag(), sample.about);
        assert!(subject.chars().count() <= SUBJECT, "{about}");
        let what = subject.split_once(": ").map(|(_, what)| what.trim_start_matches([' ', '·']));
        let said =
            what.is_some_and(|what| !what.is_empty() && subject.contains(&format!(": {what}")));
        assert_eq!(said, acts.len() == 1, "{about}");
    }
}

/// People as they are called, and some whom a mail must survive.
const NAMES: [&str; 12] = [
    "Máret Ánne Sara",
    "Agnieszka Wiśniewska-Szczęsna",
    "Karl-Johan Sigismund von Løvenskiold-Wedel Jarlsberg",
    "Lie, Kari",
    "Mona",
    "Øystein Å",
    "Ngũgĩ wa Thiong’o",
    "ida@example.org",
    "Kari\r\nBcc: alle@example.org",
    "{{ 7*7 }} {% for %}",
    "<script>alert(1)</script>",
    "evil.no/betal http://evil.no",
];

#[test]
fn every_name_is_greeted_as_it_was_approved() {
    let letters = Letters::embedded().unwrap();
    let samples = Letter::samples().unwrap();
    let Some(Letter::Invitation { gathering, .. }) =
        samples.into_iter().map(|sample| sample.letter).find(|one| one.name() == "invitation")
    else {
        panic!("no invitation")
    };
    let mut differ = String::new();
    for language in Language::ALL {
        let mut all = String::new();
        for name in NAMES {
            let reader = Address { guest_name: name.to_owned(), ..kari(language) };
            let gathering = GatheringView { host: Some(name.to_owned()), ..gathering.clone() };
            let reminder =
                Letter::Reminder { gathering, party: 1, soon: Soon::Tomorrow, cooked: false };
            let told = letters.write(&reminder, &reader).unwrap();
            let wrote = Letter::GuestWrote {
                gathering: None,
                guest: name.to_owned(),
                text: format!("Hei!\n{name}"),
                answer: None,
                writer: Writer::Guest,
            };
            let to_organizer = letters.write(&wrote, &kari(language)).unwrap();
            let lines: Vec<&str> =
                told.text.lines().take_while(|line| !line.ends_with(':')).collect();
            write!(
                all,
                "=== {name:?}\n{}\nSubject: {}\n\n{}\n",
                lines.join("\n").trim_end(),
                to_organizer.subject,
                to_organizer.text
            )
            .unwrap();
        }
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/names");
        differ.push_str(&difference(&folder.join(format!("{language}.txt")), &all));
    }
    assert!(differ.is_empty(), "{differ}\nBLESS=1 cargo test approves them");
}

/// Whoever reads it and whatever is known: no gap where a value is missing, no line too long.
#[test]
fn letters_have_no_gaps_and_no_seams() {
    let letters = Letters::embedded().unwrap();
    for language in Language::ALL {
        for sample in Letter::samples().unwrap() {
            for name in ["", "Karl-Johan Sigismund von Løvenskiold-Wedel Jarlsberg"] {
                let reader = Address { guest_name: name.to_owned(), ..kari(language) };
                let Written { subject, text, .. } = letters.write(&sample.letter, &reader).unwrap();
                let what = format!("{language}/{} ({})", sample.letter.name(), sample.about);
                for line in text.lines().chain([subject.as_str()]) {
                    let seams = [" ,", " .", " !", " ?", "..", ",,", "()", ": .", "none", "{"];
                    let seam = seams.iter().find(|seam| line.trim_start().contains(**seam));
                    assert_eq!(seam, None, "{what}: {line}");
                    assert!(
                        line.chars().count() <= 78 || line.contains("mailto:"),
                        "{what}: {line}"
                    );
                }
                // The numbers of a question stand apart from what they number.
                let apart = sample.letter.name() == "which";
                assert!(apart || !text.replace("\n  ", "\n").contains("  "), "{what}: {text}");
                assert!(subject.chars().count() <= 110, "{what}: {subject}");
                assert!(!text.contains("\n\n\n"), "{what}: {text}");
                let alone = text.lines().find(|line| [".", ",", "-", "!"].contains(line));
                assert_eq!(alone, None, "{what}: {text}");
            }
        }
    }
}

#[test]
fn plain_text_fits_a_terminal() {
    for (language, sample, written) in every_letter() {
        for line in written.text.lines().filter(|line| !line.contains("mailto:")) {
            let name = sample.letter.name();
            assert!(line.chars().count() <= 76, "{language}/{name}: {line}");
        }
    }
}

#[test]
fn html_is_small_plain_and_leads_only_to_mail() {
    let known = [
        "a",
        "blockquote",
        "body",
        "br",
        "div",
        "em",
        "head",
        "html",
        "li",
        "meta",
        "p",
        "span",
        "style",
        "title",
        "ul",
    ];
    for (language, sample, written) in every_letter() {
        let (name, html) = (sample.letter.name(), &written.html);
        assert!(html.len() < 30_000, "{language}/{name}: {} octets", html.len());
        assert!(html.starts_with("<!DOCTYPE html>\n"), "{language}/{name}");
        assert!(html.contains(&format!("<html lang=\"{language}\">")), "{language}/{name}");
        let mut open = Vec::new();
        for tag in html.split('<').skip(2).map(|tag| tag.split_once('>').unwrap().0) {
            let word = tag.trim_start_matches('/').split(' ').next().unwrap();
            assert!(known.contains(&word), "{language}/{name}: <{tag}>");
            if tag.starts_with('/') {
                assert_eq!(open.pop(), Some(word), "{language}/{name}: <{tag}>");
            } else if !["br", "meta"].contains(&word) {
                open.push(word);
            }
        }
        assert!(open.is_empty(), "{language}/{name}: {open:?}");
        let links = html.split(" href=\"").skip(1);
        assert!(links.clone().all(|link| link.starts_with("mailto:")), "{language}/{name}");
        assert!(!html.contains("http:") && !html.contains("src="), "{language}/{name}");
    }
}

/// A robot that sends our words back without marks must not confirm what we asked.
#[test]
fn no_line_of_a_question_begins_with_its_answer() {
    let mut previews = 0;
    for (language, sample, written) in every_letter() {
        if !matches!(sample.letter, Letter::Preview { .. }) {
            continue;
        }
        previews += 1;
        for line in written.text.lines().chain([written.subject.as_str()]) {
            let first = line.split(|c: char| !c.is_alphanumeric()).find(|word| !word.is_empty());
            let first = first.unwrap_or_default().to_lowercase();
            assert!(!["ja", "yes", "ok", "send"].contains(&first.as_str()), "{language}: {line}");
        }
    }
    assert!(previews > 10);
}

#[test]
fn names_that_look_like_links_are_not_made_links() {
    let letters = Letters::embedded().unwrap();
    let nudge = Letter::samples().unwrap().into_iter().find_map(|sample| {
        if let Letter::Nudge { gathering, .. } = sample.letter { Some(gathering) } else { None }
    });
    let mut gathering = nudge.unwrap();
    gathering.host = Some("evil.no/betal".to_owned());
    let reader = Address { guest_name: "http://x.no".to_owned(), ..kari(Language::Nb) };
    let written = letters.write(&Letter::Nudge { gathering, seated: false }, &reader).unwrap();
    assert!(written.text.contains("Hei http[:]//x[.]no!"), "{}", written.text);
    assert!(written.text.contains("Hos evil[.]no/betal"), "{}", written.text);
}
