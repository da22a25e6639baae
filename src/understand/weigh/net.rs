//! A small network that reads the cues of a text in their context.
//!
//! Every word is the sum of its letter groups and of the lexicon's patterns that lie on it, so that
//! `kommer`, `kjem` and `komemr` share what they share. Three layers look at a few neighbours; each
//! question (answer, person needed, party, diets) then attends to the words that matter for it, and
//! weighs what it reads one by one and together.
//! Plain arithmetic in a fixed order: the same text gives the same numbers.

/// Places for letter groups.
pub const GRAMS: usize = 1 << 14;
/// Places for the names of patterns.
pub const TAGS: usize = 1024;
/// Numbers that stand for a word.
pub const WIDTH: usize = 48;
/// Neighbours, the word itself included, that each layer looks at.
pub const WINDOWS: [usize; 3] = [5, 3, 3];
/// What the rules tell the network about the whole text.
pub const RULES: usize = 64;
/// `yes`, `no`, `maybe`, none.
pub const ANSWERS: usize = 4;
/// Nothing said, one seat, two … seven or more.
pub const PARTIES: usize = 8;
/// Needs of the kitchen.
pub const DIETS: usize = 23;

/// Length of what a question reads: its own attention, the strongest and the mean of all words,
/// and the rules.
pub const READ: usize = 3 * WIDTH + RULES;
/// Numbers between what a question reads and its answers.
pub const HIDDEN: usize = 32;

/// A word as the network sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Word {
    /// Places of its letter groups, below [`GRAMS`].
    pub grams: Vec<u16>,
    /// Places of the patterns and senses on it, below [`TAGS`].
    pub tags: Vec<u16>,
    /// Its octets in the text; none for a pause.
    pub at: std::ops::Range<usize>,
}

/// A text as the network sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// Its words and pauses, at least one.
    pub words: Vec<Word>,
    /// What the rules say, [`RULES`] numbers.
    pub rules: Vec<f32>,
    /// Which diets the rules found.
    pub diets: [bool; DIETS],
}

/// One question that is put to a text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Question {
    /// What it attends to, [`WIDTH`] numbers.
    pub attention: Vec<f32>,
    /// [`READ`] rows of as many columns as it has answers.
    pub weights: Vec<f32>,
    /// One for each answer.
    pub bias: Vec<f32>,
    /// [`READ`] rows of [`HIDDEN`] columns: what is told by several things together.
    pub together: Vec<f32>,
    /// [`HIDDEN`] numbers.
    pub together_bias: Vec<f32>,
    /// [`HIDDEN`] rows of as many columns as it has answers.
    pub behind: Vec<f32>,
}

impl Question {
    /// The answers, before they become probabilities, to what is read, [`READ`] numbers, and to
    /// what is told [together](Self::together).
    pub fn answers(&self, read: &[f32], together: &[f32]) -> Vec<f32> {
        times(together, &self.behind, &times(read, &self.weights, &self.bias))
    }

    /// What is told by several of the numbers read, together: [`HIDDEN`] numbers.
    pub fn together(&self, read: &[f32]) -> Vec<f32> {
        let mut together = times(read, &self.together, &self.together_bias);
        for number in &mut together {
            *number = number.max(0.0);
        }
        together
    }
}

/// All numbers of the network.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Model {
    /// [`GRAMS`] rows of [`WIDTH`].
    pub grams: Vec<f32>,
    /// [`TAGS`] rows of [`WIDTH`].
    pub tags: Vec<f32>,
    /// For each layer: neighbour, from, to.
    pub layers: Vec<Vec<f32>>,
    /// For each layer, [`WIDTH`] numbers.
    pub layer_bias: Vec<Vec<f32>>,
    /// Answer, person needed, party.
    pub questions: Vec<Question>,
    /// [`WIDTH`] rows of [`DIETS`] columns.
    pub diets: Vec<f32>,
    /// One for each diet.
    pub diet_bias: Vec<f32>,
    /// How far the rules are believed about each diet.
    pub diet_rules: Vec<f32>,
}

/// What the network makes of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Before they become probabilities.
    pub answer: Vec<f32>,
    /// Whether a person is needed: positive is yes.
    pub human: f32,
    /// Before they become probabilities.
    pub party: Vec<f32>,
    /// Positive is yes.
    pub diets: Vec<f32>,
    /// How much each word weighs for the answer; they add up to one.
    pub attention: Vec<f32>,
}

impl Output {
    /// What several networks make of a text, with as much weight for each.
    pub fn mean(outputs: &[Self]) -> Option<Self> {
        let (first, others) = outputs.split_first()?;
        let mut sum = first.clone();
        for other in others {
            for (sum, numbers) in sum.numbers().into_iter().zip(other.clone().numbers()) {
                add(sum, numbers);
            }
            sum.human += other.human;
        }
        let share = 1.0 / count(outputs.len());
        for numbers in sum.numbers() {
            scale(numbers, share);
        }
        sum.human *= share;
        Some(sum)
    }

    fn numbers(&mut self) -> [&mut Vec<f32>; 4] {
        [&mut self.answer, &mut self.party, &mut self.diets, &mut self.attention]
    }
}

impl Model {
    /// Reads a text.
    pub fn run(&self, input: &Input) -> Output {
        let mut words = self.embed(input);
        for ((weights, bias), window) in self.layers.iter().zip(&self.layer_bias).zip(WINDOWS) {
            words = layer(&words, weights, bias, window);
        }
        let (strongest, mean) = summary(&words);
        let mut attention = Vec::new();
        let mut answers = self.questions.iter().map(|question| {
            let weights = attend(&words, &question.attention);
            let mut read = weighted(&words, &weights);
            read.extend_from_slice(&strongest);
            read.extend_from_slice(&mean);
            read.extend_from_slice(&input.rules);
            if attention.is_empty() {
                attention = weights;
            }
            question.answers(&read, &question.together(&read))
        });
        let answer = answers.next().unwrap_or_default();
        let human = answers.next().and_then(|human| human.first().copied()).unwrap_or_default();
        let party = answers.next().unwrap_or_default();
        drop(answers);
        Output { answer, human, party, diets: self.diets(&words, input), attention }
    }

    /// The words before the first layer.
    pub fn embed(&self, input: &Input) -> Vec<f32> {
        let mut words = vec![0.0; input.words.len() * WIDTH];
        for (word, sum) in input.words.iter().zip(words.chunks_exact_mut(WIDTH)) {
            for gram in &word.grams {
                add(sum, row(&self.grams, usize::from(*gram), WIDTH));
            }
            let share = 1.0 / root(word.grams.len());
            scale(sum, share);
            for tag in &word.tags {
                add(sum, row(&self.tags, usize::from(*tag), WIDTH));
            }
        }
        words
    }

    fn diets(&self, words: &[f32], input: &Input) -> Vec<f32> {
        let mut best = vec![f32::MIN; DIETS];
        let (rows, _) = self.diets.as_chunks::<DIETS>();
        let mut bias = [0.0; DIETS];
        for (bias, is) in bias.iter_mut().zip(&self.diet_bias) {
            *bias = *is;
        }
        for word in words.chunks_exact(WIDTH) {
            let mut now = bias;
            for (number, row) in word.iter().zip(rows) {
                for (now, weight) in now.iter_mut().zip(row) {
                    *now += weight * number;
                }
            }
            for (best, now) in best.iter_mut().zip(now) {
                *best = best.max(now);
            }
        }
        let rules = input.diets.iter().zip(&self.diet_rules);
        for (best, (found, weight)) in best.iter_mut().zip(rules) {
            if *found {
                *best += weight;
            }
        }
        best
    }
}

/// A layer: each word gains what its neighbours tell.
pub fn layer(words: &[f32], weights: &[f32], bias: &[f32], window: usize) -> Vec<f32> {
    let (before, _) = words.as_chunks::<WIDTH>();
    let mut behind = Vec::with_capacity(words.len());
    for _ in before {
        behind.extend_from_slice(bias);
    }
    let (gained, _) = behind.as_chunks_mut::<WIDTH>();
    let (rows, _) = weights.as_chunks::<WIDTH>();
    for (offset, rows) in rows.chunks_exact(WIDTH).enumerate() {
        // `to` is where a word lies for its neighbour `offset - window / 2` places away.
        let (skip_from, skip_to) =
            (offset.saturating_sub(window / 2), (window / 2).saturating_sub(offset));
        for (from, to) in before.iter().skip(skip_from).zip(gained.iter_mut().skip(skip_to)) {
            let mut sum = *to;
            for (number, row) in from.iter().zip(rows) {
                for (sum, weight) in sum.iter_mut().zip(row) {
                    *sum += weight * number;
                }
            }
            *to = sum;
        }
    }
    for (gained, word) in behind.iter_mut().zip(words) {
        *gained = gained.max(0.0) + word;
    }
    behind
}

/// The strongest and the mean of each number.
pub fn summary(words: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let mut strongest = vec![f32::MIN; WIDTH];
    let mut mean = vec![0.0; WIDTH];
    for word in words.chunks_exact(WIDTH) {
        for (strongest, number) in strongest.iter_mut().zip(word) {
            *strongest = strongest.max(*number);
        }
        add(&mut mean, word);
    }
    let share = 1.0 / root(words.len() / WIDTH);
    scale(&mut mean, share);
    (strongest, mean)
}

/// How much each word matters for a question.
pub fn attend(words: &[f32], attention: &[f32]) -> Vec<f32> {
    softmax(&words.chunks_exact(WIDTH).map(|word| dot(word, attention)).collect::<Vec<_>>())
}

/// The words, each as far as it matters.
pub fn weighted(words: &[f32], weights: &[f32]) -> Vec<f32> {
    let mut sum = vec![0.0; WIDTH];
    for (word, weight) in words.chunks_exact(WIDTH).zip(weights) {
        add_times(&mut sum, word, *weight);
    }
    sum
}

/// Numbers that add up to one, in the order of the given ones.
pub fn softmax(numbers: &[f32]) -> Vec<f32> {
    let most = numbers.iter().copied().fold(f32::MIN, f32::max);
    let powers: Vec<f32> = numbers.iter().map(|number| (number - most).exp()).collect();
    let sum: f32 = powers.iter().sum();
    powers.into_iter().map(|power| power / sum).collect()
}

/// A row of numbers times a table, plus a row.
pub fn times(row: &[f32], table: &[f32], bias: &[f32]) -> Vec<f32> {
    let mut sums = bias.to_vec();
    for (number, weights) in row.iter().zip(table.chunks_exact(bias.len().max(1))) {
        add_times(&mut sums, weights, *number);
    }
    sums
}

/// One row of a table; empty where there is none.
pub fn row(table: &[f32], at: usize, width: usize) -> &[f32] {
    table.get(at * width..(at + 1) * width).unwrap_or_default()
}

/// The square root of a count, at least one.
pub fn root(many: usize) -> f32 {
    count(many).sqrt()
}

#[expect(clippy::cast_precision_loss, reason = "counts of words and networks are small")]
fn count(many: usize) -> f32 {
    many.max(1) as f32
}

fn add(sum: &mut [f32], row: &[f32]) {
    for (sum, number) in sum.iter_mut().zip(row) {
        *sum += number;
    }
}

fn scale(numbers: &mut [f32], by: f32) {
    for number in numbers {
        *number *= by;
    }
}

/// Adds a row as often as is said.
pub fn add_times(sum: &mut [f32], row: &[f32], often: f32) {
    for (sum, number) in sum.iter_mut().zip(row) {
        *sum += number * often;
    }
}

/// The sum of the products.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
