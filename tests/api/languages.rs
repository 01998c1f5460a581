//! The server speaks the language that it is asked in.

use serde_json::{Value, json};
use wireloom_tests::server::{Server, json as answer};

use super::comms::Editor;

const GERMAN: (&str, &str) = ("Accept-Language", "de-AT,de;q=0.9,en;q=0.5");

/// What `GET path` answers to somebody who reads German.
async fn german(server: &Server, path: &str) -> Value {
    answer(server.get(path).header(GERMAN.0, GERMAN.1)).await
}

#[tokio::test]
async fn node_types_are_described_in_the_language_asked_for() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let of = |all: &Value, name: &str| {
        let found = all["descriptors"].as_array().unwrap().iter().find(|one| one["type"] == name).cloned();
        found.unwrap_or_else(|| panic!("no type {name}"))
    };
    let english = server.json("/nodes/descriptors").await;
    let translated = german(&server, "/nodes/descriptors").await;
    for (all, help, rule, label) in [
        (&english, "Sends a message out", "Rules", "database"),
        (&translated, "Sendet eine Nachricht aus", "Regeln", "Datenbank"),
    ] {
        let switch = of(all, "switch");
        assert!(switch["help"].as_str().unwrap().starts_with(help), "{switch}");
        assert_eq!(switch["schema"]["properties"]["rules"]["title"], rule);
        assert_eq!(all["texts"]["database.label"], label);
    }
    // Nothing else differs: what is written into flows is the same.
    let values = |all: &Value| of(all, "switch")["schema"]["properties"]["checkall"]["enum"].clone();
    assert_eq!(values(&english), values(&translated));
    assert_eq!(german(&server, "/nodes/messages").await["wireloom"]["mqtt.connected"], "verbunden");
    assert_eq!(german(&server, "/examples").await[0]["title"], "Hallo MQTT");
}

#[tokio::test]
async fn errors_and_problems_are_said_in_the_language_asked_for() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let missing = server.get("/library/local/flows/none").header(GERMAN.0, GERMAN.1).send().await.unwrap();
    assert_eq!(missing.status(), 404);
    let error: Value = missing.json().await.unwrap();
    assert_eq!(error["message"], "gibt es nicht: Eintrag der Bibliothek none");
    assert_eq!((&error["code"], &error["text"]["key"]), (&json!("not_found"), &json!("server.not-found")));
    let refused = server.post("/flows").header(GERMAN.0, GERMAN.1).body("[]").send().await.unwrap();
    assert_eq!(refused.status(), 415);
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["message"], "der Inhalt muss JSON sein, gesendet mit Content-Type: application/json");

    server
        .deploy(json!([
            { "id": "t", "type": "tab", "label": "t" },
            { "id": "r", "type": "range", "z": "t", "action": "jump", "minin": "0", "maxin": "1", "minout": "0", "maxout": "1", "wires": [[]] }
        ]))
        .await;
    let said = |problems: Value| problems["problems"][0]["message"].as_str().unwrap().to_owned();
    assert_eq!(
        said(german(&server, "/flows/problems").await),
        "jump ist keine Aktion: scale, clamp, roll oder drop wählen"
    );
    assert_eq!(
        said(server.json("/flows/problems").await),
        "jump is not an action; choose scale, clamp, roll or drop"
    );
}

#[tokio::test]
async fn statuses_and_the_log_are_told_in_the_language_of_the_socket() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    server
        .deploy(json!([
            { "id": "t", "type": "tab", "label": "t" },
            { "id": "i", "type": "inject", "z": "t", "props": [{ "p": "payload", "v": "x", "vt": "str" }], "wires": [["r"]] },
            { "id": "r", "type": "rbe", "z": "t", "func": "deadband", "gap": "1", "property": "payload", "wires": [["m"]] },
            { "id": "m", "type": "mqtt in", "z": "t", "broker": "b", "topic": "a", "wires": [[]] },
            { "id": "b", "type": "mqtt-broker", "broker": "127.0.0.1", "port": "1" }
        ]))
        .await;
    let mut english = Editor::connect(&server).await;
    let mut german = Editor::connect_to(&server, "?language=de").await;
    for (editor, statuses, warning) in [
        (
            &mut english,
            ["connecting", "disconnected"],
            "the property is no number, so the message was dropped",
        ),
        (
            &mut german,
            ["verbindet", "getrennt"],
            "die Eigenschaft ist keine Zahl, deshalb wurde die Nachricht verworfen",
        ),
    ] {
        editor.send(json!({ "subscribe": "status/m" })).await;
        let status = editor.data("status/m").await["text"].clone();
        assert!(statuses.iter().any(|known| status == *known), "{status}");
        editor.send(json!({ "subscribe": "debug" })).await;
        // The answer shows that the subscription counts.
        editor.send(json!({ "auth": "" })).await;
        while editor.frame().await != json!({ "auth": "ok" }) {}
        assert_eq!(server.post("/inject/i").json(&json!({})).send().await.unwrap().status(), 200);
        assert_eq!(editor.data("debug").await["msg"], warning);
    }
}
