//! Who may: how much an act weighs, what a mail proves, and what is asked for before it is done.
//!
//! Invariant: [`asked_for`] is total and looks at nothing but the weight and the evidence. Less
//! evidence never asks for less, and a greater weight never asks for less; the tests go through all
//! combinations.

use serde::{Deserialize, Serialize};

use crate::mail::proof::{Authorship, Proof};

/// How much an act weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// 0. General help, the same for everybody who is known.
    Help,
    /// 1, where it only tells. What it tells goes to the address of record, as a preview would, so
    /// that nothing is gained by asking first.
    Read,
    /// 1, where it changes something about one person or one field, and can be undone.
    Small,
    /// 2. Many are written to, or it can not be undone: cancel, move, remove, below confirmed.
    Large,
    /// 3. Who the organizers are; everything about everybody.
    Grave,
}

impl Level {
    /// All, lightest first.
    pub const ALL: [Self; 5] = [Self::Help, Self::Read, Self::Small, Self::Large, Self::Grave];
}

/// Who writes, as far as From tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nobody that we know.
    Stranger,
    /// A guest or a member.
    Member,
    /// From is a verified address of an organizer: signal (b).
    Organizer,
}

/// What a mail proves. The letters are those of the signals by which the levels are explained.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// (a) Whether the domain of From vouches for the mail, and why.
    pub author: Authorship,
    /// (b) Who From is.
    pub standing: Standing,
    /// (c) Whether it came to the secret reply address of this organizer.
    pub secret_address: bool,
    /// (d) Whether it replies to a mail that we sent to this organizer.
    pub answers_ours: bool,
    /// Whether a machine wrote it.
    pub automatic: bool,
    /// Whether it is here for the first time.
    pub novelty: Novelty,
    /// How it is known what it is about.
    pub lead: Lead,
    /// The organizer whose address From looks like without being it.
    pub imitates: Option<i64>,
}

/// Whether a mail is here for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Novelty {
    /// As far as anybody knows.
    First,
    /// The same words of the same author have been handled: somebody has sent them on.
    Replayed,
}

/// How it is known what a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lead {
    /// By something that only who has had our mail can know: its reply address, its thread or its
    /// calendar's UID.
    Ours,
    /// By who From says that it is from.
    From,
}

impl Evidence {
    /// What is known of a mail of which nothing has been verified.
    pub fn unverified(standing: Standing) -> Self {
        Self {
            author: Authorship::default(),
            standing,
            secret_address: false,
            answers_ours: false,
            automatic: false,
            novelty: Novelty::First,
            lead: Lead::Ours,
            imitates: None,
        }
    }

    /// Whether a guest's answer may count at once: nothing speaks against its author, and either it
    /// has come by a way that only the guest knows, or the author is proven.
    pub fn may_answer(&self) -> bool {
        match (self.author.proof, self.lead) {
            (Proof::Refuted, _) => false,
            (Proof::Proven, _) | (_, Lead::Ours) => true,
            (Proof::Unsigned | Proof::Broken | Proof::Unknowable, Lead::From) => self.answers_ours,
        }
    }

    /// Whether a `ja` in this mail, at a preview's single-use address, counts: it must come from the
    /// organizer, and nothing may speak against that. That the preview went to the address of record
    /// and that whoever answers has read it is what proves the rest.
    pub fn may_confirm(&self) -> bool {
        self.standing == Standing::Organizer
            && !self.automatic
            && self.author.proof != Proof::Refuted
    }

    /// The signals that are there, for the audit: `a`, `b`, `c`, `d`.
    pub fn signals(&self) -> String {
        let there = [
            (self.author.proof == Proof::Proven, 'a'),
            (self.standing == Standing::Organizer, 'b'),
            (self.secret_address, 'c'),
            (self.answers_ours, 'd'),
        ];
        there.into_iter().filter_map(|(is, signal)| is.then_some(signal)).collect()
    }
}

/// What is asked for before an act is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asks {
    /// Nothing: it is done at once.
    Nothing,
    /// A yes to a preview that goes to the organizer's address of record.
    Yes,
    /// That yes, and another organizer's; or that yes, and 24 hours' notice to all organizers.
    TwoOrNotice,
    /// It is not done, and whoever wrote gets no answer.
    Silence,
}

/// What is asked for before an act of this weight is done on the word of such a mail.
pub fn asked_for(level: Level, evidence: &Evidence) -> Asks {
    let refuted = evidence.author.proof == Proof::Refuted;
    if evidence.automatic || refuted || evidence.standing == Standing::Stranger {
        return Asks::Silence;
    }
    match (level, evidence.standing) {
        (Level::Help, _) | (Level::Read, Standing::Organizer) => Asks::Nothing,
        (_, Standing::Stranger | Standing::Member) => Asks::Silence,
        (Level::Small, Standing::Organizer) if vouched_for(evidence) => Asks::Nothing,
        (Level::Small | Level::Large, Standing::Organizer) => Asks::Yes,
        (Level::Grave, Standing::Organizer) => Asks::TwoOrNotice,
    }
}

/// (a) and (b), or (b) and (c) where the domain never says anything about its mail. A signature that
/// does not hold is no reason to trust an address that can be read in any quoted mail.
fn vouched_for(evidence: &Evidence) -> bool {
    match evidence.author.proof {
        Proof::Proven => true,
        Proof::Unsigned => evidence.secret_address,
        Proof::Broken | Proof::Unknowable | Proof::Refuted => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    const PROOFS: [Proof; 5] =
        [Proof::Proven, Proof::Unsigned, Proof::Broken, Proof::Unknowable, Proof::Refuted];
    const STANDINGS: [Standing; 3] = [Standing::Organizer, Standing::Member, Standing::Stranger];

    /// Every combination that a mail can bring.
    fn all() -> Vec<Evidence> {
        let mut all = Vec::new();
        for proof in PROOFS {
            for standing in STANDINGS {
                for bits in 0..8_u8 {
                    all.push(Evidence {
                        author: Authorship { proof, because: String::new() },
                        secret_address: bits & 1 > 0,
                        answers_ours: bits & 2 > 0,
                        automatic: bits & 4 > 0,
                        ..Evidence::unverified(standing)
                    });
                }
            }
        }
        all
    }

    #[test]
    fn what_is_asked_for_is_as_written_for_every_mail_of_a_person() {
        let mut table = String::new();
        for standing in STANDINGS {
            for proof in PROOFS {
                for secret in [false, true] {
                    let evidence = Evidence {
                        author: Authorship { proof, because: String::new() },
                        secret_address: secret,
                        ..Evidence::unverified(standing)
                    };
                    let asks = Level::ALL.map(|level| match asked_for(level, &evidence) {
                        Asks::Nothing => "at once",
                        Asks::Yes => "yes",
                        Asks::TwoOrNotice => "two",
                        Asks::Silence => "-",
                    });
                    let address = if secret { "secret address" } else { "" };
                    let (standing, proof) = (format!("{standing:?}"), format!("{proof:?}"));
                    let row = asks.map(|ask| format!("{ask:<9}")).concat();
                    writeln!(table, "{standing:<10}{proof:<11}{address:<15}{}", row.trim_end())
                        .unwrap();
                }
            }
        }
        let written = "\
Organizer Proven                    at once  at once  at once  yes      two
Organizer Proven     secret address at once  at once  at once  yes      two
Organizer Unsigned                  at once  at once  yes      yes      two
Organizer Unsigned   secret address at once  at once  at once  yes      two
Organizer Broken                    at once  at once  yes      yes      two
Organizer Broken     secret address at once  at once  yes      yes      two
Organizer Unknowable                at once  at once  yes      yes      two
Organizer Unknowable secret address at once  at once  yes      yes      two
Organizer Refuted                   -        -        -        -        -
Organizer Refuted    secret address -        -        -        -        -
Member    Proven                    at once  -        -        -        -
Member    Proven     secret address at once  -        -        -        -
Member    Unsigned                  at once  -        -        -        -
Member    Unsigned   secret address at once  -        -        -        -
Member    Broken                    at once  -        -        -        -
Member    Broken     secret address at once  -        -        -        -
Member    Unknowable                at once  -        -        -        -
Member    Unknowable secret address at once  -        -        -        -
Member    Refuted                   -        -        -        -        -
Member    Refuted    secret address -        -        -        -        -
Stranger  Proven                    -        -        -        -        -
Stranger  Proven     secret address -        -        -        -        -
Stranger  Unsigned                  -        -        -        -        -
Stranger  Unsigned   secret address -        -        -        -        -
Stranger  Broken                    -        -        -        -        -
Stranger  Broken     secret address -        -        -        -        -
Stranger  Unknowable                -        -        -        -        -
Stranger  Unknowable secret address -        -        -        -        -
Stranger  Refuted                   -        -        -        -        -
Stranger  Refuted    secret address -        -        -        -        -
";
        assert_eq!(table, written);
    }

    #[test]
    fn a_machine_is_obeyed_in_nothing() {
        for evidence in all().iter().filter(|evidence| evidence.automatic) {
            for level in Level::ALL {
                assert_eq!(asked_for(level, evidence), Asks::Silence, "{level:?} {evidence:?}");
            }
            assert!(!evidence.may_confirm());
        }
    }

    #[test]
    fn a_heavier_act_never_asks_for_less() {
        for evidence in all() {
            for pair in Level::ALL.windows(2) {
                let (light, heavy) = (asked_for(pair[0], &evidence), asked_for(pair[1], &evidence));
                assert!(light <= heavy, "{pair:?} {evidence:?}");
            }
        }
    }

    #[test]
    fn no_evidence_whatever_carries_out_a_large_act_at_once() {
        for evidence in all() {
            assert!(asked_for(Level::Large, &evidence) >= Asks::Yes, "{evidence:?}");
            assert!(asked_for(Level::Grave, &evidence) >= Asks::TwoOrNotice, "{evidence:?}");
        }
    }

    #[test]
    fn whose_mail_is_forged_confirms_nothing() {
        for evidence in all() {
            let refuted = evidence.author.proof == Proof::Refuted;
            let organizer = evidence.standing == Standing::Organizer;
            let expected = organizer && !refuted && !evidence.automatic;
            assert_eq!(evidence.may_confirm(), expected, "{evidence:?}");
        }
    }

    #[test]
    fn a_guest_is_believed_by_a_way_that_only_they_know_or_by_proof_and_never_against_a_no() {
        for evidence in all() {
            for lead in [Lead::Ours, Lead::From] {
                let evidence = Evidence { lead, ..evidence.clone() };
                let proof = evidence.author.proof;
                let known = lead == Lead::Ours || evidence.answers_ours;
                let expected = proof != Proof::Refuted && (known || proof == Proof::Proven);
                assert_eq!(evidence.may_answer(), expected, "{evidence:?}");
            }
        }
    }

    #[test]
    fn the_audit_reads_the_signals_as_letters() {
        let mut evidence = Evidence::unverified(Standing::Organizer);
        assert_eq!(evidence.signals(), "b");
        evidence.author.proof = Proof::Proven;
        evidence.answers_ours = true;
        assert_eq!(evidence.signals(), "abd");
    }
}
