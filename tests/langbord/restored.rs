//! A dump of a day before comes back, and nobody comes back with it who has been erased since.

use std::fs;

use chrono::{DateTime, Utc};
use langbord::cli::{OnceArgs, work};
use langbord::config::{self, Config, Environment};
use langbord::installation::{self, Installation};
use langbord::store::people::{self, NewPerson};
use langbord::store::privacy;

use crate::support::Scratch;
use crate::support::postgres::Database;

fn at(day: u32) -> DateTime<Utc> {
    format!("2026-03-{day:02}T09:00:00Z").parse().unwrap()
}

/// The configuration of the installation in a folder, on a database.
fn configuration(folder: &Scratch, database: &Database) -> Config {
    let text = format!(
        "data_dir = \".\"\ndatabase = {{ url = \"{}\" }}\n[[community]]\nslug = \"oslo\"\n\
         name = \"Oslo\"\naddress = \"oslo@langbord.example\"\nlanguage = \"nb\"\n\
         zone = \"Europe/Oslo\"\norganizers = [{{ name = \"Ida\", email = \"ida@example.org\" }}]\n\
         inbox = {{ maildir = \"in\" }}\noutbox = {{ maildir = \"out\" }}\n\
         authentication = {{ mode = \"none\" }}\n",
        database.url
    );
    let file = folder.path().join("langbord.toml");
    fs::write(&file, text).unwrap();
    config::load(&file, &Environment::new()).unwrap()
}

/// The installation in a folder, on a database.
async fn open(folder: &Scratch, database: &Database, day: u32) -> anyhow::Result<Installation> {
    installation::open(&configuration(folder, database), at(day)).await
}

async fn join(installation: &Installation, name: &str, day: u32) -> i64 {
    let community = installation.stations[0].desk.community.id;
    let mut db = installation.pool.acquire().await.unwrap();
    let person = NewPerson {
        name: name.to_owned(),
        email: format!("{}@example.org", name.to_lowercase()).parse().unwrap(),
        language: None,
        phone: None,
        organizer: false,
        host: false,
        mentor: false,
    };
    people::keep_member(&mut db, community, &person, at(day)).await.unwrap();
    let find = sqlx::query_scalar("select person_id from person where name = $1");
    find.bind(name).fetch_one(&mut *db).await.unwrap()
}

/// Erases somebody by all the addresses that they have.
async fn erase(installation: &Installation, person: i64, day: u32) {
    let desk = &installation.stations[0].desk;
    let mut db = installation.pool.acquire().await.unwrap();
    let addresses = privacy::addresses(&mut db, person).await.unwrap();
    let hashes: Vec<String> = addresses.iter().map(|email| desk.erased_name(email)).collect();
    privacy::erase(&mut db, desk.community.id, person, &hashes, at(day)).await.unwrap();
}

async fn names(installation: &Installation) -> Vec<String> {
    let all = sqlx::query_scalar("select name from person where name <> '–' order by name");
    all.fetch_all(&installation.pool).await.unwrap()
}

#[tokio::test]
async fn whoever_was_erased_does_not_come_back_with_an_older_dump() {
    let folder = Scratch::new("restored");
    let database = Database::fresh().await;
    let monday = open(&folder, &database, 2).await.unwrap();
    let kari = join(&monday, "Kari", 2).await;
    join(&monday, "Per", 2).await;
    monday.close().await.unwrap();
    let dump = Database::copy_of(&database);
    let later = Database::copy_of(&database);

    let tuesday = open(&folder, &database, 3).await.unwrap();
    erase(&tuesday, kari, 3).await;
    tuesday.keep_journal().await.unwrap();
    tuesday.keep_journal().await.unwrap();
    tuesday.close().await.unwrap();
    let journal = folder.path().join("erased");
    let written = fs::read_to_string(&journal).unwrap();
    assert_eq!(written.lines().count(), 1, "{written}");
    assert!(!written.contains("kari"), "{written}");

    let wednesday = open(&folder, &dump, 4).await.unwrap();
    assert_eq!(names(&wednesday).await, ["Ida", "Per"]);
    let known = "select count(*) from address where email like 'kari%'";
    let known: i64 = sqlx::query_scalar(known).fetch_one(&wednesday.pool).await.unwrap();
    assert_eq!(known, 0);
    // She comes back of her own will, and stays.
    join(&wednesday, "Kari", 4).await;
    wednesday.close().await.unwrap();
    let thursday = open(&folder, &dump, 5).await.unwrap();
    assert_eq!(names(&thursday).await, ["Ida", "Kari", "Per"]);
    thursday.close().await.unwrap();

    // Power went while a line was written: what stands there whole counts.
    fs::write(&journal, format!("{written}oslo 2026-03-0")).unwrap();
    let friday = open(&folder, &later, 6).await.unwrap();
    assert_eq!(names(&friday).await, ["Ida", "Per"]);
    friday.close().await.unwrap();
    // What can not be read may have been about somebody: nothing begins.
    fs::write(&journal, format!("{written}oslo then somebody\n")).unwrap();
    let refused = format!("{:#}", open(&folder, &dump, 7).await.unwrap_err());
    assert!(refused.contains("line 2: not read"), "{refused}");
}

#[tokio::test]
async fn whoever_has_the_address_of_somebody_erased_is_not_erased_for_it() {
    let folder = Scratch::new("restored-family");
    let database = Database::fresh().await;
    let first = open(&folder, &database, 2).await.unwrap();
    let family = join(&first, "Family", 2).await;
    let per = join(&first, "Per", 2).await;
    erase(&first, family, 4).await;
    let mut db = first.pool.acquire().await.unwrap();
    let address = "family@example.org".parse().unwrap();
    people::add_address(&mut db, per, &address, at(5)).await.unwrap();
    drop(db);
    first.close().await.unwrap();
    let dump = Database::copy_of(&database);
    for day in [6, 7] {
        let later = open(&folder, &database, day).await.unwrap();
        assert_eq!(names(&later).await, ["Ida", "Per"]);
        later.close().await.unwrap();
    }

    // Now he is erased himself, and that address for the second time.
    let eighth = open(&folder, &database, 8).await.unwrap();
    erase(&eighth, per, 8).await;
    eighth.keep_journal().await.unwrap();
    eighth.close().await.unwrap();
    let written = fs::read_to_string(folder.path().join("erased")).unwrap();
    assert_eq!(written.lines().count(), 3, "{written}");
    let restored = open(&folder, &dump, 9).await.unwrap();
    assert_eq!(names(&restored).await, ["Ida"]);
    restored.close().await.unwrap();
}

#[tokio::test]
async fn whoever_comes_back_and_is_erased_again_does_not_come_back_with_a_dump() {
    let folder = Scratch::new("restored-twice");
    let database = Database::fresh().await;
    let second = open(&folder, &database, 2).await.unwrap();
    let kari = join(&second, "Kari", 2).await;
    second.close().await.unwrap();
    let oldest = Database::copy_of(&database);
    let third = open(&folder, &database, 3).await.unwrap();
    erase(&third, kari, 3).await;
    third.keep_journal().await.unwrap();
    let kari = join(&third, "Kari", 5).await;
    third.close().await.unwrap();
    let between = Database::copy_of(&database);
    let right = Database::copy_of(&database);

    // Erased again from the oldest dump, she has been erased since the third, not since today.
    let mistaken = open(&folder, &oldest, 6).await.unwrap();
    assert_eq!(names(&mistaken).await, ["Ida"]);
    mistaken.keep_journal().await.unwrap();
    mistaken.close().await.unwrap();
    let put_right = open(&folder, &right, 6).await.unwrap();
    assert_eq!(names(&put_right).await, ["Ida", "Kari"]);
    put_right.close().await.unwrap();

    let seventh = open(&folder, &database, 7).await.unwrap();
    erase(&seventh, kari, 7).await;
    seventh.keep_journal().await.unwrap();
    seventh.close().await.unwrap();
    let restored = open(&folder, &between, 8).await.unwrap();
    assert_eq!(names(&restored).await, ["Ida"]);
    restored.close().await.unwrap();
}

#[tokio::test]
async fn a_rehearsal_tells_who_would_be_erased_and_erases_nobody() {
    let folder = Scratch::new("restored-rehearsal");
    let database = Database::fresh().await;
    let first = open(&folder, &database, 2).await.unwrap();
    let kari = join(&first, "Kari", 2).await;
    first.close().await.unwrap();
    let dump = Database::copy_of(&database);
    let second = open(&folder, &database, 3).await.unwrap();
    erase(&second, kari, 3).await;
    second.keep_journal().await.unwrap();
    second.close().await.unwrap();

    let config = configuration(&folder, &dump);
    let args = OnceArgs { at: Some(at(4)), dry_run: true, for_good: false };
    let mut said = Vec::new();
    work::once(&config, &args, &mut said, at(4)).await.unwrap();
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("would erase again 1"), "{said}");
    let known = "select count(*) from address where email like 'kari%'";
    let known: i64 = sqlx::query_scalar(known).fetch_one(&dump.pool).await.unwrap();
    assert_eq!(known, 1);
}
