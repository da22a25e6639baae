//! Letters to organizers.

use super::{Sample, at, bare, dinner, lecture, names, on, sample, with_place};
use crate::command::{GatheringKind, Problem, ProblemKind};
use crate::community::letter::{ActView, GatheringView, Letter, Named, Refusal, StatusView};
use crate::understand::{Answer, Diet};

pub(super) fn all() -> Result<Vec<Sample>, String> {
    let mut samples = acts();
    samples.extend(replies());
    samples.extend(refusals());
    samples.extend(problems());
    samples.extend(reports()?);
    Ok(samples)
}

pub(super) fn named(names: &[(&str, u32)]) -> Vec<Named> {
    names.iter().map(|(name, party)| Named { name: (*name).to_owned(), party: *party }).collect()
}

fn status() -> StatusView {
    StatusView {
        gathering: with_place(dinner()),
        taken: 9,
        coming: named(&[
            ("Kari Lie", 2),
            ("Per Moe", 1),
            ("Ole Henrik Somby", 1),
            ("Agnieszka Wiśniewska", 2),
            ("Máret Ánne Sara", 1),
            ("Ola Nordmann", 1),
            ("Sigrid Undseth-Haraldsen", 1),
        ]),
        offered: named(&[("Tor Vik", 1)]),
        waiting: named(&[("Liv Dahl", 2), ("Jon Fosse", 1)]),
        maybe: named(&[("Eva Hagen", 1)]),
        declined: named(&[("Nils Aas", 1), ("Berit Ås", 1)]),
        silent: named(&[("Arne Næss", 1), ("Mona", 1), ("Siri Ek", 1)]),
        unreached: named(&[("Gro Strand", 1)]),
        diets: vec![(Diet::Coeliac, 1), (Diet::Vegetarian, 2)],
        diet_notes: vec!["tåler ikke selleri".into()],
    }
}

fn quiet() -> StatusView {
    StatusView {
        gathering: bare(GatheringKind::Breakfast),
        taken: 0,
        coming: Vec::new(),
        offered: Vec::new(),
        waiting: Vec::new(),
        maybe: Vec::new(),
        declined: Vec::new(),
        silent: named(&[("Kari Lie", 1)]),
        unreached: Vec::new(),
        diets: Vec::new(),
        diet_notes: Vec::new(),
    }
}

fn act_views() -> Vec<(&'static str, ActView, u32)> {
    let gathering = || with_place(dinner());
    let invited = names(&["Kari Lie", "Per Moe", "Ole Henrik Somby"]);
    let note = Some("Ta gjerne med en bok.\nVel møtt!".into());
    let full = GatheringView { note, title: Some("Mot-middagen".into()), ..gathering() };
    let (nobody, reason) = (Vec::new(), Some("verten er syk".into()));
    let bare = bare(GatheringKind::Breakfast);
    let to = at(3, 19, 19, 0);
    let promoted = names(&["Liv Dahl", "Jon Fosse"]);
    vec![
        ("new", ActView::New { gathering: full, invited: invited.clone() }, 3),
        ("new, nobody invited", ActView::New { gathering: bare, invited: nobody.clone() }, 0),
        ("invite", ActView::Invite { gathering: gathering(), invited }, 3),
        ("more seats", ActView::Seats { gathering: gathering(), seats: 16, promoted }, 2),
        (
            "seats, nobody promoted",
            ActView::Seats { gathering: gathering(), seats: 12, promoted: nobody },
            0,
        ),
        (
            "another date",
            ActView::Move { gathering: gathering(), to, asked_again: true, told: 14 },
            14,
        ),
        (
            "another time",
            ActView::Move {
                gathering: gathering(),
                to: at(3, 12, 20, 0),
                asked_again: false,
                told: 1,
            },
            1,
        ),
        ("cancel", ActView::Cancel { gathering: gathering(), reason, told: 14 }, 14),
        ("cancel, no reason", ActView::Cancel { gathering: gathering(), reason: None, told: 0 }, 0),
    ]
}

fn acts() -> Vec<Sample> {
    let mut samples = Vec::new();
    for (about, act, mails) in act_views() {
        let until = at(3, 4, 12, 0);
        samples.push(sample(about, Letter::Preview { act: act.clone(), mails, until }));
        let leave_at = (mails > 1).then(|| at(3, 2, 12, 10));
        let status = if mails == 0 { quiet() } else { status() };
        samples.push(sample(about, Letter::Done { act, mails, leave_at, status }));
    }
    samples
}

fn replies() -> Vec<Sample> {
    vec![
        sample("said no to a preview", Letter::Dropped),
        sample("in the middle", Letter::Status { status: status() }),
        sample("nobody has answered", Letter::Status { status: quiet() }),
        sample("the manual", Letter::Help),
    ]
}

fn refusals() -> Vec<Sample> {
    let refused = |about, refusal| sample(about, Letter::Refused { refusal });
    let coming = named(&[("Kari Lie", 2), ("Per Moe", 1)]);
    let choices = vec![dinner(), lecture()];
    let unknown = names(&["Kåre", "Per"]);
    vec![
        refused("no such gathering", Refusal::NoSuchGathering),
        refused("which gathering", Refusal::WhichGathering { choices }),
        refused("below taken", Refusal::BelowTaken { taken: 3, coming }),
        refused("unknown names", Refusal::UnknownNames { names: unknown }),
        refused("already done", Refusal::AlreadyDone),
        refused("expired", Refusal::Expired),
        refused("changed", Refusal::Changed),
        refused("nothing to confirm", Refusal::NothingToConfirm),
        refused("one at a time", Refusal::OneAtATime),
        refused("no change", Refusal::NoChange),
    ]
}

fn problems() -> Vec<Sample> {
    let text = str::to_owned;
    let kinds = vec![
        ("Hva med parkering", ProblemKind::NotUnderstood),
        ("flyt til 20", ProblemKind::NearMiss { verb: text("flytt") }),
        ("ny middag hos Ida", ProblemKind::Missing { what: text("when") }),
        ("antall: 12", ProblemKind::UnknownKey { key: text("antall"), nearest: None }),
        (
            "plaser: 12",
            ProblemKind::UnknownKey { key: text("plaser"), nearest: Some(text("plasser")) },
        ),
        (
            "plasser: tolv og en halv",
            ProblemKind::BadValue { what: text("seats"), value: text("tolv og en halv") },
        ),
        ("flytt til fredag 12. mars", ProblemKind::WeekdayMismatch { date: on(3, 12), weekday: 4 }),
        (
            "ny frokost 29. mars 02.30",
            ProblemKind::DaylightSaving { time: at(3, 29, 2, 30), twice: false },
        ),
        (
            "ny frokost 25. oktober 02.30",
            ProblemKind::DaylightSaving { time: at(10, 25, 2, 30), twice: true },
        ),
        ("flytt til 2. januar", ProblemKind::Past { time: at(1, 2, 18, 30) }),
        ("bord på 6", ProblemKind::NotYet { verb: text("bord") }),
        ("inviter alle", ProblemKind::TooLong),
    ];
    let problem = |(line, kind): (&str, ProblemKind)| Problem { line: line.to_owned(), kind };
    let one = kinds.iter().take(1).cloned().map(problem).collect();
    let understood = names(&["14 plasser", "meny: Fårikål"]);
    vec![
        sample("one line", Letter::Problems { understood: Vec::new(), problems: one }),
        sample(
            "every kind of problem",
            Letter::Problems { understood, problems: kinds.into_iter().map(problem).collect() },
        ),
    ]
}

fn reports() -> Result<Vec<Sample>, String> {
    let guest = || "Kari Lie".to_owned();
    let wrote = |answer| Letter::GuestWrote {
        gathering: Some(with_place(dinner())),
        guest: guest(),
        text: "Kommer gjerne!\n\nKan jeg ta med en kake?\nHilsen Kari".into(),
        answer,
    };
    let about_nothing = Letter::GuestWrote {
        gathering: None,
        guest: guest(),
        text: "Når er neste middag?".into(),
        answer: None,
    };
    let unreached = |gathering, permanent| -> Result<Letter, String> {
        Ok(Letter::Unreached {
            gathering,
            guest: "Gro Strand".into(),
            address: "gro@example.org".parse()?,
            reason: "550 5.1.1 User unknown".into(),
            permanent,
        })
    };
    let trouble =
        |queue, reason: &str| Letter::Trouble { queue, id: 42, reason: reason.to_owned() };
    Ok(vec![
        sample("said yes", wrote(Some(Answer::Yes))),
        sample("said no", wrote(Some(Answer::No))),
        sample("said maybe", wrote(Some(Answer::Maybe))),
        sample("unclear", wrote(None)),
        sample("about nothing planned", about_nothing),
        sample(
            "a forwarded invitation",
            Letter::StrangerAnswered {
                gathering: dinner(),
                guest: guest(),
                other: "tante.olga@example.net".parse()?,
            },
        ),
        sample("for good", unreached(Some(dinner()), true)?),
        sample("delayed", unreached(None, false)?),
        sample("incoming", trouble("inbox", "the message could not be read five times")),
        sample("many answers", trouble("answers", "7 mails within an hour")),
        sample("outgoing", trouble("outbox", "connection lost after the final dot")),
    ])
}
