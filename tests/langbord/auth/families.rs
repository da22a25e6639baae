//! The address that a mail comes to decides what it can be: an answer at a guest's, a command at an
//! organizer's. Whoever is both is taken at the word of the address.

use chrono::{DateTime, TimeDelta, Utc};
use langbord::mail::Message;
use serde_json::Value;

use super::{arrives, commands_of_the_page, dinner, last, letter, reply, seats, signed, start};
use crate::support::world::{World, address_of};

/// Everything that a command could change, as it stands, but for what a guest said of themselves.
async fn stands(world: &mut World, but_for: &str) -> Value {
    let sql = "select jsonb_build_object(
        'gathering', (select jsonb_agg(to_jsonb(gathering) - 'plan_at' - 'taken' order by gathering_id)
                        from gathering),
        'guests', (select jsonb_agg(to_jsonb(invitation) order by invitation_id)
                     from invitation join address using (person_id) where email <> $1),
        'members', (select jsonb_agg(to_jsonb(member) order by person_id) from member),
        'people', (select jsonb_agg(to_jsonb(person) - 'diet_asked_at' order by person_id) from person),
        'previews', (select count(*) from proposal),
        'errands', (select count(*) from errand),
        'audit', (select count(*) from audit))";
    let query = sqlx::query_scalar(sql).bind(address_of(but_for));
    query.fetch_one(world.connection()).await.unwrap()
}

/// How somebody's own invitation stands: the answer, and how many they are.
async fn own(world: &mut World, name: &str) -> (Option<String>, i64) {
    let sql = "select answer, party::bigint from invitation join address using (person_id)
                where email = $1";
    let query = sqlx::query_as(sql).bind(address_of(name));
    query.fetch_one(world.connection()).await.unwrap()
}

/// A dinner to which Ida, who organizes, is invited as Kari is, and says yes as Kari does. Their
/// invitations.
async fn both_invited(now: DateTime<Utc>) -> (World, Message, Message) {
    let mut world = dinner(&["Ida", "Kari", "Per"]).await;
    let (hers, karis) = (last(&world, "Ida"), last(&world, "Kari"));
    for (name, invitation) in [("Ida", &hers), ("Kari", &karis)] {
        let yes = reply(name, invitation, "Ja takk, gjerne!", now);
        arrives(&mut world, &yes, now).await;
        assert_eq!(own(&mut world, name).await, (Some("yes".into()), 1));
    }
    (world, hers, karis)
}

#[tokio::test]
async fn auth_25_a_command_at_a_guest_s_address_is_no_command() {
    let mut now = start() + TimeDelta::hours(1);
    let (mut world, hers, karis) = both_invited(now).await;
    let mut refused = 0;
    for text in
        commands_of_the_page().into_iter().chain(["12 plasser", "9 plasser", "12 seats, please"])
    {
        for (name, invitation) in [("Kari", &karis), ("Ida", &hers)] {
            now += TimeDelta::minutes(30);
            let before = stands(&mut world, name).await;
            let mail = reply(name, invitation, text, now);
            arrives(&mut world, &mail, now).await;
            assert_eq!(stands(&mut world, name).await, before, "{name}: {text}");
        }
        // Ida organizes, so it was no answer either: she is told, or gets what members may ask for.
        assert_eq!(own(&mut world, "Ida").await, (Some("yes".into()), 1), "{text}");
        let told = last(&world, "Ida").subject;
        refused += i32::from(told.starts_with("Ikke gjort"));
        assert!(!told.starts_with("Du "), "{text}: {told}");
    }
    println!("{} commands, {refused} refused with a word", commands_of_the_page().len() + 3);
    assert!(refused > 100, "{refused}");
}

#[tokio::test]
async fn auth_25_what_was_refused_at_the_own_invitation_is_done_in_answer_to_that() {
    let now = start() + TimeDelta::hours(1);
    let (mut world, hers, _) = both_invited(now).await;
    let mail = reply("Ida", &hers, "12 plasser", now);
    arrives(&mut world, &mail, now).await;
    let told = last(&world, "Ida");
    let again = signed(&reply("Ida", &told, "12 plasser", now), now);
    arrives(&mut world, &again, now).await;
    assert_eq!(seats(&mut world).await, 12);
}

#[tokio::test]
async fn auth_25_an_answer_of_an_organizer_stays_an_answer_at_her_invitation_and_nowhere_else() {
    let mut now = start() + TimeDelta::hours(1);
    let (mut world, hers, _) = both_invited(now).await;
    let command = signed(&letter(&world, "Ida", "status", now), now);
    arrives(&mut world, &command, now).await;
    let as_organizer = last(&world, "Ida");
    for (text, answer, party) in [
        ("Nei, dessverre", "no", 1),
        ("Vi blir tre", "yes", 3),
        ("2 plasser", "yes", 2),
        ("Jeg kommer ikke likevel", "no", 1),
        ("Ja! Per kommer nok også.", "yes", 1),
        ("Jeg er bortreist", "no", 1),
        ("Kanskje", "maybe", 1),
        ("Please cancel my seat.", "no", 1),
    ] {
        now += TimeDelta::hours(2);
        let before = own(&mut world, "Ida").await;
        let elsewhere = reply("Ida", &as_organizer, text, now);
        arrives(&mut world, &elsewhere, now).await;
        assert_eq!(own(&mut world, "Ida").await, before, "{text}, at the organizer's address");
        let mail = reply("Ida", &hers, text, now + TimeDelta::minutes(1));
        arrives(&mut world, &mail, now + TimeDelta::minutes(1)).await;
        assert_eq!(own(&mut world, "Ida").await, (Some(answer.to_owned()), party), "{text}");
    }
}
