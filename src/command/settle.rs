//! A command after a question about it has been answered: the person or the gathering that is meant
//! stands where several fitted.

use serde_json::{Value, json};

use super::{Command, Scope};

/// Fields that hold free words and no names.
const WORDS: [&str; 6] = ["text", "value", "words", "reason", "wish", "setting"];

impl Command {
    /// The same about the person that `meant` names without doubt, wherever `written` stands.
    #[must_use]
    pub fn with_person(&self, written: &str, meant: &str) -> Self {
        self.rewritten(|fields| replace(fields, written, meant))
    }

    /// Whether it is about a gathering that is not named.
    pub fn names_no_gathering(&self) -> bool {
        self.clone().scope_mut().is_some_and(|scope| *scope == Scope::Implied)
    }

    /// The same about this gathering.
    #[must_use]
    pub fn about_gathering(&self, gathering_id: i64) -> Self {
        self.rewritten(|fields| {
            if let Some(scope) = fields.get_mut("scope") {
                *scope = json!({ "by": "row", "gathering_id": gathering_id });
            }
        })
    }

    fn rewritten(&self, rewrite: impl FnOnce(&mut Value)) -> Self {
        let Ok(mut fields) = serde_json::to_value(self) else { return self.clone() };
        rewrite(&mut fields);
        serde_json::from_value(fields).unwrap_or_else(|_| self.clone())
    }
}

fn replace(value: &mut Value, written: &str, meant: &str) {
    match value {
        Value::String(text) if text == written => meant.clone_into(text),
        Value::Array(list) => list.iter_mut().for_each(|item| replace(item, written, meant)),
        Value::Object(fields) => fields
            .iter_mut()
            .filter(|(name, _)| !WORDS.contains(&name.as_str()))
            .for_each(|(_, field)| replace(field, written, meant)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::command::{Asked, Audience, Command, Deadline, Further, Scope};
    use crate::understand::Answer;

    #[test]
    fn a_name_is_replaced_where_it_names_somebody_and_nowhere_else() {
        let names = vec!["Kari".to_owned(), "Per".to_owned()];
        let audience = Audience::Named { names };
        let invite = Command::Invite { scope: Scope::Implied, audience, asked: Asked::Usual };
        let Command::Invite { audience: Audience::Named { names }, .. } =
            invite.with_person("Kari", "kari@example.org")
        else {
            panic!("another command")
        };
        assert_eq!(names, ["kari@example.org", "Per"]);
        let answer = Command::from(Further::AnswerFor {
            scope: Scope::Implied,
            person: "ja".into(),
            answer: Answer::Yes,
            words: "ja".into(),
        });
        let Command::Further(further) = answer.with_person("ja", "ja@example.org") else {
            panic!()
        };
        let Further::AnswerFor { person, words, .. } = *further else { panic!() };
        assert_eq!((person.as_str(), words.as_str()), ("ja@example.org", "ja"));
    }

    #[test]
    fn the_gathering_is_replaced_in_every_kind_of_command() {
        let commands = [
            Command::Seats { scope: Scope::Weekday { weekday: 3 }, seats: 14 },
            Command::from(Further::Deadline {
                scope: Scope::Implied,
                whose: Deadline::Reply,
                date: "2027-03-05".parse().unwrap(),
                time: None,
            }),
        ];
        for command in commands {
            let mut settled = command.about_gathering(7);
            assert_eq!(settled.scope_mut().cloned(), Some(Scope::Row { gathering_id: 7 }));
        }
    }
}
