//! Messages that are held at a node's input.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use wireloom_engine::{DeployKind, HELD_MESSAGES, Hold, Options};

use super::rig::{Rig, settle};

fn payloads(hold: &Arc<Hold>) -> Vec<String> {
    hold.now().messages.iter().map(|seen| format!("{:?}", seen.message.get("payload").unwrap())).collect()
}

fn received(rig: &Rig, id: &str) -> u64 {
    rig.engine.node(id).unwrap().counters.received.load(Ordering::Relaxed)
}

async fn hold(rig: &Rig, id: &str) -> Arc<Hold> {
    let hold = rig.engine.hold(id).unwrap();
    settle().await;
    hold
}

async fn let_go(rig: &Rig, id: &str, hold: &Arc<Hold>, count: Option<usize>) {
    rig.engine.let_go(id, hold, count);
    settle().await;
}

fn row() -> serde_json::Value {
    json!([
        { "id": "s", "type": "source", "wires": [["a"]] },
        { "id": "a", "type": "note", "wires": [["b"]] },
        { "id": "b", "type": "note", "wires": [[]] },
    ])
}

#[tokio::test(start_paused = true)]
async fn messages_go_on_one_by_one_in_their_order() {
    let rig = Rig::of(row()).await;
    let held = hold(&rig, "a").await;
    for number in 1..=4 {
        rig.send("a", number).await;
    }
    assert_eq!(payloads(&held), ["1.0", "2.0", "3.0", "4.0"]);
    assert_eq!((rig.diary.of("a"), received(&rig, "a")), (vec![], 0), "nothing reached it");
    rig.engine.count_waiting(Duration::from_millis(10)).await;
    assert_eq!(rig.engine.node("a").unwrap().counters.waiting(), 4);

    let_go(&rig, "a", &held, Some(1)).await;
    assert_eq!((rig.diary.of("b"), received(&rig, "a")), (vec!["1.0".to_owned()], 1));
    let_go(&rig, "a", &held, Some(2)).await;
    assert_eq!(rig.diary.of("b"), ["1.0", "2.0", "3.0"]);
    rig.send("a", 5).await;
    assert_eq!(payloads(&held), ["4.0", "5.0"]);
    assert!(held.is_on() && !held.is_over());

    let_go(&rig, "a", &held, None).await;
    rig.send("a", 6).await;
    assert_eq!(rig.diary.of("b"), ["1.0", "2.0", "3.0", "4.0", "5.0", "6.0"]);
    assert_eq!((held.is_over(), payloads(&held), received(&rig, "a")), (true, vec![], 6));
    // What is over lets nothing go that another holds.
    let later = hold(&rig, "a").await;
    rig.send("a", 7).await;
    let_go(&rig, "a", &held, None).await;
    assert_eq!(payloads(&later), ["7.0"]);
    let second = hold(&rig, "a").await;
    assert!(second.is_over() && !second.is_on() && later.is_on(), "one holds them, and no two");
}

#[tokio::test(start_paused = true)]
async fn a_held_message_is_not_done_and_the_oldest_goes_on_when_there_are_too_many() {
    let rig = Rig::new(Options { credits_per_cell: HELD_MESSAGES + 1, ..Options::default() });
    rig.deploy(row(), DeployKind::Full).await;
    let held = hold(&rig, "b").await;
    for _ in 0..HELD_MESSAGES {
        rig.press("s").await;
    }
    assert_eq!((rig.engine.in_flight(), rig.diary.of("b").len()), (HELD_MESSAGES, 0));
    for _ in 0..3 {
        rig.press("s").await;
    }
    assert_eq!((rig.engine.in_flight(), rig.diary.of("b").len()), (HELD_MESSAGES, 3));
    assert_eq!((held.now().messages.len(), held.now().crowded_out), (HELD_MESSAGES, 3));
    assert!(!rig.diary.of("s").contains(&"no credit".to_owned()), "the source goes on");
    let_go(&rig, "b", &held, None).await;
    assert_eq!((rig.engine.in_flight(), rig.diary.of("b").len()), (0, HELD_MESSAGES + 3));
}

#[tokio::test(start_paused = true)]
async fn a_deploy_and_a_stop_let_all_go_and_wait_for_nothing() {
    for kind in [DeployKind::Full, DeployKind::Nodes] {
        let rig = Rig::of(row()).await;
        let held = hold(&rig, "b").await;
        rig.press("s").await;
        let mut changed = row();
        changed[1]["name"] = json!("another");
        let before = tokio::time::Instant::now();
        let deploy = rig.deploy(changed, kind);
        let (report, later) = tokio::join!(deploy, hold(&rig, "b"));
        assert!(before.elapsed() < Duration::from_secs(1), "{kind:?}");
        assert_eq!((report.problems, rig.diary.of("b")), (vec![], vec!["\"tick\"".to_owned()]));
        assert!(held.is_over());
        assert!(later.now().messages.is_empty());

        let again = hold(&rig, "a").await;
        rig.press("s").await;
        assert_eq!(again.now().messages.len(), 1);
        rig.engine.stop().await;
        assert!(again.is_over());
        assert_eq!(rig.diary.of("b").len(), 2);
        assert!(rig.engine.hold("b").is_err(), "it does not run");
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_goes_on_with_what_it_has_while_its_messages_are_held() {
    let rig = Rig::of(json!([
        { "id": "p", "type": "park", "wires": [["n"]] },
        { "id": "n", "type": "note", "wires": [[]] },
        { "id": "w", "type": "wait", "wires": [["m"]] },
        { "id": "m", "type": "note", "wires": [[]] },
        { "id": "boom", "type": "bad", "how": "panic", "wires": [[]] },
    ]))
    .await;
    rig.send("p", 1).await;
    rig.send("w", 1).await;
    let (parked, waits, fails) = (hold(&rig, "p").await, hold(&rig, "w").await, hold(&rig, "boom").await);
    for node in ["p", "w", "boom"] {
        rig.send(node, 2).await;
    }
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!((rig.diary.of("n"), rig.diary.of("m")), (vec!["1.0".to_owned()], vec!["1.0".to_owned()]));
    for (node, held) in [("p", &parked), ("w", &waits), ("boom", &fails)] {
        assert_eq!(payloads(held), ["2.0"]);
        let_go(&rig, node, held, Some(1)).await;
    }
    assert_eq!(rig.diary.of("log:boom").last().unwrap(), "engine.panic");
    assert!(!fails.is_over(), "it was built anew, and its messages are still held");
    rig.send("boom", 3).await;
    assert_eq!(payloads(&fails), ["3.0"]);
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!((rig.diary.of("n").len(), rig.diary.of("m").len()), (2, 2));
}
