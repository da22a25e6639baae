//! What opens was sealed by us: no text opens that is not our own token, whatever its case.
#![no_main]

use langbord::mail::EmailAddress;
use langbord::mail::token::Keys;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _address = text.parse::<EmailAddress>();
    let Ok(keys) = Keys::new(vec![vec![7; 32]]) else { return };
    if let Some((family, id)) = keys.open("oslo", text) {
        let ours = keys.seal(family, "oslo", id);
        let (own, given) = (ours.rsplit('-').next(), text.rsplit('-').next());
        assert!(own.zip(given).is_some_and(|(own, given)| own.eq_ignore_ascii_case(given)));
    }
});
