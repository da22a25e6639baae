//! A community of its own for each history.

use std::sync::OnceLock;

use chrono::TimeDelta;
use langbord::community::Community;
use langbord::community::clock::Hours;
use langbord::community::person::CalendarPolicy;
use langbord::language::Language;
use langbord::letters::Letters;
use langbord::mail::token::Keys;
use langbord::steps::Desk;
use langbord::store::people::{self, CommunityRow, NewPerson};

const GUESTS: usize = 3;
/// Where the dinners are.
pub const OSLO: chrono_tz::Tz = chrono_tz::Europe::Oslo;

/// A community with an organizer and guests.
pub async fn desk(db: &mut sqlx::PgConnection, seed: u64) -> Desk {
    static LETTERS: OnceLock<Letters> = OnceLock::new();
    let letters = LETTERS.get_or_init(|| Letters::embedded().expect("sound letters"));
    let slug = format!("history-{seed}");
    let address = format!("{slug}@langbord.example").parse().expect("an address");
    let row = CommunityRow {
        slug: &slug,
        name: "Langbord",
        address: &address,
        language: Language::En,
        zone: OSLO.name(),
    };
    let id = people::ensure_community(db, row).await.expect("a community");
    let start = "2026-01-01T00:00:00Z".parse().expect("a time");
    let guests = (0..GUESTS).map(|guest| format!("Guest {guest}"));
    for name in guests.chain(["Ida".to_owned()]) {
        let email = format!("{}@guests.example", name.to_lowercase().replace(' ', ""));
        let person = NewPerson {
            email: email.parse().expect("an address"),
            language: None,
            phone: None,
            organizer: name == "Ida",
            host: false,
            mentor: false,
            name,
        };
        people::keep_member(db, id, &person, start).await.expect("a member");
    }
    Desk {
        community: Community {
            id,
            slug,
            name: "Langbord".into(),
            address,
            subaddress: true,
            language: Language::En,
            zone: OSLO,
            calendar: CalendarPolicy::Confirmation,
            hold: TimeDelta::minutes(10),
            hours: Hours::default(),
            usual: langbord::community::person::Usual::default(),
        },
        keys: Keys::new(vec![vec![7; 32]]).expect("a key"),
        letters: letters.clone(),
        signer: None,
        digest: None,
        rounds: langbord::community::cadence::Rounds::default(),
        witnesses: std::sync::Arc::default(),
        public_url: None,
    }
}
