//! A mail's text as lines: where reading begins and stops.
//!
//! Quotes and signatures have been cut already where they could be told; this is the second fence.
//! Invariant: nothing at or below a stop line is ever read.

use super::Stop;
use super::lexicon::{Role, Verb, lexicon, longest};
use super::line;
use super::near::may_be_command;
use super::when;
use super::words::{Word, fold, fold_name, split};

/// One line worth reading.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    /// Without indentation, bullet and trailing white space.
    pub(super) text: &'a str,
    /// The same with its bullet, for text that is passed on.
    pub(super) whole: &'a str,
    pub(super) words: Vec<Word>,
    /// Whether it was indented, and so belongs to the line before.
    pub(super) indented: bool,
    /// Whether an empty line stands before it.
    pub(super) after_blank: bool,
}

/// What of a text may be read.
#[derive(Debug, Default)]
pub(super) struct Lines<'a> {
    pub(super) read: Vec<Line<'a>>,
    /// The line at which reading stopped, and why.
    pub(super) stopped: Option<(&'a str, Stop)>,
    /// The first line that was not read because there are too many.
    pub(super) too_long: Option<&'a str>,
}

/// Lines of one mail that are read.
const MOST_LINES: usize = 200;

/// Octets of one mail that are read.
const MOST_OCTETS: usize = 20_000;

/// Splits a text of somebody who is called so into the lines to read.
pub(super) fn read<'a>(text: &'a str, sender: &str) -> Lines<'a> {
    let mut lines = Lines::default();
    let mut after_blank = false;
    let mut octets = 0;
    let all: Vec<&str> = text.split('\n').take(4 * MOST_LINES).collect();
    for (at, raw) in all.iter().enumerate() {
        octets += raw.len() + 1;
        let trimmed = raw.trim();
        if trimmed.is_empty() {
            after_blank = true;
            continue;
        }
        if lines.read.len() >= MOST_LINES || octets > MOST_OCTETS {
            lines.too_long = Some(trimmed);
            break;
        }
        if is_quote(trimmed, all.get(at + 1..).unwrap_or_default()) {
            lines.stopped = Some((trimmed, Stop::Quote));
            break;
        }
        let body = without_bullet(trimmed);
        let words = split(body);
        if words.is_empty() {
            continue;
        }
        if is_sign_off(&words, lines.read.is_empty()) {
            lines.stopped = Some((trimmed, Stop::SignOff));
            break;
        }
        let indented = raw.starts_with([' ', '\t', '\u{a0}']) && body.len() == trimmed.len();
        if let Some((text, words)) = after_greeting(body, words, lines.read.is_empty()) {
            lines.read.push(Line { text, whole: trimmed, words, indented, after_blank });
            after_blank = false;
        }
    }
    if lines.read.len() > 1
        && let Some(last) = pop_signature(&mut lines.read, sender)
        && lines.stopped.is_none()
    {
        lines.stopped = Some((last.whole, Stop::Signature));
    }
    lines
}

impl<'a> Lines<'a> {
    /// The same with the subject as its first line.
    pub(super) fn with_subject(mut self, subject: &'a str) -> Self {
        let words = split(subject);
        let line =
            Line { text: subject, whole: subject, words, indented: false, after_blank: false };
        self.read.insert(0, line);
        self
    }
}

/// Whether a subject is that of a reply or a forward, which repeats what somebody else wrote.
pub(super) fn is_reply_subject(subject: &str) -> bool {
    let words = split(subject);
    lexicon()
        .role(Role::ReplyPrefix, &words)
        .is_some_and(|count| words.get(count - 1).is_some_and(|word| word.breaks))
}

/// A line that opens what somebody else or a program wrote.
fn is_quote(line: &str, following: &[&str]) -> bool {
    if line.starts_with('>')
        || line == "--"
        || line.starts_with("-----")
        || line.starts_with("____")
    {
        return true;
    }
    let words = split(line);
    if lexicon().role(Role::Device, &words).is_some() {
        return true;
    }
    // "From: Anne <anne@example.org>", as Outlook begins a quote.
    let header = lexicon().role(Role::Header, &words).is_some_and(|count| count == 1);
    if header && line.contains(':') && (line.contains('@') || followed_by_headers(following)) {
        return true;
    }
    is_attribution(line, following)
}

/// Two more header lines below.
fn followed_by_headers(following: &[&str]) -> bool {
    following.len() >= 2
        && following
            .iter()
            .take(2)
            .all(|line| lexicon().role(Role::Header, &split(line)).is_some() && line.contains(':'))
}

/// "Den 12. mars 2027 kl. 18.30 skrev Langbord <…>:", also where it was folded over lines.
fn is_attribution(line: &str, following: &[&str]) -> bool {
    let opens =
        ["on ", "den ", "pa ", "le ", "am ", "tor", "man", "tir", "ons", "fre", "lor", "son"];
    let start = fold(line.get(..line.floor_char_boundary(8)).unwrap_or(line));
    let dated = opens.iter().any(|open| start.starts_with(open))
        && line.chars().any(|c| c.is_ascii_digit());
    let says = |line: &str| {
        line.trim_end().ends_with(':')
            && split(line)
                .iter()
                .any(|word| lexicon().role(Role::Wrote, std::slice::from_ref(word)).is_some())
    };
    if says(line) && (dated || line.contains('@') || line.contains('<')) {
        return true;
    }
    dated
        && following
            .iter()
            .take(2)
            .take_while(|next| !next.trim().is_empty())
            .any(|next| says(next))
}

/// `mvh`, `Hilsen Ida`, `takk!`, `stopp`: alone or with a name.
fn is_sign_off(words: &[Word], first: bool) -> bool {
    let alone = |count: usize, more: usize| words.len() <= count + more;
    // "Ta av Per" is no thank-you, whatever English makes of it.
    let verb = line::opening(words).map_or(0, |opening| opening.taken);
    let stop = lexicon().role(Role::Stop, words).is_some_and(|count| alone(count, 0));
    let sign_off =
        lexicon().role(Role::SignOff, words).is_some_and(|count| alone(count, 4) && verb <= count);
    // "Takk for sist!" opens a mail as often as "Takk!" closes one.
    let thanks = !first && lexicon().role(Role::Thanks, words).is_some_and(|count| alone(count, 2));
    stop || sign_off || thanks
}

/// The line without a greeting in front; `None` where it is nothing but a greeting.
fn after_greeting(line: &str, words: Vec<Word>, first: bool) -> Option<(&str, Vec<Word>)> {
    if !first {
        return Some((line, words));
    }
    let greeting =
        lexicon().role(Role::Greeting, &words).or_else(|| lexicon().role(Role::Thanks, &words));
    let Some(count) = greeting else { return Some((line, words)) };
    // "Hei Langbord, flytt til kl 20": the command begins after the comma.
    let comma = words.iter().take(count + 3).skip(count - 1).position(|word| word.breaks);
    let rest = words.get(comma.map_or(count, |at| count + at)..).unwrap_or_default();
    let from = rest.first()?.at.start;
    if rest.len() <= 3 && !may_be_command(rest) && is_addressed(rest) {
        return None;
    }
    let text = line.get(from..)?;
    Some((text, split(text)))
}

/// Whether words after a greeting only say who is greeted: nothing in them is of our language.
fn is_addressed(words: &[Word]) -> bool {
    let known = |at: usize| {
        let rest = words.get(at..).unwrap_or_default();
        longest(&lexicon().answers, rest).is_some() || when::read(rest).is_some()
    };
    !(0..words.len()).any(known)
}

/// Signs that begin the items of a list.
const BULLETS: [char; 9] = ['-', '*', '•', '–', '—', '·', '→', '☐', '✔'];

/// A line without `-`, `*`, `•`, `1.` or `1)` before it. "-3 plasser" is less, and no list.
fn without_bullet(line: &str) -> &str {
    let dashed = line.trim_start_matches(BULLETS);
    if dashed.len() < line.len() && !dashed.starts_with(|c: char| c.is_ascii_digit()) {
        return dashed.trim_start();
    }
    let digits = line.chars().take_while(char::is_ascii_digit).count();
    let Some(rest) = line.get(digits..).filter(|_| (1..=2).contains(&digits)) else { return line };
    // "12. mars: avlys" begins with a date and not with a number of ours.
    let dated = || when::read(&split(line)).is_some_and(|(_, count)| count > 1);
    let rest = match (rest.strip_prefix(')'), rest.strip_prefix('.')) {
        (Some(rest), _) => rest,
        (None, Some(rest)) if !dated() => rest,
        (None, _) => return line,
    };
    let spaced = rest.starts_with([' ', '\t']) && rest.contains(char::is_alphabetic);
    if spaced { rest.trim_start() } else { line }
}

/// The sender's own name alone at the very end, after an empty line, a dash or a plain yes, is a
/// signature. Any other name is somebody whom the line above may be about, and so is an item of a
/// list.
fn pop_signature<'a>(lines: &mut Vec<Line<'a>>, sender: &str) -> Option<Line<'a>> {
    let before = lines.len().checked_sub(2).and_then(|at| lines.get(at))?;
    let answered = line::opening(&before.words)
        .is_some_and(|opening| matches!(opening.verb, Verb::Yes | Verb::No));
    let awaited = before.text.ends_with(':');
    let listed = before.whole.starts_with(BULLETS);
    lines.pop_if(|last| {
        let dashed = last.whole.starts_with(['-', '–', '—', '/']);
        let apart = last.after_blank || dashed || answered;
        let awaited = awaited && !last.after_blank;
        apart && !awaited && !(listed && dashed) && is_name_of(sender, last.text)
    })
}

/// Whether somebody signs so: with all of their name, with parts of it in order, or with its first
/// letters.
fn is_name_of(sender: &str, signed: &str) -> bool {
    let (name, signed) = (fold_name(sender), fold_name(signed));
    let mut parts = name.split([' ', '-']).filter(|part| !part.is_empty());
    let initials: String = parts.clone().filter_map(|part| part.chars().next()).collect();
    let letters: String = signed.chars().filter(|c| c.is_alphanumeric()).collect();
    let mut whole = false;
    let in_order = signed.split([' ', '-']).all(|word| {
        let word = word.trim_matches('.');
        let found = parts.find(|part| *part == word || (whole && part.starts_with(word)));
        whole |= found == Some(word);
        found.is_some()
    });
    !letters.is_empty() && (in_order || (initials.len() > 1 && letters == initials))
}
