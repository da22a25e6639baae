//! iCalendar objects that we send (RFC 5545, 5546, 6047).
//!
//! The writer is our own: the crates at hand leave parameters unescaped, and there a guest's name
//! could become a property.
//!
//! Invariant: whatever an event's texts hold, the object has the VTIMEZONE and VEVENTs with the
//! properties written here and no others, each line ends in CRLF and has at most 75 octets.

mod zone;

use chrono::{DateTime, LocalResult, TimeZone, Utc};
use chrono_tz::Tz;

use super::EmailAddress;
use super::compose::clean::{LONGEST_NAME, LONGEST_SUBJECT, body_text, one_line};
use super::compose::mailto;

/// An event for one guest. One UID per guest and gathering.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The guest's own UID.
    pub uid: String,
    /// Raised only when time or place change.
    pub sequence: u32,
    /// When this version was made.
    pub dtstamp: DateTime<Utc>,
    /// Where it is: calendars that know the place keep its wall-clock time.
    pub zone: Tz,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// Title.
    pub summary: String,
    /// Place, only for those who may know it.
    pub location: Option<String>,
    /// A few lines.
    pub description: String,
    /// The community's name.
    pub organizer_name: String,
    /// The guest's reply address at the community, so that buttons answer to the right place.
    pub organizer: EmailAddress,
    /// The guest's name.
    pub attendee_name: String,
    /// The guest.
    pub attendee: EmailAddress,
}

/// Asks the guest to come, or tells of a new time or place: `METHOD:REQUEST`.
pub fn request(event: &Event) -> String {
    let attendee = ";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE";
    object(event, "REQUEST", "CONFIRMED", attendee)
}

/// Takes the event out of the guest's calendar: `METHOD:CANCEL`.
pub fn cancel(event: &Event) -> String {
    object(event, "CANCEL", "CANCELLED", "")
}

/// An event that asks nobody anything: for a calendar of all that a community does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// Its UID, which is no guest's.
    pub uid: String,
    /// Raised only when time or place change.
    pub sequence: u32,
    /// Start.
    pub starts_at: DateTime<Utc>,
    /// End.
    pub ends_at: DateTime<Utc>,
    /// Title.
    pub summary: String,
    /// Place.
    pub location: Option<String>,
    /// A few lines.
    pub description: String,
}

/// Tells of events: `METHOD:PUBLISH`. Times are instants, so that events of a whole year need no
/// more than one way to write them.
pub fn publish(
    notices: &[Notice],
    (organizer_name, organizer): (&str, &EmailAddress),
    dtstamp: DateTime<Utc>,
) -> String {
    let mut lines = head("PUBLISH");
    for notice in notices {
        lines.extend([
            "BEGIN:VEVENT".to_owned(),
            format!("UID:{}", text(&notice.uid)),
            format!("SEQUENCE:{}", notice.sequence),
            format!("DTSTAMP:{}", utc(dtstamp)),
            format!("DTSTART:{}", utc(notice.starts_at)),
            format!("DTEND:{}", utc(notice.ends_at)),
            format!("SUMMARY:{}", text(&one_line(&notice.summary, LONGEST_SUBJECT))),
        ]);
        lines.extend(notice.location.as_ref().map(|place| format!("LOCATION:{}", text(place))));
        lines.extend([
            format!("DESCRIPTION:{}", text(&notice.description)),
            format!("ORGANIZER{}:{}", common_name(organizer_name), mailto(organizer)),
            "STATUS:CONFIRMED".to_owned(),
            "END:VEVENT".to_owned(),
        ]);
    }
    lines.push("END:VCALENDAR".to_owned());
    lines.iter().map(|line| folded(line)).collect()
}

fn head(method: &str) -> Vec<String> {
    vec![
        "BEGIN:VCALENDAR".to_owned(),
        "PRODID:-//Langbord//Langbord//EN".to_owned(),
        "VERSION:2.0".to_owned(),
        "CALSCALE:GREGORIAN".to_owned(),
        format!("METHOD:{method}"),
    ]
}

fn object(event: &Event, method: &str, status: &str, attendee: &str) -> String {
    let mut lines = head(method);
    lines.extend(zone::lines(event.zone, event.starts_at));
    lines.extend([
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}", text(&event.uid)),
        format!("SEQUENCE:{}", event.sequence),
        format!("DTSTAMP:{}", utc(event.dtstamp)),
        format!("DTSTART{}", local(event.starts_at, event.zone)),
        format!("DTEND{}", local(event.ends_at, event.zone)),
        format!("SUMMARY:{}", text(&one_line(&event.summary, LONGEST_SUBJECT))),
    ]);
    lines.extend(event.location.as_ref().map(|place| format!("LOCATION:{}", text(place))));
    lines.extend([
        format!("DESCRIPTION:{}", text(&event.description)),
        format!("ORGANIZER{}:{}", common_name(&event.organizer_name), mailto(&event.organizer)),
        format!(
            "ATTENDEE{}{attendee}:{}",
            common_name(&event.attendee_name),
            mailto(&event.attendee)
        ),
        format!("STATUS:{status}"),
        "TRANSP:OPAQUE".to_owned(),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ]);
    lines.iter().map(|line| folded(line)).collect()
}

/// The wall-clock time with its zone; in UTC where the clocks show it twice, since calendars do not
/// agree on which of the two is meant.
fn local(at: DateTime<Utc>, zone: Tz) -> String {
    let wall = at.with_timezone(&zone).naive_local();
    match zone.from_local_datetime(&wall) {
        LocalResult::Ambiguous(..) => format!(":{}", utc(at)),
        LocalResult::Single(_) | LocalResult::None => {
            format!(";TZID={}:{}", zone.name(), wall.format("%Y%m%dT%H%M%S"))
        }
    }
}

fn utc(at: DateTime<Utc>) -> String {
    at.format("%Y%m%dT%H%M%SZ").to_string()
}

/// A value of type TEXT (RFC 5545 3.3.11).
fn text(value: &str) -> String {
    let value = body_text(value).replace('\\', r"\\").replace(';', r"\;");
    value.replace(',', r"\,").replace("\r\n", r"\n")
}

/// A CN parameter. A quoted parameter can hold neither quote nor control (RFC 5545 3.2). Few
/// calendars know how RFC 6868 writes them, those that do would read a caret as its beginning, and
/// others (calcard for one) take a backslash for an escape of the closing quote. So these three
/// become their neighbours.
fn common_name(name: &str) -> String {
    let name = one_line(name, LONGEST_NAME);
    let name = name.replace('"', "'").replace('^', "\u{2c6}").replace('\\', "/");
    if name.is_empty() { String::new() } else { format!(";CN=\"{name}\"") }
}

/// The line in pieces of at most 75 octets, cut between characters (RFC 5545 3.1).
fn folded(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + line.len() / 20 + 2);
    let mut octets = 0;
    for c in line.chars() {
        if octets + c.len_utf8() > 75 {
            folded.push_str("\r\n ");
            octets = 1;
        }
        folded.push(c);
        octets += c.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

#[cfg(test)]
mod tests;
