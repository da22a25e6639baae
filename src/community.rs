//! What is true and what should happen. Pure: (facts, meaning, now) -> decision.

pub mod letter;

pub use letter::Letter;
