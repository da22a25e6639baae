//! What Langbord did, written down.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use langbord::community::Disposition;
use langbord::mail::message::Part;
use langbord::steps::handle::Handled;
use langbord::understand::Kind;

use super::super::world::{Delivered, address_of};
use super::Stage;

impl Stage {
    /// A mail, whole the first time that it says this to anybody, else its subject.
    pub(super) fn tell(&mut self, mail: &Delivered) {
        let message = mail.message();
        let name = self.people.iter().find(|(name, _)| address_of(name) == mail.recipient);
        let name = name.map_or(mail.recipient.as_str(), |(name, _)| name.as_str()).to_owned();
        let letter = self.letter_of(mail).unwrap_or_default();
        let twin = self
            .world
            .office
            .delivered
            .iter()
            .find(|earlier| earlier.message().message_id == message.message_id);
        let again = if twin.is_some() { ", again: the same octets" } else { "" };
        assert!(twin.is_none_or(|twin| twin.raw == mail.raw), "one Message-ID, two mails");
        writeln!(self.said, "Langbord -> {name:<35} {letter}{again}").expect("write");
        writeln!(self.said, "    Subject: {}", message.subject).expect("write");
        let files = message.parts.iter().filter(|part| part.attachment);
        let event = message.parts.iter().find(|part| part.media_type == "text/calendar");
        if let Some(event) = event.filter(|event| !event.attachment) {
            let method = event.text.lines().find(|line| line.starts_with("METHOD:"));
            writeln!(
                self.said,
                "    Calendar: {}",
                method.unwrap_or_default().trim_start_matches("METHOD:")
            )
            .expect("write");
        }
        let text = message
            .parts
            .iter()
            .find(|part| part.media_type == "text/plain")
            .map_or("", |part| &part.text);
        if !self.told_whole.insert(text.replace(&name, "")) {
            return;
        }
        for words in text.trim_end().lines() {
            writeln!(self.said, "{}", format!("    | {words}").trim_end()).expect("write");
        }
        for file in files {
            self.tell_file(file);
        }
    }

    /// A sheet, or a calendar that asks nobody anything. When it was made is of no interest.
    fn tell_file(&mut self, file: &Part) {
        if file.media_type != "text/csv" && file.parameter("method") != Some("PUBLISH") {
            return;
        }
        writeln!(self.said, "    Enclosed: {}", file.media_type).expect("write");
        let text = file.text.trim_start_matches('\u{feff}');
        for words in text.lines().filter(|line| !line.starts_with("DTSTAMP")) {
            writeln!(self.said, "    | {words}").expect("write");
        }
    }

    /// What the outbox holds that did not simply leave, if it has changed.
    pub(super) async fn tell_trouble(&mut self) {
        let rows: Vec<(i64, bool, String)> = sqlx::query_as(
            "select outbox_id, state in ('queued', 'sent'),
                    letter || ' to ' || coalesce(name, recipient) || ': ' || state
                    || case when state = 'queued' then ' until ' || to_char(due_at at time zone 'Europe/Oslo', 'Dy HH24:MI')
                            else '' end
                    || ' (' || coalesce(reply, 'no word') || ')'
               from outbox left join person using (person_id)
              where attempt > 0 or state <> 'queued' order by outbox_id",
        )
        .fetch_all(self.world.connection())
        .await
        .expect("look at the outbox");
        for (row, well, line) in rows {
            let quiet = well && line.contains(": sent") && !self.troubled.contains_key(&row);
            if !quiet && self.troubled.get(&row) != Some(&line) {
                writeln!(self.said, "   ~ {line}").expect("write");
                self.troubled.insert(row, line);
            }
        }
    }

    /// What Postgres holds, if it has changed.
    pub(super) async fn tell_table(&mut self) {
        let table = table(self.world.connection()).await;
        if table != self.table {
            self.said.push_str(&table);
            self.table = table;
        }
    }
}

/// What Langbord made of a mail, in one line.
pub(super) fn understood(handled: &Handled) -> String {
    let meaning = &handled.meaning;
    let mut words = vec![
        match meaning.kind {
            Kind::Reply => "a person",
            Kind::Calendar => "a calendar",
            Kind::Bounce => "a bounce",
            Kind::AutoReply => "a machine",
            Kind::List => "a list",
            Kind::Feedback => "a report",
        }
        .to_owned(),
    ];
    words.extend(meaning.answer.map(|answer| format!("{answer:?}").to_lowercase()));
    words.extend(meaning.party_size.map(|party| format!("party {party}")));
    words.extend(meaning.diets.iter().map(|diet| format!("{diet:?}").to_lowercase()));
    if matches!(
        handled.decision.disposition,
        Disposition::Command
            | Disposition::Confirmation
            | Disposition::Member
            | Disposition::Request
    ) {
        return format!("-> {}", handled.decision.disposition.as_str());
    }
    if meaning.needs_human {
        words.push("needs a human".to_owned());
    }
    format!("({}) -> {}", words.join(", "), handled.decision.disposition.as_str())
}

/// Which letter each mail of ours was, by Message-ID.
pub(super) async fn letters(db: &mut sqlx::PgConnection) -> BTreeMap<String, String> {
    let rows: Vec<(String, String)> = sqlx::query_as("select message_id, letter from outbox")
        .fetch_all(db)
        .await
        .expect("look at the outbox");
    rows.into_iter().collect()
}

/// Start, taken, seats, state, people.
type TableRow = (String, i32, i32, String, Option<String>);

/// The tables as they stand.
async fn table(db: &mut sqlx::PgConnection) -> String {
    let rows: Vec<TableRow> = sqlx::query_as(
        "select to_char(starts_local, 'Dy DD Mon HH24:MI'), taken, seats, state,
                string_agg(name || case seat when 'none' then ' ' || coalesce(answer, 'silent') else ' ' || seat end
                           || case when party > 1 then ' x' || party else '' end
                           || case when diets <> '{}' then ' [' || array_to_string(diets, ' ') || ']' else '' end
                           || case when unreached_at is not null then ' unreached' else '' end,
                           ', ' order by waiting_since nulls first, invitation_id)
           from gathering left join invitation using (gathering_id) left join person using (person_id)
          group by gathering_id order by gathering_id",
    )
    .fetch_all(db)
    .await
    .expect("look at the tables");
    let mut text = String::new();
    for (starts, taken, seats, state, people) in rows {
        let people = people.unwrap_or_default();
        writeln!(text, "   = {starts}: {taken}/{seats} {state}: {people}").expect("write");
    }
    text
}
