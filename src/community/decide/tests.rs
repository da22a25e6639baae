//! What an organizer's mail leads to, by what it weighs and what it proves.

use chrono::TimeDelta;
use serde_json::json;

use super::*;
use crate::community::clock::Hours;
use crate::community::decision::Change;
use crate::community::facts::{Came, Floor, Recent};
use crate::community::gathering::Table;
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

/// A mail from Ida about the one dinner that there is.
fn facts(proof: Proof) -> Facts {
    let gathering = json!({
        "id": 7, "kind": "dinner", "title": null, "starts_local": "2026-03-12T19:00:00",
        "starts_at": "2026-03-12T18:00:00Z", "place": null, "host": null, "host_id": null,
        "host_phone": null, "menu": null, "menu_reason": null, "question": null, "note": null,
        "reply_by": null, "seats": 12, "taken": 0, "state": "open", "reason": null, "sequence": 0,
        "moved_from": null, "asked_again": false, "asked_sequence": 0, "kitchen_by": null,
        "version": 3, "changed_at": "2026-03-01T09:00:00Z",
    });
    let gathering = serde_json::from_value(gathering).unwrap();
    let floor = Floor {
        organizer: ida(),
        open: vec![Table {
            gathering,
            host: None,
            invitations: Vec::new(),
            waves: Vec::new(),
            planned: Vec::new(),
        }],
        past: Vec::new(),
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
        next_gathering_ids: vec![8],
        last: None,
    };
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
        about: About::Floor(Box::new(floor)),
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
