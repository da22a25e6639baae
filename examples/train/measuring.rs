//! How well networks read labelled replies.

use langbord::understand::weigh::net::{self, Model, Output};

use crate::replies::Labelled;

/// One line of figures.
pub fn figures(name: &str, models: &[Model], replies: &[&Labelled]) -> String {
    let (mut right, mut flips, mut parties) = (0, 0, 0);
    let (mut found, mut spurious, mut overlooked) = (0, 0, 0);
    let (mut called, mut needed, mut met) = (0, 0, 0);
    for reply in replies {
        let outputs: Vec<Output> = models.iter().map(|model| model.run(&reply.input)).collect();
        let Some(output) = Output::mean(&outputs) else { continue };
        let answer = strongest(&output.answer);
        right += usize::from(answer == reply.answer);
        // Yes is 0 and no is 1: only the two of them add up to one.
        flips += usize::from(answer + reply.answer == 1);
        let party = if answer % 2 == 1 { 0 } else { strongest(&output.party) };
        parties += usize::from(party == reply.party);
        let human = output.human > 0.0;
        called += usize::from(human);
        needed += usize::from(reply.human);
        met += usize::from(human && reply.human);
        for (diet, is) in output.diets.iter().zip(reply.diets) {
            found += usize::from(*diet > 0.0 && is);
            spurious += usize::from(*diet > 0.0 && !is);
            overlooked += usize::from(*diet <= 0.0 && is);
        }
    }
    let count = replies.len();
    format!(
        "{name}: {count} replies, answer {}, flips {flips}, party {}, diets F1 {}, person {} of what \
         is called is needed, {} of what is needed is called",
        share(right, count),
        share(parties, count),
        share(2 * found, 2 * found + spurious + overlooked),
        share(met, called),
        share(met, needed),
    )
}

fn strongest(numbers: &[f32]) -> usize {
    let best =
        net::softmax(numbers).into_iter().enumerate().max_by(|(_, a), (_, b)| a.total_cmp(b));
    best.map_or(0, |(place, _)| place)
}

#[expect(clippy::cast_precision_loss, reason = "the counts are small")]
fn share(part: usize, whole: usize) -> String {
    format!("{:.1} %", part as f64 / whole.max(1) as f64 * 100.0)
}
