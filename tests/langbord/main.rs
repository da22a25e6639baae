//! Everything that is tested through the library's own entry points: one binary, because linking
//! is the slow part.

mod conversations;
mod histories;
mod imap;
mod last_seat;
#[cfg(test)]
mod letters;
mod seats;
mod store;
mod support;
mod tidy;
