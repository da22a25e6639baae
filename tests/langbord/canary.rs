//! What our own mail server says counts as long as it is seen to take out what is forged.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use langbord::community::person::CalendarPolicy;
use langbord::demo::program::{self, Author, Program};
use langbord::language::Language;
use langbord::mail::authentic::{Border, Mode, Policy, zone};
use langbord::steps::authenticate::Witnesses;
use langbord::wire::dns::Resolver;

use crate::support::smtp_server::Provider;
use crate::support::world::{Delivered, Fault, World, address_of};

const SERVER: &str = "mx.langbord.example";

fn monday() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

/// Ida has planned a dinner, and her mail server's word is to count.
async fn planned() -> World {
    let mut world = World::new(Language::Nb, CalendarPolicy::Never, true).await;
    world.member("Ida", None, true).await;
    let border = Border { authserv_id: SERVER.into(), host: SERVER.into() };
    let recipient = Some(world.desk.community.address.clone());
    let policy = Policy { mode: Mode::Results(border), recipient, ..Policy::default() };
    // Its people's domain says that it signs, so that a mail which is not signed proves nothing.
    let answers = zone::read("_dmarc.guests.example. TXT \"v=DMARC1; p=none\"").unwrap();
    let resolver = Some(Resolver::zone(answers));
    world.desk.witnesses = Arc::new(Witnesses { policy, resolver });
    let dinner = "New dinner\nwhen: Thu 30 April 19:00\nwhere: Harbour Street 12\nseats: 8";
    world.new_gathering(dinner, monday()).await;
    world
}

/// The canaries that have left.
fn canaries(world: &World) -> Vec<Vec<u8>> {
    let us = world.desk.community.address.as_str();
    let ours = world.office.delivered.iter().filter(|mail| mail.recipient == us);
    ours.map(|mail| mail.raw.clone()).collect()
}

/// The last canary comes back through such a provider.
async fn comes_back(world: &mut World, provider: Provider, now: DateTime<Utc>) {
    let canary = canaries(world).pop().unwrap();
    world.post(&provider.passes_on(&canary));
    world.run(now).await;
}

/// Whether our server's word alone lets Ida change something at once.
async fn is_believed(world: &mut World, now: DateTime<Utc>) -> bool {
    let (ida, sql) = (address_of("Ida"), "select seats from gathering");
    let before: i32 = sqlx::query_scalar(sql).fetch_one(world.connection()).await.unwrap();
    let author = Author { name: "Ida", address: &ida, norwegian: true };
    let last = world.last_mail(&ida).unwrap().message();
    let text = format!("{} plasser", before + 1);
    let mail = program::reply(Program::Bare, author, &last, &text, now.fixed_offset());
    let head = format!(
        "Authentication-Results: {SERVER}; dmarc=pass header.from=guests.example\r\n\
         Received: from h by {SERVER}; now\r\n"
    );
    world.post(&[head.as_bytes(), &mail].concat());
    world.run(now).await;
    let after: i32 = sqlx::query_scalar(sql).fetch_one(world.connection()).await.unwrap();
    after > before
}

fn told(world: &World, subject: &str) -> usize {
    let mails = world.office.delivered.iter().map(Delivered::message);
    mails.filter(|mail| mail.subject.contains(subject)).count()
}

#[tokio::test]
async fn auth_03_a_server_is_believed_from_the_first_canary_that_passes_to_the_first_that_does_not()
{
    let mut world = planned().await;
    let mut now = monday() + TimeDelta::hours(1);
    assert_eq!(canaries(&world).len(), 1, "one leaves at once");
    let canary = String::from_utf8(canaries(&world)[0].clone()).unwrap();
    let forged =
        format!("Authentication-Results: {SERVER}; dmarc=pass header.from=forged.invalid\r\n");
    assert!(canary.starts_with(&forged), "{canary}");
    assert!(!is_believed(&mut world, now).await, "nobody knows yet");
    comes_back(&mut world, Provider::Strips(SERVER), now).await;
    assert!(is_believed(&mut world, now).await);

    // A week later there is one more, and one only. It comes back as it was sent.
    now = monday() + TimeDelta::days(7) + TimeDelta::hours(1);
    for minutes in [0, 1, 2] {
        world.run(now + TimeDelta::minutes(minutes)).await;
    }
    assert_eq!(canaries(&world).len(), 2);
    assert!(is_believed(&mut world, now).await, "it is on its way");
    comes_back(&mut world, Provider::Leaves("inner.langbord.example"), now).await;
    assert!(!is_believed(&mut world, now).await);
    // Should it come once more, and better, the worse counts.
    comes_back(&mut world, Provider::Strips(SERVER), now).await;
    assert!(!is_believed(&mut world, now).await);
    assert_eq!(told(&world, "vi spør om et ja oftere"), 1);

    // Another week of the same is nothing new; what has been put right is found.
    now += TimeDelta::days(7);
    world.run(now).await;
    comes_back(&mut world, Provider::Leaves("inner.langbord.example"), now).await;
    assert_eq!(told(&world, "vi spør om et ja oftere"), 1);
    now += TimeDelta::days(7);
    world.run(now).await;
    comes_back(&mut world, Provider::Strips(SERVER), now).await;
    assert!(is_believed(&mut world, now).await);

    // Failing anew is told anew.
    now += TimeDelta::days(7);
    world.run(now).await;
    comes_back(&mut world, Provider::Leaves("inner.langbord.example"), now).await;
    world.run(now).await;
    assert_eq!(told(&world, "vi spør om et ja oftere"), 2);
    assert_eq!(canaries(&world).len(), 5);
}

#[tokio::test]
async fn a_canary_that_is_lost_is_told_of_and_what_it_would_have_shown_runs_out() {
    let mut world = planned().await;
    let now = monday() + TimeDelta::hours(1);
    comes_back(&mut world, Provider::Strips(SERVER), now).await;
    let week = now + TimeDelta::days(7);
    world.run(week).await;
    world.run(week + TimeDelta::hours(23)).await;
    assert_eq!(told(&world, "en prøvemail kom ikke fram"), 0);
    world.run(week + TimeDelta::hours(25)).await;
    world.run(week + TimeDelta::hours(26)).await;
    assert_eq!(told(&world, "en prøvemail kom ikke fram"), 1);
    assert!(is_believed(&mut world, now + TimeDelta::days(14)).await);
    assert!(!is_believed(&mut world, now + TimeDelta::days(16)).await);
}

#[tokio::test]
async fn a_canary_that_can_not_leave_is_tried_again_within_the_hour() {
    let mut world = World::new(Language::Nb, CalendarPolicy::Never, true).await;
    world.member("Ida", None, true).await;
    let border = Border { authserv_id: SERVER.into(), host: SERVER.into() };
    let policy = Policy { mode: Mode::Results(border), ..Policy::default() };
    world.desk.witnesses = Arc::new(Witnesses { policy, resolver: None });
    world.office.faults.push_back(Fault::Refuse(451));
    world.run(monday()).await;
    world.run(monday() + TimeDelta::minutes(59)).await;
    assert_eq!(canaries(&world).len(), 0);
    world.run(monday() + TimeDelta::minutes(61)).await;
    assert_eq!(canaries(&world).len(), 1);

    // A forged token is none, and a mail of ours that bears one is not answered.
    let forged = String::from_utf8(canaries(&world)[0].clone()).unwrap();
    let forged = forged.replace("c-", "c-9");
    world.post(&Provider::Strips(SERVER).passes_on(forged.as_bytes()));
    world.run(monday() + TimeDelta::hours(2)).await;
    let passed = "select count(*) from canary where passed";
    let passed: i64 = sqlx::query_scalar(passed).fetch_one(world.connection()).await.unwrap();
    assert_eq!((passed, world.office.delivered.len()), (0, 1));
}
