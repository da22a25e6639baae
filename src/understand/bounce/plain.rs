//! Bounces without a delivery-status part: the words of qmail, Exim, Exchange, Notes and others.

use std::collections::BTreeSet;

use super::{MAX_REASON, MAX_RECIPIENTS, first_status};
use crate::mail::{Message, clean_line};
use crate::understand::Unreached;

/// Subjects and sentences of mail servers.
const SUBJECTS: &[&str] = &[
    "undeliver",
    "failure notice",
    "delivery status notification",
    "mail delivery failed",
    "returned mail",
    "delivery failure",
    "non-delivery",
    "nondeliverable",
    "not delivered",
    "mail delivery",
    "delivery has failed",
    "delivery notification",
    "could not be delivered",
    "message delivery",
    "delayed",
    "returned to sender",
    "mail system error",
    "unzustellbar",
    "ikke levert",
    "kan ikke leveres",
    "kunne ikke leveres",
    "olevererbar",
    "kunde inte levereras",
    "mailerror",
    "warning: message",
    "delivery error",
    "mail could not be delivered",
    "bounce",
    "postmaster notify",
    "failed mail",
    "rejected",
    "kan inte levereras",
    "undeliverable",
    "mislykket",
    "delivery report",
    "failure",
    "leveringsfeil",
    "returning to sender",
    "nicht zugestellt",
    "zustellung",
    "verzögert",
    "det går inte att leverera",
    "ikke leveret",
    "non remis",
    "échec",
    "no entregado",
    "no se pudo entregar",
    "entrega retrasada",
    "non consegnat",
    "mancato recapito",
    "não entregue",
    "falha na entrega",
    "onbestelbaar",
    "niet bezorgd",
    "niedostarczon",
    "toimittaminen",
    "toimitus",
    "nedoruč",
    "не доставлено",
    "недостав",
    "配信",
    "配送",
    "エラー",
    "退信",
    "投递",
    "message blocked",
    "you sent blocked",
    "message status",
    "could not send message",
];

const SENTENCES: &[&str] = &[
    "this is the mail system at host",
    "could not be delivered",
    "couldn't be delivered",
    "this is the qmail-send program",
    "delivery to the following recipient",
    "delivery has failed",
    "a message that you sent",
    "wasn't delivered",
    "permanent error",
    "permanent fatal errors",
    "unable to deliver",
    "was not delivered",
    "undeliverable",
    "user unknown",
    "mailbox full",
    "mailbox unavailable",
    "delivery failed",
    "recipient address rejected",
    "address rejected",
    "unknown user",
    "does not exist",
    "no such user",
    "delivery attempt",
    "has been delayed",
    "not yet been delivered",
    "returned mail",
    "mailbox is full",
    "over quota",
    "kunne ikke leveres",
    "kunde inte levereras",
    "nicht zugestellt",
    "konnte nicht",
    "ikke leveres",
    "invalid recipient",
    "delivery status notification",
    "failed to deliver",
    "delivery error",
    "ble ikke levert",
    "non remis",
    "unrouteable address",
    "temporarily unable",
    "rejected",
    "message was blocked",
    "did not reach the following",
    "error message below",
    "no valid recipients",
    "not been delivered",
    "was blocked",
    "blocked by our",
    "remote server returned",
    "recipientnotfound",
    "still undelivered",
    "warning message only",
    "delivery reports",
    "leveransen till",
    "leveres til",
    "misslyckades",
    "mislyktes",
    "ble ikke funnet",
    "blev ikke fundet",
    "gefunden werden",
    "fehler bei der nachrichtenzustellung",
    "bisher nicht zugestellt",
    "zustellung an",
    "postfach",
    "unbekannter empfänger",
    "unbekannter benutzer",
    "échec de la remise",
    "n'a pas pu être",
    "introuvable",
    "destinataire inconnu",
    "utilisateur inconnu",
    "no se ha podido entregar",
    "no se pudo entregar",
    "se ha retrasado",
    "usuario desconocido",
    "no existe",
    "non è stato consegnato",
    "impossibile recapitare",
    "utente sconosciuto",
    "não foi entregue",
    "não pôde ser entregue",
    "não foi possível entregar",
    "usuário desconhecido",
    "kon niet worden",
    "niet afgeleverd",
    "niet worden bezorgd",
    "nie można dostarczyć",
    "nie została dostarczona",
    "nie mogła zostać dostarczona",
    "ei voitu toimittaa",
    "epäonnistui",
    "nelze doručit",
    "nebyla doručena",
    "не удалось доставить",
    "не может быть доставлено",
    "配信できません",
    "配信不能",
    "配送できません",
    "送信できません",
    "届けることができません",
    "无法投递",
    "投递失败",
    "无法送达",
];

/// Where the returned mail begins.
const ORIGINALS: &[&str] = &[
    "--- below this line is a copy",
    "this is a copy of the message",
    "original message",
    "original-nachricht",
    "message header follows",
    "------ forwarded",
    "unsent message below",
    "message follows",
    "returned message",
    "message headers",
    "headers follow",
    "----- unsent",
    "opprinnelig melding",
    "message header:",
    "text of the message",
    "copy of your message",
];

const TEMPORARY: &[&str] = &[
    "delayed",
    "not yet been delivered",
    "will retry",
    "will be retried",
    "keep trying",
    "temporar",
    "forsinket",
    "försenat",
    "verzögert",
    "warning message only",
    "no action is required",
    "still being",
    "deferred",
    "try again",
    "prøver igjen",
    "prøver på nytt",
    "försöker igen",
    "prøver fortsatt",
    "prøver videre",
    "försenad",
    "wird weiter",
    "versuchen es weiter",
    "retardé",
    "nouvelle tentative",
    "retrasad",
    "volverá a intentar",
    "ritardat",
    "nuovo tentativo",
    "atrasad",
    "novamente",
    "vertraagd",
    "opóźnion",
    "viivästy",
    "再送",
    "遅延",
];

/// Words of a server that has not given up, whatever else it fears.
const STILL_TRYING: &[&str] = &[
    "(delay)",
    "has not yet been delivered",
    "will retry",
    "will be retried",
    "keep trying",
    "warning message only",
    "this is a warning only",
    "delivery attempts will continue",
    "no action is required",
    "delivery incomplete",
    "you do not need to resend",
];

const PERMANENT: &[&str] = &[
    "permanent",
    "given up",
    "giving up",
    "gave up",
    "gir opp",
    "user unknown",
    "no such user",
    "does not exist",
    "not going to try again",
    "queue too long",
    "no longer be retried",
    "giver op",
    "ger upp",
    "endgültig",
    "introuvable",
    "inconnu",
    "desconocid",
    "sconosciut",
    "existiert nicht",
    "unbekannt",
];

/// The recipients, or `None` where the mail is no bounce.
pub(super) fn recipients(message: &Message) -> Option<Vec<Unreached>> {
    let failed: Vec<String> = message
        .headers
        .iter()
        .filter(|(name, _)| name == "x-failed-recipients")
        .flat_map(|(_, value)| addresses(value))
        .collect();
    let text = report(message);
    let lower = text.to_lowercase();
    let named = if failed.is_empty() { named(message, &text) } else { failed.clone() };
    let tells = reads_like_one(message, &lower) || is_from_the_daemon(message) && !named.is_empty();
    if failed.is_empty() && !(is_from_a_server(message) && tells) {
        return None;
    }
    let status = first_status(&text);
    let permanent = is_permanent(&lower, &message.subject.to_lowercase(), status.as_deref());
    let reason = reason(&text);
    let unique: BTreeSet<String> = named.iter().cloned().collect();
    let found = named.into_iter().filter(|address| unique.contains(address)).fold(
        Vec::new(),
        |mut found: Vec<Unreached>, address| {
            if found.len() < MAX_RECIPIENTS && !found.iter().any(|known| known.address == address) {
                found.push(Unreached {
                    address,
                    permanent,
                    status: status.clone(),
                    reason: reason.clone(),
                });
            }
            found
        },
    );
    Some(found)
}

/// Whose mail about somebody's address is a report, in whatever language.
fn is_from_the_daemon(message: &Message) -> bool {
    message.header("from").is_some_and(|from| from.to_lowercase().contains("mailer-daemon"))
}

fn is_from_a_server(message: &Message) -> bool {
    let from = message.header("from").unwrap_or_default().to_lowercase();
    let null_path = message.header("return-path").is_some_and(|path| path.trim() == "<>");
    null_path
        || [
            "mailer-daemon",
            "postmaster",
            "mail delivery",
            "mail-daemon",
            "maildaemon",
            "mailerdaemon",
            "mdaemon",
            "mail administrator",
            "bounce",
            "mailer_daemon",
            "<>",
            "delivery subsystem",
            "mailsystem",
            "mail system",
            "post_master",
            // The one address of Exchange's own mail, the same in every installation.
            "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e",
        ]
        .iter()
        .any(|name| from.contains(name))
}

fn reads_like_one(message: &Message, lower: &str) -> bool {
    let subject = message.subject.to_lowercase();
    SUBJECTS.iter().any(|words| subject.contains(words))
        || SENTENCES.iter().any(|words| lower.contains(words))
}

/// The server's own words: everything before the returned mail.
fn report(message: &Message) -> String {
    let mut report = String::new();
    let parts = message.parts.iter().filter(|part| !part.attachment);
    for part in parts.take(4) {
        match part.media_type.as_str() {
            "text/plain" => report.push_str(&part.text),
            "text/html" if report.trim().is_empty() => {
                for line in crate::understand::html::lines(&part.text) {
                    report.push_str(&line.text);
                    report.push('\n');
                }
            }
            _other => continue,
        }
        report.push('\n');
    }
    let mut kept = String::new();
    for line in report.lines().take(400) {
        let lower = line.to_lowercase();
        // Postfix asks to delete one's own text "from the attached returned message".
        let begins_original = ORIGINALS.iter().any(|words| lower.contains(words))
            && !lower.contains("attached returned message")
            || lower.starts_with("received:")
            || lower.starts_with("return-path:");
        if begins_original && !kept.trim().is_empty() {
            break;
        }
        kept.push_str(line);
        kept.push('\n');
    }
    kept
}

/// The addresses that the server names, without our own and the server's.
fn named(message: &Message, text: &str) -> Vec<String> {
    let from = message.header("from").map(addresses).unwrap_or_default();
    // X-Original-To may name the recipient that failed; To names us.
    let ours = message.header("to").map(addresses).unwrap_or_default();
    let is_server = |address: &str| {
        let local = address.split('@').next().unwrap_or_default();
        matches!(local, "postmaster" | "mailer-daemon" | "abuse" | "helpdesk" | "support")
    };
    let original = original_recipients(message);
    let fits = |address: &String| {
        original.contains(address)
            || !ours.contains(address) && !from.contains(address) && !is_server(address)
    };
    if let Some(line) =
        text.lines().find(|line| line.trim_start().to_lowercase().starts_with("rcpt to:"))
    {
        return addresses(line);
    }
    let mut found: Vec<String> = Vec::new();
    for line in text.lines() {
        let lower = line.trim_start().to_lowercase();
        if ["message-id:", "mail from:", "from:", "cc:"]
            .iter()
            .any(|field| lower.starts_with(field))
        {
            continue;
        }
        found.extend(addresses(line).into_iter().filter(fits));
        if found.len() > MAX_RECIPIENTS {
            break;
        }
    }
    if found.is_empty() { original } else { found }
}

/// To whom the returned mail was sent.
fn original_recipients(message: &Message) -> Vec<String> {
    let returned = message.parts.iter().find(|part| {
        matches!(
            part.media_type.as_str(),
            "message/rfc822" | "text/rfc822-headers" | "message/global"
        )
    });
    let to = returned.and_then(|part| {
        part.text.lines().take(200).find(|line| line.to_lowercase().starts_with("to:"))
    });
    to.map(addresses).unwrap_or_default()
}

fn is_permanent(lower: &str, subject: &str, status: Option<&str>) -> bool {
    let has =
        |words: &[&str]| words.iter().any(|word| lower.contains(word) || subject.contains(word));
    match status.and_then(|status| status.chars().next()) {
        Some('5') => true,
        Some('4') => lower.contains("given up"),
        _none if has(STILL_TRYING) => false,
        _none => has(PERMANENT) || !has(TEMPORARY),
    }
}

fn reason(text: &str) -> String {
    let telling = |line: &&str| {
        first_status(line).is_some()
            || line
                .split_whitespace()
                .any(|word| matches!(word.get(..3), Some("550" | "552" | "554" | "450" | "451")))
    };
    let line =
        text.lines().find(telling).or_else(|| text.lines().find(|line| !line.trim().is_empty()));
    clean_line(line.unwrap_or_default(), MAX_REASON)
}

/// Every address in a text, in lower case, in order.
pub(super) fn addresses(text: &str) -> Vec<String> {
    let delimits = |c: char| {
        c.is_whitespace()
            || matches!(c, '<' | '>' | '"' | '\'' | '(' | ')' | '[' | ']' | ',' | ';' | ':')
    };
    let mut found = Vec::new();
    for word in text.split(delimits) {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        if word.len() <= 254
            && let Some((local, domain)) = word.rsplit_once('@')
            && !local.is_empty()
            && !domain.is_empty()
            && !local.contains('@')
        {
            found.push(word.to_lowercase());
        }
    }
    found
}
