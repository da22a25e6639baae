//! What a community has chosen about its mails.

/// Which mail carries the calendar part (RFC 6047).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CalendarPart {
    /// The invitation: the buttons of mail programs answer it.
    Invitation,
    /// The confirmation: only who has a seat gets an entry.
    Confirmation,
    /// None.
    None,
}
