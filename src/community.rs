//! What is true and what should happen. Pure: (facts, meaning, now) -> decision.

pub mod cadence;
pub mod letter;
pub mod policy;

pub use letter::Letter;
