//! Letters to organizers who ask how it stands, where nothing to come is what they mean.

use super::organizers::named;
use super::{Sample, bare, dinner, lecture, on, sample, with_place};
use crate::command::{GatheringKind, Scope};
use crate::community::letter::{Been, Letter, Overview, Told};

pub(super) fn all() -> Vec<Sample> {
    let none = || Overview {
        asked: Scope::Implied,
        been: None,
        called_off: None,
        coming: Vec::new(),
        last: None,
    };
    let coming = || vec![with_place(dinner()), lecture()];
    let been = |noted, came, absent| {
        Some(Been {
            gathering: with_place(dinner()),
            over: true,
            noted,
            came: named(came),
            absent: named(absent),
        })
    };
    let some = [("Kari Lie", 2), ("Per Moe", 1)];
    let begun = been(false, &some, &[]).map(|been| Been { over: false, ..been });
    let asked = |asked| Overview { asked, coming: coming(), ..none() };
    let last = Some(with_place(dinner()));
    vec![
        overview("nothing yet", none()),
        overview("nothing more", Overview { last, ..none() }),
        overview(
            "nothing more, and no host",
            Overview { last: Some(bare(GatheringKind::Breakfast)), ..none() },
        ),
        overview("on another day", asked(Scope::Date { date: on(3, 20) })),
        overview("on another weekday", asked(Scope::Weekday { weekday: 4 })),
        overview("by other words", asked(Scope::Words { words: "mot".into() })),
        overview(
            "nothing then",
            Overview { coming: Vec::new(), ..asked(Scope::Date { date: on(3, 20) }) },
        ),
        overview("begun", Overview { been: begun, ..none() }),
        overview("over", Overview { been: been(false, &some, &[]), ..none() }),
        overview(
            "over, and nobody had a seat",
            Overview { been: been(false, &[], &[]), coming: coming(), ..none() },
        ),
        overview(
            "over, and one did not come",
            Overview { been: been(true, &some, &[("Ola Aas", 1)]), coming: coming(), ..none() },
        ),
        overview("called off", Overview { called_off: Some(with_place(dinner())), ..none() }),
    ]
}

fn overview(about: &'static str, overview: Overview) -> Sample {
    sample(about, Letter::Status { told: vec![Told::Overview(Box::new(overview))] })
}
