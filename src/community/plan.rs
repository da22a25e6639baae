//! What is to be written when, from how things stand. Pure and without memory.
//!
//! Invariant: the same state and time give the same mails, each with its purpose. What has been
//! written already is not known here and need not be: the outbox keeps one row a purpose. So a
//! restart, a second daemon or a clock that jumps can not make two mails of one.

mod digest;
mod gathering;
mod offer;

pub use digest::digests;
pub use gathering::{is_told_of_cancellation, is_told_of_move, letters};
pub use offer::offers;

use chrono::{DateTime, Utc};

use super::decision::Post;

/// Of the mails that a state gives, those to be written now.
pub fn due(posts: Vec<Post>, now: DateTime<Utc>) -> Vec<Post> {
    posts.into_iter().filter(|post| post.due_at <= now && now < post.expires_at).collect()
}

/// When the next of them will be.
pub fn next(posts: &[Post], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    posts.iter().map(|post| post.due_at).filter(|due_at| *due_at > now).min()
}
