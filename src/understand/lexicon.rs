//! The words of every language, read once from `templates/<lang>/lexicon.toml`.
//!
//! A language is data: adding one means adding a file and its line in [`SOURCES`]. Words of mail
//! programs are looked for in all languages at once, because a program's language is not its
//! user's; words of answers only in the languages that a sentence is written in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::Deserialize;

use super::pattern::{Matcher, Topic};

/// Every language, in the order of their files.
const SOURCES: &[(&str, &str)] = &[
    ("en", include_str!("../../templates/en/lexicon.toml")),
    ("nb", include_str!("../../templates/nb/lexicon.toml")),
    ("nn", include_str!("../../templates/nn/lexicon.toml")),
    ("sv", include_str!("../../templates/sv/lexicon.toml")),
    ("da", include_str!("../../templates/da/lexicon.toml")),
    ("de", include_str!("../../templates/de/lexicon.toml")),
    ("und", include_str!("../../templates/und/lexicon.toml")),
];

/// Sets of languages are the bits of an octet.
const _: () = assert!(SOURCES.len() <= 8, "a ninth language needs a wider set of bits");

/// One file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct File {
    /// Frequent words that tell the language.
    markers: String,
    /// `I`, `we`.
    first: String,
    /// `he`, `my wife`: somebody else.
    third: String,
    /// `wife`, `friend`: somebody of the writer.
    relatives: String,
    /// `the`, `a`: a thing follows.
    articles: String,
    /// Words that are recognised with one typing error.
    misspelt: String,
    /// `not` behind a verb.
    nots: String,
    /// `not`, `don't`, `never` before what would be a no.
    denials: String,
    /// `if`.
    ifs: String,
    /// `and`, `but`, `so`: another statement begins.
    joins: String,
    /// `but`.
    contrast: String,
    /// `not`, `no`.
    negations: String,
    /// Words that stand with a capital at the beginning and are no names.
    fillers: String,
    /// Word classes for patterns: `<name>`.
    classes: BTreeMap<String, String>,
    mail: MailFile,
    /// Topic, then meaning, then patterns.
    patterns: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    numbers: BTreeMap<String, u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct MailFile {
    wrote: Vec<String>,
    on: Vec<String>,
    from: Vec<String>,
    sent: Vec<String>,
    to: Vec<String>,
    subject: Vec<String>,
    separators: Vec<String>,
    devices: Vec<String>,
    device_gets: Vec<String>,
    device_stops: Vec<String>,
    device_words: Vec<String>,
    separator_starts: Vec<String>,
    mail_nouns: Vec<String>,
    closings: Vec<String>,
    banners: Vec<String>,
    choices: Vec<String>,
    boilerplate: Vec<String>,
    boilerplate_of_mail: Vec<String>,
    auto_subjects: Vec<String>,
    auto_subject_hints: Vec<String>,
    auto_texts: Vec<String>,
    auto_absences: Vec<String>,
    auto_hints: Vec<String>,
    coming: Vec<String>,
    reply_prefixes: Vec<String>,
}

/// What mail programs write, in all languages.
#[derive(Debug, Default)]
pub struct MailWords {
    wrote: Vec<String>,
    /// Those that are one word, and those that are not or stand in no blanks (Chinese).
    wrote_words: BTreeSet<String>,
    wrote_phrases: Vec<String>,
    on: Vec<String>,
    fields: Vec<(String, &'static str)>,
    separators: Vec<String>,
    devices: Vec<String>,
    device_gets: Vec<String>,
    device_stops: Vec<String>,
    device_words: Vec<String>,
    separator_starts: Vec<String>,
    mail_nouns: Vec<String>,
    closings: Vec<String>,
    banners: Vec<String>,
    choices: Vec<String>,
    boilerplate: Vec<String>,
    boilerplate_of_mail: Vec<String>,
    auto_subjects: Vec<String>,
    auto_subject_hints: Vec<String>,
    auto_texts: Vec<String>,
    auto_absences: Vec<String>,
    auto_hints: Vec<String>,
    coming: Vec<String>,
    reply_prefixes: Vec<String>,
}

/// Number words, each with what it means in which language (a bit).
pub type Numbers = BTreeMap<String, Vec<(u32, u8)>>;

/// What people write.
#[derive(Debug, Default)]
pub struct Lexicon {
    /// Language tags in the order of their bits.
    pub languages: Vec<&'static str>,
    /// Word to the set of languages (bits) whose marker it is.
    pub markers: Words,
    /// All patterns.
    pub matcher: Matcher,
    /// `I`, `we`.
    pub first: Words,
    /// Somebody else.
    pub third: Words,
    /// `wife`, `friend`: somebody of the writer.
    pub relatives: Words,
    /// `the`, `a`: a thing follows.
    pub articles: Words,
    /// Words that are recognised with one typing error.
    pub misspelt: Vec<String>,
    /// `not` behind a verb.
    pub nots: Words,
    /// `not`, `don't`, `never` before what would be a no.
    pub denials: Words,
    /// `if`.
    pub ifs: Words,
    /// `and`, `but`, `so`: another statement begins.
    pub joins: Words,
    /// `but`.
    pub contrast: Words,
    /// `not`, `no`.
    pub negations: Words,
    /// Capitalised words that are no names.
    pub fillers: Words,
    /// Number words, each with its language.
    pub numbers: Numbers,
}

/// Words and the languages (bits) that they belong to.
#[derive(Debug, Default)]
pub struct Words(BTreeMap<String, u8>);

impl Words {
    fn add(&mut self, list: &str, bit: u8) {
        for word in list.split_whitespace() {
            *self.0.entry(word.to_owned()).or_default() |= bit;
        }
    }

    /// The languages of a word.
    pub fn languages(&self, word: &str) -> u8 {
        self.0.get(word).copied().unwrap_or_default()
    }

    /// Whether the word is listed in one of the languages.
    pub fn has(&self, word: &str, languages: u8) -> bool {
        self.languages(word) & languages != 0
    }
}

static WORDS: LazyLock<(MailWords, Lexicon)> = LazyLock::new(load);

/// The words of mail programs.
pub fn mail() -> &'static MailWords {
    &WORDS.0
}

/// The words of people.
pub fn people() -> &'static Lexicon {
    &WORDS.1
}

fn load() -> (MailWords, Lexicon) {
    let mut mail = MailWords::default();
    let mut lexicon = Lexicon::default();
    for (bit, (tag, source)) in SOURCES.iter().enumerate() {
        // A broken file is found by a test; at run time the other languages go on working.
        let Ok(file) = read(tag, source) else { continue };
        lexicon.languages.push(tag);
        let bit = 1_u8 << bit;
        lexicon.markers.add(&file.markers, bit);
        for (word, number) in file.numbers {
            lexicon.numbers.entry(word).or_default().push((number, bit));
        }
        lexicon.first.add(&file.first, bit);
        lexicon.third.add(&file.third, bit);
        lexicon.relatives.add(&file.relatives, bit);
        lexicon.articles.add(&file.articles, bit);
        lexicon.misspelt.extend(file.misspelt.split_whitespace().map(str::to_owned));
        lexicon.nots.add(&file.nots, bit);
        lexicon.denials.add(&file.nots, bit);
        lexicon.denials.add(&file.denials, bit);
        lexicon.ifs.add(&file.ifs, bit);
        lexicon.joins.add(&file.joins, bit);
        lexicon.contrast.add(&file.contrast, bit);
        lexicon.negations.add(&file.negations, bit);
        lexicon.fillers.add(&file.fillers, bit);
        let classes: BTreeMap<String, BTreeSet<String>> = file
            .classes
            .into_iter()
            .map(|(name, words)| (name, words.split_whitespace().map(str::to_owned).collect()))
            .collect();
        for (topic, meanings) in &file.patterns {
            let Some(topic) = Topic::named(topic) else { continue };
            for (meaning, patterns) in meanings {
                for pattern in patterns {
                    lexicon.matcher.add(topic, meaning, pattern, &classes, bit);
                }
            }
        }
        mail.add(file.mail);
    }
    lexicon.matcher.finish();
    (mail, lexicon)
}

/// Reads one file. An error names it and the line.
fn read(tag: &str, source: &str) -> Result<File, String> {
    toml::from_str(source).map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| source.get(..span.start)).unwrap_or_default();
        let line = before.matches('\n').count() + 1;
        format!("templates/{tag}/lexicon.toml:{line}: {}", error.message())
    })
}

impl MailWords {
    fn add(&mut self, file: MailFile) {
        let fields =
            [(file.from, "from"), (file.sent, "sent"), (file.to, "to"), (file.subject, "subject")];
        for (words, name) in fields {
            self.fields.extend(words.into_iter().map(|word| (word, name)));
        }
        for verb in file.wrote {
            let is_word = verb.chars().all(|c| c.is_alphanumeric() && c < '\u{3000}');
            if is_word {
                self.wrote_words.insert(verb.clone());
            } else {
                self.wrote_phrases.push(verb.clone());
            }
            self.wrote.push(verb);
        }
        self.on.extend(file.on);
        self.separators.extend(file.separators);
        self.devices.extend(file.devices);
        self.device_gets.extend(file.device_gets);
        self.device_stops.extend(file.device_stops);
        self.device_words.extend(file.device_words);
        self.separator_starts.extend(file.separator_starts);
        self.mail_nouns.extend(file.mail_nouns);
        self.closings.extend(file.closings);
        self.banners.extend(file.banners);
        self.choices.extend(file.choices);
        self.boilerplate.extend(file.boilerplate);
        self.boilerplate_of_mail.extend(file.boilerplate_of_mail);
        self.auto_subjects.extend(file.auto_subjects);
        self.auto_subject_hints.extend(file.auto_subject_hints);
        self.auto_absences.extend(file.auto_absences);
        self.coming.extend(file.coming);
        self.auto_texts.extend(file.auto_texts);
        self.auto_hints.extend(file.auto_hints);
        self.reply_prefixes.extend(file.reply_prefixes);
    }

    /// Whether a word of writing stands in the line as a word: `wrote`, `skrev`, `schrieb`.
    pub fn says_wrote(&self, text: &str) -> bool {
        let lower = text.to_lowercase();
        lower.split(|c: char| !c.is_alphanumeric()).any(|word| self.wrote_words.contains(word))
            || self.wrote_phrases.iter().any(|verb| contains_word(&lower, verb))
    }

    /// Whether the text ends in a word of writing: `John Smith wrote`.
    pub fn ends_in_wrote(&self, text: &str) -> bool {
        let lower = text.to_lowercase();
        self.wrote.iter().any(|verb| {
            lower
                .strip_suffix(verb.as_str())
                .is_some_and(|before| before.ends_with(char::is_whitespace))
        })
    }

    /// Whether the text is a word of writing and nothing else.
    pub fn is_wrote(&self, text: &str) -> bool {
        let lower = text.trim().to_lowercase();
        self.wrote.contains(&lower)
    }

    /// Whether the line begins as attributions do: `On`, `Den`, `Am`, a weekday.
    pub fn begins_attribution(&self, text: &str) -> bool {
        let first: String = text.chars().take_while(|c| c.is_alphabetic() || *c == '.').collect();
        let first = first.trim_end_matches('.').to_lowercase();
        self.on.contains(&first)
    }

    /// `from`, `sent`, `to`, `subject` for a line such as `Fra: …`.
    pub fn header_field(&self, line: &str) -> Option<&'static str> {
        let line = line.trim_start_matches(['*', ' ', '\u{a0}']);
        let (name, _) = line.split_once(':').or_else(|| line.split_once('：'))?;
        if name.len() > 30 {
            return None;
        }
        let name = name.trim_end_matches(['*', ' ', '\u{a0}']).to_lowercase();
        self.fields.iter().find(|(word, _)| *word == name).map(|(_, field)| *field)
    }

    /// `-----Original Message-----` and its kin.
    pub fn is_separator(&self, line: &str) -> bool {
        let is_rule = |c: char| matches!(c, '-' | '_' | '=' | '*' | '–' | ' ');
        let ruled = line.starts_with(['-', '_', '=', '*', '–']) || line.ends_with(['-', '_', ':']);
        let words = line.trim_matches(|c| is_rule(c) || c == ':').to_lowercase();
        if ruled && self.separators.contains(&words) {
            return true;
        }
        // `-----Antwort Nachricht-----`: rows of dashes around few words, one of which says mail.
        let boxed = line.starts_with("----") && line.ends_with("----") && line.len() <= 100;
        let says_mail =
            |word: &str| self.mail_nouns.iter().any(|noun| word.ends_with(noun.as_str()));
        boxed && words.split_whitespace().count() <= 4 && words.split_whitespace().any(says_mail)
            || line.len() <= 80
                && self.separator_starts.iter().any(|start| words.starts_with(start.as_str()))
    }

    /// `Sent from my telephone`.
    pub fn is_device(&self, line: &str) -> bool {
        let line = line
            .trim()
            .trim_start_matches(['-', '–', '—', ' ', '*', '_', '[', '(', '<'])
            .to_lowercase();
        // "Sent from the train: no, sorry." says more than where.
        let says_more = |(head, rest): (&str, &str)| {
            rest.split_whitespace().nth(1).is_some() && !head.contains("mail")
        };
        // "Sent from my desk, is much easier than my phone." is a sentence of a person.
        let is_sentence = || {
            line.split_once(": ").is_some_and(says_more)
                || line.contains("! ")
                || line.contains("? ")
                || line.ends_with(['!', '?'])
                || self.device_stops.iter().any(|word| contains_word(&line, word))
        };
        line.chars().count() <= 250
            && (self.devices.iter().any(|start| line.starts_with(start.as_str()))
                || self.device_words.iter().any(|words| line.contains(words.as_str()))
                || self.offers_a_program(&line))
            && !is_sentence()
    }

    /// `Get BlueMail for Android`: what advertises a program.
    fn offers_a_program(&self, line: &str) -> bool {
        let words: Vec<&str> = line.split_whitespace().collect();
        let first =
            words.first().is_some_and(|word| self.device_gets.iter().any(|get| get == word));
        first
            && words.len() <= 7
            && words.last().is_some_and(|word| {
                ["android", "ios", "iphone", "ipad", "mac", "windows"].contains(word)
            })
    }

    /// `Kind regards`, with or without a name behind it.
    pub fn is_closing(&self, line: &str) -> bool {
        let line = line.trim().trim_end_matches([',', '.', '!', ' ']).to_lowercase();
        line.chars().count() <= 50
            && self.closings.iter().any(|closing| {
                line.strip_prefix(closing.as_str())
                    .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
            })
    }

    /// Text of a mail system. "Confidential" alone may be said of an allergy; of a mail, only a
    /// disclaimer says it.
    pub fn is_boilerplate(&self, paragraph: &str) -> bool {
        let lower = paragraph.to_lowercase();
        let any = |list: &[String]| list.iter().any(|words| lower.contains(words.as_str()));
        any(&self.boilerplate)
            || any(&self.boilerplate_of_mail)
                && self.mail_nouns.iter().any(|noun| contains_word(&lower, noun))
    }

    /// What a mail system writes above a mail that comes from outside.
    pub fn is_banner(&self, line: &str) -> bool {
        let lower = line.to_lowercase();
        self.banners.iter().any(|words| lower.contains(words.as_str()))
    }

    /// What only a letter of ours says: `Reply YES or NO`.
    pub fn asks_yes_or_no(&self, line: &str) -> bool {
        let lower = line.to_lowercase();
        self.choices.iter().any(|words| lower.contains(words.as_str()))
    }

    /// A subject that automatic responders use and people do not.
    pub fn is_auto_subject(&self, subject: &str) -> bool {
        let lower = subject.to_lowercase();
        self.auto_subjects.iter().any(|start| {
            lower.starts_with(start.as_str()) || start.len() > 14 && lower.contains(start.as_str())
        })
    }

    /// A subject of one thought that people might use, too: `Vacation`, `Ferie: Middag`.
    pub fn hints_at_auto_subject(&self, subject: &str) -> bool {
        let lower = subject.to_lowercase();
        self.auto_subject_hints.iter().any(|start| {
            lower.strip_prefix(start.as_str()).is_some_and(|rest| {
                let ends = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
                ends.is_empty()
                    || rest.trim_start().starts_with([':', '!', '#', '-', '–'])
                    || ends.starts_with(|c: char| c.is_ascii_digit())
            })
        })
    }

    /// Whether a text says one of the things that responders say.
    pub fn hints_at_auto_text(&self, text: &str) -> bool {
        let lower = text.to_lowercase();
        let mut lists = [&self.auto_hints, &self.auto_absences, &self.auto_texts].into_iter();
        lower.trim().is_empty()
            || lists.any(|list| list.iter().any(|words| lower.contains(words.as_str())))
    }

    /// The words in which a text tells that nobody wrote it, and whether people say such a thing.
    pub fn auto_text(&self, text: &str) -> Option<(&str, bool)> {
        let lower = text.to_lowercase();
        let said = |words: &&String| lower.contains(words.as_str());
        if let Some(words) = self.auto_texts.iter().find(said) {
            // "This is an automatic …" begins with auto in every language.
            return Some((words, !words.contains("auto")));
        }
        if let Some(words) = self.auto_absences.iter().find(said) {
            return Some((words, true));
        }
        // A guest may be on holiday too; a responder also says until when, and whom else to ask.
        let hints: BTreeSet<&String> = self.auto_hints.iter().filter(said).collect();
        let is_part = |hint: &str| hints.iter().any(|other| *other != hint && other.contains(hint));
        let mut whole = hints.iter().filter(|hint| !is_part(hint));
        whole.next().filter(|_| whole.nth(1).is_some()).map(|hint| (hint.as_str(), true))
    }

    /// Whether the words speak of coming: `come`, `komme`, `være med`.
    pub fn says_coming(&self, text: &str) -> bool {
        let lower = text.to_lowercase();
        self.coming.iter().any(|word| contains_word(&lower, word))
    }

    /// A subject without `Re:`, `SV:`, `AW:` …
    pub fn without_reply_prefix<'a>(&self, subject: &'a str) -> (&'a str, bool) {
        let mut rest = subject.trim();
        let mut replied = false;
        while let Some((prefix, after)) = rest.split_once(':') {
            let prefix = prefix.trim_end_matches(|c: char| {
                c.is_ascii_digit() || matches!(c, '[' | ']' | '(' | ')')
            });
            if !self.reply_prefixes.contains(&prefix.trim().to_lowercase()) {
                break;
            }
            replied = true;
            rest = after.trim_start();
        }
        (rest, replied)
    }
}

fn contains_word(text: &str, word: &str) -> bool {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(word)).map(|at| at + from) {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        if !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric) {
            return true;
        }
        from = at + word.len();
    }
    false
}

#[cfg(test)]
mod tests;
