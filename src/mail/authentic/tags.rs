//! Tag lists of DKIM (RFC 6376 3.2), read strictly: a name that stands there twice spoils the list.

use std::collections::BTreeMap;

/// The tags by name. White space around names and inside values is gone.
pub(super) fn read(list: &[u8]) -> Result<BTreeMap<String, String>, &'static str> {
    let text = std::str::from_utf8(list).map_err(|_| "a tag list that is not UTF-8")?;
    let mut tags = BTreeMap::new();
    let mut segments = text.split(';').peekable();
    while let Some(segment) = segments.next() {
        if segment.trim().is_empty() && segments.peek().is_none() {
            break;
        }
        let (name, value) = segment.split_once('=').ok_or("a tag without a value")?;
        let name = name.trim();
        let proper = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if name.is_empty() || !name.chars().all(proper) {
            return Err("a tag with an odd name");
        }
        let value: String = value.split_whitespace().collect();
        if tags.insert(name.to_owned(), value).is_some() {
            return Err("a tag that stands there twice");
        }
    }
    Ok(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_or_the_whole_list_is_not() {
        let tags = read(b" v=1; a = rsa-sha256;\r\n b=ab\r\n cd=;").unwrap();
        assert_eq!(tags["a"], "rsa-sha256");
        assert_eq!(tags["b"], "abcd=");
        for list in [&b"a=1; a=2"[..], b"a", b"a=1;;b=2", b"=x", b"a b=1", b"\xff=1"] {
            assert!(read(list).is_err(), "{list:?}");
        }
    }
}
