//! Everything that is tested through the library's own entry points: one binary, because linking
//! is the slow part.

#[cfg(test)]
mod conversations;
#[cfg(test)]
mod e2e;
#[cfg(test)]
mod imap;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod support;
