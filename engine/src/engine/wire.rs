//! Putting cells together: slots, wires, bodies; what was under way moves over by node id.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ecow::EcoString;
use hashbrown::{HashMap, HashSet};
use model::descriptor::Role;
use serde_json::Value as Json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::DeployReport;
use super::Engine;
use super::deploy::{Fresh, Leftovers, Running, RunningCell, RunningNode};
use super::supervise;
use crate::cell::{
    Body, Catch, Cell, CellEvent, CellTask, Core, Entry, LinkCall, Listeners, Port, Rebuild, SetTimer, Slot,
    StatusWatch,
};
use crate::delivery::{Gate, cut_off};
use crate::graph::{Component, Links, returns, static_target};
use crate::message::Message;
use crate::node::{Address, Built, FunctionNode, Handover, Place, TaskInput, TaskNode};
use crate::plan::{Plan, Task, Watch};

/// Node-RED's time for an answer to a link call: 30 s.
const LINK_CALL_TIMEOUT_SECONDS: f64 = 30.0;

/// Longer ones are this long: more than a century.
const LONGEST_TIMEOUT: Duration = Duration::from_secs(u32::MAX as u64);

/// What is still to be placed: nodes and messages by node id.
#[derive(Default)]
struct Luggage {
    bodies: HashMap<EcoString, Body>,
    /// In the order of their numbers.
    messages: HashMap<EcoString, Vec<(usize, Carried)>>,
    timers: HashMap<EcoString, Vec<SetTimer>>,
    /// The number of the next message.
    next: usize,
}

enum Carried {
    Queued(Message),
    Answer(Message),
    Event(CellEvent),
    Stream(crate::cell::Stream),
}

impl Luggage {
    fn of(leftovers: Leftovers) -> (Self, HashMap<EcoString, Handover>) {
        let mut luggage = Self::default();
        for state in leftovers.states {
            let ids: Vec<EcoString> =
                state.core.slots.iter().map(|slot| slot.handle.info.id.clone()).collect();
            let is_answer: Vec<bool> =
                state.bodies.iter().map(|body| matches!(body, Body::LinkAnswer(_))).collect();
            let id = |slot: u32| ids[slot as usize].clone();
            for (slot, message) in state.core.queue {
                let carried = if is_answer[slot as usize] {
                    Carried::Answer(message)
                } else {
                    Carried::Queued(message)
                };
                luggage.add(id(slot), carried);
            }
            for mut event in state.waiting {
                let Some(slot) = event.slot().copied() else { continue };
                let carried = if is_answer[slot as usize] {
                    Carried::Answer(event.into_message())
                } else {
                    Carried::Event(event)
                };
                luggage.add(id(slot), carried);
            }
            for stream in state.core.streams {
                luggage.add(id(stream.slot), Carried::Stream(stream));
            }
            for (slot, timer) in state.core.timers.into_set() {
                luggage.timers.entry(id(slot)).or_default().push(timer);
            }
            let bodies = ids.into_iter().zip(state.bodies);
            luggage.bodies.extend(bodies.filter(|(_, body)| !matches!(body, Body::LinkAnswer(_))));
        }
        (luggage, leftovers.parked)
    }

    fn add(&mut self, id: EcoString, carried: Carried) {
        self.messages.entry(id).or_default().push((self.next, carried));
        self.next += 1;
    }
}

impl Engine {
    #[allow(clippy::too_many_arguments)]
    pub(super) fn start_cells(
        &self,
        running: &mut Running,
        plan: &Plan,
        components: &[Component],
        untouched: &HashSet<u64>,
        mut fresh: HashMap<usize, Fresh>,
        leftovers: Leftovers,
        report: &mut DeployReport,
    ) {
        let (mut luggage, mut parked) = Luggage::of(leftovers);
        let mut starting = Vec::new();
        for component in components {
            if untouched.contains(&component.signature) {
                continue;
            }
            starting.push(self.assemble(
                running,
                plan,
                component,
                &mut fresh,
                &mut luggage,
                &mut parked,
                report,
            ));
        }
        // What nobody took over was not done. A node that is there but broken gets what its predecessor parked
        // when it is mended.
        for (id, state) in parked {
            if plan.by_id.contains_key(&id) {
                running.parked.insert(id, state);
            } else {
                cut_off(state);
            }
        }
        cut_off(luggage);
        self.list_links(running);
        // Every node has its address before the first one runs.
        for start in starting {
            start(running);
        }
    }

    /// Puts one cell together; the closure it returns starts it.
    #[allow(clippy::too_many_arguments)]
    fn assemble(
        &self,
        running: &mut Running,
        plan: &Plan,
        component: &Component,
        fresh: &mut HashMap<usize, Fresh>,
        luggage: &mut Luggage,
        parked: &mut HashMap<EcoString, Handover>,
        report: &mut DeployReport,
    ) -> impl FnOnce(&mut Running) + use<> {
        let gate = Gate::new(self.options.credits_per_cell);
        let callers: HashSet<usize> =
            component.members.iter().copied().filter(|at| calls_links(plan, *at, fresh, luggage)).collect();
        let mut slot_of: HashMap<usize, u32> = HashMap::with_capacity(component.members.len());
        let mut next = 0;
        for at in &component.members {
            slot_of.insert(*at, next);
            // The answers to link calls come back in a slot of their own.
            next += if callers.contains(at) { 2 } else { 1 };
        }
        let (mut slots, mut bodies) = (Vec::with_capacity(next as usize), Vec::with_capacity(next as usize));
        let (mut started, mut resumed, mut tasks) = (Vec::new(), Vec::new(), Vec::new());
        for (at, links) in component.members.iter().zip(&component.links) {
            let planned = &plan.nodes[*at];
            let id = planned.info.id.clone();
            let slot = slot_of[at];
            let mut node = running.nodes.remove(&id).unwrap_or_else(|| RunningNode {
                handle: self.handle_of(planned),
                fingerprint: planned.fingerprint,
                role: planned.role,
                tab: planned.tab.clone(),
                wires: 0,
                blueprint: None,
                task: None,
                is_source: planned.is_source(&self.registry),
                is_broken: false,
                calls_links: false,
            });
            node.calls_links = callers.contains(at);
            node.wires = planned.wires_hash();
            let body = match fresh.remove(at) {
                None => {
                    luggage.bodies.remove(&id).or_else(|| {
                        // Lost with a cell that did not answer: built anew.
                        let built =
                            node.blueprint.as_ref().map_or(Some(Built::Structure), |it| it.build().ok());
                        match built? {
                            Built::Function(function) => {
                                started.push(slot);
                                Some(Body::Function(function))
                            }
                            Built::Task(task) => Some(task_body(&id, task, &mut tasks)),
                            Built::Structure | Built::Config(_) => structure(plan, *at),
                        }
                    })
                }
                Some(fresh) => {
                    report.started += 1;
                    node.blueprint = fresh.blueprint;
                    match fresh.built {
                        None => None,
                        Some(Built::Function(function)) => {
                            started.push(slot);
                            if let Some(state) = parked.remove(&id) {
                                resumed.push((slot, state));
                            }
                            Some(Body::Function(function))
                        }
                        Some(Built::Task(mut task)) => {
                            if let Some(state) = parked.remove(&id) {
                                task.resume(state);
                            }
                            Some(task_body(&id, task, &mut tasks))
                        }
                        Some(Built::Structure | Built::Config(_)) => structure(plan, *at),
                    }
                }
            };
            node.is_broken = body.is_none();
            node.handle.completes.store(!links.completes.is_empty(), Ordering::Relaxed);
            let place = |at: &usize| slot_of[at];
            slots.push(Slot {
                ports: node
                    .handle
                    .first_outlets(links.wires.len().max(planned.outputs(&self.registry)))
                    .into_iter()
                    .enumerate()
                    .map(|(at, outlet)| {
                        // A port without a wire can be watched, too.
                        let targets = links.wires.get(at).map_or(&[][..], Vec::as_slice);
                        Port { targets: targets.iter().map(place).collect(), outlet }
                    })
                    .collect(),
                listeners: listeners(links, &slot_of).boxed(),
                rebuild: node.blueprint.clone().map(|blueprint| blueprint as Arc<dyn Rebuild>),
                ..Slot::new(node.handle.clone())
            });
            bodies.push(body.unwrap_or(Body::Broken));
            if callers.contains(at) {
                slots.push(Slot::new(node.handle.clone()));
                bodies.push(Body::LinkAnswer(slot));
            }
            running.nodes.insert(id, node);
        }
        let core = Core::new(slots, gate, self.directory.clone());
        let (mut task, port) = CellTask::new(core, bodies, &self.handle);
        for at in &component.members {
            let address = Address { cell: port.clone(), slot: slot_of[at] };
            running.nodes[&plan.nodes[*at].info.id].handle.place.set(Place::At(address));
        }
        let here: HashMap<&EcoString, u32> =
            component.members.iter().map(|at| (&plan.nodes[*at].info.id, slot_of[at])).collect();
        unpack(luggage, &here, &mut task.cell);

        let members: Box<[EcoString]> =
            component.members.iter().map(|at| plan.nodes[*at].info.id.clone()).collect();
        let mut tabs: Vec<EcoString> = Vec::new();
        for tab in component.members.iter().map(|at| &plan.nodes[*at].tab) {
            if !tabs.contains(tab) {
                tabs.push(tab.clone());
            }
        }
        let (runtime, signature) = (self.handle.clone(), component.signature);
        move |running: &mut Running| {
            let task = runtime.spawn(task.run(started, resumed));
            running.cells.insert(signature, RunningCell { port, task, members, tabs });
            for (id, task, inbox, stop) in tasks {
                start_task(&runtime, running, &id, task, inbox, stop);
            }
        }
    }

    /// Tells the directory who can be called and answered.
    fn list_links(&self, running: &Running) {
        let mut entries = HashMap::new();
        for (id, node) in &running.nodes {
            let (slot_offset, is_link_in) = match node.role {
                Task::Is(Role::LinkIn) => (0, true),
                _ if node.calls_links => (1, false),
                _ => continue,
            };
            let entry = Entry { handle: node.handle.clone(), slot_offset, is_link_in };
            entries.insert(id.clone(), entry);
        }
        self.directory.set(entries);
    }
}

/// Who hears of a node, by slot.
fn listeners(links: &Links, slot_of: &HashMap<usize, u32>) -> Listeners {
    let catch = |watch: &Watch| Catch {
        slot: slot_of[&watch.at],
        uncaught: watch.uncaught,
        level: watch.level,
        source: watch.source.clone(),
    };
    let status = |watch: &Watch| StatusWatch { slot: slot_of[&watch.at], source: watch.source.clone() };
    Listeners {
        catches: links.catches.iter().map(catch).collect(),
        statuses: links.statuses.iter().map(status).collect(),
        completes: links.completes.iter().map(|at| slot_of[at]).collect(),
    }
}

/// A task node that is about to start: its id, its inbox and what asks it to stop.
type Starting = (EcoString, Box<dyn TaskNode>, mpsc::UnboundedReceiver<TaskInput>, CancellationToken);

fn task_body(id: &EcoString, task: Box<dyn TaskNode>, starting: &mut Vec<Starting>) -> Body {
    let (sender, inbox) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    starting.push((id.clone(), task, inbox, stop.clone()));
    Body::Task(sender, stop)
}

fn start_task(
    runtime: &tokio::runtime::Handle,
    running: &mut Running,
    id: &EcoString,
    task: Box<dyn TaskNode>,
    inbox: mpsc::UnboundedReceiver<TaskInput>,
    stop: CancellationToken,
) {
    if let Some(node) = running.nodes.get_mut(id)
        && let Some(blueprint) = node.blueprint.clone()
    {
        node.task = Some(supervise::start(runtime, task, blueprint, node.handle.clone(), inbox, stop));
    }
}

/// Whether a node of a cell that is being put together calls link in nodes.
fn calls_links(plan: &Plan, at: usize, fresh: &HashMap<usize, Fresh>, luggage: &Luggage) -> bool {
    let planned = &plan.nodes[at];
    let calls = |node: &dyn FunctionNode| node.calls_links();
    planned.role == Task::Is(Role::LinkCall)
        || match (fresh.get(&at), luggage.bodies.get(&planned.info.id)) {
            (Some(Fresh { built: Some(Built::Function(node)), .. }), _) => calls(node.as_ref()),
            (None, Some(Body::Function(node))) => calls(node.as_ref()),
            _ => false,
        }
}

/// What runs for a structural node.
fn structure(plan: &Plan, at: usize) -> Option<Body> {
    let planned = &plan.nodes[at];
    match planned.role {
        Task::Missing => None,
        Task::SubflowStatus => {
            let instance = planned.info.id.strip_suffix("-status").unwrap_or(&planned.info.id);
            Some(Body::SubflowStatus(instance.into()))
        }
        Task::Is(Role::LinkOut) if returns(plan, at) => Some(Body::LinkReturn),
        Task::Is(Role::LinkCall) => {
            let seconds = match planned.properties.get("timeout") {
                Some(Json::Number(number)) => number.as_f64(),
                Some(Json::String(text)) => text.trim().parse::<f64>().ok(),
                _ => None,
            };
            let seconds =
                seconds.filter(|seconds: &f64| seconds.is_finite()).unwrap_or(LINK_CALL_TIMEOUT_SECONDS);
            // Node-RED's rule: 0 or less waits for ever.
            let timeout = (seconds > 0.0)
                .then(|| Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX).min(LONGEST_TIMEOUT));
            Some(Body::LinkCall(Box::new(LinkCall::new(static_target(plan, at), timeout))))
        }
        Task::Is(_) | Task::SubflowInput => Some(Body::Pass),
    }
}

/// Moves what was under way for the nodes of this cell into it.
fn unpack(luggage: &mut Luggage, here: &HashMap<&EcoString, u32>, cell: &mut Cell) {
    let mut messages = Vec::new();
    for (id, slot) in here {
        let of_node = luggage.messages.remove(*id).unwrap_or_default();
        messages.extend(of_node.into_iter().map(|(number, carried)| (number, *slot, carried)));
        for timer in luggage.timers.remove(*id).unwrap_or_default() {
            cell.core.timers.set_again(*slot, timer);
        }
    }
    messages.sort_unstable_by_key(|(number, ..)| *number);
    for (_, slot, carried) in messages {
        match carried {
            Carried::Queued(message) => cell.core.queue.push_back((slot, message)),
            Carried::Answer(message) if cell.is_answer(slot + 1) => {
                cell.core.queue.push_back((slot + 1, message));
            }
            // The node is no link call any more: nobody waits for the answer.
            Carried::Answer(message) => cut_off(message),
            Carried::Stream(stream) => cell.core.streams.push_back(crate::cell::Stream { slot, ..stream }),
            Carried::Event(mut event) => {
                if let Some(place) = event.slot() {
                    *place = slot;
                }
                cell.take(event);
            }
        }
    }
}
