//! How many seats: "my wife and I", "+2", "the four of us", "just me".

use super::Meaning;
use super::answer::{self, About, Reading};
use super::pattern::{Topic, number};
use super::text::Sentence;

/// Nobody brings more; a larger number is something else.
const MAX_PARTY: u32 = 30;

/// Sets the party and its reason.
pub fn count(reading: &Reading<'_>, meaning: &mut Meaning) {
    let mut total = None;
    // A number that was said outweighs companions that were named.
    let mut counted = false;
    let words: usize = reading.sentences.iter().map(|sentence| sentence.tokens.len()).sum();
    for (index, sentence) in reading.sentences.iter().enumerate() {
        if let Some(size) = answered(reading, index, sentence) {
            total = Some(size);
            let because = reading.because_at(
                format!("party {size}"),
                sentence.at(),
                "answer to the quoted question".to_owned(),
            );
            meaning.because.push(because);
        }
        for hit in reading.hits(Topic::Party, index) {
            let numbers: Vec<u32> = sentence
                .tokens
                .get(hit.tokens.clone())
                .unwrap_or_default()
                .iter()
                .filter_map(|token| number(&token.word, sentence.languages))
                .collect();
            let size = match hit.meaning {
                "one" => Some(1),
                "two" => Some(2),
                "three" => Some(3),
                "total" => numbers.last().copied(),
                "sum" => Some(numbers.iter().sum()),
                // A lone "+1" is how some say yes.
                "extra" if words <= 1 => None,
                "extra" => numbers.last().map(|extra| extra + 1),
                _mask => None,
            };
            let Some(size) = size.filter(|size| (1..=MAX_PARTY).contains(size)) else { continue };
            let counts = matches!(hit.meaning, "total" | "sum" | "extra" | "one");
            let because = reading.because(format!("party {size}"), sentence, &hit);
            if counts || !counted {
                total = Some(size);
                counted |= counts;
                meaning.because.push(because);
            }
        }
    }
    meaning.party_size = total;
    if answer::comes_without(meaning) {
        meaning.party_size = Some(1);
        meaning.because.push(reading.because_at(
            "party 1".to_owned(),
            0..0,
            "the companion does not come".to_owned(),
        ));
    }
}

/// The answer to a quoted "Tar du med noen?".
fn answered(reading: &Reading<'_>, index: usize, sentence: &Sentence) -> Option<u32> {
    if reading.asked.get(index).copied().flatten() != Some(About::Party) {
        return None;
    }
    let hits = reading.hits(Topic::Answer, index);
    let meaning = hits.first().map(|hit| hit.meaning);
    if meaning == Some("no-word") {
        return Some(1);
    }
    if let Some(number) =
        sentence.tokens.iter().find_map(|token| number(&token.word, sentence.languages))
    {
        return Some(number);
    }
    (meaning == Some("yes-word") || sentence.tokens.first().is_some_and(|token| token.capital))
        .then_some(2)
}
