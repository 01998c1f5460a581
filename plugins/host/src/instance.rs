//! One instance of a component, and its calls.

use std::sync::Arc;
use std::time::Duration;

use engine::{Message, NodeError};
use futures_util::FutureExt;
use wasmtime::Store;
use wasmtime::component::{
    Component, ComponentExportIndex, ComponentNamedList, InstancePre, Lift, Lower, Resource, TypedFunc,
};

use crate::bindings::{Failure, Held, Problem, Progress, Settings};
use crate::budget::{Budget, on_deadline};
use crate::error::LoadError;
use crate::fault::Fault;
use crate::state::{Effect, Phase, Shared, State, Verdict};
use crate::ticker::Ticker;

/// The interface that a plugin exports.
pub(crate) const EXPORTED: &str = "wireloom:node/node@1.0.0";

/// A component that is ready to be instantiated.
pub(crate) struct Ready {
    pub(crate) pre: InstancePre<State>,
    exports: Exports,
    ticker: Ticker,
    /// Whether its calls may wait: it runs in a task of its own then.
    pub(crate) waits: bool,
}

struct Exports {
    describe: ComponentExportIndex,
    configure: ComponentExportIndex,
    start: ComponentExportIndex,
    on_message: ComponentExportIndex,
    on_timer: ComponentExportIndex,
    stop: ComponentExportIndex,
}

impl Exports {
    fn of(component: &Component) -> Result<Self, LoadError> {
        let missing = |name: &str| LoadError::key("plugin.no-node").with("wanted", name.to_owned());
        let node = component.get_export_index(None, EXPORTED).ok_or_else(|| missing(EXPORTED))?;
        let function = |name| component.get_export_index(Some(&node), name).ok_or_else(|| missing(name));
        Ok(Self {
            describe: function("describe")?,
            configure: function("configure")?,
            start: function("start")?,
            on_message: function("on-message")?,
            on_timer: function("on-timer")?,
            stop: function("stop")?,
        })
    }
}

impl Ready {
    pub(crate) fn new(pre: InstancePre<State>, ticker: Ticker, waits: bool) -> Result<Self, LoadError> {
        Ok(Self { exports: Exports::of(pre.component())?, pre, ticker, waits })
    }
}

type Answer = Result<(), Failure>;

struct Functions {
    describe: TypedFunc<(), (String,)>,
    configure: TypedFunc<(Settings,), (Vec<Problem>,)>,
    start: TypedFunc<(), (Answer,)>,
    on_message: TypedFunc<(Resource<Held>,), (Result<Progress, Failure>,)>,
    on_timer: TypedFunc<(u32,), (Answer,)>,
    stop: TypedFunc<(), ()>,
}

/// A running component.
pub(crate) struct Instance {
    store: Store<State>,
    shared: Arc<Shared>,
    functions: Functions,
    ticker: Ticker,
    /// When the last call began, in ticks.
    began: u64,
    waits: bool,
}

/// A call that took so many ticks and was stopped by force may well take as long again.
const LONG: u64 = 2;

impl Instance {
    /// Makes an instance.
    pub(crate) fn new(ready: &Ready, shared: Arc<Shared>, phase: Phase) -> Result<Self, Fault> {
        let limits = &shared.limits;
        let (start_time, output_bytes) = (limits.start_time, limits.output_bytes);
        let mut state = State::new(shared.clone(), phase, Budget::new(start_time));
        let ticks = state.budget.start(start_time);
        let mut store = Store::new(ready.pre.engine(), state);
        store.limiter(|state| &mut state.meter);
        store.epoch_deadline_callback(on_deadline);
        store.set_epoch_deadline(ticks);
        // What one call of the host may make it allocate; the limit of a whole call is counted apart.
        store.set_hostcall_fuel(output_bytes.saturating_mul(2));
        let began = ready.ticker.ticks();
        let made = {
            let _running = ready.ticker.run();
            shared.distrust.call(|| match ready.waits {
                true => at_once(ready.pre.instantiate_async(&mut store)),
                false => ready.pre.instantiate(&mut store),
            })
        };
        let made = made.and_then(|instance| {
            let exports = &ready.exports;
            Ok(Functions {
                describe: instance.get_typed_func(&mut store, exports.describe)?,
                configure: instance.get_typed_func(&mut store, exports.configure)?,
                start: instance.get_typed_func(&mut store, exports.start)?,
                on_message: instance.get_typed_func(&mut store, exports.on_message)?,
                on_timer: instance.get_typed_func(&mut store, exports.on_timer)?,
                stop: instance.get_typed_func(&mut store, exports.stop)?,
            })
        });
        let functions = made.map_err(|error| fault(&store, &error, ready.ticker.ticks() - began))?;
        Ok(Self { store, shared, functions, ticker: ready.ticker.clone(), began, waits: ready.waits })
    }

    pub(crate) fn state(&mut self) -> &mut State {
        self.store.data_mut()
    }

    /// What the plugin says that it is.
    pub(crate) fn describe(&mut self) -> Result<String, Fault> {
        self.call_now(self.functions.describe, (), self.start_time()).map(|(text,)| text)
    }

    /// Hands the settings over; gives what is wrong with them.
    pub(crate) fn configure(&mut self, settings: Settings) -> Result<Vec<Problem>, Fault> {
        self.call_now(self.functions.configure, (settings,), self.start_time()).map(|(problems,)| problems)
    }

    /// Tells that the node runs. For plugins that do not wait.
    pub(crate) fn start(&mut self) -> Result<Result<(), NodeError>, Fault> {
        self.call(self.functions.start, (), self.start_time()).map(plain)
    }

    /// As [`Instance::start`], for those that do.
    pub(crate) async fn start_waiting(&mut self) -> Result<Result<(), NodeError>, Fault> {
        self.call_waiting(self.functions.start, (), self.start_time()).await.map(plain)
    }

    /// Hands a message over.
    pub(crate) fn on_message(&mut self, message: Message) -> Result<Verdict, Fault> {
        let message = self.state().arrive(message);
        let (answer,) = self.call(self.functions.on_message, (message,), self.call_time())?;
        Ok(self.state().settle(answer.map_err(NodeError::from)))
    }

    /// As [`Instance::on_message`], for plugins that wait.
    pub(crate) async fn on_message_waiting(&mut self, message: Message) -> Result<Verdict, Fault> {
        let message = self.state().arrive(message);
        let (answer,) = self.call_waiting(self.functions.on_message, (message,), self.call_time()).await?;
        Ok(self.state().settle(answer.map_err(NodeError::from)))
    }

    /// A timer is due.
    pub(crate) fn on_timer(&mut self, token: u32) -> Result<Result<(), NodeError>, Fault> {
        self.state().timers.remove(&token);
        self.call(self.functions.on_timer, (token,), self.call_time()).map(plain)
    }

    /// As [`Instance::on_timer`], for plugins that wait.
    pub(crate) async fn on_timer_waiting(&mut self, token: u32) -> Result<Result<(), NodeError>, Fault> {
        self.state().timers.remove(&token);
        self.call_waiting(self.functions.on_timer, (token,), self.call_time()).await.map(plain)
    }

    /// The node goes away.
    pub(crate) fn stop(&mut self) -> Result<(), Fault> {
        self.call(self.functions.stop, (), self.call_time())
    }

    /// As [`Instance::stop`], for plugins that wait.
    pub(crate) async fn stop_waiting(&mut self) -> Result<(), Fault> {
        self.call_waiting(self.functions.stop, (), self.call_time()).await
    }

    /// What the last call asks of the engine.
    pub(crate) fn effects(&mut self) -> std::vec::Drain<'_, Effect> {
        self.store.data_mut().call.effects.drain(..)
    }

    fn start_time(&self) -> Duration {
        self.store.data().shared.limits.start_time
    }

    fn call_time(&self) -> Duration {
        self.store.data().shared.limits.call_time
    }

    fn begin(&mut self, limit: Duration) {
        let state = self.store.data_mut();
        state.begin();
        let ticks = state.budget.start(limit);
        self.store.set_epoch_deadline(ticks);
        self.began = self.ticker.ticks();
    }

    /// Why the last call was stopped by force.
    fn fault(&self, error: &wasmtime::Error) -> Fault {
        fault(&self.store, error, self.ticker.ticks() - self.began)
    }

    #[inline]
    fn call<P, R>(&mut self, function: TypedFunc<P, R>, params: P, limit: Duration) -> Result<R, Fault>
    where
        P: ComponentNamedList + Lower,
        R: ComponentNamedList + Lift,
    {
        self.begin(limit);
        let _running = self.ticker.run();
        let called = self.shared.distrust.call(|| function.call(&mut self.store, params));
        self.store.data_mut().flush_logs();
        called.map_err(|error| self.fault(&error))
    }

    async fn call_waiting<P, R>(
        &mut self,
        function: TypedFunc<P, R>,
        params: P,
        limit: Duration,
    ) -> Result<R, Fault>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        self.begin(limit);
        let _running = self.ticker.run();
        let called = {
            let mut call = std::pin::pin!(function.call_async(&mut self.store, params));
            let distrust = &self.shared.distrust;
            std::future::poll_fn(|context| distrust.call(|| call.as_mut().poll(context))).await
        };
        self.store.data_mut().flush_logs();
        called.map_err(|error| self.fault(&error))
    }

    /// A call in which nothing that waits is allowed, so that it is over when it returns.
    fn call_now<P, R>(&mut self, function: TypedFunc<P, R>, params: P, limit: Duration) -> Result<R, Fault>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: ComponentNamedList + Lift + Send + Sync + 'static,
    {
        if !self.waits {
            return self.call(function, params, limit);
        }
        let called = self.call_waiting(function, params, limit).now_or_never();
        called.unwrap_or(Err(Fault::TooEarly("waiting")))
    }
}

fn plain((answer,): (Answer,)) -> Result<(), NodeError> {
    answer.map_err(NodeError::from)
}

/// Why a call was stopped by force; that it was is remembered where it had taken long by then.
fn fault(store: &Store<State>, error: &wasmtime::Error, ticks: u64) -> Fault {
    let state = store.data();
    if ticks >= LONG {
        state.shared.distrust.note();
    }
    let refused = state.meter.refused.then_some(state.shared.limits.memory_bytes);
    Fault::of(error, refused)
}

/// The outcome of a future that has nothing to wait for.
fn at_once<T>(future: impl Future<Output = wasmtime::Result<T>>) -> wasmtime::Result<T> {
    future.now_or_never().unwrap_or_else(|| Err(Fault::TooEarly("waiting").into()))
}
