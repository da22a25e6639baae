//! What a refusal is about: the recipient, or us and the mail.
//!
//! Invariant: a mail is only called unreachable when the server has said so of its recipient. All
//! else is put off, because somebody can put it right: a password, a quota, a policy, a filter.

use super::reply::Reply;
use crate::wire::Outcome;

/// What the server has refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// The sender: it has not heard of the recipient yet.
    Mail,
    /// The recipient. Many servers wait until here with what they have against the sender.
    Rcpt,
    /// The message, before or after it was handed over.
    Message,
}

/// What a refusal means for the mail, which the server certainly did not take.
pub(super) fn refusal(stage: Stage, reply: &Reply) -> Outcome {
    let words = reply.to_string();
    if reply.code >= 500 && is_about_recipient(stage, reply) {
        Outcome::Unreachable(words)
    } else {
        Outcome::Deferred(words)
    }
}

/// By the enhanced status code (RFC 3463 3, RFC 7505 4.2) where there is one, else by what was
/// asked.
fn is_about_recipient(stage: Stage, reply: &Reply) -> bool {
    // Our login or our TLS is at fault (RFC 4954 6, RFC 3207 4).
    if stage == Stage::Mail || matches!(reply.code, 530 | 534 | 535 | 538) {
        return false;
    }
    match enhanced(reply) {
        // Mailbox, domain or its form; moved; a domain that takes no mail.
        Some((1, 1..=3 | 6 | 10) | (2, _)) => true,
        // The sender's mailbox or domain.
        Some((1, 7 | 8)) => false,
        // Something else about an address or the way there: whose, only the question tells.
        Some((0 | 1 | 4, _)) | None => stage == Stage::Rcpt,
        // The server itself, the protocol, the content, policy. Postfix with a broken milter says
        // 5.5.0 for "try again later".
        Some(_) => false,
    }
}

/// Subject and detail of `5.1.1`.
fn enhanced(reply: &Reply) -> Option<(u16, u16)> {
    let (class, rest) = reply.first_word()?.split_once('.')?;
    let (subject, detail) = rest.split_once('.')?;
    (class == "5").then_some((subject.parse().ok()?, detail.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_unreachable(stage: Stage, reply: &str) -> bool {
        let (code, text) = reply.split_once(' ').unwrap();
        let reply = Reply { code: code.parse().unwrap(), lines: vec![text.to_owned()] };
        matches!(refusal(stage, &reply), Outcome::Unreachable(_))
    }

    #[test]
    fn only_the_recipient_is_unreachable() {
        for (reply, at_rcpt, at_message) in [
            ("550 5.1.1 nobody here", true, true),
            ("550 5.1.10 no such recipient", true, true),
            ("552 5.2.2 their mailbox is full", true, true),
            ("556 5.1.10 takes no mail", true, true),
            ("550 nobody here", true, false),
            ("550 5.4.1 Recipient address rejected: Access denied", true, false),
            ("550 5.1.0 address rejected", true, false),
            ("550 5.1.8 your domain is unknown", false, false),
            ("553 5.7.1 sender address rejected: not owned by user", false, false),
            ("554 5.7.1 relay access denied", false, false),
            ("550 5.5.0 Service unavailable", false, false),
            ("554 5.6.0 we do not like what it says", false, false),
            ("554 spam", true, false),
            ("530 log in first", false, false),
            ("450 4.1.1 perhaps", false, false),
            ("550 5.1 odd", true, false),
            ("550 5.x.1 odd", true, false),
            ("550 5.99999.1 odd", true, false),
        ] {
            assert!(!is_unreachable(Stage::Mail, reply), "{reply}");
            assert_eq!(is_unreachable(Stage::Rcpt, reply), at_rcpt, "{reply}");
            assert_eq!(is_unreachable(Stage::Message, reply), at_message, "{reply}");
        }
    }
}
