//! What stands behind a verb: words, the line they are from, and what they are read against.

use crate::command::lexicon::{Role, Verb, lexicon, longest};
use crate::command::words::{Word, colon_after, ends_sentence, from_word, unquoted, written};
use crate::command::{Circle, Command, Context, Further, ProblemKind, Scope, people, scope};

/// Words of a line to be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Said<'a> {
    pub(super) line: &'a str,
    pub(super) words: &'a [Word],
    /// The lines below that belong to it.
    pub(super) more: &'a str,
    pub(super) context: Context,
}

/// Words before the colon in `meny torsdag 12. mars: Fårikål`, at most.
const WORDS_BEFORE_COLON: usize = 7;

impl<'a> Said<'a> {
    /// Without the first `count` words.
    pub(super) fn skip(self, count: usize) -> Self {
        Self { words: self.words.get(count..).unwrap_or_default(), ..self }
    }

    /// The first `count` words.
    pub(super) fn first(self, count: usize) -> Self {
        Self { words: self.words.get(..count).unwrap_or(self.words), ..self }
    }

    /// As written from the first word to the end of the line, with its punctuation.
    pub(super) fn text(self) -> Option<String> {
        Some(unquoted(from_word(self.line, self.words)).to_owned()).filter(|text| !text.is_empty())
    }

    /// As written from the first word to the last.
    pub(super) fn written(self) -> &'a str {
        written(self.line, self.words)
    }

    /// The line ends with the last of these words.
    pub(super) fn alone_in_line(self) -> Self {
        let end = self.words.last().map_or(self.line.len(), |last| last.at.end);
        Self { line: self.line.get(..end).unwrap_or(self.line), ..self }
    }

    /// How many of the first words play a role.
    pub(super) fn role(self, role: Role) -> Option<usize> {
        lexicon().role(role, self.words)
    }

    /// The word after which a colon stands, near the beginning.
    pub(super) fn colon(self) -> Option<usize> {
        self.words.iter().take(WORDS_BEFORE_COLON).position(|word| colon_after(self.line, word))
    }

    /// Whether a colon stands before the first word.
    pub(super) fn is_announced(self) -> bool {
        let before = self.words.first().and_then(|first| self.line.get(..first.at.start));
        let before = before.unwrap_or(self.line).trim_end_matches(['«', '“', '"', '(']);
        before.trim_end().ends_with([':', '=', '：'])
    }

    /// How many of the first words are "is": after a colon or in capitals it begins a sentence.
    pub(super) fn copula(self) -> Option<usize> {
        let count = self.role(Role::Is)?;
        let capital = self.first(1).written().starts_with(char::is_uppercase);
        let shouted = self.line.chars().all(|c| !c.is_lowercase());
        (!self.is_announced() && (!capital || shouted)).then_some(count)
    }

    /// All words as the name of a gathering.
    pub(super) fn scope(self) -> Result<Scope, ProblemKind> {
        scope::read(self.line, self.words, self.context)
    }

    /// Apart at the first colon: which gathering, and what of it. Without a colon all is the what.
    pub(super) fn about(self) -> Result<(Scope, Self), ProblemKind> {
        match self.colon() {
            Some(at) => Ok((self.first(at + 1).scope()?, self.skip(at + 1))),
            None => Ok((Scope::Implied, self)),
        }
    }

    /// Apart at "to Thursday's dinner" behind names: the names, and which gathering.
    pub(super) fn names_and_scope(self) -> Result<(Self, Scope), ProblemKind> {
        match self.about()? {
            (Scope::Implied, names) => names.names_then_scope(),
            (scope, names) => Ok((names, scope)),
        }
    }

    /// The same where a colon means something else.
    pub(super) fn names_then_scope(self) -> Result<(Self, Scope), ProblemKind> {
        let marker = (1..self.words.len()).find_map(|at| {
            let rest = self.skip(at);
            let clear = |count: &usize| scope::is_clear(rest.skip(*count).words);
            let on = || rest.role(Role::On).or_else(|| rest.role(Role::About)).filter(clear);
            // "Siri og Man": a list ends with a name.
            let listed_last =
                at.checked_sub(1).is_some_and(|before| self.skip(before).role(Role::And).is_some());
            let dated = || (!listed_last && scope::is_surely_date(rest.words)).then_some(0);
            let listed = || rest.role(Role::OnList);
            listed()
                .or_else(|| rest.role(Role::To))
                .or_else(on)
                .or_else(dated)
                .map(|count| (at, at + count))
        });
        match marker {
            Some((end, start)) => Ok((self.first(end), self.skip(start).scope()?)),
            None => Ok((self, Scope::Implied)),
        }
    }

    /// The circle that all words name.
    pub(super) fn circle(self) -> Option<Circle> {
        let (circle, count) = lexicon().circle(self.words)?;
        (count == self.words.len()).then_some(circle)
    }

    /// The names that the words list.
    pub(super) fn names(self) -> Vec<String> {
        people::list(self.written())
    }

    /// Apart at the first place where a phrase of this role stands.
    pub(super) fn apart_at(self, role: Role) -> Option<(Self, Self)> {
        (0..self.words.len()).find_map(|at| {
            let count = self.skip(at).role(role)?;
            Some((self.first(at), self.skip(at + count)))
        })
    }

    /// Whether a later part of the line begins with "no": `avlys torsdag. Nei, vent`.
    pub(super) fn takes_back(self) -> bool {
        (1..self.words.len()).any(|at| {
            let before = self.words.get(at - 1);
            let parted = before.is_some_and(|word| word.breaks || ends_sentence(self.line, word));
            let verb = longest(&lexicon().verbs, self.skip(at).words);
            parted && verb.is_some_and(|(verb, _)| verb == Verb::No)
        })
    }

    /// The text of this line and of the lines that belong to it.
    pub(super) fn whole_text(self) -> Option<String> {
        let first = from_word(self.line, self.words);
        let text = format!("{first}\n{}", self.more);
        let text = unquoted(text.trim());
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// A command that needs no further word.
    pub(super) fn alone(self, command: Command) -> Result<Command, ProblemKind> {
        if self.words.is_empty() { Ok(command) } else { Err(ProblemKind::NotUnderstood) }
    }

    /// A command that needs some words and nothing else.
    pub(super) fn further(
        self,
        what: &str,
        command: fn(String) -> Further,
    ) -> Result<Command, ProblemKind> {
        let filler = self.role(Role::On).or_else(|| self.role(Role::About));
        let said = self.skip(filler.unwrap_or(0));
        match said.written() {
            "" => missing(what),
            text => Ok(command(text.to_owned()).into()),
        }
    }

    /// A problem that shows what can not be read.
    pub(super) fn bad<T>(self, what: &str) -> Result<T, ProblemKind> {
        Err(ProblemKind::BadValue { what: what.into(), value: self.written().into() })
    }
}

/// A problem that says what is missing.
pub(super) fn missing<T>(what: &str) -> Result<T, ProblemKind> {
    Err(ProblemKind::Missing { what: what.into() })
}
