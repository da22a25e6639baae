//! How the community is set.

use super::{Act, Halt};
use crate::command::setting::Setting;
use crate::community::decision::Change;
use crate::community::facts::Facts;
use crate::community::letter::{ActView, Refusal, SettingView};
use crate::community::level::Level;

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
