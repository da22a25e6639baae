//! Lines that a mail program broke at its margin, put together again.
//!
//! RFC 3676 (format=flowed) has been undone before; this is for programs that break lines at 72 to
//! 78 columns and say nothing. Invariant: a line that could be a command by itself stays one.

use super::lexicon::{Role, lexicon, longest};
use super::near::may_be_command;
use super::words::split;

/// Shorter lines were ended by a person.
const SHORTEST_BROKEN: usize = 55;

/// No program breaks lines earlier than here, or lets them run further than there.
const MARGIN: std::ops::RangeInclusive<usize> = 70..=80;

/// What closes a mail stands on a line of its own, however long the line before.
const ENDS: [Role; 6] =
    [Role::SignOff, Role::Thanks, Role::Stop, Role::Device, Role::Header, Role::Greeting];

/// The text without breaks at the margin.
pub(super) fn unwrap(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut before = "";
    for line in text.split('\n') {
        let line = line.trim_end_matches('\r');
        if !whole.is_empty() {
            whole.push(if is_broken(before, line) { ' ' } else { '\n' });
        }
        whole.push_str(line);
        before = line;
    }
    whole
}

/// Whether the margin, and no person, stands between two lines.
fn is_broken(before: &str, after: &str) -> bool {
    let length = before.trim_end().chars().count();
    let first = after.split_whitespace().next().map_or(0, |word| word.chars().count());
    let full = length >= SHORTEST_BROKEN
        && length <= *MARGIN.end()
        && length + 1 + first > *MARGIN.start()
        && first > 0;
    let words = split(after);
    full && after.starts_with(char::is_alphanumeric)
        && !before.starts_with('>')
        && !may_be_command(&words)
        && longest(&lexicon().kinds, &words).is_none()
        && ENDS.into_iter().all(|role| lexicon().role(role, &words).is_none())
}
