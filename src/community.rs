//! What is true and what should happen. Pure: facts, a meaning and the time give a decision.

pub mod cadence;
pub mod clock;
pub mod decide;
pub mod decision;
pub mod export;
pub mod facts;
pub mod gathering;
pub mod letter;
pub mod level;
pub mod member;
pub mod menu;
pub mod person;
pub mod plan;
pub mod purpose;
pub mod roster;
pub mod seats;
pub mod view;

pub use decision::{Change, Decision, Disposition, Post};
pub use facts::Facts;
pub use gathering::{Gathering, Invitation, Seat};
pub use letter::Letter;
pub use person::{Community, Person};
pub use purpose::Purpose;
