//! Everything that is tested through the library's own entry points: one binary, because linking
//! is the slow part.

// Marked, although all of this is a test, so that the lints know it, too.
#[cfg(test)]
mod agenda;
#[cfg(test)]
mod auth;
#[cfg(test)]
mod by_mail;
#[cfg(test)]
mod calendars;
#[cfg(test)]
mod canary;
#[cfg(test)]
mod conversations;
#[cfg(test)]
mod e2e;
#[cfg(test)]
#[path = "../../src/effort.rs"]
mod effort;
#[cfg(test)]
mod forms;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod imap;
#[cfg(test)]
mod keeping;
#[cfg(test)]
mod last_seat;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod one_click;
#[cfg(test)]
mod planner;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod replies;
#[cfg(test)]
mod restored;
#[cfg(test)]
mod robots;
#[cfg(test)]
mod seats;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod sheets;
#[cfg(test)]
mod store;
#[cfg(test)]
mod support;
#[cfg(test)]
mod thousand;
#[cfg(test)]
mod threads;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod understand;
#[cfg(test)]
mod upgrades;
#[cfg(test)]
mod wall_clock;
#[cfg(test)]
mod web;
#[cfg(test)]
mod year;
