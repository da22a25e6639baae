//! The agenda says what will come.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use langbord::community::cadence::Cadence;
use langbord::community::person::CalendarPolicy;
use langbord::demo::program::{self, Author, Program};
use langbord::language::Language;
use langbord::steps::agenda;

use crate::support::world::{World, address_of};

/// Purpose, time and letter of a mail.
type Row = (String, DateTime<Utc>, String);
/// The same, by purpose.
type Mails = BTreeMap<String, (DateTime<Utc>, String)>;

/// A dinner on Thursday 19 March, to which Kari comes and Per and Ada have not answered, in a
/// community with a digest and rounds. And when all that was.
async fn dinner() -> (World, DateTime<Utc>) {
    let mut world = World::new(Language::En, CalendarPolicy::Confirmation, true).await;
    world.member("Ida", None, true).await;
    for name in ["Kari", "Per", "Ada"] {
        world.member(name, None, false).await;
    }
    world.digest("0 9 * * Mon");
    world.desk.rounds.question = Some(Cadence::parse("0 9 10 * *").unwrap());
    world.desk.rounds.questions = vec!["What have you changed your mind about?".into()];
    world.desk.rounds.nominations = Some(Cadence::parse("0 21 15 Mar *").unwrap());
    let nine = "2026-03-02T09:00:00Z".parse().unwrap();
    let text = "New dinner\nwhen: Thu 19 March 19:00\nhost: Ida\nseats: 8\ninvite: Kari, Per, Ada";
    let left = world.new_gathering(text, nine).await;
    let kari = address_of("Kari");
    let author = Author { name: "Kari", address: &kari, norwegian: false };
    let original = world.last_mail(&kari).unwrap().message();
    let at = left + TimeDelta::hours(1);
    world.post(&program::reply(Program::Bare, author, &original, "Yes!", at.fixed_offset()));
    world.run(at).await;
    (world, at)
}

#[tokio::test]
async fn what_the_agenda_says_is_what_comes_if_nothing_changes() {
    let (mut world, start) = dinner().await;
    let end = "2026-03-21T12:00:00Z".parse().unwrap();
    let desk = world.desk.clone();
    let listed = agenda::upcoming(world.connection(), &desk, Some(end), start).await.unwrap();
    let listed: Mails =
        listed.into_iter().map(|entry| (entry.purpose, (entry.due, entry.letter))).collect();
    let mut now = start;
    while now < end {
        now += TimeDelta::minutes(30);
        world.run(now).await;
    }
    let sent: Vec<Row> = sqlx::query_as(
        "select purpose, settled_at, letter from outbox where created_at > $1 and state = 'sent'",
    )
    .bind(start)
    .fetch_all(world.connection())
    .await
    .unwrap();
    let sent: Mails =
        sent.into_iter().map(|(purpose, at, letter)| (purpose, (at, letter))).collect();
    let purposes = |mails: &BTreeMap<String, _>| mails.keys().cloned().collect::<Vec<String>>();
    assert_eq!(purposes(&listed), purposes(&sent));
    for (purpose, (at, letter)) in &sent {
        let (due, listed) = &listed[purpose];
        assert_eq!(letter, listed);
        assert!(*due <= *at && *at < *due + TimeDelta::minutes(30), "{purpose}: {due}, {at}");
    }
    let letters: std::collections::BTreeSet<&str> =
        sent.values().map(|(_, letter)| letter.as_str()).collect();
    let all = ["digest", "follow-up", "host-sheet", "nominations", "nudge", "question", "reminder"];
    assert_eq!(letters.into_iter().collect::<Vec<&str>>(), all);
    println!("agenda: {} mails listed, {} sent", listed.len(), sent.len());
}

#[tokio::test]
async fn an_agenda_has_an_end_and_shows_what_is_written_and_waits() {
    let (mut world, start) = dinner().await;
    let desk = world.desk.clone();
    let mut list = async |until: &str, now| {
        let until = Some(until.parse().unwrap());
        agenda::upcoming(world.connection(), &desk, until, now).await.unwrap()
    };
    assert_eq!(list("2026-03-02T12:00:00Z", start).await, []);
    let first = list("2026-03-12T09:00:00Z", start).await;
    let words: Vec<String> =
        first.iter().map(|entry| format!("{} {}: {}", entry.letter, entry.to, entry.why)).collect();
    assert!(
        words.contains(&"digest Per: gets the digest, and there is something in it".to_owned())
    );
    assert_eq!(words.last().unwrap(), "reminder Kari: has a seat; a week before");
    assert_eq!(first.last().unwrap().about.as_deref(), Some("dinner Thu 2026-03-19 19:00"));
    assert!(first.is_sorted());
}

#[tokio::test]
async fn an_agenda_lists_later_rounds_and_what_organizers_hear_of_each_other() {
    let mut world = World::new(Language::En, CalendarPolicy::Confirmation, true).await;
    for name in ["Ida", "Tor"] {
        world.member(name, None, true).await;
    }
    for name in ["Kari", "Per", "Ada", "Ola"] {
        world.member(name, None, false).await;
    }
    let nine = "2026-03-02T09:00:00Z".parse().unwrap();
    let text = "New dinner\nwhen: Thu 19 March 19:00\nseats: 8\ninvite: Kari\n\
                waves: Per, Ada after 5 days, then Ola";
    let left = world.new_gathering(text, nine).await;
    let at = world.new_gathering("deadline 16 March", left + TimeDelta::hours(1)).await;
    let desk = world.desk.clone();
    let until = Some("2026-03-12T12:00:00Z".parse().unwrap());
    let listed = agenda::upcoming(world.connection(), &desk, until, at).await.unwrap();
    let words: Vec<String> = listed
        .iter()
        .map(|entry| format!("{} {} {}", entry.due.format("%-d %H:%M"), entry.letter, entry.to))
        .collect();
    let expected = [
        "2 17:00 daily Tor",
        "7 09:10 invitation Ada",
        "7 09:10 invitation Per",
        "11 09:10 invitation Ola",
    ];
    assert_eq!(words, expected);
}

#[tokio::test]
async fn what_an_earlier_version_kept_of_an_act_can_be_told() {
    let mut world = World::new(Language::En, CalendarPolicy::Confirmation, true).await;
    for name in ["Ida", "Tor"] {
        world.member(name, None, true).await;
    }
    world.member("Kari", None, false).await;
    let nine = "2026-03-02T09:00:00Z".parse().unwrap();
    let text = "New dinner\nwhen: Thu 19 March 19:00\nseats: 8\ninvite: Kari";
    world.new_gathering(text, nine).await;
    let earlier = "update errand set acts = jsonb_set(acts, '{0}', (acts->0) - 'asked_on')
                    where acts->0->>'act' = 'new' and acts->0 ? 'asked_on'";
    let changed = sqlx::query(earlier).execute(world.connection()).await.unwrap();
    assert_eq!(changed.rows_affected(), 1);
    world.run("2026-03-02T17:00:00Z".parse().unwrap()).await;
    let told = "select count(*) from outbox where letter = 'daily' and body_text like '%Kari%'";
    let told: i64 = sqlx::query_scalar(told).fetch_one(world.connection()).await.unwrap();
    assert_eq!(told, 1);
}

#[tokio::test]
async fn an_agenda_lists_the_word_to_keep_a_day_free_and_then_the_invitation() {
    let mut world = World::new(Language::En, CalendarPolicy::Confirmation, true).await;
    world.member("Ida", None, true).await;
    world.member("Kari", None, false).await;
    let nine: DateTime<Utc> = "2026-01-05T21:30:00Z".parse().unwrap();
    world.new_gathering("New dinner\nwhen: Thu 19 March 19:00\nseats: 8\ninvite: Kari", nine).await;
    let desk = world.desk.clone();
    let now = nine + TimeDelta::minutes(15);
    let listed = agenda::upcoming(world.connection(), &desk, None, now).await.unwrap();
    let words: Vec<String> = listed
        .iter()
        .filter(|entry| entry.to == "Kari")
        .map(|entry| {
            format!("{} {}: {}", entry.due.format("%-d %b %H:%M"), entry.letter, entry.why)
        })
        .take(2)
        .collect();
    let expected = [
        "6 Jan 07:00 save-the-date: will be invited, and it is long until then",
        "5 Feb 09:00 invitation: is invited",
    ];
    assert_eq!(words, expected);
}
