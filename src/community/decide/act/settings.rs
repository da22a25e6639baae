//! How the community is set, and what is otherwise at one gathering.

use super::{Act, Halt};
use crate::command::setting::{Particular, Setting};
use crate::community::decision::Change;
use crate::community::facts::Facts;
use crate::community::gathering::Table;
use crate::community::letter::{ActView, Refusal, SettingView};
use crate::community::level::Level;
use crate::community::view::{self, Sees};

/// `innstilling stille timer 22-8`. Everybody will notice.
pub(super) fn set(facts: &Facts, setting: &Setting) -> Result<Act, Halt> {
    if facts.community.settings().contains(setting) {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    Ok(Act {
        name: "community-set",
        level: Level::Large,
        view: ActView::Setting { setting: SettingView::of(setting) },
        mails: 0,
        letter: None,
        changes: vec![Change::Set(setting.clone())],
        posts: Vec::new(),
        after: None,
    })
}

/// `språk: engelsk`, `kalender: ingen`. It holds for what is written from now on.
pub(super) fn particular(table: &Table, particular: Particular) -> Result<Act, Halt> {
    let mut after = table.clone();
    let gathering = &mut after.gathering;
    let same = match particular {
        Particular::Language(language) => gathering.language.replace(language) == Some(language),
        Particular::Calendar(policy) => gathering.calendar.replace(policy) == Some(policy),
    };
    if same {
        return Err(Halt::Refused(Refusal::NoChange));
    }
    gathering.version += 1;
    Ok(Act {
        name: "gathering-described",
        level: Level::Small,
        view: ActView::Particular {
            gathering: view::gathering(&table.gathering, Sees::Address),
            setting: SettingView::of(&particular.setting()),
        },
        mails: 0,
        letter: None,
        changes: vec![Change::Particular { gathering_id: table.gathering.id, particular }],
        posts: Vec::new(),
        after: Some(after),
    })
}
