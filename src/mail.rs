//! The language of mail: octets to typed messages and back. Pure; knows RFCs, knows no dinners.

pub mod address;
pub mod calendar;
pub mod compose;
pub mod message;
pub mod sign;
pub mod token;

pub use address::EmailAddress;
pub use message::Message;
