//! A mail that ends whoever reads it.

use langbord::community::person::CalendarPolicy;
use langbord::language::Language;
use langbord::store::{daemons, inbox};

use crate::support::world::{World, address_of};

#[tokio::test]
async fn a_mail_that_kills_its_reader_is_set_aside_and_takes_no_other_with_it() {
    let now = "2026-12-01T12:00:00Z".parse().unwrap();
    let mut world = World::new(Language::Nb, CalendarPolicy::Confirmation, true).await;
    world.member("Ida Berg", None, true).await;
    for name in ["poison", "second", "third"] {
        let raw = format!("From: {name}@elsewhere.example\r\nSubject: {name}\r\n\r\nHei\r\n");
        world.keep(raw.into_bytes(), now, now).await;
    }
    // The daemon dies with what it holds, again and again.
    let community = world.desk.community.id;
    let mut held = Vec::new();
    for _ in 0..5 {
        let db = world.connection();
        let daemon = daemons::register(db).await.unwrap();
        held.push(inbox::claim(db, community, daemon, 20, now).await.unwrap().len());
        daemons::leave(db, daemon).await.unwrap();
    }
    assert_eq!(held, [3, 1, 1, 1, 1], "who has been there is read alone");
    world.run(now).await;
    let sql = "select state, attempt from inbox order by inbox_id";
    let states: Vec<(String, i32)> =
        sqlx::query_as(sql).fetch_all(world.connection()).await.unwrap();
    let states: Vec<_> = states.iter().map(|(state, attempt)| (state.as_str(), *attempt)).collect();
    assert_eq!(states, [("failed", 6), ("handled", 2), ("handled", 2)]);
    let told = world.last_mail(&address_of("Ida Berg")).unwrap().message();
    assert!(told.parts[0].text.contains("ended the daemon"), "{}", told.parts[0].text);
}
