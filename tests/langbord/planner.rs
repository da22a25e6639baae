//! When the planner looks again is a cache, and a cache may not make it miss anything.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use langbord::community::{Post, plan};
use langbord::understand::Answer;
use proptest::prelude::*;

use crate::seats::table::{Dinner, GUESTS};

/// A dinner in some state, at some time.
fn dinner() -> impl Strategy<Value = Dinner> {
    let answer = prop_oneof![Just(Answer::Yes), Just(Answer::No), Just(Answer::Maybe)];
    let says = (0..GUESTS, answer, 0..40_i64);
    let reply_by = prop::option::of(3..18_i64);
    let moved = prop::option::of(0..48_i64);
    let left = prop::collection::vec(any::<bool>(), GUESTS);
    (1..5_u32, prop::collection::vec(says, 0..10), reply_by, moved, left).prop_map(
        |(seats, says, reply_by, moved, left)| {
            let mut dinner = Dinner::new(seats);
            for (guest, answer, hours) in says {
                dinner.says(guest, answer, None);
                dinner.now += TimeDelta::hours(hours);
                dinner.time_passes();
            }
            let first = dinner.table.gathering.changed_at.date_naive();
            let gathering = &mut dinner.table.gathering;
            gathering.reply_by = reply_by.map(|days| first + TimeDelta::days(days));
            if let Some(hours) = moved {
                gathering.moved_from = Some(gathering.starts_local - TimeDelta::hours(1));
                gathering.sequence = 1;
                gathering.changed_at = dinner.now - TimeDelta::hours(hours);
            }
            for ((invitation, _), left) in dinner.table.invitations.iter_mut().zip(left) {
                invitation.letter_left = left;
                invitation.letter_sequence = left.then_some(0);
            }
            dinner
        },
    )
}

fn purposes(posts: &[Post]) -> BTreeSet<String> {
    posts.iter().map(|post| post.purpose.to_string()).collect()
}

/// What is to be done at a time, by every rule.
fn due(dinner: &Dinner, at: DateTime<Utc>) -> BTreeSet<String> {
    let letters = plan::letters(&dinner.community, &dinner.table);
    let moves = plan::offers(&dinner.community, &dinner.table, at);
    let mut due = purposes(&plan::due(letters, at));
    due.extend(purposes(&moves.posts));
    due
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..Default::default() })]

    #[test]
    fn between_two_looks_there_is_nothing_to_do(
        mut dinner in dinner(),
        letters_leave in any::<bool>(),
    ) {
        dinner.time_passes();
        let mut known = due(&dinner, dinner.now);
        let next = plan::next(&dinner.community, &dinner.table, dinner.now);
        // No trigger tells the planner that invitations have left meanwhile.
        if letters_leave {
            let sequence = dinner.table.gathering.sequence;
            let waiting = dinner.table.invitations.iter_mut().filter(|(one, _)| !one.letter_left);
            for (invitation, _) in waiting {
                invitation.letter_left = true;
                invitation.letter_sequence = Some(sequence);
            }
            known.extend(due(&dinner, dinner.now));
        }
        let end = dinner.table.gathering.starts_at + TimeDelta::days(1);
        let mut at = dinner.now;
        while at < next.unwrap_or(end).min(end) {
            let due = due(&dinner, at);
            let new: Vec<&String> = due.difference(&known).collect();
            prop_assert!(new.is_empty(), "{} unseen from {} until {:?}: {:?}", at, dinner.now, next, new);
            at += TimeDelta::minutes(30);
        }
    }
}
