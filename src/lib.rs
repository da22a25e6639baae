//! Langbord runs an invitation-only dinner community by e-mail alone.
//!
//! The modules stand in one order, and each may only use those before it:
//!
//! ```text
//! language secret   what everybody may use
//! mail              bytes <-> typed messages; knows RFCs, knows no dinners
//! understand        a mail -> what it means (kind, answer, party, diets)
//! command           an organizer's text -> commands or questions
//! community         what is true and what should happen; the words of product and rules
//! letters           a letter + a language -> subject, text, HTML
//! --- above: pure. No I/O, no clock, no randomness. Below: the shell ---
//! wire              IMAP, SMTP, Maildir
//! store             every SQL statement
//! steps             fetch, handle, plan, deliver: the only places where transactions begin
//! config cluster    what the operator wrote; a Postgres of our own
//! telemetry         what is said while it works
//! installation      what the configuration becomes
//! web               what is answered over HTTP: to those who keep watch, and one click
//! daemon demo cli   the clock, the loops, the stage, the command line
//! ```

pub mod cli;
pub mod cluster;
pub mod command;
pub mod community;
pub mod config;
pub mod daemon;
pub mod demo;
#[cfg(test)]
mod effort;
pub mod installation;
pub mod language;
pub mod letters;
pub mod mail;
pub mod secret;
pub mod steps;
pub mod store;
pub mod telemetry;
pub mod understand;
pub mod web;
pub mod wire;
