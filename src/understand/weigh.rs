//! The last word: what the rules found, weighed in its context by small trained networks.
//!
//! The rules name cues; whether "I can't wait" or "my wife can't" speaks of the writer's coming is a
//! matter of what stands around it. The networks have learnt that from the labelled replies of
//! `training/`, with the rules' own conclusions among what they see. `examples/train` trains them,
//! and makes the same file from the same replies.

use std::ops::Range;
use std::sync::LazyLock;

use super::answer::{self, Heard, Reading};
use super::pattern::{self, Topic};
use super::text::{Pause, Sentence};
use super::{Answer, CONFIDENT, Diet, Meaning, human};

pub mod net;
mod senses;
mod stored;

pub use stored::{read, write};

use net::{DIETS, GRAMS, Input, Model, Output, PARTIES, RULES, TAGS, Word};

/// Words and pauses that are looked at: the first two thirds and the last third of so many.
const MOST: usize = 120;
/// Letter groups of a word.
const MOST_GRAMS: usize = 20;
/// Patterns and senses on a word.
const MOST_TAGS: usize = 8;

/// The most that is said of an answer that is not sure enough to be taken.
const UNSURE: f32 = CONFIDENT - 0.01;

/// From here on the rules heard a statement or a word of answer.
const EXPLICIT: f32 = 0.9;
/// A text of so few words is read by the rules, if they are sure ...
const PLAIN_WORDS: usize = 5;
/// ... unless the network is as sure of something else.
const PLAINLY_OPPOSED: f32 = 0.8;

/// With more than this for the opposite, a yes or a no is asked about.
const OPPOSITE: f32 = 0.15;
/// The same where the rules heard it too.
const OPPOSITE_TO_BOTH: f32 = 0.2;

/// From here on a person is needed.
const PERSON_FROM: f32 = -1.0;

/// The needs of the kitchen in the order of the network's outputs.
pub const NEEDS: [Diet; DIETS] = [
    Diet::Vegetarian,
    Diet::Vegan,
    Diet::Pescatarian,
    Diet::GlutenFree,
    Diet::Coeliac,
    Diet::LactoseFree,
    Diet::MilkAllergy,
    Diet::EggAllergy,
    Diet::NutAllergy,
    Diet::PeanutAllergy,
    Diet::FishAllergy,
    Diet::ShellfishAllergy,
    Diet::SoyAllergy,
    Diet::SesameAllergy,
    Diet::Halal,
    Diet::Kosher,
    Diet::NoPork,
    Diet::NoBeef,
    Diet::NoAlcohol,
    Diet::Diabetic,
    Diet::Pregnant,
    Diet::LowFodmap,
    Diet::Other,
];

/// What the network is given of a text that the rules have read.
pub fn input(reading: &Reading<'_>, meaning: &Meaning, heard: &Heard) -> Input {
    let mut words = Vec::new();
    for (index, sentence) in reading.sentences.iter().enumerate() {
        sentence_words(reading, index, sentence, &mut words);
    }
    if words.len() > MOST {
        let tail = words.split_off(words.len() - MOST / 3);
        words.truncate(MOST - MOST / 3);
        words.extend(tail);
    }
    if words.is_empty() {
        words.push(Word::default());
    }
    Input {
        words,
        rules: rules(reading, meaning, heard),
        diets: NEEDS.map(|need| meaning.diets.contains(&need)),
    }
}

/// What the network is given of a text, from the beginning.
pub fn prepare(text: &str) -> Input {
    let sentences = super::text::sentences(text);
    let reading = Reading::new(text, &sentences, &[]);
    let mut meaning = Meaning::nothing(super::Kind::Reply);
    let heard = super::by_rules(&reading, &mut meaning);
    input(&reading, &meaning, &heard)
}

fn sentence_words(reading: &Reading<'_>, index: usize, sentence: &Sentence, words: &mut Vec<Word>) {
    let mut places = Vec::with_capacity(sentence.tokens.len());
    for token in &sentence.tokens {
        places.push(words.len());
        let mut grams = grams(&token.word);
        if let Some(number) = pattern::number(&token.word, sentence.languages) {
            grams.push(place("number", &number.min(12).to_string(), GRAMS));
        }
        if pattern::is_name(token) {
            grams.push(place("name", "", GRAMS));
        }
        words.push(Word { grams, tags: Vec::new(), at: token.at.clone() });
        let pause = match token.pause {
            Pause::None | Pause::Sentence => continue,
            Pause::Comma => ",",
            Pause::Clause => ";",
        };
        words.push(Word { grams: vec![place("pause", pause, GRAMS)], ..Word::default() });
    }
    let end = if sentence.asks { "?" } else { "." };
    words.push(Word { grams: vec![place("pause", end, GRAMS)], ..Word::default() });
    for (topic, hit) in reading.all(index) {
        if *topic == Topic::Asked {
            continue;
        }
        let on = places.get(hit.tokens.clone()).unwrap_or_default();
        Tag::named(&format!("{topic:?} {}", hit.meaning)).lay(words, on);
    }
    for (tokens, tag) in senses::senses().of(sentence) {
        tag.lay(words, places.get(tokens).unwrap_or_default());
    }
}

/// The places of a pattern's or a sense's name: one for the first word that it lies on, another for
/// the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    first: u16,
    rest: u16,
}

impl Tag {
    fn named(name: &str) -> Self {
        Self { first: place("first", name, TAGS), rest: place("", name, TAGS) }
    }

    fn lay(self, words: &mut [Word], on: &[usize]) {
        for (offset, at) in on.iter().enumerate() {
            if let Some(word) = words.get_mut(*at).filter(|word| word.tags.len() < MOST_TAGS) {
                word.tags.push(if offset == 0 { self.first } else { self.rest });
            }
        }
    }
}

/// The word, and its groups of three to five letters.
fn grams(word: &str) -> Vec<u16> {
    let mut grams = vec![place("word", word, GRAMS)];
    let edged: Vec<char> = std::iter::once('<').chain(word.chars()).chain(['>']).collect();
    if edged.len() > 4 {
        let groups = (3..=5).flat_map(|length| edged.windows(length));
        grams.extend(groups.take(MOST_GRAMS).map(|group| {
            let hash = group.iter().fold(FNV_START, |hash, c| stir(hash, u32::from(*c)));
            fit(hash, GRAMS)
        }));
    }
    grams
}

const FNV_START: u32 = 0x811c_9dc5;

/// FNV-1a, a character a step.
fn stir(hash: u32, with: u32) -> u32 {
    (hash ^ with).wrapping_mul(0x0100_0193)
}

fn place(kind: &str, name: &str, places: usize) -> u16 {
    let chars = kind.chars().chain(['\0']).chain(name.chars());
    fit(chars.fold(FNV_START, |hash, c| stir(hash, u32::from(c))), places)
}

/// The upper bits are the better mixed ones.
fn fit(hash: u32, places: usize) -> u16 {
    let mixed = (hash ^ (hash >> 15)) as usize % places;
    u16::try_from(mixed).unwrap_or_default()
}

/// What the rules concluded, as numbers.
fn rules(reading: &Reading<'_>, meaning: &Meaning, heard: &Heard) -> Vec<f32> {
    let sure = meaning.answer.filter(|_| meaning.confidence >= CONFIDENT);
    let flags = [
        meaning.needs_human,
        meaning.substitute,
        meaning.answers_later,
        meaning.late,
        reading.sentences.iter().any(|sentence| sentence.asks),
        reading.sentences.len() > 1,
        reading.sentences.len() > 4,
    ];
    let party = meaning.party_size.map_or(0, |size| size.min(7)) as usize;
    let mut numbers = one_of(4, answer_place(sure));
    numbers.extend(one_of(10, tenth(meaning.confidence)));
    numbers.extend(one_of(PARTIES, party));
    numbers.extend(answer::RULES.map(|rule| f32::from(u8::from(rule == heard.rule))));
    numbers.extend(flags.map(|flag| f32::from(u8::from(flag))));
    numbers.extend(heard.cues.map(|cue| f32::from(u8::from(cue))));
    numbers.resize(RULES, 0.0);
    numbers
}

fn one_of(count: usize, at: usize) -> Vec<f32> {
    (0..count).map(|place| f32::from(u8::from(place == at))).collect()
}

/// The networks that go with this program. They learnt the same replies from other beginnings, and
/// err in other places.
static MODELS: LazyLock<Option<Vec<Model>>> =
    LazyLock::new(|| read(include_bytes!("../../templates/und/weights.bin")));

/// Lets the network have the last word about a text that the rules have read. Every conclusion of
/// its own names the words that it attended to.
pub fn settle(reading: &Reading<'_>, heard: &Heard, meaning: &mut Meaning) {
    let input = input(reading, meaning, heard);
    let outputs: Vec<Output> = MODELS.iter().flatten().map(|model| model.run(&input)).collect();
    let Some(output) = Output::mean(&outputs) else { return };
    let decisive = decisive(&input, &output.attention);
    if is_for_the_kitchen(reading, meaning) {
        meaning.needs_human = false;
        meaning.because.retain(|because| !human::is_unclear(because));
        return settle_diets(reading, &input, &output, meaning);
    }
    let by_rules = meaning.party_size;
    settle_answer(reading, &output, decisive, meaning);
    settle_party(reading, &output, meaning);
    settle_diets(reading, &input, &output, meaning);
    meaning.needs_human = output.human > PERSON_FROM;
    if by_rules.is_some_and(|said| said as usize + 1 >= PARTIES) && meaning.party_size != by_rules {
        // So many seats that only the rules heard: nobody gets one instead.
        meaning.needs_human = true;
        meaning.confidence = meaning.confidence.min(UNSURE);
    }
    if !meaning.needs_human {
        for because in meaning.because.iter_mut().filter(|because| human::is_reason(because)) {
            "heard".clone_into(&mut because.conclusion);
        }
    }
    if meaning.needs_human && !meaning.because.iter().any(human::is_reason) {
        meaning.because.push(reading.because_at(
            "needs human (weighed)".to_owned(),
            0..0,
            "what is written wants an answer".to_owned(),
        ));
    }
}

/// Needs of the kitchen and nothing of coming, in every sentence: "Jeg er veganer."
fn is_for_the_kitchen(reading: &Reading<'_>, rules: &Meaning) -> bool {
    let names_a_need =
        |sentence: usize| reading.all(sentence).iter().any(|(topic, _)| *topic == Topic::Diet);
    rules.answer.is_none()
        && rules.confidence == 0.0
        && !rules.because.iter().any(|one| human::is_reason(one) && !human::is_unclear(one))
        && !rules.diets.is_empty()
        && rules.party_size.is_none()
        && reading
            .sentences
            .iter()
            .enumerate()
            .all(|(at, sentence)| !sentence.asks && names_a_need(at))
}

fn settle_answer(reading: &Reading<'_>, output: &Output, at: Range<usize>, meaning: &mut Meaning) {
    let shares = net::softmax(&output.answer);
    let (yes, no) = (at_place(&shares, 0), at_place(&shares, 1));
    let answers = [Some(Answer::Yes), Some(Answer::No), Some(Answer::Maybe), None];
    let best = answers.into_iter().zip(shares.clone()).max_by(|(_, a), (_, b)| a.total_cmp(b));
    let Some((answer, share)) = best else { return };
    let opposite = match answer {
        Some(Answer::Yes) => no,
        Some(Answer::No) => yes,
        Some(Answer::Maybe) | None => 0.0,
    };
    if is_plain(reading, meaning) && opposed(&shares, meaning.answer) < PLAINLY_OPPOSED {
        return;
    }
    let agrees = meaning.confidence >= EXPLICIT && meaning.answer == answer;
    let most = if agrees { OPPOSITE_TO_BOTH } else { OPPOSITE };
    let sure = share >= line(answer, reading, meaning) && opposite <= most;
    let name = format!("answer {}", answer.map_or("none", Answer::name));
    for because in meaning.because.iter_mut().filter(|one| one.conclusion.starts_with("answer ")) {
        if because.conclusion != name {
            "heard".clone_into(&mut because.conclusion);
        }
    }
    if !meaning.because.iter().any(|because| because.conclusion == name) {
        meaning.because.push(reading.because_at(name, at, "weighed in its context".to_owned()));
    }
    meaning.answer = answer;
    meaning.confidence = if sure { share } else { share.min(UNSURE) };
}

/// Few words that the rules know: "Jeg kan ikke likevel".
fn is_plain(reading: &Reading<'_>, rules: &Meaning) -> bool {
    word_count(reading) <= PLAIN_WORDS && rules.confidence >= EXPLICIT
}

fn word_count(reading: &Reading<'_>) -> usize {
    reading.sentences.iter().map(|sentence| sentence.tokens.len()).sum()
}

/// What the network gives all other answers.
fn opposed(shares: &[f32], answer: Option<Answer>) -> f32 {
    1.0 - at_place(shares, answer_place(answer))
}

fn at_place(shares: &[f32], place: usize) -> f32 {
    shares.get(place).copied().unwrap_or_default()
}

/// From which share on the networks' answer is taken: more is asked of it where the rules heard the
/// opposite, where they heard nothing and two readers would differ or all is a question, and in a
/// word or two that the rules do not know.
fn line(answer: Option<Answer>, reading: &Reading<'_>, rules: &Meaning) -> f32 {
    let opposite = match (answer, rules.answer) {
        (Some(Answer::Yes), Some(Answer::No)) | (Some(Answer::No), Some(Answer::Yes)) => {
            rules.confidence >= EXPLICIT
        }
        _other => false,
    };
    let unheard = rules.answer.is_none() && answer.is_some();
    let only_asks = reading.sentences.iter().all(|sentence| sentence.asks);
    match (unheard, opposite) {
        // "Språk klingon": two unknown words tell nobody anything.
        (true, _) if word_count(reading) <= 2 => 0.9,
        (true, _) if rules.confidence > 0.0 || only_asks => 0.7,
        (false, true) => 0.8,
        (true | false, _) => CONFIDENT,
    }
}

fn settle_party(reading: &Reading<'_>, output: &Output, meaning: &mut Meaning) {
    let shares = net::softmax(&output.party);
    let best = shares.iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
    let size = best.map_or(0, |(size, _)| size);
    let said = match size {
        0 => None,
        // Seven or more: the number that was written.
        many if many + 1 >= PARTIES => meaning.party_size.filter(|said| *said as usize >= many),
        few => u32::try_from(few).ok(),
    };
    if said != meaning.party_size {
        let conclusion =
            said.map_or_else(|| "party not said".to_owned(), |said| format!("party {said}"));
        meaning.because.push(reading.because_at(
            conclusion,
            0..0,
            "weighed in its context".to_owned(),
        ));
        meaning.party_size = said;
    }
}

fn settle_diets(reading: &Reading<'_>, input: &Input, output: &Output, meaning: &mut Meaning) {
    for ((need, number), was) in NEEDS.into_iter().zip(&output.diets).zip(input.diets) {
        let is = *number > 0.0;
        if is == was {
            continue;
        }
        let name = serde_json::to_value(need).unwrap_or_default();
        let name = name.as_str().unwrap_or_default();
        let conclusion = if is { format!("diet {name}") } else { format!("not diet {name}") };
        meaning.because.push(reading.because_at(
            conclusion,
            0..0,
            "weighed in its context".to_owned(),
        ));
        if is {
            meaning.diets.insert(need);
        } else {
            meaning.diets.remove(&need);
        }
    }
}

/// The octets of the words that weigh most, with what lies between them.
fn decisive(input: &Input, attention: &[f32]) -> Range<usize> {
    let words = input.words.iter().zip(attention).filter(|(word, _)| !word.at.is_empty());
    let most = words.clone().map(|(_, weight)| *weight).fold(0.0, f32::max);
    let heavy = words.filter(|(_, weight)| **weight >= most / 2.0).map(|(word, _)| &word.at);
    let start = heavy.clone().map(|at| at.start).min().unwrap_or_default();
    start..heavy.map(|at| at.end).max().unwrap_or_default()
}

fn answer_place(answer: Option<Answer>) -> usize {
    match answer {
        Some(Answer::Yes) => 0,
        Some(Answer::No) => 1,
        Some(Answer::Maybe) => 2,
        None => 3,
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 9")]
fn tenth(confidence: f32) -> usize {
    (confidence.clamp(0.0, 0.99) * 10.0) as usize
}
