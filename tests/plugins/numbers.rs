//! Those that work on numbers.

use serde_json::json;

use super::Rig;

#[tokio::test]
async fn a_moving_average_keeps_topics_apart_and_outlives_a_deploy() {
    let node = json!({ "type": "moving average", "window": 3 });
    let rig = Rig::of("moving-average", node.clone()).await;
    for (payload, average) in [(json!(1), 1.0), (json!("2"), 1.5), (json!(6), 3.0), (json!(4), 4.0)] {
        let answer = rig.ask(json!({ "payload": payload, "topic": "a" })).await;
        assert_eq!(answer["message"]["payload"].as_f64(), Some(average), "{answer}");
    }
    assert_eq!(rig.ask(json!({ "payload": 9, "topic": "b" })).await["message"]["payload"], 9);
    let answer = rig.ask(json!({ "payload": "warm" })).await;
    assert_eq!(answer["error"]["message"], "msg.payload is no number", "{answer}");
    assert_eq!(answer["error"]["source"]["type"], "moving average");

    let mut longer = node;
    longer["window"] = 4.into();
    rig.server.deploy(super::flow(longer)).await;
    let answer = rig.ask(json!({ "payload": 8, "topic": "a" })).await;
    assert_eq!(
        (&answer["message"]["payload"], &answer["message"]["count"]),
        (&json!(5), &json!(4)),
        "{answer}"
    );
    rig.stop().await;
}

#[tokio::test]
async fn an_anomaly_takes_the_second_way() {
    let rig = Rig::of("anomaly", json!({ "type": "anomaly", "warmUp": 4, "threshold": 2 })).await;
    for payload in [8, 12, 8, 12] {
        assert_eq!(rig.ask(json!({ "payload": payload })).await["port"], 0);
    }
    let answer = rig.ask(json!({ "payload": 20 })).await;
    assert_eq!((&answer["port"], &answer["message"]["anomaly"]["score"]), (&json!(1), &json!(5)), "{answer}");
    assert_eq!(rig.ask(json!({ "payload": 13 })).await["port"], 0);
    rig.stop().await;
}

#[tokio::test]
async fn units_are_converted_by_a_plugin_in_javascript() {
    let rig = Rig::of("units", json!({ "type": "units", "from": "°F", "to": "°C", "digits": "1" })).await;
    let answer = rig.ask(json!({ "payload": 100 })).await;
    assert_eq!(
        (&answer["message"]["payload"], &answer["message"]["unit"]),
        (&json!(37.8), &json!("°C")),
        "{answer}"
    );
    assert_eq!(rig.payload(json!("212")).await, 100);
    let answer = rig.ask(json!({ "payload": "warm" })).await;
    assert_eq!(
        (&answer["error"]["message"], &answer["error"]["code"]),
        (&json!("msg.payload is no number"), &json!("NOT_A_NUMBER")),
        "{answer}"
    );
    for number in 0..200 {
        let celsius = f64::from(number - 32) / 1.8;
        let answer = rig.payload(json!(number)).await.as_f64().unwrap();
        assert!((answer - celsius).abs() <= 0.051, "{number}: {answer}");
    }
    rig.stop().await;
}
