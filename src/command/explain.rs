//! What a mail asks for, for a person and for a program. The JSON is described in
//! `docs/explain.md`.

use chrono::{Days, NaiveDateTime, NaiveTime, TimeZone};
use serde_json::{Map, Value, json};

use super::{
    Asked, Command, Context, CutOff, Further, Key, Problem, ProblemKind, Reading, Scope, Verb, when,
};

/// For a program: the commands with their arguments, the questions that would be asked, what was
/// not understood. `text` is what was read.
pub fn explain_json(text: &str, reading: &Reading, context: Context) -> Value {
    let (lost, asked): (Vec<_>, Vec<_>) = reading.problems.iter().partition(|one| is_lost(one));
    let line = |lines: &str| line_number(text, lines);
    let commands = reading.commands.iter().map(|spotted| {
        json!({
            "verb": verb(&spotted.command),
            "arguments": arguments(&spotted.command, context),
            "line": line(&spotted.line),
            "text": spotted.line,
        })
    });
    let lost = lost.iter().map(|one| json!({ "line": line(&one.line), "text": one.line }));
    let asked = asked.iter().map(|one| {
        let mut asked = question(&one.kind);
        asked.insert("line".into(), json!(line(&one.line)));
        asked.insert("text".into(), json!(one.line));
        asked
    });
    json!({
        "commands": commands.collect::<Vec<_>>(),
        "questions": asked.collect::<Vec<_>>(),
        "not_understood": lost.collect::<Vec<_>>(),
        "stopped": reading.stopped,
    })
}

/// For a person: the same, a line each.
pub fn explain_text(explained: &Value) -> String {
    let list = |name: &str| explained.get(name).and_then(Value::as_array).into_iter().flatten();
    let word = |value: &Value, name: &str| match value.get(name) {
        Some(Value::String(text)) => text.replace('\n', " "),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    let mut lines = Vec::new();
    for command in list("commands") {
        lines.push(format!(
            "command       {} {}",
            word(command, "verb"),
            word(command, "arguments")
        ));
    }
    for asked in list("questions") {
        lines.push(format!("question      {}: {}", word(asked, "asks"), word(asked, "text")));
    }
    for lost in list("not_understood") {
        lines.push(format!("not read      {}", word(lost, "text")));
    }
    if let Some(stopped) = explained.get("stopped").filter(|stopped| !stopped.is_null()) {
        lines.push(format!("stopped       {}: {}", word(stopped, "why"), word(stopped, "at")));
    }
    lines.iter().map(|line| line.trim_end()).collect::<Vec<_>>().join("\n") + "\n"
}

/// Whether there is nothing to ask about a line.
fn is_lost(problem: &Problem) -> bool {
    matches!(problem.kind, ProblemKind::NotUnderstood | ProblemKind::TooLong)
}

/// The number of the line, from 1, on which the first of `lines` stands.
fn line_number(text: &str, lines: &str) -> Option<usize> {
    let first: String = lines.lines().next()?.split_whitespace().take(3).collect();
    let squeezed = |line: &str| line.split_whitespace().collect::<String>();
    text.lines().position(|line| squeezed(line).contains(&first)).map(|at| at + 1)
}

/// The verb by its first English name.
pub(super) fn verb(command: &Command) -> &'static str {
    match command {
        Command::Help { .. } => name(Verb::Help),
        Command::Status { .. } => name(Verb::Status),
        Command::New(_) => name(Verb::New),
        Command::Seats { .. } => name(Verb::Seats),
        Command::Move { .. } => name(Verb::Move),
        Command::Cancel { .. } => name(Verb::Cancel),
        Command::Invite { asked: Asked::Later, .. } => name(Verb::SaveTheDate),
        Command::Invite { .. } => name(Verb::Invite),
        Command::Yes => name(Verb::Yes),
        Command::No => name(Verb::No),
        Command::Further(further) => match (further.verb(), further.as_ref()) {
            (Verb::Change, Further::Change { key: Key::Question, .. }) => name(Verb::Question),
            (Verb::Change, Further::Change { key: Key::Menu, .. }) => name(Verb::Menu),
            (Verb::Change, Further::Change { key: Key::PreRead, .. }) => name(Verb::Read),
            (Verb::Change, Further::Change { key: Key::Note, .. }) => name(Verb::Note),
            (verb, _) => name(verb),
        },
    }
}

fn name(verb: Verb) -> &'static str {
    match verb {
        Verb::Help => "help",
        Verb::Status => "status",
        Verb::Why => "why",
        Verb::New => "new",
        Verb::Question => "question",
        Verb::Menu => "menu",
        Verb::Read => "read",
        Verb::Note => "note",
        Verb::Deadline => "deadline",
        Verb::KitchenDeadline => "kitchen cut-off",
        Verb::Seats => "seats",
        Verb::Invite => "invite",
        Verb::SaveTheDate => "save the date",
        Verb::Add => "add",
        Verb::Remove => "remove",
        Verb::AnswerFor => "answer for",
        Verb::GiveSeat => "give seat to",
        Verb::Nudge => "nudge",
        Verb::Message => "message to",
        Verb::Seating => "seating",
        Verb::Host => "host",
        Verb::Move => "move",
        Verb::Change => "change",
        Verb::Cancel => "cancel",
        Verb::Attendance => "attendance",
        Verb::MemberAdd => "member add",
        Verb::MemberPause => "member pause",
        Verb::MemberBack => "member back",
        Verb::MemberRemove => "member remove",
        Verb::MemberChange => "member change",
        Verb::Nominate => "nominate",
        Verb::Vote => "vote",
        Verb::Mentor => "mentor",
        Verb::Digest | Verb::DigestNow => "digest",
        Verb::Organizer => "organizer",
        Verb::OrganizerRemove => "organizer remove",
        Verb::Export => "export",
        Verb::Erase => "erase",
        Verb::Undo => "undo",
        Verb::Language => "language",
        Verb::Settings => "settings",
        Verb::Choice => "number",
        Verb::Yes => "yes",
        Verb::No => "no",
    }
}

/// What the verb needs, as it is stored, in the words of the page.
fn arguments(command: &Command, context: Context) -> Map<String, Value> {
    let stored = match command {
        Command::Further(further) => serde_json::to_value(further),
        Command::New(new) => serde_json::to_value(new),
        Command::Help { .. }
        | Command::Status { .. }
        | Command::Seats { .. }
        | Command::Move { .. }
        | Command::Cancel { .. }
        | Command::Invite { .. }
        | Command::Yes
        | Command::No => serde_json::to_value(command),
    };
    let Ok(Value::Object(mut fields)) = stored else { return Map::new() };
    fields.remove("verb");
    fields.remove("act");
    // What "8" is depends on the gathering, which nobody knows here.
    fields.remove("vague");
    fields.retain(|_, value| !value.is_null());
    let moment = read::<chrono::NaiveDate>(&fields, "date").zip(read(&fields, "time"));
    if let Some((date, time)) = moment {
        fields.insert("when".into(), instant(date.and_time(time), context));
    }
    let mut named = Map::new();
    for (field, value) in fields {
        named.extend(argument(&field, value, context));
    }
    named
}

fn read<T: serde::de::DeserializeOwned>(fields: &Map<String, Value>, name: &str) -> Option<T> {
    serde_json::from_value(fields.get(name)?.clone()).ok()
}

/// A stored field under the name, and in the form, that the page gives it.
fn argument(field: &str, value: Value, context: Context) -> Vec<(String, Value)> {
    let named = |name: &str, value| vec![(name.to_owned(), value)];
    match field {
        "scope" => match serde_json::from_value(value) {
            Ok(scope) => gathering(&scope, context).map(|it| named("gathering", it)),
            Err(_) => None,
        }
        .unwrap_or_default(),
        "starts" => match serde_json::from_value::<NaiveDateTime>(value) {
            Ok(starts) => named("starts", instant(starts, context)),
            Err(_) => Vec::new(),
        },
        "time" => match serde_json::from_value::<NaiveTime>(value) {
            Ok(time) => named("time", json!(time.format("%H:%M").to_string())),
            Err(_) => Vec::new(),
        },
        "kitchen_cut_off" => match serde_json::from_value::<CutOff>(value) {
            Ok(cut_off) => {
                let moment = cut_off.moment().map(|moment| instant(moment, context));
                named("kitchen_cut_off", moment.unwrap_or(json!(cut_off.date)))
            }
            Err(_) => Vec::new(),
        },
        "audience" | "to" => named("people", people(&value)),
        "invite" => named("invite", people(&value)),
        "circle" => named("people", value),
        "people" if value == json!([]) => named("people", json!("silent")),
        "came" => match (value.get("absent"), value.get("present")) {
            (Some(absent), _) => {
                [named("present", json!("all")), named("absent", absent.clone())].concat()
            }
            (None, present) => named("present", json!(present)),
        },
        "menu_reason" => named("why_this_menu", value),
        _ => named(field, value),
    }
}

/// A circle by its name, or a list of people as written.
fn people(stored: &Value) -> Value {
    if let (Some(names), Some(circles)) = (stored.get("names"), stored.get("circles")) {
        let both = [names, circles].into_iter().filter_map(Value::as_array).flatten();
        return json!(both.collect::<Vec<_>>());
    }
    if stored.get("who").is_some_and(|who| who == "all-but") {
        return json!({ "all_but": stored.get("names") });
    }
    let names = stored.get("names").or_else(|| stored.get("circle"));
    names.or_else(|| stored.get("who")).cloned().unwrap_or_default()
}

/// Which gathering; `None` where it was not said.
fn gathering(scope: &Scope, context: Context) -> Option<Value> {
    match scope {
        Scope::Implied | Scope::Row { .. } => None,
        Scope::Date { date } => Some(json!({ "date": date })),
        Scope::Weekday { weekday } => {
            let today = context.now.with_timezone(&context.zone).date_naive();
            let coming = (0..7).filter_map(|days| today.checked_add_days(Days::new(days)));
            let date = coming.into_iter().find(|date| when::weekday_of(*date) == *weekday);
            Some(json!({ "weekday": weekday_name(*weekday), "date": date }))
        }
        Scope::Kind { kind } => Some(json!({ "kind": kind })),
        Scope::Words { words } => Some(json!({ "words": words })),
    }
}

pub(super) fn weekday_name(weekday: u8) -> &'static str {
    let names = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    names.get(usize::from(weekday)).copied().unwrap_or_default()
}

/// ISO 8601 with the zone's offset then.
fn instant(local: NaiveDateTime, context: Context) -> Value {
    let at = context.zone.from_local_datetime(&local).earliest();
    json!(at.map(|at| at.to_rfc3339()))
}

/// What would be asked, in a word, and what it is about.
fn question(kind: &ProblemKind) -> Map<String, Value> {
    let (asks, mut fields) = match kind {
        ProblemKind::NotUnderstood => ("not-understood", json!({})),
        ProblemKind::Either { meant, .. } => ("either", json!({ "meant": meant })),
        ProblemKind::TooLong => ("too-long", json!({})),
        ProblemKind::NearMiss { verb } => ("did-you-mean", json!({ "suggestion": verb })),
        ProblemKind::Missing { what } => ("missing", json!({ "what": what })),
        ProblemKind::UnknownKey { key, nearest } => {
            ("unknown-key", json!({ "what": key, "suggestion": nearest }))
        }
        ProblemKind::BadValue { what, value } => {
            ("bad-value", json!({ "what": what, "value": value }))
        }
        ProblemKind::WeekdayMismatch { date, weekday } => {
            ("weekday-or-date", json!({ "date": date, "weekday": weekday_name(*weekday) }))
        }
        ProblemKind::DaylightSaving { time, twice } => {
            ("daylight-saving", json!({ "time": time, "exists": if *twice { 2 } else { 0 } }))
        }
        ProblemKind::Past { time } => ("past", json!({ "time": time })),
        ProblemKind::NotYet { verb } => ("not-yet", json!({ "what": verb })),
    };
    let mut named = fields.as_object_mut().map(std::mem::take).unwrap_or_default();
    named.insert("asks".into(), json!(asks));
    named
}
