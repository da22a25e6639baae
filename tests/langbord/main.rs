//! Everything that is tested through the library's own entry points: one binary, because linking
//! is the slow part.

mod conversations;
mod e2e;
mod imap;
#[cfg(test)]
mod letters;
mod support;
