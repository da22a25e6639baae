//! Each act leaves a row: by which mail, what that proved, what was asked for, and how it was
//! before and after.

use chrono::TimeDelta;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{arrives, dinner, last, letter, number, reply, signed, start};
use crate::support::world::World;

#[derive(Debug, sqlx::FromRow)]
struct Row {
    act: String,
    digest: Option<Vec<u8>>,
    signals: Option<String>,
    details: Value,
    command: Option<String>,
    lines: Option<Vec<String>>,
}

/// A mail that was obeyed, and where that was a yes, the mail that had asked.
type Obeyed = (Vec<u8>, Option<Vec<u8>>);

/// Ida asks at once, after a yes, for two things at a time, and takes those back.
async fn season(world: &mut World) -> Vec<Obeyed> {
    let mut now = start();
    let mut obeyed = Vec::new();
    for (text, with_yes) in [
        ("10 plasser", false),
        ("flytt til 7. mai kl 20", true),
        ("12 plasser\nmeny: Suppe", false),
        ("angre", false),
    ] {
        now += TimeDelta::minutes(20);
        let mail = signed(&letter(world, "Ida", text, now), now);
        arrives(world, &mail, now).await;
        if with_yes {
            let preview = last(world, "Ida");
            let yes = signed(&reply("Ida", &preview, "ja", now), now);
            arrives(world, &yes, now).await;
            obeyed.push((yes, Some(mail)));
        } else {
            obeyed.push((mail, None));
        }
    }
    obeyed
}

#[tokio::test]
async fn the_audit_names_the_mail_the_proof_the_command_and_both_states_of_each_act() {
    let mut world = dinner(&["Kari", "Per"]).await;
    let before = number(&mut world, "select coalesce(max(audit_id), 0) from audit").await;
    let obeyed = season(&mut world).await;
    let sql = "select act, audit.digest, signals, details, command, errand.lines
                 from audit left join errand using (inbox_id)
                where audit_id > $1 order by audit_id";
    let rows: Vec<Row> =
        sqlx::query_as(sql).bind(before).fetch_all(world.connection()).await.unwrap();
    let acts: Vec<&str> = rows.iter().map(|row| row.act.as_str()).collect();
    let expected =
        ["seats-changed", "gathering-moved", "seats-changed", "gathering-described", "undone"];
    assert_eq!(acts, expected);
    for (row, by) in rows.iter().zip([0, 1, 2, 2, 3]) {
        proves(row, &obeyed[by]);
    }
    tells_both_states(&rows);
    // As it was read it stays, without a word of what was written.
    let commands: Vec<&str> = rows.iter().filter_map(|row| row.command.as_deref()).collect();
    let expected =
        ["seats to=10", "move date=2026-05-07 time=20:00", "seats to=12", "menu", "undo"];
    assert_eq!(commands, expected);
    // The command as written is kept beside it, for as long as it can be taken back.
    assert_eq!(rows[0].lines.as_deref(), Some(&["10 plasser".to_owned()][..]));
    assert_eq!(rows[2].lines.as_ref().map(Vec::len), Some(2));
    // What was written goes, and the rows stay.
    world.tidy(start() + TimeDelta::days(40)).await;
    let kept = "select count(*) from errand where lines <> '{}'";
    assert_eq!(number(&mut world, kept).await, 0);
    let proven = "select count(*) from audit where digest is null or command is null";
    assert_eq!(number(&mut world, proven).await, 0);
}

/// By which mail, what that proved, and nobody's words or name.
fn proves(row: &Row, (mail, asked): &Obeyed) {
    let hash = |mail: &Vec<u8>| Sha256::digest(mail).to_vec();
    assert_eq!(row.digest.as_ref(), Some(&hash(mail)), "{row:?}");
    let hex = |mail: &Vec<u8>| data_encoding::HEXLOWER.encode(&hash(mail));
    assert_eq!(row.details["mail"], json!(hex(mail)), "{row:?}");
    let asked_mail = row.details.get("asked_mail").and_then(Value::as_str);
    assert_eq!(asked_mail, asked.as_ref().map(hex).as_deref());
    let signals = row.signals.as_deref().unwrap();
    assert!(signals.starts_with("ab"), "{signals}");
    assert_eq!(signals.contains('d'), asked.is_some(), "only the yes answers a mail of ours");
    let details = row.details.to_string();
    for word in ["Suppe", "Kari", "Ida", "@", "plasser"] {
        assert!(!details.contains(word), "{details}");
    }
}

fn tells_both_states(rows: &[Row]) {
    let seats = |at: usize, when: &str| rows[at].details[when]["seats"].clone();
    assert_eq!((seats(0, "before"), seats(0, "after")), (json!(8), json!(10)));
    assert_eq!((seats(2, "before"), seats(2, "after")), (json!(10), json!(12)));
    let starts = |when: &str| rows[1].details[when]["starts"].clone();
    assert_eq!(starts("before"), json!("2026-04-30T19:00:00"));
    assert_eq!(starts("after"), json!("2026-05-07T20:00:00"));
    assert_eq!(seats(4, "after"), json!(10));
}
