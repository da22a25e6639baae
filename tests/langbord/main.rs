//! Everything that is tested through the library's own entry points.

mod conversations;
mod letters;
mod support;
