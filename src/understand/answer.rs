//! Yes, no or maybe: what a text says about coming, from the cues of the lexicon.
//!
//! The latest explicit statement wins. A wish ("I'd love to") is a yes only where nothing speaks
//! against it; a hint ("we're in Lisbon then") counts only where nothing explicit is said.

use std::ops::Range;

use super::pattern::{Hit, Topic};
use super::text::{Pause, Sentence};
use super::visible::Asked;
use super::{Answer, Because, Meaning, lexicon};

/// A text prepared for reading.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The text.
    pub text: &'a str,
    /// Its sentences.
    pub sentences: &'a [Sentence],
    /// For each sentence, what the quoted question above it asks about.
    pub asked: Vec<Option<About>>,
}

/// What a quoted question asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Coming.
    Coming,
    /// Who comes along.
    Party,
    /// Allergies and diets.
    Diet,
    /// Something else.
    Other,
}

impl<'a> Reading<'a> {
    /// Prepares a text.
    pub fn new(text: &'a str, sentences: &'a [Sentence], questions: &[Asked]) -> Self {
        let asked = sentences
            .iter()
            .map(|sentence| {
                let start = sentence.at().start;
                questions
                    .iter()
                    .rev()
                    .find(|asked| asked.at <= start)
                    .map(|asked| about(&asked.question))
            })
            .collect();
        Self { text, sentences, asked }
    }

    /// The words of some tokens of a sentence.
    pub fn because(&self, conclusion: String, sentence: &Sentence, hit: &Hit) -> Because {
        let at = sentence.span(hit.tokens.clone());
        self.because_at(conclusion, at, format!("{}: {}", hit.meaning, hit.pattern))
    }

    /// The same for octets.
    pub fn because_at(&self, conclusion: String, at: Range<usize>, rule: String) -> Because {
        let words = self.text.get(at.clone()).unwrap_or_default().to_owned();
        Because { conclusion, at, words, rule }
    }
}

fn about(question: &str) -> About {
    let matcher = &lexicon::people().matcher;
    for sentence in super::text::sentences(question) {
        match matcher.hits(Topic::Asked, &sentence).first().map(|hit| hit.meaning) {
            Some("diet") => return About::Diet,
            Some("party") => return About::Party,
            Some("coming") => return About::Coming,
            Some(_) | None => {}
        }
    }
    About::Other
}

/// How a cue speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cue {
    Say(Answer),
    Word(Answer),
    Hint(Answer),
    Like,
    If,
    Several,
    Substitute,
    Later,
}

struct Signal {
    cue: Cue,
    sentence: usize,
    at: Range<usize>,
    third: bool,
    contrast_before: bool,
    because: usize,
}

/// Sets answer, confidence and reasons.
pub fn judge(reading: &Reading<'_>, meaning: &mut Meaning) {
    let mut signals = Vec::new();
    for (index, sentence) in reading.sentences.iter().enumerate() {
        signals_of(reading, index, sentence, meaning, &mut signals);
    }
    let has = |cue: Cue| signals.iter().any(|signal| signal.cue == cue);
    meaning.answers_later = has(Cue::Later);
    meaning.substitute = has(Cue::Substitute);
    let (answer, confidence, rule, decisive) = decide(&signals);
    meaning.answer = answer;
    meaning.confidence = confidence;
    if let Some(because) = decisive.and_then(|decisive| meaning.because.get_mut(decisive)) {
        because.conclusion = format!("answer {}", answer.map_or("none", Answer::name));
        because.rule = format!("{rule}; {}", because.rule);
    }
}

fn signals_of(
    reading: &Reading<'_>,
    index: usize,
    sentence: &Sentence,
    meaning: &mut Meaning,
    signals: &mut Vec<Signal>,
) {
    let about = reading.asked.get(index).copied().flatten();
    for hit in lexicon::people().matcher.hits(Topic::Answer, sentence) {
        let Some(cue) = cue(hit.meaning) else { continue };
        let is_bare = matches!(cue, Cue::Word(_) | Cue::Hint(_));
        if is_bare && matches!(about, Some(About::Party | About::Diet | About::Other)) {
            continue;
        }
        // A question states nothing, but for what stands before it: "Jeg kommer, er det ok at …?"
        if sentence.asks
            && !matches!(cue, Cue::Later | Cue::Substitute)
            && in_last_clause(sentence, &hit)
        {
            if !matches!(cue, Cue::Say(Answer::Maybe) | Cue::Hint(_)) {
                continue;
            }
        }
        meaning.because.push(reading.because("heard".to_owned(), sentence, &hit));
        signals.push(Signal {
            cue,
            sentence: index,
            at: hit.tokens.clone(),
            third: is_third(sentence, &hit),
            contrast_before: contrast_before(sentence, hit.tokens.start),
            because: meaning.because.len() - 1,
        });
    }
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
        "like" => Cue::Like,
        "if" => Cue::If,
        "several" => Cue::Several,
        "substitute" => Cue::Substitute,
        "later" => Cue::Later,
        _mask => return None,
    })
}

fn in_last_clause(sentence: &Sentence, hit: &Hit) -> bool {
    !sentence
        .tokens
        .iter()
        .skip(hit.tokens.end.saturating_sub(1))
        .rev()
        .skip(1)
        .any(|token| token.pause >= Pause::Comma)
}

/// Whether the subject of the clause is somebody else: "Colin can't make it".
fn is_third(sentence: &Sentence, hit: &Hit) -> bool {
    let lexicon = lexicon::people();
    let clause: Vec<_> = sentence
        .tokens
        .iter()
        .take(hit.tokens.start)
        .rev()
        .take_while(|token| token.pause < Pause::Clause && !lexicon.contrast.contains(&token.word))
        .take(12)
        .collect();
    let own = sentence.tokens.get(hit.tokens.clone()).unwrap_or_default();
    if own.iter().any(|token| lexicon.first.contains(&token.word)) {
        return false;
    }
    for token in &clause {
        if lexicon.first.contains(&token.word) {
            return false;
        }
        if lexicon.third.contains(&token.word) {
            return true;
        }
    }
    clause.iter().any(|token| {
        token.capital
            && !lexicon.markers.contains_key(&token.word)
            && !lexicon.fillers.contains(&token.word)
            && token.pause == Pause::None
            && token.word.chars().count() > 1
    })
}

fn contrast_before(sentence: &Sentence, start: usize) -> bool {
    sentence.tokens.iter().take(start).any(|token| lexicon::people().contrast.contains(&token.word))
}

type Decision = (Option<Answer>, f32, &'static str, Option<usize>);

fn decide(signals: &[Signal]) -> Decision {
    if let Some(signal) = signals.iter().find(|signal| matches!(signal.cue, Cue::Several)) {
        return (None, 0.0, "answers for several dinners", Some(signal.because));
    }
    if let Some(signal) = signals.iter().find(|signal| signal.cue == Cue::Substitute) {
        return (None, 0.0, "somebody else instead", Some(signal.because));
    }
    let first_person = signals.iter().any(|signal| {
        !signal.third
            && matches!(
                signal.cue,
                Cue::Say(Answer::Yes | Answer::Maybe) | Cue::Word(Answer::Yes) | Cue::Like
            )
    });
    let own: Vec<&Signal> =
        signals.iter().filter(|signal| !(signal.third && first_person)).collect();
    explicit(&own).or_else(|| soft(&own)).unwrap_or((None, 0.0, "nothing said about coming", None))
}

/// The latest explicit statement.
fn explicit(signals: &[&Signal]) -> Option<Decision> {
    let last = signals.iter().rev().find(|signal| matches!(signal.cue, Cue::Say(_)))?;
    let Cue::Say(answer) = last.cue else { return None };
    let same_sentence = |signal: &&&Signal| signal.sentence == last.sentence;
    let conditional = signals
        .iter()
        .filter(same_sentence)
        .find(|signal| signal.cue == Cue::If && answer == Answer::Yes);
    if let Some(condition) = conditional {
        return Some((Some(Answer::Maybe), 0.8, "on a condition", Some(condition.because)));
    }
    let maybe = signals.iter().filter(|signal| signal.cue == Cue::Say(Answer::Maybe));
    if answer != Answer::Maybe
        && let Some(maybe) = maybe.clone().find(same_sentence)
    {
        return Some((
            Some(Answer::Maybe),
            0.8,
            "undecided in the same sentence",
            Some(maybe.because),
        ));
    }
    // "Yes no problem I can't come": who can tell?
    let against = signals.iter().find(|signal| {
        signal.sentence == last.sentence
            && signal.at.start < last.at.start
            && matches!(
                (signal.cue, answer),
                (Cue::Word(Answer::Yes) | Cue::Say(Answer::Yes), Answer::No)
            )
            && !last.contrast_before
    });
    if let Some(against) = against {
        return Some((None, 0.3, "contradicts itself", Some(against.because)));
    }
    Some((Some(answer), 0.95, "the latest explicit statement", Some(last.because)))
}

/// Words, wishes and hints, where nothing explicit is said.
fn soft(signals: &[&Signal]) -> Option<Decision> {
    let last = |cue: fn(Cue) -> Option<Answer>| {
        signals.iter().rev().find_map(|signal| cue(signal.cue).map(|answer| (answer, *signal)))
    };
    let word = last(|cue| if let Cue::Word(answer) = cue { Some(answer) } else { None });
    let hint = last(|cue| if let Cue::Hint(answer) = cue { Some(answer) } else { None });
    let like = signals.iter().rev().find(|signal| signal.cue == Cue::Like);
    if let Some((answer, signal)) = word {
        let other = signals.iter().find(|other| {
            other.sentence == signal.sentence
                && matches!(other.cue, Cue::Word(word) if word != answer)
        });
        if other.is_some() {
            return Some((None, 0.3, "both yes and no", Some(signal.because)));
        }
        return Some((Some(answer), 0.9, "a word of answer", Some(signal.because)));
    }
    if let Some((answer, signal)) =
        hint.filter(|(answer, _)| *answer == Answer::No || like.is_none())
    {
        return Some((Some(answer), 0.6, "said indirectly", Some(signal.because)));
    }
    like.map(|signal| {
        (Some(Answer::Yes), 0.8, "a wish with nothing against it", Some(signal.because))
    })
}
