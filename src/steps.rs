//! The four steps: fetch, handle, plan, deliver. Each is a function of a database connection, a
//! community's desk and the time, and tells whether there was something to do. The daemon is a loop
//! around them; a test is a sequence of calls to them.
//!
//! Invariant: a transaction begins only in these files, and none is open while a socket is in use.

pub mod deliver;
pub mod fetch;
pub mod handle;
pub mod plan;
pub mod write;

use std::sync::Arc;

use crate::community::Community;
use crate::community::cadence::Cadence;
use crate::letters::Letters;
use crate::mail::sign::Signer;
use crate::mail::token::Keys;

/// Whether a step found something to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Progress {
    /// It did something; there may be more.
    Worked,
    /// There was nothing to do.
    Idle,
}

/// What the steps need to work for one community.
#[derive(Debug, Clone)]
pub struct Desk {
    /// The community.
    pub community: Community,
    /// The installation's keys.
    pub keys: Keys,
    /// All letters.
    pub letters: Arc<Letters>,
    /// Signs what leaves, if a key is configured.
    pub signer: Option<Arc<Signer>>,
    /// When the digest goes out, if it does.
    pub digest: Option<Cadence>,
}
