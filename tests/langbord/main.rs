//! Everything that is tested through the library's own entry points: one binary, because linking
//! is the slow part.

// Marked, although all of this is a test, so that the lints know it, too.
#[cfg(test)]
mod conversations;
#[cfg(test)]
mod imap;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod support;
