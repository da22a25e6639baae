//! Letters to hosts about what is new, and about hosts who are gone.

use super::{Sample, at, dinner, lecture, sample, with_place};
use crate::community::gathering::Gone;
use crate::community::letter::{GatheringView, HostNews, Letter};

pub(super) fn all() -> Vec<Sample> {
    let news = |news| Letter::HostNews { gathering: with_place(dinner()), news };
    let from = at(3, 5, 19, 0);
    let reason = Some("For mange er syke.".into());
    let left = GatheringView { host: None, ..with_place(dinner()) };
    let erased = GatheringView { place: None, ..left.clone() };
    let name = || "Máret Ánne Sara".to_owned();
    let away = |until| Letter::HostGone {
        gathering: with_place(dinner()),
        gone: Gone::Away { name: name(), until },
    };
    let of_lecture = |key| Letter::HostNews {
        gathering: with_place(lecture()),
        news: HostNews::Changed { key },
    };
    vec![
        sample("another date", news(HostNews::Moved { from, asked_again: true })),
        sample(
            "another time",
            news(HostNews::Moved { from: at(3, 12, 19, 0), asked_again: false }),
        ),
        sample("called off", news(HostNews::Cancelled { reason })),
        sample("without a reason", news(HostNews::Cancelled { reason: None })),
        sample("another host", news(HostNews::Replaced { by: name() })),
        sample("another place", news(HostNews::Changed { key: "where" })),
        sample("another menu", news(HostNews::Changed { key: "menu" })),
        sample("a speaker", of_lecture("speaker")),
        sample("to read", of_lecture("pre-read")),
        sample("is erased", Letter::HostGone { gathering: erased, gone: Gone::Erased }),
        sample(
            "has left",
            Letter::HostGone { gathering: left, gone: Gone::Left { name: name(), person_id: 7 } },
        ),
        sample("is away", away(Some(at(5, 1, 0, 0).date()))),
        sample("is away for long", away(None)),
        sample(
            "a guest wrote afterwards",
            Letter::PassedOn {
                gathering: with_place(dinner()),
                guest: "Agnieszka Wiśniewska".into(),
                text: "Takk for en fin kveld!\n\nSuppen glemmer jeg ikke.".into(),
            },
        ),
    ]
}
