//! From what runs to what is to run: decide, build, stop (`stop`), wire and start (`wire`).

use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};

use ecow::EcoString;
use hashbrown::{HashMap, HashSet};
use model::descriptor::Role;
use model::text::Text;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use super::build::{Blueprint, Lent};
use super::reach::Basis;
use super::supervise::RunningTask;
use super::{DeployKind, DeployReport, Engine, Problem};
use crate::Credentials;
use crate::cell::{CellPort, CellState};
use crate::node::{Built, ConfigNode, Counters, Handover, NodeHandle, Whereabouts};
use crate::plan::{Plan, Planned, Reach, Task};

/// Fewer nodes than this are not worth a thread.
const LEAST_SHARE: usize = 256;

/// What runs.
#[derive(Default)]
pub(super) struct Running {
    pub nodes: HashMap<EcoString, RunningNode>,
    pub configs: HashMap<EcoString, RunningConfig>,
    pub cells: HashMap<u64, RunningCell>,
    /// What nodes parked whose successors could not be built, for those to come.
    pub parked: HashMap<EcoString, Handover>,
    /// What all this was planned from.
    pub basis: Option<Basis>,
}

/// A node that runs in a cell.
pub(super) struct RunningNode {
    pub handle: Arc<NodeHandle>,
    pub fingerprint: u64,
    pub role: Task,
    /// The tab that it is on, and a hash of its receivers: to find the tabs on which something changed.
    pub tab: EcoString,
    pub wires: u64,
    pub blueprint: Option<Arc<Blueprint>>,
    pub task: Option<RunningTask>,
    pub is_source: bool,
    pub is_broken: bool,
    /// Whether it has a place for answers to link calls.
    pub calls_links: bool,
}

pub(super) struct RunningConfig {
    pub node: Arc<dyn ConfigNode>,
    pub handle: Arc<NodeHandle>,
    pub fingerprint: u64,
}

/// A cell, by the signature of its component.
pub(super) struct RunningCell {
    pub port: CellPort,
    pub task: JoinHandle<()>,
    /// The nodes in it.
    pub members: Box<[EcoString]>,
    /// The tabs that these are on, each once.
    pub tabs: Vec<EcoString>,
}

/// A node as it was built, or why it was not.
pub(super) struct Fresh {
    pub built: Option<Built>,
    pub blueprint: Option<Arc<Blueprint>>,
}

/// Config nodes by id.
pub(super) type Configs = HashMap<EcoString, Arc<dyn ConfigNode>>;

/// A suspended cell's nodes, queue and timers, with what its leaving nodes parked.
#[derive(Default)]
pub(super) struct Leftovers {
    pub states: Vec<CellState>,
    pub parked: HashMap<EcoString, Handover>,
}

impl Engine {
    /// What building all of a plan finds, without starting anything.
    pub(super) fn problems_of(&self, plan: &Plan, credentials: &Credentials) -> Vec<Problem> {
        let (running, kept, mut report) = (Running::default(), HashSet::new(), DeployReport::of(plan));
        let (configs, _) = self.build_configs(&running, plan, &kept, credentials, &mut report);
        self.build_nodes(plan, &kept, &configs, credentials, &mut report);
        report.problems
    }

    pub(super) async fn change(
        &self,
        running: &mut Running,
        plan: Plan,
        reach: &Reach,
        credentials: &Credentials,
        kind: DeployKind,
    ) -> DeployReport {
        let mut report = DeployReport::of(&plan);
        let kept = kept(running, &plan, reach, kind);
        let (configs, new_configs) = self.build_configs(running, &plan, &kept, credentials, &mut report);
        let fresh = self.build_nodes(&plan, &kept, &configs, credentials, &mut report);

        let components = crate::graph::Graph::of(&plan).components(&plan);
        let untouched: HashSet<u64> = components
            .iter()
            .filter(|component| {
                running.cells.contains_key(&component.signature)
                    && component.members.iter().all(|at| kept.contains(at))
            })
            .map(|component| component.signature)
            .collect();

        let leftovers = self.stop_cells(running, &plan, reach, &kept, &untouched, &mut report).await;
        self.swap_configs(running, &plan, configs, new_configs).await;
        self.start_cells(running, &plan, &components, &untouched, fresh, leftovers, &mut report);
        report.kept = running.nodes.len().saturating_sub(report.started);
        self.list_handles(running, &plan, reach);
        report
    }

    /// Tells everybody who runs now.
    fn list_handles(&self, running: &Running, plan: &Plan, reach: &Reach) {
        let mut handles = self.handles.write().unwrap_or_else(PoisonError::into_inner);
        if let Reach::Everything = reach {
            handles.clear();
        }
        for planned in &plan.nodes {
            let id = &planned.info.id;
            let node = running.nodes.get(id).map(|node| &node.handle);
            if let Some(handle) = node.or(running.configs.get(id).map(|config| &config.handle)) {
                handles.insert(id.clone(), handle.clone());
            }
        }
        // All that runs is listed now. If there are more, those have stopped.
        if handles.len() > running.nodes.len() + running.configs.len() {
            handles.retain(|id, _| running.nodes.contains_key(id) || running.configs.contains_key(id));
        }
    }

    /// Builds the config nodes that are new or changed, those used by others first. Gives all by id, and
    /// the handles of the new ones.
    fn build_configs(
        &self,
        running: &Running,
        plan: &Plan,
        kept: &HashSet<usize>,
        credentials: &Credentials,
        report: &mut DeployReport,
    ) -> (Configs, HashMap<EcoString, Arc<NodeHandle>>) {
        let (mut configs, mut handles) = (HashMap::new(), HashMap::new());
        for at in configs_in_order(plan) {
            let planned = &plan.nodes[at];
            let id = planned.info.id.clone();
            if kept.contains(&at) {
                if let Some(config) = running.configs.get(&id) {
                    configs.insert(id, config.node.clone());
                }
                continue;
            }
            let blueprint = self.blueprint(plan, planned, &configs, credentials);
            match blueprint.build() {
                Ok(Built::Config(node)) => {
                    handles.insert(id.clone(), self.handle_of(planned));
                    configs.insert(id, node);
                }
                Ok(_) => {}
                Err(error) => report.add(planned, error),
            }
        }
        (configs, handles)
    }

    fn build_nodes(
        &self,
        plan: &Plan,
        kept: &HashSet<usize>,
        configs: &Configs,
        credentials: &Credentials,
        report: &mut DeployReport,
    ) -> HashMap<usize, Fresh> {
        let to_build: Vec<usize> = (0..plan.nodes.len())
            .filter(|at| !kept.contains(at) && plan.nodes[*at].role != Task::Is(Role::Config))
            .collect();
        let build = |at: &usize| {
            let planned = &plan.nodes[*at];
            let is_known = matches!(planned.role, Task::Is(_));
            if !is_known || self.registry.get(&planned.info.type_name).is_none() {
                return (*at, Fresh { built: Some(Built::Structure), blueprint: None }, None);
            }
            let blueprint = Arc::new(self.blueprint(plan, planned, configs, credentials));
            let (built, error) = match blueprint.build() {
                Ok(built) => (Some(built), None),
                Err(error) => (None, Some(error)),
            };
            (*at, Fresh { built, blueprint: Some(blueprint) }, error)
        };
        let mut fresh = HashMap::with_capacity(to_build.len());
        for (at, node, error) in in_parallel(&to_build, &self.handle, build) {
            if let Some(error) = error {
                report.add(&plan.nodes[at], error);
            }
            fresh.insert(at, node);
        }
        fresh
    }

    fn blueprint(
        &self,
        plan: &Plan,
        planned: &Planned,
        configs: &Configs,
        credentials: &Credentials,
    ) -> Blueprint {
        let used = plan.configs_used_by(planned).into_iter().filter_map(|at| {
            let id = &plan.nodes[at].info.id;
            Some((id.clone(), configs.get(id)?.clone()))
        });
        Blueprint {
            info: planned.info.clone(),
            properties: planned.properties.clone(),
            registry: self.registry.clone(),
            contexts: self.contexts.clone(),
            services: self.services.clone(),
            lent: Lent {
                credentials: credentials.get(planned.document_id.as_str()).cloned().unwrap_or_default(),
                configs: used.collect(),
            }
            .boxed(),
        }
    }

    pub(super) fn handle_of(&self, planned: &Planned) -> Arc<NodeHandle> {
        Arc::new(NodeHandle {
            info: planned.info.clone(),
            env: planned.env.clone(),
            contexts: self.contexts.clone(),
            registry: self.registry.clone(),
            services: self.services.clone(),
            acknowledges_late: planned.acknowledges_late,
            counters: Counters::default(),
            observer: self.observer.clone(),
            completes: AtomicBool::new(false),
            outlets: RwLock::default(),
            place: Whereabouts::default(),
        })
    }
}

impl DeployReport {
    /// With the problems that planning found.
    fn of(plan: &Plan) -> Self {
        let problem = |(node, path, text): &(EcoString, String, Text)| Problem {
            node: node.clone(),
            flow: EcoString::default(),
            path: path.clone(),
            text: text.clone(),
        };
        Self { problems: plan.problems.iter().map(problem).collect(), ..Self::default() }
    }

    fn add(&mut self, planned: &Planned, error: crate::node::BuildError) {
        let (node, flow) = (&planned.document_id, &planned.info.flow);
        let problem = |(path, text)| Problem { node: node.clone(), flow: flow.clone(), path, text };
        self.problems.extend(error.problems.into_iter().map(problem));
    }
}

/// What `make` makes of each item, in their order; of many on several threads. It may use the runtime.
fn in_parallel<T: Sync, R: Send>(items: &[T], runtime: &Handle, make: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let make_all = |items: &[T]| {
        let _on_flows = runtime.enter();
        items.iter().map(&make).collect::<Vec<R>>()
    };
    if items.len() <= LEAST_SHARE {
        return make_all(items);
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let share = items.len().div_ceil(threads).max(LEAST_SHARE);
    let (own, others) = items.split_at(share.min(items.len()));
    let make_all = &make_all;
    std::thread::scope(|scope| {
        let working: Vec<_> =
            others.chunks(share).map(|items| scope.spawn(move || make_all(items))).collect();
        let mut made = make_all(own);
        for thread in working {
            // Building catches panics, so this is none of a node's.
            made.extend(thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        made
    })
}

/// Positions of the nodes that can go on running as they are.
fn kept(running: &Running, plan: &Plan, reach: &Reach, kind: DeployKind) -> HashSet<usize> {
    if kind == DeployKind::Full {
        return HashSet::new();
    }
    let same = |planned: &Planned| {
        if planned.role == Task::Is(Role::Config) {
            let former = running.configs.get(&planned.info.id);
            return former.is_some_and(|former| former.fingerprint == planned.fingerprint);
        }
        running.nodes.get(&planned.info.id).is_some_and(|former| {
            former.fingerprint == planned.fingerprint && former.role == planned.role && !former.is_broken
        })
    };
    let mut kept: HashSet<usize> = (0..plan.nodes.len()).filter(|at| same(&plan.nodes[*at])).collect();
    if kind == DeployKind::Flows {
        let mut changed: HashSet<&str> = HashSet::new();
        for (at, planned) in plan.nodes.iter().enumerate() {
            let rewired = running
                .nodes
                .get(&planned.info.id)
                .is_some_and(|former| former.wires != planned.wires_hash());
            if !kept.contains(&at) || rewired {
                changed.insert(&planned.tab);
            }
        }
        for (id, former) in running.nodes.iter().filter(|(_, former)| reach.has(&former.tab)) {
            if !plan.by_id.contains_key(id) {
                changed.insert(&former.tab);
            }
        }
        kept.retain(|at| {
            let planned = &plan.nodes[*at];
            planned.role == Task::Is(Role::Config) || !changed.contains(planned.tab.as_str())
        });
    }
    kept
}

/// Positions of the config nodes, those used by others first.
pub(super) fn configs_in_order(plan: &Plan) -> Vec<usize> {
    fn visit(plan: &Plan, at: usize, seen: &mut HashSet<usize>, order: &mut Vec<usize>) {
        if seen.insert(at) {
            plan.configs_used_by(&plan.nodes[at]).into_iter().for_each(|used| visit(plan, used, seen, order));
            order.push(at);
        }
    }
    let (mut seen, mut order) = (HashSet::new(), Vec::new());
    for (at, planned) in plan.nodes.iter().enumerate() {
        if planned.role == Task::Is(Role::Config) {
            visit(plan, at, &mut seen, &mut order);
        }
    }
    order
}
