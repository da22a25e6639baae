//! What is kept for how long, and what becomes of mail that never gets through.

use chrono::{DateTime, TimeDelta, Utc};
use langbord::community::person::CalendarPolicy;
use langbord::demo::program::{self, Author, Program};
use langbord::language::Language;
use langbord::steps::plan;
use langbord::store::privacy;

use crate::support::world::{Fault, World, address_of};

fn nine() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

/// Kari is invited to a dinner on 12 March at 19:00 in Oslo.
async fn invited() -> World {
    let mut world = World::new(Language::Nb, CalendarPolicy::Never, true).await;
    world.member("Ida", None, true).await;
    world.member("Kari", None, false).await;
    let ida = address_of("Ida");
    let author = Author { name: "Ida", address: &ida, norwegian: true };
    let (to, date) = (world.desk.community.address.to_string(), nine().fixed_offset());
    let text = "Ny middag torsdag 12. mars kl 19 hos Ida, 4 plasser, inviter Kari";
    world.post(&program::letter(author, &to, ("", text), date));
    world.run(nine()).await;
    let preview = world.last_mail(&ida).unwrap().message();
    world.post(&program::reply(Program::Bare, author, &preview, "ja", date));
    world.run(nine()).await;
    world.run(nine() + TimeDelta::minutes(10)).await;
    world
}

async fn kari_answers(world: &mut World, text: &str, at: DateTime<Utc>) {
    let kari = address_of("Kari");
    let author = Author { name: "Kari", address: &kari, norwegian: true };
    let original = world.last_mail(&kari).unwrap().message();
    world.post(&program::reply(Program::Bare, author, &original, text, at.fixed_offset()));
    world.run(at).await;
}

#[tokio::test]
async fn a_diet_goes_a_week_after_with_the_words_that_it_was_read_from() {
    let mut world = invited().await;
    kari_answers(&mut world, "Ja takk! Jeg har cøliaki.", nine() + TimeDelta::hours(1)).await;
    let kept = "select because::text || invitation.diets::text from answer join invitation using (invitation_id)";
    let before: String = sqlx::query_scalar(kept).fetch_one(world.connection()).await.unwrap();
    assert!(before.contains("cøliaki") && before.contains("coeliac"), "{before}");

    let dinner: DateTime<Utc> = "2026-03-12T18:00:00Z".parse().unwrap();
    for (days, still_there) in [(6, true), (8, false)] {
        plan::tidy(world.connection(), dinner + TimeDelta::days(days)).await.unwrap();
        let now: String = sqlx::query_scalar(kept).fetch_one(world.connection()).await.unwrap();
        assert_eq!(now.contains("coeliac"), still_there, "after {days} days: {now}");
    }
    let after: String = sqlx::query_scalar(kept).fetch_one(world.connection()).await.unwrap();
    assert!(!after.contains("diet") && after.contains("answer yes"), "{after}");
}

/// What the host of Kari's dinner was told the afternoon before, as it is kept.
async fn told_the_host(world: &mut World) -> String {
    let kept = "select coalesce(content::text, '') || coalesce(body_text, '') || coalesce(encode(message, 'escape'), '')
                  from sheet join outbox using (gathering_id) where letter = 'host-sheet'";
    sqlx::query_scalar(kept).fetch_one(world.connection()).await.unwrap()
}

/// Kari has coeliac disease, and the host has been told.
async fn served() -> World {
    let mut world = invited().await;
    kari_answers(&mut world, "Ja takk! Jeg har cøliaki.", nine() + TimeDelta::hours(1)).await;
    world.run("2026-03-11T15:00:00Z".parse().unwrap()).await;
    let told = told_the_host(&mut world).await;
    assert!(told.contains("coeliac") && told.contains("Kari, cøliaki"), "{told}");
    world
}

#[tokio::test]
async fn what_the_host_was_told_goes_a_week_after() {
    let mut world = served().await;
    let dinner: DateTime<Utc> = "2026-03-12T18:00:00Z".parse().unwrap();
    for (days, kept) in [(6, true), (8, false)] {
        plan::tidy(world.connection(), dinner + TimeDelta::days(days)).await.unwrap();
        let told = told_the_host(&mut world).await;
        assert_eq!(told.contains("Kari"), kept, "after {days} days: {told}");
    }
    assert_eq!(told_the_host(&mut world).await, "");
}

#[tokio::test]
async fn whoever_is_forgotten_goes_from_what_the_host_was_told() {
    let now = nine() + TimeDelta::days(9);
    for whole in [true, false] {
        let mut world = served().await;
        let community = world.desk.community.id;
        let kari = "select person_id from person where name = 'Kari'";
        let kari: i64 = sqlx::query_scalar(kari).fetch_one(world.connection()).await.unwrap();
        if whole {
            privacy::erase(world.connection(), community, kari, &[], now).await.unwrap();
        } else {
            privacy::forget_food(world.connection(), kari).await.unwrap();
        }
        assert_eq!(told_the_host(&mut world).await, "");
        // The next sheet is of those who come now, and marks nothing.
        world.run("2026-03-12T09:00:00Z".parse().unwrap()).await;
        let sheet = world.last_mail(&address_of("Ida")).unwrap().message();
        assert!(sheet.subject.starts_with("Gjestene dine"), "{}", sheet.subject);
    }
}

#[tokio::test]
async fn raw_mail_is_kept_until_a_month_after_the_dinner_that_it_is_about() {
    let mut world = invited().await;
    kari_answers(&mut world, "Ja takk!", nine() + TimeDelta::hours(1)).await;
    let count = "select count(*) from inbox where raw is not null and disposition = 'answer'";
    let dinner: DateTime<Utc> = "2026-03-12T18:00:00Z".parse().unwrap();
    for (days, kept) in [(29, 1), (31, 0)] {
        plan::tidy(world.connection(), dinner + TimeDelta::days(days)).await.unwrap();
        let raw: i64 = sqlx::query_scalar(count).fetch_one(world.connection()).await.unwrap();
        assert_eq!(raw, kept, "after {days} days");
    }
}

#[tokio::test]
async fn a_mail_that_a_server_puts_off_until_it_is_useless_is_told_of() {
    let mut world = invited().await;
    kari_answers(&mut world, "Ja takk!", nine() + TimeDelta::hours(1)).await;
    let dinner: DateTime<Utc> = "2026-03-12T18:00:00Z".parse().unwrap();
    // The reminder is due at ten the day before, and Kari's mailbox is full from then on.
    world.office.faults.extend([Fault::Refuse(452); 40]);
    let mut at: DateTime<Utc> = "2026-03-11T09:00:00Z".parse().unwrap();
    while at < dinner {
        world.run(at).await;
        at += TimeDelta::hours(1);
    }
    world.office.faults.clear();
    world.run(dinner).await;
    let state = "select state from outbox where letter = 'reminder'";
    let state: String = sqlx::query_scalar(state).fetch_one(world.connection()).await.unwrap();
    assert_eq!(state, "failed");
    let told = world.last_mail(&address_of("Ida")).unwrap().message();
    assert!(told.subject.contains("Kari"), "{}", told.subject);
}
