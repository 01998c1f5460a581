//! Starting, stopping, settings.

use std::net::TcpListener;

use serde_json::json;
use tokio::process::Command;
use wireloom_tests::server::{Process, Server, client, command, finish, refusal, run};

#[tokio::test]
async fn a_taken_port_is_named_with_its_flag() {
    let data = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let error = refusal(data.path(), &["--port", &port, "--mqtt-port", "off"]).await;
    assert!(
        error.contains(&format!("port {port} on 127.0.0.1 is taken")) && error.contains("--port"),
        "{error}"
    );
    let error = refusal(data.path(), &["--port", "0", "--mqtt-port", &port]).await;
    assert!(
        error.contains(&format!("port {port} on 127.0.0.1 is taken")) && error.contains("--mqtt-port off"),
        "{error}"
    );
}

#[tokio::test]
async fn a_folder_has_one_wireloom_at_a_time() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &[]).await;
    let error = refusal(data.path(), &["--port", "0", "--mqtt-port", "off"]).await;
    assert!(error.contains("is in use by another wireloom"), "{error}");
    server.kill().await;
    Server::start(data.path(), &[]).await;
}

#[tokio::test]
async fn it_stops_in_order_on_a_signal() {
    let data = tempfile::tempdir().unwrap();
    let server = Server::start(data.path(), &["--mqtt-port", "0"]).await;
    assert!(server.mqtt.is_some());
    let status = server.stop().await;
    assert_eq!(status.code(), Some(0));
}

#[tokio::test]
async fn settings_come_from_flag_variable_file_and_default() {
    let data = tempfile::tempdir().unwrap();
    std::fs::write(data.path().join("wireloom.toml"), "port = 0\nheadless = true\n[admin]\nuser = \"ann\"\n")
        .unwrap();
    let mut config = command(&["config", "--data", data.path().to_str().unwrap(), "--mqtt-port", "off"]);
    let output =
        config.env("WIRELOOM_LOG", "warn").env("WIRELOOM_ADMIN_PASSWORD", "$x").output().await.unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let origin = |setting: &str| {
        let line = text
            .lines()
            .find(|line| line.starts_with(setting))
            .unwrap_or_else(|| panic!("{setting}: {text}"));
        line.split_once('#').unwrap().1.trim().to_owned()
    };
    let file = data.path().join("wireloom.toml");
    assert_eq!(origin("mqtt-port = \"off\" "), "--mqtt-port");
    assert_eq!(origin("log = \"warn\" "), "WIRELOOM_LOG");
    assert_eq!(origin("headless = true "), format!("{}, line 2", file.display()));
    assert_eq!(origin("admin.user = \"ann\" "), format!("{}, line 4", file.display()));
    assert_eq!(origin("host = \"127.0.0.1\" "), "default");
    assert_eq!(origin("admin.password = \"***\" "), "WIRELOOM_ADMIN_PASSWORD");

    std::fs::write(&file, "port = 0\n\nprot = 1\n").unwrap();
    let error = refusal(data.path(), &[]).await;
    assert!(error.contains("wireloom.toml, line 3: there is no setting prot"), "{error}");
    std::fs::write(&file, "port = 70000\n").unwrap();
    let error = refusal(data.path(), &[]).await;
    assert!(error.contains("line 1: port is 70000; it must be a whole number from 0 to 65535"), "{error}");
}

#[tokio::test]
async fn health_answers_while_the_flows_are_still_starting() {
    let data = tempfile::tempdir().unwrap();
    // Nobody wrote into this file yet, so reading it waits.
    let file = data.path().join("given.json");
    assert!(Command::new("mkfifo").arg(&file).status().await.unwrap().success());
    let mut process = Process::spawn(run(&data.path().join("data"), &[file.to_str().unwrap()]));
    let url = process.line_after("listening on ").await;
    let client = client();
    let health = async || {
        let text = client.get(format!("{url}/health")).send().await.unwrap().text().await.unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["status"].clone()
    };
    assert_eq!(health().await, "starting");
    assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
    tokio::fs::write(&file, json!([{ "id": "t", "type": "tab" }]).to_string()).await.unwrap();
    process.line_after("flows started").await;
    assert_eq!(health().await, "ok");
    process.kill().await;
}

#[tokio::test]
async fn a_given_file_runs_before_it_is_saved() {
    let data = tempfile::tempdir().unwrap();
    let file = data.path().join("given.json");
    let flow = json!([
        { "id": "in", "type": "http in", "url": "/hello", "method": "get", "wires": [["out"]] },
        { "id": "out", "type": "http response", "wires": [] },
    ]);
    std::fs::write(&file, flow.to_string()).unwrap();
    let mut command = run(&data.path().join("data"), &[file.to_str().unwrap()]);
    command.env("WIRELOOM_HOLD_AT_WRITE", "1");
    let mut process = Process::spawn(command);
    let url = process.line_after("listening on ").await;
    process.line_after("held at ").await;
    let client = client();
    assert_eq!(client.get(format!("{url}/hello")).send().await.unwrap().status(), 200);
    let flows = client.get(format!("{url}/flows")).send().await.unwrap().text().await.unwrap();
    assert!(flows.contains("/hello"), "{flows}");
    assert!(!data.path().join("data/flows.json").exists());
    process.kill().await;
}

#[tokio::test]
async fn a_password_is_hashed_and_set() {
    let data = tempfile::tempdir().unwrap();
    let pipe = |arguments: String| async move {
        let script = format!(
            "printf 'correct horse\\n' | '{}' {arguments}",
            wireloom_tests::server::binary().display()
        );
        Command::new("sh").args(["-c", &script]).output().await.unwrap()
    };
    let hash = String::from_utf8(pipe("hash-password".into()).await.stdout).unwrap();
    assert!(hash.starts_with("$argon2id$"), "{hash}");
    let set = pipe(format!("passwd --data '{}'", data.path().display())).await;
    assert!(set.status.success(), "{set:?}");
    let server = Server::start(data.path(), &[]).await;
    assert_eq!(server.get("/flows").send().await.unwrap().status(), 401);
}

#[tokio::test]
async fn it_says_what_it_can_do() {
    let output = finish(&["run", "--help"]).await;
    let text = String::from_utf8(output.stdout).unwrap();
    for flag in
        ["--data", "--port", "--mqtt-port", "--host", "--headless", "--replace", "--drain-timeout-seconds"]
    {
        assert!(text.contains(flag), "{flag} is missing in {text}");
    }
}
