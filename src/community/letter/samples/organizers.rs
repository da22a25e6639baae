//! Letters to organizers.

use chrono::{NaiveDate, NaiveDateTime};

use super::{Sample, at, bare, dinner, lecture, names, on, sample, with_place};
use crate::command::setting::CalendarPolicy;
use crate::command::{GatheringKind, Problem, ProblemKind};
use crate::community::letter::{
    ActView, ChoiceView, DailyDeed, GatheringView, Guess, GuestsWord, Letter, Named, OfferView,
    SettingView, StatusView, Told, WaveView, WhyMail, WhyView, Writer,
};
use crate::understand::{Answer, Diet};

pub(super) fn all() -> Result<Vec<Sample>, String> {
    let mut samples = acts();
    samples.extend(replies());
    samples.extend(whys());
    samples.extend(choices()?);
    samples.extend(members()?);
    samples.extend(super::refusals::all());
    samples.extend(super::overview::all());
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
        unclear: named(&[("Tove Lie", 1)]),
        silent: named(&[("Arne Næss", 1), ("Mona", 1), ("Siri Ek", 1)]),
        unreached: named(&[("Gro Strand", 1)]),
        waves: Vec::new(),
        diets: vec![(Diet::Coeliac, 1), (Diet::Vegetarian, 2)],
        diet_notes: vec!["tåler ikke selleri".into()],
    }
}

fn round(on: Option<NaiveDate>, days: Option<u32>, invited: &[&str]) -> WaveView {
    WaveView { saved: false, keeps_free: false, on, days, invited: names(invited) }
}

/// One with a day of its own, one after the one before.
fn later_rounds() -> Vec<WaveView> {
    vec![round(None, Some(4), &["Tor Vik", "Mona"]), round(Some(on(3, 6)), None, &["Berit Ås"])]
}

/// Who keeps the day free until they are asked.
fn kept_free() -> WaveView {
    WaveView { saved: true, ..round(Some(on(2, 5)), None, &["Liv Dahl", "Mona"]) }
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
        unclear: Vec::new(),
        silent: named(&[("Kari Lie", 1)]),
        unreached: Vec::new(),
        waves: Vec::new(),
        diets: Vec::new(),
        diet_notes: Vec::new(),
    }
}

pub(super) fn act_views() -> Vec<(&'static str, ActView, u32)> {
    let gathering = || with_place(dinner());
    let invited = names(&["Kari Lie", "Per Moe", "Ole Henrik Somby"]);
    let note = Some("Ta gjerne med en bok.\nVel møtt!".into());
    let full = GatheringView { note, title: Some("Mot-middagen".into()), ..gathering() };
    let (nobody, reason) = (Vec::new(), Some("verten er syk".into()));
    let bare = bare(GatheringKind::Breakfast);
    let to = at(3, 19, 19, 0);
    let promoted = names(&["Liv Dahl", "Jon Fosse"]);
    let ahead = names(&["Per Moe"]);
    let new = |gathering, invited, (waves, ahead)| ActView::New {
        gathering,
        invited,
        waves,
        ahead,
        asked_on: None,
        invited_below: false,
        particulars: Vec::new(),
    };
    let moved = |to, asked_again, told| {
        let (gathering, kitchen_by) = (gathering(), None);
        ActView::Move { gathering, to, asked_again, kitchen_by, told }
    };
    let in_rounds = new(gathering(), invited.clone(), (later_rounds(), ahead));
    let lecture = new(with_place(lecture()), invited.clone(), (Vec::new(), nobody.clone()));
    vec![
        ("new", new(full, invited.clone(), (Vec::new(), nobody.clone())), 3),
        ("new, nobody invited", new(bare, nobody.clone(), (Vec::new(), nobody.clone())), 0),
        (
            "invite",
            ActView::Invite { gathering: gathering(), invited: invited.clone(), asked_on: None },
            3,
        ),
        ("more seats", ActView::Seats { gathering: gathering(), seats: 16, promoted }, 2),
        (
            "seats, nobody promoted",
            ActView::Seats { gathering: gathering(), seats: 12, promoted: nobody },
            0,
        ),
        (
            "invite long before",
            ActView::Invite { gathering: gathering(), invited, asked_on: Some(on(1, 29)) },
            3,
        ),
        ("another date", moved(to, true, 14), 14),
        ("another time", moved(at(3, 12, 20, 0), false, 1), 1),
        ("another date, another kitchen deadline", moved_with_kitchen(Some(at(5, 13, 12, 0))), 3),
        ("another date, no kitchen deadline", moved_with_kitchen(None), 3),
        ("cancel", ActView::Cancel { gathering: gathering(), reason, told: 14 }, 14),
        ("cancel, no reason", ActView::Cancel { gathering: gathering(), reason: None, told: 0 }, 0),
        ("new, in rounds", in_rounds, 3),
        ("a new lecture", lecture, 3),
    ]
}

/// A lecture on another date, and from when the kitchen takes no change then.
fn moved_with_kitchen(kitchen_by: Option<NaiveDateTime>) -> ActView {
    let (gathering, to) = (with_place(lecture()), at(5, 14, 19, 0));
    ActView::Move { gathering, to, asked_again: true, kitchen_by, told: 3 }
}

/// Acts on the words and the people of a gathering.
fn further_acts() -> Vec<(&'static str, ActView, u32)> {
    let gathering = || with_place(dinner());
    let people = || names(&["Kari Lie", "Per Moe"]);
    let text = || "Ta med innesko.\nDet er vått ute.".to_owned();
    let answer = |answer, seated, party| {
        let guest = "Per Moe".to_owned();
        ActView::AnswerFor { gathering: gathering(), guest, answer, seated, party }
    };
    let describe = |key, value: &str, told| {
        let value = value.to_owned();
        ActView::Describe { gathering: gathering(), key, value, told }
    };
    let host = |asked| ActView::Host { gathering: gathering(), host: "Anne Dahl".into(), asked };
    let came = |absent| ActView::Attendance { gathering: gathering(), came: 9, absent };
    let lines = vec!["14 plasser".to_owned(), "inviter Kari".to_owned()];
    let removed = |told| ActView::Remove { gathering: gathering(), removed: people(), told };
    vec![
        ("another place", describe("where", "Storgata 4", 2), 2),
        ("a speaker", describe("speaker", "Anne Lie", 2), 2),
        ("to read", describe("pre-read", "https://example.org/mot fordi det er kort", 2), 2),
        ("a question", describe("question", "Hva har du ombestemt deg om?", 0), 0),
        ("in another language", particular(SettingView::Language { language: "nn" }), 0),
        ("no calendar", particular(SettingView::Calendar { with: CalendarPolicy::Never }), 0),
        ("deadline", ActView::ReplyBy { gathering: gathering(), day: on(3, 10) }, 0),
        ("kitchen", ActView::KitchenBy { gathering: gathering(), by: at(3, 11, 12, 0) }, 0),
        ("digest", ActView::Digest { readers: people() }, 2),
        ("removed and told", removed(2), 2),
        ("removed, nobody told", removed(0), 0),
        ("a seat", ActView::GiveSeat { gathering: gathering(), guest: "Ola Aas".into() }, 1),
        ("yes for somebody", answer(Answer::Yes, true, 2), 1),
        ("yes for somebody, full", answer(Answer::Yes, false, 1), 1),
        ("no for somebody", answer(Answer::No, false, 1), 1),
        ("maybe for somebody", answer(Answer::Maybe, false, 1), 1),
        ("nudge", ActView::Nudge { gathering: gathering(), nudged: people() }, 2),
        ("message", ActView::Message { gathering: gathering(), to: people(), text: text() }, 2),
        ("host asked", host(true), 1),
        ("host oneself", host(false), 0),
        ("all came", came(Vec::new()), 0),
        ("one did not come", came(names(&["Per Moe"])), 0),
        ("export", export(gathering(), 14), 0),
        ("export of one guest", export(gathering(), 1), 0),
        ("export of all", ActView::ExportAll { members: 31, gatherings: 3, extract: None }, 0),
        (
            "other rounds",
            ActView::Waves {
                gathering: gathering(),
                waves: later_rounds(),
                ahead: names(&["Per Moe"]),
            },
            0,
        ),
        ("undo", ActView::Undo { lines }, 0),
    ]
}

fn particular(setting: SettingView) -> ActView {
    ActView::Particular { gathering: with_place(dinner()), setting }
}

fn export(gathering: GatheringView, guests: u32) -> ActView {
    ActView::Export { gathering, guests, extract: None }
}

pub(super) fn offer(acts: Vec<ActView>, mails: u32) -> OfferView {
    OfferView { acts, mails, until: at(3, 4, 12, 0), grave: false, others: Vec::new() }
}

fn acts() -> Vec<Sample> {
    let mut samples = Vec::new();
    for (about, act, mails) in act_views().into_iter().chain(further_acts()) {
        let acts = vec![act];
        samples.push(sample(about, preview(acts.clone(), mails)));
        samples.push(sample(about, done(acts, mails)));
    }
    let several: Vec<ActView> =
        act_views().into_iter().map(|(_, act, _)| act).skip(2).take(2).collect();
    samples.push(sample("several", preview(several.clone(), 5)));
    samples.push(sample("several", done(several.clone(), 5)));
    samples.push(sample(
        "about several gatherings",
        Letter::Done {
            acts: several.clone(),
            mails: 5,
            leave_at: None,
            told: vec![Told::Help],
            about: None,
            lasts: false,
        },
    ));
    let guesses = vec![Guess { line: "avlsy".into(), verb: "avlys".into() }];
    let about = Some(with_place(dinner()));
    let again = Letter::Preview {
        anew: true,
        offer: offer(several.clone(), 5),
        about: about.clone(),
        guesses: Vec::new(),
        told: Vec::new(),
    };
    samples.push(sample("anew, as something has changed", again));
    let letter = Letter::Preview {
        anew: false,
        offer: offer(several.clone(), 5),
        about,
        guesses,
        told: vec![Told::Status(status())],
    };
    samples.push(sample("a slip of the thumb, and a question", letter));
    let organizer = "Ida Berg".to_owned();
    let leave_at = Some(at(3, 2, 12, 10));
    let about = Some(with_place(dinner()));
    samples.push(sample(
        "two acts",
        Letter::Colleague { organizer, acts: several, mails: 5, leave_at, about },
    ));
    samples.push(sample(
        "an export",
        Letter::Colleague {
            organizer: "Ida Berg".into(),
            acts: vec![export(with_place(dinner()), 14)],
            mails: 0,
            leave_at: None,
            about: Some(with_place(dinner())),
        },
    ));
    samples
}

/// A new member, and what can be asked for besides.
fn members() -> Result<Vec<Sample>, String> {
    let address = "kari@example.org".parse()?;
    let act = vec![ActView::AddMember { name: "Kari Lie".into(), address }];
    let menu = Told::Menu { gathering: with_place(dinner()), clashes: super::sheets::clashes() };
    let none = Told::Digest {
        own: Vec::new(),
        coming: Vec::new(),
        shared: Vec::new(),
        newcomers: Vec::new(),
    };
    Ok(vec![
        sample("a member", preview(act.clone(), 0)),
        sample("a member", done(act, 0)),
        sample("a menu that is not for all", Letter::Status { told: vec![menu] }),
        sample("the manual and the digest", Letter::Status { told: vec![Told::Help, none] }),
    ])
}

pub(super) fn preview(acts: Vec<ActView>, mails: u32) -> Letter {
    let about = Some(with_place(dinner()));
    let (guesses, told) = (Vec::new(), Vec::new());
    Letter::Preview { anew: false, offer: offer(acts, mails), about, guesses, told }
}

fn done(acts: Vec<ActView>, mails: u32) -> Letter {
    let leave_at = (mails > 0).then(|| at(3, 2, 12, 10));
    let status = if mails == 0 { quiet() } else { status() };
    let about = Some(status.clone());
    let lasts = acts.iter().any(ActView::lasts);
    Letter::Done { acts, mails, leave_at, told: vec![Told::Status(status)], about, lasts }
}

/// Why somebody stands where they stand.
fn why(stands: &'static str, mails: Vec<WhyMail>) -> Letter {
    let view = WhyView {
        gathering: with_place(dinner()),
        guest: "Kari Lie".into(),
        stands,
        party: 2,
        position: (stands == "waiting").then_some(2),
        invited: at(3, 2, 12, 10),
        mails,
        deeds: Vec::new(),
    };
    Letter::Status { told: vec![Told::Why(view)] }
}

fn whys() -> Vec<Sample> {
    let mail = |answer, words: &[&str]| WhyMail {
        at: at(3, 3, 9, 5),
        answer,
        state: "applied".into(),
        words: names(words),
        rules: names(words).iter().map(|_| "plain yes".to_owned()).collect(),
    };
    let mails =
        vec![mail(Some(Answer::Maybe), &["kanskje"]), mail(Some(Answer::Yes), &["kommer gjerne"])];
    let mut samples = vec![sample("has a seat", why("seated", mails))];
    let others = ["waiting", "offered", "yes", "no", "maybe", "unclear", "saved", "silent"];
    samples.extend(others.map(|stands| sample(stands, why(stands, vec![mail(None, &[])]))));
    samples.push(sample("no mail", why("silent", Vec::new())));
    if let Letter::Status { mut told } = why("seated", Vec::new()) {
        if let Some(Told::Why(view)) = told.first_mut() {
            view.deeds = deeds();
            // A week later that is all there is.
            view.deeds.extend(
                deeds().into_iter().take(1).map(|one| DailyDeed { acts: Vec::new(), ..one }),
            );
        }
        samples.push(sample("by an organizer", Letter::Status { told }));
    }
    samples.push(sample("small acts of others", Letter::Daily { day: on(3, 3), deeds: deeds() }));
    let one = deeds().into_iter().take(1).collect();
    samples.push(sample("a small act of another", Letter::Daily { day: on(3, 3), deeds: one }));
    samples
}

/// What others have done.
fn deeds() -> Vec<DailyDeed> {
    let gathering = || with_place(dinner());
    let answer = ActView::AnswerFor {
        gathering: gathering(),
        guest: "Kari Lie".into(),
        answer: Answer::Yes,
        seated: true,
        party: 2,
    };
    let menu = ActView::Describe {
        gathering: gathering(),
        key: "menu",
        value: "Lammestek.\nOg ovnsbakt sellerirot.".into(),
        told: 9,
    };
    let seats =
        ActView::Seats { gathering: gathering(), seats: 16, promoted: names(&["Liv Dahl"]) };
    let deed = |hour, minute, acts: Vec<ActView>| DailyDeed {
        organizer: "Ida Berg".into(),
        at: at(3, 3, hour, minute),
        acts: acts.iter().map(ActView::kept).collect(),
        commands: vec!["seats to=16".into()],
    };
    vec![deed(9, 0, vec![answer]), deed(14, 30, vec![menu, seats])]
}

fn choices() -> Result<Vec<Sample>, String> {
    let person = |name: &str, address: &str| {
        Ok::<_, String>(ChoiceView::Person { name: name.to_owned(), address: address.parse()? })
    };
    let both =
        vec![person("Kari Lie", "kari@example.org")?, person("Kari Moe", "moe@example.org")?];
    let one = both.iter().take(1).cloned().collect();
    let gatherings =
        vec![ChoiceView::Gathering(with_place(dinner())), ChoiceView::Gathering(lecture())];
    let rounds = vec![
        ChoiceView::Rounds { rounds: names(&["Kari, Per", "resten"]) },
        ChoiceView::Rounds { rounds: names(&["Kari", "Per", "resten"]) },
    ];
    let which = |about, line: &str, written: &str, choices| {
        let (line, written) = (line.to_owned(), written.to_owned());
        sample(about, Letter::Which { line, written, choices })
    };
    Ok(vec![
        which("two people", "inviter Kari", "Kari", both),
        which("nearly a name", "inviter Krai", "Krai", one),
        which("two gatherings", "avlys", "", gatherings),
        which("one gathering", "språk: engelsk", "", vec![ChoiceView::Gathering(lecture())]),
        which("two ways to part rounds", "runder: Kari, Per, resten", "", rounds),
        sample("a letter", Letter::NoCommand),
        sample(
            "a host",
            Letter::HostAsked { gathering: with_place(dinner()), organizer: "Ida Berg".into() },
        ),
        sample(
            "yes",
            Letter::HostNoted { gathering: with_place(dinner()), yes: Some(true), asked: true },
        ),
        sample(
            "no",
            Letter::HostNoted { gathering: with_place(dinner()), yes: Some(false), asked: true },
        ),
        sample(
            "something else, from the host",
            Letter::HostNoted { gathering: with_place(dinner()), yes: None, asked: false },
        ),
        sample(
            "neither",
            Letter::HostNoted { gathering: with_place(dinner()), yes: None, asked: true },
        ),
    ])
}

fn replies() -> Vec<Sample> {
    let waves = std::iter::once(kept_free()).chain(later_rounds()).collect();
    let in_rounds = StatusView { waves, ..quiet() };
    let of_lecture = StatusView { gathering: with_place(lecture()), ..quiet() };
    vec![
        sample("said no to a preview", Letter::Dropped),
        sample("in the middle", Letter::Status { told: vec![Told::Status(status())] }),
        sample("nobody has answered", Letter::Status { told: vec![Told::Status(quiet())] }),
        sample("a lecture", Letter::Status { told: vec![Told::Status(of_lecture)] }),
        sample("with later rounds", Letter::Status { told: vec![Told::Status(in_rounds)] }),
        sample("the manual", Letter::Help),
    ]
}

fn problems() -> Vec<Sample> {
    let text = str::to_owned;
    let either = ProblemKind::Either { written: text("Kari, Per, resten"), meant: Vec::new() };
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
        (
            "kjøkkenfrist: 13. mars",
            ProblemKind::BadValue { what: text("kitchen cut-off"), value: text("13. mars") },
        ),
        (
            "frist 13. mars",
            ProblemKind::BadValue { what: text("reply by"), value: text("13.03.2026") },
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
        ("runder: Kari, Per, resten", either),
        ("inviter alle", ProblemKind::TooLong),
    ];
    let problem = |(line, kind): (&str, ProblemKind)| Problem { line: line.to_owned(), kind };
    let one = kinds.iter().take(1).cloned().map(problem).collect();
    let understood = names(&["14 plasser", "meny: Fårikål"]);
    let again = kinds.iter().take(1).cloned().map(problem).collect();
    let rest = names(&["14 plasser"]);
    let seats = act_views().into_iter().map(|(_, act, _)| act).skip(3).take(1).collect();
    let offered = Some(offer(seats, 2));
    vec![
        sample("one line", Letter::Problems { understood: Vec::new(), problems: one, offer: None }),
        sample(
            "every kind of problem",
            Letter::Problems {
                understood,
                problems: kinds.into_iter().map(problem).collect(),
                offer: None,
            },
        ),
        sample(
            "the rest can be done",
            Letter::Problems { understood: rest, problems: again, offer: offered },
        ),
    ]
}

fn reports() -> Result<Vec<Sample>, String> {
    let guest = || "Kari Lie".to_owned();
    let wrote_as = |writer, answer| Letter::GuestWrote {
        gathering: Some(with_place(dinner())),
        guest: guest(),
        text: "Kommer gjerne!\n\nKan jeg ta med en kake?\nHilsen Kari".into(),
        answer,
        writer,
    };
    let wrote = |answer| wrote_as(Writer::Guest, answer);
    let about_nothing = Letter::GuestWrote {
        gathering: None,
        guest: guest(),
        text: "Når er neste middag?".into(),
        answer: None,
        writer: Writer::Guest,
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
    let (gathering, clashes) = (with_place(dinner()), super::sheets::clashes());
    Ok(vec![
        sample("said yes", wrote(Some(Answer::Yes))),
        sample("said no", wrote(Some(Answer::No))),
        sample("said maybe", wrote(Some(Answer::Maybe))),
        sample("unclear", wrote(None)),
        sample("after it", wrote_as(Writer::Afterwards, None)),
        sample("will be the host", wrote_as(Writer::AskedToHost, Some(Answer::Yes))),
        sample("will not be the host", wrote_as(Writer::AskedToHost, Some(Answer::No))),
        sample("may be the host", wrote_as(Writer::AskedToHost, None)),
        sample("the host", wrote_as(Writer::Host, None)),
        sample("was the host", wrote_as(Writer::NotAsked, None)),
        sample("the host says no", wrote_as(Writer::Host, Some(Answer::No))),
        sample("the host says maybe", wrote_as(Writer::Host, Some(Answer::Maybe))),
        sample("about nothing planned", about_nothing),
        sample("a menu", Letter::MenuClash { gathering, clashes }),
        sample("a forwarded invitation", stranger(GuestsWord::Asked)?),
        sample("which the guest knows nothing of", stranger(GuestsWord::Disowned)?),
        sample("to somebody whom the guest knows", stranger(GuestsWord::Vouched)?),
        sample("for good", unreached(Some(dinner()), true)?),
        sample("delayed", unreached(None, false)?),
        sample("incoming", trouble("inbox", "the message could not be read five times")),
        sample("many answers", trouble("answers", "7 mails within an hour")),
        sample("a forged result came in", trouble("results", "langbord doctor auth (mx.x.no)")),
        sample("a canary is lost", trouble("canary", "langbord doctor auth (mx.x.no)")),
        sample("outgoing", trouble("outbox", "connection lost after the final dot")),
        sample("in your name", Letter::Forged { alike: false, at: at(12, 3, 14, 5) }),
        sample("a look-alike", Letter::Forged { alike: true, at: at(12, 3, 14, 5) }),
    ])
}

fn stranger(word: GuestsWord) -> Result<Letter, String> {
    Ok(Letter::StrangerAnswered {
        gathering: dinner(),
        guest: "Kari Lie".into(),
        other: "tante.olga@example.net".parse()?,
        word,
        until: at(3, 9, 14, 5),
    })
}
