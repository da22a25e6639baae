//! Our enums as the words that columns hold, by their one spelling in serde.

use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::community::gathering::{Seat, State};

/// The word of a unit variant.
pub(super) fn word<T: Serialize>(value: &T) -> String {
    match serde_json::to_value(value) {
        Ok(Value::String(word)) => word,
        Ok(_) | Err(_) => String::new(),
    }
}

/// The variant of a word.
pub(super) fn read<T: DeserializeOwned>(word: &str) -> Result<T> {
    serde_json::from_value(Value::String(word.to_owned())).with_context(|| format!("read `{word}`"))
}

/// The variants of words.
pub(super) fn read_all<T: DeserializeOwned>(words: &[String]) -> Result<Vec<T>> {
    words.iter().map(|word| read(word)).collect()
}

/// The variant of a word, if there is one.
pub(super) fn read_option<T: DeserializeOwned>(word: Option<&str>) -> Result<Option<T>> {
    word.map(read).transpose()
}

/// The words of variants.
pub(super) fn all<T: Serialize>(values: &[T]) -> Vec<String> {
    values.iter().map(word).collect()
}

pub(super) fn seat(seat: Seat) -> &'static str {
    match seat {
        Seat::None => "none",
        Seat::Seated => "seated",
        Seat::Waiting => "waiting",
        Seat::Offered => "offered",
    }
}

pub(super) fn read_seat(word: &str) -> Result<Seat> {
    Ok(match word {
        "none" => Seat::None,
        "seated" => Seat::Seated,
        "waiting" => Seat::Waiting,
        "offered" => Seat::Offered,
        _ => bail!("`{word}` is not a place at a table"),
    })
}

pub(super) fn state(state: State) -> &'static str {
    match state {
        State::Open => "open",
        State::Cancelled => "cancelled",
        State::Over => "over",
    }
}

pub(super) fn read_state(word: &str) -> Result<State> {
    Ok(match word {
        "open" => State::Open,
        "cancelled" => State::Cancelled,
        "over" => State::Over,
        _ => bail!("`{word}` is not a gathering's state"),
    })
}

/// A count that Postgres keeps as `integer`.
pub(super) fn count(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

/// A count for an `integer` column.
pub(super) fn integer(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
