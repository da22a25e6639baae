//! What the person wrote in this mail: quotes, attributions, signatures, adverts cut away.
//!
//! Invariant: every line of the body is either kept or named in a [`Cut`]; when unsure, keep.

use std::ops::Range;

use super::lexicon;
use super::lines::{self, Line, Zone};
use crate::mail::Message;

mod attribution;
mod contact;
mod header;
mod signature;

/// The person's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visible {
    /// The kept lines.
    pub text: String,
    /// What was cut, in order.
    pub cuts: Vec<Cut>,
    /// For answers typed between quoted lines: where each begins in `text` and what was asked.
    pub asked: Vec<Asked>,
    /// How many of the cuts stand above the last kept line.
    above: usize,
}

impl Visible {
    /// A text of which everything is the person's own.
    pub fn typed(text: String) -> Self {
        Self { text, ..Self::default() }
    }

    /// The first line of what was cut below the person's last words, and why it was cut.
    pub fn end(&self) -> Option<(&str, Why)> {
        let below = self.cuts.get(self.above..)?.iter();
        below
            .filter(|cut| cut.why != Why::Boilerplate)
            .find_map(|cut| Some((cut.text.lines().find(|line| !line.trim().is_empty())?, cut.why)))
            .map(|(line, why)| (line.trim(), why))
    }
}

/// Lines that were cut for one reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Why.
    pub why: Why,
    /// The lines.
    pub text: String,
}

/// Why a line is not the person's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Marked as a quote.
    Quote,
    /// `On … wrote:`.
    Attribution,
    /// Below an attribution or header block without quote marks.
    Original,
    /// We sent these words.
    Sent,
    /// A signature.
    Signature,
    /// Sent from my telephone.
    Device,
    /// A disclaimer, warning banner or advert that a mail system added.
    Boilerplate,
}

impl Why {
    /// For a program, in a word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Quote | Self::Attribution | Self::Original | Self::Sent => "quote",
            Self::Signature => "signature",
            Self::Device => "device",
            Self::Boilerplate => "boilerplate",
        }
    }

    /// For a person.
    pub fn name(self) -> &'static str {
        match self {
            Self::Quote => "marked as a quote",
            Self::Attribution => "attribution",
            Self::Original => "the mail that was answered",
            Self::Sent => "our own words",
            Self::Signature => "signature",
            Self::Device => "added by a mail program",
            Self::Boilerplate => "added by a mail system",
        }
    }
}

/// A quoted line and the place of the answer below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Octet offset in the visible text.
    pub at: usize,
    /// The quoted line.
    pub question: String,
}

/// Answers between quoted lines that are told apart.
const MAX_ASKED: usize = 100;

type Labels = Vec<Option<Why>>;

/// Reads the body of a mail. `sent` is our own text, if known.
pub fn visible(message: &Message, sent: Option<&str>) -> Visible {
    let (lines, labels) = labelled(message, sent);
    assemble(&lines, &labels)
}

/// The body line by line as it is read: quote marks written out, and why a line is not the
/// person's own.
pub fn as_read(message: &Message) -> Vec<(String, Option<Why>)> {
    let (lines, labels) = labelled(message, None);
    let texts = lines.iter().map(|line| "> ".repeat(line.depth.min(5)) + line.text.trim_end());
    texts.zip(labels).collect()
}

fn labelled(message: &Message, sent: Option<&str>) -> (Vec<Line>, Labels) {
    let words = lexicon::mail();
    let lines = attribution::split_shared_lines(lines::body(message), words);
    let mut labels: Labels =
        lines.iter().map(|line| (line.depth > 0).then_some(Why::Quote)).collect();
    if let Some(sent) = sent {
        mark_sent(&lines, sent, &mut labels);
    }
    mark_wrapped_quotes(&lines, &mut labels);
    attribution::mark(&lines, words, &mut labels);
    header::mark(&lines, words, &mut labels, message);
    signature::mark(&lines, words, &mut labels, &message.from_name);
    (lines, labels)
}

/// Lines of our own mail count as ours wherever they stand, once they are long enough to be
/// nobody else's.
fn mark_sent(lines: &[Line], sent: &str, labels: &mut Labels) {
    let squash = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let ours: std::collections::BTreeSet<String> =
        sent.lines().map(squash).filter(|line| line.chars().count() >= 12).collect();
    for (line, label) in lines.iter().zip(labels.iter_mut()) {
        if label.is_none() && ours.contains(&squash(&line.text)) {
            *label = Some(Why::Sent);
        }
    }
}

/// A quoted line that a program wrapped without repeating the mark: the line was full, it breaks off
/// in the middle of a sentence, and what follows begins in lower case.
fn mark_wrapped_quotes(lines: &[Line], labels: &mut Labels) {
    for (at, pair) in lines.windows(2).enumerate() {
        let [above, line] = pair else { continue };
        let is_full = above.depth > 0 && above.text.chars().count() >= 65;
        let is_open = !above.text.trim_end().ends_with(['.', '?', '!', ':']);
        let goes_on = line.depth == 0 && line.text.trim_start().starts_with(char::is_lowercase);
        let quote_follows = lines.get(at + 2).is_some_and(|below| below.depth > 0);
        let is_link =
            above.depth > 0 && line.depth == 0 && quote_follows && ends_a_link(&line.text);
        if (is_full && is_open && goes_on || is_link)
            && let Some(label) = labels.get_mut(at + 1)
        {
            *label = Some(Why::Quote);
        }
    }
}

/// The rest of a link that was broken over lines: one long word of the kind that nobody types.
fn ends_a_link(line: &str) -> bool {
    let word = line.trim().trim_end_matches(['>', ' ']);
    let is_technical = word.contains("://") || word.contains(['=', '%', '&', '_']);
    word.len() >= 10 && is_technical && !word.contains(char::is_whitespace)
}

/// Lines of a range with their labels, reached without a walk from the first line.
fn pairs<'a>(
    lines: &'a [Line],
    labels: &'a Labels,
    range: Range<usize>,
) -> impl DoubleEndedIterator<Item = (&'a Line, &'a Option<Why>)> + ExactSizeIterator {
    let labels = labels.iter().take(range.end).skip(range.start);
    lines.iter().take(range.end).skip(range.start).zip(labels)
}

fn assemble(lines: &[Line], labels: &Labels) -> Visible {
    let mut visible = Visible::default();
    let mut blank = 0;
    let mut question = None;
    let mut fresh = true;
    for (line, label) in lines.iter().zip(labels) {
        if let Some(why) = *label {
            cut(&mut visible.cuts, why, line);
            if why == Why::Quote && !line.text.trim().is_empty() {
                question = Some(line.text.trim().to_owned());
            }
            fresh = true;
            blank = blank.max(1);
            continue;
        }
        if line.text.trim().is_empty() {
            blank += 1;
            continue;
        }
        if !visible.text.is_empty() {
            visible.text.push_str(if blank > 0 { "\n\n" } else { "\n" });
        }
        blank = 0;
        if std::mem::take(&mut fresh)
            && visible.asked.len() < MAX_ASKED
            && let Some(question) = question.take()
        {
            visible.asked.push(Asked { at: visible.text.len(), question });
        }
        visible.text.push_str(line.text.trim_end());
        visible.above = visible.cuts.len();
    }
    visible
}

fn cut(cuts: &mut Vec<Cut>, why: Why, line: &Line) {
    match cuts.last_mut().filter(|cut| cut.why == why) {
        Some(cut) => {
            cut.text.push('\n');
            cut.text.push_str(&line.text);
        }
        None => cuts.push(Cut { why, text: line.text.clone() }),
    }
}

fn is_signature_zone(line: &Line) -> bool {
    line.zone == Zone::Signature
}
