//! The table and its waiting list, through any sequence of answers, offers and changes.

pub mod table;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use langbord::community::gathering::Seat;
use langbord::community::plan;
use langbord::community::seats::{
    self, Asking, Move, OFFERS, Verdict, Waiter, judge, last_day, moves, offer_limit, own_moment,
};
use langbord::understand::Answer;
use proptest::prelude::*;

use self::table::{Dinner, GUESTS, community, gathering};

/// Something that happens.
#[derive(Debug, Clone)]
enum Event {
    Says { guest: usize, answer: Answer, party: Option<u32> },
    Passes { hours: i64 },
    Seats { seats: u32 },
}

fn event() -> impl Strategy<Value = Event> {
    let answer = prop_oneof![
        5 => Just(Answer::Yes),
        3 => Just(Answer::No),
        1 => Just(Answer::Maybe),
    ];
    let says = (0..GUESTS, answer, prop::option::weighted(0.4, 1..5_u32));
    prop_oneof![
        6 => says.prop_map(|(guest, answer, party)| Event::Says { guest, answer, party }),
        3 => (1..60_i64).prop_map(|hours| Event::Passes { hours }),
        1 => (1..9_u32).prop_map(|seats| Event::Seats { seats }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..Default::default() })]

    #[test]
    fn whatever_happens_the_table_is_never_overfull_and_the_order_is_kept(
        seats in 1..8_u32,
        events in prop::collection::vec(event(), 1..60),
    ) {
        let mut dinner = Dinner::new(seats);
        for event in &events {
            let before = dinner.clone();
            match event {
                Event::Says { guest, answer, party } => {
                    dinner.says(*guest, *answer, *party);
                    others_are_untouched(&before, &dinner, *guest)?;
                    let once = dinner.clone();
                    dinner.says(*guest, *answer, *party);
                    prop_assert_eq!(once.places(), dinner.places(), "saying it twice changes nothing");
                }
                Event::Passes { hours } => dinner.now += TimeDelta::hours(*hours),
                Event::Seats { seats } => dinner.change_seats(*seats),
            }
            prop_assert!(dinner.taken() <= dinner.table.gathering.seats, "{:?}", dinner.places());
            let before = dinner.clone();
            let asked = dinner.time_passes();
            prop_assert!(dinner.taken() <= dinner.table.gathering.seats, "{:?}", dinner.places());
            order_is_kept(&before, &dinner)?;
            nobody_is_asked_in_vain(&dinner)?;
            let once = dinner.clone();
            let again = dinner.time_passes();
            prop_assert_eq!(&once.table, &dinner.table, "deciding twice changes nothing");
            prop_assert!(again.is_subset(&asked), "and writes nothing new: {:?} {:?}", again, asked);
        }
    }

    #[test]
    fn whoever_leaves_the_waiting_list_changes_nobody_elses_place_in_it(
        seats in 1..4_u32,
        parties in prop::collection::vec(1..4_u32, GUESTS),
        leaver in 0..GUESTS,
    ) {
        let mut dinner = Dinner::new(seats);
        for (guest, party) in parties.iter().enumerate() {
            dinner.says(guest, Answer::Yes, Some(*party));
            dinner.now += TimeDelta::minutes(1);
        }
        prop_assume!(dinner.table.invitations[leaver].0.seat == Seat::Waiting);
        let mut without = dinner.clone();
        without.says(leaver, Answer::No, None);
        others_are_untouched(&dinner, &without, leaver)?;
        let others = |dinner: &Dinner| -> Vec<i64> {
            let id = dinner.table.invitations[leaver].0.id;
            dinner.table.waiters().iter().map(|one| one.invitation).filter(|one| *one != id).collect()
        };
        prop_assert_eq!(others(&dinner), others(&without));
    }
}

fn others_are_untouched(
    before: &Dinner,
    after: &Dinner,
    guest: usize,
) -> Result<(), TestCaseError> {
    let pairs = before.table.invitations.iter().zip(&after.table.invitations).enumerate();
    for (_, (old, new)) in pairs.filter(|(index, _)| *index != guest) {
        prop_assert_eq!(old, new);
    }
    Ok(())
}

/// Those who wait before and after stand in the same order, those whose offer ran out behind them.
fn order_is_kept(before: &Dinner, after: &Dinner) -> Result<(), TestCaseError> {
    let lapsed = |waiter: &Waiter| {
        waiter.seat == Seat::Offered && waiter.offer_until.is_some_and(|until| until <= before.now)
    };
    let (stay, lapse): (Vec<Waiter>, Vec<Waiter>) =
        before.table.waiters().into_iter().partition(|waiter| !lapsed(waiter) || before.at_rest());
    let expected: Vec<i64> = stay
        .iter()
        .map(|one| one.invitation)
        .chain({
            let mut behind: Vec<i64> = lapse.iter().map(|one| one.invitation).collect();
            behind.sort_unstable();
            behind
        })
        .collect();
    let order: Vec<i64> = after.table.waiters().iter().map(|one| one.invitation).collect();
    prop_assert_eq!(order, expected);
    Ok(())
}

/// By day, before the last day, nobody who would be asked and fits is left standing.
fn nobody_is_asked_in_vain(dinner: &Dinner) -> Result<(), TestCaseError> {
    if dinner.at_rest() || last_day(&dinner.table.gathering, dinner.now) {
        return Ok(());
    }
    for waiter in dinner.table.waiters() {
        let asks = waiter.seat == Seat::Waiting && waiter.offers < OFFERS;
        prop_assert!(!asks || waiter.party > dinner.table.gathering.free(), "{:?}", waiter);
    }
    Ok(())
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn waiter(invitation: i64, party: u32, seat: Seat, offers: u32) -> Waiter {
    let since = at("2026-03-02T09:00:00Z") + TimeDelta::minutes(invitation);
    let offer_until = (seat == Seat::Offered).then(|| at("2026-03-05T10:00:00Z"));
    Waiter { invitation, party, seat, since, offer_until, offers, away: false }
}

/// What, seats and taken, the list, the guest's seat, held and wanted, the verdict.
type Judged<'a> = (&'a str, (u32, u32), &'a [Waiter], (Seat, u32, u32), Verdict);
/// What, when, seats and taken, the list, the moves.
type Moved<'a> = (&'a str, &'a str, (u32, u32), &'a [Waiter], &'a [Move]);

#[test]
fn a_yes_is_judged() {
    let w = |invitation, party| waiter(invitation, party, Seat::Waiting, 0);
    let tired = waiter(1, 1, Seat::Waiting, OFFERS);
    let now = at("2026-03-03T09:00:00Z");
    let (none, seated, waiting, offered) = (Seat::None, Seat::Seated, Seat::Waiting, Seat::Offered);
    let cases: [Judged<'_>; 13] = [
        ("an empty table", (4, 0), &[], (none, 0, 1), Verdict::Seated),
        ("the last seat", (4, 3), &[], (none, 0, 1), Verdict::Seated),
        ("full", (4, 4), &[], (none, 0, 1), Verdict::Waiting(1)),
        ("full, and others wait", (4, 4), &[w(1, 1), w(2, 1)], (none, 0, 1), Verdict::Waiting(3)),
        ("half a party does not sit", (4, 3), &[], (none, 0, 2), Verdict::Waiting(1)),
        ("a large party ahead blocks nobody", (4, 3), &[w(1, 3)], (none, 0, 1), Verdict::Seated),
        ("nobody passes who would fit", (4, 3), &[w(1, 1)], (none, 0, 1), Verdict::Waiting(2)),
        ("but those who let it pass", (4, 3), &[tired], (none, 0, 1), Verdict::Seated),
        ("the first in line", (4, 3), &[w(1, 3), w(9, 1)], (waiting, 1, 1), Verdict::Seated),
        ("an offer is taken", (4, 4), &[w(1, 1)], (offered, 1, 1), Verdict::Seated),
        ("one more, and there is room", (4, 3), &[], (seated, 1, 2), Verdict::Seated),
        ("one more, and there is none", (4, 4), &[], (seated, 1, 2), Verdict::Keeps(1)),
        ("one less needs no room", (4, 4), &[w(1, 1)], (seated, 2, 1), Verdict::Seated),
    ];
    for (what, (all, taken), waiters, (seat, held, party), verdict) in cases {
        let since = matches!(seat, Seat::Waiting | Seat::Offered)
            .then(|| at("2026-03-02T09:00:00Z") + TimeDelta::minutes(9));
        let guest = Asking { invitation: 9, seat, held, party, since };
        assert_eq!(judge(&gathering(all, taken), waiters, &guest, now), verdict, "{what}");
    }
}

#[test]
fn on_the_last_day_the_first_yes_wins() {
    let now = at("2026-03-18T20:00:00Z");
    let guest = Asking { invitation: 9, seat: Seat::None, held: 0, party: 1, since: None };
    let ahead = [waiter(1, 1, Seat::Waiting, 0)];
    assert_eq!(judge(&gathering(4, 3), &ahead, &guest, now), Verdict::Seated);
}

#[test]
fn a_waiting_list_moves() {
    let oslo = community();
    let lapse = |invitation| Move::Lapse { invitation };
    let standby = |invitation| Move::Standby { invitation };
    let offer = |invitation, until: &str| Move::Offer { invitation, until: at(until) };
    let (w, o) = (Seat::Waiting, Seat::Offered);
    let (day, ran_out) = ("2026-03-04T10:00:00Z", "2026-03-05T10:00:00Z");
    let cases: [Moved<'_>; 10] = [
        ("nobody waits", day, (4, 3), &[], &[]),
        ("no seat", day, (4, 4), &[waiter(1, 1, w, 0)], &[]),
        (
            "the first is asked",
            day,
            (4, 3),
            &[waiter(1, 1, w, 0), waiter(2, 1, w, 0)],
            &[offer(1, "2026-03-06T10:00:00Z")],
        ),
        (
            "past a party that does not fit",
            day,
            (4, 3),
            &[waiter(1, 2, w, 0), waiter(2, 1, w, 0)],
            &[offer(2, "2026-03-06T10:00:00Z")],
        ),
        ("not at night", "2026-03-04T22:00:00Z", (4, 3), &[waiter(1, 1, w, 0)], &[]),
        ("not after two offers", day, (4, 3), &[waiter(1, 1, w, OFFERS)], &[]),
        (
            "an offer holds",
            "2026-03-05T09:59:00Z",
            (4, 4),
            &[waiter(1, 1, o, 1), waiter(2, 1, w, 0)],
            &[],
        ),
        (
            "an offer runs out",
            ran_out,
            (4, 4),
            &[waiter(1, 1, o, 1), waiter(2, 1, w, 0)],
            &[lapse(1), offer(2, "2026-03-07T10:00:00Z")],
        ),
        (
            "nobody else wants it",
            ran_out,
            (4, 4),
            &[waiter(1, 1, o, 1)],
            &[lapse(1), offer(1, "2026-03-07T10:00:00Z")],
        ),
        (
            "the last day",
            "2026-03-18T20:00:00Z",
            (4, 3),
            &[waiter(1, 2, w, 0), waiter(2, 1, w, 0), waiter(3, 1, w, 1)],
            &[standby(2), standby(3)],
        ),
    ];
    for (what, now, (all, taken), waiters, expected) in cases {
        assert_eq!(moves(&gathering(all, taken), waiters, at(now), &oslo), expected, "{what}");
    }
}

#[test]
fn nobody_is_offered_a_seat_for_whom_there_is_no_food() {
    let oslo = community();
    let mut dinner = gathering(4, 3);
    dinner.kitchen_by = "2026-03-04T12:00:00".parse().ok();
    let waiters = [waiter(1, 1, Seat::Waiting, 0)];
    let now = |time| moves(&dinner, &waiters, at(time), &oslo);
    let until = at("2026-03-04T11:00:00Z");
    assert_eq!(now("2026-03-04T10:59:00Z"), [Move::Offer { invitation: 1, until }]);
    for late in ["2026-03-04T11:00:00Z", "2026-03-05T10:00:00Z", "2026-03-18T20:00:00Z"] {
        assert_eq!(now(late), [], "{late}");
    }
}

#[test]
fn an_offer_is_held_for_less_the_nearer_the_dinner_and_ends_by_day() {
    let oslo = community();
    // The dinner is on Thursday 19 March at 19:00, that is 18:00 UTC.
    let cases = [
        ("over a week: two days", "2026-03-10T10:00:00Z", "2026-03-12T10:00:00Z"),
        ("a week to the minute: one day", "2026-03-12T18:00:00Z", "2026-03-13T18:00:00Z"),
        ("two to seven days: one day", "2026-03-15T10:00:00Z", "2026-03-16T10:00:00Z"),
        ("under two days: four hours", "2026-03-18T07:00:00Z", "2026-03-18T11:00:00Z"),
        ("until the morning, not the night", "2026-03-17T20:00:00Z", "2026-03-18T07:00:00Z"),
        ("never to the last minute", "2026-03-19T14:00:00Z", "2026-03-19T16:00:00Z"),
    ];
    for (what, now, until) in cases {
        assert_eq!(offer_limit(at("2026-03-19T18:00:00Z"), at(now), &oslo), at(until), "{what}");
    }
}

#[test]
fn whoever_came_within_the_same_second_stands_behind() {
    let same = at("2026-03-02T09:00:00Z");
    let mut waiters = [waiter(9, 1, Seat::Waiting, 0), waiter(8, 1, Seat::Waiting, 0)];
    waiters[0].since = same;
    assert_eq!(
        own_moment(&waiters[..1], same - TimeDelta::seconds(1)),
        same - TimeDelta::seconds(1)
    );
    waiters[1].since = own_moment(&waiters[..1], same);
    assert!(waiters[1].since > same);
    assert!(own_moment(&waiters, same) > waiters[1].since);
    assert!(own_moment(&waiters[1..], same) > waiters[1].since, "also when the first has left");
}

#[test]
fn more_seats_go_to_those_who_fit_in_order() {
    let waiters =
        [1, 2, 3].map(|id| waiter(id, u32::try_from(id % 3 + 1).unwrap(), Seat::Waiting, 0));
    assert_eq!(seats::promoted(0, &waiters), Vec::<i64>::new());
    assert_eq!(seats::promoted(1, &waiters), [3]);
    assert_eq!(seats::promoted(3, &waiters), [1, 3]);
    assert_eq!(seats::promoted(6, &waiters), [1, 2, 3]);
}

#[test]
fn a_list_that_may_move_is_looked_at_again() {
    let mut dinner = Dinner::new(1);
    dinner.says(0, Answer::Yes, None);
    dinner.says(1, Answer::Yes, None);
    dinner.says(0, Answer::No, None);
    dinner.time_passes();
    let until = dinner.table.invitations[1].0.offer_until.unwrap();
    assert_eq!(plan::next(&dinner.community, &dinner.table, dinner.now), Some(until));
    assert!(
        dinner.table.gathering.starts_local.date() > NaiveDate::from_ymd_opt(2026, 3, 2).unwrap()
    );
}
