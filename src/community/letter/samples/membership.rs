//! Letters about what organizers note of members.

use chrono::Weekday;

use super::organizers::{offer, preview};
use super::{Sample, at, dinner, on, sample};
use crate::command::Role;
use crate::command::setting::{CalendarPolicy, Quiet, Setting};
use crate::community::letter::{
    ActView, Letter, MemberNews, OfferView, Refusal, SettingView, Told,
};
use crate::language::Language;
use crate::mail::EmailAddress;

pub(super) fn all() -> Result<Vec<Sample>, String> {
    let mut samples = Vec::new();
    for (about, act) in acts()? {
        samples.push(sample(about, preview(vec![act.clone()], 1)));
        samples.push(sample(about, lasting(vec![act])));
    }
    samples.extend(news());
    samples.extend(grave()?);
    samples.extend(settings());
    let refused = |refusal| Letter::Refused { refusal, line: None, offer: None };
    let address: EmailAddress = "kari@example.net".parse()?;
    let organizes = Refusal::Organizes { who: "Per Moe".into() };
    samples.push(sample("an organizer", refused(organizes)));
    let forgotten = Refusal::Forgotten { address: address.clone() };
    samples.push(sample("an address whose owner was forgotten", refused(forgotten)));
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
        let told = field == "address";
        ActView::ChangeMember { name: name(), field, value, asked_again: Vec::new(), told }
    };
    let (address, seats) = ("kari@example.org".parse()?, vec![dinner()]);
    Ok(vec![
        ("a break", ActView::PauseMember { name: name(), until: None, seats: Vec::new() }),
        (
            "a break until a day",
            ActView::PauseMember { name: name(), until: Some(on(5, 1)), seats: seats.clone() },
        ),
        ("back", ActView::ResumeMember { name: name() }),
        (
            "out",
            ActView::RemoveMember {
                name: name(),
                address,
                seats: seats.clone(),
                hosts: Vec::new(),
            },
        ),
        ("another name", changed("name", "Kari Moe")),
        ("another address", changed("address", "kari@example.net")),
        (
            "another address, as mail came back",
            ActView::ChangeMember {
                name: name(),
                field: "address",
                value: "kari@example.net".to_owned(),
                asked_again: vec![dinner()],
                told: false,
            },
        ),
        ("another telephone", changed("phone", "900 12 345")),
        ("another language", changed("language", "nn")),
        ("erased", ActView::Erase { name: name(), seats: seats.clone(), hosts: seats }),
        ("erased, no seat", ActView::Erase { name: name(), seats: Vec::new(), hosts: Vec::new() }),
        ("all erased", ActView::EraseAll { people: 40 }),
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

/// What takes more than one organizer's yes.
fn grave() -> Result<Vec<Sample>, String> {
    let (name, address): (_, EmailAddress) = ("Kari Lie".to_owned(), "kari@example.org".parse()?);
    let role = |role| ActView::Organizer { name: name.clone(), address: address.clone(), role };
    let (added, removed) = (role(Role::Organizer), role(Role::Member));
    let others = || vec!["Per Moe".to_owned(), "Ola Aas".to_owned()];
    let asked = |acts: &ActView, others| {
        let offer = OfferView { grave: true, others, ..offer(vec![acts.clone()], 0) };
        let (guesses, told) = (Vec::new(), Vec::new());
        Letter::Preview { anew: false, offer, about: None, guesses, told }
    };
    let notice = |act: &ActView, organizer: Option<&str>, others| Letter::Notice {
        organizer: organizer.map(str::to_owned),
        others,
        acts: vec![act.clone()],
        until: at(3, 3, 12, 0),
    };
    let vetoed = |organizer: Option<&str>, by: Option<&str>| Letter::Vetoed {
        organizer: organizer.map(str::to_owned),
        by: by.map(str::to_owned),
        lines: vec!["arrangør Kari".to_owned()],
    };
    let refused = |refusal| Letter::Refused { refusal, line: None, offer: None };
    let elsewhere = Refusal::FromElsewhere { address: "ida@example.org".parse()? };
    Ok(vec![
        sample("another organizer", asked(&added, others())),
        sample("another organizer, asked by the only one", asked(&added, Vec::new())),
        sample("one organizer less", asked(&removed, others())),
        sample("another organizer", lasting(vec![added.clone()])),
        sample("one organizer less", lasting(vec![removed.clone()])),
        sample("to the others", notice(&added, Some("Ida Berg"), Vec::new())),
        sample("to the one who asked", notice(&added, None, others())),
        sample("to the only one", notice(&removed, None, Vec::new())),
        sample("by another", vetoed(None, Some("Per Moe"))),
        sample("by the reader", vetoed(Some("Ida Berg"), None)),
        sample("by another, asked by another", vetoed(Some("Ida Berg"), Some("Per Moe"))),
        sample("by the one who asked", vetoed(None, None)),
        sample("a new organizer", Letter::Appointed { organizer: "Ida Berg".into() }),
        sample("a yes from elsewhere", refused(elsewhere)),
        sample("another's word is awaited", refused(Refusal::AnothersWord)),
        sample("the last organizer", refused(Refusal::LastOrganizer)),
    ])
}

/// How a community is set: as most are, and otherwise.
fn settings() -> Vec<Sample> {
    let usual = [
        Setting::Language(Language::Nb),
        Setting::Hours { evening: 22, morning: 8 },
        Setting::Days(Vec::new()),
        Setting::Calendar(CalendarPolicy::Confirmation),
        Setting::Seats(None),
        Setting::ReplyBy(None),
    ];
    let quiet = vec![Quiet::Weekday(Weekday::Sun), Quiet::Yearly(12, 24), Quiet::Once(on(3, 27))];
    let others = [
        ("quiet hours", Setting::Hours { evening: 20, morning: 9 }),
        ("quiet days", Setting::Days(quiet)),
        ("usual seats", Setting::Seats(Some(12))),
        ("calendar with the invitation", Setting::Calendar(CalendarPolicy::Invitation)),
        ("no calendar", Setting::Calendar(CalendarPolicy::Never)),
        ("usual deadline", Setting::ReplyBy(Some(5))),
    ];
    let told = vec![Told::Settings { settings: usual.iter().map(SettingView::of).collect() }];
    let mut samples = vec![sample("how it is set", Letter::Status { told })];
    for (about, setting) in others {
        let act = ActView::Setting { setting: SettingView::of(&setting) };
        samples.push(sample(about, preview(vec![act], 0)));
    }
    let english = SettingView::of(&Setting::Language(Language::En));
    samples.push(sample("language", lasting(vec![ActView::Setting { setting: english }])));
    samples
}
