//! The `langbord` program.
fn main() {}
