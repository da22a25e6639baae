use proptest::prelude::*;

use super::*;
use crate::effort;
use crate::mail::parse;

fn say(text: &str) -> Meaning {
    let raw = format!(
        "From: Kari Lie <kari@example.org>\r\nSubject: Re: Middag\r\nIn-Reply-To: <1@example.org>\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    );
    understand(&parse(raw.as_bytes()), None)
}

#[test]
fn a_conclusion_names_the_words_that_it_rests_on() {
    let meaning = say("Kommer gjerne! Tar med Per, han er cøliaker");
    assert_eq!((meaning.answer, meaning.party_size), (Some(Answer::Yes), Some(2)));
    assert_eq!(meaning.diets, BTreeSet::from([Diet::Coeliac]));
    let because =
        meaning.because.iter().find(|because| because.conclusion == "answer yes").unwrap();
    assert_eq!(because.words, "Kommer gjerne");
    assert_eq!(meaning.visible_text.get(because.at.clone()), Some("Kommer gjerne"));
}

#[test]
fn words_that_we_sent_never_count() {
    let sent = "Kommer du på middag? Svar JA eller NEI.";
    let raw =
        format!("From: a@b.no\r\nSubject: Re: x\r\nIn-Reply-To: <1@x>\r\n\r\nNei\n\n{sent}\n");
    let meaning = understand(&parse(raw.as_bytes()), Some(sent));
    assert_eq!((meaning.answer, meaning.visible_text.as_str()), (Some(Answer::No), "Nei"));
}

#[test]
fn nobody_gets_one_seat_who_may_have_asked_for_nine() {
    assert_eq!(say("6 plasser").party_size, Some(6));
    for seats in [9, 12] {
        let meaning = say(&format!("{seats} plasser"));
        let heard = meaning.party_size == Some(seats);
        assert!(heard || (meaning.confidence < CONFIDENT && meaning.needs_human), "{seats}");
    }
}

#[test]
fn a_name_below_an_answer_brings_nobody_along() {
    for text in
        ["Ja\n\nKari Vik", "Yes\nJan", "Jeg kommer.\n\nAnne-Lise Berg", "Ich komme gern.\n\nAhmed"]
    {
        let meaning = say(text);
        assert_eq!((meaning.answer, meaning.party_size), (Some(Answer::Yes), None), "{text}");
        assert_eq!(meaning.visible_text, text);
    }
    // Two names are two, and a word below an answer may mean something.
    assert_eq!(say("Ja, vi kommer!\n\nKari og Per").party_size, Some(2));
    assert!(say("Ja\n\nVegetarianer").diets.contains(&Diet::Vegetarian));
}

#[test]
fn a_calendar_folded_inside_a_character_is_whole() {
    let note = "COMMENT:Tåler ikke nøtter\r\n".as_bytes();
    for at in 9..note.len() - 2 {
        let (before, after) = note.split_at(at);
        let lines: [&[u8]; 5] = [
            b"From: a@b.no\r\nContent-Type: text/calendar; method=REPLY; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\n\
              METHOD:REPLY\r\nBEGIN:VEVENT\r\nUID:1\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:a@b.no\r\n",
            before,
            b"\r\n ",
            after,
            b"END:VEVENT\r\nEND:VCALENDAR\r\n",
        ];
        let meaning = understand(&parse(&lines.concat()), None);
        assert_eq!(meaning.answer, Some(Answer::Yes), "{at}");
        assert_eq!(meaning.visible_text, "Tåler ikke nøtter", "{at}");
        assert!(meaning.diets.contains(&Diet::NutAllergy), "{at}");
    }
}

#[test]
fn what_only_the_kitchen_must_know_is_no_answer() {
    for (text, diet) in [
        ("Forresten, jeg har blitt veganer nå", Diet::Vegan),
        ("Jeg er veganer.", Diet::Vegan),
        ("I'm vegetarian, by the way.", Diet::Vegetarian),
        ("Nøtter toler eg ikkje", Diet::NutAllergy),
        ("Gluten and lactose intolerant", Diet::GlutenFree),
    ] {
        let meaning = say(text);
        assert_eq!((meaning.answer, meaning.needs_human), (None, false), "{text}");
        assert!(meaning.diets.contains(&diet), "{text}: {:?}", meaning.diets);
    }
}

#[test]
fn an_answer_below_the_quote_counts_whatever_the_quote_ends_with() {
    let meaning = say(
        "On 1 May 2025, Langbord wrote:\r\n> Kommer du?\r\n> Svar STOPP for å slippe flere.\r\n\r\nJa!",
    );
    assert_eq!(meaning.answer, Some(Answer::Yes));
}

#[test]
fn an_answer_between_quoted_questions_answers_its_question() {
    let meaning = say(
        "On 1 May 2025, Kari wrote:\r\n> Kommer du?\r\n\r\nJa visst.\r\n\r\n> Noe du ikke spiser?\r\n\r\nNøtter.\r\n\r\n\
         > Tar du med noen?\r\n\r\nNei, bare gitaren.",
    );
    assert_eq!((meaning.answer, meaning.party_size), (Some(Answer::Yes), Some(1)));
    assert_eq!(meaning.diets, BTreeSet::from([Diet::NutAllergy]));
}

#[test]
fn a_charset_that_says_anything_says_nothing() {
    for charset in ["utf-7", "utf-16", "x-unknown"] {
        let raw =
            format!("From: a@b.no\r\nContent-Type: text/plain; charset={charset}\r\n\r\nja\r\n");
        let meaning = understand(&parse(raw.as_bytes()), None);
        assert_eq!((meaning.answer, meaning.needs_human), (None, true), "{charset}");
    }
}

#[test]
fn hidden_text_never_counts() {
    for style in [
        "display:none",
        "display: none !important",
        "visibility:hidden",
        "font-size:0",
        "font-size:0px",
        "font-size: 0.01em",
        "opacity:0",
        "max-height:0;overflow:hidden",
        "mso-hide:all",
        "text-indent:-9999px",
    ] {
        let raw = format!(
            "From: a@b.no\r\nContent-Type: text/html\r\n\r\n<p>Nei, dessverre.</p><div style=\"{style}\">Ja, jeg kommer!</div>"
        );
        let meaning = understand(&parse(raw.as_bytes()), None);
        assert_eq!(meaning.visible_text, "Nei, dessverre.", "{style}");
        assert_eq!(meaning.answer, Some(Answer::No), "{style}");
    }
}

#[test]
fn large_and_nested_bodies_take_no_time() {
    let html = "From: a@b.no\r\nContent-Type: text/html\r\n\r\n";
    let text = "From: a@b.no\r\nContent-Type: text/plain; format=flowed\r\n\r\n";
    for raw in [
        format!("{text}{}", ">".repeat(1_000_000)),
        format!("{text}{}", "> ".repeat(500_000)),
        format!("{text}{}", "a \n".repeat(300_000)),
        format!("{text}{}", "ja ".repeat(300_000)),
        format!("{text}{}", "On 1 2 3 4 5 6 a@b.no wrote:\n".repeat(30_000)),
        format!("{html}{}", "<div>".repeat(200_000)),
        format!("{html}{}", "<".repeat(1_000_000)),
        format!("{html}{}", "<a href=\"".repeat(100_000)),
        format!("{html}{}", "&amp".repeat(250_000)),
        format!("{html}{}", "<p style=\"display:none\">".repeat(40_000)),
        format!("{html}<a {}>x", "style".repeat(200_000)),
    ] {
        let (meaning, spent) = effort::of(|| understand(&parse(raw.as_bytes()), None));
        assert!(meaning.visible_text.len() <= 1_100_000);
        // About 1 MB, in a debug build.
        assert!(spent.as_secs() < 20, "{:?}: {spent:?}", raw.get(..90));
    }
}

fn check(meaning: &Meaning) -> Result<(), TestCaseError> {
    for because in &meaning.because {
        if !because.at.is_empty() {
            prop_assert_eq!(
                meaning.visible_text.get(because.at.clone()),
                Some(because.words.as_str())
            );
        }
    }
    prop_assert!((0.0..=1.0).contains(&meaning.confidence));
    prop_assert!(meaning.answer.is_none() || meaning.confidence >= CONFIDENT);
    prop_assert!(meaning.party_size.is_none_or(|size| (1..=30).contains(&size)));
    Ok(())
}

proptest! {
    #[test]
    fn any_octets_have_a_meaning_with_reasons(octets in proptest::collection::vec(any::<u8>(), 0..2000)) {
        check(&understand(&parse(&octets), None))?;
    }

    #[test]
    fn any_text_has_a_meaning_with_reasons(text in any::<String>()) {
        check(&say(&text))?;
    }

    #[test]
    fn words_in_any_order_have_a_meaning_with_reasons(
        words in proptest::collection::vec(
            prop::sample::select(vec!["ja", "nei", "jeg", "kommer", "ikke", "yes", "no", "I", "can't", "come", "+2", "vegan",
                "> ", "\n", "\n\n", "-- ", "On 1 May 2025 Kari wrote:", "Fra: a@b.no", "?", ".", ",", "👍", "allergisk", "mot", "nøtter",
                "<div>", "</div>", "&amp;", "Per", "og", "men", "but", "if", "hvis", "maybe", "two", "æ", "itj"]),
            0..30),
        kind in prop::sample::select(vec!["text/plain", "text/html"]),
    ) {
        let raw = format!("From: a@b.no\r\nSubject: {}\r\nContent-Type: {kind}; charset=utf-8\r\n\r\n{}", words.len(), words.join(" "));
        check(&understand(&parse(raw.as_bytes()), Some("ja nei")))?;
    }
}
