//! Letters to hosts about what is new, and about hosts who are gone.

use super::{Sample, at, dinner, sample, with_place};
use crate::community::letter::{GatheringView, HostNews, Letter};

pub(super) fn all() -> Vec<Sample> {
    let news = |news| Letter::HostNews { gathering: with_place(dinner()), news };
    let from = at(3, 5, 19, 0);
    let reason = Some("For mange er syke.".into());
    let gone = GatheringView { host: None, place: None, ..with_place(dinner()) };
    vec![
        sample("another date", news(HostNews::Moved { from, asked_again: true })),
        sample(
            "another time",
            news(HostNews::Moved { from: at(3, 12, 19, 0), asked_again: false }),
        ),
        sample("called off", news(HostNews::Cancelled { reason })),
        sample("without a reason", news(HostNews::Cancelled { reason: None })),
        sample("another host", news(HostNews::Replaced { by: "Máret Ánne Sara".into() })),
        sample("another place", news(HostNews::Changed { key: "where" })),
        sample("another menu", news(HostNews::Changed { key: "menu" })),
        sample("is gone", Letter::HostGone { gathering: gone }),
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
