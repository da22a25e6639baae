//! Everything that is tested through the library's own entry points.

#[cfg(test)]
mod letters;
