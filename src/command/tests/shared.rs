//! The tables' format: a mail, `=>`, and what it asks for, line by line; `===` between cases.

use chrono::{NaiveDate, TimeZone, Utc};

use crate::command::{
    Asked, Audience, Command, Context, CutOff, Further, NewGathering, NewWave, Opens, Problem,
    ProblemKind, Reading, Scope, read_from,
};
use crate::language::Language;

/// Sunday 22 November 2026 at noon in Oslo.
pub(in crate::command) fn context() -> Context {
    Context {
        now: Utc.with_ymd_and_hms(2026, 11, 22, 11, 0, 0).single().expect("a moment"),
        zone: chrono_tz::Europe::Oslo,
        language: Language::Nb,
        seats: None,
    }
}

/// Reads a mail of Ida Lie.
pub(in crate::command) fn read(text: &str, subject: &str, context: Context) -> Reading {
    read_from("Ida Lie", text, subject, context)
}

/// Runs a table of mails; a first line `Subject: …` is the subject.
pub(super) fn table(text: &str) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for case in text.split("\n===\n") {
        let (mail, expected) = case.split_once("\n=>\n").expect("a mail and what it asks for");
        let (subject, body) = match mail.strip_prefix("Subject: ") {
            Some(rest) => rest.split_once('\n').unwrap_or((rest, "")),
            None => ("", mail),
        };
        let found = show(&read(body, subject, context()));
        count += 1;
        if found.trim() != expected.trim() {
            wrong.push(format!("{mail}\n=>\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}\n", wrong.len(), wrong.join("\n===\n"));
}

/// Runs a table of mails that are one line each: `mail => what it asks for`.
pub(super) fn one_liners(text: &str) {
    let mut wrong = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (mail, expected) = line.split_once(" => ").expect("a mail and what it asks for");
        let found = show(&read(mail, "", context())).replace('\n', " | ");
        if found != expected {
            wrong.push(format!("{mail} => {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}\n", wrong.len(), wrong.join("\n"));
}

/// A reading in the words of the tables.
pub(super) fn show(reading: &Reading) -> String {
    let commands = reading.commands.iter().map(|spotted| show_command(&spotted.command));
    let problems = reading.problems.iter().map(show_problem);
    let stop = reading.stopped.iter().map(|stopped| format!("stop {}", stopped.at));
    let all: Vec<String> = commands.chain(problems).chain(stop).collect();
    if all.is_empty() { "nothing".into() } else { all.join("\n") }
}

fn show_command(command: &Command) -> String {
    match command {
        Command::Help { topic } => parts("help", [("about", topic.clone())]),
        Command::Status { scope } => format!("status{}", show_scope(scope)),
        Command::New(gathering) => show_new(gathering),
        Command::Seats { scope, seats } => format!("seats {seats}{}", show_scope(scope)),
        Command::Move { scope, date, time, .. } => {
            let date = date.map_or(String::new(), |date| format!(" {}", show_date(date)));
            let time = time.map_or(String::new(), |time| time.format(" %H.%M").to_string());
            format!("move{} to{date}{time}", show_scope(scope))
        }
        Command::Cancel { scope, reason } => {
            parts(&format!("cancel{}", show_scope(scope)), [("because", reason.clone())])
        }
        Command::Invite { scope, audience, asked } => {
            let verb = match asked {
                Asked::Usual => "invite",
                Asked::Later => "save-the-date",
                Asked::Now => "invite now",
            };
            format!("{verb} {}{}", show_audience(audience), show_scope(scope))
        }
        Command::Yes => "yes".into(),
        Command::No => "no".into(),
        Command::Further(further) => show_further(further),
    }
}

/// `later` and its fields in alphabetical order, as they are stored.
fn show_further(further: &Further) -> String {
    let value = serde_json::to_value(further).expect("json");
    let mut fields = value.as_object().expect("an object").clone();
    let act = fields.remove("act").expect("a name");
    let scope = fields.remove("scope").map(|scope| serde_json::from_value(scope).expect("a scope"));
    let fields = fields.into_iter().filter(|(_, value)| !value.is_null());
    let fields = fields.map(|(name, value)| format!("; {name}: {}", one_line(&show_value(&value))));
    let scope = scope.map_or(String::new(), |scope| show_scope(&scope));
    format!("later {}{scope}{}", show_value(&act), fields.collect::<String>())
}

fn show_value(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(list) => {
            list.iter().map(show_value).collect::<Vec<_>>().join("; ")
        }
        serde_json::Value::Object(fields) => {
            fields.values().map(show_value).collect::<Vec<_>>().join(" ")
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {
            value.to_string()
        }
    }
}

fn show_new(new: &NewGathering) -> String {
    let kind = serde_json::to_string(&new.kind).expect("a name");
    let start = format!("{} {}", show_date(new.starts.date()), new.starts.format("%H.%M"));
    parts(
        &format!("new {} {start}, {} seats", kind.trim_matches('"'), new.seats),
        [
            ("title", new.title.clone()),
            ("place", new.place.clone()),
            ("host", new.host.clone()),
            ("menu", new.menu.clone()),
            ("why this menu", new.menu_reason.clone()),
            ("question", new.question.clone()),
            ("note", new.note.clone()),
            ("speaker", new.speaker.clone()),
            ("pre-read", new.pre_read.clone()),
            ("invite", new.invite.as_ref().map(show_audience)),
            ("waves", show_waves(new)),
            ("reply by", new.reply_by.map(show_date)),
            ("kitchen cut-off", new.kitchen_cut_off.map(show_cut_off)),
            ("language", new.language.map(|language| language.tag().to_owned())),
            ("calendar", new.calendar.map(|policy| format!("{policy:?}").to_lowercase())),
        ],
    )
}

fn show_cut_off(cut_off: CutOff) -> String {
    let time = cut_off.time.map(|time| time.format(" %H.%M").to_string());
    show_date(cut_off.date) + &time.unwrap_or_default()
}

fn show_scope(scope: &Scope) -> String {
    match scope {
        Scope::Implied | Scope::Row { .. } => String::new(),
        Scope::Date { date } => format!(" [{}]", show_date(*date)),
        Scope::Weekday { weekday } => {
            let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
            format!(" [{}]", names[usize::from(*weekday)])
        }
        Scope::Kind { kind } => format!(" [{}]", format!("{kind:?}").to_lowercase()),
        Scope::Words { words } => format!(" [\"{words}\"]"),
    }
}

fn show_waves(new: &NewGathering) -> Option<String> {
    let show = |wave: &NewWave| {
        let opens = match wave.opens {
            Opens::On { day } => format!("on {}", show_date(day)),
            Opens::After { days } => format!("after {days}"),
        };
        format!("{} {opens}", show_audience(&wave.invite))
    };
    (!new.waves.is_empty()).then(|| new.waves.iter().map(show).collect::<Vec<_>>().join(", "))
}

fn show_audience(audience: &Audience) -> String {
    match audience {
        Audience::All => "all".into(),
        Audience::AllBut { names } => format!("all but {}", names.join("; ")),
        Audience::Named { names } => names.join("; "),
        Audience::Several { names, circles } => {
            let circles = circles.iter().map(|circle| format!("{circle:?}").to_lowercase());
            names.iter().cloned().chain(circles).collect::<Vec<_>>().join("; ")
        }
    }
}

fn show_problem(problem: &Problem) -> String {
    let what = match &problem.kind {
        ProblemKind::NotUnderstood => "not understood".into(),
        ProblemKind::NearMiss { verb } => format!("near {verb}"),
        ProblemKind::Missing { what } => format!("missing {what}"),
        ProblemKind::UnknownKey { key, nearest } => {
            format!("unknown key {key}, near {}", nearest.as_deref().unwrap_or("none"))
        }
        ProblemKind::BadValue { what, value } => format!("bad {what} \"{}\"", one_line(value)),
        ProblemKind::WeekdayMismatch { date, weekday } => {
            format!(
                "{} is not{}",
                show_date(*date),
                show_scope(&Scope::Weekday { weekday: *weekday })
            )
        }
        ProblemKind::DaylightSaving { time, twice } => {
            format!("{} {time}", if *twice { "twice" } else { "never" })
        }
        ProblemKind::Past { time } => format!("past {time}"),
        ProblemKind::NotYet { verb } => format!("not yet {verb}"),
        ProblemKind::Either { meant, .. } => format!("either {}", meant.join(" or ")),
        ProblemKind::TooLong => "too long".into(),
    };
    format!("? {what}: {}", problem.line)
}

pub(super) fn show_date(date: NaiveDate) -> String {
    date.format("%a %Y-%m-%d").to_string()
}

fn parts<const N: usize>(first: &str, named: [(&str, Option<String>); N]) -> String {
    let named = named
        .into_iter()
        .filter_map(|(name, value)| Some(format!("; {name}: {}", one_line(&value?))));
    std::iter::once(first.to_owned()).chain(named).collect()
}

fn one_line(text: &str) -> String {
    text.replace('\n', " / ")
}
