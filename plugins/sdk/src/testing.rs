//! A host for tests: runs a plugin natively, without WebAssembly and without a server.
//!
//! Messages are JSON; a buffer is `{"type": "Buffer", "data": [...]}`. The clock stands still until [`Harness::advance`] moves it.

use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::rc::{Rc, Weak};
use std::time::Duration;

use crate::{
    Failure, Fill, Json, Level, Message, Node, Out, Problems, Progress, Scope, Setup, Shape, Value, host,
    http, mqtt,
};

pub(crate) mod world;

use world::{World, entered};

/// A node that runs in a host of its own.
pub struct Harness<N> {
    node: N,
    setup: Setup,
    world: Rc<RefCell<World>>,
    kept: Vec<Kept>,
}

/// A message that the node said it would keep.
struct Kept {
    properties: Weak<RefCell<Json>>,
    is_ended: Rc<Cell<bool>>,
}

impl Kept {
    fn of(message: &host::Message) -> Self {
        Self { properties: Rc::downgrade(&message.properties), is_ended: message.is_ended.clone() }
    }

    /// Whether the node still has it.
    fn is_held(&self) -> bool {
        self.properties.strong_count() > 0
    }
}

/// A status: colour, shape and text.
pub type Status = (Fill, Shape, String);

/// What a plugin published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Where.
    pub topic: String,
    /// What.
    pub payload: Vec<u8>,
    /// How surely.
    pub qos: mqtt::Qos,
    /// Whether the broker keeps it.
    pub retain: bool,
}

/// What a node finds when it begins: see [`Harness::setup`].
pub struct Start<N> {
    setup: Setup,
    world: Rc<RefCell<World>>,
    node: PhantomData<N>,
}

impl<N: Node> Start<N> {
    /// A credential that is set.
    ///
    /// # Panics
    /// When `about` names none like it: the editor would not ask for it.
    #[must_use]
    pub fn credential(mut self, name: &str, value: &str) -> Self {
        assert!(N::about().has_credential(name), "about() names no credential {name}: add .credential(…)");
        self.setup.credentials.push((name.into(), value.into()));
        self
    }

    /// What answers requests.
    #[must_use]
    pub fn http(
        self,
        answer: impl FnMut(&http::Request) -> Result<http::Response, Failure> + 'static,
    ) -> Self {
        self.world.borrow_mut().http = Some(Box::new(answer));
        self
    }

    /// The name of the node.
    #[must_use]
    pub fn name(self, name: &str) -> Self {
        self.world.borrow_mut().node.name = name.into();
        self
    }

    /// Configures and starts the node.
    ///
    /// # Errors
    /// What is wrong with the settings; a start that fails is a problem of the node as a whole.
    pub fn start(self, settings: &Json) -> Result<Harness<N>, Problems> {
        let node = entered(&self.world, || {
            let settings = crate::config::read::<N::Settings>(settings)?;
            N::configure(settings, &self.setup)
        })?;
        let mut harness = Harness { node, setup: self.setup, world: self.world, kept: Vec::new() };
        harness.world.borrow_mut().is_running = true;
        harness.call(|node, out| node.start(out)).map_err(|failure| Problems::at("", failure.text))?;
        Ok(harness)
    }
}

impl<N: Node> Harness<N> {
    /// A node with these settings, and nothing that answers requests.
    ///
    /// # Errors
    /// What is wrong with the settings.
    #[allow(clippy::needless_pass_by_value)] // json!(…) stands in the call.
    pub fn new(settings: Json) -> Result<Self, Problems> {
        Self::setup().start(&settings)
    }

    /// Says first what the node finds: credentials, answers to requests.
    pub fn setup() -> Start<N> {
        let world = Rc::new(RefCell::new(World::new(N::about())));
        world.borrow_mut().node.type_name =
            Self::describe()["node"]["type"].as_str().unwrap_or_default().into();
        Start { setup: Setup::default(), world, node: PhantomData }
    }

    /// What the plugin says of itself, as the host gets it.
    pub fn describe() -> Json {
        crate::describe::description::<N>()
    }

    /// Lets a message arrive; gives what was sent meanwhile, with the ports.
    ///
    /// # Errors
    /// The node's failure; then nothing is sent.
    ///
    /// # Panics
    /// When the message is no object.
    #[allow(clippy::needless_pass_by_value)] // json!(…) stands in the call.
    pub fn send(&mut self, message: Json) -> Result<Vec<(u32, Json)>, Failure> {
        assert!(message.is_object(), "a message is an object, not {message}");
        let message = host::Message::of(message);
        let kept = Kept::of(&message);
        match self.call(|node, out| node.on_message(Message(message), out))? {
            Progress::Kept => self.kept.push(kept),
            Progress::Done => {}
        }
        self.check_kept()?;
        Ok(self.take_sent())
    }

    /// Lets time pass, and what is due happen in its order; gives what was sent meanwhile.
    ///
    /// # Errors
    /// The first failure of a timer; what was sent before it stays for the next call.
    pub fn advance(&mut self, time: Duration) -> Result<Vec<(u32, Json)>, Failure> {
        let end = self.world.borrow().now + u64::try_from(time.as_millis()).unwrap_or(u64::MAX / 2);
        loop {
            let due = self.world.borrow_mut().next_timer(end);
            let Some(token) = due else { break };
            self.call(|node, out| node.on_timer(token, out))?;
            self.check_kept()?;
        }
        self.world.borrow_mut().now = end;
        Ok(self.take_sent())
    }

    /// Puts another node in the place of this one, as a deploy or an upgrade of the plugin does: context and kv stay, and the
    /// messages that it keeps arrive anew. What is sent meanwhile comes with the next call.
    ///
    /// # Errors
    /// What is wrong with the settings.
    #[allow(clippy::needless_pass_by_value)] // json!(…) stands in the call.
    pub fn replace(mut self, settings: Json) -> Result<Self, Problems> {
        entered(&self.world, || self.node.stop(&mut Out::new()));
        let kept: Vec<Json> = self
            .kept
            .iter()
            .filter_map(|kept| kept.properties.upgrade())
            .map(|message| message.borrow().clone())
            .collect();
        let mut world = self.world.borrow_mut();
        world.is_running = false;
        world.timers.clear();
        drop(world);
        let start = Start { setup: self.setup, world: self.world, node: PhantomData };
        let mut next = start.start(&settings)?;
        for message in kept {
            let sent = next.send(message).map_err(|failure| Problems::at("", failure.text))?;
            next.world.borrow_mut().sent.extend(sent);
        }
        Ok(next)
    }

    /// Stops the node; gives what it sent at the end, and how many messages it still kept.
    pub fn stop(mut self) -> (Vec<(u32, Json)>, usize) {
        entered(&self.world.clone(), || self.node.stop(&mut Out::new()));
        (self.take_sent(), self.kept())
    }

    /// How many messages the node keeps.
    pub fn kept(&self) -> usize {
        self.kept.iter().filter(|kept| kept.is_held()).count()
    }

    /// The kept messages that it was done with, in order.
    pub fn done(&self) -> Vec<Json> {
        self.world.borrow().done.clone()
    }

    /// The kept messages that it could not handle, with the reasons.
    pub fn failed(&self) -> Vec<(Json, Failure)> {
        self.world.borrow().failed.clone()
    }

    /// The line under the node.
    pub fn status(&self) -> Option<Status> {
        self.world.borrow().statuses.last().cloned().flatten()
    }

    /// All lines that there were under the node; none where it was taken away.
    pub fn statuses(&self) -> Vec<Option<Status>> {
        self.world.borrow().statuses.clone()
    }

    /// What the node said in the log.
    pub fn log(&self) -> Vec<(Level, String)> {
        self.world.borrow().log.clone()
    }

    /// The requests that it made.
    pub fn requests(&self) -> Vec<http::Request> {
        self.world.borrow().requests.clone()
    }

    /// What it published.
    pub fn published(&self) -> Vec<Published> {
        self.world.borrow().published.clone()
    }

    /// The filters that it is subscribed to.
    pub fn subscriptions(&self) -> Vec<String> {
        self.world.borrow().subscriptions.clone()
    }

    /// A value in context.
    ///
    /// # Errors
    /// When the key is none.
    pub fn context(&self, scope: Scope, key: &str) -> Result<Value, Failure> {
        entered(&self.world, || scope.get(key))
    }

    /// Sets a value in context.
    ///
    /// # Errors
    /// When the key is none.
    pub fn set_context(&mut self, scope: Scope, key: &str, value: impl Into<Value>) -> Result<(), Failure> {
        entered(&self.world, || scope.set(key, value))
    }

    /// The node itself.
    pub fn node(&self) -> &N {
        &self.node
    }

    /// A call that fails sends nothing of its own.
    fn call<T>(&mut self, call: impl FnOnce(&mut N, &mut Out) -> Result<T, Failure>) -> Result<T, Failure> {
        let before = self.world.borrow().sent.len();
        let result = entered(&self.world, || call(&mut self.node, &mut Out::new()));
        if result.is_err() {
            self.world.borrow_mut().sent.truncate(before);
        }
        result
    }

    /// Letting go of a message that was kept is a failure of it: nobody knows whether its work was done.
    fn check_kept(&mut self) -> Result<(), Failure> {
        let count = self.kept.len();
        self.kept.retain(|kept| kept.is_held() || kept.is_ended.get());
        match self.kept.len() == count {
            true => Ok(()),
            false => Err(Failure::new(
                "the node dropped a message that it said it would keep: end it with out.send, out.done or out.fail",
            )),
        }
    }

    fn take_sent(&mut self) -> Vec<(u32, Json)> {
        std::mem::take(&mut self.world.borrow_mut().sent)
    }
}

#[cfg(test)]
mod tests;
