//! Collected values -> a gathering, or what is wrong with them.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};

use super::{Draft, Value, name, waves};
use crate::command::lexicon::{Key, Role, lexicon};
use crate::command::line::{self, count, count_of_seats};
use crate::command::setting::CalendarPolicy;
use crate::command::when::{self, Part, Toward};
use crate::command::words::{fold, split, unquoted};
use crate::command::{
    Audience, Context, CutOff, NewGathering, NewWave, Opens, Problem, ProblemKind, people,
};
use crate::language::Language;

/// Reads the values; `first` is the line to which what is missing is reported.
pub(super) fn read(
    draft: Draft,
    first: &str,
    context: Context,
) -> Result<NewGathering, Vec<Problem>> {
    let first_is_unclear = draft.problems.iter().any(|problem| problem.line == first);
    let mut reader = Reader { draft, first, first_is_unclear, context };
    let starts = reader.starts();
    let seats = reader.seats();
    let reply_by = reader.reply_by(starts);
    let kitchen_cut_off = reader.kitchen_cut_off(starts, reply_by);
    let last_day = reply_by.or(kitchen_cut_off.map(|cut_off| cut_off.date));
    let mut waves = reader.waves(starts, last_day);
    let invite = match waves.first() {
        // Where nobody else is named, the first round is the first to be read.
        Some(first)
            if reader.value(Key::Invite).is_none()
                && matches!(first.opens, Opens::After { .. })
                && !reader.waits_alone(&waves) =>
        {
            Some(waves.remove(0).invite)
        }
        Some(_) | None => reader.invite(),
    };
    reader.refuse_tables();
    let kind = reader.draft.kind;
    let gathering = starts.zip(seats).map(|(starts, seats)| NewGathering {
        kind,
        title: reader.text(Key::Title),
        starts,
        place: reader.text(Key::Where),
        host: reader.text(Key::Host).map(|host| host.trim_end_matches('.').to_owned()),
        seats,
        menu: reader.text(Key::Menu),
        menu_reason: reader.text(Key::MenuReason),
        question: reader.text(Key::Question),
        note: reader.text(Key::Note),
        speaker: reader.text(Key::Speaker),
        pre_read: reader.text(Key::PreRead),
        invite,
        waves,
        reply_by,
        kitchen_cut_off,
        language: reader.language(),
        calendar: reader.calendar(),
    });
    match gathering {
        Some(gathering) if reader.draft.problems.is_empty() => Ok(gathering),
        Some(_) | None => Err(reader.draft.problems),
    }
}

struct Reader<'a> {
    draft: Draft,
    first: &'a str,
    first_is_unclear: bool,
    context: Context,
}

impl Reader<'_> {
    fn value(&self, key: Key) -> Option<Value> {
        self.draft.values.get(&key).cloned()
    }

    fn text(&self, key: Key) -> Option<String> {
        let text = self.draft.values.get(&key)?.text.trim();
        let text = unquoted(text);
        (!text.is_empty()).then(|| text.to_owned())
    }

    fn starts(&mut self) -> Option<NaiveDateTime> {
        let Some(value) = self.value(Key::When).or_else(|| self.value(Key::Time)) else {
            return self.missing(Key::When);
        };
        let words = split(&value.text);
        let Some(mut when) = when::day_or_hour(&words) else {
            return self.bad(Key::When, &value);
        };
        if let Some(time) = self.value(Key::Time) {
            let words = split(&time.text);
            match when::hour(&words).or_else(|| when::read_all(&words)) {
                Some(only) if !only.has_date() => when.time = when.time.or(only.time),
                Some(_) | None => return self.bad(Key::Time, &time),
            }
        }
        let date = match when.date(Toward::Future, self.context) {
            Ok(Some(date)) => date,
            Ok(None) => return self.missing(Key::When),
            Err(wrong) => return self.fail(&value.line, wrong.problem("when", &value.text)),
        };
        let Some(time) = when.time(Part::usual(self.draft.kind)) else {
            return self.missing(Key::Time);
        };
        let starts = date.and_time(time);
        match when::check_ahead(starts, self.context) {
            Ok(()) => Some(starts),
            Err(kind) => self.fail(&value.line, kind),
        }
    }

    fn seats(&mut self) -> Option<u32> {
        let Some(value) = self.value(Key::Seats) else {
            return self.context.seats.or_else(|| self.missing(Key::Seats));
        };
        let words = split(&value.text);
        let skipped = lexicon().role(Role::AtMost, &words).unwrap_or(0);
        let words = words.get(skipped..).unwrap_or_default();
        match count_of_seats(words).or_else(|| count(words)) {
            Some((seats, taken)) if seats > 0 && taken == words.len() => Some(seats),
            Some(_) | None => self.bad(Key::Seats, &value),
        }
    }

    fn invite(&mut self) -> Option<Audience> {
        let value = self.value(Key::Invite)?;
        let words = split(&value.text);
        if lexicon().role(Role::Nobody, &words) == Some(words.len()) {
            return None;
        }
        match people::audience(&value.text, &words) {
            Some(audience) => Some(audience),
            None if lexicon().circles.contains_key(&fold(&value.text)) => {
                self.fail(&value.line, ProblemKind::NotYet { verb: value.text.clone() })
            }
            None => self.bad(Key::Invite, &value),
        }
    }

    /// Whether the only round waits some days for a round before it that nobody has named.
    fn waits_alone(&mut self, waves: &[NewWave]) -> bool {
        let Some(value) = self.value(Key::Waves).filter(|_| waves.len() == 1) else { return false };
        let words = split(&value.text);
        let behind = |at: usize| words.get(at..).unwrap_or_default();
        let waits = (0..words.len()).any(|at| lexicon().role(Role::After, behind(at)).is_some());
        if waits {
            let _: Option<()> = self.bad(Key::Waves, &value);
        }
        waits
    }

    /// Rounds that open on the last day for it or before, and before it begins.
    fn waves(
        &mut self,
        starts: Option<NaiveDateTime>,
        last_day: Option<NaiveDate>,
    ) -> Vec<NewWave> {
        let Some(value) = self.value(Key::Waves) else { return Vec::new() };
        let what = || name(Key::Waves).to_owned();
        let found = match waves::read(&value.text, self.context) {
            Ok(found) => found,
            Err(unread) => {
                self.draft.problem(&value.line, unread.problem(&value.text));
                return Vec::new();
            }
        };
        let late = |day: NaiveDate| {
            let begins = starts.is_some_and(|starts| day >= starts.date());
            begins || last_day.is_some_and(|last| day > last)
        };
        for day in found.iter().filter_map(|wave| waves::day(wave.opens)) {
            let ahead = when::check_day_ahead(day, self.context);
            let kind = ProblemKind::BadValue { what: what(), value: value.text.clone() };
            if let Some(kind) = ahead.err().or_else(|| late(day).then_some(kind)) {
                self.draft.problem(&value.line, kind);
                return Vec::new();
            }
        }
        found
    }

    fn reply_by(&mut self, starts: Option<NaiveDateTime>) -> Option<NaiveDate> {
        let value = self.value(Key::ReplyBy)?;
        let (date, time) = self.day(Key::ReplyBy, &value)?;
        // An hour would be lost: answers are awaited until the end of a day.
        if time.is_some() {
            return self.bad(Key::ReplyBy, &value);
        }
        if starts.is_some_and(|starts| date > starts.date()) {
            return self.bad(Key::ReplyBy, &value);
        }
        Some(date)
    }

    fn kitchen_cut_off(
        &mut self,
        starts: Option<NaiveDateTime>,
        reply_by: Option<NaiveDate>,
    ) -> Option<CutOff> {
        let value = self.value(Key::KitchenCutOff)?;
        let (date, time) = self.day(Key::KitchenCutOff, &value)?;
        let cut_off = CutOff { date, time };
        if starts.is_some_and(|starts| !cut_off.fits(starts, reply_by)) {
            return self.bad(Key::KitchenCutOff, &value);
        }
        let ahead = time.map(|time| when::check_ahead(date.and_time(time), self.context));
        match ahead {
            Some(Err(kind)) => self.fail(&value.line, kind),
            Some(Ok(())) | None => Some(cut_off),
        }
    }

    /// A day that is not over, and its time where one is written.
    fn day(&mut self, key: Key, value: &Value) -> Option<(NaiveDate, Option<NaiveTime>)> {
        let Some(when) = when::read_all(&split(&value.text)) else { return self.bad(key, value) };
        let date = match when.date(Toward::Future, self.context) {
            Ok(Some(date)) => date,
            Ok(None) => return self.bad(key, value),
            Err(wrong) => return self.fail(&value.line, wrong.problem(name(key), &value.text)),
        };
        match when::check_day_ahead(date, self.context) {
            Ok(()) => Some((date, when.time(Part::Daytime))),
            Err(kind) => self.fail(&value.line, kind),
        }
    }

    fn language(&mut self) -> Option<Language> {
        let value = self.value(Key::Language)?;
        line::language(&split(&value.text)).or_else(|| self.bad(Key::Language, &value))
    }

    fn calendar(&mut self) -> Option<CalendarPolicy> {
        let value = self.value(Key::Calendar)?;
        line::calendar(&split(&value.text)).or_else(|| self.bad(Key::Calendar, &value))
    }

    /// Seating is read, and its machinery is not there yet.
    fn refuse_tables(&mut self) {
        if let Some(value) = self.value(Key::Tables) {
            let verb = name(Key::Tables).into();
            self.draft.problem(&value.line, ProblemKind::NotYet { verb });
        }
    }

    fn missing<T>(&mut self, key: Key) -> Option<T> {
        // Where the first line itself was not understood, it may well be there.
        if self.first_is_unclear {
            return None;
        }
        let first = self.first.to_owned();
        self.fail(&first, ProblemKind::Missing { what: name(key).into() })
    }

    fn bad<T>(&mut self, key: Key, value: &Value) -> Option<T> {
        let kind = ProblemKind::BadValue { what: name(key).into(), value: value.text.clone() };
        self.fail(&value.line, kind)
    }

    fn fail<T>(&mut self, line: &str, kind: ProblemKind) -> Option<T> {
        self.draft.problem(line, kind);
        None
    }
}
