//! One click in the mail program stops the digest (RFC 8058): over a real connection, as mail
//! programs, scanners and people do it.

use chrono::{DateTime, TimeDelta, Utc};
use langbord::community::person::CalendarPolicy;
use langbord::demo::program::{self, Author, Program};
use langbord::language::Language;
use langbord::mail::token::{Family, Keys};
use langbord::web::{self, Hall};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::support::world::{Fault, World, address_of};

const CLICK: &str = "List-Unsubscribe=One-Click";
const HOUSE: &str = "https://langbord.example";

fn monday() -> DateTime<Utc> {
    "2026-03-09T08:00:00Z".parse().unwrap()
}

fn at_ten() -> DateTime<Utc> {
    monday() + TimeDelta::hours(1)
}

/// Ida plans a dinner, so that there is something to tell on Mondays at nine in Oslo.
async fn planned() -> World {
    let mut world = World::new(Language::Nb, CalendarPolicy::Never, true).await;
    for (name, organizer) in [("Ida", true), ("Kari", false), ("Per", false)] {
        world.member(name, None, organizer).await;
    }
    world.desk.public_url = Some(HOUSE.to_owned());
    world.digest("0 9 * * MON");
    let week_before = monday() - TimeDelta::days(6);
    let dinner =
        "New dinner\nwhen: Thu 19 March 19:00\nwhere: Harbour Street 12\nseats: 4\ninvite: Kari";
    world.new_gathering(dinner, week_before).await;
    world
}

/// A server for the world's community, and what ends it.
struct Server {
    port: u16,
    stop: oneshot::Sender<()>,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Server {
    async fn start(world: &World) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel::<()>();
        let pool = world.database.pool.clone();
        let desks = vec![world.desk.clone()];
        let hall = Hall { pool, desks, poll: TimeDelta::minutes(1), clock: at_ten };
        let task = tokio::spawn(web::serve(listener, hall, async { stopped.await.unwrap() }));
        Self { port, stop, task }
    }

    /// The status, and all that was said.
    async fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        send(self.port, &request).await
    }

    async fn end(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap().unwrap();
    }
}

async fn send(port: u16, request: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    (answer.split(' ').nth(1).unwrap().parse().unwrap(), answer)
}

/// The path of the link in the last mail to somebody.
fn link(world: &World, name: &str) -> String {
    let mail = world.last_mail(&address_of(name)).unwrap().message();
    let (link, mailto) = mail.header("list-unsubscribe").unwrap().split_once(", ").unwrap();
    assert_eq!(mailto, "<mailto:bord@langbord.example?subject=stopp>");
    assert_eq!(mail.header("list-unsubscribe-post"), Some(CLICK));
    let url = link.strip_prefix('<').unwrap().strip_suffix('>').unwrap();
    url.strip_prefix(HOUSE).unwrap().to_owned()
}

async fn wish(world: &mut World, name: &str) -> String {
    let sql = "select digest_wish from member join address using (person_id) where email = $1";
    let query = sqlx::query_scalar(sql).bind(address_of(name));
    query.fetch_one(world.connection()).await.unwrap()
}

async fn count(world: &mut World, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(world.connection()).await.unwrap()
}

fn mails(world: &World, name: &str) -> usize {
    let address = address_of(name);
    world.office.delivered.iter().filter(|mail| mail.recipient == address).count()
}

#[tokio::test]
async fn one_click_stops_the_digest_and_a_scanner_that_looks_and_posts_does_not() {
    let mut world = planned().await;
    world.run(monday()).await;
    let path = link(&world, "Kari");
    assert!(path.starts_with("/stop/oslo/u-"), "{path}");
    let before = mails(&world, "Kari");
    let server = Server::start(&world).await;

    for _ in 0..3 {
        let (code, page) = server.ask("GET", &path, "").await;
        assert_eq!(code, 200);
        let one_button = page.matches("<button").count() == 1;
        assert!(one_button && page.contains("Vil du slippe nyhetsbrevet?"), "{page}");
        assert!(page.contains("default-src 'none'") && page.contains("no-store"), "{page}");
        assert!(!page.to_lowercase().contains("kari") && !page.contains('@'), "{page}");
        assert_eq!(server.ask("HEAD", &path, "").await.0, 200);
    }
    for body in ["", "a=b", "{}", "List-Unsubscribe=", "confirm=yes&submit=1"] {
        assert_eq!(server.ask("POST", &path, body).await.0, 400, "{body}");
    }
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS"] {
        assert_eq!(server.ask(method, &path, CLICK).await.0, 405, "{method}");
    }
    assert_eq!(server.ask("POST", &path, &CLICK.repeat(200)).await.0, 413);
    assert_eq!(wish(&mut world, "Kari").await, "usual");

    // The program's click, the button's and one more.
    for _ in 0..3 {
        let (code, page) = server.ask("POST", &path, CLICK).await;
        assert!(code == 200 && page.contains("Nyhetsbrevet er stoppet."), "{page}");
        assert!(!page.contains("<button"), "{page}");
    }
    server.end().await;
    assert_eq!(wish(&mut world, "Kari").await, "never");
    assert_eq!(
        count(&mut world, "select count(*) from audit where act = 'digest-stopped'").await,
        1
    );

    // She hears of it once, has no digest any more, and can leave with a word.
    world.run(at_ten()).await;
    assert_eq!(mails(&world, "Kari"), before + 1);
    let next = monday() + TimeDelta::days(7);
    let (kari, per) = (mails(&world, "Kari"), mails(&world, "Per"));
    world.run(next).await;
    assert_eq!((mails(&world, "Kari"), mails(&world, "Per")), (kari, per + 1));
    let told = world.last_mail(&address_of("Kari")).unwrap().message();
    assert_eq!(told.subject, "Nyhetsbrevet er stoppet");
    let address = address_of("Kari");
    let author = Author { name: "Kari", address: &address, norwegian: true };
    world.post(&program::reply(Program::Bare, author, &told, "ALT", next.fixed_offset()));
    world.run(next).await;
    assert_eq!(count(&mut world, "select count(*) from member where state = 'left'").await, 1);
}

#[tokio::test]
async fn a_slip_is_undone_with_the_words_that_the_letter_names() {
    let mut world = planned().await;
    world.run(monday()).await;
    let path = link(&world, "Per");
    let server = Server::start(&world).await;
    let form = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
         Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 82\r\n\r\n\
         --b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n"
    );
    let body = form.split_once("\r\n\r\n").unwrap().1.len();
    let form = form.replace("Length: 82", &format!("Length: {body}"));
    assert_eq!(send(server.port, &form).await.0, 200);
    server.end().await;
    assert_eq!(wish(&mut world, "Per").await, "never");
    world.run(at_ten()).await;
    let told = world.last_mail(&address_of("Per")).unwrap().message();
    let address = address_of("Per");
    let author = Author { name: "Per", address: &address, norwegian: true };
    let again = "Nyhetsbrev som før";
    world.post(&program::reply(Program::Gmail, author, &told, again, at_ten().fixed_offset()));
    world.run(at_ten()).await;
    assert_eq!(wish(&mut world, "Per").await, "usual");
}

#[tokio::test]
async fn fifty_clicks_at_once_are_one_and_a_digest_that_waits_is_withdrawn() {
    let mut world = planned().await;
    // The server is busy: the digests wait.
    world.office.faults.extend([Fault::Refuse(451); 3]);
    world.run(monday()).await;
    let waiting = "select count(*) from outbox where letter = 'digest' and state = 'queued'";
    assert_eq!(count(&mut world, waiting).await, 3);
    let path = link(&world, "Kari");
    let server = Server::start(&world).await;
    let clicks = (0..50).map(|_| server.ask("POST", &path, CLICK));
    let answers = futures_util::future::join_all(clicks).await;
    assert!(answers.iter().all(|(code, _)| *code == 200));
    server.end().await;
    assert_eq!(count(&mut world, waiting).await, 2);
    assert_eq!(
        count(&mut world, "select count(*) from audit where act = 'digest-stopped'").await,
        1
    );
    let letters = "select count(*) from outbox where purpose like 'stopped:%'";
    assert_eq!(count(&mut world, letters).await, 1);
}

#[tokio::test]
async fn no_other_token_is_a_link_and_without_an_address_there_is_none() {
    let mut world = planned().await;
    world.run(monday()).await;
    let path = link(&world, "Kari");
    let token = path.rsplit('/').next().unwrap();
    let kari: i64 = token.split('-').nth(1).unwrap().parse().unwrap();
    let others = Keys::new(vec![vec![8; 32]]).unwrap();
    let server = Server::start(&world).await;
    let keys = &world.desk.keys;
    for token in [
        keys.seal(Family::Member, "oslo", kari),
        keys.seal(Family::Stop, "bergen", kari),
        others.seal(Family::Stop, "oslo", kari),
        token.replacen(&kari.to_string(), &(kari + 1).to_string(), 1),
        keys.seal(Family::Stop, "oslo", 4711),
        "u".to_owned(),
        "%00".to_owned(),
    ] {
        for (method, body) in [("GET", ""), ("POST", CLICK)] {
            let asked = server.ask(method, &format!("/stop/oslo/{token}"), body).await;
            assert_eq!(asked.0, 404, "{method} {token}");
        }
    }
    assert_eq!(server.ask("POST", &path.replace("oslo", "bergen"), CLICK).await.0, 404);
    server.end().await;
    assert_eq!(
        count(&mut world, "select count(*) from member where digest_wish = 'never'").await,
        0
    );

    // Not a reply address either.
    let mail = format!(
        "From: kari@guests.example\r\nTo: bord+{token}@langbord.example\r\nSubject: hei\r\n\
         Date: Mon, 9 Mar 2026 09:00:00 +0000\r\n\r\nja\r\n"
    );
    world.post(mail.as_bytes());
    let report = world.run(at_ten()).await;
    assert_ne!(report.handled[0].decision.disposition.as_str(), "answer");

    world.desk.public_url = None;
    let server = Server::start(&world).await;
    assert_eq!(server.ask("POST", &path, CLICK).await.0, 404);
    server.end().await;
    world.run(monday() + TimeDelta::days(7)).await;
    let mail = world.last_mail(&address_of("Kari")).unwrap().message();
    assert_eq!(
        mail.header("list-unsubscribe"),
        Some("<mailto:bord@langbord.example?subject=stopp>")
    );
    assert_eq!(mail.header("list-unsubscribe-post"), None);
}
