//! What may be kept of a command for good: its verb, keys, days and numbers.
//!
//! Invariant: nothing of it is as it was written. Whom a command names, and what it tells anybody,
//! goes with the mail; that it was read as `move date=2026-05-07` stays.

use super::explain::{verb, weekday_name};
use super::setting::Setting;
use super::{
    Asked, Audience, Came, Circle, Command, DigestAct, Further, NewGathering, Recipients, Scope,
};
use crate::language::Language;

impl Command {
    /// The command as it may be kept: `seats to=14 gathering=thursday`.
    pub fn kept(&self) -> String {
        let mut kept = verb(self).to_owned();
        match self {
            Self::New(new) => made(&mut kept, new),
            Self::Seats { seats, .. } => add(&mut kept, "to", seats),
            Self::Move { date, time, .. } => {
                maybe(&mut kept, "date", date.as_ref());
                maybe(&mut kept, "time", time.map(|time| time.format("%H:%M")));
            }
            Self::Cancel { reason, .. } => {
                maybe(&mut kept, "reason", reason.as_ref().map(|_| "given"));
            }
            Self::Invite { audience, asked, .. } => {
                add(&mut kept, "people", people(audience));
                match asked {
                    Asked::Usual => {}
                    Asked::Later => add(&mut kept, "asked", "later"),
                    Asked::Now => add(&mut kept, "asked", "now"),
                }
            }
            Self::Further(said) => further(&mut kept, said),
            Self::Help { .. } | Self::Status { .. } | Self::Yes | Self::No => {}
        }
        maybe(&mut kept, "gathering", self.clone().scope_mut().and_then(|scope| gathering(scope)));
        kept
    }
}

fn add(kept: &mut String, key: &str, value: impl std::fmt::Display) {
    kept.extend([" ", key, "=", &value.to_string()]);
}

fn maybe(kept: &mut String, key: &str, value: Option<impl std::fmt::Display>) {
    if let Some(value) = value {
        add(kept, key, value);
    }
}

/// Which gathering, where that was said. Of its words only that there were some.
fn gathering(scope: &Scope) -> Option<String> {
    match scope {
        // Which one that is stands beside it.
        Scope::Implied | Scope::Row { .. } => None,
        Scope::Date { date } => Some(date.to_string()),
        Scope::Weekday { weekday } => Some(weekday_name(*weekday).to_owned()),
        Scope::Kind { kind } => Some(word(kind)),
        Scope::Words { .. } => Some("by-words".to_owned()),
    }
}

fn made(kept: &mut String, new: &NewGathering) {
    add(kept, "kind", word(&new.kind));
    add(kept, "starts", new.starts.format("%Y-%m-%dT%H:%M"));
    add(kept, "seats", new.seats);
    maybe(kept, "reply-by", new.reply_by);
    maybe(kept, "kitchen", new.kitchen_cut_off.map(|cut_off| cut_off.date));
    maybe(kept, "language", new.language.map(Language::tag));
    maybe(kept, "calendar", new.calendar.as_ref().map(word));
    maybe(kept, "people", new.invite.as_ref().map(people));
    maybe(kept, "waves", Some(new.waves.len()).filter(|waves| *waves > 0));
    let texts = [
        ("title", &new.title),
        ("where", &new.place),
        ("host", &new.host),
        ("menu", &new.menu),
        ("why-this-menu", &new.menu_reason),
        ("question", &new.question),
        ("note", &new.note),
        ("speaker", &new.speaker),
        ("pre-read", &new.pre_read),
    ];
    let keys: Vec<&str> =
        texts.into_iter().filter_map(|(key, text)| text.as_ref().map(|_| key)).collect();
    maybe(kept, "keys", Some(keys.join(",")).filter(|keys| !keys.is_empty()));
}

/// How many by name, and which circles: `all`, `3`, `2+new`.
fn people(audience: &Audience) -> String {
    match audience {
        Audience::All => "all".to_owned(),
        Audience::AllBut { names } => format!("all-{}", names.len()),
        Audience::Named { names } => names.len().to_string(),
        Audience::Several { names, circles } => {
            let named = Some(names.len().to_string()).filter(|_| !names.is_empty());
            named.into_iter().chain(circles.iter().map(word)).collect::<Vec<_>>().join("+")
        }
    }
}

/// The name under which one of our own words is stored.
fn word(word: &impl serde::Serialize) -> String {
    match serde_json::to_value(word) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(_) | Err(_) => String::new(),
    }
}

/// A setting and its value.
fn set(kept: &mut String, setting: &Setting) {
    let stored = serde_json::to_value(setting).unwrap_or_default();
    let value = stored.get("value").map(|value| value.to_string().replace('"', ""));
    add(kept, setting.name().as_str(), value.unwrap_or_default());
}

fn further(kept: &mut String, said: &Further) {
    match said {
        Further::Change { key, .. } => {
            let key = key.name().replace(' ', "-");
            maybe(kept, "key", Some(key).filter(|key| *kept != *key));
        }
        Further::Waves { waves, .. } => add(kept, "waves", waves.len()),
        Further::Deadline { date, time, .. } => {
            add(kept, "date", date);
            maybe(kept, "time", time.map(|time| time.format("%H:%M")));
        }
        Further::InviteCircle { circle, .. } => add(kept, "people", word(circle)),
        Further::Add { people, .. } | Further::Remove { people, .. } => {
            add(kept, "people", people.len());
        }
        Further::AnswerFor { answer, .. } => add(kept, "answer", word(answer)),
        Further::Nudge { people, .. } => {
            let silent = || word(&Circle::Silent);
            let many = Some(people.len().to_string()).filter(|_| !people.is_empty());
            add(kept, "people", many.unwrap_or_else(silent));
        }
        Further::Message { to: Recipients::Circle { circle }, .. } => add(kept, "to", word(circle)),
        Further::Message { to: Recipients::Named { names }, .. } => add(kept, "to", names.len()),
        Further::Attendance { came: Came::AllBut { absent }, .. } => {
            add(kept, "absent", absent.len());
        }
        Further::Attendance { came: Came::Only { present }, .. } => {
            add(kept, "present", present.len());
        }
        Further::PauseMember { until, .. } => maybe(kept, "until", *until),
        Further::ChangeMember { field, .. } => add(kept, "field", field.name()),
        Further::Digest { what: DigestAct::Send } => add(kept, "what", "send"),
        Further::Digest { what: DigestAct::Show } => add(kept, "what", "show"),
        Further::ExportAll | Further::EraseAll => add(kept, "people", "all"),
        Further::Setting { setting } => set(kept, setting),
        Further::Particular { particular, .. } => set(kept, &particular.setting()),
        Further::Choice { number } => add(kept, "number", number),
        Further::Why { .. }
        | Further::GiveSeat { .. }
        | Further::Seating { .. }
        | Further::Host { .. }
        | Further::AddMember { .. }
        | Further::ResumeMember { .. }
        | Further::RemoveMember { .. }
        | Further::Nominate { .. }
        | Further::Vote { .. }
        | Further::Mentor { .. }
        | Further::Organizer { .. }
        | Further::Export { .. }
        | Further::Erase { .. }
        | Further::Undo
        | Further::Settings => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::command::read;
    use crate::command::tests::shared::context;

    /// What is kept of a mail, a command a line.
    fn kept(mail: &str) -> String {
        let reading = read(mail, "", context());
        assert!(reading.problems.is_empty(), "{mail}: {:?}", reading.problems);
        let kept = reading.commands.iter().map(|spotted| spotted.command.kept());
        kept.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn verb_keys_days_and_numbers_are_kept() {
        for (mail, expected) in [
            ("14 plasser", "seats to=14"),
            ("torsdag: 14 plasser", "seats to=14 gathering=thursday"),
            ("flytt 10. desember til kl 20", "move time=20:00 gathering=2026-12-10"),
            ("flytt mot-middagen til 17. desember", "move date=2026-12-17 gathering=by-words"),
            ("avlys, Kari er syk", "cancel reason=given"),
            ("inviter Kari, Per og nye", "invite people=2+new"),
            ("inviter alle", "invite people=all"),
            ("Per ja, nøtteallergi", "answer for answer=yes"),
            ("meny: Lam", "menu"),
            ("endre sted til Storgata 3", "change key=where"),
            ("melding til de som kommer: Kari er syk", "message to to=coming"),
            ("alle kom uten Per", "attendance absent=1"),
            ("pause Per til 1. mai", "member pause until=2027-05-01"),
            ("ny adresse for Kari: kari@example.net", "member change field=address"),
            ("stille timer 22-8", "settings hours={evening:22,morning:8}"),
            ("frist 5. desember", "deadline date=2026-12-05"),
            ("angre", "undo"),
            ("slett alle", "erase people=all"),
            (
                "ny middag 10. desember kl 19 hos Ida, 12 plasser, inviter Kari",
                "new kind=dinner starts=2026-12-10T19:00 seats=12 people=1 keys=host",
            ),
        ] {
            assert_eq!(kept(mail), expected, "{mail}");
        }
    }

    #[test]
    fn nobody_s_name_and_no_word_as_written_is_kept() {
        let mails = include_str!("tests/lines.txt").lines().filter(|line| !line.starts_with('#'));
        let mut read_of = 0;
        for (mail, _) in mails.filter_map(|line| line.split_once(" => ")) {
            let reading = read(mail, "", context());
            for spotted in &reading.commands {
                let kept = spotted.command.kept();
                read_of += 1;
                let names = mail.split(|c: char| !c.is_alphanumeric() && c != '@' && c != '.');
                let names = names.skip(1).filter(|word| word.chars().count() > 3);
                for name in names.filter(|word| word.starts_with(char::is_uppercase)) {
                    assert!(!kept.contains(name), "{mail}: {kept}");
                }
                assert!(!kept.contains('@') && kept.is_ascii(), "{mail}: {kept}");
            }
        }
        assert!(read_of > 400, "{read_of}");
    }
}
