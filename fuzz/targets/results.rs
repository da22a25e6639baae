//! Any octets may stand in Authentication-Results. What is read of them follows the grammar, and
//! what a forger can put below the border never speaks for anybody.
#![no_main]

use langbord::mail::authentic::results::{self, parse};
use langbord::mail::authentic::{Border, canary};
use langbord::mail::bounds;

libfuzzer_sys::fuzz_target!(|octets: &[u8]| {
    if let Some(field) = parse(octets) {
        assert!(octets.is_ascii());
        for result in &field.results {
            assert!(!result.method.is_empty() && !result.value.is_empty());
            // Nothing is made up: each word stands in the field.
            let text = String::from_utf8_lossy(octets).to_ascii_lowercase();
            assert!(text.contains(&result.method) && text.contains(&result.value));
        }
    }
    let border = Border { authserv_id: "mx.x.no".to_owned(), host: "mx.x.no".to_owned() };
    let below = [
        b"Received: from h by mx.x.no; x\r\nAuthentication-Results: ",
        octets,
        b"\r\nFrom: a@x.no\r\n\r\n",
    ]
    .concat();
    let said = results::of(&bounds::block(&below), &border, "x.no");
    assert!(said.pass.is_none());
    let found = canary::inspect(octets, &border);
    assert!(!found.passed() || found.border_seen);
});
