//! Yes, no or maybe: what a text says about coming, from the cues of the lexicon.
//!
//! The latest explicit statement wins. A wish ("I'd love to") is a yes only where nothing speaks
//! against it; a hint ("we're in Lisbon then") counts only where nothing explicit is said; what
//! contradicts itself is no answer.

use std::ops::Range;

use super::pattern::{Hit, Topic};
use super::text::Sentence;
use super::visible::Asked;
use super::{Answer, Because, Meaning, lexicon};

mod signals;

use signals::{Cue, Signal, Subject};

/// A text prepared for reading.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The text.
    pub text: &'a str,
    /// Its sentences.
    pub sentences: &'a [Sentence],
    /// For each sentence, what the quoted question above it asks about.
    pub asked: Vec<Option<About>>,
    /// For each sentence, the patterns that occur in it.
    hits: Vec<Vec<(Topic, Hit)>>,
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
        let matcher = &lexicon::people().matcher;
        let hits = sentences.iter().map(|sentence| matcher.all_hits(sentence)).collect();
        Self { text, sentences, asked, hits }
    }

    /// The patterns of a topic that occur in a sentence, in its order.
    pub fn hits(&self, topic: Topic, sentence: usize) -> Vec<Hit> {
        let hits = self.hits.get(sentence).into_iter().flatten();
        hits.filter(|(about, _)| *about == topic).map(|(_, hit)| hit.clone()).collect()
    }

    /// All patterns that occur in a sentence, in its order.
    pub fn all(&self, sentence: usize) -> &[(Topic, Hit)] {
        self.hits.get(sentence).map_or(&[], Vec::as_slice)
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

/// The rules by which an answer is drawn or not drawn.
pub const RULES: [&str; 18] = [
    "the latest explicit statement",
    "a word of answer",
    "a wish with nothing against it",
    "said indirectly",
    "will answer later",
    "on a condition",
    "yes, on a condition",
    "undecided in the same sentence",
    "yes, but",
    "a wish, but",
    "a wish and a question",
    "both yes and no",
    "contradicts itself",
    "answers for several dinners",
    "somebody else instead",
    "may be meant the other way round",
    "about somebody else",
    "nothing said about coming",
];

/// What was heard about coming, apart from what it comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    /// The rule that decided, one of [`RULES`].
    pub rule: &'static str,
    /// Which kinds of cues were heard.
    pub cues: [bool; signals::CUES],
}

/// Sets answer, confidence and reasons.
pub fn judge(reading: &Reading<'_>, meaning: &mut Meaning) -> Heard {
    let signals = signals::collect(reading, meaning);
    let has = |cue: Cue| signals.iter().any(|signal| signal.cue == cue);
    meaning.answers_later = has(Cue::Later);
    meaning.substitute = has(Cue::Substitute);
    let decision = decide(&signals);
    for signal in &signals {
        let declines = matches!(signal.cue, Cue::Say(Answer::No) | Cue::Hint(Answer::No));
        if declines
            && signal.subject == Subject::Relative
            && let Some(because) = meaning.because.get_mut(signal.because)
        {
            "heard of a companion".clone_into(&mut because.conclusion);
        }
    }
    meaning.answer = decision.answer;
    meaning.confidence = decision.confidence;
    if let Some(because) = decision.because.and_then(|decisive| meaning.because.get_mut(decisive)) {
        because.conclusion = format!("answer {}", decision.answer.map_or("none", Answer::name));
        because.rule = format!("{}; {}", decision.rule, because.rule);
    }
    Heard { rule: decision.rule, cues: signals::kinds(&signals) }
}

/// "Min kone kan ikke, men jeg kommer": one seat, where nothing else is said.
pub fn comes_without(meaning: &Meaning) -> bool {
    meaning.answer == Some(Answer::Yes)
        && meaning.party_size.is_none()
        && meaning.because.iter().any(|because| because.conclusion == "heard of a companion")
}

/// Seats are asked for and nothing else is said: "2 adults please", "Bare meg".
pub fn judge_by_party(meaning: &mut Meaning) {
    if meaning.answer.is_none()
        && meaning.confidence == 0.0
        && !meaning.substitute
        && meaning.party_size.is_some()
    {
        meaning.answer = Some(Answer::Yes);
        meaning.confidence = 0.7;
        if let Some(because) =
            meaning.because.iter().rfind(|because| because.conclusion.starts_with("party"))
        {
            let because = Because {
                conclusion: "answer yes".to_owned(),
                rule: "seats are asked for; nothing speaks against coming".to_owned(),
                ..because.clone()
            };
            meaning.because.push(because);
        }
    }
}

struct Decision {
    answer: Option<Answer>,
    confidence: f32,
    rule: &'static str,
    because: Option<usize>,
}

fn decided(answer: Answer, confidence: f32, rule: &'static str, signal: &Signal) -> Decision {
    Decision { answer: Some(answer), confidence, rule, because: Some(signal.because) }
}

fn undecided(confidence: f32, rule: &'static str, signal: &Signal) -> Decision {
    Decision { answer: None, confidence, rule, because: Some(signal.because) }
}

fn decide(signals: &[Signal]) -> Decision {
    for (cue, rule) in [
        (Cue::Several, "answers for several dinners"),
        (Cue::Substitute, "somebody else instead"),
        (Cue::Irony, "may be meant the other way round"),
    ] {
        if let Some(signal) = signals.iter().find(|signal| signal.cue == cue) {
            return undecided(0.1, rule, signal);
        }
    }
    let speaks_for_self = signals.iter().any(|signal| {
        signal.subject == Subject::Own
            && matches!(
                signal.cue,
                Cue::Say(Answer::Yes | Answer::Maybe) | Cue::Word(Answer::Yes) | Cue::Like
            )
    });
    let own: Vec<&Signal> = signals
        .iter()
        .filter(|signal| {
            signal.subject == Subject::Own || !speaks_for_self && signal.subject == Subject::Other
        })
        .collect();
    let later = signals.iter().find(|signal| signal.cue == Cue::Later);
    let relative_only = signals.iter().find(|signal| signal.subject == Subject::Relative);
    explicit(&own)
        .or_else(|| soft(&own))
        .or_else(|| later.map(|signal| decided(Answer::Maybe, 0.7, "will answer later", signal)))
        .or_else(|| relative_only.map(|signal| undecided(0.2, "about somebody else", signal)))
        .unwrap_or(Decision {
            answer: None,
            confidence: 0.0,
            rule: "nothing said about coming",
            because: None,
        })
}

/// The latest explicit statement.
fn explicit(signals: &[&Signal]) -> Option<Decision> {
    let last = signals.iter().rev().find(|signal| matches!(signal.cue, Cue::Say(_)))?;
    let Cue::Say(answer) = last.cue else { return None };
    let beside = || signals.iter().filter(|signal| signal.sentence == last.sentence);
    if answer != Answer::No
        && let Some(condition) = beside().find(|signal| signal.cue == Cue::If)
    {
        return Some(decided(Answer::Maybe, 0.8, "on a condition", condition));
    }
    if answer != Answer::Maybe
        && let Some(doubt) = beside().find(|signal| {
            signal.cue == Cue::Say(Answer::Maybe)
                || signal.cue == Cue::Hint(Answer::Maybe)
                    && (signal.near(last) || answer == Answer::Yes)
        })
    {
        return Some(decided(Answer::Maybe, 0.8, "undecided in the same sentence", doubt));
    }
    let words = |wanted: Answer| beside().any(|signal| signal.cue == Cue::Word(wanted));
    if words(Answer::Yes) && words(Answer::No) {
        return Some(undecided(0.3, "both yes and no", last));
    }
    // "Yes no problem I can't come": who can tell?
    let against = beside().find(|signal| {
        signal.at.start < last.at.start
            && answer == Answer::No
            && matches!(signal.cue, Cue::Word(Answer::Yes) | Cue::Say(Answer::Yes))
            && !last.contrast_before
    });
    if let Some(against) = against {
        return Some(undecided(0.3, "contradicts itself", against));
    }
    Some(decided(answer, 0.95, "the latest explicit statement", last))
}

/// Words, wishes and hints, where nothing explicit is said.
fn soft(signals: &[&Signal]) -> Option<Decision> {
    let last = |wanted: fn(Cue) -> Option<Answer>| {
        signals.iter().rev().find_map(|signal| wanted(signal.cue).map(|answer| (answer, *signal)))
    };
    let word = last(|cue| if let Cue::Word(answer) = cue { Some(answer) } else { None });
    let hint = last(|cue| if let Cue::Hint(answer) = cue { Some(answer) } else { None });
    let like = signals.iter().rev().find(|signal| signal.cue == Cue::Like);
    if let Some((answer, signal)) = word {
        let other = signals.iter().any(|other| {
            other.sentence == signal.sentence
                && matches!(other.cue, Cue::Word(word) if word != answer)
        });
        if other {
            return Some(undecided(0.3, "both yes and no", signal));
        }
        let condition = signals.iter().find(|other| {
            other.sentence == signal.sentence
                && matches!(other.cue, Cue::If | Cue::Hint(Answer::Maybe))
        });
        if let Some(condition) = condition.filter(|_| answer == Answer::Yes) {
            return Some(decided(Answer::Maybe, 0.7, "yes, on a condition", condition));
        }
        // "Ja, det høres hyggelig ut, men jeg jobber den kvelden."
        let excuse = signals.iter().find(|other| {
            other.sentence == signal.sentence
                && other.contrast_before
                && other.cue == Cue::Hint(Answer::No)
        });
        if let Some(excuse) = excuse.filter(|_| answer == Answer::Yes && signal.contrast_behind) {
            return Some(decided(Answer::No, 0.65, "yes, but", excuse));
        }
        return Some(decided(answer, 0.9, "a word of answer", signal));
    }
    if let Some((answer, signal)) =
        hint.filter(|(answer, _)| *answer != Answer::Yes || like.is_none())
    {
        return Some(decided(answer, 0.6, "said indirectly", signal));
    }
    let like = like?;
    Some(match (like.contrast_behind, like.asks) {
        (false, _) => decided(Answer::Yes, 0.8, "a wish with nothing against it", like),
        (true, false) => decided(Answer::No, 0.6, "a wish, but", like),
        (true, true) => undecided(0.3, "a wish and a question", like),
    })
}
