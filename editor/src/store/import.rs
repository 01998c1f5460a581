//! Import: flow JSON from the clipboard, a file or an example, looked at before it comes in.

mod replace;

use std::collections::BTreeMap;

use ecow::EcoString;
use model::check::{self, Severity};
use model::diff::Diff;
use model::document::{Document, Kind, Node};
use model::edit::{self, Paste, Pasted};
use model::json::Json;
use model::text::Text;

use super::geometry::Rect;
use super::moving::GRID;
use super::node_types::NodeTypes;
use crate::texts::{show, text};

/// Flows that were read and can come in.
#[derive(Clone, Debug, PartialEq)]
pub struct Import {
    document: Document,
}

/// Where nodes go that come without a tab of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Target {
    /// The open tab.
    #[default]
    Here,
    /// A new tab.
    NewTab,
}

/// What an import would bring.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// Nodes with a place on a tab, subflow instances and junctions included.
    pub nodes: usize,
    /// Tabs.
    pub tabs: usize,
    /// Subflow templates.
    pub subflows: usize,
    /// Groups.
    pub groups: usize,
    /// Config nodes.
    pub configs: usize,
    /// Config nodes and templates (with their insides) that are there just so, and are used.
    pub reused: usize,
    /// Entries whose id is taken, and which get another.
    pub renamed: usize,
    /// Entries that are no nodes, and are left out.
    pub left_out: usize,
    /// Node types that are not installed, and how many nodes have each.
    pub unknown: Vec<(String, usize)>,
    /// What is wrong beside that: the node and what is wrong with it.
    pub problems: Vec<(String, Text)>,
}

impl Import {
    /// Reads flow JSON: a list of nodes as Node-RED exports it, an object with such a list as `flows`, or one node.
    ///
    /// # Errors
    /// It is none of these; the text says what to do.
    pub fn parse(text_: &str) -> Result<Self, Text> {
        let trimmed = text_.trim_start_matches('\u{feff}').trim();
        if trimmed.is_empty() {
            return Err(text("import.nothing"));
        }
        let json = Json::parse(trimmed).map_err(|error| {
            let place = text("json.place").with("line", error.line).with("column", error.column);
            text("import.not-json").with("reason", show(&place.with("message", show(&error.message))))
        })?;
        let is_node = |json: &Json| json.get("id").is_some() && json.get("type").is_some();
        let json = if is_node(&json) { Json::Array(vec![json]) } else { json };
        let document = Document::from_json(json).map_err(|_| text("import.not-flows"))?;
        if !document.nodes().iter().any(|node| node.kind() != Kind::Malformed) {
            return Err(text("import.not-flows"));
        }
        Ok(Self { document })
    }

    /// Whether all nodes with a place come with their tab: there is nothing to choose then.
    pub fn brings_its_tabs(&self) -> bool {
        let mut placed = self.document.nodes().iter().filter(|node| has_place(node));
        placed.all(|node| node.z().is_some_and(|z| self.document.get(z).is_some_and(is_container)))
    }

    /// What it would bring into a document.
    pub fn preview(&self, document: &Document, types: &NodeTypes) -> Preview {
        let mut preview = Preview::default();
        let mut number = 0;
        let mut fresh = || {
            number += 1;
            edit::new_id(number)
        };
        let Ok((after, ids)) = self.with_tab(document, (0.0, 0.0), &mut fresh) else {
            return preview;
        };
        let own_tab = if self.brings_its_tabs() { None } else { ids.first() };
        let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
        let coming = ids.iter().filter(|id| Some(*id) != own_tab).filter_map(|id| after.get(id));
        for node in coming.clone() {
            *match node.kind() {
                Kind::Tab => &mut preview.tabs,
                Kind::Subflow => &mut preview.subflows,
                Kind::Group => &mut preview.groups,
                Kind::Config => &mut preview.configs,
                Kind::SubflowInstance | Kind::Junction | Kind::Node | Kind::Malformed => &mut preview.nodes,
            } += 1;
            if matches!(node.kind(), Kind::Node | Kind::Config) && types.get(node.type_name()).is_none() {
                *unknown.entry(node.type_name()).or_default() += 1;
            }
        }
        preview.unknown = unknown.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
        let entries = self.document.nodes();
        preview.left_out = entries.iter().filter(|node| node.kind() == Kind::Malformed).count();
        let come = coming.count();
        preview.reused = entries.len().saturating_sub(preview.left_out + come);
        preview.renamed = come - ids.iter().filter(|id| self.document.get(id).is_some()).count().min(come);
        let problems = check::check(&after, types).into_iter().filter(|problem| {
            let is_coming = problem.node.as_ref().is_some_and(|node| ids.contains(node));
            is_coming && problem.severity == Severity::Error && problem.text.key != "check.unknown-type"
        });
        let called = |id: &str| match after.get(id) {
            Some(node) if !node.name().is_empty() => node.name().to_owned(),
            Some(node) => node.type_name().to_owned(),
            None => id.to_owned(),
        };
        let told =
            problems.map(|problem| (called(problem.node.as_deref().unwrap_or_default()), problem.text));
        preview.problems = told.collect();
        preview
    }

    /// Brings it into a document as one change. Nodes that come without a tab go to the tab `open`, around the
    /// place `middle` (in the flow's pixels), or to a new tab; where there is no tab, a new one is made. Ids that
    /// are free are kept. The ids of what came are in their order.
    ///
    /// # Errors
    /// There is nothing to import, or `open` is no tab.
    pub fn apply(
        &self,
        document: &Document,
        target: Target,
        open: Option<&str>,
        middle: (f64, f64),
        fresh_id: &mut dyn FnMut() -> EcoString,
    ) -> Result<Pasted, Text> {
        let (after, ids) = match (target, open) {
            (Target::Here, Some(open)) if !self.brings_its_tabs() => {
                let pasted = self.paste(document, open, middle, fresh_id)?;
                let mut after = document.clone();
                pasted.diff.apply(&mut after).map_err(|mismatch| mismatch.reason)?;
                (after, pasted.ids)
            }
            _ => self.with_tab(document, middle, fresh_id)?,
        };
        Ok(Pasted { diff: Diff::between(document, &after), ids })
    }

    /// With a new tab where one is needed; its id comes first then.
    fn with_tab(
        &self,
        document: &Document,
        middle: (f64, f64),
        fresh_id: &mut dyn FnMut() -> EcoString,
    ) -> Result<(Document, Vec<EcoString>), Text> {
        let (mut after, mut ids, mut z) = (document.clone(), Vec::new(), EcoString::new());
        if !self.brings_its_tabs() {
            z = fresh_id();
            while document.get(&z).is_some() || self.document.get(&z).is_some() {
                z = fresh_id();
            }
            let count = document.tabs().count();
            let label = crate::texts::show(&text("import.tab").with("number", count + 1));
            edit::add_tab(&after, &z, &label, count)?
                .apply(&mut after)
                .map_err(|mismatch| mismatch.reason)?;
            ids.push(z.clone());
        }
        let pasted = self.paste(&after, &z, middle, fresh_id)?;
        pasted.diff.apply(&mut after).map_err(|mismatch| mismatch.reason)?;
        ids.extend(pasted.ids);
        Ok((after, ids))
    }

    fn paste(
        &self,
        document: &Document,
        z: &str,
        middle: (f64, f64),
        fresh_id: &mut dyn FnMut() -> EcoString,
    ) -> Result<Pasted, Text> {
        let options = Paste { z, shift: self.shift_to(middle), keeps_free_ids: true };
        edit::paste(document, &self.document, options, fresh_id)
    }

    /// How far to shift what comes without a tab so that it stands around `middle`, in whole steps of the grid.
    fn shift_to(&self, middle: (f64, f64)) -> (f64, f64) {
        let loose = self.document.nodes().iter().filter(|node| {
            has_place(node) && !node.z().is_some_and(|z| self.document.get(z).is_some_and(is_container))
        });
        let places = loose.filter_map(|node| Some((node.x()?, node.y()?)));
        let frames = places.map(|(x, y)| Rect { left: x, top: y, right: x, bottom: y });
        let Some(frame) = frames.reduce(Rect::with) else { return (0.0, 0.0) };
        let (x, y) = frame.centre();
        let snapped = |distance: f64| (distance / GRID).round() * GRID;
        (snapped(middle.0 - x), snapped(middle.1 - y))
    }
}

fn has_place(node: &Node) -> bool {
    matches!(node.kind(), Kind::Node | Kind::SubflowInstance | Kind::Junction | Kind::Group)
}

fn is_container(node: &Node) -> bool {
    matches!(node.kind(), Kind::Tab | Kind::Subflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::node_types::tests::sample;

    const FLOWS: &str = r#"[{"id":"t","type":"tab","label":"T"},{"id":"a","type":"inject","z":"t","x":100,"y":40,"wires":[["b"]]},
        {"id":"b","type":"json","z":"t","x":300,"y":40,"wires":[[]]},{"id":"k","type":"mqtt-broker","host":"h"}]"#;
    const LOOSE: &str = r#"[{"id":"a","type":"inject","z":"gone","x":1000,"y":1000,"wires":[["b"]]},
        {"id":"b","type":"nowhere","z":"gone","x":1200,"y":1000,"wires":[["missing"]],"odd":1.50},
        {"id":"k","type":"mqtt-broker","host":"h"},7]"#;

    fn numbers() -> impl FnMut() -> EcoString {
        let mut number = 0;
        move || {
            number += 1;
            ecow::eco_format!("f{number}")
        }
    }

    fn applied(
        document: &Document,
        text: &str,
        target: Target,
        open: Option<&str>,
    ) -> (Document, Vec<EcoString>) {
        let import = Import::parse(text).unwrap();
        let pasted = import.apply(document, target, open, (210.0, 50.0), &mut numbers()).unwrap();
        let mut after = document.clone();
        pasted.diff.apply(&mut after).unwrap();
        (after, pasted.ids)
    }

    #[test]
    fn what_cannot_be_read_says_what_to_do() {
        for (given, key) in [
            ("", "import.nothing"),
            (" \n", "import.nothing"),
            ("[{", "import.not-json"),
            ("hello", "import.not-json"),
            ("7", "import.not-flows"),
            ("[]", "import.not-flows"),
            ("[1,2]", "import.not-flows"),
            (r#"{"a":1}"#, "import.not-flows"),
        ] {
            assert_eq!(Import::parse(given).unwrap_err().key, key, "{given:?}");
        }
        assert!(Import::parse(r#"{"id":"a","type":"inject","x":1,"y":1,"wires":[]}"#).is_ok());
        assert!(Import::parse(&format!("\u{feff}{{\"rev\":\"r\",\"flows\":{FLOWS}}}")).is_ok());
    }

    #[test]
    fn an_import_into_nothing_is_what_was_exported() {
        let (document, ids) = applied(&Document::default(), FLOWS, Target::Here, None);
        assert_eq!(document, Document::parse(FLOWS).unwrap());
        assert_eq!(ids, ["t", "a", "b", "k"]);
    }

    #[test]
    fn what_is_there_gets_new_ids_and_config_nodes_are_used() {
        let start = Document::parse(FLOWS).unwrap();
        let (document, ids) = applied(&start, FLOWS, Target::Here, Some("t"));
        assert_eq!(document.len(), 7, "the broker is used");
        assert_eq!(ids, ["f1", "f2", "f3"]);
        assert_eq!(document.get("f2").unwrap().wires(), [["f3"]]);
        let preview = Import::parse(FLOWS).unwrap().preview(&start, &sample());
        assert_eq!((preview.tabs, preview.nodes, preview.configs), (1, 2, 0));
        assert_eq!((preview.reused, preview.renamed, preview.left_out), (1, 3, 0));
    }

    #[test]
    fn loose_nodes_go_to_the_open_tab_or_to_a_new_one() {
        let start = Document::parse(FLOWS).unwrap();
        let (document, ids) = applied(&start, LOOSE, Target::Here, Some("t"));
        assert_eq!(ids, ["f1", "f2"]);
        let node = document.get("f2").unwrap();
        assert_eq!((node.z(), node.x(), node.y()), (Some("t"), Some(300.0), Some(40.0)));
        assert_eq!(node.field("odd").unwrap().to_string(), "1.50");
        let (document, ids) = applied(&start, LOOSE, Target::NewTab, Some("t"));
        assert_eq!(ids, ["f1", "f2", "f3"]);
        assert_eq!(document.get("f3").unwrap().z(), Some("f1"));
        assert_eq!(document.tabs().count(), 2);
        // Where there is no tab, one is made.
        let (document, _) = applied(&Document::default(), LOOSE, Target::Here, None);
        assert_eq!((document.tabs().count(), document.get("a").unwrap().z()), (1, Some("f1")));
    }

    #[test]
    fn says_what_will_come() {
        let preview = Import::parse(LOOSE).unwrap().preview(&Document::default(), &sample());
        assert_eq!((preview.nodes, preview.tabs, preview.configs, preview.left_out), (2, 0, 1, 1));
        assert_eq!(preview.unknown, [("nowhere".to_owned(), 1)]);
        assert_eq!((preview.renamed, preview.reused), (0, 0));
    }
}
