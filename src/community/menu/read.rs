//! A menu, word by word: dishes, and what is said not to be in them.

use super::lexicon::{self, Lexicon, Set};

/// A dish, or a word of one, and what is usually in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dish {
    /// As written.
    pub words: String,
    /// What is in it.
    pub holds: Set,
}

/// Dishes of several words have at most so many.
const LONGEST: usize = 3;
/// A menu is read so far.
const MOST_WORDS: usize = 400;
/// Words of a guest's own that are looked for have at least so many letters.
const SHORTEST_NEED: usize = 4;

struct Token<'a> {
    written: &'a str,
    word: String,
    /// Whether a comma, a full stop, a bracket or a new line stands before it.
    apart: bool,
}

/// What is on a menu, with what is usually in it and not said to be left out.
pub fn dishes(menu: &str) -> Vec<Dish> {
    let tokens = tokens(menu);
    let mut reader = Reader::new();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        if token.apart {
            reader.end_phrase();
        }
        let rest = tokens.get(at..).unwrap_or_default();
        at += reader.take(rest, at.checked_sub(1).and_then(|before| tokens.get(before)));
    }
    reader.end_phrase();
    reader.dishes.retain(|dish| !dish.holds.is_empty());
    reader.dishes
}

/// Words of a menu that somebody has named as what they can not have.
pub(super) fn named(menu: &str, need: &str) -> Vec<String> {
    let words = lexicon::words();
    let says_much = |token: &Token<'_>| {
        let around = [&words.without, &words.with, &words.and];
        token.word.chars().count() >= SHORTEST_NEED
            && !around.iter().any(|words| words.contains(&token.word))
    };
    let needs: Vec<String> =
        tokens(need).into_iter().filter(says_much).map(|token| token.word).collect();
    let menu = tokens(menu);
    let left_out = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| menu.get(before));
        before.is_some_and(|before| words.without.contains(&before.word))
    };
    let found = menu.iter().enumerate().filter(|(at, token)| {
        !left_out(*at) && needs.iter().any(|need| token.word.starts_with(need.as_str()))
    });
    found.map(|(_, token)| token.written.to_owned()).collect()
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut apart = false;
    for piece in text.split_inclusive(|c: char| !(c.is_alphabetic() || "-'’&".contains(c))) {
        let written = piece.trim_end_matches(|c: char| !(c.is_alphabetic() || "-'’&".contains(c)));
        if written.chars().any(|c| c.is_alphabetic() || c == '&') {
            let word = written.to_lowercase().replace('’', "'");
            tokens.push(Token { written, word, apart: std::mem::take(&mut apart) });
        }
        apart |= piece.ends_with([',', '.', ';', ':', '(', ')', '\n', '/', '+', '!', '–']);
        if tokens.len() == MOST_WORDS {
            break;
        }
    }
    tokens
}

struct Reader<'a> {
    words: &'a Lexicon,
    dishes: Vec<Dish>,
    /// Where the dishes of the phrase at hand begin, and those of the one before.
    phrase: usize,
    before: usize,
    /// What the dishes to come have none of.
    free: Set,
    /// Whether a list of what is left out is being read.
    without: bool,
}

impl Reader<'static> {
    fn new() -> Self {
        Self {
            words: lexicon::words(),
            dishes: Vec::new(),
            phrase: 0,
            before: 0,
            free: Set::new(),
            without: false,
        }
    }
}

impl Reader<'_> {
    /// Takes the next word, or several that are one dish. Says how many.
    fn take(&mut self, rest: &[Token<'_>], before: Option<&Token<'_>>) -> usize {
        let Some(token) = rest.first() else { return 1 };
        if let Some((length, holds)) = self.phrase_at(rest) {
            let written: Vec<&str> = rest.iter().take(length).map(|token| token.written).collect();
            self.note(written.join(" "), holds);
            return length;
        }
        let word = token.word.as_str();
        if self.words.free.contains(word) {
            match before.and_then(|before| Some((before, self.words.named(&before.word)?))) {
                // `nut free`: the nuts that have just been read are none.
                Some((named, none)) => {
                    let none = none.clone();
                    let last = self.dishes.last().map(|dish| dish.words.as_str());
                    if last == Some(named.written) {
                        self.dishes.pop();
                    }
                    self.leave_out(&none);
                }
                // `fri for nøtter`.
                None => self.without = true,
            }
        } else if self.words.without.contains(word) {
            self.without = true;
        } else if self.words.with.contains(word) {
            self.without = false;
            self.end_dish();
        } else if self.words.and.contains(word) || word == "&" {
            if !self.without {
                self.end_dish();
            }
        } else {
            self.dish(token);
        }
        1
    }

    fn dish(&mut self, token: &Token<'_>) {
        let word = token.word.as_str();
        // `uten nøtter`, said of what stands around it.
        if self.without
            && let Some(none) = self.words.named(word).cloned()
        {
            self.leave_out(&none);
            return;
        }
        // `laktose- og glutenfri`.
        let hyphen = word.ends_with('-').then(|| self.words.named(word)).flatten();
        if let Some(none) = hyphen.or_else(|| self.words.none_of(word)).cloned() {
            self.leave_out(&none);
        }
        let says_so = self.words.free.iter().any(|free| word.ends_with(free.as_str()));
        if hyphen.is_none()
            && !(says_so && self.words.none_of(word).is_some())
            && let Some(holds) = self.words.dish(word)
        {
            self.note(token.written.to_owned(), holds);
        }
    }

    fn phrase_at(&self, rest: &[Token<'_>]) -> Option<(usize, Set)> {
        (2..=LONGEST).rev().find_map(|length| {
            let tokens = rest.get(..length)?;
            if tokens.iter().skip(1).any(|token| token.apart) {
                return None;
            }
            let words: Vec<&str> = tokens.iter().map(|token| token.word.as_str()).collect();
            Some((length, self.words.phrase(&words.join(" "))?.clone()))
        })
    }

    /// The dishes to come, or those of this phrase, have none of these.
    fn leave_out(&mut self, none: &Set) {
        self.free.extend(none);
        for dish in self.dishes.iter_mut().skip(self.phrase) {
            dish.holds.retain(|part| !none.contains(part));
        }
    }

    fn note(&mut self, words: String, mut holds: Set) {
        if self.without {
            return;
        }
        holds.retain(|part| !self.free.contains(part));
        self.dishes.push(Dish { words, holds });
    }

    /// What has been said of a dish ends where another one begins.
    fn end_dish(&mut self) {
        if self.dishes.len() > self.phrase {
            self.free.clear();
            (self.before, self.phrase) = (self.phrase, self.dishes.len());
        }
    }

    /// `Pannekaker (glutenfrie)`: what is said by itself is said of what stands before.
    fn end_phrase(&mut self) {
        if self.dishes.len() == self.phrase {
            let free = std::mem::take(&mut self.free);
            for dish in self.dishes.iter_mut().skip(self.before) {
                dish.holds.retain(|part| !free.contains(part));
            }
        } else {
            (self.before, self.phrase) = (self.phrase, self.dishes.len());
        }
        self.free.clear();
        self.without = false;
    }
}
