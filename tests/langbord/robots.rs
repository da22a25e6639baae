//! Machines that answer what only people may answer, and mailboxes in other hands.

use chrono::{DateTime, TimeDelta, Utc};
use langbord::community::person::CalendarPolicy;
use langbord::demo::program::{self, Author, Program};
use langbord::language::Language;
use langbord::mail::Message;

use crate::support::world::{World, address_of};

/// What automatic replies say, in the languages that they are in.
const SAY: [&str; 20] = [
    "Ja, jeg er på ferie til 3. august.",
    "Ja, jeg er på ferie",
    "Ja! Jeg er tilbake mandag og svarer da.",
    "Yes, I am on holiday until Monday.",
    "Yes, I have received your mail and will answer when I am back.",
    "Takk for din e-post. Jeg er ikke på kontoret før 12. mars.",
    "Jeg er for tiden bortreist og leser ikke e-post.",
    "Hei, jeg har permisjon. Ved hast: ring 22 22 22 22.",
    "Dette er et automatisk svar. Vi har mottatt din henvendelse.",
    "Eg er på ferie og svarar når eg er tilbake.",
    "Thank you for your message. I am out of the office.",
    "I am currently away from my desk with no access to mail.",
    "This is an automated reply. Your ticket number is 4711.",
    "Your message has been received and will be read.",
    "Jag är på semester till den 3 augusti.",
    "Tack för ditt mejl! Jag är föräldraledig.",
    "Jeg holder ferie og er tilbage den 3. august.",
    "Ich bin bis zum 3. August nicht im Büro.",
    "Vielen Dank für Ihre Nachricht. Ich bin im Urlaub.",
    "Denne adressen er ikke lenger i bruk.",
];

/// How they come: with the header that tells, with a subject that does, and with nothing at all,
/// quoting everything.
const MARKS: [(&str, Option<&str>); 3] =
    [("Auto-Submitted: auto-replied\r\n", None), ("", Some("Automatisk svar: ")), ("", None)];

fn dinner(day: &str) -> String {
    format!("New dinner\nwhen: {day} 19:00\nwhere: Harbour Street 12\nseats: 8\ninvite: Kari")
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a time")
}

fn robot(
    name: &str,
    original: &Message,
    say: &str,
    mark: (&str, Option<&str>),
    now: DateTime<Utc>,
) -> Vec<u8> {
    let address = address_of(name);
    let author = Author { name, address: &address, norwegian: true };
    let mail = program::reply(Program::Gmail, author, original, say, now.fixed_offset());
    let mail = String::from_utf8(mail).expect("text");
    let mail = match mark.1 {
        Some(subject) => mail.replacen("Subject: Re: ", &format!("Subject: {subject}"), 1),
        None => mail,
    };
    format!("{}{mail}", mark.0).into_bytes()
}

#[tokio::test]
async fn no_automatic_reply_confirms_or_answers_anything() {
    let now = at("2026-03-02T09:00:00Z");
    let mut world = World::new(Language::Nb, CalendarPolicy::Never, true).await;
    world.member("Ida", Some(Language::En), true).await;
    world.member("Kari", None, false).await;
    let then = world.new_gathering(&dinner("Thu 12 March"), now).await;
    let invitation = world.last_mail(&address_of("Kari")).expect("an invitation").message();
    let ida = address_of("Ida");
    let author = Author { name: "Ida", address: &ida, norwegian: false };
    let to = world.desk.community.address.to_string();
    world.post(&program::letter(author, &to, ("Dinner", "cancel"), then.fixed_offset()));
    world.run(then).await;
    let preview = world.last_mail(&ida).expect("a preview").message();
    assert!(preview.subject.contains("Waiting for you"), "{}", preview.subject);

    let (mut fixtures, mut fooled) = (0, Vec::new());
    for say in SAY {
        for mark in MARKS {
            // Hours apart, so that no cap on answers helps.
            fixtures += 1;
            let now = then + TimeDelta::minutes(fixtures * 20);
            world.post(&robot("Kari", &invitation, say, mark, now));
            world.post(&robot("Ida", &preview, say, mark, now));
            world.run(now).await;
            let (settled, answered): (i64, i64) = sqlx::query_as(
                "select (select count(*) from proposal where outcome = 'done'),
                        (select count(*) from invitation where answer is not null)",
            )
            .fetch_one(world.connection())
            .await
            .expect("count");
            // The first preview was Ida's own yes to the dinner.
            if (settled, answered) != (1, 0) {
                fooled.push(format!("{say} {mark:?}: {settled} done, {answered} answered"));
                sqlx::query(
                    "update invitation set answer = null, answered_at = null, seat = 'none',
                            waiting_since = null",
                )
                .execute(world.connection())
                .await
                .expect("start anew");
            }
        }
    }
    assert_eq!(fixtures, 60);
    assert_eq!(fooled, Vec::<String>::new());
    // A person's word still does both.
    let now = then + TimeDelta::hours(30);
    let author = Author { name: "Kari", address: &address_of("Kari"), norwegian: true };
    world.post(&program::reply(
        Program::Gmail,
        author,
        &invitation,
        "Ja, gjerne!",
        now.fixed_offset(),
    ));
    world.run(now).await;
    let answer: Option<String> = sqlx::query_scalar(
        "select answer from invitation join address using (person_id) where email like 'kari%'",
    )
    .fetch_one(world.connection())
    .await
    .expect("an answer");
    assert_eq!(answer.as_deref(), Some("yes"));
}

#[tokio::test]
async fn a_mailbox_in_other_hands_does_little_in_ten_minutes() {
    let now = at("2026-03-02T09:00:00Z");
    let mut world = World::new(Language::En, CalendarPolicy::Never, true).await;
    world.member("Ida", None, true).await;
    world.member("Kari", None, false).await;
    for (hour, day) in ["Thu 12 March", "Fri 13 March"].into_iter().enumerate() {
        let text = dinner(day);
        world
            .new_gathering(&text, now + TimeDelta::hours(i64::try_from(hour).expect("small")))
            .await;
    }
    let begin = now + TimeDelta::hours(4);
    let cancelled = async |world: &mut World| -> i64 {
        sqlx::query_scalar("select count(*) from gathering where state = 'cancelled'")
            .fetch_one(world.connection())
            .await
            .expect("count")
    };
    let (ida, to) = (address_of("Ida"), world.desk.community.address.to_string());
    let author = Author { name: "Ida", address: &ida, norwegian: false };
    let mut previews = Vec::new();
    for day in ["Thursday", "Friday"] {
        let text = format!("cancel {day}");
        world.post(&program::letter(author, &to, ("Dinner", &text), begin.fixed_offset()));
        world.run(begin).await;
        previews.push(world.last_mail(&ida).expect("a preview").message());
    }
    for (number, (minute, expected)) in [(1, 1), (5, 1), (12, 2)].into_iter().enumerate() {
        let now = begin + TimeDelta::minutes(minute);
        let preview = &previews[number.min(1)];
        world.post(&program::reply(Program::Bare, author, preview, "yes", now.fixed_offset()));
        world.run(now).await;
        assert_eq!(cancelled(&mut world).await, expected, "minute {minute}");
        if minute == 5 {
            let told = world.last_mail(&ida).expect("an answer").message();
            assert!(told.subject.contains("ten minutes"), "{}", told.subject);
        }
    }
}
