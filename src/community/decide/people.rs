//! The people that an organizer means by a name: by first name, full name, what is written in
//! quotation marks or brackets in it, initials, or address; in any spelling of å, ø and æ.
//!
//! Invariant: what fits several, or only nearly fits, is a question and never a guess.

use super::act::Halt;
use crate::command::{Audience, Circle, distance, fold_name};
use crate::community::facts::Floor;
use crate::community::gathering::{Seat, Table};
use crate::community::letter::Refusal;
use crate::community::person::Person;

/// Whom an audience means, the host left out of "all".
pub(super) fn audience<'a>(
    floor: &'a Floor,
    audience: &Audience,
    host: Option<i64>,
) -> Result<Vec<&'a Person>, Halt> {
    match audience {
        Audience::All => {
            Ok(floor.members.iter().filter(|member| Some(member.id) != host).collect())
        }
        Audience::AllBut { names } => {
            let left_out = named(floor, &floor.members, names)?;
            let is_left_out = |id: i64| left_out.iter().any(|person| person.id == id);
            let rest = floor.members.iter().filter(|member| !is_left_out(member.id));
            Ok(rest.filter(|member| Some(member.id) != host).collect())
        }
        Audience::Named { names } => named(floor, &floor.members, names),
        Audience::Several { names, circles } => {
            let mut people = named(floor, &floor.members, names)?;
            for one in circles {
                people.extend(circle(floor, *one, host));
            }
            people.sort_by_key(|person| person.id);
            people.dedup_by_key(|person| person.id);
            Ok(people)
        }
    }
}

/// The members of a circle, the host left out: those who have been at none, or not at the last one.
pub(super) fn circle(floor: &Floor, circle: Circle, host: Option<i64>) -> Vec<&Person> {
    let was_at = |table: &Table, member: &Person| {
        table.invitations.iter().any(|(invitation, guest)| {
            guest.id == member.id
                && invitation.seat == Seat::Seated
                && invitation.came != Some(false)
        })
    };
    let last = floor.past.last();
    let wanted = |member: &&Person| match circle {
        Circle::All => true,
        Circle::New => !floor.past.iter().any(|table| was_at(table, member)),
        Circle::NotLast => last.is_none_or(|last| !was_at(last, member)),
        Circle::Organizers => member.organizer,
        Circle::Coming
        | Circle::Waiting
        | Circle::Silent
        | Circle::Declined
        | Circle::Maybe
        | Circle::Host => false,
    };
    floor.members.iter().filter(|member| Some(member.id) != host).filter(wanted).collect()
}

/// Everybody on a list of names, each once.
pub(super) fn named<'a>(
    floor: &'a Floor,
    circle: &'a [Person],
    names: &[String],
) -> Result<Vec<&'a Person>, Halt> {
    let mut people = Vec::new();
    let mut unknown = Vec::new();
    for name in names {
        match one(floor, circle, name) {
            Ok(person) => people.push(person),
            Err(Halt::Refused(Refusal::UnknownNames { names })) => unknown.extend(names),
            Err(halt) => return Err(halt),
        }
    }
    if !unknown.is_empty() {
        return Err(Halt::Refused(Refusal::UnknownNames { names: unknown }));
    }
    people.sort_by_key(|person: &&Person| person.id);
    people.dedup_by_key(|person| person.id);
    Ok(people)
}

/// The one person of a circle that a name means.
pub(super) fn one<'a>(
    floor: &'a Floor,
    circle: &'a [Person],
    name: &str,
) -> Result<&'a Person, Halt> {
    let name = name.trim();
    let address = name.rsplit_once('<').map_or(name, |(_, rest)| rest.trim_end_matches('>'));
    if address.contains('@') {
        let address = address.to_lowercase();
        let found = circle.iter().find(|person| person.address.as_str() == address);
        return found.ok_or_else(|| unknown(name));
    }
    let wanted = fold_name(name);
    if MYSELF.contains(&wanted.as_str()) {
        return Ok(&floor.organizer);
    }
    for fits in [is_whole, is_short, is_nearly] {
        let found: Vec<&Person> = circle.iter().filter(|person| fits(person, &wanted)).collect();
        match found.as_slice() {
            [] => {}
            // Nearly is not quite: somebody has to say so.
            [one] if !std::ptr::fn_addr_eq(fits, is_nearly as Fits) => return Ok(one),
            several => {
                let fits = several.iter().take(MOST_CHOICES).map(|person| (*person).clone());
                return Err(Halt::Who { written: name.to_owned(), fits: fits.collect() });
            }
        }
    }
    Err(unknown(name))
}

type Fits = fn(&Person, &str) -> bool;

/// How organizers speak of themselves.
const MYSELF: [&str; 7] = ["meg", "meg selv", "ma", "me", "myself", "mig", "meg sjolv"];

/// More would be a list that nobody reads.
const MOST_CHOICES: usize = 9;

fn unknown(name: &str) -> Halt {
    Halt::Refused(Refusal::UnknownNames { names: vec![name.to_owned()] })
}

fn is_whole(person: &Person, wanted: &str) -> bool {
    fold_name(&person.name) == wanted
}

/// `Kari`, `Kari L.`, `Lie`, `Kari Lie` of Kari Anne Lie: each word begins a word of the name, in
/// order, and one of them is whole.
fn is_short(person: &Person, wanted: &str) -> bool {
    let name = fold_name(&person.name);
    let mut rest = name.split([' ', '-']);
    let mut whole = false;
    wanted.split([' ', '-']).all(|word| {
        let word = word.trim_matches('.');
        let found = rest.find(|part| *part == word || (whole && part.starts_with(word)));
        whole |= found == Some(word);
        found.is_some()
    })
}

/// One slip of the thumb away from the name or a word of it, two in a long one.
fn is_nearly(person: &Person, wanted: &str) -> bool {
    let name = fold_name(&person.name);
    let limit = match wanted.chars().count() {
        0..=2 => return false,
        3..=5 => 1,
        _ => 2,
    };
    std::iter::once(name.as_str())
        .chain(name.split([' ', '-']))
        .any(|part| distance(part, wanted, limit).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::community::facts::Recent;
    use crate::community::letter::Refusal;
    use crate::language::Language;

    fn person(id: i64, name: &str, address: &str) -> Person {
        Person {
            id,
            name: name.into(),
            address: address.parse().unwrap(),
            language: Language::Nb,
            phone: None,
            active: true,
            away: false,
            organizer: id == 0,
        }
    }

    fn floor() -> Floor {
        Floor {
            organizer: person(0, "Ida Berg", "ida@example.org"),
            open: Vec::new(),
            past: Vec::new(),
            held: None,
            called_off: Vec::new(),
            left_out: Vec::new(),
            answers: Vec::new(),
            deeds: Vec::new(),
            members: vec![
                person(0, "Ida Berg", "ida@example.org"),
                person(1, "Kari Lie", "kari@example.org"),
                person(2, "Kari Moe", "kari.moe@example.org"),
                person(3, "Åse-Marie Østbø", "aase@example.org"),
                person(4, "Jan Erik \"Janne\" Ødegård", "jan@example.org"),
                person(5, "Per", "per@example.org"),
            ],
            known: Vec::new(),
            readers: Vec::new(),
            contributions: Vec::new(),
            thread: None,
            remembered: std::collections::BTreeMap::new(),
            forgotten: Vec::new(),
            next_gathering_ids: Vec::new(),
            last: None,
            recent: Recent::default(),
        }
    }

    fn who(name: &str) -> String {
        let floor = floor();
        match one(&floor, &floor.members, name) {
            Ok(person) => person.id.to_string(),
            Err(Halt::Who { fits, .. }) => {
                let fits: Vec<String> = fits.iter().map(|person| person.id.to_string()).collect();
                format!("{}?", fits.join(" or "))
            }
            Err(Halt::Refused(Refusal::UnknownNames { .. })) => "nobody".into(),
            Err(halt) => panic!("{halt:?}"),
        }
    }

    #[test]
    fn people_are_found_by_what_they_are_called() {
        let table = [
            ("Kari Lie", "1"),
            ("kari lie", "1"),
            ("Kari L.", "1"),
            ("Lie", "1"),
            ("Kari", "1 or 2?"),
            ("KARI@example.org", "1"),
            ("Kari Lie <kari@example.org>", "1"),
            ("Åse", "3"),
            ("Aase", "3"),
            ("ase marie", "3"),
            ("Åse-Marie", "3"),
            ("Ostbo", "3"),
            ("Oestboe", "3"),
            ("Janne", "4"),
            ("Jan Ødegaard", "4"),
            ("Jan Erik", "4"),
            ("meg", "0"),
            ("Per", "5"),
            ("Pre", "5?"),
            ("Karri Lie", "1?"),
            ("Ødegaart", "4?"),
            ("Ola", "nobody"),
            ("P", "nobody"),
            ("eve@example.net", "nobody"),
        ];
        let found = table.map(|(name, _)| (name, who(name)));
        assert_eq!(
            found.map(|(name, id)| format!("{name}: {id}")),
            table.map(|(name, id)| format!("{name}: {id}"))
        );
    }
}
