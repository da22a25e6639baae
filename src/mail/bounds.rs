//! The outline of a mail, found by one linear scan a level: header fields and MIME parts as slices
//! (RFC 5322 2.2, RFC 2046 5.1). Nothing is decoded and nothing recurses here.
//!
//! mail-parser 0.11 follows nested `message/*` parts as deep as they go and overflows a thread's
//! stack on a mail of 1 MB. It therefore never sees a whole mail, only single header fields; the
//! tree is walked here, with these limits.
//!
//! Invariant: whatever the octets, at most [`MAX_PARTS`] parts, [`MAX_DEPTH`] levels,
//! [`MAX_FIELDS`] fields of a header block and [`MAX_HEADER`] octets of it are looked at.

/// Octets of a mail; beyond, only its header block is read.
pub const MAX_MAIL: usize = 25 * 1024 * 1024;
/// Octets of a header block.
pub const MAX_HEADER: usize = 256 * 1024;
/// Fields of a header block.
pub const MAX_FIELDS: usize = 500;
/// Octets of one field.
pub const MAX_FIELD: usize = 64 * 1024;
/// Parts of a mail, multiparts included.
pub const MAX_PARTS: usize = 1000;
/// Multiparts inside each other.
pub const MAX_DEPTH: usize = 20;
/// Octets of a boundary that are compared: RFC 2046 allows 70.
pub const MAX_BOUNDARY: usize = 200;

/// One header field: its name and its value, still folded and encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// Before the colon.
    pub name: &'a [u8],
    /// After the colon, with the line breaks of its folding.
    pub value: &'a [u8],
}

/// A header block and what stands below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block<'a> {
    /// The fields in order.
    pub fields: Vec<Field<'a>>,
    /// After the empty line.
    pub body: &'a [u8],
    /// The limit that was passed, if any.
    pub exceeded: Option<&'static str>,
}

/// Parts in order, and whether some were left out.
pub type Parts<'a> = (Vec<&'a [u8]>, bool);

/// Splits a mail or a part into its header fields and its body. A line that is no field ends the
/// block, as many servers read it: what a broken sender wrote there belongs to the body.
pub fn block(octets: &[u8]) -> Block<'_> {
    let mut fields: Vec<Field<'_>> = Vec::new();
    let mut exceeded = None;
    let mut at = 0;
    loop {
        let rest = octets.get(at..).unwrap_or_default();
        let line = first_line(rest);
        if rest.is_empty() {
            break;
        }
        if trim_break(line).is_empty() {
            at += line.len();
            break;
        }
        // A Unix mailbox separator that some program left in front.
        if at == 0 && line.starts_with(b"From ") {
            at += line.len();
            continue;
        }
        let length = field_length(rest);
        let whole = rest.get(..length).unwrap_or_default();
        let Some(field) = field(whole) else { break };
        at += length;
        if fields.len() >= MAX_FIELDS {
            exceeded = Some("header fields");
        } else if at > MAX_HEADER {
            exceeded = Some("header size");
        } else if whole.len() > MAX_FIELD {
            exceeded = Some("header field size");
        } else {
            fields.push(field);
        }
    }
    Block { fields, body: octets.get(at..).unwrap_or_default(), exceeded }
}

/// The parts between the boundary lines, or `None` where the boundary never occurs. Boundaries
/// count only at the start of a line (RFC 2046 5.1.1). The second value tells whether parts were
/// left out because there are more than `room`.
pub fn parts<'a>(body: &'a [u8], boundary: &[u8], room: usize) -> Option<Parts<'a>> {
    if boundary.is_empty() || boundary.len() > MAX_BOUNDARY {
        return None;
    }
    let mut found = Vec::new();
    let mut start: Option<usize> = None;
    let mut at = 0;
    while at < body.len() {
        let rest = body.get(at..).unwrap_or_default();
        let line = first_line(rest);
        if let Some(closing) = delimiter(line, boundary) {
            if let Some(start) = start {
                if found.len() >= room {
                    return Some((found, true));
                }
                found.push(strip_break(body.get(start..at).unwrap_or_default()));
            }
            start = (!closing).then_some(at + line.len());
            if closing {
                return Some((found, false));
            }
        }
        at += line.len();
    }
    // Cut off on its way: the last part counts as far as it came.
    let start = start?;
    if found.len() >= room {
        return Some((found, true));
    }
    found.push(body.get(start..).unwrap_or_default());
    Some((found, false))
}

/// `Some(true)` for the closing delimiter, `Some(false)` for another one.
fn delimiter(line: &[u8], boundary: &[u8]) -> Option<bool> {
    let rest = line.strip_prefix(b"--")?.strip_prefix(boundary)?;
    if rest.starts_with(b"--") {
        return Some(true);
    }
    rest.iter().all(u8::is_ascii_whitespace).then_some(false)
}

/// Up to and with the next LF.
fn first_line(octets: &[u8]) -> &[u8] {
    let end = octets.iter().position(|octet| *octet == b'\n').map_or(octets.len(), |at| at + 1);
    octets.get(..end).unwrap_or_default()
}

fn trim_break(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").map_or(line, |line| line.strip_suffix(b"\r").unwrap_or(line))
}

fn strip_break(part: &[u8]) -> &[u8] {
    trim_break(part)
}

/// The length of a field with its continuation lines.
fn field_length(octets: &[u8]) -> usize {
    let mut length = first_line(octets).len();
    loop {
        let rest = octets.get(length..).unwrap_or_default();
        if !matches!(rest.first(), Some(b' ' | b'\t')) {
            return length;
        }
        let line = first_line(rest);
        // A line of blanks only is what some gateways make of the empty line.
        if line.iter().all(u8::is_ascii_whitespace) {
            return length;
        }
        length += line.len();
    }
}

fn field(whole: &[u8]) -> Option<Field<'_>> {
    let colon = whole.iter().position(|octet| *octet == b':')?;
    let name = whole.get(..colon)?.trim_ascii_end();
    let value = whole.get(colon + 1..)?;
    let fits = !name.is_empty() && name.iter().all(u8::is_ascii_graphic);
    fits.then_some(Field { name, value })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fields_keep_their_folds_and_the_body_follows_the_empty_line() {
        let block = block(b"Subject: a\r\n b\r\nTo: c\r\n\r\nhello\r\n");
        assert_eq!(block.fields.len(), 2);
        assert_eq!(block.fields[0].value, b" a\r\n b\r\n");
        assert_eq!(block.body, b"hello\r\n");
    }

    #[test]
    fn a_mail_without_any_header_is_all_body() {
        assert_eq!(block(b"just text\nmore").body, b"just text\nmore");
        assert_eq!(block(b"").body, b"");
    }

    #[test]
    fn fields_beyond_the_limit_are_not_read_and_the_limit_is_named() {
        for (count, exceeded) in
            [(MAX_FIELDS - 1, None), (MAX_FIELDS, None), (MAX_FIELDS + 1, Some("header fields"))]
        {
            let raw = "A: b\r\n".repeat(count) + "\r\nbody";
            let block = block(raw.as_bytes());
            assert_eq!((block.exceeded, block.body), (exceeded, &b"body"[..]), "{count}");
            assert!(block.fields.len() <= MAX_FIELDS);
        }
        let long = format!("A: {}\r\nB: c\r\n\r\nbody", "x".repeat(MAX_FIELD));
        let block = block(long.as_bytes());
        assert_eq!((block.exceeded, block.fields.len()), (Some("header field size"), 1));
    }

    #[test]
    fn a_boundary_counts_only_as_a_line_of_its_own() {
        let body = b"pre\r\n--b\r\none --b\r\n--bc\r\n--b \r\ntwo\r\n--b--\r\npost";
        let (found, more) = parts(body, b"b", 10).unwrap();
        assert_eq!(found, [&b"one --b\r\n--bc"[..], b"two"]);
        assert!(!more);
    }

    #[test]
    fn a_missing_closing_line_loses_nothing_and_a_missing_boundary_is_told() {
        assert_eq!(parts(b"--b\nlast", b"b", 10).unwrap().0, [&b"last"[..]]);
        assert_eq!(parts(b"nothing", b"b", 10), None);
        assert_eq!(parts(b"--\nx", b"", 10), None);
    }

    #[test]
    fn parts_beyond_the_room_are_left_out_and_told() {
        let body = "--b\nx\n".repeat(4);
        assert_eq!(
            parts(body.as_bytes(), b"b", 4).map(|(found, more)| (found.len(), more)),
            Some((4, false))
        );
        assert_eq!(
            parts(body.as_bytes(), b"b", 3).map(|(found, more)| (found.len(), more)),
            Some((3, true))
        );
    }

    proptest! {
        #[test]
        fn any_octets_have_an_outline(octets in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let block = block(&octets);
            prop_assert!(block.body.len() <= octets.len());
            let found = parts(&octets, b"a", 10).map_or(0, |(found, _)| found.len());
            prop_assert!(found <= 10);
        }
    }
}
