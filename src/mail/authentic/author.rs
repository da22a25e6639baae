//! The author by a grammar so small that nobody can read it otherwise: a name of plain words and
//! quoted strings, and one address in angle brackets; or a bare address. What else RFC 5322 allows
//! (groups, routes, comments, quoted local parts, several addresses) is refused here: such a mail
//! may be read, and proves nothing.

use crate::mail::EmailAddress;

/// Reads a From or Sender field's value, still folded.
pub fn read(value: &[u8]) -> Result<EmailAddress, &'static str> {
    let text = std::str::from_utf8(value).map_err(|_| "not UTF-8")?;
    let text = unfolded(text)?;
    let text = text.trim_matches([' ', '\t']);
    let Some(rest) = after_name(text)? else { return address(text) };
    let (inside, after) = rest.split_once('>').ok_or("an angle bracket is not closed")?;
    if !after.trim_matches([' ', '\t']).is_empty() {
        return Err("something stands behind the address");
    }
    address(inside)
}

/// Line breaks go where white space follows them; no other control character may be there.
fn unfolded(text: &str) -> Result<String, &'static str> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    let text = text.replace("\r\n", "\n").replace("\n ", " ").replace("\n\t", "\t");
    if text.chars().any(|c| c.is_control() && c != '\t') {
        return Err("a control character");
    }
    Ok(text)
}

/// What follows the opening angle bracket, or nothing where there is none.
fn after_name(text: &str) -> Result<Option<&str>, &'static str> {
    let mut chars = text.char_indices();
    let mut bare = false;
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => quoted(&mut chars)?,
            '<' if bare => return Err("an address stands in the name"),
            '<' => return Ok(text.get(at + 1..)),
            '@' => bare = true,
            '(' | ')' | '[' | ']' | '>' | ',' | ';' | ':' | '\\' => {
                return Err("more than a name and an address");
            }
            _word => {}
        }
    }
    Ok(None)
}

fn quoted(chars: &mut std::str::CharIndices<'_>) -> Result<(), &'static str> {
    while let Some((_, c)) = chars.next() {
        match c {
            '"' => return Ok(()),
            '\\' => {
                chars.next();
            }
            _inside => {}
        }
    }
    Err("a quotation mark is not closed")
}

fn address(text: &str) -> Result<EmailAddress, &'static str> {
    // Some readers decode words like these wherever they stand.
    if text.contains("=?") {
        return Err("an encoded word in the address");
    }
    text.parse().map_err(|_| "not an address that we write to")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_authors_are_read() {
        for value in [
            "anne@x.no",
            " anne@x.no\r\n",
            "<anne@x.no>",
            " Anne <anne@x.no>\r\n",
            " Anne Lie <Anne@X.NO>\r\n",
            " \"Anne Lie\" <anne@x.no>\r\n",
            " \"Lie, Anne\" <anne@x.no>\r\n",
            " \"Anne \\\"Lillebror\\\" Lie\" <anne@x.no>\r\n",
            " =?utf-8?q?Anne_L=C3=B8v?= <anne@x.no>\r\n",
            " =?UTF-8?B?QW5uZQ==?=\r\n =?UTF-8?B?IExpZQ==?= <anne@x.no>\r\n",
            " Anne Løv <anne@x.no>\r\n",
            " Anne O'Neill-Lie <anne@x.no>\r\n",
            " A. M. Lie <anne@x.no>\r\n",
            " Anne\r\n\t<anne@x.no>\r\n",
            " \"Anne Lie via bordet\" <anne@x.no>\r\n",
            " \"anne@x.no\" <anne@x.no>\r\n",
            " Anne & Per <anne@x.no>\r\n",
            " \"Anne (Oslo)\" <anne@x.no>\r\n",
            " 林安娜 <anne@x.no>\r\n",
            " \"\" <anne@x.no>\r\n",
        ] {
            assert_eq!(
                read(value.as_bytes()).map(|a| a.to_string()),
                Ok("anne@x.no".into()),
                "{value:?}"
            );
        }
    }

    #[test]
    fn forms_on_which_readers_disagree_have_no_author() {
        let long = format!("{}@x.no", "a".repeat(10_000));
        let many = vec!["org@x.no"; 200].join(", ");
        let nested = format!("{}x{} org@x.no", "(".repeat(100_000), ")".repeat(100_000));
        for value in [
            "<org@x.no><eve@evil.com>",
            "org@x.no (c) <eve@evil.com>",
            "org@x.no <eve@evil.com>",
            "\"a<org@x.no>\" eve@evil.com",
            "=?utf-8?q?a=40evil=2ecom=3e?=@x.no",
            "Eve <=?utf-8?q?org?=@x.no>",
            "\"org@x.no\"@evil.com",
            "<@x.no,@y.no:eve@evil.com>",
            "org@x.no: eve@evil.com;",
            "org@x.no\0<eve@evil.com>",
            "org@x.no\r<eve@evil.com>",
            "org@x.no\n<eve@evil.com>",
            "org@x.no,",
            "org@x.no, eve@evil.com",
            "org@x.no; eve@evil.com",
            "org@x.no eve@evil.com",
            "<org@x.no> eve@evil.com",
            "<org@x.no> (eve)",
            "<org@x.no",
            "org@x.no>",
            "<<org@x.no>>",
            "<org@x.no>>",
            "\"Anne <org@x.no>",
            "Anne \\<org@x.no>",
            "[org@x.no]",
            "org@[127.0.0.1]",
            "org(comment)@x.no",
            "org@x.no.",
            "org @x.no",
            "< org@x.no>",
            "org@x.no\u{202e}",
            "org@\u{445}.no",
            "\u{43e}rg@x.no",
            "\u{ff4f}rg@x.no",
            "",
            "<>",
            "Anne",
            &long,
            &many,
            &nested,
        ] {
            assert!(read(value.as_bytes()).is_err(), "{value:.60?}");
        }
        assert!(read(b"\xff <org@x.no>").is_err());
    }

    #[test]
    fn a_name_is_never_an_identity() {
        for value in [
            "\"Anne Organizer <anne@x.no>\" <eve@evil.com>",
            "=?utf-8?q?anne=40x=2eno?= <eve@evil.com>",
            "\"anne@x.no\" <eve@evil.com>",
        ] {
            assert_eq!(read(value.as_bytes()).unwrap().as_str(), "eve@evil.com", "{value}");
        }
    }
}
