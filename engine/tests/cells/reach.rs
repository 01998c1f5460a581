//! However a document came to be what it is, deploy after deploy, it runs as if it had been deployed at once.

use proptest::prelude::*;
use serde_json::{Value, json};
use wireloom_engine::{DeployKind, Options};

use crate::rig::{Rig, settle};

const TABS: usize = 3;
const NODES: usize = 5;

/// A change that somebody makes in the editor.
#[derive(Clone, Debug)]
enum Edit {
    /// Another word for a node.
    Word(usize, usize),
    /// A node's only wire goes to a later one on any tab, or to none.
    Wire(usize, usize),
    /// A link out of the tab names the link ins of those after it, by bits.
    Links(usize, usize),
    /// A node is switched off, or on.
    Switch(usize),
    /// A node is gone, or back.
    Remove(usize),
    /// A node becomes one of another type, by number; one of the types is not known.
    Type(usize, usize),
    /// A node uses one of the config nodes, or none.
    Share(usize, usize),
    /// Another word for a config node.
    SharedWord(usize, usize),
    /// A config node is on no tab, or on one.
    SharedTab(usize, usize),
    /// Another name for a tab.
    Name(usize, usize),
    /// A tab is switched off, or on.
    SwitchTab(usize),
    /// A tab is gone with all that is on it, or back.
    RemoveTab(usize),
    /// Another word inside the subflow.
    Inside(usize),
}

fn any_edit() -> impl Strategy<Value = Edit> {
    let node = 0..TABS * NODES;
    prop_oneof![
        4 => (node.clone(), 0..5_usize).prop_map(|(at, word)| Edit::Word(at, word)),
        4 => (node.clone(), 0..TABS * NODES + 1).prop_map(|(at, to)| Edit::Wire(at, to)),
        2 => (0..TABS, 0..8_usize).prop_map(|(tab, bits)| Edit::Links(tab, bits)),
        1 => node.clone().prop_map(Edit::Switch),
        2 => node.clone().prop_map(Edit::Remove),
        2 => (node.clone(), 0..5_usize).prop_map(|(at, kind)| Edit::Type(at, kind)),
        1 => (node, 0..3_usize).prop_map(|(at, config)| Edit::Share(at, config)),
        1 => (0..2_usize, 0..5_usize).prop_map(|(at, word)| Edit::SharedWord(at, word)),
        1 => (0..2_usize, 0..TABS + 1).prop_map(|(at, tab)| Edit::SharedTab(at, tab)),
        1 => (0..TABS, 0..5_usize).prop_map(|(tab, name)| Edit::Name(tab, name)),
        1 => (0..TABS).prop_map(Edit::SwitchTab),
        1 => (0..TABS).prop_map(Edit::RemoveTab),
        1 => (0..5_usize).prop_map(Edit::Inside),
    ]
}

/// What is drawn, with what is gone kept aside.
struct Sheet {
    entries: Vec<(Value, bool)>,
}

impl Sheet {
    fn new() -> Self {
        let mut entries = vec![
            json!({ "id": "s", "type": "subflow", "name": "inner", "in": [{ "wires": [{ "id": "inside" }] }],
                "out": [{ "wires": [{ "id": "inside", "port": 0 }] }] }),
            json!({ "id": "inside", "type": "told", "z": "s", "x": 1, "y": 1, "word": 0, "wires": [[]] }),
            json!({ "id": "c0", "type": "shared", "word": 0 }),
            json!({ "id": "c1", "type": "shared", "word": 0 }),
        ];
        for tab in 0..TABS {
            let z = format!("t{tab}");
            entries.push(json!({ "id": z, "type": "tab", "label": "one" }));
            entries.push(json!({ "id": format!("in{tab}"), "type": "link in", "z": z, "x": 1, "y": 1,
                "wires": [[format!("n{}", tab * NODES + NODES - 1)]] }));
            entries.push(json!({ "id": format!("out{tab}"), "type": "link out", "z": z, "x": 1, "y": 1,
                "mode": "link", "links": [], "wires": [] }));
            for at in tab * NODES..(tab + 1) * NODES {
                entries
                    .push(json!({ "id": format!("n{at}"), "type": "told", "z": z, "x": 1, "y": 1, "word": 0,
                    "wires": [[format!("out{tab}")]] }));
            }
        }
        Self { entries: entries.into_iter().map(|entry| (entry, true)).collect() }
    }

    fn entry(&mut self, id: &str) -> &mut (Value, bool) {
        self.entries.iter_mut().find(|(entry, _)| entry["id"] == id).unwrap()
    }

    fn set(&mut self, id: String, key: &str, value: impl Into<Value>) {
        self.entry(&id).0[key] = value.into();
    }

    fn toggle(&mut self, id: String, key: &str) {
        let (entry, _) = self.entry(&id);
        entry[key] = (entry[key] != true).into();
    }

    fn make(&mut self, edit: &Edit) {
        let id = |at: &usize| format!("n{at}");
        match edit {
            Edit::Word(at, word) => self.set(id(at), "word", *word),
            Edit::Wire(at, to) if to > at => self.set(id(at), "wires", json!([[format!("n{to}")]])),
            Edit::Wire(at, _) => self.set(id(at), "wires", json!([[]])),
            Edit::Links(tab, bits) => {
                let later = (tab + 1..TABS).filter(|other| bits >> other & 1 == 1);
                let links: Vec<String> = later.map(|other| format!("in{other}")).collect();
                self.set(format!("out{tab}"), "links", links);
            }
            Edit::Switch(at) => self.toggle(id(at), "d"),
            Edit::Remove(at) => self.entry(&id(at)).1 ^= true,
            Edit::Type(at, kind) => {
                let kind = ["told", "note", "junction", "no such type", "subflow:s"][*kind];
                self.set(id(at), "type", kind);
            }
            Edit::Share(at, config) => self.set(id(at), "shared", ["", "c0", "c1"][*config]),
            Edit::SharedWord(at, word) => self.set(format!("c{at}"), "word", *word),
            Edit::SharedTab(at, tab) if *tab < TABS => self.set(format!("c{at}"), "z", format!("t{tab}")),
            Edit::SharedTab(at, _) => self.set(format!("c{at}"), "z", ""),
            Edit::Name(tab, name) => self.set(format!("t{tab}"), "label", format!("name {name}")),
            Edit::SwitchTab(tab) => self.toggle(format!("t{tab}"), "disabled"),
            Edit::RemoveTab(tab) => {
                let z = format!("t{tab}");
                for (entry, is_there) in &mut self.entries {
                    if entry["id"] == z || entry["z"] == z && entry["type"] != "shared" {
                        *is_there ^= true;
                    }
                }
            }
            Edit::Inside(word) => self.set("inside".into(), "word", *word),
        }
    }

    fn document(&self) -> Value {
        self.entries.iter().filter(|(_, is_there)| *is_there).map(|(entry, _)| entry.clone()).collect()
    }
}

/// Who runs, what a message to each of them leads to, and the problems.
async fn behaviour(rig: &Rig, problems: Vec<String>) -> (Vec<String>, Vec<(String, String)>, Vec<String>) {
    let mut ids: Vec<String> = rig.engine.nodes().iter().map(|node| node.info.id.to_string()).collect();
    ids.sort();
    rig.diary.0.lock().unwrap().clear();
    for (number, id) in ids.iter().enumerate() {
        // Config nodes take no messages.
        let _ = rig.engine.receive(id, wireloom_engine::Message::with_payload(number as f64));
        settle().await;
    }
    let mut notes = rig.diary.0.lock().unwrap().clone();
    notes.sort();
    (ids, notes, problems)
}

async fn deploy(rig: &Rig, flow: &Value, kind: DeployKind) -> Vec<String> {
    let report = rig.deploy(flow.clone(), kind).await;
    let mut problems: Vec<String> =
        report.problems.iter().map(|it| format!("{} {} {}", it.node, it.path, it.text.key)).collect();
    problems.sort();
    problems
}

async fn check(edits: &[(Edit, bool)]) {
    let mut sheet = Sheet::new();
    let rig = Rig::new(Options::default());
    deploy(&rig, &sheet.document(), DeployKind::Full).await;
    for (edit, is_flows) in edits {
        sheet.make(edit);
        let kind = if *is_flows { DeployKind::Flows } else { DeployKind::Nodes };
        let problems = deploy(&rig, &sheet.document(), kind).await;
        let fresh = Rig::new(Options::default());
        let expected = deploy(&fresh, &sheet.document(), DeployKind::Full).await;
        assert_eq!(behaviour(&rig, problems).await, behaviour(&fresh, expected).await, "after {edit:?}");
        fresh.engine.stop().await;
    }
    rig.engine.stop().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn a_document_runs_the_same_however_it_came_about(edits in prop::collection::vec((any_edit(), any::<bool>()), 1..16)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(check(&edits));
    }
}

#[tokio::test(start_paused = true)]
async fn what_names_a_node_of_another_tab_finds_it_when_it_comes() {
    let tab = |id: &str| json!({ "id": id, "type": "tab", "label": id });
    let out = json!({ "id": "out", "type": "link out", "z": "a", "x": 1, "y": 1, "mode": "link", "links": ["in"], "wires": [] });
    let into =
        json!({ "id": "in", "type": "link in", "z": "b", "x": 1, "y": 1, "links": [], "wires": [["n"]] });
    let note = json!({ "id": "n", "type": "note", "z": "b", "x": 1, "y": 1, "wires": [[]] });
    let rig = Rig::of(json!([tab("a"), tab("b"), out, note])).await;
    rig.send("out", 1).await;
    rig.deploy(json!([tab("a"), tab("b"), out, note, into]), DeployKind::Nodes).await;
    rig.send("out", 2).await;
    rig.deploy(json!([tab("a"), tab("b"), out, note]), DeployKind::Nodes).await;
    rig.send("out", 3).await;
    assert_eq!(rig.diary.of("n"), ["2.0"]);
}

#[tokio::test(start_paused = true)]
async fn a_deploy_says_how_many_nodes_it_left_alone() {
    let flow = |word: &str| {
        let mut nodes = Vec::new();
        for tab in ["a", "b", "c"] {
            nodes.push(json!({ "id": tab, "type": "tab" }));
            for at in 0..3 {
                let word = if tab == "b" && at == 1 { word } else { "" };
                nodes.push(json!({ "id": format!("{tab}{at}"), "type": "note", "z": tab, "x": 1, "y": 1, "word": word, "wires": [[]] }));
            }
        }
        Value::Array(nodes)
    };
    let rig = Rig::of(flow("one")).await;
    let report = rig.deploy(flow("two"), DeployKind::Nodes).await;
    assert_eq!((report.started, report.stopped, report.kept), (1, 1, 8));
    let report = rig.deploy(flow("three"), DeployKind::Flows).await;
    assert_eq!((report.started, report.stopped, report.kept), (3, 3, 6));
    assert_eq!(rig.engine.nodes().len(), 9);
}
