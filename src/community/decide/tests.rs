//! What an organizer's mail leads to, by what it weighs and what it proves.

use chrono::TimeDelta;
use serde_json::json;

use super::*;
use crate::command::Key;
use crate::community::clock::Hours;
use crate::community::decision::Change;
use crate::community::facts::{Answering, Came, Floor, Recent};
use crate::community::gathering::{Gathering, Table};
use crate::community::level::{Evidence, Standing};
use crate::community::person::{CalendarPolicy, Usual};
use crate::community::{Community, Person};
use crate::language::Language;
use crate::mail::proof::{Authorship, Proof};
use crate::understand::understand_words;

fn now() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

fn ida() -> Person {
    Person {
        id: 1,
        name: "Ida".into(),
        address: "ida@example.org".parse().unwrap(),
        language: Language::Nb,
        phone: None,
        active: true,
        away: false,
        organizer: true,
    }
}

/// The one dinner that there is, and who organizes it.
fn floor() -> Floor {
    let gathering = json!({
        "id": 7, "kind": "dinner", "title": null, "starts_local": "2026-03-12T19:00:00",
        "starts_at": "2026-03-12T18:00:00Z", "place": null, "host": null, "host_id": null,
        "host_phone": null, "menu": null, "menu_reason": null, "question": null, "note": null,
        "reply_by": null, "seats": 12, "taken": 0, "state": "open", "reason": null, "sequence": 0,
        "moved_from": null, "asked_again": false, "asked_sequence": 0, "kitchen_by": null,
        "version": 3, "changed_at": "2026-03-01T09:00:00Z",
    });
    let gathering = serde_json::from_value(gathering).unwrap();
    Floor {
        organizer: ida(),
        open: vec![Table {
            gathering,
            host: None,
            invitations: Vec::new(),
            waves: Vec::new(),
            planned: Vec::new(),
        }],
        past: Vec::new(),
        held: None,
        called_off: Vec::new(),
        left_out: Vec::new(),
        answers: Vec::new(),
        deeds: Vec::new(),
        recent: Recent::default(),
        members: vec![ida()],
        known: Vec::new(),
        readers: Vec::new(),
        contributions: Vec::new(),
        thread: None,
        remembered: std::collections::BTreeMap::new(),
        forgotten: Vec::new(),
        next_gathering_ids: vec![8],
        last: None,
    }
}

/// A mail from Ida about it.
fn facts(proof: Proof) -> Facts {
    let author = Authorship { proof, because: String::new() };
    Facts {
        community: Community {
            id: 1,
            slug: "oslo".into(),
            name: "Oslo".into(),
            address: "bord@example.org".parse().unwrap(),
            subaddress: true,
            language: Language::Nb,
            zone: chrono_tz::Europe::Oslo,
            calendar: CalendarPolicy::Never,
            hold: TimeDelta::minutes(10),
            hours: Hours::default(),
            usual: Usual::default(),
        },
        inbox_id: 42,
        arrived_at: now(),
        answers_mail_of: None,
        sender: Some(ida()),
        from: Some(ida().address),
        evidence: Evidence { author, ..Evidence::unverified(Standing::Organizer) },
        recent_answers: 0,
        organizers: vec![ida()],
        came: Came::ToCommunity,
        own: None,
        about: About::Floor(Box::new(floor())),
    }
}

/// The letters that answer a mail, and whether it changed a gathering.
fn answered(proof: Proof, text: &str) -> (Vec<&'static str>, bool) {
    let meaning = understand_words(text);
    let read = Read { meaning: &meaning, subject: "", ours: false, odd: false };
    let decision = decide(&facts(proof), read, now());
    let changed = decision.changes.iter().any(|change| {
        matches!(change, Change::Seats { .. } | Change::Describe { .. } | Change::Cancel { .. })
    });
    (decision.posts.iter().map(|post| post.letter.name()).collect(), changed)
}

#[test]
fn a_small_act_is_done_at_once_only_where_the_mail_proves_who_wrote_it() {
    assert_eq!(answered(Proof::Proven, "14 plasser"), (vec!["done"], true));
    for proof in [Proof::Broken, Proof::Unknowable, Proof::Unsigned] {
        assert_eq!(answered(proof, "14 plasser"), (vec!["preview"], false), "{proof:?}");
    }
    assert!(!answered(Proof::Refuted, "14 plasser").1);
}

#[test]
fn a_large_act_and_all_beside_it_wait_for_a_yes_whatever_the_mail_proves() {
    assert_eq!(answered(Proof::Proven, "avlys"), (vec!["preview"], false));
    assert_eq!(answered(Proof::Proven, "14 plasser\navlys"), (vec!["preview"], false));
    // A member who was taken in can not be taken back.
    let member = "nytt medlem Kari Lie kari@example.org";
    assert_eq!(answered(Proof::Proven, member), (vec!["preview"], false));
}

#[test]
fn a_slip_of_the_thumb_is_never_carried_out_unasked() {
    assert_eq!(answered(Proof::Proven, "plsaser 14"), (vec!["preview"], false));
    assert_eq!(answered(Proof::Proven, "avlsy"), (vec!["preview"], false));
}

#[test]
fn a_breakfast_is_moved_to_eight_in_the_morning_and_a_dinner_to_eight_in_the_evening() {
    let moved = |kind: &str, text: &str| {
        let mut facts = facts(Proof::Proven);
        let About::Floor(floor) = &mut facts.about else { panic!("another mail") };
        floor.open[0].gathering.kind = serde_json::from_value(json!(kind)).unwrap();
        let meaning = understand_words(text);
        let read = Read { meaning: &meaning, subject: "", ours: false, odd: false };
        let decision = decide(&facts, read, now());
        let shown = decision.changes.iter().find_map(|change| {
            if let Change::Propose { shown, .. } = change { Some(shown.clone()) } else { None }
        });
        shown.unwrap()["acts"][0]["to"].as_str().unwrap().to_owned()
    };
    for (kind, text, to) in [
        ("breakfast", "flytt til kl 8", "2026-03-12T08:00:00"),
        ("breakfast", "flytt til fredag kl halv åtte", "2026-03-06T07:30:00"),
        ("breakfast", "flytt til kl 20", "2026-03-12T20:00:00"),
        ("breakfast", "move to 8 pm", "2026-03-12T20:00:00"),
        ("lunch", "flytt til kl 1", "2026-03-12T13:00:00"),
        ("dinner", "flytt til kl 8", "2026-03-12T20:00:00"),
        ("dinner", "flytt til halv åtte", "2026-03-12T19:30:00"),
    ] {
        assert_eq!(moved(kind, text), to, "{kind}: {text}");
    }
}

#[test]
fn what_is_remembered_takes_all_back_that_a_mail_has_changed() {
    let meaning = understand_words("14 plasser\nmeny: Lam");
    let read = Read { meaning: &meaning, subject: "", ours: false, odd: false };
    let decision = decide(&facts(Proof::Proven), read, now());
    let remembered = decision.changes.iter().find_map(|change| {
        if let Change::Remember { before, after, .. } = change {
            Some((before, after))
        } else {
            None
        }
    });
    let (before, after) = remembered.unwrap();
    let stands = |sheet: &crate::community::gathering::Sheet| {
        let gathering = &sheet.gathering;
        (gathering.seats, gathering.menu.clone(), gathering.version)
    };
    assert_eq!(before.iter().map(stands).collect::<Vec<_>>(), [(12, None, 3)]);
    assert_eq!(after.iter().map(stands).collect::<Vec<_>>(), [(14, Some("Lam".into()), 5)]);
}

/// What Ida's mail about a dinner that is otherwise so leads to.
fn decided(change: impl Fn(&mut Gathering), text: &str) -> Decision {
    let mut facts = facts(Proof::Proven);
    let About::Floor(floor) = &mut facts.about else { panic!("another mail") };
    change(&mut floor.open[0].gathering);
    let meaning = understand_words(text);
    let read = Read { meaning: &meaning, subject: "", ours: false, odd: false };
    decide(&facts, read, now())
}

#[test]
fn a_kitchen_s_deadline_is_the_end_of_its_day_where_no_hour_is_said() {
    let by = |text: &str| {
        let decision = decided(|_| (), text);
        let by = decision.changes.iter().find_map(|change| {
            if let Change::KitchenBy { by, .. } = change { Some(by.to_string()) } else { None }
        });
        let mut all = decision.changes.iter();
        let audited = all.find_map(|change| {
            if let Change::Audit { details, .. } = change { Some(details.clone()) } else { None }
        });
        let numbers = |when: &str| audited.as_ref().map(|all| all[when]["kitchen_by"].clone());
        (by, numbers("before"), numbers("after"))
    };
    for (text, expected) in [
        ("kjøkkenfrist 10. mars", "2026-03-10T22:00:00"),
        ("kjøkkenfrist 10. mars kl 12", "2026-03-10T12:00:00"),
        ("kjøkenfrist: 12. mars kl 9", "2026-03-12T09:00:00"),
        ("kitchen cut-off today", "2026-03-02T22:00:00"),
    ] {
        let expected_by = Some(expected.replace('T', " "));
        assert_eq!(by(text), (expected_by, Some(json!(null)), Some(json!(expected))), "{text}");
    }
}

#[test]
fn a_kitchen_s_deadline_that_no_kitchen_could_go_by_is_refused() {
    let answer = |reply_by: Option<&str>, text: &str| {
        let day = reply_by.map(|day| day.parse().unwrap());
        let decision = decided(|gathering| gathering.reply_by = day, text);
        let letters = decision.posts.iter().map(|post| post.letter.name());
        letters.collect::<Vec<_>>()
    };
    for (reply_by, text) in [
        (None, "kjøkkenfrist 13. mars"),
        (None, "kjøkkenfrist 12. mars"),
        (None, "kjøkkenfrist 12. mars kl 19"),
        (None, "kjøkkenfrist 2. mars kl 9"),
        (None, "kjøkkenfrist 1. mars 2026"),
        (Some("2026-03-11"), "kjøkkenfrist 10. mars"),
        (None, "kjøkkenfrist 9. mars\nfrist 10. mars"),
        (None, "frist 10. mars\nkjøkkenfrist 9. mars"),
    ] {
        assert_eq!(answer(reply_by, text), ["problems"], "{reply_by:?} {text}");
    }
    assert_eq!(answer(Some("2026-03-10"), "kjøkkenfrist 10. mars kl 12"), ["done"]);
}

#[test]
fn a_kitchen_s_deadline_moves_with_the_day_and_goes_where_it_would_be_over() {
    let moved = |text: &str| {
        let by = "2026-03-10T12:00:00".parse().ok();
        let decision = decided(|gathering| gathering.kitchen_by = by, text);
        let shown = decision.changes.iter().find_map(|change| {
            if let Change::Propose { shown, .. } = change { Some(shown.clone()) } else { None }
        });
        shown.unwrap()["acts"][0]["kitchen_by"].clone()
    };
    assert_eq!(moved("flytt til 19. mars"), json!("2026-03-17T12:00:00"));
    assert_eq!(moved("flytt til kl 20"), json!("2026-03-10T12:00:00"));
    assert_eq!(moved("flytt til 4. mars"), json!("2026-03-02T12:00:00"), "in an hour or two");
    assert_eq!(moved("flytt til 3. mars"), json!(null), "two days before was yesterday");
}

#[test]
fn no_round_of_invitations_is_planned_for_a_day_after_the_kitchen_s_deadline() {
    let answer = |text: &str| {
        let by = "2026-03-10T12:00:00".parse().ok();
        let decision = decided(|gathering| gathering.kitchen_by = by, text);
        decision.posts[0].letter.name()
    };
    assert_eq!(answer("runder: alle 11. mars"), "problems");
    assert_ne!(answer("runder: alle 10. mars"), "problems");
}

#[test]
fn who_speaks_and_what_to_read_are_changed_at_once_where_nobody_has_a_seat_yet() {
    for (text, key, value) in [
        ("foredragsholder: Anne Lie", Key::Speaker, "Anne Lie"),
        (
            "les: https://example.org/mot fordi det er kort",
            Key::PreRead,
            "https://example.org/mot fordi det er kort",
        ),
    ] {
        let decision = decided(|_| (), text);
        let said = decision.changes.iter().find_map(|change| {
            if let Change::Describe { key, value, .. } = change {
                Some((*key, value.clone()))
            } else {
                None
            }
        });
        assert_eq!(said, Some((key, Some(value.to_owned()))), "{text}");
    }
}

/// What people write to invitations, one reply a line.
const REPLIES: [&str; 3] = [
    include_str!("../../../tests/replies/own.txt"),
    include_str!("../../../tests/replies/ordinary.txt"),
    include_str!("../../../tests/replies/blind.txt"),
];

#[test]
fn what_an_organizer_writes_of_herself_at_her_own_invitation_is_an_answer() {
    let mut facts = facts(Proof::Proven);
    let About::Floor(floor) = facts.about.clone() else { panic!("another mail") };
    let invitation = json!({
        "id": 5, "person_id": 1, "invited_at": "2026-03-01T09:00:00Z", "answer": null,
        "answered_at": null, "seat": "none", "party": 1, "waiting_since": null, "offers": 0,
        "offer_until": null, "diets": [], "diet_notes": [], "came": null, "letter_left": true,
        "letter_sequence": 0, "calendar_sent": false, "unreached": false, "answers_by": null,
    });
    facts.about = About::Invitation(Box::new(Answering {
        gathering: floor.open[0].gathering.clone(),
        invitation: serde_json::from_value(invitation).unwrap(),
        guest: ida(),
        addresses: vec![ida().address],
        waiters: Vec::new(),
        host: None,
        others: ["Kari", "Per Moe", "Ole"].map(str::to_owned).to_vec(),
    }));
    facts.came = Came::ToInvitation;
    let (mut replies, mut asked) = (0, Vec::new());
    let lines = REPLIES.iter().flat_map(|file| file.lines());
    for text in lines.filter_map(|line| line.splitn(6, " | ").nth(5)) {
        replies += 1;
        let meaning = understand_words(&text.replace("\\n", "\n"));
        let read = Read { meaning: &meaning, subject: "", ours: false, odd: false };
        let decision = decide(&facts, read, now());
        if decision.posts.iter().any(|post| post.letter.name() == "refused") {
            asked.push(text);
        }
    }
    assert!(replies > 1000, "{replies}");
    // Of somebody else; and what every guest may ask, where it is known what they have with us.
    let expected = [
        "Hvem kommer?",
        "Hvem andre kommer?",
        "Ole kan ikke, han er på øvelse. Han sender broren sin.",
    ];
    assert_eq!(asked, expected);
}

/// What organizers write, what we write to them, and what stands around it.
const WORDS: [&str; 6] = [
    include_str!("../../command/tests/lines.txt"),
    include_str!("../../command/tests/mails.txt"),
    include_str!("../../../tests/letters/nb/preview.txt"),
    include_str!("../../../tests/letters/en/done.txt"),
    include_str!("../../../tests/letters/nb/refused.txt"),
    include_str!("../../../tests/replies/own.txt"),
];

/// Numbers without end, the same every time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end as u64).unwrap()
    }
}

/// One to four lines, some as they are, some with slips of the thumb, some only signs.
fn mutated(lines: &[&str], dice: &mut Dice) -> String {
    let mut text = String::new();
    for _ in 0..=dice.below(4) {
        let mut line: Vec<char> = lines[dice.below(lines.len())].chars().collect();
        for _ in 0..dice.below(4) {
            let at = dice.below(line.len() + 1);
            match dice.below(4) {
                0 => line.insert(at, ['a', 'e', ' ', ':', '!', 'ø', '1', '\n'][dice.below(8)]),
                1 => drop(line.get(at).is_some().then(|| line.remove(at))),
                2 if at > 1 => line.swap(at - 2, at - 1),
                _ => line.truncate(line.len() - dice.below(line.len() / 4 + 1)),
            }
        }
        text.extend(line);
        text.push('\n');
    }
    text
}

/// `LANGBORD_CASES` says how many texts, where more than usual are wanted.
#[test]
fn cmd_02_no_text_has_anything_large_done_without_a_yes() {
    let cases = std::env::vars().find(|(key, _)| key == "LANGBORD_CASES");
    let cases: u64 = cases.map_or(3_000, |(_, cases)| cases.parse().expect("a number"));
    let lines: Vec<&str> = WORDS.iter().flat_map(|file| file.lines()).collect();
    let lines: Vec<&str> = lines.iter().map(|line| line.split(" => ").next().unwrap()).collect();
    let (facts, blank) = (facts(Proof::Proven), understand_words(""));
    let mut dice = Dice(88_172_645_463_325_252);
    let (mut done, mut asked) = (0_u64, 0_u64);
    for _ in 0..cases {
        let visible_text = mutated(&lines, &mut dice);
        let meaning = Meaning { visible_text, ..blank.clone() };
        let read = Read { meaning: &meaning, subject: "", ours: false, odd: false };
        let decision = decide(&facts, read, now());
        for change in &decision.changes {
            if let Change::Audit { act, details, .. } = change {
                assert_eq!(details["large"], json!(false), "{act}: {}", meaning.visible_text);
                done += 1;
            }
            asked += u64::from(matches!(change, Change::Propose { .. }));
        }
        let to = decision.posts.iter().map(|post| post.to.id).collect::<Vec<_>>();
        assert!(to.iter().all(|to| *to == ida().id), "{}", meaning.visible_text);
    }
    println!("{cases} texts: {done} small acts done, {asked} shown first, nothing large");
    assert!(done > cases / 1000 && asked > cases / 1000, "{done} {asked}");
}
