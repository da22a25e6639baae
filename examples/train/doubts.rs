//! Labels that a network doubts which has learnt other replies only: where one of the two is wrong,
//! it is often the label.

use langbord::understand::weigh::net;

use crate::learning;
use crate::replies::Labelled;

/// Networks, each of which judges what the others have learnt.
const PARTS: usize = 5;
/// A label is doubted that is given less than this.
const DOUBTED: f32 = 0.12;

/// The doubted lines, those first that are doubted most: the share of the label, what is heard
/// instead, and the line.
pub fn list(all: &[Labelled], rounds: usize) -> Vec<String> {
    let mut doubts: Vec<(f32, String)> = Vec::new();
    for part in 0..PARTS {
        let is_judged = |place: usize| place % PARTS == part;
        let learnt: Vec<_> = places(all, |place| !is_judged(place)).collect();
        let model = learning::learn(&learnt, rounds, 1);
        for reply in places(all, is_judged).filter(|reply| reply.line.contains(" | ")) {
            let output = model.run(&reply.input);
            let shares = net::softmax(&output.answer);
            let share = shares.get(reply.answer).copied().unwrap_or_default();
            if share < DOUBTED {
                let heard = ["yes", "no", "maybe", "-"].into_iter().zip(shares);
                let heard =
                    heard.max_by(|(_, a), (_, b)| a.total_cmp(b)).map_or("", |(name, _)| name);
                doubts.push((share, format!("{share:.3} {heard} {}: {}", reply.file, reply.line)));
            }
        }
    }
    doubts.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    doubts.into_iter().map(|(_, line)| line).collect()
}

fn places(all: &[Labelled], are: impl Fn(usize) -> bool) -> impl Iterator<Item = &Labelled> {
    all.iter().enumerate().filter(move |(place, _)| are(*place)).map(|(_, reply)| reply)
}
