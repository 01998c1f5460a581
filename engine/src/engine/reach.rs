//! How far a deploy reaches: what is planned, and what stays as it is without a look at it.

use ecow::EcoString;
use model::document::Document;

use super::deploy::Running;
use super::{DeployKind, Engine, Problem};
use crate::Credentials;
use crate::env::Env;
use crate::plan::{Plan, Reach, Strangers};

/// How often a plan may turn out to reach further before all is planned.
const WIDENINGS: usize = 3;

/// What runs was planned from this; a deploy that differs in some tabs alone plans these alone.
pub(super) struct Basis {
    document: Document,
    credentials: Credentials,
    /// Of the variables in front of the process environment, which stays as it is.
    env_version: u64,
    /// Of the registry: types are switched, plugins come, go and are upgraded.
    types_version: u64,
    strangers: Strangers,
    has_configs_on_tabs: bool,
    /// The nodes that could not be started: each deploy tries them again.
    with_problems: Vec<EcoString>,
}

impl Basis {
    pub(super) fn with_problems(mut self, problems: &[Problem]) -> Self {
        self.with_problems = problems.iter().map(|problem| problem.node.clone()).collect();
        self
    }
}

impl Engine {
    /// Plans what a deploy has to look at, and says what that is.
    pub(super) fn plan(
        &self,
        running: &Running,
        document: &Document,
        credentials: &Credentials,
        kind: DeployKind,
    ) -> (Plan, Reach, Basis) {
        let env = Env::behind(self.env.clone());
        let mut basis = Basis {
            document: document.clone(),
            credentials: credentials.clone(),
            env_version: self.env.version(),
            types_version: self.registry.version(),
            strangers: Strangers::new(),
            has_configs_on_tabs: false,
            with_problems: Vec::new(),
        };
        let mut reach = match &running.basis {
            Some(before) if kind != DeployKind::Full => reach(before, &basis, running),
            _ => Reach::Everything,
        };
        let mut widenings = 0;
        loop {
            let plan = Plan::of(document, &self.registry, credentials, &env, &reach);
            basis.strangers = plan.strangers();
            basis.has_configs_on_tabs = plan.has_configs_on_tabs();
            let Some(before) = running.basis.as_ref().filter(|_| matches!(reach, Reach::Tabs(_))) else {
                return (plan, reach, basis);
            };
            widenings += 1;
            if basis.has_configs_on_tabs || widenings > WIDENINGS {
                reach = Reach::Everything;
            } else if !widen(&mut reach, before, &basis, running) {
                let others = before.strangers.iter().filter(|(tab, _)| !reach.has(tab));
                basis.strangers.extend(others.map(|(tab, ids)| (tab.clone(), ids.clone())));
                return (plan, reach, basis);
            }
        }
    }
}

/// The tabs that changed, with those of nodes that did not start.
fn reach(before: &Basis, now: &Basis, running: &Running) -> Reach {
    let is_same_outside = before.env_version == now.env_version
        && before.types_version == now.types_version
        && before.credentials == now.credentials;
    if !is_same_outside || before.has_configs_on_tabs {
        return Reach::Everything;
    }
    let mut reach = Reach::between(&before.document, &now.document);
    for id in &before.with_problems {
        reach.add_of(&before.document, id);
    }
    widen(&mut reach, before, now, running);
    reach
}

/// Adds the tabs that share a cell with those that are reached, or are about to; whether there were any.
fn widen(reach: &mut Reach, before: &Basis, now: &Basis, running: &Running) -> bool {
    let mut is_wider = false;
    let is_on_reached = |reach: &Reach, id: &str| {
        let places = [before.document.get(id), now.document.get(id)];
        places.into_iter().flatten().any(|node| node.z().is_some_and(|tab| reach.has(tab)))
    };
    loop {
        let mut more: Vec<EcoString> = Vec::new();
        for cell in running.cells.values().filter(|cell| cell.tabs.len() > 1) {
            if cell.tabs.iter().any(|tab| reach.has(tab)) {
                more.extend(cell.tabs.iter().filter(|tab| !reach.has(tab)).cloned());
            }
        }
        for (tab, ids) in before.strangers.iter().filter(|(tab, _)| !reach.has(tab)) {
            if ids.iter().any(|id| is_on_reached(reach, id)) {
                more.push(tab.clone());
            }
        }
        for (_, ids) in now.strangers.iter().filter(|(tab, _)| reach.has(tab)) {
            let tabs = ids.iter().filter_map(|id| now.document.get(id)?.z());
            more.extend(tabs.filter(|tab| !reach.has(tab)).map(EcoString::from));
        }
        if !more.iter().fold(false, |is_new, tab| reach.add(tab) | is_new) {
            return is_wider;
        }
        is_wider = true;
    }
}
