//! The part of a deploy that stops: sources first, then what is under way ends, then cells are taken apart.

use std::sync::Arc;
use std::time::Duration;

use ecow::EcoString;
use futures_util::future::join_all;
use hashbrown::{HashMap, HashSet};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::deploy::{Configs, Leftovers, Running, RunningCell, RunningConfig, configs_in_order};
use super::{DeployReport, Engine};
use crate::cell::{CellEvent, CellPort, Suspended};
use crate::node::{NodeHandle, Place};
use crate::observe::Status;
use crate::plan::{Plan, Reach};

/// How long task nodes get to say goodbye once their inbox is empty; also for a cell to hand itself over.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

impl Engine {
    /// Stops what leaves and suspends every cell that is not to stay as it is.
    pub(super) async fn stop_cells(
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
        // What somebody looks at would not end otherwise.
        for cell in &changing {
            let _ = running.cells[cell].port.side.send(CellEvent::EndHolds);
        }
        let patience = self.options.drain_timeout;
        join_all(changing.iter().map(|cell| timeout(patience, running.cells[cell].port.gate.drain()))).await;
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
            former.port.gate.close();
            for node in former.members.iter().filter_map(|id| running.nodes.get(id)) {
                node.handle.place.set(Place::Between);
            }
            match state {
                Some((state, parked)) => {
                    let id = |slot: u32| state.core.slots[slot as usize].handle.info.id.clone();
                    leftovers.parked.extend(parked.into_iter().map(|(slot, parked)| (id(slot), parked)));
                    leftovers.states.push(state);
                }
                None => {
                    // It does not answer: what it holds is lost to us, and must not be acknowledged.
                    former.port.gate.abort();
                    former.task.abort();
                    report.cut_off.extend(former.members);
                }
            }
        }
        for id in &leaving {
            if let Some(node) = running.nodes.remove(id) {
                node.handle.place.set(Place::Gone);
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
    pub(super) async fn swap_configs(
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
                config.handle.place.set(Place::Gone);
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

async fn suspend(port: CellPort, leave: Vec<u32>) -> Option<Suspended> {
    let (reply, answer) = oneshot::channel();
    port.side.send(CellEvent::Suspend { leave, reply }).ok()?;
    timeout(STOP_TIMEOUT, answer).await.ok()?.ok()
}
