//! One sentence: whether it is a wish and nothing else.
//!
//! Invariant: a sentence is only ever a wish as a whole, courtesies aside.

use super::Wish;
use super::words::{Opening, Whole, words};
use crate::command::lexicon::{Role, lexicon};
use crate::command::near::is_name;
use crate::command::when::{self, Toward};
use crate::command::words::{Word, distance, written};
use crate::command::{Context, ProblemKind, Scope, people, scope};
use crate::understand;

/// What a sentence is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Meant {
    /// No wish.
    Nothing,
    /// A wish.
    Wish(Wish),
    /// `+ Kari` at the end; what stands before it is left.
    More {
        /// How many more.
        more: u32,
        /// Octet in the line where it begins.
        before: usize,
    },
    /// A wish that can not be carried out as it stands.
    Problem(ProblemKind),
}

/// Reads one sentence of `line`; `text` is how it is written.
pub(super) fn read(line: &str, sentence: &[Word], text: &str, context: Context) -> Meant {
    if let Some(found) = one_more(line, sentence) {
        return found;
    }
    for core in cores(sentence) {
        let polite = core.len() < sentence.len();
        if let Some(whole) = words().whole(core) {
            let may_be_asked = matches!(whole, Whole::MyData | Whole::EraseMe | Whole::Forget);
            if text.ends_with('?') && !polite && !may_be_asked {
                return Meant::Nothing;
            }
            return Meant::Wish(wish(whole));
        }
        if text.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase)
            && let Some(whole) = words().capitals(core)
        {
            return Meant::Wish(wish(whole));
        }
        if let Some(word) = words().near(core) {
            return Meant::Problem(ProblemKind::NearMiss { verb: word.to_owned() });
        }
        if let Some((opening, count)) = words().opening(core) {
            let found = behind(line, opening, core.get(count..).unwrap_or_default(), context);
            if found != Meant::Nothing {
                return found;
            }
        }
    }
    Meant::Nothing
}

/// Whether words begin what somebody may ask for.
pub(super) fn opens(sentence: &[Word]) -> bool {
    let own = |core: &[Word]| words().whole(core).is_some() || words().opening(core).is_some();
    cores(sentence).into_iter().any(own)
}

fn wish(whole: Whole) -> Wish {
    match whole {
        Whole::Remember => Wish::Remember,
        Whole::Forget => Wish::Forget,
        Whole::MyData => Wish::MyData,
        Whole::EraseMe => Wish::EraseMe,
        Whole::Stop => Wish::Stop,
        Whole::Leave => Wish::Leave,
        Whole::All => Wish::All,
        Whole::Pause => Wish::Away { until: None },
        Whole::Back => Wish::Back,
        Whole::LetIn => Wish::LetIn,
    }
}

/// The sentence as written, and without greeting, "kan du" and "takk" around it.
fn cores(sentence: &[Word]) -> Vec<&[Word]> {
    let mut cores = vec![sentence];
    let mut core = sentence;
    for role in [Role::Greeting, Role::Polite, Role::Polite, Role::Polite] {
        let Some(count) = lexicon().role(role, core) else { continue };
        // "Hei Langbord, mine data": the wish begins after the comma.
        let comma = core.iter().take(count + 3).skip(count - 1).position(|word| word.breaks);
        let skip =
            if role == Role::Greeting { comma.map_or(count, |at| count + at) } else { count };
        core = core.get(skip..).unwrap_or_default();
        cores.push(core);
    }
    let short = cores.iter().filter_map(|core| without_thanks(core));
    // The shorter first: nobody is called "Per, takk".
    short.chain(cores.iter().copied()).filter(|core| !core.is_empty()).collect()
}

/// Without "takk" or "please" at the end.
fn without_thanks(core: &[Word]) -> Option<&[Word]> {
    (1..core.len()).find_map(|at| {
        let rest = core.get(at..)?;
        let roles = [Role::Thanks, Role::Polite];
        let last = roles.into_iter().any(|role| lexicon().role(role, rest) == Some(rest.len()));
        last.then(|| core.get(..at)).flatten()
    })
}

/// What stands behind the first words of a wish.
fn behind(line: &str, opening: Opening, rest: &[Word], context: Context) -> Meant {
    match opening {
        Opening::Away => away(line, rest, context),
        Opening::Who => who(line, rest, context),
        Opening::GiveSeat => give_seat(line, rest, context),
        Opening::Nominate if rest.is_empty() => Meant::Nothing,
        Opening::Nominate => Meant::Wish(Wish::Nominate { text: String::new() }),
        Opening::Language => match words().language(rest) {
            Some(tag) => Meant::Wish(Wish::Language { tag: tag.to_owned() }),
            None => Meant::Nothing,
        },
        Opening::Digest => match words().frequency(rest) {
            Some(how_often) => Meant::Wish(Wish::Digest { how_often }),
            None => Meant::Nothing,
        },
    }
}

/// Longest absence that is taken down; whoever is away for longer leaves.
const LONGEST_AWAY: u64 = 731;

fn away(line: &str, rest: &[Word], context: Context) -> Meant {
    let Some(read) = when::month(rest).or_else(|| when::read_all(rest)) else {
        return Meant::Nothing;
    };
    let today = context.now.with_timezone(&context.zone).date_naive();
    let value = written(line, rest);
    match read.date(Toward::Future, context) {
        Ok(Some(until)) if until <= today => {
            Meant::Problem(ProblemKind::BadValue { what: "until".into(), value: value.into() })
        }
        Ok(Some(until))
            if today
                .checked_add_days(chrono::Days::new(LONGEST_AWAY))
                .is_none_or(|latest| until > latest) =>
        {
            Meant::Problem(ProblemKind::BadValue { what: "until".into(), value: value.into() })
        }
        Ok(Some(until)) => Meant::Wish(Wish::Away { until: Some(until) }),
        Ok(None) => Meant::Nothing,
        Err(wrong) => Meant::Problem(wrong.problem("until", value)),
    }
}

fn who(line: &str, rest: &[Word], context: Context) -> Meant {
    match scope::read(line, rest, context) {
        Ok(
            scope @ (Scope::Implied
            | Scope::Date { .. }
            | Scope::Weekday { .. }
            | Scope::Kind { .. }),
        ) => Meant::Wish(Wish::WhoComes { scope }),
        // "Hvem kommer med kake?" is a question for a person.
        Ok(Scope::Words { .. } | Scope::Row { .. }) | Err(_) => Meant::Nothing,
    }
}

fn give_seat(line: &str, rest: &[Word], context: Context) -> Meant {
    let (name, scope) = match scope::dated(line, rest, context) {
        Ok(Some(found)) if scope::trimmed(found.after).is_empty() => {
            (without_on(found.before), found.scope)
        }
        Ok(Some(_)) => return Meant::Nothing,
        Ok(None) => (rest, Scope::Implied),
        Err(problem) => return Meant::Problem(problem),
    };
    let to = written(line, name);
    if name.is_empty() || people::is_no_name(to) {
        return Meant::Nothing;
    }
    Meant::Wish(Wish::GiveSeat { to: to.to_owned(), scope })
}

fn without_on(mut words: &[Word]) -> &[Word] {
    while let Some((last, rest)) = words.split_last() {
        let last = std::slice::from_ref(last);
        let is_between = [Role::On, Role::About, Role::Gathering, Role::The]
            .into_iter()
            .any(|role| lexicon().role(role, last).is_some());
        if !is_between {
            break;
        }
        words = rest;
    }
    words
}

/// `+ Kari`, `+1`, `Ja + Kari og Per`: a plus, and then nothing but names or one small number.
fn one_more(line: &str, sentence: &[Word]) -> Option<Meant> {
    let at = sentence.iter().position(|word| word.bare.starts_with('+'))?;
    let plus = sentence.get(at)?;
    let text = line.get(plus.at.start..sentence.last()?.at.end)?;
    let text = text.strip_prefix('+')?.trim();
    let more = if let Ok(number) = text.parse::<u32>() {
        number
    } else {
        let names = people::list(text);
        let all_names = names.iter().all(|name| {
            let words = crate::command::words::split(name);
            words.len() <= 3 && is_name(name, &words)
        });
        u32::try_from(names.len()).ok().filter(|_| all_names)?
    };
    (1..=9).contains(&more).then_some(Meant::More { more, before: plus.at.start })
}

/// The wish that a line of one word was perhaps meant to be: `huks`. Never carried out.
pub(super) fn slip(line: &str, sentence: &[Word]) -> Option<&'static str> {
    let [only] = sentence else { return None };
    let length = only.bare.chars().count();
    if length < 4 || words().whole(sentence).is_some() {
        return None;
    }
    let limit = if length <= 5 { 1 } else { 2 };
    let near = |phrase: &str| {
        phrase.len() >= 4
            && phrase.chars().next() == only.bare.chars().next()
            && distance(&only.bare, phrase, limit).is_some()
    };
    let (_, whole) = words().single().find(|(phrase, _)| near(phrase))?;
    // "Halal" and "husker" are words of their own.
    let said = understand::said(line);
    let speaks = said.answer.is_some() || !said.diets.is_empty() || said.party_size.is_some();
    (!speaks).then(|| whole.name())
}
