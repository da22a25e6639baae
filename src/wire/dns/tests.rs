use std::net::{Ipv4Addr, SocketAddr};

use mail_auth::hickory_resolver::proto::op::{Message, MessageType, ResponseCode};
use mail_auth::hickory_resolver::proto::rr::rdata::{CNAME, TXT};
use mail_auth::hickory_resolver::proto::rr::{Name, RData, Record};
use tokio::net::UdpSocket;

use super::*;
use crate::effort::Stopwatch;

/// A DNS server that answers by what the name says.
async fn server() -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut octets = [0; 1500];
        loop {
            let Ok((length, whom)) = socket.recv_from(&mut octets).await else { return };
            let Ok(asked) = Message::from_vec(&octets[..length]) else { continue };
            if let Some(answer) = answer(&asked) {
                socket.send_to(&answer.to_vec().unwrap(), whom).await.unwrap();
            }
        }
    });
    address
}

fn answer(asked: &Message) -> Option<Message> {
    let query = asked.queries.first()?.clone();
    let name = query.name().clone();
    let mut answer = Message::new(asked.metadata.id, MessageType::Response, asked.metadata.op_code);
    answer.metadata.recursion_desired = true;
    answer.metadata.recursion_available = true;
    answer.add_query(query);
    let words = name.to_ascii();
    let record = |data| Record::from_rdata(name.clone(), 300, data);
    match words.split('.').next()? {
        "silent" => return None,
        "servfail" => answer.metadata.response_code = ResponseCode::ServFail,
        "refused" => answer.metadata.response_code = ResponseCode::Refused,
        "gone" => answer.metadata.response_code = ResponseCode::NXDomain,
        "loop" => {
            answer.add_answer(record(RData::CNAME(CNAME(name.clone()))));
        }
        "other" => {
            let other = Name::from_ascii("loop.example.").unwrap();
            answer.add_answer(record(RData::CNAME(CNAME(other))));
        }
        "split" => {
            let txt = TXT::new(vec!["v=DKIM1; ".into(), "p=abc".into()]);
            answer.add_answer(record(RData::TXT(txt)));
        }
        "empty" => {}
        _ => {
            answer.add_answer(record(RData::TXT(TXT::new(vec!["v=DKIM1; p=abc".into()]))));
        }
    }
    Some(answer)
}

async fn ask(names: &[&str]) -> (Vec<Txt>, Duration) {
    let resolver = Resolver::open(&DnsSettings::Server(server().await)).unwrap();
    let names: Vec<String> = names.iter().map(|name| format!("{name}.example.")).collect();
    let begin = Stopwatch::start();
    let mut answers = resolver.txt(&names).await;
    let taken = begin.elapsed();
    (names.iter().filter_map(|name| answers.remove(name)).collect(), taken)
}

#[tokio::test]
async fn a_server_answers_and_what_it_does_not_have_is_absent() {
    let (answers, _) = ask(&["key", "split", "gone", "empty"]).await;
    let found = Txt::Found(vec![b"v=DKIM1; p=abc".to_vec()]);
    assert_eq!(answers, [found.clone(), found, Txt::Absent, Txt::Absent]);
}

#[tokio::test]
async fn trouble_is_never_absence_and_never_lasts_longer_than_our_patience() {
    let names = ["silent", "servfail", "refused", "loop", "other", "key"];
    let (answers, taken) = ask(&names).await;
    for (name, answer) in names.iter().zip(&answers).take(3) {
        assert!(matches!(answer, Txt::Unreached(_)), "{name}: {answer:?}");
    }
    // An alias that leads nowhere has no key: whether it is called absent or unreached, it is none.
    assert!(answers[3..5].iter().all(|answer| !matches!(answer, Txt::Found(_))), "{answers:?}");
    assert!(matches!(answers[5], Txt::Found(_)), "one that is silent holds up no other");
    assert!(taken < PATIENCE + Duration::from_secs(1), "{taken:?}");
}

#[tokio::test]
async fn a_name_that_was_silent_is_left_alone_for_a_while() {
    let resolver = Resolver::open(&DnsSettings::Server(server().await)).unwrap();
    let names = ["silent.example.".to_owned()];
    let _first = resolver.txt(&names).await;
    let begin = Stopwatch::start();
    let second = resolver.txt(&names).await;
    assert!(matches!(second.values().next(), Some(Txt::Unreached(_))));
    assert!(begin.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_mail_asks_for_ten_names_at_most() {
    let resolver = Resolver::zone(Answers::new());
    let names: Vec<String> = (0..200).map(|number| format!("s{number}.example.")).collect();
    assert_eq!(resolver.txt(&names).await.len(), MOST);
}

#[test]
fn a_record_that_is_too_long_is_no_key() {
    let name = Name::from_ascii("key.example.").unwrap();
    let long = TXT::new(vec!["x".repeat(255); 17]);
    let records = [Record::from_rdata(name, 300, RData::TXT(long))];
    assert_eq!(texts(&records), Txt::Absent);
}

#[test]
fn a_server_of_which_there_is_no_file_is_said_to_be_none() {
    let missing = DnsSettings::Zone("/nowhere/zone".into());
    assert!(Resolver::open(&missing).unwrap_err().contains("/nowhere/zone"));
}
