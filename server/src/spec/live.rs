//! What nodes of the network family know of themselves, in the words of the specs.

use nodes::network::http::proxy::ProxyRules;
use nodes::network::mqtt_broker::MqttBroker;
use nodes::network::websocket_client::WebSocketClient;
use nodes::network::websocket_listener::WebSocketListener;
use serde_json::{Value as Json, json};

use super::codec;
use super::probe::Probe;

/// A property that a running node has beside those in the flow file; `found` is the node there.
pub(super) fn property(probe: &Probe, found: &Json, name: &str) -> Option<Json> {
    let id = found["id"].as_str().unwrap_or_default();
    let value: Json = match found["type"].as_str().unwrap_or_default() {
        "mqtt-broker" => return broker(&*probe.config::<MqttBroker>(id)?, found, name),
        "websocket-listener" => {
            let listener = probe.config::<WebSocketListener>(id)?;
            match name {
                "server" => return Some(json!({ "has": true, "kind": "ws-server" })),
                "isServer" => true.into(),
                "wholemsg" => listener.takes_whole().into(),
                _ => return None,
            }
        }
        "websocket-client" => {
            let client = probe.config::<WebSocketClient>(id)?;
            match name {
                "server" => return Some(json!({ "has": true, "kind": "ws-server" })),
                "isServer" => false.into(),
                "wholemsg" => client.takes_whole().into(),
                "subprotocol" => client.protocols().into(),
                _ => return None,
            }
        }
        _ => return None,
    };
    Some(json!({ "has": true, "value": value }))
}

fn broker(broker: &MqttBroker, found: &Json, name: &str) -> Option<Json> {
    let shown = broker.show();
    let value = match name {
        "connected" | "connecting" | "autoConnect" | "autoUnsubscribe" => shown[name].clone(),
        "brokerurl" => shown["url"].clone(),
        "options" => options(&shown),
        "client" => {
            return Some(json!({ "has": true, "kind": "object-ref", "value": {}, "methods": ["end"] }));
        }
        // As they were set.
        "broker" | "port" => found[name].clone(),
        _ => return None,
    };
    Some(json!({ "has": true, "value": value }))
}

fn options(shown: &Json) -> Json {
    let mut options = json!({
        "clean": shown["clean"], "clientId": shown["clientId"], "keepalive": shown["keepalive"],
        "reconnectPeriod": shown["reconnectPeriod"],
    });
    if shown["protocolVersion"] == 5 {
        options["protocolVersion"] = 5.into();
        options["properties"] = json!({ "sessionExpiryInterval": shown["sessionExpiry"] });
    }
    options
}

/// Calls a method of a live object.
pub(super) fn invoke(probe: &Probe, order: &Json) -> Result<Json, String> {
    let node = order["node"].as_str().unwrap_or_default();
    let broker = probe.config::<MqttBroker>(node).ok_or_else(|| format!("no such node: {node}"))?;
    match (order["path"][0].as_str(), order["path"][1].as_str()) {
        (Some("client"), Some("end")) => {
            broker.break_off();
            Ok(Json::Null)
        }
        _ => Err(format!("no such method: {}", order["path"])),
    }
}

/// Which proxy a URL would be reached through; `process` gives variables where the order brings none.
pub(super) fn proxy(order: &Json, process: &dyn Fn(&str) -> Option<String>) -> Json {
    let (url, options) = (codec::decode_plain(&order["url"]), codec::decode_plain(&order["options"]));
    let is_set = |name: &str| options[name] == true;
    let rules = ProxyRules {
        is_legacy: options["mode"] == "legacy",
        lower_case_only: is_set("lowerCaseOnly"),
        upper_case_first: is_set("favourUpperCase"),
        ignores_npm: is_set("excludeNpm"),
    };
    let own = options.get("env").filter(|env| env.is_object());
    let variable = |name: &str| match own {
        Some(env) => env[name].as_str().map(str::to_owned),
        None => process(name),
    };
    rules.proxy_for(url.as_str().unwrap_or_default(), &variable).unwrap_or_default().into()
}
