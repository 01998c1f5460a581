//! What the server's node types say. Most are called by their type, which is how a search finds them in the help and
//! elsewhere: such a name stays as it is, and has no line here.

use model::text::Catalogue;

pub(super) const TEXTS: Catalogue = &[
    ("database.label", "Datenbank"),
    ("file-in.label", "Datei lesen"),
    ("file.label", "Datei schreiben"),
    ("global-config.label", "Globale Variablen"),
    ("http-proxy.label", "HTTP-Proxy"),
    ("junction.label", "Verbindungspunkt"),
    ("mqtt-broker.label", "MQTT-Broker"),
    ("unknown.label", "unbekannt"),
    ("websocket-client.label", "WebSocket-Client"),
    ("websocket-listener.label", "WebSocket-Server"),
];
