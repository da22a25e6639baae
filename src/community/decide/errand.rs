//! All that one mail asks for, worked out in order: each command sees what those before it have done.
//!
//! Invariant: all or nothing. If one command can not be worked out, none is carried out; what could
//! be done without it is offered.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::act::{self, Act, Halt};
use super::overview::overview;
use super::why;
use crate::command::{Command, DigestAct, Further, Key, Scope, Spotted};
use crate::community::decision::{Change, Post};
use crate::community::facts::{Facts, Floor};
use crate::community::gathering::{Sheet, State, Table};
use crate::community::letter::{
    ActView, GatheringView, HostNews, Letter, Refusal, SettingView, StatusView, Told,
};
use crate::community::level::Level;
use crate::community::menu;
use crate::community::view::{self, Sees};

/// What a mail asks for.
#[derive(Debug)]
pub(super) struct Errand {
    /// As written and read.
    pub(super) commands: Vec<Spotted>,
    /// What will be done.
    pub(super) acts: Vec<Act>,
    /// Of each act the command, as it may be kept.
    pub(super) kept: Vec<String>,
    /// What is told without doing anything.
    pub(super) told: Vec<Told>,
    /// Every gathering as it will be.
    draft: Floor,
    /// Gatherings that are touched or told about, in order.
    touched: Vec<i64>,
}

/// The command at which working out stops.
#[derive(Debug)]
pub(super) struct Stuck {
    pub(super) at: usize,
    pub(super) halt: Halt,
}

/// Works out the commands of a mail.
pub(super) fn work_out(
    facts: &Facts,
    floor: &Floor,
    commands: Vec<Spotted>,
    now: DateTime<Utc>,
) -> Result<Errand, Stuck> {
    let mut errand = Errand {
        commands: Vec::new(),
        acts: Vec::new(),
        kept: Vec::new(),
        told: Vec::new(),
        draft: floor.clone(),
        touched: Vec::new(),
    };
    for (at, spotted) in commands.iter().enumerate() {
        let about_new = errand.about_new(&spotted.command);
        let command = about_new.as_ref().unwrap_or(&spotted.command);
        if let Err(halt) = errand.take(facts, command, now) {
            return Err(Stuck { at, halt });
        }
    }
    errand.commands = commands;
    errand.tell_once();
    errand.see_invitations_below();
    Ok(errand)
}

/// Whether a mail tells of another place and nothing else.
fn is_of_place(post: &Post) -> bool {
    if let Letter::Changed { key, .. } | Letter::HostNews { news: HostNews::Changed { key }, .. } =
        &post.letter
    {
        return *key == Key::Where.name();
    }
    false
}

impl Errand {
    /// What stands below a new gathering is about that one, where nothing else is said.
    fn about_new(&self, command: &Command) -> Option<Command> {
        let last = self.acts.iter().rfind(|act| act.name == "gathering-created")?;
        let id = last.after.as_ref()?.gathering.id;
        let free = self.draft.thread.is_none() && command.names_no_gathering();
        free.then(|| command.about_gathering(id))
    }

    fn take(&mut self, facts: &Facts, command: &Command, now: DateTime<Utc>) -> Result<(), Halt> {
        match command {
            Command::Help { .. } => self.told.push(Told::Help),
            Command::Status { scope } => {
                let told = match act::choose(&self.draft, scope) {
                    Err(halt) => self.overview(scope, halt)?,
                    Ok(table) => {
                        let (id, status) = (table.gathering.id, view::status(table));
                        self.touch(id);
                        Told::Status(status)
                    }
                };
                self.told.push(told);
            }
            Command::Further(further) if matches!(further.as_ref(), Further::Why { .. }) => {
                let told = match why::why(&self.draft, facts, further) {
                    Err(halt) => self.overview(&Scope::Implied, halt)?,
                    Ok(why) => Told::Why(why),
                };
                self.told.push(told);
            }
            Command::Further(further)
                if matches!(further.as_ref(), Further::Digest { what: DigestAct::Show }) =>
            {
                self.told.push(act::community::show_digest(&self.draft, now));
            }
            Command::Further(further) if matches!(further.as_ref(), Further::Settings) => {
                let settings = facts.community.settings();
                let settings = settings.iter().map(SettingView::of).collect();
                self.told.push(Told::Settings { settings });
            }
            Command::New(_)
            | Command::Seats { .. }
            | Command::Move { .. }
            | Command::Cancel { .. }
            | Command::Invite { .. }
            | Command::Yes
            | Command::No
            | Command::Further(_) => {
                let act = act::resolve(facts, &self.draft, command, now)?;
                self.keeps_one(facts, &act)?;
                self.warn(&act);
                self.draft(&act);
                self.acts.push(act);
                self.kept.push(command.kept());
            }
        }
        Ok(())
    }

    /// Whoever only asks is told what there is, where what they mean is not to come.
    fn overview(&mut self, scope: &Scope, halt: Halt) -> Result<Told, Halt> {
        if !matches!(halt, Halt::Refused(Refusal::NoSuchGathering { .. })) {
            return Err(halt);
        }
        let (been, overview) = overview(&self.draft, scope);
        // What is answered to it is about the one that it tells of.
        if let Some(id) = been {
            self.touch(id);
        }
        Ok(Told::Overview(Box::new(overview)))
    }

    /// Tells of dishes that are not for all who are asked to eat them, where the act is what makes
    /// them so.
    fn warn(&mut self, act: &Act) {
        let Some(after) = act.after.as_ref().filter(|table| table.gathering.state == State::Open)
        else {
            return;
        };
        let clashes = |table: &Table| {
            let needs = menu::needs(table, &self.draft.remembered);
            menu::clashes(table.gathering.menu.as_deref().unwrap_or_default(), &needs)
        };
        let known = self.tables().find(|table| table.gathering.id == after.gathering.id);
        let known = known.map(clashes).unwrap_or_default();
        let mut clashes = clashes(after);
        clashes.retain(|clash| !known.contains(clash));
        if !clashes.is_empty() {
            let gathering = view::gathering(&after.gathering, Sees::Address);
            self.told.push(Told::Menu { gathering, clashes });
        }
    }

    /// However many are to go, one organizer stays.
    fn keeps_one(&self, facts: &Facts, act: &Act) -> Result<(), Halt> {
        let leave = |act: &Act| act.name == "organizer-removed";
        let gone = self.acts.iter().filter(|act| leave(act)).count();
        if leave(act) && gone + 1 >= facts.organizers.len() {
            return Err(Halt::Refused(Refusal::LastOrganizer));
        }
        Ok(())
    }

    /// The news of another time tell of another place as well.
    fn tell_once(&mut self) {
        let id = |act: &Act| act.after.as_ref().map(|after| after.gathering.id);
        let moved: Vec<Option<i64>> =
            self.acts.iter().filter(|act| act.name == "gathering-moved").map(id).collect();
        for act in self.acts.iter_mut().filter(|act| moved.contains(&id(act))) {
            let before = act.posts.len();
            act.posts.retain(|post| !is_of_place(post));
            act.mails = act.mails.saturating_sub(act::count(before - act.posts.len()));
        }
    }

    /// A new gathering to which nobody is invited yet may have its guests from a line below it.
    fn see_invitations_below(&mut self) {
        let id = |act: &Act| act.after.as_ref().map(|after| after.gathering.id);
        let asks = |act: &&Act| matches!(act.view, ActView::Invite { .. } | ActView::Waves { .. });
        let asked: Vec<Option<i64>> = self.acts.iter().filter(asks).map(id).collect();
        for act in &mut self.acts {
            let below = asked.contains(&id(act));
            if let ActView::New { invited_below, .. } = &mut act.view {
                *invited_below = below;
            }
        }
    }

    /// What later commands will find.
    fn draft(&mut self, act: &Act) {
        let Some(after) = &act.after else { return };
        let id = after.gathering.id;
        let known = |table: &Table| table.gathering.id == id;
        self.draft.next_gathering_ids.retain(|next| *next != id);
        let is_past = self.draft.past.iter().any(known);
        let tables = if is_past { &mut self.draft.past } else { &mut self.draft.open };
        match tables.iter_mut().find(|table| known(table)) {
            Some(table) => table.clone_from(after),
            None => tables.push(after.clone()),
        }
        tables.retain(|table| table.gathering.state == State::Open || !known(table));
        self.draft.called_off.retain(|gathering| gathering.id != id);
        if after.gathering.state == State::Cancelled {
            self.draft.called_off.push(after.gathering.clone());
        }
        tables.sort_by_key(|table| (table.gathering.starts_at, table.gathering.id));
        self.touch(id);
    }

    fn touch(&mut self, id: i64) {
        if !self.touched.contains(&id) {
            self.touched.push(id);
        }
    }

    /// The weight of the heaviest act.
    pub(super) fn level(&self) -> Option<Level> {
        self.acts.iter().map(|act| act.level).max()
    }

    /// Whether it can not be taken back.
    pub(super) fn lasts(&self) -> bool {
        self.acts.iter().any(|act| act.view.lasts())
    }

    /// Mails to guests that follow.
    pub(super) fn mails(&self) -> u32 {
        self.acts.iter().map(|act| act.mails).sum()
    }

    /// The gathering, if all is about one.
    pub(super) fn gathering_id(&self) -> Option<i64> {
        match self.touched.as_slice() {
            [one] => Some(*one),
            [] | [..] => None,
        }
    }

    /// How that one will stand.
    pub(super) fn about(&self) -> Option<StatusView> {
        let id = self.gathering_id()?;
        let last = self.acts.iter().rev().find_map(|act| act.after.as_ref());
        let table = self.tables().find(|table| table.gathering.id == id).or(last)?;
        (table.gathering.id == id).then(|| view::status(table))
    }

    /// That one, for a preview's subject, under the day that is known.
    pub(super) fn gathering(&self, floor: &Floor) -> Option<GatheringView> {
        let id = self.gathering_id()?;
        let before = floor.open.iter().chain(&floor.past);
        let mut all = before.chain(self.tables());
        let table = all.find(|table| table.gathering.id == id)?;
        Some(view::gathering(&table.gathering, Sees::Address))
    }

    /// How the touched gatherings to come will stand, in order, but for those that are told of already.
    pub(super) fn statuses(&self) -> Vec<Told> {
        let told: Vec<&StatusView> = self
            .told
            .iter()
            .filter_map(|told| if let Told::Status(status) = told { Some(status) } else { None })
            .collect();
        let touched = self.touched.iter();
        let coming = self.draft.open.iter();
        let tables =
            touched.filter_map(|id| coming.clone().find(|table| table.gathering.id == *id));
        let statuses = tables.map(view::status);
        statuses.filter(|status| !told.contains(&status)).map(Told::Status).collect()
    }

    fn tables(&self) -> impl Iterator<Item = &Table> {
        self.draft.open.iter().chain(&self.draft.past)
    }

    /// What a preview shows, to compare a later working out with. How many are told may change
    /// while the organizer reads: a guest who declines meanwhile is no reason to ask again.
    pub(super) fn shown(&self, floor: &Floor) -> Value {
        let mut acts: Vec<Value> = self.acts.iter().map(|act| json!(act.view)).collect();
        for fields in acts.iter_mut().filter_map(Value::as_object_mut) {
            fields.remove("told");
        }
        json!({ "acts": acts, "versions": self.versions(floor) })
    }

    /// The versions of the gatherings that it is about, as they are before.
    pub(super) fn versions(&self, floor: &Floor) -> BTreeMap<String, i32> {
        let touched: BTreeSet<i64> = self.touched.iter().copied().collect();
        let tables = floor.open.iter().chain(&floor.past).map(|table| &table.gathering);
        let touched = tables.filter(|gathering| touched.contains(&gathering.id));
        touched.map(|gathering| (gathering.id.to_string(), gathering.version)).collect()
    }

    /// What is remembered of it, to take it back by.
    pub(super) fn remembered(&self, floor: &Floor) -> Option<Change> {
        let acts = self.acts.iter();
        let ids: Vec<i64> = acts.filter_map(|act| Some(act.after.as_ref()?.gathering.id)).collect();
        let sheets = |tables: &mut dyn Iterator<Item = &Table>| -> Vec<Sheet> {
            tables.filter(|table| ids.contains(&table.gathering.id)).map(Table::sheet).collect()
        };
        let mut last: BTreeMap<i64, Sheet> = BTreeMap::new();
        for after in self.acts.iter().filter_map(|act| act.after.as_ref()) {
            last.insert(after.gathering.id, after.sheet());
        }
        let is = |name| self.acts.iter().any(|act| act.name == name);
        // What can not be taken back leaves nothing to, so that `angre` reaches for no older mail.
        let lasting = self.lasts();
        if lasting {
            last.clear();
        }
        let forgets = self.acts.iter().any(|act| act.view.names_the_erased());
        let lines = self.commands.iter().filter(|_| !forgets);
        let acts = self.acts.iter().filter(|_| !forgets);
        (!is("undone") && !self.acts.is_empty()).then(|| Change::Remember {
            lines: lines.map(|spotted| spotted.line.clone()).collect(),
            // Nothing of what names somebody erased may stay.
            acts: acts.map(|act| act.view.kept()).collect(),
            letters: if lasting {
                Vec::new()
            } else {
                self.acts.iter().filter_map(|act| act.letter).collect()
            },
            before: if lasting {
                Vec::new()
            } else {
                sheets(&mut floor.open.iter().chain(&floor.past))
            },
            after: last.into_values().collect(),
        })
    }
}
