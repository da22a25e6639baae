//! A dump of a day before comes back, and nobody comes back with it who has been erased since.

use std::fs;

use chrono::{DateTime, Utc};
use langbord::config::{self, Environment};
use langbord::installation::{self, Installation};
use langbord::store::people::{self, NewPerson};
use langbord::store::privacy;
use sqlx::PgConnection;

use crate::support::Scratch;
use crate::support::postgres::Database;

fn at(day: u32) -> DateTime<Utc> {
    format!("2026-03-{day:02}T09:00:00Z").parse().unwrap()
}

/// The installation in a folder, on a database.
async fn open(folder: &Scratch, database: &Database, day: u32) -> anyhow::Result<Installation> {
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
    let config = config::load(&file, &Environment::new())?;
    installation::open(&config, at(day)).await
}

async fn join(db: &mut PgConnection, community: i64, name: &str, day: u32) -> i64 {
    let person = NewPerson {
        name: name.to_owned(),
        email: format!("{}@example.org", name.to_lowercase()).parse().unwrap(),
        language: None,
        phone: None,
        organizer: false,
        host: false,
        mentor: false,
    };
    people::keep_member(db, community, &person, at(day)).await.unwrap();
    let find = sqlx::query_scalar("select person_id from person where name = $1");
    find.bind(name).fetch_one(db).await.unwrap()
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
    let community = monday.stations[0].desk.community.id;
    let mut db = monday.pool.acquire().await.unwrap();
    let kari = join(&mut db, community, "Kari", 2).await;
    join(&mut db, community, "Per", 2).await;
    drop(db);
    monday.close().await.unwrap();
    let dump = Database::copy_of(&database);
    let later = Database::copy_of(&database);

    let tuesday = open(&folder, &database, 3).await.unwrap();
    let name = tuesday.stations[0].desk.erased_name("kari@example.org");
    let mut db = tuesday.pool.acquire().await.unwrap();
    privacy::erase(&mut db, community, kari, &[name], at(3)).await.unwrap();
    drop(db);
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
    let mut db = wednesday.pool.acquire().await.unwrap();
    join(&mut db, community, "Kari", 4).await;
    drop(db);
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
