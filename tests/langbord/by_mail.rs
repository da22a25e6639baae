//! What organizers have decided by mail holds over the configuration, also after a restart.

use chrono::{DateTime, Utc};
use langbord::command::Role;
use langbord::command::setting::Setting;
use langbord::community::Change;
use langbord::community::member::MemberChange;
use langbord::community::person::CalendarPolicy;
use langbord::language::Language;
use langbord::mail::EmailAddress;
use langbord::store::apply::{self, Cause};
use langbord::store::people::{self, CommunityRow};
use langbord::store::settings;

use crate::support::world::{World, address_of};

fn address(name: &str) -> EmailAddress {
    address_of(name).parse().expect("an address")
}

async fn decide(world: &mut World, change: Change) {
    let now: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().expect("a time");
    let community_id = world.desk.community.id;
    let cause = Cause { community_id, person_id: None, inbox_id: None, now };
    apply::apply(&mut world.db, &change, cause).await.expect("apply");
}

async fn role(world: &mut World, name: &str, role: Role) {
    let community = world.desk.community.id;
    let person = people::by_email(&mut world.db, community, &address(name)).await.expect("look");
    let person_id = person.expect("a person").id;
    let change = MemberChange::Role(role);
    decide(world, Change::Member { person_id, change }).await;
}

async fn organizers(world: &mut World, configured: &[&str]) -> Vec<String> {
    let community = world.desk.community.id;
    let emails: Vec<String> = configured.iter().map(|name| address_of(name)).collect();
    people::keep_organizers(&mut world.db, community, &emails).await.expect("keep");
    let organizers = people::organizers(&mut world.db, community).await.expect("look");
    organizers.into_iter().map(|organizer| organizer.name).collect()
}

#[tokio::test]
async fn who_organizes() {
    let mut world = World::new(Language::Nb, CalendarPolicy::Never, true).await;
    for (name, organizes) in [("Ida", true), ("Eva", true), ("Bo", false)] {
        world.member(name, None, organizes).await;
    }
    role(&mut world, "Bo", Role::Organizer).await;
    role(&mut world, "Eva", Role::Member).await;
    assert_eq!(organizers(&mut world, &["Ida", "Eva"]).await, ["Ida", "Bo"]);
    let community = world.desk.community.id;
    for (name, dismissed) in [("Ida", false), ("Eva", true), ("Bo", false)] {
        let is = people::is_dismissed(&mut world.db, community, &address(name)).await;
        assert_eq!(is.expect("look"), dismissed, "{name}");
    }
    // Of whom they have said nothing, the configuration says.
    assert_eq!(organizers(&mut world, &["Eva"]).await, ["Bo"]);
}

#[tokio::test]
async fn an_organizer_is_known_by_any_address() {
    let mut world = World::new(Language::Nb, CalendarPolicy::Never, true).await;
    world.member("Ida", None, true).await;
    let community = world.desk.community.id;
    let ida = people::by_email(&mut world.db, community, &address("Ida")).await.expect("look");
    let person_id = ida.expect("Ida").id;
    let change = MemberChange::Address(address("Ida at work"));
    decide(&mut world, Change::Member { person_id, change }).await;
    let known = people::people(&mut world.db, community, &[person_id]).await.expect("look");
    assert_eq!(known[0].address, address("Ida at work"));
    assert_eq!(organizers(&mut world, &["Ida"]).await, ["Ida"]);
}

#[tokio::test]
async fn how_the_community_is_set() {
    let mut world = World::new(Language::Nb, CalendarPolicy::Confirmation, true).await;
    world.member("Ida", None, true).await;
    let set = [
        Setting::Language(Language::En),
        Setting::Seats(Some(12)),
        Setting::Seats(None),
        Setting::Calendar(CalendarPolicy::Never),
    ];
    for setting in set {
        decide(&mut world, Change::Set(setting)).await;
    }
    let configured = world.desk.community.clone();
    let row = CommunityRow {
        slug: &configured.slug,
        name: &configured.name,
        address: &configured.address,
        language: Language::Nb,
        zone: configured.zone.name(),
    };
    people::ensure_community(&mut world.db, row).await.expect("the daemon starts again");
    let now = settings::of(&mut world.db, &configured).await.expect("look");
    assert_eq!(
        (now.language, now.calendar, now.usual.seats),
        (Language::En, CalendarPolicy::Never, None)
    );
    let organizers = people::organizers(&mut world.db, configured.id).await.expect("look");
    assert_eq!(organizers[0].language, Language::En, "letters to who has chosen no language");
}
