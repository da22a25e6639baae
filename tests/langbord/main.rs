//! Everything that is tested through the library's own entry points.

mod letters;
