//! Any octets are a mail, and every mail means something with reasons.
#![no_main]

use langbord::mail::parse;
use langbord::understand::{CONFIDENT, Kind, explain_json, explain_text, understand};

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let message = parse(octets);
    let meaning = understand(&message, Some("Will you come? Answer YES or NO."));
    assert!(!meaning.because.is_empty());
    for because in meaning.because.iter().filter(|because| !because.at.is_empty()) {
        let words = meaning.visible_text.get(because.at.clone());
        assert_eq!(words, Some(because.words.as_str()));
    }
    let answers = matches!(meaning.kind, Kind::Reply | Kind::Calendar);
    assert!(meaning.answer.is_none() || answers && meaning.confidence >= CONFIDENT);
    explain_json("mail", &meaning);
    explain_text(&message, &meaning);
});
