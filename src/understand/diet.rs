//! What the kitchen must know. "Said not to apply" adds nothing.

use super::answer::{About, Reading};
use super::pattern::{Hit, Topic};
use super::text::{Pause, Sentence};
use super::{Diet, Meaning, lexicon};

/// Sets diets, notes and reasons.
pub fn collect(reading: &Reading<'_>, meaning: &mut Meaning) {
    for (index, sentence) in reading.sentences.iter().enumerate() {
        let asked = reading.asked.get(index).copied().flatten() == Some(About::Diet);
        let hits = reading.hits(Topic::Diet, index);
        let mut refused = asked;
        let mut last_end = 0;
        // "Er gravid, så ingen rå fisk": the first word says it all.
        let pregnant = hits.iter().any(|hit| hit.meaning == "pregnant");
        for (index, hit) in hits.iter().enumerate() {
            // What is refused goes on through a list: "allergisk mot egg og nøtter".
            let broken = sentence.tokens.get(last_end..hit.tokens.start).unwrap_or_default();
            if !asked
                && (broken.len() > 5 || broken.iter().any(|token| token.pause >= Pause::Clause))
            {
                refused = false;
            }
            last_end = hit.tokens.end;
            match hit.meaning {
                "refuse" => refused = true,
                "accept" => refused = false,
                "refused" => {}
                food if pregnant && food.starts_with("food-") => {}
                _food => {
                    let refused =
                        refused || refused_behind(sentence, hits.get(index..).unwrap_or_default());
                    note(reading, sentence, hit, refused, meaning);
                }
            }
        }
    }
    settle(meaning);
}

/// "Gluten and lactose intolerant", "nøtter tåler jeg ikke": the refusal stands behind the list.
fn refused_behind(sentence: &Sentence, hits: &[Hit]) -> bool {
    for pair in hits.windows(2) {
        let [hit, next] = pair else { return false };
        let between = sentence
            .tokens
            .get(hit.tokens.end.saturating_sub(1)..next.tokens.start)
            .unwrap_or_default();
        if between.len() > 4 || between.iter().any(|token| token.pause >= Pause::Clause) {
            return false;
        }
        if next.meaning == "refused" {
            return true;
        }
        if !next.meaning.starts_with("food-") {
            return false;
        }
    }
    false
}

fn note(
    reading: &Reading<'_>,
    sentence: &Sentence,
    hit: &Hit,
    refused: bool,
    meaning: &mut Meaning,
) {
    let (food, is_food) =
        hit.meaning.strip_prefix("food-").map_or((hit.meaning, false), |food| (food, true));
    if is_food && !refused || !is_food && !refused && negated(sentence, hit) {
        return;
    }
    let Some(diet) = diet(food) else { return };
    let because = reading.because(format!("diet {food}"), sentence, hit);
    if diet == Diet::Other && meaning.diet_notes.len() < 20 {
        meaning.diet_notes.push(because.words.clone());
    }
    meaning.diets.insert(diet);
    meaning.because.push(because);
}

fn negated(sentence: &Sentence, hit: &Hit) -> bool {
    sentence
        .tokens
        .iter()
        .take(hit.tokens.start)
        .rev()
        .take(4)
        .take_while(|token| token.pause == Pause::None)
        .any(|token| lexicon::people().negations.has(&token.word, sentence.languages))
}

fn diet(name: &str) -> Option<Diet> {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).ok()
}

/// The disease says more than the diet; a vegan needs no word about being vegetarian.
fn settle(meaning: &mut Meaning) {
    let diets = &mut meaning.diets;
    if diets.contains(&Diet::Coeliac) {
        diets.remove(&Diet::GlutenFree);
    }
    if diets.contains(&Diet::Vegan) {
        diets.remove(&Diet::Vegetarian);
    }
}
