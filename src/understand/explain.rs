//! What a mail means, for a person and for a program.

use serde_json::{Value, json};

use super::{Answer, Kind, Meaning, visible};
use crate::mail::Message;

/// Where a person's own words end, if anything stands below them: the first line of it, and what it
/// is in a word: `quote`, `signature`, `device`.
pub fn end_of_own_words(message: &Message) -> Option<(String, &'static str)> {
    let visible = visible::visible(message, None);
    visible.end().map(|(line, why)| (line.to_owned(), why.word()))
}

/// For a person: what was cut and why, what was kept, the words that decided.
pub fn explain_text(message: &Message, meaning: &Meaning) -> String {
    let mut lines = conclusions(meaning);
    lines.push("\nbecause".to_owned());
    for because in &meaning.because {
        let words = because.words.replace('\n', " ");
        lines.push(format!("  {}: \"{words}\" [{}]", because.conclusion, because.rule));
    }
    lines.push("\nkept".to_owned());
    lines.extend(meaning.visible_text.lines().map(|line| format!("  {line}")));
    lines.push("\ncut".to_owned());
    for cut in visible::visible(message, None).cuts {
        let first = cut.text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
        let count = cut.text.lines().count();
        lines.push(format!("  {} ({count} lines): {}", cut.why.name(), first.trim()));
    }
    lines.join("\n") + "\n"
}

fn conclusions(meaning: &Meaning) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = |name: &str, value: &str| lines.push(format!("{name:<14}{value}"));
    line("kind", meaning.kind.name());
    if matches!(meaning.kind, Kind::Reply | Kind::Calendar) {
        let party =
            meaning.party_size.map_or_else(|| "not said".to_owned(), |size| size.to_string());
        line("answer", meaning.answer.map_or("none", Answer::name));
        line("confidence", &format!("{:.2}", meaning.confidence));
        line("party", &party);
        line("diets", &diets(meaning).join(", "));
        line("needs human", if meaning.needs_human { "yes" } else { "no" });
    }
    for unreached in meaning.bounce.iter().flat_map(|bounce| &bounce.recipients) {
        let lasts = if unreached.permanent { "for good" } else { "for now" };
        line("not reached", &format!("{} ({lasts}) {}", unreached.address, unreached.reason));
    }
    lines
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
