//! Who may do what, with real keys and real mails: signed, broken, forged, replayed, by colleagues,
//! by machines, and through providers that change what they pass on. The names of the tests begin
//! with the numbers of the rules that they hold.

mod addresses;
mod at_once;
mod audit;
mod commands;
mod families;
mod previews;
mod senders;
mod table;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use langbord::community::person::CalendarPolicy;
use langbord::demo::program::{self, Author, Program};
use langbord::language::Language;
use langbord::mail::Message;
use langbord::mail::authentic::{Answers, Mode, Policy, zone};
use langbord::steps::authenticate::Witnesses;
use langbord::wire::dns::Resolver;

use crate::support::domain;
use crate::support::world::{World, address_of};

/// Everybody's provider, which signs what they write.
const DOMAIN: &str = "guests.example";
/// The table's own mail server.
const SERVER: &str = "mx.langbord.example";

fn start() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

/// What the DNS says of the provider.
fn keys() -> Answers {
    zone::read(&domain::zone(DOMAIN)).unwrap()
}

/// Who is heard in a mode.
fn witnesses(world: &World, mode: Mode, answers: Answers) -> Arc<Witnesses> {
    let recipient = Some(world.desk.community.address.clone());
    let policy = Policy { mode, recipient, ..Policy::default() };
    Arc::new(Witnesses { policy, resolver: Some(Resolver::zone(answers)) })
}

/// Ida organizes, the guests are invited to a dinner of eight on 30 April, and signatures are
/// verified.
async fn dinner(guests: &[&str]) -> World {
    let mut world = World::new(Language::Nb, CalendarPolicy::Never, true).await;
    world.member("Ida", None, true).await;
    for guest in guests {
        world.member(guest, None, false).await;
    }
    world.desk.witnesses = witnesses(&world, Mode::Signatures, keys());
    let text = format!(
        "New dinner\nwhen: Thu 30 April 19:00\nwhere: Harbour Street 12\nseats: 8\n{}",
        if guests.is_empty() { String::new() } else { format!("invite: {}", guests.join(", ")) }
    );
    world.new_gathering(&text, start()).await;
    world
}

/// The organizers' page.
const PAGE: &str = include_str!("../../docs/commands.md");

/// Every command that the page names, but for the answers to a preview.
fn commands_of_the_page() -> Vec<&'static str> {
    let rows = PAGE.lines().filter(|line| line.starts_with('|') && !line.contains("| `ja` "));
    rows.flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

/// A new mail of somebody's to the table.
fn letter(world: &World, name: &str, text: &str, now: DateTime<Utc>) -> Vec<u8> {
    let address = address_of(name);
    let author = Author { name, address: &address, norwegian: true };
    let to = world.desk.community.address.as_str();
    program::letter(author, to, ("Langbord", text), now.fixed_offset())
}

/// Somebody's answer to a mail.
fn reply(name: &str, original: &Message, text: &str, now: DateTime<Utc>) -> Vec<u8> {
    let address = address_of(name);
    let author = Author { name, address: &address, norwegian: true };
    program::reply(Program::Bare, author, original, text, now.fixed_offset())
}

/// The mail as their provider passes it on.
fn signed(mail: &[u8], now: DateTime<Utc>) -> Vec<u8> {
    domain::sign(DOMAIN, mail, now)
}

/// Fields on top of a mail.
fn under(head: &str, mail: &[u8]) -> Vec<u8> {
    [head.as_bytes(), mail].concat()
}

/// The last mail to somebody.
fn last(world: &World, name: &str) -> Message {
    world.last_mail(&address_of(name)).unwrap().message()
}

async fn arrives(world: &mut World, mail: &[u8], now: DateTime<Utc>) {
    world.post(mail);
    world.run(now).await;
}

async fn number(world: &mut World, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(world.connection()).await.unwrap()
}

async fn seats(world: &mut World) -> i64 {
    number(world, "select seats::bigint from gathering").await
}

async fn previews(world: &mut World) -> i64 {
    number(world, "select count(*) from proposal").await
}
