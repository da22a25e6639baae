"""What Python's icalendar reads in calendar objects: a line `file<TAB>property<TAB>hex` each."""

import sys
from datetime import timezone

import icalendar


def say(file, name, value):
    print(file, name, str(value).encode().hex(), sep="\t")


def names(component):
    yield component.name
    for part in component.subcomponents:
        yield from names(part)


for file in sys.argv[1:]:
    with open(file, "rb") as opened:
        calendar = icalendar.Calendar.from_ical(opened.read())
    say(file, "components", " ".join(names(calendar)))
    say(file, "method", calendar["METHOD"])
    for event in calendar.walk("VEVENT"):
        for name in ("dtstart", "dtend", "dtstamp"):
            moment = event[name].dt.astimezone(timezone.utc)
            say(file, name, moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
        for name in ("uid", "sequence", "summary", "location", "description", "organizer"):
            say(file, name, event.get(name, ""))
        attendees = event["attendee"]
        say(file, "attendee", attendees if isinstance(attendees, str) else f"{len(attendees)}")
        say(file, "properties", " ".join(sorted(name.upper() for name in event)))
