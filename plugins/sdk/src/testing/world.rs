//! What there is around a node in a test.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde_json::Map;

use super::{Published, Status};
use crate::{About, Failure, Json, Level, NodeInfo, Scope, http};

/// What answers requests.
pub(crate) type Answer = Box<dyn FnMut(&http::Request) -> Result<http::Response, Failure>>;

/// Everything around one node.
pub(crate) struct World {
    about: About,
    pub(crate) node: NodeInfo,
    /// False while the node is configured: then it may do nothing yet.
    pub(crate) is_running: bool,
    /// Milliseconds since 1970.
    pub(crate) now: u64,
    pub(crate) timers: Vec<Timer>,
    /// What was sent and not looked at yet.
    pub(crate) sent: Vec<(u32, Json)>,
    pub(crate) done: Vec<Json>,
    pub(crate) failed: Vec<(Json, Failure)>,
    pub(crate) statuses: Vec<Option<Status>>,
    pub(crate) log: Vec<(Level, String)>,
    pub(crate) http: Option<Answer>,
    pub(crate) requests: Vec<http::Request>,
    pub(crate) published: Vec<Published>,
    pub(crate) subscriptions: Vec<String>,
    pub(crate) kv: BTreeMap<String, Vec<u8>>,
    contexts: BTreeMap<Scope, Json>,
    random_state: u64,
}

/// A timer that is not due yet.
pub(crate) struct Timer {
    due: u64,
    pub(crate) token: u32,
}

impl World {
    /// When tests begin: 2026-01-01T00:00:00Z.
    pub(crate) const BEGIN: u64 = 1_767_225_600_000;

    pub(crate) fn new(about: About) -> Self {
        Self {
            about,
            node: NodeInfo { id: "node".into(), flow: "flow".into(), ..NodeInfo::default() },
            is_running: false,
            now: Self::BEGIN,
            timers: Vec::new(),
            sent: Vec::new(),
            done: Vec::new(),
            failed: Vec::new(),
            statuses: Vec::new(),
            log: Vec::new(),
            http: None,
            requests: Vec::new(),
            published: Vec::new(),
            subscriptions: Vec::new(),
            kv: BTreeMap::new(),
            contexts: BTreeMap::new(),
            random_state: 0,
        }
    }

    pub(crate) fn set_timer(&mut self, milliseconds: u32, token: u32) {
        self.timers.retain(|timer| timer.token != token);
        self.timers.push(Timer { due: self.now + u64::from(milliseconds), token });
    }

    /// Takes the first timer that is due until `end`, and moves the clock there.
    pub(crate) fn next_timer(&mut self, end: u64) -> Option<u32> {
        let (at, timer) = self.timers.iter().enumerate().min_by_key(|(_, timer)| timer.due)?;
        if timer.due > end {
            return None;
        }
        self.now = self.now.max(timer.due);
        Some(self.timers.remove(at).token)
    }

    pub(crate) fn context(&mut self, scope: Scope) -> &mut Json {
        self.contexts.entry(scope).or_insert_with(|| Map::new().into())
    }

    /// The next number of SplitMix64: the same ones in every run.
    pub(crate) fn random(&mut self) -> u64 {
        self.random_state = self.random_state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random_state ^ (self.random_state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A node that is only being configured must leave the world as it is, as the host insists.
    pub(crate) fn check_running(&self, what: &str) {
        assert!(self.is_running, "a node cannot {what} in configure; do it in start");
    }

    /// The host refuses a plugin that uses what it does not ask for, so a test does too.
    pub(crate) fn check_asked(&self, capability: &str) -> &Json {
        match self.about.wants(capability) {
            Some(wants) => wants,
            None => panic!(
                "the plugin uses {capability} and does not ask for it: add .{capability}(…) to about()"
            ),
        }
    }

    /// Whether the plugin asks for this request's host.
    pub(crate) fn check_host(&self, request: &http::Request) -> Result<(), Failure> {
        self.check_running("send requests");
        let wants = self.check_asked("http")["hosts"].as_array().cloned().unwrap_or_default();
        let (scheme, rest) = request.url.split_once("://").unwrap_or_default();
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // A rule without a port means the scheme's own.
        let authority =
            authority.strip_suffix(if scheme == "https" { ":443" } else { ":80" }).unwrap_or(authority);
        let fits = |rule: &str| match rule.strip_prefix('*') {
            Some(end) => authority.ends_with(end),
            None => rule == authority,
        };
        match wants.iter().filter_map(Json::as_str).any(fits) {
            true => Ok(()),
            false => {
                Err(Failure::new(format!("the plugin does not ask for the host {authority}"))
                    .code("NOT_ALLOWED"))
            }
        }
    }

    /// Whether the plugin asks for this topic.
    pub(crate) fn check_topic(&self, use_: &str, topic: &str) -> Result<(), Failure> {
        self.check_running(use_);
        let wants = self.check_asked("mqtt")[use_].as_array().cloned().unwrap_or_default();
        match wants.iter().filter_map(Json::as_str).any(|filter| covers(filter, topic)) {
            true => Ok(()),
            false => {
                Err(Failure::new(format!("the plugin does not ask to {use_} to {topic}")).code("NOT_ALLOWED"))
            }
        }
    }
}

/// Whether an MQTT filter covers a topic, or all that another filter does.
fn covers(filter: &str, topic: &str) -> bool {
    let (mut filter, mut topic) = (filter.split('/'), topic.split('/'));
    loop {
        match (filter.next(), topic.next()) {
            (Some("#"), _) | (None, None) => return true,
            (Some("+"), Some(level)) if level != "#" => {}
            (Some(wanted), Some(level)) if wanted == level => {}
            _ => return false,
        }
    }
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<RefCell<World>>>> = const { RefCell::new(None) };
}

/// Calls a plugin inside of this world.
pub(crate) fn entered<T>(world: &Rc<RefCell<World>>, call: impl FnOnce() -> T) -> T {
    /// Also when the call panics.
    struct Leave(Option<Rc<RefCell<World>>>);
    impl Drop for Leave {
        fn drop(&mut self) {
            CURRENT.set(self.0.take());
        }
    }
    let _leave = Leave(CURRENT.replace(Some(world.clone())));
    call()
}

/// The world that a plugin is called in.
pub(crate) fn current<T>(work: impl FnOnce(&mut World) -> T) -> T {
    let world = CURRENT.with_borrow(Clone::clone);
    let world = world.expect("the host is there while Harness calls the node");
    let mut world = world.borrow_mut();
    work(&mut world)
}
