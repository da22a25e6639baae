//! When the planner looks again is a cache, and a cache may not make it miss anything.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc, Weekday};
use langbord::command::Opens;
use langbord::community::clock::{self, Quiet};
use langbord::community::gathering::{State, Wave};
use langbord::community::{Change, Invitation, Letter, Person, Post, Seat, plan};
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
    let promised = prop::collection::vec(prop::option::weighted(0.3, 0..18_i64), GUESTS);
    (1..5_u32, prop::collection::vec(says, 0..10), reply_by, moved, (left, promised)).prop_map(
        |(seats, says, reply_by, moved, (left, promised))| {
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
            let guests = dinner.table.invitations.iter_mut().zip(left.into_iter().zip(promised));
            for ((invitation, _), (left, promised)) in guests {
                invitation.answers_by = promised.map(|days| first + TimeDelta::days(days));
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

/// When the first guest of a dinner on Thursday 19 March, asked on Monday the 2nd, is nudged.
fn nudged(reply_by: Option<&str>, promised: Option<&str>, quiet: Vec<Quiet>) -> Vec<String> {
    let mut dinner = Dinner::new(4);
    dinner.community.hours.quiet = quiet;
    dinner.table.gathering.reply_by = reply_by.map(|day| day.parse().unwrap());
    dinner.table.invitations.truncate(1);
    dinner.table.invitations[0].0.answers_by = promised.map(|day| day.parse().unwrap());
    plan::letters(&dinner.community, &dinner.table)
        .iter()
        .filter(|post| matches!(post.letter, Letter::Nudge { .. }) && post.due_at < post.expires_at)
        .map(|post| {
            clock::local(post.due_at, dinner.community.zone).format("%a %-d %H").to_string()
        })
        .collect()
}

#[test]
fn the_silent_are_nudged_twice_at_most_and_not_before_the_day_that_they_have_named() {
    let thursday = Some("2026-03-12");
    assert_eq!(nudged(thursday, None, vec![]), ["Tue 10 10", "Thu 12 10"]);
    assert_eq!(nudged(None, None, vec![]), ["Sat 14 10", "Mon 16 10"]);
    // A promise that is kept in time puts off what would come before it.
    assert_eq!(nudged(thursday, Some("2026-03-09"), vec![]), ["Tue 10 10", "Thu 12 10"]);
    assert_eq!(nudged(thursday, Some("2026-03-10"), vec![]), ["Wed 11 10", "Thu 12 10"]);
    assert_eq!(nudged(thursday, Some("2026-03-11"), vec![]), ["Thu 12 10"]);
    // Also past the day on which answers are awaited.
    assert_eq!(nudged(thursday, Some("2026-03-14"), vec![]), ["Sun 15 10"]);
    assert_eq!(
        nudged(thursday, Some("2026-03-14"), vec![Quiet::Weekday(Weekday::Sun)]),
        ["Mon 16 08"]
    );
    // There is nothing to say on the day itself.
    assert_eq!(nudged(thursday, Some("2026-03-19"), vec![]), Vec::<String>::new());
    // On quiet days nobody is asked, unless it is too near to wait.
    let quiet = vec![Quiet::Weekday(Weekday::Tue)];
    assert_eq!(nudged(thursday, None, quiet), ["Wed 11 08", "Thu 12 10"]);
}

#[test]
fn a_reminder_says_what_its_reader_has_not_just_been_told() {
    for (answered, moved, expected) in [
        ("2026-03-03", None, vec!["week-before", "day-before", "same-day"]),
        ("2026-03-10", None, vec!["day-before", "same-day"]),
        ("2026-03-18", None, vec!["same-day"]),
        ("2026-03-19", None, vec![]),
        ("2026-03-03", Some("2026-03-13"), vec!["day-before", "same-day"]),
    ] {
        let mut dinner = Dinner::new(4);
        dinner.table.invitations.truncate(1);
        let at = |day: &str| format!("{day}T11:00:00Z").parse().unwrap();
        let guest = &mut dinner.table.invitations[0].0;
        (guest.seat, guest.answer, guest.answered_at) =
            (Seat::Seated, Some(Answer::Yes), Some(at(answered)));
        if let Some(day) = moved {
            (dinner.table.gathering.sequence, dinner.table.gathering.changed_at) = (1, at(day));
        }
        let purposes = plan::letters(&dinner.community, &dinner.table);
        let purposes = purposes.iter().map(|post| post.purpose.to_string());
        let found: Vec<String> =
            purposes.filter(|purpose| purpose.starts_with("reminder")).collect();
        let sequence = u8::from(moved.is_some());
        let expected: Vec<String> =
            expected.iter().map(|when| format!("reminder:1:{sequence}:{when}")).collect();
        assert_eq!(found, expected, "answered {answered}, moved {moved:?}");
    }
}

/// A dinner of eight, of whom the last four are asked in two later rounds.
fn in_rounds(second: Opens, third: Opens) -> Dinner {
    let mut dinner = Dinner::new(6);
    let later = dinner.table.invitations.split_off(4);
    dinner.table.planned = later.into_iter().map(|(_, guest)| guest).collect();
    let wave = |number, opens, guests: &[i64]| Wave {
        number,
        opens,
        opened_at: None,
        guests: guests.to_vec(),
    };
    dinner.table.waves = vec![wave(2, second, &[5, 6]), wave(3, third, &[7, 8])];
    dinner
}

/// When the next round opens if nothing happens, hour by hour, and whom it invites.
fn opens(dinner: &Dinner) -> Option<(String, Vec<i64>)> {
    let mut at = dinner.now;
    while at < dinner.table.gathering.starts_at {
        if let Some(change) = plan::wave(&dinner.community, &dinner.table, at) {
            let Change::OpenWave { guests, .. } = change else { panic!("{change:?}") };
            let local = clock::local(at, dinner.community.zone);
            // What opens then was foreseen.
            let next = plan::next(&dinner.community, &dinner.table, at - TimeDelta::hours(1));
            assert!(next.is_some_and(|next| next <= at), "{local}: {next:?}");
            return Some((local.format("%a %-d %H").to_string(), guests));
        }
        at += TimeDelta::hours(1);
    }
    None
}

fn after(days: u32) -> Opens {
    Opens::After { days }
}

#[test]
fn a_later_round_opens_after_its_days_or_when_all_have_answered() {
    // Asked on Monday the 2nd.
    let mut dinner = in_rounds(after(4), after(3));
    assert_eq!(opens(&dinner), Some(("Fri 6 10".into(), vec![5, 6])));
    for guest in 0..3 {
        dinner.says(guest, Answer::Yes, None);
    }
    assert_eq!(opens(&dinner), Some(("Fri 6 10".into(), vec![5, 6])));
    // The last answer comes in the evening: nobody is asked anything by night.
    dinner.now += TimeDelta::hours(12);
    dinner.says(3, Answer::No, None);
    assert_eq!(opens(&dinner), Some(("Tue 3 08".into(), vec![5, 6])));
    // A promise is no answer, and a guest who is away gives none.
    dinner.table.invitations[3].0.answer = Some(Answer::Maybe);
    dinner.table.invitations[3].0.answers_by = "2026-03-09".parse().ok();
    assert_eq!(opens(&dinner), Some(("Fri 6 10".into(), vec![5, 6])));
    dinner.table.invitations[3].1.away = true;
    assert_eq!(opens(&dinner), Some(("Tue 3 08".into(), vec![5, 6])));
    // The round after it waits for its own days, and for no seat less.
    dinner.table.invitations[3].1.away = false;
    dinner.table.waves[0].opened_at = "2026-03-06T09:00:00Z".parse().ok();
    assert_eq!(opens(&dinner), Some(("Mon 9 10".into(), vec![7, 8])));
    dinner.table.gathering.seats = 3;
    assert_eq!(opens(&dinner), None);
}

#[test]
fn a_round_with_a_day_opens_on_it_and_asks_only_those_who_may_be_asked() {
    let on = |day: &str| Opens::On { day: day.parse().unwrap() };
    let mut dinner = in_rounds(on("2026-03-08"), after(4));
    assert_eq!(opens(&dinner), Some(("Sun 8 10".into(), vec![5, 6])));
    dinner.community.hours.quiet = vec![Quiet::Weekday(Weekday::Sun)];
    assert_eq!(opens(&dinner), Some(("Mon 9 08".into(), vec![5, 6])));
    // Whoever is away, or has been invited meanwhile, is not asked.
    let (mut invitation, _) = dinner.table.invitations[0].clone();
    (invitation.id, invitation.person_id) = (6, 6);
    let guest = dinner.table.planned[1].clone();
    dinner.table.invitations.push((invitation, guest));
    dinner.table.planned[0].active = false;
    assert_eq!(opens(&dinner), Some(("Mon 9 08".into(), vec![])));
    // Nobody is asked once answers are no longer awaited, the kitchen is told, or it is tomorrow.
    dinner.table.gathering.reply_by = "2026-03-08".parse().ok();
    assert_eq!(opens(&dinner), None);
    dinner.table.gathering.reply_by = None;
    dinner.table.gathering.kitchen_by = "2026-03-09T08:00:00".parse().ok();
    assert_eq!(opens(&dinner), None);
    dinner.table.gathering.kitchen_by = None;
    dinner.table.waves[0].opens = on("2026-03-19");
    assert_eq!(opens(&dinner), None);
}

#[test]
fn a_round_that_opens_long_before_keeps_the_day_free_like_the_first() {
    let at = |time: &str| -> DateTime<Utc> { time.parse().unwrap() };
    let mut dinner =
        in_rounds(Opens::On { day: "2026-01-12".parse().unwrap() }, Opens::After { days: 4 });
    dinner.now = at("2026-01-02T09:00:00Z");
    dinner.table.gathering.changed_at = dinner.now;
    for (guest, _) in &mut dinner.table.invitations {
        (guest.invited_at, guest.keeps_free, guest.letter_left) = (dinner.now, true, false);
    }
    let opened = at("2026-01-12T09:00:00Z");
    let keeps_free = |dinner: &Dinner| match plan::wave(&dinner.community, &dinner.table, opened) {
        Some(Change::OpenWave { keeps_free, .. }) => keeps_free,
        change => panic!("{change:?}"),
    };
    assert!(keeps_free(&dinner));
    // All are asked on the 5th of February, and the round after them has its days from then on.
    let mut second = in_rounds(after(4), after(4));
    second.now = dinner.now;
    second.table.gathering.changed_at = dinner.now;
    second.table.invitations.clone_from(&dinner.table.invitations);
    second.table.waves[0].opened_at = Some(opened);
    assert_eq!(opens(&second), Some(("Mon 9 10".into(), vec![7, 8])));
    // Where the first were asked at once, so are these.
    for (guest, _) in &mut dinner.table.invitations {
        (guest.keeps_free, guest.letter_left) = (false, true);
    }
    assert!(!keeps_free(&dinner));
}

#[test]
fn a_host_who_said_no_as_a_guest_hears_of_it_as_the_host() {
    let letters = |answer| {
        let mut dinner = Dinner::new(4);
        dinner.table.invitations.truncate(1);
        let (invitation, guest) = &mut dinner.table.invitations[0];
        (invitation.letter_left, invitation.answer) = (true, answer);
        (dinner.table.host, dinner.table.gathering.host_id) = (Some(guest.clone()), Some(guest.id));
        dinner.table.gathering.state = State::Cancelled;
        let letters = plan::letters(&dinner.community, &dinner.table);
        letters.iter().map(|post| post.letter.name()).collect::<Vec<_>>()
    };
    assert_eq!(letters(None), ["cancelled"]);
    assert_eq!(letters(Some(Answer::No)), ["host-news"]);
}

/// The news to a guest who is also the host, of a move to another date.
fn news_to_host_and_guest(is: fn(&mut Invitation, &mut Person)) -> Vec<&'static str> {
    let mut dinner = Dinner::new(4);
    dinner.table.invitations.truncate(1);
    let (invitation, guest) = &mut dinner.table.invitations[0];
    (invitation.letter_left, invitation.letter_sequence) = (true, Some(0));
    is(invitation, guest);
    let gathering = &mut dinner.table.gathering;
    (dinner.table.host, gathering.host_id) = (Some(guest.clone()), Some(guest.id));
    gathering.moved_from = Some(gathering.starts_local - TimeDelta::days(1));
    (gathering.asked_again, gathering.sequence, gathering.changed_at) = (true, 1, dinner.now);
    let letters = plan::letters(&dinner.community, &dinner.table);
    let names = letters.iter().map(|post| post.letter.name());
    names.filter(|name| ["moved", "host-news", "invitation"].contains(name)).collect()
}

#[test]
fn a_host_who_is_a_guest_hears_of_a_move_once() {
    assert_eq!(news_to_host_and_guest(|_, _| {}), ["moved"]);
    assert_eq!(news_to_host_and_guest(|one, _| one.answer = Some(Answer::No)), ["moved"]);
    let queued = news_to_host_and_guest(|one, _| {
        (one.letter_left, one.letter_sequence) = (false, None);
    });
    assert_eq!(queued, ["invitation"], "which has the new day");
    assert_eq!(news_to_host_and_guest(|_, host| host.away = true), ["host-news"]);
    let with_a_seat = news_to_host_and_guest(|one, host| {
        (one.seat, host.away) = (Seat::Seated, true);
    });
    assert_eq!(with_a_seat, ["moved"]);
    assert_eq!(news_to_host_and_guest(|one, _| one.unreached = true), ["host-news"]);
}

/// When the first guest of the dinner hears of it, and by which letter.
fn hears(dinner: &Dinner) -> Vec<String> {
    plan::letters(&dinner.community, &dinner.table)
        .iter()
        .filter(|post| post.due_at < post.expires_at)
        .map(|post| {
            let due = clock::local(post.due_at, dinner.community.zone);
            format!("{} {}", post.letter.name(), due.format("%-d %b %H:%M"))
        })
        .collect()
}

/// A dinner on Thursday 19 March to which one guest was invited on 2 January.
fn long_before() -> Dinner {
    let mut dinner = Dinner::new(4);
    dinner.table.invitations.truncate(1);
    let at: DateTime<Utc> = "2026-01-02T09:00:00Z".parse().unwrap();
    dinner.table.gathering.changed_at = at;
    let guest = &mut dinner.table.invitations[0].0;
    (guest.invited_at, guest.keeps_free, guest.letter_left) = (at, true, false);
    guest.letter_sequence = None;
    dinner
}

/// As the word to keep the day free leaves it.
fn kept_free(answer: Option<Answer>) -> Dinner {
    let mut dinner = long_before();
    let guest = &mut dinner.table.invitations[0].0;
    (guest.saved, guest.letter_sequence, guest.answer) = (true, Some(0), answer);
    guest.seat = if answer == Some(Answer::Yes) { Seat::Seated } else { Seat::None };
    dinner
}

#[test]
fn who_is_invited_long_before_keeps_the_day_free_first() {
    let asked = ["save-the-date 2 Jan 10:10", "invitation 5 Feb 10:00"];
    let mut heard = hears(&long_before());
    heard.sort_by_key(|one| !one.starts_with("save"));
    assert_eq!(heard, asked);
    assert_eq!(hears(&kept_free(None)), ["invitation 5 Feb 10:00"], "the word has left");
    assert_eq!(hears(&kept_free(Some(Answer::Maybe))), ["invitation 5 Feb 10:00"]);
    assert_eq!(hears(&kept_free(Some(Answer::No))), Vec::<String>::new());
    let reminded = ["reminder 12 Mar 10:00", "reminder 18 Mar 10:00", "reminder 19 Mar 09:00"];
    assert_eq!(hears(&kept_free(Some(Answer::Yes))), reminded);
    let mut asked = kept_free(None);
    asked.table.invitations[0].0.letter_left = true;
    assert_eq!(hears(&asked), ["nudge 14 Mar 10:00", "nudge 16 Mar 10:00"]);
}

#[test]
fn answers_that_are_awaited_early_are_asked_for_two_weeks_before() {
    let mut dinner = kept_free(None);
    dinner.table.gathering.reply_by = Some("2026-02-12".parse().unwrap());
    assert_eq!(hears(&dinner), ["invitation 29 Jan 10:00"]);
}

#[test]
fn a_day_that_is_kept_free_and_moved_is_told_of_once() {
    let moved = |to: &str| {
        let mut dinner = kept_free(None);
        let gathering = &mut dinner.table.gathering;
        gathering.moved_from = Some(gathering.starts_local);
        gathering.starts_local = to.parse().unwrap();
        gathering.starts_at = clock::instant(gathering.starts_local, dinner.community.zone);
        (gathering.asked_again, gathering.sequence) = (true, 1);
        gathering.changed_at = "2026-01-20T09:00:00Z".parse().unwrap();
        hears(&dinner)
    };
    let later = ["invitation 28 May 10:00", "save-the-date 20 Jan 10:10"];
    assert_eq!(moved("2026-07-09T19:00:00"), later);
    assert_eq!(moved("2026-02-19T19:00:00"), ["moved 20 Jan 10:10"], "so near that it asks");
}

#[test]
fn a_maybe_holds_a_seat_on_offer_until_the_offer_has_run_out_and_then_a_place_in_line() {
    let seat = |minutes| {
        let mut dinner = Dinner::new(1);
        let guest = &mut dinner.table.invitations[0].0;
        guest.letter_left = true;
        (guest.seat, guest.waiting_since) = (Seat::Offered, Some(dinner.now));
        guest.offer_until = Some(dinner.now + TimeDelta::minutes(minutes));
        dinner.table.gathering.taken = 1;
        dinner.says(0, Answer::Maybe, None);
        dinner.table.invitations[0].0.seat
    };
    assert_eq!(seat(60), Seat::Offered);
    assert_eq!(seat(-1), Seat::Waiting, "as without an answer");
}
