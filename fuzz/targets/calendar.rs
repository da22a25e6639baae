//! Any text may stand in a calendar part.
#![no_main]

use langbord::mail::parse;
use langbord::understand::understand;

const HEAD: &[u8] = b"From: Bo <bo@example.org>\r\nContent-Type: text/calendar; method=REPLY\r\n\r\n";

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    let meaning = understand(&parse(&[HEAD, octets].concat()), None);
    if let Some(calendar) = meaning.calendar {
        assert!(calendar.events.len() <= 50);
    }
});
