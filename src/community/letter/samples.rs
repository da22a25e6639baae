//! Letters with made-up people: for golden letters, previews, and trying the templates at start.

use chrono::{NaiveDate, NaiveDateTime};

use super::{DigestLine, GatheringView, Letter, Memory, Noted, SharedLine, Soon, TooLate};
use crate::command::GatheringKind;
use crate::command::member::Shared;
use crate::understand::{Answer, Diet};

mod hosts;
mod members;
mod membership;
mod organizers;
mod overview;
mod people;
mod refusals;
mod sheets;

/// A letter and what is particular about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// What is particular, in a few words.
    pub about: &'static str,
    /// The letter.
    pub letter: Letter,
}

impl Letter {
    /// At least one letter of each kind, and one for each thing that it may have to say.
    pub fn samples() -> Result<Vec<Sample>, String> {
        let mut samples = answers();
        samples.extend(asking());
        samples.extend(seats());
        samples.extend(changes());
        samples.extend(words());
        samples.extend(strangers()?);
        samples.extend(digests());
        samples.extend(people::all()?);
        samples.extend(sheets::all());
        samples.extend(hosts::all());
        samples.extend(members::all());
        samples.extend(members::rounds());
        samples.extend(membership::all()?);
        samples.extend(organizers::all()?);
        Ok(samples)
    }
}

fn sample(about: &'static str, letter: Letter) -> Sample {
    Sample { about, letter }
}

fn at(month: u32, day: u32, hour: u32, minute: u32) -> NaiveDateTime {
    on(month, day).and_hms_opt(hour, minute, 0).unwrap_or_default()
}

fn on(month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, month, day).unwrap_or_default()
}

/// A dinner as one without a seat sees it.
fn dinner() -> GatheringView {
    GatheringView {
        kind: GatheringKind::Dinner,
        title: None,
        starts: at(3, 12, 18, 30),
        place: None,
        host: Some("Ida Berg".into()),
        host_phone: None,
        menu: Some("Fårikål".into()),
        menu_reason: Some("Vi spiser av én gryte.".into()),
        question: Some("Når var du sist modig?".into()),
        note: None,
        pre_read: None,
        speaker: None,
        reply_by: Some(on(3, 9)),
        kitchen_by: None,
        seats: 14,
    }
}

/// The same as one with a seat sees it.
fn with_place(gathering: GatheringView) -> GatheringView {
    GatheringView {
        place: Some("Gamle Drammensvei 12, 1369 Stabekk".into()),
        host_phone: Some("900 12 345".into()),
        ..gathering
    }
}

/// A gathering of which only the least is known.
fn bare(kind: GatheringKind) -> GatheringView {
    GatheringView {
        kind,
        starts: at(4, 22, 7, 30),
        host: None,
        menu: None,
        menu_reason: None,
        question: None,
        reply_by: None,
        seats: 12,
        ..dinner()
    }
}

fn lecture() -> GatheringView {
    GatheringView {
        title: Some("Hva er mot?".into()),
        starts: at(5, 7, 19, 0),
        speaker: Some("Anne Lie".into()),
        pre_read: Some("https://example.org/mot fordi det er kort".into()),
        note: Some("Døren åpner kl. 18.30.\nhttps://example.org/veien\n\nHilsen Ida".into()),
        kitchen_by: Some(at(5, 6, 12, 0)),
        ..bare(GatheringKind::Lecture)
    }
}

/// What organizers have done or written.
fn words() -> Vec<Sample> {
    let organizer = || "Ida Berg".to_owned();
    let text = "Ta med innesko.\nDet er vått ute.".to_owned();
    let seat = |party| Letter::SeatGiven {
        gathering: with_place(dinner()),
        organizer: organizer(),
        party,
    };
    let answered = |answer, seated, party| Letter::AnsweredFor {
        gathering: if seated { with_place(dinner()) } else { dinner() },
        organizer: organizer(),
        answer,
        seated,
        noted: Noted { diets: vec![Diet::Vegetarian], ..noted(party) },
    };
    vec![
        sample("another place", Letter::Changed { gathering: with_place(dinner()), key: "where" }),
        sample("another menu", Letter::Changed { gathering: with_place(dinner()), key: "menu" }),
        sample("a speaker", Letter::Changed { gathering: with_place(lecture()), key: "speaker" }),
        sample("to read", Letter::Changed { gathering: with_place(lecture()), key: "pre-read" }),
        sample("a seat", seat(1)),
        sample("seats for two", seat(2)),
        sample("taken off", Letter::Removed { gathering: dinner() }),
        sample("a word", Letter::Message { gathering: dinner(), organizer: organizer(), text }),
        sample("yes", answered(Answer::Yes, true, 1)),
        sample("yes for two", answered(Answer::Yes, true, 2)),
        sample("yes, and it is full", answered(Answer::Yes, false, 1)),
        sample("no", answered(Answer::No, false, 1)),
        sample("maybe", answered(Answer::Maybe, false, 1)),
    ]
}

fn maybe(gathering: GatheringView, until: Option<NaiveDate>, position: Option<u32>) -> Letter {
    Letter::AnswerMaybe { gathering, until, held: None, position, cooked: false }
}

fn noted(party: u32) -> Noted {
    Noted {
        party,
        diets: Vec::new(),
        diet_notes: Vec::new(),
        relayed: false,
        no_room_for: None,
        memory: None,
    }
}

fn reminder(about: &'static str, gathering: GatheringView, party: u32, soon: Soon) -> Sample {
    sample(about, Letter::Reminder { gathering, party, soon, cooked: false })
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn asking() -> Vec<Sample> {
    let with_note = GatheringView { note: Some("Ta gjerne med en bok.".into()), ..dinner() };
    vec![
        sample(
            "a dinner with everything told",
            Letter::Invitation { gathering: with_note, saved: false, has_address: true },
        ),
        sample(
            "a lecture with a title and a note",
            Letter::Invitation { gathering: lecture(), saved: false, has_address: true },
        ),
        sample(
            "a visit of which little is known",
            Letter::Invitation {
                gathering: bare(GatheringKind::Visit),
                saved: true,
                has_address: false,
            },
        ),
        sample("a dinner", Letter::Nudge { gathering: dinner(), seated: false }),
        sample(
            "no date to answer by",
            Letter::Nudge { gathering: bare(GatheringKind::Lunch), seated: false },
        ),
        sample("a seat is kept", Letter::Nudge { gathering: dinner(), seated: true }),
        sample("a dinner", Letter::Unclear { gathering: dinner(), food_noted: false }),
        sample("food alone", Letter::Unclear { gathering: dinner(), food_noted: true }),
        sample("not answered", Letter::Relayed { gathering: dinner(), answer: None, held: None }),
        sample(
            "a seat is held",
            Letter::Relayed { gathering: dinner(), answer: None, held: Some(at(3, 8, 20, 0)) },
        ),
        sample("after it", Letter::Thanked { gathering: dinner(), host_reads: true }),
        sample(
            "to organizers alone",
            Letter::Thanked { gathering: bare(GatheringKind::Visit), host_reads: false },
        ),
        sample(
            "said yes",
            Letter::Relayed { gathering: dinner(), answer: Some(Answer::Yes), held: None },
        ),
        sample(
            "said no",
            Letter::Relayed { gathering: dinner(), answer: Some(Answer::No), held: None },
        ),
        sample(
            "said maybe",
            Letter::Relayed { gathering: dinner(), answer: Some(Answer::Maybe), held: None },
        ),
        sample(
            "two open",
            Letter::WhichInvitation { choices: vec![dinner(), bare(GatheringKind::MentorEvening)] },
        ),
    ]
}

fn answers() -> Vec<Sample> {
    let told = Noted {
        memory: Some(Memory::Asked),
        party: 2,
        diets: vec![Diet::Coeliac, Diet::Other],
        diet_notes: vec!["tåler ikke selleri".into()],
        relayed: true,
        no_room_for: None,
    };
    let no = |gave_up, cooked| Letter::AnswerNo { gathering: dinner(), gave_up, cooked };
    let waiting = |position, cooked, noted| {
        let gathering = dinner();
        Letter::WaitingList { gathering, position, cooked, noted }
    };
    let wanted_three = Noted { no_room_for: Some(3), ..noted(2) };
    let diet = Noted { diets: vec![Diet::Vegetarian], ..noted(1) };
    let bare = || bare(GatheringKind::Breakfast);
    vec![
        sample("alone", Letter::AnswerYes { gathering: with_place(dinner()), noted: noted(1) }),
        sample(
            "with a companion, a need and a question",
            Letter::AnswerYes { gathering: with_place(dinner()), noted: told.clone() },
        ),
        sample("little is known", Letter::AnswerYes { gathering: bare(), noted: diet }),
        sample(
            "wanted three, keeps two",
            Letter::AnswerYes { gathering: with_place(dinner()), noted: wanted_three },
        ),
        sample("gave up a seat", no(true, false)),
        sample("gave up a seat after the kitchen’s deadline", no(true, true)),
        sample("had no seat", no(false, false)),
        sample("answer by", maybe(dinner(), None, None)),
        sample(
            "a seat is held",
            Letter::AnswerMaybe {
                gathering: dinner(),
                until: None,
                held: Some(at(3, 8, 20, 0)),
                position: None,
                cooked: false,
            },
        ),
        sample("no date to answer by", maybe(bare(), None, None)),
        sample("will answer on a day", maybe(dinner(), Some(on(3, 6)), None)),
        sample("waits in line", maybe(dinner(), None, Some(1))),
        sample("waits far behind", maybe(dinner(), None, Some(3))),
        sample(
            "waits, and the food is made",
            Letter::AnswerMaybe {
                gathering: dinner(),
                until: None,
                held: None,
                position: Some(1),
                cooked: true,
            },
        ),
        sample("next", waiting(1, false, noted(1))),
        sample("next, after the kitchen’s deadline", waiting(1, true, noted(1))),
        sample("third, with a companion, a need and a question", waiting(3, false, told)),
    ]
}

fn seats() -> Vec<Sample> {
    let until = Some(at(3, 7, 12, 0));
    let bare = || bare(GatheringKind::Breakfast);
    let late = {
        let (gathering, soon) = (with_place(lecture()), Soon::Tomorrow);
        Letter::Reminder { gathering, party: 1, soon, cooked: true }
    };
    vec![
        sample("held", Letter::Offer { gathering: dinner(), party: 1, until }),
        sample("held for two", Letter::Offer { gathering: dinner(), party: 2, until }),
        sample("the first yes wins", Letter::Offer { gathering: dinner(), party: 1, until: None }),
        sample(
            "the first yes wins, two",
            Letter::Offer { gathering: bare(), party: 2, until: None },
        ),
        sample("a dinner", Letter::OfferGone { gathering: dinner(), taken: false }),
        sample("somebody was faster", Letter::OfferGone { gathering: dinner(), taken: true }),
        sample("alone", Letter::Promoted { gathering: with_place(dinner()), party: 1 }),
        sample("two", Letter::Promoted { gathering: with_place(dinner()), party: 2 }),
        reminder("alone, in a week", with_place(dinner()), 1, Soon::InAWeek),
        reminder("in a week, with something to read", with_place(lecture()), 1, Soon::InAWeek),
        reminder("two, tomorrow", with_place(lecture()), 2, Soon::Tomorrow),
        sample("after the kitchen’s deadline", late),
        reminder("alone, today", with_place(dinner()), 1, Soon::Today),
        sample("a dinner", Letter::FollowUp { gathering: dinner(), host_reads: true }),
        sample(
            "nobody is named as host",
            Letter::FollowUp { gathering: bare(), host_reads: false },
        ),
        reminder("little is known, two, today", bare(), 2, Soon::Today),
    ]
}

fn changes() -> Vec<Sample> {
    let later =
        || GatheringView { starts: at(3, 19, 19, 0), reply_by: Some(on(3, 16)), ..dinner() };
    let moved = |gathering, asked_again, seated| Letter::Moved {
        gathering,
        from: at(3, 12, 18, 30),
        asked_again,
        seated,
    };
    let same_day = GatheringView { starts: at(3, 12, 20, 0), ..dinner() };
    let reason = Some("Verten er syk.\nVi prøver igjen i april.".into());
    vec![
        sample("another date, has a seat", moved(with_place(later()), true, true)),
        sample("another date, has none", moved(later(), true, false)),
        sample("another time, has a seat", moved(with_place(same_day.clone()), false, true)),
        sample("another time, has none", moved(same_day, false, false)),
        sample("with a reason", Letter::Cancelled { gathering: dinner(), reason }),
        sample("without", Letter::Cancelled { gathering: lecture(), reason: None }),
        sample("called off", Letter::TooLate { gathering: dinner(), why: TooLate::Cancelled }),
        sample("over", Letter::TooLate { gathering: dinner(), why: TooLate::Over }),
    ]
}

fn strangers() -> Result<Vec<Sample>, String> {
    let other = |answer| -> Result<Letter, String> {
        Ok(Letter::OtherAddress {
            gathering: dinner(),
            other: "kari.privat@example.net".parse()?,
            own: false,
            answer,
        })
    };
    Ok(vec![
        sample("says yes", other(Some(Answer::Yes))?),
        sample("says no", other(Some(Answer::No))?),
        sample("says maybe", other(Some(Answer::Maybe))?),
        sample("unclear", other(None)?),
        sample(
            "from their own address",
            Letter::OtherAddress {
                gathering: dinner(),
                other: "kari@example.org".parse()?,
                own: true,
                answer: Some(Answer::Yes),
            },
        ),
        sample(
            "it was not the guest",
            Letter::Disowned { gathering: dinner(), other: "ola@example.net".parse()? },
        ),
    ])
}

fn digests() -> Vec<Sample> {
    let line = |gathering, answer, seated, waiting| DigestLine {
        gathering,
        answer,
        seated,
        waiting,
        left: 3,
    };
    let full = DigestLine { left: 0, ..line(lecture(), None, false, false) };
    let last = DigestLine { left: 1, ..line(bare(GatheringKind::Lunch), None, false, false) };
    let own = vec![
        line(with_place(dinner()), Some(Answer::Yes), true, false),
        line(bare(GatheringKind::Breakfast), Some(Answer::Yes), false, true),
        line(bare(GatheringKind::Visit), Some(Answer::Maybe), false, false),
        line(bare(GatheringKind::MentorEvening), Some(Answer::No), false, false),
        line(lecture(), None, false, false),
    ];
    let coming = vec![line(bare(GatheringKind::Lunch), None, false, false), full, last];
    let digest = |own, coming| {
        let (shared, newcomers) = (Vec::new(), Vec::new());
        Letter::Digest { own, coming, shared, newcomers }
    };
    let news =
        |what, name: &str, text: &str| SharedLine { what, name: name.into(), text: text.into() };
    let shared = vec![
        news(Shared::Reading, "Per", "https://example.org/mot fordi det er kort"),
        news(Shared::Ask, "Eva", "Hvem har en tilhenger?"),
        news(Shared::Offer, "Ola", "skyss fra Bærum, to plasser"),
    ];
    let newcomers = names(&["Máret Ánne Sara"]);
    let lively = Letter::Digest { own: own.clone(), coming: Vec::new(), shared, newcomers };
    vec![
        sample("own and others", digest(own.clone(), coming.clone())),
        sample("own only", digest(own, Vec::new())),
        sample("others only", digest(Vec::new(), coming)),
        sample("with what members sent in", lively),
        sample("nothing", digest(Vec::new(), Vec::new())),
    ]
}
