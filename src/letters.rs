//! A letter and a language -> subject, text and HTML. Pure over templates.
