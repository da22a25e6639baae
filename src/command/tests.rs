//! Mails and what they ask for.

mod dates;
mod shared;

use proptest::prelude::*;

use shared::context;

use super::*;

#[test]
fn every_lexicon_file_is_read_whole() {
    for source in lexicon::SOURCES {
        assert!(
            toml::from_str::<lexicon::Page>(source).is_ok(),
            "{:?}",
            toml::from_str::<lexicon::Page>(source).err()
        );
    }
}

#[test]
fn mails_ask_for_what_the_table_says() {
    shared::table(include_str!("tests/mails.txt"));
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "(?s).{0,400}", subject in ".{0,60}") {
        let _reading = read(&text, &subject, context());
    }
}
