//! What is usually in the dishes of a menu, and for whom that is not.
//!
//! The words are data: `templates/<lang>/menu.toml`, of all languages at once, as a menu is written
//! in whatever language its dishes come from.
//!
//! Invariant: silent about words that it does not know, and never more than a warning. A person
//! knows what is in the pot.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::gathering::Table;
use super::member::Food;
use crate::understand::{Answer, Diet};

mod lexicon;
mod read;

pub use read::{Dish, dishes};

/// What somebody may not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Ingredient {
    Gluten,
    Milk,
    Lactose,
    Egg,
    Nuts,
    Peanuts,
    Fish,
    Shellfish,
    Soy,
    Sesame,
    Meat,
    Pork,
    Beef,
    Alcohol,
    /// Not cooked.
    Raw,
}

/// What guests need, with counts, and their further needs in their own words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// With counts.
    pub diets: BTreeMap<Diet, u32>,
    /// In their words.
    pub notes: Vec<String>,
}

/// Dishes that are not for some who are asked to eat them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Clash {
    /// The dishes, as written.
    pub dishes: Vec<String>,
    /// For whom they are not.
    pub diet: Diet,
    /// Their words, where there is no other name for it. Letters treat them as such.
    #[serde(rename = "diet_notes")]
    pub note: Option<String>,
    /// How many they are.
    pub count: u32,
}

/// What those need who come or may come: what they have told, or let us remember.
pub fn needs(table: &Table, remembered: &BTreeMap<i64, Food>) -> Needs {
    let mut needs = Needs::default();
    for (invitation, guest) in &table.invitations {
        if invitation.answer == Some(Answer::No) {
            continue;
        }
        let told = Food { diets: invitation.diets.clone(), notes: invitation.diet_notes.clone() };
        let food = if told.is_empty() { remembered.get(&guest.id).cloned() } else { Some(told) };
        let food = food.unwrap_or_default();
        for diet in food.diets {
            *needs.diets.entry(diet).or_default() += 1;
        }
        needs.notes.extend(food.notes);
    }
    needs
}

/// What of a menu is not for those who need this; the severest and most frequent first.
pub fn clashes(menu: &str, needs: &Needs) -> Vec<Clash> {
    let dishes = dishes(menu);
    let mut clashes: Vec<Clash> = needs
        .diets
        .iter()
        .filter_map(|(diet, count)| {
            let refused = refused(*diet);
            let holds = |dish: &&Dish| dish.holds.iter().any(|part| refused.contains(part));
            let dishes = words(dishes.iter().filter(holds).map(|dish| dish.words.clone()));
            let clash = Clash { dishes, diet: *diet, note: None, count: *count };
            (!clash.dishes.is_empty()).then_some(clash)
        })
        .collect();
    clashes.sort_by_key(|clash| (!clash.diet.is_severe(), std::cmp::Reverse(clash.count)));
    clashes.extend(needs.notes.iter().filter_map(|note| {
        let dishes = words(read::named(menu, note).into_iter());
        let clash = Clash { dishes, diet: Diet::Other, note: Some(note.clone()), count: 1 };
        (!clash.dishes.is_empty()).then_some(clash)
    }));
    clashes
}

/// Each word once, in the order of the menu.
fn words(words: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    words.filter(|word| seen.insert(word.to_lowercase())).collect()
}

/// What somebody with this need may not have. Nuts and peanuts are one word to most who say it.
fn refused(diet: Diet) -> &'static [Ingredient] {
    use Ingredient::{
        Alcohol, Beef, Egg, Fish, Gluten, Lactose, Meat, Milk, Nuts, Peanuts, Pork, Raw, Sesame,
        Shellfish, Soy,
    };
    match diet {
        Diet::Vegetarian => &[Meat, Fish, Shellfish],
        Diet::Vegan => &[Meat, Fish, Shellfish, Milk, Egg],
        Diet::Pescatarian => &[Meat],
        Diet::GlutenFree | Diet::Coeliac => &[Gluten],
        Diet::LactoseFree => &[Lactose],
        Diet::MilkAllergy => &[Milk],
        Diet::EggAllergy => &[Egg],
        Diet::NutAllergy => &[Nuts, Peanuts],
        Diet::PeanutAllergy => &[Peanuts],
        Diet::FishAllergy => &[Fish],
        Diet::ShellfishAllergy => &[Shellfish],
        Diet::SoyAllergy => &[Soy],
        Diet::SesameAllergy => &[Sesame],
        Diet::Halal => &[Pork, Alcohol],
        Diet::Kosher => &[Pork, Shellfish],
        Diet::NoPork => &[Pork],
        Diet::NoBeef => &[Beef],
        Diet::NoAlcohol => &[Alcohol],
        Diet::Pregnant => &[Alcohol, Raw],
        Diet::Diabetic | Diet::LowFodmap | Diet::Other => &[],
    }
}

#[cfg(test)]
mod tests;
