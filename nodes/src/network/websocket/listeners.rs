//! The paths of websocket-listener nodes. The server lends it to nodes as a service, and hands it what connects.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use futures_util::{Sink, Stream};

use super::Frame;
use super::hub::Hub;

/// The paths that WebSockets may be opened on.
#[derive(Default)]
pub struct WebSocketListeners {
    hubs: RwLock<HashMap<String, Arc<Hub>>>,
}

/// Somebody listens there.
pub struct Listener(Arc<Hub>);

impl WebSocketListeners {
    /// Who listens on a path.
    pub fn find(&self, path: &str) -> Option<Listener> {
        let hubs = self.hubs.read().unwrap_or_else(PoisonError::into_inner);
        hubs.get(path.trim_end_matches('/')).cloned().map(Listener)
    }

    /// Listens on a path; `None` when somebody does already.
    pub(crate) fn register(self: &Arc<Self>, path: &str, hub: &Arc<Hub>) -> Option<Registration> {
        let path = path.trim_end_matches('/').to_owned();
        let mut hubs = self.hubs.write().unwrap_or_else(PoisonError::into_inner);
        if hubs.contains_key(&path) {
            return None;
        }
        hubs.insert(path.clone(), hub.clone());
        Some(Registration { listeners: self.clone(), path })
    }
}

/// Keeps a path; dropping it gives the path back.
pub(crate) struct Registration {
    listeners: Arc<WebSocketListeners>,
    path: String,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut hubs = self.listeners.hubs.write().unwrap_or_else(PoisonError::into_inner);
        hubs.remove(&self.path);
    }
}

impl Listener {
    /// Whether one more may connect.
    pub fn has_room(&self) -> bool {
        self.0.has_room()
    }

    /// Serves one connection until it ends.
    pub async fn serve<S>(self, socket: S)
    where
        S: Stream<Item = Result<Frame, String>> + Sink<Frame, Error = String> + Send,
    {
        let mut closing = self.0.closing();
        tokio::select! {
            // How it ended matters to nobody here: the peer is gone.
            _ = self.0.converse(socket, None) => {}
            _ = closing.wait_for(|is_closing| *is_closing) => {}
        }
    }
}
