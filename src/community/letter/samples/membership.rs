//! Letters about what organizers note of members.

use super::organizers::preview;
use super::{Sample, at, dinner, on, sample};
use crate::community::letter::{ActView, Letter, MemberNews, Refusal};

pub(super) fn all() -> Result<Vec<Sample>, String> {
    let mut samples = Vec::new();
    for (about, act) in acts()? {
        samples.push(sample(about, preview(vec![act.clone()], 1)));
        samples.push(sample(about, lasting(vec![act])));
    }
    samples.extend(news());
    let refused = |refusal| Letter::Refused { refusal, line: None, offer: None };
    let address = "kari@example.net".parse()?;
    let organizes = Refusal::Organizes { who: "Per Moe".into() };
    samples.push(sample("an organizer", refused(organizes)));
    samples.push(sample("an address in use", refused(Refusal::AddressTaken { address })));
    Ok(samples)
}

/// What has been done for good.
pub(super) fn lasting(acts: Vec<ActView>) -> Letter {
    let leave_at = Some(at(3, 2, 12, 10));
    Letter::Done { acts, mails: 1, leave_at, told: Vec::new(), about: None, lasts: true }
}

/// What is particular about an act, and the act.
type Particular = (&'static str, ActView);

fn acts() -> Result<Vec<Particular>, String> {
    let name = || "Kari Lie".to_owned();
    let changed = |field, value: &str| {
        let value = value.to_owned();
        ActView::ChangeMember { name: name(), field, value }
    };
    let (address, seats) = ("kari@example.org".parse()?, vec![dinner()]);
    Ok(vec![
        ("a break", ActView::PauseMember { name: name(), until: None, seats: Vec::new() }),
        (
            "a break until a day",
            ActView::PauseMember { name: name(), until: Some(on(5, 1)), seats: seats.clone() },
        ),
        ("back", ActView::ResumeMember { name: name() }),
        ("out", ActView::RemoveMember { name: name(), address, seats: seats.clone() }),
        ("another name", changed("name", "Kari Moe")),
        ("another address", changed("address", "kari@example.net")),
        ("another telephone", changed("phone", "900 12 345")),
        ("another language", changed("language", "nn")),
        ("erased", ActView::Erase { name: name(), seats }),
        ("erased, no seat", ActView::Erase { name: name(), seats: Vec::new() }),
    ])
}

fn news() -> Vec<Sample> {
    let letter = |news| Letter::Membership { organizer: "Ida Berg".into(), news };
    let seats = || vec![dinner()];
    vec![
        sample(
            "a break until a day",
            letter(MemberNews::Paused { until: Some(on(5, 1)), seats: seats() }),
        ),
        sample("a break", letter(MemberNews::Paused { until: None, seats: Vec::new() })),
        sample("back", letter(MemberNews::Resumed)),
        sample("out, with a seat", letter(MemberNews::Removed { seats: seats() })),
        sample("out", letter(MemberNews::Removed { seats: Vec::new() })),
        sample("another address", letter(MemberNews::Address)),
    ]
}
