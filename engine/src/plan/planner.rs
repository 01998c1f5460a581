//! The walk through a document that makes the plan: tabs, and in them groups and subflow instances.

use std::sync::Arc;

use ecow::{EcoString, eco_format};
use hashbrown::HashMap;
use model::descriptor::Role;
use model::document::{Document, Kind, Node};
use model::text::Text;

use super::properties::{Properties, Renamed};
use super::reach::Reach;
use super::{Flow, Plan, Planned, Task, variables, walk};
use crate::Credentials;
use crate::env::Env;
use crate::node::NodeInfo;
use crate::registry::Registry;
use crate::value::Value;

/// A subflow may stand inside subflows this deep; deeper ones are taken for endless nesting.
const NESTING_LIMIT: usize = 32;

/// Where a group of nodes is being planned: on a tab, or inside a subflow instance.
struct Place<'a> {
    /// The tab that all this is on; empty for none.
    tab: EcoString,
    /// The id of the tab or instance.
    flow: EcoString,
    /// The tab's or template's id: what `z` names.
    container: &'a str,
    path: EcoString,
    /// Document ids to running ids; `None` on tabs, where they are the same.
    renamed: Option<Arc<Renamed>>,
    env: Env,
    acknowledges_late: bool,
    depth: usize,
}

/// Walks the document within reach.
pub(super) struct Planner<'a> {
    document: &'a Document,
    registry: &'a Registry,
    credentials: &'a Credentials,
    env: Env,
    contents: HashMap<&'a str, Vec<&'a Node>>,
    /// What was planned so far.
    pub(super) plan: Plan,
}

impl<'a> Planner<'a> {
    pub(super) fn new(
        document: &'a Document,
        registry: &'a Registry,
        credentials: &'a Credentials,
        env: &Env,
        reach: &Reach,
    ) -> Self {
        let mut contents: HashMap<&str, Vec<&Node>> = HashMap::new();
        let is_subflow = |id: &str| document.get(id).is_some_and(|it| it.kind() == Kind::Subflow);
        // Nodes of one container stand together, as a rule: each is looked at once.
        let mut current: Option<(&str, bool)> = None;
        for (at, node) in document.nodes().iter().enumerate() {
            let container = node.z().unwrap_or_default();
            let counts = match current {
                Some((last, counts)) if last == container => counts,
                _ => reach.has(container) || is_subflow(container),
            };
            current = Some((container, counts));
            if !counts {
                continue;
            }
            // The first of several entries with one id runs; the checks report the others.
            if !matches!(node.kind(), Kind::Tab | Kind::Subflow | Kind::Malformed)
                && document.position(node.id()) == Some(at)
            {
                contents.entry(container).or_default().push(node);
            }
        }
        Self { document, registry, credentials, env: env.clone(), contents, plan: Plan::default() }
    }

    /// Plans every tab, and what is on none.
    pub(super) fn plan_tabs(&mut self) {
        let mut env = self.env.clone();
        for node in self.document.nodes().iter().filter(|node| node.type_name() == "global-config") {
            env = env.inner(self.variables(node, &env));
        }
        self.env = env;
        let containers: Vec<&'a str> = self.contents.keys().copied().collect();
        for container in containers {
            let holder = self.document.get(container);
            match holder.map(Node::kind) {
                Some(Kind::Subflow) => continue,
                Some(Kind::Tab) if holder.is_some_and(Node::is_disabled) => continue,
                _ => {}
            }
            let mut variables = Vec::new();
            if let Some(tab) = holder {
                variables.push(("NR_FLOW_NAME".into(), Value::from(tab.name())));
                variables.push(("NR_FLOW_ID".into(), Value::from(tab.id())));
                variables.extend(self.variables(tab, &self.env.clone()));
            }
            let level = holder.and_then(|tab| tab.text("delivery")).unwrap_or_default();
            let place = Place {
                tab: container.into(),
                flow: container.into(),
                container,
                // Entries without a tab, as config nodes are: Node-RED's word for where they live.
                path: if container.is_empty() { "global".into() } else { container.into() },
                renamed: None,
                env: self.env.inner(variables),
                acknowledges_late: matches!(level, "at-least-once" | "effectively-once"),
                depth: 0,
            };
            self.plan.flows.insert(container.into(), Flow { outside: None });
            self.plan_place(&place, &HashMap::new());
        }
        // The order of a hash map must not decide anything: back to the document's order.
        let document = self.document;
        self.plan.nodes.sort_by_cached_key(|node| {
            let outermost = node.info.path.split('/').nth(1).unwrap_or(&node.document_id);
            (document.position(outermost), document.position(&node.document_id))
        });
    }

    /// Plans the nodes of a tab or subflow instance. `outputs` gives, for an inner node and port, the
    /// receivers outside of the instance.
    fn plan_place(&mut self, place: &Place<'a>, outputs: &HashMap<(EcoString, usize), Vec<EcoString>>) {
        for node in self.contents.get(place.container).cloned().unwrap_or_default() {
            if node.kind() == Kind::Group || node.is_disabled() {
                continue;
            }
            let groups = self.groups_around(node);
            let env = self.group_env(&groups, place);
            let id = place.running_id(node.id());
            let mut wires: Vec<Vec<EcoString>> = node
                .wires()
                .iter()
                .map(|port| port.iter().map(|target| place.running_id(target)).collect())
                .collect();
            for ((from, port), targets) in outputs {
                if *from == id {
                    wires.resize(wires.len().max(port + 1), Vec::new());
                    wires[*port].extend(targets.iter().cloned());
                }
            }
            let info = Arc::new(NodeInfo {
                id: id.clone(),
                type_name: node.type_name().into(),
                name: node.name().into(),
                flow: place.flow.clone(),
                path: place.path.clone(),
                alias: place.renamed.is_some().then(|| node.id().into()),
            });
            if node.kind() == Kind::SubflowInstance {
                self.plan_instance(node, place, info, &env, wires, groups);
                continue;
            }
            let mut role = match self.registry.get(node.type_name()) {
                Some(factory) => Task::Is(factory.descriptor().role),
                None if node.type_name() == "global-config" => continue,
                None => Task::Missing,
            };
            if node.kind() == Kind::Junction {
                role = Task::Is(Role::Junction);
            }
            if role == Task::Is(Role::Comment) {
                continue;
            }
            if role == Task::Missing {
                let text = Text::key("engine.unknown-type").with("type", node.type_name());
                self.plan.problems.push((node.id().into(), "type".into(), text));
            }
            let env = env.of_node(&info);
            let properties = Properties::of(node, place.renamed.clone(), env.clone());
            self.plan.nodes.push(Planned {
                info,
                tab: place.tab.clone(),
                role,
                properties,
                document_id: node.id().into(),
                env,
                wires,
                groups,
                fingerprint: 0,
                acknowledges_late: place.acknowledges_late,
            });
        }
    }

    fn plan_instance(
        &mut self,
        node: &'a Node,
        place: &Place<'a>,
        info: Arc<NodeInfo>,
        env: &Env,
        wires: Vec<Vec<EcoString>>,
        groups: Vec<EcoString>,
    ) {
        let template =
            node.subflow_id().and_then(|id| self.document.get(id)).filter(|it| it.kind() == Kind::Subflow);
        let Some(template) = template else {
            let text = Text::key("engine.unknown-subflow").with("id", node.subflow_id().unwrap_or_default());
            return self.plan.problems.push((node.id().into(), "type".into(), text));
        };
        if place.depth >= NESTING_LIMIT {
            let text = Text::key("engine.subflow-recursion").with("name", template.name());
            return self.plan.problems.push((node.id().into(), "type".into(), text));
        }
        let id = info.id.clone();
        let mut variables = vec![
            (
                "NR_SUBFLOW_NAME".into(),
                Value::from(if node.name().is_empty() { template.name() } else { node.name() }),
            ),
            ("NR_SUBFLOW_ID".into(), Value::from(id.clone())),
            ("NR_SUBFLOW_PATH".into(), eco_format!("{}/{id}", place.path).into()),
        ];
        variables.extend(self.variables(template, env));
        variables.extend(self.variables_in(node, &env.inner(variables.clone()), env));
        let inner = Place {
            tab: place.tab.clone(),
            flow: id.clone(),
            container: template.id(),
            path: eco_format!("{}/{id}", place.path),
            renamed: Some(Arc::new(
                self.contents
                    .get(template.id())
                    .into_iter()
                    .flatten()
                    .map(|node| (node.id().into(), eco_format!("{id}-{}", node.id())))
                    .collect(),
            )),
            env: env.inner(variables),
            acknowledges_late: place.acknowledges_late,
            depth: place.depth + 1,
        };
        self.plan.flows.insert(id.clone(), Flow { outside: Some((place.flow.clone(), id.clone())) });
        let ends = walk::ends(template);
        let mut entry: Vec<EcoString> = ends.inputs.iter().map(|id| inner.running_id(id)).collect();
        let mut outputs: HashMap<(EcoString, usize), Vec<EcoString>> = HashMap::new();
        for (port, sources) in ends.outputs.iter().enumerate() {
            let targets = wires.get(port).cloned().unwrap_or_default();
            for (source, source_port) in sources {
                if *source == template.id() {
                    entry.extend(targets.iter().cloned());
                } else {
                    outputs
                        .entry((inner.running_id(source), *source_port))
                        .or_default()
                        .extend(targets.iter().cloned());
                }
            }
        }
        let status_id = eco_format!("{id}-status");
        for (source, port) in &ends.status {
            outputs.entry((inner.running_id(source), *port)).or_default().push(status_id.clone());
        }
        let planned = |info, role, wires| Planned {
            info,
            tab: place.tab.clone(),
            role,
            properties: Properties::default(),
            document_id: node.id().into(),
            env: env.clone(),
            wires,
            groups: groups.clone(),
            fingerprint: 0,
            acknowledges_late: place.acknowledges_late,
        };
        if !ends.status.is_empty() {
            let status_info = Arc::new(NodeInfo { id: status_id, ..(*info).clone() });
            self.plan.nodes.push(planned(status_info, Task::SubflowStatus, vec![]));
        }
        self.plan.nodes.push(planned(info, Task::SubflowInput, vec![entry]));
        self.plan_place(&inner, &outputs);
    }

    /// The groups around a node, from the inside out.
    fn groups_around(&self, node: &Node) -> Vec<EcoString> {
        let mut groups: Vec<EcoString> = Vec::new();
        let mut next = node.g();
        while let Some(id) = next {
            if groups.iter().any(|seen| seen == id) {
                break;
            }
            groups.push(id.into());
            next = self.document.get(id).and_then(Node::g);
        }
        groups
    }

    fn group_env(&mut self, groups: &[EcoString], place: &Place<'a>) -> Env {
        let mut env = place.env.clone();
        for id in groups.iter().rev() {
            let Some(group) = self.document.get(id).filter(|group| group.kind() == Kind::Group) else {
                continue;
            };
            let mut variables = vec![
                ("NR_GROUP_NAME".into(), Value::from(group.name())),
                ("NR_GROUP_ID".into(), Value::from(group.id())),
            ];
            variables.extend(self.variables(group, &env));
            env = env.inner(variables);
        }
        env
    }

    /// The variables that an entry's `env` defines; what is wrong with them becomes a problem.
    fn variables(&mut self, node: &Node, env: &Env) -> Vec<(EcoString, Value)> {
        self.variables_in(node, env, env)
    }

    /// The same, where those that an instance sets may be made of those that its template sets.
    fn variables_in(&mut self, node: &Node, env: &Env, outside: &Env) -> Vec<(EcoString, Value)> {
        let credentials = self.credentials.get(node.id());
        let (variables, problems) = variables::of_entry(node, env, outside, credentials);
        self.plan.problems.extend(problems.into_iter().map(|(path, text)| (node.id().into(), path, text)));
        variables
    }
}

impl Place<'_> {
    fn running_id(&self, id: &str) -> EcoString {
        self.renamed.as_ref().and_then(|renamed| renamed.get(id)).cloned().unwrap_or_else(|| id.into())
    }
}
