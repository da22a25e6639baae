//! The members' list as the operator exports it from a spreadsheet: CSV (RFC 4180) in the forms
//! that spreadsheets really write.
//!
//! Invariant: there are people to import only if no row is refused, so that a list is taken in
//! whole or not at all.

use std::collections::{BTreeMap, BTreeSet};

use csv::StringRecord;

use crate::language::Language;
use crate::mail::{EmailAddress, clean_line};

/// More is no list of a dinner community.
const MOST_OCTETS: usize = 10 * 1024 * 1024;
const LONGEST_NAME: usize = 100;

/// A list, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// Every row that is not blank, in order.
    pub rows: Vec<Row>,
}

/// One row and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The line of the file on which it begins; the header is line 1.
    pub line: u64,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Taken as it stands.
    Taken(Entry),
    /// Taken, but not as it stands; says what was changed.
    Changed(Entry, Vec<String>),
    /// Not taken, and why.
    Refused(Vec<String>),
}

/// Somebody on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Name.
    pub name: String,
    /// Address of record.
    pub email: EmailAddress,
    /// Language; the community's where none is given.
    pub language: Option<Language>,
    /// What they do beside being a guest.
    pub roles: BTreeSet<Role>,
    /// Telephone.
    pub phone: Option<String>,
}

/// What a member does beside being a guest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// May command.
    Organizer,
    /// Opens their home.
    Host,
    /// Takes a mentee.
    Mentor,
}

impl Roster {
    /// Everybody on the list, or nobody if a row is refused.
    pub fn entries(&self) -> Option<Vec<&Entry>> {
        let entries = self.rows.iter().map(|row| match &row.verdict {
            Verdict::Taken(entry) | Verdict::Changed(entry, _) => Some(entry),
            Verdict::Refused(_) => None,
        });
        entries.collect()
    }
}

/// Reads a list. `Err` says what is wrong with the file as a whole.
///
/// ```
/// use langbord::community::roster::read;
/// let roster = read(b"name;email\nKari Lie;kari@example.org\n").unwrap();
/// assert_eq!(roster.entries().unwrap()[0].name, "Kari Lie");
/// ```
pub fn read(octets: &[u8]) -> Result<Roster, String> {
    // Lines are counted for people, so each has to end in one character.
    let text = decode(octets)?.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator(&text))
        .flexible(true)
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let header = reader.headers().map_err(|error| format!("the header: {error}"))?;
    let columns = columns(header)?;
    let mut first_line = BTreeMap::new();
    let mut rows = Vec::new();
    for record in reader.records() {
        // The text is UTF-8 and rows may be ragged, so nothing is left to go wrong.
        let record = record.map_err(|error| error.to_string())?;
        if record.iter().all(str::is_empty) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        let mut verdict = judge(&columns, &record);
        if let Verdict::Taken(entry) | Verdict::Changed(entry, _) = &verdict
            && let Some(first) = first_line.insert(entry.email.clone(), line)
        {
            verdict = Verdict::Refused(vec![format!("`{}` is on line {first}, too", entry.email)]);
        }
        rows.push(Row { line, verdict });
    }
    if rows.is_empty() {
        Err("there is nobody on the list".to_owned())
    } else {
        Ok(Roster { rows })
    }
}

/// The columns that we know, and where they are.
type Columns = BTreeMap<Column, usize>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Column {
    Name,
    Email,
    Language,
    Roles,
    Phone,
}

fn columns(header: &StringRecord) -> Result<Columns, String> {
    let mut columns = Columns::new();
    for (index, title) in header.iter().enumerate() {
        let column = match title.to_lowercase().as_str() {
            "name" | "navn" => Column::Name,
            "email" | "e-mail" | "epost" | "e-post" => Column::Email,
            "language" | "språk" => Column::Language,
            "roles" | "role" | "roller" | "rolle" => Column::Roles,
            "phone" | "telefon" | "mobil" => Column::Phone,
            "" => continue,
            _ => {
                let known = "name, email, language, roles, phone";
                let title = clean_line(title, 40);
                return Err(format!("line 1: there is no column `{title}`; there are: {known}"));
            }
        };
        if columns.insert(column, index).is_some() {
            return Err(format!("line 1: the column `{}` is there twice", clean_line(title, 40)));
        }
    }
    for (column, name) in [(Column::Name, "name"), (Column::Email, "email")] {
        if !columns.contains_key(&column) {
            return Err(format!("line 1: the column `{name}` is missing"));
        }
    }
    Ok(columns)
}

fn judge(columns: &Columns, record: &StringRecord) -> Verdict {
    let (mut changed, mut refused) = (Vec::new(), Vec::new());
    let field = |column| {
        let text = columns.get(&column).and_then(|index| record.get(*index)).unwrap_or("");
        unguarded(text)
    };
    let written = field(Column::Name);
    let name = clean_line(written, LONGEST_NAME);
    if name.is_empty() {
        refused.push("there is no name".to_owned());
    } else if name != written {
        changed.push(format!("the name is now `{name}`"));
    }
    let email: Result<EmailAddress, String> = field(Column::Email).parse();
    match &email {
        Ok(email) if email.as_str() != field(Column::Email) => {
            changed.push(format!("the address is now `{email}`"));
        }
        Ok(_) => {}
        Err(why) => refused.push(why.clone()),
    }
    let language = match field(Column::Language).to_lowercase().as_str() {
        "" => None,
        "no" | "norsk" | "bokmål" => Some(Language::Nb),
        "nynorsk" => Some(Language::Nn),
        "english" | "engelsk" => Some(Language::En),
        tag => tag.parse().map_err(|why| refused.push(why)).ok(),
    };
    let roles = roles(field(Column::Roles)).unwrap_or_else(|why| {
        refused.push(why);
        BTreeSet::new()
    });
    let phone = phone(field(Column::Phone)).unwrap_or_else(|why| {
        refused.push(why);
        None
    });
    if record
        .iter()
        .enumerate()
        .any(|(i, text)| !text.is_empty() && !columns.values().any(|c| *c == i))
    {
        refused.push("there is something in a column without a name".to_owned());
    }
    match email {
        Ok(email) if refused.is_empty() => {
            let entry = Entry { name, email, language, roles, phone };
            if changed.is_empty() {
                Verdict::Taken(entry)
            } else {
                Verdict::Changed(entry, changed)
            }
        }
        Ok(_) | Err(_) => Verdict::Refused(refused),
    }
}

/// Our own lists put a mark before what a spreadsheet would take for a formula: `'+47 900 12 345`.
fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| rest.starts_with(['+', '-', '=', '@'])).unwrap_or(text)
}

fn roles(text: &str) -> Result<BTreeSet<Role>, String> {
    let words = text.split([' ', ';', ',', '/']).filter(|word| !word.is_empty());
    let roles = words.map(|word| match word.to_lowercase().as_str() {
        "organizer" | "arrangør" => Ok(Role::Organizer),
        "host" | "vert" => Ok(Role::Host),
        "mentor" => Ok(Role::Mentor),
        _ => {
            let word = clean_line(word, 40);
            Err(format!("`{word}` is not a role: organizer, host, mentor"))
        }
    });
    roles.collect()
}

fn phone(text: &str) -> Result<Option<String>, String> {
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let fits = text.chars().all(|c| c.is_ascii_digit() || " +()-./".contains(c));
    match text {
        "" => Ok(None),
        _ if fits && (3..=20).contains(&digits) => Ok(Some(clean_line(text, 40))),
        _ => Err(format!("`{}` is not a telephone number", clean_line(text, 40))),
    }
}

/// UTF-8 with or without its mark, or else what Excel writes on Windows.
fn decode(octets: &[u8]) -> Result<String, String> {
    if octets.len() > MOST_OCTETS {
        return Err("the file is larger than 10 MB".to_owned());
    }
    if octets.starts_with(&[0xff, 0xfe]) || octets.starts_with(&[0xfe, 0xff]) {
        return Err("the file is UTF-16; save it as CSV UTF-8".to_owned());
    }
    let octets = octets.strip_prefix(b"\xef\xbb\xbf").unwrap_or(octets);
    if octets.contains(&0) {
        return Err("the file is not text; save it as CSV UTF-8".to_owned());
    }
    match std::str::from_utf8(octets) {
        Ok(text) => Ok(text.to_owned()),
        Err(_) => Ok(octets.iter().map(|octet| windows_1252(*octet)).collect()),
    }
}

/// Windows-1252 is Latin 1 but for 0x80 to 0x9f.
fn windows_1252(octet: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{fffd}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{fffd}', 'Ž',
        '\u{fffd}', '\u{fffd}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ',
        '\u{fffd}', 'ž', 'Ÿ',
    ];
    let high = octet.checked_sub(0x80).and_then(|index| HIGH.get(usize::from(index)));
    high.copied().unwrap_or(char::from(octet))
}

/// What stands most often in the header. Norwegian spreadsheets write `;`, pasted ones tabs.
fn separator(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |separator: &u8| header.bytes().filter(|octet| octet == separator).count();
    [b'\t', b';', b','].into_iter().max_by_key(count).unwrap_or(b',')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn verdicts(text: &str) -> Vec<(u64, Verdict)> {
        read(text.as_bytes()).unwrap().rows.into_iter().map(|row| (row.line, row.verdict)).collect()
    }

    fn kari() -> Entry {
        Entry {
            name: "Kari Lie".to_owned(),
            email: "kari@example.org".parse().unwrap(),
            language: None,
            roles: BTreeSet::new(),
            phone: None,
        }
    }

    #[test]
    fn the_forms_that_spreadsheets_write_all_mean_the_same() {
        for text in [
            "name,email\nKari Lie,kari@example.org\n",
            "\u{feff}name;email\r\nKari Lie;kari@example.org\r\n",
            "email\tname\nkari@example.org\tKari Lie",
            "Navn;E-post;Telefon\n\"Kari Lie\"; kari@example.org ;\n;;\n",
            "name,email,language,roles,phone\nKari Lie,kari@example.org\n",
        ] {
            assert_eq!(verdicts(text), [(2, Verdict::Taken(kari()))], "{text:?}");
        }
    }

    #[test]
    fn every_column_is_understood_in_both_languages() {
        let text = "name,email,language,roles,phone\n\
                    Ida,ida@example.org,nb,organizer host,+47 912 34 567\n\
                    Per,per@example.org,engelsk,\"vert; mentor\",\n";
        let roster = read(text.as_bytes()).unwrap();
        let [ida, per] = roster.entries().unwrap()[..] else { panic!("{roster:?}") };
        assert_eq!(ida.roles, BTreeSet::from([Role::Organizer, Role::Host]));
        assert_eq!(ida.phone.as_deref(), Some("+47 912 34 567"));
        assert_eq!((ida.language, per.language), (Some(Language::Nb), Some(Language::En)));
        assert_eq!(per.roles, BTreeSet::from([Role::Host, Role::Mentor]));
    }

    #[test]
    fn an_old_windows_file_keeps_its_letters() {
        let roster = read(b"navn;epost\n\xc5se B\xf8rli \x96 M\xe6hlum;ase@example.org\n").unwrap();
        assert_eq!(roster.entries().unwrap()[0].name, "Åse Børli – Mæhlum");
    }

    #[test]
    fn what_is_cleaned_is_said() {
        let text = "name,email\n\"Kari\u{202e}  Lie\",Kari@Example.org\n";
        let changed = vec![
            "the name is now `Kari Lie`".to_owned(),
            "the address is now `kari@example.org`".to_owned(),
        ];
        assert_eq!(verdicts(text), [(2, Verdict::Changed(kari(), changed))]);
    }

    #[test]
    fn one_bad_row_keeps_everybody_out_and_every_reason_is_given() {
        let text = "name,email,language,roles,phone\n\
                    Kari Lie,kari@example.org,,,\n\
                    ,nobody,xx,chef,call me\n\
                    Kari Two,KARI@example.org,,,\n\
                    Per,per@example.org,,,,surplus\n";
        let roster = read(text.as_bytes()).unwrap();
        assert_eq!(roster.entries(), None);
        let refused: Vec<(u64, usize)> = roster
            .rows
            .iter()
            .filter_map(|row| match &row.verdict {
                Verdict::Refused(why) => Some((row.line, why.len())),
                Verdict::Taken(_) | Verdict::Changed(..) => None,
            })
            .collect();
        assert_eq!(refused, [(3, 5), (4, 1), (5, 1)]);
    }

    #[test]
    fn a_file_that_is_no_list_is_refused_as_a_whole() {
        for (octets, why) in [
            (&b""[..], "`name` is missing"),
            (b"name,email\n", "nobody"),
            (b"name\nKari", "`email` is missing"),
            (b"name,email,shoe size\n", "no column `shoe size`"),
            (b"name,email,name\n", "twice"),
            (b"\xff\xfen\0a\0", "UTF-16"),
            (b"PK\x03\x04\0\0", "not text"),
        ] {
            let words = read(octets).unwrap_err();
            assert!(words.contains(why), "{words}");
        }
    }

    proptest! {
        #[test]
        fn no_file_makes_the_reader_panic(mut octets in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut file = b"name,email,roles\n".to_vec();
            file.append(&mut octets);
            if let Ok(roster) = read(&file) {
                prop_assert!(!roster.rows.is_empty());
            }
        }
    }
}
