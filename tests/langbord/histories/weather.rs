//! A post office in all weathers, driven by a seed.

use std::sync::{Arc, Mutex};

use langbord::mail;
use langbord::wire::{Carrier, Envelope, Outcome};
use tokio::sync::Notify;

use super::play::Taken;

/// A small generator (splitmix64): the same seed, the same history.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(1))
    }

    /// A number below `sides`.
    pub fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % sides
    }
}

/// What the world has, and how often something went wrong.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Every mail that a server took, in order.
    pub taken: Vec<Taken>,
    /// Connections lost after the final dot.
    pub doubts: u64,
    /// Daemons that died.
    pub deaths: u64,
}

/// Takes mails as the dice fall.
#[derive(Debug)]
pub struct Office {
    /// The dice.
    pub dice: Dice,
    /// The sun shines: everything is taken.
    pub fair: bool,
    /// What the world has.
    pub ledger: Arc<Mutex<Ledger>>,
    /// Rings when the daemon dies.
    pub died: Arc<Notify>,
}

impl Office {
    fn take(&self, octets: &[u8], doubtful: bool) {
        let message_id = mail::parse(octets).message_id.expect("ours have a Message-ID");
        let mail = Taken { message_id, octets: octets.to_vec(), doubtful };
        self.ledger.lock().expect("one at a time").taken.push(mail);
    }

    async fn die(&self) -> Outcome {
        self.ledger.lock().expect("one at a time").deaths += 1;
        self.died.notify_one();
        std::future::pending().await
    }
}

impl Carrier for Office {
    async fn address(&mut self, _: &Envelope) -> Result<(), Outcome> {
        if self.fair {
            return Ok(());
        }
        match self.dice.roll(20) {
            0..=2 => Err(Outcome::Deferred("450 later".into())),
            3 => Err(Outcome::Unreachable("550 nobody here".into())),
            4 => {
                // Dies before the message: nothing has left.
                self.die().await;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn abandon(&mut self) {}

    async fn hand_over(&mut self, message: &[u8]) -> Outcome {
        if self.fair {
            self.take(message, false);
            return Outcome::Sent("250 taken".into());
        }
        match self.dice.roll(20) {
            0 => Outcome::Deferred("451 later".into()),
            1 => Outcome::Unreachable("550 5.1.1 nobody here".into()),
            2..=5 => {
                let taken = self.dice.roll(2) == 0;
                self.ledger.lock().expect("one at a time").doubts += 1;
                if taken {
                    self.take(message, true);
                }
                Outcome::Doubtful("connection lost".into())
            }
            6 => self.die().await,
            7 => {
                self.take(message, true);
                self.die().await
            }
            _ => {
                self.take(message, false);
                Outcome::Sent("250 taken".into())
            }
        }
    }
}
