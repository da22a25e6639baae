//! Letters to people about themselves.

use chrono::NaiveDateTime;
use serde_json::Value;

use super::{Sample, at, bare, dinner, lecture, on, sample};
use crate::command::GatheringKind;
use crate::community::letter::{GatheringView, Letter, OwnData, OwnInvitation, OwnNeeds};
use crate::language::Language;
use crate::understand::{Answer, Diet};

pub(super) fn all() -> Result<Vec<Sample>, String> {
    let mut samples = arriving();
    samples.extend(data()?);
    samples.extend(leaving());
    Ok(samples)
}

fn arriving() -> Vec<Sample> {
    vec![
        save_the_date("a dinner", dinner(), None),
        save_the_date("little is known", bare(GatheringKind::Visit), None),
        save_the_date("another day", dinner(), Some(at(3, 5, 19, 0))),
        save_the_date("another time", dinner(), Some(at(3, 12, 18, 0))),
        sample(
            "proposed by a member",
            Letter::Welcome {
                proposed_by: Some("Agnieszka Wiśniewska".into()),
                coming: vec![dinner(), lecture()],
            },
        ),
        sample("nothing is coming", Letter::Welcome { proposed_by: None, coming: Vec::new() }),
        sample("a stranger", Letter::Holding),
    ]
}

fn save_the_date(
    about: &'static str,
    gathering: GatheringView,
    moved_from: Option<NaiveDateTime>,
) -> Sample {
    sample(about, Letter::SaveTheDate { gathering, moved_from })
}

fn data() -> Result<Vec<Sample>, String> {
    let invitation = |gathering, answer, party| OwnInvitation {
        gathering,
        answer,
        party,
        needs: OwnNeeds::default(),
    };
    let celery = || OwnNeeds {
        diets: vec![Diet::Coeliac, Diet::Other],
        diet_notes: vec!["tåler ikke selleri".into()],
    };
    let told = OwnInvitation { needs: celery(), ..invitation(dinner(), Some(Answer::Yes), 2) };
    let full = OwnData {
        name: "Kari Lie".into(),
        addresses: vec!["kari@example.org".parse()?, "kari.lie@example.com".parse()?],
        language: Language::Nb,
        since: Some(on(1, 7)),
        remembered: celery(),
        invitations: vec![
            invitation(lecture(), None, 1),
            told,
            invitation(bare(GatheringKind::Breakfast), Some(Answer::No), 1),
            invitation(bare(GatheringKind::Visit), Some(Answer::Maybe), 1),
        ],
        met: vec!["Per Moe".into(), "Máret Ánne Sara".into()],
        mails: 7,
        file: Value::Null,
    };
    let little = OwnData {
        name: "Mona".into(),
        addresses: vec!["mona@example.org".parse()?],
        since: None,
        remembered: OwnNeeds::default(),
        invitations: Vec::new(),
        met: Vec::new(),
        mails: 1,
        ..full.clone()
    };
    Ok(vec![
        sample("a member", Letter::MyData(full)),
        sample("hardly anything", Letter::MyData(little)),
    ])
}

fn leaving() -> Vec<Sample> {
    let until = at(3, 4, 12, 0);
    vec![
        sample(
            "has a seat",
            Letter::EraseMe { seats: vec![dinner()], hosts: vec![dinner()], until },
        ),
        sample("has none", Letter::EraseMe { seats: Vec::new(), hosts: Vec::new(), until }),
        sample("with backups", Letter::Erased { backups_until: Some(on(4, 7)) }),
        sample("without", Letter::Erased { backups_until: None }),
    ]
}
