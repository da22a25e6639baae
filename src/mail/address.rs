//! Addresses as we accept them: `dot-atom@domain` (RFC 5322 3.4.1), lower-cased.
//!
//! Invariant: an [`EmailAddress`] holds no white space, quote, comment, angle bracket or control
//! character, so it is safe in a header, in an SMTP command and in a log.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An address that Langbord may write to: dot-atom local part and host name, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The address in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the `@`.
    pub fn local(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// The first part as a name, for want of a better one: `ola.nordmann+x@…` is Ola Nordmann.
    pub fn as_name(&self) -> String {
        let first = self.local().split('+').next().unwrap_or_default();
        let words = first.split(['.', '_', '-']).filter(|word| !word.is_empty());
        let capital = |word: &str| {
            let mut letters = word.chars();
            let first = letters.next().map(|letter| letter.to_uppercase().to_string());
            first.unwrap_or_default() + letters.as_str()
        };
        let name = words.map(capital).collect::<Vec<_>>().join(" ");
        if name.is_empty() { self.as_str().to_owned() } else { name }
    }

    /// What stands after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The subaddress (RFC 5233): `svar` in `table+svar@example.org`.
    pub fn detail(&self) -> Option<&str> {
        self.local().split_once('+').map(|(_, detail)| detail)
    }

    /// The address without its subaddress.
    #[must_use]
    pub fn without_detail(&self) -> Self {
        let user = self.local().split_once('+').map_or(self.local(), |(user, _)| user);
        Self(format!("{user}@{}", self.domain()))
    }

    /// The same mailbox with a subaddress. `detail` must come from `mail::token`, so that it is a
    /// dot-atom.
    #[must_use]
    pub fn with_detail(&self, detail: &str) -> Self {
        Self(format!("{}+{detail}@{}", self.local(), self.domain()))
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<EmailAddress> for String {
    fn from(address: EmailAddress) -> Self {
        address.0
    }
}

impl TryFrom<String> for EmailAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for EmailAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refuse = |why: &str| Err(format!("`{}` is not an address: {why}", text.escape_debug()));
        if text.len() > 254 {
            return refuse("longer than 254 characters");
        }
        let Some((local, domain)) = text.rsplit_once('@') else {
            return refuse("there is no @");
        };
        if local.is_empty() || local.len() > 64 || local.split('.').any(str::is_empty) {
            return refuse("the part before the @ is empty, too long or has dots out of place");
        }
        if !local.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c)) {
            return refuse("the part before the @ has a character that we do not write to");
        }
        let label_fits = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        };
        if !domain.contains('.') && domain != "localhost" || !domain.split('.').all(label_fits) {
            return refuse("the part after the @ is not a host name");
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_addresses_are_kept_in_lower_case() {
        for (text, kept) in [
            ("Kari.Lie@Example.ORG", "kari.lie@example.org"),
            ("table+svar@example.org", "table+svar@example.org"),
            ("o'neill@xn--blbr-roah.no", "o'neill@xn--blbr-roah.no"),
        ] {
            assert_eq!(text.parse::<EmailAddress>().unwrap().as_str(), kept);
        }
    }

    #[test]
    fn hostile_addresses_are_refused() {
        for text in [
            "",
            "kari",
            "@example.org",
            "kari@",
            "kari@example",
            "a..b@example.org",
            ".a@example.org",
            "\"foo@psres.net> ORCPT=admin\"@test.com",
            "kari@example.org\r\nBcc: x@y.no",
            "kari lie@example.org",
            "kari@-example.org",
            "kåre@example.org",
            "<kari@example.org>",
            "a@b@example.org",
        ] {
            assert!(text.parse::<EmailAddress>().is_err(), "{text:?} was accepted");
        }
    }

    #[test]
    fn a_subaddress_can_be_added_read_and_removed() {
        let table: EmailAddress = "table@example.org".parse().unwrap();
        let guest = table.with_detail("g-abc");
        assert_eq!(guest.as_str(), "table+g-abc@example.org");
        assert_eq!(guest.detail(), Some("g-abc"));
        assert_eq!(guest.without_detail(), table);
    }
}
