//! What stands around the commands of a mail never changes them, and what resembles one never runs.

use proptest::prelude::*;

use super::shared::{context, read, show};
use crate::command::lexicon::lexicon;
use crate::command::words::fold;
use crate::command::{Command, DigestAct, Further, Reading};

/// Each line of the table that asks for something or is asked about.
fn lines() -> Vec<&'static str> {
    let table = include_str!("lines.txt").lines().filter(|line| !line.starts_with('#'));
    let cases = table.filter_map(|line| line.split_once(" => "));
    cases.filter(|(_, expected)| *expected != "nothing").map(|(mail, _)| mail).collect()
}

/// What a mail asks for, without where reading stopped.
fn asks(mail: &str) -> String {
    show(&Reading { stopped: None, ..read(mail, "", context()) })
}

#[test]
fn greetings_signatures_and_quotes_change_nothing() {
    let quote =
        "\n\nDen tor. 26. nov. 2026 kl. 18:30 skrev Langbord <bord@example.org>:\n> avlys\n";
    let around = [
        ("Hei!\n\n", ""),
        ("Hei Langbord,\n", ""),
        ("Dear Langbord\n\n", ""),
        ("God kveld!\n", "\n\nMvh\nIda"),
        ("", "\n\nVennlig hilsen\nIda Lie\navlys"),
        ("", "\nmvh Ida"),
        ("", "\n\nTakk!\nflytt til fredag"),
        ("", "\n\nBest regards,\nTom"),
        ("", "\n\nIda"),
        ("", "\n-- \nIda Lie\nflytt til fredag"),
        ("", "\n\nSendt fra min iPhone"),
        ("", "\n\nSent from my Samsung Galaxy smartphone.\navlys"),
        ("", "\n\nGet Outlook for iOS<https://aka.ms/o0ukef>"),
        ("", quote),
        ("", "\n\n> avlys\n> flytt til fredag"),
        ("", "\n\nFra: Langbord <bord@example.org>\nEmne: Avlys?\n\navlys"),
        ("", "\n\n-----Original Message-----\nFrom: Langbord\ncancel"),
        ("\n\n  \n", "\n\n\n"),
    ];
    for line in lines() {
        let plain = asks(line);
        for (before, after) in around {
            assert_eq!(asks(&format!("{before}{line}{after}")), plain, "{before}{line}{after}");
        }
    }
}

#[test]
fn bullets_line_endings_and_odd_spaces_change_nothing() {
    for line in lines() {
        let plain = asks(line);
        for bullet in ["- ", "* ", "• ", "– ", "1) "] {
            // A digit after "1) " may be a number of its own: "1) 14" is no bullet.
            if bullet == "1) " && !line.contains(char::is_alphabetic) {
                continue;
            }
            let mail = format!("{bullet}{line}");
            assert_eq!(asks(&mail).replace(&mail, line), plain, "{mail}");
        }
        assert_eq!(asks(&format!("{line}\r\n\r\nMvh\r\nIda\r\n")), plain, "{line}");
        let spaced = line.replace(' ', "\u{a0}");
        assert_eq!(asks(&spaced).replace('\u{a0}', " "), plain, "{line}");
    }
}

#[test]
fn phones_without_norwegian_letters_ask_for_the_same() {
    for (neat, plain) in [
        ("flytt til lørdag", "flytt til lordag"),
        ("flytt til lørdag", "flytt til loerdag"),
        ("kjøkkenfrist 9. desember", "kjokkenfrist 9. desember"),
        ("øk til 14 plasser", "oek til 14 plasser"),
        ("oppmøte: alle", "oppmote: alle"),
        ("flytt til halv åtte", "flytt til halv atte"),
        ("flytt til halv åtte", "flytt til halv aatte"),
        ("flytt til lørdag", "flytt til lo\u{308}rdag"),
    ] {
        assert_eq!(asks(plain), asks(neat), "{plain}");
    }
}

/// Whether a reading would do something that is hard to take back.
fn is_destructive(reading: &Reading) -> bool {
    reading.problems.is_empty()
        && reading.commands.iter().any(|spotted| match &spotted.command {
            Command::Cancel { .. } | Command::Move { .. } | Command::Yes => true,
            Command::Further(further) => matches!(
                **further,
                Further::Erase { .. }
                    | Further::Remove { .. }
                    | Further::RemoveMember { .. }
                    | Further::ExportAll
                    | Further::Message { .. }
                    | Further::Organizer { .. }
                    | Further::Digest { what: DigestAct::Send }
            ),
            Command::Help { .. }
            | Command::Status { .. }
            | Command::New(_)
            | Command::Seats { .. }
            | Command::Invite { .. }
            | Command::No => false,
        })
}

/// One slip of a thumb.
#[derive(Debug, Clone)]
enum Slip {
    Insert(usize, char),
    Delete(usize),
    Replace(usize, char),
    Swap(usize),
}

fn slip() -> impl Strategy<Value = Slip> {
    let at = 0..24_usize;
    let letter = prop::char::ranges(vec!['a'..='z', 'æ'..='æ', 'ø'..='ø', 'å'..='å'].into());
    prop_oneof![
        (at.clone(), letter.clone()).prop_map(|(at, c)| Slip::Insert(at, c)),
        at.clone().prop_map(Slip::Delete),
        (at.clone(), letter).prop_map(|(at, c)| Slip::Replace(at, c)),
        at.prop_map(Slip::Swap),
    ]
}

fn slipped(word: &str, slips: &[Slip]) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    for slip in slips {
        let length = letters.len();
        match *slip {
            Slip::Insert(at, c) => letters.insert(at % (length + 1), c),
            Slip::Delete(at) if length > 1 => drop(letters.remove(at % length)),
            Slip::Replace(at, c) if length > 0 => letters[at % length] = c,
            Slip::Swap(at) if length > 1 => letters.swap(at % (length - 1), at % (length - 1) + 1),
            Slip::Delete(_) | Slip::Replace(..) | Slip::Swap(_) => {}
        }
    }
    letters.into_iter().collect()
}

fn verb() -> impl Strategy<Value = &'static str> {
    let single = lexicon().verbs.keys().filter(|phrase| !phrase.contains(' '));
    prop::sample::select(single.map(String::as_str).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn what_resembles_a_verb_is_never_carried_out(
        verb in verb(),
        slips in prop::collection::vec(slip(), 1..=2),
        rest in prop::sample::select(vec!["", " torsdag", " til fredag kl 19", " Per", " alt", " til alle: hei"]),
    ) {
        let typed = slipped(verb, &slips);
        // "vis til alle" with two slips is "si til alle", which is a verb of its own.
        let begins = format!("{} ", fold(&typed));
        prop_assume!(!lexicon().verbs.keys().any(|phrase| format!("{phrase} ").starts_with(&begins)));
        let reading = read(&format!("{typed}{rest}"), "", context());
        prop_assert!(!is_destructive(&reading), "{typed}{rest}: {}", show(&reading));
    }
}

proptest! {
    #[test]
    fn no_mix_of_our_own_words_makes_the_reader_panic(
        words in prop::collection::vec(word(), 0..60),
    ) {
        let _reading = read(&words.concat(), "", context());
    }
}

/// A word of the language with what may follow it.
fn word() -> impl Strategy<Value = String> {
    let sources = crate::command::lexicon::SOURCES;
    let quoted = sources.into_iter().flat_map(|(_, source)| source.split('"').skip(1).step_by(2));
    let mut words: Vec<&str> = quoted.collect();
    words.extend([
        "12",
        "12.",
        "3.",
        "10/12",
        "18.30",
        "1830",
        "7pm",
        "2026-12-10",
        "Kari",
        "kari@example.org",
        "ikke",
    ]);
    let after =
        prop::sample::select(vec![" ", " ", " ", ", ", ": ", "\n", "\n- ", "\n\n", ".\n", " – "]);
    (prop::sample::select(words), after).prop_map(|(word, after)| format!("{word}{after}"))
}
