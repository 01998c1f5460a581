//! From what runs to what is to run: decide, build, stop, wire, start.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use ecow::EcoString;
use futures_util::future::join_all;
use model::descriptor::Role;
use model::text::Text;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::build::Blueprint;
use super::reach::Basis;
use super::supervise::RunningTask;
use super::{DeployKind, DeployReport, Engine, Problem};
use crate::cell::{CellEvent, CellPort, CellState, Parked, Suspended};
use crate::delivery::Gate;
use crate::node::{Built, ConfigNode, Counters, NodeHandle, Place};
use crate::observe::Status;
use crate::plan::{Plan, Planned, Reach, Task};

/// How long task nodes get to say goodbye once their inbox is empty; also for a cell to hand itself over.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// What runs.
#[derive(Default)]
pub(super) struct Running {
    pub nodes: HashMap<EcoString, RunningNode>,
    pub configs: HashMap<EcoString, RunningConfig>,
    pub cells: HashMap<u64, RunningCell>,
    /// What nodes parked whose successors could not be built, for those to come.
    pub parked: HashMap<EcoString, Parked>,
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
    pub gate: Arc<Gate>,
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
type Configs = HashMap<EcoString, Arc<dyn ConfigNode>>;

/// A suspended cell's nodes, queue and timers, with what its leaving nodes parked.
#[derive(Default)]
pub(super) struct Leftovers {
    pub states: Vec<CellState>,
    pub parked: HashMap<EcoString, Parked>,
}

impl Engine {
    /// What building all of a plan finds, without starting anything.
    pub(super) fn problems_of(
        &self,
        plan: &Plan,
        credentials: &HashMap<String, HashMap<String, String>>,
    ) -> Vec<Problem> {
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
        credentials: &HashMap<String, HashMap<String, String>>,
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
        match reach {
            Reach::Everything => handles.clear(),
            Reach::Tabs(_) => {
                handles.retain(|id, _| running.nodes.contains_key(id) || running.configs.contains_key(id));
            }
        }
        for planned in &plan.nodes {
            let id = &planned.info.id;
            let node = running.nodes.get(id).map(|node| &node.handle);
            if let Some(handle) = node.or(running.configs.get(id).map(|config| &config.handle)) {
                handles.insert(id.clone(), handle.clone());
            }
        }
    }

    /// Builds the config nodes that are new or changed, those used by others first. Gives all by id, and
    /// the handles of the new ones.
    fn build_configs(
        &self,
        running: &Running,
        plan: &Plan,
        kept: &HashSet<usize>,
        credentials: &HashMap<String, HashMap<String, String>>,
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
        credentials: &HashMap<String, HashMap<String, String>>,
        report: &mut DeployReport,
    ) -> HashMap<usize, Fresh> {
        let mut fresh = HashMap::new();
        for (at, planned) in plan.nodes.iter().enumerate() {
            if kept.contains(&at) || planned.role == Task::Is(Role::Config) {
                continue;
            }
            let mut node = Fresh { built: Some(Built::Structure), blueprint: None };
            if matches!(planned.role, Task::Is(_)) && self.registry.get(&planned.info.type_name).is_some() {
                let blueprint = Arc::new(self.blueprint(plan, planned, configs, credentials));
                node.built = blueprint.build().map_err(|error| report.add(planned, error)).ok();
                node.blueprint = Some(blueprint);
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
        credentials: &HashMap<String, HashMap<String, String>>,
    ) -> Blueprint {
        let used = plan.configs_used_by(planned).into_iter().filter_map(|at| {
            let id = &plan.nodes[at].info.id;
            Some((id.clone(), configs.get(id)?.clone()))
        });
        Blueprint {
            info: planned.info.clone(),
            properties: planned.properties.clone(),
            credentials: credentials.get(planned.document_id.as_str()).cloned().unwrap_or_default(),
            env: planned.env.clone(),
            registry: self.registry.clone(),
            contexts: self.contexts.clone(),
            services: self.services.clone(),
            configs: used.collect(),
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
            place: watch::Sender::new(Place::Between),
        })
    }

    /// Stops what leaves and suspends every cell that is not to stay as it is.
    async fn stop_cells(
        &self,
        running: &mut Running,
        plan: &Plan,
        reach: &Reach,
        kept: &HashSet<usize>,
        untouched: &HashSet<u64>,
        report: &mut DeployReport,
    ) -> Leftovers {
        let is_kept = |id: &EcoString| plan.by_id.get(id).is_some_and(|at| kept.contains(at));
        let is_changing = |(signature, cell): &(&u64, &RunningCell)| {
            !untouched.contains(*signature) && cell.tabs.iter().any(|tab| reach.has(tab))
        };
        let changing: Vec<u64> = running.cells.iter().filter(is_changing).map(|(cell, _)| *cell).collect();
        let members = changing.iter().flat_map(|cell| running.cells[cell].members.iter());
        let leaving: HashSet<EcoString> = members.filter(|id| !is_kept(id)).cloned().collect();

        // Sources first: nothing new comes in while the rest finishes.
        let leaving_tasks = |running: &Running, sources: bool| {
            let nodes = leaving.iter().filter_map(|id| running.nodes.get(id));
            let tasks = nodes.filter(|node| !sources || node.is_source).filter_map(|node| node.task.as_ref());
            tasks.for_each(|task| task.stop.cancel());
        };
        leaving_tasks(running, true);
        let patience = self.options.drain_timeout;
        join_all(changing.iter().map(|cell| timeout(patience, running.cells[cell].gate.drain()))).await;
        leaving_tasks(running, false);
        self.end_tasks(running, &leaving, report).await;

        let mut leftovers = Leftovers { parked: std::mem::take(&mut running.parked), ..Leftovers::default() };
        let suspending = changing.iter().map(|cell| {
            let port = running.cells[cell].port.clone();
            let leave = running.cells[cell].members.iter().filter(|id| leaving.contains(*id));
            let slot = |id: &EcoString| Some(running.nodes.get(id)?.handle.current_address()?.slot);
            suspend(port, leave.filter_map(slot).collect())
        });
        let states = join_all(suspending.collect::<Vec<_>>()).await;
        for (cell, state) in changing.iter().zip(states) {
            let Some(former) = running.cells.remove(cell) else { continue };
            former.gate.close();
            for node in former.members.iter().filter_map(|id| running.nodes.get(id)) {
                node.handle.place.send_replace(Place::Between);
            }
            match state {
                Some((state, parked)) => {
                    let id = |slot: u32| state.core.slots[slot as usize].handle.info.id.clone();
                    leftovers.parked.extend(parked.into_iter().map(|(slot, parked)| (id(slot), parked)));
                    leftovers.states.push(state);
                }
                None => {
                    // It does not answer: what it holds is lost to us, and must not be acknowledged.
                    former.gate.abort();
                    former.task.abort();
                    report.cut_off.extend(former.members);
                }
            }
        }
        for id in &leaving {
            if let Some(node) = running.nodes.remove(id) {
                node.handle.place.send_replace(Place::Gone);
                node.handle.show_status(Status::clear());
                report.stopped += 1;
            }
        }
        leftovers
    }

    /// Waits for leaving task nodes to end; those that do not are cut off.
    async fn end_tasks(
        &self,
        running: &mut Running,
        leaving: &HashSet<EcoString>,
        report: &mut DeployReport,
    ) {
        let mut ending = Vec::new();
        for id in leaving {
            if let Some(node) = running.nodes.get_mut(id)
                && let Some(mut task) = node.task.take()
            {
                let id = id.clone();
                ending.push(async move {
                    if timeout(STOP_TIMEOUT, &mut task.ended).await.is_ok() {
                        return None;
                    }
                    task.ended.abort();
                    Some(id)
                });
            }
        }
        report.cut_off.extend(join_all(ending).await.into_iter().flatten());
    }

    /// Stops the config nodes that leave, then starts the new ones.
    async fn swap_configs(
        &self,
        running: &mut Running,
        plan: &Plan,
        configs: Configs,
        new: HashMap<EcoString, Arc<NodeHandle>>,
    ) {
        let leaves = |id: &&EcoString| new.contains_key(*id) || !configs.contains_key(*id);
        let leaving: Vec<EcoString> = running.configs.keys().filter(leaves).cloned().collect();
        let stopping = leaving.iter().filter_map(|id| running.configs.remove(id)).map(|config| {
            self.handle.spawn(async move {
                let _ = timeout(STOP_TIMEOUT, config.node.stop()).await;
                config.handle.place.send_replace(Place::Gone);
            })
        });
        join_all(stopping.collect::<Vec<_>>()).await;
        for at in configs_in_order(plan) {
            let planned = &plan.nodes[at];
            let (Some(handle), Some(node)) = (new.get(&planned.info.id), configs.get(&planned.info.id))
            else {
                continue;
            };
            {
                // A config node's `start` may spawn: on the flows' runtime.
                let _on_flows = self.handle.enter();
                node.start(handle.clone());
            }
            let config = RunningConfig {
                node: node.clone(),
                handle: handle.clone(),
                fingerprint: planned.fingerprint,
            };
            running.configs.insert(planned.info.id.clone(), config);
        }
    }
}

impl DeployReport {
    /// With the problems that planning found.
    fn of(plan: &Plan) -> Self {
        let problem = |(node, path, text): &(EcoString, String, Text)| Problem {
            node: node.clone(),
            path: path.clone(),
            text: text.clone(),
        };
        Self { problems: plan.problems.iter().map(problem).collect(), ..Self::default() }
    }

    fn add(&mut self, planned: &Planned, error: crate::node::BuildError) {
        let node = &planned.document_id;
        let problems = error.problems.into_iter();
        self.problems.extend(problems.map(|(path, text)| Problem { node: node.clone(), path, text }));
    }
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
fn configs_in_order(plan: &Plan) -> Vec<usize> {
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

async fn suspend(port: CellPort, leave: Vec<u32>) -> Option<Suspended> {
    let (reply, answer) = oneshot::channel();
    port.side.send(CellEvent::Suspend { leave, reply }).ok()?;
    timeout(STOP_TIMEOUT, answer).await.ok()?.ok()
}
