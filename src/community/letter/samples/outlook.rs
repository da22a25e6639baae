//! Letters to organizers who ask how it stands, where nothing to come is what they mean.

use super::organizers::named;
use super::{Sample, bare, dinner, lecture, on, sample, with_place};
use crate::command::{GatheringKind, Scope};
use crate::community::letter::{Been, Letter, Outlook, Told};

pub(super) fn all() -> Vec<Sample> {
    let none = || Outlook {
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
    let asked = |asked| Outlook { asked, coming: coming(), ..none() };
    let last = Some(with_place(dinner()));
    vec![
        outlook("nothing yet", none()),
        outlook("nothing more", Outlook { last, ..none() }),
        outlook(
            "nothing more, and no host",
            Outlook { last: Some(bare(GatheringKind::Breakfast)), ..none() },
        ),
        outlook("on another day", asked(Scope::Date { date: on(3, 20) })),
        outlook("on another weekday", asked(Scope::Weekday { weekday: 4 })),
        outlook("by other words", asked(Scope::Words { words: "mot".into() })),
        outlook(
            "nothing then",
            Outlook { coming: Vec::new(), ..asked(Scope::Date { date: on(3, 20) }) },
        ),
        outlook("begun", Outlook { been: begun, ..none() }),
        outlook("over", Outlook { been: been(false, &some, &[]), ..none() }),
        outlook(
            "over, and nobody had a seat",
            Outlook { been: been(false, &[], &[]), coming: coming(), ..none() },
        ),
        outlook(
            "over, and one did not come",
            Outlook { been: been(true, &some, &[("Ola Aas", 1)]), coming: coming(), ..none() },
        ),
        outlook("called off", Outlook { called_off: Some(with_place(dinner())), ..none() }),
    ]
}

fn outlook(about: &'static str, outlook: Outlook) -> Sample {
    sample(about, Letter::Status { told: vec![Told::Outlook(Box::new(outlook))] })
}
