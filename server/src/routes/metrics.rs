//! Figures for Prometheus (text format 0.0.4).

use std::fmt::Write;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use engine::node::{Counters, NodeHandle};

use crate::app::App;
use crate::{live, process};

type Reader = fn(&Counters) -> &AtomicU64;

const PER_NODE: &[(&str, &str, Reader)] = &[
    ("wireloom_node_received_total", "Messages that a node received.", |counters| &counters.received),
    ("wireloom_node_errors_total", "Errors of a node, handled ones too.", |counters| &counters.errors),
    ("wireloom_node_dropped_total", "Messages that a source could not wait with.", |counters| {
        &counters.dropped
    }),
];

type Figure = fn(&Counters) -> Option<f64>;

const FIGURES: &[(&str, &str, &str, Figure)] = &[
    (
        "wireloom_node_busy_seconds_total",
        "counter",
        "Time that a node was at work; task nodes have none.",
        |counters| Some(counters.busy().as_secs_f64()),
    ),
    ("wireloom_node_waiting", "gauge", "Messages that wait for a node or are kept by it.", |counters| {
        Some(counters.waiting() as f64)
    }),
    (
        "wireloom_node_call_seconds_p99",
        "gauge",
        "The time that 99 of 100 of the last calls did not exceed.",
        |counters| counters.slowest_hundredth().map(|time| time.as_secs_f64()),
    ),
];

/// So long is waited for nodes that count what they keep.
const PATIENCE: Duration = Duration::from_millis(50);

/// `GET /metrics`.
pub(super) async fn get(State(app): State<App>) -> Response {
    app.flows.engine().count_waiting(PATIENCE).await;
    let mut text = String::new();
    let mut nodes = app.flows.engine().nodes();
    nodes.sort_by(|a, b| a.info.id.cmp(&b.info.id));
    for (name, help, counter) in PER_NODE {
        head(&mut text, name, "counter", help);
        for node in &nodes {
            line(&mut text, name, &labels(node, &[]), counter(&node.counters).load(Ordering::Relaxed) as f64);
        }
    }
    head(&mut text, "wireloom_node_sent_total", "counter", "Messages that a node sent, by output port.");
    let in_force = app.flows.now_in_force();
    let by_id = live::by_id(&nodes);
    for node in &nodes {
        for (port, sent) in live::sent_by(node, &by_id, &in_force.document).into_iter().enumerate() {
            let labels = labels(node, &[("port", &port.to_string())]);
            line(&mut text, "wireloom_node_sent_total", &labels, sent as f64);
        }
    }
    for (name, kind, help, figure) in FIGURES {
        head(&mut text, name, kind, help);
        for node in &nodes {
            if let Some(figure) = figure(&node.counters) {
                line(&mut text, name, &labels(node, &[]), figure);
            }
        }
    }
    gauge(&mut text, "wireloom_nodes", "Nodes that run.", nodes.len() as f64);
    let in_flight = app.flows.engine().in_flight() as f64;
    gauge(&mut text, "wireloom_messages_in_flight", "Admitted messages that are under way.", in_flight);
    gauge(&mut text, "wireloom_problems", "Nodes that could not be started.", in_force.problems.len() as f64);
    gauge(&mut text, "wireloom_editors", "Connected editors.", app.hub.connected() as f64);
    counter(
        &mut text,
        "wireloom_debug_lost_total",
        "Debug messages that slow editors missed.",
        app.hub.lost() as f64,
    );
    let broker =
        app.broker.lock().unwrap_or_else(PoisonError::into_inner).as_ref().map(|broker| broker.stats());
    if let Some(stats) = broker {
        gauge(&mut text, "wireloom_mqtt_clients", "Connected MQTT clients.", stats.clients_connected as f64);
        for (name, help, value) in [
            ("wireloom_mqtt_connections_total", "MQTT clients that connected.", stats.clients_total),
            ("wireloom_mqtt_received_total", "Messages published to the broker.", stats.messages_received),
            (
                "wireloom_mqtt_sent_total",
                "Messages that the broker sent to subscribers.",
                stats.messages_sent,
            ),
            (
                "wireloom_mqtt_received_bytes_total",
                "Payload bytes published to the broker.",
                stats.bytes_received,
            ),
            ("wireloom_mqtt_sent_bytes_total", "Payload bytes that the broker sent.", stats.bytes_sent),
        ] {
            counter_line(&mut text, name, help, value);
        }
    }
    gauge(&mut text, "wireloom_uptime_seconds", "Time since the start.", app.started.elapsed().as_secs_f64());
    if let Some(bytes) = process::resident_bytes() {
        gauge(&mut text, "process_resident_memory_bytes", "Memory in use.", bytes as f64);
    }
    if let Some(seconds) = process::processor_seconds() {
        counter(&mut text, "process_cpu_seconds_total", "Processor time used.", seconds);
    }
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

fn labels(node: &NodeHandle, more: &[(&str, &str)]) -> String {
    let info = &node.info;
    let (id, type_name, name, flow) = (&*info.id, &*info.type_name, &*info.name, &*info.flow);
    let pairs = [("id", id), ("type", type_name), ("name", name), ("flow", flow)];
    let pairs: Vec<_> =
        pairs.iter().chain(more).map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a string cannot fail; so below.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(text: &mut String, name: &str, labels: &str, value: f64) {
    let _ = writeln!(text, "{name}{labels} {value}");
}

fn gauge(text: &mut String, name: &str, help: &str, value: f64) {
    head(text, name, "gauge", help);
    line(text, name, "", value);
}

fn counter(text: &mut String, name: &str, help: &str, value: f64) {
    head(text, name, "counter", help);
    line(text, name, "", value);
}

fn counter_line(text: &mut String, name: &str, help: &str, value: u64) {
    head(text, name, "counter", help);
    let _ = writeln!(text, "{name} {value}");
}
