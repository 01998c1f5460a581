//! Who may reach the server, and who may not.

use std::path::Path;

use reqwest::StatusCode;
use reqwest::header::{COOKIE, HOST, ORIGIN, SET_COOKIE};
use serde_json::{Value, json};
use wireloom_tests::server::{Server, hash_password, json, refusal, status_and_code};

const PASSWORD: &str = "correct horse";

/// A server with a password.
async fn guarded(data: &Path, arguments: &[&str]) -> Server {
    let hash = hash_password(PASSWORD).await;
    let mut all = vec!["--admin-password", &hash];
    all.extend(arguments);
    Server::start(data, &all).await
}

async fn login(server: &Server, password: &str) -> reqwest::Response {
    let body = json!({ "client_id": "node-red-admin", "grant_type": "password", "scope": "*", "username": "admin", "password": password });
    server.post("/auth/token").json(&body).send().await.unwrap()
}

#[tokio::test]
async fn without_a_password_only_loopback() {
    let data = tempfile::tempdir().unwrap();
    let error = refusal(data.path(), &["--host", "0.0.0.0", "--port", "0", "--mqtt-port", "off"]).await;
    assert!(error.contains("0.0.0.0 is none") && error.contains("wireloom passwd --data"), "{error}");
    let error =
        refusal(data.path(), &["--admin-password", "plain", "--port", "0", "--mqtt-port", "off"]).await;
    assert!(
        error.contains("--admin-password: the password of admin must be an argon2 or bcrypt hash"),
        "{error}"
    );
    let error = refusal(data.path(), &["--mqtt-host", "0.0.0.0", "--port", "0"]).await;
    assert!(error.contains("set mqtt-user and mqtt-password"), "{error}");
    let server = guarded(data.path(), &["--host", "0.0.0.0"]).await;
    assert!(server.url.starts_with("http://0.0.0.0:"), "{}", server.url);
}

#[tokio::test]
async fn pages_of_other_sites_are_kept_out() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--allowed-hosts", "pi.lan, other.lan"]).await;
    let own = server.url.clone();
    let port = own.rsplit_once(':').unwrap().1;
    for (name, value, expected) in [
        (ORIGIN, own.as_str(), 200),
        (ORIGIN, "http://evil.example", 403),
        (ORIGIN, "http://127.0.0.1:1", 403),
        (ORIGIN, "null", 403),
        (HOST, "evil.example", 403),
        (HOST, &format!("evil.example:{port}"), 403),
        (HOST, &format!("localhost:{port}"), 200),
        (HOST, &format!("pi.lan:{port}"), 200),
        (HOST, "other.lan", 200),
    ] {
        for path in ["/flows", "/settings", "/nodes", "/metrics"] {
            let response = server.get(path).header(&name, value).send().await.unwrap();
            assert_eq!(response.status().as_u16(), expected, "{path} {name}: {value}");
        }
        let posted = server.post("/flows").json(&json!([])).header(&name, value).send().await.unwrap();
        assert_eq!(posted.status().is_success(), expected == 200, "POST {name}: {value}");
    }
}

#[tokio::test]
async fn bodies_must_be_json_and_not_too_large() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    for media_type in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
    {
        let response =
            server.post("/flows").header("Content-Type", media_type).body("[]").send().await.unwrap();
        assert_eq!(status_and_code(response).await, (415, "unsupported_media_type".into()), "{media_type}");
    }
    let fine = server
        .post("/flows")
        .header("Content-Type", "application/json; charset=utf-8")
        .body("[]")
        .send()
        .await
        .unwrap();
    assert_eq!(fine.status(), 204);

    let flows = |size: usize| json!([{ "id": "c", "type": "comment", "info": "x".repeat(size) }]);
    let large = server.post("/flows").json(&flows(5 * 1024 * 1024)).send().await;
    // The server need not read what it refuses; the client may then fail to send it all.
    if let Ok(response) = large {
        assert_eq!(status_and_code(response).await, (413, "too_large".into()));
    }
    assert_eq!(server.json("/flows").await, json!([]));
    assert_eq!(server.post("/flows").json(&flows(4 * 1024 * 1024)).send().await.unwrap().status(), 204);
}

#[tokio::test]
async fn with_a_password_everything_needs_a_session() {
    let data = tempfile::tempdir().unwrap();
    let server = guarded(data.path(), &[]).await;
    for path in [
        "/examples",
        "/flows",
        "/settings",
        "/nodes",
        "/nodes/descriptors",
        "/metrics",
        "/context/global",
        "/revisions",
        "/diagnostics",
    ] {
        let response = server.get(path).send().await.unwrap();
        assert_eq!(status_and_code(response).await, (401, "unauthorized".into()), "{path}");
        let wrong = server.get(path).bearer_auth("guess").send().await.unwrap();
        assert_eq!(wrong.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(server.post("/flows").json(&json!([])).send().await.unwrap().status(), 401);
    assert_eq!(server.get("/health").send().await.unwrap().status(), 200);
    assert_eq!(server.get("/").send().await.unwrap().status(), 200);
    assert_eq!(server.json("/auth/login").await["type"], "credentials");

    let wrong = login(&server, "wrong horse").await;
    assert_eq!(
        (wrong.status().as_u16(), wrong.text().await.unwrap()),
        (403, r#"{"error":"invalid_grant"}"#.into())
    );
    let response = login(&server, PASSWORD).await;
    let cookie = response.headers()[SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.contains("; HttpOnly; SameSite=Strict; Max-Age=604800"), "{cookie}");
    let answer: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
    assert_eq!((&answer["expires_in"], &answer["token_type"]), (&json!(604_800), &json!("Bearer")));
    let token = answer["access_token"].as_str().unwrap();

    let settings = json(server.get("/settings").bearer_auth(token)).await;
    assert_eq!(settings["user"]["username"], "admin");
    let pair = cookie.split(';').next().unwrap();
    assert_eq!(server.get("/flows").header(COOKIE, pair).send().await.unwrap().status(), 200);

    let revoke = server.post("/auth/revoke").json(&json!({ "token": token })).send().await.unwrap();
    assert_eq!(revoke.status(), 200);
    assert_eq!(server.get("/flows").bearer_auth(token).send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn guessing_passwords_is_slowed_down() {
    let data = tempfile::tempdir().unwrap();
    let server = guarded(data.path(), &[]).await;
    for _ in 0..10 {
        assert_eq!(login(&server, "wrong horse").await.status(), 403);
    }
    let late = login(&server, PASSWORD).await;
    assert_eq!(late.status(), 429);
    assert!(late.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn without_a_password_there_is_nothing_to_log_in_to() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    assert_eq!(server.json("/auth/login").await, json!({}));
    assert_eq!(login(&server, "").await.status(), 400);
}
