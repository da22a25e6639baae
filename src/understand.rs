//! What a mail means: its kind, and for a person's reply the answer, party, diets and reasons.
//!
//! One entry point, [`understand`]. Pure: no clock, no database, no network, and no knowledge of
//! who was invited to what. The words of each language are data, in `templates/<lang>/lexicon.toml`.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::mail::Message;
use crate::mail::message::{Defect, Part};

mod answer;
mod bounce;
mod calendar;
mod diet;
mod explain;
mod html;
mod human;
mod kind;
mod lexicon;
mod lines;
mod party;
mod pattern;
mod text;
mod visible;
pub mod weigh;

pub use explain::{end_of_own_words, explain_json, explain_text};
use visible::Visible;

/// Who or what wrote the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A person.
    Reply,
    /// A calendar program: `text/calendar` with METHOD REPLY or COUNTER.
    Calendar,
    /// A mail server that could not deliver (RFC 3464 and the many that do not follow it).
    Bounce,
    /// An automatic responder (RFC 3834), a ticket system, a read receipt.
    AutoReply,
    /// A mailing list or newsletter.
    List,
    /// An abuse report (RFC 5965).
    Feedback,
}

/// What a reply says about coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// Will come, also late, early, with somebody, with a wish.
    Yes,
    /// Declines, or cancels an earlier yes.
    No,
    /// Says that it is undecided.
    Maybe,
}

/// A need of the kitchen, from the closed list of the label rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Diet {
    Vegetarian,
    Vegan,
    Pescatarian,
    GlutenFree,
    Coeliac,
    LactoseFree,
    MilkAllergy,
    EggAllergy,
    NutAllergy,
    PeanutAllergy,
    FishAllergy,
    ShellfishAllergy,
    SoyAllergy,
    SesameAllergy,
    Halal,
    Kosher,
    NoPork,
    NoBeef,
    NoAlcohol,
    Diabetic,
    Pregnant,
    LowFodmap,
    /// Any further need; its words are in [`Meaning::diet_notes`].
    Other,
}

impl Diet {
    /// Whether a mistake can send somebody to hospital, so that a host has to know whose it is.
    pub fn is_severe(self) -> bool {
        match self {
            Self::Coeliac
            | Self::MilkAllergy
            | Self::EggAllergy
            | Self::NutAllergy
            | Self::PeanutAllergy
            | Self::FishAllergy
            | Self::ShellfishAllergy
            | Self::SoyAllergy
            | Self::SesameAllergy => true,
            Self::Vegetarian
            | Self::Vegan
            | Self::Pescatarian
            | Self::GlutenFree
            | Self::LactoseFree
            | Self::Halal
            | Self::Kosher
            | Self::NoPork
            | Self::NoBeef
            | Self::NoAlcohol
            | Self::Diabetic
            | Self::Pregnant
            | Self::LowFodmap
            | Self::Other => false,
        }
    }
}

/// What a mail means.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own that a reader asks for"
)]
pub struct Meaning {
    /// Who or what wrote it.
    pub kind: Kind,
    /// About coming; `None` where nothing is said, or nothing that can be settled.
    pub answer: Option<Answer>,
    /// Seats in all, the sender included, where said or clearly implied.
    pub party_size: Option<u32>,
    /// What the kitchen must know.
    pub diets: BTreeSet<Diet>,
    /// The words behind [`Diet::Other`], as written.
    pub diet_notes: Vec<String>,
    /// Whether an organizer has to act or answer.
    pub needs_human: bool,
    /// What the person wrote in this mail: no quote, attribution, signature, advert.
    pub visible_text: String,
    /// How sure the answer is, 0 to 1. Below [`CONFIDENT`] Langbord asks instead of answering.
    pub confidence: f32,
    /// Says that the answer will follow ("svarer fredag").
    pub answers_later: bool,
    /// Will come late.
    pub late: bool,
    /// Sends or offers somebody else in the invited person's place.
    pub substitute: bool,
    /// What each conclusion rests on.
    pub because: Vec<Because>,
    /// For a bounce: who was not reached.
    pub bounce: Option<Bounce>,
    /// For a calendar's answer: what it says.
    #[serde(rename = "itip")]
    pub calendar: Option<CalendarReply>,
}

/// At or above this confidence an answer is taken without asking; the share that the network gives
/// it. Chosen on replies that neither rules nor network had seen (`docs/understanding.md`).
pub const CONFIDENT: f32 = 0.6;

/// A statement ("I'll be there"), as strong as a text can be.
const STATED: f32 = 0.95;
/// Strong enough to stand against what a calendar says: a statement, a word, a wish.
const CLEAR: f32 = 0.8;

/// One conclusion, the words that it rests on and the rule that drew it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Because {
    /// What was concluded: `answer yes`, `party 2`, `diet vegan`, `needs human`.
    pub conclusion: String,
    /// Octet range in `visible_text`; empty where the words stand elsewhere (subject, header).
    pub at: Range<usize>,
    /// The words themselves.
    pub words: String,
    /// The rule's name, stable enough to search for.
    pub rule: String,
}

/// A report that a mail was not delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bounce {
    /// Each recipient that was named.
    pub recipients: Vec<Unreached>,
    /// Message-ID of the returned mail, without angle brackets, where it is quoted.
    pub original_message_id: Option<String>,
}

/// A recipient that was not reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unreached {
    /// The address to which the mail was sent.
    pub address: String,
    /// Class 5 or given up; false for a delay.
    pub permanent: bool,
    /// Enhanced status code (RFC 3463): `5.1.1`.
    pub status: Option<String>,
    /// The server's words, at most 300 characters.
    pub reason: String,
}

/// A calendar program's answer (RFC 5546).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CalendarReply {
    /// `REPLY` or `COUNTER`.
    pub method: String,
    /// The event's UID.
    pub uid: Option<String>,
    /// SEQUENCE of the event answered.
    pub sequence: Option<u32>,
    /// The attendee that answers, in lower case.
    pub attendee: Option<String>,
    /// `ACCEPTED`, `DECLINED`, `TENTATIVE`, `DELEGATED` …
    pub partstat: Option<String>,
    /// How many that attendee brings along (Google's X-NUM-GUESTS).
    pub guests: u32,
    /// A typed comment.
    pub comment: Option<String>,
    /// Every component, the first one included.
    pub events: Vec<CalendarEvent>,
}

/// One VEVENT of a calendar object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CalendarEvent {
    /// Its UID.
    pub uid: Option<String>,
    /// Its SEQUENCE.
    pub sequence: Option<u32>,
    /// RECURRENCE-ID is given: it is one occurrence of a series.
    pub recurrence_id: bool,
    /// The organizer's address in lower case; Exchange omits it.
    pub organizer: Option<String>,
    /// Who is asked and what they answer.
    pub attendees: Vec<Attendee>,
    /// A typed comment.
    pub comment: Option<String>,
}

/// An ATTENDEE of a calendar object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attendee {
    /// In lower case, without `mailto:`.
    pub address: String,
    /// `ACCEPTED` …; `NEEDS-ACTION` where nothing is said.
    pub partstat: String,
    /// How many they bring along (Google's X-NUM-GUESTS).
    pub guests: u32,
}

/// Reads a mail. `sent` is the plain text of the mail that it answers, if known: those words never
/// count as the person's own.
pub fn understand(message: &Message, sent: Option<&str>) -> Meaning {
    let visible = visible::visible(message, sent);
    let sorted = kind::sort(message, &visible.text);
    let mut meaning = Meaning::nothing(sorted.kind);
    meaning.because.push(Because {
        conclusion: format!("kind {}", sorted.kind.name()),
        at: 0..0,
        words: String::new(),
        rule: sorted.rule,
    });
    meaning.bounce = sorted.bounce;
    meaning.calendar = sorted.calendar;
    if sorted.unless_it_answers
        && let Some(person) = answers_after_all(message, &visible, &meaning)
    {
        return person;
    }
    match meaning.kind {
        Kind::Reply => read_person(message, &visible, &mut meaning),
        Kind::Calendar => read_calendar(message, (&visible, sent), &mut meaning),
        Kind::AutoReply => {
            meaning.needs_human = human::address_changed(&visible.text);
            meaning.visible_text = visible.text;
        }
        Kind::Bounce | Kind::List | Kind::Feedback => {}
    }
    meaning
}

/// Reads some of a person's own words by themselves: a line of a mail, or what is left of one.
pub fn said(text: &str) -> Meaning {
    let mut meaning = Meaning::nothing(Kind::Reply);
    text.clone_into(&mut meaning.visible_text);
    read_words(text, &[], &mut meaning);
    settle(&mut meaning, false);
    meaning
}

impl Kind {
    /// As in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reply => "reply",
            Self::Calendar => "calendar",
            Self::Bounce => "bounce",
            Self::AutoReply => "auto_reply",
            Self::List => "list",
            Self::Feedback => "feedback",
        }
    }
}

impl Answer {
    /// As in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::Maybe => "maybe",
        }
    }
}

impl Meaning {
    fn nothing(kind: Kind) -> Self {
        Self {
            kind,
            answer: None,
            party_size: None,
            diets: BTreeSet::new(),
            diet_notes: Vec::new(),
            needs_human: false,
            visible_text: String::new(),
            confidence: 0.0,
            answers_later: false,
            late: false,
            substitute: false,
            because: Vec::new(),
            bounce: None,
            calendar: None,
        }
    }
}

/// What somebody's words mean that stand in another one's mail: `ja, vegetar`.
pub fn understand_words(words: &str) -> Meaning {
    understand(&Message { parts: vec![typed(words)], ..Message::default() }, None)
}

/// A plain text as the part of a mail.
fn typed(text: &str) -> Part {
    Part {
        media_type: "text/plain".to_owned(),
        parameters: Vec::new(),
        attachment: false,
        text: text.to_owned(),
    }
}

/// A person's own words; the subject where there are none.
fn read_person(message: &Message, visible: &Visible, meaning: &mut Meaning) {
    meaning.visible_text.clone_from(&visible.text);
    let subject = if visible.text.trim().is_empty() { typed_subject(message) } else { None };
    let text = subject.as_deref().unwrap_or(&visible.text);
    let asked = if subject.is_some() { &[][..] } else { &visible.asked };
    let from = meaning.because.len();
    read_words(text, asked, meaning);
    let odd = is_odd(message);
    if odd {
        meaning.because.push(Because {
            conclusion: "needs human (charset)".to_owned(),
            at: 0..0,
            words: String::new(),
            rule: "written in a charset that may say anything".to_owned(),
        });
    }
    settle(meaning, odd);
    if subject.is_some() {
        for because in meaning.because.iter_mut().skip(from) {
            because.at = 0..0;
            because.rule.push_str(" (in the subject)");
        }
    }
}

/// Whether it holds octets in a charset that we do not trust, which may say anything.
pub fn is_odd(message: &Message) -> bool {
    message.defects.iter().any(|defect| matches!(defect, Defect::OddCharset(_)))
}

fn read_words(text: &str, asked: &[visible::Asked], meaning: &mut Meaning) {
    let mut sentences = text::sentences(text);
    // `Ja`, and below it `Kari Vik`: nobody comes along.
    if pattern::is_signed(&sentences) {
        sentences.pop();
    }
    let reading = answer::Reading::new(text, &sentences, asked);
    let heard = by_rules(&reading, meaning);
    // Answers below quoted questions stand in no context of their own.
    if asked.is_empty() && !sentences.is_empty() {
        weigh::settle(&reading, &heard, meaning);
    }
}

/// What is not sure enough is no answer.
fn settle(meaning: &mut Meaning, odd: bool) {
    if odd || meaning.confidence < CONFIDENT {
        meaning.answer = None;
        meaning.needs_human |= odd || meaning.confidence > 0.0;
    }
    if meaning.answer.is_none_or(|answer| answer == Answer::No) {
        meaning.party_size = None;
    }
}

/// What the rules make of a text.
fn by_rules(reading: &answer::Reading<'_>, meaning: &mut Meaning) -> answer::Heard {
    let heard = answer::judge(reading, meaning);
    party::count(reading, meaning);
    answer::judge_by_party(meaning);
    diet::collect(reading, meaning);
    human::decide(reading, meaning);
    heard
}

/// What a `mailto:` button or a hurried thumb wrote into the subject. A subject that begins with
/// `Re:` is the invitation's own, unless words of an answer stand before it.
fn typed_subject(message: &Message) -> Option<String> {
    let (_, replied) = lexicon::mail().without_reply_prefix(&message.subject);
    let answers = message.references.is_empty() || !replied;
    (answers && !message.subject.is_empty() && !replied).then(|| message.subject.clone())
}

/// "I'm out of the office that week, so I can't come": a responder says when somebody is back, only
/// a person says about coming.
fn answers_after_all(message: &Message, visible: &Visible, sorted: &Meaning) -> Option<Meaning> {
    // What is stated is a matter of rules; the network knows no responders.
    let mut stated = Meaning::nothing(Kind::Reply);
    let sentences = text::sentences(&visible.text);
    by_rules(&answer::Reading::new(&visible.text, &sentences, &visible.asked), &mut stated);
    let speaks_of_coming = stated.because.iter().any(|because| {
        let is_cue = because.conclusion == "heard" || because.conclusion.starts_with("answer ");
        is_cue && lexicon::mail().says_coming(&because.words)
    });
    let decides = matches!(stated.answer, Some(Answer::Yes | Answer::No));
    let answers_a_mail = sorted.kind == Kind::List;
    if !decides || stated.confidence < STATED || !(speaks_of_coming || answers_a_mail) {
        return None;
    }
    let mut person = Meaning::nothing(Kind::Reply);
    person.because.clone_from(&sorted.because);
    person.calendar.clone_from(&sorted.calendar);
    read_person(message, visible, &mut person);
    if let Some(kind) = person.because.first_mut() {
        "kind reply".clone_into(&mut kind.conclusion);
        kind.rule = format!("speaks of coming, in spite of {}", kind.rule);
    }
    Some(person)
}

/// PARTSTAT is the answer, unless the guest wrote another one beside it. What they wrote counts for
/// the rest: who comes along, what the kitchen must know, what they ask.
fn read_calendar(
    message: &Message,
    (visible, sent): (&Visible, Option<&str>),
    meaning: &mut Meaning,
) {
    let Some(reply) = meaning.calendar.clone() else { return };
    let answer = calendar::answer(&reply);
    let note = calendar::note(message, &visible.text, &reply);
    // Outlook puts the signature and the whole invitation into the comment.
    let beside = Message {
        parts: vec![typed(&note)],
        from_name: message.from_name.clone(),
        subject: message.subject.clone(),
        ..Message::default()
    };
    let note = visible::visible(&beside, sent).text;
    if !note.trim().is_empty() {
        read_person(message, &Visible::typed(note), meaning);
        // A note need not answer: the calendar does.
        meaning.because.retain(|because| !human::is_unclear(because));
    }
    let says = meaning.answer.filter(|_| meaning.confidence >= CLEAR);
    let contradicts = matches!(
        (answer, says),
        (Some(Answer::Yes | Answer::Maybe), Some(Answer::No))
            | (Some(Answer::No), Some(Answer::Yes))
    );
    meaning.answer = answer.filter(|_| !contradicts);
    meaning.confidence = if meaning.answer.is_some() { 1.0 } else { 0.0 };
    meaning.needs_human = reply.method == "COUNTER"
        || meaning.answer.is_none()
        || meaning.substitute
        || meaning.because.iter().any(human::is_reason);
    if meaning.answer != Some(Answer::Yes) {
        meaning.party_size = None;
    } else if meaning.party_size.is_none() && reply.guests > 0 {
        meaning.party_size = Some(reply.guests + 1);
        meaning.because.push(Because {
            conclusion: format!("party {}", reply.guests + 1),
            at: 0..0,
            words: format!("X-NUM-GUESTS={}", reply.guests),
            rule: "what the calendar says of companions".to_owned(),
        });
    }
    if let Some(partstat) = reply.partstat {
        let words = format!("PARTSTAT={partstat}");
        meaning.because.push(Because {
            conclusion: format!("answer {}", meaning.answer.map_or("none", Answer::name)),
            at: 0..0,
            words,
            rule: if contradicts {
                "the calendar and the text say different things".to_owned()
            } else {
                "what the calendar says (RFC 5546)".to_owned()
            },
        });
    }
}

#[cfg(test)]
mod tests;
