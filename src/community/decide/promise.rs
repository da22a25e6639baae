//! "Svarer fredag": a guest who does not know yet names the day on which they will.

use chrono::NaiveDate;

use crate::command::{Context, promised_day};
use crate::community::clock;
use crate::community::decision::{Change, Decision};
use crate::community::facts::{Answering, Facts};
use crate::community::gathering::Seat;
use crate::community::letter::Letter;
use crate::understand::{Answer, Meaning};

/// Keeps the day with the answer, and says so in the letter. A later answer without a day takes an
/// earlier promise away.
pub(super) fn keep(
    facts: &Facts,
    answering: &Answering,
    meaning: &Meaning,
    decision: &mut Decision,
) {
    // A seat that is offered, or may come free, waits for nobody's day.
    let in_line = matches!(answering.invitation.seat, Seat::Offered | Seat::Waiting);
    let until = promised(facts, answering, meaning).filter(|_| !in_line);
    if until != answering.invitation.answers_by {
        let invitation_id = answering.invitation.id;
        decision.changes.push(Change::Promise { invitation_id, until });
    }
    for post in &mut decision.posts {
        if let Letter::AnswerMaybe { until: told, .. } = &mut post.letter {
            *told = until;
        }
    }
}

/// The day before the gathering by which a guest who is undecided will answer.
fn promised(facts: &Facts, answering: &Answering, meaning: &Meaning) -> Option<NaiveDate> {
    if meaning.answer != Some(Answer::Maybe) {
        return None;
    }
    let community = &facts.community;
    let context = Context {
        now: facts.arrived_at,
        zone: community.zone,
        language: community.language,
        seats: None,
    };
    let day = promised_day(&meaning.visible_text, context)?;
    let today = clock::local(facts.arrived_at, community.zone).date();
    (today..answering.gathering.starts_local.date()).contains(&day).then_some(day)
}
