//! Whom a gathering invites at once, and whom later. Whoever was left without a seat at the last
//! gathering is asked in the first round of this one, if they are asked at all.

use super::{Act, Halt, guests};
use crate::command::{NewGathering, NewWave, Opens, ProblemKind};
use crate::community::decide::people;
use crate::community::decision::Change;
use crate::community::facts::Floor;
use crate::community::gathering::{Gathering, Table, Wave};
use crate::community::letter::{ActView, Refusal, WaveView};
use crate::community::level::Level;
use crate::community::person::Person;
use crate::community::view::{self, Sees};

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
    pub(super) fn views(&self, table: &Table) -> Vec<WaveView> {
        self.later.iter().map(|(wave, guests)| WaveView::new(table, wave.opens, guests)).collect()
    }
}

/// `runder: nye etter 5 dager, så resten` of a gathering that exists: the rounds that have not opened
/// are these from now on. Whoever was left without a seat last time is in the first of them.
pub(super) fn replan(floor: &Floor, table: &Table, planned: &[NewWave]) -> Result<Act, Halt> {
    let gathering = &table.gathering;
    planned.iter().try_for_each(|wave| fits(gathering, wave.opens))?;
    let mut rounds = uninvited(floor, table, planned)?;
    let ahead = left_out_first(floor, &mut rounds);
    rounds.retain(|(_, guests)| !guests.is_empty());
    let mut waves = table.waves.clone();
    waves.retain(|wave| wave.opened_at.is_some());
    let last = waves.iter().map(|wave| wave.number).max().unwrap_or(1);
    waves.extend((last + 1..).zip(&rounds).map(|(number, (opens, guests))| Wave {
        number,
        opens: *opens,
        opened_at: None,
        guests: guests.iter().map(|guest| guest.id).collect(),
    }));
    if rounds.is_empty() || waves == table.waves {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    let people: Vec<&Person> = rounds.iter().flat_map(|(_, guests)| guests).copied().collect();
    let mut after = table.clone();
    after.gathering.version += 1;
    after.waves.clone_from(&waves);
    after.planned = people.iter().map(|guest| (*guest).clone()).collect();
    Ok(Act {
        name: "rounds-changed",
        level: if people.len() > guests::FEW { Level::Large } else { Level::Small },
        view: ActView::Waves {
            gathering: view::gathering(gathering, Sees::Address),
            waves: rounds
                .iter()
                .map(|(opens, guests)| WaveView::new(table, *opens, guests))
                .collect(),
            ahead: ahead.iter().map(|guest| guest.name.clone()).collect(),
        },
        mails: 0,
        letter: None,
        changes: vec![
            Change::Touch { gathering_id: gathering.id },
            Change::Waves { gathering_id: gathering.id, waves },
        ],
        posts: Vec::new(),
        after: Some(after),
    })
}

/// A round opens before answers are no longer awaited, the kitchen takes no change, and it begins.
fn fits(gathering: &Gathering, opens: Opens) -> Result<(), Halt> {
    let Opens::On { day } = opens else { return Ok(()) };
    let cooked = gathering.kitchen_by.map(|by| by.date());
    let late = gathering.reply_by.into_iter().chain(cooked).any(|last| day > last);
    if day < gathering.starts_local.date() && !late {
        return Ok(());
    }
    let (what, value) = ("waves".to_owned(), day.format("%d.%m.%Y").to_string());
    Err(Halt::Problem(ProblemKind::BadValue { what, value }))
}

/// Rounds with their guests.
type Planned<'a> = Vec<(Opens, Vec<&'a Person>)>;

/// Whom each round asks: everybody once, and nobody who is invited already.
fn uninvited<'a>(
    floor: &'a Floor,
    table: &Table,
    planned: &[NewWave],
) -> Result<Planned<'a>, Halt> {
    let host_id = table.gathering.host_id;
    let mut asked: Vec<i64> = table.invitations.iter().map(|(_, guest)| guest.id).collect();
    asked.extend(host_id);
    let mut rounds = Vec::new();
    for wave in planned {
        let mut guests = people::audience(floor, &wave.invite, host_id)?;
        guests.retain(|guest| !asked.contains(&guest.id));
        asked.extend(guests.iter().map(|guest| guest.id));
        rounds.push((wave.opens, guests));
    }
    Ok(rounds)
}

/// Moves those who had no seat at the last gathering to the first round; gives back whom.
fn left_out_first<'a>(floor: &Floor, rounds: &mut Planned<'a>) -> Vec<&'a Person> {
    let Some(((_, first), later)) = rounds.split_first_mut() else { return Vec::new() };
    let mut ahead = Vec::new();
    for (_, guests) in later {
        let waits = |guest: &Person| floor.left_out.contains(&guest.id);
        ahead.extend(guests.iter().copied().filter(|guest| waits(guest)));
        guests.retain(|guest| !waits(guest));
    }
    first.extend(&ahead);
    ahead
}
