use wireloom_sdk::http::Response;

use super::*;

fn answer(status: u16, body: &Json) -> Response {
    Response { status, body: body.to_string().into_bytes(), ..Response::default() }
}

fn sunny() -> Json {
    json!({ "current": {
        "time": "2026-06-01T12:00", "temperature_2m": 21.5, "relative_humidity_2m": 40, "wind_speed_10m": 7.2,
        "precipitation": 0.0, "weather_code": 0, "is_day": 1,
    } })
}

/// A node in Lisbon whose server always gives this answer.
fn node(settings: Json, answer: Response) -> Harness<Weather> {
    let mut all = json!({ "latitude": 38.7, "longitude": -9.1 });
    all.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    Harness::setup().http(move |_| Ok(answer.clone())).start(&all).unwrap()
}

#[test]
fn a_message_gets_the_weather_of_the_place() {
    let mut node = node(json!({}), answer(200, &sunny()));
    let sent = node.send(json!({ "topic": "t" })).unwrap();
    assert_eq!(
        sent[0].1["payload"],
        json!({ "temperature": 21.5, "humidity": 40, "wind": 7.2, "rain": 0.0, "code": 0, "text": "clear",
            "isDay": true, "time": "2026-06-01T12:00" })
    );
    assert_eq!(sent[0].1["topic"], "t");
    let request = &node.requests()[0];
    assert!(
        request
            .url
            .starts_with("https://api.open-meteo.com/v1/forecast?latitude=38.7&longitude=-9.1&current=temp")
    );
    assert_eq!(request.timeout, Some(Duration::from_secs(10)));
    assert_eq!(node.status().unwrap().2, "21.5 °C, clear");
}

#[test]
fn a_message_may_bring_its_place() {
    let mut node = node(json!({ "url": "https://api.open-meteo.com/?a=b" }), answer(200, &sunny()));
    node.send(json!({ "location": { "lat": "1.5", "lon": 2 } })).unwrap();
    assert!(node.requests()[0].url.starts_with("https://api.open-meteo.com/?a=b&latitude=1.5&longitude=2&"));
    let failure = node.send(json!({ "location": { "lat": 91, "lon": 2 } })).unwrap_err();
    assert_eq!(failure.code.as_deref(), Some("BAD_INPUT"));
}

#[test]
fn it_asks_again_and_again_even_after_a_failure() {
    let mut node = node(json!({ "every": 15 }), answer(500, &json!({ "reason": "too many" })));
    let failure = node.advance(Duration::ZERO).unwrap_err();
    assert_eq!(failure.text, "the server answered 500: too many");
    assert!(node.advance(Duration::from_secs(14 * 60)).unwrap().is_empty());
    assert!(node.advance(Duration::from_secs(60)).is_err());
    assert_eq!(node.requests().len(), 2);
}

#[test]
fn the_timer_sends_messages_of_its_own() {
    let mut node = node(json!({ "every": 1 }), answer(200, &sunny()));
    let sent = node.advance(Duration::from_secs(120)).unwrap();
    assert_eq!(sent.len(), 3, "at once, and after each minute");
    assert_eq!(sent[2].1["payload"]["temperature"], 21.5);
}

#[test]
fn an_answer_that_is_no_weather_is_a_failure() {
    let mut odd = node(json!({}), answer(200, &json!({ "current": {} })));
    assert_eq!(odd.send(json!({})).unwrap_err().text, "the answer is no weather");
    let mut nobody = Harness::<Weather>::new(json!({ "latitude": 1, "longitude": 1 })).unwrap();
    assert_eq!(nobody.send(json!({})).unwrap_err().code.as_deref(), Some("UNREACHABLE"));
    assert_eq!(nobody.status().unwrap().2, "no answer");
}

#[test]
fn settings_must_make_sense() {
    let paths = |settings: Json| {
        let problems = Harness::<Weather>::new(settings).err().unwrap();
        problems.iter().map(|(path, _)| path.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(paths(json!({ "latitude": 1, "url": "ftp://x" })), ["longitude", "url"]);
    assert_eq!(paths(json!({ "every": 5 })), ["every"]);
    assert_eq!(paths(json!({ "latitude": 95, "longitude": 1 })), ["latitude"]);
}
