//! A text as sentences of tokens, each with its place in the text.

use std::ops::Range;

use super::lexicon;

/// Octets of a text that are read for its meaning: nobody answers an invitation with a book.
const MAX_TEXT: usize = 64 * 1024;
/// Tokens of a sentence; a longer one is read in pieces.
const MAX_SENTENCE: usize = 120;
/// Octets of a web or mail address.
const MAX_ADDRESS: usize = 300;

/// What stands behind a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pause {
    /// A space or nothing.
    None,
    /// A comma.
    Comma,
    /// A colon, semicolon, dash, bracket or the break of a long line.
    Clause,
    /// The end of the sentence.
    Sentence,
}

/// A word, number or emoji.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// In lower case, with plain apostrophes.
    pub word: String,
    /// Octets in the text.
    pub at: Range<usize>,
    /// What follows.
    pub pause: Pause,
    /// Written with a capital.
    pub capital: bool,
}

/// Tokens up to a full stop, question mark, exclamation mark or line end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// The tokens; never empty.
    pub tokens: Vec<Token>,
    /// Ends with a question mark.
    pub asks: bool,
    /// Languages (bits) whose words are read in it.
    pub languages: u8,
}

impl Sentence {
    /// Octets in the text.
    pub fn at(&self) -> Range<usize> {
        let start = self.tokens.first().map_or(0, |token| token.at.start);
        start..self.tokens.last().map_or(start, |token| token.at.end)
    }

    /// Octets of some of its tokens.
    pub fn span(&self, tokens: Range<usize>) -> Range<usize> {
        let start = self.tokens.get(tokens.start).map_or(0, |token| token.at.start);
        let last = tokens.end.checked_sub(1).and_then(|last| self.tokens.get(last));
        start..last.map_or(start, |token| token.at.end)
    }
}

/// Splits a text into sentences.
pub fn sentences(text: &str) -> Vec<Sentence> {
    let mut found = Vec::new();
    let mut tokens: Vec<Token> = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if at > MAX_TEXT {
            break;
        }
        if tokens.len() >= MAX_SENTENCE {
            end_sentence(&mut found, &mut tokens, false);
        }
        if let Some(end) = address_end(text, at) {
            while chars.next_if(|(next, _)| *next < end).is_some() {}
            continue;
        }
        if starts_word(c, chars.peek().map(|(_, next)| *next)) {
            tokens.push(word(text, at, c, &mut chars));
            continue;
        }
        if is_emoji(c) {
            tokens.push(Token {
                word: c.to_string(),
                at: at..at + c.len_utf8(),
                pause: Pause::None,
                capital: false,
            });
            continue;
        }
        let pause = match c {
            '.' | '!' | '?' | '…' => Pause::Sentence,
            '\n' => line_end(text, at),
            ',' => Pause::Comma,
            ':' | ';' | '(' | ')' | '–' | '—' | '"' | '«' | '»' | '“' | '”' => {
                Pause::Clause
            }
            '-' if text.get(..at).is_some_and(|before| before.ends_with(' ')) => Pause::Clause,
            _other => Pause::None,
        };
        if let Some(last) = tokens.last_mut() {
            last.pause = last.pause.max(pause);
        }
        if pause == Pause::Sentence {
            end_sentence(&mut found, &mut tokens, c == '?');
        } else if c == '?' {
            lone_question(&mut found);
        }
    }
    end_sentence(&mut found, &mut tokens, false);
    share_languages(&mut found);
    found
}

/// A sentence of few telling words is read in the languages of the whole text as well.
fn share_languages(sentences: &mut [Sentence]) {
    let all = languages(
        &sentences.iter().map(|sentence| sentence.tokens.as_slice()).collect::<Vec<_>>(),
        3,
    );
    for sentence in sentences {
        sentence.languages |= all;
    }
}

/// The end of an address of the web or of mail that begins here: no words of the writer's.
fn address_end(text: &str, at: usize) -> Option<usize> {
    let starts = text.get(at..).is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
        && text
            .get(..at)
            .and_then(|before| before.chars().next_back())
            .is_none_or(|c| !c.is_alphanumeric());
    let rest = text.get(at..).filter(|_| starts)?;
    let length = rest
        .char_indices()
        .take(MAX_ADDRESS)
        .find(|(_, c)| c.is_whitespace() || matches!(c, '<' | '>'))
        .map_or(rest.len().min(MAX_ADDRESS), |(length, _)| length);
    let word = rest.get(..length)?;
    let is_address = ["http://", "https://", "www."].iter().any(|start| {
        word.get(..start.len()).is_some_and(|found| found.eq_ignore_ascii_case(start))
    });
    let is_mail =
        word.contains('@') && word.contains('.') && word.starts_with(char::is_alphanumeric);
    (is_address || is_mail).then_some(at + word.len())
}

fn starts_word(c: char, next: Option<char>) -> bool {
    c.is_alphanumeric() || c == '+' && next.is_some_and(|next| next.is_ascii_digit())
}

fn word(
    text: &str,
    start: usize,
    first: char,
    chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>,
) -> Token {
    let mut end = start + first.len_utf8();
    let mut last = first;
    while let Some((at, c)) = chars.peek().copied() {
        let next = text.get(at + c.len_utf8()..).and_then(|rest| rest.chars().next());
        let joins_digits = matches!(c, '.' | ':' | '/' | ',')
            && last.is_ascii_digit()
            && next.is_some_and(|next| next.is_ascii_digit());
        let joins_letters = matches!(c, '\'' | '’' | '´' | '`')
            && last.is_alphabetic()
            && next.is_some_and(char::is_alphabetic);
        if !(c.is_alphanumeric() || joins_digits || joins_letters || is_combining(c)) {
            break;
        }
        // `5pm`, `2stk`: the number is a word of its own.
        last = c;
        end = at + c.len_utf8();
        chars.next();
    }
    let written = text.get(start..end).unwrap_or_default();
    let word = spelt(written.to_lowercase().replace(['’', '´', '`'], "'"));
    Token { word, at: start..end, pause: Pause::None, capital: first.is_uppercase() }
}

/// A word of the lexicon in place of one that is nearly it: `komemr`, `dessvere`.
fn spelt(word: String) -> String {
    let lexicon = lexicon::people();
    let length = word.chars().count();
    if !(5..=20).contains(&length)
        || lexicon.markers.languages(&word) != 0
        || lexicon.matcher.knows(&word)
    {
        return word;
    }
    let near = lexicon
        .misspelt
        .iter()
        .find(|known| known.chars().next() == word.chars().next() && is_near(known, &word));
    near.cloned().unwrap_or(word)
}

/// One letter more, one less, another one, or two in the wrong order.
fn is_near(known: &str, word: &str) -> bool {
    let known: Vec<char> = known.chars().collect();
    let word: Vec<char> = word.chars().collect();
    let same = known.iter().zip(&word).take_while(|(a, b)| a == b).count();
    let rest = |from: &[char], skip: usize| from.get(same + skip..).unwrap_or_default().to_vec();
    let (k, w) = (known.len(), word.len());
    let swapped = known.get(same) == word.get(same + 1) && known.get(same + 1) == word.get(same);
    k == w && (rest(&known, 1) == rest(&word, 1) || swapped && rest(&known, 2) == rest(&word, 2))
        || k == w + 1 && rest(&known, 1) == rest(&word, 0)
        || w == k + 1 && rest(&known, 0) == rest(&word, 1)
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Pictographs, and the marks that people answer with.
pub fn is_emoji(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{21ff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// A line that was full goes on in the next one; a short line was ended by its writer.
fn line_end(text: &str, at: usize) -> Pause {
    let line = text.get(..at).and_then(|before| before.rsplit('\n').next()).unwrap_or_default();
    let next = text.get(at + 1..).and_then(|rest| rest.split('\n').next()).unwrap_or_default();
    let first_word = next.split_whitespace().next().unwrap_or_default();
    let full = line.chars().count() + first_word.chars().count() >= 66;
    let goes_on = next.chars().next().is_some_and(char::is_lowercase) && !line.is_empty();
    if next.trim().is_empty() || !(full || goes_on) {
        Pause::Sentence
    } else if full {
        Pause::None
    } else {
        Pause::Clause
    }
}

/// `Kommer du ??`: the second mark belongs to the sentence before.
fn lone_question(found: &mut [Sentence]) {
    if let Some(last) = found.last_mut() {
        last.asks = true;
    }
}

fn end_sentence(found: &mut Vec<Sentence>, tokens: &mut Vec<Token>, asks: bool) {
    if tokens.is_empty() {
        if asks && let Some(last) = found.last_mut() {
            last.asks = true;
        }
        return;
    }
    let tokens = std::mem::take(tokens);
    let languages = languages(&[&tokens], 1);
    found.push(Sentence { tokens, asks, languages });
}

/// The languages that share most words with the tokens, at least `least`; all where none is told.
fn languages(sentences: &[&[Token]], least: usize) -> u8 {
    let lexicon = lexicon::people();
    let mut counts = [0_usize; 8];
    for token in sentences.iter().copied().flatten() {
        let bits = lexicon.markers.languages(&token.word);
        for (bit, count) in counts.iter_mut().enumerate() {
            *count += usize::from(bits >> bit & 1);
        }
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    if most < least {
        return if least == 1 { u8::MAX } else { 0 };
    }
    let mut languages = 1 << 6;
    for (bit, count) in counts.iter().enumerate() {
        // Two languages in one sentence are common enough: "Sorry, can't make it, er i Stavanger".
        if *count * 2 >= most {
            languages |= 1 << bit;
        }
    }
    languages
}
