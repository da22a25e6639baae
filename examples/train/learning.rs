//! Learning: the slopes of the loss, written out by hand, and Adam.
//!
//! A reply is seen otherwise in every round: words, patterns and the word of the rules are left out
//! at times, so that none is relied on alone, and small talk is put before or behind it, so that
//! small talk is learnt to mean nothing.

#![expect(
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "sums over tables of known sizes, far from any mail"
)]

use std::collections::BTreeSet;
use std::thread;

use langbord::understand::weigh::net::{
    self, ANSWERS, DIETS, GRAMS, HIDDEN, Input, Model, PARTIES, Question, READ, TAGS, WIDTH,
    WINDOWS, Word,
};

use crate::replies::Labelled;

const BATCH: usize = 16;
/// Length of a step at its greatest.
const RATE: f32 = 2.5e-3;
/// How much of every number is forgotten at a step, times the rate.
const DECAY: f32 = 1e-2;
/// Share of replies with small talk beside them.
const TALK: f32 = 0.15;
const LONGEST: usize = 120;

/// Where the networks begin.
const SEEDS: [u64; 2] = [1, 2];

/// Networks that have learnt the replies, each from another beginning.
pub fn all(replies: &[&Labelled], rounds: usize) -> Vec<Model> {
    thread::scope(|scope| {
        let learners: Vec<_> =
            SEEDS.map(|seed| scope.spawn(move || learn(replies, rounds, seed))).into();
        learners.into_iter().filter_map(|learner| learner.join().ok()).collect()
    })
}

/// A network that has learnt the replies.
pub fn learn(replies: &[&Labelled], rounds: usize, seed: u64) -> Model {
    let mut dice = Dice(seed);
    let mut model = fresh(&mut dice);
    let mut slopes = fresh(&mut Dice(0));
    for table in tables(&mut slopes) {
        table.fill(0.0);
    }
    let mut adams: Vec<Adam> =
        tables(&mut model).iter().map(|table| Adam::of(table.len())).collect();
    let talk: Vec<&Labelled> =
        replies.iter().copied().filter(|reply| is_small_talk(reply)).collect();
    let mut order: Vec<usize> = (0..replies.len()).collect();
    let steps = (rounds * replies.len() / BATCH) as f32;
    let mut step = 0.0_f32;
    for round in 1..=rounds {
        for last in (1..order.len()).rev() {
            order.swap(last, dice.below(last + 1));
        }
        let mut loss = 0.0;
        for batch in order.chunks(BATCH) {
            let mut touched = [BTreeSet::new(), BTreeSet::new()];
            for at in batch {
                let reply = seen(replies[*at], &talk, &mut dice);
                loss +=
                    Pass::forward(&model, &reply, &mut dice).backward(&model, &reply, &mut slopes);
                for word in &reply.input.words {
                    touched[0].extend(word.grams.iter().copied().map(usize::from));
                    touched[1].extend(word.tags.iter().copied().map(usize::from));
                }
            }
            step += 1.0;
            let rate = RATE * (step / 200.0).min(1.0) * (1.0 - 0.97 * step / steps).max(0.02);
            take_step(&mut model, &mut slopes, &mut adams, &touched, rate);
        }
        eprintln!(
            "network {seed}, round {round} of {rounds}: loss {:.3}",
            loss / replies.len() as f32
        );
    }
    model
}

fn is_small_talk(reply: &Labelled) -> bool {
    reply.answer == 3 && !reply.human && reply.input.words.len() < 40
}

/// Numbers that look random and are not (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> f32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) >> 40) as f32 / (1_u32 << 24) as f32
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below `many`")]
    fn below(&mut self, many: usize) -> usize {
        ((self.roll() * many as f32) as usize).min(many - 1)
    }

    /// Nearly a normal distribution: the sum of six.
    fn normal(&mut self, scale: f32) -> f32 {
        (0..6).map(|_| self.roll() - 0.5).sum::<f32>() * 1.41 * scale
    }

    /// Keeps this share of places, stronger by what is lost.
    fn mask(&mut self, count: usize, keep: f32) -> Vec<f32> {
        (0..count).map(|_| if self.roll() < keep { 1.0 / keep } else { 0.0 }).collect()
    }
}

fn fresh(dice: &mut Dice) -> Model {
    let mut table =
        |count: usize, scale: f32| -> Vec<f32> { (0..count).map(|_| dice.normal(scale)).collect() };
    Model {
        grams: table(GRAMS * WIDTH, 0.1),
        tags: table(TAGS * WIDTH, 0.1),
        layers: WINDOWS
            .map(|window| table(window * WIDTH * WIDTH, (1.0 / (3 * WIDTH) as f32).sqrt()))
            .to_vec(),
        layer_bias: vec![vec![0.0; WIDTH]; WINDOWS.len()],
        questions: [ANSWERS, 1, PARTIES]
            .map(|answers| Question {
                attention: table(WIDTH, 0.1),
                weights: table(READ * answers, 0.05),
                bias: vec![0.0; answers],
                together: table(READ * HIDDEN, (1.0 / READ as f32).sqrt()),
                together_bias: vec![0.0; HIDDEN],
                behind: table(HIDDEN * answers, 0.1),
            })
            .to_vec(),
        diets: table(WIDTH * DIETS, 0.1),
        diet_bias: vec![-3.0; DIETS],
        diet_rules: vec![1.0; DIETS],
    }
}

/// All tables, in the same order for numbers and slopes; the two large ones first.
fn tables(model: &mut Model) -> Vec<&mut Vec<f32>> {
    let mut all = vec![&mut model.grams, &mut model.tags];
    all.extend(model.layers.iter_mut().chain(&mut model.layer_bias));
    for question in &mut model.questions {
        all.extend([&mut question.attention, &mut question.weights, &mut question.bias]);
        all.extend([&mut question.together, &mut question.together_bias, &mut question.behind]);
    }
    all.extend([&mut model.diets, &mut model.diet_bias, &mut model.diet_rules]);
    all
}

/// The running means of the slopes and of their squares (Kingma and Ba, 2015).
struct Adam {
    mean: Vec<f32>,
    square: Vec<f32>,
}

impl Adam {
    fn of(count: usize) -> Self {
        Self { mean: vec![0.0; count], square: vec![0.0; count] }
    }

    /// Moves the numbers from `at` on, and forgets their slopes.
    fn step(&mut self, at: usize, numbers: &mut [f32], slopes: &mut [f32], rate: f32) {
        let means = &mut self.mean[at..at + numbers.len()];
        let squares = &mut self.square[at..at + numbers.len()];
        for (((number, slope), mean), square) in
            numbers.iter_mut().zip(slopes).zip(means).zip(squares)
        {
            *mean = 0.9 * *mean + 0.1 * *slope;
            *square = 0.99 * *square + 0.01 * *slope * *slope;
            *number -= rate * (*mean / (square.sqrt() + 1e-5) + DECAY * *number);
            *slope = 0.0;
        }
    }
}

/// Of the two large tables only the rows that the batch touched are moved.
fn take_step(
    model: &mut Model,
    slopes: &mut Model,
    adams: &mut [Adam],
    touched: &[BTreeSet<usize>; 2],
    rate: f32,
) {
    let all = tables(model).into_iter().zip(tables(slopes)).zip(adams);
    for (place, ((numbers, slopes), adam)) in all.enumerate() {
        let Some(rows) = touched.get(place) else {
            adam.step(0, numbers, slopes, rate);
            continue;
        };
        for row in rows {
            let range = row * WIDTH..(row + 1) * WIDTH;
            adam.step(range.start, &mut numbers[range.clone()], &mut slopes[range], rate);
        }
    }
}

/// A reply as it is seen this time.
fn seen(reply: &Labelled, talk: &[&Labelled], dice: &mut Dice) -> Labelled {
    let mut reply = blurred(reply, dice);
    if dice.roll() >= TALK || talk.is_empty() {
        return reply;
    }
    let other = blurred(talk[dice.below(talk.len())], dice);
    if reply.input.words.len() + other.input.words.len() > LONGEST {
        return reply;
    }
    let behind = dice.roll() < 0.5;
    let words: &mut Vec<Word> = &mut reply.input.words;
    let at = if behind { words.len() } else { 0 };
    words.splice(at..at, other.input.words);
    // The rules have not read the two together.
    reply.input.rules.fill(0.0);
    reply.input.diets = [false; DIETS];
    for (diet, more) in reply.diets.iter_mut().zip(other.diets) {
        *diet |= more;
    }
    reply
}

fn blurred(reply: &Labelled, dice: &mut Dice) -> Labelled {
    let mut reply = reply.clone();
    let hide_tags = dice.roll() < if reply.known { 0.5 } else { 0.1 };
    for word in &mut reply.input.words {
        if dice.roll() < 0.08 {
            *word = Word::default();
        } else if word.grams.len() > 1 && dice.roll() < 0.15 {
            // Without the word itself, its letters have to tell.
            word.grams.remove(0);
        }
        if hide_tags {
            word.tags.clear();
        }
    }
    if dice.roll() < if reply.known { 0.9 } else { 0.15 } {
        reply.input.rules.fill(0.0);
        if dice.roll() < 0.5 {
            reply.input.diets = [false; DIETS];
        }
    }
    reply
}

/// What was computed for a reply, kept for the way back. Mirrors [`Model::run`], with masks.
struct Pass {
    /// The words before the first layer and behind each.
    words: Vec<Vec<f32>>,
    word_mask: Vec<f32>,
    layer_masks: Vec<Vec<f32>>,
    /// For each question, of what it reads and of what that tells together.
    read_masks: Vec<[Vec<f32>; 2]>,
}

impl Pass {
    fn forward(model: &Model, reply: &Labelled, dice: &mut Dice) -> Self {
        let numbers = reply.input.words.len() * WIDTH;
        let mut first = model.embed(&reply.input);
        let word_mask = dice.mask(numbers, 0.8);
        multiply(&mut first, &word_mask);
        let mut words = vec![first];
        let mut layer_masks = Vec::new();
        for (place, window) in WINDOWS.into_iter().enumerate() {
            let mask = dice.mask(numbers, 0.8);
            let before = &words[place];
            let behind = net::layer(before, &model.layers[place], &model.layer_bias[place], window);
            let gained = behind.iter().zip(before).zip(&mask);
            words.push(
                gained.map(|((behind, before), mask)| (behind - before) * mask + before).collect(),
            );
            layer_masks.push(mask);
        }
        let read_masks = model
            .questions
            .iter()
            .map(|_| [READ, HIDDEN].map(|count| dice.mask(count, 0.75)))
            .collect();
        Self { words, word_mask, layer_masks, read_masks }
    }

    /// Adds the slopes of the reply, and returns its loss.
    fn backward(self, model: &Model, reply: &Labelled, slopes: &mut Model) -> f32 {
        let words = self.words.last().map_or(&[][..], Vec::as_slice);
        let mut down = vec![0.0; words.len()];
        let mut loss = 0.0;
        for (place, (question, mask)) in model.questions.iter().zip(&self.read_masks).enumerate() {
            let read = Read::of(words, question, mask, &reply.input);
            let outputs = question.answers(&read.numbers, &read.together);
            let (more, wrong) = wrong(place, &outputs, reply);
            loss += more;
            read.backward(
                words,
                (question, mask),
                &wrong,
                (&mut slopes.questions[place], &mut down),
            );
        }
        loss += diets_backward(model, words, reply, slopes, &mut down);
        for place in (0..WINDOWS.len()).rev() {
            self.layer_backward(place, model, slopes, &mut down);
        }
        multiply(&mut down, &self.word_mask);
        embedding_backward(&reply.input, &down, slopes);
        loss
    }

    fn layer_backward(&self, place: usize, model: &Model, slopes: &mut Model, down: &mut [f32]) {
        let (before, behind) = (&self.words[place], &self.words[place + 1]);
        let gained = before.iter().zip(behind).zip(down.iter()).zip(&self.layer_masks[place]);
        let gained: Vec<f32> = gained
            .map(
                |(((before, behind), down), mask)| if before == behind { 0.0 } else { down * mask },
            )
            .collect();
        let (gained, _) = gained.as_chunks::<WIDTH>();
        let (before, _) = before.as_chunks::<WIDTH>();
        let (down, _) = down.as_chunks_mut::<WIDTH>();
        let (weights, _) = model.layers[place].as_chunks::<WIDTH>();
        let (slopes_of, _) = slopes.layers[place].as_chunks_mut::<WIDTH>();
        let half = WINDOWS[place] / 2;
        for (to, gained) in gained.iter().enumerate() {
            net::add_times(&mut slopes.layer_bias[place], gained, 1.0);
            for offset in 0..WINDOWS[place] {
                let Some(from) =
                    (to + offset).checked_sub(half).filter(|from| *from < before.len())
                else {
                    continue;
                };
                let rows = offset * WIDTH..(offset + 1) * WIDTH;
                let (weights, slopes) = (&weights[rows.clone()], &mut slopes_of[rows]);
                for (number, (weights, slope)) in weights.iter().zip(slopes).enumerate() {
                    let (with, mut sum) = (before[from][number], 0.0);
                    for ((slope, weight), gained) in slope.iter_mut().zip(weights).zip(gained) {
                        *slope += gained * with;
                        sum += gained * weight;
                    }
                    down[from][number] += sum;
                }
            }
        }
    }
}

/// The loss of a question, and how far each of its outputs is off.
fn wrong(place: usize, outputs: &[f32], reply: &Labelled) -> (f32, Vec<f32>) {
    if place == 1 {
        let (lost, wrong) = yes_or_no(outputs[0], reply.human);
        return (lost, vec![wrong]);
    }
    let (right, weight) = if place == 0 { (reply.answer, 1.0) } else { (reply.party, 0.8) };
    let shares = net::softmax(outputs);
    let loss = -weight * shares[right].max(1e-9).ln();
    // Nobody labels without error, so a twentieth is left to the others.
    let others = 0.05 / outputs.len() as f32;
    let wanted = |at: usize| others + if at == right { 0.95 } else { 0.0 };
    (loss, shares.iter().enumerate().map(|(at, share)| weight * (share - wanted(at))).collect())
}

fn yes_or_no(output: f32, is: bool) -> (f32, f32) {
    let share = 1.0 / (1.0 + (-output).exp());
    let (right, wanted) = if is { (share, 1.0) } else { (1.0 - share, 0.0) };
    (-0.5 * right.max(1e-9).ln(), 0.5 * (share - wanted))
}

/// What a question reads of the words.
struct Read {
    attention: Vec<f32>,
    numbers: Vec<f32>,
    together: Vec<f32>,
}

impl Read {
    fn of(words: &[f32], question: &Question, masks: &[Vec<f32>; 2], input: &Input) -> Self {
        let attention = net::attend(words, &question.attention);
        let (strongest, mean) = net::summary(words);
        let mut numbers = net::weighted(words, &attention);
        numbers.extend(strongest.iter().chain(&mean).chain(&input.rules));
        multiply(&mut numbers, &masks[0]);
        let mut together = question.together(&numbers);
        multiply(&mut together, &masks[1]);
        Self { attention, numbers, together }
    }

    fn backward(
        &self,
        words: &[f32],
        (question, masks): (&Question, &[Vec<f32>; 2]),
        wrong: &[f32],
        (slopes, down): (&mut Question, &mut [f32]),
    ) {
        let back = self.numbers_backward((question, masks), wrong, slopes);
        let (attended, rest) = back.split_at(WIDTH);
        let pulls: Vec<f32> =
            words.chunks_exact(WIDTH).map(|word| net::dot(word, attended)).collect();
        let middle = net::dot(&pulls, &self.attention);
        for (at, (word, down)) in
            words.chunks_exact(WIDTH).zip(down.chunks_exact_mut(WIDTH)).enumerate()
        {
            let pull = self.attention[at] * (pulls[at] - middle);
            net::add_times(down, attended, self.attention[at]);
            net::add_times(down, &question.attention, pull);
            net::add_times(&mut slopes.attention, word, pull);
        }
        let count = words.len() / WIDTH;
        let share = 1.0 / net::root(count);
        for number in 0..WIDTH {
            down[strongest(words, number, WIDTH) * WIDTH + number] += rest[number];
            (0..count).for_each(|at| down[at * WIDTH + number] += rest[WIDTH + number] * share);
        }
    }

    /// How far each number that is read should move.
    fn numbers_backward(
        &self,
        (question, masks): (&Question, &[Vec<f32>; 2]),
        wrong: &[f32],
        slopes: &mut Question,
    ) -> Vec<f32> {
        let columns = wrong.len();
        let mut together = vec![0.0; HIDDEN];
        for (at, together) in together.iter_mut().enumerate() {
            let row = at * columns..(at + 1) * columns;
            if self.together[at] > 0.0 {
                *together = net::dot(&question.behind[row.clone()], wrong) * masks[1][at];
            }
            net::add_times(&mut slopes.behind[row], wrong, self.together[at]);
        }
        let mut back = vec![0.0; READ];
        for (at, back) in back.iter_mut().enumerate() {
            let (row, inner) = (at * columns..(at + 1) * columns, at * HIDDEN..(at + 1) * HIDDEN);
            *back = net::dot(&question.weights[row.clone()], wrong)
                + net::dot(&question.together[inner.clone()], &together);
            *back *= masks[0][at];
            net::add_times(&mut slopes.weights[row], wrong, self.numbers[at]);
            net::add_times(&mut slopes.together[inner], &together, self.numbers[at]);
        }
        net::add_times(&mut slopes.bias, wrong, 1.0);
        net::add_times(&mut slopes.together_bias, &together, 1.0);
        back
    }
}

/// The row with the greatest number of a column.
fn strongest(rows: &[f32], column: usize, width: usize) -> usize {
    let best = (0..rows.len() / width)
        .max_by(|a, b| rows[a * width + column].total_cmp(&rows[b * width + column]));
    best.unwrap_or(0)
}

fn diets_backward(
    model: &Model,
    words: &[f32],
    reply: &Labelled,
    slopes: &mut Model,
    down: &mut [f32],
) -> f32 {
    let outputs: Vec<f32> = words
        .chunks_exact(WIDTH)
        .flat_map(|word| net::times(word, &model.diets, &model.diet_bias))
        .collect();
    let mut loss = 0.0;
    for diet in 0..DIETS {
        let word = strongest(&outputs, diet, DIETS);
        let by_rules = f32::from(u8::from(reply.input.diets[diet]));
        let output = outputs[word * DIETS + diet] + by_rules * model.diet_rules[diet];
        let (more, wrong) = yes_or_no(output, reply.diets[diet]);
        loss += more;
        slopes.diet_bias[diet] += wrong;
        slopes.diet_rules[diet] += wrong * by_rules;
        for number in 0..WIDTH {
            slopes.diets[number * DIETS + diet] += wrong * words[word * WIDTH + number];
            down[word * WIDTH + number] += wrong * model.diets[number * DIETS + diet];
        }
    }
    loss
}

fn embedding_backward(input: &Input, down: &[f32], slopes: &mut Model) {
    for (word, down) in input.words.iter().zip(down.chunks_exact(WIDTH)) {
        let share = 1.0 / net::root(word.grams.len());
        for gram in &word.grams {
            let at = usize::from(*gram) * WIDTH;
            net::add_times(&mut slopes.grams[at..at + WIDTH], down, share);
        }
        for tag in &word.tags {
            let at = usize::from(*tag) * WIDTH;
            net::add_times(&mut slopes.tags[at..at + WIDTH], down, 1.0);
        }
    }
}

fn multiply(numbers: &mut [f32], mask: &[f32]) {
    for (number, mask) in numbers.iter_mut().zip(mask) {
        *number *= mask;
    }
}
