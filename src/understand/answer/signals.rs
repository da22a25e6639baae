//! The cues of a text in their order, each with its subject and what stands around it.

use std::ops::Range;

use super::{About, Reading};
use crate::understand::pattern::{Hit, Topic};
use crate::understand::text::{Pause, Sentence, Token};
use crate::understand::{Answer, Meaning, lexicon};

/// How a cue speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cue {
    /// States it: "I'll be there".
    Say(Answer),
    /// A word of answer: "yes".
    Word(Answer),
    /// Lets one guess: "we're in Lisbon then".
    Hint(Answer),
    /// Wishes: "I'd love to".
    Like,
    /// Makes a condition.
    If,
    /// Answers for several dinners.
    Several,
    /// Sends or offers somebody else.
    Substitute,
    /// Will answer later.
    Later,
    /// Sarcasm on which two readers would differ.
    Irony,
}

/// Kinds of cues.
pub const CUES: usize = 15;

/// Which kinds of cues there are among the signals.
pub(super) fn kinds(signals: &[Signal]) -> [bool; CUES] {
    let kinds = [
        Cue::Say(Answer::Yes),
        Cue::Say(Answer::No),
        Cue::Say(Answer::Maybe),
        Cue::Word(Answer::Yes),
        Cue::Word(Answer::No),
        Cue::Word(Answer::Maybe),
        Cue::Hint(Answer::Yes),
        Cue::Hint(Answer::No),
        Cue::Hint(Answer::Maybe),
        Cue::Like,
        Cue::If,
        Cue::Several,
        Cue::Substitute,
        Cue::Later,
        Cue::Irony,
    ];
    kinds.map(|kind| signals.iter().any(|signal| signal.cue == kind))
}

/// Who comes or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// The writer.
    Own,
    /// Somebody named or spoken of: "Kari can't come".
    Other,
    /// Somebody of the writer's: "my wife can't come". Says nothing about the writer.
    Relative,
    /// A thing: "the dog can't be left alone".
    Thing,
}

/// A cue at its place.
#[derive(Debug)]
pub(super) struct Signal {
    pub cue: Cue,
    pub sentence: usize,
    /// Tokens of the sentence.
    pub at: Range<usize>,
    pub subject: Subject,
    /// A "but" stands before it in the sentence.
    pub contrast_before: bool,
    /// A "but" stands behind it in the sentence.
    pub contrast_behind: bool,
    /// Its sentence ends in a question mark.
    pub asks: bool,
    /// Index of its reason.
    pub because: usize,
}

impl Signal {
    /// Within a few words of another.
    pub fn near(&self, other: &Self) -> bool {
        let gap = if self.at.start < other.at.start {
            other.at.start.saturating_sub(self.at.end)
        } else {
            self.at.start.saturating_sub(other.at.end)
        };
        gap <= 3
    }
}

/// All cues of a text.
pub(super) fn collect(reading: &Reading<'_>, meaning: &mut Meaning) -> Vec<Signal> {
    let mut signals = Vec::new();
    for (index, sentence) in reading.sentences.iter().enumerate() {
        let about = reading.asked.get(index).copied().flatten();
        let mut before = 0;
        for hit in reading.hits(Topic::Answer, index) {
            let free = std::mem::replace(&mut before, hit.tokens.end)..hit.tokens.start;
            let Some(cue) = cue(hit.meaning) else {
                meaning.because.push(reading.because("set aside".to_owned(), sentence, &hit));
                continue;
            };
            let cue = negated(cue, sentence, &hit, &free);
            // "If I can't come" declines nothing.
            let supposed = cue == Cue::Say(Answer::No) && in_condition(sentence, &hit);
            if supposed || !counts(cue, about, sentence, &hit) {
                meaning.because.push(reading.because(
                    "set aside in a question".to_owned(),
                    sentence,
                    &hit,
                ));
                continue;
            }
            meaning.because.push(reading.because("heard".to_owned(), sentence, &hit));
            signals.push(Signal {
                cue,
                sentence: index,
                at: hit.tokens.clone(),
                subject: match cue {
                    Cue::Say(_) | Cue::Hint(_) | Cue::Like => subject(sentence, &hit),
                    // "Det er cupfinale, så nei": a word of answer is the writer's.
                    Cue::Word(_)
                    | Cue::If
                    | Cue::Several
                    | Cue::Substitute
                    | Cue::Later
                    | Cue::Irony => Subject::Own,
                },
                contrast_before: contrast(sentence, 0..hit.tokens.start),
                contrast_behind: contrast(sentence, hit.tokens.end..sentence.tokens.len()),
                asks: sentence.asks,
                because: meaning.because.len() - 1,
            });
        }
    }
    signals
}

fn cue(meaning: &str) -> Option<Cue> {
    Some(match meaning {
        "yes" => Cue::Say(Answer::Yes),
        "no" => Cue::Say(Answer::No),
        "maybe" => Cue::Say(Answer::Maybe),
        "yes-word" => Cue::Word(Answer::Yes),
        "no-word" => Cue::Word(Answer::No),
        "yes-hint" => Cue::Hint(Answer::Yes),
        "no-hint" => Cue::Hint(Answer::No),
        "maybe-hint" => Cue::Hint(Answer::Maybe),
        "like" => Cue::Like,
        "if" => Cue::If,
        "several" => Cue::Several,
        "substitute" => Cue::Substitute,
        "later" => Cue::Later,
        "irony" => Cue::Irony,
        _mask => return None,
    })
}

/// A statement of coming with a "not" behind or right before it says the opposite.
fn negated(cue: Cue, sentence: &Sentence, hit: &Hit, free: &Range<usize>) -> Cue {
    match cue {
        Cue::Say(Answer::Yes) => {}
        Cue::Say(Answer::No) | Cue::Word(Answer::No) if denied(sentence, hit, free) => {
            return Cue::Say(Answer::Yes);
        }
        Cue::Say(_)
        | Cue::Word(_)
        | Cue::Hint(_)
        | Cue::Like
        | Cue::If
        | Cue::Several
        | Cue::Substitute
        | Cue::Later
        | Cue::Irony => return cue,
    }
    let is_not = |token: &Token| lexicon::people().nots.has(&token.word, sentence.languages);
    let last_pause = hit
        .tokens
        .end
        .checked_sub(1)
        .and_then(|last| sentence.tokens.get(last))
        .map_or(Pause::None, |token| token.pause);
    let mut behind = 0;
    if last_pause == Pause::None {
        for token in sentence.tokens.iter().skip(hit.tokens.end).take(4) {
            if lexicon::people().joins.has(&token.word, sentence.languages) {
                break;
            }
            behind += usize::from(is_not(token));
            if token.pause > Pause::None
                || lexicon::people().contrast.has(&token.word, sentence.languages)
            {
                break;
            }
        }
    }
    let before = sentence
        .tokens
        .iter()
        .take(hit.tokens.start)
        .rev()
        .take(2)
        .take_while(|token| token.pause == Pause::None)
        .any(is_not);
    // A gap of the pattern may have passed over a "not" that the pattern does not name.
    let names_it = |token: &Token| {
        hit.pattern.contains("<ikke>")
            || hit.pattern.contains("<nicht>")
            || hit.pattern.split(['|', ' ', '[', ']']).any(|word| word == token.word)
    };
    let inside = sentence.tokens.get(hit.tokens.clone()).unwrap_or_default();
    let inside = inside.iter().any(|token| is_not(token) && !names_it(token));
    if behind == 1 || before || inside { Cue::Say(Answer::No) } else { cue }
}

/// "Det sier jeg ikke nei til", "I don't want to miss this": a no that is denied.
fn denied(sentence: &Sentence, hit: &Hit, free: &Range<usize>) -> bool {
    let denials = &lexicon::people().denials;
    let own = sentence.tokens.get(hit.tokens.clone()).unwrap_or_default();
    !own.iter().any(|token| denials.has(&token.word, sentence.languages))
        && sentence
            .tokens
            .get(free.clone())
            .unwrap_or_default()
            .iter()
            .rev()
            .take(4)
            .take_while(|token| token.pause == Pause::None)
            .any(|token| denials.has(&token.word, sentence.languages))
}

fn counts(cue: Cue, about: Option<About>, sentence: &Sentence, hit: &Hit) -> bool {
    let is_bare = matches!(cue, Cue::Word(_) | Cue::Hint(_));
    if is_bare && matches!(about, Some(About::Party | About::Diet)) {
        return false;
    }
    // A question states nothing, but for what stands before it: "Jeg kommer, er det ok at …?"
    let asked = sentence.asks && in_last_clause(sentence, hit);
    match cue {
        Cue::Say(Answer::Yes | Answer::No)
        | Cue::Hint(Answer::No)
        | Cue::Word(_)
        | Cue::Like
        | Cue::If => !asked,
        Cue::Say(Answer::Maybe)
        | Cue::Hint(Answer::Yes | Answer::Maybe)
        | Cue::Several
        | Cue::Substitute
        | Cue::Later
        | Cue::Irony => true,
    }
}

/// An "if" stands before it in its clause.
fn in_condition(sentence: &Sentence, hit: &Hit) -> bool {
    sentence
        .tokens
        .iter()
        .take(hit.tokens.start)
        .rev()
        .take(4)
        .take_while(|token| token.pause == Pause::None)
        .any(|token| lexicon::people().ifs.has(&token.word, sentence.languages))
}

/// No comma or longer pause stands between the cue and the end of its sentence.
fn in_last_clause(sentence: &Sentence, hit: &Hit) -> bool {
    let mut behind = sentence.tokens.iter().skip(hit.tokens.end.saturating_sub(1)).rev();
    behind.next();
    !behind.any(|token| token.pause >= Pause::Comma)
}

/// The subject of the clause.
fn subject(sentence: &Sentence, hit: &Hit) -> Subject {
    let lexicon = lexicon::people();
    let own = sentence.tokens.get(hit.tokens.clone()).unwrap_or_default();
    if own.iter().any(|token| lexicon.first.has(&token.word, sentence.languages)) {
        return Subject::Own;
    }
    let clause: Vec<&Token> = sentence
        .tokens
        .iter()
        .take(hit.tokens.start)
        .rev()
        .take_while(|token| {
            token.pause < Pause::Clause && !lexicon.contrast.has(&token.word, sentence.languages)
        })
        .take(12)
        .collect();
    if clause.iter().any(|token| lexicon.first.has(&token.word, sentence.languages)) {
        return Subject::Own;
    }
    let mut is_thing = false;
    for (distance, token) in clause.iter().enumerate() {
        if lexicon.relatives.has(&token.word, sentence.languages) {
            return Subject::Relative;
        }
        if lexicon.third.has(&token.word, sentence.languages) {
            return Subject::Other;
        }
        // Right before the verb it is a pronoun: "det går ikke".
        is_thing |= distance > 0 && lexicon.articles.has(&token.word, sentence.languages);
    }
    let names_somebody = clause.iter().any(|token| {
        token.capital
            && token.pause == Pause::None
            && token.word.chars().count() > 1
            && lexicon.markers.languages(&token.word) == 0
            && !lexicon.fillers.has(&token.word, sentence.languages)
    });
    match (names_somebody, is_thing) {
        (true, _) => Subject::Other,
        (false, true) => Subject::Thing,
        (false, false) => Subject::Own,
    }
}

fn contrast(sentence: &Sentence, tokens: Range<usize>) -> bool {
    let tokens = sentence.tokens.get(tokens).unwrap_or_default();
    tokens.iter().any(|token| lexicon::people().contrast.has(&token.word, sentence.languages))
}
