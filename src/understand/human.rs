//! Whether an organizer has to act: questions, requests, substitutes, complaints, the undecidable.

use super::answer::Reading;
use super::pattern::Topic;
use super::{Because, Meaning, lexicon};

/// What is said where nothing but the missing answer wants a person.
const UNCLEAR: &str = "needs human (unclear)";

/// Whether a reason is one why a person is needed.
pub fn is_reason(because: &Because) -> bool {
    because.conclusion.starts_with("needs human")
}

/// Whether no answer could be read, which is no reason where none is missing.
pub fn is_unclear(because: &Because) -> bool {
    because.conclusion == UNCLEAR
}

/// Sets `needs_human` and its reasons.
pub fn decide(reading: &Reading<'_>, meaning: &mut Meaning) {
    let mut small_talk = false;
    let mut needs = meaning.substitute;
    for (index, sentence) in reading.sentences.iter().enumerate() {
        let hits = reading.hits(Topic::Human, index);
        let masked = hits.iter().any(|hit| hit.meaning == "rhetorical");
        for hit in &hits {
            match hit.meaning {
                "thanks" => small_talk = true,
                "late" => meaning.late = true,
                "rhetorical" | "gone" => {}
                what => {
                    needs = true;
                    meaning.because.push(reading.because(
                        format!("needs human ({what})"),
                        sentence,
                        hit,
                    ));
                }
            }
        }
        if sentence.asks && !masked {
            needs = true;
            meaning.because.push(reading.because_at(
                "needs human (question)".to_owned(),
                sentence.at(),
                "a question mark".to_owned(),
            ));
        }
    }
    let unclear = meaning.answer.is_none() && !(small_talk && meaning.confidence == 0.0);
    if unclear {
        meaning.because.push(reading.because_at(
            UNCLEAR.to_owned(),
            0..0,
            "no answer could be read".to_owned(),
        ));
    }
    meaning.needs_human = needs || unclear;
}

/// An automatic reply that an organizer should see: the address is gone or changed, or somebody
/// must prove to be human.
pub fn address_changed(text: &str) -> bool {
    super::text::sentences(text).iter().any(|sentence| {
        lexicon::people()
            .matcher
            .hits(Topic::Human, sentence)
            .iter()
            .any(|hit| hit.meaning == "gone")
    })
}
