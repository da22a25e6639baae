//! Figures as text: for Prometheus, and for people.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use crate::store::figures::Figures;

/// A figure: its name, what it is, and how to read it.
type Gauge = (&'static str, &'static str, fn(&Figures) -> i64);

const GAUGES: [Gauge; 11] = [
    ("inbox_waiting", "mails that wait to be handled", |it| it.inbox_waiting),
    ("inbox_held", "of these, held because the DNS could not tell who wrote", |it| it.inbox_held),
    ("inbox_failed", "mails that could not be handled", |it| it.inbox_failed),
    ("inbox_handled", "mails that have been handled", |it| it.inbox_handled),
    ("inbox_forged", "mails that were not from whom they said", |it| it.inbox_forged),
    ("outbox_queued", "mails to be sent, due or not", |it| it.outbox_queued),
    ("outbox_doubtful", "mails that may have arrived", |it| it.outbox_doubtful),
    ("outbox_failed", "mails that were refused for good", |it| it.outbox_failed),
    ("outbox_sent", "mails that have been sent", |it| it.outbox_sent),
    ("gatherings_open", "gatherings that are open", |it| it.gatherings_open),
    ("members_active", "active members", |it| it.members_active),
];

/// An age: its name, what it is, and since when.
type Age = (&'static str, &'static str, fn(&Figures) -> Option<DateTime<Utc>>);

const AGES: [Age; 4] = [
    ("inbox_waiting_seconds", "age of the oldest mail to handle", |it| it.waiting_since),
    ("outbox_due_seconds", "how long the oldest mail has been due", |it| it.due_since),
    ("mailbox_looked_seconds", "how long ago the mailbox was looked at", |it| it.looked_at),
    ("inbox_last_seconds", "how long ago the last mail came", |it| it.last_received),
];

/// The text that Prometheus reads.
pub fn prometheus(figures: &[Figures], now: DateTime<Utc>) -> String {
    let mut text = String::new();
    for (name, what, of) in GAUGES {
        head(&mut text, name, what);
        for one in figures {
            line(&mut text, name, &one.community, of(one));
        }
    }
    for (name, what, since) in AGES {
        head(&mut text, name, what);
        for one in figures {
            // Nothing that waits is as young as can be; what has never been has no age.
            let waits = !["mailbox_looked_seconds", "inbox_last_seconds"].contains(&name);
            let age = since(one).map(|since| (now - since).num_seconds().max(0));
            let age = age.or(waits.then_some(0));
            if let Some(age) = age {
                line(&mut text, name, &one.community, age);
            }
        }
    }
    text
}

fn head(text: &mut String, name: &str, what: &str) {
    // Writing to a string does not fail.
    let _written = writeln!(text, "# HELP langbord_{name} {what}\n# TYPE langbord_{name} gauge");
}

/// A short name has no character that would have to be escaped.
fn line(text: &mut String, name: &str, community: &str, value: i64) {
    let _written = writeln!(text, "langbord_{name}{{community=\"{community}\"}} {value}");
}

/// The same for people: a block for each community.
pub fn table(figures: &[Figures], now: DateTime<Utc>) -> String {
    let mut text = String::new();
    for one in figures {
        let _written = writeln!(text, "{}", one.community);
        for (_, what, of) in GAUGES {
            let _written = writeln!(text, "  {:>8}  {what}", of(one));
        }
        for (_, what, since) in AGES {
            if let Some(since) = since(one) {
                let _written = writeln!(text, "  {:>7}s  {what}", (now - since).num_seconds());
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_one_that_prometheus_reads() {
        let now: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().unwrap();
        let figures = [Figures {
            community: "oslo".into(),
            inbox_waiting: 2,
            inbox_held: 1,
            inbox_failed: 0,
            inbox_handled: 40,
            inbox_forged: 0,
            outbox_queued: 3,
            outbox_doubtful: 0,
            outbox_failed: 0,
            outbox_sent: 41,
            gatherings_open: 1,
            members_active: 12,
            waiting_since: Some("2026-03-02T08:59:00Z".parse().unwrap()),
            due_since: None,
            looked_at: Some("2026-03-02T08:58:00Z".parse().unwrap()),
            last_received: None,
        }];
        let text = prometheus(&figures, now);
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(
                name.starts_with("langbord_") && name.ends_with("{community=\"oslo\"}"),
                "{line}"
            );
            assert!(value.parse::<i64>().is_ok(), "{line}");
        }
        assert!(text.contains("langbord_inbox_waiting_seconds{community=\"oslo\"} 60\n"), "{text}");
        assert!(text.contains("langbord_outbox_due_seconds{community=\"oslo\"} 0\n"), "{text}");
        assert!(
            text.contains("langbord_mailbox_looked_seconds{community=\"oslo\"} 120\n"),
            "{text}"
        );
        assert!(!text.contains("langbord_inbox_last_seconds{"), "{text}");
        assert!(table(&figures, now).contains("      12  active members\n"));
    }
}
