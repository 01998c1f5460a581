//! The flows that are measured, as Node-RED writes them: any runtime that reads its files can run them.
//!
//! - A chain: `GET /bench?n=N` makes an array of N, splits it, sends every element through the stages and answers
//!   when the last one arrives. Wall time / N is what one message costs through split, stages and last gate.
//! - MQTT: `bench/in` -> stages -> `bench/out` on one broker, or tabs that each do that at topics of their own.
//! - HTTP: `GET /hello` answers a small JSON object.

use serde_json::{Value, json};

use crate::paced::NEAR;

/// A stage of a chain: a node without id, place and wires.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    Junction,
    Change,
    Switch,
    Range,
    Template,
    Function,
    ToBase64,
    FromBase64,
    FromJson,
    /// Passes readings on of which a coordinate is near this one.
    Near(&'static str, f64),
    /// The speed of a reading in km/h, which was in m/s.
    Speed,
    /// Adds a property to a reading.
    Zone,
    /// Writes a reading as JSON.
    Line,
}

impl Stage {
    fn properties(self) -> Value {
        match self {
            Self::Junction => json!({ "type": "junction" }),
            Self::Change => {
                change(json!([{ "t": "set", "p": "topic", "pt": "msg", "to": "sensor/temp", "tot": "str" }]))
            }
            Self::Switch => switch("payload", json!([{ "t": "gte", "v": "0", "vt": "num" }])),
            Self::Range => {
                json!({ "type": "range", "minin": "0", "maxin": "1000000", "minout": "0", "maxout": "100", "action": "scale", "round": false, "property": "payload" })
            }
            Self::Template => {
                json!({ "type": "template", "field": "text", "fieldType": "msg", "format": "handlebars", "syntax": "mustache", "template": "{\"t\": {{payload}}}", "output": "str" })
            }
            Self::Function => function("msg.y = msg.payload * 2;\nreturn msg;"),
            Self::ToBase64 => json!({ "type": "base64", "action": "str", "property": "payload" }),
            Self::FromBase64 => json!({ "type": "base64", "action": "b64", "property": "payload" }),
            Self::FromJson => {
                json!({ "type": "json", "property": "payload", "action": "obj", "pretty": false })
            }
            Self::Near(of, middle) => {
                let [from, to] = [middle - NEAR, middle + NEAR].map(|bound| bound.to_string());
                let rules = json!([{ "t": "btwn", "v": from, "vt": "num", "v2": to, "v2t": "num" }]);
                switch(&format!("payload.{of}"), rules)
            }
            Self::Speed => {
                json!({ "type": "range", "minin": "0", "maxin": "100", "minout": "0", "maxout": "360", "action": "scale", "round": false, "property": "payload.speed" })
            }
            Self::Zone => change(
                json!([{ "t": "set", "p": "payload.zone", "pt": "msg", "to": "campus", "tot": "str" }]),
            ),
            Self::Line => {
                json!({ "type": "template", "field": "payload", "fieldType": "msg", "format": "handlebars", "syntax": "mustache", "output": "str",
                    "template": "{\"id\": {{payload.id}}, \"zone\": \"{{payload.zone}}\", \"kmh\": {{payload.speed}}}" })
            }
        }
    }
}

/// A chain of `stages`.
pub(crate) fn chain(stages: &[Stage]) -> Value {
    let mut flow = Flow::new();
    flow.chain_head();
    flow.split(&[first(stages, "last")]);
    flow.stages(stages, "last");
    flow.chain_tail();
    flow.done()
}

/// Every element to `width` branches that each change it: what copying costs.
pub(crate) fn fanout(width: usize) -> Value {
    let mut flow = Flow::new();
    flow.chain_head();
    let mut targets: Vec<String> = (0..width).map(|branch| format!("b{branch}")).collect();
    for target in &targets {
        flow.add(target, Stage::Change.properties(), &[]);
    }
    targets.push("last".to_owned());
    flow.split(&targets.iter().map(String::as_str).collect::<Vec<_>>());
    flow.chain_tail();
    flow.done()
}

/// From `bench/in` through `stages` to `bench/out`, on the broker at 127.0.0.1:`broker_port`.
pub(crate) fn mqtt(stages: &[Stage], qos: u8, broker_port: u16) -> Value {
    let mut flow = Flow::new();
    flow.0.push(broker(broker_port));
    flow.add("in", mqtt_in("bench/in", qos, "buffer"), &[first(stages, "out")]);
    flow.stages(stages, "out");
    flow.add("out", mqtt_out("bench/out", qos), &[]);
    flow.done()
}

/// `GET /hello` answers `{"ok":true}`.
pub(crate) fn http_hello() -> Value {
    let mut flow = Flow::new();
    flow.hello();
    flow.done()
}

/// A large workspace: `tabs` x `nodes_per_tab` idle change nodes, and `GET /hello` to see that it runs.
pub(crate) fn many(tabs: usize, nodes_per_tab: usize) -> Value {
    let mut flow = Flow::new();
    for tab in 0..tabs {
        let tab_id = format!("tab{tab}");
        flow.0.push(json!({ "id": tab_id, "type": "tab", "label": format!("tab {tab}"), "disabled": false, "info": "" }));
        for index in 0..nodes_per_tab {
            let next = (index + 1 < nodes_per_tab).then(|| format!("n{tab}_{}", index + 1));
            let mut node = Stage::Change.properties();
            node["id"] = json!(format!("n{tab}_{index}"));
            node["z"] = json!(tab_id);
            node["name"] = json!("");
            node["x"] = json!(100 + 10 * index);
            node["y"] = json!(100);
            node["wires"] = json!([next.into_iter().collect::<Vec<_>>()]);
            flow.0.push(node);
        }
    }
    flow.hello();
    flow.done()
}

/// `POST /bench`: the lines of the body, split; answered when the last of so many has passed. `GET /hello` beside it.
pub(crate) fn split_text(lines: usize) -> Value {
    let mut flow = Flow::new();
    flow.add(
        "in",
        json!({ "type": "http in", "url": "/bench", "method": "post", "upload": false, "swaggerDoc": "" }),
        &["split"],
    );
    flow.split(&["last"]);
    let rules = json!([{ "t": "eq", "v": (lines - 1).to_string(), "vt": "num" }]);
    flow.add("last", switch("parts.index", rules), &["resp"]);
    flow.respond();
    flow.hello();
    flow.done()
}

/// Tabs that are fed over MQTT, each: mqtt in, `stages`, a change node, mqtt out; at the topics of [`fed_topics`], one level
/// below for each tab.
pub(crate) fn fed_tabs(tabs: usize, stages: &[Stage], broker_port: u16, of: &str) -> Value {
    let mut all = on_tabs(tabs, |tab| {
        let [from, to] = fed_topics(of).map(|topic| format!("{topic}/{tab}"));
        let mut flow = Flow::new();
        flow.add("in", mqtt_in(&from, 0, "utf8"), &[first(stages, "topic")]);
        flow.stages(stages, "topic");
        // The topic that a message came with would win over that of mqtt out.
        let rules = json!([{ "t": "set", "p": "topic", "pt": "msg", "to": to, "tot": "str" }]);
        flow.add("topic", change(rules), &["out"]);
        flow.add("out", mqtt_out("", 0), &[]);
        flow.done()
    });
    all.push(broker(broker_port));
    Value::Array(all)
}

/// Where the tabs of one of several runtimes on a broker are fed, and where they publish.
pub(crate) fn fed_topics(of: &str) -> [String; 2] {
    ["in", "out"].map(|way| format!("bench/{of}/{way}"))
}

/// Tabs that are fed over UDP, each at a port of its own: a change node, and back to one port.
pub(crate) fn tabs_over_udp(ports: &[u16], back: u16) -> Value {
    let all = on_tabs(ports.len(), |tab| {
        let mut flow = Flow::new();
        flow.add(
            "in",
            json!({ "type": "udp in", "iface": "", "port": ports[tab].to_string(), "ipv": "udp4", "multicast": "false", "group": "", "datatype": "buffer" }),
            &["change"],
        );
        flow.add("change", Stage::Change.properties(), &["out"]);
        flow.add(
            "out",
            json!({ "type": "udp out", "addr": "127.0.0.1", "iface": "", "port": back.to_string(), "ipv": "udp4", "outport": "", "base64": false, "multicast": "false" }),
            &[],
        );
        flow.done()
    });
    Value::Array(all)
}

/// Tabs with a chain of ten change nodes each, at `/bench<tab>`.
pub(crate) fn busy_tabs(tabs: usize) -> Value {
    Value::Array(on_tabs(tabs, |_| chain(&[Stage::Change; 10])))
}

/// As many tabs as told: what `flow` makes for each, with ids and paths of its own.
fn on_tabs(count: usize, flow: impl Fn(usize) -> Value) -> Vec<Value> {
    let mut all = Vec::new();
    for tab in 0..count {
        let Value::Array(nodes) = flow(tab) else { continue };
        all.extend(nodes.into_iter().map(|node| of_tab(node, tab)));
    }
    all
}

fn of_tab(mut node: Value, tab: usize) -> Value {
    let own = |id: &mut Value| {
        if let Some(text) = id.as_str() {
            *id = format!("{text}-{tab}").into();
        }
    };
    if let Some(url) = node["url"].as_str() {
        node["url"] = format!("{url}{tab}").into();
    }
    own(&mut node["id"]);
    if node["type"] != "tab" {
        own(&mut node["z"]);
        let ports = node["wires"].as_array_mut().into_iter().flatten().filter_map(Value::as_array_mut);
        ports.flatten().for_each(own);
    }
    node
}

/// The lines of a file's growth: `n` change nodes in a chain behind a split.
pub(crate) fn long_chain(nodes: usize) -> Value {
    chain(&vec![Stage::Change; nodes])
}

/// As many tabs as told, each with a chain of ten change nodes that idles, and one that answers at `/bench`.
pub(crate) fn tabs_and_chain(tabs: usize) -> Value {
    let Value::Array(mut nodes) = many(tabs, 10) else { return Value::Null };
    if let Value::Array(busy) = chain(&[Stage::Change; 10]) {
        nodes.extend(busy.into_iter().filter(|node| node["type"] != "tab"));
    }
    Value::Array(nodes)
}

/// `POST /echo` answers with its body, which passes a change node.
pub(crate) fn echo() -> Value {
    let mut flow = Flow::new();
    flow.add(
        "in",
        json!({ "type": "http in", "url": "/echo", "method": "post", "upload": false, "swaggerDoc": "" }),
        &["pass"],
    );
    flow.add("pass", Stage::Change.properties(), &["send"]);
    flow.add("send", json!({ "type": "http response", "statusCode": "", "headers": {} }), &[]);
    flow.hello();
    flow.done()
}

/// `GET /bench?n=N` splits an array of N and joins it again: N messages wait in the join node.
pub(crate) fn split_and_join() -> Value {
    let mut flow = Flow::new();
    flow.chain_head();
    flow.split(&["join"]);
    flow.add(
        "join",
        json!({ "type": "join", "mode": "auto", "build": "array", "property": "payload", "propertyType": "msg", "key": "topic",
            "joiner": "\\n", "joinerType": "str", "useparts": true, "accumulate": false, "timeout": "", "count": "",
            "reduceRight": false, "reduceExp": "", "reduceInit": "", "reduceInitType": "", "reduceFixup": "" }),
        &["resp"],
    );
    flow.respond();
    flow.done()
}

fn broker(port: u16) -> Value {
    json!({
        "id": "br", "type": "mqtt-broker", "name": "", "broker": "127.0.0.1", "port": port.to_string(), "clientid": "", "autoConnect": true, "usetls": false,
        "protocolVersion": "4", "keepalive": "60", "cleansession": true, "autoUnsubscribe": true, "birthTopic": "", "closeTopic": "", "willTopic": "",
    })
}

fn mqtt_in(topic: &str, qos: u8, datatype: &str) -> Value {
    json!({ "type": "mqtt in", "topic": topic, "qos": qos.to_string(), "datatype": datatype, "broker": "br", "nl": false, "rap": true, "rh": 0, "inputs": 0 })
}

fn mqtt_out(topic: &str, qos: u8) -> Value {
    json!({ "type": "mqtt out", "topic": topic, "qos": qos.to_string(), "retain": "false", "respTopic": "", "contentType": "", "userProps": "", "correl": "", "expiry": "", "broker": "br" })
}

struct Flow(Vec<Value>);

impl Flow {
    fn new() -> Self {
        Self(vec![json!({ "id": "t1", "type": "tab", "label": "bench", "disabled": false, "info": "" })])
    }

    /// Adds a node with one output that goes to `targets`, or with none.
    fn add(&mut self, id: &str, properties: Value, targets: &[&str]) {
        let mut node = properties;
        node["id"] = json!(id);
        node["z"] = json!("t1");
        node["name"] = json!("");
        node["x"] = json!(100);
        node["y"] = json!(100);
        node["wires"] = json!([targets]);
        self.0.push(node);
    }

    fn chain_head(&mut self) {
        self.add(
            "in",
            json!({ "type": "http in", "url": "/bench", "method": "get", "upload": false, "swaggerDoc": "" }),
            &["mk"],
        );
        let code = "var n = Number(msg.payload.n);\nmsg.n1 = n - 1;\nmsg.payload = Array.from({length: n}, (_, i) => i);\nreturn msg;";
        self.add("mk", function(code), &["split"]);
    }

    fn split(&mut self, targets: &[&str]) {
        let split = json!({ "type": "split", "splt": "\\n", "spltType": "str", "arraySplt": 1, "arraySpltType": "len", "stream": false, "addname": "", "property": "payload" });
        self.add("split", split, targets);
    }

    fn stages(&mut self, stages: &[Stage], last: &str) {
        for (index, stage) in stages.iter().enumerate() {
            let next = if index + 1 < stages.len() { format!("s{}", index + 1) } else { last.to_owned() };
            self.add(&format!("s{index}"), stage.properties(), &[&next]);
        }
    }

    fn chain_tail(&mut self) {
        self.add("last", switch("parts.index", json!([{ "t": "eq", "v": "n1", "vt": "msg" }])), &["resp"]);
        self.respond();
    }

    /// Answers with `done`.
    fn respond(&mut self) {
        self.add(
            "resp",
            change(json!([{ "t": "set", "p": "payload", "pt": "msg", "to": "done", "tot": "str" }])),
            &["send"],
        );
        self.add("send", json!({ "type": "http response", "statusCode": "", "headers": {} }), &[]);
    }

    fn hello(&mut self) {
        self.add(
            "hello",
            json!({ "type": "http in", "url": "/hello", "method": "get", "upload": false, "swaggerDoc": "" }),
            &["c"],
        );
        self.add(
            "c",
            change(
                json!([{ "t": "set", "p": "payload", "pt": "msg", "to": "{\"ok\":true}", "tot": "json" }]),
            ),
            &["o"],
        );
        self.add("o", json!({ "type": "http response", "statusCode": "", "headers": {} }), &[]);
    }

    fn done(self) -> Value {
        Value::Array(self.0)
    }
}

/// The id of the first of `stages`, or where they lead.
fn first<'a>(stages: &[Stage], last: &'a str) -> &'a str {
    if stages.is_empty() { last } else { "s0" }
}

fn change(rules: Value) -> Value {
    json!({ "type": "change", "rules": rules, "action": "", "property": "", "from": "", "to": "", "reg": false })
}

fn switch(property: &str, rules: Value) -> Value {
    json!({ "type": "switch", "property": property, "propertyType": "msg", "rules": rules, "checkall": "true", "repair": false, "outputs": 1 })
}

fn function(code: &str) -> Value {
    json!({ "type": "function", "func": code, "outputs": 1, "timeout": 0, "noerr": 0, "initialize": "", "finalize": "", "libs": [] })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::cases::Tab;
    use crate::paced::Form;

    /// Ids are unique and every wire ends at a node of the flow.
    fn check(flow: &Value) {
        let nodes = flow.as_array().expect("a flow is an array");
        let ids: HashSet<&str> = nodes.iter().filter_map(|node| node["id"].as_str()).collect();
        assert_eq!(ids.len(), nodes.len());
        let targets = nodes
            .iter()
            .filter_map(|node| node["wires"].as_array())
            .flatten()
            .filter_map(Value::as_array)
            .flatten();
        for target in targets {
            assert!(target.as_str().is_some_and(|id| ids.contains(id)), "{target} is not in the flow");
        }
    }

    #[test]
    fn numbers_come_back_from_tabs() {
        let line = Stage::Line.properties();
        let line = line["template"].as_str().unwrap().replace("{{payload.zone}}", "campus");
        let line = line.replace("{{payload.id}}", "7").replace("{{payload.speed}}", "29.7");
        assert_eq!(Form::Reading.number_of(line.as_bytes()), Some(7));
    }

    #[test]
    fn flows_are_sound() {
        check(&chain(&[]));
        check(&chain(&[Stage::Junction, Stage::Change, Stage::Function]));
        check(&fanout(10));
        check(&mqtt(&[], 0, 1883));
        check(&mqtt(&[Stage::ToBase64, Stage::FromBase64], 1, 1883));
        check(&http_hello());
        check(&split_text(10));
        check(&fed_tabs(3, &[], 1883, "one"));
        check(&fed_tabs(3, Tab::Tracking.stages(), 1883, "other"));
        check(&tabs_over_udp(&[5001, 5002], 5003));
        check(&busy_tabs(2));
        check(&long_chain(30));
        check(&tabs_and_chain(3));
        check(&echo());
        check(&split_and_join());
        let many = many(100, 100);
        check(&many);
        assert_eq!(many.as_array().map(Vec::len), Some(10_000 + 100 + 4));
    }
}
