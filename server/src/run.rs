//! `wireloom run`: puts the parts together, and takes them apart in order.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use engine::node::Services;
use engine::registry::Registry;
use engine::{Engine, Options, Setup};
use model::text::Catalogue;
use nodes::config::BufferLimit;
use nodes::function::function::ModulesAllowed;
use nodes::network::action::Actions;
use nodes::network::http::routes::HttpRoutes;
use nodes::network::limits::NetworkLimits;
use nodes::network::mqtt::brokers::Brokers;
use nodes::network::mqtt::local::LocalBroker;
use nodes::network::websocket::listeners::WebSocketListeners;
use nodes::storage::{DataFolder, WorkingFolder};
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::app::{App, Parts};
use crate::comms::{Hub, tell_presence};
use crate::connections::Server;
use crate::failure::{Failure, Result};
use crate::flows::{Flows, InForce};
use crate::library::Library;
use crate::node_auth::LetIn;
use crate::node_red::Report;
use crate::plugin::{self, Place, Plugins};
use crate::sessions::{Sessions, new_token};
use crate::settings::{Resolved, Settings};
use crate::storage::context_stores::{self, StoreKind, StoreSetting};
use crate::{check, live, memory, node_red, routes, storage, texts};

/// The texts of this module.
pub(crate) const TEXTS: Catalogue = &[
    (
        "run.no-password",
        "without a password wireloom listens on loopback addresses only, and {host} is none; set one with `wireloom passwd --data {data}`, or leave out --host",
    ),
    (
        "run.no-mqtt-user",
        "without a user the MQTT broker listens on loopback addresses only, and {host} is none; set mqtt-user and mqtt-password, or leave out --mqtt-host",
    ),
    ("run.port-taken", "port {port} on {host} is taken: choose another one with --port"),
    ("run.listen", "cannot listen on {host}, port {port}: {reason}; choose others with --host and --port"),
    ("run.no-threads", "the system gives no threads for the flows: {reason}"),
    ("run.serve", "the server ended: {reason}"),
    ("run.signals", "cannot listen for signals: {reason}"),
];

/// How long the broker gets to close its connections and write what is not yet on disk.
const BROKER_STOP_TIMEOUT: Duration = Duration::from_secs(10);
/// The variable that tells flows the port of the embedded broker; set from outside, it stays as it is.
const MQTT_PORT: &str = "MQTT_PORT";
/// How long open HTTP connections get to end by themselves.
const CONNECTIONS_TIMEOUT: Duration = Duration::from_secs(1);
/// Passwords looked at at once.
const LOGINS_AT_ONCE: usize = 2;
/// Expressions that are tried at once; more wait.
const TRIALS_AT_ONCE: usize = 2;

/// Runs until a signal to stop.
///
/// # Errors
/// Something cannot be started; what was started by then is stopped again.
pub(crate) async fn run(
    settings: Settings,
    resolved: Resolved,
    given: Option<PathBuf>,
    replace: bool,
) -> Result<()> {
    check_exposure(&settings)?;
    // The port first: whoever waits for it gets an answer while the flows are still starting.
    let listener = listen(&settings).await?;
    let app = assemble(settings, &resolved)?;
    let server = serve(listener, app.clone())?;
    tokio::spawn(live::run(app.clone()));
    tokio::spawn(live::tell_failures(app.clone()));
    tokio::spawn(tell_presence(app.hub.clone()));

    let running = async {
        start_broker(&app).await?;
        plugin::start(&app).await;
        let disabled = routes::switch_off_again(&app);
        let in_force = app.flows.start(given.as_deref(), replace).await?;
        report(&app, &in_force);
        report_node_red(&app, &resolved, &in_force, &disabled);
        say_started(&app, &in_force);
        memory::give_back_after_start().await;
        std::future::pending::<Result<()>>().await
    };
    let result = tokio::select! {
        result = running => result,
        result = stop_signal() => result,
    };
    stop(&app, server).await;
    result
}

/// Nothing but this machine may reach what no password protects.
fn check_exposure(settings: &Settings) -> Result<()> {
    if settings.users.is_empty() && !settings.host.is_loopback() {
        return Err(Failure::key("run.no-password")
            .with("host", settings.host)
            .with("data", settings.data.display()));
    }
    let has_broker = settings.mqtt_port.is_some();
    if has_broker && settings.mqtt_user.is_none() && !settings.mqtt_host.is_loopback() {
        return Err(Failure::key("run.no-mqtt-user").with("host", settings.mqtt_host));
    }
    Ok(())
}

async fn listen(settings: &Settings) -> Result<TcpListener> {
    let (host, port) = (settings.host, settings.port);
    TcpListener::bind(SocketAddr::new(host, port)).await.map_err(|error| {
        let key = match error.kind() {
            io::ErrorKind::AddrInUse => "run.port-taken",
            _ => "run.listen",
        };
        Failure::key(key).with("host", host).with("port", port).with("reason", error)
    })
}

/// Makes every part; nothing runs yet but the engine's threads.
fn assemble(settings: Settings, resolved: &Resolved) -> Result<App> {
    let node_red = resolved.node_red.clone();
    let storage = storage::open(settings.storage(node_red.as_ref()))?;
    let seeds = node_red.as_ref().map(|folder| folder.seeds().0).unwrap_or_default();
    let contexts = Arc::new(context_stores::open(&settings.context_stores, seeds)?);
    let registry = Arc::new(registry());
    let hub = Arc::new(Hub::new(registry.clone()));
    let services = services_as_set(&settings);
    let brokers = services.get().unwrap_or_default();
    let plugins = Arc::new(Plugins::new(Place::of(&settings.data), registry.clone(), brokers));
    let (http_nodes, web_sockets) = (services.get().unwrap_or_default(), services.get().unwrap_or_default());
    let actions = services.get().unwrap_or_default();
    let local_broker = services.get().unwrap_or_default();

    let defaults = Options::default();
    let engine = Engine::new(Setup {
        registry: registry.clone(),
        observer: hub.clone(),
        services,
        contexts,
        env: Vec::new(),
        options: Options {
            credits_per_cell: settings.credits_per_cell,
            drain_timeout: settings.drain_timeout,
            worker_threads: settings.worker_threads.unwrap_or(defaults.worker_threads),
        },
    })
    .map_err(|error| Failure::key("run.no-threads").with("reason", error))?;

    Ok(Arc::new(Parts {
        flows: Flows::new(storage.clone(), engine, hub.clone(), settings.runtime_state),
        hub,
        registry,
        sessions: Sessions::load(storage, settings.session_lifetime),
        logins: Semaphore::new(LOGINS_AT_ONCE),
        trials: Semaphore::new(TRIALS_AT_ONCE),
        http_nodes,
        actions,
        web_sockets,
        local_broker,
        broker: Mutex::new(None),
        let_in: LetIn::default(),
        node_red,
        peeks: Default::default(),
        holds: Default::default(),
        flow_tests: Default::default(),
        library: Library::of(&settings.data),
        plugins,
        user_settings: Default::default(),
        started: Instant::now(),
        api: Handle::current(),
        settings,
    }))
}

/// The built-in node types, with the texts of everything that speaks.
pub(crate) fn registry() -> Registry {
    let registry = Registry::of(nodes::registry::NODE_TYPES);
    texts::catalogues().for_each(|table| registry.add_texts(table));
    registry
}

/// What the server lends to nodes, with the defaults of its settings.
pub(crate) fn services(data: &Path) -> Services {
    let mut services = Services::default();
    services.insert(Arc::<HttpRoutes>::default());
    services.insert(Arc::<Actions>::default());
    services.insert(Arc::<WebSocketListeners>::default());
    services.insert(Arc::<LocalBroker>::default());
    services.insert(Arc::<Brokers>::default());
    services.insert(Arc::new(DataFolder(data.to_owned())));
    services.insert(Arc::new(ModulesAllowed(true)));
    services
}

/// What the server lends to nodes, with the limits that are set.
fn services_as_set(settings: &Settings) -> Services {
    let mut services = services(&settings.data);
    services.insert(Arc::new(ModulesAllowed(settings.function_modules)));
    let buffer_limit = BufferLimit::default();
    buffer_limit.set(settings.buffer_limit);
    services.insert(Arc::new(buffer_limit));
    let folder = WorkingFolder::default();
    folder.set(settings.files_folder.clone());
    services.insert(Arc::new(folder));
    let limits = NetworkLimits::default();
    limits.set_request_timeout(Some(settings.http_request_timeout));
    limits.set_tcp_queue(Some(settings.tcp_queue));
    services.insert(Arc::new(limits));
    services
}

fn serve(listener: TcpListener, app: App) -> Result<Server> {
    let address = listener.local_addr().map_err(|error| Failure::key("run.serve").with("reason", error))?;
    println!("listening on http://{address}");
    let flows = app.flows.engine().runtime().clone();
    Ok(Server::start(listener, routes::answers(app), flows))
}

async fn start_broker(app: &App) -> Result<()> {
    let settings = &app.settings;
    let Some(port) = settings.mqtt_port else { return Ok(()) };
    let users = settings
        .mqtt_user
        .iter()
        .map(|(name, password)| broker::User { name: name.clone(), password: password.clone() });
    let own_user = settings.mqtt_user.as_ref().and_then(|_| own_user());
    let own = own_user
        .iter()
        .map(|(name, password)| broker::User { name: name.clone(), password: password.clone() });
    let users = users.chain(own);
    let started = broker::start(broker::Settings {
        bind: settings.mqtt_host,
        port,
        data: settings.data.join("broker"),
        users: users.collect(),
    });
    let broker = started.await.map_err(|error| Failure::from(error.text()))?;
    println!("mqtt on {}", broker.local_address());
    let doorway = broker.doorway();
    app.local_broker.set(broker.local_address(), move || doorway());
    if std::env::var_os(MQTT_PORT).is_none() {
        let port = u32::from(broker.local_address().port());
        app.flows.engine().set_env(vec![(MQTT_PORT.into(), port.into())]);
    }
    app.plugins.broker_at(broker.local_address(), own_user);
    *app.broker.lock().unwrap_or_else(PoisonError::into_inner) = Some(broker);
    Ok(())
}

/// Who plugins are at the embedded broker, until the next start: the password that is set may be a hash.
fn own_user() -> Option<(String, String)> {
    Some(("wireloom-plugins".to_owned(), new_token()?))
}

/// Tells on the terminal what started and what did not.
fn report(app: &App, in_force: &InForce) {
    for problem in &in_force.problems {
        let node = in_force.document.get(&problem.node);
        let type_name = node.map_or("", |node| node.type_name());
        let path = if problem.path.is_empty() { String::new() } else { format!(", {}", problem.path) };
        tracing::warn!("[{type_name}:{}{path}] {}", problem.node, app.registry.render(&problem.text));
    }
}

/// Says on the terminal what was taken of a user folder of Node-RED. Standard output is for programs.
fn report_node_red(app: &App, resolved: &Resolved, in_force: &InForce, disabled: &[String]) {
    let Some(folder) = &app.node_red else { return };
    let context = folder.folder().join("context");
    let is_theirs =
        |store: &StoreSetting| matches!(&store.kind, StoreKind::Files(path, _) if *path == context);
    let missing = check::missing_types(&in_force.document, &app.registry);
    let table = node_red::table(&Report {
        folder,
        flow_file: &app.settings.flow_file,
        entries: in_force.document.len(),
        with_credentials: in_force.credentials.len(),
        has_context_files: app.settings.context_stores.stores().iter().any(is_theirs),
        missing: &missing,
        disabled,
        in_force: &|path| resolved.outcome(path),
    });
    eprint!("{table}");
}

fn say_started(app: &App, in_force: &InForce) {
    println!(
        "flows started: {} nodes, {} problems",
        app.flows.engine().nodes().len(),
        in_force.problems.len()
    );
}

#[cfg(unix)]
async fn stop_signal() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let unheard = |error: io::Error| Failure::key("run.signals").with("reason", error);
    let mut terminate = signal(SignalKind::terminate()).map_err(unheard)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unheard)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn stop_signal() -> Result<()> {
    tokio::signal::ctrl_c().await.map_err(|error| Failure::key("run.signals").with("reason", error))
}

/// Stops sources first and finishes what is under way, HTTP answers too; then the broker; then the API.
/// A second signal ends it all at once.
async fn stop(app: &App, server: Server) {
    let in_order = async {
        app.flows.stop().await;
        let contexts = app.flows.engine().contexts().clone();
        // What cannot be written is logged there.
        let plugins = app.plugins.clone();
        let flush = move || {
            contexts.flush();
            plugins.flush();
        };
        let _ = tokio::task::spawn_blocking(flush).await;
        let broker = app.broker.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(broker) = broker
            && timeout(BROKER_STOP_TIMEOUT, broker.stop()).await.is_err()
        {
            tracing::warn!("the broker did not stop in time");
        }
        // Connections that stay open (editors) are cut.
        server.stop(CONNECTIONS_TIMEOUT).await;
    };
    tokio::select! {
        () = in_order => {}
        _ = stop_signal() => tracing::warn!("stopped at once; what was under way was not finished"),
    }
}
