//! Where what happens is handed to every connected editor.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use engine::node::NodeInfo;
use engine::observe::{Event, Level, Observer};
use engine::registry::Registry;
use engine::{Message, NodeError};
use model::api::{FlowMetrics, PRESENCE_TOPIC};
use model::language::Language;
use serde_json::Value;
use tokio::sync::Notify;

use super::item::{Data, Item, Sighting, now};
use super::presence::Presences;
use super::queue::{METRICS, Queue};
use crate::live::Failures;

/// One connected editor.
#[derive(Default)]
pub(super) struct Client {
    /// Tells connections apart.
    pub(super) number: u64,
    /// What it is told things in.
    pub(super) language: Language,
    queue: Mutex<Queue>,
    /// Told when something waits in an empty queue.
    pub(super) wake: Notify,
}

impl Client {
    pub(super) fn queue(&self) -> MutexGuard<'_, Queue> {
        lock(&self.queue)
    }

    fn offer(&self, item: &Arc<Item>) {
        let mut queue = self.queue();
        if queue.wants(&item.topic) {
            queue.push(item.clone());
            drop(queue);
            self.wake.notify_one();
        }
    }

    /// Offers what is different for each, made only where it is wanted.
    pub(super) fn offer_made(&self, topic: &str, make: impl FnOnce() -> Item) {
        if self.queue().wants(topic) {
            self.offer(&Arc::new(make()));
        }
    }
}

/// Tells every connected editor what it subscribed to.
pub(crate) struct Hub {
    registry: Arc<Registry>,
    clients: RwLock<Vec<Arc<Client>>>,
    /// What a new subscriber is told first, by topic: statuses, and notices that stay true.
    retained: Mutex<BTreeMap<String, Arc<Item>>>,
    /// Whether debug messages tell when they came.
    is_dated: bool,
    /// Told when somebody wants to hear of what runs: figures, messages on wires.
    live: Notify,
    /// Editors that show debug messages.
    debug_listeners: AtomicUsize,
    lost: AtomicU64,
    failures: Failures,
    /// Who has the flows open.
    pub(super) presences: Presences,
    /// The number of the connection that comes next.
    next: AtomicU64,
}

impl Hub {
    /// A hub that renders texts with `registry`.
    pub(crate) fn new(registry: Arc<Registry>) -> Self {
        Self {
            registry,
            clients: RwLock::default(),
            retained: Mutex::default(),
            is_dated: true,
            live: Notify::new(),
            debug_listeners: AtomicUsize::new(0),
            lost: AtomicU64::new(0),
            failures: Failures::default(),
            presences: Presences::default(),
            next: AtomicU64::new(1),
        }
    }

    /// A hub whose debug messages are Node-RED's to the letter: those have no date.
    pub(crate) fn undated(registry: Arc<Registry>) -> Self {
        Self { is_dated: false, ..Self::new(registry) }
    }

    /// Tells of `topic`; `retain` repeats it to those who subscribe later.
    pub(crate) fn publish(&self, topic: &str, data: Value, retain: bool) {
        let item = Arc::new(Item::new(topic, Data::Json(data)));
        let mut retained = lock(&self.retained);
        if retain {
            retained.insert(topic.to_owned(), item.clone());
        }
        self.send(&item);
    }

    /// Clears the statuses of nodes that `is_live` does not know.
    pub(crate) fn clear_statuses(&self, is_live: impl Fn(&str) -> bool) {
        let mut retained = lock(&self.retained);
        let is_gone = |topic: &String| topic.strip_prefix("status/").is_some_and(|id| !is_live(id));
        let gone: Vec<String> = retained.keys().filter(|topic| is_gone(topic)).cloned().collect();
        for topic in gone {
            retained.remove(&topic);
            // Under the lock, as a status that is set.
            self.send(&Arc::new(Item::new(topic, Data::Json(Value::Object(Default::default())))));
        }
    }

    /// Waits until somebody new wants to hear of what runs.
    pub(crate) async fn live_news(&self) {
        self.live.notified().await;
    }

    /// Somebody new wants to hear of what runs.
    pub(crate) fn live_changed(&self) {
        self.live.notify_one();
    }

    /// Whether anybody hears of figures of any flow.
    pub(crate) fn metrics_are_heard(&self) -> bool {
        self.any_client(|queue| queue.wants_below(METRICS))
    }

    /// Whether anybody hears of a topic.
    pub(crate) fn is_heard(&self, topic: &str) -> bool {
        self.any_client(|queue| queue.wants(topic))
    }

    /// What follows `prefix` in the topics that anybody subscribed to.
    pub(crate) fn patterns_below(&self, prefix: &str) -> Vec<String> {
        let clients = self.clients.read().unwrap_or_else(PoisonError::into_inner);
        clients.iter().flat_map(|client| client.queue().patterns_below(prefix)).collect()
    }

    /// Tells figures of a flow's nodes.
    pub(crate) fn tell_metrics(&self, topic: &str, metrics: FlowMetrics) {
        self.send(&Arc::new(Item::new(topic, Data::Metrics(metrics))));
    }

    /// Tells messages on a wire, and how many others were there.
    pub(crate) fn tell_peek(&self, topic: &str, sightings: Vec<Sighting>, skipped: u64) {
        self.send(&Arc::new(Item::new(topic, Data::Peek(sightings, skipped))));
    }

    /// Connected editors now.
    pub(crate) fn connected(&self) -> usize {
        self.clients.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Debug messages that slow editors missed, of all connections so far.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }

    /// Messages that nodes failed with.
    pub(crate) fn failures(&self) -> &Failures {
        &self.failures
    }

    /// What it renders texts with.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    pub(super) fn count_lost(&self, count: u64) {
        self.lost.fetch_add(count, Ordering::Relaxed);
    }

    pub(super) fn connect(&self, language: Language) -> Arc<Client> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let client = Arc::new(Client { number, language, ..Client::default() });
        self.clients.write().unwrap_or_else(PoisonError::into_inner).push(client.clone());
        client
    }

    pub(super) fn disconnect(&self, client: &Arc<Client>) {
        self.clients
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|other| !Arc::ptr_eq(other, client));
        self.presences.left(client.number);
        if client.queue().wants("debug") {
            self.debug_listeners.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Subscribes a client and queues what is retained under the pattern.
    pub(super) fn subscribe(&self, client: &Client, pattern: &str) {
        // Nothing that is retained changes meanwhile: what is queued last is what is so.
        let retained = lock(&self.retained);
        let mut queue = client.queue();
        let heard_debug = queue.wants("debug");
        queue.subscribe(pattern);
        if !heard_debug && queue.wants("debug") {
            self.debug_listeners.fetch_add(1, Ordering::Relaxed);
        }
        let told =
            |item: &&Arc<Item>| super::topic::matches(pattern, &item.topic) && queue.wants(&item.topic);
        let items: Vec<Arc<Item>> = retained.values().filter(told).cloned().collect();
        items.into_iter().for_each(|item| queue.push(item));
        drop((queue, retained));
        client.wake.notify_one();
        if super::topic::matches(pattern, PRESENCE_TOPIC) {
            self.presences.tell([client]);
        }
        // Whoever it is about looks at who subscribed to what.
        self.live_changed();
    }

    /// Ends a subscription.
    pub(super) fn unsubscribe(&self, client: &Client, pattern: &str) {
        let mut queue = client.queue();
        let heard_debug = queue.wants("debug");
        queue.unsubscribe(pattern);
        if heard_debug && !queue.wants("debug") {
            self.debug_listeners.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// Tells those who subscribed to it who has the flows open.
    pub(super) fn tell_presence(&self) {
        let clients = self.clients.read().unwrap_or_else(PoisonError::into_inner);
        self.presences.tell(clients.iter().map(Arc::as_ref));
    }

    fn any_client(&self, is_it: impl Fn(&Queue) -> bool) -> bool {
        self.clients
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .any(|client| is_it(&client.queue()))
    }

    fn send(&self, item: &Arc<Item>) {
        for client in self.clients.read().unwrap_or_else(PoisonError::into_inner).iter() {
            client.offer(item);
        }
    }

    fn time(&self) -> Option<u64> {
        self.is_dated.then(now)
    }

    fn debug_is_heard(&self) -> bool {
        self.debug_listeners.load(Ordering::Relaxed) > 0
    }
}

impl Observer for Hub {
    fn failed(&self, node: &Arc<NodeInfo>, error: &NodeError, message: &Message) {
        self.failures.add(node, error, message);
    }

    fn event(&self, event: Event) {
        match event {
            Event::Status(info, status) => {
                let topic = format!("status/{}", info.id);
                let is_clear = status.is_clear();
                let item = Arc::new(Item::new(topic.clone(), Data::Status(status)));
                let mut retained = lock(&self.retained);
                if is_clear {
                    retained.remove(&topic);
                } else {
                    retained.insert(topic, item.clone());
                }
                // Under the lock, so that the last one retained is also the last one sent.
                self.send(&item);
            }
            Event::Debug(info, entry) => {
                if self.debug_is_heard() {
                    self.send(&Arc::new(Item::new("debug", Data::Debug(info, entry, self.time()))));
                }
            }
            Event::Log(level, info, text) => {
                log(level, info.as_deref(), &self.registry.render(&text));
                if level <= Level::Warn && self.debug_is_heard() {
                    self.send(&Arc::new(Item::new("debug", Data::Log(level, info, text, self.time()))));
                }
            }
        }
    }
}

/// Hands a flow's log entry to the log, under the target `flow`.
fn log(level: Level, info: Option<&NodeInfo>, words: &str) {
    let node = info.map_or_else(String::new, |info| match info.name.as_str() {
        "" => format!("[{}:{}] ", info.type_name, info.id),
        name => format!("[{}:{name}] ", info.type_name),
    });
    match level {
        Level::Fatal | Level::Error => tracing::error!(target: "flow", "{node}{words}"),
        Level::Warn => tracing::warn!(target: "flow", "{node}{words}"),
        Level::Info => tracing::info!(target: "flow", "{node}{words}"),
        Level::Debug => tracing::debug!(target: "flow", "{node}{words}"),
        Level::Trace => tracing::trace!(target: "flow", "{node}{words}"),
    }
}

/// A panic of another holder leaves nothing half done in here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use engine::node::NodeInfo;
    use engine::observe::{DebugEntry, Status};
    use model::api::Presence;
    use model::text::Text;
    use serde_json::json;

    use super::*;

    fn hub() -> Hub {
        Hub::new(Arc::default())
    }

    fn node(id: &str) -> Arc<NodeInfo> {
        Arc::new(NodeInfo { id: id.into(), flow: "t".into(), name: "mine".into(), ..NodeInfo::default() })
    }

    fn debug(value: &str) -> Event {
        let entry = DebugEntry {
            topic: Some(7.into()),
            property: Some("payload".into()),
            message_id: None,
            value: value.into(),
        };
        Event::Debug(node("n"), entry)
    }

    /// All that waits for a client, as JSON; timestamps left out.
    fn waiting(hub: &Hub, client: &Client) -> Vec<Value> {
        let items = client.queue().take(1000);
        items
            .iter()
            .map(|item| {
                let mut json: Value =
                    serde_json::from_str(item.encoded(hub.registry(), Language::English)).unwrap();
                if let Some(data) = json["data"].as_object_mut() {
                    data.remove("timestamp");
                }
                json
            })
            .collect()
    }

    #[test]
    fn debug_messages_go_to_those_who_subscribed_and_cost_nothing_otherwise() {
        let hub = hub();
        let (listener, other) = (hub.connect(Language::English), hub.connect(Language::English));
        hub.subscribe(&other, "status/#");
        hub.event(debug("unheard"));
        assert!(!hub.debug_is_heard());
        hub.subscribe(&listener, "debug");
        hub.subscribe(&listener, "debug");
        hub.event(debug("heard"));
        hub.event(Event::Log(Level::Error, Some(node("n")), Text::literal("broken")));
        hub.event(Event::Log(Level::Info, Some(node("n")), Text::literal("only logged")));
        let about = |more: Value| {
            let mut data = json!({ "id": "n", "z": "t", "name": "mine" });
            data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!({ "topic": "debug", "data": data })
        };
        let shown = json!({ "topic": "7", "property": "payload", "msg": "heard", "format": "string[5]" });
        let logged = json!({ "msg": "broken", "format": "string[6]", "level": 20 });
        assert_eq!(waiting(&hub, &listener), [about(shown), about(logged)]);
        assert!(waiting(&hub, &other).is_empty());
        hub.disconnect(&listener);
        assert!(!hub.debug_is_heard());
    }

    #[test]
    fn statuses_are_repeated_to_those_who_come_later_until_they_are_cleared() {
        let hub = hub();
        let status = |id: &str, words: &str| {
            let status = Status::new("green", "dot", Text::literal(words));
            hub.event(Event::Status(node(id), status));
        };
        status("a", "one");
        status("a", "two");
        status("b", "three");
        status("gone", "four");
        hub.event(Event::Status(node("b"), Status::clear()));
        let early = hub.connect(Language::English);
        hub.subscribe(&early, "status/#");
        let shown = |words: &str| json!({ "fill": "green", "shape": "dot", "text": words });
        let told = |id: &str, words: &str| json!({ "topic": format!("status/{id}"), "data": shown(words) });
        assert_eq!(waiting(&hub, &early), [told("a", "two"), told("gone", "four")]);

        hub.clear_statuses(|id| id == "a");
        assert_eq!(waiting(&hub, &early), [json!({ "topic": "status/gone", "data": {} })]);
        let late = hub.connect(Language::English);
        hub.subscribe(&late, "status/a");
        assert_eq!(waiting(&hub, &late), [told("a", "two")]);
    }

    #[test]
    fn who_is_here_is_told_to_those_who_subscribed_and_only_as_it_is_now() {
        let hub = hub();
        let (ann, rae, other) =
            (hub.connect(Language::English), hub.connect(Language::English), hub.connect(Language::English));
        hub.subscribe(&other, "status/#");
        let said = |tab: &str| Presence { tab: Some(tab.into()), ..Presence::default() };
        hub.presences.said(ann.number, Some("ann"), said("t"));
        // Whoever comes later hears of it without anything happening.
        hub.subscribe(&rae, PRESENCE_TOPIC);
        let told = |who: &Client| -> Vec<(String, bool)> {
            let mut frames = waiting(&hub, who);
            assert_eq!(frames.len(), 1, "{frames:?}");
            let clients = frames.remove(0)["data"]["clients"].take();
            let one = |client: &Value| (client["tab"].as_str().unwrap().into(), client["you"] == true);
            clients.as_array().unwrap().iter().map(one).collect()
        };
        assert_eq!(told(&rae), [("t".to_owned(), false)]);
        hub.presences.said(rae.number, None, said("u"));
        hub.tell_presence();
        hub.presences.said(rae.number, None, said("v"));
        hub.tell_presence();
        // What waits is replaced.
        assert_eq!(told(&rae), [("t".to_owned(), false), ("v".to_owned(), true)]);
        hub.disconnect(&ann);
        hub.tell_presence();
        assert_eq!(told(&rae), [("v".to_owned(), true)]);
        assert!(waiting(&hub, &other).is_empty());
    }
}
