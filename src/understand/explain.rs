//! What a mail means, for a person and for a program.

use serde_json::{Value, json};

use super::{Answer, Because, Kind, Meaning, visible};
use crate::mail::{EmailAddress, Message};

/// Where a person's own words end, if anything stands below them: the first line of it, and what it
/// is in a word: `quote`, `signature`, `device`.
pub fn end_of_own_words(message: &Message) -> Option<(String, &'static str)> {
    let visible = visible::visible(message, None);
    visible.end().map(|(line, why)| (line.to_owned(), why.word()))
}

/// For a person: what was concluded, the words that decided, and the mail as it was read, every line
/// either kept or with the reason why it was cut.
pub fn explain_text(message: &Message, meaning: &Meaning) -> String {
    let mut lines = sender(message);
    lines.extend(conclusions(meaning));
    lines.push("\nbecause".to_owned());
    lines.extend(meaning.because.iter().map(reason));
    lines.push("\nthe mail as it is read".to_owned());
    lines.extend(margin(&visible::as_read(message)));
    lines.join("\n") + "\n"
}

fn sender(message: &Message) -> Vec<String> {
    let address = message.from.as_ref().map_or("", EmailAddress::as_str);
    let from = match message.from_name.as_str() {
        "" => address.to_owned(),
        name => format!("{name} <{address}>"),
    };
    vec![format!("{:<14}{from}", "from"), format!("{:<14}{}\n", "subject", message.subject)]
}

fn conclusions(meaning: &Meaning) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = |name: &str, value: &str| lines.push(format!("{name:<14}{value}"));
    line("kind", meaning.kind.name());
    if matches!(meaning.kind, Kind::Reply | Kind::Calendar) {
        let party =
            meaning.party_size.map_or_else(|| "not said".to_owned(), |size| size.to_string());
        let answer = meaning.answer.map_or("none", Answer::name);
        let diets = diets(meaning);
        line("answer", &format!("{answer} (confidence {:.2})", meaning.confidence));
        line("party", &party);
        line("diets", &if diets.is_empty() { "none".to_owned() } else { diets.join(", ") });
        line("needs human", if meaning.needs_human { "yes" } else { "no" });
    }
    for unreached in meaning.bounce.iter().flat_map(|bounce| &bounce.recipients) {
        let lasts = if unreached.permanent { "for good" } else { "for now" };
        line("not reached", &format!("{}, {lasts}: {}", unreached.address, unreached.reason));
    }
    if let Some(calendar) = &meaning.calendar {
        let attendee = calendar.attendee.as_deref().unwrap_or("nobody");
        let partstat = calendar.partstat.as_deref().unwrap_or("nothing");
        line("calendar", &format!("{} of {attendee}: {partstat}", calendar.method));
    }
    lines
}

fn reason(because: &Because) -> String {
    let words = because.words.replace('\n', " ");
    let conclusion = &because.conclusion;
    // A pattern may name every synonym.
    let rule: String = because.rule.chars().take(80).collect();
    let rule = if rule.len() < because.rule.len() { rule + " …" } else { rule };
    if words.is_empty() {
        return format!("  {conclusion:<24}{rule}");
    }
    format!("  {conclusion:<24}\"{words}\" ({rule})")
}

/// The lines with a margin: what was kept behind a bar, what was cut behind dots, and each reason
/// where it begins. Blank lines at the end are left out.
fn margin(read: &[(String, Option<visible::Why>)]) -> Vec<String> {
    let blank = read.iter().rev().take_while(|(text, _)| text.trim().is_empty()).count();
    let mut last = "";
    let read = read.iter().take(read.len().saturating_sub(blank));
    read.map(|(text, why)| {
        let (name, bar) = why.map_or(("kept", '│'), |why| (why.name(), '·'));
        // A blank line between kept ones needs no reason of its own.
        let shown = if name == last { "" } else { name };
        last = name;
        format!("  {shown:<28}{bar} {text}").trim_end().to_owned()
    })
    .collect()
}

/// For a program: one object a mail.
pub fn explain_json(file: &str, meaning: &Meaning) -> Value {
    let bounce = meaning.bounce.as_ref().map(|bounce| {
        json!({
            "recipients": bounce.recipients,
            "original_message_id": bounce.original_message_id,
        })
    });
    json!({
        "file": file,
        "kind": meaning.kind.name(),
        "answer": meaning.answer.map(Answer::name),
        "confidence": meaning.confidence,
        "party_size": meaning.party_size,
        "diets": diets(meaning),
        "diet_notes": meaning.diet_notes,
        "needs_human": meaning.needs_human,
        "late": meaning.late,
        "answers_later": meaning.answers_later,
        "substitute": meaning.substitute,
        "visible_text": meaning.visible_text,
        "because": meaning.because,
        "bounce": bounce,
        "itip": meaning.calendar,
    })
}

fn diets(meaning: &Meaning) -> Vec<String> {
    meaning
        .diets
        .iter()
        .filter_map(|diet| serde_json::to_value(diet).ok()?.as_str().map(str::to_owned))
        .collect()
}
