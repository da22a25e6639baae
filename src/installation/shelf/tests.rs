use super::*;
use crate::community::Letter;
use crate::config::{self, Environment};
use crate::letters::Address;

const CONFIG: &str = r#"
data_dir = "data"
templates_dir = "templates"
[[community]]
slug = "oslo"
name = "Oslo langbord"
address = "bord@example.org"
language = "nb"
zone = "Europe/Oslo"
organizers = [{ name = "Ida", email = "ida@example.org" }]
inbox = { maildir = "in" }
outbox = { maildir = "out" }
[[community]]
slug = "bergen"
name = "Bergen"
address = "bergen@example.org"
language = "nn"
zone = "Europe/Oslo"
signature = "Vel møtt!"
organizers = [{ name = "Ida", email = "ida@example.org" }]
inbox = { maildir = "bergen/in" }
outbox = { maildir = "out" }
"#;

struct House {
    dir: PathBuf,
    config: Config,
}

impl House {
    fn new(name: &str) -> Self {
        let dir = std::env::temp_dir().join(format!("langbord-{name}-{}", std::process::id()));
        drop(fs::remove_dir_all(&dir));
        fs::create_dir_all(&dir).unwrap();
        let config = config::understand(&dir.join("x.toml"), CONFIG, &Environment::new());
        Self { dir, config: config.unwrap() }
    }

    /// A letter of the operator's. Its length differs from the last one, for file systems whose
    /// times are coarse.
    fn write(&self, name: &str, text: &str) {
        let path = self.dir.join("templates").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

impl Drop for House {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.dir));
    }
}

fn subject(shelf: &Shelf, slug: &str) -> String {
    let address = Address {
        guest_name: "Kari".to_owned(),
        community_name: "x".to_owned(),
        language: Language::Nb,
        reply_to: None,
    };
    shelf.letters(slug).unwrap().write(&Letter::Dropped, &address).unwrap().subject
}

#[test]
fn a_letter_is_replaced_for_all_and_again_for_one() {
    let house = House::new("shelf");
    house.write("nb/dropped.txt", "Subject: Nei\n\nGreit.\n");
    house.write("nb/.dropped.txt.swp", "left by an editor");
    house.write("nb/dropped.txt~", "and by another");
    house.write("bergen/nb/dropped.txt", "Subject: Niks\n\nGreitt.\n");
    let shelf = Shelf::open(&house.config).unwrap();
    assert_eq!([subject(&shelf, "oslo"), subject(&shelf, "bergen")], ["Nei", "Niks"]);
}

#[test]
fn a_bad_letter_keeps_us_from_starting_and_is_named_with_its_line() {
    let house = House::new("unsound");
    house.write("nb/dropped.txt", "Subject: Nei\n\n{{ nobody }}\n");
    let error = Shelf::open(&house.config).unwrap_err().to_string();
    assert!(error.contains("nb/dropped.txt:3: "), "{error}");
}

#[test]
fn a_change_is_used_and_a_bad_one_is_told_once_and_not_used() {
    let house = House::new("change");
    let shelf = Shelf::open(&house.config).unwrap();
    let look = || shelf.look();
    assert!(look().is_none(), "nothing has changed");
    house.write("nb/dropped.txt", "Subject: Nei\n\nGreit.\n");
    assert!(look().unwrap().is_ok());
    assert_eq!([subject(&shelf, "oslo"), subject(&shelf, "bergen")], ["Nei", "Nei"]);
    house.write("nb/dropped.txt", "Subject: {{ nobody }}\n\nGreit.\n");
    let error = look().unwrap().unwrap_err().to_string();
    assert!(error.contains("nb/dropped.txt:1: "), "{error}");
    assert!(look().is_none(), "told once");
    assert_eq!(subject(&shelf, "oslo"), "Nei");
    fs::remove_file(house.dir.join("templates/nb/dropped.txt")).unwrap();
    assert!(look().unwrap().is_ok());
    assert_eq!(subject(&shelf, "oslo"), "Ikke gjort · du svarte nei");
}
