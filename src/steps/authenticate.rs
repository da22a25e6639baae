//! Who wrote a mail: what has to be asked of the DNS is asked here, before the mail's transaction.

use chrono::{DateTime, TimeDelta, Utc};

use crate::mail::authentic::{self, Heard, Judgement, Policy, Verdict};
use crate::mail::proof::Proof;
use crate::mail::token::Family;
use crate::store::facts::Clues;
use crate::store::inbox::Waiting;
use crate::wire::dns::Resolver;

/// How long a mail waits for a DNS that can not tell. Later it is handled as one that proves nothing.
const PATIENCE: TimeDelta = TimeDelta::hours(24);

/// Who is heard on who wrote a mail.
#[derive(Debug, Default)]
pub struct Witnesses {
    /// What counts.
    pub policy: Policy,
    /// Who knows keys.
    pub resolver: Option<Resolver>,
}

/// What became of the question.
#[derive(Debug)]
pub enum Answer {
    /// This is what the mail proves.
    Verdict(Verdict),
    /// Ask again then, for this reason.
    Later(String, DateTime<Utc>),
}

/// What a mail proves. Whoever answers from a guest's own reply address has shown enough: then only
/// our own server is heard, which costs no question. A stranger has shown nothing by it.
pub async fn authenticate(
    witnesses: &Witnesses,
    (waiting, clues): (&Waiting, &Clues),
    heard: Heard,
    now: DateTime<Utc>,
) -> Answer {
    let policy = Policy { heard, ..witnesses.policy.clone() };
    let examined = authentic::examine(&waiting.raw, &policy, waiting.arrived_at);
    if !clues.stranger && clues.tokens.iter().any(|(family, _)| *family == Family::Guest) {
        return Answer::Verdict(examined.hearsay());
    }
    let answers = match &witnesses.resolver {
        Some(resolver) => resolver.txt(&examined.questions()).await,
        None => authentic::Answers::new(),
    };
    match examined.judge(&answers) {
        Judgement::Settled(verdict) => Answer::Verdict(verdict),
        Judgement::Again(why) if now - waiting.received_at >= PATIENCE => {
            let because = format!("for a day the DNS could not tell: {why}");
            Answer::Verdict(Verdict::unproven(Proof::Unknowable, because))
        }
        Judgement::Again(why) => {
            let minutes = 1_i64 << waiting.held.clamp(0, 6);
            Answer::Later(why, now + TimeDelta::minutes(minutes))
        }
    }
}
