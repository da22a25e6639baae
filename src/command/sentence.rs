//! Several commands on one line: `14 plasser, og inviter Per. Takk!`
//!
//! Invariant: a line is only taken apart before words that are a command as written, so that what
//! is cut off is carried out or asked about, and never lost.

use super::lexicon::{Role, Verb, lexicon, longest};
use super::line::{count_of_seats, opening, without_at_most};
use super::lines::Line;
use super::words::{Word, colon_after, ends_sentence, split};
use super::{Context, line};

/// The commands of a line, each as a line of its own, without thanks at the end.
pub(super) fn apart<'a>(line: &Line<'a>, context: Context) -> Vec<Line<'a>> {
    let words = line.words.as_slice();
    let mut starts = vec![0];
    let answers = |words: &[Word]| line::begins_answer(line.text, words, context);
    for at in 1..words.len() {
        let begun = words.get(*starts.last().unwrap_or(&0)..).unwrap_or_default();
        if answers(begun) {
            if is_next_answer(line.text, words, at) && answers(words.get(at..).unwrap_or_default())
            {
                starts.push(at);
            }
            continue;
        }
        if is_whole(begun) || !begins_command(begun) {
            break;
        }
        let parted = if is_cancel(begun) {
            is_boundary(line.text, words, at, false) || is_next_order(line.text, words, at)
        } else {
            is_boundary(line.text, words, at, true)
        };
        if parted && !goes_on_inviting(begun, words, at) {
            starts.push(at);
        }
    }
    let ends = starts.iter().skip(1).copied().chain([words.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| part(line, words.get(*start..end)?)).collect()
}

/// Whether free text or a block follows, which is nobody's to take apart.
fn is_whole(words: &[Word]) -> bool {
    match opening(words).map(|opening| opening.verb) {
        Some(
            Verb::New
            | Verb::Yes
            | Verb::No
            | Verb::Help
            | Verb::Why
            | Verb::Question
            | Verb::Menu
            | Verb::Read
            | Verb::Note
            | Verb::Message
            | Verb::Change
            | Verb::Nominate
            | Verb::Settings,
        ) => true,
        Some(_) | None => false,
    }
}

/// Whether what follows only says whom else to invite: `inviter Kari, og nye medlemmer`.
fn goes_on_inviting(begun: &[Word], words: &[Word], at: usize) -> bool {
    let rest = words.get(at..).unwrap_or_default();
    let rest = rest.get(lexicon().role(Role::And, rest).unwrap_or(0)..).unwrap_or_default();
    opening(begun).is_some_and(|opening| opening.verb == Verb::Invite)
        && lexicon().circle(rest).is_some_and(|(_, count)| {
            let after = rest.get(count..).unwrap_or_default();
            after.is_empty() || lexicon().role(Role::To, after).is_some()
        })
}

/// After "avlys" a comma begins the reason, or a further order.
fn is_cancel(words: &[Word]) -> bool {
    opening(words).is_some_and(|opening| opening.verb == Verb::Cancel)
}

/// `avlys torsdag, inviter alle til fredag`: no reason is an order. "Vi må flytte" may be one.
fn is_next_order(line: &str, words: &[Word], at: usize) -> bool {
    let (Some(before), Some(here)) = (words.get(at - 1), words.get(at..)) else { return false };
    let order = longest(&lexicon().verbs, here).is_some_and(|(verb, _)| verb.is_order());
    before.breaks && !colon_after(line, before) && order
}

/// `Per ja, Kari nei`, `Per nei, men Kari kommer`.
fn is_next_answer(line: &str, words: &[Word], at: usize) -> bool {
    let (Some(before), Some(here)) = (words.get(at - 1), words.get(at..)) else { return false };
    let and = lexicon().role(Role::And, here).or_else(|| lexicon().role(Role::But, here));
    and.is_some() || before.breaks || ends_sentence(line, before)
}

fn is_boundary(line: &str, words: &[Word], at: usize, comma: bool) -> bool {
    let (Some(before), Some(here)) = (words.get(at - 1), words.get(at..)) else { return false };
    let and = here
        .first()
        .is_some_and(|word| lexicon().role(Role::And, std::slice::from_ref(word)).is_some());
    (and || ends_sentence(line, before) || (comma && before.breaks && !colon_after(line, before)))
        && begins_command(here)
}

fn begins_command(words: &[Word]) -> bool {
    let and = lexicon().role(Role::And, words).unwrap_or(0);
    let rest = words.get(and..).unwrap_or_default();
    let verb = opening(rest).is_some_and(|opening| !matches!(opening.verb, Verb::Yes | Verb::No));
    verb || count_of_seats(without_at_most(rest)).is_some()
}

/// Without "takk", "please" or "mvh Ida" after the last command.
fn without_thanks<'w>(line: &str, words: &'w [Word]) -> &'w [Word] {
    let known = |at: usize| {
        let begun = words.get(..at).unwrap_or_default();
        opening(begun).is_some() || count_of_seats(without_at_most(begun)).is_some()
    };
    let end = (1..words.len()).find(|at| {
        let (Some(before), Some(rest)) = (words.get(at - 1), words.get(*at..)) else {
            return false;
        };
        let thanks = lexicon().role(Role::Thanks, rest);
        let polite = lexicon().role(Role::Polite, rest);
        let last = [thanks, polite].into_iter().flatten().any(|count| count == rest.len());
        let sign_off = thanks.or_else(|| lexicon().role(Role::SignOff, rest));
        let name = sign_off.is_some_and(|count| rest.len() <= count + 2);
        (before.breaks || ends_sentence(line, before)) && name || last
    });
    match end.filter(|at| known(*at) && !is_whole_text(words)) {
        Some(end) => words.get(..end).unwrap_or(words),
        None => words,
    }
}

/// Free text keeps its last words, whatever they are; "ja takk" is a phrase of its own.
fn is_whole_text(words: &[Word]) -> bool {
    let opened = opening(words);
    let all = opened.is_some_and(|opening| opening.taken == words.len());
    let yes_or_no = opened.is_some_and(|opening| matches!(opening.verb, Verb::Yes | Verb::No));
    all || (is_whole(words) && !yes_or_no)
}

fn part<'a>(line: &Line<'a>, words: &[Word]) -> Option<Line<'a>> {
    let words = without_thanks(line.text, words);
    let and = lexicon().role(Role::And, words).or_else(|| lexicon().role(Role::But, words));
    let and = and.unwrap_or(0);
    let (first, last) = (words.get(and)?, words.last()?);
    let after = line.text.get(last.at.end..)?;
    let signs = after.len() - after.trim_start_matches(|c: char| !c.is_alphanumeric()).len();
    // What stands before the first word of a line is the line's: a minus.
    let is_first = and == 0 && words.first() == line.words.first();
    let from = if is_first { 0 } else { first.at.start };
    let text = line.text.get(from..last.at.end + signs)?.trim_end();
    let whole = if text.len() == line.text.len() { line.whole } else { text };
    Some(Line { text, whole, words: split(text), ..*line })
}
