//! Which gathering a line is about: by date, weekday or words of its title.

use super::lexicon::{Role, lexicon, longest};
use super::when::{self, Toward};
use super::words::{Word, written};
use super::{Context, GatheringKind, ProblemKind, Scope, people};

/// Reads words that can only name a gathering; they may be none.
pub(super) fn read(line: &str, words: &[Word], context: Context) -> Result<Scope, ProblemKind> {
    let all = words;
    let words = trimmed(words);
    if words.is_empty() {
        return Ok(particular_kind(all).map_or(Scope::Implied, |kind| Scope::Kind { kind }));
    }
    let says = |word| lexicon().role(Role::Sentence, std::slice::from_ref(word)).is_some();
    match dated(line, words, context)? {
        // "Hvem er dette?" is a question, and "er dette" no title.
        None if words.iter().any(says) => Err(ProblemKind::NotUnderstood),
        // "Unntatt Per" says whom, and not which gathering.
        // Nor does "alle".
        None if lexicon().circle(words).is_some_and(|(_, count)| count == words.len()) => {
            Err(ProblemKind::NotUnderstood)
        }
        None if people::leaves_out(line, words) => Err(ProblemKind::NotUnderstood),
        None => Ok(Scope::Words { words: title(line, words) }),
        // More than a date: the words say more than we could use.
        Some(found) if !found.is_alone() => Err(ProblemKind::NotUnderstood),
        Some(found) => Ok(found.scope),
    }
}

/// The words that a title, host or place has to contain: of `mot-middagen` and `julemiddagen` what
/// stands before the kind, of `hos Anne` the name.
fn title(line: &str, words: &[Word]) -> String {
    let markers = [Role::HostMarker, Role::PlaceMarker];
    let marker = markers.into_iter().find_map(|role| lexicon().role(role, words)).unwrap_or(0);
    let words = words.get(marker..).filter(|rest| !rest.is_empty()).unwrap_or(words);
    let text = written(line, words);
    let kind = words.last().and_then(|last| {
        let (kind, _) = ending(last)?;
        let kind = kind.chars().count();
        (last.bare.chars().count() > kind + 2).then_some(kind)
    });
    let length = text.chars().count().saturating_sub(kind.unwrap_or(0));
    let stem: String = text.chars().take(length).collect();
    stem.trim_end_matches(['-', '‐', '‑', ' ']).to_owned()
}

/// The kind that is named, where it says more than "the dinner".
fn particular_kind(words: &[Word]) -> Option<GatheringKind> {
    let kinds = (0..words.len()).filter_map(|at| longest(&lexicon().kinds, words.get(at..)?));
    kinds.map(|(kind, _)| kind).find(|kind| *kind != GatheringKind::Dinner)
}

/// The kind that a word is or ends in: `frokosten`, `torsdagsfrokosten`.
pub(super) fn kind_within(word: &Word) -> Option<GatheringKind> {
    ending(word).map(|(_, kind)| kind)
}

fn ending(word: &Word) -> Option<(&'static str, GatheringKind)> {
    let kinds = lexicon().kinds.iter().filter(|(kind, _)| word.bare.ends_with(kind.as_str()));
    kinds.max_by_key(|(kind, _)| kind.len()).map(|(phrase, kind)| (phrase.as_str(), *kind))
}

impl Scope {
    /// Whether it was said by date or weekday.
    pub(super) fn is_date(&self) -> bool {
        match self {
            Self::Date { .. } | Self::Weekday { .. } => true,
            Self::Implied | Self::Kind { .. } | Self::Words { .. } | Self::Row { .. } => false,
        }
    }
}

/// A gathering named by a date, and the words around the date.
#[derive(Debug)]
pub(super) struct Dated<'w> {
    pub(super) scope: Scope,
    pub(super) before: &'w [Word],
    pub(super) after: &'w [Word],
}

impl Dated<'_> {
    fn is_alone(&self) -> bool {
        trimmed(self.before).is_empty() && trimmed(self.after).is_empty()
    }
}

/// The gathering named by a date somewhere in `words`.
pub(super) fn dated<'w>(
    line: &str,
    words: &'w [Word],
    context: Context,
) -> Result<Option<Dated<'w>>, ProblemKind> {
    let around = |scope, start, end| Dated {
        scope,
        before: words.get(..start).unwrap_or_default(),
        after: words.get(end..).unwrap_or_default(),
    };
    if let Some((weekday, at)) = weekday_of_compound(words) {
        return Ok(Some(around(Scope::Weekday { weekday }, at, at + 1)));
    }
    let Some((found, start, end)) = when::find(words).filter(|(found, ..)| found.has_date()) else {
        return Ok(None);
    };
    if let (Some(weekday), None) = (found.weekday, found.day) {
        return Ok(Some(around(Scope::Weekday { weekday }, start, end)));
    }
    match found.date(Toward::Nearest, context) {
        Ok(date) => Ok(date.map(|date| around(Scope::Date { date }, start, end))),
        Err(wrong) => {
            let said = words.get(start..end).unwrap_or_default();
            Err(wrong.problem("when", written(line, said)))
        }
    }
}

/// Whether `words` are a date or only say "the gathering", and so can not be a name.
pub(super) fn is_clear(words: &[Word]) -> bool {
    when::read_all(words).is_some() || trimmed(words).is_empty()
}

/// Whether `words` are a date and can not be somebody's name: Tor and June can be both.
pub(super) fn is_surely_date(words: &[Word]) -> bool {
    let name = lexicon().role(Role::AlsoNames, words) == Some(words.len());
    !name && when::read_all(words).is_some_and(|when| when.has_date())
}

/// Without the words that only say "the gathering": `for`, `på`, `middagen`, `the dinner`.
pub(super) fn trimmed(mut words: &[Word]) -> &[Word] {
    // "I morgen" is a day from its first word.
    let is_day = |words: &[Word]| when::read(words).is_some_and(|(when, _)| when.has_date());
    while let Some(count) = filler(words).filter(|_| !is_day(words)) {
        words = words.get(count..).unwrap_or_default();
    }
    while let Some((last, rest)) = words.split_last() {
        if filler(std::slice::from_ref(last)).is_none() {
            break;
        }
        words = rest;
    }
    words
}

fn filler(words: &[Word]) -> Option<usize> {
    let roles = [Role::On, Role::About, Role::To, Role::Gathering, Role::Everything];
    let role = roles.into_iter().find_map(|role| lexicon().role(role, words));
    role.or_else(|| longest(&lexicon().kinds, words).map(|(_, count)| count))
}

/// `torsdagsmiddagen`, `torsdagsfrokosten`: a weekday and a kind grown together.
fn weekday_of_compound(words: &[Word]) -> Option<(u8, usize)> {
    words.iter().enumerate().find_map(|(at, word)| {
        lexicon().weekdays.iter().filter(|(name, _)| name.len() >= 6).find_map(|(name, weekday)| {
            let rest = word.bare.strip_prefix(name.as_str())?.strip_prefix('s')?;
            let kind = rest.trim_start_matches('-');
            lexicon().kinds.contains_key(kind).then_some((*weekday, at))
        })
    })
}
