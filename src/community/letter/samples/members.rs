//! Letters about what members ask for beside an answer.

use super::{Sample, bare, dinner, noted, on, sample, with_place};
use crate::command::GatheringKind;
use crate::command::member::{Frequency, Shared};
use crate::community::letter::{GatheringView, Letter, MemberAct, Memory, Named, Noted};
use crate::community::member::Requested;
use crate::understand::Diet;

/// What comes round.
pub(super) fn rounds() -> Vec<Sample> {
    vec![
        sample("a question", Letter::Question { question: "Hva har du ombestemt deg om?".into() }),
        sample("to everybody", Letter::Nominations),
        sample("a dinner", Letter::ThreadClosed { gathering: dinner() }),
    ]
}

pub(super) fn all() -> Vec<Sample> {
    let mut samples = memory();
    samples.extend(
        acts().into_iter().map(|(about, act)| sample(about, Letter::Member { acts: vec![act] })),
    );
    let several = vec![
        MemberAct::Shared { what: Shared::Offer },
        MemberAct::NotFound { line: "13. mars: ja".into() },
        MemberAct::Unclear { gathering: dinner(), line: "12. mars: jeg vet ikke helt".into() },
    ];
    samples.push(sample("several things in one mail", Letter::Member { acts: several }));
    samples.extend(words());
    samples.extend(seats());
    samples
}

fn with_memory(memory: Memory, diets: Vec<Diet>) -> Letter {
    let noted = Noted { memory: Some(memory), diets, ..noted(1) };
    Letter::AnswerYes { gathering: with_place(dinner()), noted }
}

fn memory() -> Vec<Sample> {
    vec![
        sample("to be remembered", with_memory(Memory::Remembered, vec![Diet::Vegetarian])),
        sample("remembered, and nothing new", with_memory(Memory::Remembered, Vec::new())),
        sample("the kitchen knows", with_memory(Memory::Known, Vec::new())),
        sample("forgotten with the same mail", with_memory(Memory::Forgotten, Vec::new())),
    ]
}

fn breakfast() -> GatheringView {
    bare(GatheringKind::Breakfast)
}

fn acts() -> Vec<(&'static str, MemberAct)> {
    let mut acts = food_and_digest();
    acts.extend(coming_and_going());
    acts.extend(seats_and_names());
    acts.extend(asked_about());
    acts
}

fn food_and_digest() -> Vec<(&'static str, MemberAct)> {
    let digest = |how_often| MemberAct::Digest { how_often };
    vec![
        ("food is remembered", MemberAct::Remembered),
        ("there is nothing to remember", MemberAct::NothingToRemember),
        ("food is forgotten", MemberAct::Forgotten),
        ("a digest a week", digest(Frequency::Weekly)),
        ("a digest a month", digest(Frequency::Monthly)),
        ("a digest as usual", digest(Frequency::Usual)),
        ("no digest", MemberAct::Stopped),
        ("no digest, by its link", MemberAct::StoppedByLink),
        ("a reading shared", MemberAct::Shared { what: Shared::Reading }),
        ("a question shared", MemberAct::Shared { what: Shared::Ask }),
        ("an offer shared", MemberAct::Shared { what: Shared::Offer }),
    ]
}

fn coming_and_going() -> Vec<(&'static str, MemberAct)> {
    let away = |until, seats, hosts| MemberAct::Away { until, seats, hosts };
    vec![
        ("left", MemberAct::Left { seats: Vec::new(), hosts: Vec::new() }),
        ("left, with a seat", MemberAct::Left { seats: vec![dinner()], hosts: Vec::new() }),
        ("left, a host", MemberAct::Left { seats: Vec::new(), hosts: vec![dinner()] }),
        ("away until a day", away(Some(on(5, 1)), Vec::new(), Vec::new())),
        ("away, a host", away(Some(on(5, 1)), Vec::new(), vec![dinner()])),
        ("away, with two seats", away(None, vec![dinner(), breakfast()], Vec::new())),
        ("back", MemberAct::Back),
        ("another language", MemberAct::Language),
        ("a language we do not write", MemberAct::NoSuchLanguage),
        ("an organizer wants to leave", MemberAct::OrganizerStays),
    ]
}

fn seats_and_names() -> Vec<(&'static str, MemberAct)> {
    let guest = |name: &str, party| Named { name: name.into(), party };
    let names = vec![guest("Kari Lie", 1), guest("Per Moe", 2)];
    let olga = || "tante.olga@example.net".to_owned();
    vec![
        ("who comes", MemberAct::Coming { gathering: dinner(), names }),
        ("who comes, to one without a seat", MemberAct::ComingHidden { gathering: dinner() }),
        (
            "a seat for somebody else",
            MemberAct::HandOverAsked { gathering: dinner(), to: "Per Moe".into() },
        ),
        ("a seat for we know not whom", MemberAct::HandOverUnknown { to: "naboen".into() }),
        ("no seat to give", MemberAct::NoSeatToGive),
        ("a seat that is gone", MemberAct::SeatGone),
        ("a nomination", MemberAct::Nominated),
        ("may a stranger come", MemberAct::LetInAsked { who: olga(), gathering: dinner() }),
        ("a stranger may come", MemberAct::LetIn { who: olga(), gathering: dinner() }),
        ("too late for a stranger", MemberAct::LetInTooLate { gathering: dinner() }),
    ]
}

fn asked_about() -> Vec<(&'static str, MemberAct)> {
    let near =
        |line: &str, word: &str| MemberAct::NearMiss { line: line.into(), word: word.into() };
    vec![
        ("nearly husk", near("Husk det", "remember")),
        ("nearly glem", near("Glem meg", "forget")),
        ("nearly away", near("borte", "away")),
        ("nearly stopp", near("stipp", "stop")),
        ("nearly something else", near("tilbale", "back")),
        ("a day that does not exist", MemberAct::BadDay { line: "borte til 30. februar".into() }),
        ("two things at a time", MemberAct::OneAtATime { line: "slett meg".into() }),
        ("no", MemberAct::Dropped),
        ("answered before", MemberAct::AlreadyDone),
        ("answered too late", MemberAct::Expired),
    ]
}

fn words() -> Vec<Sample> {
    let until = super::at(3, 4, 9, 0);
    let share = Requested::Share {
        shared: Shared::Reading,
        text: "https://example.org/mot fordi det er kort".into(),
    };
    let confirm = |what| Letter::Confirm { what, until };
    vec![
        sample("a copy of everything", confirm(Requested::Data)),
        sample("a text for all, from we know not whom", confirm(share)),
    ]
}

fn seats() -> Vec<Sample> {
    let (giver, to) = ("Kari Lie".to_owned(), "Per Moe".to_owned());
    vec![
        sample("a seat from another guest", Letter::GivenSeat { gathering: with_place(dinner()) }),
        sample(
            "a seat has gone on",
            Letter::HandedOver { gathering: dinner(), giver: giver.clone(), to: to.clone() },
        ),
        sample(
            "may this seat go on?",
            Letter::HandOver {
                gathering: with_place(dinner()),
                giver,
                to,
                until: super::at(3, 4, 9, 0),
            },
        ),
    ]
}
