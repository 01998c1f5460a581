//! Users, what they may do, and how long their log-ins last.

use std::fs;
use std::path::Path;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use wireloom_tests::server::{Server, hash_password, hello_flow, json as json_of, refusal, status_and_code};

const PASSWORD: &str = "correct horse";

/// Settings with an administrator, one who reads, and one who presses buttons.
async fn settings(data: &Path, more: &str) {
    let hash = hash_password(PASSWORD).await;
    let user = |name: &str, permissions: &str| {
        format!("[[users]]\nname = \"{name}\"\npassword = \"{hash}\"\npermissions = {permissions}\n")
    };
    let users =
        user("ann", "\"*\"") + &user("rae", "\"read\"") + &user("ivo", "[\"flows.read\", \"inject.write\"]");
    fs::write(data.join("wireloom.toml"), format!("{more}\n{users}")).unwrap();
}

async fn ask_token(server: &Server, name: &str, scope: &str) -> reqwest::Response {
    let body = json!({ "client_id": "node-red-admin", "grant_type": "password", "scope": scope, "username": name, "password": PASSWORD });
    server.post("/auth/token").json(&body).send().await.unwrap()
}

async fn token(server: &Server, name: &str) -> String {
    let answer: Value =
        serde_json::from_str(&ask_token(server, name, "").await.text().await.unwrap()).unwrap();
    answer["access_token"].as_str().unwrap().to_owned()
}

async fn status(server: &Server, method: &str, path: &str, token: &str) -> u16 {
    let request = server.client.request(method.parse().unwrap(), format!("{}{path}", server.url));
    let request = if method == "GET" { request } else { request.json(&json!([])) };
    request.bearer_auth(token).send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn each_may_do_what_is_permitted() {
    let data = tempfile::tempdir().unwrap();
    settings(data.path(), "").await;
    let server = Server::start(data.path(), &[]).await;
    let (ann, rae, ivo) =
        (token(&server, "ann").await, token(&server, "rae").await, token(&server, "ivo").await);
    for (method, path, who_may) in [
        ("GET", "/flows", "ann rae ivo"),
        ("POST", "/flows", "ann"),
        ("GET", "/nodes", "ann rae"),
        ("GET", "/context/global", "ann rae"),
        ("GET", "/library/local/flows", "ann rae"),
        ("GET", "/metrics", "ann rae"),
        ("DELETE", "/flow/none", "ann"),
        ("POST", "/inject/none", "ann ivo"),
        ("POST", "/debug/enable", "ann"),
    ] {
        for (name, token) in [("ann", &ann), ("rae", &rae), ("ivo", &ivo)] {
            let status = status(&server, method, path, token).await;
            assert_eq!(status != 403, who_may.contains(name), "{name}: {method} {path} gives {status}");
            assert_ne!(status, 401, "{name}: {method} {path}");
        }
        assert_eq!(status(&server, method, path, "guess").await, 401, "{method} {path}");
    }
    let refused = server.post("/flows").bearer_auth(&rae).json(&json!([])).send().await.unwrap();
    let text = refused.text().await.unwrap();
    assert!(text.contains("rae may not do this: the permission flows.write is needed"), "{text}");
    let user = json_of(server.get("/settings").bearer_auth(&rae)).await["user"].clone();
    assert_eq!(user, json!({ "username": "rae", "permissions": "read" }));
}

#[tokio::test]
async fn a_log_in_goes_no_further_than_it_is_asked_for() {
    let data = tempfile::tempdir().unwrap();
    settings(data.path(), "").await;
    let server = Server::start(data.path(), &[]).await;
    for (name, scope, expected) in [
        ("ann", "flows.read", 200),
        ("ann", "*", 200),
        ("rae", "read", 200),
        ("rae", "*", 403),
        ("ivo", "write", 403),
        ("ann", "all", 403),
    ] {
        assert_eq!(ask_token(&server, name, scope).await.status(), expected, "{name} {scope}");
    }
    let narrow: Value =
        serde_json::from_str(&ask_token(&server, "ann", "flows.read").await.text().await.unwrap()).unwrap();
    let narrow = narrow["access_token"].as_str().unwrap();
    assert_eq!(status(&server, "GET", "/flows", narrow).await, 200);
    assert_eq!(status(&server, "POST", "/flows", narrow).await, 403);
}

#[tokio::test]
async fn log_ins_last_over_a_restart_until_they_end_or_the_user_goes() {
    let data = tempfile::tempdir().unwrap();
    settings(data.path(), "session-seconds = 60").await;
    let server = Server::start(data.path(), &[]).await;
    let answer: Value =
        serde_json::from_str(&ask_token(&server, "ann", "").await.text().await.unwrap()).unwrap();
    assert_eq!(answer["expires_in"], 60);
    let (ann, rae, ivo) =
        (token(&server, "ann").await, token(&server, "rae").await, token(&server, "ivo").await);
    let revoke = server.post("/auth/revoke").json(&json!({ "token": rae })).send().await.unwrap();
    assert_eq!(revoke.status(), 200);
    server.stop().await;

    // ivo may do no more from now on, and a session that is over stands in the file.
    let file = data.path().join("wireloom.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("\"flows.read\", ", "")).unwrap();
    let sessions = data.path().join("sessions.json");
    let mut kept: Value = serde_json::from_str(&fs::read_to_string(&sessions).unwrap()).unwrap();
    assert!(!kept.to_string().contains(&ann), "the file holds a token");
    let of_first =
        kept.as_object_mut().unwrap().values_mut().find(|session| session["user"] == "ann").unwrap();
    of_first["end"] = 1.into();
    fs::write(&sessions, kept.to_string()).unwrap();

    let server = Server::start(data.path(), &[]).await;
    let mut of_ann = vec![status(&server, "GET", "/flows", &ann).await];
    of_ann.push(status(&server, "GET", "/flows", answer["access_token"].as_str().unwrap()).await);
    of_ann.sort_unstable();
    assert_eq!(of_ann, [200, 401], "one of the two is over");
    assert_eq!(status(&server, "GET", "/flows", &rae).await, 401);
    assert_eq!(status(&server, "GET", "/flows", &ivo).await, 403);
    assert_eq!(status(&server, "POST", "/inject/none", &ivo).await, 404);
}

#[tokio::test]
async fn who_is_not_logged_in_may_do_what_is_set_for_them() {
    let data = tempfile::tempdir().unwrap();
    settings(data.path(), "anonymous-permissions = \"flows.read, settings.read, status.read\"").await;
    let server = Server::start(data.path(), &[]).await;
    assert_eq!(server.json("/flows").await, json!([]));
    let user = server.json("/settings").await["user"].clone();
    assert_eq!(
        user,
        json!({ "anonymous": true, "permissions": ["flows.read", "settings.read", "status.read"] })
    );
    let refused = server.post("/flows").json(&json!([])).send().await.unwrap();
    assert_eq!(status_and_code(refused).await, (401, "unauthorized".into()), "they may log in");
    let (mut editor, _) =
        tokio_tungstenite::connect_async(format!("{}/comms", server.url.replace("http", "ws")))
            .await
            .unwrap();
    editor.send(Message::text(r#"{"subscribe":"notification/#"}"#)).await.unwrap();
    assert!(editor.next().await.unwrap().unwrap().into_text().unwrap().contains("runtime-state"));
}

#[tokio::test]
async fn comms_asks_for_a_permission_too() {
    let data = tempfile::tempdir().unwrap();
    settings(data.path(), "").await;
    let server = Server::start(data.path(), &[]).await;
    for (name, expected) in [("rae", "ok"), ("ivo", "fail")] {
        let token = token(&server, name).await;
        let (mut editor, _) =
            tokio_tungstenite::connect_async(format!("{}/comms", server.url.replace("http", "ws")))
                .await
                .unwrap();
        editor.send(Message::text(json!({ "auth": token }).to_string())).await.unwrap();
        let answer = editor.next().await.unwrap().unwrap().into_text().unwrap();
        assert_eq!(answer.as_str(), json!({ "auth": expected }).to_string(), "{name}");
    }
}

#[tokio::test]
async fn each_user_keeps_settings_of_the_editor() {
    let data = tempfile::tempdir().unwrap();
    settings(data.path(), "").await;
    fs::write(data.path().join("user-settings.json"), r#"{"before":1}"#).unwrap();
    let server = Server::start(data.path(), &[]).await;
    let ann = token(&server, "ann").await;
    let mut second = fs::read_to_string(data.path().join("wireloom.toml")).unwrap();
    second =
        second.replace("permissions = \"read\"", "permissions = [\"settings.read\", \"settings.write\"]");
    server.stop().await;
    fs::write(data.path().join("wireloom.toml"), second).unwrap();
    let server = Server::start(data.path(), &[]).await;
    let rae = token(&server, "rae").await;
    for (token, name) in [(&ann, "ann"), (&rae, "rae")] {
        assert_eq!(json_of(server.get("/settings/user").bearer_auth(token)).await, json!({ "before": 1 }));
        let kept = server
            .post("/settings/user")
            .bearer_auth(token)
            .json(&json!({ "of": name }))
            .send()
            .await
            .unwrap();
        assert_eq!(kept.status(), 204);
    }
    assert_eq!(
        json_of(server.get("/settings/user").bearer_auth(&ann)).await,
        json!({ "before": 1, "of": "ann" })
    );
    assert_eq!(
        json_of(server.get("/settings/user").bearer_auth(&rae)).await,
        json!({ "before": 1, "of": "rae" })
    );
}

#[tokio::test]
async fn http_nodes_ask_for_their_own_user() {
    let data = tempfile::tempdir().unwrap();
    let hash = hash_password(PASSWORD).await;
    let server =
        Server::start(data.path(), &["--http-node-user", "tool", "--http-node-password", &hash]).await;
    server.deploy(hello_flow()).await;
    let get = |user: &'static str, password: &'static str| {
        server.get("/hello").basic_auth(user, Some(password)).send()
    };
    for _ in 0..2 {
        assert_eq!(get("tool", PASSWORD).await.unwrap().status(), 200);
        assert_eq!(get("tool", "wrong horse").await.unwrap().status(), 401);
        assert_eq!(get("other", PASSWORD).await.unwrap().status(), 401);
    }
    let answer = server.get("/hello").send().await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(answer.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic realm="));
    assert_eq!(
        server.get("/flows").send().await.unwrap().status(),
        200,
        "the admin API has users of its own"
    );
    assert_eq!(server.get("/").send().await.unwrap().status(), 200);
    // A socket at a flow's path, too.
    let listener = json!([
        { "id": "t", "type": "tab", "label": "t" },
        { "id": "c", "type": "websocket-listener", "path": "/live", "wholemsg": "false" },
        { "id": "in", "type": "websocket in", "z": "t", "x": 1, "y": 1, "server": "c", "wires": [[]] },
    ]);
    server.deploy(listener).await;
    let open = |password: &'static str| {
        let asked = server.get("/live").header("connection", "upgrade").header("upgrade", "websocket");
        let asked = asked
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        asked.basic_auth("tool", Some(password)).send()
    };
    assert_eq!(open("wrong horse").await.unwrap().status(), 401);
    assert_eq!(open(PASSWORD).await.unwrap().status(), 101);
}

#[tokio::test]
async fn tries_at_http_nodes_are_counted_and_leave_the_admin_log_in_alone() {
    let data = tempfile::tempdir().unwrap();
    let hash = hash_password(PASSWORD).await;
    let settings = format!(
        "http-node-user = 'tool'\nhttp-node-password = '{hash}'\nanonymous-permissions = '*'\n[admin]\nuser = 'ann'\npassword = '{hash}'\n"
    );
    fs::write(data.path().join("wireloom.toml"), settings).unwrap();
    let server = Server::start(data.path(), &[]).await;
    server.deploy(hello_flow()).await;
    let get = |password: String| server.get("/hello").basic_auth("tool", Some(password)).send();
    for number in 0..10 {
        assert_eq!(get(format!("wrong {number}")).await.unwrap().status(), 401);
    }
    for password in ["wrong horse", PASSWORD] {
        let refused = get(password.to_owned()).await.unwrap();
        assert_eq!(
            (refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()),
            (429, "60")
        );
    }
    token(&server, "ann").await;
}

#[tokio::test]
async fn users_that_cannot_be_are_named() {
    let data = tempfile::tempdir().unwrap();
    let hash = hash_password(PASSWORD).await;
    let quiet = ["--port", "0", "--mqtt-port", "off"];
    for (text, words) in [
        (format!("[[users]]\npassword = \"{hash}\""), "wireloom.toml, line 1: a user needs a name"),
        (
            "[[users]]\nname = \"a\"\npassword = \"plain\"".into(),
            "the password of a must be an argon2 or bcrypt hash",
        ),
        (
            format!("[[users]]\nname = \"a\"\npassword = \"{hash}\"\npermissions = \"reed\""),
            "reed is no permission",
        ),
        (
            format!("admin.password = \"{hash}\"\n[[users]]\nname = \"admin\"\npassword = \"{hash}\""),
            "another user admin",
        ),
        ("http-node-user = \"a\"\nhttp-node-password = \"plain\"".into(), "the password of a must be"),
    ] {
        fs::write(data.path().join("wireloom.toml"), &text).unwrap();
        let error = refusal(data.path(), &quiet).await;
        assert!(error.contains(words), "{text}: {error}");
    }
}
