//! Mails in an organizer's name that are not, or not any more, theirs.

use chrono::TimeDelta;
use langbord::mail::authentic::{Border, Mode};

use super::{
    SERVER, arrives, commands_of_the_page, dinner, keys, last, letter, number, previews, reply,
    seats, signed, start, under, witnesses,
};
use crate::support::world::address_of;

#[tokio::test]
async fn auth_09_a_recorded_command_works_once_at_one_table_and_for_three_days() {
    let mut world = dinner(&[]).await;
    let now = start() + TimeDelta::hours(1);
    let recorded = signed(&letter(&world, "Ida", "12 plasser", now), now);
    arrives(&mut world, &recorded, now).await;
    assert_eq!(seats(&mut world).await, 12);
    // Were it obeyed once more, that would be seen.
    let then = now + TimeDelta::minutes(1);
    let other = signed(&letter(&world, "Ida", "14 plasser", then), then);
    arrives(&mut world, &other, then).await;
    let answers = world.office.delivered.len();
    for round in 0..4 {
        for hop in 0..25 {
            let head = format!("Received: from evil.example by mx{hop}.example; round {round}\r\n");
            world.post(&under(&head, &recorded));
        }
        world.run(then + TimeDelta::hours(round)).await;
    }
    assert_eq!(seats(&mut world).await, 14);
    let replayed = "select count(*) from inbox where disposition = 'replayed'";
    assert_eq!(number(&mut world, replayed).await, 100);
    assert_eq!(
        number(&mut world, "select count(*) from audit where act = 'seats-changed'").await,
        2
    );
    assert_eq!(previews(&mut world).await, 1, "that of the dinner itself");
    assert_eq!(world.office.delivered.len(), answers, "nobody is answered");

    // At another table of the same organizer the signature does not cover that it is for that one.
    let mut bergen = dinner(&[]).await;
    bergen.desk.community.address = "bord@bergen.example".parse().unwrap();
    bergen.desk.witnesses = witnesses(&bergen, Mode::Signatures, keys());
    arrives(&mut bergen, &recorded, now).await;
    assert_eq!((seats(&mut bergen).await, previews(&mut bergen).await), (8, 2));

    // Where it was never seen, three days later, it proves nothing any more.
    for (hours, expected) in [(72, 12), (73, 8)] {
        let mut late = dinner(&[]).await;
        arrives(&mut late, &recorded, now + TimeDelta::hours(hours)).await;
        assert_eq!(seats(&mut late).await, expected, "{hours} h");
    }
}

/// As Exchange writes them: without the name of a server.
const NAMELESS: &str = "Authentication-Results: spf=pass (sender IP is 192.0.2.1) \
    smtp.mailfrom=guests.example; dkim=pass (signature was verified) header.d=guests.example;\
    dmarc=pass action=none header.from=guests.example;compauth=pass reason=100\r\n";

/// A mailbox that writes the text anew, and says of it what it found before.
fn rewritten(mail: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(mail.to_vec()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let received = format!("Received: from h by {SERVER} with Microsoft SMTP; now\r\n");
    under(&format!("{NAMELESS}{received}"), format!("{head}\r\n\r\n{body} \r\n.\r\n").as_bytes())
}

#[tokio::test]
async fn auth_11_a_mailbox_that_changes_the_text_and_names_no_server_proves_nothing_and_works() {
    let border = Border { authserv_id: SERVER.into(), host: SERVER.into() };
    for mode in [Mode::Off, Mode::Signatures, Mode::Results(border)] {
        let mut world = dinner(&["Kari"]).await;
        world.desk.witnesses = witnesses(&world, mode.clone(), keys());
        let mut now = start() + TimeDelta::hours(1);
        for (text, done) in [
            ("10 plasser", "select count(*) from gathering where seats = 10"),
            ("avlys, verten er syk", "select count(*) from gathering where state = 'cancelled'"),
        ] {
            now += TimeDelta::hours(1);
            let command = signed(&letter(&world, "Ida", text, now), now);
            arrives(&mut world, &rewritten(&command), now).await;
            assert_eq!(number(&mut world, done).await, 0, "{text} in {mode:?}");
            let preview = last(&world, "Ida");
            assert!(preview.subject.starts_with("Venter på deg"), "{}", preview.subject);
            let yes = signed(&reply("Ida", &preview, "ja", now), now);
            arrives(&mut world, &rewritten(&yes), now).await;
            assert_eq!(number(&mut world, done).await, 1, "{text} in {mode:?}");
        }
        let proven = "select count(*) from inbox where proof ->> 'proof' = 'proven'";
        assert_eq!(number(&mut world, proven).await, 0, "{mode:?}");
    }
}

/// Every way in which a mail can ask for something to be sent elsewhere.
const ELSEWHERE: &str = "Reply-To: eve@evil.example\r\nSender: eve@evil.example\r\n\
    Resent-From: eve@evil.example\r\nResent-Sender: eve@evil.example\r\n\
    Errors-To: eve@evil.example\r\nReturn-Receipt-To: eve@evil.example\r\n\
    Disposition-Notification-To: eve@evil.example\r\nX-Confirm-Reading-To: eve@evil.example\r\n\
    Mail-Followup-To: eve@evil.example\r\nMail-Reply-To: eve@evil.example\r\n\
    Return-Path: <eve@evil.example>\r\nCc: eve@evil.example\r\n";

#[tokio::test]
async fn auth_15_a_thousand_mails_that_ask_to_be_answered_elsewhere_are_not() {
    let mut world = dinner(&["Kari", "Per"]).await;
    let invitation = last(&world, "Kari");
    let mut now = start();
    let texts = ["10 plasser", "hvem kommer?", "hjelp", "ja", "Nei, dessverre", "Hva er adressen?"];
    for round in 0..20 {
        now += TimeDelta::hours(2);
        for at in 0..50_usize {
            let (at_time, text) =
                (now + TimeDelta::seconds(i64::try_from(at).unwrap()), texts[at % 6]);
            let mail = match at % 5 {
                0 => letter(&world, "Ida", text, at_time),
                1 => signed(&letter(&world, "Ida", text, at_time), at_time),
                2 => reply("Kari", &invitation, text, at_time),
                3 => letter(&world, "Per", text, at_time),
                _ => letter(&world, "Olga", text, at_time),
            };
            // On top, and in the mail where the last ones stand.
            let mail = if at % 2 == 0 {
                under(ELSEWHERE, &mail)
            } else {
                let text = String::from_utf8(mail).unwrap();
                text.replacen("\r\n\r\n", &format!("\r\n{ELSEWHERE}\r\n"), 1).into_bytes()
            };
            world.post(&mail);
        }
        world.run(now + TimeDelta::minutes(1)).await;
        assert_eq!(
            number(&mut world, "select count(*) from inbox where state = 'received'").await,
            0,
            "{round}"
        );
    }
    let handled = "select count(*) from inbox where state = 'handled'";
    assert!(number(&mut world, handled).await >= 1000);
    let known = [address_of("Ida"), address_of("Kari"), address_of("Per")];
    for mail in &world.office.delivered {
        assert!(known.contains(&mail.recipient), "{}", mail.recipient);
        let raw = String::from_utf8_lossy(&mail.raw);
        let (head, _) = raw.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("evil") && !head.contains("disposition-notification"), "{head}");
    }
}

#[tokio::test]
async fn auth_16_a_colleague_for_whom_the_same_domain_vouches_has_nothing_large_done() {
    // Somebody else at Ida's provider writes as Ida. The signature is genuine, and nothing tells.
    let mut world = dinner(&["Kari", "Per"]).await;
    for name in ["Ola", "Anne"] {
        world.member(name, None, false).await;
    }
    let large = "select count(*) from audit where details @> '{\"large\": true}'";
    let acts = "select count(*) from audit where signals like 'ab%'";
    let (mut now, of_dinner) = (start(), number(&mut world, large).await);
    let asked_before = previews(&mut world).await;
    // What cannot be signed as it stands, in octets of its own, says nothing more than the others.
    let texts: Vec<&str> =
        commands_of_the_page().into_iter().filter(|text| text.is_ascii()).collect();
    for text in &texts {
        now += TimeDelta::hours(1);
        let delivered = world.office.delivered.len();
        // The preview goes to Ida; the colleague has not read it, and says yes to the table.
        for (minutes, text) in [(0, *text), (1, "ja"), (2, "yes"), (3, "1")] {
            let then = now + TimeDelta::minutes(minutes);
            let mail = signed(&letter(&world, "Ida", text, then), then);
            arrives(&mut world, &mail, then).await;
            assert_eq!(number(&mut world, large).await, of_dinner, "{text}");
        }
        let known = ["Ida", "Kari", "Per", "Ola", "Anne"].map(address_of);
        for mail in &world.office.delivered[delivered..] {
            assert!(known.contains(&mail.recipient), "{text}: {}", mail.recipient);
        }
    }
    let (asked, small) =
        (previews(&mut world).await - asked_before, number(&mut world, acts).await);
    println!("{} commands: {asked} previews to Ida, {small} small acts, 0 large", texts.len());
    assert!(texts.len() > 60 && asked > 30 && small > 5, "{asked} {small}");
}
