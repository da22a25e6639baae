//! What templates can do with values: `{{ gathering.starts|day }}`. There are no other filters.

use std::sync::Arc;

use chrono::{Datelike, NaiveDate, NaiveDateTime};
use minijinja::{Environment, Error, ErrorKind, Value};

use super::locale::{Kind, Words};
use super::{prose, values};

/// A way to put a day in words.
type Day = fn(&Words, NaiveDate) -> String;
/// A way to put a time in words.
type Time = fn(&Words, NaiveDateTime) -> String;
/// A form of the word for a kind of gathering.
type Form = fn(&Kind) -> &String;

/// Gives an environment every filter, in the language of `words`.
pub(super) fn add(environment: &mut Environment<'static>, words: &Arc<Words>) {
    add_times(environment, words);
    add_gatherings(environment, words);
    add_lists(environment, words);
    environment.add_filter("length", |list: &Value| minijinja::filters::length(present(list)?));
    environment.add_filter("first", minijinja::filters::first);
    environment.add_filter("quoted", |text: &str| values::quoted(text));
    environment.add_filter("happened", happened);
    environment.add_filter("mailto", prose::mailto);
    environment.add_filter("after", after);
    environment.add_filter("named", |item: &Value| named(item));
    environment.add_filter("unbroken", unbroken);
    environment.add_filter("upper_first", upper_first);
    environment.add_filter("sentence", sentence);
    environment.add_filter(
        "plural",
        |number: u32, one: &str, many: &str| {
            if number == 1 { one.to_owned() } else { many.to_owned() }
        },
    );
}

/// Whether an act is one that was kept: it has been, whatever the letter is about.
fn happened(act: &Value) -> Result<bool, Error> {
    Ok(act.get_attr("happened")?.is_true())
}

fn add_times(environment: &mut Environment<'static>, words: &Arc<Words>) {
    let days: [(&'static str, Day); 4] = [
        ("day", Words::day),
        ("full_day", Words::full_day),
        ("short_day", Words::short_day),
        ("date", Words::date),
    ];
    for (name, form) in days {
        let words = Arc::clone(words);
        environment
            .add_filter(name, move |at: &Value| in_words(at, |text| Ok(form(&words, date(text)?))));
    }
    let times: [(&'static str, Time); 3] = [
        ("time", |words, at| words.time(at.time())),
        ("when", Words::when),
        ("short_when", Words::short_when),
    ];
    for (name, form) in times {
        let words = Arc::clone(words);
        environment.add_filter(name, move |at: &Value| {
            in_words(at, |text| Ok(form(&words, moment(text)?)))
        });
    }
    let words = Arc::clone(words);
    environment.add_filter("weekday", move |at: &Value| {
        let index = match at.as_usize() {
            Some(index) => index,
            None => {
                date(at.as_str().unwrap_or_default())?.weekday().num_days_from_monday() as usize
            }
        };
        let weekday = words.weekdays.get(index).cloned();
        weekday.ok_or_else(|| wrong(format!("{index} is not a weekday")))
    });
}

fn add_gatherings(environment: &mut Environment<'static>, words: &Arc<Words>) {
    let forms: [(&'static str, Form); 4] = [
        ("kind", |kind| &kind.bare),
        ("a_kind", |kind| &kind.a),
        ("the_kind", |kind| &kind.the),
        ("new_kind", |kind| &kind.new),
    ];
    for (name, form) in forms {
        let words = Arc::clone(words);
        environment.add_filter(name, move |kind: &str| {
            kind_of(&words, kind).map(|kind| form(kind).clone())
        });
    }
    let titled = Arc::clone(words);
    environment.add_filter("title", move |gathering: &Value| title(&titled, gathering));
    let languages = Arc::clone(words);
    environment.add_filter("language", move |tag: &str| {
        let name = languages.languages.get(tag).cloned();
        name.ok_or_else(|| wrong(format!("no word for the language `{tag}`")))
    });
    let keys = Arc::clone(words);
    environment.add_filter("key", move |key: &str| {
        keys.keys.get(key).map_or(key, String::as_str).to_owned()
    });
}

fn add_lists(environment: &mut Environment<'static>, words: &Arc<Words>) {
    let number = Arc::clone(words);
    environment.add_filter("number", move |value: u32| number.number(value));
    let quotation = Arc::clone(words);
    environment.add_filter("own_words", move |text: &Value| {
        in_words(text, |text| Ok(quotation.quotation(text.trim())))
    });
    let listed = Arc::clone(words);
    environment.add_filter("listed", move |items: &Value| {
        let items: Result<Vec<String>, Error> =
            present(items)?.try_iter()?.map(|item| named(&item)).collect();
        Ok::<_, Error>(listed.list(&items?))
    });
    let needs = Arc::clone(words);
    environment.add_filter("needs", move |noted: &Value| {
        let mut items = Vec::new();
        for diet in field(noted, "diets")?.try_iter()? {
            items.push(diet_of(&needs, &diet)?);
        }
        let notes = notes(&needs, noted)?;
        // `other` says only that there are notes.
        items.retain(|item| notes.is_empty() || Some(item) != needs.diets.get("other"));
        items.extend(notes);
        Ok::<_, Error>(needs.list(&items))
    });
    let some = Arc::clone(words);
    environment.add_filter("diets", move |diets: &Value| {
        let items: Result<Vec<String>, Error> =
            present(diets)?.try_iter()?.map(|diet| diet_of(&some, &diet)).collect();
        Ok::<_, Error>(some.list(&items?))
    });
    let one = Arc::clone(words);
    environment.add_filter("diet", move |diet: &Value| diet_of(&one, diet));
    let kitchen = Arc::clone(words);
    environment.add_filter("kitchen", move |status: &Value| {
        let mut items = Vec::new();
        for counted in field(status, "diets")?.try_iter()? {
            let diet = diet_of(&kitchen, &counted.get_item_by_index(0)?)?;
            items.push(format!("{}\u{a0}×\u{a0}{diet}", counted.get_item_by_index(1)?));
        }
        items.extend(notes(&kitchen, status)?);
        Ok::<_, Error>(kitchen.list(&items))
    });
}

/// `{{ reader|after(", ") }}`, `{{ before|after(" (was ", ")") }}`: the value with words around it,
/// or nothing where there is no value.
fn after(value: &Value, words: &str, closing: Option<&str>) -> Result<String, Error> {
    let value = present(value)?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(if value.is_none() || text.trim().is_empty() {
        String::new()
    } else {
        format!("{words}{text}{}", closing.unwrap_or_default())
    })
}

/// A telephone number on one line; nothing where there is none.
fn unbroken(number: &Value) -> Result<Value, Error> {
    let number = present(number)?;
    let whole = number.as_str().map(|text| Value::from(text.replace(' ', "\u{a0}")));
    Ok(whole.unwrap_or_else(|| number.clone()))
}

/// The text with a capital first, the rest as it is.
fn upper_first(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_uppercase().chain(rest).collect())
}

/// The text with a full stop, unless it ends a sentence already.
fn sentence(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?', '…']) { text.to_owned() } else { format!("{text}.") }
}

/// `middag torsdag 12. mars`, and its own title where it has one: how all letters name it.
fn title(words: &Words, gathering: &Value) -> Result<String, Error> {
    let kind = field(gathering, "kind")?;
    let kind = &kind_of(words, kind.as_str().unwrap_or_default())?.bare;
    let starts = field(gathering, "starts")?;
    let starts = words.day(date(starts.as_str().unwrap_or_default())?);
    let own = field(gathering, "title")?;
    let own = own.as_str().map(|own| format!(", {}", words.quotation(own.trim())));
    Ok(format!("{kind} {starts}{}", own.unwrap_or_default()))
}

/// A name, or a name with its party: `Kari Lie +1`.
fn named(item: &Value) -> Result<String, Error> {
    if let Some(name) = item.as_str() {
        return Ok(name.to_owned());
    }
    let name = field(item, "name")?;
    let party = field(item, "party")?.as_i64().unwrap_or(1);
    Ok(if party > 1 { format!("{name}\u{a0}+{}", party - 1) } else { name.to_string() })
}

fn notes(words: &Words, holder: &Value) -> Result<Vec<String>, Error> {
    let notes = field(holder, "diet_notes")?;
    Ok(notes.try_iter()?.map(|note| words.quotation(note.to_string().trim())).collect())
}

fn diet_of(words: &Words, diet: &Value) -> Result<String, Error> {
    let name = diet.as_str().unwrap_or_default();
    words.diets.get(name).cloned().ok_or_else(|| wrong(format!("no word for the diet `{name}`")))
}

fn kind_of<'a>(words: &'a Words, kind: &str) -> Result<&'a Kind, Error> {
    words.kinds.get(kind).ok_or_else(|| wrong(format!("no word for the kind `{kind}`")))
}

/// A time in words; a time that is not there stays so, for [`after`].
fn in_words(value: &Value, form: impl Fn(&str) -> Result<String, Error>) -> Result<Value, Error> {
    match present(value)?.as_str() {
        Some(text) => form(text).map(Value::from),
        None => Ok(Value::from(())),
    }
}

/// A field that has to be there, were it `none`.
fn field(holder: &Value, name: &str) -> Result<Value, Error> {
    let value = holder.get_attr(name)?;
    present(&value).cloned()
}

/// The value itself, if the data has it, were it `none`.
fn present(value: &Value) -> Result<&Value, Error> {
    if value.is_undefined() { Err(Error::from(ErrorKind::UndefinedError)) } else { Ok(value) }
}

fn date(text: &str) -> Result<NaiveDate, Error> {
    let date = text.split('T').next().unwrap_or(text);
    date.parse().map_err(|_| wrong(format!("`{text}` is not a day")))
}

fn moment(text: &str) -> Result<NaiveDateTime, Error> {
    text.parse().map_err(|_| wrong(format!("`{text}` is not a time")))
}

fn wrong(what: String) -> Error {
    Error::new(ErrorKind::InvalidOperation, what)
}
