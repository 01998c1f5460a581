use std::sync::Mutex;

use super::*;
use crate::network::mqtt::wire::Received;

/// What became of messages, in order: topic and outcome.
type Log = Arc<Mutex<Vec<(String, Result<(), PublishError>)>>>;

fn outgoing(topic: &str, quality: Quality, log: &Log) -> Outgoing {
    let (log, name) = (log.clone(), topic.to_owned());
    Outgoing {
        publication: Arc::new(publication(topic, quality)),
        is_passing: topic == "birth",
        report: Box::new(move |outcome| log.lock().unwrap().push((name, outcome))),
    }
}

fn publication(topic: &str, quality: Quality) -> Publication {
    Publication { topic: topic.into(), quality, ..Default::default() }
}

fn welcome(session_present: bool) -> Welcome {
    Welcome { session_present, receive_maximum: 100, largest_packet: None, keep_alive_seconds: None }
}

fn connected() -> Session {
    let mut session = Session::new(Version::V311);
    session.welcomed(&welcome(false));
    session
}

/// Takes what was put out, as the socket would, in short: `topic` of messages (`!` marks a duplicate).
fn written(session: &mut Session) -> Vec<String> {
    let mut bytes = session.out.split();
    session.wrote();
    let mut packets = Vec::new();
    while !bytes.is_empty() {
        packets.push(match wire::decode(Version::V311, &mut bytes).unwrap().unwrap() {
            Received::Publish { publication, duplicate, .. } => {
                format!("{}{}", publication.topic, if duplicate { "!" } else { "" })
            }
            Received::Acknowledged(id, _) => format!("puback {id}"),
            Received::Arrived(id, _) => format!("pubrec {id}"),
            Received::Release(..) => "pubrel".to_owned(),
            Received::Completed(id) => format!("pubcomp {id}"),
            other => panic!("{other:?}"),
        });
    }
    packets
}

fn ids(session: &Session) -> Vec<u16> {
    session.in_flight.iter().map(|waiting| waiting.id).collect()
}

fn told(log: &Log) -> Vec<String> {
    std::mem::take(&mut *log.lock().unwrap())
        .into_iter()
        .map(|(topic, outcome)| match outcome {
            Ok(()) => topic,
            Err(error) => format!("{topic}: {error:?}"),
        })
        .collect()
}

#[test]
fn a_message_is_done_when_its_quality_says_so() {
    let (mut session, log) = (connected(), Log::default());
    for (topic, quality) in
        [("0", Quality::AtMostOnce), ("1", Quality::AtLeastOnce), ("2", Quality::ExactlyOnce)]
    {
        session.submit(outgoing(topic, quality, &log));
    }
    session.pump();
    assert!(told(&log).is_empty());
    assert_eq!(written(&mut session), ["0", "1", "2"]);
    assert_eq!(told(&log), ["0"]);
    let ids = ids(&session);
    session.received_once(ids[1], Ok(()));
    session.acknowledged(ids[0], Ok(()));
    assert_eq!(told(&log), ["1"]);
    assert_eq!(written(&mut session), ["pubrel"]);
    session.completed(ids[1]);
    session.completed(ids[1]);
    assert_eq!(told(&log), ["2"]);
    assert!(session.is_idle());
}

#[test]
fn a_refusal_is_told() {
    let (mut session, log) = (connected(), Log::default());
    session.submit(outgoing("1", Quality::AtLeastOnce, &log));
    session.submit(outgoing("2", Quality::ExactlyOnce, &log));
    session.pump();
    let ids = ids(&session);
    session.acknowledged(ids[0], Err("not authorized".into()));
    session.received_once(ids[1], Err("quota exceeded".into()));
    assert_eq!(told(&log), [r#"1: Refused("not authorized")"#, r#"2: Refused("quota exceeded")"#]);
    assert!(session.in_flight.is_empty());
}

#[test]
fn what_waits_for_an_answer_goes_again_in_order_when_the_session_is_resumed() {
    let (mut session, log) = (connected(), Log::default());
    for (topic, quality) in
        [("1", Quality::AtLeastOnce), ("2", Quality::ExactlyOnce), ("3", Quality::ExactlyOnce)]
    {
        session.submit(outgoing(topic, quality, &log));
    }
    session.pump();
    written(&mut session);
    let before = ids(&session);
    session.received_once(before[1], Ok(()));
    session.lost();
    session.submit(outgoing("later", Quality::AtLeastOnce, &log));
    session.welcomed(&welcome(true));
    session.pump();
    assert_eq!(written(&mut session), ["1!", "pubrel", "3!", "later"]);
    assert_eq!(ids(&session)[..3], before);
    assert!(told(&log).is_empty());
}

#[test]
fn nothing_is_lost_when_the_broker_has_forgotten_us() {
    let (mut session, log) = (connected(), Log::default());
    for (topic, quality) in
        [("0", Quality::AtMostOnce), ("1", Quality::AtLeastOnce), ("2", Quality::ExactlyOnce)]
    {
        session.submit(outgoing(topic, quality, &log));
    }
    session.pump();
    session.lost();
    session.welcomed(&welcome(false));
    session.pump();
    // Order is promised within a quality.
    assert_eq!(written(&mut session), ["1", "2", "0"]);
    assert_eq!(told(&log), ["0"]);
}

#[test]
fn a_birth_message_means_its_own_connection() {
    let (mut session, log) = (connected(), Log::default());
    session.submit(outgoing("1", Quality::AtLeastOnce, &log));
    session.submit_first(outgoing("birth", Quality::AtLeastOnce, &log));
    session.pump();
    assert_eq!(written(&mut session), ["birth", "1"]);
    session.lost();
    session.welcomed(&welcome(true));
    assert_eq!(written(&mut session), ["1!"]);
}

#[test]
fn no_more_is_under_way_than_the_broker_takes() {
    let (mut session, log) = (Session::new(Version::V311), Log::default());
    session.welcomed(&Welcome { receive_maximum: 2, ..welcome(false) });
    for topic in ["1", "2", "3"] {
        session.submit(outgoing(topic, Quality::AtLeastOnce, &log));
    }
    session.pump();
    assert_eq!(written(&mut session), ["1", "2"]);
    session.acknowledged(ids(&session)[0], Ok(()));
    session.pump();
    assert_eq!(written(&mut session), ["3"]);
}

#[test]
fn packet_identifiers_go_round_past_those_in_use() {
    let (mut session, log) = (connected(), Log::default());
    session.last_id = u16::MAX - 1;
    session.submit(outgoing("kept", Quality::AtLeastOnce, &log));
    session.pump();
    assert_eq!(ids(&session), [u16::MAX]);
    assert_eq!(session.next_id(), 1);
    session.last_id = u16::MAX - 1;
    assert_eq!(session.next_id(), 1);
}

#[test]
fn what_is_too_large_is_told_and_the_next_goes() {
    let (mut session, log) = (Session::new(Version::V311), Log::default());
    session.welcomed(&Welcome { largest_packet: Some(12), ..welcome(false) });
    session.submit(outgoing("a-long-topic", Quality::AtLeastOnce, &log));
    session.submit(outgoing("short", Quality::AtMostOnce, &log));
    session.pump();
    assert_eq!(written(&mut session), ["short"]);
    assert_eq!(told(&log), ["a-long-topic: TooLarge { size: 18, limit: 12 }", "short"]);
}

#[test]
fn an_end_for_good_tells_everybody() {
    let (mut session, log) = (connected(), Log::default());
    for (topic, quality) in [("0", Quality::AtMostOnce), ("1", Quality::AtLeastOnce)] {
        session.submit(outgoing(topic, quality, &log));
    }
    session.pump();
    session.submit(outgoing("waiting", Quality::AtMostOnce, &log));
    session.abandon();
    assert_eq!(told(&log), ["1: Stopped", "0: Stopped", "waiting: Stopped"]);
}

#[test]
fn a_message_is_acknowledged_when_it_is_settled_and_delivered_once() {
    let mut session = connected();
    let number = session.number();
    assert!(session.take_in(5, publication("a", Quality::AtLeastOnce), false).is_some());
    assert!(session.take_in(6, publication("b", Quality::ExactlyOnce), false).is_some());
    assert!(written(&mut session).is_empty());
    session.settled(5, number, true, true);
    session.settled(6, number, true, true);
    assert_eq!(written(&mut session), ["puback 5", "pubrec 6"]);
    assert!(session.take_in(6, publication("b", Quality::ExactlyOnce), true).is_none());
    session.released(6);
    assert_eq!(written(&mut session), ["pubrec 6", "pubcomp 6"]);
    assert!(session.take_in(6, publication("c", Quality::ExactlyOnce), false).is_some());
}

#[test]
fn a_message_that_comes_again_is_not_delivered_again() {
    let mut session = connected();
    let number = session.number();
    assert!(session.take_in(5, publication("a", Quality::AtLeastOnce), false).is_some());
    assert!(session.take_in(6, publication("b", Quality::AtLeastOnce), false).is_some());
    session.lost();
    session.settled(5, number, true, false);
    session.welcomed(&welcome(true));
    assert!(session.take_in(5, publication("a", Quality::AtLeastOnce), true).is_none());
    assert!(session.take_in(6, publication("b", Quality::AtLeastOnce), true).is_none());
    assert_eq!(written(&mut session), ["puback 5"]);
    session.settled(6, number, true, true);
    assert_eq!(written(&mut session), ["puback 6"]);
}

#[test]
fn word_from_a_forgotten_session_is_not_passed_on() {
    let mut session = connected();
    let number = session.number();
    session.take_in(5, publication("a", Quality::AtLeastOnce), false);
    session.lost();
    session.welcomed(&welcome(false));
    session.settled(5, number, true, true);
    assert!(written(&mut session).is_empty());
}

#[test]
fn a_message_cut_off_waits_for_the_next_node() {
    let mut session = connected();
    let number = session.number();
    session.take_in(5, publication("a", Quality::AtLeastOnce), false);
    session.settled(5, number, false, true);
    assert!(written(&mut session).is_empty());
    let taken = session.take_waiting(|publication, _| publication.topic == "a");
    assert_eq!(taken.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [5]);
    assert!(session.take_waiting(|_, _| true).is_empty());
    session.settled(5, number, true, true);
    assert_eq!(written(&mut session), ["puback 5"]);
}
