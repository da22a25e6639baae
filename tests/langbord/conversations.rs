//! Conversations: what people write is the left margin of a file, what Langbord does is written
//! behind it by this runner and compared. `BLESS=1 cargo test conversations` accepts what happened;
//! reading the difference is the review.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use similar::TextDiff;

use crate::support::stage::Stage;

/// Plays a file and compares.
async fn play(name: &str) {
    let path = folder().join(name);
    let script = std::fs::read_to_string(&path).expect("read the conversation");
    let mut stage = Stage::set(&script).await;
    let played = stage.play(&script).await;
    if std::env::vars().any(|(key, _)| key == "BLESS") {
        std::fs::write(&path, &played).expect("write the conversation");
    }
    let difference = TextDiff::from_lines(script.as_str(), played.as_str())
        .unified_diff()
        .context_radius(4)
        .header("as written", "as it happened")
        .to_string();
    let blessed = std::env::vars().any(|(key, _)| key == "BLESS");
    assert!(difference.is_empty() || blessed, "{name}:\n{difference}");
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conversations")
}

macro_rules! conversations {
    ($($name:ident)*) => {
        $(#[tokio::test]
        async fn $name() {
            play(concat!(stringify!($name), ".txt")).await;
        })*

        #[test]
        fn every_conversation_is_played() {
            let mut missing = String::new();
            for file in std::fs::read_dir(folder()).expect("list the conversations") {
                let file = file.expect("a file").file_name().into_string().expect("a name");
                let played = [$(concat!(stringify!($name), ".txt")),*].contains(&file.as_str());
                if !played {
                    writeln!(missing, "{file} is not in the list").expect("write");
                }
            }
            assert!(missing.is_empty(), "{missing}");
        }
    };
}

conversations! {
    food_first
    host_leaves_unsent
    nothing_coming
    one_in_english
    in_its_language
    two_that_were
    rounds_by_comma
    quiet_sunday
    save_the_date
    one_guest
    host_news
    host_leaves
    host_returns
    host_is_guest
    thanks
    held_offer
    maybe_in_line
    season
    two_organizers
    undone_digest
    eksport
    eksport_alt
    hvorfor
    siden_sist
    several_commands
    which_one
    all_but_one
    undo
    for_guests
    members
    organizers
    other_rounds
    only_organizer
    from_elsewhere
    settings
    no_command
    confirmed_too_late
    old_date
    shown_anew
    autumn_night
    borte
    svarer_fredag
    waves
    waves_long_before
    calendar_buttons
    cancelled
    cancelled_in_haste
    change_of_mind
    diets
    digest
    digest_answered
    digest_late
    members_year
    downtime
    forwarded
    host_sheet
    husk
    killed
    last_day
    last_seat
    lecture_dinner
    lost_mail
    machines
    menu
    more_seats
    moved
    moved_in_haste
    not_understood
    nynorsk
    offers_run_out
    one_more
    one_yes
    party_of_three
    ping_pong
    refused
    reminders
    rounds
    slett_meg
    stranger
    hand_over
    several_invitations
    without_subaddresses
    words_of_members
    wrong_door
}
