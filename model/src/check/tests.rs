use std::collections::BTreeMap;

use super::*;

/// Node types that the cases use: type, inputs, outputs, schema.
pub(crate) fn types() -> BTreeMap<String, NodeDescriptor> {
    let schemas = [
        (
            "inject",
            0,
            "1",
            r#"{"properties":{"payload":{"x-widget":"typed","x-type-property":"payloadType"}}}"#,
        ),
        ("debug", 1, "0", r#"{"properties":{"active":{"type":"boolean","default":true}}}"#),
        (
            "switch",
            1,
            r#"{"property":"rules","default":1}"#,
            r##"{"required":["property"],"properties":{
                "property":{"type":"string","default":"payload","minLength":1},
                "rules":{"type":"array","minItems":1,"maxItems":3,"default":[{"t":"eq","v":""}],"items":{"$ref":"#/$defs/rule"}}},
              "$defs":{"rule":{"type":"object","required":["t"],"properties":{"t":{"enum":["eq","gt"]},
                "v":{"type":"string","x-widget":"typed","x-type-property":"vt"}}}}}"##,
        ),
        (
            "mqtt in",
            0,
            "1",
            r#"{"required":["broker"],"properties":{
                "topic":{"type":"string","pattern":"^[^+#]+$","maxLength":20},
                "qos":{"type":["number","string"],"minimum":0,"maximum":2},
                "port":{"type":"string","format":"integer","exclusiveMinimum":0,"exclusiveMaximum":65536},
                "retry":{"type":"integer"},
                "choice":{"anyOf":[{"type":"null"},{"enum":["a","b"]}]},"form":{"oneOf":[{"const":"x"},{"type":"boolean"}]},
                "both":{"allOf":[{"type":"string"},{"const":"x"}]},
                "tls":{"type":"string","x-widget":"config-node","x-config-type":"tls-config"},
                "broker":{"type":"string","x-widget":"config-node","x-config-type":"mqtt-broker"}}}"#,
        ),
        ("mqtt-broker", 0, "0", r#"{"properties":{"host":{"type":"string","default":"localhost"}}}"#),
        ("tls-config", 0, "0", "{}"),
        ("link in", 0, "1", "{}"),
        ("link out", 1, "0", "{}"),
        ("catch", 0, "1", "{}"),
    ];
    let descriptor = |name: &str, inputs, outputs: &str, schema: &str| NodeDescriptor {
        type_name: name.to_owned(),
        role: crate::descriptor::Role::Node,
        category: if outputs == "0" && inputs == 0 { "config" } else { "common" }.to_owned(),
        colour: "#cccccc".to_owned(),
        icon: "box".to_owned(),
        inputs,
        outputs: serde_json::from_str(outputs).expect("outputs"),
        label: crate::descriptor::Label { properties: Vec::new(), fallback: Text::key("x") },
        button: false,
        schema: serde_json::from_str(schema).expect("a schema"),
        credentials: Vec::new(),
        help: String::new(),
    };
    schemas
        .iter()
        .map(|(name, inputs, outputs, schema)| {
            ((*name).to_owned(), descriptor(name, *inputs, outputs, schema))
        })
        .collect()
}

/// Entries besides a tab `t` and a broker `b`, and the problems expected.
const CASES: &[(&str, &[&str])] = &[
    (
        r#"{"id":"i","type":"inject","z":"t","x":1,"y":1,"wires":[["1","2"]]},{"id":"1","type":"mqtt in","z":"t","x":1,"y":1,"broker":"b","inputs":1,"retry":""},
           {"id":"2","type":"mqtt in","z":"t","x":1,"y":1,"broker":"b","inputs":0}"#,
        &["error inject i, wires[0][1]: output 1 is wired to mqtt in 2, which has no input: remove the wire"],
    ),
    (
        r#"{"id":"i","type":"inject","z":"t","x":1,"y":1,"wires":[["d"]]},{"id":"d","type":"debug","z":"t","x":1,"y":1,"wires":[]}"#,
        &[],
    ),
    (
        r#"3,{"type":"debug"},{"id":"m"},{"id":7,"type":"debug"}"#,
        &[
            "error document, [2]: entry 2 is a number: an entry is an object with a text `id` and a text `type`; mend or remove it",
            "error document, [3]: entry 3 is an object without a text `id`: an entry is an object with a text `id` and a text `type`; mend or remove it",
            "error  m, type: entry 4 is an object without a text `type`: an entry is an object with a text `id` and a text `type`; mend or remove it",
            "error document, [5]: entry 5 is an object without a text `id`: an entry is an object with a text `id` and a text `type`; mend or remove it",
        ],
    ),
    (
        r#"{"id":"d","type":"debug","z":"t","x":1,"y":1},{"id":"d","type":"debug","z":"t","x":1,"y":1,"name":"Twice"}"#,
        &["error debug d, id: entry 2 has the id d too: give one of the two another id"],
    ),
    (
        r#"{"id":"n","type":"ui_gauge","z":"t","x":1,"y":1,"name":"Gauge"},{"id":"c","type":"ui_base"}"#,
        &[
            "error ui_gauge \"Gauge\" (n): no node type ui_gauge is installed: install what provides it, or remove the node",
            "error ui_base c: no node type ui_base is installed: install what provides it, or remove the node",
        ],
    ),
    (
        r#"{"id":"n","type":"debug","z":"gone","g":"none","x":1,"y":1},{"id":"g","type":"group","z":"t","x":1,"y":1,"nodes":["n","nobody"]}"#,
        &[
            "warning debug n, z: its tab gone is not in this document: move the node to one that is",
            "warning debug n, g: its group none is not in this document: take the node out of it",
            "warning group g, nodes[1]: nobody is not in this document: remove it from the group",
        ],
    ),
    (
        r#"{"id":"i","type":"inject","z":"t","x":1,"y":1,"wires":[["nobody","i","b",3],["d"],"odd",[]]},{"id":"d","type":"debug","z":"t","x":1,"y":1,"wires":{}},
           {"id":"u","type":"tab"},{"id":"j","type":"junction","z":"u","x":1,"y":1,"wires":[["d"]]}"#,
        &[
            "error inject i, wires[0][0]: output 1 is wired to nobody, which is not in this document: remove the wire",
            "error inject i, wires[0][1]: output 1 is wired to inject i, which has no input: remove the wire",
            "error inject i, wires[0][2]: output 1 is wired to \"Broker\" (b), which has no input: remove the wire",
            "error inject i, wires[0][3]: a number stands where a node id is expected: draw the wires of this node anew",
            "error inject i, wires[1]: a wire leaves output 2, but the outputs end at 1: remove the wire, or add outputs",
            "error inject i, wires[2]: a text stands where a list of node ids is expected: draw the wires of this node anew",
            "error debug d, wires: an object stands where a list of outputs is expected: draw the wires of this node anew",
            "warning junction j, wires[0][0]: output 1 is wired to debug d on another tab: use a pair of link nodes instead",
        ],
    ),
    (
        r#"{"id":"l","type":"link out","z":"t","x":1,"y":1,"links":["m","d","nobody"]},{"id":"m","type":"link in","z":"t","x":1,"y":1,"links":["l"]},
           {"id":"d","type":"debug","z":"t","x":1,"y":1},{"id":"c","type":"catch","z":"t","x":1,"y":1,"scope":["d","nobody"]}"#,
        &[
            "warning link out l, links[1]: it is linked to d, which is no link node of this document: choose another",
            "warning link out l, links[2]: it is linked to nobody, which is no link node of this document: choose another",
            "warning catch c, scope[1]: it watches nobody, which is not in this document: choose another",
        ],
    ),
    (
        r#"{"id":"r","type":"subflow","name":"R"},{"id":"s","type":"subflow","in":[{}],"out":[{},{}]},{"id":"q","type":"subflow"},
           {"id":"1","type":"subflow:s","z":"r","x":1,"y":1},{"id":"2","type":"subflow:r","z":"s","x":1,"y":1},{"id":"3","type":"subflow:r","z":"q","x":1,"y":1},
           {"id":"4","type":"subflow:q","z":"t","x":1,"y":1,"wires":[["4"]]},{"id":"5","type":"subflow:s","z":"t","x":1,"y":1,"wires":[["5"],["5"]]},{"id":"6","type":"subflow:w","z":"t","x":1,"y":1}"#,
        &[
            "error subflow:s 1, type: the subflow subflow s would contain itself: remove this node",
            "error subflow:r 2, type: the subflow \"R\" (r) would contain itself: remove this node",
            "error subflow:q 4, wires[0]: a wire leaves output 1, but the outputs end at 0: remove the wire, or add outputs",
            "error subflow:q 4, wires[0][0]: output 1 is wired to subflow:q 4, which has no input: remove the wire",
            "error subflow:w 6, type: the subflow w is not in this document: import it, or remove the node",
        ],
    ),
    (
        r#"{"id":"1","type":"mqtt in","z":"t","x":1,"y":1},{"id":"2","type":"mqtt in","z":"t","x":1,"y":1,"broker":""},{"id":"3","type":"mqtt in","z":"t","x":1,"y":1,"broker":"gone","tls":""},
           {"id":"4","type":"mqtt in","z":"t","x":1,"y":1,"broker":"b","tls":"b"},{"id":"5","type":"mqtt in","z":"t","x":1,"y":1,"broker":4,"tls":null},
           {"id":"6","type":"mqtt in","z":"t","x":1,"y":1,"broker":"o"},{"id":"o","type":"mqtt-broker","d":true},{"id":"7","type":"mqtt in","z":"t","x":1,"y":1,"broker":"${BROKER}"}"#,
        &[
            "error mqtt in 1, broker: there is no value: fill it in",
            "error mqtt in 2, broker: no mqtt-broker is chosen: choose or add one",
            "error mqtt in 3, broker: gone is not in this document: choose or add a mqtt-broker",
            "error mqtt in 4, tls: \"Broker\" (b) is a mqtt-broker: choose or add a tls-config",
            "error mqtt in 5, broker: a number stands here: enter the id of a mqtt-broker",
            "error mqtt in 6, broker: mqtt-broker o is switched off: switch it on, or choose another mqtt-broker",
        ],
    ),
    (
        r#"{"id":"1","type":"mqtt in","z":"t","x":1,"y":1,"broker":"b","topic":"a/#","qos":"3","port":"0","retry":1.5,"choice":"c","form":"y","both":"y"},
           {"id":"2","type":"mqtt in","z":"t","x":1,"y":1,"broker":"b","topic":"far too long a topic for it","qos":-1,"port":"1.5","retry":"1","choice":null,"both":7},
           {"id":"3","type":"mqtt in","z":"t","x":1,"y":1,"broker":"b","topic":"${T}","qos":"","port":"1883","retry":2.0,"choice":"a","form":true,"both":"x"},
           {"id":"4","type":"mqtt in","z":"t","x":1,"y":1,"broker":"b","qos":"high","port":"65536"}"#,
        &[
            "error mqtt in 1, topic: \"a/#\" does not have the form ^[^+#]+$: enter it in that form",
            "error mqtt in 1, qos: \"3\" is too large: enter at most 2",
            "error mqtt in 1, port: \"0\" is too small: enter more than 0",
            "error mqtt in 1, retry: 1.5 stands here: enter a whole number",
            "error mqtt in 1, choice: \"c\" is not allowed here: choose one of \"a\", \"b\"",
            "error mqtt in 1, form: \"y\" has none of the forms allowed here: see the help of the node",
            "error mqtt in 1, both: \"y\" is not allowed here: choose one of \"x\"",
            "error mqtt in 2, topic: \"far too long a topic for it\" is too long: enter at most 20 characters",
            "error mqtt in 2, qos: -1 is too small: enter at least 0",
            "error mqtt in 2, port: \"1.5\" is no number: enter one",
            "error mqtt in 2, both: 7 is not allowed here: choose one of \"x\"",
            "error mqtt in 4, qos: \"high\" is no number: enter one",
            "error mqtt in 4, port: \"65536\" is too large: enter less than 65536",
        ],
    ),
    (
        r#"{"id":"1","type":"switch","z":"t","x":1,"y":1,"property":"","rules":[]},
           {"id":"2","type":"switch","z":"t","x":1,"y":1,"property":"p","rules":[{"t":"eq","v":"1x","vt":"num"},{"t":"lt","v":3},{"v":"{\"a\":","vt":"json"},null],"wires":[[],[],[],["2"],["2"]]},
           {"id":"3","type":"switch","z":"t","x":1,"y":1,"d":true,"property":5,"rules":[{"t":"eq","v":"yes","vt":"bool"}]},
           {"id":"4","type":"switch","z":"t","x":1,"y":1,"property":"p","rules":[{"t":"eq","v":"0x1F","vt":"num"},{"t":"eq","v":"${N}","vt":"num"},{"t":"eq","v":"{}","vt":"json"}]}"#,
        &[
            "error switch 1, property: there is no value: fill it in",
            "error switch 1, rules: there are 0 entries: add some to have at least 1",
            "error switch 2, wires[4]: a wire leaves output 5, but the outputs end at 4: remove the wire, or add outputs",
            "error switch 2, rules: there are 4 entries: remove some to have at most 3",
            "error switch 2, rules[0].v: \"1x\" is no number: enter one",
            "error switch 2, rules[1].t: \"lt\" is not allowed here: choose one of \"eq\", \"gt\"",
            "error switch 2, rules[2].t: there is no value: fill it in",
            "error switch 2, rules[2].v: this is no JSON (line 1, column 6: the text ends too early: expected a value): mend it there",
            "error switch 2, rules[3]: null stands here: enter an object",
            "warning switch 3, rules[0].v: \"yes\" is neither true nor false: choose one",
        ],
    ),
];

#[test]
fn finds_what_is_wrong_with_its_place() {
    let types = types();
    for (entries, expected) in CASES {
        let text = format!(
            r#"[{{"id":"t","type":"tab","label":"Tab"}},{{"id":"b","type":"mqtt-broker","name":"Broker"}},{entries}]"#
        );
        let document = Document::parse(&text).expect(entries);
        let found: Vec<String> = check(&document, &types)
            .iter()
            .map(|problem| {
                let severity = if problem.severity == Severity::Error { "error" } else { "warning" };
                format!("{severity} {}", problem.describe(&document))
            })
            .collect();
        assert_eq!(found, *expected, "{entries}");
    }
}

#[test]
fn every_text_is_in_its_table_once() {
    let mut keys: Vec<&str> =
        crate::CATALOGUES.iter().flat_map(|table| table.iter()).map(|(key, _)| *key).collect();
    let count = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), count);
}

#[test]
fn a_long_chain_of_subflows_takes_no_quadratic_time() {
    let template = |n: usize| {
        format!(
            r#"{{"id":"s{n}","type":"subflow"}},{{"id":"i{n}","type":"subflow:s{}","z":"s{n}","x":1,"y":1}}"#,
            n + 1
        )
    };
    let chain: Vec<String> = (0..20_000).map(template).collect();
    let document =
        Document::parse(&format!("[{},{{\"id\":\"s20000\",\"type\":\"subflow\"}}]", chain.join(",")))
            .expect("a document");
    assert_eq!(structure(&document), []);
    let endless =
        Document::parse(&format!("[{}]", chain.join(",").replace("s20000", "s0"))).expect("a document");
    assert_eq!(structure(&endless).len(), 20_000);
}
