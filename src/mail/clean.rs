//! Text from strangers, made harmless: names and subjects for one line, bodies for many.
//!
//! Invariant: what leaves [`clean_line`] holds no line break, NUL, control or bidirectional
//! override character, so it can stand in a header, a log or a letter (RFC 5322 2.2, UTR 36).

/// One line: breaks and runs of white space become one space, control, bidirectional and
/// zero-width characters go, at most `max_chars` characters stay.
pub fn clean_line(text: &str, max_chars: usize) -> String {
    if text.len() <= max_chars && is_plain(text) {
        return text.to_owned();
    }
    let mut line = String::with_capacity(text.len().min(max_chars.saturating_mul(4)));
    let mut length = 0;
    let mut gap = false;
    for c in text.chars() {
        if c.is_whitespace() {
            gap = true;
            continue;
        }
        if c.is_control() || is_bidi(c) || is_zero_width(c) {
            continue;
        }
        let needed = usize::from(gap && length > 0) + 1;
        if length + needed > max_chars {
            break;
        }
        if needed == 2 {
            line.push(' ');
        }
        line.push(c);
        length += needed;
        gap = false;
    }
    line
}

/// Most lines are clean already.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|octet| matches!(octet, b' '..=b'~'))
        && !text.contains("  ")
        && text.trim_ascii().len() == text.len()
}

/// A body: line breaks become LF, tabs stay, NUL, other control and bidirectional characters go.
pub fn clean_text(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {
                // CR LF is one break, a lone CR too: some old Macs and some scanners write it.
                if chars.peek() != Some(&'\n') {
                    clean.push('\n');
                }
            }
            '\u{2028}' | '\u{2029}' | '\u{b}' | '\u{c}' => clean.push('\n'),
            '\n' | '\t' => clean.push(c),
            c if c.is_control() || is_bidi(c) => {}
            c => clean.push(c),
        }
    }
    clean
}

/// Marks of writing direction, and invisible characters that steer how the rest is shown.
fn is_bidi(c: char) -> bool {
    matches!(c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2061}'..='\u{206f}'
        | '\u{fff9}'..='\u{fffb}')
}

/// Zero-width characters that only hide; the joiner U+200D is kept, emoji are made with it.
fn is_zero_width(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{180e}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_can_not_become_a_second_header() {
        assert_eq!(clean_line("Eve\r\nBcc: x@y.no", 80), "Eve Bcc: x@y.no");
        assert_eq!(clean_line("a\0b\u{202e}c\u{7}", 80), "abc");
    }

    #[test]
    fn norwegian_letters_and_joined_emoji_are_kept() {
        assert_eq!(clean_line("  Åse  Bjørg Lærum ", 80), "Åse Bjørg Lærum");
        assert_eq!(clean_line("👨\u{200d}👩\u{200d}👧", 80), "👨\u{200d}👩\u{200d}👧");
    }

    #[test]
    fn a_long_name_is_cut_at_the_limit_and_never_ends_in_a_space() {
        assert_eq!(clean_line("ab cd", 3), "ab");
        assert_eq!(clean_line("ab cd", 4), "ab c");
        assert_eq!(clean_line("abc", 0), "");
    }

    #[test]
    fn every_kind_of_line_break_becomes_one() {
        assert_eq!(clean_text("a\r\nb\rc\nd\u{2028}e"), "a\nb\nc\nd\ne");
    }

    proptest! {
        #[test]
        fn no_text_leaves_anything_that_breaks_a_line(text in any::<String>(), max in 0_usize..100) {
            let line = clean_line(&text, max);
            prop_assert!(line.chars().count() <= max);
            prop_assert!(line.chars().all(|c| !c.is_control() && !is_bidi(c)));
            prop_assert_eq!(clean_line(&line, max), line);
        }

        #[test]
        fn no_body_keeps_nul_or_cr(text in any::<String>()) {
            prop_assert!(clean_text(&text).chars().all(|c| c == '\n' || c == '\t' || !c.is_control()));
        }
    }
}
