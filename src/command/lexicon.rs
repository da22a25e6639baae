//! The words of the language of commands, from `templates/<lang>/commands.toml`.
//!
//! All languages are read at once: an organizer of a Norwegian community may well write English.
//! Invariant: phrases are folded the same way as the text they are compared with.

use std::collections::BTreeMap;
use std::ops::Bound::{Included, Unbounded};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::setting::{CalendarPolicy, SettingName};
use super::words::{Word, fold, spellings};
use super::{Circle, GatheringKind, MemberField};
use crate::language::Language;
use crate::understand::Answer;

/// What a line asks for, by its first words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Verb {
    Help,
    Status,
    Why,
    New,
    Question,
    Menu,
    Read,
    Note,
    Deadline,
    KitchenDeadline,
    Seats,
    Invite,
    SaveTheDate,
    Add,
    Remove,
    AnswerFor,
    GiveSeat,
    Nudge,
    Message,
    Seating,
    Host,
    Move,
    Change,
    Cancel,
    Attendance,
    MemberAdd,
    MemberPause,
    MemberBack,
    MemberRemove,
    /// Their name, their address: read by what is changed.
    MemberChange,
    Nominate,
    Vote,
    Mentor,
    Digest,
    DigestNow,
    Organizer,
    OrganizerRemove,
    Export,
    Erase,
    Undo,
    Language,
    Settings,
    /// A number: the answer to a numbered question.
    Choice,
    Yes,
    No,
}

/// A key of the block that describes a gathering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum Key {
    Title,
    When,
    Time,
    Where,
    Host,
    Seats,
    Tables,
    Menu,
    MenuReason,
    Question,
    Note,
    Speaker,
    PreRead,
    Invite,
    Waves,
    ReplyBy,
    KitchenCutOff,
    Language,
    Calendar,
}

/// What further words mean where they are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Role {
    Greeting,
    SignOff,
    Thanks,
    Stop,
    Device,
    Header,
    Wrote,
    ReplyPrefix,
    Polite,
    On,
    About,
    AlsoNames,
    Common,
    The,
    At,
    To,
    HostMarker,
    PlaceMarker,
    Because,
    Not,
    If,
    And,
    Except,
    But,
    Also,
    As,
    Sentence,
    Gathering,
    Guests,
    AtMost,
    Today,
    Tomorrow,
    DayAfterTomorrow,
    Tonight,
    Evening,
    Morning,
    Afternoon,
    Noon,
    Midnight,
    HalfTo,
    HalfPast,
    Quarter,
    Past,
    After,
    Then,
    Rest,
    Promise,
    Before,
    In,
    FromNow,
    Day,
    Week,
    Fortnight,
    Month,
    Next,
    This,
    NextWeek,
    ThisWeek,
    NextMonth,
    NextYear,
    WeekNumber,
    Last,
    ProposedBy,
    SeatWish,
    Show,
    Now,
    Everything,
    Nobody,
    Beforehand,
    People,
    Who,
    OnList,
    RoomFor,
    Is,
    Am,
    Pm,
    #[serde(rename = "oclock")]
    OClock,
}

/// A day of the year that has a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Feast {
    /// Month and day.
    Fixed(u32, u32),
    /// So many days after Easter Sunday.
    AfterEaster(i32),
}

impl Feast {
    /// `12-24`, `easter+39`.
    fn read(name: &str) -> Option<Self> {
        if let Some(days) = name.strip_prefix("easter") {
            return days.parse().ok().map(Self::AfterEaster);
        }
        let (month, day) = name.split_once('-')?;
        Some(Self::Fixed(month.parse().ok()?, day.parse().ok()?))
    }
}

/// Phrases and what they mean.
type Phrases<T> = BTreeMap<String, T>;

/// All words of all languages.
#[derive(Debug, Default)]
pub(super) struct Lexicon {
    pub(super) verbs: Phrases<Verb>,
    pub(super) keys: Phrases<Key>,
    pub(super) kinds: Phrases<GatheringKind>,
    pub(super) circles: Phrases<Circle>,
    /// What is said of a circle after "those who".
    members: Phrases<Circle>,
    /// Verbs in two halves, with names between them.
    pub(super) around: Vec<(Verb, String, String)>,
    /// What is said of people by a verb behind their names.
    pub(super) said_of: Phrases<Verb>,
    /// What of a person is changed, before their name …
    pub(super) fields: Phrases<MemberField>,
    /// … and behind it.
    pub(super) fields_of: Phrases<MemberField>,
    pub(super) settings: Phrases<SettingName>,
    pub(super) calendars: Phrases<CalendarPolicy>,
    pub(super) answers: Phrases<Answer>,
    /// 0 is Monday.
    pub(super) weekdays: Phrases<u8>,
    pub(super) months: Phrases<u32>,
    pub(super) numbers: Phrases<u32>,
    pub(super) ordinals: Phrases<u32>,
    pub(super) feasts: Phrases<Feast>,
    roles: BTreeMap<Role, Phrases<Role>>,
    /// The first phrase of each verb in each language.
    names: BTreeMap<(Verb, Language), String>,
    /// How a folded phrase is spelt.
    in_full: BTreeMap<String, String>,
}

impl Verb {
    /// The verb as organizers of that language know it.
    pub fn name(self, language: Language) -> &'static str {
        lexicon().names.get(&(self, language)).map_or("", String::as_str)
    }
}

impl Verb {
    /// Whether it tells somebody to do something, and so begins no line of a text by chance.
    pub(super) fn is_order(self) -> bool {
        match self {
            Self::New
            | Self::Invite
            | Self::SaveTheDate
            | Self::Add
            | Self::Remove
            | Self::AnswerFor
            | Self::GiveSeat
            | Self::Nudge
            | Self::Message
            | Self::Move
            | Self::Cancel
            | Self::MemberAdd
            | Self::MemberPause
            | Self::MemberBack
            | Self::MemberRemove
            | Self::MemberChange
            | Self::Nominate
            | Self::DigestNow
            | Self::OrganizerRemove
            | Self::Export
            | Self::Erase
            | Self::Undo
            | Self::Settings => true,
            Self::Help
            | Self::Status
            | Self::Why
            | Self::Change
            | Self::Question
            | Self::Menu
            | Self::Read
            | Self::Note
            | Self::Deadline
            | Self::KitchenDeadline
            | Self::Seats
            | Self::Seating
            | Self::Host
            | Self::Attendance
            | Self::Vote
            | Self::Mentor
            | Self::Digest
            | Self::Organizer
            | Self::Language
            | Self::Choice
            | Self::Yes
            | Self::No => false,
        }
    }
}

impl Key {
    /// Its English name, as problems and letters give it.
    pub fn name(self) -> &'static str {
        super::block::name(self)
    }
}

/// The lexicon of everything that Langbord reads.
pub(super) fn lexicon() -> &'static Lexicon {
    &LEXICON
}

impl Lexicon {
    /// A folded phrase as it is spelt: `spørsmål` for `sporsmal`.
    pub(super) fn in_full<'a>(&'a self, phrase: &'a str) -> &'a str {
        self.in_full.get(phrase).map_or(phrase, String::as_str)
    }

    /// The circle that `words` begin with: `alle`, `de som ikke har svart`.
    pub(super) fn circle(&self, words: &[Word]) -> Option<(Circle, usize)> {
        let described = || {
            let people = self.role(Role::People, words)?;
            let who = people + self.role(Role::Who, words.get(people..)?)?;
            let (circle, count) = longest(&self.members, words.get(who..)?)?;
            Some((circle, who + count))
        };
        let named = longest(&self.circles, words);
        named.into_iter().chain(described()).max_by_key(|(_, count)| *count)
    }

    /// How many of the first `words` are the longest phrase that plays `role`.
    pub(super) fn role(&self, role: Role, words: &[Word]) -> Option<usize> {
        longest(self.roles.get(&role)?, words).map(|(_, count)| count)
    }
}

/// What the longest phrase at the start of `words` means, and how many words it takes.
pub(super) fn longest<T: Copy>(phrases: &Phrases<T>, words: &[Word]) -> Option<(T, usize)> {
    let mut joined = String::new();
    let mut found = None;
    for (at, word) in words.iter().take(LONGEST_PHRASE).enumerate() {
        if at > 0 {
            joined.push(' ');
        }
        joined.push_str(&word.bare);
        // The phrases are in order, so the first one from here on shows whether any goes on.
        let Some((phrase, meaning)) =
            phrases.range::<str, _>((Included(joined.as_str()), Unbounded)).next()
        else {
            break;
        };
        if !phrase.starts_with(&joined) {
            break;
        }
        if *phrase == joined {
            found = Some((*meaning, at + 1));
        }
    }
    found
}

/// Words in the longest phrase that we look for.
const LONGEST_PHRASE: usize = 7;

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut lexicon = Lexicon::default();
    for (language, source) in SOURCES {
        if let Ok(page) = toml::from_str::<Page>(source) {
            lexicon.take(language, &page);
        }
    }
    lexicon
});

/// Embedded; a test reads each of them.
pub(super) const SOURCES: [(Language, &str); 3] = [
    (Language::Nb, include_str!("../../templates/nb/commands.toml")),
    (Language::Nn, include_str!("../../templates/nn/commands.toml")),
    (Language::En, include_str!("../../templates/en/commands.toml")),
];

/// A file as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    verbs: BTreeMap<Verb, Vec<String>>,
    keys: BTreeMap<Key, Vec<String>>,
    kinds: BTreeMap<GatheringKind, Vec<String>>,
    circles: BTreeMap<Circle, Vec<String>>,
    members: BTreeMap<Circle, Vec<String>>,
    around: BTreeMap<Verb, Vec<String>>,
    #[serde(rename = "said-of")]
    said_of: BTreeMap<Verb, Vec<String>>,
    fields: BTreeMap<MemberField, Vec<String>>,
    #[serde(rename = "fields-of")]
    fields_of: BTreeMap<MemberField, Vec<String>>,
    settings: BTreeMap<SettingName, Vec<String>>,
    calendars: BTreeMap<CalendarPolicy, Vec<String>>,
    answers: BTreeMap<Answer, Vec<String>>,
    weekdays: BTreeMap<String, Vec<String>>,
    months: BTreeMap<String, Vec<String>>,
    numbers: BTreeMap<String, Vec<String>>,
    ordinals: BTreeMap<String, Vec<String>>,
    feasts: BTreeMap<String, Vec<String>>,
    roles: BTreeMap<Role, Vec<String>>,
}

impl Lexicon {
    fn take(&mut self, language: Language, page: &Page) {
        for (verb, phrases) in &page.verbs {
            let name = phrases.first().cloned().unwrap_or_default();
            self.names.insert((*verb, language), name);
        }
        let lists = page.verbs.values().chain(page.keys.values()).chain(page.kinds.values());
        let lists = lists.chain(page.weekdays.values()).chain(page.months.values());
        for phrase in lists.flatten() {
            for folded in spellings(phrase) {
                self.in_full.entry(folded).or_insert_with(|| phrase.clone());
            }
        }
        add(&mut self.verbs, &page.verbs, |verb| Some(*verb));
        add(&mut self.keys, &page.keys, |key| Some(*key));
        add(&mut self.kinds, &page.kinds, |kind| Some(*kind));
        add(&mut self.circles, &page.circles, |circle| Some(*circle));
        add(&mut self.members, &page.members, |circle| Some(*circle));
        add(&mut self.said_of, &page.said_of, |verb| Some(*verb));
        add(&mut self.fields, &page.fields, |field| Some(*field));
        add(&mut self.fields_of, &page.fields_of, |field| Some(*field));
        for (verb, phrases) in &page.around {
            let halves = phrases.iter().filter_map(|phrase| phrase.split_once(" … "));
            self.around.extend(halves.map(|(first, last)| (*verb, fold(first), fold(last))));
        }
        add(&mut self.settings, &page.settings, |name| Some(*name));
        add(&mut self.calendars, &page.calendars, |policy| Some(*policy));
        add(&mut self.answers, &page.answers, |answer| Some(*answer));
        add(&mut self.weekdays, &page.weekdays, |name| position(&WEEKDAYS, name));
        add(&mut self.months, &page.months, |name| {
            position(&MONTHS, name).map(|at| u32::from(at) + 1)
        });
        add(&mut self.numbers, &page.numbers, |number| number.parse().ok());
        add(&mut self.ordinals, &page.ordinals, |number| number.parse().ok());
        add(&mut self.feasts, &page.feasts, |name| Feast::read(name));
        for (role, phrases) in &page.roles {
            let known = self.roles.entry(*role).or_default();
            known.extend(
                phrases.iter().flat_map(|phrase| spellings(phrase)).map(|phrase| (phrase, *role)),
            );
        }
    }
}

/// The names of the weekdays in the files.
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The names of the months in the files.
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

fn position(names: &[&str], name: &str) -> Option<u8> {
    names.iter().position(|known| *known == name).and_then(|at| u8::try_from(at).ok())
}

fn add<K, T: Copy>(
    phrases: &mut Phrases<T>,
    lists: &BTreeMap<K, Vec<String>>,
    meaning: impl Fn(&K) -> Option<T>,
) {
    for (name, list) in lists {
        for phrase in list {
            if let Some(meaning) = meaning(name) {
                phrases.extend(spellings(phrase).map(|spelling| (spelling, meaning)));
            }
        }
    }
}
