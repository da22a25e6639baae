//! The link in `List-Unsubscribe` (RFC 8058): a program posts to it, a person gets a page with one
//! button that does the same.
//!
//! Invariant: whoever only looks changes nothing. Programs that follow each link of a mail, before
//! anybody has read it, do just that; some even post, but not what RFC 8058 says.

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use memchr::memmem;
use tracing::warn;

use super::Hall;
use crate::community::person::Person;
use crate::language::Language;
use crate::steps::{Desk, stop as steps};

/// Nothing is loaded, nothing is kept, and nobody shows it inside of another page.
const HEADERS: [(HeaderName, &str); 5] = [
    (header::CONTENT_TYPE, "text/html; charset=utf-8"),
    (header::CACHE_CONTROL, "no-store"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'",
    ),
];

/// Community and token.
type Link = Path<(String, String)>;

/// Shows the button.
pub(super) async fn ask(State(hall): State<Arc<Hall>>, Path((slug, token)): Link) -> Response {
    let Some(desk) = desk(&hall, &slug) else { return unknown() };
    let reader = async {
        let mut db = hall.pool.acquire().await.context("connect")?;
        steps::reader(&mut db, desk, &token).await
    };
    answer(reader.await, |reader| page(desk, reader, Page::Button))
}

/// Stops the digest. Asked for again it says the same.
pub(super) async fn stop(
    State(hall): State<Arc<Hall>>,
    Path((slug, token)): Link,
    body: Bytes,
) -> Response {
    let Some(desk) = desk(&hall, &slug).cloned() else { return unknown() };
    if !is_one_click(&body) {
        return (StatusCode::BAD_REQUEST, "not a click\n").into_response();
    }
    let (known, pool, clock) = (desk.clone(), hall.pool.clone(), hall.clock);
    // A task of its own: it goes on to its end where whoever asked hangs up. A transaction that is
    // dropped while it begins would spoil its connection for the next.
    let work = tokio::spawn(async move {
        let mut db = pool.acquire().await.context("connect")?;
        steps::digest(&mut db, &desk, &token, clock()).await
    });
    let stopped = work.await.context("stop a digest").and_then(|stopped| stopped);
    answer(stopped, |reader| page(&known, reader, Page::Done))
}

fn desk<'a>(hall: &'a Hall, slug: &str) -> Option<&'a Desk> {
    // Where nothing is let in from outside, no mail has such a link.
    hall.desks.iter().find(|desk| desk.public_url.is_some() && desk.community.slug == slug)
}

fn answer(found: Result<Option<Person>>, page: impl Fn(&Person) -> String) -> Response {
    match found {
        Ok(Some(reader)) => (HEADERS, page(&reader)).into_response(),
        Ok(None) => unknown(),
        Err(error) => {
            // The program or the reader tries again; why is in the log.
            warn!("a digest is not stopped: {error:#}");
            (StatusCode::SERVICE_UNAVAILABLE, "try again later\n").into_response()
        }
    }
}

fn unknown() -> Response {
    (StatusCode::NOT_FOUND, "no such link\n").into_response()
}

/// `List-Unsubscribe=One-Click`, as a form of either kind (RFC 8058 3.1).
fn is_one_click(body: &[u8]) -> bool {
    let has = |word: &str| memmem::find(body, word.as_bytes()).is_some();
    body.trim_ascii() == b"List-Unsubscribe=One-Click"
        || has("name=\"List-Unsubscribe\"") && has("One-Click")
}

/// What a page is for.
#[derive(Clone, Copy)]
enum Page {
    Button,
    Done,
}

fn page(desk: &Desk, reader: &Person, page: Page) -> String {
    let language = reader.language;
    let (name, words) = (escaped(&desk.community.name), words(language));
    let form = format!(
        "<form method=\"post\"><button name=\"List-Unsubscribe\" value=\"One-Click\">{}</button>\
         </form>",
        words.button
    );
    let (said, form) = match page {
        Page::Button => (words.question, form.as_str()),
        Page::Done => (words.done, ""),
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <meta name=\"robots\" content=\"noindex\"><title>{name}</title><style>{STYLE}</style></head>\
         <body><main><h1>{name}</h1><p>{said} {}</p>{form}</main></body></html>\n",
        words.stays
    )
}

const STYLE: &str = ":root{color-scheme:light dark}\
    body{font:18px/1.5 Georgia,serif;max-width:30em;margin:15vh auto;padding:0 24px}\
    h1{font-size:1.3em}button{font:inherit;padding:10px 22px;border-radius:24px;cursor:pointer}";

struct Words {
    question: &'static str,
    button: &'static str,
    done: &'static str,
    stays: &'static str,
}

fn words(language: Language) -> Words {
    match language {
        Language::En => Words {
            question: "Do you want to stop the digest?",
            button: "Stop the digest",
            done: "The digest has stopped.",
            stays: "Invitations still come.",
        },
        Language::Nb => Words {
            question: "Vil du slippe nyhetsbrevet?",
            button: "Stopp nyhetsbrevet",
            done: "Nyhetsbrevet er stoppet.",
            stays: "Invitasjoner får du fortsatt.",
        },
        Language::Nn => Words {
            question: "Vil du sleppe nyheitsbrevet?",
            button: "Stopp nyheitsbrevet",
            done: "Nyheitsbrevet er stoppa.",
            stays: "Invitasjonar får du framleis.",
        },
    }
}

fn escaped(text: &str) -> String {
    let entity = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        _plain => c.to_string(),
    };
    text.chars().map(entity).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_is_what_the_standard_says_and_nothing_else() {
        let multipart = b"--x\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\n\
            One-Click\r\n--x--\r\n";
        assert!(is_one_click(b"List-Unsubscribe=One-Click"));
        assert!(is_one_click(multipart));
        for other in [&b""[..], b"{}", b"a=b", b"List-Unsubscribe=Many", b"One-Click"] {
            assert!(!is_one_click(other), "{other:?}");
        }
    }
}
