//! How somebody is known in what others have written: by name, by address, by their own words,
//! and by where they have been hosts.
//!
//! Invariant: one matcher, Postgres', for columns and for mails alike, so that what is found is
//! what is taken out.

use anyhow::Result;
use sqlx::PgConnection;

/// Regular expressions of Postgres that find somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Traces {
    /// Their names and addresses.
    pub(super) names: String,
    /// Their names, addresses and words, and where they were hosts.
    pub(super) all: String,
}

/// As little of a text as tells whose it is; what follows may have been cut.
const ENOUGH: usize = 60;
/// A shorter word of somebody's may be anybody's.
const SHORTEST: usize = 4;

impl Traces {
    /// What leads to somebody. A first or last name does where nobody else here bears it.
    pub(super) async fn of(db: &mut PgConnection, person_id: i64) -> Result<Self> {
        let names = sqlx::query!(
            r#"select name, (select coalesce(array_agg(email), '{}') from address
                              where address.person_id = person.person_id) as "emails!",
                      (select coalesce(array_agg(other.name), '{}') from person as other
                        where other.community_id = person.community_id
                          and other.person_id <> person.person_id) as "others!"
                 from person where person_id = $1"#,
            person_id,
        )
        .fetch_one(&mut *db)
        .await?;
        let words = sqlx::query_scalar!(
            r#"select text as "text!" from contribution where person_id = $1
               union select unnest(diet_notes) from invitation where person_id = $1
               union select unnest(diet_notes) from remembered where person_id = $1
               union select details ->> 'text' from request
                      where person_id = $1 and details ->> 'text' is not null
               union select place from gathering where host_id = $1 and place is not null"#,
            person_id,
        )
        .fetch_all(db)
        .await?;
        Ok(Self::from(&names.name, &names.others, &names.emails, &words))
    }

    fn from(name: &str, others: &[String], emails: &[String], words: &[String]) -> Self {
        let borne = |part: &str| others.iter().any(|other| parts(other).any(|own| own == part));
        let single = parts(name).filter(|part| part.chars().count() > 1 && !borne(part));
        let mut names = vec![whole(&any_case(name))];
        names.extend(single.map(|part| whole(&escaped(part))));
        names.extend(emails.iter().map(|email| any_case(email)));
        let words = words.iter().filter(|words| words.chars().count() >= SHORTEST);
        let words: Vec<String> = words.map(|words| any_layout(words)).collect();
        let names = names.join("|");
        let all = [names.clone()].into_iter().chain(words).collect::<Vec<_>>().join("|");
        Self { names, all }
    }
}

fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split_whitespace()
}

/// A name, and not a part of a longer word; also as whose something is.
fn whole(pattern: &str) -> String {
    format!("(?<![[:alnum:]])(?:{pattern})(?:'s|’s|s)?(?![[:alnum:]])")
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut pattern, c| {
        if !c.is_alphanumeric() && c.is_ascii() && !c.is_whitespace() {
            pattern.push('\\');
        }
        pattern.push(c);
        pattern
    })
}

/// The same in capitals, and however its words are parted.
fn any_case(text: &str) -> String {
    text.chars().fold(String::new(), |mut pattern, c| {
        let (small, large): (String, String) =
            (c.to_lowercase().collect(), c.to_uppercase().collect());
        if c.is_whitespace() {
            pattern.push_str("\\s+");
        } else if small != large && small.chars().count() == 1 && large.chars().count() == 1 {
            pattern.extend(["[", small.as_str(), large.as_str(), "]"]);
        } else {
            pattern.push_str(&escaped(&c.to_string()));
        }
        pattern
    })
}

/// A text wherever its lines were broken, quoted or not.
fn any_layout(text: &str) -> String {
    let start = text.get(..text.floor_char_boundary(ENOUGH)).unwrap_or(text);
    start.split_whitespace().map(escaped).collect::<Vec<_>>().join("[\\s>]+")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_name_that_somebody_else_bears_finds_nobody() {
        let traces = |others: &[&str]| {
            let others: Vec<String> = others.iter().map(|&other| other.to_owned()).collect();
            Traces::from("Kari Lie", &others, &["kari@lie.example".to_owned()], &[]).names
        };
        assert!(traces(&["Kari Moe"]).contains("(?:Lie)"));
        assert!(!traces(&["Kari Moe"]).contains("(?:Kari)"));
        assert!(traces(&["Karin Moe"]).contains("(?:Kari)"));
    }

    #[test]
    fn nothing_in_a_name_is_an_expression() {
        let traces = Traces::from("D'Arc (Jeanne)", &[], &[], &["1+1 er\nto".to_owned()]);
        assert!(traces.names.contains(r"[dD]\'[aA][rR][cC]\s+\([jJ]"), "{}", traces.names);
        assert!(traces.all.ends_with(r"1\+1[\s>]+er[\s>]+to"), "{}", traces.all);
    }
}
