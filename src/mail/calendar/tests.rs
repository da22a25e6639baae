use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarEntry, ICalendarMethod,
    ICalendarParameterName, ICalendarParameterValue, ICalendarProperty, ICalendarValue,
};
use proptest::prelude::*;

use super::*;

fn event() -> Event {
    Event {
        uid: "kx2abc@oslo.example.org".to_owned(),
        sequence: 3,
        dtstamp: "2026-11-22T18:30:00Z".parse().unwrap(),
        zone: chrono_tz::Europe::Oslo,
        starts_at: "2026-12-10T18:00:00Z".parse().unwrap(),
        ends_at: "2026-12-10T21:30:00Z".parse().unwrap(),
        summary: "Langbord: middag hos Ida".to_owned(),
        location: Some("Thorvald Meyers gate 1, Oslo".to_owned()),
        description: "Fisk; og en grunn.\nSvar på denne mailen.".to_owned(),
        organizer_name: "Langbord Oslo".to_owned(),
        organizer: "table+g-7-abc@oslo.example.org".parse().unwrap(),
        attendee_name: "Åse \"Ås\" Lønning".to_owned(),
        attendee: "ase@example.org".parse().unwrap(),
    }
}

fn unfolded(object: &str) -> String {
    object.replace("\r\n ", "")
}

#[test]
fn a_request_asks_one_guest_for_an_answer_to_the_right_place() {
    let object = request(&event());
    for line in [
        "METHOD:REQUEST",
        "UID:kx2abc@oslo.example.org",
        "SEQUENCE:3",
        "DTSTAMP:20261122T183000Z",
        "DTSTART;TZID=Europe/Oslo:20261210T190000",
        "DTEND;TZID=Europe/Oslo:20261210T223000",
        "SUMMARY:Langbord: middag hos Ida",
        r"LOCATION:Thorvald Meyers gate 1\, Oslo",
        r"DESCRIPTION:Fisk\; og en grunn.\nSvar på denne mailen.",
        "ORGANIZER;CN=\"Langbord Oslo\":mailto:table+g-7-abc@oslo.example.org",
        "ATTENDEE;CN=\"Åse 'Ås' Lønning\";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;\
         PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:ase@example.org",
        "STATUS:CONFIRMED",
    ] {
        let found = unfolded(&object).split("\r\n").filter(|said| *said == line).count();
        assert_eq!(found, 1, "`{line}` in:\n{object}");
    }
}

#[test]
fn a_cancellation_names_the_same_event_and_asks_for_nothing() {
    let object = unfolded(&cancel(&event()));
    for line in ["METHOD:CANCEL", "STATUS:CANCELLED", "UID:kx2abc@oslo.example.org"] {
        assert!(object.split("\r\n").any(|said| said == line), "`{line}` in:\n{object}");
    }
    assert!(!object.contains("RSVP") && !object.contains("PARTSTAT"));
}

#[test]
fn a_place_that_may_not_be_known_is_not_there() {
    assert!(!request(&Event { location: None, ..event() }).contains("LOCATION"));
}

#[test]
fn a_published_calendar_asks_nobody_and_holds_every_event() {
    let notice = |uid: &str| Notice {
        uid: uid.to_owned(),
        sequence: 2,
        starts_at: event().starts_at,
        ends_at: event().ends_at,
        summary: "Middag, med \r\nEND:VEVENT".to_owned(),
        location: Some("Fjordgata 3; 2. etasje".to_owned()),
        description: "Hva er mot?\nFårikål".to_owned(),
    };
    let organizer = ("Langbord Oslo", &event().organizer);
    let object =
        publish(&[notice("oslo-1@x.no"), notice("oslo-2@x.no")], organizer, event().dtstamp);
    assert!(object.split_terminator("\r\n").all(|line| line.len() <= 75));
    assert!(!object.contains("ATTENDEE") && object.contains("METHOD:PUBLISH\r\n"), "{object}");
    let read = ICalendar::parse(&object).unwrap();
    let events = read
        .components
        .iter()
        .filter(|component| component.component_type == ICalendarComponentType::VEvent);
    let uids: Vec<String> = events.map(|event| read_text(event, &ICalendarProperty::Uid)).collect();
    assert_eq!(uids, ["oslo-1@x.no", "oslo-2@x.no"]);
}

/// Text with what ends values, parameters, lines and components mixed in.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        proptest::sample::select(vec![
            "\r\nATTENDEE:mailto:evil@x.no\r\n",
            "\nEND:VEVENT\nBEGIN:VEVENT\n",
            "\";X-EVIL=1:",
            "\\",
            "\\n",
            "\\;",
            ",",
            ";",
            ":",
            "^n^'",
            "\0",
            "æøå 🎉",
        ])
        .prop_map(str::to_owned),
        "[a-zå ]{0,200}",
        Just("å".repeat(10_000)),
    ];
    proptest::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

fn component(object: &ICalendar, kind: &ICalendarComponentType) -> ICalendarComponent {
    let mut found = object.components.iter().filter(|component| component.component_type == *kind);
    let component = found.next().unwrap();
    assert!(found.next().is_none(), "a second {kind:?}");
    component.clone()
}

fn entry<'a>(component: &'a ICalendarComponent, name: &ICalendarProperty) -> &'a ICalendarEntry {
    component.entries.iter().find(|entry| entry.name == *name).unwrap()
}

fn read_text(component: &ICalendarComponent, name: &ICalendarProperty) -> String {
    let entry = entry(component, name);
    assert!(entry.values.len() <= 1, "it was taken apart: {entry:?}");
    entry.values.first().and_then(ICalendarValue::as_text).unwrap_or_default().to_owned()
}

fn read_name(component: &ICalendarComponent, name: &ICalendarProperty) -> String {
    let mut names = entry(component, name).params.iter().filter_map(|parameter| {
        let ICalendarParameterValue::Text(name) = &parameter.value else { return None };
        (parameter.name == ICalendarParameterName::Cn).then(|| name.clone())
    });
    names.next().unwrap_or_default()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn no_text_becomes_a_property_and_calendars_read_what_was_written(
        uid in hostile(), summary in hostile(), place in hostile(), description in hostile(),
        name in hostile(), cancelled: bool,
    ) {
        let event = Event {
            uid: format!("u{uid}"),
            summary: summary.clone(),
            location: Some(place.clone()),
            description: description.clone(),
            organizer_name: name.clone(),
            attendee_name: name.clone(),
            ..event()
        };
        let object = if cancelled { cancel(&event) } else { request(&event) };
        let lines: Vec<_> = object.split_terminator("\r\n").collect();
        let whole = |line: &&str| line.len() <= 75 && !line.contains(['\r', '\n', '\0']);
        prop_assert!(lines.iter().all(whole));

        let read = ICalendar::parse(&object).unwrap();
        // VCALENDAR, VTIMEZONE with its two halves, VEVENT.
        prop_assert_eq!(read.components.len(), 5);
        let calendar = component(&read, &ICalendarComponentType::VCalendar);
        let method = &entry(&calendar, &ICalendarProperty::Method).values[0];
        let expected = if cancelled { ICalendarMethod::Cancel } else { ICalendarMethod::Request };
        prop_assert_eq!(method, &ICalendarValue::Method(expected));
        let read = component(&read, &ICalendarComponentType::VEvent);
        prop_assert_eq!(read.entries.len(), 12);

        let plain = |text: &str| body_text(text).replace("\r\n", "\n");
        prop_assert_eq!(read_text(&read, &ICalendarProperty::Uid), plain(&event.uid));
        prop_assert_eq!(read_text(&read, &ICalendarProperty::Location), plain(&place));
        prop_assert_eq!(read_text(&read, &ICalendarProperty::Description), plain(&description));
        prop_assert_eq!(
            read_text(&read, &ICalendarProperty::Summary),
            one_line(&summary, LONGEST_SUBJECT)
        );
        let name = one_line(&name, LONGEST_NAME);
        let name = name.replace('"', "'").replace('^', "\u{2c6}").replace('\\', "/");
        prop_assert_eq!(&read_name(&read, &ICalendarProperty::Organizer), &name);
        prop_assert_eq!(&read_name(&read, &ICalendarProperty::Attendee), &name);
    }
}
