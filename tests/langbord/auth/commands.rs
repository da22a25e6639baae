//! What a command does to many at once, what goes out of the house, and what is taken back.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::{arrives, dinner, last, letter, number, previews, reply, seats, signed, start};
use crate::support::world::{World, address_of};

#[tokio::test]
async fn cmd_03_nobody_is_invited_by_the_thousand_before_a_yes_to_the_number() {
    let mut world = dinner(&[]).await;
    for member in 0..150 {
        world.member(&format!("Medlem {member}"), None, false).await;
    }
    let invited = "select count(*) from invitation";
    let known = "select count(*) from person";
    let (mut now, people) = (start() + TimeDelta::hours(1), number(&mut world, known).await);
    let asked = previews(&mut world).await;

    // Five thousand addresses on one line, on lines of their own, and as a block: nobody is invited
    // whom nobody has made a member, and a mail that is too long is not done in part.
    let addresses = |between: &str| {
        let all: Vec<String> = (0..5000).map(|one| format!("guest{one}@example.net")).collect();
        all.join(between)
    };
    let bombs = [
        format!("inviter {}", addresses(", ")),
        format!("inviter {}", addresses("\ninviter ")),
        format!("ny middag 14. mai kl 19, 12 plasser\ninviter: {}", addresses("\n")),
        "inviter guest1@example.net, guest2@example.net".to_owned(),
    ];
    for bomb in bombs {
        now += TimeDelta::hours(1);
        let mail = letter(&world, "Ida", &bomb, now);
        arrives(&mut world, &mail, now).await;
        let told = last(&world, "Ida").subject;
        assert!(told.starts_with("Ikke gjort"), "{} octets: {told}", bomb.len());
        assert_eq!(number(&mut world, invited).await, 0);
        assert_eq!(number(&mut world, known).await, people);
        assert_eq!(previews(&mut world).await, asked);
    }

    // Everybody: the number is shown, and nothing leaves before the yes.
    now += TimeDelta::hours(1);
    let before = world.office.delivered.len();
    let mail = signed(&letter(&world, "Ida", "inviter alle", now), now);
    arrives(&mut world, &mail, now).await;
    world.run(now + TimeDelta::hours(2)).await;
    let preview = last(&world, "Ida");
    assert!(preview.subject.contains("151 mailer"), "{}", preview.subject);
    assert_eq!(world.office.delivered.len(), before + 1, "only the preview");
    assert_eq!(number(&mut world, invited).await, 0);
    let yes = reply("Ida", &preview, "ja", now);
    arrives(&mut world, &yes, now + TimeDelta::hours(2)).await;
    assert_eq!(number(&mut world, invited).await, 151);
}

#[tokio::test]
async fn cmd_05_a_guest_list_goes_to_the_organizer_s_address_of_record_and_to_nobody_else() {
    let mut world = dinner(&["Kari", "Per"]).await;
    let mut now = start() + TimeDelta::hours(1);
    let yes = reply("Kari", &last(&world, "Kari"), "Ja! Jeg har cøliaki.", now);
    arrives(&mut world, &yes, now).await;
    let exported = "select count(*) from audit where act = 'exported' and digest is not null";
    // A colleague whose domain vouches for Ida's name, Ida without a signature, a guest, and nobody
    // that we know. None of them gets anything but Ida, and she a preview.
    for (name, signs) in [("Ida", true), ("Ida", false), ("Kari", true), ("Olga", true)] {
        now += TimeDelta::hours(1);
        let before = world.office.delivered.len();
        let mail = letter(&world, name, "eksport", now);
        let mail = if signs { signed(&mail, now) } else { mail };
        arrives(&mut world, &mail, now).await;
        assert_eq!(number(&mut world, exported).await, 0, "{name}");
        for mail in &world.office.delivered[before..] {
            assert!(!String::from_utf8_lossy(&mail.raw).contains("text/csv"), "{name}");
            assert!(mail.recipient != address_of("Olga"));
        }
    }
    now += TimeDelta::hours(1);
    let mail = signed(&letter(&world, "Ida", "eksport", now), now);
    arrives(&mut world, &mail, now).await;
    let before = world.office.delivered.len();
    let yes = reply("Ida", &last(&world, "Ida"), "ja", now);
    arrives(&mut world, &yes, now).await;
    let mut sheets = Vec::new();
    for mail in &world.office.delivered[before..] {
        let parts = mail.message().parts;
        let sheet = parts.into_iter().find(|part| part.media_type == "text/csv");
        sheets.extend(sheet.map(|sheet| (mail.recipient.clone(), sheet.text)));
    }
    let [(recipient, sheet)] = sheets.as_slice() else { panic!("{} sheets", sheets.len()) };
    assert_eq!(*recipient, address_of("Ida"));
    assert!(sheet.contains(&address_of("Kari")), "{sheet}");
    assert!(!sheet.contains("liaki") && !sheet.contains("coeliac"), "what guests eat: {sheet}");
    assert_eq!(number(&mut world, exported).await, 1);
}

/// Everything that guests would notice, as it stands.
async fn stands(world: &mut World) -> Value {
    let sql = "select jsonb_build_object(
        'gatherings', (select jsonb_agg(to_jsonb(gathering) - 'version' - 'plan_at' - 'changed_at'
                                        order by gathering_id) from gathering),
        'guests', (select jsonb_agg(to_jsonb(invitation) - 'invitation_id' order by gathering_id, person_id)
                     from invitation),
        'waves', (select jsonb_agg(to_jsonb(wave) order by gathering_id, number) from wave),
        'mails', (select count(*) from outbox where state in ('queued', 'sending')))";
    sqlx::query_scalar(sql).fetch_one(world.connection()).await.unwrap()
}

/// A word that counts: what is asked for, and the yes where one is waited for.
async fn says(world: &mut World, text: &str, now: DateTime<Utc>) -> String {
    let mail = signed(&letter(world, "Ida", text, now), now);
    arrives(world, &mail, now).await;
    let told = last(world, "Ida");
    if told.subject.starts_with("Venter") {
        let yes = reply("Ida", &told, "ja", now);
        arrives(world, &yes, now).await;
    }
    last(world, "Ida").subject
}

#[tokio::test]
async fn cmd_06_what_is_taken_back_is_as_if_it_had_never_been() {
    let acts = [
        "14 plasser",
        "1 plass",
        "inviter Ola",
        "inviter alle",
        "legg til Ola og Anne",
        "ta av Per",
        "Per ja, vegetar",
        "Kari kommer ikke",
        "gi plass til Per",
        "meny: Suppe",
        "question: What is courage?",
        "merknad: Ta med sko",
        "read: https://example.org",
        "endre sted til Storgata 3",
        "tittel: Mot",
        "frist 20. april",
        "kitchen cut-off 28 April",
        "vert Anne",
        "vert meg",
        "flytt til 7. mai",
        "flytt til kl 20",
        "avlys, verten er syk",
        "purr",
        "melding til alle: Ta med sko",
        "ny middag 14. mai kl 19 hos Ida, 12 plasser, inviter alle",
        "ny frokost 15. mai kl 8 hos Ida, 12 plasser\nwaves: Kari and Per, then everyone else",
        "14 plasser\nmeny: Suppe\nflytt til 8. mai",
    ];
    let mut now = start() + TimeDelta::hours(1);
    let mut world = dinner(&["Kari", "Per"]).await;
    for name in ["Ola", "Anne", "Nils"] {
        world.member(name, None, false).await;
    }
    let yes = reply("Kari", &last(&world, "Kari"), "Ja takk", now);
    arrives(&mut world, &yes, now).await;
    assert_eq!(seats(&mut world).await, 8);
    for text in acts {
        // By day: what leaves at once could not be taken back.
        now += TimeDelta::hours(24);
        world.run(now).await;
        let before = stands(&mut world).await;
        let done = says(&mut world, text, now).await;
        assert!(done.starts_with("Gjort"), "{text}: {done}");
        assert_ne!(stands(&mut world).await, before, "{text} changes something");
        let undone = says(&mut world, "angre", now + TimeDelta::minutes(5)).await;
        assert!(undone.starts_with("Gjort"), "{text}: {undone}");
        assert_eq!(stands(&mut world).await, before, "{text}");
    }
    println!("{} acts, each taken back", acts.len());
}
