/* What libical reads in calendar objects: a line `file<TAB>property<TAB>hex` each. */

#include <libical/ical.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void say(const char *file, const char *name, const char *value) {
    printf("%s\t%s\t", file, name);
    for (; value && *value; value++) printf("%02x", (unsigned char)*value);
    printf("\n");
}

static void say_time(const char *file, const char *name, icalproperty *property, icalcomponent *calendar) {
    struct icaltimetype at = icalproperty_get_datetime_with_component(property, calendar);
    time_t seconds = icaltime_as_timet_with_zone(at, at.zone);
    char text[32];
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
    say(file, name, at.zone ? text : "floating");
}

static char *content(const char *path) {
    FILE *opened = fopen(path, "rb");
    if (!opened) exit(2);
    fseek(opened, 0, SEEK_END);
    long length = ftell(opened);
    rewind(opened);
    char *text = calloc(1, length + 1);
    if (fread(text, 1, length, opened) != (size_t)length) exit(2);
    fclose(opened);
    return text;
}

static void read_one(const char *file) {
    icalcomponent *calendar = icalparser_parse_string(content(file));
    if (!calendar) { say(file, "errors", "nothing read"); return; }
    icalrestriction_check(calendar);
    char errors[16];
    snprintf(errors, sizeof errors, "%d", icalcomponent_count_errors(calendar));
    say(file, "errors", errors);
    say(file, "method", icalproperty_method_to_string(icalcomponent_get_method(calendar)));
    icalcomponent *event = icalcomponent_get_first_component(calendar, ICAL_VEVENT_COMPONENT);
    if (!event) return;
    for (icalproperty *one = icalcomponent_get_first_property(event, ICAL_ANY_PROPERTY); one;
         one = icalcomponent_get_next_property(event, ICAL_ANY_PROPERTY)) {
        switch (icalproperty_isa(one)) {
        case ICAL_DTSTART_PROPERTY: say_time(file, "dtstart", one, calendar); break;
        case ICAL_DTEND_PROPERTY: say_time(file, "dtend", one, calendar); break;
        case ICAL_UID_PROPERTY: say(file, "uid", icalproperty_get_uid(one)); break;
        case ICAL_SUMMARY_PROPERTY: say(file, "summary", icalproperty_get_summary(one)); break;
        case ICAL_LOCATION_PROPERTY: say(file, "location", icalproperty_get_location(one)); break;
        case ICAL_DESCRIPTION_PROPERTY: say(file, "description", icalproperty_get_description(one)); break;
        case ICAL_ORGANIZER_PROPERTY: say(file, "organizer", icalproperty_get_organizer(one)); break;
        case ICAL_ATTENDEE_PROPERTY: say(file, "attendee", icalproperty_get_attendee(one)); break;
        case ICAL_SEQUENCE_PROPERTY: {
            char text[16];
            snprintf(text, sizeof text, "%d", icalproperty_get_sequence(one));
            say(file, "sequence", text);
            break;
        }
        case ICAL_DTSTAMP_PROPERTY: case ICAL_STATUS_PROPERTY: case ICAL_TRANSP_PROPERTY: break;
        default: say(file, "stray", icalproperty_as_ical_string(one)); break;
        }
    }
    icalcomponent_free(calendar);
}

int main(int count, char **files) {
    for (int i = 1; i < count; i++) read_one(files[i]);
    return 0;
}
