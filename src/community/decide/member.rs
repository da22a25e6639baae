//! What guests and members ask for beside an answer.
//!
//! Invariant: what is asked for is carried out, or asked about, in any mail that the member writes;
//! what is left of the mail is an answer like any other, so that nothing of it is lost. Whatever
//! can not be taken back, or goes to many, waits for a yes to a mail that was sent to the address of
//! record.

mod seat;
mod wish;

use chrono::{DateTime, Utc};

use super::{Read, answer, post};
use crate::command::member::{self, Sent, Spotted, Wish, Wishes};
use crate::command::{Context, Problem, ProblemKind, Scope};
use crate::community::decision::{Change, Decision, Disposition, Post};
use crate::community::facts::{About, Answering, Came, Facts, NextStep};
use crate::community::letter::{Letter, MemberAct, Memory};
use crate::community::member::{MemberChange, Own, Requested};
use crate::community::person::Person;
use crate::community::purpose::Purpose;
use crate::community::view::{self, Sees};
use crate::language::Language;
use crate::mail::proof::Proof;
use crate::understand::{self, Answer, CONFIDENT, Kind, Meaning};

/// Who writes, and what they have with us.
#[derive(Debug, Clone, Copy)]
struct Author<'a> {
    facts: &'a Facts,
    person: &'a Person,
    own: &'a Own,
    now: DateTime<Utc>,
}

/// What has been carried out so far.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Carried {
    changes: Vec<Change>,
    posts: Vec<Post>,
    acts: Vec<MemberAct>,
    /// Lines that were no wishes after all.
    leftover: Vec<String>,
    /// Seats more than the guest's own.
    more: Option<u32>,
    /// "Hvem kommer?", and the line that asks.
    who: Vec<(Scope, String)>,
    remember: bool,
    forget: bool,
    /// Whether something waits for a word.
    asked: bool,
    /// Whether the organizers have got the mail's words.
    relayed: bool,
    language: Option<Language>,
}

impl Carried {
    /// Whether a seat is to go to somebody else.
    fn hands_over(&self) -> bool {
        let hands_over = |change: &Change| {
            if let Change::Member { change: MemberChange::Request { what, .. }, .. } = change {
                matches!(what, Requested::HandOver { .. })
            } else {
                false
            }
        };
        self.changes.iter().any(hands_over)
    }
}

/// Decides about a mail: its wishes, and by `answer` about what is left of it.
pub(super) fn beside(
    facts: &Facts,
    read: Read<'_>,
    answer: impl Fn(&Meaning) -> Decision,
    now: DateTime<Utc>,
) -> Decision {
    let (Some(person), Some(own)) = (&facts.sender, &facts.own) else {
        return answer(read.meaning);
    };
    let refuted = facts.evidence.author.proof == Proof::Refuted;
    if read.meaning.kind != Kind::Reply || read.odd || refuted {
        return answer(read.meaning);
    }
    let wishes = wishes(facts, read);
    if wishes.is_empty() {
        return answer(read.meaning);
    }
    let author = Author { facts, person, own, now };
    carry_out(author, &wishes, read.meaning, answer)
}

/// Whether a mail is wishes, each clear, and nothing else.
pub(super) fn is_nothing_else(facts: &Facts, read: Read<'_>) -> bool {
    let wishes = wishes(facts, read);
    !wishes.spotted.is_empty() && wishes.problems.is_empty() && wishes.rest.is_empty()
}

/// The wishes of a mail.
pub(super) fn wishes(facts: &Facts, read: Read<'_>) -> Wishes {
    let community = &facts.community;
    let context = Context {
        now: facts.arrived_at,
        zone: community.zone,
        language: community.language,
        seats: None,
    };
    let sent = match facts.came {
        Came::ToInvitation => Sent::ToInvitation,
        Came::ToMember | Came::ToCommunity => Sent::Elsewhere,
    };
    member::read(&read.meaning.visible_text, read.subject, sent, context)
}

fn carry_out(
    author: Author<'_>,
    wishes: &Wishes,
    whole: &Meaning,
    answer: impl Fn(&Meaning) -> Decision,
) -> Decision {
    let mut carried = Carried::default();
    for Spotted { wish, line } in &wishes.spotted {
        wish::carry(author, (wish, line), whole, &mut carried);
    }
    let questions = std::mem::take(&mut carried.who);
    let (known, unknown) =
        questions.into_iter().partition::<Vec<_>, _>(|(scope, _)| seat::is_meant(author, scope));
    carried.leftover.extend(unknown.into_iter().map(|(_, line)| line));
    carried.acts.extend(wishes.problems.iter().map(problem));
    let rest = rest(wishes, &carried);
    let mut meaning = understand::said(&rest);
    let told = !meaning.diets.is_empty() || !meaning.diet_notes.is_empty();
    if let Some(more) = carried.more {
        meaning = with_more(author, meaning, more);
    }
    // What is left of a mail that says which invitation gets which answer is a question to a person,
    // and none of ours back.
    let in_place = |spotted: &Spotted| matches!(spotted.wish, Wish::Answer { .. });
    let is_told = meaning.answer.is_none() && wishes.spotted.iter().any(in_place);
    let mut decision = if rest.trim().is_empty() && carried.more.is_none() {
        Decision::nothing(Disposition::Member)
    } else if meaning.answer == Some(Answer::No) && carried.hands_over() {
        // "I can't come, give my seat to Per": until that is decided the seat is there to give.
        Decision::nothing(Disposition::Member)
    } else if is_told && author.answering().is_none() {
        if meaning.needs_human {
            wish::relay(author, whole, &mut carried);
        }
        Decision::nothing(Disposition::Member)
    } else {
        // Whoever has the mail already need not get it again.
        meaning.needs_human &= !carried.relayed;
        answer(&meaning)
    };
    if carried.remember {
        wish::remember(author, &meaning, &mut carried);
    }
    let forget = carried.forget.then(|| author.change(MemberChange::Forget));
    // What is told in the same mail is told anew.
    let (before, after) = if told { (forget, None) } else { (None, forget) };
    let answered = std::mem::take(&mut decision.changes);
    decision.changes.extend(before);
    decision.changes.extend(answered);
    decision.changes.extend(after);
    decision.changes.append(&mut carried.changes);
    for (scope, _) in &known {
        seat::who_comes(author, scope, &decision.changes, &mut carried.acts);
    }
    decision.posts.append(&mut carried.posts);
    tell(author, carried, &mut decision);
    decision
}

/// What is left of a mail for its answer.
fn rest(wishes: &Wishes, carried: &Carried) -> String {
    let lines = carried.leftover.iter().map(String::as_str);
    let lines: Vec<&str> = lines.chain([wishes.rest.as_str()]).collect();
    lines.join("\n").trim().to_owned()
}

/// "+ Kari": one more than the guest; one more than so far, where that was settled before.
fn with_more(author: Author<'_>, meaning: Meaning, more: u32) -> Meaning {
    let seated = author.answering().filter(|answering| {
        answering.invitation.party > 1 && meaning.answer.is_none() && meaning.party_size.is_none()
    });
    let party = seated.map_or(1, |answering| answering.invitation.party);
    let party = meaning.party_size.unwrap_or(party + more);
    let needs_human = meaning.needs_human && !meaning.visible_text.trim().is_empty();
    Meaning { party_size: Some(party), needs_human, ..meaning }
}

impl<'a> Author<'a> {
    fn change(self, change: MemberChange) -> Change {
        Change::Member { person_id: self.person.id, change }
    }

    /// The invitation that the mail answers.
    fn answering(self) -> Option<&'a Answering> {
        if let About::Invitation(answering) = &self.facts.about { Some(answering) } else { None }
    }

    /// Whether only somebody with this member's mail could have written it.
    fn is_sure(self) -> bool {
        let evidence = &self.facts.evidence;
        self.facts.came != Came::ToCommunity
            || evidence.answers_ours
            || evidence.author.proof == Proof::Proven
    }
}

fn problem(problem: &Problem) -> MemberAct {
    let line = problem.line.clone();
    if let ProblemKind::NearMiss { verb } = &problem.kind {
        MemberAct::NearMiss { line, word: verb.clone() }
    } else {
        MemberAct::BadDay { line }
    }
}

/// Says what became of it: in the answer's own letter where there is room for it, else in a letter
/// of its own.
fn tell(author: Author<'_>, carried: Carried, decision: &mut Decision) {
    let Carried { mut acts, language, .. } = carried;
    let mut person = author.person.clone();
    if let Some(language) = language {
        person.language = language;
        for post in decision.posts.iter_mut().filter(|post| post.to.id == person.id) {
            post.to.language = language;
        }
    }
    acts.retain(|act| {
        let memory = if *act == MemberAct::Remembered {
            Memory::Remembered
        } else if *act == MemberAct::Forgotten {
            Memory::Forgotten
        } else {
            return true;
        };
        !folded(decision, memory)
    });
    if acts.is_empty() {
        return;
    }
    let alone =
        !decision.posts.iter().any(|post| post.purpose == Purpose::Answer(author.facts.inbox_id));
    let purpose = if alone {
        Purpose::Answer(author.facts.inbox_id)
    } else {
        Purpose::Member(author.facts.inbox_id)
    };
    let reply = NextStep::Member(person.id);
    let letter = Letter::Member { acts };
    let post = post::answer(author.facts, &person, letter, reply, author.now);
    decision.posts.push(Post { purpose, ..post });
}

/// Says it in the acknowledgement of an answer, if there is one.
fn folded(decision: &mut Decision, memory: Memory) -> bool {
    for post in &mut decision.posts {
        if let Letter::AnswerYes { noted, .. } | Letter::WaitingList { noted, .. } =
            &mut post.letter
        {
            if memory == Memory::Forgotten {
                noted.diets.clear();
                noted.diet_notes.clear();
            }
            noted.memory = Some(memory);
            return true;
        }
    }
    false
}

/// One answer of several in a mail, each with its own letter in its gathering's thread.
fn answer_in_place(
    author: Author<'_>,
    (text, line): (&str, &str),
    (answering, whole): (&Answering, &Meaning),
    carried: &mut Carried,
) {
    let meaning = understand::said(text);
    if meaning.answer.is_none() || meaning.confidence < CONFIDENT {
        let gathering = view::gathering(&answering.gathering, Sees::NoAddress);
        carried.acts.push(MemberAct::Unclear { gathering, line: line.to_owned() });
        return;
    }
    // The organizers get the whole mail, once.
    let relayed = carried.relayed || meaning.needs_human;
    let meaning = Meaning { visible_text: whole.visible_text.clone(), ..meaning };
    let inbox_id = author.facts.inbox_id;
    let decision = answer::decide(author.facts, answering, &meaning, author.now);
    carried.changes.extend(decision.changes);
    for mut post in decision.posts {
        if post.purpose == Purpose::Answer(inbox_id) {
            post.purpose = Purpose::AnswerTo(inbox_id, answering.invitation.id);
        }
        let again = carried.posts.iter().any(|earlier| earlier.purpose == post.purpose);
        if !again {
            carried.posts.push(post);
        }
    }
    carried.relayed = relayed;
}
