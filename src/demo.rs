//! A season on stage: simulated guests who answer real mail in their own words. Everything between
//! their mailboxes and the database is the same code as in production; only the time is told.

pub mod program;
