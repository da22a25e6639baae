//! The gate: a header block in which every reader sees the same author.
//!
//! Readers disagree on which of two From fields is shown, on where a header ends, and on what an
//! address is. Here a mail has an author only where there is nothing to disagree on: each field
//! that matters stands there once, and the fields and the author are the same in our own reading
//! and in that of mail-auth, which verifies.

use mail_auth::AuthenticatedMessage;

use super::author;
use crate::mail::EmailAddress;
use crate::mail::bounds::{Block, MAX_MAIL};

/// Fields that may stand there once at most (RFC 5322 3.6, RFC 2045 3).
const ONCE: [&str; 7] =
    ["from", "sender", "subject", "date", "message-id", "content-type", "mime-version"];

/// The author, or why there is none to rely on.
pub fn author(
    raw: &[u8],
    block: &Block<'_>,
    theirs: Option<&AuthenticatedMessage<'_>>,
) -> Result<EmailAddress, String> {
    sound(raw, block)?;
    for name in ONCE {
        if values(block, name).count() > 1 {
            return Err(format!("several {name} fields"));
        }
    }
    let from = values(block, "from").next().ok_or("no from field")?;
    values(block, "date").next().ok_or("no date field")?;
    let author = author::read(from).map_err(|why| format!("from: {why}"))?;
    agreed(&author, block, theirs.ok_or("no header that mail-auth reads")?)?;
    if let Some(sender) = values(block, "sender").next() {
        let sender = author::read(sender).map_err(|why| format!("sender: {why}"))?;
        if sender.domain() != author.domain() {
            return Err("sender is of another domain than from".to_owned());
        }
    }
    if rewritten(block, from, &author) {
        return Err("a mailing list has put itself into from".to_owned());
    }
    Ok(author)
}

/// The values of all fields of a name, given in lower case.
pub fn values<'a>(block: &Block<'a>, name: &str) -> impl Iterator<Item = &'a [u8]> {
    let fields =
        block.fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name.as_bytes()));
    fields.map(|field| field.value)
}

/// The block is whole, within its limits, and free of what readers take for different things.
fn sound(raw: &[u8], block: &Block<'_>) -> Result<(), String> {
    if raw.len() > MAX_MAIL {
        return Err("the mail is too large".to_owned());
    }
    if let Some(limit) = block.exceeded {
        return Err(format!("too much: {limit}"));
    }
    let header = raw.get(..raw.len() - block.body.len()).unwrap_or_default();
    let mut octets = header.iter().peekable();
    while let Some(octet) = octets.next() {
        match octet {
            0 => return Err("NUL in the header".to_owned()),
            b'\r' if octets.peek() != Some(&&b'\n') => {
                return Err("a bare CR in the header".to_owned());
            }
            _ordinary => {}
        }
    }
    Ok(())
}

/// mail-auth reads the same fields, the same body and the same author.
fn agreed(
    author: &EmailAddress,
    block: &Block<'_>,
    theirs: &AuthenticatedMessage<'_>,
) -> Result<(), String> {
    let ours = block.fields.iter().map(|field| (field.name, field.value));
    if !ours.eq(theirs.headers.iter().copied()) || theirs.raw_body() != block.body {
        return Err("two readers see different header fields".to_owned());
    }
    if theirs.from.as_slice() != [author.as_str()] {
        return Err("two readers see different authors".to_owned());
    }
    Ok(())
}

/// "Anne via Table" <table@lists.example>: the list vouches for itself, not for Anne.
fn rewritten(block: &Block<'_>, from: &[u8], author: &EmailAddress) -> bool {
    let domain = author.domain();
    let posts_to_author = values(block, "list-post").any(|post| {
        let post = String::from_utf8_lossy(post).to_ascii_lowercase();
        post.split_once('@').is_some_and(|(_, after)| {
            after.split(['>', '?', ',', ' ']).next().is_some_and(|host| host.trim() == domain)
        })
    });
    let has = |name: &str| values(block, name).next().is_some();
    let via = String::from_utf8_lossy(from).to_ascii_lowercase().contains(" via ");
    (has("list-id") && posts_to_author)
        || (via && (has("list-id") || has("x-original-from") || has("x-google-original-from")))
}
