//! Reports of failed delivery: RFC 3464, and the many that do not follow it.

use super::{Bounce, Unreached, kind};
use crate::mail::message::Part;
use crate::mail::{Message, clean_line};

mod plain;

/// Recipients that are kept.
const MAX_RECIPIENTS: usize = 100;
/// Characters kept of the server's words.
const MAX_REASON: usize = 300;

/// Reads a bounce, or `None` where the mail is something else. The second value names the rule.
pub fn read(message: &Message) -> Option<(Bounce, &'static str)> {
    if kind::report_type(message) == "disposition-notification" {
        return None;
    }
    let (recipients, rule) = match standard(message) {
        Some(recipients) if recipients.is_empty() => return None,
        Some(recipients) => (recipients, "delivery status (RFC 3464)"),
        None => (plain::recipients(message)?, "the words of a mail server"),
    };
    Some((Bounce { recipients, original_message_id: original_message_id(message) }, rule))
}

/// The recipients of `message/delivery-status`; empty where it tells of success only, `None` where
/// there is no such part or it names nobody.
fn standard(message: &Message) -> Option<Vec<Unreached>> {
    let is_status = |part: &&Part| {
        matches!(
            part.media_type.as_str(),
            "message/delivery-status" | "message/global-delivery-status"
        )
    };
    let groups: Vec<Vec<(String, String)>> = match forwarded(message) {
        Some(text) => groups(&text),
        None => message
            .parts
            .iter()
            .filter(is_status)
            .take(10)
            .flat_map(|part| groups(&part.text))
            .collect(),
    };
    let mut found: Vec<Unreached> = Vec::new();
    let mut named = false;
    for group in &groups {
        let field = |name: &str| {
            group.iter().find(|(field, _)| field == name).map(|(_, value)| value.as_str())
        };
        let original = field("original-recipient").and_then(address_of);
        let Some(address) = original.or_else(|| field("final-recipient").and_then(address_of))
        else {
            continue;
        };
        named = true;
        // A comment may follow (RFC 3464 2.3.3 knows none, Sendmail writes one).
        let action = field("action").unwrap_or_default().to_ascii_lowercase();
        let action = action.split([' ', '(', ';']).next().unwrap_or_default();
        let succeeded = field("status").is_some_and(|status| status.trim().starts_with("2."));
        if matches!(action, "delivered" | "relayed" | "expanded") || action != "failed" && succeeded
        {
            continue;
        }
        let reason = clean_line(field("diagnostic-code").unwrap_or_default(), MAX_REASON);
        let status = field("status").and_then(first_status).or_else(|| first_status(&reason));
        let permanent = match status.as_deref().and_then(|status| status.chars().next()) {
            _ if action == "delayed" => false,
            // Some gateways write 4.x.x although the server said 5xx and they gave up.
            Some('4') => first_status(&reason).is_some_and(|said| said.starts_with('5')),
            _other => true,
        };
        if found.len() < MAX_RECIPIENTS && !found.iter().any(|known| known.address == address) {
            found.push(Unreached { address, permanent, status, reason });
        }
    }
    named.then_some(found)
}

/// A report that a person forwarded or a program quoted: its fields stand in the text.
fn forwarded(message: &Message) -> Option<String> {
    let is_text = |part: &&Part| part.media_type == "text/plain" && !part.attachment;
    let part = message.parts.iter().find(is_text)?;
    if !part.text.contains("Final-Recipient:") || !part.text.contains("Action:") {
        return None;
    }
    let unquoted: Vec<&str> =
        part.text.lines().map(|line| line.trim_start_matches(['>', ' '])).collect();
    Some(unquoted.join("\n"))
}

/// The groups of fields, unfolded, names in lower case.
fn groups(text: &str) -> Vec<Vec<(String, String)>> {
    let mut groups = vec![Vec::new()];
    for line in text.lines().take(5000) {
        if line.trim().is_empty() {
            groups.push(Vec::new());
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) =
                groups.last_mut().and_then(|group: &mut Vec<(String, String)>| group.last_mut())
                && value.len() < 4000
            {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':')
            && let Some(group) = groups.last_mut()
        {
            group.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    groups
}

/// `rfc822; kari@example.org`, with or without the type and angle brackets.
fn address_of(value: &str) -> Option<String> {
    let value = value.split_once(';').map_or(value, |(_, address)| address);
    plain::addresses(value).into_iter().next()
}

/// The first `4.x.x` or `5.x.x` (RFC 3463).
fn first_status(text: &str) -> Option<String> {
    text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
        .map(|word| word.trim_matches('.'))
        .find(|word| {
            let mut parts = word.split('.');
            let class = parts.next();
            let rest: Vec<&str> = parts.collect();
            matches!(class, Some("4" | "5"))
                && rest.len() == 2
                && rest.iter().all(|part| !part.is_empty() && part.len() <= 3)
        })
        .map(str::to_owned)
}

fn original_message_id(message: &Message) -> Option<String> {
    let in_part = |part: &Part| {
        let lower = part.text.to_ascii_lowercase();
        let at = lower
            .find("\nmessage-id:")
            .map(|at| at + 1)
            .or_else(|| lower.starts_with("message-id:").then_some(0))?;
        let rest = part.text.get(at..)?;
        let id = rest.split_once('<')?.1.split_once('>')?.0;
        (!id.contains(char::is_whitespace) && id.len() < 998).then(|| id.to_owned())
    };
    message
        .parts
        .iter()
        .filter(|part| {
            matches!(
                part.media_type.as_str(),
                "message/rfc822"
                    | "text/rfc822-headers"
                    | "message/global"
                    | "message/global-headers"
            )
        })
        .chain(message.parts.iter().filter(|part| part.media_type == "text/plain"))
        .find_map(in_part)
}
