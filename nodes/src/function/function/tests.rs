use std::time::Duration;

use engine::Outcome;
use engine::node::Services;
use serde_json::{Value as Json, json};

use crate::testing::Bench;

/// A function node `n` before a delay of a second, and a flow `echo` that answers each call after a while.
fn flow(function: &str, timeout: f64) -> Json {
    json!([
        { "id": "t", "type": "tab" },
        { "id": "n", "type": "function", "z": "t", "func": function, "timeout": timeout, "wires": [["d"]] },
        { "id": "d", "type": "delay", "z": "t", "timeout": "1", "timeoutUnits": "seconds", "wires": [["end"]] },
        { "id": "end", "type": "recorder", "z": "t", "wires": [] },
        { "id": "i", "type": "link in", "z": "t", "name": "echo", "links": [], "wires": [["w"]] },
        { "id": "w", "type": "delay", "z": "t", "timeout": "10", "timeoutUnits": "milliseconds", "wires": [["o"]] },
        { "id": "o", "type": "link out", "z": "t", "mode": "return", "links": [], "wires": [] },
        { "id": "s", "type": "link in", "z": "t", "name": "silent", "links": [], "wires": [["r"]] },
        { "id": "r", "type": "recorder", "z": "t", "wires": [] },
    ])
}

async fn pass(milliseconds: u64) {
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
}

#[tokio::test(start_paused = true)]
async fn what_goes_on_with_an_answer_belongs_to_the_message_that_asked() {
    for code in [
        "node.linkcall('echo', msg).then((answer) => node.send(answer)); return;",
        "setTimeout(() => node.linkcall('echo', msg).then((answer) => node.send(answer)), 10); return;",
        "node.send(await node.linkcall('echo', msg));",
        "node.linkcall('silent', msg, { timeout: 20 }).catch(() => node.send(msg)); return;",
    ] {
        let mut bench = Bench::start(flow(code, 0.0), Services::default()).await;
        let sent = bench.send("n", json!({ "_msgid": "1234567812345678" }));
        pass(500).await;
        assert_eq!(bench.outcome(sent), None, "{code}: it ended while its answer was under way");
        pass(1000).await;
        let message = bench.recorded().pop().expect(code);
        assert_eq!(message.get("_msgid"), Some(&"1234567812345678".into()), "{code}");
        assert_eq!(bench.outcome(sent), Some(Outcome::Delivered), "{code}");
        bench.engine.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn however_many_messages_wait_for_their_promises_each_goes_on() {
    for end in ["return msg;", "node.done(); return msg;", "node.send(msg); node.done();", "node.send(msg);"]
    {
        let code = format!("await new Promise(go => setTimeout(go, 1000)); {end}");
        let mut bench = Bench::start(flow(&code, 0.0), Services::default()).await;
        for number in 0..3000 {
            bench.send("n", json!({ "payload": number }));
        }
        pass(3000).await;
        assert_eq!(bench.recorded().len(), 3000, "{code}");
        assert_eq!((bench.open(), bench.errors()), (0, vec![]), "{code}");
        bench.engine.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn parts_wait_with_those_that_wait_for_their_promises() {
    let code = "await new Promise(go => setTimeout(go, 1000)); return msg;";
    let flow = json!([
        { "id": "t", "type": "tab" },
        { "id": "s", "type": "split", "z": "t", "wires": [["n"]] },
        { "id": "n", "type": "function", "z": "t", "func": code, "wires": [["end"]] },
        { "id": "end", "type": "recorder", "z": "t", "wires": [] },
    ]);
    let mut bench = Bench::start(flow, Services::default()).await;
    bench.send("s", json!({ "payload": (0..20_000).collect::<Vec<_>>() }));
    pass(500).await;
    assert_eq!(bench.recorded().len(), 0);
    pass(20_000).await;
    assert_eq!((bench.recorded().len(), bench.open(), bench.errors()), (20_000, 0, vec![]));
    bench.engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_timer_that_is_refused_leaves_no_message_waiting() {
    let code = "for (let i = 0; i < 10000; i++) setTimeout(() => {}, 5000);\n\
                await new Promise(go => setTimeout(go, 1000)); return msg;";
    let mut bench = Bench::start(flow(code, 0.0), Services::default()).await;
    let sent = bench.send("n", json!({ "payload": 1 }));
    pass(500).await;
    assert_eq!(bench.outcome(sent), Some(Outcome::Failed));
    assert!(bench.errors().iter().any(|error| error.contains("too many timers")), "{:?}", bench.errors());
    bench.engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn of_messages_without_their_done_the_oldest_are_let_go() {
    let code = "node.send(msg); if (msg.payload === -1) node.done();";
    let mut bench = Bench::start(flow(code, 0.0), Services::default()).await;
    for number in 0..1500 {
        bench.send("n", json!({ "payload": number }));
    }
    pass(3000).await;
    assert_eq!((bench.recorded().len(), bench.open()), (1500, 1000));
    bench.engine.stop().await;
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_timer_or_an_answer_when_the_node_stops_is_not_done() {
    for code in [
        "setTimeout(() => node.send(msg), 60000); return;",
        "node.linkcall('silent', msg, { timeout: 60000 }).then((answer) => node.send(answer)); return;",
        "await new Promise(go => setTimeout(go, 60000)); return msg;",
    ] {
        let mut bench = Bench::start(flow(code, 0.0), Services::default()).await;
        let sent = bench.send("n", json!({ "payload": 1 }));
        pass(500).await;
        assert_eq!(bench.outcome(sent), None, "{code}");
        bench.engine.stop().await;
        assert_eq!(bench.outcome(sent), Some(Outcome::Aborted), "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn code_cut_off_after_an_answer_leaves_no_message_open() {
    for code in [
        "await node.linkcall('echo', msg); while (true) {}",
        "await node.linkcall('nowhere', msg).catch(() => { while (true) {} });",
        "Object.defineProperty(Object.prototype, 'then', { configurable: true, get() { while (true) {} } });\n\
         return node.linkcall('echo', { payload: 1 });",
    ] {
        let mut bench = Bench::start(flow(code, 0.05), Services::default()).await;
        let sent = bench.send("n", json!({ "payload": 1 }));
        pass(500).await;
        assert_eq!(bench.outcome(sent), Some(Outcome::Failed), "{code}");
        let errors = bench.errors();
        assert!(errors.iter().all(|error| error.contains("timed out after 50ms")), "{errors:?}");
        bench.engine.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn link_calls_beyond_the_limit_are_rejected() {
    let code = "let refused = 0;\n\
        const call = () => node.linkcall('silent', {}, { timeout: 1000 }).catch((error) => {\n\
          if (error.message.includes('more than 10000 link calls')) refused += 1;\n\
        });\n\
        await Promise.all(Array.from({ length: 10003 }, call));\n\
        msg.payload = refused;\n\
        return msg;";
    let mut bench = Bench::start(flow(code, 0.0), Services::default()).await;
    bench.send("n", json!({ "topic": "counted" }));
    pass(5000).await;
    let recorded = bench.take_recorded();
    let counted = recorded.iter().find(|message| message.get("topic").is_some());
    assert_eq!(counted.map(|message| message.payload().clone()), Some(3.into()), "{:?}", bench.errors());
    bench.engine.stop().await;
}
