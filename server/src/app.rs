//! What every route can reach.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use broker::Broker;
use engine::registry::Registry;
use nodes::network::action::Actions;
use nodes::network::http::routes::HttpRoutes;
use nodes::network::mqtt::local::LocalBroker;
use nodes::network::websocket::listeners::WebSocketListeners;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;

use crate::comms::Hub;
use crate::flows::Flows;
use crate::library::Library;
use crate::live::{Holds, Peeks};
use crate::node_auth::LetIn;
use crate::node_red::UserFolder;
use crate::plugin::Plugins;
use crate::sessions::Sessions;
use crate::settings::Settings;

/// What every route can reach; a clone is a reference.
pub(crate) type App = Arc<Parts>;

/// The parts of a running server.
pub(crate) struct Parts {
    /// What is set.
    pub(crate) settings: Settings,
    /// The flows in force.
    pub(crate) flows: Arc<Flows>,
    /// Tells editors what happens.
    pub(crate) hub: Arc<Hub>,
    /// Node types and texts.
    pub(crate) registry: Arc<Registry>,
    /// Who is logged in.
    pub(crate) sessions: Sessions,
    /// Passwords that are looked at at once: each takes a processor and 19 MB for a while.
    pub(crate) logins: Semaphore,
    /// Expressions that are tried at once: each may take a processor for half a second.
    pub(crate) trials: Semaphore,
    /// The routes of HTTP nodes.
    pub(crate) http_nodes: Arc<HttpRoutes>,
    /// The actions that flows offer.
    pub(crate) actions: Arc<Actions>,
    /// The paths of websocket-listener nodes.
    pub(crate) web_sockets: Arc<WebSocketListeners>,
    /// The way of nodes to the embedded broker.
    pub(crate) local_broker: Arc<LocalBroker>,
    /// The embedded broker, while one runs.
    pub(crate) broker: Mutex<Option<Box<dyn Broker>>>,
    /// Who was let in to HTTP nodes.
    pub(crate) let_in: LetIn,
    /// The data folder as a user folder of Node-RED, if it is one.
    pub(crate) node_red: Option<UserFolder>,
    /// The wires that are watched.
    pub(crate) peeks: Peeks,
    /// The breakpoints.
    pub(crate) holds: Holds,
    /// How the flow tests stand.
    pub(crate) flow_tests: crate::flow_tests::Kept,
    /// The plugins of the data folder.
    pub(crate) plugins: Arc<Plugins>,
    /// The library.
    pub(crate) library: Library,
    /// Held while what editors keep is read and written back.
    pub(crate) user_settings: tokio::sync::Mutex<()>,
    /// When the process began.
    pub(crate) started: Instant,
    /// The runtime of API and editor.
    pub(crate) api: Handle,
}
