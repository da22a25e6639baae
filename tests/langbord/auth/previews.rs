//! The one yes that a preview waits for: guessed, late, fifty times at once, and to what has changed
//! meanwhile.

use chrono::{DateTime, TimeDelta, Utc};
use langbord::mail::token::{Family, Keys};
use langbord::steps::{Progress, handle};
use langbord::store::daemons;
use sqlx::{Connection, PgConnection};

use super::{arrives, dinner, last, letter, number, reply, seats, signed, start, under};
use crate::support::world::World;

/// Ida asks for something, unsigned, and gets a preview.
async fn asks(world: &mut World, text: &str, now: DateTime<Utc>) {
    let mail = letter(world, "Ida", text, now);
    arrives(world, &mail, now).await;
    let subject = last(world, "Ida").subject;
    assert!(subject.starts_with("Venter på deg"), "{text}: {subject}");
}

#[test]
fn auth_17_no_guess_opens_an_address() {
    let keys = Keys::new(vec![vec![7; 32]]).unwrap();
    let genuine = keys.seal(Family::Proposal, "oslo", 42);
    let (stem, mac) = genuine.rsplit_once('-').unwrap();
    let letters = "abcdefghijklmnopqrstuvwxyz234567";
    let mut opened = 0_u32;
    let mut guesses = 0_u32;
    // One letter off, in every place.
    for at in 0..mac.len() {
        let genuine = mac.chars().nth(at);
        for letter in letters.chars().filter(|letter| Some(*letter) != genuine) {
            let mut guess = mac.to_owned();
            guess.replace_range(at..=at, &letter.to_string());
            opened += u32::from(keys.open("oslo", &format!("{stem}-{guess}")).is_some());
            guesses += 1;
        }
    }
    // Anything, for any row of any family.
    let mut state = 88_172_645_463_325_252_u64;
    while guesses < 1_000_000 {
        let mut guess = String::new();
        for _ in 0..26 {
            // Xorshift: the same guesses every time.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            guess.push(letters.as_bytes()[usize::try_from(state % 32).unwrap()].into());
        }
        let family = ["p", "g", "o", "u", "c"][usize::try_from(state % 5).unwrap()];
        let token = format!("{family}-{}-{guess}", state % 100);
        opened += u32::from(keys.open("oslo", &token).is_some());
        guesses += 1;
    }
    println!("{guesses} guesses, {opened} opened");
    assert_eq!(opened, 0);
    assert_eq!(keys.open("oslo", &genuine), Some((Family::Proposal, 42)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn auth_17_fifty_right_answers_at_once_are_one() {
    let mut world = dinner(&["Kari", "Per"]).await;
    let now = start() + TimeDelta::hours(1);
    asks(&mut world, "avlys, verten er syk", now).await;
    let preview = last(&world, "Ida");
    for copy in 0..50 {
        let yes = reply("Ida", &preview, "ja", now + TimeDelta::seconds(copy));
        world.keep(yes, now, now).await;
    }
    let handlers = (0..5).map(|_| {
        let (desk, url) = (world.desk.clone(), world.database.url.clone());
        tokio::spawn(async move {
            let mut db = PgConnection::connect(&url).await.unwrap();
            let me = daemons::register(&mut db).await.unwrap();
            while handle::step(&mut db, &desk, me, &|| true, now).await.unwrap().0
                == Progress::Worked
            {}
        })
    });
    for handler in handlers.collect::<Vec<_>>() {
        handler.await.unwrap();
    }
    // Whoever met another at the row comes again.
    for minutes in [2, 8, 40, 170] {
        world.run(now + TimeDelta::minutes(minutes)).await;
    }
    for (count, sql) in [
        (1, "select count(*) from audit where act = 'gathering-cancelled'"),
        (
            1,
            "select count(*) from proposal where outcome = 'done' and proposal_id = (select max(proposal_id) from proposal)",
        ),
        (2, "select count(*) from outbox where letter = 'cancelled'"),
        (0, "select count(*) from inbox where state <> 'handled'"),
    ] {
        assert_eq!(number(&mut world, sql).await, count, "{sql}");
    }
}

#[tokio::test]
async fn auth_17_a_yes_counts_to_the_second() {
    let mut world = dinner(&[]).await;
    let mut now = start() + TimeDelta::hours(1);
    let mut expected = 8;
    for (late, counts) in [(-1, true), (0, true), (1, false)] {
        asks(&mut world, &format!("{} plasser", expected + 1), now).await;
        let preview = last(&world, "Ida");
        now += TimeDelta::hours(48) + TimeDelta::seconds(late);
        let yes = reply("Ida", &preview, "ja", now);
        arrives(&mut world, &yes, now).await;
        expected += i64::from(counts);
        assert_eq!(seats(&mut world).await, expected, "{late} s");
        now += TimeDelta::hours(1);
    }
    // It has been used: the same yes once more does nothing.
    asks(&mut world, "20 plasser", now).await;
    let preview = last(&world, "Ida");
    for copy in 0..3 {
        let yes = reply("Ida", &preview, "ja", now + TimeDelta::minutes(copy));
        arrives(&mut world, &yes, now + TimeDelta::minutes(copy)).await;
    }
    let changed = "select count(*) from audit where act = 'seats-changed'";
    assert_eq!((seats(&mut world).await, number(&mut world, changed).await), (20, 3));
}

#[tokio::test]
async fn auth_17_and_cmd_01_a_yes_to_what_has_changed_does_nothing_and_to_what_has_not_counts() {
    let mut world = dinner(&["Kari", "Per"]).await;
    let mut now = start() + TimeDelta::hours(1);
    let cancelled = "select count(*) from gathering where state = 'cancelled'";
    let invitation = last(&world, "Kari");

    // A guest answers meanwhile, so that another letter goes to her: shown anew.
    asks(&mut world, "flytt til 7. mai", now).await;
    let preview = last(&world, "Ida");
    now += TimeDelta::minutes(30);
    let no = reply("Kari", &invitation, "Nei, jeg kan ikke", now);
    arrives(&mut world, &no, now).await;
    let answers = world.office.delivered.len();
    let yes = reply("Ida", &preview, "ja", now);
    arrives(&mut world, &yes, now).await;
    let moved = "select count(*) from audit where act = 'gathering-moved'";
    let (moved_now, told) = (number(&mut world, moved).await, last(&world, "Ida").subject);
    assert!(world.office.delivered.len() > answers, "never silent");
    assert!(moved_now == 1 || told.starts_with("Venter på deg"), "{told}");

    // Another command has changed the gathering: nothing is called off, and it is shown anew. The
    // yes to what it was shows nothing more.
    now += TimeDelta::hours(1);
    asks(&mut world, "avlys", now).await;
    let preview = last(&world, "Ida");
    let other = signed(&letter(&world, "Ida", "15 plasser", now), now);
    arrives(&mut world, &other, now).await;
    assert_eq!(seats(&mut world).await, 15);
    let yes = reply("Ida", &preview, "ja", now);
    arrives(&mut world, &yes, now).await;
    assert_eq!(number(&mut world, cancelled).await, 0);
    assert!(last(&world, "Ida").subject.starts_with("Venter på deg"), "never silent");
    assert!(last(&world, "Ida").parts[0].text.contains("Noe er endret"));
    let again = reply("Ida", &preview, "ja, gjør det", now + TimeDelta::minutes(1));
    arrives(&mut world, &again, now + TimeDelta::minutes(1)).await;
    assert_eq!(number(&mut world, cancelled).await, 0);

    // Nothing has changed: carried out, also where the yes has come a strange way.
    now += TimeDelta::hours(1);
    asks(&mut world, "avlys", now).await;
    let preview = last(&world, "Ida");
    let yes = reply("Ida", &preview, "Ja.", now);
    arrives(&mut world, &under("X-Way: long\r\n", &yes), now).await;
    assert_eq!(number(&mut world, cancelled).await, 1);
}
