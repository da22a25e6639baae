//! Tags: their names, where they end, and what their attributes say to a reader of mail.

/// What an element says about the text in it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "five independent marks of one element")]
pub(super) struct Marks {
    /// No reader sees it.
    pub hidden: bool,
    /// Quoted from another mail.
    pub quote: bool,
    /// A signature, as the mail program says.
    pub signature: bool,
    /// Line breaks count.
    pub preformatted: bool,
    /// In a colour.
    pub coloured: bool,
}

impl Marks {
    /// Reads the marks of a tag.
    pub(super) fn of(name: &str, tag: &str) -> Self {
        Self {
            hidden: is_hidden(name, tag),
            quote: is_quote(name, tag),
            signature: is_signature(tag),
            preformatted: name == "pre" || name == "plaintext",
            coloured: is_coloured(tag),
        }
    }
}

/// The tag between `<` and `>`, quotation marks respected, and what follows. A quotation mark that
/// never closes ends at the next `>`.
pub(super) fn split_tag(markup: &str) -> Option<(&str, &str)> {
    let inside = markup.strip_prefix('<')?;
    let mut quote = None;
    for (at, c) in inside.char_indices().take(20_000) {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            (None, '>') => return Some((inside.get(..at)?, inside.get(at + 1..)?)),
            _inside => {}
        }
    }
    inside.split_once('>')
}

pub(super) fn tag_name(tag: &str) -> String {
    tag.chars()
        .take_while(|c| !c.is_whitespace() && *c != '/' && *c != '>')
        .take(30)
        .collect::<String>()
        .to_ascii_lowercase()
}

/// Skips to behind the closing tag; where there is none, nothing is left.
pub(super) fn skip_element<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut rest = rest;
    while let Some((_, after)) = rest.split_once("</") {
        if tag_name(after) == name {
            return after.split_once('>').map_or("", |(_, rest)| rest);
        }
        rest = after;
    }
    ""
}

pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "blockquote"
            | "body"
            | "center"
            | "dd"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "html"
            | "li"
            | "main"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "table"
            | "tbody"
            | "td"
            | "th"
            | "thead"
            | "tr"
            | "ul"
    )
}

/// An attribute's value, lower-cased, with its blanks removed where `squeeze` asks for it.
fn attribute(tag: &str, name: &str) -> String {
    let lower = tag.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find(name)).map(|at| at + from) {
        from = at + name.len();
        let before_fits = lower
            .get(..at)
            .and_then(|before| before.chars().next_back())
            .is_some_and(|c| c.is_whitespace() || c == '"' || c == '\'');
        let Some(value) = lower.get(from..).and_then(|rest| rest.trim_start().strip_prefix('='))
        else {
            continue;
        };
        if !before_fits {
            continue;
        }
        let value = value.trim_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let end = |c: char| quote.map_or(c.is_whitespace(), |quote| c == quote);
        return value
            .chars()
            .skip(usize::from(quote.is_some()))
            .take_while(|c| !end(*c))
            .take(2000)
            .collect();
    }
    String::new()
}

fn style(tag: &str) -> String {
    attribute(tag, "style").split_whitespace().collect()
}

/// Text that no reader sees never counts as the person's words.
fn is_hidden(name: &str, tag: &str) -> bool {
    if matches!(name, "head" | "noscript" | "template" | "object" | "select" | "button") {
        return name != "head" || tag.len() < 500;
    }
    if !tag.contains(['=', ' ']) {
        return false;
    }
    let style = style(tag);
    let hides = |rule: &str| style.contains(rule);
    let is_zero = |property: &str| {
        style.split(';').any(|rule| {
            rule.strip_prefix(property).and_then(|rest| rest.strip_prefix(':')).is_some_and(
                |value| {
                    let digits = value
                        .trim_end_matches("!important")
                        .trim_end_matches(|c: char| c.is_alphabetic() || c == '%');
                    digits.parse::<f32>().is_ok_and(|number| number < 0.02)
                },
            )
        })
    };
    hides("display:none")
        || hides("visibility:hidden")
        || hides("mso-hide:all")
        || hides("text-indent:-9")
        || hides("left:-9")
        || is_zero("font-size")
        || is_zero("opacity")
        || is_zero("max-height")
        || tag.split_whitespace().any(|word| word.eq_ignore_ascii_case("hidden"))
        || attribute(tag, "aria-hidden") == "true" && hides("height:0")
}

fn is_quote(name: &str, tag: &str) -> bool {
    if name == "blockquote" {
        return true;
    }
    if name != "div" {
        return false;
    }
    let style = style(tag);
    attribute(tag, "name") == "quoted-content"
        || attribute(tag, "name") == "quote"
        || style.contains("border-left:")
            && !style.contains("border-left:none")
            && style.contains("padding")
}

fn is_signature(tag: &str) -> bool {
    if !tag.contains('=') {
        return false;
    }
    let class = attribute(tag, "class");
    let id = attribute(tag, "id");
    let marked = |name: &str| class.split_whitespace().any(|word| word == name) || id == name;
    [
        "gmail_signature",
        "moz-signature",
        "ms-outlook-mobile-signature",
        "composer_signature",
        "k9mail-signature",
        "signature",
        "protonmail_signature_block",
        "gmail_signature_prefix",
        "aolmail_signature",
        "zmail_signature",
        "sig-block",
    ]
    .iter()
    .any(|name| marked(name))
}

/// Answers typed into a quote in another colour (Outlook): red, blue, green …, never black or grey.
fn is_coloured(tag: &str) -> bool {
    let style = style(tag);
    let colour = style
        .split(';')
        .find_map(|rule| rule.strip_prefix("color:"))
        .map_or_else(|| attribute(tag, "color"), str::to_owned);
    match colour
        .strip_prefix('#')
        .filter(|hex| hex.len() == 6)
        .and_then(|hex| u32::from_str_radix(hex, 16).ok())
    {
        Some(rgb) => {
            let (red, green, blue) = (rgb >> 16, rgb >> 8 & 255, rgb & 255);
            red.max(green).max(blue) - red.min(green).min(blue) > 100
        }
        None => matches!(
            colour.as_str(),
            "red"
                | "blue"
                | "green"
                | "purple"
                | "magenta"
                | "navy"
                | "teal"
                | "orange"
                | "darkred"
                | "maroon"
                | "fuchsia"
        ),
    }
}
