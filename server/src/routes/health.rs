//! Is it well?

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::app::App;
use crate::flows::Phase;
use crate::process;

/// `GET /health`: 200 while it can be used, 503 once it stops.
pub(super) async fn health(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let (status, word) = match app.flows.phase() {
        Phase::Starting => (StatusCode::OK, "starting"),
        Phase::Running => (StatusCode::OK, "ok"),
        Phase::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
    };
    let problems = app.flows.now_in_force().problems.len();
    (status, Json(json!({ "status": word, "version": env!("CARGO_PKG_VERSION"), "problems": problems })))
}

/// `GET /diagnostics`: what a report of an error should say, without anything secret.
pub(super) async fn diagnostics(State(app): State<App>) -> Json<Value> {
    let in_force = app.flows.now_in_force();
    let settings = &app.settings;
    Json(json!({
        "report": "diagnostics",
        "scope": "basic",
        "runtime": { "name": "wireloom", "version": env!("CARGO_PKG_VERSION"), "uptimeSeconds": app.started.elapsed().as_secs() },
        "os": { "type": std::env::consts::OS, "arch": std::env::consts::ARCH, "family": std::env::consts::FAMILY },
        "process": {
            "residentBytes": process::resident_bytes(),
            "processors": std::thread::available_parallelism().map_or(1, usize::from),
        },
        "flows": {
            "rev": in_force.rev,
            "entries": in_force.document.len(),
            "running": app.flows.engine().nodes().len(),
            "problems": in_force.problems.len(),
        },
        "settings": {
            "host": settings.host,
            "port": settings.port,
            "mqttHost": settings.mqtt_host,
            "mqttPort": settings.mqtt_port,
            "headless": settings.headless,
            "hasPassword": !settings.users.is_empty(),
        },
        "comms": { "connected": app.hub.connected() },
    }))
}
