//! Text that runs over several lines: which lines below a verb belong to it.

use super::lexicon::Verb;
use super::lines::Line;
use super::near::is_one_slip_away;
use super::{Context, block, line};

/// The lines below the first of `lines` that belong to its text: how many, and the text itself.
pub(super) fn below(lines: &[Line<'_>], context: Context) -> (usize, String) {
    let Some((first, rest)) = lines.split_first() else { return (0, String::new()) };
    let count = match line::opening(&first.words).map(|opening| opening.verb) {
        // The rest of the mail is the message.
        Some(Verb::Message) => rest.len(),
        Some(Verb::Question | Verb::Menu | Verb::Read | Verb::Note) => {
            rest.iter().take_while(|line| belongs(line, context)).count()
        }
        // "Avlys torsdag", and below it why.
        Some(Verb::Cancel) => rest
            .iter()
            .take(1)
            .filter(|line| !line.after_blank && line::is_explanation(line, context))
            .count(),
        Some(_) | None => 0,
    };
    let mut text = String::new();
    for line in rest.iter().take(count) {
        text.push_str(if line.after_blank { "\n\n" } else { "\n" });
        text.push_str(line.whole);
    }
    // The first line's end is the caller's; an empty line below it belongs to the text.
    (count, text.strip_prefix('\n').unwrap_or_default().trim_end().to_owned())
}

/// Whether a line goes on with the text above it.
pub(super) fn belongs(line: &Line<'_>, context: Context) -> bool {
    line.indented
        || !(block::is_key(line)
            || line::is_surely_command(line, context)
            || (line.after_blank && is_one_slip_away(&line.words)))
}
