//! What host and kitchen are told, and when.

use chrono::{DateTime, TimeDelta, Utc};
use langbord::community::letter::{HostSheet, KitchenSheet, SheetChange};
use langbord::community::plan::{self, LastSheet, Serving, Sheet, SheetKind};
use langbord::community::{Letter, Seat};
use langbord::understand::{Answer, Diet};

use crate::seats::table::{Dinner, person};

/// A need, how many have it, and how many had it.
type Need = (Diet, u32, Option<u32>);

/// A dinner on Thursday 19 March at seven, and what its host has been told so far.
struct Evening {
    dinner: Dinner,
    serving: Serving,
}

impl Evening {
    fn new() -> Self {
        let dinner = Dinner::new(8);
        let serving = Serving { readers: vec![person(99)], ..Serving::default() };
        Self { dinner, serving }
    }

    fn seat(&mut self, guest: usize, party: u32, diets: &[Diet]) {
        let invitation = &mut self.dinner.table.invitations[guest].0;
        (invitation.seat, invitation.answer) = (Seat::Seated, Some(Answer::Yes));
        (invitation.party, invitation.diets) = (party, diets.to_vec());
    }

    fn leaves(&mut self, guest: usize) {
        let invitation = &mut self.dinner.table.invitations[guest].0;
        (invitation.seat, invitation.answer) = (Seat::None, Some(Answer::No));
        invitation.diets.clear();
    }

    /// What is written at a time, which is then known to have been.
    fn at(&mut self, time: &str) -> Vec<Sheet> {
        self.look(oslo(time))
    }

    fn look(&mut self, now: DateTime<Utc>) -> Vec<Sheet> {
        let sheets = plan::sheets(&self.dinner.community, &self.dinner.table, &self.serving, now);
        for sheet in &sheets {
            let content = Some(sheet.content.clone());
            let last = LastSheet { round: sheet.round, written_at: now, content };
            self.serving.last.insert(sheet.kind, last);
        }
        sheets
    }

    fn host(&mut self, time: &str) -> Option<HostSheet> {
        let sheets = self.at(time);
        sheets.into_iter().flat_map(|sheet| sheet.posts).find_map(|post| {
            let Letter::HostSheet(sheet) = post.letter else { return None };
            Some(sheet)
        })
    }

    fn kitchen(&mut self, time: &str) -> Option<KitchenSheet> {
        let sheets = self.at(time);
        sheets.into_iter().flat_map(|sheet| sheet.posts).find_map(|post| {
            let Letter::KitchenSheet(sheet) = post.letter else { return None };
            Some(sheet)
        })
    }
}

/// A time in March by the clocks of Oslo.
fn oslo(time: &str) -> DateTime<Utc> {
    let (day, time) = time.split_once(' ').expect("a day and a time");
    format!("2026-03-{day}T{time}:00+01:00").parse().expect("a time")
}

#[test]
fn the_host_hears_once_the_day_before_and_again_only_of_what_has_changed() {
    let mut evening = Evening::new();
    evening.seat(0, 2, &[Diet::NutAllergy]);
    evening.seat(1, 1, &[Diet::Vegetarian]);
    evening.serving.regulars = Some([3].into());
    assert_eq!(evening.host("17 16:00"), None, "two days before");
    assert_eq!(evening.host("18 15:59"), None);
    let first = evening.host("18 16:00").expect("a sheet the day before");
    assert_eq!((first.changed, first.expected, first.guests.len()), (false, 3, 2));
    assert_eq!(first.guests[0].severe, [Diet::NutAllergy], "a host has to know whose");
    assert_eq!(first.guests[1].severe, [], "a vegetarian is counted, not named");
    assert!(first.guests.iter().all(|guest| guest.change.is_none()));
    assert_eq!(evening.host("18 16:05"), None, "nothing has changed");

    evening.leaves(1);
    evening.seat(0, 3, &[Diet::NutAllergy]);
    evening.seat(2, 1, &[Diet::Coeliac]);
    assert_eq!(evening.host("18 21:00"), None, "not each change by itself");
    let second = evening.host("19 10:00").expect("a sheet on the day");
    let changes: Vec<Option<SheetChange>> =
        second.guests.iter().map(|guest| guest.change).collect();
    assert_eq!(changes, [Some(SheetChange::Party), Some(SheetChange::New)]);
    assert_eq!(second.gone, [person(1).name]);
    assert!(second.changed && second.kitchen_changed);
    let first_time: Vec<bool> = second.guests.iter().map(|guest| guest.first_time).collect();
    assert_eq!(first_time, [true, false]);
    assert_eq!(evening.host("19 10:30"), None);
}

#[test]
fn in_the_last_hours_every_change_is_told_as_it_comes_and_nothing_after_it_has_begun() {
    let mut evening = Evening::new();
    evening.seat(0, 1, &[]);
    assert!(evening.host("18 16:00").is_some());
    evening.leaves(0);
    evening.seat(0, 1, &[]);
    assert_eq!(evening.host("19 16:30"), None, "left and came back: nothing to tell");
    evening.seat(3, 1, &[]);
    assert!(evening.host("19 16:31").is_some());
    evening.leaves(0);
    let last = evening.host("19 18:50").expect("ten minutes before");
    assert_eq!((last.expected, last.gone.len()), (1, 1));
    evening.leaves(3);
    assert_eq!(evening.host("19 19:00"), None);
}

#[test]
fn the_host_is_told_that_nobody_comes_and_no_host_is_told_what_they_have_just_made() {
    let mut evening = Evening::new();
    let sheet = evening.host("18 16:00").expect("the day before");
    assert_eq!(sheet.expected, 0);

    let mut evening = Evening::new();
    evening.dinner.table.gathering.changed_at = oslo("18 17:00");
    assert_eq!(evening.host("18 17:10"), None, "made after the afternoon before");
    assert!(evening.host("19 10:00").is_some());
}

#[test]
fn a_sheet_never_leaves_by_night() {
    let mut evening = Evening::new();
    evening.dinner.table.gathering.starts_local = "2026-03-19T08:30:00".parse().unwrap();
    evening.dinner.table.gathering.starts_at = oslo("19 08:30");
    evening.seat(0, 1, &[]);
    assert!(evening.host("18 16:00").is_some());
    evening.seat(1, 1, &[]);
    for time in ["18 22:30", "19 03:00", "19 07:59"] {
        assert_eq!(evening.host(time), None, "{time}");
    }
    assert!(evening.host("19 08:00").is_some(), "and the breakfast is at half past eight");
}

#[test]
fn the_kitchen_gets_numbers_in_time_for_its_cut_off_and_what_has_changed_since() {
    let mut evening = Evening::new();
    evening.dinner.table.gathering.kitchen_by = Some("2026-03-17T12:00:00".parse().unwrap());
    evening.seat(0, 2, &[Diet::NutAllergy, Diet::Vegetarian]);
    evening.seat(1, 1, &[Diet::Vegetarian, Diet::Halal]);
    assert_eq!(evening.at("17 10:59"), []);
    let sheets = evening.at("17 11:00");
    let kinds: Vec<SheetKind> = sheets.iter().map(|sheet| sheet.kind).collect();
    assert_eq!(kinds, [SheetKind::Host, SheetKind::Kitchen]);
    let told = serde_json::to_string(&sheets[1].content).unwrap();
    for (_, guest) in &evening.dinner.table.invitations {
        assert!(!told.contains(&guest.name), "the kitchen learns no name: {told}");
    }
    let Letter::KitchenSheet(first) = &sheets[1].posts[0].letter else { panic!() };
    let needs = |sheet: &KitchenSheet| -> Vec<Need> {
        sheet.needs.iter().map(|need| (need.diet, need.count, need.before)).collect()
    };
    assert_eq!((first.covers, first.changed), (3, false));
    assert_eq!(
        needs(first),
        [(Diet::Vegetarian, 2, None), (Diet::NutAllergy, 1, None), (Diet::Halal, 1, None)]
    );

    evening.leaves(1);
    let second = evening.kitchen("18 16:00").expect("what has changed");
    assert_eq!((second.covers, second.covers_before, second.changed), (2, Some(3), true));
    assert!(second.late && !first.late);
    assert_eq!(
        needs(&second),
        [(Diet::Vegetarian, 1, Some(2)), (Diet::NutAllergy, 1, None), (Diet::Halal, 0, Some(1))]
    );
    // Another guest in the same number with the same needs is nothing to a kitchen.
    evening.leaves(0);
    evening.seat(4, 2, &[Diet::NutAllergy, Diet::Vegetarian]);
    assert_eq!(evening.kitchen("19 10:00"), None);
}

#[test]
fn what_changes_in_the_last_hour_before_the_cut_off_is_told_at_it_and_is_not_late() {
    let mut evening = Evening::new();
    evening.dinner.table.gathering.kitchen_by = Some("2026-03-17T12:00:00".parse().unwrap());
    evening.seat(0, 1, &[]);
    assert!(evening.kitchen("17 11:00").is_some());
    evening.seat(1, 1, &[]);
    assert_eq!(evening.kitchen("17 11:59"), None);
    let sheet = evening.kitchen("17 12:00").expect("at the cut-off");
    assert_eq!((sheet.covers, sheet.changed, sheet.late), (2, true, false));
    evening.leaves(1);
    assert_eq!(evening.kitchen("17 18:00"), None, "not each change by itself");
    let host = evening.host("18 16:00").expect("what has changed");
    assert!(host.late, "{host:?}");
}

#[test]
fn the_first_change_after_the_cut_off_is_told_at_once_and_as_late() {
    let mut evening = Evening::new();
    evening.dinner.table.gathering.kitchen_by = Some("2026-03-17T12:00:00".parse().unwrap());
    evening.seat(0, 1, &[]);
    assert!(evening.kitchen("17 11:00").is_some());
    assert_eq!(evening.kitchen("17 12:00"), None, "nothing has changed");
    evening.leaves(0);
    let sheet = evening.kitchen("17 12:30").expect("what has changed");
    assert!(sheet.changed && sheet.late, "{sheet:?}");
}

#[test]
fn a_cut_off_at_the_end_of_the_day_or_by_night_is_told_of_that_evening() {
    for (by, first, last) in [
        ("2026-03-17T22:00:00", "17 21:00", "17 21:59"),
        ("2026-03-18T03:00:00", "17 21:00", "17 21:59"),
        ("2026-03-18T08:30:00", "17 21:00", "18 08:30"),
    ] {
        let mut evening = Evening::new();
        evening.dinner.table.gathering.kitchen_by = Some(by.parse().unwrap());
        evening.seat(0, 1, &[]);
        assert_eq!(evening.kitchen("17 20:59"), None, "{by}");
        assert!(evening.kitchen(first).is_some(), "{by}");
        evening.seat(1, 1, &[]);
        let sheet = evening.kitchen(last).expect("before the kitchen stops listening");
        assert!(sheet.changed && !sheet.late, "{by}");
    }
}

#[test]
fn who_cooks_at_home_gets_one_sheet() {
    let mut evening = Evening::new();
    evening.seat(0, 1, &[Diet::Vegan]);
    let sheets = evening.at("18 16:00");
    assert_eq!(sheets.len(), 1);
    let Letter::HostSheet(sheet) = &sheets[0].posts[0].letter else { panic!() };
    assert_eq!(sheet.kitchen.diets, [(Diet::Vegan, 1)]);
}

#[test]
fn a_dinner_that_moves_is_told_of_anew_by_its_new_day() {
    let mut evening = Evening::new();
    evening.seat(0, 1, &[]);
    assert!(evening.host("18 16:00").is_some());
    let gathering = &mut evening.dinner.table.gathering;
    gathering.starts_local = "2026-03-26T19:00:00".parse().unwrap();
    (gathering.starts_at, gathering.changed_at) = (oslo("26 19:00"), oslo("18 20:00"));
    assert_eq!(evening.host("19 10:00"), None);
    let sheet = evening.host("25 16:00").expect("the day before the new day");
    assert_eq!(sheet.was, Some("2026-03-19T19:00:00".parse().unwrap()));
}

#[test]
fn what_is_looked_at_when_the_planner_says_so_is_what_every_minute_would_have_found() {
    let (start, end) = (oslo("16 00:00"), oslo("19 20:00"));
    let changes = [oslo("17 09:10"), oslo("18 17:20"), oslo("19 02:00"), oslo("19 17:30")];
    let mut stories = Vec::new();
    for every_minute in [true, false] {
        let mut evening = Evening::new();
        evening.dinner.table.gathering.kitchen_by = Some("2026-03-17T12:00:00".parse().unwrap());
        evening.seat(0, 1, &[]);
        let (mut now, mut told, mut guest) = (start, Vec::new(), 1);
        while now < end {
            if changes.contains(&now) {
                evening.seat(guest, 1, &[]);
                guest += 1;
            }
            for sheet in evening.look(now) {
                told.push((now, sheet.kind, sheet.content.expected));
            }
            let dinner = &evening.dinner;
            let next = plan::next(&dinner.community, &dinner.table, now);
            let change = changes.iter().copied().find(|at| *at > now);
            now = if every_minute {
                now + TimeDelta::minutes(1)
            } else {
                // A change of a seat makes the planner look at once.
                next.into_iter().chain(change).min().unwrap_or(end)
            };
        }
        stories.push(told);
    }
    assert_eq!(stories[0], stories[1]);
    assert_eq!(stories[0].len(), 8, "{:?}", stories[0]);
}
