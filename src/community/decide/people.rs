//! The people that an organizer means by a name.

use crate::command::Audience;
use crate::community::facts::Floor;
use crate::community::person::Person;

/// Whom an audience means, the host left out of "all"; or the names that fit nobody or several.
pub(super) fn audience<'a>(
    floor: &'a Floor,
    audience: &Audience,
    host: Option<i64>,
) -> Result<Vec<&'a Person>, Vec<String>> {
    match audience {
        Audience::All => {
            Ok(floor.members.iter().filter(|member| Some(member.id) != host).collect())
        }
        Audience::Named { names } => {
            let mut guests = Vec::new();
            let mut unknown = Vec::new();
            for name in names {
                match one(floor, name) {
                    Some(person) => guests.push(person),
                    None => unknown.push(name.clone()),
                }
            }
            guests.sort_by_key(|guest: &&Person| guest.id);
            guests.dedup_by_key(|guest| guest.id);
            if unknown.is_empty() { Ok(guests) } else { Err(unknown) }
        }
    }
}

/// The one person with this name, first name or address; nobody where it fits several.
pub(super) fn one<'a>(floor: &'a Floor, name: &str) -> Option<&'a Person> {
    let wanted = name.trim().to_lowercase();
    if ["meg", "mæ", "me", "myself"].contains(&wanted.as_str()) {
        return Some(&floor.organizer);
    }
    let whole = |member: &&Person| {
        member.name.to_lowercase() == wanted || member.address.as_str() == wanted
    };
    let first = |member: &&Person| {
        member.name.to_lowercase().split_whitespace().next() == Some(wanted.as_str())
    };
    only(floor.members.iter().filter(whole)).or_else(|| only(floor.members.iter().filter(first)))
}

fn only<'a>(mut fits: impl Iterator<Item = &'a Person>) -> Option<&'a Person> {
    let first = fits.next()?;
    fits.next().is_none().then_some(first)
}
