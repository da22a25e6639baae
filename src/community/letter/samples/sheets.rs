//! Sheets for hosts and kitchens, and the summary of a day.

use super::organizers::named;
use super::{Sample, at, bare, dinner, lecture, names, on, sample, with_place};
use crate::command::GatheringKind;
use crate::community::letter::{
    CountedNeeds, HostSheet, KitchenNeed, KitchenSheet, Letter, SheetChange, SheetGuest, Summary,
    TableDay,
};
use crate::community::menu::Clash;
use crate::understand::Diet;

pub(super) fn all() -> Vec<Sample> {
    let mut samples = host();
    samples.extend(kitchen());
    samples.extend(summary());
    samples
}

fn guest(name: &str, party: u32) -> SheetGuest {
    SheetGuest {
        name: name.to_owned(),
        party,
        first_time: false,
        change: None,
        severe: Vec::new(),
        phone: None,
    }
}

fn host() -> Vec<Sample> {
    let new = SheetGuest { first_time: true, ..guest("Máret Ánne Sara", 1) };
    let severe = SheetGuest {
        severe: vec![Diet::NutAllergy],
        phone: Some("900 12 345".into()),
        ..guest("Per Moe", 1)
    };
    let first = HostSheet {
        gathering: with_place(dinner()),
        changed: false,
        was: None,
        expected: 5,
        guests: vec![guest("Kari Lie", 2), new.clone(), severe.clone(), guest("Mona", 1)],
        gone: Vec::new(),
        kitchen: CountedNeeds {
            diets: vec![(Diet::Vegetarian, 2), (Diet::NutAllergy, 1)],
            diet_notes: vec!["tåler ikke selleri".into()],
        },
        kitchen_changed: false,
        late: false,
        clashes: Vec::new(),
    };
    let marked = |change, guest| SheetGuest { change: Some(change), ..guest };
    let changed = HostSheet {
        changed: true,
        expected: 6,
        guests: vec![
            marked(SheetChange::Party, guest("Kari Lie", 3)),
            marked(SheetChange::Needs, severe),
            marked(SheetChange::New, new),
            marked(SheetChange::New, guest("Ole Henrik Somby", 1)),
        ],
        gone: names(&["Mona"]),
        kitchen_changed: true,
        ..first.clone()
    };
    let late = HostSheet { gathering: with_place(lecture()), late: true, ..changed.clone() };
    let clashing = HostSheet { clashes: clashes(), ..first.clone() };
    let moved = HostSheet { changed: true, was: Some(at(3, 11, 19, 0)), ..first.clone() };
    let nobody = HostSheet {
        gathering: bare(GatheringKind::Breakfast),
        expected: 0,
        guests: Vec::new(),
        kitchen: CountedNeeds { diets: Vec::new(), diet_notes: Vec::new() },
        ..first.clone()
    };
    let none_left = HostSheet { changed: true, gone: names(&["Kari Lie"]), ..nobody.clone() };
    let one = HostSheet { expected: 1, guests: vec![guest("Kari Lie", 1)], ..nobody.clone() };
    vec![
        sample("the first", Letter::HostSheet(first)),
        sample("changed", Letter::HostSheet(changed)),
        sample("changed after the kitchen’s deadline", Letter::HostSheet(late)),
        sample("a menu that is not for all", Letter::HostSheet(clashing)),
        sample("another day", Letter::HostSheet(moved)),
        sample("one guest", Letter::HostSheet(one)),
        sample("nobody comes", Letter::HostSheet(nobody)),
        sample("nobody comes any more", Letter::HostSheet(none_left)),
    ]
}

/// Two dishes, one for one guest and both for another.
pub(super) fn clashes() -> Vec<Clash> {
    let clash = |dishes: &[&str], diet, note: Option<&str>, count| Clash {
        dishes: names(dishes),
        diet,
        note: note.map(str::to_owned),
        count,
    };
    vec![
        clash(&["pesto", "Mandelkake"], Diet::NutAllergy, None, 1),
        clash(&["Fårikål"], Diet::Vegetarian, None, 2),
        clash(&["Sellerisuppe"], Diet::Other, Some("tåler ikke selleri"), 1),
    ]
}

fn kitchen() -> Vec<Sample> {
    let need = |diet, count, before| KitchenNeed { diet, count, before };
    let first = KitchenSheet {
        gathering: dinner(),
        covers: 12,
        covers_before: None,
        changed: false,
        was: None,
        needs: vec![need(Diet::Vegetarian, 3, None), need(Diet::NutAllergy, 1, None)],
        diet_notes: vec!["tåler ikke selleri".into()],
        late: false,
        clashes: clashes(),
    };
    let changed = KitchenSheet {
        covers: 11,
        covers_before: Some(12),
        changed: true,
        needs: vec![
            need(Diet::Vegetarian, 2, Some(3)),
            need(Diet::NutAllergy, 1, None),
            need(Diet::Coeliac, 1, Some(0)),
            need(Diet::Halal, 0, Some(1)),
        ],
        ..first.clone()
    };
    let late = KitchenSheet { gathering: lecture(), late: true, ..changed.clone() };
    let plain = KitchenSheet {
        gathering: bare(GatheringKind::Breakfast),
        covers: 1,
        covers_before: None,
        changed: false,
        was: None,
        needs: Vec::new(),
        diet_notes: Vec::new(),
        late: false,
        clashes: Vec::new(),
    };
    vec![
        sample("the first", Letter::KitchenSheet(first)),
        sample("changed", Letter::KitchenSheet(changed)),
        sample("changed after its deadline", Letter::KitchenSheet(late)),
        sample("no needs", Letter::KitchenSheet(plain)),
    ]
}

fn summary() -> Vec<Sample> {
    let table = TableDay {
        gathering: with_place(dinner()),
        taken: 9,
        silent: 3,
        waiting: 2,
        yes: named(&[("Kari Lie", 2), ("Agnieszka Wiśniewska", 1)]),
        no: named(&[("Nils Aas", 1)]),
        maybe: named(&[("Eva Hagen", 1)]),
    };
    let quiet = TableDay {
        gathering: lecture(),
        taken: 1,
        silent: 0,
        waiting: 0,
        yes: named(&[("Mona", 1)]),
        no: Vec::new(),
        maybe: Vec::new(),
    };
    let day = Summary {
        day: on(3, 5),
        tables: vec![table, quiet.clone()],
        strangers: 1,
        failed: 2,
        doubtful: 1,
    };
    let calm = Summary { tables: vec![quiet], strangers: 0, failed: 0, doubtful: 0, ..day };
    let trouble = Summary { tables: Vec::new(), failed: 1, doubtful: 2, ..day };
    vec![
        sample("two gatherings and trouble", Letter::Summary(day)),
        sample("one answer", Letter::Summary(calm)),
        sample("trouble only", Letter::Summary(trouble)),
    ]
}
