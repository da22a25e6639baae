//! The language of mail: octets to typed messages and back. Pure; knows RFCs, knows no dinners.

pub mod address;
pub mod authentic;
pub mod bounds;
pub mod calendar;
pub mod clean;
pub mod compose;
pub mod message;
pub mod parse;
pub mod proof;
pub mod sign;
pub mod token;
mod transfer;

pub use address::EmailAddress;
pub use clean::clean_line;
pub use message::Message;
pub use parse::parse;
