//! One line: its verb, and what the verb needs.
//!
//! Invariant: a verb is only ever recognised as written in the lexicon. What merely resembles one
//! is a question.

mod around;
mod community;
mod content;
mod gathering;
mod people;
mod said;
mod setting;

use super::further::Role as WhoIs;
use super::lexicon::{Key, Role, Verb, lexicon, longest};
use super::lines::Line;
use super::near::near_miss;
use super::words::{Word, colon_after, split};
use super::{Command, Context, Deadline, DigestAct, Further, ProblemKind, Scope};

pub(super) use gathering::{count, count_of_seats, without_at_most};
use said::Said;
pub(super) use setting::{calendar, language};

/// What the beginning of a line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Opening {
    pub(super) verb: Verb,
    /// How many words come before what the verb needs.
    pub(super) taken: usize,
}

/// The verb that a line begins with, after "please" and the like.
pub(super) fn opening(words: &[Word]) -> Option<Opening> {
    let mut taken = 0;
    while taken <= MOST_POLITE {
        let rest = words.get(taken..)?;
        let verb = longest(&lexicon().verbs, rest);
        let polite = lexicon().role(Role::Polite, rest);
        match (verb, polite) {
            (Some((verb, count)), polite) if count >= polite.unwrap_or(0) => {
                return Some(Opening { verb, taken: taken + count });
            }
            (_, Some(count)) => taken += count,
            (_, None) => return None,
        }
    }
    None
}

/// Polite words before a verb: "og så vil vi gjerne".
const MOST_POLITE: usize = 8;

/// Reads a line that is a command by itself.
/// `more` are the lines below that belong to it.
pub(super) fn read(line: &Line<'_>, more: &str, context: Context) -> Result<Command, ProblemKind> {
    let said = Said { line: line.text, words: &line.words, more, context };
    if let Some(found) = without_verb(said) {
        return found;
    }
    if let Some(found) = around::in_two_halves(said) {
        return found;
    }
    match opening(said.words) {
        Some(opening) => with_verb(opening.verb, said.skip(opening.taken)),
        None => people::somebodys_answer(said)
            .map(Ok)
            .or_else(|| around::said_of(said))
            .or_else(|| behind_scope(said))
            .unwrap_or_else(|| Err(near_miss(said.words))),
    }
}

/// What stands behind a verb; `said` begins after it.
fn with_verb(verb: Verb, said: Said<'_>) -> Result<Command, ProblemKind> {
    if lexicon().role(Role::Not, said.words).is_some() || is_doubtful(verb, said) {
        return Err(ProblemKind::NotUnderstood);
    }
    match verb {
        Verb::Help => Ok(Command::Help { topic: said.text() }),
        Verb::Status => gathering::status(said),
        Verb::Seats => gathering::seats(said),
        Verb::Invite => gathering::invite(said),
        Verb::SaveTheDate => gathering::save_the_date(said),
        Verb::Move => gathering::moved(said),
        Verb::Cancel => gathering::cancel(said),
        Verb::Yes => said.alone(Command::Yes),
        Verb::No => said.alone(Command::No),
        Verb::Undo => said.alone(Further::Undo.into()),
        // A number is never spelt as a verb, and what is changed of somebody is read before any.
        Verb::Choice | Verb::MemberChange => Err(ProblemKind::NotUnderstood),
        Verb::New | Verb::Change => content::change(said),
        Verb::Deadline => content::deadline(Deadline::Reply, said),
        Verb::KitchenDeadline => content::deadline(Deadline::Kitchen, said),
        Verb::Question => content::prose(Key::Question, said),
        Verb::Menu => content::prose(Key::Menu, said),
        Verb::Read => content::prose(Key::PreRead, said),
        Verb::Note => content::prose(Key::Note, said),
        Verb::Message => content::message(said),
        Verb::Seating => people::seating(said),
        Verb::Add => people::as_something(verb, said)
            .unwrap_or_else(|| people::named(said, |scope, people| Further::Add { scope, people })),
        Verb::Remove => people::as_something(verb, said).unwrap_or_else(|| {
            people::named(said, |scope, people| Further::Remove { scope, people })
        }),
        Verb::GiveSeat => people::one(said, |scope, person| Further::GiveSeat { scope, person }),
        Verb::Host => people::one(said, |scope, person| Further::Host { scope, person }),
        Verb::Nudge => people::nudge(said),
        Verb::AnswerFor => people::answer_for(said),
        Verb::Attendance => people::attendance(said),
        Verb::MemberAdd => community::add_member(said),
        Verb::MemberPause => community::pause_member(said),
        Verb::MemberBack => said.further("who", |person| Further::ResumeMember { person }),
        Verb::MemberRemove => said.further("who", |person| Further::RemoveMember { person }),
        Verb::Nominate => community::nominate(said),
        Verb::Organizer => community::organizer(said, WhoIs::Organizer),
        Verb::OrganizerRemove => community::organizer(said, WhoIs::Member),
        Verb::Erase => community::erase(said),
        Verb::Why => community::why(said),
        Verb::Vote => said.further("what", |about| Further::Vote { about }),
        Verb::Mentor => Ok(Further::Mentor { wish: said.text().unwrap_or_default() }.into()),
        Verb::Language => setting::spoken(said),
        // "Set the deadline to 5 March" is no usual deadline.
        Verb::Settings => setting::setting(said).or_else(|problem| {
            let told = said.apart_at(Role::To).map(|_| content::change(said));
            told.and_then(Result::ok).ok_or(problem)
        }),
        Verb::Digest => community::digest(said),
        Verb::DigestNow => said.alone(Further::Digest { what: DigestAct::Send }.into()),
        Verb::Export => community::export(said),
    }
}

/// Whether a line is surely a command and no further line of a text: an order, or what else can be
/// read as a command without a word left over. "Hvor finner vi det?" goes on with the text above.
pub(super) fn is_surely_command(line: &Line<'_>, context: Context) -> bool {
    let said = Said { line: line.text, words: &line.words, more: "", context };
    match opening(said.words) {
        Some(opening) if opening.verb.is_order() || said.colon().is_some() => true,
        Some(_) => read(line, "", context).is_ok_and(|command| is_sure(&command, said)),
        None => is_command_without_verb(said).is_some_and(|command| is_sure(&command, said)),
    }
}

/// Whether nothing of a command is mere words, which may as well be a sentence: `Status quo`, `Bord
/// er dekket`.
fn is_sure(command: &Command, said: Said<'_>) -> bool {
    let named = |written: &str| {
        let like_a_name = |word: &str| word.starts_with(char::is_uppercase) || word.contains('@');
        written.split_whitespace().all(like_a_name)
    };
    if matches!(command.clone().scope_mut(), Some(Scope::Words { .. })) {
        return false;
    }
    let Command::Further(further) = command else { return true };
    if let Further::Why { about: person } | Further::Host { person, .. } = further.as_ref() {
        return named(person);
    }
    let loose = matches!(further.verb(), Verb::Seating | Verb::Mentor | Verb::Vote);
    !(loose && gathering::is_sentence(said.words))
}

/// A command although it begins with no verb: `14 plasser`, `Kari kommer ikke`. A number alone, and
/// who sits by whom, may as well be words of a menu.
fn is_command_without_verb(said: Said<'_>) -> Option<Command> {
    gathering::counted_seats(said)
        .or_else(|| people::everybody_came(said))
        .or_else(|| around::room_for(said))
        .or_else(|| community::changed_member(said))
        .or_else(|| setting::unannounced(said))
        .or_else(|| around::in_two_halves(said))
        .or_else(|| people::somebodys_answer(said).map(Ok))
        .or_else(|| around::said_of(said))
        .and_then(Result::ok)
}

/// Whether somebody's answer begins with `words`.
pub(super) fn begins_answer(line: &str, words: &[Word], context: Context) -> bool {
    people::begins_answer(Said { line, words, more: "", context })
}

/// Whether a line goes on explaining: `verten er syk`. It resembles no verb.
pub(super) fn is_explanation(line: &Line<'_>, context: Context) -> bool {
    let said = Said { line: line.text, words: &line.words, more: "", context };
    opening(said.words).is_none()
        && without_verb(said).is_none()
        && gathering::is_sentence(said.words)
        && near_miss(said.words) == ProblemKind::NotUnderstood
}

/// Whether something hard to take back is asked for only perhaps: `avlys hvis Ida er syk`, `ja?`,
/// `avlys torsdag? nei, vent`.
fn is_doubtful(verb: Verb, said: Said<'_>) -> bool {
    if verb == Verb::Yes {
        return said.line.contains('?');
    }
    let grave = matches!(
        verb,
        Verb::Cancel
            | Verb::Move
            | Verb::Erase
            | Verb::Remove
            | Verb::MemberRemove
            | Verb::Organizer
            | Verb::OrganizerRemove
    );
    let no = longest(&lexicon().verbs, said.words).is_some_and(|(verb, _)| verb == Verb::No);
    grave && (no || said.apart_at(Role::If).is_some() || said.takes_back() || is_asked(said))
}

/// Whether a question goes on behind its sign, and none that politely asks for something: `avlys
/// torsdag? Hva synes dere?`
fn is_asked(said: Said<'_>) -> bool {
    let polite = lexicon().role(Role::Polite, &split(said.line)).is_some();
    let asks = |word: &Word| said.line.get(word.at.end..).is_some_and(|it| it.starts_with('?'));
    let before_last = said.words.split_last().map_or(said.words, |(_, before)| before);
    !polite && before_last.iter().any(asks)
}

/// Lines that are understood without a verb: `14 plasser`, `2`, `Per ja, vegetar`.
fn without_verb(said: Said<'_>) -> Option<Result<Command, ProblemKind>> {
    gathering::counted_seats(said)
        .or_else(|| community::choice(said).map(Ok))
        .or_else(|| people::everybody_came(said))
        .or_else(|| people::seat_wish(said).map(Ok))
        .or_else(|| around::room_for(said))
        .or_else(|| community::changed_member(said))
        .or_else(|| setting::unannounced(said))
        .or_else(|| content::key(said))
}

/// Whether a line says which gathering, and then, behind a colon, what.
pub(super) fn names_gathering_first(line: &Line<'_>) -> bool {
    let colon = line.words.iter().position(|word| colon_after(line.text, word));
    let behind = colon.and_then(|at| line.words.get(at + 1..)).and_then(opening);
    behind.is_some_and(|opening| opening.verb != Verb::New)
}

/// `torsdag: avlys`, `Mot-middagen: 14 plasser`: which gathering first, then what.
fn behind_scope(said: Said<'_>) -> Option<Result<Command, ProblemKind>> {
    let at = said.colon()?;
    let (before, after) = (said.first(at + 1), said.skip(at + 1));
    let with_verb = |opening: Opening| with_verb(opening.verb, after.skip(opening.taken));
    let command = gathering::counted_seats(after)
        .or_else(|| opening(after.words).map(with_verb))
        .or_else(|| people::somebodys_answer(after).map(Ok))
        .or_else(|| content::key(after))?;
    let scope = match before.scope() {
        Ok(scope) => scope,
        Err(problem) => return Some(Err(problem)),
    };
    Some(command.and_then(|command| with_scope(command, scope)))
}

fn with_scope(mut command: Command, named: Scope) -> Result<Command, ProblemKind> {
    match command.scope_mut() {
        Some(scope) if *scope == Scope::Implied => *scope = named,
        Some(_) | None => return Err(ProblemKind::NotUnderstood),
    }
    Ok(command)
}

impl From<Further> for Command {
    fn from(further: Further) -> Self {
        Self::Further(Box::new(further))
    }
}

impl Command {
    /// Where the gathering stands, for commands about one.
    pub(super) fn scope_mut(&mut self) -> Option<&mut Scope> {
        match self {
            Self::Status { scope }
            | Self::Seats { scope, .. }
            | Self::Move { scope, .. }
            | Self::Cancel { scope, .. }
            | Self::Invite { scope, .. } => Some(scope),
            Self::Further(further) => further.scope_mut(),
            Self::Help { .. } | Self::New(_) | Self::Yes | Self::No => None,
        }
    }
}
