//! Reply addresses: what they tell, what they do not, and what programs and people make of them.

use chrono::{DateTime, TimeDelta, Utc};
use langbord::demo::program::{self, Author, Program};

use super::{arrives, dinner, last, number, reply, signed, start};
use crate::support::world::{World, address_of};

/// The name of a guest with this number.
fn guest(number: usize) -> String {
    format!("Gjest {number}")
}

/// What an invitation stands at: the answer of whoever it is for.
async fn answer_of(world: &mut World, name: &str) -> Option<String> {
    let sql = "select answer from invitation join address using (person_id) where email = $1";
    let query = sqlx::query_scalar(sql).bind(address_of(name));
    query.fetch_one(world.connection()).await.unwrap()
}

#[tokio::test]
async fn auth_20_whoever_answers_with_another_s_address_changes_nothing_and_hears_nothing() {
    // A reply to all has shown Kari's address to ten others: five members and five strangers.
    let members = ["Kari", "Per", "Ola", "Anne", "Nils", "Berit"];
    let mut world = dinner(&members).await;
    let invitation = last(&world, "Kari");
    let strangers = ["Olga", "Eve", "Bob", "Mary", "Sue"];
    let mut now = start() + TimeDelta::hours(1);
    for (at, name) in members[1..].iter().chain(&strangers).enumerate() {
        now += TimeDelta::hours(2);
        let before = world.office.delivered.len();
        let text = if at % 2 == 0 { "Nei, dessverre" } else { "Ja takk! Jeg har cøliaki." };
        let mail = reply(name, &invitation, text, now);
        arrives(&mut world, &mail, now).await;
        assert_eq!(answer_of(&mut world, "Kari").await, None, "{name}");
        let sent = &world.office.delivered[before..];
        let to_sender = sent.iter().filter(|mail| mail.recipient == address_of(name)).count();
        assert_eq!(to_sender, 0, "{name} is told nothing");
        let asked = sent.iter().filter(|mail| mail.recipient == address_of("Kari")).count();
        assert!(asked >= 1, "{name}: Kari is asked");
    }
    let pending = "select count(*) from answer where state = 'pending'";
    assert_eq!(number(&mut world, pending).await, 10);
    // Kari says that the last one was hers.
    let question = last(&world, "Kari");
    let yes = reply("Kari", &question, "ja", now);
    arrives(&mut world, &yes, now).await;
    assert!(answer_of(&mut world, "Kari").await.is_some());
    for other in &members[1..] {
        assert_eq!(answer_of(&mut world, other).await, None, "{other}");
    }
}

/// What becomes of the address on the way.
#[derive(Debug, Clone, Copy)]
enum Way {
    Whole,
    UpperCase,
    Stripped,
    Encoded,
    InCc,
    InQuotes,
    NewMail,
    NewSignedMail,
    NoThread,
    StrippedAndCut,
}

const WAYS: [Way; 10] = [
    Way::Whole,
    Way::UpperCase,
    Way::Stripped,
    Way::Encoded,
    Way::InCc,
    Way::InQuotes,
    Way::NewMail,
    Way::NewSignedMail,
    Way::NoThread,
    Way::StrippedAndCut,
];

fn without_thread(mail: &str) -> String {
    let lines = mail.split_inclusive("\r\n");
    lines
        .filter(|line| !line.starts_with("In-Reply-To:") && !line.starts_with("References:"))
        .collect()
}

const PROGRAMS: [Program; 4] = [Program::Gmail, Program::Iphone, Program::Outlook, Program::Bare];

/// A mail that answers nothing, so that only its author can tell what it is about.
fn fresh(world: &World, name: &str, now: DateTime<Utc>) -> Vec<u8> {
    super::letter(world, name, "Nei, jeg kan ikke komme", now)
}

/// The answer as it arrives that way.
fn by(way: Way, mail: &str, to: &str) -> Vec<u8> {
    let (local, domain) = to.split_once('@').unwrap();
    let bare = format!("bord@{domain}");
    let mail = match way {
        Way::Whole | Way::NewMail | Way::NewSignedMail => mail.to_owned(),
        Way::UpperCase => mail.replace(to, &format!("{}@{domain}", local.to_uppercase())),
        Way::Stripped => mail.replace(to, &bare),
        Way::Encoded => mail.replace(to, &to.replace('+', "%2B")),
        Way::InCc => {
            mail.replace(&format!("To: <{to}>"), &format!("To: <ida@guests.example>\r\nCc: <{to}>"))
        }
        Way::InQuotes => mail.replace(to, &format!("\"{local}\"@{domain}")),
        Way::NoThread => without_thread(mail),
        Way::StrippedAndCut => without_thread(&mail.replace(to, &bare)),
    };
    mail.into_bytes()
}

#[tokio::test]
async fn auth_21_what_programs_do_to_an_address_loses_no_answer_and_finds_no_other_guest() {
    let names: Vec<String> = (1..=100).map(guest).collect();
    let mut world = dinner(&[]).await;
    for name in &names {
        world.member(name, None, false).await;
    }
    let mut now = start() + TimeDelta::hours(1);
    let invite = signed(&super::letter(&world, "Ida", "30 plasser, inviter alle", now), now);
    arrives(&mut world, &invite, now).await;
    let preview = last(&world, "Ida");
    let yes = reply("Ida", &preview, "ja", now);
    arrives(&mut world, &yes, now).await;
    now += TimeDelta::minutes(15);
    world.run(now).await;

    for (at, name) in names.iter().enumerate() {
        let way = WAYS[at % WAYS.len()];
        let invitation = last(&world, name);
        let to = invitation.header("reply-to").unwrap().to_owned();
        let mail = if matches!(way, Way::NewMail) {
            fresh(&world, name, now)
        } else if matches!(way, Way::NewSignedMail) {
            signed(&fresh(&world, name, now), now)
        } else {
            let address = address_of(name);
            let author = Author { name, address: &address, norwegian: true };
            let (program, date) = (PROGRAMS[at % PROGRAMS.len()], now.fixed_offset());
            let mail = program::reply(program, author, &invitation, "Nei, dessverre", date);
            by(way, &String::from_utf8(mail).unwrap(), &to)
        };
        arrives(&mut world, &mail, now + TimeDelta::seconds(i64::try_from(at).unwrap())).await;
    }
    // Asked whether it was them, they say yes.
    now += TimeDelta::minutes(30);
    let mut asked = 0;
    for (at, name) in names.iter().enumerate() {
        if answer_of(&mut world, name).await.is_none() {
            let question = last(&world, name);
            println!("{name} ({:?}) was asked: {}", WAYS[at % WAYS.len()], question.subject);
            let yes = reply(name, &question, "ja", now);
            arrives(&mut world, &yes, now).await;
            asked += 1;
        }
    }
    let mut found = 0;
    for name in &names {
        let answer = answer_of(&mut world, name).await;
        found += usize::from(answer.as_deref() == Some("no"));
        assert_ne!(answer.as_deref(), Some("yes"), "{name}");
    }
    println!("{found} of 100 found, {asked} of them after a question");
    assert!(found >= 95, "{found}");
    // Each answer was taken for its author's own.
    let wrong = "select count(*) from answer join invitation using (invitation_id)
        where answer.state in ('applied', 'confirmed') and invitation.answer is distinct from 'no'";
    assert_eq!(number(&mut world, wrong).await, 0);
}
