//! Messages that who starts them works off while their cell rests.

use engine::node::TaskOut;
use engine::{DeployKind, Message};
use serde_json::json;
use wireloom_engine as engine;

use super::rig::{Rig, settle};

/// From a source through these nodes, each of its own name.
fn line(nodes: &[&str]) -> serde_json::Value {
    let mut flow = vec![json!({ "id": "source", "type": "source", "wires": [[nodes[0]]] })];
    for (at, node) in nodes.iter().enumerate() {
        let next: Vec<_> = nodes.get(at + 1).into_iter().collect();
        flow.push(json!({ "id": node, "type": node, "polite": true, "wires": [next] }));
    }
    flow.into()
}

fn source(rig: &Rig) -> TaskOut {
    rig.engine.node("source").unwrap().task_out()
}

fn start_here(out: &TaskOut, payload: &'static str) -> Result<(), &'static str> {
    out.try_start_here(0, payload, |payload, delivery| Some(Message::with_payload(payload).under(delivery)))
}

#[tokio::test(start_paused = true)]
async fn what_comes_of_a_message_is_there_at_once() {
    let rig = Rig::of(line(&["junction", "note"])).await;
    let out = source(&rig);
    start_here(&out, "a").unwrap();
    assert_eq!(rig.diary.of("note"), ["\"a\""]);
    assert_eq!(rig.engine.in_flight(), 0, "its credit is back");
    // In a cell that was put together anew, too.
    rig.deploy(line(&["note"]), DeployKind::Nodes).await;
    start_here(&out, "b").unwrap();
    assert_eq!(rig.diary.of("note"), ["\"a\"", "\"b\""]);
}

#[tokio::test(start_paused = true)]
async fn the_cell_goes_on_with_what_is_left() {
    // Timers that were set, and what comes behind a node that gives way.
    let rig = Rig::of(line(&["park", "answer", "note"])).await;
    start_here(&source(&rig), "later").unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(11)).await;
    assert_eq!(rig.diary.of("note"), ["\"later\""]);
    // A timer that is due before the one that the task waits for, and one that is due after it.
    let rig = Rig::of(line(&["timers", "note"])).await;
    for seconds in ["20", "10", "30"] {
        start_here(&source(&rig), seconds).unwrap();
        settle().await;
    }
    tokio::time::sleep(std::time::Duration::from_secs(11)).await;
    assert_eq!(rig.diary.of("note"), ["\"10\""]);
    tokio::time::sleep(std::time::Duration::from_secs(20)).await;
    assert_eq!(rig.diary.of("note"), ["\"10\"", "\"20\"", "\"30\""]);
    let rig = Rig::of(line(&["answer", "note"])).await;
    start_here(&source(&rig), "behind").unwrap();
    assert!(rig.diary.of("note").is_empty());
    settle().await;
    assert_eq!(rig.diary.of("note"), ["\"behind\""]);
}

#[tokio::test(start_paused = true)]
async fn a_cell_at_work_takes_it_as_any_other_message() {
    let rig = Rig::of(line(&["again", "note"])).await;
    start_here(&source(&rig), "first").unwrap();
    assert_eq!(rig.diary.of("note"), ["\"first\""], "the second one waits for the cell's task");
    settle().await;
    assert_eq!(rig.diary.of("note"), ["\"first\"", "\"second\""]);
}

#[tokio::test(start_paused = true)]
async fn what_came_before_goes_before() {
    let rig = Rig::of(line(&["note"])).await;
    let out = source(&rig);
    // Through either of the other ways in.
    out.try_send(0, Message::with_payload("inbox")).unwrap();
    start_here(&out, "behind it").unwrap();
    settle().await;
    rig.engine.receive("note", Message::with_payload("side")).unwrap();
    start_here(&out, "behind that").unwrap();
    settle().await;
    assert_eq!(rig.diary.of("note"), ["\"inbox\"", "\"behind it\"", "\"side\"", "\"behind that\""]);
    // When nothing waits, it is there at once again.
    start_here(&out, "at once").unwrap();
    assert_eq!(rig.diary.of("note").len(), 5);
}

#[tokio::test(start_paused = true)]
async fn flows_run_on_their_own_threads_only() {
    let rig = Rig::of(line(&["note"])).await;
    let out = source(&rig);
    let again = out.clone();
    std::thread::spawn(move || start_here(&again, "from afar")).join().unwrap().unwrap();
    assert!(rig.diary.of("note").is_empty(), "there is no runtime");
    settle().await;
    let on_another = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { start_here(&out, "from next door") })
    };
    std::thread::spawn(on_another).join().unwrap().unwrap();
    assert_eq!(rig.diary.of("note"), ["\"from afar\""], "it is another runtime");
    settle().await;
    assert_eq!(rig.diary.of("note"), ["\"from afar\"", "\"from next door\""]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_started_is_given_back() {
    let rig = Rig::of(line(&["wait"])).await;
    let out = source(&rig);
    let credits = engine::Options::default().credits_per_cell;
    (0..credits).for_each(|_| start_here(&out, "fits").unwrap());
    assert_eq!(start_here(&out, "one more"), Err("one more"));
    rig.engine.stop().await;
    assert_eq!(start_here(&out, "too late"), Err("too late"));
}
