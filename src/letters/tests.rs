use super::*;

#[test]
fn the_embedded_letters_are_sound() {
    if let Err(problems) = Letters::embedded() {
        panic!("{}", problems.join("\n"));
    }
}
