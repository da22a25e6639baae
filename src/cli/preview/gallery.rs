//! Every letter in every language on one page, on a phone and on a desk, by day and by night.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use serde_json::{Value, json};

use crate::community::letter::samples::Sample;
use crate::language::Language;
use crate::letters::{Address, Letters, Written};

/// The page; where it says so, the letters are put in.
const PAGE: &str = include_str!("gallery.html");
const HERE: &str = "LETTERS_ARE_PUT_IN_HERE";

/// Writes `index.html`, and each letter as `nb/invitation.1.html` and `.txt`. Says how many.
pub(super) fn write(
    letters: &Letters,
    samples: &[Sample],
    reader: &Address,
    dir: &Path,
) -> Result<usize> {
    let mut all: Vec<Value> = Vec::new();
    for language in Language::ALL {
        let folder = dir.join(language.tag());
        fs::create_dir_all(&folder).with_context(|| format!("make `{}`", folder.display()))?;
        let reader = Address { language, ..reader.clone() };
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for sample in samples {
            let name = sample.letter.name();
            let count = counts.entry(name).or_default();
            *count += 1;
            let written = letters.write(&sample.letter, &reader).map_err(|error| anyhow!(error))?;
            keep(&folder, &format!("{name}.{count}"), &written)?;
            let Written { subject, text, html } = written;
            all.push(json!({
                "language": language, "name": name, "about": sample.about, "count": count,
                "subject": subject, "text": text, "html": html,
            }));
        }
    }
    // A `</script>` in a letter would end the script that holds it.
    let data = serde_json::to_string(&all)?.replace("</", "<\\/");
    let page = dir.join("index.html");
    fs::write(&page, PAGE.replacen(HERE, &data, 1))
        .with_context(|| format!("write `{}`", page.display()))?;
    Ok(all.len())
}

fn keep(folder: &Path, name: &str, written: &Written) -> Result<()> {
    let text = format!("Subject: {}\n\n{}", written.subject, written.text);
    for (kind, content) in [("html", &written.html), ("txt", &text)] {
        let path = folder.join(format!("{name}.{kind}"));
        fs::write(&path, content).with_context(|| format!("write `{}`", path.display()))?;
    }
    Ok(())
}
