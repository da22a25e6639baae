//! Whom a new gathering invites at once, and whom later. Whoever was left without a seat at the last
//! gathering is asked in the first round of this one, if they are asked at all.

use super::Halt;
use crate::command::NewGathering;
use crate::community::decide::people;
use crate::community::facts::Floor;
use crate::community::gathering::Wave;
use crate::community::letter::WaveView;
use crate::community::person::Person;

/// Everybody whom a new gathering invites, each once.
pub(super) struct Rounds<'a> {
    /// Those of the first round.
    pub(super) first: Vec<&'a Person>,
    /// The later ones with their guests, in order; none is empty.
    pub(super) later: Vec<(Wave, Vec<&'a Person>)>,
    /// Those of the first round who would have been asked later.
    pub(super) ahead: Vec<&'a Person>,
}

impl<'a> Rounds<'a> {
    /// Works out who is meant.
    pub(super) fn of(
        floor: &'a Floor,
        new: &NewGathering,
        host_id: Option<i64>,
    ) -> Result<Self, Halt> {
        let first = match &new.invite {
            Some(audience) => people::audience(floor, audience, host_id)?,
            None => Vec::new(),
        };
        let mut rounds = Self { first, later: Vec::new(), ahead: Vec::new() };
        for planned in &new.waves {
            let mut guests = people::audience(floor, &planned.invite, host_id)?;
            guests.retain(|guest| !rounds.has(guest) && Some(guest.id) != host_id);
            let (ahead, guests): (Vec<&Person>, Vec<&Person>) =
                guests.into_iter().partition(|guest| floor.left_out.contains(&guest.id));
            rounds.first.extend(&ahead);
            rounds.ahead.extend(ahead);
            if !guests.is_empty() {
                let wave = Wave {
                    number: super::count(rounds.later.len()) + 2,
                    opens: planned.opens,
                    opened_at: None,
                    guests: guests.iter().map(|guest| guest.id).collect(),
                };
                rounds.later.push((wave, guests));
            }
        }
        Ok(rounds)
    }

    fn has(&self, guest: &Person) -> bool {
        let later = self.later.iter().flat_map(|(_, guests)| guests);
        self.first.iter().chain(later).any(|known| known.id == guest.id)
    }

    /// How many are asked in all.
    pub(super) fn people(&self) -> usize {
        self.first.len() + self.later.iter().map(|(_, guests)| guests.len()).sum::<usize>()
    }

    /// The later rounds, for a letter.
    pub(super) fn views(&self) -> Vec<WaveView> {
        self.later.iter().map(|(wave, guests)| WaveView::new(wave.opens, guests)).collect()
    }
}
