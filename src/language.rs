//! The languages in which Langbord writes letters and reads commands.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A language with a complete folder of letters under `templates/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// English.
    En,
    /// Norwegian bokmål.
    Nb,
    /// Norwegian nynorsk.
    Nn,
}

impl Language {
    /// Every language, in the order in which they are listed to people.
    pub const ALL: [Self; 3] = [Self::En, Self::Nb, Self::Nn];

    /// The folder's name under `templates/`, which is the BCP 47 tag.
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Nb => "nb",
            Self::Nn => "nn",
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(tag: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|language| language.tag() == tag).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|language| language.tag()).collect();
            format!("`{tag}` is not a language Langbord writes: {}", known.join(", "))
        })
    }
}
