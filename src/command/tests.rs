//! Mails and what they ask for.

mod dates;
mod handbook;
pub(super) mod shared;
mod variants;

use proptest::prelude::*;

use shared::context;

use super::*;
use crate::effort;

#[test]
fn every_lexicon_file_is_read_whole() {
    for (_, source) in lexicon::SOURCES {
        assert!(
            toml::from_str::<lexicon::Page>(source).is_ok(),
            "{:?}",
            toml::from_str::<lexicon::Page>(source).err()
        );
    }
}

#[test]
fn every_verb_has_a_name_in_every_language_and_is_read_by_it() {
    let verbs: std::collections::BTreeSet<Verb> =
        lexicon::lexicon().verbs.values().copied().collect();
    assert_eq!(verbs.len(), 44);
    for (verb, language) in
        verbs.into_iter().flat_map(|verb| Language::ALL.map(|language| (verb, language)))
    {
        let name = verb.name(language);
        let opening = line::opening(&words::split(name)).map(|opening| opening.verb);
        assert_eq!(opening, Some(verb), "{name}");
    }
}

#[test]
fn mails_ask_for_what_the_table_says() {
    shared::table(include_str!("tests/mails.txt"));
}

#[test]
fn single_lines_ask_for_what_the_table_says() {
    shared::one_liners(include_str!("tests/lines.txt"));
}

#[test]
fn a_mail_beyond_the_bounds_is_a_problem_and_not_half_done() {
    let too_long = |text: &str| {
        let reading = read(text, "", context());
        reading.problems.iter().any(|problem| problem.kind == ProblemKind::TooLong)
    };
    assert!(too_long(&"status\n".repeat(51)), "commands");
    assert!(!too_long(&"status\n".repeat(50)), "commands");
    let block = format!("ny middag torsdag kl 19, 12 plasser\nnote: a\n{}", "b\n".repeat(199));
    assert!(too_long(&block), "lines");
    assert!(too_long(&format!("status\nnote: {}", "lang ".repeat(4100))), "octets");
    assert!(too_long(&format!("inviter {}", "Kari, ".repeat(401))), "words of a line");
}

#[test]
fn hostile_lines_take_no_noticeable_time() {
    let hostile = |word: &str| {
        let _reading = read(&word.repeat(20_000 / word.len()), "", context());
        let _reading = read(&format!("ny middag {}", word.repeat(390)), "", context());
        let _reading = read(&format!("flytt {}", word.repeat(390)), "", context());
        let _reading = read(&format!("inviter {}", word.repeat(390)), "", context());
        let _reading = read(&format!("avlys {}\n", word.repeat(30)).repeat(49), "", context());
    };
    for word in [
        "på ", "hos ", "ny ", "og ", "12. ", "torsdag ", "til ", "-", "kl ", "avlys, ", ":",
        "første ",
    ] {
        let ((), spent) = effort::of(|| hostile(word));
        assert!(spent.as_secs() < 5, "{word}: {spent:?}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "(?s).{0,400}", subject in ".{0,60}") {
        let _reading = read(&text, &subject, context());
    }
}
