//! Cells, deliveries, scopes and deploys, with small nodes of the tests' own under a paused clock.

// Tests say what they expect by failing.
#![allow(clippy::unwrap_used)]

#[path = "cells/here.rs"]
mod here;
#[path = "cells/hold.rs"]
mod hold;
#[path = "cells/reach.rs"]
mod reach;
#[path = "cells/rig.rs"]
mod rig;

use std::time::Duration;

use rig::{Rig, settle};
use serde_json::json;
use wireloom_engine::{DeployKind, Message, Options};

#[tokio::test(start_paused = true)]
async fn messages_go_first_in_first_out_and_in_breadth() {
    let rig = Rig::of(json!([
        { "id": "j", "type": "junction", "wires": [["a", "b"]] },
        { "id": "a", "type": "note", "wires": [["c"]] },
        { "id": "b", "type": "note", "wires": [["c"]] },
        { "id": "c", "type": "note", "wires": [[]] },
    ]))
    .await;
    rig.send("j", 1).await;
    let order: Vec<String> = rig.diary.0.lock().unwrap().iter().map(|(node, _)| node.clone()).collect();
    assert_eq!(order, ["a", "b", "c", "c"]);
}

#[tokio::test(start_paused = true)]
async fn errors_reach_the_catch_node_or_the_log() {
    let rig = Rig::of(json!([
        { "id": "t", "type": "tab" },
        { "id": "bad", "type": "bad", "z": "t", "wires": [[]] },
        { "id": "boom", "type": "bad", "z": "t", "how": "panic", "wires": [[]] },
        { "id": "catch", "type": "catch", "z": "t", "scope": null, "wires": [["note"]] },
        { "id": "note", "type": "note", "z": "t", "wires": [[]] },
        { "id": "t2", "type": "tab" },
        { "id": "alone", "type": "bad", "z": "t2", "wires": [[]] },
    ]))
    .await;
    rig.send("bad", 1).await;
    rig.send("boom", 2).await;
    rig.send("boom", 3).await;
    rig.send("alone", 4).await;
    assert_eq!(rig.diary.of("note"), ["1.0 from bad", "2.0 from boom", "3.0 from boom"]);
    assert_eq!(rig.diary.of("log:alone"), ["test.bad"]);
    assert_eq!(rig.diary.of("log:bad"), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_catch_node_that_feeds_the_failing_node_ends() {
    let rig = Rig::of(json!([
        { "id": "bad", "type": "bad", "wires": [[]] },
        { "id": "catch", "type": "catch", "scope": ["bad"], "wires": [["bad"]] },
    ]))
    .await;
    rig.send("bad", 1).await;
    assert_eq!(rig.diary.of("log:bad"), ["engine.catch-loop"]);
}

#[tokio::test(start_paused = true)]
async fn uncaught_hears_only_what_no_other_catches() {
    let rig = Rig::of(json!([
        { "id": "a", "type": "bad", "wires": [[]] },
        { "id": "b", "type": "bad", "wires": [[]] },
        { "id": "rest", "type": "catch", "uncaught": true, "wires": [["rested"]] },
        { "id": "of a", "type": "catch", "scope": ["a"], "wires": [["caught"]] },
        { "id": "rested", "type": "note", "wires": [[]] },
        { "id": "caught", "type": "note", "wires": [[]] },
    ]))
    .await;
    rig.send("a", 1).await;
    rig.send("b", 2).await;
    assert_eq!(rig.diary.of("caught"), ["1.0 from a"]);
    assert_eq!(rig.diary.of("rested"), ["2.0 from b"]);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_ends_when_every_branch_is_done() {
    let rig = Rig::of(json!([
        { "id": "s", "type": "source", "wires": [["w", "n"]] },
        { "id": "w", "type": "wait", "wires": [["n"]] },
        { "id": "n", "type": "note", "wires": [[]] },
    ]))
    .await;
    rig.press("s").await;
    assert_eq!(rig.diary.of("s"), ["started"]);
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(rig.diary.of("s"), ["started", "Delivered"]);
    assert_eq!(rig.diary.of("n").len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_unhandled_error_fails_the_delivery() {
    let rig = Rig::of(json!([
        { "id": "s", "type": "source", "wires": [["bad"]] },
        { "id": "bad", "type": "bad", "wires": [[]] },
    ]))
    .await;
    rig.press("s").await;
    assert_eq!(rig.diary.of("s"), ["started", "Failed"]);
}

#[tokio::test(start_paused = true)]
async fn sources_get_no_more_credits_than_there_are() {
    let rig = Rig::new(Options { credits_per_cell: 2, ..Options::default() });
    let flow = json!([
        { "id": "s", "type": "source", "wires": [["w"]] },
        { "id": "w", "type": "wait", "wires": [[]] },
    ]);
    rig.deploy(flow, DeployKind::Full).await;
    for _ in 0..3 {
        rig.press("s").await;
    }
    assert_eq!(rig.diary.of("s"), ["started", "no credit"]);
    tokio::time::sleep(Duration::from_secs(3)).await;
    rig.press("s").await;
    assert_eq!(rig.diary.of("s"), ["started", "no credit", "Delivered", "Delivered"]);
}

#[tokio::test(start_paused = true)]
async fn a_long_stream_lets_others_in_between() {
    let rig = Rig::of(json!([
        { "id": "m", "type": "many", "count": 100_000, "wires": [["j"]] },
        { "id": "j", "type": "junction", "wires": [["p"]] },
        { "id": "p", "type": "junction", "wires": [[]] },
    ]))
    .await;
    rig.send("m", 1).await;
    let received = rig.engine.node("p").unwrap().counters.received.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(received, 100_000);
}

#[tokio::test(start_paused = true)]
async fn a_long_stream_waits_for_a_task_that_cannot_follow() {
    let rig = Rig::of(json!([
        { "id": "m", "type": "many", "count": 10_000, "wires": [["n"]] },
        { "id": "n", "type": "junction", "wires": [["w"]] },
        { "id": "w", "type": "wait", "wires": [[]] },
    ]))
    .await;
    rig.send("m", 1).await;
    let waiting = || rig.engine.node("w").unwrap().counters.waiting();
    assert!((2048..2100).contains(&waiting()), "{}", waiting());
    // A message takes it a second.
    tokio::time::sleep(Duration::from_secs(5000)).await;
    assert!((1000..2100).contains(&waiting()), "{}", waiting());
    tokio::time::sleep(Duration::from_secs(6000)).await;
    let received = rig.engine.node("w").unwrap().counters.received.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!((received, waiting()), (10_000, 0));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_sends_many_parts_waits_for_one_that_cannot_follow() {
    let rig = Rig::of(json!([
        { "id": "p", "type": "parts", "count": 10_000, "wires": [["w"]] },
        { "id": "w", "type": "wait", "wires": [["end"]] },
        { "id": "end", "type": "junction", "wires": [[]] },
    ]))
    .await;
    rig.send("p", 1).await;
    let received = |id: &str| {
        let node = rig.engine.node(id).unwrap();
        node.counters.received.load(std::sync::atomic::Ordering::Relaxed)
    };
    // What is in the cell's inbox when it says that there are too many comes too.
    assert!(received("w") < 4000, "{}", received("w"));
    tokio::time::sleep(Duration::from_secs(11_000)).await;
    assert_eq!((received("w"), received("end")), (10_000, 10_000));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_sends_parts_does_not_wait_for_itself() {
    let rig = Rig::of(json!([
        { "id": "m", "type": "many", "count": 5000, "wires": [["p"]] },
        { "id": "p", "type": "parts", "count": 1, "wires": [["end"]] },
        { "id": "end", "type": "junction", "wires": [[]] },
    ]))
    .await;
    rig.send("m", 1).await;
    let received =
        rig.engine.node("end").unwrap().counters.received.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(received, 5000);
}

#[tokio::test(start_paused = true)]
async fn sources_wait_where_messages_without_a_credit_pile_up() {
    let rig = Rig::new(Options { credits_per_cell: 4, ..Options::default() });
    let flow = json!([
        { "id": "s", "type": "source", "wires": [["p"]] },
        { "id": "p", "type": "park", "wires": [["w"]] },
        { "id": "w", "type": "wait", "wires": [[]] },
    ]);
    rig.deploy(flow, DeployKind::Full).await;
    let told = |what: &str| rig.diary.of("s").iter().filter(|words| *words == what).count();
    // Parked messages have no credit.
    for _ in 0..3000 {
        rig.press("s").await;
    }
    assert_eq!(told("no credit"), 0);
    tokio::time::sleep(Duration::from_secs(15)).await;
    rig.press("s").await;
    assert_eq!(told("no credit"), 1);
    tokio::time::sleep(Duration::from_secs(2000)).await;
    rig.press("s").await;
    assert_eq!(told("no credit"), 1);
    tokio::time::sleep(Duration::from_secs(2000)).await;
    assert_eq!(told("Delivered"), 3001);
}

#[tokio::test(start_paused = true)]
async fn a_deploy_of_a_crowded_task_loses_nothing_and_lets_sources_in_again() {
    let flow = |word: &str| {
        json!([
            { "id": "m", "type": "many", "count": 5000, "wires": [["l"]] },
            { "id": "l", "type": "lazy", "reads": word == "reads", "wires": [[]] },
            { "id": "s", "type": "source", "wires": [["n"]] },
            { "id": "n", "type": "note", "wires": [["l"]] },
        ])
    };
    let rig = Rig::of(flow("")).await;
    rig.send("m", 1).await;
    rig.press("s").await;
    assert_eq!(rig.diary.of("s"), ["started", "no credit"]);
    rig.deploy(flow("reads"), DeployKind::Nodes).await;
    settle().await;
    assert_eq!(rig.diary.of("l").len(), 5000);
    rig.press("s").await;
    assert_eq!(rig.diary.of("l").len(), 5001);
    assert_eq!(rig.engine.node("l").unwrap().counters.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_task_sent_is_not_held_for_those_who_hear_of_its_completion() {
    let rig = Rig::of(json!([
        { "id": "s", "type": "source", "wires": [["w"]] },
        { "id": "w", "type": "wait", "wires": [["j"]] },
        { "id": "j", "type": "junction", "wires": [[]] },
        { "id": "complete", "type": "complete", "scope": ["w"], "wires": [["k"]] },
        { "id": "k", "type": "junction", "wires": [[]] },
    ]))
    .await;
    rig.press("s").await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(rig.diary.of("s"), ["started", "Delivered"]);
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_an_answer_goes_before_what_comes_next_in_the_cell() {
    let order = async |is_polite: bool| {
        let rig = Rig::of(json!([
            { "id": "answer", "type": "answer", "polite": is_polite, "wires": [["next"]] },
            { "id": "next", "type": "note", "wires": [[]] },
        ]))
        .await;
        rig.send("answer", 1).await;
        let notes = rig.diary.0.lock().unwrap();
        notes.iter().map(|(node, _)| node.clone()).collect::<Vec<_>>()
    };
    assert_eq!(order(true).await, ["answer", "next"]);
    // So it is the giving way that does it.
    assert_eq!(order(false).await, ["next", "answer"]);
}

#[tokio::test(start_paused = true)]
async fn statuses_and_completions_are_heard() {
    let rig = Rig::of(json!([
        { "id": "w", "type": "wait", "wires": [[]] },
        { "id": "n", "type": "note", "wires": [[]] },
        { "id": "status", "type": "status", "scope": ["w"], "wires": [["heard"]] },
        { "id": "complete", "type": "complete", "scope": ["w", "n"], "wires": [["done"]] },
        { "id": "heard", "type": "note", "wires": [[]] },
        { "id": "done", "type": "note", "wires": [[]] },
    ]))
    .await;
    rig.send("w", 1).await;
    rig.send("n", 2).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(rig.diary.of("heard"), ["status Some(\"working\")"]);
    assert_eq!(rig.diary.of("done"), ["2.0", "1.0"]);
}

#[tokio::test(start_paused = true)]
async fn link_calls_come_back_also_from_another_tab_and_time_out() {
    let rig = Rig::of(json!([
        { "id": "t", "type": "tab" }, { "id": "u", "type": "tab" },
        { "id": "call", "type": "link call", "z": "t", "links": ["in"], "timeout": "5", "wires": [["after"]] },
        { "id": "dyn", "type": "link call", "z": "t", "linkType": "dynamic", "timeout": "5", "wires": [["after"]] },
        { "id": "never", "type": "link call", "z": "t", "links": ["hole"], "timeout": "5", "wires": [["after"]] },
        { "id": "after", "type": "note", "z": "t", "wires": [[]] },
        { "id": "catch", "type": "catch", "z": "t", "wires": [["caught"]] },
        { "id": "caught", "type": "note", "z": "t", "wires": [[]] },
        { "id": "hole", "type": "link in", "z": "t", "wires": [[]] },
        { "id": "in", "type": "link in", "z": "u", "name": "sub", "wires": [["n"]] },
        { "id": "n", "type": "note", "z": "u", "wires": [["out"]] },
        { "id": "out", "type": "link out", "z": "u", "mode": "return", "wires": [[]] },
    ]))
    .await;
    rig.send("call", 1).await;
    let mut message = Message::with_payload(2);
    message.set("target", "sub");
    rig.engine.receive("dyn", message).unwrap();
    settle().await;
    rig.send("never", 3).await;
    tokio::time::sleep(Duration::from_secs(6)).await;
    assert_eq!(rig.diary.of("n"), ["1.0", "2.0"]);
    assert_eq!(rig.diary.of("after"), ["1.0", "2.0"]);
    assert_eq!(rig.diary.of("caught"), ["3.0 from never"]);
}

#[tokio::test(start_paused = true)]
async fn a_link_call_into_a_tab_that_is_being_deployed_is_answered_after_it() {
    let flow = |word: &str, name: &str| {
        json!([
            { "id": "t", "type": "tab" }, { "id": "u", "type": "tab" },
            { "id": "call", "type": "link call", "z": "t", "linkType": "dynamic", "timeout": "5", "wires": [["after"]] },
            { "id": "after", "type": "note", "z": "t", "wires": [[]] },
            { "id": "c", "type": "shared", "word": word },
            { "id": "in", "type": "link in", "z": "u", "name": name, "wires": [["n"]] },
            { "id": "n", "type": "told", "z": "u", "shared": "c", "wires": [["out"]] },
            { "id": "out", "type": "link out", "z": "u", "mode": "return", "wires": [[]] },
        ])
    };
    let rig = Rig::of(flow("one", "first")).await;
    // The link in stays, then it is another one in its place.
    for (payload, word, name) in [(1, "two", "first"), (2, "three", "second")] {
        let calling = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let mut message = Message::with_payload(payload);
            message.set("target", "in");
            rig.engine.receive("call", message).unwrap();
            settle().await;
            assert_eq!(rig.diary.of("n").len(), payload as usize - 1, "the cell still ran");
        };
        tokio::join!(rig.deploy(flow(word, name), DeployKind::Nodes), calling);
        settle().await;
    }
    assert_eq!(rig.diary.of("after"), ["1.0", "2.0"]);
    assert!(rig.diary.of("n").iter().zip(["two", "three"]).all(|(words, word)| words.contains(word)));
}

#[tokio::test(start_paused = true)]
async fn links_join_tabs() {
    let rig = Rig::of(json!([
        { "id": "t", "type": "tab" }, { "id": "u", "type": "tab" },
        { "id": "out", "type": "link out", "z": "t", "mode": "link", "links": ["in"], "wires": [] },
        { "id": "in", "type": "link in", "z": "u", "links": ["out"], "wires": [["n"]] },
        { "id": "n", "type": "note", "z": "u", "wires": [[]] },
    ]))
    .await;
    rig.send("out", 7).await;
    assert_eq!(rig.diary.of("n"), ["7.0"]);
}

#[tokio::test(start_paused = true)]
async fn a_broken_node_is_reported_and_the_rest_runs() {
    let rig = Rig::new(Options::default());
    let report = rig
        .deploy(
            json!([
                { "id": "x", "type": "bad", "how": "unbuildable", "wires": [["n"]] },
                { "id": "y", "type": "no such type", "wires": [["n"]] },
                { "id": "n", "type": "note", "wires": [["x"]] },
            ]),
            DeployKind::Full,
        )
        .await;
    let mut problems: Vec<_> =
        report.problems.iter().map(|p| format!("{} {} {}", p.node, p.path, p.text.key)).collect();
    problems.sort();
    assert_eq!(problems, ["x how test.unbuildable", "y type engine.unknown-type"]);
    rig.send("n", 1).await;
    assert_eq!(rig.diary.of("n"), ["1.0"]);
    assert_eq!(rig.diary.of("log:x"), ["engine.broken"]);
}

fn two_tabs(kind: &str, extra: &str) -> serde_json::Value {
    json!([
        { "id": "t", "type": "tab" }, { "id": "u", "type": "tab" },
        { "id": "s", "type": "source", "z": "t", "wires": [["p"]] },
        { "id": "p", "type": kind, "z": "t", "extra": extra, "wires": [["n"]] },
        { "id": "n", "type": "note", "z": "t", "wires": [[]] },
        { "id": "s2", "type": "source", "z": "u", "wires": [[]] },
    ])
}

#[tokio::test(start_paused = true)]
async fn a_nodes_deploy_restarts_only_what_changed() {
    let rig = Rig::of(two_tabs("wait", "1")).await;
    let report = rig.deploy(two_tabs("wait", "2"), DeployKind::Nodes).await;
    assert_eq!((report.started, report.stopped, report.kept), (1, 1, 3));
    assert_eq!(rig.diary.of("s"), ["started"]);
    assert_eq!(rig.diary.of("p"), ["started", "stopped", "started"]);
    let report = rig.deploy(two_tabs("wait", "3"), DeployKind::Flows).await;
    assert_eq!((report.started, report.stopped, report.kept), (3, 3, 1));
    assert_eq!(rig.diary.of("s"), ["started", "stopped", "started"]);
    assert_eq!(rig.diary.of("s2"), ["started"]);
    let report = rig.deploy(two_tabs("wait", "3"), DeployKind::Nodes).await;
    assert_eq!((report.started, report.stopped, report.kept), (0, 0, 4));
}

#[tokio::test(start_paused = true)]
async fn parked_messages_survive_a_deploy_of_their_node() {
    let rig = Rig::of(two_tabs("park", "1")).await;
    rig.press("s").await;
    rig.deploy(two_tabs("park", "2"), DeployKind::Nodes).await;
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(rig.diary.of("n"), ["\"tick\""]);
    assert_eq!(rig.diary.of("s"), ["started", "Delivered"]);
    rig.press("s").await;
    rig.deploy(two_tabs("park", "3"), DeployKind::Full).await;
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(rig.diary.of("n"), ["\"tick\"", "\"tick\""]);
}

#[tokio::test(start_paused = true)]
async fn a_kept_node_keeps_its_parked_messages_and_timers() {
    let rig = Rig::of(two_tabs("park", "1")).await;
    rig.press("s").await;
    let mut flow = two_tabs("park", "1");
    flow[4]["extra"] = json!("changed");
    let report = rig.deploy(flow, DeployKind::Nodes).await;
    assert_eq!((report.started, report.stopped), (1, 1));
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(rig.diary.of("n"), ["\"tick\""]);
}

#[tokio::test(start_paused = true)]
async fn a_deploy_waits_for_what_is_under_way() {
    let rig = Rig::of(two_tabs("wait", "1")).await;
    rig.press("s").await;
    rig.deploy(two_tabs("wait", "2"), DeployKind::Full).await;
    assert_eq!(rig.diary.of("n"), ["\"tick\""]);
    assert_eq!(rig.diary.of("s"), ["started", "Delivered", "stopped", "started"]);
}

#[tokio::test(start_paused = true)]
async fn what_does_not_end_in_time_is_cut_off_and_not_acknowledged() {
    let rig = Rig::of(json!([
        { "id": "s", "type": "source", "wires": [["w"]] },
        { "id": "w", "type": "hang", "wires": [[]] },
    ]))
    .await;
    assert_eq!(rig.diary.of("s"), ["started"]);
    let flow = json!([
        { "id": "s", "type": "source", "wires": [["h"]] },
        { "id": "h", "type": "junction", "wires": [["w"]] },
        { "id": "w", "type": "wait", "wires": [[]] },
    ]);
    rig.deploy(flow, DeployKind::Full).await;
    rig.send("w", "hang").await;
    rig.press("s").await;
    let report = rig.engine.stop().await;
    assert_eq!(report.cut_off, ["w"]);
    settle().await;
    assert!(rig.diary.of("s").contains(&"Aborted".to_owned()), "{:?}", rig.diary.of("s"));
}

#[tokio::test(start_paused = true)]
async fn a_failed_task_starts_again_and_keeps_its_inbox() {
    let rig = Rig::of(json!([
        { "id": "w", "type": "wait", "wires": [["n"]] },
        { "id": "n", "type": "note", "wires": [[]] },
    ]))
    .await;
    for payload in ["panic", "a", "fail", "b"] {
        rig.send("w", payload).await;
    }
    tokio::time::sleep(Duration::from_secs(20)).await;
    assert_eq!(rig.diary.of("n"), ["\"a\"", "\"b\""]);
    assert_eq!(rig.diary.of("log:w"), ["engine.panic", "test.task"]);
    assert_eq!(rig.diary.of("w"), ["started", "started", "started"]);
}

#[tokio::test(start_paused = true)]
async fn subflow_instances_run_apart_with_their_own_variables() {
    let rig = Rig::of(json!([
        { "id": "sub", "type": "subflow", "name": "twice", "in": [{ "wires": [{ "id": "i" }] }],
          "out": [{ "wires": [{ "id": "i", "port": 0 }] }], "env": [{ "name": "X", "type": "num", "value": "1" }] },
        { "id": "i", "type": "note", "z": "sub", "wires": [["bad"]] },
        { "id": "bad", "type": "bad", "z": "sub", "how": "${HOW}", "wires": [[]] },
        { "id": "t", "type": "tab" },
        { "id": "a", "type": "subflow:sub", "z": "t", "wires": [["n"]] },
        { "id": "b", "type": "subflow:sub", "z": "t", "wires": [["n"]],
          "env": [{ "name": "HOW", "type": "str", "value": "panic" }] },
        { "id": "n", "type": "note", "z": "t", "wires": [[]] },
        { "id": "catch", "type": "catch", "z": "t", "wires": [["caught"]] },
        { "id": "caught", "type": "note", "z": "t", "wires": [[]] },
    ]))
    .await;
    rig.send("a", 1).await;
    rig.send("b", 2).await;
    assert_eq!(rig.diary.of("a-i"), ["1.0"]);
    assert_eq!(rig.diary.of("b-i"), ["2.0"]);
    assert_eq!(rig.diary.of("n"), ["1.0", "2.0"]);
    assert_eq!(rig.diary.of("caught"), ["1.0 from a", "2.0 from b"]);
    assert_eq!(rig.diary.of("log:b-bad"), ["engine.panic"]);
}

#[tokio::test(start_paused = true)]
async fn what_a_stopping_task_did_not_take_goes_to_its_successor() {
    let flow = |reads: bool| {
        json!([
            { "id": "s", "type": "source", "wires": [["l"]] },
            { "id": "l", "type": "lazy", "reads": reads, "wires": [[]] },
        ])
    };
    let rig = Rig::of(flow(false)).await;
    rig.press("s").await;
    rig.press("s").await;
    rig.deploy(flow(true), DeployKind::Nodes).await;
    assert_eq!(rig.diary.of("l"), ["\"tick\"", "\"tick\""]);
    assert_eq!(rig.diary.of("s")[1..], ["Delivered", "Delivered"]);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_takes_over_is_not_acknowledged() {
    let rig = Rig::of(two_tabs("park", "1")).await;
    rig.press("s").await;
    let without: serde_json::Value =
        two_tabs("park", "1").as_array().unwrap().iter().filter(|node| node["id"] != "p").cloned().collect();
    rig.deploy(without, DeployKind::Nodes).await;
    assert_eq!(rig.diary.of("s"), ["started", "Aborted"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_parked_waits_until_a_broken_successor_is_mended() {
    let rig = Rig::of(two_tabs("park", "1")).await;
    rig.press("s").await;
    rig.deploy(two_tabs("no such type", "1"), DeployKind::Nodes).await;
    assert_eq!(rig.diary.of("s"), ["started"]);
    rig.deploy(two_tabs("park", "1"), DeployKind::Nodes).await;
    tokio::time::sleep(Duration::from_secs(11)).await;
    assert_eq!(rig.diary.of("n"), ["\"tick\""]);
    assert_eq!(rig.diary.of("s"), ["started", "Delivered"]);
}
