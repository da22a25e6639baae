//! Everything that needs more than a function to be tested. One binary, because linking is slow.

#[cfg(test)]
mod imap;
#[cfg(test)]
mod support;
