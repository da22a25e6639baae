//! What the tests stand on.

pub mod postgres;
pub mod stage;
pub mod world;
