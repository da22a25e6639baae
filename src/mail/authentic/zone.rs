//! TXT records from a file, for those who want to ask no DNS: tests, and an operator with one domain.
//!
//! ```text
//! ; a comment
//! 2026._domainkey.example.org.  TXT  "v=DKIM1; k=rsa; p=MIIB" "IjAN…"
//! _dmarc.example.org  3600 IN TXT "v=DMARC1; p=reject"
//! ```

use super::{Answers, Txt};

/// Reads the records, or says which line is none.
pub fn read(text: &str) -> Result<Answers, String> {
    let mut answers = Answers::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with([';', '#']) {
            continue;
        }
        let (name, record) =
            record(line).ok_or(format!("line {} is not `name TXT \"…\"`", number + 1))?;
        let all = answers.entry(name).or_insert(Txt::Found(Vec::new()));
        if let Txt::Found(records) = all {
            records.push(record.into_bytes());
        }
    }
    Ok(answers)
}

fn record(line: &str) -> Option<(String, String)> {
    let (before, strings) = line.split_once('"')?;
    let mut words = before.split_whitespace();
    let name = words.next()?.trim_end_matches('.').to_ascii_lowercase();
    if !words.next_back()?.eq_ignore_ascii_case("txt") || name.is_empty() {
        return None;
    }
    let strings = strings.strip_suffix('"')?;
    // Several strings are one text (RFC 6376 3.6.2.2).
    let text = strings.split('"').step_by(2).collect();
    Some((format!("{name}."), text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_read_and_what_is_none_is_named() {
        let answers = read("; keys\n\nA._domainkey.x.no. TXT \"v=DKIM1; \" \"p=ab\"\n_dmarc.x.no 60 IN TXT \"v=DMARC1\"\n").unwrap();
        assert_eq!(answers["a._domainkey.x.no."], Txt::Found(vec![b"v=DKIM1; p=ab".to_vec()]));
        assert_eq!(answers["_dmarc.x.no."], Txt::Found(vec![b"v=DMARC1".to_vec()]));
        assert!(read("x.no. A 127.0.0.1").unwrap_err().contains("line 1"));
        assert!(read("x.no. TXT \"open").unwrap_err().contains("line 1"));
    }
}
