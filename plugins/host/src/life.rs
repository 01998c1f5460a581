//! The life of a node's instance: made, started, replaced when it fails.

use std::sync::Arc;
use std::time::{Duration, Instant};

use engine::NodeError;
use engine::node::{BuildError, NodeHandle};
use engine::observe::Level;
use model::text::Text;
use tokio::sync::mpsc;

use crate::bindings::Settings;
use crate::fault::Fault;
use crate::imports::mqtt::Incoming;
use crate::instance::Instance;
use crate::plugin::Plugin;
use crate::state::{Phase, Shared};

/// What instances of a node are made of.
pub(crate) struct Recipe {
    pub(crate) plugin: Plugin,
    pub(crate) shared: Arc<Shared>,
    pub(crate) settings: Settings,
}

/// How long a node waits before it tries again where no instance could be made.
const PAUSE: Duration = Duration::from_secs(1);

/// An instance, and what it takes to make another.
pub(crate) struct Life {
    pub(crate) recipe: Arc<Recipe>,
    instance: Option<Instance>,
    /// Why there is no instance, and when to try again.
    broken: Option<(NodeError, Instant)>,
}

impl Life {
    /// Makes an instance and has it check its settings.
    pub(crate) fn begin(recipe: Arc<Recipe>) -> Result<Self, BuildError> {
        let instance = recipe.instance()?;
        Ok(Self { recipe, instance: Some(instance), broken: None })
    }

    /// One of the same kind, without an instance so far.
    pub(crate) fn another(&self) -> Self {
        Self { recipe: self.recipe.clone(), instance: None, broken: None }
    }

    /// The instance; an error where there is none.
    pub(crate) fn instance(&mut self) -> Result<&mut Instance, NodeError> {
        let plugin = &self.recipe.shared.plugin;
        match (&mut self.instance, &self.broken) {
            (Some(instance), _) => Ok(instance),
            (None, Some((error, _))) => Err(error.clone()),
            (None, None) => Err(NodeError::key("plugin.not-started").with("plugin", plugin)),
        }
    }

    /// Whether there is no instance, and it is time to make one.
    pub(crate) fn wants_instance(&self) -> bool {
        self.instance.is_none() && self.broken.as_ref().is_none_or(|(_, again)| Instant::now() >= *again)
    }

    /// Makes an instance that runs, but was not started yet. One that was made to check the settings is it.
    pub(crate) fn make(
        &mut self,
        handle: &Arc<NodeHandle>,
        sink: Option<mpsc::Sender<Incoming>>,
    ) -> Result<&mut Instance, NodeError> {
        if self.instance.is_none() {
            match self.recipe.instance() {
                Ok(instance) => self.instance = Some(instance),
                Err(error) => {
                    let reason = error.problems.into_iter().next().map(|(_, text)| text);
                    let error = NodeError::from(reason.unwrap_or_else(|| Text::key("engine.broken")));
                    self.broken = Some((error.clone(), Instant::now() + PAUSE));
                    return Err(error);
                }
            }
        }
        self.broken = None;
        let instance = self.instance()?;
        let state = instance.state();
        state.handle = Some(handle.clone());
        state.phase = Phase::Run;
        state.subscriptions.sink = sink;
        state.flush_logs();
        Ok(instance)
    }

    /// Drops the instance, which failed; another one may be made at once.
    pub(crate) fn discard(&mut self, fault: &Fault, handle: &NodeHandle) {
        self.instance = None;
        let text = Text::key("plugin.replaced").with("plugin", &self.recipe.shared.plugin);
        handle.log(Level::Warn, text.with("reason", fault));
    }

    /// Drops the instance, which failed as soon as it was started: another one would too.
    pub(crate) fn give_up(&mut self, error: NodeError) {
        self.instance = None;
        self.broken = Some((error, Instant::now() + PAUSE));
    }
}

impl Recipe {
    fn instance(&self) -> Result<Instance, BuildError> {
        let plugin = &self.shared.plugin;
        let broken = |fault: Fault| BuildError::at("", fault.error(plugin).into_fault().text);
        let mut instance =
            Instance::new(&self.plugin.0.ready, self.shared.clone(), Phase::Configure).map_err(broken)?;
        let problems = instance.configure(self.settings.clone()).map_err(broken)?;
        if problems.is_empty() {
            return Ok(instance);
        }
        let problems = problems.into_iter().map(|problem| (problem.path, Text::literal(problem.text)));
        Err(BuildError { problems: problems.collect() })
    }
}
