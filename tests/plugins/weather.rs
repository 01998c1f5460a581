//! `weather`, against a server of the test.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::Rig;

/// Answers every request in the same way; gives its port and the lines that requests began with.
async fn weather_station(status: &'static str, body: Value) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                match socket.read_u8().await {
                    Ok(byte) => request.push(byte),
                    Err(_) => break,
                }
            }
            let first = String::from_utf8_lossy(&request).lines().next().unwrap_or_default().to_owned();
            kept.lock().unwrap().push(first);
            let body = body.to_string();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    (port, asked)
}

fn sunny() -> Value {
    json!({ "current": { "time": "2026-06-01T12:00", "temperature_2m": 21.5, "relative_humidity_2m": 40,
        "wind_speed_10m": 7.2, "precipitation": 0, "weather_code": 0, "is_day": 1 } })
}

fn node(port: u16) -> Value {
    json!({ "type": "weather", "latitude": 38.7, "longitude": -9.1, "url": format!("http://127.0.0.1:{port}/forecast") })
}

#[tokio::test]
async fn a_granted_server_is_asked() {
    let (port, asked) = weather_station("200 OK", sunny()).await;
    let grant = format!("http=api.open-meteo.com,127.0.0.1:{port}");
    let rig = Rig::granted("http-weather", &["--grant", &grant], node(port)).await;
    let answer = rig.ask(json!({ "topic": "t" })).await;
    assert_eq!(answer["message"]["payload"]["temperature"], 21.5, "{answer}");
    assert_eq!(answer["message"]["payload"]["text"], "clear");
    let first = asked.lock().unwrap()[0].clone();
    assert!(
        first.starts_with("GET /forecast?latitude=38.7&longitude=-9.1&current=temperature_2m,"),
        "{first}"
    );
    rig.stop().await;
}

#[tokio::test]
async fn a_server_that_nobody_granted_is_not() {
    let (port, asked) = weather_station("200 OK", sunny()).await;
    let rig = Rig::of("http-weather", node(port)).await;
    let answer = rig.ask(json!({})).await;
    assert_eq!(answer["error"]["code"], "NOT_ALLOWED", "{answer}");
    assert!(asked.lock().unwrap().is_empty());
    rig.stop().await;
}

#[tokio::test]
async fn what_the_server_says_is_the_error() {
    let (port, _) = weather_station("400 Bad Request", json!({ "reason": "no such place" })).await;
    let grant = format!("http=api.open-meteo.com,127.0.0.1:{port}");
    let rig = Rig::granted("http-weather", &["--grant", &grant], node(port)).await;
    let answer = rig.ask(json!({})).await;
    assert_eq!(answer["error"]["message"], "the server answered 400: no such place", "{answer}");
    rig.stop().await;
}
