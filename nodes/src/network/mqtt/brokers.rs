//! The `mqtt-broker` nodes that run, by id: for what is no node and uses their connections.

use std::collections::HashMap;
use std::sync::Arc;

use ecow::EcoString;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::client::{Client, Message};
use super::connection::Connection;

type Running = HashMap<EcoString, Arc<Connection>>;

/// A service that the server lends to nodes: each broker node enters its connection when it starts.
#[derive(Default)]
pub struct Brokers(watch::Sender<Running>);

/// A subscription at whatever connection the node of an id has; dropping it ends it.
pub struct Following(JoinHandle<()>);

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Brokers {
    /// A broker node runs.
    pub(crate) fn enter(&self, id: EcoString, connection: Arc<Connection>) {
        self.0.send_modify(|running| drop(running.insert(id, connection)));
    }

    /// It stops; its successor may have entered already.
    pub(crate) fn leave(&self, id: &str, connection: &Arc<Connection>) {
        self.0.send_if_modified(|running| {
            let is_there = running.get(id).is_some_and(|known| Arc::ptr_eq(known, connection));
            is_there && running.remove(id).is_some()
        });
    }

    /// The connection of the node of this id, if one runs.
    pub fn client(&self, id: &str) -> Option<Client> {
        self.0.borrow().get(id).cloned().map(Client::over)
    }

    /// Subscribes at the node of this id, and again at each that takes its place: a changed broker is another connection. To be
    /// called on a runtime.
    pub fn subscribe<Taking>(
        &self,
        id: &str,
        filter: &str,
        qos: u8,
        take: impl FnMut(Message) -> Taking + Clone + Send + Sync + 'static,
    ) -> Following
    where
        Taking: Future<Output = ()> + Send,
    {
        let (id, filter) = (EcoString::from(id), filter.to_owned());
        let mut running = self.0.subscribe();
        Following(tokio::spawn(async move {
            loop {
                let connection = running.borrow_and_update().get(&id).cloned();
                let _subscription = connection
                    .clone()
                    .map(|connection| Client::over(connection).subscribe(&filter, qos, take.clone()));
                let is_another = |running: &Running| match (running.get(&id), &connection) {
                    (Some(now), Some(before)) => !Arc::ptr_eq(now, before),
                    (now, before) => now.is_some() != before.is_some(),
                };
                if running.wait_for(is_another).await.is_err() {
                    return;
                }
            }
        }))
    }
}
