//! Addresses of people who have asked to be forgotten: nobody takes them in again by mail.
//!
//! Of such an address a keyed hash is all that is kept, and only this installation can make it; so
//! it is made of what an organizer's mail names, before anything is decided.

use anyhow::Result;
use sqlx::PgConnection;

use super::Desk;
use crate::community::facts::{About, Facts, Floor, Proposal};
use crate::mail::EmailAddress;
use crate::store::privacy;

/// More addresses than one mail's commands name.
const MOST: usize = 100;

/// Tells the facts which of the addresses named in a mail, or in what it says yes to, are forgotten.
pub(super) async fn forgotten(
    db: &mut PgConnection,
    desk: &Desk,
    facts: &mut Facts,
    said: &[&str],
) -> Result<()> {
    let Some((floor, asked)) = floor(facts) else { return Ok(()) };
    let asked = serde_json::to_string(&asked.map(|proposal| &proposal.proposed))?;
    let said = said.iter().flat_map(|text| addresses(text));
    let named: Vec<EmailAddress> = said.chain(addresses(&asked)).take(MOST).collect();
    for address in named {
        let hashes = desk.erased_names(address.as_str());
        if privacy::is_erased(db, desk.community.id, &hashes).await? {
            floor.forgotten.push(address);
        }
    }
    Ok(())
}

/// What an organizer sees, and what waits for their yes.
fn floor(facts: &mut Facts) -> Option<(&mut Floor, Option<&Proposal>)> {
    match &mut facts.about {
        About::Floor(floor) => Some((floor, None)),
        About::Proposal(proposal, floor) => Some((floor, Some(proposal))),
        About::Notice(notice, floor) => Some((floor, Some(&notice.proposal))),
        About::Invitation(_)
        | About::SeveralInvitations(_)
        | About::Pending(_)
        | About::Host(..)
        | About::Request(_)
        | About::Returned(_)
        | About::Nothing => None,
    }
}

fn addresses(text: &str) -> impl Iterator<Item = EmailAddress> {
    let words = text.split(|c: char| c.is_whitespace() || "<>()[]{},;:\"'«»".contains(c));
    let words =
        words.map(|word| word.trim_matches(['.', '!', '?'])).filter(|word| word.contains('@'));
    words.filter_map(|word| word.parse().ok())
}
