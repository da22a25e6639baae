use super::*;

fn text_of(source: &str) -> String {
    text(&parse(source).unwrap(), &["Langbord".to_owned()]).replace("\n-- \nLangbord\n", "")
}

#[test]
fn paragraphs_items_and_breaks_read_as_they_stand() {
    let source =
        "\n\nHei Kari,\nså hyggelig!\n\n- torsdag\n- hos Ida\n  i Oslo\n-\n\nHilsen\\\nIda\n";
    assert_eq!(
        text_of(source),
        "Hei Kari, så hyggelig!\n\n- torsdag\n- hos Ida i Oslo\n\nHilsen\nIda\n"
    );
}

#[test]
fn a_line_below_an_item_goes_on_with_it_whatever_it_begins_with() {
    assert_eq!(text_of("- tre\n-fire\n  er sju\\\n- ja"), "- tre -fire er sju\n- ja\n");
    assert_eq!(text_of("a\\\\\\\nb"), "a\\\nb\n");
}

#[test]
fn a_quotation_keeps_its_lines_and_gaps() {
    let blocks = parse("Hun skrev:\n> Hei\n>\n> Hilsen Kari\nSlik.").unwrap();
    assert_eq!(blocks.len(), 3);
    assert_eq!(
        text(&blocks, &["L".to_owned()]),
        "Hun skrev:\n\n> Hei\n>\n> Hilsen Kari\n\nSlik.\n\n-- \nL\n"
    );
}

#[test]
fn a_link_shows_where_it_leads_in_plain_text() {
    let uri = mailto("bord+g-1@example.org", "Ja, gjerne");
    assert_eq!(uri, "mailto:bord+g-1@example.org?subject=Ja%2C%20gjerne");
    assert_eq!(text_of(&format!("- [Ja]({uri})")), format!("- Ja <{uri}>\n"));
    assert!(matches!(parse("- [Ja](mailto:a@b.no)").unwrap()[..], [Block::Choices(_)]));
    assert!(matches!(parse("- [Ja](mailto:a@b.no) eller").unwrap()[..], [Block::List(_)]));
}

#[test]
fn a_link_leads_to_mail_or_nowhere() {
    for source in ["[x](http://evil)", "[x](javascript:1)", "[x]", "[x", "[x](mailto:a"] {
        assert!(parse(source).is_err(), "{source}");
    }
}

#[test]
fn what_is_escaped_is_words() {
    for (source, words) in [
        (r"\[x\]\(http://evil\)", "[x](http://evil)"),
        (r"\- x", "- x"),
        (r"\> x", "> x"),
        (r"a \~ b", "a ~ b"),
        (r"a\\", "a\\"),
    ] {
        let blocks = parse(source).unwrap();
        assert_eq!(
            blocks,
            [Block::Paragraph(vec![vec![Span { words: words.to_owned(), link: None }]])]
        );
    }
}

#[test]
fn lines_are_broken_at_76_columns_and_never_at_a_tie() {
    let wrapped = text_of(&format!("{} svar~ja takk", "åtte tegn ".repeat(7)));
    assert!(wrapped.lines().all(|line| line.chars().count() <= 76), "{wrapped}");
    assert!(wrapped.contains("svar ja"), "{wrapped}");
    let long = "x".repeat(200);
    assert_eq!(text_of(&format!("- a {long} b")), format!("- a\n  {long}\n  b\n"));
}

#[test]
fn a_line_with_a_colon_announces_the_one_after_it_and_nothing_else_does() {
    let kind = |source: &str| match parse(source).unwrap().as_slice() {
        [Block::Told(_)] => "told",
        [Block::Paragraph(_)] => "paragraph",
        _ => "else",
    };
    assert_eq!(kind("The question to bring:\\\nWhat is courage?"), "told");
    assert_eq!(kind("1 Kari Lie\\\n2 Kari Moe"), "paragraph");
    assert_eq!(kind("These:\\\none\\\ntwo"), "paragraph");
    assert_eq!(kind("Alone:"), "paragraph");
}
