//! What a calendar program answers (RFC 5545, 5546, 6047), read with calcard.
//!
//! Lenient where programs are: METHOD of the object wins over the one of Content-Type, ORGANIZER may
//! be missing (Exchange omits it), a whole request may come back with one PARTSTAT changed.

use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarParameterName,
    ICalendarProperty,
};
use calcard::{Entry, Parser};

use super::{Answer, Attendee, CalendarEvent, CalendarReply};
use crate::mail::{Message, clean_line};

/// Components and attendees that are read.
const MAX_EVENTS: usize = 50;
/// Companions that Google's calendar may tell of.
const MOST_GUESTS: u32 = 20;
/// Objects of a mail that are looked at.
const MAX_OBJECTS: usize = 5;
const MAX_ATTENDEES: usize = 200;

/// The calendar object of a mail that answers an invitation, else the first one. One inside a
/// returned or forwarded message is not opened.
pub fn read(message: &Message) -> Option<CalendarReply> {
    let from = message.from.as_ref().map(|from| from.as_str().to_owned()).unwrap_or_default();
    let objects = message
        .parts
        .iter()
        .filter(|part| {
            matches!(
                part.media_type.as_str(),
                "text/calendar" | "application/ics" | "text/x-vcalendar"
            )
        })
        .filter_map(|part| read_object(&part.text, part.parameter("method"), &from));
    let mut first = None;
    for object in objects.take(MAX_OBJECTS) {
        if is_answer(&object) {
            return Some(object);
        }
        first = first.or(Some(object));
    }
    first
}

/// Whether it answers an invitation.
pub fn is_answer(reply: &CalendarReply) -> bool {
    matches!(reply.method.as_str(), "REPLY" | "COUNTER")
}

/// What PARTSTAT says about coming.
pub fn answer(reply: &CalendarReply) -> Option<Answer> {
    match reply.partstat.as_deref()? {
        "ACCEPTED" => Some(Answer::Yes),
        "DECLINED" => Some(Answer::No),
        "TENTATIVE" => Some(Answer::Maybe),
        _other => None,
    }
}

/// What the guest wrote beside the answer: the object's comment, else the text of the mail without
/// what the calendar program says there ("Bo Lund has accepted this invitation").
pub fn note(message: &Message, own: &str, reply: &CalendarReply) -> String {
    if let Some(comment) = &reply.comment {
        return comment.trim().to_owned();
    }
    let first = own.trim_start_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
    let names = [message.from_name.as_str(), reply.attendee.as_deref().unwrap_or_default()];
    let names_the_guest =
        names.iter().any(|name| !name.is_empty() && first.starts_with(&name.to_lowercase()));
    let automatic = message.header("auto-submitted").is_some_and(|value| value.trim() != "no");
    if !automatic && !names_the_guest {
        return own.to_owned();
    }
    // Google's calendar quotes a note in a paragraph of its own, below a line that ends in a colon.
    let mut paragraphs = own.split("\n\n").map(str::trim).skip_while(|text| !text.ends_with(':'));
    let quoted = paragraphs.nth(1).unwrap_or_default();
    let inside = quoted
        .strip_prefix(['"', '“', '«', '„'])
        .and_then(|rest| rest.strip_suffix(['"', '”', '»', '“']));
    inside.unwrap_or_default().to_owned()
}

fn read_object(text: &str, method: Option<&str>, from: &str) -> Option<CalendarReply> {
    let mut parser = Parser::new(text);
    // What stands before BEGIN:VCALENDAR is skipped line by line.
    let calendar = (0..100).map(|_| parser.entry()).find_map(|entry| {
        if let Entry::ICalendar(calendar) = entry { Some(calendar) } else { None }
    })?;
    let stated = calendar
        .components
        .iter()
        .filter(|component| component.component_type == ICalendarComponentType::VCalendar)
        .find_map(|component| text_of(component, &ICalendarProperty::Method))
        .or_else(|| method.map(str::to_owned))
        .unwrap_or_default()
        .trim()
        .to_ascii_uppercase();
    let events: Vec<CalendarEvent> = events(&calendar);
    let first = events.first()?;
    let attendee = answering(&first.attendees, from).cloned();
    // Some programs send the whole request back, answered.
    let returned = stated == "REQUEST"
        && attendee.as_ref().is_some_and(|attendee| {
            attendee.address == from
                && attendee.partstat != "NEEDS-ACTION"
                && first.organizer.as_deref() != Some(from)
        });
    Some(CalendarReply {
        method: if returned { "REPLY".to_owned() } else { stated },
        uid: first.uid.clone(),
        sequence: first.sequence,
        partstat: attendee.as_ref().map(|attendee| attendee.partstat.clone()),
        guests: attendee.as_ref().map_or(0, |attendee| attendee.guests),
        attendee: attendee.map(|attendee| attendee.address),
        comment: first.comment.clone(),
        events,
    })
}

/// The attendee that wrote, or the one that says something.
fn answering<'a>(attendees: &'a [Attendee], from: &str) -> Option<&'a Attendee> {
    let speaks = |attendee: &&Attendee| attendee.partstat != "NEEDS-ACTION";
    attendees
        .iter()
        .find(|attendee| attendee.address == from)
        .or_else(|| attendees.iter().find(speaks))
        .or_else(|| attendees.first())
}

fn events(calendar: &ICalendar) -> Vec<CalendarEvent> {
    let is_event = |component: &&ICalendarComponent| {
        matches!(
            component.component_type,
            ICalendarComponentType::VEvent
                | ICalendarComponentType::VTodo
                | ICalendarComponentType::VFreebusy
                | ICalendarComponentType::VJournal
        )
    };
    calendar
        .components
        .iter()
        .filter(is_event)
        .take(MAX_EVENTS)
        .map(|component| CalendarEvent {
            uid: text_of(component, &ICalendarProperty::Uid),
            sequence: component
                .property(&ICalendarProperty::Sequence)
                .and_then(|entry| entry.values.first())
                .and_then(calcard::icalendar::ICalendarValue::as_integer)
                .and_then(|number| u32::try_from(number).ok()),
            recurrence_id: component.property(&ICalendarProperty::RecurrenceId).is_some(),
            organizer: component.property(&ICalendarProperty::Organizer).and_then(address),
            attendees: component
                .properties(&ICalendarProperty::Attendee)
                .take(MAX_ATTENDEES)
                .filter_map(attendee)
                .collect(),
            comment: text_of(component, &ICalendarProperty::Comment)
                .filter(|text| !text.trim().is_empty()),
        })
        .collect()
}

fn attendee(entry: &ICalendarEntry) -> Option<Attendee> {
    let partstat = entry
        .parameter(&ICalendarParameterName::Partstat)
        .and_then(|value| value.as_text())
        .map_or_else(
            || "NEEDS-ACTION".to_owned(),
            |text| clean_line(text, 40).to_ascii_uppercase(),
        );
    let guests = entry
        .parameter(&ICalendarParameterName::Other("X-NUM-GUESTS".to_owned()))
        .and_then(|value| value.as_text()?.trim().parse().ok())
        .filter(|guests| *guests <= MOST_GUESTS);
    Some(Attendee { address: address(entry)?, partstat, guests: guests.unwrap_or(0) })
}

/// The address; the parameter EMAIL (RFC 7986 6.2) where the value is a path on a server, as Apple's
/// may be.
fn address(entry: &ICalendarEntry) -> Option<String> {
    let email = || entry.parameter(&ICalendarParameterName::Email)?.as_text();
    let value = entry.calendar_address()?;
    let value = if value.contains('@') { value } else { email().unwrap_or(value) };
    let address = clean_line(value, 300).to_lowercase();
    (!address.is_empty()).then_some(address)
}

fn text_of(component: &ICalendarComponent, property: &ICalendarProperty) -> Option<String> {
    let text = component.property(property)?.values.first()?.as_text()?;
    Some(text.chars().filter(|c| *c == '\n' || !c.is_control()).take(2000).collect())
}
